// SPDX-License-Identifier: LGPL-2.1-or-later
/* Scenario and set files: what is read, and each error with its line. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "plan/plan.h"
#include "plan/scenario.h"
#include "util/ydoc.h"

/* Line numbers of the tests below are those of this text. */
static const char *const good[] = {
	"summary: one line", /* 1 */
	"why: >", /* 2 */
	"  more", /* 3 */
	"  lines", /* 4 */
	"expect:", /* 5 */
	"  lost: 0", /* 6 */
	"  suppressed: 3", /* 7 */
	"guest:", /* 8 */
	"  mode: halt", /* 9 */
	"  vcpus: 2", /* 10 */
	"late: 2ms", /* 11 */
	"measure: 1s", /* 12 */
	"sources:", /* 13 */
	"  - kind: poster", /* 14 */
	"    vcpu: 1", /* 15 */
	"    schedule: aimed", /* 16 */
	"    aim: sn-set", /* 17 */
	"    offset: 10..500", /* 18 */
	"    count: 20", /* 19 */
	"    vectors: 20", /* 20 */
	"    vector: fresh", /* 21 */
	"  - kind: poster", /* 22 */
	"    schedule: periodic", /* 23 */
	"    period: 500 us", /* 24 */
	"    count: 7", /* 25 */
	"squeezers:", /* 26 */
	"  - kind: pin", /* 27 */
	"  - kind: hog", /* 28 */
	"    vcpu: 1", /* 29 */
	"    nice: -5", /* 30 */
	"    on: 2ms", /* 31 */
	"    off: 1ms", /* 32 */
};
#define LINES (sizeof(good) / sizeof(good[0]))

/* The good text with one line replaced (0: none); a replacement may have several lines. */
static int parse(unsigned int line, const char *with, struct pb_scenario *s, char *err)
{
	char text[8192] = "";

	for (unsigned int i = 0; i < LINES; i++) {
		strcat(text, i + 1 == line ? with : good[i]);
		strcat(text, "\n");
	}
	return scenario_parse("dir/x-1.yaml", text, strlen(text), s, err, PB_SCENARIO_ERR);
}

static void test_good(void **state)
{
	struct pb_scenario s;
	char err[PB_SCENARIO_ERR];

	(void)state;
	if (parse(0, NULL, &s, err))
		fail_msg("%s", err);
	assert_string_equal(s.name, "x-1");
	assert_string_equal(s.summary, "one line");
	assert_string_equal(s.why, "more lines");
	assert_int_equal(s.expect.lost, 0);
	assert_int_equal(s.expect.suppressed_min, 3);
	assert_string_equal(s.plan.scenario, "x-1");
	assert_int_equal(s.plan.vmm, PB_VMM_MINI);
	assert_int_equal(s.plan.guest_mode, PB_GUEST_HALT);
	assert_int_equal(s.plan.vcpus, 2);
	assert_int_equal(s.plan.late_us, 2000);
	assert_int_equal(s.plan.measure_us, 1000000);
	assert_int_equal(s.plan.nr_sources, 2);
	assert_int_equal(s.plan.source[0].vcpu, 1);
	assert_int_equal(s.plan.source[0].aim, PB_AIM_SN_SET);
	assert_int_equal(s.plan.source[0].offset_min, 10);
	assert_int_equal(s.plan.source[0].offset_max, 500);
	assert_int_equal(s.plan.source[0].fresh_vector, 1);
	assert_int_equal(s.period_us[1][0], 500);
	assert_int_equal(s.period_us[1][1], 500);
	assert_int_equal(s.plan.source[1].vectors, 1);
	assert_int_equal(s.plan.source[1].count, 7);
	assert_int_equal(s.plan.nr_squeezers, 2);
	assert_int_equal(s.plan.squeezer[1].threads, 1);
	assert_int_equal(s.plan.squeezer[1].nice, -5);
	assert_int_equal(s.plan.squeezer[1].on_us, 2000);
}

