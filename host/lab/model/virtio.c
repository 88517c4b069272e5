// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/lab/model/virtio.h"

#include <errno.h>
#include <linux/virtio_config.h>
#include <linux/virtio_pci.h>
#include <string.h>

#include "host/lab/model/pid.h"
#include "host/lab/model/truth.h"
#include "host/lab/model/virtio_pci.h"
#include "shared/event.h"

#define ISR_QUEUE  1u
#define ISR_CONFIG VIRTIO_PCI_ISR_CONFIG

int virtio_init(struct virtio_device *d)
{
	if (d->queues > VIRTIO_QUEUES_MAX)
		return -EINVAL;
	d->source = VIRTIO_NO_SOURCE;
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

	if (f & ~d->offered || !virtio_has(d, VIRTIO_F_VERSION_1) ||
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

/*
 * To the truth, if a source is named; and to the record of the PID, which has
 * changed in any case.
 */
static void report(struct virtio_device *d, unsigned int vector, const struct vtd_message *m)
{
	struct pid *pid = pid_see(m->pid);

	if (d->source != VIRTIO_NO_SOURCE)
		truth_post(d->source, d->vector_seq[vector], m->vector,
			   pid ? pid->index : PB_VCPU_NONE, m->flags, m->fault);
	if (pid)
		pid_refresh(pid, PB_CPU_NONE, PB_EVF_BY_IOMMU);
}

void virtio_msix_sent(struct virtio_device *d, unsigned int vector, const struct vtd_message *m)
{
	if (vector < PCI_MSIX_MAX)
		report(d, vector, m);
}

/* true: it was sent, or is pending, or MSI-X is off; false: dropped on purpose. */
static bool message(struct virtio_device *d, uint16_t vector, uint16_t queue)
{
	struct vtd_message m = {.flags = PB_EVF_BLOCKED};
	bool drop = virtio_fault_hits(&d->drop_msi, queue);

	d->vector_seq[vector] = ++d->messages;
	if (!drop)
		pci_function_msix(d->pci, vector, &m);
	report(d, vector, &m);
	return !drop;
}

void virtio_queue_interrupt(struct virtqueue *q)
{
	struct virtio_device *d = q->dev;

	d->isr |= ISR_QUEUE;
	if (q->vector >= d->pci->desc->msix_vectors)
		q->count.unvectored++;
	else if (message(d, q->vector, q->index))
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
		message(d, d->config_vector, VIRTIO_FAULT_CONFIG);
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

void virtio_set_source(struct virtio_device *d, uint16_t source)
{
	d->source = source <= UINT8_MAX ? source : VIRTIO_NO_SOURCE;
	d->messages = 0;
	memset(d->vector_seq, 0, sizeof(d->vector_seq));
}

/* --- queues ------------------------------------------------------------------------- */

void virtio_notify(struct virtio_device *d, uint16_t queue)
{
	struct virtqueue *q;

	if (queue >= d->queues)
		return;
	q = &d->queue[queue];
	q->count.notified++;
	if (virtio_fault_hits(&d->ignore_notify, queue)) {
		q->count.ignored++;
		return;
	}
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
