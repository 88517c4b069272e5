/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * virtio_queue.h - one virtqueue, seen from the device: virtio 1.2, section 2.6
 * (common), 2.7 (split), 2.8 (packed).  The two formats are kinds behind one
 * ops table; a queue that is not enabled is of the null kind, which is empty.
 *
 * Everything in the rings is the driver's word.  What breaks a rule makes the
 * queue broken: it moves no further, and the device asks for a reset.
 */
#ifndef LAB_VIRTIO_QUEUE_H
#define LAB_VIRTIO_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VIRTIO_QUEUE_SIZE 256u /* the most entries a queue has */

struct virtio_device;
struct virtqueue;

/* A buffer: device-readable elements first (2.6.4.2), then device-writable ones. */
struct virtio_buffer {
	uint16_t id; /* head (split) or buffer ID (packed) */
	uint16_t slots; /* ring entries that it takes */
	uint16_t out, in; /* elements */
	uint64_t out_len, in_len; /* bytes */
	struct {
		uint64_t addr;
		uint32_t len;
	} seg[VIRTIO_QUEUE_SIZE]; /* `out` of them, then `in` */
};

/*
 * One format.  -EPROTO: the driver broke a rule; -EFAULT, -EPERM: a ring cannot
 * be reached (pci_function_dma_read()).
 */
struct virtqueue_ops {
	const char *name;
	/* Are size and addresses those of such a queue? 0 or -EINVAL. */
	int (*valid)(const struct virtqueue *q);
	/* The next available buffer. 1: *b is it, 0: none, or as above. */
	int (*pop)(struct virtqueue *q, struct virtio_buffer *b);
	/* Take the newest pop() back, as if it had not been. */
	void (*unpop)(struct virtqueue *q, const struct virtio_buffer *b);
	/* Give it back as used, with so many bytes written. 0, or as above. */
	int (*push)(struct virtqueue *q, const struct virtio_buffer *b, uint32_t written);
	/*
	 * Does the driver want to be told of what was used since the last call
	 * (2.7.7, 2.8.10)?  1, 0, or as above.
	 */
	int (*wants_interrupt)(struct virtqueue *q);
	/* Ask to be notified of the next buffer (2.7.10, 2.8.10). 0, or as above. */
	int (*ask_notify)(struct virtqueue *q);
};
extern const struct virtqueue_ops virtqueue_null;
extern const struct virtqueue_ops virtqueue_split;
extern const struct virtqueue_ops virtqueue_packed;

/* Since the device was built; only virtio_queue_count_clear() clears them. */
struct virtqueue_counts {
	uint32_t notified; /* by the driver */
	uint32_t ignored; /* of these, ignored on purpose */
	uint32_t used; /* buffers given back */
	uint32_t interrupts; /* messages sent, masked ones too */
	uint32_t suppressed; /* the driver wanted none */
	uint32_t dropped; /* messages dropped on purpose */
	uint32_t unvectored; /* the driver wants one and gave no vector */
	uint32_t errors; /* rules broken, rings out of reach */
};

struct virtqueue {
	struct virtio_device *dev;
	const struct virtqueue_ops *ops;
	uint16_t index;
	/* As the driver set them up. */
	uint16_t size;
	uint16_t vector; /* of MSI-X, VIRTIO_MSI_NO_VECTOR: none */
	bool enabled;
	uint64_t desc, driver, device; /* the three areas (2.6) */
	/* Where the device is. */
	bool broken;
	bool kicked; /* notified, and not yet served */
	union {
		struct {
			uint16_t avail; /* next of the available ring, free running */
			uint16_t used; /* next of the used ring, free running */
			uint16_t told; /* `used` at the last wants_interrupt() */
		} split;
		struct {
			uint16_t avail, used; /* next slot */
			bool avail_wrap, used_wrap; /* wrap counters (2.8.1) */
			uint32_t fresh; /* slots used since the last wants_interrupt() */
		} packed;
	};
	uint32_t silent; /* used since the driver was last told */
	struct virtqueue_counts count;
};

/* Forget all but device, index and counters; the size is the largest one. */
void virtio_queue_reset(struct virtqueue *q);

/*
 * The driver sets queue_enable.  From now on it is of the kind that was
 * negotiated.  0; -EINVAL: size or addresses are not possible, and the queue
 * stays disabled.
 */
int virtio_queue_enable(struct virtqueue *q, bool packed);

/*
 * The next available buffer.  false: there is none, or the queue is broken, or
 * has just become so.
 */
bool virtio_queue_pop(struct virtqueue *q, struct virtio_buffer *b);
void virtio_queue_unpop(struct virtqueue *q, const struct virtio_buffer *b);
void virtio_queue_push(struct virtqueue *q, const struct virtio_buffer *b, uint32_t written);

/* After a batch of pushes: an interrupt, if the driver wants one. */
void virtio_queue_signal(struct virtqueue *q);

/* All that was there was taken: ask for the next notification. */
void virtio_queue_ask_notify(struct virtqueue *q);

/*
 * Copy out of the device-readable part, or into the device-writable part, from
 * byte `at` on.  What was copied: less than `len` where that part ends.
 * -EFAULT, -EPERM: memory cannot be reached.
 */
long virtio_buffer_read(struct virtqueue *q, const struct virtio_buffer *b, uint64_t at, void *to,
			size_t len);
long virtio_buffer_write(struct virtqueue *q, const struct virtio_buffer *b, uint64_t at,
			 const void *from, size_t len);

/* --- for the formats ---------------------------------------------------------- */

/* Memory of the rings. 0, or -EFAULT, -EPERM. */
int virtio_queue_read(struct virtqueue *q, uint64_t iova, void *buf, size_t len);
int virtio_queue_write(struct virtqueue *q, uint64_t iova, const void *buf, size_t len);

/* Empty it, then add one element after the other. 0 or -EPROTO. */
void virtio_buffer_clear(struct virtio_buffer *b);
int virtio_buffer_add(struct virtio_buffer *b, const struct virtqueue *q, uint64_t addr,
		      uint32_t len, bool write);

/* Were these negotiated? */
bool virtio_queue_has_event_idx(const struct virtqueue *q);
bool virtio_queue_has_indirect(const struct virtqueue *q);

#endif
