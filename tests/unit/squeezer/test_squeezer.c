// SPDX-License-Identifier: LGPL-2.1-or-later
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "plan/example.h"
#include "squeezer/victim.h"

/* --- tests --------------------------------------------------------------- */

/* What of its CPU the process gets by itself, and what when something else is there too. */
static double share_of_hog(const struct pb_plan_squeezer *spec)
{
	struct pb_squeezer sq = squeezer(spec);
	double cpu, wall;

	assert_int_equal(sq.ops->start(&sq), 0);
	assert_int_equal(threads_here(), 1 + spec->threads);
	cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
	wall = seconds(CLOCK_MONOTONIC);
	sleep_ms(400);
	cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	wall = seconds(CLOCK_MONOTONIC) - wall;
	sq.ops->stop(&sq);
	sq.ops->stop(&sq);
	assert_int_equal(threads_here(), 1);
	return cpu / wall;
}

/* The hog takes time from a thread on the same CPU: about half, by the scheduler's fairness. */
static void test_hog_takes_the_cpu(void **state)
{
	struct pb_plan_squeezer spec = {.kind = PB_SQUEEZER_HOG, .threads = 1};
	struct pb_squeezer sq = squeezer(&spec);
	pthread_t victim = victim_start(plan.vcpu_cpu[0]);
	double alone, squeezed, all;
	clockid_t clock;

	(void)state;
	assert_int_equal(pthread_getcpuclockid(victim, &clock), 0);
	alone = seconds(clock);
	sleep_ms(300);
	alone = seconds(clock) - alone;
	assert_int_equal(sq.ops->start(&sq), 0);
	squeezed = seconds(clock);
	all = seconds(CLOCK_PROCESS_CPUTIME_ID);
	sleep_ms(600);
	squeezed = seconds(clock) - squeezed;
	all = seconds(CLOCK_PROCESS_CPUTIME_ID) - all;
	sq.ops->stop(&sq);
	victim_join(victim);
	assert_int_equal(threads_here(), 1);
	assert_true(alone > 0);
	/* Of what the two got together, whatever else runs on this machine. */
	assert_true(squeezed < 0.7 * all);
	assert_true(squeezed > 0.3 * all);
}

static void test_hog_duty_cycle(void **state)
{
	struct pb_plan_squeezer always = {.kind = PB_SQUEEZER_HOG, .threads = 1};
	struct pb_plan_squeezer tenth = {
		.kind = PB_SQUEEZER_HOG, .threads = 1, .on_us = 2000, .off_us = 18000};
	double busy = share_of_hog(&always), mostly_idle = share_of_hog(&tenth);

	(void)state;
	assert_true(busy > 0.2);
	assert_true(mostly_idle < 0.25);
	assert_true(mostly_idle > 0.02);
}

static void test_hog_many(void **state)
{
	struct pb_plan_squeezer spec = {.kind = PB_SQUEEZER_HOG, .threads = 8};

	(void)state;
	/* All on one CPU: together not more than that. */
	assert_true(share_of_hog(&spec) < 1.1);
}

/* The threads run where and as they were told to. */
static void test_hog_place(void **state)
{
	struct pb_plan_squeezer spec = {.kind = PB_SQUEEZER_HOG, .threads = 2, .nice = 7};
	struct pb_squeezer sq = squeezer(&spec);
	unsigned int seen = 0;
	struct dirent *e;
	DIR *d;

	(void)state;
	assert_int_equal(sq.ops->start(&sq), 0);
	d = opendir("/proc/self/task");
	while ((e = readdir(d))) {
		int tid = atoi(e->d_name);
		cpu_set_t set;

		if (tid <= 0 || tid == getpid())
			continue;
		assert_int_equal(sched_getaffinity(tid, sizeof(set), &set), 0);
		assert_int_equal(CPU_COUNT(&set), 1);
		assert_true(CPU_ISSET(plan.vcpu_cpu[0], &set));
		assert_int_equal(getpriority(PRIO_PROCESS, (id_t)tid), 7);
		seen++;
	}
	closedir(d);
	sq.ops->stop(&sq);
	assert_int_equal(seen, 2);
}

