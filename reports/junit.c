// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * JUnit XML, as reports/junit.xsd has it: a suite per kernel and a case per
 * scenario. What the base loses is a skipped case, so that the file is red
 * exactly if the gate does not pass.
 */
#include <errno.h>
#include <inttypes.h>

#include "reports/cases.h"
#include "reports/markup.h"
#include "reports/report.h"

static const char *const roles[] = {"kernel", "base", "head"};

static void write_counts(const struct case_counts *c, double seconds, FILE *out)
{
	fprintf(out, " tests=\"%u\" failures=\"%u\" errors=\"%u\" skipped=\"%u\" time=\"%.3f\">\n",
		c->nr, c->of[CASE_FAIL], c->of[CASE_ERROR], c->of[CASE_SKIP] + c->of[CASE_EXPECTED],
		seconds);
}

static void write_property(const char *name, const char *value, FILE *out)
{
	fprintf(out, "      <property name=\"%s\" value=\"", name);
	markup_xml(out, value);
	fputs("\"/>\n", out);
}

static void write_properties(const struct pb_result *r, const struct pb_result_kernel *k, FILE *out)
{
	char seed[32];

	snprintf(seed, sizeof(seed), "0x%" PRIx64, r->fp.seed);
	fputs("    <properties>\n", out);
	write_property("role", roles[k->role], out);
	write_property("release", k->release, out);
	write_property("build_id", k->build_id, out);
	write_property("compiler", k->compiler, out);
	write_property("machine", r->fp.machine, out);
	write_property("seed", seed, out);
	write_property("pirbench", r->fp.pirbench, out);
	write_property("command", r->fp.command, out);
	if (r->fp.defect[0])
		write_property("defect", r->fp.defect, out);
	fputs("    </properties>\n", out);
}

/* The command that shows the first loss again, and what is known of it. */
static void write_detail(const struct pb_result *r, unsigned int k, unsigned int n, FILE *out)
{
	const struct pb_result_cell *c = result_cell(r, k, n);
	const struct pb_result_branch *b;

	struct pb_sweep_stretch x;
	char text[512];
	uint32_t at = 0;

	if (c->first >= r->nr_branches)
		return;
	b = &r->branch[c->first];
	markup_xmlf(out, "pirbench run %s %s --seed 0x%" PRIx64 " --machine %s",
		    r->scenario[n].name, r->kernel[k].replay, b->seed, r->fp.machine);
	if (counts_lost(&b->counts))
		markup_xmlf(out, "\nfirst loss: post %u of source %u, vector 0x%02x: %s",
			    b->lost_seq, b->lost_source, b->lost_vector,
			    lost_state_text(b->lost_state));
	while (b->sweep && sweep_stretch(b->sweep, &at, &x)) {
		fputs("\nlost in ", out);
		markup_xml(out, sweep_window_place(b->sweep, x.window, text, sizeof(text)));
		fputs(": ", out);
		markup_xml(out, sweep_stretch_text(b->sweep, &x, text, sizeof(text)));
	}
}

static void write_outcome(const struct pb_result *r, unsigned int k, unsigned int n,
			  enum case_kind kind, const char *why, FILE *out)
{
	static const char *const element[] = {
		[CASE_FAIL] = "failure",
		[CASE_ERROR] = "error",
		[CASE_SKIP] = "skipped",
		[CASE_EXPECTED] = "skipped",
	};
	bool typed = kind == CASE_FAIL || kind == CASE_ERROR;

	fprintf(out, "      <%s message=\"", element[kind]);
	if (kind == CASE_EXPECTED)
		fputs("base, not judged: ", out);
	markup_xml(out, why);
	fprintf(out, "\"%s>",
		!typed              ? ""
		: kind == CASE_FAIL ? " type=\"loss\""
				    : " type=\"error\"");
	if (typed)
		write_detail(r, k, n, out);
	fprintf(out, "</%s>\n", element[kind]);
}

