/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* rank.h - what the rank tests share. */
#ifndef PB_STATS_RANK_H
#define PB_STATS_RANK_H

#include "stats/stats.h"

/*
 * Twice the midranks of v[0..nr), which are whole numbers, by index. *ties is
 * the sum of t^3 - t over the groups of t equal values. -ENOMEM.
 */
int rank_double(const double *v, size_t nr, unsigned int *rank, double *ties);

/* Both tails of an exact distribution at `at`, `at` included: weight[s] of each sum s. */
void rank_tails(const double *weight, size_t nr, size_t at, double *less, double *greater);
/* Both tails of the normal one; corrected for continuity by half a step. */
void rank_normal(double statistic, double mean, double variance, double *less, double *greater);

double rank_p(enum stats_claim claim, double less, double greater);
/* 0 < nr <= STATS_MAX and all finite? */
bool rank_usable(const double *v, size_t nr);

#endif
