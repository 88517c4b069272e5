/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * linux_rig.h - a Linux guest's VMM without KVM: one function behind a file, an
 * ioctl that keeps what KVM would have been told, and checks it.
 */
#ifndef TEST_VMM_LINUX_RIG_H
#define TEST_VMM_LINUX_RIG_H

#include "vmm/linux.h"

#define RIG_BAR_SIZE 0x10000u /* BAR 0, 64-bit; BAR 2, 4 KiB, 32-bit */
#define RIG_TABLE    0x4000u /* in BAR 0 */
#define RIG_VECTORS  9u
#define RIG_MSIX     0x40u /* offset of the capability */
#define RIG_SLOTS    64u

struct linux_rig {
	struct linux_vmm x;
	struct pb_plan plan;
	struct kvm_userspace_memory_region slot[RIG_SLOTS];
	struct kvm_irq_routing_entry msi[PB_MAX_SOURCES * PB_MAX_VECTORS];
	unsigned int nr_msi, irqfds, irqs_on, refused, line;
	bool wrong; /* something that no KVM may be told */
};
extern struct linux_rig rig;

/* A new one, `vcpus` vCPUs, one NVMe source of that many queues, count 10. */
void linux_rig_begin(unsigned int vcpus);
void linux_rig_end(void);

/* What a guest does. */
uint32_t rig_config_read(unsigned int slot, unsigned int at, unsigned int size);
void rig_config_write(unsigned int slot, unsigned int at, unsigned int size, uint32_t value);
uint32_t rig_mmio_read(uint64_t gpa);
void rig_mmio_write(uint64_t gpa, uint32_t value);
/* Where the slot that holds this address begins; 0: none does. */
uint64_t rig_mapped(uint64_t gpa);

#endif