static void write_testcase(const struct pb_result *r, unsigned int k, unsigned int n,
			   const char *name, double seconds, enum case_kind kind, const char *why,
			   FILE *out)
{
	fputs("    <testcase classname=\"pirbench.", out);
	markup_xml(out, r->kernel[k].name);
	fputs("\" name=\"", out);
	markup_xml(out, name);
	fprintf(out, "\" time=\"%.3f\"", seconds);
	if (kind == CASE_PASS) {
		fputs("/>\n", out);
		return;
	}
	fputs(">\n", out);
	write_outcome(r, k, n, kind, why, out);
	fputs("    </testcase>\n", out);
}

/* The scenario, and the windows that it swept. */
static void write_case(const struct pb_result *r, unsigned int k, unsigned int n, FILE *out)
{
	char why[512];
	enum case_kind kind = case_of(r, k, n, why, sizeof(why));
	struct case_window w;

	write_testcase(r, k, n, r->scenario[n].name, case_seconds(r, k, n), kind, why, out);
	for (bool more = case_window_first(r, k, n, &w); more;
	     more = case_window_next(r, k, n, &w)) {
		kind = case_of_window(r, k, n, &w, why, sizeof(why));
		write_testcase(r, k, n, w.name, 0, kind, why, out);
	}
}

static double suite_seconds(const struct pb_result *r, unsigned int k)
{
	double sum = 0;

	for (unsigned int n = 0; n < r->nr_scenarios; n++)
		sum += case_seconds(r, k, n);
	return sum;
}

static void write_suite(const struct pb_result *r, unsigned int k, FILE *out)
{
	struct case_counts c = {0};

	case_count(r, k, &c);
	fputs("  <testsuite name=\"", out);
	markup_xml(out, r->kernel[k].name);
	fputc('"', out);
	write_counts(&c, suite_seconds(r, k), out);
	write_properties(r, &r->kernel[k], out);
	for (unsigned int n = 0; n < r->nr_scenarios; n++)
		write_case(r, k, n, out);
	fputs("    <system-out>", out);
	markup_xml(out, r->verdict.sentence);
	fputs("</system-out>\n  </testsuite>\n", out);
}

static void write_verdict(const struct pb_result *r, FILE *out)
{
	fputs("  <testsuite name=\"pirbench\" tests=\"1\" failures=\"0\" errors=\"1\" "
	      "skipped=\"0\" time=\"0.000\">\n"
	      "    <testcase classname=\"pirbench\" name=\"verdict\" time=\"0.000\">\n"
	      "      <error message=\"",
	      out);
	markup_xml(out, r->verdict.sentence);
	fprintf(out,
		"\" type=\"%s\"></error>\n"
		"    </testcase>\n  </testsuite>\n",
		verdict_name(r->verdict.kind));
}

static int junit_write(const struct pb_result *const *r, size_t nr,
		       const struct pb_report_opts *opts, FILE *out)
{
	struct case_counts all = {0};
	double seconds = 0;

	(void)opts;
	for (size_t i = 0; i < nr; i++) {
		for (unsigned int k = 0; k < r[i]->nr_kernels; k++) {
			case_count(r[i], k, &all);
			seconds += suite_seconds(r[i], k);
		}
		if (case_verdict_needed(r[i])) {
			all.nr++;
			all.of[CASE_ERROR]++;
		}
	}
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"pirbench\"", out);
	write_counts(&all, seconds, out);
	for (size_t i = 0; i < nr; i++) {
		for (unsigned int k = 0; k < r[i]->nr_kernels; k++)
			write_suite(r[i], k, out);
		if (case_verdict_needed(r[i]))
			write_verdict(r[i], out);
	}
	fputs("</testsuites>\n", out);
	return fflush(out) || ferror(out) ? -EIO : 0;
}

const struct pb_report_ops report_junit = {
	.name = "junit",
	.summary = "JUnit XML for CI: a case per kernel and scenario (reports/junit.xsd)",
	.write = junit_write,
};
