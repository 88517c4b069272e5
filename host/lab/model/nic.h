/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * nic.h - the NIC: a physical function and its virtual ones, each a virtio
 * network device, a switch between them, and a wire with a traffic generator for
 * each.  docs/nic.md; registers: bench/shared/nic_regs.h.
 */
#ifndef LAB_NIC_H
#define LAB_NIC_H

#include <stdint.h>

#include "host/lab/model/pci.h"
#include "host/lab/model/virtio_net.h"
#include "host/lab/model/wire_generator.h"
#include "host/lab/model/wire_switch.h"

#define NIC_DEVFN     (0x14u << 3)
#define NIC_VFS       4u
#define NIC_FUNCTIONS (1u + NIC_VFS)
#define NIC_DELAY     100u /* ticks from a doorbell to the queue, without a service time */

struct nic_function {
	struct pci_function pci; /* first */
	struct virtio_net net;
	struct wire_generator generator;
};

struct nic {
	struct nic_function function[NIC_FUNCTIONS]; /* the physical one is the first */
	struct wire_switch net;
	uint32_t foreign; /* frames on the wire that no generator knows */
	int timer;
	bool work; /* the timer is set */
};

/* Create it. Once. 0, or -errno. */
int nic_init(void);

/* Machine reset. */
void nic_reset(void);

/* The interrupt-entry cache was flushed: look again where messages go. */
void nic_retarget(void);

/* nic_regs.c: BAR PB_INSTRUMENT_BAR of function `f`, which is one of `n`. */
uint32_t nic_regs_read(const struct nic *n, const struct nic_function *f, uint32_t offset);
void nic_regs_write(struct nic_function *f, uint32_t offset, uint32_t value);

#endif
