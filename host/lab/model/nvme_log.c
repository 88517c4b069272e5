// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Get Log Page (5.16).
 */
#include <string.h>

#include "host/lab/model/nvme_internal.h"

static size_t supported(uint8_t *page)
{
	for (unsigned int lid = NVME_L_SUPPORTED; lid <= NVME_L_EFFECTS; lid++)
		page[4 * lid] = 1;
	return 1024;
}

/* 5.16.1.2: the newest first. */
static size_t errors(const struct nvme_ctrl *c, uint8_t *page)
{
	for (unsigned int i = 0; i < NVME_ERRORS && i < c->errors; i++) {
		const struct nvme_error *e = &c->error[(c->errors - 1 - i) % NVME_ERRORS];
		uint8_t *to = page + 64 * i;

		nvme_put(to, 0, e->count, 8);
		nvme_put(to, 8, e->sqid, 2);
		nvme_put(to, 10, e->cid, 2);
		nvme_put(to, 12, (uint16_t)(e->status << 1), 2);
		nvme_put(to, 14, 0xffff, 2); /* of no parameter in particular */
		nvme_put(to, 16, e->lba, 8);
		nvme_put(to, 24, e->nsid, 4);
	}
	return 64 * NVME_ERRORS;
}

/* 5.16.1.3 */
static size_t smart(const struct nvme_ctrl *c, uint8_t *page)
{
	bool hot = NVME_KELVIN >= c->feature.over || NVME_KELVIN <= c->feature.under;

	page[0] = hot ? 0x2 : 0;
	nvme_put(page, 1, NVME_KELVIN, 2);
	page[3] = 100; /* available spare, and its threshold */
	page[4] = 10;
	nvme_put(page, 32, (c->blocks_read + 999) / 1000, 8); /* thousands of 512 bytes */
	nvme_put(page, 48, (c->blocks_written + 999) / 1000, 8);
	nvme_put(page, 64, c->reads, 8);
	nvme_put(page, 80, c->writes, 8);
	nvme_put(page, 112, 1, 8); /* power cycles */
	nvme_put(page, 176, c->errors, 8);
	return 512;
}

static size_t firmware(uint8_t *page)
{
	page[0] = 1; /* slot 1 is active */
	memset(page + 8, ' ', 8);
	page[8] = '1';
	return 512;
}

/* 5.16.1.6: supported; writes change data. */
static size_t effects(const struct nvme_ctrl *c, uint8_t *page)
{
	for (unsigned int op = 0; op < 256; op++) {
		page[4 * op] = nvme_admin_supported(c, op);
		page[1024 + 4 * op] = nvme_io_supported(op);
		if (op == NVME_WRITE || op == NVME_WRITE_ZEROES || op == NVME_DSM)
			page[1024 + 4 * op] |= 2;
	}
	return NVME_PAGE;
}

/* Its size; 0: there is no such page. */
static size_t fill(const struct nvme_ctrl *c, uint8_t lid, uint8_t *page)
{
	switch (lid) {
	case NVME_L_SUPPORTED:
		return supported(page);
	case NVME_L_ERROR:
		return errors(c, page);
	case NVME_L_SMART:
		return smart(c, page);
	case NVME_L_FIRMWARE:
		return firmware(page);
	case NVME_L_CHANGED_NS:
		return NVME_PAGE; /* none ever changes */
	case NVME_L_EFFECTS:
		return effects(c, page);
	default:
		return 0;
	}
}

/* What was reported is reported again only after its page was read. */
static void read_clears(struct nvme_ctrl *c, uint8_t lid)
{
	if (lid == NVME_L_ERROR)
		nvme_event_clear(c, NVME_EVENT_ERROR);
	else if (lid == NVME_L_SMART)
		nvme_event_clear(c, NVME_EVENT_SMART);
}

uint16_t nvme_get_log(struct nvme_ctrl *c, const struct nvme_cmd *cmd)
{
	static uint8_t page[NVME_PAGE], out[NVME_MAX_BYTES];
	uint64_t len = ((cmd->dw[11] & 0xffffull) << 16 | cmd->dw[10] >> 16) * 4 + 4;
	uint64_t offset = nvme_dw64(cmd, 12);
	uint8_t lid = cmd->dw[10];
	uint16_t status;
	size_t size;

	memset(page, 0, sizeof(page));
	size = fill(c, lid, page);
	if (!size)
		return NVME_LOG_INVALID;
	if (len > sizeof(out) || offset % 4 || offset > size)
		return NVME_INVALID_FIELD;
	if (lid == NVME_L_SMART && cmd->dw[1] && cmd->dw[1] != 0xffffffff)
		return NVME_INVALID_FIELD; /* LPA: of the controller only */
	memset(out, 0, len);
	memcpy(out, page + offset, len < size - offset ? len : size - offset);
	status = nvme_to_host(c, cmd, out, len);
	if (status == NVME_OK && !(cmd->dw[10] >> 15 & 1))
		read_clears(c, lid);
	return status;
}
