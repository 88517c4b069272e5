// SPDX-License-Identifier: LGPL-2.1-or-later
/* What only a Linux guest has: in a plan, in a scenario file. */
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

static void linux_plan(struct pb_plan *plan)
{
	example_plan(plan);
	plan->vmm = PB_VMM_LINUX;
	plan->drain_us = 1500000;
	plan->guest = (struct pb_plan_guest){.memory_mib = 128,
					     .io_timeout_us = 1000000,
					     .stall_us = 100000,
					     .build_id = "0123abcd"};
	plan->source[0] = (struct pb_plan_source){.kind = PB_SOURCE_NVME,
						  .vectors = 2,
						  .count = 40,
						  .depth = 1,
						  .schedule = PB_SCHED_SERVED,
						  .service = PB_SERVICE_FIXED,
						  .period_us = 300};
	memset(&plan->source[1], 0, sizeof(plan->source[1]));
	plan->nr_sources = 1;
	plan_seal(plan);
}

static void nic_plan(struct pb_plan *plan)
{
	linux_plan(plan);
	plan->vcpus = 1;
	plan->vcpu_cpu[1] = 0;
	plan->squeezer[1].vcpu = 0;
	plan->source[0] = (struct pb_plan_source){.kind = PB_SOURCE_NIC,
						  .vectors = 1,
						  .count = 40,
						  .schedule = PB_SCHED_PERIODIC,
						  .period_us = 300};
	plan_seal(plan);
}

static void assert_refused(struct pb_plan *plan, const char *says)
{
	char err[200] = "";

	plan_seal(plan);
	if (plan_check(plan, sizeof(*plan), err, sizeof(err)) != -EINVAL)
		fail_msg("passed; must say '%s'", says);
	if (!strstr(err, says))
		fail_msg("'%s' does not say '%s'", err, says);
	linux_plan(plan);
}

static void test_plan_good(void **state)
{
	struct pb_plan plan;
	char err[200] = "";

	(void)state;
	linux_plan(&plan);
	if (plan_check(&plan, sizeof(plan), err, sizeof(err)))
		fail_msg("%s", err);
	plan.guest.build_id[0] = '\0';
	memset(plan.guest.build_id, 0, sizeof(plan.guest.build_id));
	plan_seal(&plan);
	assert_int_equal(plan_check(&plan, sizeof(plan), err, sizeof(err)), 0);
}

static void test_plan_bad(void **state)
{
	struct pb_plan p;

	(void)state;
	linux_plan(&p);
	p.guest.memory_mib = PB_PLAN_MIN_MEMORY - 1;
	assert_refused(&p, "memory_mib is 31");
	p.guest.memory_mib = PB_PLAN_MAX_MEMORY + 1;
	assert_refused(&p, "memory_mib is 4097");
	p.guest.io_timeout_us = 0;
	assert_refused(&p, "io_timeout_us is 0");
	p.guest.io_timeout_us = PB_PLAN_MAX_TIMEOUT + 1000000;
	assert_refused(&p, "io_timeout_us is 61000000");
	p.guest.io_timeout_us = 1500000;
	assert_refused(&p, "must be whole seconds");
	p.guest.stall_us = 0;
	assert_refused(&p, "stall_us");
	p.guest.stall_us = 1000001;
	assert_refused(&p, "stall_us");
	p.guest.reserved = 1;
	assert_refused(&p, "reserved");
	p.guest.build_id[0] = 'x';
	assert_refused(&p, "build_id is not hexadecimal");
	memset(p.guest.build_id, 'a', sizeof(p.guest.build_id));
	assert_refused(&p, "build_id");
	p.guest_mode = PB_GUEST_HALT;
	assert_refused(&p, "guest_mode is halt");
	p.drain_us = 999999;
	assert_refused(&p, "drain_us is 999999, must be at least io_timeout_us");
	p.source[0] = (struct pb_plan_source){
		.kind = PB_SOURCE_POSTER, .vectors = 1, .count = 1, .schedule = PB_SCHED_SINGLE};
	assert_refused(&p, "source 0: kind is poster, must be nvme or nic");
	p.source[0].vcpu = 1;
	assert_refused(&p, "source 0: vcpu is 1");
	p.source[0].vectors = 4;
	assert_refused(&p, "source 0: vectors (queues; Linux has one for each vCPU) is 4");
	nic_plan(&p);
	p.source[0].vectors = 2;
	assert_refused(&p, "source 0: vectors is 2 and vcpus 1, both must be 1");
	nic_plan(&p);
	p.vcpus = 2;
	assert_refused(&p, "source 0: vectors is 1 and vcpus 2, both must be 1");
	p.vmm = PB_VMM_MINI;
	assert_refused(&p, "guest (of a vmm that is not linux) must be zero");
}

/* A NIC has no timeout of the driver's to wait for. */
static void test_plan_nic_only(void **state)
{
	struct pb_plan p;
	char err[200] = "";

	(void)state;
	nic_plan(&p);
	p.drain_us = 1000;
	plan_seal(&p);
	if (plan_check(&p, sizeof(p), err, sizeof(err)))
		fail_msg("%s", err);
}

