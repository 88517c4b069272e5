// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "event/run.h"
#include "exec/exec.h"
#include "exec/fakes.h"
#include "plan/example.h"
#include "plan/plan.h"
#include "util/clock.h"

static struct pb_run *carry_out(const struct pb_plan *plan, const struct exec_env *env)
{
	struct pb_run *run = exec_plan(plan, sizeof(*plan), env);
	char err[200];

	assert_non_null(run);
	if (run_check(run, run_size(run->nr_events), plan, err, sizeof(err)))
		fail_msg("%s", err);
	assert_int_equal(run->plan_crc, plan->crc);
	return run;
}

static unsigned int count(const struct pb_run *run, enum pb_event_kind kind)
{
	unsigned int n = 0;

	for (uint64_t i = 0; i < run->nr_events; i++)
		n += run_events(run)[i].kind == kind;
	return n;
}

static uint64_t phase_at(const struct pb_run *run, enum pb_phase phase)
{
	for (uint64_t i = 0; i < run->nr_events; i++)
		if (run_events(run)[i].kind == PB_EV_PHASE && run_events(run)[i].arg == phase)
			return run_events(run)[i].tsc;
	return 0;
}

static void assert_nothing_left(void)
{
	assert_int_equal(fakes.vmms, 0);
	assert_int_equal(fakes.running, 0);
	assert_int_equal(fakes.sources, 0);
	assert_int_equal(fakes.squeezers, 0);
	assert_false(fakes.late_post);
}

static void test_null_ladder(void **state)
{
	struct pb_plan plan;
	struct pb_run *run, *again;
	uint64_t last = 0;

	(void)state;
	example_null_plan(&plan);
	run = carry_out(&plan, NULL);
	assert_int_equal(run->status, PB_RUN_OK);
	assert_int_equal(run->posted, 320);
	assert_int_equal(count(run, PB_EV_POST), 320);
	assert_int_equal(count(run, PB_EV_PHASE), 5);
	assert_int_equal(count(run, PB_EV_ISR), run->isr);
	assert_int_equal(run->lost, 0);
	assert_int_equal(run->tsc_khz, PB_CLOCK_VIRTUAL_KHZ);
	assert_true(run->release[0]);
	for (int p = PB_PHASE_START; p <= PB_PHASE_STOP; p++) {
		assert_true(phase_at(run, p) >= last);
		last = phase_at(run, p);
	}
	for (uint64_t i = 0; i < run->nr_events; i++)
		if (run_events(run)[i].kind == PB_EV_POST) {
			assert_true(run_events(run)[i].tsc >= phase_at(run, PB_PHASE_MEASURE));
			assert_true(run_events(run)[i].tsc <= phase_at(run, PB_PHASE_DRAIN));
		}
	/* It ends when the sources are done, and drains as long as planned. */
	assert_true(phase_at(run, PB_PHASE_DRAIN) - phase_at(run, PB_PHASE_MEASURE) <
		    301 * 1000000ull);
	assert_true(phase_at(run, PB_PHASE_STOP) - phase_at(run, PB_PHASE_DRAIN) >= 10 * 1000000u);
	again = carry_out(&plan, NULL);
	assert_memory_equal(run, again, run_size(run->nr_events));
	free(again);
	free(run);
}

static void test_bad_plan(void **state)
{
	struct pb_plan plan;
	struct pb_run *run;

	(void)state;
	example_null_plan(&plan);
	plan.vcpus = 0;
	plan_seal(&plan);
	run = exec_plan(&plan, sizeof(plan), NULL);
	assert_int_equal(run->status, PB_RUN_ERROR);
	assert_non_null(strstr(run->reason, "vcpus is 0"));
	free(run);
	run = exec_plan("garbage", 7, NULL);
	assert_int_equal(run->status, PB_RUN_ERROR);
	assert_int_equal(run_check(run, sizeof(*run), NULL, (char[9]){0}, 9), 0);
	free(run);
}

