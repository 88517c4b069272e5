// SPDX-License-Identifier: LGPL-2.1-or-later
/* Sweeps: in a plan each field has a range; in a scenario file each error has its line. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "plan/example.h"
#include "plan/plan.h"
#include "plan/scenario.h"

/* A sweep of posts; two: within one of kicks. */
static void swept_plan(struct pb_plan *p, uint32_t sweeps)
{
	const struct pb_plan_sweep posts = {
		.window = PB_WINDOW_PREEMPT,
		.event = PB_SWEEP_POST,
		.length = 20000,
		.windows = 1,
		.budget = 4000,
		.deadline_us = 20000,
	};

	example_plan(p);
	memset(&p->source[1], 0, sizeof(p->source[1]));
	p->nr_sources = 1;
	p->source[0] = (struct pb_plan_source){
		.kind = PB_SOURCE_POSTER,
		.vectors = 1,
		.count = 2,
		.schedule = PB_SCHED_SWEPT,
	};
	memset(p->squeezer, 0, sizeof(p->squeezer));
	p->nr_squeezers = 1;
	p->squeezer[0] = (struct pb_plan_squeezer){
		.kind = PB_SQUEEZER_KICK,
		.rt_priority = 1,
		.width_us = 30,
	};
	p->nr_sweeps = sweeps;
	p->sweep[sweeps - 1] = posts;
	if (sweeps > 1) {
		p->sweep[0] = posts;
		p->sweep[0].window = PB_WINDOW_HALT;
		p->sweep[0].event = PB_SWEEP_KICK;
		p->sweep[0].stride = 8;
	}
	plan_seal(p);
}

struct bad {
	uint32_t sweeps;
	size_t offset;
	uint32_t value;
	const char *says;
};
#define S(n, m) offsetof(struct pb_plan, sweep[n].m)
#define P(m)    offsetof(struct pb_plan, m)

static const struct bad bad[] = {
	{1, S(0, window), PB_WINDOW_NONE, "window is none"},
	{1, S(0, window), PB_WINDOW_KINDS, "window is 6"},
	{1, S(0, event), PB_SWEEP_KICK, "must be post in the last sweep"},
	{1, S(0, event), PB_SWEEP_EVENTS, "event is 2"},
	{1, S(0, index), 1, "index is 1"},
	{1, S(0, stride), PB_PLAN_MAX_LENGTH + 1, "stride"},
	{1, S(0, length), 0, "length is 0"},
	{1, S(0, length), PB_PLAN_MAX_LENGTH + 1, "length"},
	{1, S(0, skip), PB_PLAN_MAX_SKIP + 1, "skip"},
	{1, S(0, windows), 0, "windows is 0"},
	{1, S(0, windows), PB_PLAN_MAX_WINDOWS + 1, "windows"},
	{1, S(0, windows), 2, "count (one before and one behind each window) is 2"},
	{1, S(0, budget), 0, "budget is 0"},
	{1, S(0, budget), PB_PLAN_MAX_TRIES + 1, "budget"},
	{1, S(0, deadline_us), 99, "deadline_us is 99"},
	{1, S(0, deadline_us), PB_PLAN_MAX_FATE_US + 1, "deadline_us"},
	{1, S(0, reserved), 1, "reserved"},
	{1, S(1, length), 1, "not used"},
	{1, P(nr_sweeps), 0, "not used"},
	{1, P(source[0].schedule), PB_SCHED_SINGLE, "count (of schedule single)"},
	{1, P(source[0].count), 1, "count"},
	{1, P(source[0].period_us), 1, "period_us"},
	{2, S(0, stride), 0, "stride (kicks have no intervals) is 0"},
	{2, S(0, event), PB_SWEEP_POST, "must be kick"},
	{2, S(0, index), 1, "index is 1"},
	{2, S(0, budget), PB_PLAN_MAX_KICKED + 1, "budget"},
	{2, S(1, windows), 2, "windows is 2"},
	{2, S(1, skip), 1, "skip is 1"},
	{2, S(1, event), PB_SWEEP_KICK, "must be post in the last sweep"},
	{2, P(squeezer[0].period_us), 1000, "without a period"},
	{2, P(nr_sweeps), 3, "sweeps is 3"},
};