struct bad {
	unsigned int line; /* that is replaced */
	const char *with;
	const char *error; /* begin of the line after "dir/x-1.yaml:" */
};

static const struct bad bads[] = {
	{1, "summary:", "1: summary is empty"},
	{1, "# none", "2: no field 'summary'; it is required"},
	{1, "summary: [a]", "1: summary is a list; must be a single value"},
	{1, "summary: \"\\x07\"", "1: summary has the byte 0x07; must be plain ASCII"},
	{1, "summary: caf\xc3\xa9", "1: summary has the byte 0xc3; must be plain ASCII"},
	{1,
	 "summary: 0123456789012345678901234567890123456789012345678901234567890123456789"
	 "012345678901234567890123456789012345678901234567890123456789",
	 "1: summary has 130 characters; must be at most 127"},
	{5, "sumary: x\nexpect:", "5: unknown field 'sumary'; must be summary, why, expect, "},
	{6, "  lost: many", "6: lost is 'many'; must be a whole number, 0 to 1000000"},
	{6, "  lost: -1", "6: lost is '-1'; must be a whole number"},
	{6, "  lost: 1.5", "6: lost is '1.5'; must be a whole number"},
	{6, "  lost: 99999999999999999999", "6: lost is '99999999999999999999'; must be"},
	{6, "  lost: 27", "6: lost is 27; must be less than the 27 posts"},
	{6, "  late: 0", "6: unknown field 'late'; must be lost or suppressed"},
	{7, "  suppressed: 28", "7: suppressed is 28; must be at most the 27 posts"},
	{5, "expect: 7\nx:", "6: unknown field 'x'"},
	{9, "  mode: sleep", "9: mode is 'sleep'; must be spin, halt or tick"},
	{9, "  mode: tick", "9: mode is tick, but there is no field 'tick'"},
	{9, "  mode: halt\n  tick: 1ms", "10: tick is given, but mode is not tick"},
	{10, "  vcpus: 17", "10: vcpus is '17'; must be a whole number, 1 to 16"},
	{10, "  vcpus: 0", "10: vcpus is '0'; must be"},
	{10, "  vcpus: 1", "15: vcpu is 1, must be 0"},
	{11, "late: 2", "11: late is '2'; must be a time, 0us to 600s, with its unit: us, ms or s"},
	{11, "late: 2 hours", "11: late is '2 hours'; must be a time"},
	{11, "late: -2ms", "11: late is '-2ms'; must be a time"},
	{11, "late: 601s", "11: late is '601s'; must be a time"},
	{11, "late: 99999999999999s", "11: late is '99999999999999s'; must be a time"},
	{12, "measure: 0", "12: measure is '0'; must be a time, 1us to 600s"},
	{14, "  - kind: disk", "14: kind is 'disk'; must be null, poster, nvme or nic"},
	{14, "  - vcpu: 0", "15: 'vcpu' is given twice; first in line 14"},
	{15, "    vcpu: 2", "15: vcpu is 2, must be 0 to 1"},
	{16, "    schedule: often", "16: schedule is 'often'; must be single, periodic, poisson"},
	{16, "    # no schedule", "14: no field 'schedule'; it is required"},
	{16, "    schedule: periodic", "14: period (us) is 0, must be 1 to"},
	{17, "    aim: none", "17: aim is none, but the schedule is aimed"},
	{17, "    aim: moon", "17: aim is 'moon'; must be none, sn-set"},
	{18, "    offset: 500..10", "18: offset is '500..10'; must be a number or a range"},
	{18, "    offset: 5..", "18: offset is '5..'; must be a number or a range"},
	{18, "    offset: 1..2..3", "18: offset is '1..2..3'; must be a number or a range"},
	{18, "    offset: 0..100000001", "18: offset is '0..100000001'; must be"},
	{19, "    count: 21", "19: count is 21 with fresh_vector, must be at most the 20 vectors"},
	{19, "    count: 0", "19: count is '0'; must be a whole number, 1 to 1000000"},
	{20, "    vectors: 65", "20: vectors is '65'; must be a whole number, 1 to 64"},
	{21, "    vector: new", "21: vector is 'new'; must be fresh or random"},
	{21, "    vector: {a: b}", "21: vector is 'not a single value'; must be fresh or random"},
	{21, "    device: 00:10.0", "21: device is '00:10.0', must be empty or like 0000:00:10.0"},
	{24, "    period: 2ms..1ms", "24: period is '2ms..1ms'; must be a time or a range like"},
	{24, "    period: 2ms..", "24: period is '2ms..'; must be a time or a range like"},
	{24, "    period: 1..2ms", "24: period is '1..2ms'; must be a time or a range like"},
	{24, "    period: 0..2ms", "24: period (us) is 0, must be 1 to"},
	{24, "    period: 1s..601s", "24: period is '1s..601s'; must be a time or a range like"},
	{25, "    count: 7\n    burst: 3",
	 "26: burst is 3, must be 0 unless the schedule is burst"},
	{25, "    count: 7\n    offset: 3", "26: offset is 3, must be 0 unless"},
	{22, "  - 7\n  - kind: poster", "22: a single value; must be a map"},
	{22, "  - []\n  - kind: poster", "22: a list; must be a map"},
	{25,
	 "    count: 7\n  - {kind: poster, schedule: single, count: 1}\n"
	 "  - {kind: poster, schedule: single, count: 1}",
	 "27: more than 3 sources"},
	{27, "  - kind: throttle", "27: kind is 'throttle'; must be null, pin, hog, preempt, "},
	{27, "  - kind: pin\n    threads: 2", "28: threads is 2, must be 0 unless the squeezer"},
	{27, "  - kind: preempt", "27: period (us) is 0, must be 20 to"},
	{27, "  - kind: preempt\n    period: 1ms\n    width: 1ms",
	 "29: width (us) is 1000, must be"},
	{27, "  - {kind: user, period: 1ms, width: 1us, jitter: 1ms}", "27: jitter (us) (at most"},
	{27, "  - {kind: migrate, period: 1}", "27: period is '1'; must be a time, 0us to 600s"},
	{27, "  - {kind: quota, period: 10ms}", "27: width (us) is 0, must be 1000 to 10000"},
	{27, "  - {kind: overcommit, threads: 17}", "27: threads is 17, must be 1 to 16"},
	{27, "  - {kind: migrate, period: 1ms, cpu: 1}", "27: unknown field 'cpu'"},
	{30, "    nice: 20", "30: nice is '20'; must be a whole number, -20 to 19"},
	{30, "    rt_priority: 100", "30: rt_priority is '100'; must be a whole number, 0 to 99"},
	{30, "    nice: 1\n    rt_priority: 1", "30: nice is 1, must be 0 with rt_priority"},
	{31, "    # not on", "32: off (us) is 1000, must be 0 without on_us"},
	{32,
	 "  - kind: pin\n  - kind: pin\n  - kind: pin\n  - kind: pin\n  - kind: pin\n"
	 "  - kind: pin\n  - kind: pin",
	 "38: more than 8 squeezers"},
	{1, "summary: &a one", "1: an anchor or tag; write the plain value"},
	{1, "summary: *a", "1: an alias; write the value out"},
	{1, "summary: !!str one", "1: an anchor or tag"},
	{8, "guest: &g", "8: an anchor or tag; write the plain map"},
	{1, "? [a, b]\n: c", "1: a map or list as a key"},
	{1, "summary: a\nsummary: b", "2: 'summary' is given twice; first in line 1"},
	{32, "---\nsummary: b", "32: a second document"},
	{1, "summary: [[[[[[[[[[x]]]]]]]]]]", "1: nested deeper than 8 levels"},
	{1, "summary: \"a\\0b\"", "1: a zero byte in a value"},
	{1, "summary: 'a", "33: not YAML: "},
	{1, "\"a\\nb\\x1b\": c", "1: unknown field 'a?b?'; must be summary"},
	{1, "\tsummary: a", "1: not YAML: "},
	{1, "summary: \x01", "1: not YAML: "},
};

