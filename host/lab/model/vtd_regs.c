// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The register file (chapter 11).  Every register is handled as dwords, as
 * 11.2 allows hardware to; a quadword access is two, the low one first.
 * Other sizes and misaligned accesses are undefined there: here they read as
 * zero, change nothing and leave a line in the log.
 */
#include <stdio.h>
#include <string.h>

#include "host/lab/model/vtd_internal.h"

struct vtd_state vtd;

/* Capabilities (11.4.2): bits not named are zero. */
static const uint64_t cap = 6ull /* ND: 16-bit domain-ids */
			    | 6ull << 8 /* SAGAW: 39 bit 3-level, 48 bit 4-level */
			    | (VTD_MGAW - 1ull) << 16 /* MGAW */
			    | 1ull << 22 /* ZLR: zero-length reads */
			    | (VTD_FRO / 16ull) << 24 /* FRO */
			    | 3ull << 34 /* SSLPS: 2 MiB, 1 GiB */
			    | 1ull << 39 /* PSI: page-selective invalidation */
			    | (VTD_NFR - 1ull) << 40 /* NFR */
			    | (uint64_t)VTD_MAMV << 48 /* MAMV */
			    | 1ull << 54 /* DWD: write draining */
			    | 1ull << 55 /* DRD: read draining */
			    | 1ull << 59; /* PI: posting */

/* Extended capabilities (11.4.3). */
static const uint64_t ecap = 1ull << 0 /* C: coherent page walks */
			     | 1ull << 1 /* QI: queued invalidation */
			     | 1ull << 3 /* IR: interrupt remapping */
			     | 1ull << 4 /* EIM: x2APIC */
			     | 1ull << 6 /* PT: pass-through */
			     | 1ull << 7 /* SC: snoop control */
			     | (VTD_IRO / 16ull) << 8 /* IRO */
			     | (uint64_t)VTD_MHMV << 20; /* MHMV */

/* --- what writes do beyond storing bits ------------------------------------ */

/* 11.4.4.1: one-shot bits act when set, the others are levels. */
static void gcmd_written(unsigned int offset, uint32_t v)
{
	const uint32_t levels = VTD_TE | VTD_QIE | VTD_IRE | VTD_CFI;
	uint32_t before = vtd_reg(VTD_GSTS);

	(void)offset;
	vtd_reg_set(VTD_GSTS, levels, v & levels);
	if (v & VTD_RTP) { /* 6.6 */
		vtd.root = vtd_reg64(VTD_RTADDR);
		vtd_reg_set(VTD_GSTS, 0, VTD_RTP);
	}
	if (v & VTD_IRTP) { /* 6.7 */
		vtd.irta = vtd_reg64(VTD_IRTA);
		vtd_reg_set(VTD_GSTS, 0, VTD_IRTP);
	}
	if (!(v & VTD_QIE))
		vtd_reg_set(VTD_IQH, ~0u, 0);
	vtd_qi_run();
	if ((v & VTD_IRTP) || ((before ^ v) & VTD_IRE))
		vtd_ir_changed();
}

/* 11.4.6: the command is in the upper half. */
static void ccmd_written(unsigned int offset, uint32_t v)
{
	(void)offset;
	if (v & (1u << 31))
		vtd_ccmd();
}

static void iva_written(unsigned int offset, uint32_t v)
{
	vtd.iva[(offset - VTD_IVA) / 4] = v;
}

static void iotlb_written(unsigned int offset, uint32_t v)
{
	(void)offset;
	if (v & (1u << 31))
		vtd_iotlb();
}

static void fault_written(unsigned int offset, uint32_t v)
{
	(void)offset;
	(void)v;
	vtd_fault_settle();
	vtd_qi_run(); /* clearing IQE lets it go on */
}

static void ectl_written(unsigned int offset, uint32_t v)
{
	(void)v;
	vtd_event_settle(offset);
}

/* 11.4.9.5: servicing IWC takes a held event back. */
static void ics_written(unsigned int offset, uint32_t v)
{
	(void)offset;
	(void)v;
	if (!(vtd_reg(VTD_ICS) & VTD_ICS_IWC))
		vtd_reg_set(VTD_IECTL, VTD_ECTL_IP, 0);
}

static void iqt_written(unsigned int offset, uint32_t v)
{
	(void)offset;
	(void)v;
	vtd_qi_run();
}

/* --- the table ----------------------------------------------------------- */

#define ADDR_HIGH ((uint32_t)(VTD_HAW_MASK >> 32)) /* bits from HAW on are not implemented */

