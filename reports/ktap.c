// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * KTAP version 1 (the kernel's Documentation/dev-tools/ktap.rst): a test per
 * kernel, each with a subtest per scenario.
 */
#include <errno.h>
#include <inttypes.h>

#include "reports/cases.h"
#include "reports/report.h"

/* One line; '#' begins a directive, so that there is none in a name or reason. */
static void write_text(const char *text, FILE *out)
{
	for (; *text; text++)
		fputc((unsigned char)*text < 0x20 || *text == 0x7f ? ' '
		      : *text == '#'                               ? '_'
								   : *text,
		      out);
}

static void write_line(const char *indent, bool ok, size_t number, const char *name,
		       enum case_kind kind, const char *why, FILE *out)
{
	static const char *const directive[CASE_KINDS] = {
		[CASE_ERROR] = "ERROR",
		[CASE_SKIP] = "SKIP",
		[CASE_EXPECTED] = "XFAIL",
	};

	fprintf(out, "%s%s %zu ", indent, ok ? "ok" : "not ok", number);
	write_text(name, out);
	if (directive[kind]) {
		fprintf(out, " # %s ", directive[kind]);
		write_text(why, out);
	}
	fputc('\n', out);
}

static void write_diagnostic(const char *indent, const char *text, FILE *out)
{
	fprintf(out, "%s# ", indent);
	write_text(text, out);
	fputc('\n', out);
}

/* The scenario, and the windows that it swept; *number is that of the last line. */
static void write_case(const struct pb_result *r, unsigned int k, unsigned int n, size_t *number,
		       FILE *out)
{
	struct case_window w;
	const struct pb_result_cell *c = result_cell(r, k, n);
	char why[512], text[768];
	enum case_kind kind = case_of(r, k, n, why, sizeof(why));

	if (kind == CASE_FAIL) {
		write_diagnostic("  ", why, out);
		snprintf(text, sizeof(text),
			 "replay: pirbench run %s %s --seed 0x%" PRIx64 " --machine %s",
			 r->scenario[n].name, r->kernel[k].replay, r->branch[c->first].seed,
			 r->fp.machine);
		write_diagnostic("  ", text, out);
	}
	write_line("  ", kind != CASE_FAIL && kind != CASE_ERROR, ++*number, r->scenario[n].name,
		   kind, why, out);
	for (bool more = case_window_first(r, k, n, &w); more;
	     more = case_window_next(r, k, n, &w)) {
		kind = case_of_window(r, k, n, &w, why, sizeof(why));
		if (kind == CASE_FAIL)
			write_diagnostic("  ", why, out);
		write_line("  ", kind != CASE_FAIL && kind != CASE_ERROR, ++*number, w.name, kind,
			   why, out);
	}
}

static void write_kernel(const struct pb_result *r, unsigned int k, size_t number, FILE *out)
{
	struct case_counts c = {0};
	size_t cases = 0;
	char subtest[sizeof(r->kernel[k].name) + 16];

	fputs("  KTAP version 1\n", out);
	snprintf(subtest, sizeof(subtest), "Subtest: %s", r->kernel[k].name);
	write_diagnostic("  ", subtest, out);
	case_count(r, k, &c);
	fprintf(out, "  1..%u\n", c.nr);
	for (unsigned int n = 0; n < r->nr_scenarios; n++)
		write_case(r, k, n, &cases, out);
	if (c.nr && c.of[CASE_SKIP] == c.nr)
		write_line("", true, number, r->kernel[k].name, CASE_SKIP, "every scenario", out);
	else
		write_line("", !c.of[CASE_FAIL] && !c.of[CASE_ERROR], number, r->kernel[k].name,
			   CASE_PASS, "", out);
}

static int ktap_write(const struct pb_result *const *r, size_t nr,
		      const struct pb_report_opts *opts, FILE *out)
{
	size_t tests = 0, number = 0;

	(void)opts;
	for (size_t i = 0; i < nr; i++)
		tests += r[i]->nr_kernels + case_verdict_needed(r[i]);
	fprintf(out, "KTAP version 1\n1..%zu\n", tests);
	for (size_t i = 0; i < nr; i++) {
		for (unsigned int k = 0; k < r[i]->nr_kernels; k++)
			write_kernel(r[i], k, ++number, out);
		if (case_verdict_needed(r[i]))
			write_line("", false, ++number, "verdict", CASE_ERROR,
				   r[i]->verdict.sentence, out);
		write_diagnostic("", r[i]->verdict.sentence, out);
	}
	return fflush(out) || ferror(out) ? -EIO : 0;
}

const struct pb_report_ops report_ktap = {
	.name = "ktap",
	.summary = "KTAP version 1: a test per kernel, a subtest per scenario",
	.write = ktap_write,
};
