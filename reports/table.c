// SPDX-License-Identifier: LGPL-2.1-or-later
/* Kernels x scenarios of several results as a Markdown table. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "reports/cases.h"
#include "reports/report.h"

/* One line: a kernel under a scenario, added up over all results that have it. */
struct row {
	const struct pb_result_scenario *scenario;
	const struct pb_result_kernel *kernel;
	struct pb_counts counts;
	struct pb_sweep_sums sweep;
	uint32_t branches, lossy, untruthed, skips, errors;
	size_t scenario_order; /* of first sight */
	size_t order;
};

struct rows {
	struct row *row;
	size_t nr;
};

static bool same_kernel(const struct pb_result_kernel *a, const struct pb_result_kernel *b)
{
	return !strcmp(a->name, b->name) && !strcmp(a->build_id, b->build_id);
}

static struct row *find_row(struct rows *rows, const struct pb_result_scenario *s,
			    const struct pb_result_kernel *k)
{
	size_t order = rows->nr;

	for (size_t i = 0; i < rows->nr; i++) {
		if (strcmp(rows->row[i].scenario->name, s->name) != 0)
			continue;
		if (same_kernel(rows->row[i].kernel, k))
			return &rows->row[i];
		if (order == rows->nr)
			order = rows->row[i].scenario_order;
	}
	rows->row[rows->nr] = (struct row){
		.scenario = s, .kernel = k, .scenario_order = order, .order = rows->nr};
	return &rows->row[rows->nr++];
}

static void add_result(struct rows *rows, const struct pb_result *r)
{
	for (unsigned int n = 0; n < r->nr_scenarios; n++)
		for (unsigned int k = 0; k < r->nr_kernels; k++) {
			const struct pb_result_cell *c = result_cell(r, k, n);
			struct row *row = find_row(rows, &r->scenario[n], &r->kernel[k]);

			counts_add(&row->counts, &c->counts);
			sweep_sums_add(&row->sweep, &c->sweep);
			row->branches += c->branches;
			row->lossy += c->lossy;
			row->untruthed += c->untruthed;
			row->skips += c->skips;
			row->errors += c->errors;
		}
}

static int by_scenario(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	if (x->scenario_order != y->scenario_order)
		return x->scenario_order < y->scenario_order ? -1 : 1;
	return x->order < y->order ? -1 : 1;
}

static void write_row(const struct row *row, FILE *out)
{
	const struct pb_counts *c = &row->counts;
	bool truth = row->branches && row->untruthed < row->branches;
	char note[96];

	fprintf(out, "| %s | %s | %u | %" PRIu64 " | ", row->scenario->name, row->kernel->name,
		row->branches, c->posts);
	if (truth)
		fprintf(out, "%" PRIu64, c->suppressed);
	else
		fputc('-', out);
	fprintf(out, " | %" PRIu64 " | %" PRIu64 " | %" PRIu64 " | %" PRIu64 " | ",
		c->cls[PB_CLASS_DELIVERED], c->cls[PB_CLASS_COALESCED], c->cls[PB_CLASS_RESCUED],
		c->cls[PB_CLASS_LATE]);
	if (truth)
		fprintf(out, "%" PRIu64, c->cls[PB_CLASS_STRANDED]);
	else
		fputc('-', out);
	fprintf(out, " | %" PRIu64 " |", c->cls[PB_CLASS_MISSED]);
	if (case_note(row->skips, row->errors, c, note, sizeof(note))[0])
		fprintf(out, " %s", note);
	fputc('\n', out);
}

