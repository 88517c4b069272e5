// SPDX-License-Identifier: LGPL-2.1-or-later
/* One verdict for a pull request or a mail: readable also as plain text. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "reports/markup.h"
#include "reports/cases.h"
#include "reports/report.h"
#include "reports/sweep_view.h"

static const char *side(const struct pb_result_kernel *k)
{
	return k->role == PB_ROLE_BASE ? "base" : k->role == PB_ROLE_HEAD ? "head" : "kernel";
}

static void write_verdict(const struct pb_verdict *v, FILE *out)
{
	fprintf(out, "**pirbench: %s.** ", verdict_name(v->kind));
	markup_md(out, v->sentence);
	fputc('\n', out);
	if (v->more[0]) {
		fputc('\n', out);
		markup_md(out, v->more);
		fputc('\n', out);
	}
	if (v->replay[0])
		fprintf(out, "\nReplay one:\n\n    %s\n", v->replay);
}

static void number(FILE *out, uint64_t value, bool known, bool bad)
{
	if (!known)
		fputs(" - |", out);
	else if (bad && value)
		fprintf(out, " **%" PRIu64 "** |", value);
	else
		fprintf(out, " %" PRIu64 " |", value);
}

static void write_row(const struct pb_result *r, unsigned int k, unsigned int n, FILE *out)
{
	const struct pb_result_cell *c = result_cell(r, k, n);
	bool ran = c->branches, truth = ran && c->untruthed < c->branches;
	char note[96];

	fputs("| ", out);
	markup_md(out, r->scenario[n].name);
	fprintf(out, " | %s | %u |", side(&r->kernel[k]), c->branches);
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
	if (case_note(c->skips, c->errors, &c->counts, note, sizeof(note))[0])
		fprintf(out, " %s |", note);
	fputc('\n', out);
}

static void write_table(const struct pb_result *r, FILE *out)
{
	bool note = false;

	for (size_t i = 0; i < r->nr_scenarios * r->nr_kernels; i++)
		note |= r->cell[i].skips || r->cell[i].errors ||
			r->cell[i].counts.cls[PB_CLASS_FAULTED];
	fprintf(out,
		"\n| scenario | kernel | branches | posts | suppressed | delivered | coalesced | "
		"rescued | late | stranded | missed | median | p99 |%s\n"
		"|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|%s\n",
		note ? " |" : "", note ? "---|" : "");
	for (unsigned int n = 0; n < r->nr_scenarios; n++)
		for (unsigned int k = 0; k < r->nr_kernels; k++)
			write_row(r, k, n, out);
	fprintf(out, "\nMedian and p99 are of the excess delay, in %s.\n",
		strcmp(r->fp.machine, "lab") ? "ticks of the TSC"
					     : "ticks of the emulated TSC, not time");
}

/* What the kernel made of the PID when it cleared SN (analysis/pidstate.h), where it was seen. */
static void write_pidstate(const struct pb_result *r, FILE *out)
{
	bool any = false;

	for (size_t i = 0; i < r->nr_scenarios * r->nr_kernels; i++)
		any |= r->cell[i].counts.sn_cleared > 0;
	if (!any)
		return;
	fputs("\n| when SN is cleared | kernel | cleared | ON restored | ON missing | ON in excess "
	      "|\n|---|---|---:|---:|---:|---:|\n",
	      out);
	for (unsigned int n = 0; n < r->nr_scenarios; n++)
		for (unsigned int k = 0; k < r->nr_kernels; k++) {
			const struct pb_result_cell *c = result_cell(r, k, n);
			bool truth = c->branches && c->untruthed < c->branches;

			fputs("| ", out);
			markup_md(out, r->scenario[n].name);
			fprintf(out, " | %s |", side(&r->kernel[k]));
			number(out, c->counts.sn_cleared, truth, false);
			number(out, c->counts.on_restored, truth, false);
			number(out, c->counts.on_missing, truth, true);
			number(out, c->counts.on_excess, truth, false);
			fputc('\n', out);
		}
}

