// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/nvme_host.h"

#define SQ(q)    ((q)*0x10000ull)
#define CQ(q)    (0x80000ull + (q)*0x10000ull)
#define DATA     0x100000ull
#define PRP_LIST 63u
#define BAR4     0xd4000000u

uint64_t host_page(const struct host *h, unsigned int n)
{
	return h->ram + DATA + n * 4096ull;
}

uint64_t host_bus(const struct host *h, unsigned int n)
{
	return HOST_IOVA + host_page(h, n);
}

uint32_t host_rd(const struct host *h, uint32_t offset)
{
	return fake_mmio_rd32(h->bar + offset);
}

void host_wr(const struct host *h, uint32_t offset, uint32_t value)
{
	fake_mmio_wr32(h->bar + offset, value);
}

uint32_t host_in_rd(uint32_t offset)
{
	return fake_mmio_rd32(BAR4 + offset);
}

void host_in_wr(uint32_t offset, uint32_t value)
{
	fake_mmio_wr32(BAR4 + offset, value);
}

void host_arm(uint8_t source, enum pb_service service, uint32_t mean, enum pb_device_fault fault,
	      uint32_t at)
{
	host_in_wr(PB_INSTRUMENT_FIRST, 1);
	host_in_wr(PB_INSTRUMENT_VECTORS, HOST_QUEUES);
	host_in_wr(PB_INSTRUMENT_SOURCE, source);
	host_in_wr(PB_INSTRUMENT_SERVICE, service);
	host_in_wr(PB_INSTRUMENT_SERVICE_LO, mean);
	host_in_wr(PB_INSTRUMENT_FAULT, fault);
	host_in_wr(PB_INSTRUMENT_FAULT_AT, at);
	host_in_wr(PB_INSTRUMENT_CTRL, PB_INSTRUMENT_CTRL_ARM);
	assert_int_equal(host_in_rd(PB_INSTRUMENT_STATUS), PB_INSTRUMENT_ST_ARMED);
}

static void wr64(const struct host *h, uint32_t offset, uint64_t value)
{
	host_wr(h, offset, (uint32_t)value);
	host_wr(h, offset + 4, value >> 32);
}

void host_vfs(unsigned int n)
{
	uint64_t sriov = PCI_ECAM_BASE + NVME_DEVFN * 4096ull + 0x150;

	fake_mmio_wr32(sriov + 0x24, 0xd8000000);
	fake_mmio_write(sriov + 0x08, "\0\0", 2);
	fake_mmio_write(sriov + 0x10, &n, 2);
	fake_mmio_write(sriov + 0x08, "\x09\0", 2);
}

void host_map(struct host *h, unsigned int devfn)
{
	unsigned int msix;

	memset(h, 0, sizeof(*h));
	h->devfn = devfn;
	h->ram = 0x1000000ull + (devfn & 7) * 0x400000ull;
	h->bar = devfn & 7 ? 0xd8000000 + ((devfn & 7) - 1) * 0x10000 : 0xd0000000;
	if (!(devfn & 7)) {
		fake_config_write(devfn, 0x10, h->bar, 4);
		fake_config_write(devfn, 0x10 + 4 * PB_INSTRUMENT_BAR, BAR4, 4);
	}
	fake_config_write(devfn, 0x04, CMD_MEMORY | CMD_MASTER, 2);
	msix = rig_cap(devfn, CAP_MSIX) + 2;
	for (unsigned int i = 0; i <= (fake_config_read(devfn, msix, 2) & 0x7ff); i++) {
		host_wr(h, PB_NVME_MSIX_TABLE + i * 16, 0xfee00010);
		host_wr(h, PB_NVME_MSIX_TABLE + i * 16 + 8, 100 + (devfn & 7) * 16 + i);
		host_wr(h, PB_NVME_MSIX_TABLE + i * 16 + 12, 0);
	}
	fake_config_write(devfn, msix, 0x8000, 2);
}

void host_enable(struct host *h)
{
	memset(h->sq, 0, sizeof(h->sq));
	memset(h->cq, 0, sizeof(h->cq));
	for (unsigned int q = 0; q < HOST_QUEUES; q++)
		memset(fake_ram(h->ram + CQ(q), 4096), 0, 4096);
	host_wr(h, NVME_AQA, (HOST_SIZE - 1) << 16 | (HOST_SIZE - 1));
	wr64(h, NVME_ASQ_LO, HOST_IOVA + h->ram + SQ(0));
	wr64(h, NVME_ACQ_LO, HOST_IOVA + h->ram + CQ(0));
	host_wr(h, NVME_CC, NVME_CC_EN | 6 << 16 | 4 << 20);
}

void host_start(struct host *h, unsigned int devfn)
{
	host_map(h, devfn);
	host_enable(h);
	assert_int_equal(host_rd(h, NVME_CSTS), NVME_CSTS_RDY);
}

void host_ring(const struct host *h, unsigned int q)
{
	host_wr(h, NVME_DB + q * 8, h->sq[q].tail);
}

