// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "exec/collector.h"
#include "exec/perf_time.h"
#include "exec/sched_recorder.h"
#include "event/run.h"

static struct perf_time ptime;
static bool have_perf;

static void need_perf(void)
{
	if (!have_perf)
		skip();
}

/* --- a thread that sleeps or spins --------------------------------------- */

struct worker {
	pthread_t id;
	atomic_int tid;
	atomic_bool stop;
	bool sleeps;
};

static void nap_us(long us)
{
	struct timespec ts = {0, us * 1000};

	nanosleep(&ts, NULL);
}

static uint32_t last_cpu(void)
{
	cpu_set_t set;
	uint32_t last = 0;

	sched_getaffinity(0, sizeof(set), &set);
	for (uint32_t i = 0; i < CPU_SETSIZE; i++)
		if (CPU_ISSET(i, &set))
			last = i;
	return last;
}

static void *worker_main(void *arg)
{
	struct worker *w = arg;
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(last_cpu(), &set);
	sched_setaffinity(0, sizeof(set), &set);
	w->tid = (int)syscall(SYS_gettid);
	while (!w->stop)
		if (w->sleeps)
			nap_us(1000);
	return NULL;
}

static void worker_start(struct worker *w, bool sleeps)
{
	*w = (struct worker){.sleeps = sleeps};
	assert_int_equal(pthread_create(&w->id, NULL, worker_main, w), 0);
	while (!w->tid)
		sched_yield();
}

static void worker_join(struct worker *w)
{
	w->stop = true;
	pthread_join(w->id, NULL);
}

/* Record a thread for a while; the events, in a run. */
static struct pb_run *record(struct worker *w, uint32_t capacity, long ms, uint64_t *lost)
{
	struct sched_recorder *r = sched_recorder_new(&ptime, 1, capacity);
	struct collector c = {0};
	char err[160];

	assert_non_null(r);
	assert_int_equal(collector_init(&c, 1), 0);
	assert_int_equal(sched_recorder_attach(r, 0, w->tid, err, sizeof(err)), 0);
	for (long i = 0; i < ms; i++) {
		nap_us(1000);
		sched_recorder_drain(r);
	}
	sched_recorder_stop(r);
	*lost = 0;
	assert_int_equal(sched_recorder_collect(r, collector_add, &c, lost), 0);
	sched_recorder_free(r);
	return collector_take(&c);
}

/* In turns, in order, within the time of the recording, on the right CPU. */
static void check_order(const struct pb_run *run, uint64_t begin, uint64_t end)
{
	const struct pb_event *e = run_events(run);
	/* Where perf does not say how its time maps, the two clocks were compared. */
	uint64_t slack = ptime.exact ? 10 : ptime.khz / 10;

	for (uint64_t i = 0; i < run->nr_events; i++) {
		assert_true(e[i].kind == PB_EV_SCHED_IN || e[i].kind == PB_EV_SCHED_OUT);
		assert_true(e[i].tsc + slack >= begin);
		assert_true(e[i].tsc <= end + slack);
		assert_int_equal(e[i].cpu, last_cpu());
		assert_int_equal(e[i].vcpu, 0);
		if (!i)
			continue;
		assert_true(e[i].tsc >= e[i - 1].tsc);
		assert_int_not_equal(e[i].kind, e[i - 1].kind);
	}
}

static void test_sleeper(void **state)
{
	uint64_t begin, end, lost;
	unsigned int blocked = 0;
	struct worker w;
	struct pb_run *run;

	(void)state;
	need_perf();
	worker_start(&w, true);
	begin = __builtin_ia32_rdtsc();
	run = record(&w, 4096, 100, &lost);
	end = __builtin_ia32_rdtsc();
	worker_join(&w);
	assert_int_equal(lost, 0);
	check_order(run, begin, end);
	for (uint64_t i = 0; i < run->nr_events; i++)
		blocked += run_events(run)[i].kind == PB_EV_SCHED_OUT &&
			   !(run_events(run)[i].flags & PB_EVF_PREEMPTED);
	/* Whatever it did at attach, the record begins with its leaving. */
	assert_int_equal(run_events(run)[0].kind, PB_EV_SCHED_OUT);
	/* It sleeps a millisecond at a time, for more than 100 of them. */
	assert_in_range(blocked, 10, 1000);
	free(run);
}

static void test_preempted(void **state)
{
	unsigned int preempted = 0, blocked = 0;
	uint64_t begin, end, lost;
	struct worker w, rival;
	struct pb_run *run;

	(void)state;
	need_perf();
	worker_start(&rival, false);
	worker_start(&w, false);
	begin = __builtin_ia32_rdtsc();
	run = record(&w, 4096, 300, &lost);
	end = __builtin_ia32_rdtsc();
	worker_join(&w);
	worker_join(&rival);
	check_order(run, begin, end);
	for (uint64_t i = 0; i < run->nr_events; i++)
		if (run_events(run)[i].kind == PB_EV_SCHED_OUT) {
			preempted += !!(run_events(run)[i].flags & PB_EVF_PREEMPTED);
			blocked += !(run_events(run)[i].flags & PB_EVF_PREEMPTED);
		}
	/* Two that never sleep on one CPU take turns. */
	assert_in_range(preempted, 3, 3000);
	assert_int_equal(blocked, 0);
	free(run);
}

