// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <sched.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "squeezer/worker.h"
#include "util/rng.h"

#define SLICE_NS 10000000u

static int affinity_set(pid_t tid, uint32_t cpu)
{
	cpu_set_t set;

	if (cpu >= CPU_SETSIZE)
		return -EINVAL;
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return sched_setaffinity(tid, sizeof(set), &set) ? -errno : 0;
}

int worker_place(const struct worker_place *place, const char **failed)
{
	struct sched_param rt = {.sched_priority = (int)place->rt_priority};
	int r = 0;

	*failed = "CPU affinity";
	if (place->cpu != WORKER_ANY_CPU)
		r = affinity_set(0, place->cpu);
	if (r)
		return r;
	*failed = "nice value";
	if (place->nice && setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), place->nice))
		return -errno;
	*failed = "SCHED_FIFO priority";
	if (place->rt_priority && sched_setscheduler(0, SCHED_FIFO, &rt))
		return -errno;
	*failed = NULL;
	return 0;
}

int worker_move(pid_t tid, uint32_t cpu)
{
	cpu_set_t have;
	int r = affinity_set(tid, cpu);

	if (r)
		return r;
	if (sched_getaffinity(tid, sizeof(have), &have))
		return -errno;
	return CPU_COUNT(&have) == 1 && CPU_ISSET(cpu, &have) ? 0 : -EBUSY;
}

uint64_t worker_now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

void worker_spin(uint64_t ns, const atomic_bool *stop)
{
	uint64_t end = worker_now_ns() + ns;

	while (worker_now_ns() < end && !atomic_load_explicit(stop, memory_order_relaxed))
		__builtin_ia32_pause();
}

void worker_sleep_until(uint64_t ns, const atomic_bool *stop)
{
	uint64_t now = worker_now_ns();

	while (now < ns && !atomic_load_explicit(stop, memory_order_relaxed)) {
		uint64_t end = ns - now > SLICE_NS ? now + SLICE_NS : ns;
		struct timespec ts = {(time_t)(end / 1000000000u), (long)(end % 1000000000u)};

		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
		now = worker_now_ns();
	}
}

static void *rhythm_main(void *arg)
{
	struct rhythm *r = arg;
	uint64_t rng = r->seed, begin;

	r->error = worker_place(&r->place, &r->failed);
	begin = worker_now_ns();
	sem_post(&r->ready);
	while (!r->error && !atomic_load(&r->stop)) {
		uint64_t now;

		begin += r->period_ns;
		worker_sleep_until(begin + rng_below(&rng, r->jitter_ns + 1), &r->stop);
		if (!atomic_load(&r->stop))
			r->beat(r);
		now = worker_now_ns();
		if (now > begin + r->period_ns)
			begin += (now - begin) / r->period_ns * r->period_ns;
	}
	return NULL;
}

int rhythm_start(struct rhythm *r)
{
	int error;

	atomic_store(&r->stop, false);
	sem_init(&r->ready, 0, 0);
	error = pthread_create(&r->id, NULL, rhythm_main, r);
	if (error) {
		sem_destroy(&r->ready);
		r->failed = "thread";
		return -error;
	}
	r->running = true;
	while (sem_wait(&r->ready) && errno == EINTR)
		;
	error = r->error;
	if (error)
		rhythm_stop(r);
	return error;
}

void rhythm_stop(struct rhythm *r)
{
	if (!r->running)
		return;
	atomic_store(&r->stop, true);
	pthread_join(r->id, NULL);
	sem_destroy(&r->ready);
	r->running = false;
}
