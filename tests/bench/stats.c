// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * How often the comparison of delays is wrong: replays of A against A, and of
 * A against A made slower, on made-up and on recorded branches; beside it two
 * rules of thumb on the same data. Prints a table in Markdown; status 1 when a
 * goal is missed.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_statistics_double.h>

#include "stats/compare.h"
#include "stats_data.h"

#define MARGIN     0.02
#define GOAL_FALSE 1.0 /* percent of replays */
#define GOAL_POWER 85.0
#define FEWER      4 /* replays where each needs bootstraps, and the goal is not a rare event */

/* A rule that says "slower" of one metric or another. */
enum { GATE, OVERLAP, RANGE, RULES };

static const size_t sizes[] = {3, 12, 32, 64};
#define SIZES (sizeof(sizes) / sizeof(sizes[0]))

/* Percent, from counts. */
struct score {
	double sequential; /* flagged by the sequential design */
	double no_worse; /* the metric that was moved was called no worse by it */
	double branches; /* it took on average, of each kernel */
	double fixed[SIZES][RULES];
};

static void metrics_of(const struct population *p, const struct replay *r, size_t n,
		       struct stats_metric *m)
{
	for (int i = 0; i < DATA_METRICS; i++)
		m[i] = (struct stats_metric){.base = r->base[i],
					     .head = r->head[i],
					     .nr_base = n,
					     .nr_head = n,
					     .pairable = p->shared > 0,
					     .margin = MARGIN * p->middle[i]};
}

static void compare(const struct stats_metric *m, const struct stats_rule *rule,
		    struct stats_comparison *c)
{
	int ret = stats_compare(m, DATA_METRICS, rule, c);

	if (ret) {
		fprintf(stderr, "stats_compare: %d\n", ret);
		exit(2);
	}
}

/* ---- the rules ------------------------------------------------------------------ */

/* 95 % intervals of the means, by Student's t, do not overlap. */
static bool overlap_slower(const struct stats_metric *m)
{
	double t = gsl_cdf_tdist_Qinv(0.025, (double)m->nr_base - 1) / sqrt((double)m->nr_base);

	return gsl_stats_mean(m->head, 1, m->nr_head) - t * gsl_stats_sd(m->head, 1, m->nr_head) >
	       gsl_stats_mean(m->base, 1, m->nr_base) + t * gsl_stats_sd(m->base, 1, m->nr_base);
}

/* The best of head is worse than the worst of base. */
static bool range_slower(const struct stats_metric *m)
{
	return gsl_stats_min(m->head, 1, m->nr_head) > gsl_stats_max(m->base, 1, m->nr_base);
}

/* Which rules call the metric that was moved slower, or any of all? */
static void add_fixed(const struct population *p, const struct replay *r, bool all, struct score *s)
{
	struct stats_comparison c[DATA_METRICS];
	struct stats_metric m[DATA_METRICS];
	struct stats_rule rule = stats_rule_default;

	rule.lazy = true;
	for (size_t i = 0; i < SIZES; i++) {
		bool slower[RULES] = {false};

		metrics_of(p, r, sizes[i], m);
		compare(m, &rule, c);
		for (int k = 0; k < DATA_METRICS; k++) {
			if (!all && k != p->metric)
				continue;
			slower[GATE] |= c[k].state == STATS_SLOWER;
			slower[OVERLAP] |= overlap_slower(&m[k]);
			slower[RANGE] |= range_slower(&m[k]);
		}
		for (int k = 0; k < RULES; k++)
			s->fixed[i][k] += slower[k];
	}
}

/* Look after 12, 20, ... branches until the data decide. */
static void add_sequential(const struct population *p, const struct replay *r, bool all,
			   struct score *s)
{
	const struct stats_design *d = &stats_design_default;
	struct stats_comparison c[DATA_METRICS];
	struct stats_metric m[DATA_METRICS];
	struct stats_rule rule = stats_rule_default;
	bool no_worse = false;

	rule.lazy = true;
	for (unsigned int look = 0; look < d->looks; look++) {
		bool slower = false, undecided = false;

		stats_look_alpha(d, look, stats_rule_default.alpha, &rule.alpha);
		stats_look_alpha(d, look, stats_rule_default.alpha_equal, &rule.alpha_equal);
		metrics_of(p, r, d->n[look], m);
		compare(m, &rule, c);
		for (int k = 0; k < DATA_METRICS; k++) {
			slower |= (all || k == p->metric) && c[k].state == STATS_SLOWER;
			undecided |=
				c[k].state == STATS_INCONCLUSIVE || c[k].state == STATS_TOO_FEW;
		}
		no_worse |= c[p->metric].state == STATS_EQUIVALENT ||
			    c[p->metric].state == STATS_NO_WORSE ||
			    c[p->metric].state == STATS_FASTER;
		if (slower || !undecided || look + 1 == d->looks) {
			s->sequential += slower;
			s->branches += (double)d->n[look];
			break;
		}
	}
	s->no_worse += no_worse;
}

/* ---- the table -------------------------------------------------------------------- */

