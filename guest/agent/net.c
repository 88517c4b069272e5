// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * net.c - the smallest receiver of frames that there can be.  The source has made
 * all buffers available; the ISR counts those that came back and gives them to
 * the device again.  It never looks at a used ring but in its ISR: where an
 * interrupt is lost, frames lie unread until the next one.
 */
#include "guest/agent/agent_code.h"
#include "guest/agent/net.h"

/* Available buffer notification: virtio 1.2, 4.1.5.2. */
static void notify(const struct pb_device_queue *q, uint32_t queue)
{
	__atomic_store_n((uint16_t *)q->submission_doorbell, (uint16_t)(2 * queue),
			 __ATOMIC_RELEASE);
}

void agent_net_start(const struct pb_device *d)
{
	for (uint32_t i = 0; i < d->queues; i++)
		notify(&d->queue[i], i);
}

void agent_net_interrupt(const struct pb_device *d, uint32_t queue)
{
	struct pb_device_state *s = (struct pb_device_state *)d->state + queue;
	const struct pb_device_queue *q = &d->queue[queue];
	const struct net_used *used = (const struct net_used *)q->completion;
	struct net_avail *avail = (struct net_avail *)(q->submission + NET_AVAIL);
	uint16_t end = __atomic_load_n(&used->idx, __ATOMIC_ACQUIRE), at = (uint16_t)s->head;

	if (at == end)
		return;
	for (; at != end; at++) {
		uint32_t id = used->ring[at % NET_ENTRIES].id;

		s->failed += id >= NET_ENTRIES || used->ring[at % NET_ENTRIES].len <= NET_HEADER;
		/* All are out at first: the one that comes back takes the place of its use. */
		avail->ring[at % NET_ENTRIES] = (uint16_t)id;
		s->completed++;
	}
	s->head = at;
	__atomic_store_n(&avail->idx, (uint16_t)(at + NET_ENTRIES), __ATOMIC_RELEASE);
	notify(q, queue);
}
