// SPDX-License-Identifier: LGPL-2.1-or-later
/* plan_check() of each kind of squeezer, and the functions that they need. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "plan/example.h"
#include "plan/plan.h"

static int check(const struct pb_plan *plan, char err[160])
{
	return plan_check(plan, sizeof(*plan), err, 160);
}

struct squeezer_case {
	struct pb_plan_squeezer spec;
	const char *error; /* begin of what is wrong; NULL: nothing */
};

#define SQ(k, ...)                                   \
	{                                            \
		.kind = PB_SQUEEZER_##k, __VA_ARGS__ \
	}

static const struct squeezer_case squeezer_cases[] = {
	{SQ(PREEMPT, .rt_priority = 1, .period_us = 1000, .width_us = 300, .jitter_us = 700), NULL},
	{SQ(PREEMPT, .rt_priority = 99, .period_us = 20, .width_us = 19, .jitter_us = 1), NULL},
	{SQ(PREEMPT, .period_us = 1000, .width_us = 300), "rt_priority is 0, must be 1 to 99"},
	{SQ(PREEMPT, .rt_priority = 100, .period_us = 9, .width_us = 3), "rt_priority is 100"},
	{SQ(PREEMPT, .rt_priority = 1, .width_us = 1), "period_us is 0, must be 20 to"},
	{SQ(PREEMPT, .rt_priority = 1, .period_us = 19, .width_us = 1), "period_us is 19"},
	{SQ(PREEMPT, .rt_priority = 1, .period_us = 1000), "width_us is 0, must be 1 to 999"},
	{SQ(PREEMPT, .rt_priority = 1, .period_us = 1000, .width_us = 1000), "width_us is 1000"},
	{SQ(PREEMPT, .rt_priority = 1, .period_us = 1000, .width_us = 300, .jitter_us = 701),
	 "jitter_us (at most the period without the width) is 701, must be 0 to 700"},
	{SQ(PREEMPT, .rt_priority = 1, .period_us = 1000, .width_us = 1, .threads = 1),
	 "threads is 1, must be 0 unless the squeezer is hog or overcommit"},
	{SQ(PREEMPT, .rt_priority = 1, .period_us = 1000, .width_us = 1, .cpu = 1),
	 "cpu is 1, must be 0 unless the squeezer is migrate"},
	{SQ(PREEMPT, .rt_priority = 1, .period_us = 1000, .width_us = 1, .reserved = 1),
	 "reserved is 1"},
	{SQ(OVERCOMMIT, .threads = 1), NULL},
	{SQ(OVERCOMMIT, .threads = PB_PLAN_MAX_VMS), NULL},
	{SQ(OVERCOMMIT), "threads is 0, must be 1 to 16"},
	{SQ(OVERCOMMIT, .threads = PB_PLAN_MAX_VMS + 1), "threads is 17, must be 1 to 16"},
	{SQ(OVERCOMMIT, .threads = 1, .nice = 1),
	 "nice is 1, must be 0 unless the squeezer is hog"},
	{SQ(QUOTA, .period_us = 10000, .width_us = 3000), NULL},
	{SQ(QUOTA, .period_us = 1000, .width_us = 1000), NULL},
	{SQ(QUOTA, .period_us = 999, .width_us = 999), "period_us is 999, must be 1000 to 1000000"},
	{SQ(QUOTA, .period_us = 1000001, .width_us = 1000), "period_us is 1000001"},
	{SQ(QUOTA, .period_us = 10000, .width_us = 999), "width_us is 999, must be 1000 to 10000"},
	{SQ(QUOTA, .period_us = 10000, .width_us = 10001), "width_us is 10001"},
	{SQ(QUOTA, .period_us = 10000, .width_us = 1000, .jitter_us = 1),
	 "jitter_us is 1, must be 0 unless the squeezer is preempt or migrate or user or kick or "
	 "route"},
	{SQ(MIGRATE, .period_us = 1000, .jitter_us = 1000, .cpu = 1), NULL},
	{SQ(MIGRATE, .period_us = 1000), "cpu is 0, must be another than the vCPU's own"},
	{SQ(MIGRATE, .vcpu = 1, .period_us = 1000, .cpu = 1), "cpu is 1, must be another"},
	{SQ(MIGRATE, .period_us = 1000, .cpu = PB_PLAN_MAX_CPU), "cpu is 4096, must be 0 to 4095"},
	{SQ(MIGRATE, .period_us = 10, .cpu = 1), "period_us is 10"},
	{SQ(MIGRATE, .period_us = 1000, .jitter_us = 1001, .cpu = 1), "jitter_us (at most"},
	{SQ(MIGRATE, .period_us = 1000, .width_us = 1, .cpu = 1),
	 "width_us is 1, must be 0 unless the squeezer is preempt or quota or user or kick or "
	 "route"},
	{SQ(USER, .period_us = 1000, .width_us = 1000), NULL},
	{SQ(USER, .period_us = 1000), "width_us is 0, must be 1 to 1000"},
	{SQ(USER, .period_us = 1000, .width_us = 900, .jitter_us = 101), "jitter_us (at most"},
	{SQ(USER, .period_us = 1000000, .width_us = 100001),
	 "width_us is 100001, must be 1 to 100000"},
	{SQ(USER, .period_us = 1000, .width_us = 1, .rt_priority = 1),
	 "rt_priority is 1, must be 0 unless the squeezer is hog or preempt or kick"},
	{SQ(USER, .period_us = 1000, .width_us = 1, .on_us = 1), "on_us is 1, must be 0"},
	{SQ(USER, .period_us = 1000, .width_us = 1, .off_us = 1), "off_us is 1, must be 0"},
	{SQ(USER, .period_us = 1000, .width_us = 1, .device = "0000:00:11.0"),
	 "device is given, must be empty unless the squeezer is kick"},
	{SQ(KICK, .rt_priority = 1, .period_us = 1000, .width_us = 300, .jitter_us = 700), NULL},
	{SQ(KICK, .rt_priority = 99, .width_us = 100000, .device = "0000:00:11.0"), NULL},
	{SQ(KICK, .width_us = 1), "rt_priority is 0, must be 1 to 99"},
	{SQ(KICK, .rt_priority = 1, .period_us = 19, .width_us = 1), "period_us is 19"},
	{SQ(KICK, .rt_priority = 1, .period_us = 1000, .width_us = 1000),
	 "width_us is 1000, must be 1 to 999"},
	{SQ(KICK, .rt_priority = 1, .period_us = 1000000, .width_us = 100001),
	 "width_us is 100001, must be 1 to 100000"},
	{SQ(KICK, .rt_priority = 1, .period_us = 1000, .width_us = 300, .jitter_us = 701),
	 "jitter_us (at most"},
	{SQ(KICK, .rt_priority = 1), "width_us is 0, must be 1 to 100000"},
	{SQ(KICK, .rt_priority = 1, .width_us = 100001), "width_us is 100001"},
	{SQ(KICK, .rt_priority = 1, .width_us = 1, .jitter_us = 1),
	 "jitter_us is 1, must be 0 without a period"},
	{SQ(KICK, .rt_priority = 1, .width_us = 1, .threads = 1), "threads is 1"},
	{SQ(KICK, .rt_priority = 1, .width_us = 1, .cpu = 1), "cpu is 1"},
	{SQ(KICK, .rt_priority = 1, .width_us = 1, .device = "../../x"), "device is '../../x'"},
	{SQ(ROUTE, .period_us = 1000), NULL},
	{SQ(ROUTE, .period_us = 1000, .width_us = 300, .jitter_us = 700), NULL},
	{SQ(ROUTE), "period_us is 0, must be 20 to"},
	{SQ(ROUTE, .period_us = 1000, .jitter_us = 1001), "jitter_us (at most"},
	{SQ(ROUTE, .period_us = 1000, .width_us = 300, .jitter_us = 701), "jitter_us (at most"},
	{SQ(ROUTE, .period_us = 1000, .width_us = 1001), "width_us is 1001, must be 1 to 1000"},
	{SQ(ROUTE, .period_us = 1000000, .width_us = 100001), "width_us is 100001"},
	{SQ(ROUTE, .period_us = 1000, .rt_priority = 1), "rt_priority is 1"},
};

