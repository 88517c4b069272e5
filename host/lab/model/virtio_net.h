/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * virtio_net.h - a virtio network device, virtio 1.2, 5.1: several queue pairs,
 * a control queue, no offloads.  Frames come from and go to a port of the
 * switch.
 */
#ifndef LAB_VIRTIO_NET_H
#define LAB_VIRTIO_NET_H

#include <linux/virtio_net.h>
#include <stdbool.h>
#include <stdint.h>

#include "host/lab/model/virtio.h"
#include "host/lab/model/wire_switch.h"
#include "shared/nic_regs.h"

#define VIRTIO_NET_MTU    1500u
#define VIRTIO_NET_HEADER sizeof(struct virtio_net_hdr_v1) /* always, as 1.0 and later (5.1.6) */
#define VIRTIO_NET_FLOWS  64u
#define VIRTIO_NET_GROUPS 16u

/* Addresses that the driver wants beside its own (5.1.6.5.2); with too many, all. */
struct virtio_net_filter {
	uint8_t mac[VIRTIO_NET_GROUPS][WIRE_MAC_LEN];
	uint32_t nr;
	bool all;
};

struct virtio_net {
	struct virtio_device dev; /* first */
	struct virtio_net_config config;
	uint8_t mac[WIRE_MAC_LEN]; /* after reset */
	uint16_t pairs; /* in use (5.1.6.5.5) */
	bool promisc, allmulti;
	struct virtio_net_filter unicast, multicast;
	uint8_t steer[VIRTIO_NET_FLOWS]; /* pair + 1 that last sent such a flow; 0: none */
	uint64_t withhold; /* features, from the next reset on */
	uint32_t bad_frames; /* sent with a header or length that is not possible */
	struct wire_switch *net;
	unsigned int port;
	/* A queue was notified: virtio_net_serve() is to be called soon. */
	void (*work)(void *arg);
	void *work_arg;
};

/* The features of such a device, without what its bus adds. */
uint64_t virtio_net_features(void);

/*
 * Build it on n->dev.pci, with address n->mac, at port `port` of the switch.
 * `extra`: features of the bus.  0, or what virtio_init() says.
 */
int virtio_net_init(struct virtio_net *n, uint64_t extra, struct wire_switch *net,
		    unsigned int port);

/* Look at all queues that were notified; true: some are still to be looked at. */
bool virtio_net_serve(struct virtio_net *n);

/* Function level reset: as after power-on, counters too; false: instrument_reset() kept. */
bool virtio_net_power_on(struct virtio_net *n);

/* The link goes up or down, as if somebody pulled the cable. */
void virtio_net_set_link(struct virtio_net *n, bool up);

/* The receive queue that a frame for this device goes to. */
struct virtqueue *virtio_net_receiveq(struct virtio_net *n, const uint8_t *frame, size_t len);

/* --- virtio_net_ctrl.c, for virtio_net.c ------------------------------------------ */

/* Commands of the control queue, as many as there are up to its size. */
void virtio_net_ctrl_serve(struct virtio_net *n, struct virtqueue *q);

/* What the commands set, as after reset. */
void virtio_net_ctrl_reset(struct virtio_net *n);

/* Is this address among those that the driver wants? */
bool virtio_net_wants(const struct virtio_net *n, const uint8_t mac[WIRE_MAC_LEN]);

#endif