static void write_strips(const struct pb_result *r, unsigned int k, unsigned int n, FILE *out)
{
	struct sweep_view v;
	char *text;
	size_t size;
	FILE *strips;

	if (!sweep_view(r, k, n, &v))
		return;
	strips = open_memstream(&text, &size);
	if (!strips)
		return;
	/* Indented as code: nothing in it is markup. */
	sweep_view_strips(&v, "    ", strips);
	fclose(strips);
	fputs("\n", out);
	markup_md(out, r->scenario[n].name);
	fprintf(out, " on %s", side(&r->kernel[k]));
	if (v.branches > 1)
		fprintf(out, ", of %u branches the one with seed 0x%" PRIx64, v.branches,
			v.b->seed);
	fprintf(out, ":\n\n%s", text);
	free(text);
}

static void write_sweep_row(const struct pb_result *r, unsigned int k, unsigned int n, FILE *out)
{
	const struct pb_sweep_sums *s = &result_cell(r, k, n)->sweep;
	char gaps[256];

	if (!r->scenario[n].sweeps)
		return;
	fputs("| ", out);
	markup_md(out, r->scenario[n].name);
	fprintf(out, " | %s | %" PRIu64 " | %" PRIu64 " | %" PRIu64 " | %" PRIu64 " |",
		side(&r->kernel[k]), s->windows, s->intervals, s->instants, s->tried);
	number(out, s->stranded, true, true);
	number(out, s->missed, true, true);
	number(out, s->late, true, true);
	fprintf(out, " %s%s |\n",
		sweep_complete(s) ? "yes"
		: sweep_done(s)   ? "as asked"
				  : "no: ",
		sweep_gaps_text(s, gaps, sizeof(gaps)));
}

static void write_sweeps(const struct pb_result *r, FILE *out)
{
	bool any = false;

	for (size_t n = 0; n < r->nr_scenarios; n++)
		any |= r->scenario[n].sweeps > 0;
	if (!any)
		return;
	fputs("\n| sweep | kernel | windows | intervals | instants | tried | stranded | missed | "
	      "late | complete |\n|---|---|---:|---:|---:|---:|---:|---:|---:|---|\n",
	      out);
	for (unsigned int n = 0; n < r->nr_scenarios; n++)
		for (unsigned int k = 0; k < r->nr_kernels; k++)
			write_sweep_row(r, k, n, out);
	if (!sweep_view_any(r))
		return;
	fprintf(out, "\n");
	markup_md(out, sweep_view_legend);
	fputc('\n', out);
	for (unsigned int n = 0; n < r->nr_scenarios; n++)
		for (unsigned int k = 0; k < r->nr_kernels; k++)
			write_strips(r, k, n, out);
}

/* A device of a Linux guest, as its administrator meets it. */
static void write_guest(const struct pb_result *r, unsigned int k, unsigned int n, uint32_t i,
			FILE *out)
{
	const struct pb_guest_io *io = &result_cell(r, k, n)->io[i];
	uint64_t khz = r->fp.tsc_khz;
	char time[4][32], why[160];

	fputs("| ", out);
	markup_md(out, r->scenario[n].name);
	fprintf(out, " | %s | %s | %" PRIu64 " | %s | %s |", side(&r->kernel[k]), guest_io_noun(io),
		io->counts.ios,
		guest_io_time(samples_quantile(&io->took, 500), khz, time[0], sizeof(time[0])),
		guest_io_time(samples_quantile(&io->took, 990), khz, time[1], sizeof(time[1])));
	number(out, io->counts.stalls, true, guest_io_lost(io, 1));
	fprintf(out, " %s | %s |",
		guest_io_time(samples_max(&io->took), khz, time[2], sizeof(time[2])),
		guest_io_time(io->counts.stalled, khz, time[3], sizeof(time[3])));
	number(out, io->counts.polled, true, true);
	fprintf(out, " %s |\n", guest_io_why(io, why, sizeof(why)));
}

