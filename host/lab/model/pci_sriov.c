// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * SR-IOV, PCI Express Base Specification 6.0, chapter 9: the capability of the
 * physical function (9.3.3) and the life of its virtual ones.  Virtual function
 * n is function n of the same device (offset 1, stride 1).
 */
#include <string.h>

#include "host/lab/model/pci_internal.h"
#include "host/lab/model/pci_msix.h"

static uint16_t reg16(const struct pci_function *f, unsigned int offset)
{
	return pci_get16(f->config, f->sriov + offset);
}

static uint32_t reg32(const struct pci_function *f, unsigned int offset)
{
	return pci_get32(f->config, f->sriov + offset);
}

/* Each virtual function's share of a BAR is at least a system page (9.3.3.14). */
static uint32_t share(const struct pci_function *f, unsigned int i)
{
	uint32_t size = f->desc->vf->bar[i].size;
	uint32_t page = reg32(f, PCI_SRIOV_PAGE) << 12;

	return size && size < page ? page : size;
}

static void bars_size(struct pci_function *f)
{
	for (unsigned int i = 0; i < PCI_BARS; i++) {
		unsigned int at = f->sriov + PCI_SRIOV_BAR(i);
		uint32_t size = share(f, i), mask = size ? ~(size - 1) : 0;

		pci_put32(f->writable, at, mask);
		pci_put32(f->config, at, pci_get32(f->config, at) & mask);
	}
}

void pci_sriov_build(struct pci_function *f, unsigned int at)
{
	uint8_t *c = f->initial + at;

	f->sriov = at;
	pci_put16(c, PCI_SRIOV_INITIAL_VFS, f->desc->vfs);
	pci_put16(c, PCI_SRIOV_TOTAL_VFS, f->desc->vfs);
	pci_put16(c, PCI_SRIOV_LINK, f->sid & 7); /* depends on nobody */
	pci_put16(c, PCI_SRIOV_OFFSET, 1);
	pci_put16(c, PCI_SRIOV_STRIDE, 1);
	pci_put16(c, PCI_SRIOV_DEVICE, f->desc->vf->device);
	pci_put32(c, PCI_SRIOV_PAGES, PCI_SRIOV_PAGES_ALL);
	pci_put32(c, PCI_SRIOV_PAGE, 1);
	pci_put16(f->writable, at + PCI_SRIOV_CONTROL, PCI_SRIOV_VF_ENABLE | PCI_SRIOV_VF_MSE);
	pci_put16(f->writable, at + PCI_SRIOV_NUM_VFS, 0xffff);
	pci_put32(f->writable, at + PCI_SRIOV_PAGE, PCI_SRIOV_PAGES_ALL);
	memcpy(f->config + at, c, PCI_SRIOV_SIZE);
	bars_size(f);
}

static void restore(struct pci_function *f, const uint8_t *before, unsigned int at, size_t len)
{
	memcpy(f->config + f->sriov + at, before + at, len);
}

/*
 * 9.3.3.7 and 9.3.3.13: NumVFs and the page size are set while VF Enable is
 * clear, to what there is; what else software asks for is not taken.
 */
void pci_sriov_written(struct pci_function *f, const uint8_t *before)
{
	bool enabled = pci_get16(before, PCI_SRIOV_CONTROL) & PCI_SRIOV_VF_ENABLE;
	uint32_t page = reg32(f, PCI_SRIOV_PAGE);

	if (enabled || reg16(f, PCI_SRIOV_NUM_VFS) > f->desc->vfs)
		restore(f, before, PCI_SRIOV_NUM_VFS, 2);
	if (enabled || !page || page & (page - 1))
		restore(f, before, PCI_SRIOV_PAGE, 4);
	bars_size(f);
}

static void vf_present(struct pci_function *vf, bool present)
{
	if (vf->absent == !present)
		return;
	vf->absent = !present;
	pci_function_reset(vf);
}

void pci_sriov_update(struct pci_function *f)
{
	unsigned int n = 0;

	if (!f->sriov)
		return;
	bars_size(f);
	if (reg16(f, PCI_SRIOV_CONTROL) & PCI_SRIOV_VF_ENABLE)
		n = reg16(f, PCI_SRIOV_NUM_VFS);
	if (f->vfs == n)
		return;
	f->vfs = n;
	for (unsigned int i = 0; i < PCI_VFS_MAX; i++)
		if (f->vf[i])
			vf_present(f->vf[i], i < n);
	if (f->ops->vfs_changed)
		f->ops->vfs_changed(f);
}

unsigned int pci_function_vfs(const struct pci_function *pf)
{
	return pf->vfs;
}

/* 9.3.3.3.4: VF MSE, and not a bit of their own, lets their BARs decode. */
uint64_t pci_sriov_bar(const struct pci_function *vf, unsigned int i)
{
	const struct pci_function *pf = vf->pf;
	uint64_t base = reg32(pf, PCI_SRIOV_BAR(i)) & ~15u;

	if (vf->absent || !pci_function_in_d0(vf) || !base ||
	    !(reg16(pf, PCI_SRIOV_CONTROL) & PCI_SRIOV_VF_MSE))
		return 0;
	return base + (uint64_t)(vf->number - 1) * share(pf, i);
}
