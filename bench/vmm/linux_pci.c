// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * linux_pci.c - configuration space of the guest's bus 0 (PCI Local Bus 3.0,
 * 3.2.2.3.2): a host bridge, the shared area's function, and the functions that
 * are passed through.  Of these the header's BARs and command register and the
 * MSI-X control are the guest's own; all else is VFIO's, which is made to be
 * written to by whom nobody trusts.
 */
#include <errno.h>
#include <linux/pci_regs.h>
#include <string.h>
#include <unistd.h>

#include "vmm/linux.h"

#define CONFIG_ADDRESS 0xcf8
#define CONFIG_DATA    0xcfc
#define CONFIG_ENABLE  0x80000000u
#define CONFIG_SIZE    256u
#define COMMAND_OURS   (PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | PCI_COMMAND_INTX_DISABLE)

static struct linux_function *function_at(struct linux_vmm *x, unsigned int slot)
{
	for (unsigned int i = 0; i <= PB_MAX_SOURCES; i++)
		if (x->fn[i].slot == slot && slot)
			return &x->fn[i];
	return NULL;
}

static struct vfio_device *device_of(struct linux_vmm *x, const struct linux_function *f)
{
	return f->source < PB_MAX_SOURCES ? &x->m.fn[f->source].dev : NULL;
}

/* Whole dwords of what has no device behind it. */
static uint32_t bridge_dword(unsigned int at)
{
	/* A host bridge that every kernel knows. */
	return at == PCI_VENDOR_ID ? 0x12378086 : at == PCI_CLASS_REVISION ? 0x06000000 : 0;
}

static uint32_t area_dword(unsigned int at)
{
	switch (at) {
	case PCI_VENDOR_ID:
		return PB_GUEST_DEVICE << 16 | PB_GUEST_VENDOR;
	case PCI_CLASS_REVISION:
		return 0x05000000; /* RAM controller */
	case PCI_SUBSYSTEM_VENDOR_ID:
		return PB_GUEST_DEVICE << 16 | PB_GUEST_VENDOR;
	default:
		return 0;
	}
}

static uint32_t device_dword(const struct vfio_device *d, unsigned int at)
{
	uint32_t v;

	if (pread(d->fd, &v, sizeof(v), (off_t)(d->config + at)) != sizeof(v))
		return 0xffffffff;
	return v;
}

static uint32_t function_dword(struct linux_vmm *x, const struct linux_function *f, unsigned int at)
{
	const struct vfio_device *d = device_of(x, f);
	uint32_t v = d ? device_dword(d, at) : area_dword(at);

	if (at == PCI_COMMAND)
		return (v & 0xffff0000) | f->command;
	if (at >= PCI_BASE_ADDRESS_0 && at <= PCI_BASE_ADDRESS_5)
		return linux_bar_read(f, (at - PCI_BASE_ADDRESS_0) / 4);
	/* One function a device, no ROM, no interrupt pin. */
	if (at == PCI_CACHE_LINE_SIZE)
		return v & 0x007fffff;
	if (at == PCI_ROM_ADDRESS)
		return 0;
	if (at == PCI_INTERRUPT_LINE)
		return v & 0xffff0000;
	if (f->msix.cap && at == f->msix.cap)
		return (v & 0xffff) | (uint32_t)linux_msix_control(&f->msix) << 16;
	return v;
}

static uint32_t config_dword(struct linux_vmm *x, unsigned int slot, unsigned int at)
{
	const struct linux_function *f = function_at(x, slot);

	if (!slot)
		return bridge_dword(at);
	return f ? function_dword(x, f, at) : 0xffffffff;
}

static void command_write(struct linux_vmm *x, struct linux_function *f, uint16_t value)
{
	const struct vfio_device *d = device_of(x, f);
	/* Its BARs stay mapped in this process: decoding is never switched off below. */
	uint16_t real = (value & COMMAND_OURS) | PCI_COMMAND_MEMORY;

	f->command = value & COMMAND_OURS;
	if (d && pwrite(d->fd, &real, sizeof(real), (off_t)(d->config + PCI_COMMAND)) < 0)
		f->command &= (uint16_t)~PCI_COMMAND_MASTER;
	linux_bars_update(x);
}

