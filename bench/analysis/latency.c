// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/latency.h"
#include "analysis/result.h"

/* The branches of one kernel under one scenario, by seed, each seed once. */
struct side {
	const struct pb_result_branch *branch[STATS_MAX];
	size_t nr;
};

/* One row's values, and the other rows' of the same pair of cells. */
struct values {
	double base[PB_METRICS][STATS_MAX], head[PB_METRICS][STATS_MAX];
};

static int by_seed(const void *a, const void *b)
{
	const struct pb_result_branch *x = *(const struct pb_result_branch *const *)a;
	const struct pb_result_branch *y = *(const struct pb_result_branch *const *)b;

	return x->seed < y->seed ? -1 : x->seed > y->seed;
}

/*
 * The first `limit` branches that were run, at most STATS_MAX: beyond that the
 * error is small enough. How many of them there are, good or not.
 */
static size_t side_init(const struct pb_result *r, uint32_t kernel, uint32_t scenario, size_t limit,
			struct side *s)
{
	size_t nr = 0, run = 0;

	s->nr = 0;
	for (size_t i = 0; i < r->nr_branches && run < limit && nr < STATS_MAX; i++) {
		const struct pb_result_branch *b = &r->branch[i];

		if (b->kernel != kernel || b->scenario != scenario)
			continue;
		run++;
		if (b->status == PB_BRANCH_OK && b->excess.total)
			s->branch[nr++] = b;
	}
	if (nr)
		qsort(s->branch, nr, sizeof(const struct pb_result_branch *), by_seed);
	/* A seed that was run twice is no second observation. */
	for (size_t i = 0; i < nr; i++)
		if (!s->nr || s->branch[s->nr - 1]->seed != s->branch[i]->seed)
			s->branch[s->nr++] = s->branch[i];
	return run;
}

static bool is_pairable(const struct side *base, const struct side *head)
{
	if (base->nr != head->nr)
		return false;
	for (size_t i = 0; i < base->nr; i++)
		if (base->branch[i]->seed != head->branch[i]->seed)
			return false;
	return true;
}

static double metric_value(enum pb_metric m, const struct pb_samples *s)
{
	switch (m) {
	case PB_METRIC_MEDIAN:
		return (double)samples_quantile(s, 500);
	case PB_METRIC_P99:
		return (double)samples_quantile(s, 990);
	default:
		return (double)samples_max(s);
	}
}

static void side_values(const struct side *s, enum pb_metric m, double *to)
{
	for (size_t i = 0; i < s->nr; i++)
		to[i] = metric_value(m, &s->branch[i]->excess);
}

/* Samples per branch. */
static double side_samples(const struct side *s)
{
	double sum = 0;

	for (size_t i = 0; i < s->nr; i++)
		sum += (double)s->branch[i]->excess.total;
	return s->nr ? sum / (double)s->nr : 0;
}

static bool same_posts(const struct side *base, const struct side *head)
{
	double b = side_samples(base), h = side_samples(head);

	return fabs(h - b) <= PB_LATENCY_MARGIN * b;
}

/* All that is compared at one look, by row. */
struct look {
	const struct pb_result *r;
	size_t limit; /* branches of each scenario */
	struct values *v; /* of each head and scenario */
	struct stats_metric *metric;
	bool *due;
};

