// SPDX-License-Identifier: LGPL-2.1-or-later
/* Tests and estimates against values that others published, and against counting. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "stats/stats.h"

#define NR(a) (sizeof(a) / sizeof((a)[0]))

static void near(double is, double want, double tolerance)
{
	if (!(fabs(is - want) <= tolerance))
		fail_msg("%.10g is not %.10g", is, want);
}

/* ---- published -------------------------------------------------------------- */

/*
 * Permeability of the human chorioamnion: Hollander and Wolfe, Nonparametric
 * Statistical Methods (1973), 69; in the documentation of R's wilcox.test()
 * with W = 35, p = 0.1272 (term is greater), estimate 0.305.
 */
static const double term[] = {0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46};
static const double weeks[] = {1.15, 0.88, 0.90, 0.74, 1.21};

static void rank_sum_of_hollander_and_wolfe(void **state)
{
	struct stats_test t;
	double shift;

	(void)state;
	assert_int_equal(stats_mann_whitney(weeks, NR(weeks), term, NR(term), STATS_GREATER,
					    STATS_AUTO, &t),
			 0);
	assert_true(t.exact);
	near(t.statistic, 35, 0);
	near(t.p, 0.1272, 0.00005);
	/* The other way round: the same claim. */
	assert_int_equal(stats_mann_whitney(term, NR(term), weeks, NR(weeks), STATS_LESS,
					    STATS_AUTO, &t),
			 0);
	near(t.statistic, 15, 0);
	near(t.p, 0.1272, 0.00005);
	assert_int_equal(stats_shift(weeks, NR(weeks), term, NR(term), &shift), 0);
	near(shift, 0.305, 1e-9);
}

/*
 * Hamilton's depression scale: Hollander and Wolfe, 27; in the same place
 * with V = 40, p = 0.01953. Their estimate (3.2) is 0.46.
 */
static const double depression[] = {1.83 - 0.878, 0.50 - 0.647, 1.62 - 0.598,
				    2.48 - 2.05,  1.68 - 1.06,  1.88 - 1.29,
				    1.55 - 1.06,  3.06 - 3.14,  1.30 - 1.29};

static void signed_rank_of_hollander_and_wolfe(void **state)
{
	struct stats_test t;
	double m;

	(void)state;
	assert_int_equal(
		stats_signed_rank(depression, NR(depression), STATS_GREATER, STATS_AUTO, &t), 0);
	assert_true(t.exact);
	near(t.statistic, 40, 0);
	near(t.p, 0.01953, 0.000005);
	assert_int_equal(
		stats_signed_rank(depression, NR(depression), STATS_DIFFERENT, STATS_AUTO, &t), 0);
	near(t.p, 2 * 0.01953, 0.00001);
	assert_int_equal(stats_pseudo_median(depression, NR(depression), &m), 0);
	near(m, 0.46, 0.005);
}

/*
 * Ozone in New York, May and August 1973 (Chambers et al., Graphical Methods
 * for Data Analysis, 1983): with ties and 52 values. In the same place with
 * W = 127.5, p = 0.0001208.
 */
static const double may[] = {41, 36, 12, 18, 28, 23, 19, 8, 7,  16, 11, 14,  18,
			     14, 34, 6,  30, 11, 1,  11, 4, 32, 23, 45, 115, 37};
static const double august[] = {39, 9,  16, 78, 35, 66, 122, 89,  110, 44, 28,  65, 22,
				59, 23, 31, 44, 21, 9,  45,  168, 73,  76, 118, 84, 85};

static void rank_sum_with_ties(void **state)
{
	struct stats_test t;

	(void)state;
	assert_int_equal(NR(may), NR(august));
	assert_int_equal(stats_mann_whitney(august, NR(august), may, NR(may), STATS_DIFFERENT,
					    STATS_AUTO, &t),
			 0);
	assert_false(t.exact);
	near(t.statistic, 127.5, 0);
	near(t.p, 0.0001208, 0.00000005);
}

/* In the documentation of R's p.adjust() and of every textbook: step down, never falling. */
static void holm(void **state)
{
	const double p[] = {0.01, 0.04, 0.03, 0.005};
	const double high[] = {0.9, 0.5};
	double a[4];

	(void)state;
	assert_int_equal(stats_holm(p, 4, a), 0);
	near(a[0], 0.03, 1e-12);
	near(a[1], 0.06, 1e-12);
	near(a[2], 0.06, 1e-12);
	near(a[3], 0.02, 1e-12);
	assert_int_equal(stats_holm(high, 2, a), 0);
	near(a[0], 1, 0);
	near(a[1], 1, 0);
}

