/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* stats_data.h - where the replays of bench-stats draw their branches from. */
#ifndef TEST_BENCH_STATS_DATA_H
#define TEST_BENCH_STATS_DATA_H

#include <stdbool.h>
#include <stddef.h>
#include <gsl/gsl_rng.h>

#include "stats/stats.h"

#define DATA_METRICS 3 /* of a scenario */
#define DATA_GROUPS  4 /* scenarios, at most */
#define DATA_ALL     (DATA_METRICS * DATA_GROUPS)
#define DATA_MAX_SET 256 /* branches of a recorded set */

struct recorded {
	size_t nr;
	double value[DATA_METRICS][DATA_MAX_SET];
};

/* One population of branches. */
struct population {
	const char *name;
	double (*value)(double z); /* of a standard normal deviate; NULL: recorded */
	const struct recorded *set[DATA_GROUPS]; /* of each scenario */
	int groups; /* scenarios, which hang together in nothing; 0: one */
	int metric; /* of the first scenario, that is made slower */
	bool pairs; /* base and head have equal seeds, as in a gate */
	double shared; /* standard deviations that a pair of equal seeds has in common */
	double middle[DATA_ALL], sigma[DATA_ALL]; /* measured by population_init() */
};

/* Both kernels' branches of one replay. */
struct replay {
	double base[DATA_ALL][STATS_MAX], head[DATA_ALL][STATS_MAX];
};

double gaussian(double z);
double lognormal(double z);
double bimodal(double z);

/* Lines of `scenario` in the file; exits with a line on stderr when there are too few. */
void recorded_read(const char *path, const char *scenario, struct recorded *set);

/* How many metrics it has. */
static inline int population_metrics(const struct population *p)
{
	return DATA_METRICS * (p->groups ? p->groups : 1);
}

/* Measure middle and sigma. */
void population_init(struct population *p, gsl_rng *rng);
/*
 * Draw STATS_MAX / 2 branches of each; base and head are alike. Recorded ones
 * without replacement: no branch is in both.
 */
void replay_draw(const struct population *p, gsl_rng *rng, struct replay *r);

#endif
