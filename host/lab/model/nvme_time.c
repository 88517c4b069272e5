// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * How long commands take, and the vendor specific registers.
 */
#include "host/lab/model/nvme_internal.h"
#include "util/rng.h"

#define DEFAULT_TIME 2000u /* 20 us at 100 ticks each */
#define MAX_TIME     0x7fffffffu

void nvme_private_reset(struct nvme_ctrl *c)
{
	c->priv = (struct nvme_private){
		.service = PB_NVME_FIXED,
		.time = DEFAULT_TIME,
		.time_slow = DEFAULT_TIME,
	};
	c->priv.rng = rng_derive(c->priv.seed, c->id);
}

bool nvme_hit(uint32_t *countdown)
{
	return *countdown && !--*countdown;
}

static uint64_t service_time(struct nvme_private *p)
{
	switch (p->service) {
	case PB_NVME_EXPONENTIAL:
		return rng_exponential(&p->rng, p->time);
	case PB_NVME_BIMODAL:
		return rng_below(&p->rng, 1000) < p->slow_permille ? p->time_slow : p->time;
	default:
		return p->time;
	}
}

/* The channel that is free first takes it. */
static uint64_t served(struct nvme_ctrl *c, uint64_t now, uint64_t time)
{
	uint64_t *best = &c->channel[0];

	for (unsigned int i = 1; i < c->priv.channels; i++)
		if (c->channel[i] < *best)
			best = &c->channel[i];
	*best = (*best > now ? *best : now) + time;
	return *best;
}

uint64_t nvme_due(struct nvme_ctrl *c, bool admin)
{
	uint64_t now = lab->now(), time;

	if (admin)
		return now + PB_NVME_ADMIN_TICKS;
	if (c->in.armed && c->in.swept)
		return NVME_NEVER;
	time = c->in.armed ? instrument_service(&c->in) : service_time(&c->priv);
	return c->priv.channels ? served(c, now, time) : now + time;
}

/* --- registers ------------------------------------------------------------------- */

/* One that is a number up to `max`; NULL: another kind. */
static uint32_t *number(struct nvme_ctrl *c, uint32_t offset, uint32_t *min, uint32_t *max)
{
	struct nvme_private *p = &c->priv;

	*min = 0;
	*max = UINT32_MAX;
	switch (offset) {
	case PB_NVME_SERVICE:
		*max = PB_NVME_SERVICES - 1;
		return &p->service;
	case PB_NVME_TIME:
	case PB_NVME_TIME_SLOW:
		*min = 1;
		*max = MAX_TIME;
		return offset == PB_NVME_TIME ? &p->time : &p->time_slow;
	case PB_NVME_SLOW_PERMILLE:
		*max = 1000;
		return &p->slow_permille;
	case PB_NVME_CHANNELS:
		*max = NVME_CHANNELS;
		return &p->channels;
	case PB_NVME_VECTOR_BASE:
		*max = 255;
		return &p->vector_base;
	case PB_NVME_DROP_MSI:
		return &p->drop;
	case PB_NVME_STUCK_DOORBELL:
		return &p->stuck;
	default:
		return NULL;
	}
}

static uint32_t counter(const struct nvme_private *p, uint32_t offset)
{
	switch (offset) {
	case PB_NVME_FETCHED:
		return p->fetched;
	case PB_NVME_COMPLETED:
		return p->completed;
	case PB_NVME_MESSAGES:
		return p->messages;
	case PB_NVME_HELD:
		return p->held;
	case PB_NVME_ABSORBED:
		return p->absorbed;
	case PB_NVME_DROPPED:
		return p->dropped;
	case PB_NVME_IGNORED:
		return p->ignored;
	case PB_NVME_DMA_FAULTS:
		return p->dma_faults;
	default:
		return 0;
	}
}

uint32_t nvme_private_read(struct nvme_ctrl *c, uint32_t offset)
{
	uint32_t min, max;
	const uint32_t *p = number(c, offset, &min, &max);

	if (p)
		return *p;
	switch (offset) {
	case PB_NVME_ID:
		return PB_NVME_ID_VALUE;
	case PB_NVME_VERSION:
		return 1;
	case PB_NVME_SEED_LO:
		return (uint32_t)c->priv.seed;
	case PB_NVME_SEED_HI:
		return c->priv.seed >> 32;
	case PB_NVME_SOURCE:
		return c->priv.armed ? PB_NVME_SOURCE_ARM | c->priv.source : 0;
	case PB_NVME_VIRT:
		return !c->id && nvme_virt_auto();
	default:
		return counter(&c->priv, offset);
	}
}

static void arm(struct nvme_ctrl *c, uint32_t value)
{
	struct nvme_private *p = &c->priv;

	p->armed = value & PB_NVME_SOURCE_ARM;
	p->source = value;
	p->fetched = p->completed = p->messages = p->held = 0;
	p->absorbed = p->dropped = p->ignored = p->dma_faults = 0;
	for (unsigned int i = 0; i < NVME_QUEUES; i++)
		c->vector[i].seq = 0;
}

void nvme_private_write(struct nvme_ctrl *c, uint32_t offset, uint32_t value)
{
	struct nvme_private *p = &c->priv;
	uint32_t min, max;
	uint32_t *n = number(c, offset, &min, &max);

	if (n) {
		if (value >= min && value <= max)
			*n = value;
	} else if (offset == PB_NVME_SEED_LO) {
		p->seed = (p->seed >> 32 << 32) | value;
	} else if (offset == PB_NVME_SEED_HI) {
		p->seed = (uint32_t)p->seed | (uint64_t)value << 32;
		p->rng = rng_derive(p->seed, c->id);
	} else if (offset == PB_NVME_SOURCE) {
		arm(c, value);
	} else if (offset == PB_NVME_VIRT && !c->id && value <= 1) {
		nvme_virt_auto_set(value);
	}
}