static void test_bad(void **state)
{
	struct pb_scenario s;
	char err[PB_SCENARIO_ERR], want[256];
	unsigned int failures = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(bads) / sizeof(bads[0]); i++) {
		int ret = parse(bads[i].line, bads[i].with, &s, err);

		snprintf(want, sizeof(want), "dir/x-1.yaml:%s", bads[i].error);
		if (ret != -EINVAL || strncmp(err, want, strlen(want))) {
			print_error("%zu: '%s' gives %d, '%s', not '%s'\n", i, bads[i].with, ret,
				    ret ? err : "", want);
			failures++;
		}
		if (strchr(err, '\n'))
			fail_msg("'%s' is more than a line", err);
	}
	assert_int_equal(failures, 0);
}

static void test_lists(void **state)
{
	static const struct {
		const char *text, *error;
	} bad[] = {
		{"sources: []", "x.yaml:4: sources must be a list with at least one entry"},
		{"sources: 7", "x.yaml:4: sources must be a list with at least one entry"},
		{"sources: {a: b}", "x.yaml:4: sources must be a list with at least one entry"},
		{"vmm: mini", "x.yaml:1: no field 'sources'; it is required"},
		{"guest: 7\nsources: []", "x.yaml:4: a single value; must be a map"},
	};
	struct pb_scenario s;
	char err[PB_SCENARIO_ERR], text[256];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(text, sizeof(text), "summary: a\nwhy: b\nexpect: {lost: 0}\n%s\n",
			 bad[i].text);
		assert_int_equal(scenario_parse("x.yaml", text, strlen(text), &s, err, sizeof(err)),
				 -EINVAL);
		if (strncmp(err, bad[i].error, strlen(bad[i].error)))
			fail_msg("'%s' is not '%s'", err, bad[i].error);
	}
}