/* Bits in neither mask are read-only or reserved: writes change nothing. */
static const struct reg {
	uint16_t offset;
	uint32_t rw; /* software reads and writes */
	uint32_t w1c; /* software clears by writing 1 */
	uint32_t reset;
	void (*written)(unsigned int offset, uint32_t v);
} regs[] = {
	{VTD_VER, .reset = 0x10},
	{VTD_GCMD, .written = gcmd_written}, /* write-only */
	{VTD_RTADDR, .rw = 0xfffff000}, /* TTM reserved: no scalable mode */
	{VTD_RTADDR + 4, .rw = ADDR_HIGH},
	{VTD_CCMD, .rw = 0xffffffff},
	{VTD_CCMD + 4, .rw = 0x60000003, .written = ccmd_written},
	{VTD_FSTS, .w1c = VTD_FSTS_PFO | VTD_FSTS_IQE, .written = fault_written},
	{VTD_FECTL, .rw = VTD_ECTL_IM, .reset = VTD_ECTL_IM, .written = ectl_written},
	{VTD_FEDATA, .rw = 0xffff},
	{VTD_FEADDR, .rw = 0xfffffffc},
	{VTD_FEUADDR, .rw = 0xffffffff},
	{VTD_IQT, .rw = 0x7fff0, .written = iqt_written},
	{VTD_IQA, .rw = 0xfffff007}, /* DW reserved: no scalable mode */
	{VTD_IQA + 4, .rw = ADDR_HIGH},
	{VTD_ICS, .w1c = VTD_ICS_IWC, .written = ics_written},
	{VTD_IECTL, .rw = VTD_ECTL_IM, .reset = VTD_ECTL_IM, .written = ectl_written},
	{VTD_IEDATA, .rw = 0xffff},
	{VTD_IEADDR, .rw = 0xfffffffc},
	{VTD_IEUADDR, .rw = 0xffffffff},
	{VTD_IRTA, .rw = 0xfffff80f},
	{VTD_IRTA + 4, .rw = ADDR_HIGH},
	{VTD_IVA, .written = iva_written}, /* write-only */
	{VTD_IVA + 4, .written = iva_written},
	{VTD_IOTLB + 4, .rw = 0x3003ffff, .written = iotlb_written},
};

static const struct reg frcd_high = {.w1c = VTD_FRCD_F, .written = fault_written};

static const struct reg *reg_find(unsigned int offset)
{
	if (offset >= VTD_FRCD && offset < VTD_REGS_END)
		return offset % 16 == 12 ? &frcd_high : NULL;
	for (size_t i = 0; i < sizeof(regs) / sizeof(regs[0]); i++)
		if (regs[i].offset == offset)
			return &regs[i];
	return NULL;
}

static void reg_write(unsigned int offset, uint32_t v)
{
	const struct reg *r = reg_find(offset);
	uint32_t *p;

	if (!r)
		return;
	p = &vtd.reg[offset / 4];
	*p = (*p & ~r->rw & ~(r->w1c & v)) | (v & r->rw);
	if (r->written)
		r->written(offset, v);
}

static bool access_ok(uint64_t offset, unsigned int len, const char *what)
{
	char line[80];

	if ((len == 4 || len == 8) && offset % len == 0)
		return true;
	snprintf(line, sizeof(line), "vtd: %s of %u bytes at %#x ignored", what, len,
		 (unsigned int)offset);
	lab->log(line);
	return false;
}

static void mmio_read(void *arg, uint64_t offset, void *data, unsigned int len)
{
	(void)arg;
	memset(data, 0, len);
	if (!access_ok(offset, len, "read"))
		return;
	for (unsigned int i = 0; i < len && offset + i < VTD_REGS_END; i += 4) {
		uint32_t v = vtd_reg((unsigned int)offset + i);

		memcpy((uint8_t *)data + i, &v, sizeof(v));
	}
}

static void mmio_write(void *arg, uint64_t offset, const void *data, unsigned int len)
{
	(void)arg;
	if (!access_ok(offset, len, "write"))
		return;
	for (unsigned int i = 0; i < len && offset + i < VTD_REGS_END; i += 4) {
		uint32_t v;

		memcpy(&v, (const uint8_t *)data + i, sizeof(v));
		reg_write((unsigned int)offset + i, v);
	}
}

int vtd_init(void)
{
	int err = lab->mmio_map(LAB_VTD_BASE, LAB_VTD_SIZE, mmio_read, mmio_write, NULL, NULL);

	if (err)
		return err;
	vtd_reset();
	return 0;
}

/* Power-on: sticky bits are cleared too. */
void vtd_reset(void)
{
	memset(&vtd, 0, sizeof(vtd));
	for (size_t i = 0; i < sizeof(regs) / sizeof(regs[0]); i++)
		vtd.reg[regs[i].offset / 4] = regs[i].reset;
	vtd.reg[VTD_CAP / 4] = (uint32_t)cap;
	vtd.reg[VTD_CAP / 4 + 1] = (uint32_t)(cap >> 32);
	vtd.reg[VTD_ECAP / 4] = (uint32_t)ecap;
	vtd.reg[VTD_ECAP / 4 + 1] = (uint32_t)(ecap >> 32);
	vtd_cache_reset();
	vtd_ir_changed();
}
