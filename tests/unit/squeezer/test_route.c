// SPDX-License-Identifier: LGPL-2.1-or-later
/* The squeezer route, against a VMM that writes down what it is told. */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "squeezer/victim.h"

#define MARK_BEGIN 100
#define MARK_END   101

static struct {
	int did[4096]; /* enum pb_route, or MARK_ */
	unsigned int nr, calls, fail_at;
	unsigned int vcpu;
} seen;

static void note(int what)
{
	assert_true(seen.nr < sizeof(seen.did) / sizeof(seen.did[0]));
	seen.did[seen.nr++] = what;
}

static int fake_route(struct pb_vmm *vmm, unsigned int vcpu, enum pb_route how, char *err,
		      size_t size)
{
	(void)vmm;
	seen.vcpu = vcpu;
	note((int)how);
	if (++seen.calls != seen.fail_at)
		return 0;
	snprintf(err, size, "call %u", seen.calls);
	return -EBADF;
}

static void fake_mark(void *arg, unsigned int squeezer, bool begin)
{
	assert_ptr_equal(arg, &seen);
	assert_int_equal(squeezer, 0);
	note(begin ? MARK_BEGIN : MARK_END);
}

static const struct pb_vmm_ops fake_ops = {.name = "fake", .route = fake_route};
static struct pb_vmm vmm = {.ops = &fake_ops};

static const struct pb_plan_squeezer spec = {
	.kind = PB_SQUEEZER_ROUTE, .vcpu = 1, .period_us = 5000, .jitter_us = 1000};

static struct pb_squeezer router(const struct pb_plan_squeezer *s)
{
	struct pb_squeezer sq = squeezer(s);

	memset(&seen, 0, sizeof(seen));
	sq.vmm = &vmm;
	sq.mark = fake_mark;
	sq.mark_arg = &seen;
	return sq;
}

static void run_for(struct pb_squeezer *sq, long ms)
{
	assert_int_equal(sq->ops->start(sq), 0);
	sleep_ms(ms);
	sq->ops->stop(sq);
	sq->ops->stop(sq);
	assert_int_equal(threads_here(), 1);
}

/* One form, then the other, each within its marks; in the end the plain one. */
static void test_rewrites(void **state)
{
	struct pb_squeezer sq = router(&spec);
	int form = PB_ROUTE_OTHER;
	unsigned int i;

	(void)state;
	run_for(&sq, 100);
	assert_int_equal(sq.failed, 0);
	assert_int_equal(seen.vcpu, 1);
	for (i = 0; i + 3 <= seen.nr; i += 3) {
		assert_int_equal(seen.did[i], MARK_BEGIN);
		assert_int_equal(seen.did[i + 1], form);
		assert_int_equal(seen.did[i + 2], MARK_END);
		form = form == PB_ROUTE_OTHER ? PB_ROUTE_PLAIN : PB_ROUTE_OTHER;
	}
	assert_in_range(i / 3, 3, 21);
	/* What is left, if the other form was the last. */
	assert_int_equal(seen.nr - i, form == PB_ROUTE_PLAIN);
	if (form == PB_ROUTE_PLAIN)
		assert_int_equal(seen.did[i], PB_ROUTE_PLAIN);
}

/* What is taken away is given back, also when it is told to stop meanwhile. */
static void test_releases(void **state)
{
	struct pb_plan_squeezer s = spec;
	struct pb_squeezer sq;
	double t;

	(void)state;
	s.period_us = 120000;
	s.jitter_us = 0;
	s.width_us = 100000;
	sq = router(&s);
	assert_int_equal(sq.ops->start(&sq), 0);
	sleep_ms(140);
	t = seconds(CLOCK_MONOTONIC);
	sq.ops->stop(&sq);
	assert_true(seconds(CLOCK_MONOTONIC) - t < 0.08);
	assert_int_equal(sq.failed, 0);
	assert_int_equal(seen.nr, 6);
	assert_int_equal(seen.did[0], MARK_BEGIN);
	assert_int_equal(seen.did[1], PB_ROUTE_OTHER);
	assert_int_equal(seen.did[2], PB_ROUTE_RELEASE);
	assert_int_equal(seen.did[3], PB_ROUTE_BIND);
	assert_int_equal(seen.did[4], MARK_END);
	assert_int_equal(seen.did[5], PB_ROUTE_PLAIN);
}

/* Whichever call fails: it is told, and nothing stays away. */
static void test_failure_is_told(void **state)
{
	struct pb_plan_squeezer s = spec;
	char want[32];

	(void)state;
	s.width_us = 10;
	for (unsigned int at = 1; at <= 4; at++) {
		struct pb_squeezer sq = router(&s);

		seen.fail_at = at;
		run_for(&sq, 50);
		assert_int_equal(sq.failed, -EBADF);
		snprintf(want, sizeof(want), "route of vCPU 1: call %u", at);
		assert_string_equal(sq.error, want);
		for (unsigned int i = 0; i < seen.nr; i++)
			if (seen.did[i] == PB_ROUTE_RELEASE)
				assert_int_equal(seen.did[i + 1], PB_ROUTE_BIND);
	}
}

static void test_fails_clean(void **state)
{
	static const struct pb_vmm_ops none = {.name = "none"};
	struct pb_vmm other = {.ops = &none};
	struct pb_squeezer sq = router(&spec);

	(void)state;
	sq.vmm = &other;
	assert_int_equal(sq.ops->start(&sq), -EOPNOTSUPP);
	sq.ops->stop(&sq);
	sq.vmm = NULL;
	assert_int_equal(sq.ops->start(&sq), -EOPNOTSUPP);
	sq.ops->stop(&sq);
	sq.vmm = &vmm;
	plan.nr_sources = 1; /* to vCPU 0 */
	assert_int_equal(sq.ops->start(&sq), -EINVAL);
	assert_non_null(strstr(sq.error, "no source posts to it"));
	sq.ops->stop(&sq);
	assert_int_equal(sq.failed, 0);
	assert_int_equal(seen.nr, 0);
	/* Nobody has to be told of the marks. */
	plan.nr_sources = 2;
	sq.mark = NULL;
	run_for(&sq, 30);
	assert_true(seen.calls > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rewrites),
		cmocka_unit_test(test_releases),
		cmocka_unit_test(test_failure_is_told),
		cmocka_unit_test(test_fails_clean),
	};

	return cmocka_run_group_tests_name("route", tests, NULL, NULL);
}
