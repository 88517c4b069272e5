/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * nvme_admin.h - an NVMe controller's properties and admin queue, driven from
 * outside the guest: NVM Express Base Specification 2.0, 3.5 (initialisation)
 * and 5 (admin commands).  Completions are polled for; the interrupts that they
 * make all the same are vector 0's, which is not the guest's.
 *
 * Every function that returns int returns 0 or -errno and then leaves a line.
 */
#ifndef PB_SOURCE_NVME_ADMIN_H
#define PB_SOURCE_NVME_ADMIN_H

#include <stddef.h>
#include <stdint.h>

#include "guest/agent/nvme.h"
#include "util/clock.h"
#include "vmm/vmm.h"

struct nvme_admin {
	struct pb_function *fn;
	struct pb_clock *clock;
	char *error; /* where lines go */
	size_t size;
	uint32_t tail, head, phase;
	uint32_t stride; /* of doorbells, bytes */
	uint32_t entries; /* that an I/O queue may have */
	uint16_t cid;
};

/*
 * Reset the controller and bring it up with an admin queue.  -ENODEV: BAR 0 is
 * not that of an NVMe controller; -ETIMEDOUT; -EIO: it reports a fatal status;
 * -ENOTSUP: no 4 KiB pages, or no NVM command set.
 */
int nvme_admin_open(struct nvme_admin *a);

/*
 * Ask for `pairs` I/O queue pairs and create them, at the addresses of the
 * queues' own entries: pair i has identifier and interrupt vector
 * i + 1.
 * -ENOSPC: the controller has fewer; -EIO: a command failed.
 */
int nvme_admin_queues(struct nvme_admin *a, struct pb_device_queue *q, uint32_t pairs);

/*
 * The first of the controller's namespaces, to *nsid.  Is it one with blocks of 512
 * bytes and `blocks` of them?  -ENODEV: not, or there is none.
 */
int nvme_admin_namespace(struct nvme_admin *a, uint64_t blocks, uint32_t *nsid);

/*
 * Interrupt Coalescing (5.27.1.6): one interrupt for `completions` (2 to 256) of them,
 * or `us` (a multiple of 100, up to 25500) after the first.  -EIO: it failed.
 */
int nvme_admin_coalesce(struct nvme_admin *a, uint32_t completions, uint32_t us);

/* Disable the controller; it forgets its queues. Legal at any time. */
void nvme_admin_close(struct nvme_admin *a);

#endif
