/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* stats_data.h - where the replays of bench-stats draw their branches from. */
#ifndef TEST_BENCH_STATS_DATA_H
#define TEST_BENCH_STATS_DATA_H

#include <stdbool.h>
#include <stddef.h>
#include <gsl/gsl_rng.h>

#include "stats/stats.h"

#define DATA_METRICS 3
#define DATA_MAX_SET 256 /* branches of a recorded set */

struct recorded {
	size_t nr;
	double value[DATA_METRICS][DATA_MAX_SET];
};

/* One population of branches. */
struct population {
	const char *name;
	double (*value)(double z); /* of a standard normal deviate; NULL: recorded */
	const struct recorded *set;
	int metric; /* that is made slower */
	double shared; /* standard deviations that a pair of equal seeds has in common */
	double middle[DATA_METRICS], sigma[DATA_METRICS]; /* measured by population_init() */
};

/* Both kernels' branches of one replay. */
struct replay {
	double base[DATA_METRICS][STATS_MAX], head[DATA_METRICS][STATS_MAX];
};

double gaussian(double z);
double lognormal(double z);
double bimodal(double z);

/* Lines of `scenario` in the file; exits with a line on stderr when there are too few. */
void recorded_read(const char *path, const char *scenario, struct recorded *set);

/* Measure middle and sigma. */
void population_init(struct population *p, gsl_rng *rng);
/*
 * Draw STATS_MAX / 2 branches of each; base and head are alike. Recorded ones
 * without replacement: no branch is in both.
 */
void replay_draw(const struct population *p, gsl_rng *rng, struct replay *r);

#endif
