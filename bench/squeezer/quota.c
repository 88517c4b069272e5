// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * quota.c - gives a vCPU's thread so much CPU time in each period and no more,
 * by CFS bandwidth control: at the end of its runtime the thread is throttled.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "squeezer/cgroup.h"
#include "squeezer/squeezer.h"

static int quota_start(struct pb_squeezer *sq)
{
	const struct pb_plan_squeezer *s = &sq->plan->squeezer[sq->index];
	struct cgroup *g;
	char name[64];
	int r;

	if (sq->vcpu_tid <= 0) {
		snprintf(sq->error, sizeof(sq->error), "vCPU %u has no thread to throttle",
			 s->vcpu);
		return -EOPNOTSUPP;
	}
	g = calloc(1, sizeof(*g));
	if (!g) {
		snprintf(sq->error, sizeof(sq->error), "quota: out of memory");
		return -ENOMEM;
	}
	sq->priv = g;
	cgroup_name(name, sizeof(name), sq->index);
	r = cgroup_enter(g, "/proc", sq->vcpu_tid, name, s->width_us, s->period_us, sq->error,
			 sizeof(sq->error));
	/* Not being allowed to is the machine's way, not a failure. */
	return r == -EACCES || r == -EROFS ? -EPERM : r;
}

static void quota_stop(struct pb_squeezer *sq)
{
	if (!sq->priv)
		return;
	cgroup_leave(sq->priv);
	free(sq->priv);
	sq->priv = NULL;
}

const struct pb_squeezer_ops squeezer_quota = {
	.name = "quota",
	.kind = PB_SQUEEZER_QUOTA,
	.start = quota_start,
	.stop = quota_stop,
};
