/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * virtio_fault.h - something that goes wrong on purpose: the n-th occurrence
 * from now on, and some that follow it.
 */
#ifndef LAB_VIRTIO_FAULT_H
#define LAB_VIRTIO_FAULT_H

#include <stdbool.h>
#include <stdint.h>

#define VIRTIO_FAULT_ANY     0xffffu /* queue: all of them */
#define VIRTIO_FAULT_CONFIG  0xfffeu /* queue: configuration changes */
#define VIRTIO_FAULT_FOREVER 0xffffffffu /* length */

struct virtio_fault {
	uint32_t nth; /* the first occurrence that is hit, from 1; 0: never */
	uint32_t length; /* how many in a row are hit */
	uint16_t queue; /* of which queue, or VIRTIO_FAULT_ */
	uint32_t seen; /* occurrences since it was set */
	uint32_t hits;
};

/* An occurrence on this queue: is it hit? */
static inline bool virtio_fault_hits(struct virtio_fault *f, uint16_t queue)
{
	if (!f->nth || (f->queue != VIRTIO_FAULT_ANY && f->queue != queue))
		return false;
	if (f->seen < UINT32_MAX)
		f->seen++;
	if (f->seen < f->nth ||
	    (f->length != VIRTIO_FAULT_FOREVER && f->seen - f->nth >= f->length))
		return false;
	f->hits++;
	return true;
}

#endif
