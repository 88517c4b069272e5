// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/lab/model/virtio_net.h"

#include <linux/virtio_ring.h>
#include <stddef.h>
#include <string.h>

#include "util/wire_packet.h"

#define BIT(n) (1ull << (n))

static struct virtio_net *of(struct virtio_device *d)
{
	return (struct virtio_net *)d;
}
_Static_assert(offsetof(struct virtio_net, dev) == 0, "of()");

uint64_t virtio_net_features(void)
{
	return BIT(VIRTIO_F_VERSION_1) | BIT(VIRTIO_F_ACCESS_PLATFORM) |
	       BIT(VIRTIO_F_ORDER_PLATFORM) | BIT(VIRTIO_F_RING_PACKED) | BIT(VIRTIO_F_RING_RESET) |
	       BIT(VIRTIO_RING_F_INDIRECT_DESC) | BIT(VIRTIO_RING_F_EVENT_IDX) |
	       BIT(VIRTIO_NET_F_MAC) | BIT(VIRTIO_NET_F_STATUS) | BIT(VIRTIO_NET_F_MTU) |
	       BIT(VIRTIO_NET_F_CTRL_VQ) | BIT(VIRTIO_NET_F_CTRL_RX) |
	       BIT(VIRTIO_NET_F_CTRL_MAC_ADDR) | BIT(VIRTIO_NET_F_MQ);
}

/* 5.1.3.1 */
static bool features_ok(struct virtio_device *d, uint64_t features)
{
	const uint64_t need_ctrl =
		BIT(VIRTIO_NET_F_CTRL_RX) | BIT(VIRTIO_NET_F_CTRL_MAC_ADDR) | BIT(VIRTIO_NET_F_MQ);

	(void)d;
	return features & BIT(VIRTIO_NET_F_CTRL_VQ) || !(features & need_ctrl);
}

/* --- queues ------------------------------------------------------------------------ */

/* 5.1.2: behind the pairs that there are, or behind the first without MQ. */
static unsigned int ctrl_index(const struct virtio_net *n)
{
	return virtio_has(&n->dev, VIRTIO_NET_F_MQ) ? 2 * PB_NIC_PAIRS : 2;
}

static bool is_ctrl(const struct virtio_net *n, unsigned int queue)
{
	return virtio_has(&n->dev, VIRTIO_NET_F_CTRL_VQ) && queue == ctrl_index(n);
}

static bool link_up(const struct virtio_net *n)
{
	return n->config.status & VIRTIO_NET_S_LINK_UP;
}

/* --- sending: from the driver to the switch ---------------------------------------- */

/* The frame's length; 0: it is not one. No offload was offered, so none may be asked for. */
static size_t frame_read(struct virtqueue *q, const struct virtio_buffer *b, uint8_t *frame)
{
	struct virtio_net_hdr_v1 h;
	size_t len;

	if (b->out_len < VIRTIO_NET_HEADER + WIRE_FRAME_MIN ||
	    b->out_len > VIRTIO_NET_HEADER + WIRE_FRAME_MAX)
		return 0;
	len = b->out_len - VIRTIO_NET_HEADER;
	if (virtio_buffer_read(q, b, 0, &h, sizeof(h)) != sizeof(h) || h.flags ||
	    h.gso_type != VIRTIO_NET_HDR_GSO_NONE)
		return 0;
	return virtio_buffer_read(q, b, VIRTIO_NET_HEADER, frame, len) == (long)len ? len : 0;
}

static void transmit(struct virtio_net *n, struct virtqueue *q, const struct virtio_buffer *b)
{
	uint8_t frame[WIRE_FRAME_MAX];
	size_t len = frame_read(q, b, frame);

	virtio_queue_push(q, b, 0);
	if (!len) {
		n->bad_frames++;
		return;
	}
	n->steer[wire_packet_flow(frame, len) % VIRTIO_NET_FLOWS] = q->index / 2 + 1;
	if (link_up(n))
		wire_switch_send(n->net, n->port, frame, len);
}

/*
 * No more than a queue holds: used buffers that a hostile driver puts over its
 * available ring must not keep us here for ever.
 */
static void transmit_serve(struct virtio_net *n, struct virtqueue *q)
{
	struct virtio_buffer b;
	unsigned int left = q->size;

	while (left && virtio_queue_pop(q, &b)) {
		transmit(n, q, &b);
		left--;
	}
	if (left == q->size)
		return;
	q->kicked = !left;
	virtio_queue_signal(q);
}

static void serve(struct virtio_net *n, struct virtqueue *q)
{
	q->kicked = false;
	if (is_ctrl(n, q->index))
		virtio_net_ctrl_serve(n, q);
	else if (q->index & 1 && q->index / 2 < n->pairs)
		transmit_serve(n, q);
	virtio_queue_ask_notify(q);
}

bool virtio_net_serve(struct virtio_net *n)
{
	bool more = false;

	for (unsigned int i = 0; i < n->dev.queues && virtio_live(&n->dev); i++) {
		struct virtqueue *q = &n->dev.queue[i];

		if (q->kicked && q->enabled && !q->broken)
			serve(n, q);
		more |= q->kicked;
	}
	return more && virtio_live(&n->dev);
}

