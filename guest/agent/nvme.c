// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * nvme.c - the smallest NVMe driver that there can be: reads of one block, a
 * fixed number outstanding on each queue, the next submitted by the ISR that
 * consumed one.  It never looks at a completion queue but in its ISR, or in the
 * poll loop that its ISR started (poll.c): where an interrupt is lost, its queue
 * stands still for ever.
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

	while (s->submitted < q->count && s->submitted - s->completed - s->aborted < q->depth) {
		struct nvme_sqe *sqe = (struct nvme_sqe *)q->submission + tail;

		/* Commands end in any order: the slot's number may be of one that has not. */
		*sqe = (struct nvme_sqe){
			.cdw0 = NVME_CMD_READ | (uint32_t)s->submitted << 16,
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

static const struct nvme_cqe *cqe_at(const struct pb_device_queue *q, uint32_t head)
{
	return (const struct nvme_cqe *)q->completion + head;
}

static bool is_new(const struct nvme_cqe *cqe, uint32_t phase, uint16_t *status)
{
	*status = __atomic_load_n(&cqe->status, __ATOMIC_ACQUIRE);
	return (*status & NVME_CQE_PHASE) == phase;
}

static uint32_t consume(const struct pb_device_queue *q, struct pb_device_state *s, uint32_t budget)
{
	uint32_t head = s->head, taken = 0;
	uint16_t status;

	for (; taken < budget && is_new(cqe_at(q, head), s->phase, &status); taken++) {
		s->failed += status != s->phase;
		head = next(head, q->entries);
		if (!head)
			s->phase ^= 1;
	}
	if (!taken)
		return 0;
	s->completed += taken;
	s->head = head;
	doorbell(q->completion_doorbell, head);
	return taken;
}

void agent_nvme_start(const struct pb_device *d)
{
	for (uint32_t i = 0; i < d->queues; i++) {
		agent_state(d, i)->phase = 1;
		agent_state(d, i)->started = 1;
		submit(d, &d->queue[i], agent_state(d, i));
	}
}

bool agent_nvme_waiting(const struct pb_device *d, uint32_t queue)
{
	const struct pb_device_state *s = agent_state(d, queue);
	uint16_t status;

	return s->started && is_new(cqe_at(&d->queue[queue], s->head), s->phase, &status);
}

uint32_t agent_nvme_take(const struct pb_device *d, uint32_t queue, uint32_t budget)
{
	struct pb_device_state *s = agent_state(d, queue);
	uint32_t taken;

	/* An interrupt that nobody posted, before the phase is set: all looks complete. */
	if (!s->started)
		return 0;
	taken = consume(&d->queue[queue], s, budget);
	if (__atomic_load_n(&d->go, __ATOMIC_ACQUIRE) == PB_DEVICE_RUN)
		submit(d, &d->queue[queue], s);
	return taken;
}

/* What was outstanding is no more, whatever had become of it. */
void agent_nvme_abort(const struct pb_device *d, uint32_t queue)
{
	struct pb_device_state *s = agent_state(d, queue);

	s->aborted = s->submitted - s->completed;
	s->tail = s->head = s->phase = s->started = 0;
}
