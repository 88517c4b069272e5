// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/lab/model/virtio.h"

#include <errno.h>
#include <linux/virtio_config.h>
#include <linux/virtio_pci.h>

#include "host/lab/model/virtio_pci.h"

#define ISR_QUEUE  1u
#define ISR_CONFIG VIRTIO_PCI_ISR_CONFIG

int virtio_init(struct virtio_device *d)
{
	if (d->queues > VIRTIO_QUEUES_MAX)
		return -EINVAL;
	instrument_init(&d->instrument, d->pci);
	for (unsigned int i = 0; i < d->queues; i++) {
		d->queue[i].dev = d;
		d->queue[i].index = i;
	}
	virtio_reset(d);
	return virtio_pci_caps(d);
}

void virtio_reset(struct virtio_device *d)
{
	d->device_feature_select = d->driver_feature_select = 0;
	d->driver_features = 0;
	d->config_vector = VIRTIO_MSI_NO_VECTOR;
	d->queue_select = 0;
	d->status = 0;
	d->isr = 0;
	for (unsigned int i = 0; i < d->queues; i++)
		virtio_queue_reset(&d->queue[i]);
	if (d->kind->reset)
		d->kind->reset(d);
	if (d->kind->live_changed)
		d->kind->live_changed(d);
}

/* --- status ------------------------------------------------------------------------ */

bool virtio_live(const struct virtio_device *d)
{
	return (d->status & (VIRTIO_CONFIG_S_DRIVER_OK | VIRTIO_CONFIG_S_NEEDS_RESET)) ==
	       VIRTIO_CONFIG_S_DRIVER_OK;
}

static bool features_acceptable(struct virtio_device *d)
{
	uint64_t f = d->driver_features;

	if (f & ~(d->offered & ~d->withheld) || !virtio_has(d, VIRTIO_F_VERSION_1) ||
	    !virtio_has(d, VIRTIO_F_ACCESS_PLATFORM))
		return false;
	return !d->kind->features_ok || d->kind->features_ok(d, f);
}

/* No bit is taken back but by reset (2.1.1). */
void virtio_set_status(struct virtio_device *d, uint8_t status)
{
	uint8_t set = status & ~d->status;
	bool live = virtio_live(d);

	if (!status) {
		virtio_reset(d);
		return;
	}
	set &= ~VIRTIO_CONFIG_S_NEEDS_RESET; /* not the driver's */
	if (set & VIRTIO_CONFIG_S_FEATURES_OK && !features_acceptable(d))
		set &= ~VIRTIO_CONFIG_S_FEATURES_OK;
	if (!((d->status | set) & VIRTIO_CONFIG_S_FEATURES_OK))
		set &= ~VIRTIO_CONFIG_S_DRIVER_OK;
	d->status |= set;
	if (virtio_live(d) != live && d->kind->live_changed)
		d->kind->live_changed(d);
}

/* --- interrupts -------------------------------------------------------------------- */

void virtio_queue_interrupt(struct virtqueue *q)
{
	struct virtio_device *d = q->dev;

	d->isr |= ISR_QUEUE;
	if (q->vector >= d->pci->desc->msix_vectors)
		q->count.unvectored++;
	else if (instrument_message(&d->instrument, q->vector))
		q->count.interrupts++;
	else
		q->count.dropped++;
}

void virtio_config_changed(struct virtio_device *d)
{
	d->generation++;
	if (!(d->status & VIRTIO_CONFIG_S_DRIVER_OK))
		return;
	d->isr |= ISR_CONFIG;
	if (d->config_vector < d->pci->desc->msix_vectors)
		instrument_message(&d->instrument, d->config_vector);
}

void virtio_need_reset(struct virtio_device *d)
{
	if (d->status & VIRTIO_CONFIG_S_NEEDS_RESET)
		return;
	d->status |= VIRTIO_CONFIG_S_NEEDS_RESET;
	virtio_config_changed(d);
	if (d->kind->live_changed)
		d->kind->live_changed(d);
}

/* --- queues ------------------------------------------------------------------------- */

void virtio_notify(struct virtio_device *d, uint16_t queue)
{
	struct virtqueue *q;

	if (queue >= d->queues)
		return;
	q = &d->queue[queue];
	q->count.notified++;
	if (q->enabled && !q->broken && virtio_live(d) && d->kind->notified)
		d->kind->notified(q);
}

/* After the features (3.1.1); 0 is not the driver's to write (4.1.4.3.2). */
void virtio_set_queue_enable(struct virtqueue *q, uint16_t value)
{
	struct virtio_device *d = q->dev;

	if (value != 1 || !(d->status & VIRTIO_CONFIG_S_FEATURES_OK))
		return;
	if (virtio_queue_enable(q, virtio_has(d, VIRTIO_F_RING_PACKED))) {
		q->count.errors++;
		virtio_need_reset(d);
	}
}

/* At once, so that queue_reset is always read as 0 (2.6.1, 4.1.4.3.1). */
void virtio_set_queue_reset(struct virtqueue *q, uint16_t value)
{
	if (value == 1 && virtio_has(q->dev, VIRTIO_F_RING_RESET))
		virtio_queue_reset(q);
}
