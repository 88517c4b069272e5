// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "stats/rank.h"

/*
 * weight[k][s]: in how many ways k of the ranks add up to s. At most
 * 40 over 20, so exact in a double.
 */
static int exact_tails(const unsigned int *rank, size_t nr, size_t nr_head, size_t sum,
		       double *less, double *greater)
{
	size_t width = 2 * nr * nr_head + 1, reach = 0; /* no sum is beyond, so far */
	double *weight = calloc((nr_head + 1) * width, sizeof(*weight));

	if (!weight)
		return -ENOMEM;
	weight[0] = 1;
	for (size_t i = 0; i < nr; i++) {
		reach = reach + rank[i] < width ? reach + rank[i] : width - 1;
		for (size_t k = i < nr_head ? i + 1 : nr_head; k > 0; k--) {
			double *to = weight + k * width + rank[i];
			const double *from = weight + (k - 1) * width;

			for (size_t s = 0; s <= reach - rank[i]; s++)
				to[s] += from[s];
		}
	}
	rank_tails(weight + nr_head * width, width, sum, less, greater);
	free(weight);
	return 0;
}

static double variance(double nb, double nh, double ties)
{
	double n = nb + nh;

	return nb * nh / 12 * (n + 1 - ties / (n * (n - 1)));
}

int stats_mann_whitney(const double *base, size_t nr_base, const double *head, size_t nr_head,
		       enum stats_claim claim, enum stats_method method, struct stats_test *t)
{
	unsigned int rank[2 * STATS_MAX];
	double all[2 * STATS_MAX], ties, less, greater;
	size_t nr = nr_base + nr_head, sum = 0;
	int ret;

	if (!rank_usable(base, nr_base) || !rank_usable(head, nr_head) ||
	    (method == STATS_EXACT && nr > STATS_EXACT_RANK))
		return -EINVAL;
	memcpy(all, base, nr_base * sizeof(*all));
	memcpy(all + nr_base, head, nr_head * sizeof(*all));
	ret = rank_double(all, nr, rank, &ties);
	if (ret)
		return ret;
	for (size_t i = nr_base; i < nr; i++)
		sum += rank[i];
	t->statistic = (double)sum / 2 - (double)(nr_head * (nr_head + 1)) / 2;
	t->exact = method != STATS_NORMAL && nr <= STATS_EXACT_RANK;
	if (t->exact)
		ret = exact_tails(rank, nr, nr_head, sum, &less, &greater);
	else
		rank_normal(t->statistic, (double)(nr_base * nr_head) / 2,
			    variance((double)nr_base, (double)nr_head, ties), &less, &greater);
	if (!ret)
		t->p = rank_p(claim, less, greater);
	return ret;
}
