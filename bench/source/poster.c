// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * poster.c - drives the lab's poster (shared/poster_regs.h): the function
 * itself keeps the schedule, writes the records by DMA and posts.
 */
#include <errno.h>
#include <stdio.h>

#include "plan/plan.h"
#include "shared/poster_regs.h"
#include "source/area.h"

static volatile uint32_t *reg_at(const struct pb_source *src, uint32_t reg)
{
	return (volatile uint32_t *)(src->fn->bar[0] + reg);
}

static uint32_t get(const struct pb_source *src, uint32_t reg)
{
	return *reg_at(src, reg);
}

static void set(const struct pb_source *src, uint32_t reg, uint32_t value)
{
	*reg_at(src, reg) = value;
}

/* A pair of registers, low half first. */
static void set64(const struct pb_source *src, uint32_t reg_lo, uint64_t value)
{
	set(src, reg_lo, (uint32_t)value);
	set(src, reg_lo + 4, (uint32_t)(value >> 32));
}

static int poster_open(struct pb_source *src)
{
	struct pb_function *fn = src->fn;

	if (!fn || !fn->bar[0] || fn->bar_size[0] < PB_POSTER_BAR_SIZE) {
		snprintf(src->error, sizeof(src->error),
			 "not a poster: BAR 0 has %zu bytes, not %d",
			 fn ? fn->bar_size[0] : (size_t)0, PB_POSTER_BAR_SIZE);
		return -ENODEV;
	}
	if (get(src, PB_POSTER_ID) != PB_POSTER_ID_VALUE || get(src, PB_POSTER_VERSION) != 1) {
		snprintf(src->error, sizeof(src->error),
			 "not a poster: id 0x%08x version %u, must be 0x%08x version 1",
			 get(src, PB_POSTER_ID), get(src, PB_POSTER_VERSION), PB_POSTER_ID_VALUE);
		return -ENODEV;
	}
	set(src, PB_POSTER_CTRL, PB_POSTER_CTRL_DISARM);
	return source_area_init(src);
}

static void program(struct pb_source *src)
{
	const struct pb_plan_source *s = &src->plan->source[src->index];

	set(src, PB_POSTER_SCHEDULE, s->schedule);
	set(src, PB_POSTER_AIM, s->aim);
	set(src, PB_POSTER_COUNT, s->count);
	set(src, PB_POSTER_VECTORS, s->vectors);
	set64(src, PB_POSTER_PERIOD_LO, clock_us_to_ticks(src->clock, s->period_us));
	set(src, PB_POSTER_BURST, s->burst);
	set(src, PB_POSTER_FLAGS, s->fresh_vector ? PB_POSTER_FL_FRESH : 0);
	set(src, PB_POSTER_OFFSET_MIN, s->offset_min);
	set(src, PB_POSTER_OFFSET_MAX, s->offset_max);
	set(src, PB_POSTER_SKIP, s->skip);
	set64(src, PB_POSTER_SEED_LO, plan_source_seed(src->plan, src->index));
	set64(src, PB_POSTER_SLOTS_LO, src->fn->iova);
	set64(src, PB_POSTER_RING_LO, src->fn->iova + PB_FUNCTION_RING);
	set(src, PB_POSTER_RING_CAPACITY, src->plan->event_capacity);
	set(src, PB_POSTER_VECTOR_BASE, plan_guest_vector(src->index, 0));
	set(src, PB_POSTER_SOURCE, src->index);
	set(src, PB_POSTER_VCPU, s->vcpu);
}

static int poster_arm(struct pb_source *src)
{
	if (!src->clock->khz) {
		snprintf(src->error, sizeof(src->error), "TSC frequency is not known");
		return -EINVAL;
	}
	program(src);
	set(src, PB_POSTER_CTRL, PB_POSTER_CTRL_ARM);
	if (get(src, PB_POSTER_STATUS) & PB_POSTER_ST_INVALID) {
		snprintf(src->error, sizeof(src->error),
			 "the poster refused the schedule: a register is out of its range");
		return -EINVAL;
	}
	return 0;
}

static int poster_done(struct pb_source *src)
{
	uint32_t status = get(src, PB_POSTER_STATUS);

	/* All ones: the function does not answer any more. */
	if (status != UINT32_MAX && (status & PB_POSTER_ST_DONE))
		return 1;
	if (status != UINT32_MAX && (status & PB_POSTER_ST_ARMED))
		return 0;
	snprintf(src->error, sizeof(src->error), "the poster stopped: status 0x%x, %u of %u posts",
		 status, get(src, PB_POSTER_POSTED), src->plan->source[src->index].count);
	return -EIO;
}

static uint64_t poster_posted(struct pb_source *src)
{
	return src->fn && src->fn->bar[0] ? get(src, PB_POSTER_POSTED) : 0;
}

static void poster_disarm(struct pb_source *src)
{
	if (src->fn && src->fn->bar[0])
		set(src, PB_POSTER_CTRL, PB_POSTER_CTRL_DISARM);
}

static void poster_close(struct pb_source *src)
{
	poster_disarm(src);
	src->fn = NULL;
}

const struct pb_source_ops source_poster = {
	.name = "poster",
	.kind = PB_SOURCE_POSTER,
	.open = poster_open,
	.arm = poster_arm,
	.done = poster_done,
	.posted = poster_posted,
	.disarm = poster_disarm,
	.close = poster_close,
};
