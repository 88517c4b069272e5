// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/lab/model/wire_generator.h"

#include <string.h>

#include "host/lab/model/lab.h"
#include "host/lab/model/pid.h"
#include "shared/event.h"
#include "shared/plan.h"
#include "util/rng.h"
#include "util/wire_packet.h"

#define STREAM_SIZE 16 /* beside those of poster_schedule.c */

const uint8_t wire_generator_mac[WIRE_MAC_LEN] = {0x02, 0x50, 0x49, 0x52, 0xff, 0xff};

static uint32_t reg(const struct wire_generator *g, uint32_t offset)
{
	return g->reg[(offset - PB_NIC_SCHEDULE) / 4];
}

static uint64_t reg_pair(const struct wire_generator *g, uint32_t offset)
{
	return reg(g, offset) | (uint64_t)reg(g, offset + 4) << 32;
}

/* --- sending ---------------------------------------------------------------------- */

/* Nobody who has not seen the frame knows it, and no frame of another arming has it. */
static uint32_t check(const struct wire_generator *g, const struct pb_nic_payload *p)
{
	return (uint32_t)rng_mix(rng_mix(g->config.seed + p->tsc) ^ p->seq ^
				 (uint64_t)p->flow << 32 ^ (uint64_t)p->function << 48);
}

static void prepare(struct wire_generator *g)
{
	g->next = (struct pb_nic_payload){
		.magic = PB_NIC_PAYLOAD_MAGIC,
		.flow = poster_schedule_vector(&g->schedule),
		.function = g->target.number,
		.seq = g->sent + 1,
	};
	g->next_size = g->size_min +
		       (uint32_t)rng_below(&g->size_rng, (uint64_t)g->size_max - g->size_min + 1);
}

static void build(struct wire_generator *g, uint8_t frame[WIRE_PACKET_MAX])
{
	uint8_t dst[WIRE_MAC_LEN];

	g->target.mac(g->target.arg, dst);
	g->next.tsc = lab->tsc();
	g->next.check = check(g, &g->next);
	wire_packet_build(frame, g->next_size, dst, wire_generator_mac, &g->next);
}

static void send(struct wire_generator *g)
{
	uint8_t frame[WIRE_PACKET_MAX];
	uint32_t size = g->next_size;

	build(g, frame);
	g->sent++;
	g->schedule.left--;
	prepare(g);
	wire_switch_send(g->net, WIRE_PORT_WIRE, frame, size);
}

/* Where the message that the next frame causes is posted to. */
static void next_target(struct wire_generator *g, struct aim_target *t)
{
	uint8_t frame[WIRE_PACKET_MAX];

	build(g, frame);
	g->target.aim(g->target.arg, frame, g->next_size, t);
	pid_see(t->pid);
}

static void aim_next(struct wire_generator *g)
{
	struct aim_target t = {
		.kind = g->config.aim,
		.skip = g->config.skip,
		.offset = poster_schedule_offset(&g->schedule),
	};

	next_target(g, &t);
	aim_set(&g->aim, &t);
}

/* Wait for the next occasion, or be done. */
static void wait(struct wire_generator *g)
{
	if (!g->schedule.left) {
		g->armed = false;
		g->done = true;
	} else if (g->config.schedule == PB_SCHED_AIMED) {
		aim_next(g);
	} else {
		lab->timer_set(g->timer, poster_schedule_next(&g->schedule, lab->now()));
	}
}

static void occasion(void *arg)
{
	struct wire_generator *g = arg;

	if (!g->armed)
		return;
	for (uint32_t n = poster_schedule_posts(&g->schedule); n; n--)
		send(g);
	wait(g);
}

/* --- receiving -------------------------------------------------------------------- */

static bool ours(const struct wire_generator *g, const struct pb_nic_payload *p)
{
	return p->magic == PB_NIC_PAYLOAD_MAGIC && p->seq && p->seq <= g->sent &&
	       p->check == check(g, p);
}

static void record(struct wire_generator *g, uint64_t ticks)
{
	g->hist[pb_nic_hist_bucket(ticks)]++;
	if (!g->returned || ticks < g->latency_min)
		g->latency_min = ticks;
	if (ticks > g->latency_max)
		g->latency_max = ticks;
	g->returned++;
}

bool wire_generator_take(struct wire_generator *g, const struct pb_nic_payload *p)
{
	uint8_t bit = 1u << p->seq % 8, *byte;

	if (!ours(g, p))
		return false;
	byte = &g->back[p->seq / 8];
	if (*byte & bit)
		g->duplicates++;
	else
		record(g, lab->tsc() - p->tsc);
	*byte |= bit;
	return true;
}

/* --- arming ------------------------------------------------------------------------- */

static void disarm(struct wire_generator *g)
{
	lab->timer_cancel(g->timer);
	aim_clear(&g->aim);
	g->armed = false;
}

