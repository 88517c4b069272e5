// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * kick.c - a device preempts the vCPU: a SCHED_FIFO thread on the vCPU's CPU
 * waits for an interrupt of a PCI function of its own and then takes the CPU for
 * a width of time.  So the instant is the device's to choose: its own rhythm, or
 * any at all in a sweep (docs/sweeps.md).  The interrupt is the host's, and goes
 * to that same CPU where the machine lets it.
 */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "plan/plan.h"
#include "shared/run.h"
#include "source/poster_function.h"
#include "squeezer/affinity.h"
#include "squeezer/squeezer.h"
#include "squeezer/worker.h"

struct kick {
	struct worker_place place;
	const struct pb_function *fn;
	uint64_t width_ns;
	struct affinity irq;
	atomic_bool stop;
	sem_t ready;
	pthread_t id;
	bool running;
	int error;
	const char *failed;
};

static void *kick_main(void *arg)
{
	struct kick *k = arg;
	uint64_t kicks;

	k->error = worker_place(&k->place, &k->failed);
	sem_post(&k->ready);
	while (!k->error && !atomic_load(&k->stop)) {
		/* What comes while the thread is busy is one further kick, not several. */
		ssize_t n = read(k->fn->eventfd, &kicks, sizeof(kicks));

		if (n < 0 && errno != EINTR)
			break;
		if (n > 0)
			worker_spin(k->width_ns, &k->stop);
	}
	return NULL;
}

static int thread_start(struct kick *k)
{
	int error;

	sem_init(&k->ready, 0, 0);
	error = pthread_create(&k->id, NULL, kick_main, k);
	if (error) {
		sem_destroy(&k->ready);
		k->failed = "thread";
		return -error;
	}
	k->running = true;
	while (sem_wait(&k->ready) && errno == EINTR)
		;
	return k->error;
}

/* The thread sleeps in read(): what wakes it up there is what always does. */
static void thread_stop(struct kick *k)
{
	const uint64_t one = 1;

	if (!k->running)
		return;
	atomic_store(&k->stop, true);
	if (write(k->fn->eventfd, &one, sizeof(one)) < 0)
		pthread_cancel(k->id);
	pthread_join(k->id, NULL);
	sem_destroy(&k->ready);
	k->running = false;
}

/* As many as it can make: it posts until it is disarmed. */
static int arm(struct pb_squeezer *sq)
{
	const struct pb_plan_squeezer *s = &sq->plan->squeezer[sq->index];
	struct poster_setup setup = {
		.schedule = s->period_us ? PB_SCHED_PERIODIC : PB_SCHED_SWEPT,
		.count = PB_RUN_MAX_EVENTS,
		.vectors = 1,
		.flags = PB_POSTER_FL_KICK,
		.period = clock_us_to_ticks(sq->clock, s->period_us),
		.jitter = clock_us_to_ticks(sq->clock, s->jitter_us),
		.seed = plan_squeezer_seed(sq->plan, sq->index),
		.source = sq->index,
		.vcpu = s->vcpu,
	};

	return poster_function_arm(sq->fn, &setup, sq->error, sizeof(sq->error));
}

static int kick_error(struct pb_squeezer *sq, const char *what, int error)
{
	snprintf(sq->error, sizeof(sq->error), "kick on CPU %u: %s: %s",
		 sq->plan->vcpu_cpu[sq->plan->squeezer[sq->index].vcpu], what, strerror(-error));
	return error;
}

static int kick_start(struct pb_squeezer *sq)
{
	const struct pb_plan_squeezer *s = &sq->plan->squeezer[sq->index];
	uint32_t cpu = sq->plan->vcpu_cpu[s->vcpu];
	struct kick *k;
	int r;

	if (!sq->fn || sq->fn->eventfd < 0) {
		snprintf(sq->error, sizeof(sq->error), "kick: this VMM gives it no function");
		return -EOPNOTSUPP;
	}
	r = poster_function_open(sq->fn, sq->error, sizeof(sq->error));
	if (r)
		return r;
	if (!sq->clock || !sq->clock->khz)
		return kick_error(sq, "TSC frequency is not known", -EINVAL);
	k = calloc(1, sizeof(*k));
	if (!k)
		return kick_error(sq, "start", -ENOMEM);
	sq->priv = k;
	k->fn = sq->fn;
	k->place = (struct worker_place){.cpu = cpu, .rt_priority = s->rt_priority};
	k->width_ns = s->width_us * 1000ull;
	/* Where this cannot be, the interrupt's CPU wakes the thread by an IPI: it is still a kick. */
	affinity_set(&k->irq, "/sys", "/proc", sq->fn->bdf, cpu);
	r = thread_start(k);
	return r ? kick_error(sq, k->failed, r) : arm(sq);
}

static void kick_stop(struct pb_squeezer *sq)
{
	struct kick *k = sq->priv;

	if (!k)
		return;
	poster_function_disarm(k->fn);
	thread_stop(k);
	affinity_restore(&k->irq);
	free(k);
	sq->priv = NULL;
}

const struct pb_squeezer_ops squeezer_kick = {
	.name = "kick",
	.kind = PB_SQUEEZER_KICK,
	.start = kick_start,
	.stop = kick_stop,
};