static void test_names(void **state)
{
	static const char *const names[] = {
		"X.yaml",   ".yaml",    "a.yml",
		"a b.yaml", "-a.yaml",  "a_b.yaml",
		"quiet",    "../.yaml", "a234567890123456789012345678901234.yaml"};
	struct pb_scenario s;
	char err[PB_SCENARIO_ERR];

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		assert_int_equal(scenario_parse(names[i], "a: b", 4, &s, err, sizeof(err)),
				 -EINVAL);
		assert_non_null(strstr(err, "not a scenario's name"));
	}
}

static void test_bombs(void **state)
{
	static char text[YDOC_MAX_SIZE + 1];
	struct pb_scenario s;
	char err[PB_SCENARIO_ERR];

	(void)state;
	memset(text, 'a', sizeof(text));
	assert_int_equal(scenario_parse("x.yaml", text, sizeof(text), &s, err, sizeof(err)),
			 -EFBIG);
	memset(text, '[', sizeof(text));
	assert_int_equal(scenario_parse("x.yaml", text, YDOC_MAX_SIZE, &s, err, sizeof(err)),
			 -EINVAL);
	assert_non_null(strstr(err, "nested deeper"));
	for (size_t i = 1; i + 1 < sizeof(text); i += 2)
		memcpy(text + i, "a,", 2);
	text[0] = '[';
	assert_int_equal(scenario_parse("x.yaml", text, YDOC_MAX_SIZE, &s, err, sizeof(err)),
			 -EINVAL);
	assert_non_null(strstr(err, "more than 4096 values"));
	assert_int_equal(scenario_parse("x.yaml", "", 0, &s, err, sizeof(err)), -EINVAL);
	assert_string_equal(err, "x.yaml: empty");
}

/* An error line never leaves its buffer, however small. */
static void test_short_line(void **state)
{
	struct pb_scenario s;
	char err[8];

	(void)state;
	for (size_t size = 1; size <= sizeof(err); size++) {
		memset(err, '#', sizeof(err));
		scenario_parse("x.yaml", "a: b", 4, &s, err, size);
		assert_true(strlen(err) < size);
	}
}

