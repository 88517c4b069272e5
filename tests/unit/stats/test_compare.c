// SPDX-License-Identifier: LGPL-2.1-or-later
/* Every state that a comparison can have, and why it is not another one. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "stats/compare.h"

#define N 24

static double base[N], head[N], zigzag[N];
static struct stats_metric m;
static struct stats_comparison c;

/* Base about 1000 with a spread of some 10; head the same, in another order. */
static int setup(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < N; i++) {
		base[i] = 1000 + i * 7 % N;
		head[i] = 1000 + i * 11 % N;
		zigzag[i] = base[i] + (i % 2 ? 1 : -1);
	}
	m = (struct stats_metric){
		.base = base, .head = head, .nr_base = N, .nr_head = N, .margin = 20};
	return 0;
}

static void is(enum stats_state want)
{
	assert_int_equal(stats_compare(&m, 1, &stats_rule_default, &c), 0);
	if (c.state != want)
		fail_msg("%s, not %s: p %g, shift %g [%g, %g]", stats_state_name(c.state),
			 stats_state_name(want), c.p_adjusted, c.shift, c.interval.low,
			 c.interval.high);
}

static void shift(double by)
{
	for (unsigned int i = 0; i < N; i++)
		head[i] += by;
}

static void equivalent(void **state)
{
	(void)state;
	is(STATS_EQUIVALENT);
	assert_false(c.paired);
}

static void slower(void **state)
{
	(void)state;
	shift(40);
	is(STATS_SLOWER);
	assert_true(fabs(c.shift - 40) < 2);
	assert_true(c.interval.low > 30 && c.interval.high < 50);
}

/* However sure the difference is, it does not matter. */
static void within_the_margin(void **state)
{
	(void)state;
	shift(13);
	is(STATS_EQUIVALENT);
	assert_true(c.p_adjusted < 0.01 && c.shift > 5);
}

/* The estimate is above the margin, but the interval reaches below. */
static void about_the_margin(void **state)
{
	(void)state;
	shift(21);
	is(STATS_INCONCLUSIVE);
	assert_true(c.p_adjusted < 0.01 && c.shift > m.margin);
	assert_true(c.least > c.shift);
}

static void faster(void **state)
{
	(void)state;
	shift(-40);
	is(STATS_FASTER);
}

/* Surely not worse by 20, but may be better. */
static void no_worse(void **state)
{
	(void)state;
	shift(-20);
	is(STATS_NO_WORSE);
}

static void identical(void **state)
{
	(void)state;
	m.head = base;
	m.pairable = true;
	is(STATS_IDENTICAL);
	m.pairable = false;
	is(STATS_EQUIVALENT);
}

/* Pairs see what the spread between them hides. */
static void pairs(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < N; i++) {
		base[i] = 1000 * (i + 1);
		head[i] = base[i] + 50 + i % 5;
	}
	is(STATS_INCONCLUSIVE);
	m.pairable = true;
	is(STATS_SLOWER);
	assert_true(c.paired && c.exact);
	assert_true(c.p_unpaired > 0.5);
}

static void pairs_that_differ_at_random(void **state)
{
	(void)state;
	m.head = zigzag;
	m.pairable = true;
	is(STATS_EQUIVALENT);
	assert_true(c.paired);
}

static void too_few(void **state)
{
	(void)state;
	shift(1000);
	/* 2 / (8 over 4) is more than 0.01, 2 / (10 over 5) is less. */
	m.nr_base = m.nr_head = 4;
	is(STATS_TOO_FEW);
	m.nr_base = m.nr_head = 5;
	is(STATS_SLOWER);
	assert_int_equal(stats_least_repetitions(1, 0.01), 5);
	m.nr_head = 4;
	is(STATS_TOO_FEW);
}

/* 8 pairs give 2^-7 at best: too few for the paired test, enough for the other. */
static void too_few_pairs(void **state)
{
	struct stats_metric two[2];
	struct stats_comparison out[2];

	(void)state;
	shift(1000);
	m.pairable = true;
	m.nr_base = m.nr_head = 8;
	is(STATS_SLOWER);
	assert_true(c.paired);
	two[0] = two[1] = m;
	assert_int_equal(stats_compare(two, 2, &stats_rule_default, out), 0);
	assert_false(out[0].paired);
	assert_int_equal(out[0].state, STATS_SLOWER);
}

/* What is sure enough alone is not among many. */
static void holm_counts_the_others(void **state)
{
	struct stats_metric many[40];
	struct stats_comparison out[40];

	(void)state;
	shift(6.5);
	m.margin = 0.001;
	is(STATS_SLOWER);
	assert_true(c.p > 0.01 / 40);
	for (unsigned int i = 0; i < 40; i++)
		many[i] = m;
	for (unsigned int i = 1; i < 40; i++)
		many[i].head = zigzag;
	assert_int_equal(stats_compare(many, 40, &stats_rule_default, out), 0);
	assert_true(fabs(out[0].p_adjusted - fmin(1, 40 * c.p)) < 1e-12);
	assert_int_not_equal(out[0].state, STATS_SLOWER);
}

static void what_is_refused(void **state)
{
	(void)state;
	m.margin = 0;
	assert_int_equal(stats_compare(&m, 1, &stats_rule_default, &c), -EINVAL);
	m.margin = 1;
	m.pairable = true;
	m.nr_head--;
	assert_int_equal(stats_compare(&m, 1, &stats_rule_default, &c), -EINVAL);
	m.pairable = false;
	head[0] = NAN;
	assert_int_equal(stats_compare(&m, 1, &stats_rule_default, &c), -EINVAL);
	assert_int_equal(stats_compare(&m, 0, &stats_rule_default, &c), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(equivalent, setup),
		cmocka_unit_test_setup(slower, setup),
		cmocka_unit_test_setup(within_the_margin, setup),
		cmocka_unit_test_setup(about_the_margin, setup),
		cmocka_unit_test_setup(faster, setup),
		cmocka_unit_test_setup(no_worse, setup),
		cmocka_unit_test_setup(identical, setup),
		cmocka_unit_test_setup(pairs, setup),
		cmocka_unit_test_setup(pairs_that_differ_at_random, setup),
		cmocka_unit_test_setup(too_few, setup),
		cmocka_unit_test_setup(too_few_pairs, setup),
		cmocka_unit_test_setup(holm_counts_the_others, setup),
		cmocka_unit_test_setup(what_is_refused, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
