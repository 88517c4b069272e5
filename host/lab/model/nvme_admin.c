// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Admin commands, chapter 5: which there are, Abort and Asynchronous Event
 * Request; the others are in files of their own.
 */
#include "host/lab/model/nvme_internal.h"

bool nvme_admin_supported(const struct nvme_ctrl *c, uint8_t opcode)
{
	switch (opcode) {
	case NVME_DELETE_SQ:
	case NVME_CREATE_SQ:
	case NVME_GET_LOG:
	case NVME_DELETE_CQ:
	case NVME_CREATE_CQ:
	case NVME_IDENTIFY:
	case NVME_ABORT:
	case NVME_SET_FEATURES:
	case NVME_GET_FEATURES:
	case NVME_ASYNC_EVENT:
		return true;
	case NVME_VIRT_MGMT:
		return !c->id;
	default:
		return false;
	}
}

static uint16_t async_event(struct nvme_ctrl *c, const struct nvme_cmd *cmd, bool *later)
{
	if (c->aers == NVME_AERS)
		return NVME_AER_LIMIT;
	c->aer[c->aers++] = cmd->cid;
	*later = true;
	return NVME_OK;
}

/* An event request that waits: it ends now. */
static bool abort_aer(struct nvme_ctrl *c, uint16_t cid)
{
	for (unsigned int i = 0; i < c->aers; i++) {
		if (c->aer[i] != cid)
			continue;
		if (!nvme_complete(c, 0, cid, 0, NVME_ABORTED))
			return false;
		c->aer[i] = c->aer[--c->aers];
		return true;
	}
	return false;
}

static unsigned int aborts(const struct nvme_ctrl *c)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < NVME_SLOTS; i++)
		n += c->cmd[i].used && !c->cmd[i].sqid && (c->cmd[i].dw[0] & 0xff) == NVME_ABORT;
	return n;
}

/* 5.1: dword 0 of the completion is 0 if the command was aborted, else 1. */
static uint16_t abort_command(struct nvme_ctrl *c, const struct nvme_cmd *cmd, uint32_t *result)
{
	uint16_t sqid = cmd->dw[10] & 0xffff, cid = cmd->dw[10] >> 16;
	struct nvme_cmd *victim;

	if (aborts(c) >= NVME_ABORTS)
		return NVME_ABORT_LIMIT;
	victim = nvme_find(c, sqid, cid);
	if (victim)
		nvme_cancel(victim, NVME_ABORTED);
	*result = !victim && (sqid || !abort_aer(c, cid));
	return NVME_OK;
}

static uint16_t queue_command(struct nvme_ctrl *c, const struct nvme_cmd *cmd)
{
	switch (cmd->dw[0] & 0xff) {
	case NVME_DELETE_SQ:
		return nvme_delete_sq(c, cmd);
	case NVME_CREATE_SQ:
		return nvme_create_sq(c, cmd);
	case NVME_DELETE_CQ:
		return nvme_delete_cq(c, cmd);
	default:
		return nvme_create_cq(c, cmd);
	}
}

uint16_t nvme_admin(struct nvme_ctrl *c, struct nvme_cmd *cmd, uint32_t *result, bool *later)
{
	uint8_t opcode = cmd->dw[0];

	if (!nvme_admin_supported(c, opcode))
		return NVME_INVALID_OPCODE;
	if (cmd->dw[0] >> 8 & 0xc3) /* fused, SGL: not here */
		return NVME_INVALID_FIELD;
	switch (opcode) {
	case NVME_GET_LOG:
		return nvme_get_log(c, cmd);
	case NVME_IDENTIFY:
		return nvme_identify(c, cmd);
	case NVME_ABORT:
		return abort_command(c, cmd, result);
	case NVME_SET_FEATURES:
		return nvme_set_features(c, cmd, result);
	case NVME_GET_FEATURES:
		return nvme_get_features(c, cmd, result);
	case NVME_ASYNC_EVENT:
		return async_event(c, cmd, later);
	case NVME_VIRT_MGMT:
		return nvme_virt_mgmt(cmd, result);
	default:
		return queue_command(c, cmd);
	}
}
