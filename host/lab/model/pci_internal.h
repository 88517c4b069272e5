/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * pci_internal.h - what the parts of a PCI function (pci*.c) share; nothing
 * else includes it.
 */
#ifndef LAB_PCI_INTERNAL_H
#define LAB_PCI_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "host/lab/model/pci.h"
#include "host/lab/model/pci_regs.h"

static inline uint16_t pci_get16(const uint8_t *c, unsigned int at)
{
	return (uint16_t)(c[at] | c[at + 1] << 8);
}

static inline void pci_put16(uint8_t *c, unsigned int at, uint16_t v)
{
	c[at] = v & 0xff;
	c[at + 1] = v >> 8;
}

static inline uint32_t pci_get32(const uint8_t *c, unsigned int at)
{
	return pci_get16(c, at) | (uint32_t)pci_get16(c, at + 2) << 16;
}

static inline void pci_put32(uint8_t *c, unsigned int at, uint32_t v)
{
	pci_put16(c, at, v & 0xffff);
	pci_put16(c, at + 2, v >> 16);
}

/* How much of an access is one of 1, 2 or 4 bytes in one dword. */
static inline unsigned int pci_piece(uint64_t offset, unsigned int len)
{
	if (len >= 4 && offset % 4 == 0)
		return 4;
	return len >= 2 && offset % 2 == 0 ? 2 : 1;
}

/* pci_build.c: is it possible?  Then: header and capabilities after reset. */
bool pci_desc_valid(const struct pci_function_desc *d);
void pci_build(struct pci_function *f);

/* pci_bar.c: bring the memory map in line with the registers. */
void pci_bars_update(struct pci_function *f);

/* pci_ecam.c: a new function of bus 0, in both ways to configuration space. */
int pci_ecam_add(struct pci_function *f);

/* In D0, which a virtual function is only while its physical one is. */
bool pci_function_in_d0(const struct pci_function *f);
/* Bus mastering is on, and the function present and in D0. */
bool pci_function_may_write(const struct pci_function *f);

/* --- pci_sriov.c, of physical functions; others have nothing of it ------------ */

/* The capability, after those that there are. */
void pci_sriov_build(struct pci_function *f, unsigned int at);
/*
 * After a write of software; `before` is the capability as it was
 * (PCI_SRIOV_SIZE bytes): what may not change is put back.
 */
void pci_sriov_written(struct pci_function *f, const uint8_t *before);
/* Let virtual functions appear and vanish as the registers say. */
void pci_sriov_update(struct pci_function *f);
/* Where BAR `i` of this virtual function is; 0: not decoded, or no such BAR. */
uint64_t pci_sriov_bar(const struct pci_function *vf, unsigned int i);

#endif
