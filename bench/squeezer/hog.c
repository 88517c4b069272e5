// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * hog.c - threads on a vCPU's CPU that do nothing and want all of it, so that
 * the scheduler preempts the vCPU for them.  With a duty cycle they are busy
 * for on_us and sleep for off_us.
 *
 * Each thread sets itself up (CPU, policy, nice), says how that went, and only
 * then begins, so that start returns with everything in effect.
 */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "squeezer/squeezer.h"
#include "squeezer/worker.h"

struct hog;

struct hog_thread {
	struct hog *hog;
	pthread_t id;
	int error; /* of its set-up */
	const char *failed; /* what failed */
};

struct hog {
	const struct pb_plan_squeezer *spec;
	uint32_t cpu;
	atomic_bool stop;
	sem_t ready; /* posted by each thread after its set-up */
	uint32_t started;
	struct hog_thread thread[];
};

static void be_busy(struct hog *hog, uint64_t until_ns)
{
	while (!atomic_load_explicit(&hog->stop, memory_order_relaxed)) {
		for (int i = 0; i < 64; i++)
			__builtin_ia32_pause();
		if (until_ns && worker_now_ns() >= until_ns)
			return;
	}
}

static void *hog_main(void *arg)
{
	struct hog_thread *t = arg;
	struct hog *hog = t->hog;
	const struct worker_place place = {hog->cpu, hog->spec->nice, hog->spec->rt_priority};

	t->error = -worker_place(&place, &t->failed);
	sem_post(&hog->ready);
	if (t->error)
		return NULL;
	while (!atomic_load_explicit(&hog->stop, memory_order_relaxed)) {
		uint64_t now = worker_now_ns();

		be_busy(hog, hog->spec->on_us ? now + hog->spec->on_us * 1000ull : 0);
		if (hog->spec->off_us)
			worker_sleep_until(worker_now_ns() + hog->spec->off_us * 1000ull,
					   &hog->stop);
	}
	return NULL;
}

static int hog_error(struct pb_squeezer *sq, const char *what, int error)
{
	snprintf(sq->error, sizeof(sq->error), "hog on CPU %u: %s: %s",
		 sq->plan->vcpu_cpu[sq->plan->squeezer[sq->index].vcpu], what, strerror(error));
	return -error;
}

/* A failure of any thread's set-up, after all have reported. */
static int set_up_result(struct pb_squeezer *sq, struct hog *hog)
{
	for (uint32_t i = 0; i < hog->started; i++)
		while (sem_wait(&hog->ready) && errno == EINTR)
			;
	for (uint32_t i = 0; i < hog->started; i++)
		if (hog->thread[i].error)
			return hog_error(sq, hog->thread[i].failed, hog->thread[i].error);
	return 0;
}

static int hog_start(struct pb_squeezer *sq)
{
	const struct pb_plan_squeezer *s = &sq->plan->squeezer[sq->index];
	struct hog *hog = calloc(1, sizeof(*hog) + s->threads * sizeof(hog->thread[0]));

	if (!hog)
		return hog_error(sq, "start", ENOMEM);
	hog->spec = s;
	hog->cpu = sq->plan->vcpu_cpu[s->vcpu];
	sem_init(&hog->ready, 0, 0);
	sq->priv = hog;
	if (hog->cpu >= CPU_SETSIZE)
		return hog_error(sq, "CPU", EINVAL);
	for (uint32_t i = 0; i < s->threads; i++) {
		struct hog_thread *t = &hog->thread[i];
		int error;

		t->hog = hog;
		error = pthread_create(&t->id, NULL, hog_main, t);
		if (error)
			return hog_error(sq, "thread", error);
		hog->started++;
	}
	return set_up_result(sq, hog);
}

static void hog_stop(struct pb_squeezer *sq)
{
	struct hog *hog = sq->priv;

	if (!hog)
		return;
	atomic_store(&hog->stop, true);
	for (uint32_t i = 0; i < hog->started; i++)
		pthread_join(hog->thread[i].id, NULL);
	sem_destroy(&hog->ready);
	free(hog);
	sq->priv = NULL;
}

const struct pb_squeezer_ops squeezer_hog = {
	.name = "hog",
	.kind = PB_SQUEEZER_HOG,
	.start = hog_start,
	.stop = hog_stop,
};
