// SPDX-License-Identifier: LGPL-2.1-or-later
/* A page that needs nothing but itself: no network, no script. */
#include "reports/html.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "reports/markup.h"
#include "reports/cases.h"
#include "reports/report.h"

static const char *side(const struct pb_result_kernel *k)
{
	return k->role == PB_ROLE_BASE ? "base" : k->role == PB_ROLE_HEAD ? "head" : "kernel";
}

static void write_head(const struct pb_result *r, FILE *out)
{
	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width\">\n"
	      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
	      "style-src 'unsafe-inline'\">\n<title>pirbench: ",
	      out);
	fputs(verdict_name(r->verdict.kind), out);
	for (size_t k = 0; k < r->nr_kernels; k++) {
		fputs(k ? " against " : ", ", out);
		markup_xml(out, r->kernel[r->nr_kernels - 1 - k].name);
	}
	fprintf(out, "</title>\n<style>\n%s</style>\n</head>\n<body>\n", html_style);
}

static void write_verdict(const struct pb_verdict *v, FILE *out)
{
	const char *name = verdict_name(v->kind);

	fprintf(out, "<h1>pirbench</h1>\n<div class=\"verdict %s\">\n<b>", name);
	for (; *name; name++)
		fputc(*name - 'a' + 'A', out);
	fputs("</b>\n<p>", out);
	markup_xml(out, v->sentence);
	fputs("</p>\n", out);
	if (v->more[0]) {
		fputs("<p class=\"dim\">", out);
		markup_xml(out, v->more);
		fputs("</p>\n", out);
	}
	fputs("</div>\n", out);
	if (!v->replay[0])
		return;
	fputs("<p>Replay one:</p>\n<pre>", out);
	markup_xml(out, v->replay);
	fputs("</pre>\n", out);
}

static void number(FILE *out, uint64_t value, bool known, bool bad)
{
	if (known)
		fprintf(out, "<td%s>%" PRIu64 "</td>", bad && value ? " class=\"bad\"" : "", value);
	else
		fputs("<td class=\"dim\">&ndash;</td>", out);
}

static void write_row(const struct pb_result *r, unsigned int k, unsigned int n, FILE *out)
{
	const struct pb_result_cell *c = result_cell(r, k, n);
	bool ran = c->branches, truth = ran && c->untruthed < c->branches;
	char note[96];

	fprintf(out, "<tr%s><td class=\"what\" title=\"", k ? "" : " class=\"first\"");
	markup_xml(out, r->scenario[n].summary);
	fputs("\">", out);
	markup_xml(out, k ? "" : r->scenario[n].name);
	fprintf(out, "</td><td>%s</td><td>%u</td>", side(&r->kernel[k]), c->branches);
	number(out, c->counts.posts, ran, false);
	number(out, c->counts.suppressed, truth, false);
	number(out, c->counts.cls[PB_CLASS_DELIVERED], ran, false);
	number(out, c->counts.cls[PB_CLASS_COALESCED], ran, false);
	number(out, c->counts.cls[PB_CLASS_RESCUED], ran, c->rescued_seen > 0);
	number(out, c->counts.cls[PB_CLASS_LATE], ran, false);
	number(out, c->counts.cls[PB_CLASS_STRANDED], truth, true);
	number(out, c->counts.cls[PB_CLASS_MISSED], ran, true);
	number(out, samples_quantile(&c->excess, 500), c->excess.total, false);
	number(out, samples_quantile(&c->excess, 990), c->excess.total, false);
	number(out, samples_max(&c->excess), c->excess.total, false);
	if (case_note(c->skips, c->errors, &c->counts, note, sizeof(note))[0])
		fprintf(out, "<td class=\"note\">%s</td>", note);
	fputs("</tr>\n", out);
}

static void write_table(const struct pb_result *r, FILE *out)
{
	fputs("<h2>Outcomes</h2>\n<div class=\"wide\"><table class=\"counts\">\n"
	      "<tr><th>scenario</th><th>kernel</th><th>branches</th><th>posts</th>"
	      "<th>suppressed</th><th>delivered</th><th>coalesced</th><th>rescued</th>"
	      "<th>late</th><th>stranded</th><th>missed</th><th>median</th><th>p99</th>"
	      "<th>max</th></tr>\n",
	      out);
	for (unsigned int n = 0; n < r->nr_scenarios; n++)
		for (unsigned int k = 0; k < r->nr_kernels; k++)
			write_row(r, k, n, out);
	fprintf(out,
		"</table></div>\n<p class=\"dim\">Median, p99 and max are of the excess delay: "
		"post to ISR, less the time that the vCPU was preempted; in %s.</p>\n",
		strcmp(r->fp.machine, "lab") ? "ticks of the TSC"
					     : "ticks of the emulated TSC, not time");
}