/* Every operation that can fail, and what must have happened before it. */
static const struct {
	const char *op;
	unsigned int after;
	bool collected;
} failures[] = {
	{"vmm.find", 0, false},       {"vmm.create", 0, false},     {"vmm.attach", 0, false},
	{"vmm.attach", 1, false},     {"vmm.start", 0, false},      {"source.find", 1, false},
	{"source.open", 0, false},    {"source.open", 1, false},    {"squeezer.find", 0, false},
	{"squeezer.start", 0, false}, {"squeezer.start", 1, false}, {"source.arm", 0, false},
	{"source.arm", 1, false},     {"source.done", 0, false},    {"source.done", 7, false},
	{"vmm.drain", 0, false},      {"vmm.stop", 0, false},       {"vmm.collect", 0, true},
};

static void test_every_rung_fails(void **state)
{
	static const struct {
		int error;
		enum pb_run_status status;
	} kinds[] = {{-EIO, PB_RUN_ERROR},   {-EINVAL, PB_RUN_ERROR},    {-ENOMEM, PB_RUN_ERROR},
		     {-ENODEV, PB_RUN_SKIP}, {-EPERM, PB_RUN_SKIP},      {-EACCES, PB_RUN_SKIP},
		     {-ENOENT, PB_RUN_SKIP}, {-EOPNOTSUPP, PB_RUN_SKIP}, {-ENOSYS, PB_RUN_SKIP}};
	struct pb_plan plan;

	(void)state;
	example_null_plan(&plan);
	for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++)
		for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
			struct exec_env env = fakes_init();
			struct pb_run *run;

			fakes.fail = failures[i].op;
			fakes.error = kinds[k].error;
			fakes.after = failures[i].after;
			run = carry_out(&plan, &env);
			assert_nothing_left();
			/* Where the guest may be at fault its report is asked for. */
			assert_int_equal(fakes.collects,
					 failures[i].collected ||
						 (!strcmp(failures[i].op, "vmm.start") &&
						  kinds[k].error == -EIO));
			if (!strstr(failures[i].op, "find")) {
				assert_int_equal(run->status, kinds[k].status);
				if (!strstr(run->reason, failures[i].op))
					fail_msg("%s: '%s'", failures[i].op, run->reason);
			} else {
				assert_int_equal(run->status, PB_RUN_SKIP);
			}
			free(run);
		}
}

static void test_fakes_alone(void **state)
{
	struct exec_env env = fakes_init();
	struct pb_plan plan;
	struct pb_run *run;

	(void)state;
	example_null_plan(&plan);
	run = carry_out(&plan, &env);
	assert_int_equal(run->status, PB_RUN_OK);
	assert_nothing_left();
	assert_int_equal(fakes.drains, 1);
	assert_int_equal(fakes.collects, 1);
	free(run);
}

/* A guest that is gone is stopped, not drained, and what it left is collected. */
static void test_guest_gone(void **state)
{
	struct pb_plan plan;

	(void)state;
	example_null_plan(&plan);
	for (int report = PB_RUN_OK; report <= PB_RUN_GUEST_WILD; report++) {
		struct exec_env env = fakes_init();
		struct pb_run *run;

		if (report != PB_RUN_OK && report < PB_RUN_GUEST_HUNG)
			continue;
		fakes.fail = "vmm.check";
		fakes.error = -EIO;
		fakes.after = 20;
		fakes.report = report;
		run = carry_out(&plan, &env);
		assert_nothing_left();
		assert_int_equal(fakes.drains, 0);
		assert_int_equal(fakes.collects, 1);
		assert_in_range(count(run, PB_EV_POST), 1, 100);
		assert_int_equal(run->posted, count(run, PB_EV_POST));
		assert_int_equal(run->status, report ? report : PB_RUN_GUEST_HUNG);
		assert_non_null(strstr(run->reason, report ? "the report says so" : "vmm.check"));
		free(run);
	}
}

/* One that is at fault before it has started says so too; a machine that cannot is no guest. */
static void test_guest_gone_at_start(void **state)
{
	struct pb_plan plan;

	(void)state;
	example_null_plan(&plan);
	for (int report = PB_RUN_OK; report <= PB_RUN_GUEST_WILD; report++) {
		struct exec_env env = fakes_init();
		struct pb_run *run;

		if (report != PB_RUN_OK && report < PB_RUN_GUEST_HUNG)
			continue;
		fakes.fail = "vmm.start";
		fakes.error = -EIO;
		fakes.report = report;
		run = carry_out(&plan, &env);
		assert_nothing_left();
		assert_int_equal(fakes.drains, 0);
		assert_int_equal(fakes.collects, 1);
		assert_int_equal(run->status, report ? report : PB_RUN_ERROR);
		assert_string_equal(run->reason, report ? "guest: the report says so"
							: "vmm: vmm.start failed as told");
		assert_int_equal(run->nr_events, 0);
		free(run);
	}
}

