// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * linux_bar.c - a guest may put BARs where it likes: what is in the window, and
 * does not lie on another one, is mapped there; what is not is nowhere.
 */
#include <errno.h>
#include <linux/pci_regs.h>
#include <linux/vfio.h>
#include <string.h>
#include <unistd.h>

#include "vmm/linux.h"
#include "vmm/sys.h"

#define MEM_FLAGS 0xfu /* read-only low bits of a memory BAR */
#define SLOT_AREA 1u /* of KVM's memory; 0 is RAM */
#define SLOTS_BAR 2u /* a BAR's: before and behind its MSI-X table */

static bool is_area(const struct linux_function *f)
{
	return f->source == PB_MAX_SOURCES;
}

uint64_t linux_bar_address(const struct linux_function *f, unsigned int bar)
{
	const struct linux_bar *b = &f->bar[bar];
	uint64_t at = b->value;

	if (!b->size)
		return 0;
	if ((b->flags & PCI_BASE_ADDRESS_MEM_TYPE_64) && bar + 1 < LINUX_BARS)
		at |= (uint64_t)f->bar[bar + 1].value << 32;
	if (at < LINUX_WINDOW || at >= LINUX_WINDOW_END || b->size > LINUX_WINDOW_END - at)
		return 0;
	return at;
}

uint32_t linux_bar_read(const struct linux_function *f, unsigned int bar)
{
	return f->bar[bar].value | f->bar[bar].flags;
}

void linux_bar_write(struct linux_function *f, unsigned int bar, uint32_t value)
{
	struct linux_bar *b = &f->bar[bar];

	if (b->upper) {
		uint64_t size = f->bar[bar - 1].size;

		b->value = size > 1ull << 32 ? value & ~(uint32_t)((size - 1) >> 32) : value;
	} else {
		b->value = b->size && b->size <= 1ull << 31 ? value & ~(uint32_t)(b->size - 1) : 0;
	}
}

/* --- what is behind a BAR ------------------------------------------------- */

struct part {
	uint64_t offset, size;
};

/* What of a BAR is memory to the guest: not the pages of its MSI-X table, nor what is not mapped. */
static void parts_of(const struct linux_vmm *x, const struct linux_function *f, unsigned int bar,
		     struct part part[SLOTS_BAR])
{
	const struct linux_msix *t = &f->msix;
	uint64_t size = is_area(f) ? x->area_size : x->m.fn[f->source].dev.bar_size[bar];
	uint64_t from = size, to = size;

	size &= ~(uint64_t)(MINI_PAGE - 1);
	if (t->cap && t->bar == bar && t->offset < size) {
		from = t->offset & ~(uint64_t)(MINI_PAGE - 1);
		to = (t->offset + t->vectors * sizeof(t->entry[0]) + MINI_PAGE - 1) &
		     ~(uint64_t)(MINI_PAGE - 1);
	}
	part[0] = (struct part){0, from < size ? from : size};
	part[1] = (struct part){to, to < size ? size - to : 0};
}

static unsigned int slot_of(const struct linux_function *f, unsigned int bar, unsigned int part)
{
	if (is_area(f))
		return SLOT_AREA;
	return SLOT_AREA + 1 + (f->source * LINUX_BARS + bar) * SLOTS_BAR + part;
}

static void unmap(struct linux_vmm *x, struct linux_function *f, unsigned int bar)
{
	struct part part[SLOTS_BAR];

	parts_of(x, f, bar, part);
	for (unsigned int i = 0; i < SLOTS_BAR; i++)
		if (part[i].size)
			mini_slot_set(&x->m, slot_of(f, bar, i), 0, 0, NULL);
	f->bar[bar].mapped = 0;
}

static void map(struct linux_vmm *x, struct linux_function *f, unsigned int bar, uint64_t at)
{
	const uint8_t *mem = is_area(f) ? (const uint8_t *)x->area
					: (const uint8_t *)x->m.fn[f->source].dev.bar[bar];
	struct part part[SLOTS_BAR];
	int r = 0;

	parts_of(x, f, bar, part);
	for (unsigned int i = 0; i < SLOTS_BAR && !r; i++)
		if (part[i].size)
			r = mini_slot_set(&x->m, slot_of(f, bar, i), at + part[i].offset,
					  part[i].size, mem + part[i].offset);
	f->bar[bar].mapped = at;
	/* It lies on another one: the guest's mistake, and it is nowhere. */
	if (r < 0)
		unmap(x, f, bar);
}

static bool decodes(const struct linux_function *f)
{
	return f->slot && (f->command & PCI_COMMAND_MEMORY);
}

/* Where nothing decodes any more, what was mapped is in nobody's way unless another comes. */
static void make_room(struct linux_vmm *x, uint64_t at, uint64_t size)
{
	for (unsigned int i = 0; i <= PB_MAX_SOURCES; i++)
		for (unsigned int b = 0; b < LINUX_BARS; b++) {
			const struct linux_bar *bar = &x->fn[i].bar[b];

			if (bar->mapped && !decodes(&x->fn[i]) && bar->mapped < at + size &&
			    at < bar->mapped + bar->size)
				unmap(x, &x->fn[i], b);
		}
}

/*
 * A kernel sizes each BAR with decoding off and writes it back; so only what has
 * moved when decoding is on again costs anything.
 */
