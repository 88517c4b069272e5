// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Registers of the NIC behind its network devices: bench/shared/nic_regs.h.
 */
#include <string.h>

#include "host/lab/model/nic.h"

#define QUEUE_SIZE (PB_NIC_QUEUE(1) - PB_NIC_QUEUE(0))
#define PORT_SIZE  (PB_NIC_PORT - PB_NIC_WIRE)

/* --- ports and queues, read only ------------------------------------------------------ */

static uint32_t port_read(const struct wire_port *p, uint32_t offset)
{
	static const uint8_t fate[WIRE_FATES] = {
		[WIRE_TAKEN] = PB_NIC_PORT_TAKEN,         [WIRE_DOWN] = PB_NIC_PORT_DOWN,
		[WIRE_NO_BUFFER] = PB_NIC_PORT_NO_BUFFER, [WIRE_SHORT_BUFFER] = PB_NIC_PORT_SHORT,
		[WIRE_FAULT] = PB_NIC_PORT_FAULT,         [WIRE_UNKNOWN] = PB_NIC_PORT_UNKNOWN,
		[WIRE_MALFORMED] = PB_NIC_PORT_MALFORMED,
	};

	switch (offset) {
	case PB_NIC_PORT_SENT:
		return p->sent;
	case PB_NIC_PORT_SENT_BYTES:
		return p->sent_bytes;
	case PB_NIC_PORT_TAKEN_BYTES:
		return p->taken_bytes;
	default:
		break;
	}
	for (unsigned int i = 0; i < WIRE_FATES; i++)
		if (fate[i] == offset)
			return p->fate[i];
	return 0;
}

static uint32_t queue_state(const struct virtqueue *q)
{
	return (q->enabled ? PB_NIC_QS_ENABLED : 0) | (q->broken ? PB_NIC_QS_BROKEN : 0) |
	       (q->ops == &virtqueue_packed ? PB_NIC_QS_PACKED : 0);
}

static uint32_t queue_read(const struct virtqueue *q, uint32_t offset)
{
	switch (offset) {
	case PB_NIC_Q_STATE:
		return queue_state(q);
	case PB_NIC_Q_VECTOR:
		return q->vector;
	case PB_NIC_Q_NOTIFIED:
		return q->count.notified;
	case PB_NIC_Q_IGNORED:
		return q->count.ignored;
	case PB_NIC_Q_USED:
		return q->count.used;
	case PB_NIC_Q_INTERRUPTS:
		return q->count.interrupts;
	case PB_NIC_Q_SUPPRESSED:
		return q->count.suppressed;
	case PB_NIC_Q_DROPPED:
		return q->count.dropped;
	case PB_NIC_Q_UNVECTORED:
		return q->count.unvectored;
	case PB_NIC_Q_ERRORS:
		return q->count.errors;
	default:
		return 0;
	}
}

/* --- the function ------------------------------------------------------------------------- */

static uint32_t mac_word(const struct virtio_net *n, unsigned int at)
{
	uint32_t v = 0;

	memcpy(&v, n->config.mac + at, at ? 2 : 4);
	return v;
}

static uint32_t function_read(const struct virtio_net *n, uint32_t offset)
{
	switch (offset) {
	case PB_NIC_LINK:
		return n->config.status & VIRTIO_NET_S_LINK_UP;
	case PB_NIC_WITHHOLD_LO:
		return (uint32_t)n->withhold;
	case PB_NIC_WITHHOLD_HI:
		return n->withhold >> 32;
	case PB_NIC_FEATURES_LO:
		return (uint32_t)n->dev.driver_features;
	case PB_NIC_FEATURES_HI:
		return n->dev.driver_features >> 32;
	case PB_NIC_DEVICE:
		return n->dev.status;
	case PB_NIC_ACTIVE:
		return n->pairs;
	case PB_NIC_MAC_LO:
		return mac_word(n, 0);
	case PB_NIC_MAC_HI:
		return mac_word(n, 4);
	case PB_NIC_BAD_FRAMES:
		return n->bad_frames;
	default:
		return 0;
	}
}

static void function_write(struct virtio_net *n, uint32_t offset, uint32_t value)
{
	switch (offset) {
	case PB_NIC_LINK:
		virtio_net_set_link(n, value);
		break;
	case PB_NIC_WITHHOLD_LO:
		n->withhold = (n->withhold & ~0xffffffffull) | value;
		break;
	case PB_NIC_WITHHOLD_HI:
		n->withhold = (n->withhold & 0xffffffff) | (uint64_t)value << 32;
		break;
	default:
		break;
	}
}

/* --- all of them ----------------------------------------------------------------------------- */

static uint32_t queues_read(const struct virtio_net *n, uint32_t offset)
{
	uint32_t i = (offset - PB_NIC_QUEUE(0)) / QUEUE_SIZE;

	return i < n->dev.queues ? queue_read(&n->dev.queue[i], offset % QUEUE_SIZE) : 0;
}
_Static_assert(PB_NIC_QUEUE(0) % QUEUE_SIZE == 0, "queues_read()");

uint32_t nic_regs_read(const struct nic *n, const struct nic_function *f, uint32_t offset)
{
	if (offset < PB_INSTRUMENT_KIND)
		return instrument_read(&f->net.dev.instrument, offset);
	if (offset == PB_NIC_ID)
		return PB_NIC_ID_VALUE;
	if (offset < PB_NIC_WIRE)
		return wire_generator_read(&f->generator, offset);
	if (offset == PB_NIC_WIRE + PB_NIC_PORT_FOREIGN)
		return n->foreign;
	if (offset < PB_NIC_PORT)
		return port_read(&n->net.port[WIRE_PORT_WIRE], offset - PB_NIC_WIRE);
	if (offset < PB_NIC_PORT + PORT_SIZE)
		return port_read(&n->net.port[f->net.port], offset - PB_NIC_PORT);
	return offset < PB_NIC_QUEUE(0) ? function_read(&f->net, offset)
					: queues_read(&f->net, offset);
}

void nic_regs_write(struct nic_function *f, uint32_t offset, uint32_t value)
{
	if (offset < PB_INSTRUMENT_KIND)
		instrument_write(&f->net.dev.instrument, offset, value);
	else if (offset < PB_NIC_WIRE)
		wire_generator_write(&f->generator, offset, value);
	else
		function_write(&f->net, offset, value);
}
