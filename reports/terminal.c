// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "reports/report.h"
#include "reports/sweep_view.h"

struct terminal {
	const struct pb_result *r;
	FILE *out;
	bool colour;
	int scenario_width, kernel_width;
};

static const char *on(const struct terminal *t, const char *code)
{
	return t->colour ? code : "";
}

#define RED    "\033[1;31m"
#define GREEN  "\033[1;32m"
#define YELLOW "\033[1;33m"
#define DIM    "\033[2m"
#define RESET  "\033[0m"

/* Text in lines of at most `width` characters, broken at blanks, each after `indent` blanks. */
static void wrap(FILE *out, const char *text, int indent, int width)
{
	int col = 0;

	while (*text) {
		int word = (int)strcspn(text, " ");

		if (col && col + 1 + word > width) {
			fprintf(out, "\n%*s", indent, "");
			col = 0;
		}
		col += fprintf(out, "%s%.*s", col ? " " : "", word, text);
		text += word;
		text += strspn(text, " ");
	}
	fputc('\n', out);
}

static void write_verdict(const struct terminal *t)
{
	const struct pb_verdict *v = &t->r->verdict;
	const char *code = v->kind == PB_VERDICT_PASS   ? GREEN
			   : v->kind == PB_VERDICT_FAIL ? RED
							: YELLOW;
	char name[16] = "";

	for (size_t i = 0; verdict_name(v->kind)[i]; i++)
		name[i] = (char)(verdict_name(v->kind)[i] - 'a' + 'A');
	fprintf(t->out, "%s%s%s  ", on(t, code), name, on(t, RESET));
	wrap(t->out, v->sentence, (int)strlen(name) + 2, 92);
	if (v->more[0]) {
		fprintf(t->out, "%*s", (int)strlen(name) + 2, "");
		wrap(t->out, v->more, (int)strlen(name) + 2, 92);
	}
	if (v->replay[0])
		fprintf(t->out, "\nReplay one:  %s\n", v->replay);
}

/* A number, red when it should be 0 and is not; "-" when it is not known. */
static void number(const struct terminal *t, int width, uint64_t value, bool known, bool bad)
{
	const char *code = known && bad && value ? RED : "";

	if (known)
		fprintf(t->out, " %s%*" PRIu64 "%s", on(t, code), width, value,
			*code ? on(t, RESET) : "");
	else
		fprintf(t->out, " %*s", width, "-");
}

static const char *side_name(const struct pb_result_kernel *k)
{
	return k->role == PB_ROLE_ONLY ? k->name : k->role == PB_ROLE_BASE ? "base" : "head";
}

static void write_counts(const struct terminal *t, const struct pb_counts *c, bool truth)
{
	number(t, 7, c->posts, true, false);
	number(t, 10, c->suppressed, truth, false);
	number(t, 9, c->cls[PB_CLASS_DELIVERED], true, false);
	number(t, 9, c->cls[PB_CLASS_COALESCED], true, false);
	number(t, 7, c->cls[PB_CLASS_RESCUED], true, false);
	number(t, 5, c->cls[PB_CLASS_LATE], true, false);
	number(t, 8, c->cls[PB_CLASS_STRANDED], truth, true);
	number(t, 6, c->cls[PB_CLASS_MISSED], true, true);
}

static void write_names(const struct terminal *t, unsigned int k, unsigned int n)
{
	fprintf(t->out, "%-*s %-*s", t->scenario_width, k ? "" : t->r->scenario[n].name,
		t->kernel_width, side_name(&t->r->kernel[k]));
}

static void write_row(const struct terminal *t, unsigned int k, unsigned int n)
{
	const struct pb_result_cell *c = result_cell(t->r, k, n);

	write_names(t, k, n);
	if (c->branches)
		write_counts(t, &c->counts, c->untruthed < c->branches);
	if (c->skips)
		fprintf(t->out, "  %u skipped", c->skips);
	if (c->errors)
		fprintf(t->out, "  %s%u failed%s", on(t, YELLOW), c->errors, on(t, RESET));
	if (c->counts.cls[PB_CLASS_FAULTED])
		fprintf(t->out, "  %" PRIu64 " faulted by the device",
			c->counts.cls[PB_CLASS_FAULTED]);
	if (!c->branches && !c->skips && !c->errors)
		fprintf(t->out, "  not run");
	fputc('\n', t->out);
}

static void write_table(const struct terminal *t)
{
	fprintf(t->out, "\n%s%-*s %-*s %7s %10s %9s %9s %7s %5s %8s %6s%s\n", on(t, DIM),
		t->scenario_width, "scenario", t->kernel_width, "kernel", "posts", "suppressed",
		"delivered", "coalesced", "rescued", "late", "stranded", "missed", on(t, RESET));
	for (unsigned int n = 0; n < t->r->nr_scenarios; n++)
		for (unsigned int k = 0; k < t->r->nr_kernels; k++)
			write_row(t, k, n);
}

