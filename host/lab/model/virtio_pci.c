// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/lab/model/virtio_pci.h"

#include <linux/virtio_config.h>
#include <linux/virtio_pci.h>
#include <stddef.h>
#include <string.h>

#define CAP_ID_VENDOR 0x09

/* 4.1.4.3, to its end in virtio 1.2. */
struct common {
	struct virtio_pci_common_cfg cfg;
	uint16_t queue_notify_data;
	uint16_t queue_reset;
};
_Static_assert(sizeof(struct common) == 60, "4.1.4.3");

/* --- capabilities --------------------------------------------------------------------- */

static int cap_add(struct virtio_device *d, uint8_t type, uint32_t offset, uint32_t length)
{
	struct virtio_pci_notify_cap cap = {
		.cap =
			{
				.cap_vndr = CAP_ID_VENDOR,
				.cap_len = sizeof(cap.cap),
				.cfg_type = type,
				.bar = VIRTIO_BAR,
				.offset = offset,
				.length = length,
			},
		.notify_off_multiplier = 4,
	};

	if (type == VIRTIO_PCI_CAP_NOTIFY_CFG)
		cap.cap.cap_len = sizeof(cap);
	return pci_function_add_cap(d->pci, &cap, NULL, cap.cap.cap_len);
}

/* Which BAR, where, how much, and the data are the driver's to write. */
static int window_add(struct virtio_device *d)
{
	struct virtio_pci_cfg_cap cap = {
		.cap =
			{
				.cap_vndr = CAP_ID_VENDOR,
				.cap_len = sizeof(cap),
				.cfg_type = VIRTIO_PCI_CAP_PCI_CFG,
			},
	};
	struct virtio_pci_cfg_cap writable = {
		.cap = {.bar = 0xff, .offset = ~0u, .length = ~0u},
		.pci_cfg_data = {0xff, 0xff, 0xff, 0xff},
	};

	return pci_function_add_cap(d->pci, &cap, &writable, sizeof(cap));
}

int virtio_pci_caps(struct virtio_device *d)
{
	int rc;

	rc = cap_add(d, VIRTIO_PCI_CAP_COMMON_CFG, VIRTIO_BAR_COMMON, sizeof(struct common));
	if (rc >= 0)
		rc = cap_add(d, VIRTIO_PCI_CAP_ISR_CFG, VIRTIO_BAR_ISR, 1);
	if (rc >= 0)
		rc = cap_add(d, VIRTIO_PCI_CAP_DEVICE_CFG, VIRTIO_BAR_DEVICE, d->config_size);
	if (rc >= 0)
		rc = cap_add(d, VIRTIO_PCI_CAP_NOTIFY_CFG, VIRTIO_BAR_NOTIFY, d->queues * 4u);
	if (rc >= 0)
		rc = window_add(d);
	if (rc < 0)
		return rc;
	d->pci_cfg = rc;
	return 0;
}

/* --- reading ---------------------------------------------------------------------------- */

static void common_queue(const struct virtio_device *d, struct common *c)
{
	const struct virtqueue *q;

	c->cfg.queue_msix_vector = VIRTIO_MSI_NO_VECTOR;
	if (d->queue_select >= d->queues)
		return; /* a size of 0: there is no such queue */
	q = &d->queue[d->queue_select];
	c->cfg.queue_size = q->size;
	c->cfg.queue_msix_vector = q->vector;
	c->cfg.queue_enable = q->enabled;
	c->cfg.queue_notify_off = q->index;
	c->cfg.queue_desc_lo = (uint32_t)q->desc;
	c->cfg.queue_desc_hi = q->desc >> 32;
	c->cfg.queue_avail_lo = (uint32_t)q->driver;
	c->cfg.queue_avail_hi = q->driver >> 32;
	c->cfg.queue_used_lo = (uint32_t)q->device;
	c->cfg.queue_used_hi = q->device >> 32;
	c->queue_notify_data = q->index;
}

