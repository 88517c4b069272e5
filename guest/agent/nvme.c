// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * nvme.c - the smallest NVMe driver that there can be: reads of one block, a
 * fixed number outstanding on each queue, the next submitted by the ISR that
 * consumed one.  It never looks at a completion queue but in its ISR: where an
 * interrupt is lost, its queue stands still for ever.
 */
#include "guest/agent/agent_code.h"
#include "guest/agent/nvme.h"

/* How far apart the blocks of two commands are; a namespace has at least so many. */
#define BLOCKS 1024u

static void doorbell(uint64_t address, uint32_t value)
{
	/* Stores to the rings come before (SDM vol. 3, 9.2: x86 keeps their order). */
	__atomic_store_n((uint32_t *)address, value, __ATOMIC_RELEASE);
}

static uint32_t next(uint32_t i, uint32_t entries)
{
	return i + 1 == entries ? 0 : i + 1;
}

/* Fill the queue up to its depth. */
static void submit(const struct pb_device *d, const struct pb_device_queue *q,
		   struct pb_device_state *s)
{
	uint32_t tail = s->tail;

	while (s->submitted < q->count && s->submitted - s->completed < q->depth) {
		struct nvme_sqe *sqe = (struct nvme_sqe *)q->submission + tail;

		*sqe = (struct nvme_sqe){
			.cdw0 = NVME_CMD_READ | tail << 16,
			.nsid = d->nsid,
			.prp1 = q->data,
			.cdw10 = (uint32_t)(s->submitted % BLOCKS),
		};
		tail = next(tail, q->entries);
		s->submitted++;
	}
	if (tail == s->tail)
		return;
	s->tail = tail;
	doorbell(q->submission_doorbell, tail);
}

static void consume(const struct pb_device_queue *q, struct pb_device_state *s)
{
	uint32_t head = s->head;

	for (;;) {
		const struct nvme_cqe *cqe = (const struct nvme_cqe *)q->completion + head;
		uint16_t status = __atomic_load_n(&cqe->status, __ATOMIC_ACQUIRE);

		if ((status & NVME_CQE_PHASE) != s->phase)
			break;
		s->failed += status != s->phase;
		s->completed++;
		head = next(head, q->entries);
		if (!head)
			s->phase ^= 1;
	}
	if (head == s->head)
		return;
	s->head = head;
	doorbell(q->completion_doorbell, head);
}

static struct pb_device_state *state_of(const struct pb_device *d, uint32_t queue)
{
	return (struct pb_device_state *)d->state + queue;
}

void agent_nvme_start(const struct pb_device *d)
{
	for (uint32_t i = 0; i < d->queues; i++) {
		state_of(d, i)->phase = 1;
		submit(d, &d->queue[i], state_of(d, i));
	}
}

void agent_nvme_interrupt(const struct pb_device *d, uint32_t queue)
{
	struct pb_device_state *s = state_of(d, queue);

	/* An interrupt that nobody posted, before the phase is set: all looks complete. */
	if (!s->submitted)
		return;
	consume(&d->queue[queue], s);
	if (__atomic_load_n(&d->go, __ATOMIC_ACQUIRE) == PB_DEVICE_RUN)
		submit(d, &d->queue[queue], s);
}
