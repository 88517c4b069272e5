// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * route.c - changes the way of a vCPU's interrupts while they come.  In every
 * period the GSI routes are written anew, in a form that KVM must take for a
 * change though it means the same, so that it writes the interrupt-remapping
 * entries again.  With a width the irqfds are then taken away for so long: the
 * entries go from posted to remapped format and back, and what comes meanwhile
 * waits in the host.  Target and vector stay, so that each post is still that
 * vector's.  All begins and ends with a mark, for who looks at these instants.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan/plan.h"
#include "squeezer/squeezer.h"
#include "squeezer/worker.h"

struct route {
	struct rhythm rhythm;
	struct pb_squeezer *sq;
	uint32_t vcpu;
	uint64_t width_ns;
	enum pb_route form;
	int error; /* the first */
	char why[128];
};

/* Also after a failure: nothing is left without its irqfd. The first failure is told. */
static void step(struct route *r, enum pb_route how)
{
	struct pb_vmm *vmm = r->sq->vmm;
	char why[sizeof(r->why)] = "";
	int error = vmm->ops->route(vmm, r->vcpu, how, why, sizeof(why));

	if (!error || r->error)
		return;
	r->error = error;
	memcpy(r->why, why, sizeof(why));
}

static void mark(const struct route *r, bool begin)
{
	if (r->sq->mark)
		r->sq->mark(r->sq->mark_arg, r->sq->index, begin);
}

static void change(struct rhythm *rhythm)
{
	struct route *r = rhythm->arg;

	r->form = r->form == PB_ROUTE_PLAIN ? PB_ROUTE_OTHER : PB_ROUTE_PLAIN;
	mark(r, true);
	step(r, r->form);
	if (r->width_ns) {
		step(r, PB_ROUTE_RELEASE);
		worker_sleep_until(worker_now_ns() + r->width_ns, &rhythm->stop);
		step(r, PB_ROUTE_BIND);
	}
	mark(r, false);
}

static int route_error(struct pb_squeezer *sq, const char *why, int error)
{
	snprintf(sq->error, sizeof(sq->error), "route of vCPU %u: %s",
		 sq->plan->squeezer[sq->index].vcpu, why);
	return error;
}

static bool has_source(const struct pb_plan *plan, uint32_t vcpu)
{
	for (uint32_t i = 0; i < plan->nr_sources; i++)
		if (plan->source[i].vcpu == vcpu)
			return true;
	return false;
}

static int route_start(struct pb_squeezer *sq)
{
	const struct pb_plan_squeezer *s = &sq->plan->squeezer[sq->index];
	struct route *r;
	int ret;

	if (!sq->vmm || !sq->vmm->ops->route)
		return route_error(sq, "this VMM cannot change it", -EOPNOTSUPP);
	if (!has_source(sq->plan, s->vcpu))
		return route_error(sq, "no source posts to it", -EINVAL);
	r = calloc(1, sizeof(*r));
	if (!r)
		return route_error(sq, "out of memory", -ENOMEM);
	sq->priv = r;
	r->sq = sq;
	r->vcpu = s->vcpu;
	r->width_ns = s->width_us * 1000ull;
	r->form = PB_ROUTE_PLAIN;
	r->rhythm.place.cpu = WORKER_ANY_CPU;
	r->rhythm.period_ns = s->period_us * 1000ull;
	r->rhythm.jitter_ns = s->jitter_us * 1000ull;
	r->rhythm.seed = plan_squeezer_seed(sq->plan, sq->index);
	r->rhythm.beat = change;
	r->rhythm.arg = r;
	ret = rhythm_start(&r->rhythm);
	return ret ? route_error(sq, r->rhythm.failed, ret) : 0;
}

static void route_stop(struct pb_squeezer *sq)
{
	struct route *r = sq->priv;

	if (!r)
		return;
	rhythm_stop(&r->rhythm);
	if (r->form != PB_ROUTE_PLAIN)
		step(r, PB_ROUTE_PLAIN);
	/* Interrupts may have been lost by our own doing: the run must not count. */
	sq->failed = r->error ? route_error(sq, r->why, r->error) : 0;
	free(r);
	sq->priv = NULL;
}

const struct pb_squeezer_ops squeezer_route = {
	.name = "route",
	.kind = PB_SQUEEZER_ROUTE,
	.start = route_start,
	.stop = route_stop,
};
