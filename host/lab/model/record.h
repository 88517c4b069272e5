/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * record.h - what an interrupt message of a source leaves behind, whichever
 * device sends it: a POST event in a ring and the vector's slot, by DMA, before
 * the message; then its outcome in the truth.  bench/shared/event.h.
 */
#ifndef LAB_RECORD_H
#define LAB_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "host/lab/model/pci.h"
#include "shared/event.h"
#include "shared/plan.h"

struct record {
	struct pci_function *pci; /* whose DMA and messages */
	/* Where to; the device fills it in when it is armed. */
	uint64_t slots; /* IOVA of struct pb_slot[PB_MAX_VECTORS], 0: none */
	uint64_t ring; /* IOVA of struct pb_ring, 0: none */
	uint32_t capacity; /* events in it */
	uint32_t first; /* MSI-X vector of vector 0 */
	uint32_t vectors; /* that are used, 1..PB_MAX_VECTORS */
	uint32_t vector_base; /* guest vector of vector 0 */
	uint8_t source; /* index in the plan */
	uint16_t vcpu;
	bool mute; /* no source: nothing of it in the truth, nor in the total */

	uint64_t waited; /* ticks that the next post was held back; taken by it */
	uint32_t posted; /* the newest sequence number */
	uint32_t lost; /* events that found the ring full */
	uint32_t dma_faults; /* writes that the IOMMU refused */
	uint64_t head; /* of the ring */
	struct pb_slot slot[PB_MAX_VECTORS];
	struct vtd_message last; /* what became of the newest message; zero: it was not sent */
	uint32_t doubled; /* vector + 1 that DEFECT_DOUBLE_POST sends again */
};

/* Forget what was posted; where to stays. */
void record_clear(struct record *r);

/* Guest vector of a vector. Vectors here are counted from `first`. */
static inline uint8_t record_guest_vector(const struct record *r, uint32_t vector)
{
	return (uint8_t)(r->vector_base + vector);
}

/* Post: event, slot, message, truth. `vector` < `vectors`. */
void record_post(struct record *r, uint32_t vector);

/*
 * The same, but the device drops the message: to the truth it is blocked, with
 * PB_FAULT_DROPPED in place of the IOMMU's fault.
 */
void record_drop(struct record *r, uint32_t vector);

/* The same, but the message goes astray: pci_function_msix_astray(). */
void record_astray(struct record *r, uint32_t vector);

/* A pending message went out (pci_function_ops.msix_sent): the truth of it. */
void record_sent(const struct record *r, uint32_t vector, const struct vtd_message *m);

/* Where messages go may have changed: have their PIDs followed. */
void record_follow(const struct record *r);

/* Posts of all that are not mute since record_init(); no reset forgets them. */
void record_init(void);
uint64_t record_total(void);

#endif
