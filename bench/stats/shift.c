// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>

#include "stats/rank.h"
#include "util/rng.h"

/* What an estimate is made from, and room to make it in. */
struct estimate {
	const double *base, *head; /* base NULL: head holds differences */
	size_t nr_base, nr_head;
	double *pairs, *base_drawn, *head_drawn;
};

/* The order of v changes. */
static double median_of(double *v, size_t nr)
{
	double upper = gsl_stats_select(v, 1, nr, nr / 2), lower;

	if (nr % 2)
		return upper;
	/* The selection left all smaller ones in front. */
	lower = v[0];
	for (size_t i = 1; i < nr / 2; i++)
		lower = fmax(lower, v[i]);
	return lower / 2 + upper / 2;
}

static double shift_of(const double *base, size_t nb, const double *head, size_t nh, double *pairs)
{
	size_t nr = 0;

	for (size_t h = 0; h < nh; h++)
		for (size_t b = 0; b < nb; b++)
			pairs[nr++] = head[h] - base[b];
	return median_of(pairs, nr);
}

static double pseudo_median_of(const double *diff, size_t n, double *pairs)
{
	size_t nr = 0;

	for (size_t i = 0; i < n; i++)
		for (size_t k = i; k < n; k++)
			pairs[nr++] = diff[i] / 2 + diff[k] / 2;
	return median_of(pairs, nr);
}

static int estimate_init(struct estimate *e, const double *base, size_t nr_base, const double *head,
			 size_t nr_head)
{
	if ((base && !rank_usable(base, nr_base)) || !rank_usable(head, nr_head))
		return -EINVAL;
	*e = (struct estimate){.base = base, .nr_base = nr_base, .head = head, .nr_head = nr_head};
	/* All pairs, and both samples drawn. */
	e->pairs = calloc((nr_base + nr_head + 2) * (nr_head + 2), sizeof(*e->pairs));
	e->base_drawn = calloc(nr_base + nr_head, sizeof(*e->base_drawn));
	if (!e->pairs || !e->base_drawn) {
		free(e->pairs);
		free(e->base_drawn);
		return -ENOMEM;
	}
	e->head_drawn = e->base_drawn + nr_base;
	return 0;
}

static void estimate_free(struct estimate *e)
{
	free(e->pairs);
	free(e->base_drawn);
}

static double estimate_of(struct estimate *e, const double *base, const double *head)
{
	if (e->base)
		return shift_of(base, e->nr_base, head, e->nr_head, e->pairs);
	return pseudo_median_of(head, e->nr_head, e->pairs);
}

static void draw(const double *from, double *to, size_t nr, uint64_t *state)
{
	for (size_t i = 0; i < nr; i++)
		to[i] = from[rng_below(state, nr)];
}

static int bootstrap(struct estimate *e, const struct stats_bootstrap *b, struct stats_interval *i)
{
	uint64_t state = b->seed;
	double *drawn;

	if (!(b->level > 0 && b->level < 1) || b->replicates < 10 || b->replicates > 100000)
		return -EINVAL;
	drawn = calloc(b->replicates, sizeof(*drawn));
	if (!drawn)
		return -ENOMEM;
	for (unsigned int k = 0; k < b->replicates; k++) {
		draw(e->base, e->base_drawn, e->base ? e->nr_base : 0, &state);
		draw(e->head, e->head_drawn, e->nr_head, &state);
		drawn[k] = estimate_of(e, e->base_drawn, e->head_drawn);
	}
	gsl_sort(drawn, 1, b->replicates);
	i->low = gsl_stats_quantile_from_sorted_data(drawn, 1, b->replicates, (1 - b->level) / 2);
	i->high = gsl_stats_quantile_from_sorted_data(drawn, 1, b->replicates, (1 + b->level) / 2);
	free(drawn);
	return 0;
}

static int point(const double *base, size_t nr_base, const double *head, size_t nr_head,
		 double *value)
{
	struct estimate e;
	int ret = estimate_init(&e, base, nr_base, head, nr_head);

	if (ret)
		return ret;
	*value = estimate_of(&e, base, head);
	estimate_free(&e);
	return 0;
}

static int interval(const double *base, size_t nr_base, const double *head, size_t nr_head,
		    const struct stats_bootstrap *b, struct stats_interval *i)
{
	struct estimate e;
	int ret = estimate_init(&e, base, nr_base, head, nr_head);

	if (ret)
		return ret;
	ret = bootstrap(&e, b, i);
	estimate_free(&e);
	return ret;
}

int stats_shift(const double *base, size_t nr_base, const double *head, size_t nr_head,
		double *shift)
{
	return base ? point(base, nr_base, head, nr_head, shift) : -EINVAL;
}

int stats_pseudo_median(const double *diff, size_t nr, double *median)
{
	return point(NULL, 0, diff, nr, median);
}

int stats_shift_interval(const double *base, size_t nr_base, const double *head, size_t nr_head,
			 const struct stats_bootstrap *b, struct stats_interval *i)
{
	return base ? interval(base, nr_base, head, nr_head, b, i) : -EINVAL;
}

int stats_pseudo_median_interval(const double *diff, size_t nr, const struct stats_bootstrap *b,
				 struct stats_interval *i)
{
	return interval(NULL, 0, diff, nr, b, i);
}

int stats_median(const double *v, size_t nr, double *median)
{
	double copy[STATS_MAX];

	if (!rank_usable(v, nr))
		return -EINVAL;
	for (size_t i = 0; i < nr; i++)
		copy[i] = v[i];
	*median = median_of(copy, nr);
	return 0;
}