static void test_set(void **state)
{
	static const struct {
		const char *text, *error;
	} bad[] = {
		{"summary: a\nscenarios: []\n", "s.yaml:2: scenarios must be a list"},
		{"summary: a\nscenarios: x\n", "s.yaml:2: scenarios must be a list"},
		{"summary: a\nscenarios:\n  - x\n  - x\n", "s.yaml:4: 'x' is named twice"},
		{"summary: a\nscenarios:\n  - ../x\n", "s.yaml:3: '../x' is not a scenario's name"},
		{"scenarios: [x]\n", "s.yaml:1: no field 'summary'"},
		{"summary: a\n", "s.yaml:1: no field 'scenarios'"},
	};
	static const char text[] = "summary: a\nscenarios:\n  - x\n  - y\n";
	struct pb_scenario_set set;
	char err[PB_SCENARIO_ERR];

	(void)state;
	assert_int_equal(scenario_set_parse("s.yaml", text, strlen(text), &set, err, sizeof(err)),
			 0);
	assert_int_equal(set.nr, 2);
	assert_string_equal(set.scenario[1], "y");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(scenario_set_parse("s.yaml", bad[i].text, strlen(bad[i].text),
						    &set, err, sizeof(err)),
				 -EINVAL);
		if (strncmp(err, bad[i].error, strlen(bad[i].error)))
			fail_msg("'%s' is not '%s'", err, bad[i].error);
	}
}

static void test_limits(void **state)
{
	struct pb_limits lab, none;
	struct pb_scenario s;
	struct pb_plan plan;
	char err[PB_SCENARIO_ERR];

	(void)state;
	assert_int_equal(parse(0, NULL, &s, err), 0);
	assert_int_equal(scenario_limits("moon", 0, &none), -EINVAL);
	assert_int_equal(scenario_limits("lab", 0, &lab), 0);
	assert_int_equal(scenario_to_plan(&s, 7, &lab, &plan, err, sizeof(err)), -EOPNOTSUPP);
	assert_string_equal(err, "needs 3 CPUs: 2 for its vCPUs and one for control; the machine "
				 "has 2");
	s.vcpus_per_cpu = 2;
	assert_int_equal(scenario_to_plan(&s, 7, &lab, &plan, err, sizeof(err)), 0);
	assert_int_equal(plan.vcpu_cpu[1], 0);
	assert_int_equal(plan.control_cpu, 1);
	assert_int_equal(plan.seed, 7);
	assert_int_equal(plan_check(&plan, sizeof(plan), err, sizeof(err)), 0);
	lab.functions = 1;
	assert_int_equal(scenario_to_plan(&s, 7, &lab, &plan, err, sizeof(err)), -EOPNOTSUPP);
	assert_non_null(strstr(err, "needs 2 functions that post"));
	lab.functions = 2;
	lab.aims = false;
	assert_int_equal(scenario_to_plan(&s, 7, &lab, &plan, err, sizeof(err)), -EOPNOTSUPP);
	assert_non_null(strstr(err, "source 0 is aimed at instants of the PID (sn-set)"));
}

/* A vCPU migrates to a CPU of no other vCPU: a free one, or control's. */
static void test_migration_is_placed(void **state)
{
	struct pb_limits lab;
	struct pb_scenario s;
	struct pb_plan plan;
	char err[PB_SCENARIO_ERR];

	(void)state;
	assert_int_equal(
		parse(27, "  - {kind: migrate, vcpu: 1, period: 1ms, jitter: 1ms}", &s, err), 0);
	s.vcpus_per_cpu = 2;
	for (uint32_t cpus = 2; cpus <= 4; cpus++) {
		assert_int_equal(scenario_limits("lab", cpus, &lab), 0);
		if (scenario_to_plan(&s, 7, &lab, &plan, err, sizeof(err)))
			fail_msg("%s", err);
		assert_int_equal(plan.squeezer[0].cpu, 1);
		assert_int_equal(plan.squeezer[1].cpu, 0);
		assert_int_equal(plan.control_cpu, cpus - 1);
	}
	s.vcpus_per_cpu = 1;
	assert_int_equal(scenario_to_plan(&s, 7, &lab, &plan, err, sizeof(err)), 0);
	assert_int_equal(plan.squeezer[0].cpu, 2);
}