/* Sweeps, whose posts are no random ones: intervals of windows, and what is lost in them. */
static void write_sweeps(const struct rows *rows, FILE *out)
{
	bool head = false;

	for (size_t i = 0; i < rows->nr; i++) {
		const struct row *row = &rows->row[i];
		const struct pb_sweep_sums *s = &row->sweep;

		if (!row->scenario->sweeps)
			continue;
		if (!head)
			fprintf(out, "\n| sweep | kernel | windows | within | instants | intervals "
				     "| lost | |\n|---|---|---:|---:|---:|---:|---:|---|\n");
		head = true;
		fprintf(out,
			"| %s | %s | %" PRIu64 " | %" PRIu64 " | %" PRIu64 " | %" PRIu64
			" | %" PRIu64 " | %s |\n",
			row->scenario->name, row->kernel->name, s->windows, s->inner, s->instants,
			s->intervals, sweep_lost(s),
			sweep_complete(s) ? "complete"
			: sweep_done(s)   ? "done as asked"
					  : "not complete");
	}
}

/* The PID when SN was cleared, where the truth saw it. */
static void write_pids(const struct rows *rows, FILE *out)
{
	fprintf(out,
		"\n| scenario | kernel | SN cleared | ON restored | ON missing | ON in excess |\n"
		"|---|---|---:|---:|---:|---:|\n");
	for (size_t i = 0; i < rows->nr; i++) {
		const struct row *row = &rows->row[i];
		const struct pb_counts *c = &row->counts;

		if (!row->branches || row->untruthed == row->branches || row->scenario->sweeps)
			continue;
		fprintf(out,
			"| %s | %s | %" PRIu64 " | %" PRIu64 " | %" PRIu64 " | %" PRIu64 " |\n",
			row->scenario->name, row->kernel->name, c->sn_cleared, c->on_restored,
			c->on_missing, c->on_excess);
	}
}

/* Which kernels these were: each once. */
static void write_kernels(const struct rows *rows, FILE *out)
{
	for (size_t i = 0; i < rows->nr; i++) {
		const struct pb_result_kernel *k = rows->row[i].kernel;
		bool seen = false;

		for (size_t j = 0; j < i; j++)
			seen |= same_kernel(rows->row[j].kernel, k);
		if (seen)
			continue;
		fprintf(out, "- %s: %s", k->name, k->release[0] ? k->release : "release not known");
		if (k->build_id[0])
			fprintf(out, ", build id %s", k->build_id);
		if (k->compiler[0])
			fprintf(out, ", %s", k->compiler);
		fputc('\n', out);
	}
}

static int table_write(const struct pb_result *const *r, size_t nr,
		       const struct pb_report_opts *opts, FILE *out)
{
	struct rows rows = {0};
	size_t max = 0;

	(void)opts;
	for (size_t i = 0; i < nr; i++)
		max += r[i]->nr_scenarios * r[i]->nr_kernels;
	rows.row = calloc(max + 1, sizeof(*rows.row));
	if (!rows.row)
		return -ENOMEM;
	for (size_t i = 0; i < nr; i++)
		add_result(&rows, r[i]);
	qsort(rows.row, rows.nr, sizeof(*rows.row), by_scenario);
	fprintf(out,
		"| scenario | kernel | branches | posts | suppressed | delivered | coalesced | "
		"rescued | late | stranded | missed |\n"
		"|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n");
	for (size_t i = 0; i < rows.nr; i++)
		if (!rows.row[i].scenario->sweeps)
			write_row(&rows.row[i], out);
	write_sweeps(&rows, out);
	write_pids(&rows, out);
	fputc('\n', out);
	write_kernels(&rows, out);
	for (size_t i = 0; i < nr; i++)
		fprintf(out, "- machine %s%s%s, seed 0x%" PRIx64 ", pirbench %s: `%s`\n",
			r[i]->fp.machine, r[i]->fp.defect[0] ? " WITH A SEEDED DEFECT: " : "",
			r[i]->fp.defect, r[i]->fp.seed, r[i]->fp.pirbench, r[i]->fp.command);
	free(rows.row);
	return fflush(out) || ferror(out) ? -EIO : 0;
}

const struct pb_report_ops report_table = {
	.name = "table",
	.summary = "kernels x scenarios of several results, Markdown",
	.write = table_write,
};
