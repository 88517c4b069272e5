// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "stats/rank.h"

/* weight[s]: how many subsets of the ranks add up to s; at most 2^50. */
static int exact_tails(const unsigned int *rank, size_t nr, size_t sum, double *less,
		       double *greater)
{
	size_t width = nr * (nr + 1) + 1;
	double *weight = calloc(width, sizeof(*weight));

	if (!weight)
		return -ENOMEM;
	weight[0] = 1;
	for (size_t i = 0; i < nr; i++)
		for (size_t s = width; s-- > rank[i];)
			weight[s] += weight[s - rank[i]];
	rank_tails(weight, width, sum, less, greater);
	free(weight);
	return 0;
}

int stats_signed_rank(const double *diff, size_t nr, enum stats_claim claim,
		      enum stats_method method, struct stats_test *t)
{
	double size[STATS_MAX], ties, less = 1, greater = 1, n;
	bool positive[STATS_MAX];
	unsigned int rank[STATS_MAX];
	size_t used = 0, sum = 0;
	int ret;

	if (!rank_usable(diff, nr))
		return -EINVAL;
	for (size_t i = 0; i < nr; i++)
		if (diff[i] != 0) {
			positive[used] = diff[i] > 0;
			size[used++] = fabs(diff[i]);
		}
	if (method == STATS_EXACT && used > STATS_EXACT_SIGN)
		return -EINVAL;
	ret = rank_double(size, used, rank, &ties);
	if (ret)
		return ret;
	for (size_t i = 0; i < used; i++)
		if (positive[i])
			sum += rank[i];
	n = (double)used;
	t->statistic = (double)sum / 2;
	t->exact = method != STATS_NORMAL && used <= STATS_EXACT_SIGN;
	if (t->exact)
		ret = exact_tails(rank, used, sum, &less, &greater);
	else
		rank_normal(t->statistic, n * (n + 1) / 4,
			    n * (n + 1) * (2 * n + 1) / 24 - ties / 48, &less, &greater);
	if (!ret)
		t->p = rank_p(claim, less, greater);
	return ret;
}