static void test_hog_fails_clean(void **state)
{
	struct pb_plan_squeezer spec = {.kind = PB_SQUEEZER_HOG, .threads = 3};
	struct pb_squeezer sq = squeezer(&spec);

	(void)state;
	plan.vcpu_cpu[0] = 1000; /* there is none */
	assert_int_equal(sq.ops->start(&sq), -EINVAL);
	assert_non_null(strstr(sq.error, "CPU 1000"));
	sq.ops->stop(&sq);
	assert_int_equal(threads_here(), 1);
	plan.vcpu_cpu[0] = CPU_SETSIZE;
	assert_int_equal(sq.ops->start(&sq), -EINVAL);
	sq.ops->stop(&sq);
}

/* A stop does not wait for a pause of ten seconds to end. */
static void test_hog_stops_at_once(void **state)
{
	struct pb_plan_squeezer spec = {
		.kind = PB_SQUEEZER_HOG, .threads = 1, .on_us = 1, .off_us = 10000000};
	struct pb_squeezer sq = squeezer(&spec);
	double t;

	(void)state;
	assert_int_equal(sq.ops->start(&sq), 0);
	sleep_ms(20);
	t = seconds(CLOCK_MONOTONIC);
	sq.ops->stop(&sq);
	assert_true(seconds(CLOCK_MONOTONIC) - t < 1.0);
}

static void test_pin(void **state)
{
	struct pb_plan_squeezer spec = {.kind = PB_SQUEEZER_PIN};
	struct pb_squeezer sq = squeezer(&spec);
	cpu_set_t all, set;
	pthread_t victim;

	(void)state;
	sched_getaffinity(0, sizeof(all), &all);
	victim = victim_start(plan.vcpu_cpu[0]);
	pthread_setaffinity_np(victim, sizeof(all), &all);
	sq.vcpu_tid = victim_tid;
	assert_int_equal(sq.ops->start(&sq), 0);
	sched_getaffinity(victim_tid, sizeof(set), &set);
	assert_int_equal(CPU_COUNT(&set), 1);
	assert_true(CPU_ISSET(plan.vcpu_cpu[0], &set));
	sq.ops->stop(&sq);
	sched_getaffinity(victim_tid, sizeof(set), &set);
	assert_true(CPU_EQUAL(&set, &all));
	plan.vcpu_cpu[0] = 1000;
	assert_int_equal(sq.ops->start(&sq), -EINVAL);
	sq.ops->stop(&sq);
	victim_join(victim);
	assert_int_equal(sq.ops->start(&sq), -ESRCH);
	sq.ops->stop(&sq);
	sq.vcpu_tid = 0;
	assert_int_equal(sq.ops->start(&sq), -EOPNOTSUPP);
	sq.ops->stop(&sq);
}

static void test_null(void **state)
{
	struct pb_plan_squeezer spec = {.kind = PB_SQUEEZER_NULL};
	struct pb_squeezer sq = squeezer(&spec);

	(void)state;
	assert_int_equal(sq.ops->start(&sq), 0);
	assert_int_equal(threads_here(), 1);
	sq.ops->stop(&sq);
	assert_null(squeezer_find(PB_SQUEEZER_KINDS));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hog_takes_the_cpu),
		cmocka_unit_test(test_hog_duty_cycle),
		cmocka_unit_test(test_hog_many),
		cmocka_unit_test(test_hog_place),
		cmocka_unit_test(test_hog_fails_clean),
		cmocka_unit_test(test_hog_stops_at_once),
		cmocka_unit_test(test_pin),
		cmocka_unit_test(test_null),
	};

	return cmocka_run_group_tests_name("squeezer", tests, NULL, NULL);
}
