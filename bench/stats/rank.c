// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sort.h>

#include "stats/rank.h"

bool rank_usable(const double *v, size_t nr)
{
	if (!nr || nr > STATS_MAX)
		return false;
	for (size_t i = 0; i < nr; i++)
		if (!isfinite(v[i]))
			return false;
	return true;
}

int rank_double(const double *v, size_t nr, unsigned int *rank, double *ties)
{
	size_t *order = calloc(nr + 1, sizeof(*order));
	size_t from, to;

	if (!order)
		return -ENOMEM;
	gsl_sort_index(order, v, 1, nr);
	*ties = 0;
	for (from = 0; from < nr; from = to) {
		double t;

		for (to = from + 1; to < nr && v[order[to]] == v[order[from]];)
			to++;
		t = (double)(to - from);
		*ties += t * t * t - t;
		/* Ranks from + 1 to `to`: twice their mean. */
		for (size_t i = from; i < to; i++)
			rank[order[i]] = (unsigned int)(from + 1 + to);
	}
	free(order);
	return 0;
}

void rank_tails(const double *weight, size_t nr, size_t at, double *less, double *greater)
{
	double below = 0, above = 0, all = 0;

	for (size_t s = 0; s < nr; s++) {
		all += weight[s];
		if (s <= at)
			below += weight[s];
		if (s >= at)
			above += weight[s];
	}
	*less = below / all;
	*greater = above / all;
}

void rank_normal(double statistic, double mean, double variance, double *less, double *greater)
{
	double sd = sqrt(variance);

	*less = *greater = 1;
	if (variance <= 0)
		return;
	*less = gsl_cdf_ugaussian_P((statistic - mean + 0.5) / sd);
	*greater = gsl_cdf_ugaussian_Q((statistic - mean - 0.5) / sd);
}

double rank_p(enum stats_claim claim, double less, double greater)
{
	switch (claim) {
	case STATS_LESS:
		return less;
	case STATS_GREATER:
		return greater;
	case STATS_DIFFERENT:
		break;
	}
	return fmin(1, 2 * fmin(less, greater));
}