static uint32_t feature_word(uint64_t features, uint32_t select)
{
	return select < 2 ? (uint32_t)(features >> 32 * select) : 0;
}

static void common_fill(const struct virtio_device *d, struct common *c)
{
	*c = (struct common){
		.cfg =
			{
				.device_feature_select = d->device_feature_select,
				.device_feature = feature_word(d->offered & ~d->withheld,
							       d->device_feature_select),
				.guest_feature_select = d->driver_feature_select,
				.guest_feature =
					feature_word(d->driver_features, d->driver_feature_select),
				.msix_config = d->config_vector,
				.num_queues = d->queues,
				.device_status = d->status,
				.config_generation = d->generation,
				.queue_select = d->queue_select,
			},
	};
	common_queue(d, c);
}

/* Bytes of a structure that is `size` long; behind its end there is nothing. */
static uint32_t bytes(const void *from, uint32_t size, uint32_t at, unsigned int len)
{
	uint32_t v = 0;

	if (at < size)
		memcpy(&v, (const uint8_t *)from + at, len < size - at ? len : size - at);
	return v;
}

static uint32_t isr_read(struct virtio_device *d)
{
	uint8_t isr = d->isr;

	d->isr = 0; /* 4.1.4.5.1 */
	return isr;
}

uint32_t virtio_pci_read(struct virtio_device *d, uint32_t offset, unsigned int len)
{
	struct common c;

	if (offset == VIRTIO_BAR_ISR)
		return isr_read(d);
	if (offset >= VIRTIO_BAR_DEVICE)
		return bytes(d->config, d->config_size, offset - VIRTIO_BAR_DEVICE, len);
	common_fill(d, &c);
	return bytes(&c, sizeof(c), offset, len);
}

/* --- writing ---------------------------------------------------------------------------- */

static void low(uint64_t *v, uint32_t to)
{
	*v = (*v & ~0xffffffffull) | to;
}

static void high(uint64_t *v, uint32_t to)
{
	*v = (*v & 0xffffffff) | (uint64_t)to << 32;
}

static void set_driver_feature(struct virtio_device *d, uint32_t value)
{
	if (d->status & VIRTIO_CONFIG_S_FEATURES_OK)
		return; /* they are settled (3.1.1) */
	if (d->driver_feature_select == 0)
		low(&d->driver_features, value);
	else if (d->driver_feature_select == 1)
		high(&d->driver_features, value);
}

/* One that does not exist is read back as none (4.1.5.1.2.1). */
static uint16_t vector(const struct virtio_device *d, uint32_t value)
{
	return value < d->pci->desc->msix_vectors ? value : VIRTIO_MSI_NO_VECTOR;
}

static void write32(struct virtio_device *d, struct virtqueue *q, uint32_t offset, uint32_t value)
{
	bool set_up = q && !q->enabled; /* then these can no longer be changed (4.1.5.1.3) */

	switch (offset) {
	case VIRTIO_PCI_COMMON_DFSELECT:
		d->device_feature_select = value;
		break;
	case VIRTIO_PCI_COMMON_GFSELECT:
		d->driver_feature_select = value;
		break;
	case VIRTIO_PCI_COMMON_GF:
		set_driver_feature(d, value);
		break;
	case VIRTIO_PCI_COMMON_Q_DESCLO:
	case VIRTIO_PCI_COMMON_Q_AVAILLO:
	case VIRTIO_PCI_COMMON_Q_USEDLO:
		if (set_up)
			low(offset == VIRTIO_PCI_COMMON_Q_DESCLO    ? &q->desc
			    : offset == VIRTIO_PCI_COMMON_Q_AVAILLO ? &q->driver
								    : &q->device,
			    value);
		break;
	case VIRTIO_PCI_COMMON_Q_DESCHI:
	case VIRTIO_PCI_COMMON_Q_AVAILHI:
	case VIRTIO_PCI_COMMON_Q_USEDHI:
		if (set_up)
			high(offset == VIRTIO_PCI_COMMON_Q_DESCHI    ? &q->desc
			     : offset == VIRTIO_PCI_COMMON_Q_AVAILHI ? &q->driver
								     : &q->device,
			     value);
		break;
	default:
		break;
	}
}

