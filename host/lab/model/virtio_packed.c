// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Packed virtqueues: virtio 1.2, 2.8.  `desc` is the descriptor ring, `driver`
 * and `device` are the event suppression structures of either side.
 */
#include <errno.h>
#include <linux/virtio_ring.h>
#include <stddef.h>

#include "host/lab/model/virtio_queue.h"

#define DESC_SIZE sizeof(struct vring_packed_desc)
_Static_assert(sizeof(struct vring_packed_desc) == 16, "2.8.13");
_Static_assert(sizeof(struct vring_packed_desc_event) == 4, "2.8.14");

#define F_AVAIL (1u << VRING_PACKED_DESC_F_AVAIL)
#define F_USED  (1u << VRING_PACKED_DESC_F_USED)
#define F_WRAP  (1u << VRING_PACKED_EVENT_F_WRAP_CTR)

static bool fits(uint64_t at, uint64_t size)
{
	return at <= UINT64_MAX - size;
}

/* Any size (2.8), aligned (2.8, table). */
static int packed_valid(const struct virtqueue *q)
{
	if (!q->size || q->size > VIRTIO_QUEUE_SIZE)
		return -EINVAL;
	if (q->desc % 16 || q->driver % 4 || q->device % 4)
		return -EINVAL;
	return fits(q->desc, q->size * DESC_SIZE) && fits(q->driver, 4) && fits(q->device, 4)
		       ? 0
		       : -EINVAL;
}

static bool available(uint16_t flags, bool wrap)
{
	return !!(flags & F_AVAIL) == wrap && !!(flags & F_USED) != wrap;
}

/* So many slots further on. */
static void step(const struct virtqueue *q, uint16_t *slot, bool *wrap, uint16_t by)
{
	*slot += by;
	if (*slot >= q->size) {
		*slot -= q->size;
		*wrap = !*wrap;
	}
}

static int desc_read(struct virtqueue *q, uint64_t table, uint32_t i, struct vring_packed_desc *d)
{
	return virtio_queue_read(q, table + i * DESC_SIZE, d, sizeof(*d));
}

/* All of its entries, one after the other; only WRITE counts in them (2.8.7). */
static int indirect_walk(struct virtqueue *q, const struct vring_packed_desc *table,
			 struct virtio_buffer *b)
{
	struct vring_packed_desc d;
	int rc = 0;

	if (!virtio_queue_has_indirect(q) || !table->len || table->len % DESC_SIZE ||
	    !fits(table->addr, table->len))
		return -EPROTO;
	for (uint32_t i = 0; !rc && i < table->len / DESC_SIZE; i++) {
		rc = desc_read(q, table->addr, i, &d);
		if (!rc)
			rc = virtio_buffer_add(b, q, d.addr, d.len, d.flags & VRING_DESC_F_WRITE);
	}
	return rc;
}

/* From the first descriptor on; the buffer ID is in the last (2.8.6). */
static int walk(struct virtqueue *q, struct vring_packed_desc *d, struct virtio_buffer *b)
{
	uint16_t slot = q->packed.avail;
	bool wrap = q->packed.avail_wrap;
	int rc;

	for (;;) {
		b->id = d->id;
		if (++b->slots > q->size)
			return -EPROTO;
		if (d->flags & VRING_DESC_F_INDIRECT) {
			/* It is the whole of the buffer (2.8.19). */
			if (d->flags & VRING_DESC_F_NEXT || b->slots > 1)
				return -EPROTO;
			return indirect_walk(q, d, b);
		}
		rc = virtio_buffer_add(b, q, d->addr, d->len, d->flags & VRING_DESC_F_WRITE);
		if (rc || !(d->flags & VRING_DESC_F_NEXT))
			return rc;
		step(q, &slot, &wrap, 1);
		rc = desc_read(q, q->desc, slot, d);
		if (rc)
			return rc;
		/* The first is made available last: the rest must be so already (2.8.21.1). */
		if (!available(d->flags, wrap))
			return -EPROTO;
	}
}

