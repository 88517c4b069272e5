// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Asynchronous events (5.2) and the error log (5.16.1.2).
 */
#include <string.h>

#include "host/lab/model/nvme_internal.h"

#define TYPES (sizeof(((struct nvme_ctrl *)0)->event) / sizeof(uint32_t))

void nvme_event(struct nvme_ctrl *c, unsigned int type, unsigned int info, unsigned int log)
{
	if (!c->event[type])
		c->event[type] = type | info << 8 | log << 16;
}

static bool report(struct nvme_ctrl *c, unsigned int type)
{
	if (!c->aers || !nvme_complete(c, 0, c->aer[0], c->event[type], NVME_OK))
		return false;
	c->aers--;
	memmove(c->aer, c->aer + 1, c->aers * sizeof(c->aer[0]));
	c->event[type] = 0;
	c->event_masked[type] = true;
	return true;
}

void nvme_events_report(struct nvme_ctrl *c)
{
	for (unsigned int type = 0; type < TYPES && nvme_running(c); type++)
		if (c->event[type] && !c->event_masked[type] && !report(c, type))
			return;
}

void nvme_event_clear(struct nvme_ctrl *c, unsigned int type)
{
	c->event_masked[type] = false;
}

/* The newest NVME_ERRORS are kept, entry n in place n modulo that. */
void nvme_error_log(struct nvme_ctrl *c, const struct nvme_cmd *cmd, uint16_t status)
{
	struct nvme_error *e = &c->error[c->errors++ % NVME_ERRORS];

	*e = (struct nvme_error){
		.count = c->errors,
		.sqid = cmd->sqid,
		.cid = cmd->cid,
		.status = status,
		.nsid = cmd->dw[1],
		.lba = cmd->sqid ? nvme_dw64(cmd, 10) : 0,
	};
}
