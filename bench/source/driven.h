/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * driven.h - what sources have in common whose device the guest drives
 * (guest/agent/device.h).
 */
#ifndef PB_SOURCE_DRIVEN_H
#define PB_SOURCE_DRIVEN_H

#include "source/source.h"

/*
 * Clear the DMA area and the queues, and fill in struct pb_device: its kind is the
 * plan's, its queues have their places and `entries`.  0, or -errno with a line:
 * -EOPNOTSUPP: this VMM lets no guest drive a device, or the device records
 * nothing; -ENOSPC: an area is too small.
 */
int source_driven_open(struct pb_source *src, uint32_t entries);

/* Tell the guest's driver. Legal when there is no device. */
void source_driven_go(struct pb_source *src, enum pb_device_go go);

/*
 * Resets of the function, as the plan has them; call it often.  It is reset whatever
 * it is at; once the guest has seen that, its queues' memory is cleared, and `again`
 * sets it up anew.  1: the device is being reset; 0: it goes; -errno and a line.
 */
int source_driven_resets(struct pb_source *src, int (*again)(struct pb_source *src));

/* pb_source_ops.posted. */
uint64_t source_driven_posted(struct pb_source *src);

/*
 * Fill in what device and guest have counted, but `submitted`, which is of the kind.
 * The guest's word is taken as it is: what cannot be is caught where the run is
 * checked.
 */
void source_driven_account(struct pb_source *src, struct pb_run_account *a);

#endif
