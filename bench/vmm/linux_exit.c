// SPDX-License-Identifier: LGPL-2.1-or-later
/* linux_exit.c - what a Linux guest does that leaves KVM. */
#include <stdio.h>
#include <string.h>

#include "vmm/linux.h"
#include "vmm/sys.h"

#define PORT_KEYBOARD  0x64
#define KEYBOARD_RESET 0xfe
#define PORT_RESET     0xcf9
#define RESET_CPU      0x4
#define PORT_CMOS      0x70
#define PORT_CMOS_DATA 0x71
#define CMOS_VALID     0x0d /* register D: bit 7, the contents are valid */
#define PORT_PCI       0xcf8
#define PORT_PCI_END   0xd00

static bool is_serial(unsigned int port)
{
	return port >= LINUX_SERIAL_PORT && port < LINUX_SERIAL_PORT + 8;
}

/* The line as it is now; after every access to the port. */
static void serial_irq(struct linux_vmm *x)
{
	struct kvm_irq_level irq = {.irq = LINUX_SERIAL_IRQ,
				    .level = linux_serial_line(&x->serial)};

	sys_ioctl(x->m.vm, KVM_IRQ_LINE, &irq);
}

static uint32_t port_in(struct linux_vmm *x, unsigned int port, unsigned int size)
{
	uint32_t v = 0xffffffff;

	if (is_serial(port) && size == 1) {
		bool line = linux_serial_line(&x->serial);

		v = linux_serial_in(&x->serial, port - LINUX_SERIAL_PORT);
		if (linux_serial_line(&x->serial) != line)
			serial_irq(x);
	} else if (port >= PORT_PCI && port < PORT_PCI_END) {
		v = linux_pci_in(x, port, size);
	} else if (port == PORT_CMOS_DATA) {
		/* A clock that stands still at its beginning. */
		v = x->cmos == CMOS_VALID ? 0x80 : 0;
	}
	return v;
}

/* false: it resets the machine. */
static bool port_out(struct linux_vmm *x, unsigned int port, unsigned int size, uint32_t value)
{
	if (is_serial(port) && size == 1) {
		bool line = linux_serial_line(&x->serial);

		linux_serial_out(&x->serial, port - LINUX_SERIAL_PORT, (uint8_t)value);
		if (linux_serial_line(&x->serial) != line)
			serial_irq(x);
	} else if (port == PORT_CMOS) {
		x->cmos = value & 0x7f;
	} else if (port == PORT_RESET && size == 1) {
		return !(value & RESET_CPU);
	} else if (port >= PORT_PCI && port < PORT_PCI_END) {
		linux_pci_out(x, port, size, value);
	}
	return !(port == PORT_KEYBOARD && (value & 0xff) == KEYBOARD_RESET);
}

/* What a kernel that panicked does, too: why, its console says. */
static bool reset(struct mini_vcpu *v)
{
	snprintf(v->why.text, sizeof(v->why.text), "vCPU %u: the guest reset itself", v->index);
	v->end = MINI_END_WILD;
	return true;
}

static bool exit_io(struct linux_vmm *x, struct mini_vcpu *v)
{
	const struct kvm_run *run = v->run;
	uint64_t at = run->io.data_offset, size = run->io.size;
	bool ok = true;

	if ((size != 1 && size != 2 && size != 4) || at > v->run_size ||
	    size * run->io.count > v->run_size - at)
		return mini_run_wild(v, "KVM's run page is damaged", at);
	for (uint32_t i = 0; i < run->io.count && ok; i++, at += size) {
		uint8_t *data = (uint8_t *)v->run + at;
		uint32_t value = 0;

		if (run->io.direction == KVM_EXIT_IO_OUT) {
			memcpy(&value, data, size);
			ok = port_out(x, run->io.port, (unsigned int)size, value);
		} else {
			value = port_in(x, run->io.port, (unsigned int)size);
			memcpy(data, &value, size);
		}
	}
	return ok ? false : reset(v);
}

bool linux_exit(struct mini_vcpu *v)
{
	struct linux_vmm *x = (struct linux_vmm *)v->m;
	struct kvm_run *run = v->run;
	bool ended = false;

	if (run->exit_reason != KVM_EXIT_IO && run->exit_reason != KVM_EXIT_MMIO)
		return mini_run_exit(v);
	pthread_mutex_lock(&x->lock);
	if (run->exit_reason == KVM_EXIT_IO)
		ended = exit_io(x, v);
	else if (run->mmio.len <= sizeof(run->mmio.data))
		linux_mmio(x, run->mmio.phys_addr, run->mmio.data, run->mmio.len,
			   run->mmio.is_write);
	pthread_mutex_unlock(&x->lock);
	return ended;
}
