/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * poster_function.h - the registers of a poster (shared/poster_regs.h), for
 * whoever drives one: the source of that name, and the squeezer `kick`.
 */
#ifndef PB_SOURCE_POSTER_FUNCTION_H
#define PB_SOURCE_POSTER_FUNCTION_H

#include <stddef.h>
#include <stdint.h>

#include "shared/poster_regs.h"
#include "vmm/vmm.h"

/* What ARM takes; the meaning of each is that of the register. */
struct poster_setup {
	uint32_t schedule, aim, count, vectors, burst, flags;
	uint64_t period, jitter; /* ticks */
	uint32_t offset_min, offset_max, skip;
	uint64_t seed;
	uint64_t slots, ring; /* IOVA, 0: none */
	uint32_t ring_capacity;
	uint32_t vector_base, source, vcpu;
};

static inline uint32_t poster_function_get(const struct pb_function *fn, uint32_t reg)
{
	return *(volatile uint32_t *)(fn->bar[0] + reg);
}

/* Is it one? Leaves it disarmed. 0, or -ENODEV and a line. */
int poster_function_open(const struct pb_function *fn, char *err, size_t size);

/* Start a schedule. 0, or -EINVAL and a line: it refused. */
int poster_function_arm(const struct pb_function *fn, const struct poster_setup *setup, char *err,
			size_t size);

/* No further post after this. */
void poster_function_disarm(const struct pb_function *fn);

#endif
