/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * vtd.h - the IOMMU: Intel Virtualization Technology for Directed I/O,
 * specification D51397, revision 5.10, as far as Linux uses it: register set,
 * queued invalidation, second-level DMA remapping in legacy mode, interrupt
 * remapping and posting, fault recording.  Context, IOTLB and interrupt-entry
 * caches are modelled and flushed only when software says so.
 */
#ifndef LAB_VTD_H
#define LAB_VTD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LAB_VTD_BASE       0xfed90000u
#define LAB_VTD_SIZE       0x10000u
#define LAB_VTD_IOAPIC_SID 0x00f0 /* 00:1e.0, as the DMAR table says */

int vtd_init(void);
void vtd_reset(void);

/* What became of an interrupt message. */
struct vtd_message {
	uint16_t flags; /* PB_EVF_ outcome, with COALESCED where it applies */
	uint8_t vector; /* virtual vector (posted) or host vector */
	uint8_t fault; /* fault reason when BLOCKED */
	uint64_t pid; /* physical address of the PID when posted, else 0 */
};

/* DMA of function `sid`; may cross pages. 0, or -EFAULT (recorded as a fault). */
int vtd_dma_read(uint16_t sid, uint64_t iova, void *buf, size_t len);
int vtd_dma_write(uint16_t sid, uint64_t iova, const void *buf, size_t len);

/* A memory write of function `sid` to 0xfeexxxxx. */
void vtd_msi(uint16_t sid, uint64_t addr, uint32_t data, struct vtd_message *out);
/* An I/O APIC redirection entry fires; false: not ours (remapping off). */
bool vtd_ioapic(uint64_t rte);

/*
 * Where would this message post to? Looks through the interrupt-entry cache
 * without filling it, records no fault. PID address, or 0 when not posted.
 */
uint64_t vtd_peek_pid(uint16_t sid, uint64_t addr, uint32_t data);

/* Where is the table entry (9.9) that this message would use? 0: it would use none. */
uint64_t vtd_peek_irte(uint64_t addr, uint32_t data);

/* The CPU that the control qword of a PID (9.11) names as NDST: its local APIC's ID. */
uint32_t vtd_destination(uint64_t control);

/* Called whenever the interrupt-entry cache was flushed: PIDs may have changed. */
void vtd_on_iec_flush(void (*fn)(void *arg), void *arg);

#endif
