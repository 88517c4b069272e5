// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * BARs: where they are in the memory map, and accesses to them.
 */
#include <stdio.h>
#include <string.h>

#include "host/lab/model/lab.h"
#include "host/lab/model/pci_internal.h"
#include "host/lab/model/pci_msix.h"

/* How many bytes were read. */
static unsigned int bar_read_piece(struct pci_function *f, unsigned int nr, uint64_t offset,
				   unsigned int len, uint32_t *v)
{
	unsigned int skip = offset & 3;

	if (pci_msix_read(f, nr, offset & ~3ull, v)) {
		*v >>= skip * 8;
	} else if (f->ops->read_sized) {
		len = pci_piece(offset, len);
		*v = f->ops->read_sized(f, nr, offset, len);
	} else {
		*v = f->ops->read(f, nr, offset & ~3ull) >> skip * 8;
	}
	return 4 - skip < len ? 4 - skip : len;
}

static void bar_read(void *arg, uint64_t offset, void *data, unsigned int len)
{
	struct pci_bar *bar = arg;
	struct pci_function *f = bar->f;
	unsigned int nr = bar - f->bar;
	uint8_t *to = data;

	while (len) {
		uint32_t v;
		unsigned int n = bar_read_piece(f, nr, offset, len, &v);

		memcpy(to, &v, n);
		to += n;
		offset += n;
		len -= n;
	}
}

/* How many bytes were written. */
static unsigned int bar_write_piece(struct pci_function *f, unsigned int nr, uint64_t offset,
				    const uint8_t *from, unsigned int len)
{
	unsigned int n = pci_piece(offset, len);
	uint32_t v = 0;

	memcpy(&v, from, n);
	if (n == 4 && pci_msix_write(f, nr, offset, v))
		return n;
	if (f->ops->write_sized)
		f->ops->write_sized(f, nr, offset, v, n);
	else
		f->ops->write(f, nr, offset, v);
	return n;
}

/* Where registers are 32 bits wide, part of one cannot be written. */
static void bar_write(void *arg, uint64_t offset, const void *data, unsigned int len)
{
	struct pci_bar *bar = arg;
	struct pci_function *f = bar->f;
	unsigned int nr = bar - f->bar;
	const uint8_t *from = data;

	if (!f->ops->write_sized && (offset % 4 || len % 4))
		return;
	while (len) {
		unsigned int n = bar_write_piece(f, nr, offset, from, len);

		from += n;
		offset += n;
		len -= n;
	}
}

/*
 * The host bridge gives RAM, and the chipset's own range at the top, precedence
 * over a BAR.  BARs lie there while they are being sized, or before anybody set
 * them.
 */
static bool bar_claims(uint64_t base, uint32_t size)
{
	uint8_t byte;

	return base + size <= PCI_HOLE_END && lab->mem_read(base, &byte, 1);
}

static bool decodes(const struct pci_function *f)
{
	return pci_get16(f->config, PCI_COMMAND) & PCI_COMMAND_MEMORY && pci_function_in_d0(f);
}

/* The address to be mapped; 0: none. */
static uint64_t bar_wanted(const struct pci_function *f, unsigned int i)
{
	uint32_t size = f->desc->bar[i].size;
	uint64_t base = 0;

	if (!size)
		return 0;
	if (f->pf)
		base = pci_sriov_bar(f, i);
	else if (decodes(f))
		base = pci_get32(f->config, PCI_BAR(i)) & ~15u;
	return base && bar_claims(base, size) ? base : 0;
}

static void bar_map(struct pci_function *f, unsigned int i, uint64_t base)
{
	const struct pci_function_desc *d = f->desc;
	struct pci_bar *bar = &f->bar[i];
	char line[96];
	int rc;

	rc = lab->mmio_map(base, d->bar[i].size, bar_read, bar_write, bar, d->bar[i].ram);
	if (rc) {
		snprintf(line, sizeof(line), "%s: BAR %u cannot be mapped at 0x%08llx: %d", d->name,
			 i, (unsigned long long)base, rc);
		lab->log(line);
		return;
	}
	bar->base = base;
	bar->mapped = true;
}

static void bars_unmap(struct pci_function *f)
{
	for (unsigned int i = 0; i < PCI_BARS; i++) {
		struct pci_bar *bar = &f->bar[i];

		if (!bar->mapped || bar->base == bar_wanted(f, i))
			continue;
		lab->mmio_unmap(bar->base, f->desc->bar[i].size, bar);
		bar->mapped = false;
	}
}

static void bars_map(struct pci_function *f)
{
	for (unsigned int i = 0; i < PCI_BARS; i++) {
		uint64_t base = f->bar[i].mapped ? 0 : bar_wanted(f, i);

		if (base)
			bar_map(f, i, base);
	}
}

/* A BAR may take another's place, also one of another function of the device. */
void pci_bars_update(struct pci_function *f)
{
	struct pci_function *pf = f->pf ? f->pf : f;

	bars_unmap(pf);
	for (unsigned int i = 0; i < PCI_VFS_MAX; i++)
		if (pf->vf[i])
			bars_unmap(pf->vf[i]);
	bars_map(pf);
	for (unsigned int i = 0; i < PCI_VFS_MAX; i++)
		if (pf->vf[i])
			bars_map(pf->vf[i]);
}
