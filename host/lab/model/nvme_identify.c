// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Identify (5.17): what the controller and its namespace are.  The subsystem
 * has one namespace per controller, private to it.
 */
#include <stdio.h>
#include <string.h>

#include "host/lab/model/nvme_internal.h"

enum cns {
	CNS_NS = 0x00,
	CNS_CTRL = 0x01,
	CNS_NS_LIST = 0x02,
	CNS_NS_IDS = 0x03,
	CNS_NVM_NS = 0x05,
	CNS_NVM_CTRL = 0x06,
	CNS_NVM_NS_LIST = 0x07,
	CNS_NS_CTRLS = 0x12,
	CNS_CTRLS = 0x13,
	CNS_PRIMARY = 0x14,
	CNS_SECONDARY = 0x15,
};

static void text(uint8_t *page, unsigned int at, unsigned int len, const char *s)
{
	for (unsigned int i = 0; i < len; i++)
		page[at + i] = *s ? *s++ : ' ';
}

/* --- controller (5.17.2.1) -------------------------------------------------------- */

static void ctrl_names(uint8_t *page)
{
	nvme_put(page, 0, PB_NVME_VENDOR, 2);
	nvme_put(page, 2, PB_NVME_VENDOR, 2);
	text(page, 4, 20, "PIRBENCH1");
	text(page, 24, 40, "pirbench NVMe");
	text(page, 64, 8, "1");
	nvme_put(page, 73, 0x525400, 3); /* IEEE */
	snprintf((char *)page + 768, 256, "nqn.2014-08.org.nvmexpress:uuid:%s",
		 "70697262-656e-4368-ac61-620000000001");
}

static void ctrl_page(const struct nvme_ctrl *c, uint8_t *page)
{
	ctrl_names(page);
	page[76] = c->id ? 0x6 : 0x2; /* CMIC: several controllers; of a virtual function */
	page[77] = NVME_MDTS;
	nvme_put(page, 78, c->id, 2);
	nvme_put(page, 80, NVME_VS_2_0, 4);
	page[111] = 1; /* I/O controller */
	nvme_put(page, 256, c->id ? 0 : 0x80, 2); /* OACS: virtualization management */
	page[258] = NVME_ABORTS - 1;
	page[259] = NVME_AERS - 1;
	page[260] = 0x3; /* FRMW: one slot, read only */
	page[261] = 0x6; /* LPA: effects, extended data */
	page[262] = NVME_ERRORS - 1;
	nvme_put(page, 266, 343, 2); /* WCTEMP, K */
	nvme_put(page, 268, 353, 2); /* CCTEMP */
	page[512] = NVME_SQES_LOG2 << 4 | NVME_SQES_LOG2;
	page[513] = NVME_CQES_LOG2 << 4 | NVME_CQES_LOG2;
	nvme_put(page, 516, NVME_CONTROLLERS, 4); /* NN */
	nvme_put(page, 520, 0x1d, 2); /* ONCS: compare, DSM, write zeroes, save and select */
	page[525] = 0x7; /* VWC: present; flush of all namespaces */
	nvme_put(page, 526, 0, 2); /* AWUN: one block at least; all of it, in truth */
	nvme_put(page, 536, 0x1, 4); /* SGLS: any alignment */
	nvme_put(page, 2048, 2500, 2); /* power state 0: 25 W */
}

static void ctrl_list(uint8_t *page, uint16_t from, uint16_t to)
{
	unsigned int n = 0;

	for (uint32_t id = from; id <= to; id++)
		nvme_put(page, 2 + 2 * n++, id, 2);
	nvme_put(page, 0, n, 2);
}

/* --- namespace (NVM Command Set 4.1.5.1) ---------------------------------------------- */

static void ids(const struct nvme_ctrl *c, uint8_t eui64[8], uint8_t nguid[16])
{
	static const uint8_t eui[8] = {0x52, 0x54, 0x00, 'P', 'I', 'R'};
	static const uint8_t extension[8] = {'p', 'i', 'r', 'b', 'e', 'n', 'c', 'h'};

	memcpy(eui64, eui, sizeof(eui));
	eui64[7] = c->id;
	memcpy(nguid, extension, sizeof(extension));
	memcpy(nguid + 8, eui64, 8);
}

