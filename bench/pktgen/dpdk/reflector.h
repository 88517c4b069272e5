/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * reflector.h - sends back what it receives, on the queue that it came on, with the
 * addresses exchanged.  What the port does not take is offered again, and nothing
 * else received meanwhile.
 */
#ifndef PB_PKTGEN_REFLECTOR_H
#define PB_PKTGEN_REFLECTOR_H

#include "pktgen/dpdk/port.h"

struct reflector {
	const struct port *port;
	struct report_reflector *n; /* its numbers */
	struct rte_mbuf *held; /* the one that is to be overtaken */
	struct {
		struct rte_mbuf *m[2 * PORT_BURST + 1]; /* twice each, and the one that was held */
		uint16_t nr, at;
	} back[OPTIONS_QUEUES];
};

void reflector_init(struct reflector *r, const struct options *o, const struct port *port,
		    struct report *result);

/* Once over all queues. */
void reflector_turn(struct reflector *r);

/* What it still has is freed. */
void reflector_destroy(struct reflector *r);

#endif
