// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tests/bench/host.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "exec/collector.h"
#include "exec/perf_time.h"
#include "exec/sched_recorder.h"
#include "tests/bench/bench.h"

#define MAX_EVENTS \
	3000 /* of 4096 that the kernel's ring holds: others may preempt the thread too */
#define ROOM 4200

/* A thread that wakes up for each byte, and answers it. */
struct sleeper {
	pthread_t thread;
	int to[2], from[2];
	atomic_int tid;
};

static void *sleeper_main(void *arg)
{
	struct sleeper *s = arg;
	char byte;

	atomic_store(&s->tid, (int)syscall(SYS_gettid));
	while (read(s->to[0], &byte, 1) == 1 && write(s->from[1], &byte, 1) == 1)
		;
	return NULL;
}

static int sleeper_start(struct sleeper *s)
{
	memset(s, 0, sizeof(*s));
	if (pipe(s->to))
		return -errno;
	if (pipe(s->from)) {
		close(s->to[0]);
		close(s->to[1]);
		return -errno;
	}
	if (pthread_create(&s->thread, NULL, sleeper_main, s))
		return -EAGAIN;
	while (!atomic_load(&s->tid))
		sched_yield();
	return 0;
}

static void sleeper_stop(struct sleeper *s)
{
	close(s->to[1]);
	pthread_join(s->thread, NULL);
	close(s->to[0]);
	close(s->from[0]);
	close(s->from[1]);
}

/* Each turn takes the thread off its CPU once, and puts it on again. */
static int turns(struct sleeper *s, uint64_t nr)
{
	char byte = 0;

	for (uint64_t i = 0; i < nr; i++)
		if (write(s->to[1], &byte, 1) != 1 || read(s->from[0], &byte, 1) != 1)
			return -EPIPE;
	return 0;
}

static int record(struct sched_recorder *r, struct sleeper *s, uint64_t events, char *why,
		  size_t size)
{
	int ret = sched_recorder_attach(r, 0, s->tid, why, size);

	if (!ret)
		ret = turns(s, events / 2);
	if (ret == -EPIPE)
		snprintf(why, size, "the thread that is to sleep is gone");
	return ret;
}

/* What the executor does in the end: out of the kernel's ring, into the run. */
static int take(struct sched_recorder *r, double *seconds, uint64_t *nr)
{
	struct collector c = {0};
	uint64_t lost = 0;
	double start;
	int ret = collector_init(&c, ROOM);

	if (ret)
		return ret;
	/* In memory already, as the guest's ring is: the kernel's zeroing of pages is not ours. */
	memset(c.run + 1, 0, ROOM * sizeof(struct pb_event));
	start = bench_cpu();
	sched_recorder_drain(r);
	ret = sched_recorder_collect(r, collector_add, &c, &lost);
	*seconds = bench_cpu() - start;
	*nr = c.run ? c.run->nr_events : 0;
	collector_release(&c);
	return ret ? ret : lost ? -EOVERFLOW : 0;
}

int host_switches(uint64_t events, double *seconds, uint64_t *nr, char *why, size_t size)
{
	struct perf_time time;
	struct sched_recorder *r;
	struct sleeper s;
	int ret = perf_time_init(&time, why, size);

	if (ret)
		return ret;
	if (events > MAX_EVENTS)
		events = MAX_EVENTS;
	r = sched_recorder_new(&time, 1, ROOM);
	ret = r ? sleeper_start(&s) : -ENOMEM;
	if (ret) {
		snprintf(why, size, "%s", strerror(-ret));
	} else {
		ret = record(r, &s, events, why, size);
		sleeper_stop(&s);
		if (!ret) {
			perf_time_update(&time);
			ret = take(r, seconds, nr);
			if (ret)
				snprintf(why, size, "recorder: %s", strerror(-ret));
		}
	}
	sched_recorder_free(r);
	return ret;
}