static void ns_page(const struct nvme_ctrl *c, uint8_t *page)
{
	nvme_put(page, 0, NVME_LBAS, 8);
	nvme_put(page, 8, NVME_LBAS, 8);
	nvme_put(page, 16, NVME_LBAS, 8);
	page[33] = 0x9; /* DLFEAT: deallocated reads as zeros, write zeroes may deallocate */
	ids(c, page + 120, page + 104);
	page[128 + 2] = NVME_LBA_LOG2;
}

static void ns_ids(const struct nvme_ctrl *c, uint8_t *page)
{
	page[0] = 1; /* EUI64 */
	page[1] = 8;
	page[12] = 2; /* NGUID */
	page[13] = 16;
	ids(c, page + 4, page + 16);
}

/* 0: it is ours; else a status. An inactive one leaves the page empty. */
static uint16_t ns_check(const struct nvme_ctrl *c, uint32_t nsid, bool *active)
{
	*active = nsid == nvme_nsid(c);
	return nsid && nsid <= NVME_CONTROLLERS ? NVME_OK : NVME_INVALID_NS;
}

static uint16_t ns_fill(const struct nvme_ctrl *c, const struct nvme_cmd *cmd, uint8_t *page)
{
	bool active;
	uint16_t status = ns_check(c, cmd->dw[1], &active);

	switch (status == NVME_OK ? cmd->dw[10] & 0xff : 0xff) {
	case CNS_NS:
		if (active)
			ns_page(c, page);
		return NVME_OK;
	case CNS_NVM_NS:
		return NVME_OK; /* all zero: nothing of protection information */
	case CNS_NS_CTRLS: {
		uint16_t id = cmd->dw[1] - 1, from = cmd->dw[10] >> 16;

		ctrl_list(page, from > id ? from : id, id);
		return NVME_OK;
	}
	case CNS_NS_IDS:
		if (!active)
			return NVME_INVALID_NS;
		ns_ids(c, page);
		return NVME_OK;
	default:
		return status;
	}
}

static uint16_t ns_list(const struct nvme_ctrl *c, uint32_t after, uint8_t *page)
{
	if (after >= 0xfffffffe)
		return NVME_INVALID_NS;
	if (nvme_nsid(c) > after)
		nvme_put(page, 0, nvme_nsid(c), 4);
	return NVME_OK;
}

/* --- all --------------------------------------------------------------------------------- */

/* 5.17: the command set identifier, of those that have one. */
static bool csi_valid(const struct nvme_cmd *cmd)
{
	uint8_t cns = cmd->dw[10];

	return (cns != CNS_NVM_NS && cns != CNS_NVM_CTRL && cns != CNS_NVM_NS_LIST) ||
	       !(cmd->dw[11] >> 24);
}

static uint16_t fill(const struct nvme_ctrl *c, const struct nvme_cmd *cmd, uint8_t *page)
{
	uint16_t from = cmd->dw[10] >> 16;

	if (!csi_valid(cmd))
		return NVME_INVALID_FIELD;
	switch (cmd->dw[10] & 0xff) {
	case CNS_CTRL:
		ctrl_page(c, page);
		return NVME_OK;
	case CNS_NVM_CTRL:
		return NVME_OK; /* all zero: no limits of its own */
	case CNS_NS:
	case CNS_NS_IDS:
	case CNS_NVM_NS:
	case CNS_NS_CTRLS:
		return ns_fill(c, cmd, page);
	case CNS_NS_LIST:
	case CNS_NVM_NS_LIST:
		return ns_list(c, cmd->dw[1], page);
	case CNS_CTRLS:
		ctrl_list(page, from, NVME_SECONDARIES);
		return NVME_OK;
	case CNS_PRIMARY:
		if (c->id)
			return NVME_INVALID_FIELD;
		nvme_virt_caps(page);
		return NVME_OK;
	case CNS_SECONDARY:
		if (c->id)
			return NVME_INVALID_FIELD;
		nvme_virt_list(page, from);
		return NVME_OK;
	default:
		return NVME_INVALID_FIELD;
	}
}

uint16_t nvme_identify(struct nvme_ctrl *c, const struct nvme_cmd *cmd)
{
	static uint8_t page[NVME_PAGE];
	uint16_t status;

	memset(page, 0, sizeof(page));
	status = fill(c, cmd, page);
	return status == NVME_OK ? nvme_to_host(c, cmd, page, sizeof(page)) : status;
}