/* A device of a Linux guest, as its administrator meets it. */
static void write_guest(const struct pb_result *r, unsigned int k, unsigned int n, uint32_t i,
			FILE *out)
{
	const struct pb_guest_io *io = &result_cell(r, k, n)->io[i];
	uint64_t khz = r->fp.tsc_khz;
	char time[4][32], why[160];

	fprintf(out, "<tr%s><td class=\"what\">", k || i ? "" : " class=\"first\"");
	markup_xml(out, k || i ? "" : r->scenario[n].name);
	fprintf(out, "</td><td>%s</td><td>%s</td>", side(&r->kernel[k]), guest_io_noun(io));
	number(out, io->counts.ios, true, false);
	fprintf(out, "<td>%s</td><td>%s</td>",
		guest_io_time(samples_quantile(&io->took, 500), khz, time[0], sizeof(time[0])),
		guest_io_time(samples_quantile(&io->took, 990), khz, time[1], sizeof(time[1])));
	number(out, io->counts.stalls, true, guest_io_lost(io, 1));
	fprintf(out, "<td>%s</td><td>%s</td>",
		guest_io_time(samples_max(&io->took), khz, time[2], sizeof(time[2])),
		guest_io_time(io->counts.stalled, khz, time[3], sizeof(time[3])));
	number(out, io->counts.polled, true, true);
	fputs("<td>", out);
	markup_xml(out, guest_io_why(io, why, sizeof(why)));
	fputs("</td></tr>\n", out);
}

static void write_guests(const struct pb_result *r, FILE *out)
{
	bool any = false;

	for (size_t i = 0; i < r->nr_scenarios * r->nr_kernels; i++)
		any |= r->cell[i].nr_io > 0;
	if (!any)
		return;
	fputs("<h2>What a Linux guest sees</h2>\n<div class=\"wide\"><table class=\"counts\">\n"
	      "<tr><th>scenario</th><th>kernel</th><th>of</th><th>number</th><th>median</th>"
	      "<th>p99</th><th>stalls</th><th>longest</th><th>together</th>"
	      "<th>completion polled</th><th>why</th></tr>\n",
	      out);
	for (unsigned int n = 0; n < r->nr_scenarios; n++)
		for (unsigned int k = 0; k < r->nr_kernels; k++)
			for (uint32_t i = 0; i < result_cell(r, k, n)->nr_io; i++)
				write_guest(r, k, n, i, out);
	fprintf(out,
		"</table></div>\n<p class=\"dim\">How long reads took and frames were on their "
		"way, as the guest's program measured it%s; what took longer than the scenario's "
		"limit is a stall.</p>\n",
		strcmp(r->fp.machine, "lab") ? "" : ", in emulated time");
}

/* Nobody has seen SN being cleared: there is nothing to say. */
static bool has_pidstate(const struct pb_result *r)
{
	for (size_t i = 0; i < r->nr_scenarios * r->nr_kernels; i++)
		if (r->cell[i].counts.sn_cleared)
			return true;
	return false;
}

/* The direct evidence for or against the fix, and which form of it (analysis/pidstate.h). */
static void write_pidstate(const struct pb_result *r, FILE *out)
{
	if (!has_pidstate(r))
		return;
	fputs("<h2>SN cleared</h2>\n<div class=\"wide\"><table class=\"counts\">\n"
	      "<tr><th>scenario</th><th>kernel</th><th>SN cleared</th><th>ON restored</th>"
	      "<th>ON missing</th><th>ON in excess</th></tr>\n",
	      out);
	for (unsigned int n = 0; n < r->nr_scenarios; n++)
		for (unsigned int k = 0; k < r->nr_kernels; k++) {
			const struct pb_result_cell *c = result_cell(r, k, n);
			bool truth = c->branches && c->untruthed < c->branches;

			fprintf(out, "<tr%s><td class=\"what\">", k ? "" : " class=\"first\"");
			markup_xml(out, k ? "" : r->scenario[n].name);
			fprintf(out, "</td><td>%s</td>", side(&r->kernel[k]));
			number(out, c->counts.sn_cleared, truth, false);
			number(out, c->counts.on_restored, truth, false);
			number(out, c->counts.on_missing, truth, true);
			number(out, c->counts.on_excess, truth, false);
			fputs("</tr>\n", out);
		}
	fputs("</table></div>\n<p class=\"dim\">What the kernel made of the PID when it cleared "
	      "SN: "
	      "with a bit in the PIR it set ON (restored) or left it 0 (missing); in excess: set "
	      "with an empty PIR.</p>\n",
	      out);
}