static void write_guests(const struct pb_result *r, FILE *out)
{
	bool any = false;

	for (size_t i = 0; i < r->nr_scenarios * r->nr_kernels; i++)
		any |= r->cell[i].nr_io > 0;
	if (!any)
		return;
	fprintf(out,
		"\nWhat a Linux guest sees%s:\n\n"
		"| scenario | kernel | of | number | median | p99 | stalls | longest | together | "
		"completion polled | why |\n|---|---|---|---:|---:|---:|---:|---:|---:|---:|---|\n",
		strcmp(r->fp.machine, "lab") ? "" : ", in emulated time");
	for (unsigned int n = 0; n < r->nr_scenarios; n++)
		for (unsigned int k = 0; k < r->nr_kernels; k++)
			for (uint32_t i = 0; i < result_cell(r, k, n)->nr_io; i++)
				write_guest(r, k, n, i, out);
}

static void write_life(const struct pb_life *life, FILE *out)
{
	char text[256];

	fprintf(out,
		"\n<details><summary>One lost interrupt: post %u of source %u to vCPU "
		"%u</summary>\n\n"
		"| after the post | |\n|---:|---|\n",
		life->seq, life->source, life->vcpu);
	for (size_t i = 0; i < life->nr; i++) {
		const struct pb_life_step *s = &life->step[i];

		if (s->kind == PB_LIFE_CUT || !s->ev.tsc)
			fputs("| | ", out);
		else
			fprintf(out, "| %+" PRId64 " | ", (int64_t)(s->ev.tsc - life->tsc));
		markup_md(out, life_step_text(life, i, text, sizeof(text)));
		fputs(" |\n", out);
	}
	fputs("\n</details>\n", out);
}

static void write_fingerprint(const struct pb_result *r, FILE *out)
{
	fputc('\n', out);
	for (size_t i = 0; i < r->nr_kernels; i++) {
		const struct pb_result_kernel *k = &r->kernel[i];

		fprintf(out, "- %s: ", side(k));
		markup_md(out, k->name);
		if (k->release[0]) {
			fputs(", ", out);
			markup_md(out, k->release);
		}
		if (k->build_id[0]) {
			fputs(", build id ", out);
			markup_md(out, k->build_id);
		}
		if (k->compiler[0]) {
			fputs(", ", out);
			markup_md(out, k->compiler);
		}
		fputc('\n', out);
	}
	for (size_t n = 0; n < r->nr_scenarios; n++) {
		const struct pb_result_scenario *s = &r->scenario[n];

		if (!s->guest_kernel[0])
			continue;
		fputs("- guest of ", out);
		markup_md(out, s->name);
		fputs(": ", out);
		markup_md(out, s->guest_kernel);
		if (s->guest_build_id[0]) {
			fputs(", build id ", out);
			markup_md(out, s->guest_build_id);
		}
		fputc('\n', out);
	}
	fputs("- machine: ", out);
	markup_md(out, r->fp.machine);
	if (r->fp.defect[0]) {
		fputs(" **with a seeded defect (", out);
		markup_md(out, r->fp.defect);
		fputs(")**", out);
	}
	fprintf(out, ", seed 0x%" PRIx64 ", pirbench ", r->fp.seed);
	markup_md(out, r->fp.pirbench);
	fputs("\n- command: ", out);
	markup_md_code(out, r->fp.command);
	fputc('\n', out);
}

static int markdown_write(const struct pb_result *const *r, size_t nr,
			  const struct pb_report_opts *opts, FILE *out)
{
	for (size_t i = 0; i < nr; i++) {
		if (i)
			fputs("\n---\n\n", out);
		write_verdict(&r[i]->verdict, out);
		if (r[i]->nr_scenarios && r[i]->nr_kernels)
			write_table(r[i], out);
		write_guests(r[i], out);
		write_sweeps(r[i], out);
		write_pidstate(r[i], out);
		if (opts->life && nr == 1)
			write_life(opts->life, out);
		write_fingerprint(r[i], out);
	}
	return fflush(out) || ferror(out) ? -EIO : 0;
}

const struct pb_report_ops report_markdown = {
	.name = "markdown",
	.summary = "verdict, table and replay for a pull request or a mail",
	.write = markdown_write,
	.wants_life = true,
};
