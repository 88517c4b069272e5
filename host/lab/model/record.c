// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/lab/model/record.h"

#include <stddef.h>
#include <string.h>

#include "host/lab/model/defect.h"
#include "host/lab/model/lab.h"
#include "host/lab/model/pid.h"
#include "host/lab/model/truth.h"

static uint64_t total;

void record_init(void)
{
	total = 0;
}

uint64_t record_total(void)
{
	return total;
}

void record_clear(struct record *r)
{
	r->posted = r->lost = r->dma_faults = 0;
	r->head = 0;
	r->doubled = 0;
	r->waited = 0;
	memset(r->slot, 0, sizeof(r->slot));
}

static int dma_write(struct record *r, uint64_t iova, const void *data, size_t len)
{
	int rc = pci_function_dma_write(r->pci, iova, data, len);

	r->dma_faults += rc != 0;
	return rc;
}

/* The event first, then what says that it is there, as any DMA ring. */
static void event_write(struct record *r, const struct pb_event *ev)
{
	uint64_t at = r->ring + sizeof(struct pb_ring) + r->head * sizeof(*ev);

	if (!r->ring || defect_hits(DEFECT_LOSE_RECORD, ev->seq))
		return;
	if (r->head == r->capacity) {
		uint64_t lost = ++r->lost;

		dma_write(r, r->ring + offsetof(struct pb_ring, lost), &lost, sizeof(lost));
		return;
	}
	if (dma_write(r, at, ev, sizeof(*ev)))
		return;
	r->head++;
	dma_write(r, r->ring + offsetof(struct pb_ring, head), &r->head, sizeof(r->head));
}

static void slot_write(struct record *r, uint32_t vector, uint64_t tsc)
{
	struct pb_slot *slot = &r->slot[vector];

	slot->tsc = tsc;
	slot->seq = r->posted;
	slot->count++;
	if (r->slots)
		dma_write(r, r->slots + vector * sizeof(*slot), slot, sizeof(*slot));
}

/*
 * What became of the message of the newest post on this vector. The guest
 * vector is the IRTE's where there is one.
 */
void record_sent(const struct record *r, uint32_t vector, const struct vtd_message *m)
{
	struct pid *pid = pid_see(m->pid);

	if (r->mute)
		return;
	truth_post(r->source, r->slot[vector].seq,
		   m->pid ? m->vector : record_guest_vector(r, vector),
		   pid ? pid->index : PB_VCPU_NONE, m->flags, m->fault);
	if (pid)
		pid_refresh(pid, PB_CPU_NONE, PB_EVF_BY_IOMMU);
}

static void message(struct record *r, uint32_t vector)
{
	uint32_t sent = vector;
	struct vtd_message m;

	if (r->doubled) {
		pci_function_msix(r->pci, r->first + r->doubled - 1, &m);
		r->doubled = 0;
	}
	r->last = (struct vtd_message){0};
	if (defect_hits(DEFECT_LOSE_POST, r->posted))
		return;
	if (defect_hits(DEFECT_DOUBLE_POST, r->posted))
		r->doubled = vector + 1;
	if (defect_hits(DEFECT_WRONG_VECTOR, r->posted))
		sent = (vector + 1) % r->vectors;
	pci_function_msix(r->pci, r->first + sent, &m);
	r->last = m;
	record_sent(r, vector, &m);
}

/* Event and slot of the next post. */
static void leave(struct record *r, uint32_t vector)
{
	struct pb_event ev = {
		.tsc = lab->tsc(),
		.arg = r->waited,
		.seq = ++r->posted,
		.vcpu = r->vcpu,
		.cpu = PB_CPU_NONE,
		.kind = PB_EV_POST,
		.vector = record_guest_vector(r, vector),
		.source = r->source,
	};

	r->waited = 0;
	total += !r->mute;
	event_write(r, &ev);
	slot_write(r, vector, ev.tsc);
}

void record_post(struct record *r, uint32_t vector)
{
	leave(r, vector);
	message(r, vector);
}

void record_drop(struct record *r, uint32_t vector)
{
	struct vtd_message m = {.flags = PB_EVF_BLOCKED, .fault = PB_FAULT_DROPPED};

	leave(r, vector);
	record_sent(r, vector, &m);
}

void record_astray(struct record *r, uint32_t vector)
{
	struct vtd_message m;

	leave(r, vector);
	pci_function_msix_astray(r->pci, r->first + vector, &m);
	r->last = m;
	record_sent(r, vector, &m);
}

void record_follow(const struct record *r)
{
	for (uint32_t i = 0; i < r->vectors; i++)
		pid_see(pci_function_peek_pid(r->pci, r->first + i));
}
