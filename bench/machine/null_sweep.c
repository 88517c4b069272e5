// SPDX-License-Identifier: LGPL-2.1-or-later
#include "machine/null_sweep.h"

#include <stdbool.h>

#include "plan/plan.h"
#include "util/rng.h"

/* Streams of the seed from here on; null_physics.c has those of the vCPUs. */
#define SEED_STREAM 5000

#define MIN_INTERVALS 10u
#define MAX_INTERVALS 40u
#define MAX_LENGTH    12u /* instants of an interval */
#define TEXT_BASE     0xffffffff81000000ull /* where a kernel's text begins */
#define FUNCTION      0x400u /* bytes */
#define DELIVERY      700u /* ticks from a post to its delivery, at least */

#define PID_SN 2u

struct sweeper {
	const struct pb_plan *plan;
	uint32_t loses_permille;
	uint64_t rng;
	uint64_t tsc;
	uint32_t branches; /* made so far, of the sweep that posts */
	struct collector *truth;
	int error;
};

/* One window: instant at which each interval begins, and the parts of the model. */
struct drawn {
	uint32_t nr, first[MAX_INTERVALS + 1]; /* first[nr]: its length */
	uint32_t cleared; /* interval in which SN is 0 again */
	uint32_t taken; /* from here on the kernel has looked at PIR */
	bool open;
};

static void tell(struct sweeper *s, const struct pb_event *e)
{
	int ret = s->error ? 0 : collector_add(s->truth, e, 1);

	if (ret)
		s->error = ret;
}

static uint16_t cpu_of(const struct sweeper *s)
{
	return (uint16_t)s->plan->vcpu_cpu[s->plan->source[0].vcpu];
}

static uint64_t rip_at(uint32_t interval)
{
	return TEXT_BASE + interval / 4 * FUNCTION + interval % 4 * 0x5c;
}

static void draw(struct sweeper *s, const struct pb_plan_sweep *asked, struct drawn *d)
{
	uint32_t at = 0;

	*d = (struct drawn){0};
	d->nr = MIN_INTERVALS + (uint32_t)rng_below(&s->rng, MAX_INTERVALS - MIN_INTERVALS);
	for (uint32_t i = 0; i < d->nr; i++) {
		d->first[i] = at;
		at += 1 + (uint32_t)rng_below(&s->rng, MAX_LENGTH);
		if (at < asked->length)
			continue;
		d->open = at > asked->length;
		at = asked->length;
		d->nr = i + 1;
	}
	d->first[d->nr] = at;
	d->cleared = d->nr * 2 / 3;
	d->taken = d->cleared + 2;
}

static uint16_t bound_of(const struct drawn *d, uint32_t i)
{
	if (!i)
		return 0;
	if (i == d->cleared || i == d->taken || i % 3 == 1)
		return PB_EVF_BOUND_PID;
	return i % 3 ? PB_EVF_BOUND_VAPIC : PB_EVF_BOUND_MASK;
}

static void tell_window(struct sweeper *s, const struct drawn *d, struct pb_event *e)
{
	e->kind = PB_TR_WINDOW;
	e->tsc = s->tsc;
	e->vcpu = (uint16_t)s->plan->source[0].vcpu;
	e->cpu = cpu_of(s);
	e->arg |= d->first[d->nr];
	e->flags |= d->open ? PB_EVF_WINDOW_OPEN : 0;
	tell(s, e);
	for (uint32_t i = 0; i < d->nr; i++) {
		struct pb_event b = {.kind = PB_TR_BOUND,
				     .tsc = s->tsc + d->first[i],
				     .seq = d->first[i],
				     .arg = rip_at(i),
				     .vcpu = e->vcpu,
				     .cpu = e->cpu,
				     .flags = bound_of(d, i),
				     .vector = i == d->cleared,
				     .source = e->source};

		tell(s, &b);
	}
}

