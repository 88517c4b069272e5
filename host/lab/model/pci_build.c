// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A function's configuration space as it is after reset, and what software may
 * change in it.
 */
#include <errno.h>
#include <string.h>

#include "host/lab/model/pci_internal.h"

static bool msix_valid(const struct pci_function_desc *d)
{
	if (!d->msix_vectors)
		return true;
	if (d->msix_vectors > PCI_MSIX_MAX || d->msix_bar >= PCI_BARS)
		return false;
	if (d->bar[d->msix_bar].ram || d->msix_table % 8 || d->msix_pba % 8)
		return false;
	return d->msix_table + d->msix_vectors * 16 <= d->msix_pba &&
	       d->msix_pba + 8 <= d->bar[d->msix_bar].size;
}

static bool vfs_valid(const struct pci_function_desc *d)
{
	if (!d->vfs)
		return true;
	return d->vfs <= PCI_VFS_MAX && d->vf && d->vf->vendor == d->vendor && !d->vf->vfs &&
	       !d->vf->aer && pci_desc_valid(d->vf);
}

bool pci_desc_valid(const struct pci_function_desc *d)
{
	for (unsigned int i = 0; i < PCI_BARS; i++) {
		uint32_t size = d->bar[i].size;

		if (size && (size < PCI_BAR_MIN || size & (size - 1)))
			return false;
	}
	return msix_valid(d) && vfs_valid(d);
}

/* 7.5.1; of a virtual function 9.3.4.1: much belongs to its physical one. */
static void build_header(struct pci_function *f)
{
	const struct pci_function_desc *d = f->desc;
	uint8_t *c = f->initial;

	pci_put16(c, PCI_VENDOR, f->pf ? 0xffff : d->vendor);
	pci_put16(c, PCI_DEVICE, f->pf ? 0xffff : d->device);
	pci_put16(f->writable, PCI_COMMAND, f->pf ? PCI_COMMAND_VF : PCI_COMMAND_WRITABLE);
	pci_put16(c, PCI_STATUS, PCI_STATUS_IMM_READY | PCI_STATUS_CAPS);
	pci_put16(f->clear_on_1, PCI_STATUS, PCI_STATUS_RW1C);
	pci_put32(c, PCI_REVISION, d->class_code << 8 | d->revision);
	pci_put16(c, PCI_SUBSYSTEM_VENDOR, d->vendor);
	pci_put16(c, PCI_SUBSYSTEM, d->device);
	if (f->pf)
		return;
	f->writable[PCI_CACHE_LINE] = 0xff;
	for (unsigned int i = 0; i < PCI_BARS; i++)
		if (d->bar[i].size)
			pci_put32(f->writable, PCI_BAR(i), ~(d->bar[i].size - 1));
	f->writable[PCI_INT_LINE] = 0xff;
}

/* Put a capability at the end of the list. */
static void build_cap(struct pci_function *f, unsigned int at, uint8_t id)
{
	unsigned int link = PCI_CAP_POINTER;

	while (f->initial[link])
		link = f->initial[link] + 1u;
	f->initial[link] = at;
	f->initial[at] = id;
}

int pci_function_add_cap(struct pci_function *f, const void *cap, const void *writable,
			 unsigned int len)
{
	unsigned int at = f->cap_end ? f->cap_end : f->exp + PCI_EXP_SIZE;

	if (len < 2 || at + len > PCI_EXT_CAPS)
		return -ENOSPC;
	memcpy(f->initial + at, cap, len);
	f->initial[at + 1] = 0;
	build_cap(f, at, f->initial[at]);
	if (writable)
		memcpy(f->writable + at, writable, len);
	f->cap_end = (at + len + 3) & ~3u;
	memcpy(f->config, f->initial, PCI_EXT_CAPS);
	return (int)at;
}

