// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * linux_msix.c - the table that the guest writes is ours: an entry that is not
 * masked becomes a GSI route, and its eventfd an irqfd, by which irqbypass
 * makes the IRTE a posted one.  A masked entry's eventfd is no irqfd: what is
 * signalled meanwhile waits in it, as in a pending bit.
 */
#include <errno.h>
#include <linux/pci_regs.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "vmm/linux.h"
#include "vmm/sys.h"

#define CONTROL_GUEST (PCI_MSIX_FLAGS_ENABLE | PCI_MSIX_FLAGS_MASKALL)
#define MSI_ADDRESS   0xfeeu /* bits 31:20, SDM vol. 3, 12.11.1 */
#define PINS_PIC      16u
#define PINS_IOAPIC   24u

enum { ADDRESS, UPPER, DATA, CONTROL };

static uint32_t config(const struct vfio_device *d, unsigned int at, unsigned int size)
{
	uint32_t v = 0;

	return pread(d->fd, &v, size, (off_t)(d->config + at)) == (ssize_t)size ? v : 0;
}

static int eventfds_make(struct linux_vmm *x, const struct linux_function *f)
{
	for (unsigned int i = 0; i < f->msix.vectors; i++) {
		int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);

		if (fd < 0)
			return vmm_fail(&x->m.line, -errno, "no eventfd: %s", strerror(errno));
		x->m.fn[f->source].eventfd[i] = fd;
	}
	return 0;
}

int linux_msix_init(struct linux_vmm *x, struct linux_function *f)
{
	const struct vfio_device *d = &x->m.fn[f->source].dev;
	unsigned int cap = vfio_device_cap(d, PCI_CAP_ID_MSIX);
	uint32_t table;

	if (!cap)
		return vmm_fail(&x->m.line, -ENODEV, "the function has no MSI-X");
	table = config(d, cap + PCI_MSIX_TABLE, 4);
	f->msix = (struct linux_msix){
		.cap = (uint8_t)cap,
		.bar = table & PCI_MSIX_TABLE_BIR,
		.offset = table & PCI_MSIX_TABLE_OFFSET,
		.vectors = d->msix < PB_MAX_VECTORS ? d->msix : PB_MAX_VECTORS,
	};
	if (f->msix.bar >= LINUX_BARS || f->msix.offset > f->bar[f->msix.bar].size ||
	    f->msix.vectors * sizeof(f->msix.entry[0]) > f->bar[f->msix.bar].size - f->msix.offset)
		return vmm_fail(&x->m.line, -EPROTO, "the function's MSI-X table is in no BAR");
	for (unsigned int i = 0; i < f->msix.vectors; i++)
		f->msix.entry[i][CONTROL] = PCI_MSIX_ENTRY_CTRL_MASKBIT;
	return eventfds_make(x, f);
}

uint16_t linux_msix_control(const struct linux_msix *t)
{
	return (uint16_t)(t->control | (t->vectors - 1));
}

static bool is_live(const struct linux_msix *t, unsigned int i)
{
	return (t->control & CONTROL_GUEST) == PCI_MSIX_FLAGS_ENABLE &&
	       !(t->entry[i][CONTROL] & PCI_MSIX_ENTRY_CTRL_MASKBIT) &&
	       t->entry[i][ADDRESS] >> 20 == MSI_ADDRESS;
}

/* --- routes: one table of all, always set as a whole ------------------------ */

struct routes {
	struct kvm_irq_routing head;
	struct kvm_irq_routing_entry
		entry[PINS_PIC + PINS_IOAPIC + PB_MAX_SOURCES * PB_MAX_VECTORS];
};

static void add_pin(struct routes *r, uint32_t gsi, uint32_t chip, uint32_t pin)
{
	r->entry[r->head.nr++] = (struct kvm_irq_routing_entry){
		.gsi = gsi,
		.type = KVM_IRQ_ROUTING_IRQCHIP,
		.u.irqchip = {.irqchip = chip, .pin = pin},
	};
}

