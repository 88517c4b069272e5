// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Interrupt posting (5.2): the posted-format IRTE (9.10), the posted-interrupt
 * descriptor (9.11) and the algorithm of 5.2.3.  Nothing else runs between
 * reading the descriptor and writing it back, which makes it the atomic
 * read-modify-write that the specification asks for.
 */
#include "shared/event.h"
#include "host/lab/model/vtd_internal.h"

/* The qword after PIR (9.11). */
#define PID_ON (1ull << 0)
#define PID_SN (1ull << 1)

struct pid {
	uint64_t pir[4];
	uint64_t control; /* ON, SN, NV, NDST */
	uint64_t reserved[3];
};
_Static_assert(sizeof(struct pid) == 64, "9.11");

bool vtd_post_irte_reserved(const struct vtd_entry *e)
{
	return vtd_bits(e->lo, 7, 2) || vtd_bits(e->lo, 13, 12) || vtd_bits(e->lo, 37, 24) ||
	       vtd_bits(e->hi, 31, 20);
}

uint64_t vtd_post_pid(const struct vtd_entry *e)
{
	return vtd_bits(e->hi, 63, 32) << 32 | vtd_bits(e->lo, 63, 38) << 6;
}

static bool x2apic(void)
{
	return vtd.irta & VTD_IRTA_EIME;
}

static bool pid_reserved(const struct pid *p)
{
	if (vtd_bits(p->control, 15, 2) || vtd_bits(p->control, 31, 24))
		return true;
	/* NDST has only bits 15:8 in xAPIC mode. */
	if (!x2apic() && (vtd_bits(p->control, 39, 32) || vtd_bits(p->control, 63, 48)))
		return true;
	return p->reserved[0] || p->reserved[1] || p->reserved[2];
}

uint32_t vtd_destination(uint64_t control)
{
	uint32_t ndst = (uint32_t)vtd_bits(control, 63, 32);

	return x2apic() ? ndst : (uint32_t)vtd_bits(ndst, 15, 8);
}

static void notify(uint64_t control)
{
	lab->apic_deliver(vtd_destination(control), (uint8_t)vtd_bits(control, 23, 16), 0, false,
			  false);
}

static uint16_t outcome(uint64_t control, bool urgent)
{
	if (control & PID_ON)
		return PB_EVF_OUTSTANDING;
	return (control & PID_SN) && !urgent ? PB_EVF_SUPPRESSED : PB_EVF_NOTIFIED;
}

unsigned int vtd_post(const struct vtd_entry *e, struct vtd_message *out)
{
	uint64_t pa = vtd_post_pid(e), word, bit;
	struct pid p;

	out->vector = (uint8_t)vtd_bits(e->lo, 23, 16);
	word = out->vector / 64;
	bit = 1ull << (out->vector % 64);
	if ((pa & ~VTD_HAW_MASK) || lab->mem_read(pa, &p, sizeof(p)))
		return VTD_FR_PID_ACCESS;
	if (pid_reserved(&p))
		return VTD_FR_PID_RSVD;
	out->pid = pa;
	out->flags = outcome(p.control, e->lo & VTD_IRTE_URG);
	if (p.pir[word] & bit)
		out->flags |= PB_EVF_COALESCED;
	p.pir[word] |= bit;
	if (out->flags & PB_EVF_NOTIFIED)
		p.control |= PID_ON;
	/* The line is globally observable before the notification goes out. */
	lab->mem_write(pa, &p, sizeof(p));
	if (out->flags & PB_EVF_NOTIFIED)
		notify(p.control);
	return 0;
}
