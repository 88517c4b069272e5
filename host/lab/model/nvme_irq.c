// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Interrupts: one message per vector for what completed at one instant, or for
 * more where the host asked for coalescing (5.27.1.6, 5.27.1.7), which is for
 * I/O completion queues only.
 */
#include "host/lab/model/nvme_internal.h"
#include "host/lab/model/truth.h"
#include "shared/event.h"

#define COALESCING_TICKS 10000u /* 100 us at 100 ticks each */

static uint32_t threshold(const struct nvme_ctrl *c)
{
	return (c->feature.coalescing & 0xff) + 1;
}

static uint32_t time_limit(const struct nvme_ctrl *c)
{
	return (c->feature.coalescing >> 8 & 0xff) * COALESCING_TICKS;
}

static bool coalesces(const struct nvme_ctrl *c, uint16_t cqid)
{
	return cqid && !c->vector[c->cq[cqid].vector].immediate && time_limit(c) &&
	       threshold(c) > 1;
}

static void hold(struct nvme_ctrl *c, struct nvme_vector *v)
{
	if (!v->held++)
		v->deadline = lab->now() + time_limit(c);
	if (v->held >= threshold(c))
		v->signal = true;
	else
		c->in.held++;
}

void nvme_irq_completion(struct nvme_ctrl *c, uint16_t cqid, uint32_t seq, uint64_t what)
{
	const struct nvme_cq *q = &c->cq[cqid];
	struct nvme_vector *v = &c->vector[q->vector];
	uint16_t flags = 0;

	if (!q->ien) {
		flags = PB_EVF_CQE_POLLED;
	} else {
		v->seq = seq;
		if (coalesces(c, cqid))
			hold(c, v);
		else
			v->signal = true;
		flags = v->signal ? 0 : PB_EVF_CQE_HELD;
	}
	if (instrument_recorded(&c->in, q->vector))
		truth_completion(c->in.record.source, seq, instrument_vector(&c->in, q->vector),
				 what, flags);
}

/* waited: how long the oldest completion was held back that the message speaks for. */
static void message(struct nvme_ctrl *c, unsigned int vector, uint64_t waited)
{
	c->priv.messages++;
	c->in.record.waited = waited;
	instrument_message(&c->in, vector);
}

/* Has the host taken everything already? Then there is nothing to tell. */
static bool taken(const struct nvme_ctrl *c, unsigned int vector)
{
	for (unsigned int i = 0; i < NVME_QUEUES; i++)
		if (c->cq[i].on && c->cq[i].vector == vector && c->cq[i].head != c->cq[i].tail)
			return false;
	return true;
}

static void absorb(struct nvme_ctrl *c, unsigned int i)
{
	struct nvme_vector *v = &c->vector[i];

	c->priv.absorbed += v->held;
	v->held = 0;
	if (instrument_recorded(&c->in, i))
		truth_absorbed(c->in.record.source, v->seq, instrument_vector(&c->in, i));
}

static void vector_send(struct nvme_ctrl *c, unsigned int i)
{
	struct nvme_vector *v = &c->vector[i];
	uint64_t waited = 0;

	if (v->held && !v->signal && v->deadline <= lab->now()) {
		if (taken(c, i))
			absorb(c, i);
		else
			v->signal = true;
	}
	if (!v->signal)
		return;
	if (v->held)
		waited = lab->now() + time_limit(c) - v->deadline;
	v->signal = false;
	v->held = 0;
	message(c, i, waited);
}

void nvme_irq_send(struct nvme_ctrl *c)
{
	if (!nvme_running(c))
		return;
	for (unsigned int i = 0; i < NVME_QUEUES; i++)
		vector_send(c, i);
}

uint64_t nvme_irq_deadline(const struct nvme_ctrl *c)
{
	uint64_t at = UINT64_MAX;

	for (unsigned int i = 0; i < NVME_QUEUES; i++)
		if (c->vector[i].held && c->vector[i].deadline < at)
			at = c->vector[i].deadline;
	return at;
}