static void clear(struct wire_generator *g)
{
	memset(g->back, 0, g->sent / 8 + 1); /* only so far as it was ever written */
	g->done = g->invalid = false;
	g->sent = g->returned = g->duplicates = 0;
	g->latency_min = g->latency_max = 0;
	g->aim.abandoned = g->aim.stalled = 0;
	memset(g->hist, 0, sizeof(g->hist));
}

static bool valid(const struct wire_generator *g, const struct poster_config *c)
{
	return poster_config_valid(c) && c->schedule != PB_SCHED_SWEPT &&
	       reg(g, PB_NIC_SIZE_MIN) >= WIRE_PACKET_MIN &&
	       reg(g, PB_NIC_SIZE_MIN) <= reg(g, PB_NIC_SIZE_MAX) &&
	       reg(g, PB_NIC_SIZE_MAX) <= WIRE_PACKET_MAX;
}

static void arm(struct wire_generator *g)
{
	struct poster_config c = {
		.schedule = reg(g, PB_NIC_SCHEDULE),
		.aim = reg(g, PB_NIC_AIM),
		.count = reg(g, PB_NIC_COUNT),
		.vectors = reg(g, PB_NIC_FLOWS),
		.period = reg_pair(g, PB_NIC_PERIOD_LO),
		.burst = reg(g, PB_NIC_BURST),
		.fresh = reg(g, PB_NIC_FLAGS) & PB_NIC_FL_IN_ORDER,
		.offset_min = reg(g, PB_NIC_OFFSET_MIN),
		.offset_max = reg(g, PB_NIC_OFFSET_MAX),
		.skip = reg(g, PB_NIC_SKIP),
		.seed = reg_pair(g, PB_NIC_SEED_LO),
	};

	disarm(g);
	clear(g);
	g->invalid = !valid(g, &c);
	if (g->invalid)
		return;
	g->config = c;
	g->size_min = reg(g, PB_NIC_SIZE_MIN);
	g->size_max = reg(g, PB_NIC_SIZE_MAX);
	g->size_rng = rng_derive(c.seed, STREAM_SIZE);
	poster_schedule_init(&g->schedule, &g->config, lab->now());
	prepare(g);
	g->armed = true;
	wait(g);
}

void wire_generator_retarget(struct wire_generator *g)
{
	struct aim_target t;

	if (!g->armed || g->config.schedule != PB_SCHED_AIMED)
		return;
	next_target(g, &t);
	aim_retarget(&g->aim, t.pid);
}

/* --- registers ------------------------------------------------------------------------ */

static uint32_t status(const struct wire_generator *g)
{
	return (g->armed ? PB_NIC_ST_ARMED : 0) | (g->done ? PB_NIC_ST_DONE : 0) |
	       (g->invalid ? PB_NIC_ST_INVALID : 0);
}

static uint32_t saturated(uint64_t v)
{
	return v < UINT32_MAX ? (uint32_t)v : UINT32_MAX;
}

static bool stored(uint32_t offset)
{
	return offset >= PB_NIC_SCHEDULE && offset <= PB_NIC_SIZE_MAX;
}

uint32_t wire_generator_read(const struct wire_generator *g, uint32_t offset)
{
	if (stored(offset))
		return reg(g, offset);
	switch (offset) {
	case PB_NIC_STATUS:
		return status(g);
	case PB_NIC_SENT:
		return g->sent;
	case PB_NIC_RETURNED:
		return g->returned;
	case PB_NIC_DUPLICATES:
		return g->duplicates;
	case PB_NIC_ABANDONED:
		return g->aim.abandoned;
	case PB_NIC_STALLED:
		return g->aim.stalled;
	case PB_NIC_HIST_INDEX:
		return g->hist_index;
	case PB_NIC_HIST_COUNT:
		return g->hist_index < PB_NIC_HIST_BUCKETS ? g->hist[g->hist_index] : 0;
	case PB_NIC_LATENCY_MIN:
		return saturated(g->latency_min);
	case PB_NIC_LATENCY_MAX:
		return saturated(g->latency_max);
	default:
		return 0;
	}
}

void wire_generator_write(struct wire_generator *g, uint32_t offset, uint32_t value)
{
	if (stored(offset))
		g->reg[(offset - PB_NIC_SCHEDULE) / 4] = value;
	else if (offset == PB_NIC_HIST_INDEX)
		g->hist_index = value;
	else if (offset == PB_NIC_CTRL && value == PB_NIC_CTRL_ARM)
		arm(g);
	else if (offset == PB_NIC_CTRL && value == PB_NIC_CTRL_DISARM)
		disarm(g);
}

/* --- life ------------------------------------------------------------------------------ */

int wire_generator_init(struct wire_generator *g, struct wire_switch *net,
			const struct wire_target *target, const char *name, const char *aim)
{
	memset(g, 0, sizeof(*g));
	g->net = net;
	g->target = *target;
	g->timer = lab->timer_create(name, occasion, g);
	return g->timer < 0 ? g->timer : aim_init(&g->aim, aim, occasion, g);
}

void wire_generator_reset(struct wire_generator *g)
{
	disarm(g);
	clear(g);
	memset(g->reg, 0, sizeof(g->reg));
	g->hist_index = 0;
}
