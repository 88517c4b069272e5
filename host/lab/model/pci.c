// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/lab/model/pci.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "host/lab/model/lab.h"
#include "host/lab/model/pci_msix.h"
#include "host/lab/model/pci_regs.h"

static uint16_t get16(const uint8_t *c, unsigned int at)
{
	return c[at] | c[at + 1] << 8;
}

static void put16(uint8_t *c, unsigned int at, uint16_t v)
{
	c[at] = v & 0xff;
	c[at + 1] = v >> 8;
}

static uint32_t get32(const uint8_t *c, unsigned int at)
{
	return get16(c, at) | (uint32_t)get16(c, at + 2) << 16;
}

static void put32(uint8_t *c, unsigned int at, uint32_t v)
{
	put16(c, at, v & 0xffff);
	put16(c, at + 2, v >> 16);
}

/* --- building ------------------------------------------------------------- */

static bool desc_valid(const struct pci_function_desc *d)
{
	uint32_t size;

	for (unsigned int i = 0; i < PCI_BARS; i++) {
		size = d->bar[i].size;
		if (size && (size < PCI_BAR_MIN || size & (size - 1)))
			return false;
	}
	if (!d->msix_vectors)
		return true;
	if (d->msix_vectors > PCI_MSIX_MAX || d->msix_bar >= PCI_BARS)
		return false;
	size = d->bar[d->msix_bar].size;
	if (d->bar[d->msix_bar].ram || d->msix_table % 8 || d->msix_pba % 8)
		return false;
	return d->msix_table + d->msix_vectors * 16 <= d->msix_pba && d->msix_pba + 8 <= size;
}