/* ---- by counting -------------------------------------------------------------- */

/* Every way to call nh of the values head: how many have a U at or beyond this one? */
static void count_rank_sum(const double *all, unsigned int nr, unsigned int nh, double u,
			   double *less, double *greater)
{
	unsigned int ways = 0, below = 0, above = 0;

	for (unsigned int set = 0; set < 1u << nr; set++) {
		double sum = 0;

		if ((unsigned int)__builtin_popcount(set) != nh)
			continue;
		for (unsigned int h = 0; h < nr; h++)
			for (unsigned int b = 0; b < nr; b++)
				if ((set >> h & 1) && !(set >> b & 1))
					sum += all[h] > all[b] ? 1 : all[h] == all[b] ? 0.5 : 0;
		ways++;
		below += sum <= u;
		above += sum >= u;
	}
	*less = (double)below / ways;
	*greater = (double)above / ways;
}

static void exact_rank_sum_is_what_counting_gives(void **state)
{
	/* Ties within and across: base 5, head 4. */
	const double all[] = {3, 1, 1, 4, 3, 3, 5, 4, 9};
	double less, greater;
	struct stats_test t;

	(void)state;
	for (unsigned int nb = 1; nb < NR(all); nb++) {
		unsigned int nh = NR(all) - nb;

		assert_int_equal(
			stats_mann_whitney(all, nb, all + nb, nh, STATS_LESS, STATS_EXACT, &t), 0);
		count_rank_sum(all, NR(all), nh, t.statistic, &less, &greater);
		near(t.p, less, 1e-12);
		assert_int_equal(stats_mann_whitney(all, nb, all + nb, nh, STATS_GREATER,
						    STATS_EXACT, &t),
				 0);
		near(t.p, greater, 1e-12);
		assert_int_equal(stats_mann_whitney(all, nb, all + nb, nh, STATS_DIFFERENT,
						    STATS_EXACT, &t),
				 0);
		near(t.p, fmin(1, 2 * fmin(less, greater)), 1e-12);
	}
}

static void exact_signed_rank_is_what_counting_gives(void **state)
{
	/* Two zeros, two ties; midranks of the others by hand. */
	const double d[] = {0, -1, 2, 2, -3, 0, 4, 4, 4, 7};
	const double rank[] = {1, 2.5, 2.5, 4, 6, 6, 6, 8};
	unsigned int below = 0, above = 0;
	struct stats_test t;

	(void)state;
	for (unsigned int set = 0; set < 256; set++) {
		double sum = 0;

		for (unsigned int i = 0; i < 8; i++)
			sum += (set >> i & 1) ? rank[i] : 0;
		below += sum <= 31;
		above += sum >= 31;
	}
	assert_int_equal(stats_signed_rank(d, NR(d), STATS_LESS, STATS_AUTO, &t), 0);
	near(t.statistic, 31, 0);
	near(t.p, below / 256.0, 1e-12);
	assert_int_equal(stats_signed_rank(d, NR(d), STATS_GREATER, STATS_AUTO, &t), 0);
	near(t.p, above / 256.0, 1e-12);
}

/* The approximations are close to what they approximate, ties or none. */
static void normal_is_near_exact(void **state)
{
	double b[20], h[20], d[30];
	struct stats_test e, n;

	(void)state;
	for (unsigned int step = 1; step <= 4; step++) {
		for (unsigned int i = 0; i < 20; i++) {
			b[i] = (i * 7 % 20) / step;
			h[i] = (i * 11 % 20) / step + 5 / step;
		}
		stats_mann_whitney(b, 20, h, 20, STATS_GREATER, STATS_EXACT, &e);
		stats_mann_whitney(b, 20, h, 20, STATS_GREATER, STATS_NORMAL, &n);
		assert_true(e.exact && !n.exact);
		assert_true(e.p > 0.001);
		near(n.p, e.p, 0.005);
		for (unsigned int i = 0; i < 30; i++)
			d[i] = (double)(i * 7 % 30 / step) - 12.0 / step;
		stats_signed_rank(d, 30, STATS_GREATER, STATS_EXACT, &e);
		stats_signed_rank(d, 30, STATS_GREATER, STATS_NORMAL, &n);
		assert_true(e.exact && !n.exact);
		assert_true(e.p > 0.001);
		near(n.p, e.p, 0.005);
	}
}

