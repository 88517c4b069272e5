// SPDX-License-Identifier: LGPL-2.1-or-later
/* worker.c - the threads that do I/O, and what each leaves of it. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "guest/linux/program.h"

int worker_wanted(const struct worker *w)
{
	return __atomic_load_n(&w->p->area->job.command, __ATOMIC_ACQUIRE) == PB_GUEST_RUN;
}

void worker_ready(struct worker *w)
{
	__atomic_fetch_sub(&w->p->preparing, 1, __ATOMIC_ACQ_REL);
}

/* Before anything is measured, so a timer may wake us. */
void worker_wait(const struct worker *w)
{
	const struct timespec pause = {0, 1000000};

	while (!__atomic_load_n(&w->task->job->go, __ATOMIC_ACQUIRE) && worker_wanted(w))
		nanosleep(&pause, NULL);
}

static void count(struct worker *w, uint64_t took, uint16_t flags)
{
	struct pb_guest_device *d = w->task->said;
	uint64_t longest = __atomic_load_n(&d->longest, __ATOMIC_RELAXED);

	__atomic_fetch_add(&d->completed, 1, __ATOMIC_RELAXED);
	if (flags & PB_EVF_IO_ERROR)
		__atomic_fetch_add(&d->errors, 1, __ATOMIC_RELAXED);
	if (took > w->p->area->job.stall)
		__atomic_fetch_add(&d->stalls, 1, __ATOMIC_RELAXED);
	while (took > longest && !__atomic_compare_exchange_n(&d->longest, &longest, took, 0,
							      __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		;
	__atomic_fetch_add(&w->p->area->program.heartbeat, 1, __ATOMIC_RELAXED);
}

/* A worker may wait for a frame that another one has taken: so the last I/O says it. */
static void ended(struct worker *w)
{
	if (__atomic_add_fetch(&w->task->ended, 1, __ATOMIC_ACQ_REL) != w->task->job->count)
		return;
	if (!__atomic_sub_fetch(&w->p->running, 1, __ATOMIC_ACQ_REL))
		__atomic_store_n(&w->p->area->program.state, PB_GUEST_DONE, __ATOMIC_RELEASE);
}

void worker_record(struct worker *w, uint64_t tsc, uint64_t took, uint32_t seq, uint16_t flags)
{
	int cpu = sched_getcpu();
	struct pb_event ev = {
		.tsc = tsc,
		.arg = took,
		.seq = seq,
		.vcpu = (uint16_t)(cpu < 0 ? (int)w->vcpu : cpu),
		.cpu = PB_CPU_NONE,
		.flags = flags,
		.kind = PB_EV_IO,
		.vector = (uint8_t)w->queue,
		.source = (uint8_t)w->task->index,
	};
	uint64_t head = w->ring->head;

	if (head < w->p->area->job.ring_capacity) {
		w->ring->ev[head] = ev;
		__atomic_store_n(&w->ring->head, head + 1, __ATOMIC_RELEASE);
	} else {
		w->ring->lost++;
	}
	count(w, took, flags);
	ended(w);
}

static void *worker_main(void *arg)
{
	struct worker *w = arg;
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(w->vcpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		give_up(w->p, "there is no CPU %u", w->vcpu);
	if (w->task->job->kind == PB_SOURCE_NVME)
		block_work(w);
	else
		frames_work(w);
	return NULL;
}

static void start(struct program *p, struct task *t, unsigned int queue, unsigned int thread)
{
	const struct pb_guest_job *j = &p->area->job;
	struct worker *w = calloc(1, sizeof(*w));
	pthread_t id;

	if (!w)
		give_up(p, "no memory");
	w->p = p;
	w->task = t;
	w->queue = queue;
	w->vcpu = (t->job->vcpu + queue) % j->vcpus;
	w->index = t->job->first_worker + queue * t->job->depth + thread;
	if (w->index >= j->workers)
		give_up(p, "task %u has more workers than the job", t->index);
	w->ring =
		(struct pb_ring *)((uint8_t *)p->area + j->ring_offset + w->index * j->ring_stride);
	w->rng = j->seed + w->index;
	if (pthread_create(&id, NULL, worker_main, w))
		give_up(p, "no thread");
}

void workers_start(struct program *p)
{
	const struct timespec pause = {0, 1000000};

	p->running = p->area->job.tasks;
	for (unsigned int i = 0; i < p->area->job.tasks; i++)
		p->preparing += p->task[i].job->queues * p->task[i].job->depth;
	for (unsigned int i = 0; i < p->area->job.tasks; i++)
		for (unsigned int q = 0; q < p->task[i].job->queues; q++)
			for (unsigned int n = 0; n < p->task[i].job->depth; n++)
				start(p, &p->task[i], q, n);
	while (__atomic_load_n(&p->preparing, __ATOMIC_ACQUIRE))
		nanosleep(&pause, NULL);
}
