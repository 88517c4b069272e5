// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pktgen/dpdk/generator.h"

#include <rte_cycles.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pktgen/pace.h"
#include "pktgen/packet.h"

#define WEIGH_ROUNDS 64u
#define WEIGH_TURNS  64u
#define FAR          (1ull << 62)

enum phase { PHASE_SENDING, PHASE_DRAINING, PHASE_OVER };

/* The burst that is being sent: what the port did not take is offered again. */
struct burst {
	struct rte_mbuf *m[OPTIONS_BURST_MAX];
	uint16_t flow[OPTIONS_BURST_MAX];
	uint32_t seq[OPTIONS_BURST_MAX];
	uint16_t queue, nr, at;
};

struct generator {
	const struct options *o;
	const struct port *port;
	struct report *r;
	struct report_generator *n; /* its numbers */
	enum phase phase;
	struct pace pace;
	struct packet_run run;
	uint64_t size_rng, start, duration, drain, last, drained;
	uint64_t assigned; /* packets that got a sequence number */
	bool owed; /* a burst is due and could not be built yet */
	uint16_t next_queue;
	uint32_t next_flow[OPTIONS_QUEUES];
	struct burst burst;
	struct wire_template *template; /* by flow */
	struct flow *flow;
	uint64_t *seen;
	uint8_t scratch[WIRE_PACKET_MAX];
};

/* ---- sending ----------------------------------------------------------------------- */

/* The flows of a queue take turns; flow f is queue f % queues's. */
static uint16_t flow_of(struct generator *g, uint16_t queue)
{
	uint32_t f = g->next_flow[queue];

	g->next_flow[queue] = f + g->port->queues < g->run.flows ? f + g->port->queues : queue;
	return (uint16_t)f;
}

static uint16_t burst_size(const struct generator *g)
{
	uint64_t left = g->o->count ? g->o->count - g->assigned : g->o->burst;

	return (uint16_t)(left < g->o->burst ? left : g->o->burst);
}

static bool burst_fill(struct generator *g)
{
	struct burst *b = &g->burst;
	uint16_t nr = burst_size(g);

	if (rte_pktmbuf_alloc_bulk(g->port->tx, b->m, nr)) {
		g->n->no_buffer++;
		return false;
	}
	b->queue = g->next_queue;
	g->next_queue = b->queue + 1u < g->port->queues ? (uint16_t)(b->queue + 1) : 0;
	for (uint16_t i = 0; i < nr; i++) {
		struct rte_mbuf *m = b->m[i];
		uint64_t size = g->o->size_min;

		if (g->o->size_max > size)
			size += rng_below(&g->size_rng, g->o->size_max - size + 1);
		m->data_len = (uint16_t)size;
		m->pkt_len = (uint32_t)size;
		b->flow[i] = flow_of(g, b->queue);
		b->seq[i] = flow_next(&g->flow[b->flow[i]]);
	}
	b->nr = nr;
	b->at = 0;
	g->assigned += nr;
	return true;
}

static void burst_send(struct generator *g)
{
	struct burst *b = &g->burst;
	uint16_t taken;

	for (uint16_t i = b->at; i < b->nr; i++) {
		struct rte_mbuf *m = b->m[i];

		packet_stamp(&g->run, &g->template[b->flow[i]], rte_pktmbuf_mtod(m, uint8_t *),
			     m -> data_len, b -> flow[i], b -> seq[i], rte_rdtsc());
		g->n->sent_bytes += m->data_len;
	}
	taken = rte_eth_tx_burst(g->port->id, b->queue, b->m + b->at, b->nr - b->at);
	b->at += taken;
	g->n->sent += taken;
	if (b->at == b->nr) {
		b->nr = b->at = 0;
		return;
	}
	g->n->port_full++;
	for (uint16_t i = b->at; i < b->nr; i++)
		g->n->sent_bytes -= b->m[i]->data_len;
}

