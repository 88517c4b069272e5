// SPDX-License-Identifier: LGPL-2.1-or-later
/* Instants of bursts: no drift, no overflow, what is skipped is counted. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pktgen/pace.h"

#define HZ 2600000000ull

/* Burst k is due at start + floor(k * hz * burst / rate), exactly. */
static void exact(uint64_t rate, uint32_t burst, uint64_t hz, uint64_t start, uint64_t nr)
{
	struct pace p;

	assert_int_equal(pace_init(&p, rate, burst, hz, 1), 0);
	pace_start(&p, start);
	for (uint64_t k = 0; k < nr; k++) {
		uint64_t at = start + (uint64_t)((unsigned __int128)k * hz * burst / rate);

		if (k)
			assert_false(pace_take(&p, at - 1));
		assert_true(pace_take(&p, at));
		assert_false(pace_take(&p, at));
	}
	assert_int_equal(p.skipped, 0);
}

static void drift(void **state)
{
	(void)state;
	exact(1000, 1, HZ, 0, 100000);
	exact(3, 1, HZ, 7, 100000);
	exact(999983, 1, HZ, 1ull << 40, 1000000);
	exact(7000003, 32, HZ, 5, 1000000);
	exact(HZ - 1, 1, HZ, 0, 1000000); /* the remainder is nearly a tick */
}

static void wraps(void **state)
{
	(void)state;
	exact(999983, 1, HZ, UINT64_MAX - 5000, 100000);
	exact(1, 256, 5000000000ull, UINT64_MAX - 5, 1000);
}

/* Years later: the sums that a jump needs do not overflow, and hit the same instants. */
static void overflow(void **state)
{
	const uint64_t rate = 9999999967ull, hz = 10000000019ull;
	struct pace p;
	uint64_t far = 1ull << 60, due, k;

	(void)state;
	assert_int_equal(pace_init(&p, rate, 1, hz, 0), 0);
	pace_start(&p, 0);
	assert_true(pace_take(&p, far));
	/* Of the bursts due by then one was sent, which is the last of them. */
	k = (uint64_t)(((unsigned __int128)far * rate + rate - 1) / hz);
	due = (uint64_t)((unsigned __int128)(p.skipped + 1) * hz / rate);
	assert_in_range(p.skipped, k - 1, k + 1);
	assert_true(due >= far);
	assert_int_equal(p.next, due);
	assert_int_equal(p.carry, (uint64_t)((unsigned __int128)(p.skipped + 1) * hz % rate));
	assert_false(pace_take(&p, due - 1));
	assert_true(pace_take(&p, due));
}

static void catching_up(void **state)
{
	struct pace p;
	unsigned int n = 0;

	(void)state;
	assert_int_equal(pace_init(&p, 1000, 1, 1000000, 10000), 0);
	pace_start(&p, 0);
	/* As late as is allowed: all that were due, at once. */
	while (pace_take(&p, 10000))
		n++;
	assert_int_equal(n, 11);
	assert_int_equal(p.skipped, 0);
	/* Later than that: one, the others are left out. */
	for (n = 0; pace_take(&p, 21001 + 11000);)
		n++;
	assert_int_equal(n, 1);
	assert_int_equal(p.skipped, 21);
	/* And then in time. */
	assert_false(pace_take(&p, 32999));
	assert_true(pace_take(&p, 33000));
}

/* Sent and skipped are all that were due, whenever one looked. */
static void accounts(void **state)
{
	(void)state;
	for (uint64_t step = 1; step < 40000; step = step * 3 / 2 + 1) {
		struct pace p;
		uint64_t taken = 0, end = 1000000;

		assert_int_equal(pace_init(&p, 700, 1, 1000000, 2000), 0);
		pace_start(&p, 50);
		for (uint64_t now = 50; now - 50 < end; now += step)
			taken += pace_take(&p, now);
		pace_end(&p, 50 + end);
		/* 700 bursts are due in a second, each before its end. */
		assert_int_equal(taken + p.skipped, 700);
		assert_true(step > 1428 ? p.skipped > 0 : p.skipped == 0);
	}
}

static void unlimited(void **state)
{
	struct pace p;

	(void)state;
	assert_int_equal(pace_init(&p, 0, 8, HZ, 0), 0);
	pace_start(&p, 100);
	for (unsigned int i = 0; i < 10; i++)
		assert_true(pace_take(&p, 100));
	pace_end(&p, 1ull << 50);
	assert_int_equal(p.skipped, 0);
}

static void refused(void **state)
{
	struct pace p;

	(void)state;
	assert_int_equal(pace_init(&p, HZ + 1, 1, HZ, 0), -ERANGE);
	assert_int_equal(pace_init(&p, HZ + 1, 2, HZ, 0), 0);
	assert_int_equal(pace_init(&p, 1, 1, 0, 0), -ERANGE);
	assert_int_equal(pace_init(&p, 1, 0, HZ, 0), -ERANGE);
	assert_int_equal(pace_init(&p, 1, 1, 1ull << 62, 0), -ERANGE);
	assert_int_equal(pace_init(&p, 1, 256, UINT64_MAX, 0), -ERANGE);
	assert_int_equal(pace_init(&p, 1, 1, HZ, 1ull << 62), -ERANGE);
	assert_int_equal(pace_init(&p, UINT64_MAX, UINT32_MAX, UINT64_MAX, 0), -ERANGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(drift),    cmocka_unit_test(wraps),
		cmocka_unit_test(overflow), cmocka_unit_test(catching_up),
		cmocka_unit_test(accounts), cmocka_unit_test(unlimited),
		cmocka_unit_test(refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
