// SPDX-License-Identifier: LGPL-2.1-or-later
/* Squeezers that take a CPU in their own way: do they take what they say? */
#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <cmocka.h>

#include "plan/plan.h"
#include "squeezer/victim.h"
#include "squeezer/worker.h"

/* --- preempt ------------------------------------------------------------- */

static const struct pb_plan_squeezer pulses = {.kind = PB_SQUEEZER_PREEMPT,
					       .rt_priority = 1,
					       .period_us = 10000,
					       .width_us = 3000,
					       .jitter_us = 2000};

/* Real-time pulses come first, whatever else runs on this machine: the share is the stated one. */
static void test_preempt_share(void **state)
{
	struct pb_squeezer sq = squeezer(&pulses);
	double cpu, wall;
	int r = sq.ops->start(&sq);

	(void)state;
	if (r == -EPERM) {
		sq.ops->stop(&sq);
		skip();
	}
	assert_int_equal(r, 0);
	assert_int_equal(threads_here(), 2);
	cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
	wall = seconds(CLOCK_MONOTONIC);
	sleep_ms(500);
	cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	wall = seconds(CLOCK_MONOTONIC) - wall;
	sq.ops->stop(&sq);
	sq.ops->stop(&sq);
	assert_int_equal(threads_here(), 1);
	assert_true(cpu / wall > 0.2);
	assert_true(cpu / wall < 0.4);
}

static void test_preempt_fails_clean(void **state)
{
	struct pb_squeezer sq = squeezer(&pulses);

	(void)state;
	plan.vcpu_cpu[0] = 1000;
	assert_int_equal(sq.ops->start(&sq), -EINVAL);
	assert_non_null(strstr(sq.error, "preempt on CPU 1000: CPU affinity"));
	sq.ops->stop(&sq);
	assert_int_equal(threads_here(), 1);
}

/* --- the rhythm itself --------------------------------------------------- */

static uint64_t beats[64];
static atomic_uint nr_beats;

static void note(struct rhythm *r)
{
	(void)r;
	if (nr_beats < 64)
		beats[nr_beats++] = worker_now_ns();
}

/* Each within its period, by a jitter that the seed says and nothing else. */
static void test_rhythm(void **state)
{
	struct rhythm r = {.place = {.cpu = WORKER_ANY_CPU},
			   .period_ns = 10000000,
			   .jitter_ns = 5000000,
			   .seed = 7,
			   .beat = note};
	uint64_t begin = worker_now_ns();

	(void)state;
	nr_beats = 0;
	assert_int_equal(rhythm_start(&r), 0);
	sleep_ms(200);
	rhythm_stop(&r);
	rhythm_stop(&r);
	assert_in_range(nr_beats, 5, 20);
	for (unsigned int i = 0; i < nr_beats; i++)
		assert_true(beats[i] >= begin + (i + 1) * r.period_ns);
	assert_int_equal(threads_here(), 1);
}

/* A stop does not wait for the next beat, ten minutes away. */
static void test_rhythm_stops_at_once(void **state)
{
	struct rhythm r = {
		.place = {.cpu = WORKER_ANY_CPU}, .period_ns = 600000000000ull, .beat = note};
	double t = seconds(CLOCK_MONOTONIC);

	(void)state;
	nr_beats = 0;
	assert_int_equal(rhythm_start(&r), 0);
	rhythm_stop(&r);
	assert_true(seconds(CLOCK_MONOTONIC) - t < 2.0);
	assert_int_equal(nr_beats, 0);
}

/* --- migrate ------------------------------------------------------------- */

static const struct pb_plan_squeezer moves = {
	.kind = PB_SQUEEZER_MIGRATE, .period_us = 10000, .jitter_us = 2000};

/* A second CPU for the plan's migration; false when there is none. */
static bool second_cpu(struct pb_squeezer *sq)
{
	cpu_set_t set;

	sched_getaffinity(0, sizeof(set), &set);
	for (uint32_t i = 0; i < CPU_SETSIZE; i++)
		if (CPU_ISSET(i, &set) && i != plan.vcpu_cpu[0]) {
			plan.squeezer[sq->index].cpu = i;
			return true;
		}
	return false;
}

static void test_migrate_moves(void **state)
{
	struct pb_squeezer sq = squeezer(&moves);
	cpu_set_t before, after;
	pthread_t victim;
	unsigned int n;
	double begin;

	(void)state;
	if (!second_cpu(&sq))
		skip();
	victim = victim_start(plan.vcpu_cpu[0]);
	sq.vcpu_tid = victim_tid;
	sched_getaffinity(victim_tid, sizeof(before), &before);
	assert_int_equal(sq.ops->start(&sq), 0);
	victim_moves = 0;
	begin = seconds(CLOCK_MONOTONIC);
	/* 100 ms, were this machine idle; a victim that does not run cannot see that it moved. */
	while ((n = victim_moves) < 10 && seconds(CLOCK_MONOTONIC) - begin < 20)
		sleep_ms(1);
	begin = seconds(CLOCK_MONOTONIC) - begin;
	sq.ops->stop(&sq);
	sched_getaffinity(victim_tid, sizeof(after), &after);
	assert_true(CPU_EQUAL(&before, &after));
	assert_int_equal(threads_here(), 2);
	assert_true(n >= 10);
	assert_true(n <= begin / 0.01 + 2);
	victim_moves = 0;
	sleep_ms(50);
	assert_in_range(victim_moves, 0, 1);
	victim_join(victim);
}

