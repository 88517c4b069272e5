// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * I/O commands, NVM Command Set Specification 1.0, chapter 3.  What is written
 * is in the namespace before its completion is: nothing acknowledged is lost.
 *
 * The volatile write cache is the host's memory, where the namespace is a file:
 * Flush, FUA, and every write while the cache is off, wait for the host's disk.
 */
#include <string.h>

#include "host/lab/model/nvme_internal.h"

#define ALL_NS     0xffffffffu
#define DSM_RANGES 256u
#define DSM_AD     0x4u
#define FUA        (1u << 30)

bool nvme_io_supported(uint8_t opcode)
{
	switch (opcode) {
	case NVME_FLUSH:
	case NVME_WRITE:
	case NVME_READ:
	case NVME_COMPARE:
	case NVME_WRITE_ZEROES:
	case NVME_DSM:
		return true;
	default:
		return false;
	}
}

static bool in_range(uint64_t lba, uint64_t n)
{
	return n <= NVME_LBAS && lba <= NVME_LBAS - n;
}

static uint64_t blocks(const struct nvme_cmd *cmd)
{
	return (cmd->dw[12] & 0xffff) + 1ull;
}

static uint8_t *block(struct nvme_ctrl *c, uint64_t lba)
{
	return c->data + (lba << NVME_LBA_LOG2);
}

static uint16_t read_blocks(struct nvme_ctrl *c, const struct nvme_cmd *cmd, uint64_t lba,
			    size_t len)
{
	uint16_t status = nvme_to_host(c, cmd, block(c, lba), len);

	c->reads++;
	if (status == NVME_OK)
		c->blocks_read += len >> NVME_LBA_LOG2;
	return status;
}

static uint16_t stored(int err)
{
	return err ? NVME_WRITE_FAULT : NVME_OK;
}

/* After what changed the namespace: is it to stay without a Flush? */
static uint16_t written(struct nvme_ctrl *c, int err, bool fua)
{
	if (!err && (fua || !c->feature.write_cache))
		err = nvme_store_sync(c);
	return stored(err);
}

/* All of it arrives before any of it counts. */
static uint16_t write_blocks(struct nvme_ctrl *c, const struct nvme_cmd *cmd, uint64_t lba,
			     size_t len)
{
	static uint8_t buf[NVME_MAX_BYTES];
	uint16_t status;

	if (cmd->dw[12] >> 20 & 15) /* directives */
		return NVME_INVALID_FIELD;
	status = nvme_from_host(c, cmd, buf, len);
	c->writes++;
	if (status != NVME_OK)
		return status;
	status = written(c, nvme_store_write(c, lba, buf, len), cmd->dw[12] & FUA);
	if (status == NVME_OK)
		c->blocks_written += len >> NVME_LBA_LOG2;
	return status;
}

static uint16_t compare(struct nvme_ctrl *c, const struct nvme_cmd *cmd, uint64_t lba, size_t len)
{
	static uint8_t buf[NVME_MAX_BYTES];
	uint16_t status = nvme_from_host(c, cmd, buf, len);

	c->reads++;
	if (status != NVME_OK)
		return status;
	return memcmp(buf, block(c, lba), len) ? NVME_COMPARE_FAILURE : NVME_OK;
}

static uint16_t data_command(struct nvme_ctrl *c, const struct nvme_cmd *cmd)
{
	uint64_t lba = nvme_dw64(cmd, 10), n = blocks(cmd);

	if (!in_range(lba, n))
		return NVME_LBA_RANGE;
	if (n << NVME_LBA_LOG2 > NVME_MAX_BYTES)
		return NVME_INVALID_FIELD;
	switch (cmd->dw[0] & 0xff) {
	case NVME_READ:
		return read_blocks(c, cmd, lba, n << NVME_LBA_LOG2);
	case NVME_WRITE:
		return write_blocks(c, cmd, lba, n << NVME_LBA_LOG2);
	default:
		return compare(c, cmd, lba, n << NVME_LBA_LOG2);
	}
}

static uint16_t write_zeroes(struct nvme_ctrl *c, const struct nvme_cmd *cmd)
{
	uint64_t lba = nvme_dw64(cmd, 10), n = blocks(cmd);

	if (!in_range(lba, n))
		return NVME_LBA_RANGE;
	return written(c, nvme_store_zero(c, lba, n), cmd->dw[12] & FUA);
}

/* 3.2.3: all ranges are looked at before one is deallocated. */
static uint16_t dataset(struct nvme_ctrl *c, const struct nvme_cmd *cmd)
{
	struct {
		uint32_t attributes, blocks;
		uint64_t lba;
	} range[DSM_RANGES];
	unsigned int n = (cmd->dw[10] & 0xff) + 1;
	uint16_t status = nvme_from_host(c, cmd, range, n * sizeof(range[0]));
	int err = 0;

	if (status != NVME_OK)
		return status;
	for (unsigned int i = 0; i < n; i++)
		if (!in_range(range[i].lba, range[i].blocks))
			return NVME_LBA_RANGE;
	for (unsigned int i = 0; i < n && cmd->dw[11] & DSM_AD && !err; i++)
		err = nvme_store_zero(c, range[i].lba, range[i].blocks);
	return written(c, err, false);
}

static uint16_t ns_check(const struct nvme_ctrl *c, const struct nvme_cmd *cmd)
{
	uint32_t nsid = cmd->dw[1];

	if (nsid == nvme_nsid(c) || (nsid == ALL_NS && (cmd->dw[0] & 0xff) == NVME_FLUSH))
		return NVME_OK;
	/* 3.2.1.4: one that is not attached; 3.2.1.2: none at all */
	return nsid && nsid <= NVME_CONTROLLERS ? NVME_INVALID_FIELD : NVME_INVALID_NS;
}

uint16_t nvme_io(struct nvme_ctrl *c, const struct nvme_cmd *cmd)
{
	uint16_t status;

	if (!nvme_io_supported(cmd->dw[0] & 0xff))
		return NVME_INVALID_OPCODE;
	if (cmd->dw[0] >> 8 & 3) /* fused */
		return NVME_INVALID_FIELD;
	status = ns_check(c, cmd);
	if (status != NVME_OK)
		return status;
	switch (cmd->dw[0] & 0xff) {
	case NVME_FLUSH:
		return stored(nvme_store_sync(c));
	case NVME_WRITE_ZEROES:
		return write_zeroes(c, cmd);
	case NVME_DSM:
		return dataset(c, cmd);
	default:
		return data_command(c, cmd);
	}
}
