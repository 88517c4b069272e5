// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * migrate.c - moves a vCPU's thread between its own CPU and another, once in
 * every period.  The thread that moves it stays on the executor's own CPU.
 */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan/plan.h"
#include "squeezer/squeezer.h"
#include "squeezer/worker.h"

struct migrate {
	struct rhythm rhythm;
	pid_t tid;
	uint32_t cpu[2]; /* the planned one, the other */
	unsigned int at;
	cpu_set_t before;
};

static void move(struct rhythm *r)
{
	struct migrate *m = r->arg;

	m->at = !m->at;
	/* The thread may have ended: whoever watches the guest says so. */
	worker_move(m->tid, m->cpu[m->at]);
}

static int migrate_error(struct pb_squeezer *sq, const char *what, int error)
{
	snprintf(sq->error, sizeof(sq->error), "migrate: vCPU thread %d: %s: %s", (int)sq->vcpu_tid,
		 what, strerror(-error));
	return error;
}

/* There and back once, so that what cannot be is known now. */
static int try_both(struct pb_squeezer *sq, const struct migrate *m)
{
	for (int i = 1; i >= 0; i--) {
		char what[32];
		int r = worker_move(sq->vcpu_tid, m->cpu[i]);

		snprintf(what, sizeof(what), "to CPU %u", m->cpu[i]);
		if (r)
			return migrate_error(sq, what, r);
	}
	return 0;
}

static int migrate_start(struct pb_squeezer *sq)
{
	const struct pb_plan_squeezer *s = &sq->plan->squeezer[sq->index];
	struct migrate *m;
	int r;

	if (sq->vcpu_tid <= 0) {
		snprintf(sq->error, sizeof(sq->error), "vCPU %u has no thread to migrate", s->vcpu);
		return -EOPNOTSUPP;
	}
	m = calloc(1, sizeof(*m));
	if (!m)
		return migrate_error(sq, "start", -ENOMEM);
	if (sched_getaffinity(sq->vcpu_tid, sizeof(m->before), &m->before)) {
		r = -errno;
		free(m);
		return migrate_error(sq, "affinity", r);
	}
	m->tid = sq->vcpu_tid;
	m->cpu[0] = sq->plan->vcpu_cpu[s->vcpu];
	m->cpu[1] = s->cpu;
	m->rhythm.place.cpu = WORKER_ANY_CPU;
	m->rhythm.period_ns = s->period_us * 1000ull;
	m->rhythm.jitter_ns = s->jitter_us * 1000ull;
	m->rhythm.seed = plan_squeezer_seed(sq->plan, sq->index);
	m->rhythm.beat = move;
	m->rhythm.arg = m;
	sq->priv = m;
	r = try_both(sq, m);
	if (r)
		return r;
	r = rhythm_start(&m->rhythm);
	return r ? migrate_error(sq, m->rhythm.failed, r) : 0;
}

static void migrate_stop(struct pb_squeezer *sq)
{
	struct migrate *m = sq->priv;

	if (!m)
		return;
	rhythm_stop(&m->rhythm);
	sched_setaffinity(m->tid, sizeof(m->before), &m->before);
	free(m);
	sq->priv = NULL;
}

const struct pb_squeezer_ops squeezer_migrate = {
	.name = "migrate",
	.kind = PB_SQUEEZER_MIGRATE,
	.start = migrate_start,
	.stop = migrate_stop,
};
