// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * How long commands take, and the registers behind the instrument's: shared/nvme_regs.h.
 */
#include "host/lab/model/nvme_internal.h"

void nvme_private_reset(struct nvme_ctrl *c)
{
	c->priv = (struct nvme_private){0};
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
	time = c->in.armed ? instrument_service(&c->in) : PB_NVME_TICKS;
	return c->priv.channels ? served(c, now, time) : now + time;
}

/* --- registers ------------------------------------------------------------------- */

uint32_t nvme_private_read(struct nvme_ctrl *c, uint32_t offset)
{
	if (offset < PB_INSTRUMENT_KIND)
		return instrument_read(&c->in, offset);
	switch (offset) {
	case PB_NVME_CHANNELS:
		return c->priv.channels;
	case PB_NVME_VIRT:
		return !c->id && nvme_virt_auto();
	case PB_NVME_MESSAGES:
		return c->priv.messages;
	case PB_NVME_ABSORBED:
		return c->priv.absorbed;
	case PB_NVME_DMA_FAULTS:
		return c->priv.dma_faults;
	default:
		return 0;
	}
}

/* The instrument's counters begin anew, and so do these. */
static void armed(struct nvme_ctrl *c)
{
	c->priv.messages = c->priv.absorbed = c->priv.dma_faults = 0;
	for (unsigned int i = 0; i < NVME_QUEUES; i++)
		c->vector[i].seq = 0;
}

void nvme_private_write(struct nvme_ctrl *c, uint32_t offset, uint32_t value)
{
	if (offset == PB_NVME_CHANNELS && value <= NVME_CHANNELS)
		c->priv.channels = value;
	else if (offset == PB_NVME_VIRT && !c->id && value <= 1)
		nvme_virt_auto_set(value);
	if (offset >= PB_INSTRUMENT_KIND)
		return;
	instrument_write(&c->in, offset, value);
	if (offset == PB_INSTRUMENT_CTRL && value == PB_INSTRUMENT_CTRL_ARM && c->in.armed)
		armed(c);
	nvme_swept_release(c);
}