static void test_migrate_fails_clean(void **state)
{
	struct pb_squeezer sq = squeezer(&moves);
	cpu_set_t before, after;
	pthread_t victim = victim_start(plan.vcpu_cpu[0]);

	(void)state;
	assert_int_equal(sq.ops->start(&sq), -EOPNOTSUPP);
	sq.ops->stop(&sq);
	sq.vcpu_tid = victim_tid;
	sched_getaffinity(victim_tid, sizeof(before), &before);
	plan.squeezer[0].cpu = 1000;
	assert_int_equal(sq.ops->start(&sq), -EINVAL);
	assert_non_null(strstr(sq.error, "to CPU 1000"));
	sq.ops->stop(&sq);
	sched_getaffinity(victim_tid, sizeof(after), &after);
	assert_true(CPU_EQUAL(&before, &after));
	victim_join(victim);
	assert_int_equal(sq.ops->start(&sq), -ESRCH);
	sq.ops->stop(&sq);
	assert_int_equal(threads_here(), 1);
}

/* --- user and overcommit: through the VMM -------------------------------- */

static struct {
	unsigned int holds, lets_go, created, running, fail_start_at;
	uint64_t ns;
	uint32_t vcpu;
} seen;

struct fake_vm {
	struct pb_vmm vmm;
	pthread_t id;
	atomic_bool stop;
	bool running;
};

static void *fake_vcpu(void *arg)
{
	struct fake_vm *vm = arg;

	while (!vm->stop)
		__builtin_ia32_pause();
	return NULL;
}

extern const struct pb_vmm_ops fake_ops;

static int fake_create(const struct pb_plan *p, struct pb_vmm **vmm)
{
	struct fake_vm *vm = calloc(1, sizeof(*vm));
	char err[160] = "";

	if (plan_check(p, sizeof(*p), err, sizeof(err)))
		fail_msg("%s", err);
	assert_int_equal(p->nr_sources, 0);
	assert_int_equal(p->vcpus, 1);
	vm->vmm = (struct pb_vmm){.ops = &fake_ops, .plan = p};
	*vmm = &vm->vmm;
	seen.created++;
	return 0;
}

static int fake_start(struct pb_vmm *vmm)
{
	struct fake_vm *vm = (struct fake_vm *)vmm;
	cpu_set_t set;

	if (seen.created == seen.fail_start_at) {
		snprintf(vmm->error, sizeof(vmm->error), "no more");
		return -ENOMEM;
	}
	assert_int_equal(pthread_create(&vm->id, NULL, fake_vcpu, vm), 0);
	CPU_ZERO(&set);
	CPU_SET(vmm->plan->vcpu_cpu[0], &set);
	pthread_setaffinity_np(vm->id, sizeof(set), &set);
	vm->running = true;
	seen.running++;
	return 0;
}

static int fake_stop(struct pb_vmm *vmm)
{
	struct fake_vm *vm = (struct fake_vm *)vmm;

	vm->stop = true;
	if (vm->running) {
		pthread_join(vm->id, NULL);
		seen.running--;
	}
	vm->running = false;
	return 0;
}

static void fake_destroy(struct pb_vmm *vmm)
{
	fake_stop(vmm);
	free(vmm);
	seen.created--;
}

static void fake_hold(struct pb_vmm *vmm, unsigned int vcpu, uint64_t ns)
{
	(void)vmm;
	seen.vcpu = vcpu;
	if (ns)
		seen.ns = ns;
	seen.holds += ns != 0;
	seen.lets_go += ns == 0;
}

const struct pb_vmm_ops fake_ops = {.name = "fake",
				    .create = fake_create,
				    .start = fake_start,
				    .stop = fake_stop,
				    .hold = fake_hold,
				    .destroy = fake_destroy};

static void test_user(void **state)
{
	struct pb_plan_squeezer spec = {
		.kind = PB_SQUEEZER_USER, .vcpu = 1, .period_us = 10000, .width_us = 300};
	struct pb_squeezer sq = squeezer(&spec);
	struct pb_vmm vmm = {.ops = &fake_ops}, none = {.ops = &vmm_null};

	(void)state;
	memset(&seen, 0, sizeof(seen));
	sq.vmm = &none;
	assert_int_equal(sq.ops->start(&sq), -EOPNOTSUPP);
	sq.ops->stop(&sq);
	sq.vmm = &vmm;
	assert_int_equal(sq.ops->start(&sq), 0);
	sleep_ms(200);
	sq.ops->stop(&sq);
	sq.ops->stop(&sq);
	assert_in_range(seen.holds, 5, 20);
	assert_int_equal(seen.ns, 300000);
	assert_int_equal(seen.vcpu, 1);
	assert_int_equal(seen.lets_go, 1);
	assert_int_equal(threads_here(), 1);
}