void linux_bars_update(struct linux_vmm *x)
{
	for (unsigned int i = 0; i <= PB_MAX_SOURCES; i++)
		for (unsigned int b = 0; b < LINUX_BARS; b++)
			if (decodes(&x->fn[i]) && x->fn[i].bar[b].mapped &&
			    x->fn[i].bar[b].mapped != linux_bar_address(&x->fn[i], b))
				unmap(x, &x->fn[i], b);
	for (unsigned int i = 0; i <= PB_MAX_SOURCES; i++)
		for (unsigned int b = 0; b < LINUX_BARS; b++) {
			uint64_t at = decodes(&x->fn[i]) ? linux_bar_address(&x->fn[i], b) : 0;

			if (!at || x->fn[i].bar[b].mapped)
				continue;
			make_room(x, at, x->fn[i].bar[b].size);
			map(x, &x->fn[i], b, at);
		}
}

/* --- the beginning -------------------------------------------------------- */

static int bar_learn(struct linux_vmm *x, struct linux_function *f, unsigned int bar)
{
	const struct vfio_device *d = &x->m.fn[f->source].dev;
	struct linux_bar *b = &f->bar[bar];
	uint64_t offset;
	uint32_t low = 0;

	if (bar && (f->bar[bar - 1].flags & PCI_BASE_ADDRESS_MEM_TYPE_64) &&
	    !f->bar[bar - 1].upper) {
		b->upper = true;
		return 0;
	}
	if (vfio_device_region(d, VFIO_PCI_BAR0_REGION_INDEX + bar, &offset, &b->size) ||
	    pread(d->fd, &low, sizeof(low), (off_t)(d->config + PCI_BASE_ADDRESS_0 + 4 * bar)) !=
		    sizeof(low))
		return vmm_fail(&x->m.line, -EIO, "BAR %u cannot be read", bar);
	/* No I/O ports for the guest; NVMe and virtio 1.2 do not need them. */
	if (low & PCI_BASE_ADDRESS_SPACE_IO)
		b->size = 0;
	b->flags = b->size ? low & MEM_FLAGS : 0;
	return 0;
}

static uint64_t next_free(const struct linux_vmm *x, uint64_t size)
{
	uint64_t at = LINUX_WINDOW;

	for (unsigned int i = 0; i <= PB_MAX_SOURCES; i++)
		for (unsigned int b = 0; b < LINUX_BARS; b++) {
			uint64_t base = linux_bar_address(&x->fn[i], b);

			if (base && base + x->fn[i].bar[b].size > at)
				at = base + x->fn[i].bar[b].size;
		}
	return (at + size - 1) & ~(size - 1);
}

/* Behind all that are there. */
static int bar_place(struct linux_vmm *x, struct linux_function *f, unsigned int bar)
{
	struct linux_bar *b = &f->bar[bar];
	uint64_t at;

	if (!b->size)
		return 0;
	if (b->size & (b->size - 1) || b->size > 1ull << 31)
		return vmm_fail(&x->m.line, -ENOSPC, "BAR %u has 0x%llx bytes", bar,
				(unsigned long long)b->size);
	at = next_free(x, b->size);
	if (at >= LINUX_WINDOW_END || b->size > LINUX_WINDOW_END - at)
		return vmm_fail(&x->m.line, -ENOSPC, "no room in the guest for BAR %u", bar);
	b->value = (uint32_t)at;
	return 0;
}

int linux_bars_init(struct linux_vmm *x, unsigned int fn)
{
	struct linux_function *f = &x->fn[fn];
	int r = 0;

	if (is_area(f)) {
		f->bar[0].size = x->area_size;
		return bar_place(x, f, 0);
	}
	for (unsigned int b = 0; b < LINUX_BARS && !r; b++)
		r = bar_learn(x, f, b);
	for (unsigned int b = 0; b < LINUX_BARS && !r; b++)
		r = bar_place(x, f, b);
	return r;
}

/* --- accesses that trap --------------------------------------------------- */

/* Through VFIO, as what is not mapped is reached. */
static void region_access(struct linux_vmm *x, const struct linux_function *f, unsigned int bar,
			  uint64_t offset, uint8_t *data, unsigned int len, bool write)
{
	const struct vfio_device *d = is_area(f) ? NULL : &x->m.fn[f->source].dev;
	uint64_t base, size;
	ssize_t n = -1;

	if (d && !vfio_device_region(d, VFIO_PCI_BAR0_REGION_INDEX + bar, &base, &size) &&
	    offset < size && len <= size - offset)
		n = write ? pwrite(d->fd, data, len, (off_t)(base + offset))
			  : pread(d->fd, data, len, (off_t)(base + offset));
	if (!write && n != (ssize_t)len)
		memset(data, 0xff, len);
}

void linux_mmio(struct linux_vmm *x, uint64_t gpa, uint8_t *data, unsigned int len, bool write)
{
	for (unsigned int i = 0; i <= PB_MAX_SOURCES; i++)
		for (unsigned int b = 0; b < LINUX_BARS; b++) {
			struct linux_function *f = &x->fn[i];
			uint64_t at = decodes(f) ? linux_bar_address(f, b) : 0;

			if (!at || gpa < at || gpa - at >= f->bar[b].size)
				continue;
			if (!linux_msix_table(x, f, b, gpa - at, data, len, write))
				region_access(x, f, b, gpa - at, data, len, write);
			return;
		}
	if (!write)
		memset(data, 0xff, len);
}