#define HEAD "summary: a\nwhy: b\nexpect: {lost: 0}\n"
#define TAIL                                                                          \
	"sources: [{kind: nvme, schedule: served, count: 8, service: fixed, period: " \
	"1ms}]\n"

static int parse(const char *text, struct pb_scenario *s, char err[PB_SCENARIO_ERR])
{
	return scenario_parse("x.yaml", text, strlen(text), s, err, PB_SCENARIO_ERR);
}

static void test_scenario(void **state)
{
	struct pb_scenario s;
	char err[PB_SCENARIO_ERR];

	(void)state;
	if (parse(HEAD "vmm: linux\nguest: {kernel: k, memory: 64, vcpus: 2, stall: 50ms, "
		       "io_timeout: 2s}\n" TAIL,
		  &s, err))
		fail_msg("%s", err);
	assert_int_equal(s.plan.vmm, PB_VMM_LINUX);
	assert_string_equal(s.guest_kernel, "k");
	assert_int_equal(s.plan.guest.memory_mib, 64);
	assert_int_equal(s.plan.guest.io_timeout_us, 2000000);
	assert_int_equal(s.plan.guest.stall_us, 50000);
	assert_int_equal(s.plan.vcpus, 2);
	assert_int_equal(s.plan.drain_us, 3500000);
	if (parse(HEAD "vmm: linux\nguest: {kernel: k}\ndrain: 3s\n" TAIL, &s, err))
		fail_msg("%s", err);
	assert_int_equal(s.plan.guest.memory_mib, 128);
	assert_int_equal(s.plan.guest.io_timeout_us, 1000000);
	assert_int_equal(s.plan.guest.stall_us, 100000);
	assert_int_equal(s.plan.drain_us, 3000000);
	if (parse(HEAD TAIL, &s, err))
		fail_msg("%s", err);
	assert_int_equal(s.plan.guest.memory_mib, 0);
	assert_string_equal(s.guest_kernel, "");
}

static void test_scenario_bad(void **state)
{
	static const struct {
		const char *text, *error;
	} bad[] = {
		{"vmm: linux\n" TAIL, "x.yaml:4: vmm is linux, but the guest has no 'kernel'"},
		{"vmm: linux\nguest: {vcpus: 1}\n" TAIL,
		 "x.yaml:5: vmm is linux, but the guest has no 'kernel'"},
		{"vmm: linux\nguest:\n  kernel: k\n  mode: spin\n" TAIL,
		 "x.yaml:7: mode is given, which a Linux guest has not"},
		{"vmm: linux\nguest:\n  kernel: k\n  tick: 1ms\n" TAIL, "x.yaml:7: tick is given"},
		{"guest:\n  kernel: k\n" TAIL, "x.yaml:5: kernel is given, but vmm is not linux"},
		{"guest:\n  memory: 64\n" TAIL, "x.yaml:5: memory is given, but vmm is not linux"},
		{"guest:\n  io_timeout: 1s\n" TAIL, "x.yaml:5: io_timeout is given, but vmm"},
		{"guest:\n  stall: 1ms\n" TAIL, "x.yaml:5: stall is given, but vmm is not linux"},
		{"vmm: linux\nguest:\n  kernel: k\n  memory: 16\n" TAIL,
		 "x.yaml:7: memory is '16'; must be a whole number, 32 to 4096"},
		{"vmm: linux\nguest:\n  kernel: k\n  io_timeout: 1500ms\n" TAIL,
		 "x.yaml:7: io_timeout (us) is 1500000; must be whole seconds"},
		{"vmm: linux\nguest:\n  kernel: k\n  stall: 2s\n" TAIL,
		 "x.yaml:7: stall (us) is 2000000; must be at most io_timeout, 1000000"},
		{"vmm: linux\ndrain: 20ms\nguest:\n  kernel: k\n" TAIL,
		 "x.yaml:5: drain (us) is 20000; must be at least io_timeout"},
		{"vmm: linux\nguest: {kernel: k}\nsources:\n  - kind: poster\n    schedule: "
		 "single\n    count: 1\n",
		 "x.yaml:7: kind is poster, must be nvme or nic with vmm linux"},
	};
	struct pb_scenario s;
	char err[PB_SCENARIO_ERR], text[512];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(text, sizeof(text), HEAD "%s", bad[i].text);
		assert_int_equal(parse(text, &s, err), -EINVAL);
		if (strncmp(err, bad[i].error, strlen(bad[i].error)) != 0)
			fail_msg("'%s' is not '%s'", err, bad[i].error);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plan_good),     cmocka_unit_test(test_plan_bad),
		cmocka_unit_test(test_plan_nic_only), cmocka_unit_test(test_scenario),
		cmocka_unit_test(test_scenario_bad),
	};

	return cmocka_run_group_tests_name("plan_guest", tests, NULL, NULL);
}