/* A signal, at any moment: before the first rung, while measuring, while draining. */
static void test_stopped(void **state)
{
	static const unsigned int after[] = {0, 1, 30, 310, 605};
	struct pb_plan plan;

	(void)state;
	example_null_plan(&plan);
	for (size_t i = 0; i < sizeof(after) / sizeof(after[0]); i++) {
		struct exec_env env = fakes_init();
		struct pb_run *run;

		fakes.stop_after = after[i];
		fakes.stop = !after[i];
		run = carry_out(&plan, &env);
		assert_int_equal(run->status, PB_RUN_ERROR);
		assert_string_equal(run->reason, "executor: stopped by a signal");
		assert_int_equal(fakes.collects, 0);
		assert_int_equal(fakes.drains, after[i] > 600);
		assert_nothing_left();
		free(run);
	}
}

static void test_timeout(void **state)
{
	struct exec_env env = fakes_init();
	struct pb_plan plan;
	struct pb_run *run;

	(void)state;
	example_null_plan(&plan);
	plan.measure_us = 50000;
	plan_seal(&plan);
	fakes.never_done = true;
	run = carry_out(&plan, &env);
	assert_int_equal(run->status, PB_RUN_TIMEOUT);
	assert_non_null(strstr(run->reason, "of 320 posts"));
	assert_nothing_left();
	assert_int_equal(fakes.drains, 1);
	assert_int_equal(fakes.collects, 1);
	assert_true(count(run, PB_EV_POST) > 50);
	free(run);
}

/* More events than a ring holds: counted, not forgotten. */
static void test_lost_is_counted(void **state)
{
	struct pb_plan plan;
	struct pb_run *run;

	(void)state;
	example_null_plan(&plan);
	plan.event_capacity = 100;
	plan_seal(&plan);
	run = carry_out(&plan, NULL);
	assert_int_equal(run->posted, 320);
	assert_int_equal(count(run, PB_EV_POST), 120);
	assert_int_equal(run->lost, 200);
	free(run);
}

static void test_no_sources(void **state)
{
	struct pb_plan plan;
	struct pb_run *run;

	(void)state;
	example_null_plan(&plan);
	plan.nr_sources = 0;
	memset(plan.source, 0, sizeof(plan.source));
	plan.measure_us = 1000;
	plan_seal(&plan);
	run = carry_out(&plan, NULL);
	assert_int_equal(run->status, PB_RUN_OK);
	assert_int_equal(phase_at(run, PB_PHASE_DRAIN) - phase_at(run, PB_PHASE_MEASURE), 1000000);
	free(run);
}

/* Each kick has a function of its own, behind those of the sources; nobody else has one. */
static void test_kicks(void **state)
{
	const struct pb_plan_squeezer kick = {
		.kind = PB_SQUEEZER_KICK, .rt_priority = 1, .period_us = 1000, .width_us = 100};
	struct exec_env env = fakes_init();
	struct pb_plan plan;
	struct pb_run *run;

	(void)state;
	example_null_plan(&plan);
	plan.nr_squeezers = 4;
	plan.squeezer[1] = plan.squeezer[3] = kick;
	plan_seal(&plan);
	run = carry_out(&plan, &env);
	assert_int_equal(run->status, PB_RUN_OK);
	assert_null(fakes.with[0]);
	assert_ptr_equal(fakes.with[1], &fakes.host[2]);
	assert_null(fakes.with[2]);
	assert_ptr_equal(fakes.with[3], &fakes.host[3]);
	assert_nothing_left();
	free(run);
	env = fakes_init();
	fakes.fail = "vmm.attach_host";
	fakes.error = -EIO;
	fakes.after = 1;
	run = carry_out(&plan, &env);
	assert_int_equal(run->status, PB_RUN_ERROR);
	assert_non_null(strstr(run->reason, "vmm.attach_host"));
	assert_nothing_left();
	free(run);
	/* The null VMM has none to give: a skip that says so. */
	run = carry_out(&plan, NULL);
	assert_int_equal(run->status, PB_RUN_SKIP);
	assert_non_null(strstr(run->reason, "kick: this VMM gives it no function"));
	free(run);
}