static void plan_fields(void **state)
{
	struct pb_plan p;
	char err[256];

	(void)state;
	for (uint32_t n = 1; n <= 2; n++) {
		swept_plan(&p, n);
		if (plan_check(&p, sizeof(p), err, sizeof(err)))
			fail_msg("%u sweeps: %s", n, err);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		swept_plan(&p, bad[i].sweeps);
		memcpy((char *)&p + bad[i].offset, &bad[i].value, sizeof(bad[i].value));
		plan_seal(&p);
		if (plan_check(&p, sizeof(p), err, sizeof(err)) != -EINVAL)
			fail_msg("%zu passed: %s", i, bad[i].says);
		if (!strstr(err, bad[i].says))
			fail_msg("%zu: '%s', not '%s'", i, err, bad[i].says);
	}
}

/* Nothing may rescue what is lost. */
static void no_rescue(void **state)
{
	struct pb_plan p;
	char err[256];

	(void)state;
	swept_plan(&p, 1);
	p.guest_mode = PB_GUEST_TICK;
	p.tick_us = 1000;
	plan_seal(&p);
	assert_int_equal(plan_check(&p, sizeof(p), err, sizeof(err)), -EINVAL);
	assert_non_null(strstr(err, "tick"));
	swept_plan(&p, 1);
	p.nr_sources = 2;
	p.source[1] = (struct pb_plan_source){
		.kind = PB_SOURCE_POSTER, .vectors = 1, .count = 1, .schedule = PB_SCHED_SINGLE};
	plan_seal(&p);
	assert_int_equal(plan_check(&p, sizeof(p), err, sizeof(err)), -EINVAL);
	assert_non_null(strstr(err, "rescue"));
	example_plan(&p);
	p.source[1].schedule = PB_SCHED_SWEPT;
	p.source[1].period_us = 0;
	plan_seal(&p);
	assert_int_equal(plan_check(&p, sizeof(p), err, sizeof(err)), -EINVAL);
	assert_non_null(strstr(err, "no sweeps"));
}

/* ---- the file ------------------------------------------------------------------ */

#define HEAD                                                                                 \
	"summary: s\nwhy: w\nexpect:\n  lost: 0\nsources:\n  - kind: poster\n    schedule: " \
	"swept\n" /* 1 to 7 */
#define KICK "squeezers:\n  - kind: kick\n    width: 30us\n" /* 8 to 10 */

static int parse(const char *text, struct pb_scenario *s, char *err)
{
	return scenario_parse("x.yaml", text, strlen(text), s, err, PB_SCENARIO_ERR);
}

static void file(void **state)
{
	struct pb_limits limits = {.cpus = 2, .functions = 2, .aims = true, .sweeps = true};
	char err[PB_SCENARIO_ERR];
	struct pb_scenario s;
	struct pb_plan p;

	(void)state;
	if (parse(HEAD "sweeps:\n  - window: halt\n    windows: 3\n", &s, err))
		fail_msg("%s", err);
	assert_int_equal(s.plan.nr_sweeps, 1);
	assert_int_equal(s.plan.source[0].count, 4);
	assert_int_equal(s.plan.sweep[0].window, PB_WINDOW_HALT);
	assert_int_equal(s.plan.sweep[0].stride, 0);
	assert_int_equal(scenario_to_plan(&s, 1, &limits, &p, err, sizeof(err)), 0);
	limits.sweeps = false;
	assert_int_equal(scenario_to_plan(&s, 1, &limits, &p, err, sizeof(err)), -EOPNOTSUPP);
	assert_non_null(strstr(err, "branch"));
	if (parse(HEAD KICK "sweeps:\n  - window: halt\n    event: kick\n    stride: 8\n"
			    "  - window: preempt\n    stride: intervals\n    deadline: 5ms\n",
		  &s, err))
		fail_msg("%s", err);
	assert_int_equal(s.plan.nr_sweeps, 2);
	assert_int_equal(s.plan.sweep[0].event, PB_SWEEP_KICK);
	assert_int_equal(s.plan.sweep[0].stride, 8);
	assert_int_equal(s.plan.sweep[1].deadline_us, 5000);
	assert_int_equal(s.plan.source[0].count, 2);
}

