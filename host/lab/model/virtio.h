/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * virtio.h - a virtio 1.2 device: status, features, configuration, queues and
 * interrupts (chapter 2, 3.1).  What kind of device it is, is a struct
 * virtio_kind; how a driver reaches it is virtio_pci.h.
 *
 * It is a modern device in hardware: it insists on VIRTIO_F_VERSION_1 and on
 * VIRTIO_F_ACCESS_PLATFORM, since all it reaches is behind the IOMMU (6.1).
 */
#ifndef LAB_VIRTIO_H
#define LAB_VIRTIO_H

#include <stdbool.h>
#include <stdint.h>

#include "host/lab/model/instrument.h"
#include "host/lab/model/pci.h"
#include "host/lab/model/virtio_queue.h"

#define VIRTIO_QUEUES_MAX 16u

/* All but `name` may be NULL. */
struct virtio_kind {
	const char *name;
	/* Do these go together? Checked when the driver sets FEATURES_OK (2.2.2). */
	bool (*features_ok)(struct virtio_device *d, uint64_t features);
	/* After the device was reset. */
	void (*reset)(struct virtio_device *d);
	/* DRIVER_OK was set, or was lost. */
	void (*live_changed)(struct virtio_device *d);
	/* The driver notified the queue. It is enabled, and the device live. */
	void (*notified)(struct virtqueue *q);
};

struct virtio_device {
	const struct virtio_kind *kind;
	struct pci_function *pci;
	uint64_t offered; /* features */
	uint64_t withheld; /* of these, not offered for the moment */
	const void *config; /* device-specific configuration, little endian */
	uint16_t config_size;
	uint16_t queues;

	/* Registers of the common configuration (4.1.4.3). */
	uint32_t device_feature_select, driver_feature_select;
	uint64_t driver_features;
	uint16_t config_vector;
	uint16_t queue_select;
	uint8_t status;
	uint8_t generation;
	uint8_t isr;
	uint8_t pci_cfg; /* offset of the capability of that name */
	struct virtqueue queue[VIRTIO_QUEUES_MAX];

	struct instrument instrument; /* what its messages leave behind; faults on purpose */
};

/*
 * Set up; `d` is zero but for what is named here: kind, pci, offered, config,
 * config_size, queues (<= VIRTIO_QUEUES_MAX).  0, or what
 * pci_function_add_cap() says.
 */
int virtio_init(struct virtio_device *d);

/* Device reset (2.4). Counters and the instrument stay. */
void virtio_reset(struct virtio_device *d);

/* device_status was written (2.1). */
void virtio_set_status(struct virtio_device *d, uint8_t status);

/* Was the feature negotiated? */
static inline bool virtio_has(const struct virtio_device *d, unsigned int bit)
{
	return d->driver_features >> bit & 1;
}

/* DRIVER_OK, and no reset needed: buffers may be consumed (3.1.1, 2.1.2). */
bool virtio_live(const struct virtio_device *d);

/* It cannot go on: DEVICE_NEEDS_RESET (2.1.2). */
void virtio_need_reset(struct virtio_device *d);

/* The device-specific configuration has changed (2.5, 4.1.5.4). */
void virtio_config_changed(struct virtio_device *d);

/* A used buffer notification (2.9). */
void virtio_queue_interrupt(struct virtqueue *q);

/* The driver notified a queue by its index (4.1.5.2); ignored where it makes no sense. */
void virtio_notify(struct virtio_device *d, uint16_t queue);

/* Registers that a queue has; q is not NULL. */
void virtio_set_queue_enable(struct virtqueue *q, uint16_t value);
void virtio_set_queue_reset(struct virtqueue *q, uint16_t value);

#endif