static void build_header(struct pci_function *f)
{
	const struct pci_function_desc *d = f->desc;
	uint8_t *c = f->initial;

	put16(c, PCI_VENDOR, d->vendor);
	put16(c, PCI_DEVICE, d->device);
	put16(f->writable, PCI_COMMAND, PCI_COMMAND_WRITABLE);
	put16(c, PCI_STATUS, PCI_STATUS_IMM_READY | PCI_STATUS_CAPS);
	put16(f->clear_on_1, PCI_STATUS, PCI_STATUS_RW1C);
	put32(c, PCI_REVISION, d->class_code << 8 | d->revision);
	f->writable[PCI_CACHE_LINE] = 0xff;
	for (unsigned int i = 0; i < PCI_BARS; i++)
		if (d->bar[i].size)
			put32(f->writable, PCI_BAR(i), ~(d->bar[i].size - 1));
	put16(c, PCI_SUBSYSTEM_VENDOR, d->vendor);
	put16(c, PCI_SUBSYSTEM, d->device);
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

static void build_pm(struct pci_function *f)
{
	f->pm = 0x40;
	build_cap(f, f->pm, PCI_CAP_ID_PM);
	put16(f->initial, f->pm + PCI_PMC, PCI_PMC_VERSION_3 | PCI_PMC_IMM_READY_D0);
	put16(f->initial, f->pm + PCI_PMCSR, PCI_PMCSR_NO_SOFT_RESET);
	put16(f->writable, f->pm + PCI_PMCSR, PCI_PMCSR_STATE);
}

static void build_msix(struct pci_function *f)
{
	const struct pci_function_desc *d = f->desc;

	if (!d->msix_vectors)
		return;
	f->msix = 0x50;
	build_cap(f, f->msix, PCI_CAP_ID_MSIX);
	put16(f->initial, f->msix + PCI_MSIX_CONTROL, d->msix_vectors - 1);
	put16(f->writable, f->msix + PCI_MSIX_CONTROL, PCI_MSIX_ENABLE | PCI_MSIX_MASK);
	put32(f->initial, f->msix + PCI_MSIX_TABLE, d->msix_table | d->msix_bar);
	put32(f->initial, f->msix + PCI_MSIX_PBA, d->msix_pba | d->msix_bar);
}

static void build_exp(struct pci_function *f)
{
	f->exp = 0x60;
	build_cap(f, f->exp, PCI_CAP_ID_EXP);
	put16(f->initial, f->exp + PCI_EXP_CAPS, PCI_EXP_VERSION_2 | PCI_EXP_TYPE_RCIEP);
	put32(f->initial, f->exp + PCI_EXP_DEVCAP, PCI_EXP_DEVCAP_RBER | PCI_EXP_DEVCAP_FLR);
	put16(f->initial, f->exp + PCI_EXP_DEVCTL, PCI_EXP_DEVCTL_INITIAL);
	put16(f->writable, f->exp + PCI_EXP_DEVCTL, PCI_EXP_DEVCTL_WRITABLE);
}

int pci_function_init(struct pci_function *f, unsigned int devfn,
		      const struct pci_function_desc *desc, const struct pci_function_ops *ops)
{
	if (devfn > 0xff || !desc_valid(desc) || !ops->read || !ops->write)
		return -EINVAL;
	memset(f, 0, sizeof(*f));
	f->ops = ops;
	f->desc = desc;
	f->sid = devfn; /* bus 0 */
	for (unsigned int i = 0; i < PCI_BARS; i++)
		f->bar[i].f = f;
	build_header(f);
	build_pm(f);
	build_msix(f);
	build_exp(f);
	memcpy(f->config, f->initial, sizeof(f->config));
	pci_msix_reset(f);
	return lab->pci_register(devfn, desc->name, f);
}

/* --- BARs ----------------------------------------------------------------- */

static void bar_read(void *arg, uint64_t offset, void *data, unsigned int len)
{
	struct pci_bar *bar = arg;
	struct pci_function *f = bar->f;
	unsigned int nr = bar - f->bar;
	uint8_t *to = data;

	while (len) {
		unsigned int skip = offset & 3;
		unsigned int n = 4 - skip < len ? 4 - skip : len;
		uint32_t v;

		if (!pci_msix_read(f, nr, offset & ~3ull, &v))
			v = f->ops->read(f, nr, offset & ~3ull);
		v >>= skip * 8;
		memcpy(to, &v, n);
		to += n;
		offset += n;
		len -= n;
	}
}

/* Registers are 32 bits wide: part of one cannot be written. */
static void bar_write(void *arg, uint64_t offset, const void *data, unsigned int len)
{
	struct pci_bar *bar = arg;
	struct pci_function *f = bar->f;
	unsigned int nr = bar - f->bar;
	const uint8_t *from = data;

	if (offset % 4 || len % 4)
		return;
	for (; len; from += 4, offset += 4, len -= 4) {
		uint32_t v;

		memcpy(&v, from, sizeof(v));
		if (!pci_msix_write(f, nr, offset, v))
			f->ops->write(f, nr, offset, v);
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
	return get16(f->config, PCI_COMMAND) & PCI_COMMAND_MEMORY &&
	       !(f->config[f->pm + PCI_PMCSR] & PCI_PMCSR_STATE);
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

/* Bring the memory map in line with the registers; a BAR may take another's place. */
static void bars_update(struct pci_function *f)
{
	uint64_t want[PCI_BARS];

	for (unsigned int i = 0; i < PCI_BARS; i++) {
		uint32_t size = f->desc->bar[i].size;
		struct pci_bar *bar = &f->bar[i];

		want[i] = size && decodes(f) ? get32(f->config, PCI_BAR(i)) & ~15u : 0;
		if (want[i] && !bar_claims(want[i], size))
			want[i] = 0;
		if (bar->mapped && bar->base != want[i]) {
			lab->mmio_unmap(bar->base, size, bar);
			bar->mapped = false;
		}
	}
	for (unsigned int i = 0; i < PCI_BARS; i++)
		if (want[i] && !f->bar[i].mapped)
			bar_map(f, i, want[i]);
}

/* --- configuration space -------------------------------------------------- */

void pci_function_reset(struct pci_function *f)
{
	memcpy(f->config, f->initial, sizeof(f->config));
	pci_msix_reset(f);
	bars_update(f);
	if (f->ops->reset)
		f->ops->reset(f);
}

static bool config_reachable(unsigned int offset, unsigned int len)
{
	return (len == 1 || len == 2 || len == 4) && offset < PCI_CONFIG_SIZE &&
	       len <= PCI_CONFIG_SIZE - offset;
}

uint32_t pci_function_config_read(struct pci_function *f, unsigned int offset, unsigned int len)
{
	uint32_t v = 0;

	if (!config_reachable(offset, len))
		return 0xffffffff;
	for (unsigned int i = 0; i < len; i++)
		v |= (uint32_t)f->config[offset + i] << 8 * i;
	return v;
}

static void config_store(struct pci_function *f, unsigned int at, uint8_t v)
{
	uint8_t w = f->writable[at];

	f->config[at] = (f->config[at] & ~w) | (v & w);
	f->config[at] &= ~(v & f->clear_on_1[at]);
}

void pci_function_config_write(struct pci_function *f, unsigned int offset, uint32_t value,
			       unsigned int len)
{
	unsigned int flr = f->exp + PCI_EXP_DEVCTL + 1;
	unsigned int pmcsr = f->pm + PCI_PMCSR;
	uint8_t state = f->config[pmcsr] & PCI_PMCSR_STATE;

	if (!config_reachable(offset, len))
		return;
	if (offset <= flr && flr < offset + len &&
	    (value >> 8 * (flr - offset) & PCI_EXP_DEVCTL_FLR >> 8)) {
		pci_function_reset(f);
		return;
	}
	for (unsigned int i = 0; i < len; i++)
		config_store(f, offset + i, value >> 8 * i & 0xff);
	/* A state that the function does not have is not taken (7.5.2.2). */
	if (f->config[pmcsr] & PCI_PMCSR_STATE && (~f->config[pmcsr] & PCI_PMCSR_STATE))
		f->config[pmcsr] = (f->config[pmcsr] & ~PCI_PMCSR_STATE) | state;
	bars_update(f);
	pci_msix_update(f);
}

/* --- what the function does ----------------------------------------------- */

bool pci_function_may_write(const struct pci_function *f)
{
	return get16(f->config, PCI_COMMAND) & PCI_COMMAND_MASTER &&
	       !(f->config[f->pm + PCI_PMCSR] & PCI_PMCSR_STATE);
}

int pci_function_dma_read(struct pci_function *f, uint64_t iova, void *buf, size_t len)
{
	int rc;

	if (!pci_function_may_write(f))
		return -EPERM;
	rc = vtd_dma_read(f->sid, iova, buf, len);
	if (rc)
		put16(f->config, PCI_STATUS, get16(f->config, PCI_STATUS) | PCI_STATUS_ABORTED);
	return rc;
}

int pci_function_dma_write(struct pci_function *f, uint64_t iova, const void *buf, size_t len)
{
	return pci_function_may_write(f) ? vtd_dma_write(f->sid, iova, buf, len) : -EPERM;
}