/* One row from its sides. */
static int fill_row(struct look *l, struct pb_latency_row *row, size_t i, const struct side *base,
		    const struct side *head, bool pairable)
{
	double *b = l->v[i / PB_METRICS].base[row->metric];
	double *h = l->v[i / PB_METRICS].head[row->metric];
	double middle;
	int ret;

	if (row->why == PB_LATENCY_COMPARED && row->metric != PB_METRIC_MAX &&
	    !same_posts(base, head))
		row->why = PB_LATENCY_COALESCED;
	if (row->why != PB_LATENCY_COMPARED)
		return 0;
	side_values(base, row->metric, b);
	side_values(head, row->metric, h);
	ret = stats_median(b, base->nr, &middle);
	if (ret)
		return ret;
	row->nr_base = (uint32_t)stats_drop_repeats(b, pairable ? h : NULL, base->nr);
	row->nr_head = pairable ? row->nr_base : (uint32_t)stats_drop_repeats(h, NULL, head->nr);
	row->repeats = (uint32_t)(base->nr + head->nr) - row->nr_base - row->nr_head;
	row->margin = fmax(PB_LATENCY_MARGIN * middle, PB_LATENCY_MARGIN_TICKS);
	l->metric[i] = (struct stats_metric){.base = b,
					     .head = h,
					     .nr_base = row->nr_base,
					     .nr_head = row->nr_head,
					     .pairable = pairable,
					     .margin = row->margin};
	l->due[i] = true;
	return 0;
}

/* The rows of one head in one scenario, from row[i] on; not due: not so many branches. */
static int fill_rows(struct look *l, struct pb_latency_row *row, size_t i)
{
	const struct pb_result *r = l->r;
	uint32_t scenario = row[i].scenario;
	struct side base = {.nr = 0}, head = {.nr = 0};
	enum pb_latency_why why = PB_LATENCY_COMPARED;
	size_t run = side_init(r, row[i].base, scenario, l->limit, &base);
	bool pairable;
	int ret = 0;

	if (side_init(r, row[i].head, scenario, l->limit, &head) < run)
		run = 0;
	if (l->limit != SIZE_MAX && run < l->limit)
		return 0;
	pairable = is_pairable(&base, &head);
	if (result_cell(r, row[i].base, scenario)->lossy ||
	    result_cell(r, row[i].head, scenario)->lossy)
		why = PB_LATENCY_LOSSY;
	else if (!base.nr || !head.nr)
		why = PB_LATENCY_EMPTY;
	for (size_t m = i; m < i + PB_METRICS && !ret; m++) {
		row[m].why = why;
		row[m].repeats = 0;
		row[m].nr_base = (uint32_t)base.nr;
		row[m].nr_head = (uint32_t)head.nr;
		ret = fill_row(l, &row[m], m, &base, &head, pairable);
	}
	return ret;
}

/* Which rows can be looked at with so many branches. */
static int fill_look(struct look *l, struct pb_latency *to, size_t limit)
{
	int ret = 0;

	l->limit = limit;
	memset(l->due, 0, to->nr * sizeof(*l->due));
	for (size_t i = 0; i < to->nr && !ret; i += PB_METRICS)
		ret = fill_rows(l, to->row, i);
	return ret;
}

/* One look at all there is; what it says is all that is said. */
static int look_once(struct look *l, struct pb_latency *to, const struct stats_rule *rule,
		     struct stats_comparison *c)
{
	static const struct stats_design once = {.looks = 1, .n = {STATS_MAX}};
	int ret = fill_look(l, to, SIZE_MAX);

	return ret ? ret : stats_look(l->metric, l->due, to->nr, rule, &once, 0, c);
}

/*
 * Look by look as it was measured. Before the first one nothing is claimed, but
 * what is there is shown; pairs that are equal need no test.
 */
static int look_by_look(struct look *l, struct pb_latency *to, struct stats_comparison *c)
{
	const struct stats_design *d = &l->r->looks;
	struct stats_rule rule = stats_rule_default;
	int ret;

	rule.lazy = true;
	ret = look_once(l, to, &rule, c);
	for (size_t i = 0; i < to->nr; i++) {
		if (c[i].state != STATS_IDENTICAL)
			c[i].state = STATS_TOO_FEW;
		c[i].shown = false;
	}
	for (unsigned int look = 0; look < d->looks && !ret; look++) {
		ret = fill_look(l, to, d->n[look]);
		if (!ret)
			ret = stats_look(l->metric, l->due, to->nr, &stats_rule_default, d, look,
					 c);
	}
	return ret;
}