static int packed_pop(struct virtqueue *q, struct virtio_buffer *b)
{
	struct vring_packed_desc d;
	int rc;

	rc = desc_read(q, q->desc, q->packed.avail, &d);
	if (rc || !available(d.flags, q->packed.avail_wrap))
		return rc;
	virtio_buffer_clear(b);
	rc = walk(q, &d, b);
	if (rc)
		return rc;
	step(q, &q->packed.avail, &q->packed.avail_wrap, b->slots);
	return 1;
}

static void packed_unpop(struct virtqueue *q, const struct virtio_buffer *b)
{
	if (q->packed.avail < b->slots) {
		q->packed.avail += q->size;
		q->packed.avail_wrap = !q->packed.avail_wrap;
	}
	q->packed.avail -= b->slots;
}

/*
 * One used descriptor for the buffer; the slots behind it are skipped (2.8.9).
 * The flags, which say that it is there, come last.
 */
static int packed_push(struct virtqueue *q, const struct virtio_buffer *b, uint32_t written)
{
	struct vring_packed_desc d = {
		.len = written,
		.id = b->id,
		.flags = (q->packed.used_wrap ? F_AVAIL | F_USED : 0) |
			 (b->in ? VRING_DESC_F_WRITE : 0),
	};
	uint64_t at = q->desc + q->packed.used * DESC_SIZE;
	const size_t body = offsetof(struct vring_packed_desc, len);
	const size_t flags = offsetof(struct vring_packed_desc, flags);
	int rc;

	rc = virtio_queue_write(q, at + body, &d.len, flags - body);
	if (!rc)
		rc = virtio_queue_write(q, at + flags, &d.flags, sizeof(d.flags));
	if (rc)
		return rc;
	step(q, &q->packed.used, &q->packed.used_wrap, b->slots);
	q->packed.fresh += b->slots;
	return 0;
}

/* Is this slot and wrap counter among the newest `fresh` slots that were used? */
static bool among_fresh(const struct virtqueue *q, uint16_t off_wrap, uint32_t fresh)
{
	int32_t event = off_wrap & (F_WRAP - 1);
	int32_t end = q->packed.used;

	if (event >= q->size)
		return false;
	if (!!(off_wrap & F_WRAP) != q->packed.used_wrap)
		event -= q->size;
	return event < end && event >= end - (int32_t)fresh;
}

static int packed_wants_interrupt(struct virtqueue *q)
{
	struct vring_packed_desc_event e;
	uint32_t fresh = q->packed.fresh;
	int rc;

	q->packed.fresh = 0;
	rc = virtio_queue_read(q, q->driver, &e, sizeof(e));
	if (rc)
		return rc;
	switch (e.flags & 3) {
	case VRING_PACKED_EVENT_FLAG_DISABLE:
		return 0;
	case VRING_PACKED_EVENT_FLAG_DESC:
		return !virtio_queue_has_event_idx(q) || among_fresh(q, e.off_wrap, fresh);
	default:
		return 1;
	}
}

/* Position first: the flags make it count. Without event index all are wanted: 0. */
static int packed_ask_notify(struct virtqueue *q)
{
	struct vring_packed_desc_event e = {
		.off_wrap = q->packed.avail | (q->packed.avail_wrap ? F_WRAP : 0),
		.flags = VRING_PACKED_EVENT_FLAG_DESC,
	};

	if (!virtio_queue_has_event_idx(q))
		return 0;
	return virtio_queue_write(q, q->device, &e, sizeof(e));
}

const struct virtqueue_ops virtqueue_packed = {
	.name = "packed",
	.valid = packed_valid,
	.pop = packed_pop,
	.unpop = packed_unpop,
	.push = packed_push,
	.wants_interrupt = packed_wants_interrupt,
	.ask_notify = packed_ask_notify,
};