static void test_squeezers(void **state)
{
	for (size_t i = 0; i < sizeof(squeezer_cases) / sizeof(squeezer_cases[0]); i++) {
		const struct squeezer_case *q = &squeezer_cases[i];
		char err[160] = "", want[160];
		struct pb_plan plan;

		(void)state;
		example_plan(&plan);
		plan.squeezer[1] = q->spec;
		plan_seal(&plan);
		snprintf(want, sizeof(want), "squeezer 1: %s", q->error ? q->error : "");
		if (check(&plan, err) != (q->error ? -EINVAL : 0) ||
		    (q->error && strncmp(err, want, strlen(want))))
			fail_msg("%zu: '%s', not '%s'", i, err, q->error ? want : "ok");
	}
}

static void test_functions(void **state)
{
	const struct pb_plan_squeezer kick = {
		.kind = PB_SQUEEZER_KICK, .rt_priority = 1, .width_us = 1};
	struct pb_plan plan;

	(void)state;
	example_plan(&plan);
	assert_int_equal(plan_functions(&plan), 2);
	assert_string_equal(plan_function_device(&plan, 0), "");
	assert_string_equal(plan_function_device(&plan, 1), "0000:00:10.0");
	plan.nr_squeezers = 4;
	plan.squeezer[1] = plan.squeezer[3] = kick;
	strcpy(plan.squeezer[3].device, "0000:03:00.1");
	assert_int_equal(plan_functions(&plan), 4);
	assert_int_equal(plan_function_squeezer(&plan, 2), 1);
	assert_int_equal(plan_function_squeezer(&plan, 3), 3);
	assert_string_equal(plan_function_device(&plan, 2), "");
	assert_string_equal(plan_function_device(&plan, 3), "0000:03:00.1");
	assert_int_equal(sizeof(plan.squeezer) / sizeof(plan.squeezer[0]) + PB_MAX_SOURCES,
			 PB_MAX_FUNCTIONS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_squeezers),
		cmocka_unit_test(test_functions),
	};

	return cmocka_run_group_tests_name("plan squeezer", tests, NULL, NULL);
}
