/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * nic_virtio.h - a virtio network device brought up from outside the guest:
 * virtio 1.2, 3.1.1 and 5.1.5.  Split queues, no event index, no offloads; one
 * pair of queues for each vector, and a control queue where there is more than
 * one.
 *
 * Every function that returns int returns 0 or -errno and then leaves a line.
 */
#ifndef PB_SOURCE_NIC_VIRTIO_H
#define PB_SOURCE_NIC_VIRTIO_H

#include <stddef.h>
#include <stdint.h>

#include "guest/agent/net.h"
#include "util/clock.h"
#include "vmm/vmm.h"

struct nic_virtio {
	struct pb_function *fn;
	struct pb_clock *clock;
	char *error; /* where lines go */
	size_t size;
};

/*
 * Reset the device and bring it up with `pairs` queue pairs in the pages of
 * `q`: all buffers of receive queue i are available, and its used ones interrupt
 * on MSI-X vector i + 1; transmit queues interrupt nobody.  Fills in the
 * doorbells.  -ENODEV: BAR 0 is not that of such a device; -ENOTSUP: it does not
 * take the features; -ENOSPC: its queues are fewer, or smaller; -EIO: it has no
 * such vector, or refused the pairs; -ETIMEDOUT.
 */
int nic_virtio_open(struct nic_virtio *v, struct pb_device_queue *q, uint32_t pairs);

/* Reset the device; it forgets its queues. Legal at any time. */
void nic_virtio_close(struct nic_virtio *v);

#endif