static void build_pm(struct pci_function *f)
{
	f->pm = 0x40;
	build_cap(f, f->pm, PCI_CAP_ID_PM);
	pci_put16(f->initial, f->pm + PCI_PMC, PCI_PMC_VERSION_3 | PCI_PMC_IMM_READY_D0);
	pci_put16(f->initial, f->pm + PCI_PMCSR, PCI_PMCSR_NO_SOFT_RESET);
	pci_put16(f->writable, f->pm + PCI_PMCSR, PCI_PMCSR_STATE);
}

static void build_msix(struct pci_function *f)
{
	const struct pci_function_desc *d = f->desc;

	if (!d->msix_vectors)
		return;
	f->msix = 0x50;
	build_cap(f, f->msix, PCI_CAP_ID_MSIX);
	pci_put16(f->initial, f->msix + PCI_MSIX_CONTROL, d->msix_vectors - 1);
	pci_put16(f->writable, f->msix + PCI_MSIX_CONTROL, PCI_MSIX_ENABLE | PCI_MSIX_MASK);
	pci_put32(f->initial, f->msix + PCI_MSIX_TABLE, d->msix_table | d->msix_bar);
	pci_put32(f->initial, f->msix + PCI_MSIX_PBA, d->msix_pba | d->msix_bar);
}

/* A virtual function's Device Control is its physical one's, but for FLR (9.3.5.4). */
static void build_exp(struct pci_function *f)
{
	f->exp = 0x60;
	build_cap(f, f->exp, PCI_CAP_ID_EXP);
	pci_put16(f->initial, f->exp + PCI_EXP_CAPS, PCI_EXP_VERSION_2 | PCI_EXP_TYPE_RCIEP);
	pci_put32(f->initial, f->exp + PCI_EXP_DEVCAP, PCI_EXP_DEVCAP_RBER | PCI_EXP_DEVCAP_FLR);
	if (f->pf)
		return;
	pci_put16(f->initial, f->exp + PCI_EXP_DEVCTL, PCI_EXP_DEVCTL_INITIAL);
	pci_put16(f->writable, f->exp + PCI_EXP_DEVCTL, PCI_EXP_DEVCTL_WRITABLE);
}

/* The next place in the list of extended capabilities (7.6.3). */
static unsigned int build_ext_cap(struct pci_function *f, uint16_t id, unsigned int version,
				  unsigned int size)
{
	unsigned int at = f->ext_end ? f->ext_end : PCI_EXT_CAPS, last = PCI_EXT_CAPS;
	uint32_t header;

	f->ext_end = (at + size + 15) & ~15u;
	pci_put32(f->initial, at, id | version << 16);
	if (at == PCI_EXT_CAPS)
		return at;
	for (; (header = pci_get32(f->initial, last)) >> PCI_EXT_CAP_NEXT;)
		last = header >> PCI_EXT_CAP_NEXT;
	pci_put32(f->initial, last, header | at << PCI_EXT_CAP_NEXT);
	return at;
}

/* There is no link that could have errors: masks are kept, status stays clean. */
static void build_aer(struct pci_function *f)
{
	if (!f->desc->aer)
		return;
	f->aer = build_ext_cap(f, PCI_EXT_CAP_AER, 2, PCI_AER_SIZE);
	pci_put32(f->writable, f->aer + PCI_AER_UNCOR_MASK, PCI_AER_UNCOR_ALL);
	pci_put32(f->initial, f->aer + PCI_AER_UNCOR_SEVERITY, PCI_AER_UNCOR_FATAL);
	pci_put32(f->writable, f->aer + PCI_AER_UNCOR_SEVERITY, PCI_AER_UNCOR_ALL);
	pci_put32(f->initial, f->aer + PCI_AER_COR_MASK, PCI_AER_COR_MASKED);
	pci_put32(f->writable, f->aer + PCI_AER_COR_MASK, PCI_AER_COR_ALL);
}

void pci_build(struct pci_function *f)
{
	build_header(f);
	build_pm(f);
	build_msix(f);
	build_exp(f);
	build_aer(f);
	if (f->desc->vfs)
		pci_sriov_build(f, build_ext_cap(f, PCI_EXT_CAP_SRIOV, 1, PCI_SRIOV_SIZE));
}
