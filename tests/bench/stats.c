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
#include <string.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_statistics_double.h>

#include "stats/sequential.h"
#include "stats_data.h"

#define MARGIN     0.02 /* as the gate's */
#define MARGIN_MIN 10
#define GOAL_FALSE 1.0 /* percent of replays */
#define GOAL_POWER 85.0
#define FEWER      4 /* replays where each needs bootstraps, and the goal is not a rare event */

/* A rule that says "slower" of one metric or another. */
enum { GATE, OVERLAP, RANGE, RULES };

static const size_t sizes[] = {3, 12, 32, 64};
#define SIZES (sizeof(sizes) / sizeof(sizes[0]))
/* Branches of a scenario at most: a gate of `smoke` as it is by default, and with 256. */
static const size_t depths[] = {8, 64};
#define DEPTHS (sizeof(depths) / sizeof(depths[0]))

/* Percent, from counts. */
struct score {
	struct {
		double flagged, branches; /* of a scenario, on average */
		double no_worse; /* the metric that was moved was called no worse */
	} sequential[DEPTHS];
	double fixed[SIZES][RULES];
};

static double margin_of(const struct population *p, int metric)
{
	return fmax(MARGIN * p->middle[metric], MARGIN_MIN);
}

/* What n branches of each are. */
static void metrics_of(const struct population *p, const struct replay *r, size_t n,
		       struct stats_metric *m)
{
	for (int i = 0; i < population_metrics(p); i++)
		m[i] = (struct stats_metric){.base = r->base[i],
					     .head = r->head[i],
					     .nr_base = n,
					     .nr_head = n,
					     .pairable = p->pairs || p->shared > 0,
					     .margin = margin_of(p, i)};
}

/* ... and without what repeats, as the gate sees it; in `buf`. */
static void distinct(struct stats_metric *m, int nr, struct replay *buf)
{
	for (int i = 0; i < nr; i++) {
		double *base = buf->base[i], *head = buf->head[i];

		memcpy(base, m[i].base, m[i].nr_base * sizeof(*base));
		memcpy(head, m[i].head, m[i].nr_head * sizeof(*head));
		m[i].nr_base = stats_drop_repeats(base, m[i].pairable ? head : NULL, m[i].nr_base);
		m[i].nr_head =
			m[i].pairable ? m[i].nr_base : stats_drop_repeats(head, NULL, m[i].nr_head);
		m[i].base = base;
		m[i].head = head;
	}
}

