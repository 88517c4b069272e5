// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pktgen/dpdk/reflector.h"

#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <stddef.h>
#include <string.h>

#include "pktgen/packet.h"

#define DAMAGE_AT (WIRE_HEADERS + offsetof(struct pb_nic_payload, check))

void reflector_init(struct reflector *r, const struct options *o, const struct port *port,
		    struct report *result)
{
	memset(r, 0, sizeof(*r));
	r->port = port;
	r->n = &result->reflector;
	for (uint32_t k = 0; k < FAULT_KINDS; k++)
		r->n->faults.every[k] = (uint32_t)o->every[k];
	result->reflects = true;
}

static void add(struct reflector *r, uint16_t q, struct rte_mbuf *m)
{
	r->back[q].m[r->back[q].nr++] = m;
}

static void copy(struct reflector *r, uint16_t q, struct rte_mbuf *m)
{
	struct rte_mbuf *twin = rte_pktmbuf_copy(m, r->port->rx, 0, UINT32_MAX);

	if (twin)
		add(r, q, twin);
	else
		r->n->no_buffer++;
}

static void damage(struct rte_mbuf *m)
{
	uint8_t *frame = rte_pktmbuf_mtod(m, uint8_t *);

	if (m->data_len)
		frame[m->data_len > DAMAGE_AT ? DAMAGE_AT : m->data_len - 1u] ^= 1;
}

static void reflect(struct reflector *r, uint16_t q, struct rte_mbuf *m)
{
	struct rte_mbuf *overtaken = r->held;
	enum fault_kind fault = fault_next(&r->n->faults);

	if (fault == FAULT_DROP) {
		rte_pktmbuf_free(m);
		return;
	}
	packet_reflect(rte_pktmbuf_mtod(m, uint8_t *), m->data_len);
	if (fault == FAULT_REORDER && !overtaken) {
		r->held = m;
		return;
	}
	if (fault == FAULT_DAMAGE)
		damage(m);
	add(r, q, m);
	if (fault == FAULT_DUPLICATE)
		copy(r, q, m);
	if (overtaken)
		add(r, q, overtaken);
	r->held = NULL;
}

/* False: the port is full. */
static bool send_back(struct reflector *r, uint16_t q)
{
	uint16_t taken, nr = r->back[q].nr - r->back[q].at;

	if (!nr)
		return true;
	taken = rte_eth_tx_burst(r->port->id, q, r->back[q].m + r->back[q].at, nr);
	r->n->returned += taken;
	r->back[q].at += taken;
	if (taken < nr) {
		r->n->port_full++;
		return false;
	}
	r->back[q].nr = r->back[q].at = 0;
	return true;
}

void reflector_turn(struct reflector *r)
{
	struct rte_mbuf *m[PORT_BURST];

	for (uint16_t q = 0; q < r->port->queues; q++) {
		uint16_t nr;

		if (!send_back(r, q))
			continue;
		nr = rte_eth_rx_burst(r->port->id, q, m, PORT_BURST);
		r->n->received += nr;
		for (uint16_t i = 0; i < nr; i++)
			reflect(r, q, m[i]);
		send_back(r, q);
	}
}

void reflector_destroy(struct reflector *r)
{
	r->n->held = r->held != NULL;
	rte_pktmbuf_free(r->held);
	for (uint16_t q = 0; q < r->port->queues; q++)
		for (uint16_t i = r->back[q].at; i < r->back[q].nr; i++)
			rte_pktmbuf_free(r->back[q].m[i]);
}
