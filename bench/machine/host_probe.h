/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * host_probe.h - what this machine itself can do of what the real path needs: KVM
 * with posted interrupts, an IOMMU that posts, VFIO, records of the scheduler. The
 * lab needs none of it.
 */
#ifndef PB_MACHINE_HOST_PROBE_H
#define PB_MACHINE_HOST_PROBE_H

#include <stdbool.h>
#include <stddef.h>

#define HOST_FACTS 8

struct host_fact {
	const char *what;
	bool ok;
	char text[224]; /* what there is; else why not, and what to do */
};

/*
 * Fill in facts and return how many there are, at most HOST_FACTS. `root` is put in
 * front of /sys, /dev and /proc: "" for this machine. Changes nothing.
 *
 * An IOMMU's capabilities are those of /sys/class/iommu/dmarN/intel-iommu (CAP_REG.PI
 * is bit 59, VT-d specification 11.4.2; ECAP_REG.IR is bit 3, 11.4.3).
 */
size_t host_probe(const char *root, struct host_fact facts[HOST_FACTS]);

#endif