static void write_life(const struct pb_life *life, FILE *out)
{
	fputs("<h2>One lost interrupt</h2>\n<p>", out);
	markup_xmlf(out, "Post %u of source %u, vector 0x%02x, to vCPU %u. ", life->seq,
		    life->source, life->vector, life->vcpu);
	fputs(life->truth ? "What the emulator saw from outside the machine; steps are drawn side "
			    "by side, not to scale.</p>\n"
			  : "The machine does not show the descriptor; steps are drawn side by "
			    "side, not to scale.</p>\n",
	      out);
	html_life(life, out);
}

static void write_print(FILE *out, const char *name, const char *const *text, size_t nr)
{
	bool first = true;

	fprintf(out, "<tr><th>%s</th><td>", name);
	for (size_t i = 0; i < nr; i++) {
		if (!text[i][0])
			continue;
		fputs(first ? "" : ", ", out);
		markup_xml(out, text[i]);
		first = false;
	}
	fputs("</td></tr>\n", out);
}

static void write_fingerprint(const struct pb_result *r, FILE *out)
{
	const struct pb_fingerprint *f = &r->fp;
	char defect[64] = "", version[128];
	const char *const machine[] = {f->machine, defect, f->host_cpu, f->host_kernel};
	const char *const command[] = {f->command};
	const char *const program[] = {version};

	fputs("<h2>Measured with</h2>\n<table class=\"prints\">\n", out);
	for (size_t i = 0; i < r->nr_kernels; i++) {
		const struct pb_result_kernel *k = &r->kernel[i];
		char id[64] = "";
		const char *const text[] = {k->name, k->release, id, k->compiler};

		if (k->build_id[0])
			snprintf(id, sizeof(id), "build id %s", k->build_id);
		write_print(out, side(k), text, 4);
	}
	for (size_t i = 0; i < r->nr_scenarios; i++) {
		const struct pb_result_scenario *s = &r->scenario[i];
		char id[80] = "", of[64];
		const char *const text[] = {s->guest_kernel, id, of};

		if (!s->guest_kernel[0])
			continue;
		if (s->guest_build_id[0])
			snprintf(id, sizeof(id), "build id %s", s->guest_build_id);
		snprintf(of, sizeof(of), "in %s", s->name);
		write_print(out, "guest", text, 3);
	}
	if (f->defect[0])
		snprintf(defect, sizeof(defect), "WITH A SEEDED DEFECT (%s)", f->defect);
	write_print(out, "machine", machine, 4);
	snprintf(version, sizeof(version), "%s, seed 0x%" PRIx64, f->pirbench, f->seed);
	write_print(out, "pirbench", program, 1);
	write_print(out, "command", command, 1);
	fputs("</table>\n", out);
}

static int html_write(const struct pb_result *const *r, size_t nr,
		      const struct pb_report_opts *opts, FILE *out)
{
	if (nr != 1)
		return -EINVAL;
	write_head(r[0], out);
	write_verdict(&r[0]->verdict, out);
	if (r[0]->nr_scenarios && r[0]->nr_kernels)
		write_table(r[0], out);
	write_guests(r[0], out);
	html_sweeps(r[0], out);
	write_pidstate(r[0], out);
	if (opts->life)
		write_life(opts->life, out);
	if (r[0]->nr_scenarios && r[0]->nr_kernels)
		fputs("<h2>Delays</h2>\n", out);
	for (unsigned int n = 0; n < r[0]->nr_scenarios; n++)
		html_delays(r[0], n, out);
	write_fingerprint(r[0], out);
	fputs("</body>\n</html>\n", out);
	return fflush(out) || ferror(out) ? -EIO : 0;
}

const struct pb_report_ops report_html = {
	.name = "html",
	.summary = "one page with drawings: delays, and one lost interrupt's life",
	.write = html_write,
	.wants_life = true,
	.max_results = 1,
};
