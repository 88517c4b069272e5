// SPDX-License-Identifier: LGPL-2.1-or-later
/* Which looks there are, what each may spend, and what stays of them. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "stats/sequential.h"

#define N 12

static double base[N], same[N], slow[N];
static struct stats_metric m[2];
static struct stats_comparison c[2];
static const struct stats_design two = {.looks = 2, .n = {8, 12}};

static int setup(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < N; i++) {
		base[i] = 1000 + i * 7 % N;
		same[i] = 1000 + i * 5 % N;
		slow[i] = base[i] + 100;
	}
	for (int k = 0; k < 2; k++)
		m[k] = (struct stats_metric){
			.base = base, .head = same, .nr_base = 8, .nr_head = 8, .margin = 20};
	stats_look_init(c, 2);
	return 0;
}

static void look(unsigned int at, bool first, bool second)
{
	const bool due[] = {first, second};

	assert_int_equal(stats_look(m, due, 2, &stats_rule_default, &two, at, c), 0);
}

static void designs(void **state)
{
	struct stats_design d;

	(void)state;
	assert_int_equal(stats_design_make(7, 12, 0.01, &d), 0);
	assert_int_equal(d.looks, 1);
	assert_int_equal(d.n[0], 7);
	assert_int_equal(stats_design_make(64, 12, 0.01, &d), 0);
	assert_int_equal(d.n[0], 8);
	assert_int_equal(d.n[d.looks - 1], 64);
	/* With so many metrics 8 branches cannot decide at what that look may spend. */
	assert_int_equal(stats_design_make(128, 12, 0.01, &d), 0);
	assert_int_equal(d.n[0], 12);
	assert_int_equal(d.n[d.looks - 1], 128);
	for (size_t max = 1; max <= STATS_MAX; max++)
		for (size_t nr = 1; nr < 40; nr += 3) {
			double at, sum = 0;

			assert_int_equal(stats_design_make(max, nr, 0.01, &d), 0);
			assert_int_equal(d.n[d.looks - 1], max);
			for (unsigned int i = 0; i < d.looks; i++) {
				assert_int_equal(stats_look_alpha(&d, i, 0.01, &at), 0);
				if (i + 1 < d.looks)
					assert_true(stats_least_p(false, d.n[i]) * (double)nr < at);
				sum += at;
			}
			assert_true(fabs(sum - 0.01) < 1e-12);
		}
	assert_int_equal(stats_design_make(0, 3, 0.01, &d), -EINVAL);
	assert_int_equal(stats_design_make(STATS_MAX + 1, 3, 0.01, &d), -EINVAL);
	assert_int_equal(stats_design_make(8, 0, 0.01, &d), -EINVAL);
	assert_int_equal(stats_design_make(8, 3, 1, &d), -EINVAL);
}

static void those_that_are_not_due_stay(void **state)
{
	(void)state;
	m[0].head = slow;
	look(0, false, true);
	assert_int_equal(c[0].state, STATS_TOO_FEW);
	assert_int_equal(c[1].state, STATS_EQUIVALENT);
	look(1, true, false);
	assert_int_equal(c[0].state, STATS_SLOWER);
	assert_int_equal(c[1].state, STATS_EQUIVALENT);
}

/* ... but are of the family. */
static void the_family_is_the_same(void **state)
{
	double alone;

	(void)state;
	m[0].head = slow;
	look(0, true, false);
	alone = c[0].p_adjusted;
	assert_true(fabs(alone - 2 * c[0].p) < 1e-12);
	look(0, true, true);
	assert_true(c[0].p_adjusted == alone);
}

static void a_claim_stays(void **state)
{
	(void)state;
	look(0, true, true);
	assert_int_equal(c[0].state, STATS_EQUIVALENT);
	for (unsigned int i = 0; i < N; i++)
		same[i] = i % 2 ? 900 + i : 1100 + i;
	look(1, true, true);
	assert_true(c[0].p_not_worse > 0.05);
	assert_int_equal(c[0].state, STATS_EQUIVALENT);
	/* The stronger claim replaces it. */
	m[0].head = slow;
	look(1, true, true);
	assert_int_equal(c[0].state, STATS_SLOWER);
	m[0].head = base;
	look(1, true, true);
	assert_int_equal(c[0].state, STATS_SLOWER);
}

/* That pairs are equal is seen, not claimed: it ends with the first that is not. */
static void identical_ends(void **state)
{
	(void)state;
	m[0].head = base;
	m[0].pairable = true;
	m[0].nr_base = m[0].nr_head = 3;
	look(0, true, true);
	assert_int_equal(c[0].state, STATS_IDENTICAL);
	assert_false(c[0].shown);
	m[0].head = slow;
	look(0, true, true);
	assert_int_equal(c[0].state, STATS_TOO_FEW);
}

/* Too few to show a difference, enough to show that there is none. */
static void few_pairs_are_no_worse(void **state)
{
	(void)state;
	m[0].pairable = true;
	m[0].nr_base = m[0].nr_head = 4;
	look(1, true, true);
	assert_int_equal(c[0].state, STATS_TOO_FEW);
	m[0].nr_base = m[0].nr_head = 6;
	look(1, true, true);
	assert_int_equal(c[0].state, STATS_EQUIVALENT);
	assert_true(c[0].shown);
}

/* Values, or pairs of them; the first of each stays where it was. */
static void repeats(void **state)
{
	double a[] = {3, 1, 3, 2, 1, 3}, b[] = {7, 7, 7, 7, 8, 9}, once = 5;
	double alone[] = {3, 1, 3, 2, 1, 3};

	(void)state;
	assert_int_equal(stats_drop_repeats(alone, NULL, 6), 3);
	assert_true(alone[0] == 3 && alone[1] == 1 && alone[2] == 2);
	assert_int_equal(stats_drop_repeats(a, b, 6), 5);
	assert_true(a[2] == 2 && a[3] == 1 && b[3] == 8 && a[4] == 3 && b[4] == 9);
	assert_int_equal(stats_drop_repeats(&once, NULL, 1), 1);
	assert_int_equal(stats_drop_repeats(&once, NULL, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(designs, setup),
		cmocka_unit_test_setup(those_that_are_not_due_stay, setup),
		cmocka_unit_test_setup(the_family_is_the_same, setup),
		cmocka_unit_test_setup(a_claim_stays, setup),
		cmocka_unit_test_setup(identical_ends, setup),
		cmocka_unit_test_setup(repeats, setup),
		cmocka_unit_test_setup(few_pairs_are_no_worse, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
