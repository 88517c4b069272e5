// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/lab/model/poster_schedule.h"

#include "shared/event.h"
#include "shared/plan.h"
#include "shared/run.h"
#include "util/rng.h"

#define DMA_ALIGN 64u

enum stream { STREAM_VECTOR, STREAM_INTERVAL, STREAM_OFFSET, STREAM_JITTER };

/* `nr` things of `size` bytes at `iova`; 0: none are wanted. */
static bool area_valid(uint64_t iova, uint64_t size)
{
	return !iova || (iova % DMA_ALIGN == 0 && iova <= UINT64_MAX - size);
}

static bool dma_valid(const struct poster_config *c)
{
	if (c->ring && (!c->capacity || c->capacity > PB_RUN_MAX_EVENTS))
		return false;
	return area_valid(c->slots, c->vectors * sizeof(struct pb_slot)) &&
	       area_valid(c->ring,
			  sizeof(struct pb_ring) + (uint64_t)c->capacity * sizeof(struct pb_event));
}

static bool schedule_valid(const struct poster_config *c)
{
	if (c->period > POSTER_MAX_PERIOD || c->jitter > c->period)
		return false;
	if (c->jitter && c->schedule != PB_SCHED_PERIODIC)
		return false;
	switch (c->schedule) {
	case PB_SCHED_SINGLE:
		return c->count == 1;
	case PB_SCHED_PERIODIC:
	case PB_SCHED_POISSON:
		return c->period;
	case PB_SCHED_BURST:
		return c->period && c->burst;
	case PB_SCHED_AIMED:
		return c->aim != PB_AIM_NONE && c->aim < PB_AIM_KINDS &&
		       c->offset_min <= c->offset_max;
	case PB_SCHED_SWEPT:
		return true;
	default:
		return false;
	}
}

bool poster_config_valid(const struct poster_config *c)
{
	return c->count && c->count <= PB_RUN_MAX_EVENTS && c->vectors &&
	       c->vectors <= PB_MAX_VECTORS && c->vector_base + (uint64_t)c->vectors <= 256 &&
	       c->source <= UINT8_MAX && c->vcpu <= UINT16_MAX && schedule_valid(c) && dma_valid(c);
}

void poster_schedule_init(struct poster_schedule *s, const struct poster_config *c, uint64_t now)
{
	*s = (struct poster_schedule){
		.config = c,
		.left = c->count,
		.due = now,
		.vector_rng = rng_derive(c->seed, STREAM_VECTOR),
		.interval_rng = rng_derive(c->seed, STREAM_INTERVAL),
		.offset_rng = rng_derive(c->seed, STREAM_OFFSET),
		.jitter_rng = rng_derive(c->seed, STREAM_JITTER),
	};
}

uint32_t poster_schedule_vector(struct poster_schedule *s)
{
	uint32_t v = s->in_order;

	if (!s->config->fresh)
		return (uint32_t)rng_below(&s->vector_rng, s->config->vectors);
	s->in_order = (v + 1) % s->config->vectors;
	return v;
}

uint32_t poster_schedule_offset(struct poster_schedule *s)
{
	const struct poster_config *c = s->config;

	return c->offset_min +
	       (uint32_t)rng_below(&s->offset_rng, (uint64_t)c->offset_max - c->offset_min + 1);
}

uint32_t poster_schedule_posts(const struct poster_schedule *s)
{
	uint32_t n = s->config->schedule == PB_SCHED_BURST ? s->config->burst : 1;

	return n < s->left ? n : s->left;
}

static uint64_t interval(struct poster_schedule *s)
{
	if (s->config->schedule == PB_SCHED_POISSON)
		return rng_exponential(&s->interval_rng, s->config->period);
	return s->config->period;
}

uint64_t poster_schedule_next(struct poster_schedule *s, uint64_t now)
{
	uint64_t tick;

	s->due += interval(s);
	tick = s->due + rng_below(&s->jitter_rng, s->config->jitter + 1);
	return tick > now ? tick : now + 1;
}
