// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Registers of the NIC behind its network devices: bench/shared/nic_regs.h.
 */
#include <string.h>

#include "host/lab/model/nic.h"

#define PORT_SIZE     (PB_NIC_PORT(1) - PB_NIC_PORT(0))
#define FUNCTION_SIZE (PB_NIC_FUNCTION(1) - PB_NIC_FUNCTION(0))
#define QUEUE_SIZE    (PB_NIC_QUEUE(1) - PB_NIC_QUEUE(0))

_Static_assert(PB_NIC_PORT(WIRE_PORTS) <= PB_NIC_FUNCTION(0), "apart");
_Static_assert(PB_NIC_QUEUE(PB_NIC_QUEUES) <= FUNCTION_SIZE, "apart");
_Static_assert(PB_NIC_FUNCTION(NIC_FUNCTIONS) <= PB_NIC_BAR_SIZE, "all there");
_Static_assert(PB_NIC_FAULT_ANY == VIRTIO_FAULT_ANY, "one number");
_Static_assert(PB_NIC_FAULT_CONFIG == VIRTIO_FAULT_CONFIG, "one number");

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

/* --- faults ------------------------------------------------------------------------------ */

static uint32_t fault_read(const struct virtio_fault *f, uint32_t offset)
{
	switch (offset) {
	case PB_NIC_FAULT_NTH:
		return f->nth;
	case PB_NIC_FAULT_LENGTH:
		return f->length;
	case PB_NIC_FAULT_QUEUE:
		return f->queue;
	default:
		return f->hits;
	}
}

static void fault_write(struct virtio_fault *f, uint32_t offset, uint32_t value)
{
	switch (offset) {
	case PB_NIC_FAULT_NTH:
		f->nth = value;
		f->seen = f->hits = 0;
		break;
	case PB_NIC_FAULT_LENGTH:
		f->length = value;
		break;
	case PB_NIC_FAULT_QUEUE:
		f->queue = value < VIRTIO_FAULT_ANY ? value : VIRTIO_FAULT_ANY;
		break;
	default:
		break;
	}
}

/* The one whose registers these are, with the offset in them; NULL: none. */
static struct virtio_fault *fault_at(struct virtio_net *n, uint32_t *offset)
{
	struct virtio_fault *f =
		*offset >= PB_NIC_F_IGNORE ? &n->dev.ignore_notify : &n->dev.drop_msi;

	if (*offset < PB_NIC_F_DROP || *offset > PB_NIC_F_IGNORE + PB_NIC_FAULT_HITS)
		return NULL;
	*offset &= 0xf;
	return f;
}

/* --- functions ---------------------------------------------------------------------------- */

static uint32_t mac_word(const struct virtio_net *n, unsigned int at)
{
	uint32_t v = 0;

	memcpy(&v, n->config.mac + at, at ? 2 : 4);
	return v;
}

static uint32_t function_read(struct virtio_net *n, uint32_t offset)
{
	const struct virtio_fault *f;

	if (offset >= PB_NIC_QUEUE(0))
		return offset < PB_NIC_QUEUE(PB_NIC_QUEUES)
			       ? queue_read(&n->dev.queue[(offset - PB_NIC_QUEUE(0)) / QUEUE_SIZE],
					    (offset - PB_NIC_QUEUE(0)) % QUEUE_SIZE)
			       : 0;
	f = fault_at(n, &offset);
	if (f)
		return fault_read(f, offset);
	switch (offset) {
	case PB_NIC_F_SOURCE:
		return n->dev.source;
	case PB_NIC_F_MESSAGES:
		return n->dev.messages;
	case PB_NIC_F_LINK:
		return n->config.status & VIRTIO_NET_S_LINK_UP;
	case PB_NIC_F_STATUS:
		return n->dev.status;
	case PB_NIC_F_FEATURES_LO:
		return (uint32_t)n->dev.driver_features;
	case PB_NIC_F_FEATURES_HI:
		return n->dev.driver_features >> 32;
	case PB_NIC_F_PAIRS:
		return n->pairs;
	case PB_NIC_F_MAC_LO:
		return mac_word(n, 0);
	case PB_NIC_F_MAC_HI:
		return mac_word(n, 4);
	case PB_NIC_F_BAD_FRAMES:
		return n->bad_frames;
	default:
		return 0;
	}
}

static void function_write(struct virtio_net *n, uint32_t offset, uint32_t value)
{
	struct virtio_fault *f = fault_at(n, &offset);

	if (f)
		fault_write(f, offset, value);
	else if (offset == PB_NIC_F_SOURCE)
		virtio_set_source(&n->dev, value <= UINT8_MAX ? value : VIRTIO_NO_SOURCE);
	else if (offset == PB_NIC_F_LINK)
		virtio_net_set_link(n, value);
}

static struct virtio_net *function_at(struct nic *n, uint32_t offset)
{
	uint32_t i = (offset - PB_NIC_FUNCTION(0)) / FUNCTION_SIZE;

	return i < NIC_FUNCTIONS ? &n->function[i].net : NULL;
}

/* --- all of them ----------------------------------------------------------------------------- */

void nic_clear(struct nic *n)
{
	wire_switch_clear_counters(&n->net);
	for (unsigned int i = 0; i < NIC_FUNCTIONS; i++) {
		struct virtio_net *net = &n->function[i].net;

		net->bad_frames = 0;
		for (unsigned int q = 0; q < net->dev.queues; q++)
			memset(&net->dev.queue[q].count, 0, sizeof(net->dev.queue[q].count));
	}
}

static uint32_t global_read(const struct nic *n, uint32_t offset)
{
	switch (offset) {
	case PB_NIC_ID:
		return PB_NIC_ID_VALUE;
	case PB_NIC_VERSION:
		return 1;
	case PB_NIC_FUNCTIONS:
		return NIC_FUNCTIONS;
	case PB_NIC_DELAY:
		return n->delay;
	default:
		return 0;
	}
}

uint32_t nic_regs_read(struct nic *n, uint32_t offset)
{
	struct virtio_net *net;

	if (offset < PB_NIC_CTRL)
		return global_read(n, offset);
	if (offset < PB_NIC_PORT(0))
		return wire_generator_read(&n->generator, offset);
	if (offset < PB_NIC_PORT(WIRE_PORTS))
		return port_read(&n->net.port[(offset - PB_NIC_PORT(0)) / PORT_SIZE],
				 (offset - PB_NIC_PORT(0)) % PORT_SIZE);
	if (offset < PB_NIC_FUNCTION(0))
		return 0;
	net = function_at(n, offset);
	return net ? function_read(net, (offset - PB_NIC_FUNCTION(0)) % FUNCTION_SIZE) : 0;
}

void nic_regs_write(struct nic *n, uint32_t offset, uint32_t value)
{
	struct virtio_net *net;

	if (offset == PB_NIC_DELAY) {
		n->delay = value;
	} else if (offset == PB_NIC_CLEAR) {
		nic_clear(n);
	} else if (offset >= PB_NIC_CTRL && offset < PB_NIC_PORT(0)) {
		wire_generator_write(&n->generator, offset, value);
	} else if (offset >= PB_NIC_FUNCTION(0)) {
		net = function_at(n, offset);
		if (net)
			function_write(net, (offset - PB_NIC_FUNCTION(0)) % FUNCTION_SIZE, value);
	}
}