static void write_delays(const struct terminal *t)
{
	bool lab = !strcmp(t->r->fp.machine, "lab");

	fprintf(t->out, "\n%sExcess delay, in %s\n%-*s %-*s %9s %11s %11s %11s%s\n", on(t, DIM),
		lab ? "ticks of the emulated TSC, not time" : "ticks of the TSC", t->scenario_width,
		"scenario", t->kernel_width, "kernel", "delivered", "median", "p99", "max",
		on(t, RESET));
	for (unsigned int n = 0; n < t->r->nr_scenarios; n++)
		for (unsigned int k = 0; k < t->r->nr_kernels; k++) {
			const struct pb_samples *s = &result_cell(t->r, k, n)->excess;

			write_names(t, k, n);
			number(t, 9, s->total, true, false);
			number(t, 11, samples_quantile(s, 500), s->total, false);
			number(t, 11, samples_quantile(s, 990), s->total, false);
			number(t, 11, samples_max(s), s->total, false);
			fputc('\n', t->out);
		}
}

/* One device of a Linux guest, as its administrator meets it. */
static void write_guest(const struct terminal *t, unsigned int k, unsigned int n, uint32_t i)
{
	const struct pb_guest_io *io = &result_cell(t->r, k, n)->io[i];
	uint64_t khz = t->r->fp.tsc_khz;
	char time[4][32], why[160];

	fprintf(t->out, "%-*s %-*s %-6s", t->scenario_width, k || i ? "" : t->r->scenario[n].name,
		t->kernel_width, i ? "" : side_name(&t->r->kernel[k]), guest_io_noun(io));
	number(t, 6, io->counts.ios, true, false);
	fprintf(t->out, " %9s %9s",
		guest_io_time(samples_quantile(&io->took, 500), khz, time[0], sizeof(time[0])),
		guest_io_time(samples_quantile(&io->took, 990), khz, time[1], sizeof(time[1])));
	number(t, 6, io->counts.stalls, true, guest_io_lost(io, 1));
	fprintf(t->out, " %9s %9s",
		guest_io_time(samples_max(&io->took), khz, time[2], sizeof(time[2])),
		guest_io_time(io->counts.stalled, khz, time[3], sizeof(time[3])));
	number(t, 6, io->counts.polled, true, true);
	fprintf(t->out, "  %s\n", guest_io_why(io, why, sizeof(why)));
}

static void write_guests(const struct terminal *t)
{
	bool any = false;

	for (size_t i = 0; i < t->r->nr_scenarios * t->r->nr_kernels; i++)
		any |= t->r->cell[i].nr_io > 0;
	if (!any)
		return;
	fprintf(t->out,
		"\n%sWhat a Linux guest sees%s\n%-*s %-*s %-6s %6s %9s %9s %6s %9s %9s %6s  %s%s\n",
		on(t, DIM), strcmp(t->r->fp.machine, "lab") ? "" : ", in emulated time",
		t->scenario_width, "scenario", t->kernel_width, "kernel", "of", "number", "median",
		"p99", "stalls", "longest", "together", "polled", "why", on(t, RESET));
	for (unsigned int n = 0; n < t->r->nr_scenarios; n++)
		for (unsigned int k = 0; k < t->r->nr_kernels; k++)
			for (uint32_t i = 0; i < result_cell(t->r, k, n)->nr_io; i++)
				write_guest(t, k, n, i);
}

static void write_sweep(const struct terminal *t, unsigned int k, unsigned int n)
{
	const struct pb_result_kernel *kernel = &t->r->kernel[k];
	struct sweep_view v;
	char text[512];
	bool lost;

	if (!sweep_view(t->r, k, n, &v))
		return;
	lost = sweep_lost(v.sums);
	fprintf(t->out, "\n%s on %s: ", t->r->scenario[n].name, side_name(kernel));
	fprintf(t->out, "%s", on(t, lost ? RED : sweep_complete(v.sums) ? GREEN : YELLOW));
	fprintf(t->out, "%s%s\n", sweep_sums_text(v.sums, text, sizeof(text)), on(t, RESET));
	if (v.branches > 1)
		fprintf(t->out, "  of %u branches, the one with seed 0x%" PRIx64 ":\n", v.branches,
			v.b->seed);
	sweep_view_strips(&v, "  ", t->out);
}

static void write_sweeps(const struct terminal *t)
{
	if (!sweep_view_any(t->r))
		return;
	fprintf(t->out, "\n%s", on(t, DIM));
	wrap(t->out, sweep_view_legend, 0, 92);
	fprintf(t->out, "%s", on(t, RESET));
	for (unsigned int n = 0; n < t->r->nr_scenarios; n++)
		for (unsigned int k = 0; k < t->r->nr_kernels; k++)
			write_sweep(t, k, n);
}

