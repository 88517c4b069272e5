/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fake_vtd.h - an IOMMU (host/lab/model/vtd.h) for unit tests of the functions
 * behind it.  It has definitions, not declarations: a test program that includes
 * it has this IOMMU instead of the real one, which is in the library.
 *
 * An interrupt message is an index (its data) into entry[]; DMA addresses are
 * physical addresses plus FAKE_IOVA.
 */
#ifndef TESTS_FAKE_VTD_H
#define TESTS_FAKE_VTD_H

#include <errno.h>
#include <string.h>

#include "host/lab/model/lab.h"
#include "host/lab/model/vtd.h"
#include "shared/event.h"

#define FAKE_IOVA    0x40000000ull
#define FAKE_ENTRIES 256
#define FAKE_SENT    4096

struct fake_vtd {
	struct {
		uint64_t pid; /* 0: not posted */
		uint8_t vector;
		bool blocked;
	} entry[FAKE_ENTRIES];
	bool refuse_dma;
	struct {
		uint16_t sid;
		uint64_t addr;
		uint32_t data;
		uint64_t tick;
		uint64_t writes; /* fake.writes when it was sent */
	} sent[FAKE_SENT]; /* messages, oldest first */
	unsigned int nr_sent;
	uint16_t dma_sid; /* of the last DMA */
	unsigned int inits, resets;
	void (*iec)(void *arg);
	void *iec_arg;
};
static struct fake_vtd vtd;

int vtd_init(void)
{
	memset(&vtd, 0, sizeof(vtd));
	vtd.inits++;
	return 0;
}

void vtd_reset(void)
{
	vtd.resets++;
}

int vtd_dma_read(uint16_t sid, uint64_t iova, void *buf, size_t len)
{
	vtd.dma_sid = sid;
	return vtd.refuse_dma ? -EFAULT : lab->mem_read(iova - FAKE_IOVA, buf, len);
}

int vtd_dma_write(uint16_t sid, uint64_t iova, const void *buf, size_t len)
{
	vtd.dma_sid = sid;
	return vtd.refuse_dma ? -EFAULT : lab->mem_write(iova - FAKE_IOVA, buf, len);
}

/* VT-d 5.2.3 */
static uint16_t fake_post(uint64_t pa, uint8_t vector)
{
	uint64_t pir, control, bit = 1ull << vector % 64;
	uint16_t coalesced;

	lab->mem_read(pa + vector / 64 * 8, &pir, 8);
	lab->mem_read(pa + 32, &control, 8);
	coalesced = pir & bit ? PB_EVF_COALESCED : 0;
	pir |= bit;
	lab->mem_write(pa + vector / 64 * 8, &pir, 8);
	if (control & 1)
		return coalesced | PB_EVF_OUTSTANDING;
	if (control & 2)
		return coalesced | PB_EVF_SUPPRESSED;
	control |= 1;
	lab->mem_write(pa + 32, &control, 8);
	lab->apic_deliver(control >> 32, control >> 16 & 0xff, 0, false, false);
	return coalesced | PB_EVF_NOTIFIED;
}

void vtd_msi(uint16_t sid, uint64_t addr, uint32_t data, struct vtd_message *out)
{
	unsigned int i = data % FAKE_ENTRIES;

	if (vtd.nr_sent < FAKE_SENT) {
		vtd.sent[vtd.nr_sent].sid = sid;
		vtd.sent[vtd.nr_sent].addr = addr;
		vtd.sent[vtd.nr_sent].data = data;
		vtd.sent[vtd.nr_sent].tick = lab->now();
		vtd.sent[vtd.nr_sent].writes = fake.writes;
	}
	vtd.nr_sent++;
	*out = (struct vtd_message){.vector = vtd.entry[i].vector};
	if (vtd.entry[i].blocked) {
		out->flags = PB_EVF_BLOCKED;
		out->fault = 0x22;
	} else if (vtd.entry[i].pid) {
		out->pid = vtd.entry[i].pid;
		out->flags = fake_post(out->pid, out->vector);
	} else {
		out->flags = PB_EVF_REMAPPED;
	}
}

bool vtd_ioapic(uint64_t rte)
{
	return rte >> 48 & 1;
}

uint64_t vtd_peek_pid(uint16_t sid, uint64_t addr, uint32_t data)
{
	(void)sid;
	(void)addr;
	return vtd.entry[data % FAKE_ENTRIES].blocked ? 0 : vtd.entry[data % FAKE_ENTRIES].pid;
}

/* Entry i is at FAKE_IRT + 16 * i. */
#define FAKE_IRT 0x3f0000ull
uint64_t vtd_peek_irte(uint64_t addr, uint32_t data)
{
	(void)addr;
	return FAKE_IRT + data % FAKE_ENTRIES * 16;
}

uint32_t vtd_destination(uint64_t control)
{
	return control >> 32;
}

void vtd_on_iec_flush(void (*fn)(void *arg), void *arg)
{
	vtd.iec = fn;
	vtd.iec_arg = arg;
}

#endif
