// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * user.c - keeps a vCPU's thread in user space: once in every period it has to
 * leave KVM_RUN and stays out for a width of time, running.  So the vCPU is not
 * loaded, though nobody preempted its thread.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan/plan.h"
#include "squeezer/squeezer.h"
#include "squeezer/worker.h"

struct user {
	struct rhythm rhythm;
	struct pb_vmm *vmm;
	uint32_t vcpu;
	uint64_t width_ns;
};

static void keep_out(struct rhythm *r)
{
	const struct user *u = r->arg;

	u->vmm->ops->hold(u->vmm, u->vcpu, u->width_ns);
}

static int user_start(struct pb_squeezer *sq)
{
	const struct pb_plan_squeezer *s = &sq->plan->squeezer[sq->index];
	struct user *u;
	int r;

	if (!sq->vmm || !sq->vmm->ops->hold) {
		snprintf(sq->error, sizeof(sq->error),
			 "user: this VMM cannot keep a vCPU in user space");
		return -EOPNOTSUPP;
	}
	u = calloc(1, sizeof(*u));
	if (!u) {
		snprintf(sq->error, sizeof(sq->error), "user: out of memory");
		return -ENOMEM;
	}
	u->vmm = sq->vmm;
	u->vcpu = s->vcpu;
	u->width_ns = s->width_us * 1000ull;
	u->rhythm.place.cpu = WORKER_ANY_CPU;
	u->rhythm.period_ns = s->period_us * 1000ull;
	u->rhythm.jitter_ns = s->jitter_us * 1000ull;
	u->rhythm.seed = plan_squeezer_seed(sq->plan, sq->index);
	u->rhythm.beat = keep_out;
	u->rhythm.arg = u;
	sq->priv = u;
	r = rhythm_start(&u->rhythm);
	if (r)
		snprintf(sq->error, sizeof(sq->error), "user: vCPU %u: %s: %s", s->vcpu,
			 u->rhythm.failed, strerror(-r));
	return r;
}

static void user_stop(struct pb_squeezer *sq)
{
	struct user *u = sq->priv;

	if (!u)
		return;
	rhythm_stop(&u->rhythm);
	/* Let go, also of what was asked for last. */
	u->vmm->ops->hold(u->vmm, u->vcpu, 0);
	free(u);
	sq->priv = NULL;
}

const struct pb_squeezer_ops squeezer_user = {
	.name = "user",
	.kind = PB_SQUEEZER_USER,
	.start = user_start,
	.stop = user_stop,
};
