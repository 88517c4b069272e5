// SPDX-License-Identifier: LGPL-2.1-or-later
#include <assert.h>
#include <stdlib.h>

#include "analysis/sweeps.h"

#define RIP 0xffffffff81000000ull

const uint32_t sw_first[SW_NR + 1] = {0, 12, 20, 40, 41, 90, SW_LENGTH};

/* What bounds each, and what a post finds. */
static const uint16_t bounds[SW_NR] = {0,
				       PB_EVF_BOUND_VAPIC,
				       PB_EVF_BOUND_PID,
				       PB_EVF_BOUND_PID,
				       PB_EVF_BOUND_PID,
				       PB_EVF_BOUND_MASK | PB_EVF_BOUND_VCPU};
static const uint16_t finds[SW_NR] = {PB_EVF_SUPPRESSED, PB_EVF_SUPPRESSED, PB_EVF_SUPPRESSED,
				      PB_EVF_NOTIFIED,   PB_EVF_NOTIFIED,   PB_EVF_NOTIFIED};

void sw_init(struct maker *m, uint32_t windows)
{
	mk_init(m);
	m->plan.source[0].schedule = PB_SCHED_SWEPT;
	m->plan.source[0].count = windows;
	m->plan.source[0].period_us = 0;
	m->plan.nr_sweeps = 1;
	m->plan.sweep[0] = (struct pb_plan_sweep){.window = PB_WINDOW_PREEMPT,
						  .event = PB_SWEEP_POST,
						  .length = 1000,
						  .windows = windows,
						  .budget = 1000,
						  .deadline_us = 1000};
}

void sw_init_two(struct maker *m, uint32_t windows)
{
	sw_init(m, windows);
	m->plan.nr_sweeps = 2;
	m->plan.sweep[1] = m->plan.sweep[0];
	m->plan.sweep[1].windows = 1;
	m->plan.sweep[0].window = PB_WINDOW_HALT;
	m->plan.sweep[0].event = PB_SWEEP_KICK;
	m->plan.sweep[0].stride = 25;
}

struct pb_event *sw_event(struct maker *m, uint8_t kind, uint32_t seq, uint64_t arg, uint16_t flags)
{
	struct pb_event *e = &m->tr[m->nr_tr++];

	assert(m->nr_tr <= MK_EVENTS);
	*e = (struct pb_event){
		.tsc = 5000 + seq, .kind = kind, .seq = seq, .arg = arg, .flags = flags};
	return e;
}

struct pb_event *sw_window(struct maker *m, uint32_t number, uint8_t sweep, uint32_t outer,
			   uint16_t flags)
{
	struct pb_event *w =
		sw_event(m, PB_TR_WINDOW, number, SW_LENGTH | (uint64_t)outer << 32, flags);

	w->source = sweep;
	w->vector = (uint8_t)m->plan.sweep[sweep].window;
	for (uint32_t i = 0; i < SW_NR; i++)
		sw_event(m, PB_TR_BOUND, sw_first[i], RIP + 16 * i, bounds[i])->vector =
			i == 2 || i == 3;
	return w;
}

static uint32_t interval_at(uint32_t instant)
{
	uint32_t i = 0;

	while (i + 1 < SW_NR && sw_first[i + 1] <= instant)
		i++;
	return i;
}

void sw_post(struct maker *m, uint32_t instant, uint16_t fate)
{
	struct pb_event *e;

	sw_event(m, PB_TR_SWEPT, instant, RIP, finds[interval_at(instant)]);
	e = sw_event(m, PB_TR_FATE, instant, 0, fate);
	e->tsc += 500 - instant;
}

void sw_posts(struct maker *m, uint32_t from, uint32_t to)
{
	for (uint32_t i = 0; i < SW_NR; i++)
		sw_post(m, sw_first[i],
			i >= from && i < to ? PB_EVF_FATE_STRANDED | PB_EVF_FATE_PASSED
					    : PB_EVF_FATE_DELIVERED);
}

void sw_swept(struct maker *m, uint32_t number, uint32_t from, uint32_t to)
{
	sw_window(m, number, 0, 0, 0);
	sw_posts(m, from, to);
}

void sw_own(struct maker *m, uint32_t seq)
{
	mk_healthy(m, 100 * seq, seq, MK_VECTOR);
}

struct pb_result_branch *sw_add(struct pb_result *r, unsigned int kernel, unsigned int scenario,
				struct maker *m)
{
	struct pb_job job = mk_job(m, NULL);

	if (result_add_job(r, kernel, scenario, &job))
		abort();
	mk_free(m);
	return &r->branch[r->nr_branches - 1];
}