static void tell_post(struct sweeper *s, const struct drawn *d, uint32_t i, uint32_t instant,
		      bool forgotten)
{
	bool sn = i < d->cleared;
	struct pb_event e = {.kind = PB_TR_SWEPT,
			     .tsc = s->tsc + instant,
			     .seq = instant,
			     .arg = rip_at(i) + 4ull * (instant - d->first[i]),
			     .vcpu = (uint16_t)s->plan->source[0].vcpu,
			     .cpu = cpu_of(s),
			     .flags = sn ? PB_EVF_SUPPRESSED : PB_EVF_NOTIFIED,
			     .vector = plan_guest_vector(0, 0)};

	tell(s, &e);
	e.kind = PB_TR_FATE;
	e.arg = 0;
	e.flags = forgotten ? PB_EVF_FATE_STRANDED | PB_EVF_FATE_PASSED : PB_EVF_FATE_DELIVERED;
	e.tsc = s->tsc + d->first[d->nr] + DELIVERY + i;
	tell(s, &e);
	s->branches++;
}

/* One branch for each interval, at its first and its last instant; or one for each stride. */
static void sweep_posts(struct sweeper *s, const struct pb_plan_sweep *asked, const struct drawn *d)
{
	uint32_t next = 0;

	for (uint32_t i = 0; i < d->nr; i++) {
		bool forgotten = i < d->cleared && rng_below(&s->rng, 1000) < s->loses_permille;
		uint32_t first = d->first[i], last = d->first[i + 1] - 1;

		if (!asked->stride) {
			tell_post(s, d, i, first, forgotten);
			if (last > first)
				tell_post(s, d, i, last, forgotten);
			continue;
		}
		for (; next <= last; next += asked->stride)
			tell_post(s, d, i, next, forgotten);
	}
}

/* How many branches that would be, at most. */
static uint32_t branches_of(const struct pb_plan_sweep *asked, const struct drawn *d)
{
	return asked->stride ? d->first[d->nr] / asked->stride + 1 : 2 * d->nr;
}

/* A window in which posts are tried, if the budget is enough for it. */
static void sweep_window(struct sweeper *s, const struct pb_plan_sweep *asked,
			 const struct drawn *d, struct pb_event *e)
{
	bool cut = s->branches + branches_of(asked, d) > asked->budget;

	if (cut)
		e->flags |= PB_EVF_WINDOW_CUT;
	tell_window(s, d, e);
	if (!cut)
		sweep_posts(s, asked, d);
}

/* The inner windows of an outer one. */
static void sweep_within(struct sweeper *s, const struct drawn *outer)
{
	const struct pb_plan_sweep *asked = &s->plan->sweep[1];
	uint32_t stride = s->plan->sweep[0].stride ? s->plan->sweep[0].stride : 1;
	struct drawn first = {0}, d;
	bool none = true;

	for (uint32_t at = 0; at < outer->first[outer->nr]; at += stride) {
		struct pb_event e = {.seq = 1,
				     .vector = (uint8_t)asked->window,
				     .source = 1,
				     .arg = (uint64_t)at << 32};
		uint64_t kind = rng_below(&s->rng, 4);

		if (!kind) {
			d = (struct drawn){0};
			tell_window(s, &d, &e);
		} else if (kind == 1 && !none) {
			e.flags = PB_EVF_WINDOW_ALIKE;
			tell_window(s, &first, &e);
		} else {
			draw(s, asked, &d);
			sweep_window(s, asked, &d, &e);
			none = none && e.flags & PB_EVF_WINDOW_CUT;
			if (!first.nr && !none)
				first = d;
		}
	}
}

int null_sweep(const struct pb_plan *plan, uint64_t tsc, uint32_t loses_permille,
	       struct collector *truth)
{
	struct sweeper s = {.plan = plan,
			    .loses_permille = loses_permille,
			    .rng = rng_derive(plan->seed, SEED_STREAM),
			    .tsc = tsc,
			    .truth = truth};
	const struct pb_plan_sweep *asked = &plan->sweep[0];

	for (uint32_t i = 1; plan->nr_sweeps && i <= asked->windows && !s.error; i++) {
		struct pb_event e = {.seq = i, .vector = (uint8_t)asked->window};
		struct drawn d;

		draw(&s, asked, &d);
		s.tsc += 1000;
		if (plan->nr_sweeps == 1) {
			sweep_window(&s, asked, &d, &e);
		} else {
			tell_window(&s, &d, &e);
			sweep_within(&s, &d);
		}
	}
	return s.error;
}
