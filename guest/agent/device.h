/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * device.h - a device that the guest drives itself: what source, VMM and agent
 * tell each other.  Freestanding; the only definition.
 *
 * The source sets the device up from outside (admin queue, I/O queues in guest
 * memory) and fills in struct pb_device, which the guest sees read-only; the
 * guest keeps to itself what changes while it runs, struct pb_device_state,
 * which nobody outside trusts.
 *
 * Addresses are guest physical = guest virtual = the function's DMA addresses;
 * doorbells are in the function's BAR, which the VMM maps at pb_device.bar.
 */
#ifndef PB_AGENT_DEVICE_H
#define PB_AGENT_DEVICE_H

#include <stdint.h>

#include "shared/plan.h"

/* One queue pair: its completions interrupt on MSI-X vector i, i its index. */
struct pb_device_queue {
	uint64_t submission; /* NVMe: SQ; NIC: descriptors and available rings, see net.h */
	uint64_t completion; /* NVMe: CQ; NIC: used rings */
	uint64_t submission_doorbell;
	uint64_t completion_doorbell; /* NIC: none, 0 */
	uint64_t data; /* a page for what is read or written */
	uint32_t entries; /* of each ring: 2..PB_DEVICE_ENTRIES */
	uint32_t depth; /* NVMe: commands outstanding at most, < entries */
	uint32_t count; /* NVMe: commands in all */
	uint32_t reserved[3]; /* zero */
};
_Static_assert(sizeof(struct pb_device_queue) == 64, "one cache line");

#define PB_DEVICE_ENTRIES    64u
/* What one queue needs of the area that the guest writes: SQ, CQ and data, a page each. */
#define PB_DEVICE_QUEUE_SIZE (3 * 4096u)

/*
 * The area that guest and function write: the states, three pages for the
 * source's admin queues and what is read by them, then each queue's three pages.
 */
#define PB_DEVICE_STATES       4096u
#define PB_DEVICE_ADMIN        PB_DEVICE_STATES /* offset */
#define PB_DEVICE_QUEUES       (PB_DEVICE_ADMIN + 3 * 4096u) /* offset */
#define PB_DEVICE_AREA(queues) (PB_DEVICE_QUEUES + (queues)*PB_DEVICE_QUEUE_SIZE)

enum pb_device_go {
	PB_DEVICE_WAIT, /* do nothing yet */
	PB_DEVICE_RUN,
	PB_DEVICE_DRAIN, /* submit nothing more; what ends is consumed still */
};

/* One per source, written by the source. */
struct pb_device {
	uint32_t kind; /* enum pb_source_kind */
	uint32_t go; /* enum pb_device_go; this changes, and life with a reset the queues */
	uint32_t queues; /* 1..PB_MAX_VECTORS */
	uint32_t vector; /* of queue 0; the others follow */
	uint64_t state; /* struct pb_device_state[queues] */
	uint64_t bar; /* where the function's BAR 0 is mapped */
	uint32_t nsid; /* NVMe: of the namespace that is read */
	uint32_t poll; /* completions at a look, poll.c; 0: in the ISR only */
	uint32_t life; /* one more with each reset of the function; changes while go is WAIT */
	uint32_t zero;
	uint64_t reserved[2]; /* zero */
	struct pb_device_queue queue[PB_MAX_VECTORS];
};

/* One per queue, written by the guest. */
struct pb_device_state {
	uint32_t tail; /* NVMe: of the submission queue */
	uint32_t head; /* of the completion queue; NIC: used index, 16 bits */
	uint32_t phase; /* NVMe: that a new completion has: 1, then 0, ... */
	uint32_t failed; /* completions with an error status; frames that are none */
	uint64_t submitted; /* NVMe */
	uint64_t completed; /* consumed */
	uint64_t polled; /* of them: by the poll loop */
	uint64_t aborted; /* outstanding, or not seen yet, when the function was reset */
	uint32_t polling; /* the ISR has handed over to the poll loop */
	uint32_t started; /* NVMe: the phase is set */
	uint32_t life; /* that this is of: the guest has seen that its old one is over */
	uint32_t zero;
};
_Static_assert(sizeof(struct pb_device_state) == 64, "one cache line");
_Static_assert(sizeof(struct pb_device_state) * PB_MAX_VECTORS <= PB_DEVICE_STATES, "they fit");

#endif