/*
 * Where the machine ends with the run, what is up stays up; but only behind a run
 * that is whole, and squeezers and posts have come to their end in any case.
 */
static void test_machine_ends(void **state)
{
	struct pb_run *run, *other;
	struct exec_env env;
	struct pb_plan plan;

	(void)state;
	example_null_plan(&plan);
	env = fakes_init();
	env.ends = true;
	run = carry_out(&plan, &env);
	assert_int_equal(run->status, PB_RUN_OK);
	assert_int_equal(fakes.vmms, 1);
	assert_int_equal(fakes.running, 0);
	assert_int_equal(fakes.sources, 2);
	assert_int_equal(fakes.disarms, 2);
	assert_int_equal(fakes.squeezers, 0);
	fakes_leave();
	/* Of the run nobody can tell. */
	other = carry_out(&plan, NULL);
	assert_memory_equal(run, other, run_size(run->nr_events));
	free(other);
	free(run);
	for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++) {
		env = fakes_init();
		env.ends = true;
		fakes.fail = failures[i].op;
		fakes.error = -EIO;
		fakes.after = failures[i].after;
		run = carry_out(&plan, &env);
		assert_int_not_equal(run->status, PB_RUN_OK);
		assert_nothing_left();
		free(run);
	}
}

/* A squeezer that failed on the way may have lost interrupts itself: no run. */
static void test_squeezer_failed(void **state)
{
	struct exec_env env = fakes_init();
	struct pb_plan plan;
	struct pb_run *run;

	(void)state;
	example_null_plan(&plan);
	fakes.fail = "squeezer.stop";
	fakes.error = -EIO;
	fakes.after = 1;
	fakes.marks = true;
	run = carry_out(&plan, &env);
	assert_int_equal(run->status, PB_RUN_ERROR);
	assert_string_equal(run->reason, "squeezer: squeezer.stop failed as told");
	assert_nothing_left();
	/* Squeezers 0 and 1. */
	assert_int_equal(fakes.begins, 3);
	assert_int_equal(fakes.ends, 3);
	free(run);
}

/* On a machine that lacks what a real plan wants: a skip that says what, and nothing is moved. */
static void test_real_plan_here(void **state)
{
	cpu_set_t before, after;
	struct exec_env env = {.sysfs = "/nonesuch"};
	struct pb_plan plan;
	struct pb_run *run;

	(void)state;
	example_plan(&plan);
	memset(plan.source[1].device, 0, sizeof(plan.source[1].device));
	plan.vcpu_cpu[1] = PB_PLAN_MAX_CPU - 1;
	plan_seal(&plan);
	sched_getaffinity(0, sizeof(before), &before);
	run = carry_out(&plan, &env);
	assert_int_equal(run->status, PB_RUN_SKIP);
	assert_non_null(strstr(run->reason, "CPU 4095"));
	free(run);

	for (uint32_t i = 0; i < CPU_SETSIZE; i++)
		if (CPU_ISSET(i, &before))
			plan.vcpu_cpu[0] = plan.vcpu_cpu[1] = plan.control_cpu = i;
	plan_seal(&plan);
	run = carry_out(&plan, &env);
	assert_int_equal(run->status, PB_RUN_SKIP);
	/* No poster; or, where perf is not allowed, that comes first. */
	assert_true(strstr(run->reason, "1b36:7001") || strstr(run->reason, "perf"));
	free(run);
	sched_getaffinity(0, sizeof(after), &after);
	assert_true(CPU_EQUAL(&before, &after));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_null_ladder),  cmocka_unit_test(test_bad_plan),
		cmocka_unit_test(test_fakes_alone),  cmocka_unit_test(test_every_rung_fails),
		cmocka_unit_test(test_guest_gone),   cmocka_unit_test(test_stopped),
		cmocka_unit_test(test_timeout),      cmocka_unit_test(test_lost_is_counted),
		cmocka_unit_test(test_no_sources),   cmocka_unit_test(test_real_plan_here),
		cmocka_unit_test(test_kicks),        cmocka_unit_test(test_squeezer_failed),
		cmocka_unit_test(test_machine_ends), cmocka_unit_test(test_guest_gone_at_start),
	};

	return cmocka_run_group_tests_name("ladder", tests, NULL, NULL);
}