/* One of head's metrics is moved by `shift`; that one counts, or all. */
static struct score measure(const struct population *p, gsl_rng *rng, unsigned int replays,
			    double shift)
{
	struct score s = {0};
	double *cell = (double *)&s;
	struct replay r;

	for (unsigned int i = 0; i < replays; i++) {
		replay_draw(p, rng, &r);
		for (size_t k = 0; k < STATS_MAX / 2; k++)
			r.head[p->metric][k] += shift;
		add_sequential(p, &r, shift == 0, &s);
		add_fixed(p, &r, shift == 0, &s);
	}
	for (size_t i = 0; i < sizeof(s) / sizeof(*cell); i++)
		cell[i] *= 100.0 / replays;
	s.branches /= 100;
	return s;
}

static void print_head(const char *title)
{
	printf("\n%s\n\n| branches | sequential | branches of each |", title);
	for (size_t i = 0; i < SIZES; i++)
		printf(" %zu: gate | overlap | range |", sizes[i]);
	printf("\n|---|---|---|");
	for (size_t i = 0; i < SIZES; i++)
		printf("---|---|---|");
	printf("\n");
}

static void print_score(const struct population *p, const struct score *s)
{
	printf("| %s | %.1f | %.1f |", p->name, s->sequential, s->branches);
	for (size_t i = 0; i < SIZES; i++)
		printf(" %.1f | %.1f | %.1f |", s->fixed[i][GATE], s->fixed[i][OVERLAP],
		       s->fixed[i][RANGE]);
	printf("\n");
	fflush(stdout);
}

static double margin_of(const struct population *p)
{
	return MARGIN * p->middle[p->metric];
}

/* A shift of one standard deviation; where that is within the margin, beyond it. */
static double one_sigma(const struct population *p)
{
	double margin = margin_of(p), sigma = p->sigma[p->metric];

	return sigma > 2 * margin ? sigma : margin + sigma;
}

static bool run(struct population *p, size_t nr, gsl_rng *rng, unsigned int replays)
{
	struct score s;
	bool good = true;

	print_head("False failures of A against A, percent of replays, any of three metrics:");
	for (size_t i = 0; i < nr; i++) {
		population_init(&p[i], rng);
		s = measure(&p[i], rng, replays, 0);
		print_score(&p[i], &s);
		good &= s.sequential <= GOAL_FALSE;
	}
	replays = (replays + FEWER - 1) / FEWER;
	printf("\nBelow: %u replays each\n", replays);
	print_head("Slower by one sigma in one of three metrics, and flagged, percent:");
	for (size_t i = 0; i < nr; i++) {
		s = measure(&p[i], rng, replays, one_sigma(&p[i]));
		print_score(&p[i], &s);
		good &= s.sequential >= GOAL_POWER;
	}
	printf("\nSlower by the margin, and called no worse, percent:\n\n"
	       "| branches | margin / sigma | shift above / sigma | sequential |\n"
	       "|---|---|---|---|\n");
	for (size_t i = 0; i < nr; i++) {
		double margin = margin_of(&p[i]), sigma = p[i].sigma[p[i].metric];

		s = measure(&p[i], rng, replays, margin);
		printf("| %s | %.2f | %.2f | %.1f |\n", p[i].name, margin / sigma,
		       one_sigma(&p[i]) / sigma, s.no_worse);
	}
	return good;
}

int main(int argc, char **argv)
{
	static struct recorded load, wake;
	static struct population p[] = {
		{.name = "normal", .value = gaussian},
		{.name = "normal, pairs", .value = gaussian, .shared = 3},
		{.name = "lognormal", .value = lognormal},
		{.name = "bimodal", .value = bimodal},
		{.name = "preempt-load, p99", .set = &load, .metric = 1},
		{.name = "preempt-load, max", .set = &load, .metric = 2},
		{.name = "halt-wake, p99", .set = &wake, .metric = 1},
		{.name = "halt-wake, max", .set = &wake, .metric = 2},
	};
	unsigned long replays = argc > 2 ? strtoul(argv[2], NULL, 10) : 1000;
	unsigned long seed = argc > 3 ? strtoul(argv[3], NULL, 10) : 1;
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
	bool good;

	if (argc < 2 || replays < 1 || replays > 1000000) {
		fprintf(stderr, "usage: %s FILE [REPLAYS [SEED]], FILE as branches-6.1.txt\n",
			argv[0]);
		return 2;
	}
	recorded_read(argv[1], "preempt-load", &load);
	recorded_read(argv[1], "halt-wake", &wake);
	gsl_rng_set(rng, seed);
	printf("%lu replays, seed %lu\n", replays, seed);
	good = run(p, sizeof(p) / sizeof(p[0]), rng, (unsigned int)replays);
	gsl_rng_free(rng);
	printf("\nGoals, of the sequential design: at most %.0f %% false failures, at least %.0f "
	       "%% "
	       "flagged: %s\n",
	       GOAL_FALSE, GOAL_POWER, good ? "met" : "MISSED");
	return !good;
}