/* A capability's registers, but MSI-X's control; the header is read-only otherwise. */
static void device_write(struct linux_vmm *x, struct linux_function *f, unsigned int at,
			 unsigned int size, uint32_t value)
{
	const struct vfio_device *d = device_of(x, f);
	uint8_t bytes[4];

	memcpy(bytes, &value, 4);
	if (!d || at < PCI_STD_HEADER_SIZEOF)
		return;
	for (unsigned int i = 0; i < size; i++)
		if (f->msix.cap && at + i >= f->msix.cap &&
		    at + i < f->msix.cap + (unsigned int)PCI_CAP_MSIX_SIZEOF)
			return;
	if (pwrite(d->fd, bytes, size, (off_t)(d->config + at)) < 0)
		return; /* as on a bus where nobody listens */
}

/* Of a dword register, with the bytes that are not written as they are. */
static uint32_t merge(uint32_t old, unsigned int at, unsigned int size, uint32_t value)
{
	memcpy((uint8_t *)&old + at % 4, &value, size);
	return old;
}

static void config_write(struct linux_vmm *x, struct linux_function *f, unsigned int at,
			 unsigned int size, uint32_t value)
{
	unsigned int dword = at & ~3u;
	uint32_t whole = merge(function_dword(x, f, dword), at, size, value);

	if (dword == PCI_COMMAND && at == PCI_COMMAND)
		command_write(x, f, (uint16_t)whole);
	else if (dword >= PCI_BASE_ADDRESS_0 && dword <= PCI_BASE_ADDRESS_5) {
		linux_bar_write(f, (dword - PCI_BASE_ADDRESS_0) / 4, whole);
		linux_bars_update(x);
	} else if (f->msix.cap && dword == f->msix.cap)
		linux_msix_control_write(x, f, (uint16_t)(whole >> 16));
	else
		device_write(x, f, at, size, value);
}

/* Is a port of config data one of a register? Then which. */
static bool decode(const struct linux_vmm *x, unsigned int port, unsigned int size,
		   unsigned int *slot, unsigned int *at)
{
	uint32_t a = x->config_address;

	*slot = a >> 11 & 31;
	*at = (a & 0xfc) | (port & 3);
	/* Bus 0, function 0. */
	return port >= CONFIG_DATA && port + size <= CONFIG_DATA + 4 && (a & CONFIG_ENABLE) &&
	       !(a & 0x00ff0700) && *at + size <= CONFIG_SIZE;
}

uint32_t linux_pci_in(struct linux_vmm *x, unsigned int port, unsigned int size)
{
	unsigned int slot, at;
	uint32_t v;

	if (port == CONFIG_ADDRESS && size == 4)
		return x->config_address;
	if (!decode(x, port, size, &slot, &at))
		return 0xffffffff;
	v = config_dword(x, slot, at & ~3u) >> 8 * (at & 3);
	return size == 4 ? v : v & ((1u << 8 * size) - 1);
}

void linux_pci_out(struct linux_vmm *x, unsigned int port, unsigned int size, uint32_t value)
{
	struct linux_function *f;
	unsigned int slot, at;

	if (port == CONFIG_ADDRESS && size == 4) {
		x->config_address = value;
		return;
	}
	if (!decode(x, port, size, &slot, &at))
		return;
	f = function_at(x, slot);
	if (f)
		config_write(x, f, at, size, value);
}

int linux_pci_add(struct linux_vmm *x, unsigned int source)
{
	struct linux_function *f = &x->fn[source];
	int r;

	*f = (struct linux_function){
		.slot = source < PB_MAX_SOURCES ? LINUX_SLOT(source) : LINUX_SLOT_AREA,
		.source = source,
		/* As firmware would leave it. */
		.command = PCI_COMMAND_MEMORY | (source < PB_MAX_SOURCES ? PCI_COMMAND_MASTER : 0),
	};
	r = linux_bars_init(x, source);
	if (!r && source < PB_MAX_SOURCES)
		r = linux_msix_init(x, f);
	if (!r)
		linux_bars_update(x);
	return r;
}
