// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "source/area.h"

int source_area_init(struct pb_source *src)
{
	uint64_t capacity = src->plan->event_capacity;
	uint64_t need =
		PB_FUNCTION_RING + sizeof(struct pb_ring) + capacity * sizeof(struct pb_event);
	struct pb_ring *ring;

	if (!src->fn || !src->fn->dma || src->fn->dma_size < need) {
		snprintf(src->error, sizeof(src->error),
			 "DMA area has %zu bytes, %llu needed for a ring of %llu events",
			 src->fn ? src->fn->dma_size : (size_t)0, (unsigned long long)need,
			 (unsigned long long)capacity);
		return -ENOSPC;
	}
	memset(src->fn->dma, 0, PB_FUNCTION_RING + sizeof(*ring));
	ring = source_ring(src);
	ring->magic = PB_RING_MAGIC;
	ring->capacity = (uint32_t)capacity;
	return 0;
}