static void write_branches(const struct terminal *t)
{
	static const char *const status[] = {"ok", "skipped", "failed"};

	fputc('\n', t->out);
	for (size_t i = 0; i < t->r->nr_branches; i++) {
		const struct pb_result_branch *b = &t->r->branch[i];

		fprintf(t->out, "%-*s %-*s seed 0x%016" PRIx64 " %-7s", t->scenario_width,
			t->r->scenario[b->scenario].name, t->kernel_width,
			side_name(&t->r->kernel[b->kernel]), b->seed, status[b->status]);
		if (b->status == PB_BRANCH_OK) {
			write_counts(t, &b->counts, b->truth);
			fprintf(t->out, " %6.2f s", b->wall_s);
		}
		if (b->reason[0])
			fprintf(t->out, "  %s", b->reason);
		fputc('\n', t->out);
	}
}

/* Of Linux guests, each once. */
static void write_guest_kernels(const struct terminal *t)
{
	for (size_t i = 0; i < t->r->nr_scenarios; i++) {
		const struct pb_result_scenario *s = &t->r->scenario[i];
		bool before = !s->guest_kernel[0];

		for (size_t k = 0; k < i && !before; k++)
			before = !strcmp(t->r->scenario[k].guest_kernel, s->guest_kernel);
		if (!before)
			fprintf(t->out, "guest     %s%s%s\n", s->guest_kernel,
				s->guest_build_id[0] ? ", build id " : "", s->guest_build_id);
	}
}

static void write_fingerprint(const struct terminal *t)
{
	const struct pb_fingerprint *f = &t->r->fp;

	fputc('\n', t->out);
	for (size_t i = 0; i < t->r->nr_kernels; i++) {
		const struct pb_result_kernel *k = &t->r->kernel[i];

		fprintf(t->out, "%-9s %s", k->role == PB_ROLE_ONLY ? "kernel" : side_name(k),
			k->name);
		if (k->release[0])
			fprintf(t->out, ", %s", k->release);
		if (k->build_id[0])
			fprintf(t->out, ", build id %s", k->build_id);
		if (k->compiler[0])
			fprintf(t->out, ", %s", k->compiler);
		fputc('\n', t->out);
	}
	write_guest_kernels(t);
	fprintf(t->out, "machine   %s", f->machine);
	if (f->defect[0])
		fprintf(t->out, " WITH A SEEDED DEFECT (%s)", f->defect);
	if (f->host_cpu[0])
		fprintf(t->out, " on %s", f->host_cpu);
	if (f->host_kernel[0])
		fprintf(t->out, ", %s", f->host_kernel);
	fprintf(t->out, "\npirbench  %s, seed 0x%" PRIx64 "\n", f->pirbench, f->seed);
	if (!t->r->nr_phases)
		return;
	fprintf(t->out, "wall time");
	for (size_t i = 0; i < t->r->nr_phases; i++)
		fprintf(t->out, "%s %s %.1f s", i ? "," : "", t->r->phase[i].name,
			t->r->phase[i].wall_s);
	fputc('\n', t->out);
}

static void find_widths(struct terminal *t)
{
	t->scenario_width = (int)strlen("scenario");
	t->kernel_width = (int)strlen("kernel");
	for (size_t i = 0; i < t->r->nr_scenarios; i++)
		if ((int)strlen(t->r->scenario[i].name) > t->scenario_width)
			t->scenario_width = (int)strlen(t->r->scenario[i].name);
	for (size_t i = 0; i < t->r->nr_kernels; i++)
		if ((int)strlen(side_name(&t->r->kernel[i])) > t->kernel_width)
			t->kernel_width = (int)strlen(side_name(&t->r->kernel[i]));
}

static int terminal_write(const struct pb_result *const *r, size_t nr,
			  const struct pb_report_opts *opts, FILE *out)
{
	for (size_t i = 0; i < nr; i++) {
		struct terminal t = {.r = r[i], .out = out, .colour = opts->colour};

		if (i)
			fputc('\n', out);
		find_widths(&t);
		write_verdict(&t);
		if (t.r->nr_scenarios && t.r->nr_kernels) {
			write_table(&t);
			write_delays(&t);
			write_guests(&t);
			write_sweeps(&t);
		}
		if (opts->verbose)
			write_branches(&t);
		write_fingerprint(&t);
	}
	return fflush(out) || ferror(out) ? -EIO : 0;
}

const struct pb_report_ops report_terminal = {
	.name = "terminal",
	.summary = "verdict and table for people",
	.write = terminal_write,
};
