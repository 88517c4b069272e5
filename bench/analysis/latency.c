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

/* Beyond STATS_MAX branches the error is small enough: the first that were run are taken. */
static void side_init(const struct pb_result *r, uint32_t kernel, uint32_t scenario, struct side *s)
{
	size_t nr = 0;

	s->nr = 0;
	for (size_t i = 0; i < r->nr_branches && nr < STATS_MAX; i++) {
		const struct pb_result_branch *b = &r->branch[i];

		if (b->kernel == kernel && b->scenario == scenario && b->status == PB_BRANCH_OK &&
		    b->excess.total)
			s->branch[nr++] = b;
	}
	if (nr)
		qsort(s->branch, nr, sizeof(const struct pb_result_branch *), by_seed);
	/* A seed that was run twice is no second observation. */
	for (size_t i = 0; i < nr; i++)
		if (!s->nr || s->branch[s->nr - 1]->seed != s->branch[i]->seed)
			s->branch[s->nr++] = s->branch[i];
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

static bool samples_equal(const struct pb_samples *a, const struct pb_samples *b)
{
	return a->nr == b->nr && !memcmp(a->value, b->value, a->nr * sizeof(*a->value)) &&
	       !memcmp(a->count, b->count, a->nr * sizeof(*a->count));
}

static bool branches_equal(const struct pb_result_branch *a, const struct pb_result_branch *b)
{
	return samples_equal(&a->excess, &b->excess) && samples_equal(&a->latency, &b->latency) &&
	       samples_equal(&a->preempted, &b->preempted);
}

/*
 * Two seeds can draw the same schedule. In a machine where equal schedules
 * give equal runs, the second is the first once more, and would make a
 * difference look surer than it is.
 */
static uint32_t drop_repeats(struct side *base, struct side *head)
{
	size_t kept = 0, nr = base->nr;

	for (size_t i = 0; i < nr; i++) {
		bool again = false;

		for (size_t k = 0; k < kept && !again; k++)
			again = branches_equal(base->branch[i], base->branch[k]) &&
				branches_equal(head->branch[i], head->branch[k]);
		if (again)
			continue;
		base->branch[kept] = base->branch[i];
		head->branch[kept++] = head->branch[i];
	}
	base->nr = head->nr = kept;
	return (uint32_t)(nr - kept);
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

/* The rows of one head in one scenario; of those to be compared the metrics, too. */
static int fill_rows(const struct pb_result *r, struct pb_latency_row *row, struct values *v,
		     struct stats_metric *metric, size_t *nr_metrics)
{
	const struct pb_result_cell *cb = result_cell(r, row->base, row->scenario);
	const struct pb_result_cell *ch = result_cell(r, row->head, row->scenario);
	struct side base = {.nr = 0}, head = {.nr = 0};
	enum pb_latency_why why = PB_LATENCY_COMPARED;
	bool pairable;
	int ret = 0;

	side_init(r, row->base, row->scenario, &base);
	side_init(r, row->head, row->scenario, &head);
	pairable = is_pairable(&base, &head);
	if (pairable)
		row->repeats = drop_repeats(&base, &head);
	row->nr_base = (uint32_t)base.nr;
	row->nr_head = (uint32_t)head.nr;
	if (cb->lossy || ch->lossy)
		why = PB_LATENCY_LOSSY;
	else if (!base.nr || !head.nr)
		why = PB_LATENCY_EMPTY;
	for (unsigned int m = 0; m < PB_METRICS; m++) {
		struct pb_latency_row *to = &row[m];
		double middle;

		*to = *row;
		to->metric = (enum pb_metric)m;
		to->why = why;
		if (why == PB_LATENCY_COMPARED && m != PB_METRIC_MAX && !same_posts(&base, &head))
			to->why = PB_LATENCY_COALESCED;
		if (to->why != PB_LATENCY_COMPARED)
			continue;
		side_values(&base, to->metric, v->base[m]);
		side_values(&head, to->metric, v->head[m]);
		ret = stats_median(v->base[m], base.nr, &middle);
		if (ret)
			return ret;
		to->margin = fmax(PB_LATENCY_MARGIN * middle, PB_LATENCY_MARGIN_TICKS);
		metric[(*nr_metrics)++] = (struct stats_metric){.base = v->base[m],
								.head = v->head[m],
								.nr_base = base.nr,
								.nr_head = head.nr,
								.pairable = pairable,
								.margin = to->margin};
	}
	return ret;
}

static int compare_rows(const struct pb_result *r, struct pb_latency *l, struct values *v,
			struct stats_metric *metric, struct stats_comparison *c)
{
	size_t nr = 0, k = 0;
	int ret = 0;

	for (size_t i = 0; i < l->nr && !ret; i += PB_METRICS)
		ret = fill_rows(r, &l->row[i], &v[i / PB_METRICS], metric, &nr);
	if (!ret && nr)
		ret = stats_compare(metric, nr, &stats_rule_default, c);
	if (ret)
		return ret;
	l->least = (uint32_t)stats_least_repetitions(nr, stats_rule_default.alpha);
	for (size_t i = 0; i < l->nr; i++) {
		if (l->row[i].why == PB_LATENCY_COMPARED) {
			l->row[i].c = c[k++];
			l->nr_state[l->row[i].c.state]++;
		}
		l->nr_lossy += l->row[i].why == PB_LATENCY_LOSSY;
		l->nr_coalesced += l->row[i].why == PB_LATENCY_COALESCED;
		l->nr_empty += l->row[i].why == PB_LATENCY_EMPTY;
	}
	return 0;
}

static void list_rows(const struct pb_result *r, uint32_t base, struct pb_latency *l)
{
	for (uint32_t k = 0; k < r->nr_kernels; k++)
		for (uint32_t n = 0; n < r->nr_scenarios; n++) {
			if (r->kernel[k].role != PB_ROLE_HEAD)
				continue;
			l->row[l->nr] =
				(struct pb_latency_row){.base = base, .head = k, .scenario = n};
			l->nr += PB_METRICS;
		}
}

int latency_compare(const struct pb_result *r, struct pb_latency *l)
{
	size_t cells = r->nr_kernels * r->nr_scenarios, max = cells * PB_METRICS;
	struct stats_metric *metric = NULL;
	struct stats_comparison *c = NULL;
	struct values *v = NULL;
	uint32_t base = 0;
	int ret = -ENOMEM;

	memset(l, 0, sizeof(*l));
	while (base < r->nr_kernels && r->kernel[base].role != PB_ROLE_BASE)
		base++;
	if (base == r->nr_kernels)
		return 0;
	l->row = calloc(max + 1, sizeof(*l->row));
	metric = calloc(max + 1, sizeof(*metric));
	c = calloc(max + 1, sizeof(*c));
	v = calloc(cells + 1, sizeof(*v));
	if (l->row && metric && c && v) {
		list_rows(r, base, l);
		ret = compare_rows(r, l, v, metric, c);
	}
	free(metric);
	free(c);
	free(v);
	if (ret)
		latency_free(l);
	return ret;
}

void latency_free(struct pb_latency *l)
{
	free(l->row);
	memset(l, 0, sizeof(*l));
}
