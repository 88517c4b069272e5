// SPDX-License-Identifier: LGPL-2.1-or-later
/* Which function of its device a source is: in plans, in scenario files, and what a machine has. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "plan/example.h"
#include "plan/plan.h"
#include "plan/scenario.h"

static const struct pb_plan_source nvme = {
	.kind = PB_SOURCE_NVME, .schedule = PB_SCHED_SERVED, .vectors = 2, .depth = 1, .count = 20};
static const struct pb_plan_source nic = {.kind = PB_SOURCE_NIC,
					  .schedule = PB_SCHED_POISSON,
					  .vectors = 1,
					  .count = 20,
					  .period_us = 900};

static void says(struct pb_plan_source a, uint32_t fa, struct pb_plan_source b, uint32_t fb,
		 const char *line)
{
	struct pb_plan plan;
	char err[256] = "";

	example_plan(&plan);
	plan.source[0] = a;
	plan.source[0].function = fa;
	plan.source[1] = b;
	plan.source[1].function = fb;
	plan_seal(&plan);
	assert_int_equal(plan_check(&plan, sizeof(plan), err, sizeof(err)), line ? -EINVAL : 0);
	if (line && !strstr(err, line))
		fail_msg("'%s' says nothing of '%s'", err, line);
}

static void test_plan(void **state)
{
	struct pb_plan_source there = nvme;

	(void)state;
	strcpy(there.device, "0000:00:12.0");
	says(nvme, 1, nvme, 4, NULL);
	says(nvme, 0, nic, 1, NULL);
	says(nvme, 1, nic, 1, NULL);
	says(nvme, 1, there, 0, NULL); /* another device, as far as a plan tells */
	says(nvme, 0, nvme, 0, NULL); /* two devices */
	says(nvme, 1, nvme, 5, "function is 5, must be 0 to 4 (pf, vf1, vf2, vf3 or vf4)");
	says(nvme, 2, nvme, 2, "source 1: function is vf2, which is source 0's already");
	says(nvme, 0, nvme, 2, "function is vf2, but source 0's is pf");
	says(nic, 3, nic, 0, "function is pf, but source 0's is vf3");
	says(there, 2, there, 2, "which is source 0's already");
}

#define HEAD "summary: one\nwhy: it\nexpect: {lost: 0}\nsources:\n"

static int parse(const char *sources, struct pb_scenario *s, char *err)
{
	char text[1024] = HEAD;

	strcat(text, sources);
	return scenario_parse("x.yaml", text, strlen(text), s, err, PB_SCENARIO_ERR);
}

#define NVME(f) "  - {kind: nvme, schedule: served, count: 4, function: " f "}\n"
#define NIC(f)  "  - {kind: nic, schedule: periodic, period: 1ms, count: 4, function: " f "}\n"

static void test_scenario(void **state)
{
	struct pb_scenario s;
	char err[PB_SCENARIO_ERR];

	(void)state;
	assert_int_equal(parse(NVME("vf1") NIC("vf4") NVME("vf2"), &s, err), 0);
	assert_int_equal(s.plan.source[0].function, 1);
	assert_int_equal(s.plan.source[1].function, 4);
	assert_int_equal(s.plan.source[2].function, 2);
	assert_int_equal(parse(NVME("pf"), &s, err), 0);
	assert_int_equal(s.plan.source[0].function, 0);
	assert_int_equal(parse(NVME("vf5"), &s, err), -EINVAL);
	assert_string_equal(err, "x.yaml:5: function is 'vf5'; must be pf, vf1, vf2, vf3 or vf4");
	assert_int_equal(parse(NVME("vf1") NVME("vf1"), &s, err), -EINVAL);
	assert_string_equal(err, "x.yaml:6: function is vf1, which is source 0's already");
	assert_int_equal(parse("  - {kind: poster, schedule: single, count: 1, function: vf1}\n",
			       &s, err),
			 -EINVAL);
	assert_string_equal(err, "x.yaml:5: function is 1, must be 0 (pf) unless the source is "
				 "nvme or nic");
}

/* All virtual functions of a kind are one device's. */
static void test_limits(void **state)
{
	struct pb_limits lab;
	struct pb_scenario s;
	struct pb_plan plan;
	char err[PB_SCENARIO_ERR];

	(void)state;
	assert_int_equal(scenario_limits("lab", 0, &lab), 0);
	assert_int_equal(parse(NVME("vf1") NVME("vf2") NIC("vf4"), &s, err), 0);
	assert_int_equal(scenario_to_plan(&s, 7, &lab, &plan, err, sizeof(err)), 0);
	lab.vfs = 3;
	assert_int_equal(scenario_to_plan(&s, 7, &lab, &plan, err, sizeof(err)), -EOPNOTSUPP);
	assert_string_equal(err, "source 2 needs vf4; devices of this machine have 3 virtual "
				 "functions");
	lab.nic = 0;
	assert_int_equal(scenario_to_plan(&s, 7, &lab, &plan, err, sizeof(err)), -EOPNOTSUPP);
	assert_string_equal(err, "needs 1 NVMe controllers and 1 NICs; the machine has 1 and 0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plan),
		cmocka_unit_test(test_scenario),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
