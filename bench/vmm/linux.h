/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * linux.h - inside of the VMM of Linux guests: what KVM and VFIO are to `mini`
 * they are here (it begins with a struct mini and uses its parts); on top, as
 * little of a PC as an unmodified kernel needs: the boot protocol, an MP table,
 * a serial port, PCI configuration space through its I/O ports, and MSI-X
 * tables that are trapped.
 *
 * Guest physical memory: RAM from 0; functions' BARs in [LINUX_WINDOW,
 * LINUX_WINDOW_END), where the guest may move them about.
 */
#ifndef PB_VMM_LINUX_H
#define PB_VMM_LINUX_H

#include <pthread.h>

#include "shared/guest_io.h"
#include "vmm/linux_bzimage.h"
#include "vmm/linux_serial.h"
#include "vmm/mini.h"

#define LINUX_WINDOW     0xc0000000ull
#define LINUX_WINDOW_END 0xfe000000ull
#define LINUX_BARS       6
#define LINUX_BUS_SLOTS  (2 + PB_MAX_SOURCES) /* host bridge, the shared area, one a source */

/* The guest's PCI devices on bus 0. */
#define LINUX_SLOT_AREA    1
#define LINUX_SLOT(source) (2 + (source))

struct linux_bar {
	uint64_t
		size; /* a power of two; 0: there is none, or it is the upper half of a 64-bit one */
	uint32_t flags; /* its read-only low bits */
	bool upper; /* upper half of the one before */
	uint32_t value; /* as the guest wrote it, read-only bits and size bits taken out */
	uint64_t mapped; /* guest physical address at which it is now; 0: nowhere */
};

/* One MSI-X table, which the guest believes to be its function's. */
struct linux_msix {
	uint8_t cap; /* offset of the capability; 0: none */
	uint8_t bar; /* that the table is in */
	uint32_t offset; /* in it */
	unsigned int vectors; /* that the guest is shown */
	uint16_t control; /* enable and function mask, as the guest wrote them */
	bool enabled; /* VFIO has the eventfds */
	uint32_t entry[PB_MAX_VECTORS]
		      [4]; /* PCI 3.0, 6.8.2: address, upper address, data, control */
};

struct linux_function {
	unsigned int slot; /* PCI device number */
	unsigned int source; /* PB_MAX_SOURCES: the shared area's function */
	uint16_t command;
	struct linux_bar bar[LINUX_BARS];
	struct linux_msix msix;
};

struct linux_vmm {
	struct mini m; /* first; m.mem is RAM, m.layout.size its size */
	pthread_mutex_t lock; /* of all below: exits come from any vCPU */
	struct linux_function fn[PB_MAX_SOURCES + 1]; /* the last is the shared area's */
	uint32_t config_address; /* port 0xcf8 */
	uint8_t cmos; /* index, port 0x70 */
	struct linux_serial serial;
	struct pb_guest_area *area;
	size_t area_size;
	struct pb_guest_job job; /* as the VMM made it: the guest can write to its copy */
	uint64_t last_beat, last_cpu_ns; /* the watcher's */
};

static inline struct linux_vmm *linux_of(struct pb_vmm *vmm)
{
	return (struct linux_vmm *)vmm;
}

/* linux_boot.c: RAM with kernel, initramfs, command line and tables; vCPU 0 before its entry. */
int linux_boot_prepare(struct linux_vmm *x);

/* linux_mptable.c: an MP table (MultiProcessor Specification 1.4) of `vcpus` at `gpa`. Its size. */
#define LINUX_MPTABLE_MAX 1024
size_t linux_mptable_build(uint8_t *at, uint32_t gpa, unsigned int vcpus);

/* linux_pci.c: configuration space. */
int linux_pci_add(struct linux_vmm *x, unsigned int source);
/* Ports 0xcf8 to 0xcff. `size` 1, 2 or 4. */
uint32_t linux_pci_in(struct linux_vmm *x, unsigned int port, unsigned int size);
void linux_pci_out(struct linux_vmm *x, unsigned int port, unsigned int size, uint32_t value);

/* linux_bar.c: BARs, and where they are. */
/* `source` of x->fn gets its BARs and addresses for them. -ENOSPC with a line. */
int linux_bars_init(struct linux_vmm *x, unsigned int fn);
uint32_t linux_bar_read(const struct linux_function *f, unsigned int bar);
void linux_bar_write(struct linux_function *f, unsigned int bar, uint32_t value);
/* Where the guest has put it, or 0 where that is nowhere. */
uint64_t linux_bar_address(const struct linux_function *f, unsigned int bar);
/* Make KVM's memory what BARs and command registers say. */
void linux_bars_update(struct linux_vmm *x);
/* What the guest touched that is no memory: a trapped page of a BAR, or nothing. */
void linux_mmio(struct linux_vmm *x, uint64_t gpa, uint8_t *data, unsigned int len, bool write);

/* linux_msix.c */
/* Find the function's table. 0, or -errno with m.line. */
int linux_msix_init(struct linux_vmm *x, struct linux_function *f);
uint16_t linux_msix_control(const struct linux_msix *t);
void linux_msix_control_write(struct linux_vmm *x, struct linux_function *f, uint16_t value);
/* Is it in the table? Then read or write there: whole dwords, aligned. */
bool linux_msix_table(struct linux_vmm *x, struct linux_function *f, unsigned int bar,
		      uint64_t offset, uint8_t *data, unsigned int len, bool write);

/* linux_exit.c: struct mini.exit. */
bool linux_exit(struct mini_vcpu *v);

/* linux_area.c: the shared area. */
int linux_area_create(struct linux_vmm *x);
void linux_area_destroy(struct linux_vmm *x);
void linux_area_command(struct linux_vmm *x, enum pb_guest_command command);
/* The guest's state, or PB_GUEST_STATES when it is none. */
enum pb_guest_state linux_area_state(const struct linux_vmm *x);

/* linux_claims.c: what the guest wrote there, held against the job. */
/*
 * Its account of a source. -EPROTO with a line when it cannot be true.
 */
int linux_claims_device(const struct linux_vmm *x, unsigned int source, struct pb_guest_device *d,
			struct vmm_line *line);
/* All events of all rings to the sink, after the stop. -EPROTO: a false one; else the sink's. */
int linux_claims_events(struct linux_vmm *x, pb_event_sink sink, void *arg, uint64_t *lost,
			struct vmm_line *line);

/* linux_watch.c */
/* Wait until the guest is in `state` or behind it. -EIO: at fault, with status and reason. */
int linux_wait(struct linux_vmm *x, enum pb_guest_state state, uint64_t limit_ns);
/* Is it alive? As pb_vmm_ops.check. */
int linux_watch(struct linux_vmm *x);
/* The guest is at fault: first finding, with what its console said last. -EIO. */
int linux_verdict(struct linux_vmm *x, enum pb_run_status status, const char *reason);

#endif
