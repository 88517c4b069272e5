// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Get Features and Set Features (5.15, 5.27).  None is saved over a reset.
 */
#include "host/lab/model/nvme_internal.h"

#define SELECT(cmd) ((cmd)->dw[10] >> 8 & 7)
enum { SELECT_CURRENT, SELECT_DEFAULT, SELECT_SAVED, SELECT_CAPABILITIES };

#define CAN_CHANGE 0x4u
#define OF_NS      0x2u

void nvme_features_reset(struct nvme_ctrl *c)
{
	uint32_t queues = nvme_virt_queues(c);

	c->feature = (struct nvme_features){
		.over = 343,
		.write_cache = 1,
		.sqs = queues ? queues - 1 : 0,
		.cqs = queues ? queues - 1 : 0,
	};
	for (unsigned int i = 0; i < NVME_QUEUES; i++)
		c->vector[i].immediate = false;
}

static uint16_t temperature_check(uint32_t dw11, bool set)
{
	uint32_t sensor = dw11 >> 16 & 15, which = dw11 >> 20 & 3;

	return which > 1 || (sensor && !(set && sensor == 15)) ? NVME_INVALID_FIELD : NVME_OK;
}

static uint32_t *threshold(struct nvme_ctrl *c, uint32_t dw11)
{
	return dw11 >> 20 & 3 ? &c->feature.under : &c->feature.over;
}

/* Those that are a number and nothing more; NULL: not one of them. */
static uint32_t *plain(struct nvme_ctrl *c, uint8_t fid, uint32_t *mask)
{
	struct nvme_features *f = &c->feature;

	switch (fid) {
	case NVME_F_ARBITRATION:
		*mask = 0xffffff07;
		return &f->arbitration;
	case NVME_F_POWER:
		*mask = 0xff;
		return &f->power;
	case NVME_F_ERROR_RECOVERY:
		*mask = 0x1ffff;
		return &f->error_recovery;
	case NVME_F_WRITE_CACHE:
		*mask = 1;
		return &f->write_cache;
	case NVME_F_COALESCING:
		*mask = 0xffff;
		return &f->coalescing;
	case NVME_F_ATOMICITY:
		*mask = 1;
		return &f->atomicity;
	case NVME_F_ASYNC:
		*mask = 0xffff;
		return &f->async;
	default:
		return NULL;
	}
}

static bool known(struct nvme_ctrl *c, uint8_t fid)
{
	uint32_t mask;

	return plain(c, fid, &mask) || fid == NVME_F_TEMPERATURE || fid == NVME_F_QUEUES ||
	       fid == NVME_F_VECTOR;
}

/* --- get --------------------------------------------------------------------------- */

static uint16_t get_current(struct nvme_ctrl *c, uint8_t fid, uint32_t dw11, uint32_t *result)
{
	uint32_t mask, vector = dw11 & 0xffff;
	const uint32_t *p = plain(c, fid, &mask);

	if (p) {
		*result = *p;
		return NVME_OK;
	}
	switch (fid) {
	case NVME_F_QUEUES:
		*result = (c->feature.sqs - 1) | (c->feature.cqs - 1) << 16;
		return NVME_OK;
	case NVME_F_VECTOR:
		if (vector >= nvme_virt_vectors(c))
			return NVME_INVALID_FIELD;
		*result = vector | (uint32_t)c->vector[vector].immediate << 16;
		return NVME_OK;
	default: /* temperature */
		if (temperature_check(dw11, false) != NVME_OK)
			return NVME_INVALID_FIELD;
		*result = *threshold(c, dw11);
		return NVME_OK;
	}
}

/* As after reset; nothing is ever saved, so the saved ones are these too. */
static uint16_t get_default(struct nvme_ctrl *c, uint8_t fid, uint32_t dw11, uint32_t *result)
{
	static struct nvme_ctrl fresh;

	fresh.id = c->id;
	fresh.vq = c->vq;
	fresh.vi = c->vi;
	nvme_features_reset(&fresh);
	return get_current(&fresh, fid, dw11, result);
}

static bool ns_valid(const struct nvme_ctrl *c, uint8_t fid, uint32_t nsid)
{
	return fid != NVME_F_ERROR_RECOVERY || nsid == nvme_nsid(c) || nsid == 0xffffffff;
}

