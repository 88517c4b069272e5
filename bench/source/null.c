// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * null.c - a source without a device: it writes the records that a device
 * would write by DMA, at the times that its schedule and seed give, and
 * interrupts nobody.  Its time is the virtual clock's, which moves when the
 * executor waits; each look at it makes the posts that are due.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan/plan.h"
#include "source/area.h"
#include "util/rng.h"

/* What an aimed schedule finds to aim at, where there is no PID to watch. */
#define NULL_AIM_PERIOD_US 1000

struct null_source {
	uint64_t rng;
	uint64_t next; /* tick of the next post */
	uint32_t posted;
	uint32_t in_burst; /* posts left of the burst */
	bool armed;
};

static const struct pb_plan_source *spec(const struct pb_source *src)
{
	return &src->plan->source[src->index];
}

/* Ticks from one occasion to the next. */
static uint64_t interval(struct pb_source *src, struct null_source *n)
{
	const struct pb_plan_source *s = spec(src);

	switch (s->schedule) {
	case PB_SCHED_AIMED:
		return clock_us_to_ticks(src->clock, NULL_AIM_PERIOD_US) * (s->skip + 1u) +
		       s->offset_min +
		       rng_below(&n->rng, (uint64_t)s->offset_max - s->offset_min + 1);
	case PB_SCHED_POISSON:
		return rng_exponential(&n->rng, clock_us_to_ticks(src->clock, s->period_us)) + 1;
	default:
		return clock_us_to_ticks(src->clock, s->period_us);
	}
}

static int null_open(struct pb_source *src)
{
	int ret;

	if (!src->clock->is_virtual) {
		snprintf(src->error, sizeof(src->error),
			 "source null posts in virtual time only: use it with vmm null");
		return -EINVAL;
	}
	ret = source_area_init(src);
	if (ret)
		return ret;
	src->priv = calloc(1, sizeof(struct null_source));
	if (src->priv)
		return 0;
	snprintf(src->error, sizeof(src->error), "out of memory");
	return -ENOMEM;
}

static int null_arm(struct pb_source *src)
{
	struct null_source *n = src->priv;

	n->rng = plan_source_seed(src->plan, src->index);
	n->in_burst = spec(src)->burst;
	n->next = clock_now(src->clock) + interval(src, n);
	n->armed = true;
	return 0;
}

/* One post, as bench/shared/event.h wants it: ring, then slot. */
static void post(struct pb_source *src, struct null_source *n)
{
	const struct pb_plan_source *s = spec(src);
	struct pb_ring *ring = source_ring(src);
	uint32_t vec = s->fresh_vector ? n->posted : (uint32_t)rng_below(&n->rng, s->vectors);
	struct pb_slot *slot = &source_slots(src)[vec];
	struct pb_event ev = {.tsc = n->next,
			      .seq = ++n->posted,
			      .vcpu = (uint16_t)s->vcpu,
			      .cpu = PB_CPU_NONE,
			      .kind = PB_EV_POST,
			      .vector = plan_guest_vector(src->index, vec),
			      .source = (uint8_t)src->index};

	if (ring->head < ring->capacity)
		ring->ev[ring->head++] = ev;
	else
		ring->lost++;
	slot->tsc = ev.tsc;
	slot->seq = ev.seq;
	slot->count++;
}

static void post_due(struct pb_source *src, struct null_source *n)
{
	const struct pb_plan_source *s = spec(src);

	while (n->armed && n->posted < s->count && n->next <= clock_now(src->clock)) {
		post(src, n);
		if (n->in_burst > 1) {
			n->in_burst--;
			n->next++;
			continue;
		}
		n->in_burst = s->burst;
		n->next += interval(src, n);
	}
}

static int null_done(struct pb_source *src)
{
	struct null_source *n = src->priv;

	post_due(src, n);
	return n->posted == spec(src)->count;
}

static uint64_t null_posted(struct pb_source *src)
{
	struct null_source *n = src->priv;

	return n ? n->posted : 0;
}

static void null_disarm(struct pb_source *src)
{
	struct null_source *n = src->priv;

	if (n)
		n->armed = false;
}

static void null_close(struct pb_source *src)
{
	free(src->priv);
	src->priv = NULL;
}

const struct pb_source_ops source_null = {
	.name = "null",
	.kind = PB_SOURCE_NULL,
	.open = null_open,
	.arm = null_arm,
	.done = null_done,
	.posted = null_posted,
	.disarm = null_disarm,
	.close = null_close,
};
