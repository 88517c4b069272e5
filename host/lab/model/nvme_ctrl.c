// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Controller properties (3.1.3), enabling, disabling, shutting down, and what
 * a reset of each kind leaves (3.7).
 */
#include <string.h>

#include "host/lab/model/nvme_internal.h"

bool nvme_running(const struct nvme_ctrl *c)
{
	return (c->csts & (NVME_CSTS_RDY | NVME_CSTS_CFS | NVME_CSTS_SHST)) == NVME_CSTS_RDY;
}

void nvme_fatal(struct nvme_ctrl *c)
{
	c->csts |= NVME_CSTS_CFS;
	lab->timer_cancel(c->timer);
}

static void queues_clear(struct nvme_ctrl *c)
{
	memset(c->sq, 0, sizeof(c->sq));
	memset(c->cq, 0, sizeof(c->cq));
	memset(c->cmd, 0, sizeof(c->cmd));
	memset(c->vector, 0, sizeof(c->vector));
	memset(c->channel, 0, sizeof(c->channel));
	memset(c->event, 0, sizeof(c->event));
	memset(c->event_masked, 0, sizeof(c->event_masked));
	c->aers = 0;
	c->turn = 0;
	lab->timer_cancel(c->timer);
}

void nvme_disable(struct nvme_ctrl *c)
{
	queues_clear(c);
	c->csts = 0;
	if (!c->id)
		nvme_virt_primary_reset();
}

void nvme_function_reset(struct nvme_ctrl *c)
{
	c->cc = c->aqa = 0;
	c->asq = c->acq = 0;
	nvme_disable(c);
	nvme_private_reset(c);
}

/* 3.1.3.5: what software chose is there; 3.1.3.9: each admin queue has two entries or more. */
static bool enable_valid(const struct nvme_ctrl *c)
{
	return !NVME_CC_CSS(c->cc) && !NVME_CC_MPS(c->cc) && !NVME_CC_AMS(c->cc) &&
	       (c->aqa & 0xfff) && (c->aqa >> 16) && nvme_virt_online(c);
}

static void enable(struct nvme_ctrl *c)
{
	if (!enable_valid(c)) {
		nvme_fatal(c);
		return;
	}
	nvme_features_reset(c);
	c->sq[0] = (struct nvme_sq){.on = true, .base = c->asq, .size = (c->aqa & 0xfff) + 1};
	c->cq[0] = (struct nvme_cq){
		.on = true,
		.ien = true,
		.phase = true,
		.base = c->acq,
		.size = (c->aqa >> 16) + 1,
	};
	c->csts |= NVME_CSTS_RDY;
}

static void cc_write(struct nvme_ctrl *c, uint32_t value)
{
	bool was = c->cc & NVME_CC_EN, is = value & NVME_CC_EN;
	bool shut = NVME_CC_SHN(value) && !NVME_CC_SHN(c->cc);

	c->cc = value & ~NVME_CC_RESERVED;
	if (!was && is)
		enable(c);
	else if (was && !is)
		nvme_disable(c);
	/* Nothing waits to be written: it is done at once (3.6). */
	if (shut) {
		c->csts = (c->csts & ~NVME_CSTS_SHST) | NVME_CSTS_SHUT;
		lab->timer_cancel(c->timer);
	}
}

static uint32_t csts(const struct nvme_ctrl *c)
{
	return nvme_virt_online(c) ? c->csts : NVME_CSTS_CFS;
}

uint32_t nvme_property_read(struct nvme_ctrl *c, uint32_t offset)
{
	switch (offset) {
	case NVME_CAP_LO:
		return NVME_CAP_MQES | NVME_CAP_CQR | NVME_CAP_TO;
	case NVME_CAP_HI:
		return NVME_CAP_HI_CSS_NVM | NVME_CAP_HI_CRWMS;
	case NVME_VS:
		return NVME_VS_2_0;
	case NVME_CC:
		return c->cc;
	case NVME_CSTS:
		return csts(c);
	case NVME_AQA:
		return c->aqa;
	case NVME_ASQ_LO:
		return (uint32_t)c->asq;
	case NVME_ASQ_HI:
		return c->asq >> 32;
	case NVME_ACQ_LO:
		return (uint32_t)c->acq;
	case NVME_ACQ_HI:
		return c->acq >> 32;
	case NVME_CRTO:
		return NVME_CAP_TO >> 24;
	default:
		return 0;
	}
}

static void put_low(uint64_t *reg, uint32_t value)
{
	*reg = (*reg >> 32 << 32) | (value & ~(NVME_PAGE - 1));
}

static void put_high(uint64_t *reg, uint32_t value)
{
	*reg = (uint32_t)*reg | (uint64_t)value << 32;
}

/* 3.1.3.8 to 10: not while enabled. */
static void admin_queues_write(struct nvme_ctrl *c, uint32_t offset, uint32_t value)
{
	switch (offset) {
	case NVME_AQA:
		c->aqa = value & 0x0fff0fff;
		break;
	case NVME_ASQ_LO:
		put_low(&c->asq, value);
		break;
	case NVME_ASQ_HI:
		put_high(&c->asq, value);
		break;
	case NVME_ACQ_LO:
		put_low(&c->acq, value);
		break;
	case NVME_ACQ_HI:
		put_high(&c->acq, value);
		break;
	default:
		break;
	}
}

void nvme_property_write(struct nvme_ctrl *c, uint32_t offset, uint32_t value)
{
	if (offset == NVME_CC)
		cc_write(c, value);
	else if (!(c->cc & NVME_CC_EN))
		admin_queues_write(c, offset, value);
}