/* What a kind must have and the file left out. */
static void test_squeezer_defaults(void **state)
{
	struct pb_scenario s;
	char err[PB_SCENARIO_ERR];

	(void)state;
	assert_int_equal(parse(27,
			       "  - {kind: preempt, period: 1ms, width: 1us}\n"
			       "  - {kind: overcommit}",
			       &s, err),
			 0);
	assert_int_equal(s.plan.squeezer[0].rt_priority, 1);
	assert_int_equal(s.plan.squeezer[0].width_us, 1);
	assert_int_equal(s.plan.squeezer[1].threads, 1);
}

/* Rings are as large as the posts need, unless the file says how large. */
static void test_default_events(void **state)
{
	struct pb_scenario s;
	char err[PB_SCENARIO_ERR];

	(void)state;
	assert_int_equal(parse(0, NULL, &s, err), 0); /* 27 posts */
	assert_int_equal(s.plan.event_capacity, 2048);
	assert_int_equal(parse(25, "    count: 1000", &s, err), 0);
	assert_int_equal(s.plan.event_capacity, 8192);
	assert_int_equal(parse(25, "    count: 1000000", &s, err), 0);
	assert_int_equal(s.plan.event_capacity, 16384);
	assert_int_equal(parse(12, "events: 16", &s, err), 0);
	assert_int_equal(s.plan.event_capacity, 16);
}

/* A kick needs a function of its own, beside the sources'. */
static void test_kick(void **state)
{
	struct pb_limits lab, null;
	struct pb_scenario s;
	struct pb_plan plan;
	char err[PB_SCENARIO_ERR];

	(void)state;
	assert_int_equal(
		parse(27, "  - {kind: kick, width: 100us, device: '0000:00:11.0'}", &s, err), 0);
	assert_int_equal(s.plan.squeezer[0].rt_priority, 1);
	assert_int_equal(s.plan.squeezer[0].period_us, 0);
	assert_string_equal(s.plan.squeezer[0].device, "0000:00:11.0");
	s.vcpus_per_cpu = 2;
	assert_int_equal(scenario_limits("lab", 0, &lab), 0);
	assert_int_equal(scenario_limits("null", 0, &null), 0);
	/* The example has two sources, the lab two functions. */
	assert_int_equal(scenario_to_plan(&s, 7, &lab, &plan, err, sizeof(err)), -EOPNOTSUPP);
	assert_non_null(strstr(err, "needs 3 functions that post, one for each source and each "
				    "kick; the machine has 2"));
	assert_int_equal(scenario_to_plan(&s, 7, &null, &plan, err, sizeof(err)), 0);
	assert_int_equal(parse(27, "  - {kind: pin, device: '0000:00:11.0'}", &s, err), -EINVAL);
	assert_non_null(strstr(err, "device is given, must be empty unless the squeezer is kick"));
}

static void test_period_is_drawn(void **state)
{
	struct pb_limits null;
	struct pb_scenario s;
	struct pb_plan plan, again;
	char err[PB_SCENARIO_ERR];
	bool seen[11] = {false};

	assert_int_equal(parse(24, "    period: 500us..510 us", &s, err), 0);
	s.vcpus_per_cpu = 2;
	assert_int_equal(scenario_limits("null", 0, &null), 0);
	for (uint64_t seed = 0; seed < 200; seed++) {
		assert_int_equal(scenario_to_plan(&s, seed, &null, &plan, err, sizeof(err)), 0);
		assert_int_equal(scenario_to_plan(&s, seed, &null, &again, err, sizeof(err)), 0);
		assert_memory_equal(&plan, &again, sizeof(plan));
		assert_in_range(plan.source[1].period_us, 500, 510);
		assert_int_equal(plan.source[0].period_us, 0);
		seen[plan.source[1].period_us - 500] = true;
	}
	for (size_t i = 0; i < 11; i++)
		assert_true(seen[i]);
	(void)state;
}

