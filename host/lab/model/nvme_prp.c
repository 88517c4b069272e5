// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Where the data of a command is: physical region pages (4.1.1) or a scatter
 * gather list (4.1.2).  All of it is the host's to write, so each step is
 * bounded by the length of the transfer or by SGL_MAX.
 */
#include <string.h>

#include "host/lab/model/nvme_internal.h"

#define PSDT(dw0) ((dw0) >> 14 & 3)
#define SGL_MAX   1024u /* descriptors of a command */
#define LIST_MAX  (NVME_PAGE / 8)
#define SGL_BATCH (NVME_PAGE / 16)

enum { SGL_DATA = 0x0, SGL_SEGMENT = 0x2, SGL_LAST = 0x3 };

struct transfer {
	struct nvme_ctrl *c;
	uint8_t *buf;
	size_t left;
	bool to_host;
};

struct sgl {
	uint64_t addr;
	uint32_t len;
	uint8_t rest[3];
	uint8_t id;
};
_Static_assert(sizeof(struct sgl) == 16, "an SGL descriptor has 16 bytes");

static uint16_t dma(struct nvme_ctrl *c, uint64_t iova, void *buf, size_t len, bool write)
{
	int rc = write ? pci_function_dma_write(&c->pci, iova, buf, len)
		       : pci_function_dma_read(&c->pci, iova, buf, len);

	if (!rc)
		return NVME_OK;
	c->priv.dma_faults++;
	return NVME_TRANSFER_ERROR;
}

static uint16_t move(struct transfer *t, uint64_t iova, size_t len)
{
	uint16_t status = len ? dma(t->c, iova, t->buf, len, t->to_host) : NVME_OK;

	t->buf += len;
	t->left -= len;
	return status;
}

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* --- PRP ----------------------------------------------------------------------- */

/* The entries of one page of a list, and the pointer to the next if there is more. */
static uint16_t prp_page(struct transfer *t, uint64_t *list)
{
	uint64_t entry[LIST_MAX];
	size_t room = (NVME_PAGE - *list % NVME_PAGE) / 8;
	size_t want = (t->left + NVME_PAGE - 1) / NVME_PAGE, n = smaller(want, room);
	uint16_t status = dma(t->c, *list, entry, n * 8, false);
	bool chained = want > room;

	if (status != NVME_OK)
		return status;
	for (size_t i = 0; i < n; i++)
		if (entry[i] % NVME_PAGE)
			return NVME_PRP_OFFSET;
	if (chained)
		*list = entry[--n];
	for (size_t i = 0; i < n && status == NVME_OK; i++)
		status = move(t, entry[i], smaller(t->left, NVME_PAGE));
	return status;
}

static uint16_t prp(struct transfer *t, uint64_t prp1, uint64_t prp2)
{
	uint16_t status;

	if (prp1 & 3)
		return NVME_PRP_OFFSET;
	status = move(t, prp1, smaller(t->left, NVME_PAGE - prp1 % NVME_PAGE));
	if (status != NVME_OK || !t->left)
		return status;
	if (t->left <= NVME_PAGE)
		return prp2 % NVME_PAGE ? NVME_PRP_OFFSET : move(t, prp2, t->left);
	if (prp2 & 7)
		return NVME_PRP_OFFSET;
	while (t->left && status == NVME_OK)
		status = prp_page(t, &prp2);
	return status;
}

/* --- SGL ------------------------------------------------------------------------- */

static uint16_t sgl_data(struct transfer *t, const struct sgl *d)
{
	if (d->len > t->left) /* SGLS: not longer than the data */
		return NVME_SGL_LENGTH;
	return move(t, d->addr, d->len);
}

/*
 * The descriptors of one segment.  *next becomes the descriptor of the next
 * one, if there is any: then it is the last of this one, and this one is not
 * the last.
 */
static uint16_t sgl_segment(struct transfer *t, const struct sgl *seg, struct sgl *next, bool *more)
{
	uint64_t n = seg->len / 16;
	struct sgl d[SGL_BATCH];

	*more = false;
	for (uint64_t at = 0; at < n; at += SGL_BATCH) {
		size_t batch = smaller(n - at, SGL_BATCH);
		uint16_t status = dma(t->c, seg->addr + at * 16, d, batch * 16, false);

		for (size_t i = 0; i < batch && status == NVME_OK; i++) {
			if (d[i].id == SGL_DATA << 4) {
				status = sgl_data(t, &d[i]);
				continue;
			}
			if (d[i].id != SGL_SEGMENT << 4 && d[i].id != SGL_LAST << 4)
				return NVME_SGL_TYPE;
			if (at + i + 1 != n || seg->id == SGL_LAST << 4)
				return NVME_SGL_SEGMENT;
			*next = d[i];
			*more = true;
		}
		if (status != NVME_OK)
			return status;
	}
	return *more || seg->id == SGL_LAST << 4 ? NVME_OK : NVME_SGL_SEGMENT;
}

static uint16_t sgl_list(struct transfer *t, struct sgl seg)
{
	uint64_t total = 0;
	bool more = true;

	while (more) {
		struct sgl next = {0};
		uint16_t status;

		if (!seg.len || seg.len % 16)
			return NVME_SGL_SEGMENT;
		total += seg.len / 16;
		if (total > SGL_MAX)
			return NVME_SGL_COUNT;
		status = sgl_segment(t, &seg, &next, &more);
		if (status != NVME_OK)
			return status;
		seg = next;
	}
	return t->left ? NVME_SGL_LENGTH : NVME_OK;
}

static uint16_t sgl(struct transfer *t, const struct nvme_cmd *cmd)
{
	struct sgl first;
	uint16_t status;

	memcpy(&first, &cmd->dw[6], sizeof(first));
	switch (first.id) {
	case SGL_DATA << 4:
		status = sgl_data(t, &first);
		return status == NVME_OK && t->left ? NVME_SGL_LENGTH : status;
	case SGL_SEGMENT << 4:
	case SGL_LAST << 4:
		return sgl_list(t, first);
	default:
		return NVME_SGL_TYPE;
	}
}

/* --- both --------------------------------------------------------------------------- */

/* Admin commands have PRPs only (4.1.2, PCIe); there is no metadata. */
static uint16_t transfer(struct transfer *t, const struct nvme_cmd *cmd)
{
	switch (PSDT(cmd->dw[0])) {
	case 0:
		return prp(t, nvme_dw64(cmd, 6), nvme_dw64(cmd, 8));
	case 1:
		return cmd->sqid ? sgl(t, cmd) : NVME_INVALID_FIELD;
	default:
		return NVME_INVALID_FIELD;
	}
}

uint16_t nvme_to_host(struct nvme_ctrl *c, const struct nvme_cmd *cmd, const void *buf, size_t len)
{
	struct transfer t = {c, (uint8_t *)(uintptr_t)buf, len, true};

	return transfer(&t, cmd);
}

uint16_t nvme_from_host(struct nvme_ctrl *c, const struct nvme_cmd *cmd, void *buf, size_t len)
{
	struct transfer t = {c, buf, len, false};

	return transfer(&t, cmd);
}
