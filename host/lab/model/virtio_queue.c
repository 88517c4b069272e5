// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What split and packed virtqueues have in common: virtio 1.2, 2.6.
 */
#include "host/lab/model/virtio_queue.h"

#include <errno.h>
#include <linux/virtio_config.h>
#include <linux/virtio_pci.h>
#include <linux/virtio_ring.h>
#include <string.h>

#include "host/lab/model/pci.h"
#include "host/lab/model/virtio.h"

/* --- the null kind -------------------------------------------------------------- */

static int null_valid(const struct virtqueue *q)
{
	(void)q;
	return 0;
}

static int null_pop(struct virtqueue *q, struct virtio_buffer *b)
{
	(void)q;
	(void)b;
	return 0;
}

static void null_unpop(struct virtqueue *q, const struct virtio_buffer *b)
{
	(void)q;
	(void)b;
}

static int null_push(struct virtqueue *q, const struct virtio_buffer *b, uint32_t written)
{
	(void)q;
	(void)b;
	(void)written;
	return 0;
}

static int null_nothing(struct virtqueue *q)
{
	(void)q;
	return 0;
}

const struct virtqueue_ops virtqueue_null = {
	.name = "null",
	.valid = null_valid,
	.pop = null_pop,
	.unpop = null_unpop,
	.push = null_push,
	.wants_interrupt = null_nothing,
	.ask_notify = null_nothing,
};

/* --- life ------------------------------------------------------------------------ */

void virtio_queue_reset(struct virtqueue *q)
{
	*q = (struct virtqueue){
		.dev = q->dev,
		.ops = &virtqueue_null,
		.index = q->index,
		.size = VIRTIO_QUEUE_SIZE,
		.vector = VIRTIO_MSI_NO_VECTOR,
		.count = q->count,
	};
}

int virtio_queue_enable(struct virtqueue *q, bool packed)
{
	const struct virtqueue_ops *ops = packed ? &virtqueue_packed : &virtqueue_split;
	int rc;

	if (q->enabled)
		return 0;
	rc = ops->valid(q);
	if (rc)
		return rc;
	q->ops = ops;
	q->enabled = true;
	q->packed.avail_wrap = q->packed.used_wrap = packed; /* 1 at first (2.8.1) */
	return 0;
}

static void broke(struct virtqueue *q)
{
	q->count.errors++;
	q->broken = true;
	virtio_need_reset(q->dev);
}

/* --- buffers ---------------------------------------------------------------------- */

bool virtio_queue_pop(struct virtqueue *q, struct virtio_buffer *b)
{
	int rc = q->broken ? 0 : q->ops->pop(q, b);

	if (rc < 0)
		broke(q);
	return rc > 0;
}

void virtio_queue_unpop(struct virtqueue *q, const struct virtio_buffer *b)
{
	q->ops->unpop(q, b);
}

void virtio_queue_push(struct virtqueue *q, const struct virtio_buffer *b, uint32_t written)
{
	if (q->broken)
		return;
	if (q->ops->push(q, b, written)) {
		broke(q);
		return;
	}
	q->count.used++;
	q->silent++;
	q->dev->instrument.completed++;
}

void virtio_queue_signal(struct virtqueue *q)
{
	int rc = q->broken || !q->enabled ? 0 : q->ops->wants_interrupt(q);

	if (rc < 0)
		broke(q);
	else if (rc)
		virtio_queue_interrupt(q);
	else
		q->count.suppressed++;
	/* One message is for all that came since the last one. */
	q->dev->instrument.held += q->silent - (rc > 0 && q->silent);
	q->silent = 0;
}

void virtio_queue_ask_notify(struct virtqueue *q)
{
	if (!q->broken && q->ops->ask_notify(q))
		broke(q);
}

void virtio_buffer_clear(struct virtio_buffer *b)
{
	b->id = b->slots = 0;
	b->out = b->in = 0;
	b->out_len = b->in_len = 0;
}

int virtio_buffer_add(struct virtio_buffer *b, const struct virtqueue *q, uint64_t addr,
		      uint32_t len, bool write)
{
	unsigned int nr = b->out + b->in;

	/* No longer than the queue (2.7.5.3.1, 2.8.5); readable before writable (2.6.4.2). */
	if (nr >= q->size || nr >= VIRTIO_QUEUE_SIZE || (b->in && !write))
		return -EPROTO;
	if (len && addr > UINT64_MAX - (len - 1))
		return -EPROTO;
	b->seg[nr].addr = addr;
	b->seg[nr].len = len;
	if (write) {
		b->in++;
		b->in_len += len;
	} else {
		b->out++;
		b->out_len += len;
	}
	return 0;
}

/* Both directions; of `to` and `from` one is NULL. */
static long copy(struct virtqueue *q, const struct virtio_buffer *b, uint64_t at, uint8_t *to,
		 const uint8_t *from, size_t len)
{
	unsigned int first = from ? b->out : 0, last = from ? b->out + b->in : b->out;
	size_t done = 0;

	for (unsigned int i = first; i < last && done < len; i++) {
		uint64_t iova = b->seg[i].addr + at;
		size_t n;
		int rc;

		if (at >= b->seg[i].len) {
			at -= b->seg[i].len;
			continue;
		}
		n = b->seg[i].len - at;
		n = n < len - done ? n : len - done;
		rc = from ? virtio_queue_write(q, iova, from + done, n)
			  : virtio_queue_read(q, iova, to + done, n);
		if (rc)
			return rc;
		done += n;
		at = 0;
	}
	return (long)done;
}

long virtio_buffer_read(struct virtqueue *q, const struct virtio_buffer *b, uint64_t at, void *to,
			size_t len)
{
	return copy(q, b, at, to, NULL, len);
}

long virtio_buffer_write(struct virtqueue *q, const struct virtio_buffer *b, uint64_t at,
			 const void *from, size_t len)
{
	return copy(q, b, at, NULL, from, len);
}

/* --- for the formats ---------------------------------------------------------------- */

int virtio_queue_read(struct virtqueue *q, uint64_t iova, void *buf, size_t len)
{
	return pci_function_dma_read(q->dev->pci, iova, buf, len);
}

int virtio_queue_write(struct virtqueue *q, uint64_t iova, const void *buf, size_t len)
{
	return pci_function_dma_write(q->dev->pci, iova, buf, len);
}

bool virtio_queue_has_event_idx(const struct virtqueue *q)
{
	return virtio_has(q->dev, VIRTIO_RING_F_EVENT_IDX);
}

bool virtio_queue_has_indirect(const struct virtqueue *q)
{
	return virtio_has(q->dev, VIRTIO_RING_F_INDIRECT_DESC);
}