static void write16(struct virtio_device *d, struct virtqueue *q, uint32_t offset, uint32_t value)
{
	switch (offset) {
	case VIRTIO_PCI_COMMON_MSIX:
		d->config_vector = vector(d, value);
		break;
	case VIRTIO_PCI_COMMON_Q_SELECT:
		d->queue_select = value;
		break;
	case VIRTIO_PCI_COMMON_Q_SIZE:
		if (q && !q->enabled)
			q->size = value;
		break;
	case VIRTIO_PCI_COMMON_Q_MSIX:
		if (q)
			q->vector = vector(d, value);
		break;
	case VIRTIO_PCI_COMMON_Q_ENABLE:
		if (q)
			virtio_set_queue_enable(q, value);
		break;
	case VIRTIO_PCI_COMMON_Q_RESET:
		if (q)
			virtio_set_queue_reset(q, value);
		break;
	default:
		break;
	}
}

/* Of the field's own width (4.1.3.1), or it is nothing. */
static void common_write(struct virtio_device *d, uint32_t offset, uint32_t value, unsigned int len)
{
	struct virtqueue *q = d->queue_select < d->queues ? &d->queue[d->queue_select] : NULL;

	if (len == 4)
		write32(d, q, offset, value);
	else if (len == 2)
		write16(d, q, offset, value);
	else if (offset == VIRTIO_PCI_COMMON_STATUS)
		virtio_set_status(d, value);
}

void virtio_pci_write(struct virtio_device *d, uint32_t offset, uint32_t value, unsigned int len)
{
	if (offset < sizeof(struct common))
		common_write(d, offset, value, len);
	else if (offset >= VIRTIO_BAR_NOTIFY && offset % 4 == 0 && len >= 2)
		virtio_notify(d, (offset - VIRTIO_BAR_NOTIFY) / 4 & 0xffff);
}

/* --- the window in configuration space ---------------------------------------------------- */

static bool overlaps_data(const struct virtio_device *d, unsigned int offset, unsigned int len)
{
	unsigned int at = d->pci_cfg + offsetof(struct virtio_pci_cfg_cap, pci_cfg_data);

	return d->pci_cfg && offset < at + 4 && at < offset + len;
}

/* What the driver asked for: in BAR 0, aligned, of 1, 2 or 4 bytes (4.1.4.9.1). */
static bool window_valid(const struct virtio_pci_cfg_cap *w)
{
	uint32_t len = w->cap.length;

	return w->cap.bar == VIRTIO_BAR && (len == 1 || len == 2 || len == 4) &&
	       w->cap.offset % len == 0 && w->cap.offset < VIRTIO_BAR_SIZE;
}

void virtio_pci_config_reading(struct virtio_device *d, unsigned int offset, unsigned int len)
{
	struct virtio_pci_cfg_cap w;
	uint32_t v;

	if (!overlaps_data(d, offset, len))
		return;
	memcpy(&w, d->pci->config + d->pci_cfg, sizeof(w));
	if (!window_valid(&w))
		return;
	v = virtio_pci_read(d, w.cap.offset, w.cap.length);
	memcpy(d->pci->config + d->pci_cfg + offsetof(struct virtio_pci_cfg_cap, pci_cfg_data), &v,
	       w.cap.length);
}

void virtio_pci_config_written(struct virtio_device *d, unsigned int offset, unsigned int len)
{
	struct virtio_pci_cfg_cap w;
	uint32_t v = 0;

	if (!overlaps_data(d, offset, len))
		return;
	memcpy(&w, d->pci->config + d->pci_cfg, sizeof(w));
	if (!window_valid(&w))
		return;
	memcpy(&v, w.pci_cfg_data, w.cap.length);
	virtio_pci_write(d, w.cap.offset, v, w.cap.length);
}
