// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Interrupt remapping (5.1): from a message to an interrupt-remapping table
 * entry, its checks in the order of 5.1.4, and delivery of the remapped
 * format (9.9).  The posted format is vtd_post.c.
 */
#include <string.h>

#include "shared/event.h"
#include "host/lab/model/vtd_internal.h"

#define MAX_LISTENERS 8

static struct {
	void (*fn)(void *arg);
	void *arg;
} listeners[MAX_LISTENERS];
static unsigned int nr_listeners;

void vtd_on_iec_flush(void (*fn)(void *arg), void *arg)
{
	for (unsigned int i = 0; i < nr_listeners; i++)
		if (listeners[i].fn == fn && listeners[i].arg == arg)
			return;
	if (nr_listeners == MAX_LISTENERS) {
		lab->log("vtd: too many listeners, one ignored");
		return;
	}
	listeners[nr_listeners].fn = fn;
	listeners[nr_listeners++].arg = arg;
}

void vtd_ir_changed(void)
{
	for (unsigned int i = 0; i < nr_listeners; i++)
		listeners[i].fn(listeners[i].arg);
}

static bool eime(void)
{
	return vtd.irta & VTD_IRTA_EIME;
}

/* --- the table entry ----------------------------------------------------- */

/* 9.9, with what is reserved only without x2APIC mode, and reserved encodings. */
static bool remapped_reserved(const struct vtd_entry *e)
{
	unsigned int dlm = (unsigned int)vtd_bits(e->lo, 7, 5);

	if (vtd_bits(e->lo, 14, 12) || vtd_bits(e->lo, 31, 24) || dlm == 3 || dlm == 6)
		return true;
	return !eime() && (vtd_bits(e->lo, 39, 32) || vtd_bits(e->lo, 63, 48));
}

static bool irte_reserved(const struct vtd_entry *e)
{
	if (vtd_bits(e->hi, 19, 18) == 3) /* SVT */
		return true;
	if (e->lo & VTD_IRTE_IM)
		return vtd_post_irte_reserved(e);
	return vtd_bits(e->hi, 63, 20) || remapped_reserved(e);
}

/* 5.1.1, 9.9: SVT, SQ and SID. */
static bool source_ok(const struct vtd_entry *e, uint16_t sid)
{
	/* SQ: which of bits 2:0, the function number, do not matter. */
	static const uint16_t ignore[] = {0, 4, 6, 7};
	uint16_t want = (uint16_t)e->hi;

	switch (vtd_bits(e->hi, 19, 18)) {
	case 1:
		return !((want ^ sid) & ~ignore[vtd_bits(e->hi, 17, 16)]);
	case 2: /* bus range: first in SID[15:8], last in SID[7:0] */
		return sid >> 8 >= want >> 8 && sid >> 8 <= (want & 0xff);
	default:
		return true;
	}
}

static uint64_t irte_pa(uint32_t index)
{
	return (vtd.irta & ~0xfffull) + 16ull * index;
}

/*
 * The entry for `index`, checked.  0 or the fault's reason; *fpd says whether
 * the entry suppresses recording.  Only what passes is cached (6.1, CM=0), and
 * the source-id is verified anew for each request, cached or not.
 */
static unsigned int irte_get(uint16_t sid, uint32_t index, bool fill, struct vtd_entry *e,
			     bool *fpd)
{
	const struct vtd_entry *cached;

	*fpd = false;
	if (index >= 2u << (vtd.irta & 0xf))
		return VTD_FR_IR_INDEX;
	cached = vtd_iec_find((uint16_t)index);
	if (cached)
		*e = *cached;
	else if (lab->mem_read(irte_pa(index), e, sizeof(*e)))
		return VTD_FR_IRTE_ACCESS;
	*fpd = e->lo & VTD_IRTE_FPD;
	if (!(e->lo & VTD_IRTE_P))
		return VTD_FR_IRTE_P;
	if (irte_reserved(e))
		return VTD_FR_IRTE_RSVD;
	if (fill && !cached)
		vtd_iec_fill((uint16_t)index, *e);
	return source_ok(e, sid) ? 0 : VTD_FR_IR_SID;
}

/* --- delivery ------------------------------------------------------------ */

static void deliver_remapped(const struct vtd_entry *e, struct vtd_message *out)
{
	uint32_t dst = (uint32_t)vtd_bits(e->lo, 63, 32);

	out->flags = PB_EVF_REMAPPED;
	out->vector = (uint8_t)vtd_bits(e->lo, 23, 16);
	lab->apic_deliver(eime() ? dst : (uint32_t)vtd_bits(dst, 15, 8), out->vector,
			  (unsigned int)vtd_bits(e->lo, 7, 5), vtd_bits(e->lo, 2, 2),
			  vtd_bits(e->lo, 4, 4));
}