static bool same_build(const struct pb_result *r, const struct pb_latency_row *row)
{
	return r->kernel[row->base].build_id[0] &&
	       !strcmp(r->kernel[row->base].build_id, r->kernel[row->head].build_id);
}

static bool is_settled(const struct pb_result *r, const struct pb_latency_row *row)
{
	if (row->why != PB_LATENCY_COMPARED)
		return true;
	switch (row->c.state) {
	case STATS_SLOWER:
	case STATS_FASTER:
	case STATS_EQUIVALENT:
	case STATS_NO_WORSE:
		return true;
	case STATS_IDENTICAL:
		return row->c.shown || same_build(r, row);
	default:
		return false;
	}
}

static void sum_up(const struct pb_result *r, struct pb_latency *l)
{
	l->least = (uint32_t)stats_least_repetitions(l->nr, stats_rule_default.alpha);
	for (size_t i = 0; i < l->nr; i++) {
		if (l->row[i].why == PB_LATENCY_COMPARED)
			l->nr_state[l->row[i].c.state]++;
		l->nr_lossy += l->row[i].why == PB_LATENCY_LOSSY;
		l->nr_coalesced += l->row[i].why == PB_LATENCY_COALESCED;
		l->nr_empty += l->row[i].why == PB_LATENCY_EMPTY;
		l->row[i].settled = is_settled(r, &l->row[i]);
	}
}

static int compare_rows(struct look *look, struct pb_latency *l, struct stats_comparison *c)
{
	int ret;

	stats_look_init(c, l->nr);
	ret = look->r->looks.looks ? look_by_look(look, l, c)
				   : look_once(look, l, &stats_rule_default, c);
	if (ret)
		return ret;
	for (size_t i = 0; i < l->nr; i++)
		if (l->row[i].why == PB_LATENCY_COMPARED)
			l->row[i].c = c[i];
	sum_up(look->r, l);
	return 0;
}

bool latency_settled(const struct pb_result *r, uint32_t scenario)
{
	for (size_t i = 0; i < r->latency.nr; i++)
		if (r->latency.row[i].scenario == scenario && !r->latency.row[i].settled)
			return false;
	return true;
}

static void list_rows(const struct pb_result *r, uint32_t base, struct pb_latency *l)
{
	for (uint32_t k = 0; k < r->nr_kernels; k++)
		for (uint32_t n = 0; n < r->nr_scenarios; n++)
			for (unsigned int m = 0; m < PB_METRICS; m++)
				/* What is swept is posted where it hurts: no delay of its own. */
				if (r->kernel[k].role == PB_ROLE_HEAD && !r->scenario[n].sweeps)
					l->row[l->nr++] =
						(struct pb_latency_row){.base = base,
									.head = k,
									.scenario = n,
									.metric = (enum pb_metric)m,
									.why = PB_LATENCY_EMPTY};
}

int latency_compare(const struct pb_result *r, struct pb_latency *l)
{
	size_t cells = r->nr_kernels * r->nr_scenarios, max = cells * PB_METRICS;
	struct look look = {.r = r};
	struct stats_comparison *c = NULL;
	uint32_t base = 0;
	int ret = -ENOMEM;

	memset(l, 0, sizeof(*l));
	while (base < r->nr_kernels && r->kernel[base].role != PB_ROLE_BASE)
		base++;
	if (base == r->nr_kernels)
		return 0;
	l->row = calloc(max + 1, sizeof(*l->row));
	look.metric = calloc(max + 1, sizeof(*look.metric));
	look.due = calloc(max + 1, sizeof(*look.due));
	look.v = calloc(cells + 1, sizeof(*look.v));
	c = calloc(max + 1, sizeof(*c));
	if (l->row && look.metric && look.due && look.v && c) {
		list_rows(r, base, l);
		ret = compare_rows(&look, l, c);
	}
	free(look.metric);
	free(look.due);
	free(look.v);
	free(c);
	if (ret)
		latency_free(l);
	return ret;
}

void latency_free(struct pb_latency *l)
{
	free(l->row);
	memset(l, 0, sizeof(*l));
}
