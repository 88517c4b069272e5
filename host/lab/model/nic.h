/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * nic.h - the NIC: a physical function and its virtual ones, each a virtio
 * network device, a switch between them, and a wire with a traffic generator.
 * docs/nic.md; registers: bench/shared/nic_regs.h.
 */
#ifndef LAB_NIC_H
#define LAB_NIC_H

#include <stdint.h>

#include "host/lab/model/pci.h"
#include "host/lab/model/virtio_net.h"
#include "host/lab/model/wire_generator.h"
#include "host/lab/model/wire_switch.h"

#define NIC_DEVFN     (0x14u << 3)
#define NIC_FUNCTIONS (1u + PCI_VFS_MAX)
#define NIC_DELAY     100u /* ticks, until software says otherwise */

struct nic_function {
	struct pci_function pci; /* first */
	struct virtio_net net;
};

struct nic {
	struct nic_function function[NIC_FUNCTIONS]; /* the physical one is the first */
	struct wire_switch net;
	struct wire_generator generator;
	int timer;
	bool work; /* the timer is set */
	uint32_t delay;
};

/* Create it. Once. 0, or -errno. */
int nic_init(void);

/* Machine reset. */
void nic_reset(void);

/* The interrupt-entry cache was flushed: look again where messages go. */
void nic_retarget(void);

/* nic_regs.c: the counters of switch and queues to 0. */
void nic_clear(struct nic *n);
/* nic_regs.c: BAR 4 of the physical function. */
uint32_t nic_regs_read(struct nic *n, uint32_t offset);
void nic_regs_write(struct nic *n, uint32_t offset, uint32_t value);

#endif