uint16_t host_put(struct host *h, unsigned int q, const uint32_t dw[16])
{
	uint32_t e[16];

	memcpy(e, dw, sizeof(e));
	e[0] = (e[0] & 0xffff) | (uint32_t)++h->cid << 16;
	memcpy(fake_ram(h->ram + SQ(q) + h->sq[q].tail * 64, 64), e, 64);
	h->sq[q].tail = (h->sq[q].tail + 1) % HOST_SIZE;
	return h->cid;
}

bool host_get(struct host *h, unsigned int q, struct host_cqe *e)
{
	uint16_t status;

	memcpy(e, fake_ram(h->ram + CQ(q) + h->cq[q].head * 16, 16), 16);
	status = e->status;
	if ((status & 1) == h->cq[q].phase)
		return false;
	e->status = status >> 1;
	h->cq[q].head = (h->cq[q].head + 1) % HOST_SIZE;
	h->cq[q].phase ^= !h->cq[q].head;
	host_wr(h, NVME_DB + q * 8 + 4, h->cq[q].head);
	return true;
}

struct host_cqe host_wait(struct host *h, unsigned int q)
{
	struct host_cqe e;

	while (!host_get(h, q, &e))
		if (!fake_advance_to_timer())
			fail_msg("queue %u: no completion", q);
	return e;
}

uint16_t host_run(struct host *h, unsigned int q, const uint32_t dw[16])
{
	uint16_t cid = host_put(h, q, dw);
	struct host_cqe e;

	host_ring(h, q);
	e = host_wait(h, q);
	assert_int_equal(e.cid, cid);
	assert_int_equal(e.sqid, q);
	assert_int_equal(e.sq_head, h->sq[q].tail);
	assert_int_equal(e.reserved, 0);
	h->result = e.result;
	/* What failed is in the error log. */
	assert_int_equal(!!(e.status & NVME_MORE), e.status && (e.status & 0x7ff) != NVME_ABORTED);
	return e.status & ~NVME_MORE;
}

uint16_t host_admin(struct host *h, uint8_t opcode, uint32_t nsid, uint32_t dw10, uint32_t dw11)
{
	const uint32_t dw[16] = {
		[0] = opcode,
		[1] = nsid,
		[6] = (uint32_t)host_bus(h, 0),
		[7] = host_bus(h, 0) >> 32,
		[10] = dw10,
		[11] = dw11,
	};

	return host_run(h, 0, dw);
}

uint16_t host_identify(struct host *h, uint8_t cns, uint32_t nsid, uint16_t cntid)
{
	memset(fake_ram(host_page(h, 0), 4096), 0xee, 4096);
	return host_admin(h, NVME_IDENTIFY, nsid, cns | (uint32_t)cntid << 16, 0);
}

static uint16_t create(struct host *h, uint8_t opcode, uint64_t at, unsigned int q, uint32_t dw11)
{
	const uint32_t dw[16] = {
		[0] = opcode,
		[6] = (uint32_t)(HOST_IOVA + h->ram + at),
		[10] = q | (HOST_SIZE - 1) << 16,
		[11] = dw11,
	};

	return host_run(h, 0, dw);
}

void host_pair(struct host *h, unsigned int q)
{
	assert_int_equal(create(h, NVME_CREATE_CQ, CQ(q), q, q << 16 | 3), NVME_OK);
	assert_int_equal(create(h, NVME_CREATE_SQ, SQ(q), q, q << 16 | 1), NVME_OK);
}

void host_io_make(struct host *h, uint32_t dw[16], uint8_t opcode, uint64_t lba, uint32_t n)
{
	uint32_t pages = (n * 512 + 4095) / 4096;

	memset(dw, 0, 16 * sizeof(*dw));
	dw[0] = opcode;
	dw[1] = h->devfn - NVME_DEVFN + 1;
	dw[6] = (uint32_t)host_bus(h, 0);
	dw[8] = (uint32_t)host_bus(h, pages > 2 ? PRP_LIST : 1);
	dw[10] = (uint32_t)lba;
	dw[11] = lba >> 32;
	dw[12] = n - 1;
	for (uint32_t i = 1; i < pages && pages > 2 && i <= 512; i++)
		fake_wr64(host_page(h, PRP_LIST) + (i - 1) * 8ull, host_bus(h, i));
}

uint16_t host_io(struct host *h, uint8_t opcode, uint64_t lba, uint32_t n)
{
	uint32_t dw[16];

	host_io_make(h, dw, opcode, lba, n);
	return host_run(h, 1, dw);
}

void host_fill(const struct host *h, unsigned int page, unsigned int pages, uint8_t seed)
{
	uint8_t *p = fake_ram(host_page(h, page), pages * 4096ull);

	for (unsigned int i = 0; i < pages * 4096; i++)
		p[i] = (uint8_t)(seed + i * 7 + (i >> 9) * 13);
}
