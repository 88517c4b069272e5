// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Invalidation (6.5): the queue (6.5.2) and the registers (6.5.1).  A request
 * is done when the write that submits it returns, and does exactly what it
 * says: never more than the granularity asked for.
 */
#include <stdio.h>

#include "host/lab/model/vtd_internal.h"

/* 6.5.2.1 */
static unsigned int desc_context(uint64_t lo, uint64_t hi)
{
	unsigned int g = (unsigned int)vtd_bits(lo, 5, 4);

	if (!g || vtd_bits(lo, 15, 6) || vtd_bits(lo, 63, 50) || hi)
		return VTD_IQEI_RSVD;
	vtd_ctx_flush(g, (uint16_t)vtd_bits(lo, 31, 16), (uint16_t)vtd_bits(lo, 47, 32),
		      (unsigned int)vtd_bits(lo, 49, 48));
	return 0;
}

/* 6.5.2.3; draining is nothing to wait for here: DMA is done when it is asked for. */
static unsigned int desc_iotlb(uint64_t lo, uint64_t hi)
{
	unsigned int g = (unsigned int)vtd_bits(lo, 5, 4), am = (unsigned int)vtd_bits(hi, 5, 0);

	if (!g || vtd_bits(lo, 15, 8) || vtd_bits(lo, 63, 32) || vtd_bits(hi, 11, 7))
		return VTD_IQEI_RSVD;
	if (g == VTD_INV_SELECTIVE && am > VTD_MAMV)
		return VTD_IQEI_RSVD;
	vtd_tlb_flush(g, (uint16_t)vtd_bits(lo, 31, 16), hi & ~0xfffull, am, vtd_bits(hi, 6, 6));
	return 0;
}

/* 6.5.2.7 */
static unsigned int desc_iec(uint64_t lo, uint64_t hi)
{
	bool selective = vtd_bits(lo, 4, 4);
	unsigned int im = (unsigned int)vtd_bits(lo, 31, 27);

	if (vtd_bits(lo, 26, 5) || vtd_bits(lo, 63, 48) || hi)
		return VTD_IQEI_RSVD;
	if (selective && im > VTD_MHMV)
		return VTD_IQEI_RSVD;
	if (selective)
		vtd_iec_flush((uint16_t)vtd_bits(lo, 47, 32), im);
	else
		vtd_iec_flush_all();
	vtd_ir_changed();
	return 0;
}

/*
 * 6.5.2.8; all before it are done already, so the fence (FN) asks for nothing
 * more.  PD is reserved without page requests.
 */
static unsigned int desc_wait(uint64_t lo, uint64_t hi)
{
	uint32_t status = (uint32_t)vtd_bits(lo, 63, 32);
	char line[80];

	if (vtd_bits(lo, 31, 7) || vtd_bits(hi, 1, 0))
		return VTD_IQEI_RSVD;
	if (vtd_bits(lo, 5, 5) && lab->mem_write(hi, &status, sizeof(status))) {
		snprintf(line, sizeof(line), "vtd: no memory for the wait status at %#llx",
			 (unsigned long long)hi);
		lab->log(line);
	}
	/* 6.5.2.9: an event only when IWC was clear. */
	if (vtd_bits(lo, 4, 4) && !(vtd_reg(VTD_ICS) & VTD_ICS_IWC)) {
		vtd_reg_set(VTD_ICS, 0, VTD_ICS_IWC);
		vtd_event_raise(VTD_IECTL);
	}
	return 0;
}

/* Device-TLB, PASID and page-request descriptors do not exist without their capabilities. */
static unsigned int desc_run(uint64_t lo, uint64_t hi)
{
	switch (vtd_bits(lo, 3, 0) | vtd_bits(lo, 11, 9) << 4) {
	case 1:
		return desc_context(lo, hi);
	case 2:
		return desc_iotlb(lo, hi);
	case 4:
		return desc_iec(lo, hi);
	case 5:
		return desc_wait(lo, hi);
	default:
		return VTD_IQEI_TYPE;
	}
}

/* 6.5.2.10: on an error the head stays where it is and nothing is fetched. */
void vtd_qi_run(void)
{
	uint64_t iqa = vtd_reg64(VTD_IQA), base = iqa & ~0xfffull;
	uint32_t size = 4096u << (iqa & 7), tail = vtd_reg(VTD_IQT);

	if (!(vtd_reg(VTD_GSTS) & VTD_QIE) || (vtd_reg(VTD_FSTS) & VTD_FSTS_IQE))
		return;
	if (tail >= size) {
		vtd_fault_iqe(VTD_IQEI_TAIL);
		return;
	}
	while (vtd_reg(VTD_IQH) != tail) {
		uint32_t head = vtd_reg(VTD_IQH);
		struct vtd_entry d;
		unsigned int err = VTD_IQEI_FETCH;

		if (!lab->mem_read(base + head, &d, sizeof(d)))
			err = desc_run(d.lo, d.hi);
		if (err) {
			vtd_fault_iqe(err);
			return;
		}
		vtd_reg_set(VTD_IQH, ~0u, (head + 16) % size);
	}
}

/*
 * 6.5.1.1: CCMD.  CAIG says what was done, 0 that the request was incorrect
 * and ignored; so is every one while the queue is enabled.
 */
void vtd_ccmd(void)
{
	uint64_t v = vtd_reg64(VTD_CCMD);
	unsigned int g = (unsigned int)vtd_bits(v, 62, 61);

	if (vtd_reg(VTD_GSTS) & VTD_QIE)
		g = 0;
	if (g)
		vtd_ctx_flush(g, (uint16_t)v, (uint16_t)vtd_bits(v, 31, 16),
			      (unsigned int)vtd_bits(v, 33, 32));
	vtd_reg_set(VTD_CCMD + 4, 3u << 27, g << 27);
}

/* 6.5.1.2: IOTLB_REG, with IVA_REG for pages. */
void vtd_iotlb(void)
{
	uint32_t v = vtd_reg(VTD_IOTLB + 4);
	uint64_t iva = vtd.iva[0] | (uint64_t)vtd.iva[1] << 32;
	unsigned int g = (unsigned int)vtd_bits(v, 29, 28), am = (unsigned int)vtd_bits(iva, 5, 0);

	if ((vtd_reg(VTD_GSTS) & VTD_QIE) || (g == VTD_INV_SELECTIVE && am > VTD_MAMV))
		g = 0;
	if (g)
		vtd_tlb_flush(g, (uint16_t)v, iva & ~0xfffull, am, vtd_bits(iva, 6, 6));
	vtd_reg_set(VTD_IOTLB + 4, 3u << 25, g << 25);
}