uint16_t nvme_get_features(struct nvme_ctrl *c, const struct nvme_cmd *cmd, uint32_t *result)
{
	uint8_t fid = cmd->dw[10];

	if (!known(c, fid))
		return NVME_INVALID_FIELD;
	if (!ns_valid(c, fid, cmd->dw[1]))
		return NVME_INVALID_NS;
	switch (SELECT(cmd)) {
	case SELECT_CURRENT:
		return get_current(c, fid, cmd->dw[11], result);
	case SELECT_DEFAULT:
	case SELECT_SAVED:
		return get_default(c, fid, cmd->dw[11], result);
	case SELECT_CAPABILITIES:
		*result = CAN_CHANGE | (fid == NVME_F_ERROR_RECOVERY ? OF_NS : 0);
		return NVME_OK;
	default:
		return NVME_INVALID_FIELD;
	}
}

/* --- set ------------------------------------------------------------------------------ */

/* 5.27.1.5: 0's based; before the first I/O queue. */
static uint16_t queues_set(struct nvme_ctrl *c, uint32_t dw11, uint32_t *result)
{
	uint32_t have = nvme_virt_queues(c) - 1;
	uint32_t sqs = dw11 & 0xffff, cqs = dw11 >> 16;

	if (sqs == 0xffff || cqs == 0xffff)
		return NVME_INVALID_FIELD;
	for (unsigned int i = 1; i < NVME_QUEUES; i++)
		if (c->sq[i].on || c->cq[i].on)
			return NVME_SEQUENCE;
	c->feature.sqs = sqs + 1 < have ? sqs + 1 : have;
	c->feature.cqs = cqs + 1 < have ? cqs + 1 : have;
	*result = (c->feature.sqs - 1) | (c->feature.cqs - 1) << 16;
	return NVME_OK;
}

static uint16_t temperature_set(struct nvme_ctrl *c, uint32_t dw11)
{
	if (temperature_check(dw11, true) != NVME_OK)
		return NVME_INVALID_FIELD;
	*threshold(c, dw11) = dw11 & 0xffff;
	if ((NVME_KELVIN >= c->feature.over || NVME_KELVIN <= c->feature.under) &&
	    c->feature.async & 2)
		nvme_event(c, NVME_EVENT_SMART, NVME_EVENT_TEMPERATURE, NVME_L_SMART);
	return NVME_OK;
}

static uint16_t vector_set(struct nvme_ctrl *c, uint32_t dw11)
{
	if ((dw11 & 0xffff) >= nvme_virt_vectors(c))
		return NVME_INVALID_FIELD;
	c->vector[dw11 & 0xffff].immediate = dw11 >> 16 & 1;
	return NVME_OK;
}

static uint16_t plain_set(struct nvme_ctrl *c, uint8_t fid, uint32_t dw11)
{
	uint32_t mask;
	uint32_t *p = plain(c, fid, &mask);

	if (fid == NVME_F_POWER && dw11 & 0x1f) /* there is one power state */
		return NVME_INVALID_FIELD;
	if (fid == NVME_F_ERROR_RECOVERY && dw11 >> 16 & 1) /* DULBE: no such error */
		return NVME_INVALID_FIELD;
	*p = dw11 & mask;
	return NVME_OK;
}

static uint16_t set_check(struct nvme_ctrl *c, const struct nvme_cmd *cmd)
{
	uint8_t fid = cmd->dw[10];

	if (!known(c, fid))
		return NVME_INVALID_FIELD;
	if (cmd->dw[10] >> 31) /* save */
		return NVME_NOT_SAVEABLE;
	if (!ns_valid(c, fid, cmd->dw[1]))
		return NVME_INVALID_NS;
	if (fid != NVME_F_ERROR_RECOVERY && cmd->dw[1] && cmd->dw[1] != 0xffffffff)
		return NVME_NOT_NS_SPECIFIC;
	return NVME_OK;
}

uint16_t nvme_set_features(struct nvme_ctrl *c, const struct nvme_cmd *cmd, uint32_t *result)
{
	uint16_t status = set_check(c, cmd);

	if (status != NVME_OK)
		return status;
	switch (cmd->dw[10] & 0xff) {
	case NVME_F_QUEUES:
		return queues_set(c, cmd->dw[11], result);
	case NVME_F_TEMPERATURE:
		return temperature_set(c, cmd->dw[11]);
	case NVME_F_VECTOR:
		return vector_set(c, cmd->dw[11]);
	default:
		return plain_set(c, cmd->dw[10] & 0xff, cmd->dw[11]);
	}
}