static void notified(struct virtqueue *q)
{
	struct virtio_net *n = of(q->dev);

	/* A receive queue is looked at when a frame comes: there its doorbell is nothing. */
	if ((q->index & 1 || is_ctrl(n, q->index)) && !instrument_doorbell(&n->dev.instrument)) {
		q->count.ignored++;
		return;
	}
	q->kicked = true;
	n->work(n->work_arg);
}

/* --- receiving: from the switch to the driver --------------------------------------- */

/* 5.1.6.5.5: to the pair that sent such a flow, else by the flow. */
struct virtqueue *virtio_net_receiveq(struct virtio_net *n, const uint8_t *frame, size_t len)
{
	uint32_t flow = wire_packet_flow(frame, len);
	unsigned int pair = n->steer[flow % VIRTIO_NET_FLOWS];

	pair = pair && pair <= n->pairs ? pair - 1 : flow % n->pairs;
	return &n->dev.queue[2 * pair];
}

static enum wire_fate receive(struct virtqueue *q, const struct virtio_buffer *b,
			      const uint8_t *frame, size_t len)
{
	uint8_t all[VIRTIO_NET_HEADER + WIRE_FRAME_MAX];
	struct virtio_net_hdr_v1 h = {.num_buffers = 1}; /* 5.1.6.4.1 */
	long size = (long)(sizeof(h) + len), done;

	memcpy(all, &h, sizeof(h));
	memcpy(all + sizeof(h), frame, len);
	done = virtio_buffer_write(q, b, 0, all, size);
	virtio_queue_push(q, b, done == size ? size : 0);
	virtio_queue_signal(q);
	return done == size && !q->broken ? WIRE_TAKEN : WIRE_FAULT;
}

static enum wire_fate deliver(void *arg, const uint8_t *frame, size_t len)
{
	struct virtio_net *n = arg;
	struct virtqueue *q = virtio_net_receiveq(n, frame, len);
	struct virtio_buffer b;

	n->dev.instrument.started++;
	if (!virtio_live(&n->dev) || !link_up(n) || !q->enabled)
		return WIRE_DOWN;
	if (!virtio_queue_pop(q, &b))
		return q->broken ? WIRE_FAULT : WIRE_NO_BUFFER;
	if (b.in_len < VIRTIO_NET_HEADER + len) {
		virtio_queue_unpop(q, &b);
		return WIRE_SHORT_BUFFER;
	}
	return receive(q, &b, frame, len);
}

static enum wire_claim claims(void *arg, const uint8_t mac[WIRE_MAC_LEN])
{
	const struct virtio_net *n = arg;

	if (!memcmp(mac, n->config.mac, WIRE_MAC_LEN) || virtio_net_wants(n, mac))
		return WIRE_OWN;
	return (n->promisc || n->unicast.all) && virtio_live(&n->dev) ? WIRE_COPY : WIRE_NOT;
}

static const struct wire_port_ops port_ops = {
	.claims = claims,
	.deliver = deliver,
};

/* --- life ----------------------------------------------------------------------------- */

static void reset(struct virtio_device *d)
{
	virtio_net_ctrl_reset(of(d));
	d->withheld = of(d)->withhold;
	memset(of(d)->steer, 0, sizeof(of(d)->steer));
}

/* Buffers that were made available before DRIVER_OK count from now on. */
static void live_changed(struct virtio_device *d)
{
	struct virtio_net *n = of(d);

	if (!virtio_live(d))
		return;
	for (unsigned int i = 0; i < d->queues; i++)
		d->queue[i].kicked = d->queue[i].enabled;
	n->work(n->work_arg);
}

static const struct virtio_kind virtio_net_kind = {
	.name = "net",
	.features_ok = features_ok,
	.reset = reset,
	.live_changed = live_changed,
	.notified = notified,
};

int virtio_net_init(struct virtio_net *n, uint64_t extra, struct wire_switch *net,
		    unsigned int port)
{
	n->dev.kind = &virtio_net_kind;
	n->dev.offered = virtio_net_features() | extra;
	n->dev.config = &n->config;
	n->dev.config_size = offsetof(struct virtio_net_config, speed);
	n->dev.queues = PB_NIC_QUEUES;
	n->net = net;
	n->port = port;
	n->config.status = VIRTIO_NET_S_LINK_UP;
	n->config.max_virtqueue_pairs = PB_NIC_PAIRS;
	n->config.mtu = VIRTIO_NET_MTU;
	wire_switch_attach(net, port, &port_ops, n);
	return virtio_init(&n->dev);
}

bool virtio_net_power_on(struct virtio_net *n)
{
	bool forgotten = instrument_reset(&n->dev.instrument);

	n->bad_frames = 0;
	n->config.status = VIRTIO_NET_S_LINK_UP;
	virtio_reset(&n->dev);
	for (unsigned int i = 0; i < n->dev.queues; i++)
		memset(&n->dev.queue[i].count, 0, sizeof(n->dev.queue[i].count));
	return forgotten;
}

void virtio_net_set_link(struct virtio_net *n, bool up)
{
	if (up == link_up(n))
		return;
	n->config.status ^= VIRTIO_NET_S_LINK_UP;
	virtio_config_changed(&n->dev);
}
