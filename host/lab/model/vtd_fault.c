// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Fault recording (7.2.1) and the two events that the IOMMU itself signals,
 * fault (7.3) and invalidation completion (6.5.2.9).
 */
#include "host/lab/model/truth.h"
#include "host/lab/model/vtd_internal.h"

/* May FPD suppress it? Only once an entry was found that has the bit (app. A). */
static bool qualified(enum vtd_reason reason)
{
	switch (reason) {
	case VTD_FR_ROOT_P:
	case VTD_FR_ROOT_ACCESS:
	case VTD_FR_CTX_ACCESS:
	case VTD_FR_ROOT_RSVD:
	case VTD_FR_IR_REQ_RSVD:
	case VTD_FR_IR_INDEX:
	case VTD_FR_IRTE_ACCESS:
	case VTD_FR_IR_COMPAT:
		return false;
	default:
		return true;
	}
}

/*
 * The IOMMU's own messages are not remapped (5.1.6): compatibility format, or
 * in x2APIC mode the upper address register holds bits 31:8 of the APIC id.
 */
static void event_send(unsigned int ctl)
{
	uint32_t data = vtd_reg(ctl + 4), addr = vtd_reg(ctl + 8), upper = vtd_reg(ctl + 12);
	uint32_t dest = (uint32_t)vtd_bits(addr, 19, 12);

	if (!vtd_interrupt_range(addr)) {
		lab->mem_write(addr | (uint64_t)upper << 32, &data, sizeof(data));
		return;
	}
	if (vtd.irta & VTD_IRTA_EIME)
		dest |= upper & 0xffffff00;
	lab->apic_deliver(dest, (uint8_t)data, (unsigned int)vtd_bits(data, 10, 8),
			  vtd_bits(addr, 2, 2), false);
}

void vtd_event_settle(unsigned int ctl)
{
	if ((vtd_reg(ctl) & (VTD_ECTL_IP | VTD_ECTL_IM)) != VTD_ECTL_IP)
		return;
	vtd_reg_set(ctl, VTD_ECTL_IP, 0);
	event_send(ctl);
}

void vtd_event_raise(unsigned int ctl)
{
	vtd_reg_set(ctl, 0, VTD_ECTL_IP);
	vtd_event_settle(ctl);
}

/* 7.3: only the first of several conditions is an event. */
static void fsts_raise(uint32_t bit)
{
	uint32_t before = vtd_reg(VTD_FSTS) & VTD_FSTS_EVENTS;

	vtd_reg_set(VTD_FSTS, 0, bit);
	if (!before)
		vtd_event_raise(VTD_FECTL);
}

static unsigned int frcd(unsigned int i)
{
	return VTD_FRCD + 16 * i;
}

void vtd_fault_settle(void)
{
	bool pending = false;

	for (unsigned int i = 0; i < VTD_NFR; i++)
		pending |= vtd_reg(frcd(i) + 12) & VTD_FRCD_F;
	if (!pending)
		vtd_reg_set(VTD_FSTS, VTD_FSTS_PPF | VTD_FSTS_FRI, 0);
	if (!(vtd_reg(VTD_FSTS) & VTD_FSTS_EVENTS))
		vtd_reg_set(VTD_FECTL, VTD_ECTL_IP, 0);
}

static void record(uint16_t sid, enum vtd_reason reason, uint64_t info, bool read)
{
	bool interrupt = reason >= VTD_FR_IR_REQ_RSVD;
	uint64_t fi = interrupt ? info << 48 : info & ~0xfffull;
	unsigned int i = vtd.next_frcd, r = frcd(i);

	if (vtd_reg(r + 12) & VTD_FRCD_F) {
		fsts_raise(VTD_FSTS_PFO);
		return;
	}
	vtd.next_frcd = (i + 1) % VTD_NFR;
	vtd_reg_set(r, ~0u, (uint32_t)fi);
	vtd_reg_set(r + 4, ~0u, (uint32_t)(fi >> 32));
	vtd_reg_set(r + 8, ~0u, sid);
	/* T1 says read; T2, PASID and the rest do not exist without scalable mode. */
	vtd_reg_set(r + 12, ~0u, VTD_FRCD_F | (read && !interrupt ? 1u << 30 : 0) | reason);
	if (!(vtd_reg(VTD_FSTS) & VTD_FSTS_PPF))
		vtd_reg_set(VTD_FSTS, VTD_FSTS_FRI, i << VTD_FSTS_FRI_SHIFT);
	fsts_raise(VTD_FSTS_PPF);
}

void vtd_fault(uint16_t sid, enum vtd_reason reason, uint64_t info, bool read, bool fpd)
{
	if (fpd && qualified(reason))
		return;
	truth_fault(sid, (uint8_t)reason, info);
	if (!(vtd_reg(VTD_FSTS) & VTD_FSTS_PFO))
		record(sid, reason, info, read);
}

void vtd_fault_iqe(unsigned int iqei)
{
	vtd_reg_set(VTD_IQERCD, 0xf, iqei);
	fsts_raise(VTD_FSTS_IQE);
}
