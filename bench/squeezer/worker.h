/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * worker.h - the threads of squeezers: where and as what they run, and one
 * that does something again and again by a rhythm.
 */
#ifndef PB_SQUEEZER_WORKER_H
#define PB_SQUEEZER_WORKER_H

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define WORKER_ANY_CPU UINT32_MAX /* stay where the creator was */

struct worker_place {
	uint32_t cpu;
	int32_t nice;
	uint32_t rt_priority; /* SCHED_FIFO 1..99; 0: SCHED_OTHER */
};

/* Of the calling thread. 0, or -errno and what failed in *failed. */
int worker_place(const struct worker_place *place, const char **failed);

/*
 * Let thread `tid` run on this CPU only, and look whether that came true: a
 * cpuset may grant less without an error. 0; -EBUSY: it did not; -errno.
 */
int worker_move(pid_t tid, uint32_t cpu);

uint64_t worker_now_ns(void); /* CLOCK_MONOTONIC */
/* Keep the CPU busy for so long, or until the stop. */
void worker_spin(uint64_t ns, const atomic_bool *stop);
/* Until then, in slices, so that a stop does not wait for a long pause to end. */
void worker_sleep_until(uint64_t ns, const atomic_bool *stop);

/*
 * A thread that calls beat() in every period, up to a jitter after its begin.
 * The jitter is drawn with the seed, uniformly. Periods do not drift; one that
 * has begun when the thread gets there is skipped. The caller fills in the
 * first part; the rest is zero.
 */
struct rhythm {
	struct worker_place place;
	uint64_t period_ns, jitter_ns;
	uint64_t seed;
	void (*beat)(struct rhythm *r);
	void *arg;

	atomic_bool stop;
	bool running;
	pthread_t id;
	sem_t ready;
	int error;
	const char *failed;
};

/* Returns when the rhythm goes. 0, or -errno with what failed in r->failed. */
int rhythm_start(struct rhythm *r);
/* Joins the thread. Legal when there is none. */
void rhythm_stop(struct rhythm *r);

#endif