static void add_msi(struct routes *r, uint32_t gsi, const uint32_t entry[4])
{
	r->entry[r->head.nr++] = (struct kvm_irq_routing_entry){
		.gsi = gsi,
		.type = KVM_IRQ_ROUTING_MSI,
		.u.msi = {.address_lo = entry[ADDRESS],
			  .address_hi = entry[UPPER],
			  .data = entry[DATA]},
	};
}

static void routes_set(struct linux_vmm *x)
{
	struct routes r = {.head = {0}};

	for (uint32_t i = 0; i < PINS_PIC; i++)
		add_pin(&r, i, i < 8 ? KVM_IRQCHIP_PIC_MASTER : KVM_IRQCHIP_PIC_SLAVE, i % 8);
	/* The PIT's interrupt comes in on pin 2. */
	for (uint32_t i = 0; i < PINS_IOAPIC; i++)
		if (i != 2)
			add_pin(&r, i, KVM_IRQCHIP_IOAPIC, i ? i : 2);
	for (unsigned int s = 0; s < PB_MAX_SOURCES; s++)
		for (unsigned int i = 0; i < x->fn[s].msix.vectors; i++)
			if (is_live(&x->fn[s].msix, i))
				add_msi(&r, mini_gsi(s, i), x->fn[s].msix.entry[i]);
	/* KVM refuses none that is_live() lets pass; if it does, the old ones stay. */
	sys_ioctl(x->m.vm, KVM_SET_GSI_ROUTING, &r);
}

/* After a change of entry `i`: route first, then irqfd, so that the IRTE is posted at once. */
static void sync_entry(struct linux_vmm *x, struct linux_function *f, unsigned int i, bool changed)
{
	bool live = is_live(&f->msix, i), was = x->m.fn[f->source].irqfd[i];
	struct vmm_line line = {""};

	if (!live && was)
		mini_irqfd_set(&x->m, f->source, i, false, &line);
	if (live && (!was || changed))
		routes_set(x);
	if (live && !was)
		mini_irqfd_bind(&x->m, f->source, i, &line);
}

static void enable(struct linux_vmm *x, struct linux_function *f, bool on)
{
	struct mini_function *fn = &x->m.fn[f->source];
	struct vmm_line line = {""};

	if (f->msix.enabled == on)
		return;
	if (!on)
		vfio_device_msix_off(&fn->dev);
	else if (vfio_device_msix(&fn->dev, fn->eventfd, f->msix.vectors, &line))
		return;
	f->msix.enabled = on;
}

void linux_msix_control_write(struct linux_vmm *x, struct linux_function *f, uint16_t value)
{
	f->msix.control = value & CONTROL_GUEST;
	enable(x, f, value & PCI_MSIX_FLAGS_ENABLE);
	for (unsigned int i = 0; i < f->msix.vectors; i++)
		sync_entry(x, f, i, false);
}

static void table_write(struct linux_vmm *x, struct linux_function *f, uint64_t at,
			const uint8_t *data, unsigned int len)
{
	unsigned int i = (unsigned int)(at / sizeof(f->msix.entry[0]));
	uint32_t old[4];

	memcpy(old, f->msix.entry[i], sizeof(old));
	memcpy((uint8_t *)f->msix.entry + at, data, len);
	f->msix.entry[i][ADDRESS] &= ~3u;
	f->msix.entry[i][CONTROL] &= PCI_MSIX_ENTRY_CTRL_MASKBIT;
	sync_entry(x, f, i, memcmp(old, f->msix.entry[i], 3 * sizeof(old[0])) != 0);
}

bool linux_msix_table(struct linux_vmm *x, struct linux_function *f, unsigned int bar,
		      uint64_t offset, uint8_t *data, unsigned int len, bool write)
{
	uint64_t size = f->msix.vectors * sizeof(f->msix.entry[0]), at = offset - f->msix.offset;

	if (!f->msix.cap || bar != f->msix.bar || offset < f->msix.offset || at >= size)
		return false;
	/* PCI 3.0, 6.8.2: dwords and qwords, aligned; what else comes is not defined. */
	if ((len != 4 && len != 8) || at % len) {
		if (!write)
			memset(data, 0xff, len);
	} else if (write) {
		table_write(x, f, at, data, len);
	} else {
		memcpy(data, (const uint8_t *)f->msix.entry + at, len);
	}
	return true;
}
