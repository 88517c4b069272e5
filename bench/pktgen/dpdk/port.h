/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* port.h - a port of DPDK's ethdev, with the buffers that it receives to and sends from. */
#ifndef PB_PKTGEN_PORT_H
#define PB_PKTGEN_PORT_H

#include <rte_mempool.h>
#include <stdint.h>

#include "pktgen/options.h"
#include "pktgen/report.h"

#define PORT_BURST 64u /* frames received at once */

struct port {
	uint16_t id, queues;
	uint8_t mac[WIRE_MAC_LEN];
	/*
	 * Two pools: what is sent from `tx` is never received into, so that whatever a
	 * sender does not write there stays zero.
	 */
	struct rte_mempool *rx, *tx;
};

/* Two ports, joined by rings. 0, or -errno with a line in err. */
int port_pair(uint16_t id[2], char err[OPTIONS_ERR]);

/*
 * Set up port `id` of EAL as `o` says and start it; waits for its link, up to
 * o->link_ms. 0, or -errno with a line in err; then it is closed again.
 */
int port_open(struct port *p, uint16_t id, const struct options *o, char err[OPTIONS_ERR]);
void port_close(struct port *p);

/* What its driver counted. */
void port_device(const struct port *p, struct report_device *d);

#endif
