// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The control queue of a virtio network device: virtio 1.2, 5.1.6.5.
 */
#include <string.h>

#include "host/lab/model/virtio_net.h"

/* What the driver sent behind class and command, and how far it was read. */
struct command {
	struct virtqueue *q;
	const struct virtio_buffer *b;
	struct virtio_net_ctrl_hdr h;
	uint64_t at;
};

static bool take(struct command *c, void *to, size_t len)
{
	if (virtio_buffer_read(c->q, c->b, c->at, to, len) != (long)len)
		return false;
	c->at += len;
	return true;
}

/* 5.1.6.5.1: receive modes, one byte each: off or on. */
static bool rx_mode(struct virtio_net *n, struct command *c)
{
	uint8_t on;

	if (!virtio_has(&n->dev, VIRTIO_NET_F_CTRL_RX) || !take(c, &on, 1))
		return false;
	switch (c->h.cmd) {
	case VIRTIO_NET_CTRL_RX_PROMISC:
		n->promisc = on;
		return true;
	case VIRTIO_NET_CTRL_RX_ALLMULTI:
		n->allmulti = on;
		return true;
	default:
		return false;
	}
}

/* A count, then that many addresses; what does not fit in the table lets all in. */
static bool filter_read(struct command *c, struct virtio_net_filter *f)
{
	uint32_t nr;

	memset(f, 0, sizeof(*f));
	if (!take(c, &nr, sizeof(nr)) || nr > (c->b->out_len - c->at) / WIRE_MAC_LEN)
		return false;
	f->all = nr > VIRTIO_NET_GROUPS;
	f->nr = f->all ? 0 : nr;
	if (f->all) {
		c->at += (uint64_t)nr * WIRE_MAC_LEN;
		return true;
	}
	return take(c, f->mac, nr * WIRE_MAC_LEN);
}

static bool mac_table(struct virtio_net *n, struct command *c)
{
	struct virtio_net_filter unicast, multicast;

	if (!virtio_has(&n->dev, VIRTIO_NET_F_CTRL_RX) || !filter_read(c, &unicast) ||
	    !filter_read(c, &multicast))
		return false;
	n->unicast = unicast;
	n->multicast = multicast;
	return true;
}

static bool mac_addr(struct virtio_net *n, struct command *c)
{
	static const uint8_t none[WIRE_MAC_LEN];
	uint8_t mac[WIRE_MAC_LEN];

	if (!virtio_has(&n->dev, VIRTIO_NET_F_CTRL_MAC_ADDR) || !take(c, mac, sizeof(mac)) ||
	    mac[0] & 1 || !memcmp(mac, none, sizeof(mac)))
		return false;
	memcpy(n->config.mac, mac, sizeof(mac));
	return true;
}

static bool pairs(struct virtio_net *n, struct command *c)
{
	struct virtio_net_ctrl_mq mq;

	if (!virtio_has(&n->dev, VIRTIO_NET_F_MQ) || c->h.cmd != VIRTIO_NET_CTRL_MQ_VQ_PAIRS_SET ||
	    !take(c, &mq, sizeof(mq)) || mq.virtqueue_pairs < VIRTIO_NET_CTRL_MQ_VQ_PAIRS_MIN ||
	    mq.virtqueue_pairs > PB_NIC_PAIRS)
		return false;
	n->pairs = mq.virtqueue_pairs;
	return true;
}

static bool execute(struct virtio_net *n, struct command *c)
{
	if (!take(c, &c->h, sizeof(c->h)))
		return false;
	switch (c->h.class) {
	case VIRTIO_NET_CTRL_RX:
		return rx_mode(n, c);
	case VIRTIO_NET_CTRL_MAC:
		if (c->h.cmd == VIRTIO_NET_CTRL_MAC_TABLE_SET)
			return mac_table(n, c);
		return c->h.cmd == VIRTIO_NET_CTRL_MAC_ADDR_SET && mac_addr(n, c);
	case VIRTIO_NET_CTRL_MQ:
		return pairs(n, c);
	default:
		return false;
	}
}

/* The answer is the one byte that the device writes. */
void virtio_net_ctrl_serve(struct virtio_net *n, struct virtqueue *q)
{
	struct virtio_buffer b;
	unsigned int left = q->size;

	for (; left && virtio_queue_pop(q, &b); left--) {
		struct command c = {.q = q, .b = &b};
		uint8_t ack = execute(n, &c) ? VIRTIO_NET_OK : VIRTIO_NET_ERR;

		virtio_queue_push(q, &b, virtio_buffer_write(q, &b, 0, &ack, 1) == 1);
	}
	if (left == q->size)
		return;
	q->kicked = !left;
	virtio_queue_signal(q);
}

void virtio_net_ctrl_reset(struct virtio_net *n)
{
	memcpy(n->config.mac, n->mac, sizeof(n->mac));
	n->pairs = 1; /* 5.1.6.5.5.1 */
	n->promisc = n->allmulti = false;
	memset(&n->unicast, 0, sizeof(n->unicast));
	memset(&n->multicast, 0, sizeof(n->multicast));
}

static bool listed(const struct virtio_net_filter *f, const uint8_t mac[WIRE_MAC_LEN])
{
	for (uint32_t i = 0; i < f->nr; i++)
		if (!memcmp(f->mac[i], mac, WIRE_MAC_LEN))
			return true;
	return f->all;
}

/* Who cannot say which groups he wants gets all of them. Broadcast is for all. */
bool virtio_net_wants(const struct virtio_net *n, const uint8_t mac[WIRE_MAC_LEN])
{
	static const uint8_t broadcast[WIRE_MAC_LEN] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

	if (!(mac[0] & 1))
		return !n->unicast.all && listed(&n->unicast, mac);
	if (!virtio_has(&n->dev, VIRTIO_NET_F_CTRL_RX) || !memcmp(mac, broadcast, WIRE_MAC_LEN))
		return true;
	return n->allmulti || listed(&n->multicast, mac);
}
