// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * linux_claims.c - what a guest's program wrote: copied first, held against the
 * job as the VMM made it, given away then. Nothing of it is an index before it
 * has been bounded.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "vmm/linux.h"

#define CHUNK 128

int linux_claims_device(const struct linux_vmm *x, unsigned int source, struct pb_guest_device *d,
			struct vmm_line *line)
{
	const struct pb_guest_task *t = &x->job.task[source];
	uint64_t ticks = (x->m.tsc_stop ? x->m.tsc_stop : mini_tsc()) - x->m.tsc_start;
	uint64_t submitted;

	memcpy(d, &x->area->device[source], sizeof(*d));
	/* A running guest counts on between the words: what is done was begun before. */
	submitted = x->m.tsc_stop ? d->submitted : t->count;
	if (d->submitted > t->count || d->completed > submitted || d->stalls > d->completed)
		return vmm_fail(line, -EPROTO,
				"the guest says that of %" PRIu32 " I/Os of source %u %" PRIu64
				" were begun, %" PRIu64 " done, %" PRIu64 " stalled",
				t->count, source, d->submitted, d->completed, d->stalls);
	if (t->kind == PB_SOURCE_NVME && d->errors > d->completed)
		return vmm_fail(line, -EPROTO,
				"the guest says that of %" PRIu64 " I/Os of source %u %" PRIu64
				" failed",
				d->completed, source, d->errors);
	if (d->longest > ticks || d->polled > d->timeouts)
		return vmm_fail(line, -EPROTO,
				"the guest says that source %u took %" PRIu64
				" ticks for an I/O, timed out %" PRIu64 " times, polled %" PRIu64,
				source, d->longest, d->timeouts, d->polled);
	return 0;
}

/* Which numbers of a task have been: each I/O ends once. */
struct pass {
	const struct linux_vmm *x;
	const struct pb_guest_task *task;
	unsigned int source, queue;
	uint8_t *seen;
	uint64_t last; /* tsc */
	uint64_t events;
};

static int check_event(struct pass *p, const struct pb_event *e, struct vmm_line *line)
{
	bool nvme = p->task->kind == PB_SOURCE_NVME;
	uint16_t what = nvme ? PB_EVF_IO_READ : PB_EVF_IO_FRAME;

	if (e->kind != PB_EV_IO || e->source != p->source || e->vector != p->queue ||
	    e->vcpu >= p->x->job.vcpus || e->cpu != PB_CPU_NONE ||
	    (e->flags & ~PB_EVF_IO_ERROR) != what || e->reserved[0] || e->reserved[1] ||
	    e->reserved[2])
		return vmm_fail(line, -EPROTO,
				"source %u, queue %u: an event of the guest's is none that it "
				"could have",
				p->source, p->queue);
	if (e->tsc < p->last || e->tsc < p->x->m.tsc_start || e->tsc > p->x->m.tsc_stop ||
	    e->arg > e->tsc - p->x->m.tsc_start)
		return vmm_fail(line, -EPROTO,
				"source %u, queue %u: an I/O of %" PRIu64 " ticks at %" PRIu64
				" cannot be",
				p->source, p->queue, e->arg, e->tsc);
	if (!e->seq || e->seq > p->task->count || (p->seen[e->seq / 8] & 1u << e->seq % 8))
		return vmm_fail(line, -EPROTO,
				"source %u, queue %u: I/O %" PRIu32
				" is none of the task's, or was before",
				p->source, p->queue, e->seq);
	p->seen[e->seq / 8] |= (uint8_t)(1u << e->seq % 8);
	p->last = e->tsc;
	return 0;
}

static int worker_events(struct pass *p, unsigned int worker, pb_event_sink sink, void *arg,
			 uint64_t *lost, struct vmm_line *line)
{
	const struct pb_guest_job *j = &p->x->job;
	const struct pb_ring *ring =
		(const struct pb_ring *)((const uint8_t *)p->x->area + j->ring_offset +
					 worker * j->ring_stride);
	struct pb_event chunk[CHUNK];
	struct claims_ring head;
	int r;

	claims_read_ring(&head, ring);
	r = claims_check_ring(&head, j->ring_capacity, line);
	if (r)
		return r;
	*lost += head.lost;
	p->last = 0;
	for (uint64_t at = 0; at < head.head && !r; at += CHUNK) {
		size_t n = head.head - at < CHUNK ? (size_t)(head.head - at) : CHUNK;

		memcpy(chunk, &ring->ev[at], n * sizeof(chunk[0]));
		for (size_t i = 0; i < n && !r; i++)
			r = check_event(p, &chunk[i], line);
		r = r ?: sink(arg, chunk, n);
		p->events += n;
	}
	return r;
}

static int task_events(struct linux_vmm *x, unsigned int source, pb_event_sink sink, void *arg,
		       uint64_t *lost, struct vmm_line *line)
{
	const struct pb_guest_task *t = &x->job.task[source];
	struct pass p = {.x = x, .task = t, .source = source};
	uint64_t before = *lost, completed;
	int r = 0;

	p.seen = calloc(1, t->count / 8 + 1);
	if (!p.seen)
		return -ENOMEM;
	for (unsigned int w = 0; w < t->queues * t->depth && !r; w++) {
		p.queue = w / t->depth;
		r = worker_events(&p, t->first_worker + w, sink, arg, lost, line);
	}
	free(p.seen);
	/* Of a guest that went wrong, one I/O may have been counted and not stored. */
	completed = x->area->device[source].completed;
	if (!r && x->m.status == PB_RUN_OK && p.events + (*lost - before) != completed)
		r = vmm_fail(line, -EPROTO,
			     "the guest says that %" PRIu64
			     " I/Os of source %u ended, and left %" PRIu64 " events",
			     completed, source, p.events);
	return r;
}

int linux_claims_events(struct linux_vmm *x, pb_event_sink sink, void *arg, uint64_t *lost,
			struct vmm_line *line)
{
	int r = 0;

	for (unsigned int s = 0; s < x->job.tasks && !r; s++)
		r = task_events(x, s, sink, arg, lost, line);
	return r;
}