static void file_errors(void **state)
{
	static const struct {
		const char *text, *says;
	} wrong[] = {
		{HEAD, "x.yaml:6: a source is swept, but there are no sweeps"},
		{HEAD "    count: 3\nsweeps:\n  - window: halt\n", "x.yaml:8: count is given"},
		{HEAD "sweeps: 3\n", "x.yaml:8: sweeps must be a list"},
		{HEAD "sweeps:\n  - event: post\n", "x.yaml:9: no field 'window'"},
		{HEAD "sweeps:\n  - window: never\n", "x.yaml:9: window is 'never'"},
		{HEAD "sweeps:\n  - window: none\n", "x.yaml:9: window is none"},
		{HEAD "sweeps:\n  - window: halt\n    stride: 0\n", "x.yaml:10: stride is '0'"},
		{HEAD "sweeps:\n  - window: halt\n    deadline: 3\n", "x.yaml:10: deadline is '3'"},
		{HEAD "sweeps:\n  - window: halt\n    event: kick\n    stride: 1\n",
		 "x.yaml:9: event is kick, but there is no squeezer kick"},
		{HEAD KICK "sweeps:\n  - window: halt\n    event: kick\n    stride: 1\n",
		 "x.yaml:13: event is kick, must be post in the last sweep"},
		{HEAD KICK "sweeps:\n  - window: halt\n    event: kick\n  - window: preempt\n",
		 "x.yaml:12: no field 'stride'"},
		{HEAD KICK "sweeps:\n  - window: halt\n    event: kick\n    stride: intervals\n"
			   "  - window: preempt\n",
		 "x.yaml:14: stride is 'intervals'"},
		{HEAD "sweeps:\n  - window: halt\n  - window: halt\n  - window: halt\n",
		 "x.yaml:11: more than 2 sweeps"},
		{HEAD "guest:\n  mode: tick\n  tick: 1ms\nsweeps:\n  - window: halt\n", "tick"},
	};
	char err[PB_SCENARIO_ERR];
	struct pb_scenario s;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		if (parse(wrong[i].text, &s, err) != -EINVAL)
			fail_msg("%zu passed: %s", i, wrong[i].says);
		if (!strstr(err, wrong[i].says))
			fail_msg("%zu: '%s', not '%s'", i, err, wrong[i].says);
	}
}

/* A command of a controller ends at each instant: one queue, one command outstanding. */
static void nvme(void **state)
{
	static const struct {
		size_t offset;
		uint32_t value;
		const char *says;
	} wrong[] = {
		{offsetof(struct pb_plan_source, vectors), 2,
		 "vectors (queues that are swept) is 2, must be 1"},
		{offsetof(struct pb_plan_source, depth), 2,
		 "depth (of a queue that is swept) is 2, must be 1"},
		{offsetof(struct pb_plan_source, service), PB_SERVICE_FIXED,
		 "service is 1, must be 0 (none) with schedule swept"},
		{offsetof(struct pb_plan_source, fault), PB_FAULT_LOST_MSI,
		 "fault is 1, must be 0 (none) with schedule swept"},
		{offsetof(struct pb_plan_source, count), 1, "count"},
		{offsetof(struct pb_plan_source, function), 2, NULL},
	};
	struct pb_plan good, plan;
	char err[256];

	(void)state;
	swept_plan(&good, 1);
	good.source[0] = (struct pb_plan_source){.kind = PB_SOURCE_NVME,
						 .schedule = PB_SCHED_SWEPT,
						 .vectors = 1,
						 .depth = 1,
						 .count = good.source[0].count};
	plan_seal(&good);
	assert_int_equal(plan_check(&good, sizeof(good), err, sizeof(err)), 0);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		plan = good;
		memcpy((char *)&plan.source[0] + wrong[i].offset, &wrong[i].value, 4);
		plan_seal(&plan);
		assert_int_equal(plan_check(&plan, sizeof(plan), err, sizeof(err)),
				 wrong[i].says ? -EINVAL : 0);
		if (wrong[i].says && !strstr(err, wrong[i].says))
			fail_msg("'%s' says nothing of '%s'", err, wrong[i].says);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plan_fields), cmocka_unit_test(no_rescue), cmocka_unit_test(file),
		cmocka_unit_test(file_errors), cmocka_unit_test(nvme),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