static void least_p(void **state)
{
	double b[STATS_EXACT_RANK / 2], h[STATS_EXACT_RANK / 2], d[STATS_EXACT_RANK / 2];
	struct stats_test t;

	(void)state;
	for (size_t n = 1; n <= NR(b); n++) {
		b[n - 1] = (double)n;
		h[n - 1] = 100 + (double)n;
		d[n - 1] = (double)n;
		stats_mann_whitney(b, n, h, n, STATS_DIFFERENT, STATS_AUTO, &t);
		near(stats_least_p(false, n) / t.p, 1, 1e-9);
		stats_signed_rank(d, n, STATS_DIFFERENT, STATS_AUTO, &t);
		near(stats_least_p(true, n) / t.p, 1, 1e-9);
	}
}

/* ---- at the edges --------------------------------------------------------------- */

static void nothing_differs(void **state)
{
	const double same[60] = {0};
	struct stats_test t;

	(void)state;
	for (int method = STATS_AUTO; method <= STATS_NORMAL; method++) {
		assert_int_equal(stats_mann_whitney(same, 9, same, 9, STATS_DIFFERENT,
						    (enum stats_method)method, &t),
				 0);
		near(t.p, 1, 0);
		assert_int_equal(stats_signed_rank(same, 9, STATS_GREATER,
						   (enum stats_method)method, &t),
				 0);
		near(t.p, 1, 0);
	}
}

static void what_is_refused(void **state)
{
	double v[STATS_MAX + 1] = {0}, bad[] = {1, NAN}, endless[] = {INFINITY}, out;
	struct stats_bootstrap b = {.level = 0.95, .replicates = 100};
	struct stats_interval i;
	struct stats_test t;

	(void)state;
	assert_int_equal(stats_mann_whitney(v, 0, v, 1, 0, 0, &t), -EINVAL);
	assert_int_equal(stats_mann_whitney(v, 1, v, 0, 0, 0, &t), -EINVAL);
	assert_int_equal(stats_mann_whitney(v, STATS_MAX + 1, v, 1, 0, 0, &t), -EINVAL);
	assert_int_equal(stats_mann_whitney(v, 1, bad, 2, 0, 0, &t), -EINVAL);
	assert_int_equal(stats_mann_whitney(endless, 1, v, 2, 0, 0, &t), -EINVAL);
	assert_int_equal(stats_mann_whitney(v, 21, v, 20, 0, STATS_EXACT, &t), -EINVAL);
	assert_int_equal(stats_signed_rank(v, 0, 0, 0, &t), -EINVAL);
	assert_int_equal(stats_signed_rank(bad, 2, 0, 0, &t), -EINVAL);
	assert_int_equal(stats_holm(v, 0, v), -EINVAL);
	assert_int_equal(stats_holm(bad, 2, v), -EINVAL);
	assert_int_equal(stats_shift(NULL, 0, v, 1, &out), -EINVAL);
	assert_int_equal(stats_shift(v, 1, bad, 2, &out), -EINVAL);
	assert_int_equal(stats_median(v, 0, &out), -EINVAL);
	b.level = 1;
	assert_int_equal(stats_shift_interval(v, 1, v, 1, &b, &i), -EINVAL);
	b = (struct stats_bootstrap){.level = 0.9, .replicates = 9};
	assert_int_equal(stats_pseudo_median_interval(v, 1, &b, &i), -EINVAL);
}

static void medians(void **state)
{
	const double v[] = {9, 1, 5, 3};
	double m;

	(void)state;
	stats_median(v, 4, &m);
	near(m, 4, 0);
	stats_median(v, 3, &m);
	near(m, 5, 0);
	stats_median(v, 1, &m);
	near(m, 9, 0);
	/* Walsh averages of 1 and 5: 1, 3, 5. */
	stats_pseudo_median(v + 1, 2, &m);
	near(m, 3, 0);
}

/* ---- the bootstrap ---------------------------------------------------------------- */

/* Of one value each nothing can be drawn but that value. */
static void interval_of_constants(void **state)
{
	const double b[] = {10, 10, 10}, h[] = {14, 14, 14};
	struct stats_bootstrap how = {.level = 0.95, .replicates = 100, .seed = 7};
	struct stats_interval i;

	(void)state;
	assert_int_equal(stats_shift_interval(b, 3, h, 3, &how, &i), 0);
	near(i.low, 4, 0);
	near(i.high, 4, 0);
}

