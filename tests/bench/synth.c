// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tests/bench/synth.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "event/run.h"
#include "plan/plan.h"
#include "util/rng.h"

#define VCPUS   2
#define VECTORS 8
#define KHZ     1000000u /* a tick is a nanosecond */
#define PHASES  5
#define STEP    16 /* events that step() adds at most */

/* What one writer of a real run has in a ring of its own. */
enum ring { RING_PHASE, RING_SCHED, RING_ISR, RING_POST, RINGS };

struct ring_events {
	struct pb_event *ev;
	uint64_t nr;
};

struct writer {
	struct ring_events ring[RINGS][VCPUS];
	uint64_t nr; /* in all */
	uint64_t rng;
};

static void put(struct writer *w, enum ring ring, unsigned int vcpu, struct pb_event ev)
{
	struct ring_events *r = &w->ring[ring][vcpu];

	r->ev[r->nr++] = ev;
	w->nr++;
}

static void put_phase(struct writer *w, enum pb_phase phase, uint64_t tsc)
{
	put(w, RING_PHASE, 0,
	    (struct pb_event){.tsc = tsc,
			      .arg = phase,
			      .vcpu = PB_VCPU_NONE,
			      .cpu = PB_CPU_NONE,
			      .kind = PB_EV_PHASE});
}

static void put_switch(struct writer *w, unsigned int vcpu, bool in, uint64_t tsc)
{
	put(w, RING_SCHED, vcpu,
	    (struct pb_event){.tsc = tsc,
			      .vcpu = (uint16_t)vcpu,
			      .cpu = (uint16_t)vcpu,
			      .flags = in ? 0 : PB_EVF_PREEMPTED,
			      .kind = in ? PB_EV_SCHED_IN : PB_EV_SCHED_OUT});
}

/* A post, or the ISR entry that saw it. */
static void put_irq(struct writer *w, enum pb_event_kind kind, unsigned int vcpu,
		    unsigned int index, uint32_t seq, uint64_t tsc)
{
	put(w, kind == PB_EV_POST ? RING_POST : RING_ISR, vcpu,
	    (struct pb_event){.tsc = tsc,
			      .seq = seq,
			      .vcpu = (uint16_t)vcpu,
			      .cpu = PB_CPU_NONE,
			      .kind = (uint8_t)kind,
			      .vector = plan_guest_vector(vcpu, index),
			      .source = (uint8_t)vcpu});
}

/*
 * A piece of one vCPU's life: one to four posts, some of them to the same
 * vector, now and then a preemption, then the ISR entries. Returns its end.
 */
static uint64_t step(struct writer *w, unsigned int vcpu, uint32_t *seq, uint64_t t)
{
	uint32_t newest[VECTORS] = {0}, posts = 1 + (uint32_t)rng_below(&w->rng, 4);
	bool preempted = !rng_below(&w->rng, 8);

	if (preempted)
		put_switch(w, vcpu, false, t++);
	for (uint32_t i = 0; i < posts; i++) {
		uint32_t v = (uint32_t)rng_below(&w->rng, VECTORS);

		newest[v] = ++*seq;
		t += 100 + rng_below(&w->rng, 400);
		put_irq(w, PB_EV_POST, vcpu, v, *seq, t);
	}
	if (preempted)
		put_switch(w, vcpu, true, t += 20000 + rng_below(&w->rng, 60000));
	for (uint32_t v = 0; v < VECTORS; v++)
		if (newest[v])
			put_irq(w, PB_EV_ISR, vcpu, v, newest[v],
				t += 300 + rng_exponential(&w->rng, 500));
	return t + 1000;
}

static void plan_fill(struct pb_plan *plan, uint64_t seed)
{
	memset(plan, 0, sizeof(*plan));
	memcpy(plan->scenario, "bench", sizeof("bench"));
	plan->seed = seed;
	plan->vcpus = plan->nr_sources = VCPUS;
	plan->late_us = 10;
	plan->measure_us = plan->drain_us = PB_PLAN_MAX_US;
	plan->event_capacity = PB_PLAN_MAX_EVENTS;
	for (uint32_t i = 0; i < VCPUS; i++) {
		plan->vcpu_cpu[i] = i;
		plan->source[i] = (struct pb_plan_source){.vcpu = i,
							  .vectors = VECTORS,
							  .count = PB_PLAN_MAX_COUNT,
							  .schedule = PB_SCHED_PERIODIC,
							  .period_us = 1};
	}
	plan_seal(plan);
}

static int rings_alloc(struct writer *w, uint64_t capacity)
{
	for (unsigned int r = 0; r < RINGS; r++)
		for (unsigned int v = 0; v < VCPUS; v++) {
			w->ring[r][v].ev = malloc((capacity + 1) * sizeof(struct pb_event));
			if (!w->ring[r][v].ev)
				return -ENOMEM;
		}
	return 0;
}

static void rings_free(struct writer *w)
{
	for (unsigned int r = 0; r < RINGS; r++)
		for (unsigned int v = 0; v < VCPUS; v++)
			free(w->ring[r][v].ev);
}

/* The two vCPUs side by side, until there are so many events. */
static void live(struct writer *w, uint64_t events)
{
	uint64_t t[VCPUS] = {1000, 1000};
	uint32_t seq[VCPUS] = {0};

	for (uint32_t p = PB_PHASE_START; p <= PB_PHASE_MEASURE; p++)
		put_phase(w, (enum pb_phase)p, p);
	while (w->nr + STEP + PHASES <= events) {
		unsigned int vcpu = t[1] < t[0];

		if (seq[vcpu] + STEP > PB_PLAN_MAX_COUNT)
			break;
		t[vcpu] = step(w, vcpu, &seq[vcpu], t[vcpu]);
	}
	put_phase(w, PB_PHASE_DRAIN, t[0] + t[1]);
	put_phase(w, PB_PHASE_STOP, t[0] + t[1] + 1);
}

/* As the executor hands them over: one ring after the other. */
static struct pb_run *gather(const struct writer *w, const struct pb_plan *plan)
{
	struct pb_run *run = calloc(1, run_size(w->nr));
	struct pb_event *to;

	if (!run)
		return NULL;
	to = (struct pb_event *)(run + 1);
	for (unsigned int r = 0; r < RINGS; r++)
		for (unsigned int v = 0; v < VCPUS; v++) {
			const struct ring_events *from = &w->ring[r][v];

			memcpy(to, from->ev, from->nr * sizeof(*to));
			to += from->nr;
		}
	run->nr_events = w->nr;
	run->posted = w->ring[RING_POST][0].nr + w->ring[RING_POST][1].nr;
	run->isr = w->ring[RING_ISR][0].nr + w->ring[RING_ISR][1].nr;
	run->content = PB_RUN_EVENTS;
	run->tsc_khz = KHZ;
	run->plan_crc = plan->crc;
	run_seal(run);
	return run;
}

int synth_run(struct pb_plan *plan, uint64_t events, uint64_t seed, struct pb_run **run)
{
	struct writer w = {.rng = seed};
	int ret;

	if (events > PB_RUN_MAX_EVENTS)
		events = PB_RUN_MAX_EVENTS;
	plan_fill(plan, seed);
	ret = rings_alloc(&w, events + PHASES);
	if (!ret) {
		live(&w, events);
		*run = gather(&w, plan);
		ret = *run ? 0 : -ENOMEM;
	}
	rings_free(&w);
	return ret;
}
