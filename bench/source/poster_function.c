// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <stdio.h>

#include "source/poster_function.h"

static void set(const struct pb_function *fn, uint32_t reg, uint32_t value)
{
	*(volatile uint32_t *)(fn->bar[0] + reg) = value;
}

/* A pair of registers, low half first. */
static void set64(const struct pb_function *fn, uint32_t reg_lo, uint64_t value)
{
	set(fn, reg_lo, (uint32_t)value);
	set(fn, reg_lo + 4, (uint32_t)(value >> 32));
}

int poster_function_open(const struct pb_function *fn, char *err, size_t size)
{
	uint32_t id, version;

	if (!fn || !fn->bar[0] || fn->bar_size[0] < PB_POSTER_BAR_SIZE) {
		snprintf(err, size, "not a poster: BAR 0 has %zu bytes, not %d",
			 fn ? fn->bar_size[0] : (size_t)0, PB_POSTER_BAR_SIZE);
		return -ENODEV;
	}
	id = poster_function_get(fn, PB_POSTER_ID);
	version = poster_function_get(fn, PB_POSTER_VERSION);
	if (id != PB_POSTER_ID_VALUE || version != 1) {
		snprintf(err, size, "not a poster: id 0x%08x version %u, must be 0x%08x version 1",
			 id, version, PB_POSTER_ID_VALUE);
		return -ENODEV;
	}
	poster_function_disarm(fn);
	return 0;
}

int poster_function_arm(const struct pb_function *fn, const struct poster_setup *s, char *err,
			size_t size)
{
	set(fn, PB_POSTER_SCHEDULE, s->schedule);
	set(fn, PB_POSTER_AIM, s->aim);
	set(fn, PB_POSTER_COUNT, s->count);
	set(fn, PB_POSTER_VECTORS, s->vectors);
	set64(fn, PB_POSTER_PERIOD_LO, s->period);
	set(fn, PB_POSTER_BURST, s->burst);
	set(fn, PB_POSTER_FLAGS, s->flags);
	set(fn, PB_POSTER_OFFSET_MIN, s->offset_min);
	set(fn, PB_POSTER_OFFSET_MAX, s->offset_max);
	set(fn, PB_POSTER_SKIP, s->skip);
	set64(fn, PB_POSTER_SEED_LO, s->seed);
	set64(fn, PB_POSTER_SLOTS_LO, s->slots);
	set64(fn, PB_POSTER_RING_LO, s->ring);
	set(fn, PB_POSTER_RING_CAPACITY, s->ring_capacity);
	set(fn, PB_POSTER_VECTOR_BASE, s->vector_base);
	set(fn, PB_POSTER_SOURCE, s->source);
	set(fn, PB_POSTER_VCPU, s->vcpu);
	set64(fn, PB_POSTER_JITTER_LO, s->jitter);
	set(fn, PB_POSTER_CTRL, PB_POSTER_CTRL_ARM);
	if (!(poster_function_get(fn, PB_POSTER_STATUS) & PB_POSTER_ST_INVALID))
		return 0;
	snprintf(err, size, "the poster refused the schedule: a register is out of its range");
	return -EINVAL;
}

void poster_function_disarm(const struct pb_function *fn)
{
	set(fn, PB_POSTER_CTRL, PB_POSTER_CTRL_DISARM);
}
