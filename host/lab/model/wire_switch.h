/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * wire_switch.h - the NIC's embedded switch: frames between the wire and the
 * functions, by destination address.  It learns nothing: where an address is,
 * each port says of itself.  What nobody owns goes out on the wire; a frame
 * never goes back to where it came from.
 */
#ifndef LAB_WIRE_SWITCH_H
#define LAB_WIRE_SWITCH_H

#include <stddef.h>
#include <stdint.h>

#include "util/wire_packet.h"

#define WIRE_PORTS     9u /* the wire, the physical function, the virtual ones */
#define WIRE_PORT_WIRE 0u
#define WIRE_FRAME_MIN 14u /* an Ethernet header; no padding, no FCS */
#define WIRE_FRAME_MAX 1518u /* 1500 bytes behind a header with a VLAN tag */

/* What became of a frame at the port that it was for. */
enum wire_fate {
	WIRE_TAKEN,
	/* Dropped, because: */
	WIRE_DOWN, /* nobody drives the function, or the link is down */
	WIRE_NO_BUFFER, /* the driver gave no receive buffer */
	WIRE_SHORT_BUFFER, /* or one that the frame does not fit into */
	WIRE_FAULT, /* memory cannot be reached, or the queue is broken */
	WIRE_UNKNOWN, /* from the wire, for an address that nobody has */
	WIRE_MALFORMED, /* too short or too long */
	WIRE_FATES,
};

/* How a port wants a frame. */
enum wire_claim {
	WIRE_NOT,
	WIRE_COPY, /* it listens to everything */
	WIRE_OWN, /* it has that address, or is in that group */
};

struct wire_port_ops {
	enum wire_claim (*claims)(void *arg, const uint8_t mac[WIRE_MAC_LEN]);
	/* WIRE_TAKEN, or why it was dropped, up to WIRE_FAULT. */
	enum wire_fate (*deliver)(void *arg, const uint8_t *frame, size_t len);
};
/* The null kind: claims nothing, drops everything. */
extern const struct wire_port_ops wire_port_null;

struct wire_port {
	const struct wire_port_ops *ops;
	void *arg;
	uint32_t sent, sent_bytes; /* into the switch */
	uint32_t fate[WIRE_FATES]; /* of frames for this port; of UNKNOWN, MALFORMED: from it */
	uint32_t taken_bytes;
};

struct wire_switch {
	struct wire_port port[WIRE_PORTS];
};

void wire_switch_init(struct wire_switch *s);
void wire_switch_attach(struct wire_switch *s, unsigned int port, const struct wire_port_ops *ops,
			void *arg);
/* Its counters to 0. */
void wire_switch_clear(struct wire_switch *s, unsigned int port);

/* A frame from `from`; delivered to all that it is for before this returns. */
void wire_switch_send(struct wire_switch *s, unsigned int from, const uint8_t *frame, size_t len);

#endif
