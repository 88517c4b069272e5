// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * exec.c - the ladder: up rung by rung, and whatever happened, down again in
 * reverse, unless all went well and the machine ends with the run.  The rungs
 * themselves are in rungs_setup.c and rungs_measure.c.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "event/run.h"
#include "exec/kernel_id.h"
#include "exec/ladder.h"
#include "plan/plan.h"

static const struct rung *const ladder[] = {
	&rung_cpu,    &rung_clock,    &rung_device,  &rung_vmm,   &rung_guest, &rung_recorder,
	&rung_source, &rung_squeezer, &rung_measure, &rung_drain, &rung_stop,  &rung_collect,
};
#define RUNGS (sizeof(ladder) / sizeof(ladder[0]))

void exec_note(struct exec *x, enum pb_run_status status, const char *what, const char *why)
{
	if (x->status != PB_RUN_OK)
		return;
	x->status = status;
	snprintf(x->reason, sizeof(x->reason), "%s: %s", what, why);
}

int exec_fail(struct exec *x, const char *what, int error, const char *why)
{
	bool skip = error == -ENODEV || error == -ENOENT || error == -ENXIO || error == -ENOSYS ||
		    error == -EOPNOTSUPP || error == -EPERM || error == -EACCES;

	exec_note(x, skip ? PB_RUN_SKIP : PB_RUN_ERROR, what,
		  why && why[0] ? why : strerror(-error));
	return error;
}

bool exec_stopped(struct exec *x)
{
	if (!x->env.stop || !*x->env.stop)
		return false;
	exec_note(x, PB_RUN_ERROR, "executor", "stopped by a signal");
	return true;
}

int exec_phase(struct exec *x, enum pb_phase phase)
{
	struct pb_event ev = {.tsc = clock_now(&x->clock),
			      .arg = phase,
			      .vcpu = PB_VCPU_NONE,
			      .cpu = PB_CPU_NONE,
			      .kind = PB_EV_PHASE};
	int ret = collector_add(&x->events, &ev, 1);

	if (x->env.beat)
		x->env.beat(x->env.arg, phase);
	return ret ? exec_fail(x, "events", ret, NULL) : 0;
}

static void climb(struct exec *x)
{
	size_t top = 0;

	while (top < RUNGS && !exec_stopped(x) && !ladder[top]->up(x))
		top++;
	if (top == RUNGS && x->env.ends && x->status == PB_RUN_OK)
		return;
	/* A rung that failed half way up goes down too. */
	for (size_t i = top < RUNGS ? top + 1 : top; i-- > 0;)
		if (ladder[i]->down)
			ladder[i]->down(x);
}

static struct pb_run *finish(struct exec *x)
{
	struct pb_run *run = collector_take(&x->events);

	run->content = PB_RUN_EVENTS;
	run->status = x->status;
	run->lost = x->lost;
	run->tsc_khz = x->clock.khz;
	run->posted = x->posted;
	run->isr = x->report.isr;
	run->spurious = x->report.spurious;
	run->pending = x->report.pending;
	memcpy(run->device, x->device_run, sizeof(run->device));
	memcpy(run->account, x->account, sizeof(run->account));
	run->vfio = x->report.vfio;
	run->plan_crc = x->plan->crc;
	run_set_text(run->reason, sizeof(run->reason), x->reason);
	kernel_id(x->env.sysfs, run->release, sizeof(run->release), run->build_id,
		  sizeof(run->build_id));
	if (!run->tsc_khz)
		run->nr_events = 0;
	run_seal(run);
	return run;
}

static void exec_env_init(struct exec_env *env, const struct exec_env *given)
{
	if (given)
		*env = *given;
	if (!env->vmm)
		env->vmm = vmm_find;
	if (!env->source)
		env->source = source_find;
	if (!env->squeezer)
		env->squeezer = squeezer_find;
	if (!env->sysfs)
		env->sysfs = "/sys";
}

struct pb_run *exec_plan(const void *data, size_t size, const struct exec_env *env)
{
	struct pb_plan plan;
	struct exec x = {.plan = &plan};
	char err[160];

	if (plan_check(data, size, err, sizeof(err)))
		return run_failed(NULL, PB_RUN_EVENTS, PB_RUN_ERROR, err);
	memcpy(&plan, data, sizeof(plan));
	exec_env_init(&x.env, env);
	/* What most plans need: a post, its ISR, and a switch off and on. */
	if (collector_init(&x.events, 4096))
		return run_failed(&plan, PB_RUN_EVENTS, PB_RUN_ERROR, "out of memory");
	climb(&x);
	return finish(&x);
}