static void test_overcommit(void **state)
{
	struct pb_plan_squeezer spec = {.kind = PB_SQUEEZER_OVERCOMMIT, .threads = 3};
	struct pb_squeezer sq = squeezer(&spec);
	struct pb_vmm vmm = {.ops = &fake_ops};
	pthread_t victim = victim_start(plan.vcpu_cpu[0]);
	double mine, all;

	(void)state;
	memset(&seen, 0, sizeof(seen));
	assert_int_equal(sq.ops->start(&sq), -EOPNOTSUPP);
	sq.ops->stop(&sq);
	sq.vmm = &vmm;
	assert_int_equal(sq.ops->start(&sq), 0);
	assert_int_equal(seen.running, 3);
	mine = cpu_of(victim);
	all = seconds(CLOCK_PROCESS_CPUTIME_ID);
	sleep_ms(600);
	mine = cpu_of(victim) - mine;
	all = seconds(CLOCK_PROCESS_CPUTIME_ID) - all;
	sq.ops->stop(&sq);
	sq.ops->stop(&sq);
	assert_int_equal(seen.created, 0);
	/* A quarter of what the four got together. */
	assert_true(mine < 0.45 * all);
	assert_true(mine > 0.1 * all);
	/* One that cannot be started: those before it go, too. */
	seen.fail_start_at = 3;
	assert_int_equal(sq.ops->start(&sq), -ENOMEM);
	assert_non_null(strstr(sq.error, "VM 3: no more"));
	sq.ops->stop(&sq);
	assert_int_equal(seen.created, 0);
	assert_int_equal(seen.running, 0);
	victim_join(victim);
	assert_int_equal(threads_here(), 1);
}

/* --- several at once ------------------------------------------------------ */

static void test_together(void **state)
{
	static const struct pb_plan_squeezer specs[] = {
		{.kind = PB_SQUEEZER_PIN},
		{.kind = PB_SQUEEZER_HOG, .threads = 1},
		{.kind = PB_SQUEEZER_PREEMPT, .rt_priority = 1, .period_us = 5000, .width_us = 500},
		{.kind = PB_SQUEEZER_QUOTA, .period_us = 20000, .width_us = 10000},
		{.kind = PB_SQUEEZER_OVERCOMMIT, .threads = 2},
		{.kind = PB_SQUEEZER_USER, .period_us = 5000, .width_us = 100},
		{.kind = PB_SQUEEZER_MIGRATE, .period_us = 5000},
		{.kind = PB_SQUEEZER_QUOTA,
		 .period_us = 30000,
		 .width_us = 10000}, /* in the first */
	};
	struct pb_squeezer sq[PB_MAX_SQUEEZERS];
	struct pb_vmm vmm = {.ops = &fake_ops};
	cpu_set_t before, after;
	pthread_t victim;
	bool started[PB_MAX_SQUEEZERS];

	(void)state;
	memset(&seen, 0, sizeof(seen));
	sq[0] = squeezer(&specs[0]);
	victim = victim_start(plan.vcpu_cpu[0]);
	sched_getaffinity(victim_tid, sizeof(before), &before);
	plan.nr_squeezers = PB_MAX_SQUEEZERS;
	for (unsigned int i = 0; i < PB_MAX_SQUEEZERS; i++) {
		int r;

		plan.squeezer[i] = specs[i];
		sq[i] = (struct pb_squeezer){.plan = &plan,
					     .index = i,
					     .vcpu_tid = victim_tid,
					     .vmm = &vmm,
					     .ops = squeezer_find(specs[i].kind)};
		if (specs[i].kind == PB_SQUEEZER_MIGRATE)
			second_cpu(&sq[i]);
		r = sq[i].ops->start(&sq[i]);
		started[i] = !r;
		/* What a machine does not allow is a skip; all else must go. */
		if (r && r != -EPERM && r != -EOPNOTSUPP)
			fail_msg("%s", sq[i].error);
	}
	sleep_ms(200);
	for (unsigned int i = PB_MAX_SQUEEZERS; i-- > 0;)
		sq[i].ops->stop(&sq[i]);
	assert_true(started[0] && started[1] && started[4] && started[5]);
	assert_true(seen.holds > 0);
	assert_int_equal(seen.created, 0);
	assert_int_equal(threads_here(), 2);
	sched_getaffinity(victim_tid, sizeof(after), &after);
	assert_true(CPU_EQUAL(&before, &after));
	victim_join(victim);
	assert_int_equal(threads_here(), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_preempt_share), cmocka_unit_test(test_preempt_fails_clean),
		cmocka_unit_test(test_rhythm),        cmocka_unit_test(test_rhythm_stops_at_once),
		cmocka_unit_test(test_migrate_moves), cmocka_unit_test(test_migrate_fails_clean),
		cmocka_unit_test(test_user),          cmocka_unit_test(test_overcommit),
		cmocka_unit_test(test_together),
	};

	return cmocka_run_group_tests_name("load", tests, NULL, NULL);
}
