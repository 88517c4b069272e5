/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * net.h - split virtqueues, virtio 1.2, 2.7, as far as the agent and the source
 * need them: how a receive queue lies in the pages of struct pb_device_queue.
 * Freestanding.
 */
#ifndef PB_AGENT_NET_H
#define PB_AGENT_NET_H

#include <stdint.h>

/* Of each queue, and of a receive buffer: header (5.1.6) and frame. */
#define NET_ENTRIES 32u
#define NET_BUFFER  128u
#define NET_HEADER  12u
_Static_assert(NET_ENTRIES *NET_BUFFER <= 4096, "a page of data");

struct net_desc {
	uint64_t addr;
	uint32_t len;
	uint16_t flags, next;
};
#define NET_DESC_NEXT  1u
#define NET_DESC_WRITE 2u /* by the device */

/* A hint that the device honours: 2.7.7, "Used Buffer Notification Suppression". */
#define NET_AVAIL_NO_INTERRUPT 1u

struct net_avail {
	uint16_t flags, idx;
	uint16_t ring[NET_ENTRIES];
};

struct net_used {
	uint16_t flags, idx;
	struct {
		uint32_t id, len;
	} ring[NET_ENTRIES];
};

/* The available ring is behind the descriptors; used rings have a page of their own. */
#define NET_AVAIL    (NET_ENTRIES * sizeof(struct net_desc))
/* Where, in the same pages, the transmit queue of the pair begins. */
#define NET_TRANSMIT 2048u
_Static_assert(NET_AVAIL + sizeof(struct net_avail) <= NET_TRANSMIT, "half a page");
_Static_assert(sizeof(struct net_used) <= NET_TRANSMIT, "half a page");

#endif
