// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * poster.c - drives the lab's poster (shared/poster_regs.h): the function
 * itself keeps the schedule, writes the records by DMA and posts.
 */
#include <errno.h>
#include <stdio.h>

#include "plan/plan.h"
#include "source/area.h"
#include "source/poster_function.h"

static int poster_open(struct pb_source *src)
{
	int ret = poster_function_open(src->fn, src->error, sizeof(src->error));

	return ret ? ret : source_area_init(src);
}

static int poster_arm(struct pb_source *src)
{
	const struct pb_plan_source *s = &src->plan->source[src->index];
	struct poster_setup setup = {
		.schedule = s->schedule,
		.aim = s->aim,
		.count = s->count,
		.vectors = s->vectors,
		.burst = s->burst,
		.flags = s->fresh_vector ? PB_POSTER_FL_FRESH : 0,
		.offset_min = s->offset_min,
		.offset_max = s->offset_max,
		.skip = s->skip,
		.seed = plan_source_seed(src->plan, src->index),
		.slots = src->fn->iova,
		.ring = src->fn->iova + PB_FUNCTION_RING,
		.ring_capacity = src->plan->event_capacity,
		.vector_base = plan_guest_vector(src->index, 0),
		.source = src->index,
		.vcpu = s->vcpu,
	};

	if (!src->clock->khz) {
		snprintf(src->error, sizeof(src->error), "TSC frequency is not known");
		return -EINVAL;
	}
	setup.period = clock_us_to_ticks(src->clock, s->period_us);
	return poster_function_arm(src->fn, &setup, src->error, sizeof(src->error));
}

static int poster_done(struct pb_source *src)
{
	uint32_t status = poster_function_get(src->fn, PB_POSTER_STATUS);

	/* All ones: the function does not answer any more. */
	if (status != UINT32_MAX && (status & PB_POSTER_ST_DONE))
		return 1;
	if (status != UINT32_MAX && (status & PB_POSTER_ST_ARMED))
		return 0;
	snprintf(src->error, sizeof(src->error), "the poster stopped: status 0x%x, %u of %u posts",
		 status, poster_function_get(src->fn, PB_POSTER_POSTED),
		 src->plan->source[src->index].count);
	return -EIO;
}

static uint64_t poster_posted(struct pb_source *src)
{
	return src->fn && src->fn->bar[0] ? poster_function_get(src->fn, PB_POSTER_POSTED) : 0;
}

static void poster_disarm(struct pb_source *src)
{
	if (src->fn && src->fn->bar[0])
		poster_function_disarm(src->fn);
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