static void test_seeds(void **state)
{
	(void)state;
	assert_int_equal(scenario_branch_seed(0x1234, 0), 0x1234);
	assert_int_not_equal(scenario_branch_seed(0x1234, 1), 0x1234);
	assert_int_not_equal(scenario_branch_seed(0x1234, 1), scenario_branch_seed(0x1234, 2));
	assert_int_equal(scenario_branch_seed(0x1234, 2), scenario_branch_seed(0x1234, 2));
}

/* What the project ships can be run in the lab, all of it; every set's scenarios exist. */
static void test_shipped(void **state)
{
	struct pb_scenario_set *set;
	struct pb_scenario *s, one;
	struct pb_limits lab;
	struct pb_plan plan;
	char err[PB_SCENARIO_ERR];
	size_t nr, sets;

	(void)state;
	assert_int_equal(scenario_limits("lab", 0, &lab), 0);
	if (scenario_list("configs", &s, &nr, err, sizeof(err)))
		fail_msg("%s", err);
	assert_true(nr >= 4);
	for (size_t i = 0; i < nr; i++)
		if (scenario_to_plan(&s[i], 1, &lab, &plan, err, sizeof(err)))
			fail_msg("%s: %s", s[i].path, err);
	free(s);
	if (scenario_set_list("configs", &set, &sets, err, sizeof(err)))
		fail_msg("%s", err);
	assert_true(sets >= 1);
	for (size_t i = 0; i < sets; i++)
		for (size_t k = 0; k < set[i].nr; k++)
			if (scenario_load("configs", set[i].scenario[k], &one, err, sizeof(err)))
				fail_msg("%s: %s", set[i].name, err);
	free(set);
}

static void test_load(void **state)
{
	struct pb_scenario s;
	struct pb_scenario_set set;
	char err[PB_SCENARIO_ERR], tiny[24];

	(void)state;
	assert_int_equal(scenario_load("configs", "nosuch", &s, err, sizeof(err)), -ENOENT);
	assert_non_null(strstr(err, "no scenario 'nosuch' in configs/scenarios; there are: "));
	assert_non_null(strstr(err, "quiet"));
	assert_int_equal(scenario_load("configs", "nosuch", &s, tiny, sizeof(tiny)), -ENOENT);
	assert_true(strlen(tiny) < sizeof(tiny));
	assert_int_equal(scenario_load("configs", "./nosuch", &s, err, sizeof(err)), -ENOENT);
	assert_string_equal(err, "./nosuch: No such file or directory");
	assert_int_equal(scenario_load("configs", "/", &s, err, sizeof(err)), -EINVAL);
	assert_non_null(strstr(err, "not a regular file"));
	assert_int_equal(scenario_load("nosuch", "x", &s, err, sizeof(err)), -ENOENT);
	assert_int_equal(
		scenario_load("configs", "configs/scenarios/quiet.yaml", &s, err, sizeof(err)), 0);
	assert_string_equal(s.name, "quiet");
	assert_int_equal(scenario_set_load("configs", "smoke", &set, err, sizeof(err)), 0);
	assert_int_equal(scenario_set_load("configs", "nosuch", &set, err, sizeof(err)), -ENOENT);
	assert_non_null(strstr(err, "smoke"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_bombs),
		cmocka_unit_test(test_short_line),
		cmocka_unit_test(test_set),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_seeds),
		cmocka_unit_test(test_period_is_drawn),
		cmocka_unit_test(test_migration_is_placed),
		cmocka_unit_test(test_squeezer_defaults),
		cmocka_unit_test(test_kick),
		cmocka_unit_test(test_default_events),
		cmocka_unit_test(test_shipped),
		cmocka_unit_test(test_load),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
