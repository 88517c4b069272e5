// SPDX-License-Identifier: LGPL-2.1-or-later
/* Several metrics, and several looks. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <gsl/gsl_sf_gamma.h>
#include <gsl/gsl_sort.h>

#include "stats/stats.h"

int stats_holm(const double *p, size_t nr, double *adjusted)
{
	size_t *order;
	double *out, most = 0;

	if (!nr)
		return -EINVAL;
	for (size_t i = 0; i < nr; i++)
		if (!(p[i] >= 0 && p[i] <= 1))
			return -EINVAL;
	order = calloc(nr, sizeof(*order));
	out = calloc(nr, sizeof(*out));
	if (order && out) {
		gsl_sort_index(order, p, 1, nr);
		for (size_t i = 0; i < nr; i++) {
			most = fmax(most, fmin(1, (double)(nr - i) * p[order[i]]));
			out[order[i]] = most;
		}
		for (size_t i = 0; i < nr; i++)
			adjusted[i] = out[i];
	}
	free(order);
	nr = out ? nr : 0;
	free(out);
	return nr && order ? 0 : -ENOMEM;
}

double stats_least_p(bool paired, size_t nr)
{
	if (!nr || nr > STATS_MAX)
		return 1;
	if (paired)
		return ldexp(1, 1 - (int)nr);
	return fmin(1, 2 * exp(-gsl_sf_lnchoose((unsigned int)(2 * nr), (unsigned int)nr)));
}

const struct stats_design stats_design_default = {.looks = 5, .n = {12, 20, 32, 48, 64}};

static double spent(double alpha, double t)
{
	return alpha * log1p((M_E - 1) * t);
}

int stats_look_alpha(const struct stats_design *d, unsigned int look, double alpha, double *at)
{
	double end, before = 0;

	if (!d->looks || d->looks > STATS_MAX_LOOKS || look >= d->looks || !d->n[0] ||
	    d->n[d->looks - 1] > STATS_MAX || !(alpha > 0 && alpha < 1))
		return -EINVAL;
	for (unsigned int i = 1; i < d->looks; i++)
		if (d->n[i] <= d->n[i - 1])
			return -EINVAL;
	end = (double)d->n[d->looks - 1];
	if (look)
		before = spent(alpha, (double)d->n[look - 1] / end);
	*at = spent(alpha, (double)d->n[look] / end) - before;
	return 0;
}