/* Two values: their median is 0 in a quarter of the draws, 0.5 in half, 1 in a quarter. */
static void interval_of_two(void **state)
{
	const double b[] = {0}, h[] = {0, 1};
	struct stats_bootstrap how = {.level = 0.6, .replicates = 2000, .seed = 7};
	struct stats_interval i;

	(void)state;
	assert_int_equal(stats_shift_interval(b, 1, h, 2, &how, &i), 0);
	near(i.low, 0, 0);
	near(i.high, 1, 0);
	how.level = 0.4;
	assert_int_equal(stats_shift_interval(b, 1, h, 2, &how, &i), 0);
	near(i.low, 0.5, 0);
	near(i.high, 0.5, 0);
}

/*
 * As wide as theory says: for normal values the estimate's standard error is
 * sigma * sqrt(2 / n / (3 / pi)); quantiles of the normal distribution stand
 * for values. And the same for the same seed.
 */
static void interval_is_as_wide_as_it_should_be(void **state)
{
	struct stats_bootstrap how = {.level = 0.95, .replicates = 2000, .seed = 7};
	struct stats_interval i, again;
	double v[60], error = sqrt(2.0 / 60 / (3 / M_PI));

	(void)state;
	/* Sum of 12 uniform values each: normal enough, and no library's generator. */
	srand48(1);
	for (unsigned int k = 0; k < 60; k++) {
		v[k] = -6;
		for (unsigned int n = 0; n < 12; n++)
			v[k] += drand48();
	}
	assert_int_equal(stats_shift_interval(v, 60, v, 60, &how, &i), 0);
	near((i.high - i.low) / (2 * 1.96 * error), 1, 0.2);
	near((i.high + i.low) / 2, 0, error / 4);
	stats_shift_interval(v, 60, v, 60, &how, &again);
	assert_memory_equal(&i, &again, sizeof(i));
	how.seed = 8;
	stats_shift_interval(v, 60, v, 60, &how, &again);
	assert_memory_not_equal(&i, &again, sizeof(i));
	/* One sample of differences: its error is smaller by the square root of 2. */
	stats_pseudo_median_interval(v, 60, &how, &again);
	near((again.high - again.low) / (2 * 1.96 * error / M_SQRT2), 1, 0.25);
}

/* ---- looks -------------------------------------------------------------------------- */

static void looks_spend_alpha(void **state)
{
	struct stats_design d = stats_design_default;
	double at, sum = 0;

	(void)state;
	for (unsigned int i = 0; i < d.looks; i++) {
		assert_int_equal(stats_look_alpha(&d, i, 0.01, &at), 0);
		assert_true(at > 0);
		sum += at;
	}
	near(sum, 0.01, 1e-12);
	/* Lan and DeMets' function at a fifth: 0.05 * ln(1 + (e - 1) / 5). */
	d = (struct stats_design){.looks = 2, .n = {10, 50}};
	stats_look_alpha(&d, 0, 0.05, &at);
	near(at, 0.014770, 0.000001);
	assert_int_equal(stats_look_alpha(&d, 2, 0.05, &at), -EINVAL);
	d.n[1] = 10;
	assert_int_equal(stats_look_alpha(&d, 0, 0.05, &at), -EINVAL);
	d.n[1] = STATS_MAX + 1;
	assert_int_equal(stats_look_alpha(&d, 0, 0.05, &at), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rank_sum_of_hollander_and_wolfe),
		cmocka_unit_test(signed_rank_of_hollander_and_wolfe),
		cmocka_unit_test(rank_sum_with_ties),
		cmocka_unit_test(holm),
		cmocka_unit_test(exact_rank_sum_is_what_counting_gives),
		cmocka_unit_test(exact_signed_rank_is_what_counting_gives),
		cmocka_unit_test(normal_is_near_exact),
		cmocka_unit_test(least_p),
		cmocka_unit_test(nothing_differs),
		cmocka_unit_test(what_is_refused),
		cmocka_unit_test(medians),
		cmocka_unit_test(interval_of_constants),
		cmocka_unit_test(interval_of_two),
		cmocka_unit_test(interval_is_as_wide_as_it_should_be),
		cmocka_unit_test(looks_spend_alpha),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
