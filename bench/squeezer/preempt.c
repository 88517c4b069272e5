// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * preempt.c - real-time pulses on a vCPU's CPU: in every period a SCHED_FIFO
 * thread takes the CPU for a width of time.  Unlike a hog it preempts at once,
 * wherever the vCPU's thread is, and for a time that is known.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan/plan.h"
#include "squeezer/squeezer.h"
#include "squeezer/worker.h"

struct preempt {
	struct rhythm rhythm;
	uint64_t width_ns;
};

static void pulse(struct rhythm *r)
{
	const struct preempt *p = r->arg;

	worker_spin(p->width_ns, &r->stop);
}

static int preempt_start(struct pb_squeezer *sq)
{
	const struct pb_plan_squeezer *s = &sq->plan->squeezer[sq->index];
	uint32_t cpu = sq->plan->vcpu_cpu[s->vcpu];
	struct preempt *p = calloc(1, sizeof(*p));
	int r;

	if (!p) {
		snprintf(sq->error, sizeof(sq->error), "preempt: out of memory");
		return -ENOMEM;
	}
	p->width_ns = s->width_us * 1000ull;
	p->rhythm.place = (struct worker_place){.cpu = cpu, .rt_priority = s->rt_priority};
	p->rhythm.period_ns = s->period_us * 1000ull;
	p->rhythm.jitter_ns = s->jitter_us * 1000ull;
	p->rhythm.seed = plan_squeezer_seed(sq->plan, sq->index);
	p->rhythm.beat = pulse;
	p->rhythm.arg = p;
	sq->priv = p;
	r = rhythm_start(&p->rhythm);
	if (r)
		snprintf(sq->error, sizeof(sq->error), "preempt on CPU %u: %s: %s", cpu,
			 p->rhythm.failed, strerror(-r));
	return r;
}

static void preempt_stop(struct pb_squeezer *sq)
{
	struct preempt *p = sq->priv;

	if (!p)
		return;
	rhythm_stop(&p->rhythm);
	free(p);
	sq->priv = NULL;
}

const struct pb_squeezer_ops squeezer_preempt = {
	.name = "preempt",
	.kind = PB_SQUEEZER_PREEMPT,
	.start = preempt_start,
	.stop = preempt_stop,
};