/* What does not fit is counted: here, and in the kernel's ring. */
static void test_lost(void **state)
{
	struct sched_recorder *r;
	struct pb_run *run;
	struct worker w;
	uint64_t lost;
	char err[160];

	(void)state;
	need_perf();
	worker_start(&w, true);
	run = record(&w, 16, 100, &lost);
	assert_in_range(run->nr_events, 16, 17); /* one more: off its CPU at attach */
	assert_true(lost > 0);
	free(run);
	/* Nobody home. */
	r = sched_recorder_new(&ptime, 2, 16);
	assert_int_equal(sched_recorder_attach(r, 1, 0x3ffffff, err, sizeof(err)), -ESRCH);
	assert_true(err[0]);
	sched_recorder_stop(r);
	sched_recorder_free(r);
	sched_recorder_free(NULL);
	worker_join(&w);
}

static unsigned int open_files(void)
{
	unsigned int n = 0;

	for (int fd = 0; fd < 256; fd++)
		n += lseek(fd, 0, SEEK_CUR) >= 0 || errno != EBADF;
	return n;
}

static void test_nothing_left(void **state)
{
	unsigned int before = open_files();
	struct perf_time t;
	struct worker w;
	uint64_t lost;
	char err[160];

	(void)state;
	need_perf();
	worker_start(&w, true);
	for (int i = 0; i < 3; i++)
		free(record(&w, 64, 2, &lost));
	assert_int_equal(perf_time_init(&t, err, sizeof(err)), 0);
	worker_join(&w);
	assert_int_equal(open_files(), before);
}

/* The kernel's own way, perf_event.h, there and back. */
static void test_exact_time(void **state)
{
	struct perf_time t = {
		.exact = true, .zero = 123456789, .mult = 2684354560u, .shift = 28, .khz = 100000};

	(void)state;
	for (uint64_t cyc = 1; cyc < 1ull << 60; cyc = cyc * 3 + 1) {
		uint64_t quot = cyc >> t.shift, rem = cyc & ((1ull << t.shift) - 1);
		uint64_t ns = t.zero + quot * t.mult + ((rem * t.mult) >> t.shift);

		/* 10 ns are a tick here: nothing is lost. */
		assert_in_range(perf_time_to_tsc(&t, ns), cyc - 1, cyc);
	}
}

static void test_compared_time(void **state)
{
	struct perf_time t = {.begin = {.tsc = 1000000, .ns = 500},
			      .end = {.tsc = 4000000, .ns = 1000500}};

	(void)state;
	assert_int_equal(perf_time_to_tsc(&t, 500), 1000000);
	assert_int_equal(perf_time_to_tsc(&t, 1000500), 4000000);
	assert_int_equal(perf_time_to_tsc(&t, 500500), 2500000);
	assert_int_equal(perf_time_to_tsc(&t, 2000500), 7000000);
	assert_int_equal(perf_time_to_tsc(&t, 400), 1000000 - 300);
}

static void test_frequency(void **state)
{
	struct timespec a, b;
	uint64_t ticks;
	double ms;

	(void)state;
	need_perf();
	clock_gettime(CLOCK_MONOTONIC_RAW, &a);
	ticks = __builtin_ia32_rdtsc();
	nap_us(50000);
	clock_gettime(CLOCK_MONOTONIC_RAW, &b);
	ticks = __builtin_ia32_rdtsc() - ticks;
	ms = (double)(b.tv_sec - a.tv_sec) * 1e3 + (double)(b.tv_nsec - a.tv_nsec) * 1e-6;
	assert_true((double)ticks / ms > 0.98 * (double)ptime.khz);
	assert_true((double)ticks / ms < 1.02 * (double)ptime.khz);
}

static void test_collector(void **state)
{
	struct pb_event ev[3] = {{.tsc = 1}, {.tsc = 2}, {.tsc = 3}};
	struct collector c;
	struct pb_run *run;

	(void)state;
	assert_int_equal(collector_init(&c, 0), 0);
	for (int i = 0; i < 100; i++)
		assert_int_equal(collector_add(&c, ev, 3), 0);
	assert_int_equal(collector_add(&c, ev, PB_RUN_MAX_EVENTS), -EFBIG);
	assert_int_equal(collector_add(&c, ev, SIZE_MAX), -EFBIG);
	run = collector_take(&c);
	assert_int_equal(run->nr_events, 300);
	for (int i = 0; i < 300; i++)
		assert_int_equal(run_events(run)[i].tsc, i % 3 + 1);
	free(run);
	collector_release(&c);
}

int main(void)
{
	char err[160];
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sleeper),    cmocka_unit_test(test_preempted),
		cmocka_unit_test(test_lost),       cmocka_unit_test(test_nothing_left),
		cmocka_unit_test(test_exact_time), cmocka_unit_test(test_compared_time),
		cmocka_unit_test(test_frequency),  cmocka_unit_test(test_collector),
	};

	have_perf = !perf_time_init(&ptime, err, sizeof(err));
	if (!have_perf)
		fprintf(stderr, "skipped: %s\n", err);
	return cmocka_run_group_tests_name("recorder", tests, NULL, NULL);
}
