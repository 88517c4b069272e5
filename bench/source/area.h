/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * area.h - the DMA area of a function, as every source lays it out: slots
 * first, from PB_FUNCTION_RING a ring (vmm/vmm.h).
 */
#ifndef PB_SOURCE_AREA_H
#define PB_SOURCE_AREA_H

#include "source/source.h"

/*
 * Zero the slots and make the ring empty, of as many events as the plan wants.
 * 0, or -ENOSPC with a line in src->error when the area is too small.
 */
int source_area_init(struct pb_source *src);

static inline struct pb_slot *source_slots(const struct pb_source *src)
{
	return (struct pb_slot *)src->fn->dma;
}

static inline struct pb_ring *source_ring(const struct pb_source *src)
{
	return (struct pb_ring *)(src->fn->dma + PB_FUNCTION_RING);
}

#endif