/* `end`: of the schedule. */
static void sending_over(struct generator *g, uint64_t end)
{
	const struct burst *b = &g->burst;

	/* Behind the last of --count nothing is due. */
	if (!g->o->count || g->assigned < g->o->count)
		pace_end(&g->pace, end);
	g->n->skipped = g->pace.skipped * g->o->burst;
	/* As fast as it goes, nothing is due but what went. */
	g->n->unsent = g->o->rate ? b->nr - b->at + (g->owed ? burst_size(g) : 0u) : 0;
	g->n->due = g->n->sent + g->n->skipped + g->n->unsent;
	g->n->elapsed = end - g->start;
	g->drained = end;
	g->phase = PHASE_DRAINING;
}

static void turn_send(struct generator *g, uint64_t now)
{
	struct burst *b = &g->burst;
	bool more = !g->o->count || g->assigned < g->o->count;

	if (!b->nr && !g->owed) {
		if (!pace_take(&g->pace, now))
			return;
		if (!more) {
			/* The last burst's time is over, too. */
			sending_over(g, now);
			return;
		}
		g->owed = true;
	}
	if (!b->nr && !burst_fill(g))
		return;
	g->owed = false;
	burst_send(g);
}

/* ---- receiving ----------------------------------------------------------------------- */

static void take(struct generator *g, struct rte_mbuf *m, uint64_t now)
{
	const uint8_t *frame = m->pkt_len <= sizeof(g->scratch)
				       ? rte_pktmbuf_read(m, 0, m->pkt_len, g->scratch)
				       : NULL;
	struct pb_nic_payload p;
	enum packet_kind kind = PACKET_FOREIGN;
	enum flow_fate fate;

	if (frame)
		kind = packet_parse(&g->run, frame, m->pkt_len, &p);
	g->n->foreign += kind == PACKET_FOREIGN;
	g->n->damaged += kind == PACKET_DAMAGED;
	if (kind != PACKET_OURS)
		return;
	fate = flow_take(&g->flow[p.flow], p.seq);
	g->n->fate[fate]++;
	if (fate != FLOW_NEW && fate != FLOW_REORDERED)
		return;
	g->n->backwards += p.tsc > now;
	histogram_add(&g->n->latency, p.tsc > now ? 0 : now - p.tsc);
}

static void receive(struct generator *g)
{
	struct rte_mbuf *m[PORT_BURST];

	for (uint16_t q = 0; q < g->port->queues; q++) {
		uint16_t nr = rte_eth_rx_burst(g->port->id, q, m, PORT_BURST);
		uint64_t now;

		if (!nr)
			continue;
		now = rte_rdtsc();
		g->n->received += nr;
		for (uint16_t i = 0; i < nr; i++)
			take(g, m[i], now);
		rte_pktmbuf_free_bulk(m, nr);
	}
}

/* ---- turns ----------------------------------------------------------------------------- */

static bool all_back(const struct generator *g)
{
	return g->o->one_way || g->n->fate[FLOW_NEW] + g->n->fate[FLOW_REORDERED] >= g->n->sent;
}

static void turn_sending(struct generator *g, uint64_t now, const volatile sig_atomic_t *stop)
{
	if (now - g->last > g->n->longest_gap)
		g->n->longest_gap = now - g->last;
	g->last = now;
	if (g->duration && now - g->start >= g->duration)
		sending_over(g, g->start + g->duration);
	else if (*stop)
		sending_over(g, now);
	else
		turn_send(g, now);
	g->r->interrupted |= *stop != 0;
}

bool generator_turn(struct generator *g, const volatile sig_atomic_t *stop)
{
	uint64_t now = rte_rdtsc();

	if (g->phase == PHASE_SENDING)
		turn_sending(g, now, stop);
	receive(g);
	if (g->phase == PHASE_DRAINING &&
	    ((int64_t)(now - g->drained) >= (int64_t)g->drain || all_back(g)))
		g->phase = PHASE_OVER;
	return g->phase != PHASE_OVER;
}

void generator_start(struct generator *g)
{
	g->start = g->last = rte_rdtsc();
	g->n->longest_gap = 0;
	pace_start(&g->pace, g->start);
}

/* ---- what measuring costs ---------------------------------------------------------------- */

static void weigh_tsc(struct generator *g)
{
	(void)g;
	rte_rdtsc();
}

