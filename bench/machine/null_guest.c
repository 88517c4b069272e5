// SPDX-License-Identifier: LGPL-2.1-or-later
#include "machine/null_guest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "event/run.h"
#include "plan/plan.h"
#include "util/clock.h"

#define US (PB_CLOCK_VIRTUAL_KHZ / 1000u) /* ticks */

/* From an I/O's begin to its post, where the plan does not say. */
#define SERVICE_TICKS (100u * US)
/* Linux's vectors are others than the plan's. */
#define VECTOR_SHIFT  0x10u

void null_guest_place(const struct pb_plan *plan, struct pb_run *run)
{
	struct pb_event *ev = (struct pb_event *)(run + 1);
	unsigned int source, index;

	for (uint64_t i = 0; i < run->nr_events; i++)
		if (ev[i].kind == PB_EV_POST &&
		    plan_vector_find(plan, ev[i].vector, &source, &index))
			ev[i].vcpu = (uint16_t)(index < plan->vcpus ? index : 0);
}

struct guest {
	const struct pb_plan *plan;
	const struct pb_event *ev;
	uint64_t nr, stop;
	struct collector *out;
	struct pb_run_device device[PB_MAX_SOURCES];
};

/* The first ISR of the vector at or after the post; 0: none came. */
static uint64_t isr_of(const struct guest *g, const struct pb_event *post)
{
	uint64_t best = 0;

	for (uint64_t i = 0; i < g->nr; i++)
		if (g->ev[i].kind == PB_EV_ISR && g->ev[i].vector == post->vector &&
		    g->ev[i].tsc >= post->tsc && (!best || g->ev[i].tsc < best))
			best = g->ev[i].tsc;
	return best;
}

static int add_io(struct guest *g, const struct pb_event *post)
{
	const struct pb_plan_source *s = &g->plan->source[post->source];
	struct pb_run_device *d = &g->device[post->source];
	uint64_t service = s->service ? (uint64_t)s->period_us * US / 2 : SERVICE_TICKS;
	uint64_t timeout = (uint64_t)g->plan->guest.io_timeout_us * US;
	uint64_t done = isr_of(g, post);
	struct pb_event io = *post;

	if (service >= post->tsc)
		service = 0;
	d->submitted++;
	if (!done && s->kind == PB_SOURCE_NIC)
		return 0;
	if (!done) {
		done = post->tsc - service + timeout;
		if (done >= g->stop)
			return 0;
		d->timeouts++;
		d->polled++;
	}
	io.kind = PB_EV_IO;
	io.tsc = done;
	io.arg = done - post->tsc + service;
	io.flags = s->kind == PB_SOURCE_NIC ? PB_EVF_IO_FRAME : PB_EVF_IO_READ;
	io.vector = (uint8_t)((io.vector - PB_VECTOR_BASE) % PB_MAX_VECTORS);
	d->completed++;
	return collector_add(g->out, &io, 1);
}

static int tell(struct guest *g)
{
	int ret = 0;

	for (uint64_t i = 0; i < g->nr && !ret; i++) {
		const struct pb_event *e = &g->ev[i];
		unsigned int source, index;

		if (e->kind == PB_EV_POST)
			ret = add_io(g, e);
		else if (e->kind == PB_EV_ISR &&
			 plan_vector_find(g->plan, e->vector, &source, &index))
			g->device[source].interrupts++;
		else if (e->kind != PB_EV_ISR)
			ret = collector_add(g->out, e, 1);
	}
	return ret;
}

static uint64_t find_stop(const struct pb_run *run)
{
	for (uint64_t i = 0; i < run->nr_events; i++)
		if (run_events(run)[i].kind == PB_EV_PHASE &&
		    run_events(run)[i].arg == PB_PHASE_STOP)
			return run_events(run)[i].tsc;
	return 0;
}

static void choose_vectors(struct pb_run *truth)
{
	struct pb_event *ev = (struct pb_event *)(truth + 1);

	for (uint64_t i = 0; i < truth->nr_events; i++)
		if (ev[i].kind == PB_TR_POST || ev[i].kind == PB_TR_VIRQ)
			ev[i].vector = (uint8_t)(ev[i].vector + VECTOR_SHIFT);
}

int null_guest(const struct pb_plan *plan, struct collector *events, struct collector *truth)
{
	struct collector told = {0};
	struct guest g = {.plan = plan,
			  .ev = run_events(events->run),
			  .nr = events->run->nr_events,
			  .stop = find_stop(events->run),
			  .out = &told};
	int ret = collector_init(&told, g.nr);

	if (ret)
		return ret;
	*told.run = *events->run;
	told.run->nr_events = 0;
	ret = tell(&g);
	if (ret) {
		collector_release(&told);
		return ret;
	}
	told.run->isr = 0;
	memcpy(told.run->device, g.device, sizeof(g.device));
	choose_vectors(truth->run);
	collector_release(events);
	*events = told;
	return 0;
}
