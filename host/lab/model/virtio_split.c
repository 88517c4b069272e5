// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Split virtqueues: virtio 1.2, 2.7.  `desc` is the descriptor table, `driver`
 * the available ring, `device` the used ring.
 */
#include <errno.h>
#include <linux/virtio_ring.h>
#include <stddef.h>

#include "host/lab/model/virtio_queue.h"

#define DESC_SIZE sizeof(struct vring_desc)
_Static_assert(sizeof(struct vring_desc) == 16, "2.7.5");
_Static_assert(sizeof(struct vring_used_elem) == 8, "2.7.8");

/* `used_event` is behind the available ring, `avail_event` behind the used ring. */
static uint64_t avail_at(const struct virtqueue *q, uint16_t i)
{
	return q->driver + offsetof(struct vring_avail, ring) + 2ull * i;
}

static uint64_t used_at(const struct virtqueue *q, uint16_t i)
{
	return q->device + offsetof(struct vring_used, ring) + 8ull * i;
}

static bool fits(uint64_t at, uint64_t size)
{
	return at <= UINT64_MAX - size;
}

/* A power of 2 (2.7), and aligned (2.7, table). */
static int split_valid(const struct virtqueue *q)
{
	uint64_t n = q->size;

	if (!n || n > VIRTIO_QUEUE_SIZE || n & (n - 1))
		return -EINVAL;
	if (q->desc % 16 || q->driver % 2 || q->device % 4)
		return -EINVAL;
	return fits(q->desc, n * DESC_SIZE) && fits(q->driver, 6 + 2 * n) &&
			       fits(q->device, 6 + 8 * n)
		       ? 0
		       : -EINVAL;
}

/* A table of descriptors: the queue's, or an indirect one. */
struct table {
	uint64_t at;
	uint32_t entries;
	bool indirect;
};

/* The whole of it is in one element (2.7.5.3); it does not nest. */
static int indirect_enter(struct virtqueue *q, struct table *t, const struct vring_desc *d)
{
	if (!virtio_queue_has_indirect(q) || t->indirect || d->flags & VRING_DESC_F_NEXT)
		return -EPROTO;
	if (!d->len || d->len % DESC_SIZE || !fits(d->addr, d->len))
		return -EPROTO;
	*t = (struct table){d->addr, d->len / DESC_SIZE, true};
	return 0;
}

/* virtio_buffer_add() ends loops: no chain is longer than the queue. */
static int walk(struct virtqueue *q, uint16_t head, struct virtio_buffer *b)
{
	struct table t = {q->desc, q->size, false};
	struct vring_desc d;
	uint32_t i = head;
	int rc;

	for (;;) {
		if (i >= t.entries)
			return -EPROTO;
		rc = virtio_queue_read(q, t.at + i * DESC_SIZE, &d, sizeof(d));
		if (rc)
			return rc;
		if (d.flags & VRING_DESC_F_INDIRECT) {
			rc = indirect_enter(q, &t, &d);
			i = 0;
			if (rc)
				return rc;
			continue;
		}
		rc = virtio_buffer_add(b, q, d.addr, d.len, d.flags & VRING_DESC_F_WRITE);
		if (rc || !(d.flags & VRING_DESC_F_NEXT))
			return rc;
		i = d.next;
	}
}

static int split_pop(struct virtqueue *q, struct virtio_buffer *b)
{
	uint16_t idx, head;
	int rc;

	rc = virtio_queue_read(q, q->driver + offsetof(struct vring_avail, idx), &idx, sizeof(idx));
	if (rc || idx == q->split.avail)
		return rc;
	if ((uint16_t)(idx - q->split.avail) > q->size)
		return -EPROTO;
	rc = virtio_queue_read(q, avail_at(q, q->split.avail % q->size), &head, sizeof(head));
	if (rc)
		return rc;
	virtio_buffer_clear(b);
	b->id = head;
	b->slots = 1;
	rc = walk(q, head, b);
	if (rc)
		return rc;
	q->split.avail++;
	return 1;
}

static void split_unpop(struct virtqueue *q, const struct virtio_buffer *b)
{
	(void)b;
	q->split.avail--;
}

/* The element first, then the index that says that it is there (2.7.8.2). */
static int split_push(struct virtqueue *q, const struct virtio_buffer *b, uint32_t written)
{
	struct vring_used_elem e = {.id = b->id, .len = written};
	uint16_t next = q->split.used + 1;
	int rc;

	rc = virtio_queue_write(q, used_at(q, q->split.used % q->size), &e, sizeof(e));
	if (!rc)
		rc = virtio_queue_write(q, q->device + offsetof(struct vring_used, idx), &next,
					sizeof(next));
	if (!rc)
		q->split.used = next;
	return rc;
}

static int split_wants_interrupt(struct virtqueue *q)
{
	uint16_t old = q->split.told, event;
	int rc;

	q->split.told = q->split.used;
	if (!virtio_queue_has_event_idx(q)) {
		rc = virtio_queue_read(q, q->driver + offsetof(struct vring_avail, flags), &event,
				       sizeof(event));
		return rc ? rc : !(event & VRING_AVAIL_F_NO_INTERRUPT);
	}
	rc = virtio_queue_read(q, avail_at(q, q->size), &event, sizeof(event));
	return rc ? rc : vring_need_event(event, q->split.used, old);
}

/* Without event index, `flags` is 0 from the beginning and stays so. */
static int split_ask_notify(struct virtqueue *q)
{
	if (!virtio_queue_has_event_idx(q))
		return 0;
	return virtio_queue_write(q, used_at(q, q->size), &q->split.avail, sizeof(q->split.avail));
}

const struct virtqueue_ops virtqueue_split = {
	.name = "split",
	.valid = split_valid,
	.pop = split_pop,
	.unpop = split_unpop,
	.push = split_push,
	.wants_interrupt = split_wants_interrupt,
	.ask_notify = split_ask_notify,
};