static void block(uint16_t sid, unsigned int reason, uint32_t index, bool fpd,
		  struct vtd_message *out)
{
	*out = (struct vtd_message){.flags = PB_EVF_BLOCKED, .fault = (uint8_t)reason};
	vtd_fault(sid, reason, index, false, fpd);
}

static void remap(uint16_t sid, uint32_t index, struct vtd_message *out)
{
	struct vtd_entry e;
	bool fpd;
	unsigned int reason = irte_get(sid, index, true, &e, &fpd);

	if (!reason && (e.lo & VTD_IRTE_IM))
		reason = vtd_post(&e, out);
	else if (!reason)
		deliver_remapped(&e, out);
	if (reason)
		block(sid, reason, index, fpd, out);
}

/* --- requests ------------------------------------------------------------ */

static bool remapping(void)
{
	return vtd_reg(VTD_GSTS) & VTD_IRE;
}

/* 5.1.2.1: may a compatibility format message pass while remapping is on? */
static bool compat_passes(void)
{
	return !remapping() || (!eime() && (vtd_reg(VTD_GSTS) & VTD_CFI));
}

static bool remappable(uint64_t addr)
{
	return remapping() && (addr & 0x10);
}

/* 5.1.2.2: handle, and with SHV a subhandle. 0 or the fault's reason. */
static unsigned int decode(uint64_t addr, uint32_t data, uint32_t *index)
{
	bool shv = addr & 8;

	*index = (uint32_t)(vtd_bits(addr, 19, 5) | vtd_bits(addr, 2, 2) << 15);
	if (!shv)
		return 0;
	if (data >> 16)
		return VTD_FR_IR_REQ_RSVD;
	*index += data;
	return 0;
}

static void compat(uint16_t sid, uint64_t addr, uint32_t data, struct vtd_message *out)
{
	if (!compat_passes()) {
		block(sid, VTD_FR_IR_COMPAT, 0, false, out);
		return;
	}
	out->flags = PB_EVF_COMPAT;
	out->vector = (uint8_t)data;
	lab->apic_deliver((uint32_t)vtd_bits(addr, 19, 12), out->vector,
			  (unsigned int)vtd_bits(data, 10, 8), vtd_bits(addr, 2, 2),
			  vtd_bits(data, 15, 15));
}

void vtd_msi(uint16_t sid, uint64_t addr, uint32_t data, struct vtd_message *out)
{
	unsigned int reason;
	uint32_t index;

	memset(out, 0, sizeof(*out));
	if (!vtd_interrupt_range(addr)) {
		/* Not an interrupt: a write to memory like any other. */
		out->flags = PB_EVF_BLOCKED;
		vtd_dma_write(sid, addr, &data, sizeof(data));
		return;
	}
	if (!remappable(addr)) {
		compat(sid, addr, data, out);
		return;
	}
	reason = decode(addr, data, &index);
	if (reason)
		block(sid, reason, 0, false, out);
	else
		remap(sid, index, out);
}

/* 5.1.5.1: bit 48 is the format, the index is in 63:49 and 11. */
bool vtd_ioapic(uint64_t rte)
{
	struct vtd_message out = {0};

	if (!remapping())
		return false;
	if (vtd_bits(rte, 48, 48)) {
		remap(LAB_VTD_IOAPIC_SID,
		      (uint32_t)(vtd_bits(rte, 63, 49) | vtd_bits(rte, 11, 11) << 15), &out);
		return true;
	}
	if (compat_passes())
		return false;
	block(LAB_VTD_IOAPIC_SID, VTD_FR_IR_COMPAT, 0, false, &out);
	return true;
}

uint64_t vtd_peek_pid(uint16_t sid, uint64_t addr, uint32_t data)
{
	struct vtd_entry e;
	uint32_t index;
	bool fpd;

	if (!vtd_interrupt_range(addr) || !remappable(addr) || decode(addr, data, &index) ||
	    irte_get(sid, index, false, &e, &fpd))
		return 0;
	return e.lo & VTD_IRTE_IM ? vtd_post_pid(&e) : 0;
}

uint64_t vtd_peek_irte(uint64_t addr, uint32_t data)
{
	uint32_t index;

	if (!vtd_interrupt_range(addr) || !remappable(addr) || decode(addr, data, &index) ||
	    index >= 2u << (vtd.irta & 0xf))
		return 0;
	return irte_pa(index);
}
