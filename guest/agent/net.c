// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * net.c - the smallest receiver of frames that there can be.  The source has made
 * all buffers available; the ISR counts those that came back and gives them to
 * the device again.  It never looks at a used ring but in its ISR, or in the poll
 * loop that its ISR started (poll.c): where an interrupt is lost, frames lie unread
 * until the next one.
 */
#include "guest/agent/agent_code.h"
#include "guest/agent/net.h"

/* Available buffer notification: virtio 1.2, 4.1.5.2. */
static void notify(const struct pb_device_queue *q, uint32_t queue)
{
	__atomic_store_n((uint16_t *)q->submission_doorbell, (uint16_t)(2 * queue),
			 __ATOMIC_RELEASE);
}

static const struct net_used *used_of(const struct pb_device *d, uint32_t queue)
{
	return (const struct net_used *)d->queue[queue].completion;
}

static struct net_avail *avail_of(const struct pb_device *d, uint32_t queue)
{
	return (struct net_avail *)(d->queue[queue].submission + NET_AVAIL);
}

bool agent_net_waiting(const struct pb_device *d, uint32_t queue)
{
	return __atomic_load_n(&used_of(d, queue)->idx, __ATOMIC_ACQUIRE) !=
	       (uint16_t)agent_state(d, queue)->head;
}

uint32_t agent_net_take(const struct pb_device *d, uint32_t queue, uint32_t budget)
{
	const struct net_used *used = used_of(d, queue);
	struct pb_device_state *s = agent_state(d, queue);
	struct net_avail *avail = avail_of(d, queue);
	uint16_t end = __atomic_load_n(&used->idx, __ATOMIC_ACQUIRE), at = (uint16_t)s->head;
	uint32_t taken = 0;

	for (; at != end && taken < budget; at++, taken++) {
		uint32_t id = used->ring[at % NET_ENTRIES].id;

		s->failed += id >= NET_ENTRIES || used->ring[at % NET_ENTRIES].len <= NET_HEADER;
		/* All are out at first: the one that comes back takes the place of its use. */
		avail->ring[at % NET_ENTRIES] = (uint16_t)id;
	}
	if (!taken)
		return 0;
	s->completed += taken;
	s->head = at;
	__atomic_store_n(&avail->idx, (uint16_t)(at + NET_ENTRIES), __ATOMIC_RELEASE);
	notify(&d->queue[queue], queue);
	return taken;
}

void agent_net_interrupts(const struct pb_device *d, uint32_t queue, bool on)
{
	__atomic_store_n(&avail_of(d, queue)->flags, on ? 0 : NET_AVAIL_NO_INTERRUPT,
			 __ATOMIC_RELEASE);
}

/* What lies in the used ring, not seen yet. */
void agent_net_abort(const struct pb_device *d, uint32_t queue)
{
	struct pb_device_state *s = agent_state(d, queue);
	uint16_t end = __atomic_load_n(&used_of(d, queue)->idx, __ATOMIC_ACQUIRE);

	s->aborted += (uint16_t)(end - (uint16_t)s->head);
	s->head = 0;
}

void agent_net_start(const struct pb_device *d)
{
	for (uint32_t i = 0; i < d->queues; i++) {
		notify(&d->queue[i], i);
		/* After a reset the wire did not wait: the interrupts of these found no driver. */
		agent_net_take(d, i, UINT32_MAX);
	}
}