static void must(int ret)
{
	if (ret) {
		fprintf(stderr, "stats: %d\n", ret);
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
	struct stats_metric m[DATA_ALL], seen[DATA_ALL];
	struct stats_comparison c[DATA_ALL];
	struct stats_rule rule = stats_rule_default;
	int nr = population_metrics(p);
	static struct replay buf;

	rule.lazy = true;
	for (size_t i = 0; i < SIZES; i++) {
		bool slower[RULES] = {false};

		metrics_of(p, r, sizes[i], m);
		memcpy(seen, m, sizeof(seen));
		distinct(seen, nr, &buf);
		must(stats_compare(seen, (size_t)nr, &rule, c));
		for (int k = 0; k < nr; k++) {
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

static bool is_settled(const struct stats_comparison *c)
{
	return c->state == STATS_IDENTICAL
		       ? c->shown
		       : c->state != STATS_INCONCLUSIVE && c->state != STATS_TOO_FEW;
}

/* Which metrics get more branches: those of scenarios with one that is not settled. */
static bool any_due(const struct stats_comparison *c, int nr, bool *due)
{
	bool any = false;

	for (int g = 0; g < nr; g += DATA_METRICS) {
		bool open = false;

		for (int k = g; k < g + DATA_METRICS; k++)
			open |= !is_settled(&c[k]);
		for (int k = g; k < g + DATA_METRICS; k++)
			due[k] &= open;
		any |= open;
	}
	return any;
}

/* Look by look, as the gate. */
static void add_sequential(const struct population *p, const struct replay *r, bool all, size_t i,
			   struct score *s)
{
	struct stats_comparison c[DATA_ALL];
	struct stats_metric m[DATA_ALL];
	struct stats_rule rule = stats_rule_default;
	int nr = population_metrics(p);
	bool due[DATA_ALL], slower = false;
	struct stats_design d;
	static struct replay buf;

	rule.lazy = true;
	must(stats_design_make(depths[i], (size_t)nr, rule.alpha, &d));
	stats_look_init(c, (size_t)nr);
	for (int k = 0; k < nr; k++)
		due[k] = true;
	for (unsigned int look = 0; look < d.looks && !slower && any_due(c, nr, due); look++) {
		metrics_of(p, r, d.n[look], m);
		distinct(m, nr, &buf);
		must(stats_look(m, due, (size_t)nr, &rule, &d, look, c));
		for (int k = 0; k < nr; k++) {
			size_t before = look ? d.n[look - 1] : 0;

			slower |= c[k].state == STATS_SLOWER;
			if (due[k])
				s->sequential[i].branches +=
					(double)(d.n[look] - before) / (double)nr;
		}
	}
	if (!all)
		slower = c[p->metric].state == STATS_SLOWER;
	s->sequential[i].flagged += slower;
	s->sequential[i].no_worse += c[p->metric].state == STATS_EQUIVALENT ||
				     c[p->metric].state == STATS_NO_WORSE ||
				     c[p->metric].state == STATS_FASTER;
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
		for (size_t k = 0; k < DEPTHS; k++)
			add_sequential(p, &r, shift == 0, k, &s);
		add_fixed(p, &r, shift == 0, &s);
	}
	for (size_t i = 0; i < sizeof(s) / sizeof(*cell); i++)
		cell[i] *= 100.0 / replays;
	for (size_t k = 0; k < DEPTHS; k++)
		s.sequential[k].branches /= 100;
	return s;
}

static void print_head(const char *title)
{
	printf("\n%s\n\n| branches |", title);
	for (size_t i = 0; i < DEPTHS; i++)
		printf(" up to %zu | it took |", depths[i]);
	for (size_t i = 0; i < SIZES; i++)
		printf(" %zu: gate | overlap | range |", sizes[i]);
	printf("\n|---|");
	for (size_t i = 0; i < DEPTHS; i++)
		printf("---|---|");
	for (size_t i = 0; i < SIZES; i++)
		printf("---|---|---|");
	printf("\n");
}

static void print_score(const struct population *p, const struct score *s)
{
	printf("| %s |", p->name);
	for (size_t i = 0; i < DEPTHS; i++)
		printf(" %.1f | %.1f |", s->sequential[i].flagged, s->sequential[i].branches);
	for (size_t i = 0; i < SIZES; i++)
		printf(" %.1f | %.1f | %.1f |", s->fixed[i][GATE], s->fixed[i][OVERLAP],
		       s->fixed[i][RANGE]);
	printf("\n");
	fflush(stdout);
}

/* A shift of one standard deviation; where that is within the margin, beyond it. */
static double one_sigma(const struct population *p)
{
	double margin = margin_of(p, p->metric), sigma = p->sigma[p->metric];

	return sigma > 2 * margin ? sigma : margin + sigma;
}

static bool run(struct population *p, size_t nr, gsl_rng *rng, unsigned int replays)
{
	struct score s;
	bool good = true;

	print_head(
		"False failures of A against A, percent of replays, any metric of any scenario:");
	for (size_t i = 0; i < nr; i++) {
		population_init(&p[i], rng);
		s = measure(&p[i], rng, replays, 0);
		print_score(&p[i], &s);
		for (size_t k = 0; k < DEPTHS; k++)
			good &= s.sequential[k].flagged <= GOAL_FALSE;
	}
	replays = (replays + FEWER - 1) / FEWER;
	printf("\nBelow: %u replays each\n", replays);
	print_head("Slower by one sigma in one metric, and flagged, percent:");
	for (size_t i = 0; i < nr; i++) {
		s = measure(&p[i], rng, replays, one_sigma(&p[i]));
		print_score(&p[i], &s);
		good &= s.sequential[DEPTHS - 1].flagged >= GOAL_POWER;
	}
	printf("\nSlower by the margin, and called no worse, percent:\n\n"
	       "| branches | margin / sigma | shift above / sigma | up to %zu | up to %zu |\n"
	       "|---|---|---|---|---|\n",
	       depths[0], depths[1]);
	for (size_t i = 0; i < nr; i++) {
		double margin = margin_of(&p[i], p[i].metric), sigma = p[i].sigma[p[i].metric];

		s = measure(&p[i], rng, replays, margin);
		printf("| %s | %.2f | %.2f | %.1f | %.1f |\n", p[i].name, margin / sigma,
		       one_sigma(&p[i]) / sigma, s.sequential[0].no_worse,
		       s.sequential[1].no_worse);
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
		{.name = "normal, 4 scenarios", .value = gaussian, .pairs = true, .groups = 4},
		{.name = "preempt-load, p99", .set = {&load}, .pairs = true, .metric = 1},
		{.name = "preempt-load, max", .set = {&load}, .pairs = true, .metric = 2},
		{.name = "halt-wake, p99", .set = {&wake}, .pairs = true, .metric = 1},
		{.name = "halt-wake, max", .set = {&wake}, .pairs = true, .metric = 2},
		{.name = "both, p99",
		 .set = {&load, &wake},
		 .pairs = true,
		 .groups = 2,
		 .metric = 1},
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
	printf("\nGoals, of the sequential designs: at most %.0f %% false failures, at least %.0f "
	       "%% flagged of up to %zu: %s\n",
	       GOAL_FALSE, GOAL_POWER, depths[DEPTHS - 1], good ? "met" : "MISSED");
	return !good;
}
