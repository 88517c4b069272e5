// SPDX-License-Identifier: LGPL-2.1-or-later
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>

#include "stats_data.h"

#define MEASURED 100000

double gaussian(double z)
{
	return 1000 + 100 * z;
}

double lognormal(double z)
{
	return 1000 * exp(0.3 * z);
}

/* Three of ten branches fall into a slower mode. */
double bimodal(double z)
{
	double u = gsl_cdf_ugaussian_P(z);

	if (u < 0.7)
		return 1000 + 30 * gsl_cdf_ugaussian_Pinv(u / 0.7);
	return 1300 + 30 * gsl_cdf_ugaussian_Pinv((u - 0.7) / 0.3);
}

void recorded_read(const char *path, const char *scenario, struct recorded *set)
{
	FILE *in = fopen(path, "r");
	char line[256], name[64];
	double v[DATA_METRICS];

	set->nr = 0;
	while (in && fgets(line, sizeof(line), in)) {
		if (sscanf(line, "%63s %*s %lf %lf %lf", name, &v[0], &v[1], &v[2]) != 4 ||
		    strcmp(name, scenario) != 0 || set->nr == DATA_MAX_SET)
			continue;
		for (int m = 0; m < DATA_METRICS; m++)
			set->value[m][set->nr] = v[m];
		set->nr++;
	}
	if (!in || set->nr < STATS_MAX) {
		fprintf(stderr, "%s: %zu branches of %s, must be %d or more\n", path, set->nr,
			scenario, STATS_MAX);
		exit(2);
	}
	fclose(in);
}

void population_init(struct population *p, gsl_rng *rng)
{
	double *v = calloc(MEASURED, sizeof(*v));

	if (!v)
		exit(2);
	for (int m = 0; m < population_metrics(p); m++) {
		const struct recorded *set = p->set[m / DATA_METRICS];
		size_t nr = set ? set->nr : MEASURED;

		/* Of pairs: the deviation of a difference, which is all that their test sees. */
		for (size_t i = 0; i < nr; i++)
			v[i] = set ? set->value[m % DATA_METRICS][i]
				   : p->value(gsl_ran_ugaussian(rng));
		p->sigma[m] = gsl_stats_sd(v, 1, nr) * (p->shared > 0 ? M_SQRT2 : 1);
		gsl_sort(v, 1, nr);
		p->middle[m] = gsl_stats_median_from_sorted_data(v, 1, nr);
	}
	free(v);
}

static void draw_recorded(const struct recorded *set, gsl_rng *rng, struct replay *r, int first)
{
	size_t index[DATA_MAX_SET];

	for (size_t i = 0; i < set->nr; i++)
		index[i] = i;
	gsl_ran_shuffle(rng, index, set->nr, sizeof(index[0]));
	for (int m = 0; m < DATA_METRICS; m++)
		for (size_t i = 0; i < STATS_MAX / 2; i++) {
			r->base[first + m][i] = set->value[m][index[2 * i]];
			r->head[first + m][i] = set->value[m][index[2 * i + 1]];
		}
}

/* The metrics of one branch hang together: half of their variance is common. */
static double deviate(gsl_rng *rng, double common)
{
	return M_SQRT1_2 * (common + gsl_ran_ugaussian(rng));
}

static void draw_made_up(const struct population *p, gsl_rng *rng, struct replay *r, int first)
{
	for (size_t i = 0; i < STATS_MAX / 2; i++) {
		double base = gsl_ran_ugaussian(rng), head = gsl_ran_ugaussian(rng);

		for (int m = first; m < first + DATA_METRICS; m++) {
			double seed = p->shared > 0 ? 100 * p->shared * gsl_ran_ugaussian(rng) : 0;

			r->base[m][i] = p->value(deviate(rng, base)) + seed;
			r->head[m][i] = p->value(deviate(rng, head)) + seed;
		}
	}
}

void replay_draw(const struct population *p, gsl_rng *rng, struct replay *r)
{
	for (int m = 0; m < population_metrics(p); m += DATA_METRICS)
		if (p->set[m / DATA_METRICS])
			draw_recorded(p->set[m / DATA_METRICS], rng, r, m);
		else
			draw_made_up(p, rng, r, m);
}