/* A turn as when nothing is due and nothing comes. */
static void weigh_loop(struct generator *g)
{
	static const volatile sig_atomic_t go;

	generator_turn(g, &go);
}

static void weigh_stamp(struct generator *g)
{
	packet_stamp(&g->run, &g->template[0], g -> scratch, g -> o -> size_min, 0, 1, rte_rdtsc());
	rte_compiler_barrier();
}

static uint64_t weigh(struct generator *g, void (*what)(struct generator *g))
{
	uint64_t least = UINT64_MAX;

	for (unsigned int round = 0; round < WEIGH_ROUNDS; round++) {
		uint64_t from = rte_rdtsc(), ticks;

		for (unsigned int i = 0; i < WEIGH_TURNS; i++)
			what(g);
		ticks = rte_rdtsc() - from;
		if (ticks < least)
			least = ticks;
	}
	return (least + WEIGH_TURNS / 2) / WEIGH_TURNS;
}

void generator_weigh(struct generator *g)
{
	struct pace pace = g->pace;
	uint64_t duration = g->duration;

	g->r->overhead.tsc = weigh(g, weigh_tsc);
	g->r->overhead.stamp = weigh(g, weigh_stamp);
	pace_init(&g->pace, 1, 1, FAR - 1, 0);
	g->duration = 0;
	g->start = g->last = rte_rdtsc();
	pace_start(&g->pace, g->start + FAR);
	g->r->overhead.empty_loop = weigh(g, weigh_loop);
	g->pace = pace;
	g->duration = duration;
}

/* ---- life ---------------------------------------------------------------------------------- */

static bool memory(struct generator *g)
{
	size_t words = (size_t)g->o->window / 64, flows = (size_t)g->o->flows;

	g->template = calloc(flows, sizeof(*g->template));
	g->flow = calloc(flows, sizeof(*g->flow));
	g->seen = calloc(flows, words * sizeof(*g->seen));
	if (!g->template || !g->flow || !g->seen)
		return false;
	for (size_t i = 0; i < flows; i++)
		flow_init(&g->flow[i], &g->seen[i * words], (uint32_t)g->o->window);
	for (uint16_t q = 0; q < g->port->queues; q++)
		g->next_flow[q] = q;
	return true;
}

struct generator *generator_new(const struct options *o, const struct port *port,
				const uint8_t dst[WIRE_MAC_LEN], struct report *result,
				char err[OPTIONS_ERR])
{
	struct generator *g = calloc(1, sizeof(*g));
	uint64_t hz = result->tsc_hz;

	if (!g)
		goto no_memory;
	g->o = o;
	g->port = port;
	g->r = result;
	g->n = &result->generator;
	g->run = (struct packet_run){.key = rng_derive(o->seed, 0), .flows = (uint32_t)o->flows};
	g->size_rng = rng_derive(o->seed, 1);
	g->duration = (uint64_t)((unsigned __int128)o->duration_ms * hz / 1000);
	g->drain = (uint64_t)((unsigned __int128)o->drain_ms * hz / 1000);
	if (!memory(g))
		goto no_memory;
	if (pace_init(&g->pace, o->rate, (uint32_t)o->burst, hz,
		      (uint64_t)((unsigned __int128)o->catch_up_us * hz / 1000000))) {
		snprintf(err, OPTIONS_ERR, "--rate: %llu is more than the TSC has ticks (%llu/s)",
			 (unsigned long long)o->rate, (unsigned long long)hz);
		generator_free(g);
		return NULL;
	}
	for (uint16_t f = 0; f < o->flows; f++)
		packet_template(&g->template[f], f, dst, port -> mac);
	histogram_init(&g->n->latency);
	result->generates = true;
	return g;
no_memory:
	snprintf(err, OPTIONS_ERR, "no memory for %llu flows of %llu packets (--flows, --window)",
		 (unsigned long long)o->flows, (unsigned long long)o->window);
	generator_free(g);
	return NULL;
}

void generator_free(struct generator *g)
{
	if (!g)
		return;
	for (uint16_t i = g->burst.at; i < g->burst.nr; i++)
		rte_pktmbuf_free(g->burst.m[i]);
	free(g->template);
	free(g->flow);
	free(g->seen);
	free(g);
}
