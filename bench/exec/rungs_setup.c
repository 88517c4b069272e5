// SPDX-License-Identifier: LGPL-2.1-or-later
/* rungs_setup.c - the rungs of the ladder up to everything being in place. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "exec/ladder.h"
#include "plan/plan.h"

/* Nothing real runs under the null VMM: virtual time, no device, no thread. */
static bool is_null(const struct exec *x)
{
	return x->plan->vmm == PB_VMM_NULL;
}

/* --- the CPU of our own threads ------------------------------------------ */

static bool has_cpu(const cpu_set_t *set, uint32_t cpu)
{
	return cpu < CPU_SETSIZE && CPU_ISSET(cpu, set);
}

static int cpu_up(struct exec *x)
{
	char why[64];
	cpu_set_t set;

	if (is_null(x))
		return 0;
	if (sched_getaffinity(0, sizeof(x->cpus_before), &x->cpus_before))
		return exec_fail(x, "cpu", -errno, NULL);
	for (uint32_t i = 0; i <= x->plan->vcpus; i++) {
		uint32_t cpu = i < x->plan->vcpus ? x->plan->vcpu_cpu[i] : x->plan->control_cpu;

		if (has_cpu(&x->cpus_before, cpu))
			continue;
		snprintf(why, sizeof(why), "the plan needs CPU %u, which we may not use here", cpu);
		return exec_fail(x, "cpu", -ENODEV, why);
	}
	CPU_ZERO(&set);
	CPU_SET(x->plan->control_cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		return exec_fail(x, "cpu", -errno, NULL);
	x->moved = true;
	return 0;
}

static void cpu_down(struct exec *x)
{
	if (x->moved)
		sched_setaffinity(0, sizeof(x->cpus_before), &x->cpus_before);
	x->moved = false;
}

const struct rung rung_cpu = {"cpu", cpu_up, cpu_down};

/* --- the clock ----------------------------------------------------------- */

static int clock_up(struct exec *x)
{
	char err[128];
	int ret;

	if (is_null(x)) {
		clock_init_virtual(&x->clock);
		return 0;
	}
	ret = perf_time_init(&x->time, err, sizeof(err));
	if (ret)
		return exec_fail(x, "clock", ret, err);
	x->clock.khz = x->time.khz;
	return 0;
}

const struct rung rung_clock = {"clock", clock_up, NULL};

/* --- the VMM ------------------------------------------------------------- */

static int vmm_fail(struct exec *x, int ret)
{
	return exec_fail(x, "vmm", ret, x->vmm ? x->vmm->error : NULL);
}

static int vmm_up(struct exec *x)
{
	const struct pb_vmm_ops *ops = x->env.vmm(x->plan->vmm);
	int ret;

	if (!ops)
		return exec_fail(x, "vmm", -EOPNOTSUPP, "no such kind of VMM in this executor");
	ret = ops->create(x->plan, &x->vmm);
	if (ret)
		return vmm_fail(x, ret);
	for (unsigned int i = 0; i < x->plan->nr_sources; i++) {
		ret = ops->attach(x->vmm, i, x->device[i].bdf, &x->fn[i]);
		if (ret)
			return vmm_fail(x, ret);
	}
	/* A VMM without this has no function for a kick: that squeezer will say so. */
	for (unsigned int i = x->plan->nr_sources; ops->attach_host && i < plan_functions(x->plan);
	     i++) {
		ret = ops->attach_host(x->vmm, i, x->device[i].bdf, &x->fn[i]);
		if (ret)
			return vmm_fail(x, ret);
	}
	return 0;
}

static void vmm_down(struct exec *x)
{
	if (x->vmm)
		x->vmm->ops->destroy(x->vmm);
	x->vmm = NULL;
}

const struct rung rung_vmm = {"vmm", vmm_up, vmm_down};

/* --- the guest ----------------------------------------------------------- */

static int no_sink(void *arg, const struct pb_event *ev, size_t nr)
{
	(void)arg;
	(void)ev;
	(void)nr;
	return 0;
}

/*
 * start failed with -EIO: was it the guest?  Its VMM's report says so, once it
 * is stopped.  Nothing was measured, so its events are of no use.
 */
static int start_failed(struct exec *x, int error)
{
	struct pb_vmm_report report = {0};
	char why[sizeof(x->vmm->error)];

	memcpy(why, x->vmm->error, sizeof(why));
	x->running = false;
	x->vmm->ops->stop(x->vmm);
	x->vmm->ops->collect(x->vmm, no_sink, NULL, &report);
	if (report.status == PB_RUN_OK)
		return exec_fail(x, "vmm", error, why);
	exec_note(x, report.status, "guest", report.reason);
	return error;
}

static int guest_up(struct exec *x)
{
	int ret;

	x->running = true;
	ret = x->vmm->ops->start(x->vmm);
	if (ret == -EIO)
		return start_failed(x, ret);
	if (ret)
		return vmm_fail(x, ret);
	return exec_phase(x, PB_PHASE_START);
}

static void guest_down(struct exec *x)
{
	if (x->running)
		x->vmm->ops->stop(x->vmm);
	x->running = false;
}

const struct rung rung_guest = {"guest", guest_up, guest_down};

/* --- the scheduling recorder --------------------------------------------- */

#define SCHED_EVENTS 16384u /* at least, of each vCPU */

static int recorder_up(struct exec *x)
{
	char err[128];

	if (is_null(x))
		return 0;
	kmsg_open(&x->kmsg, x->env.kmsg);
	/* Of memory that is used only as far as there are switches. */
	x->recorder = sched_recorder_new(
		&x->time, x->plan->vcpus,
		x->plan->event_capacity > SCHED_EVENTS ? x->plan->event_capacity : SCHED_EVENTS);
	if (!x->recorder)
		return exec_fail(x, "scheduling recorder", -ENOMEM, NULL);
	for (unsigned int i = 0; i < x->plan->vcpus; i++) {
		int ret = sched_recorder_attach(x->recorder, i, x->vmm->ops->vcpu_tid(x->vmm, i),
						err, sizeof(err));

		if (ret)
			return exec_fail(x, "scheduling recorder", ret, err);
	}
	return 0;
}

static void recorder_down(struct exec *x)
{
	kmsg_close(&x->kmsg);
	sched_recorder_free(x->recorder);
	x->recorder = NULL;
}

const struct rung rung_recorder = {"recorder", recorder_up, recorder_down};

/* --- sources ------------------------------------------------------------- */

static const struct pb_source_ops *find_source(const struct exec *x, enum pb_source_kind kind)
{
	return x->plan->vmm == PB_VMM_LINUX ? source_find_guest(kind) : x->env.source(kind);
}

static int source_up(struct exec *x)
{
	for (unsigned int i = 0; i < x->plan->nr_sources; i++) {
		struct pb_source *s = &x->source[i];
		const struct pb_source_ops *ops = find_source(x, x->plan->source[i].kind);
		int ret;

		if (!ops)
			return exec_fail(x, "source", -EOPNOTSUPP, "no such kind of source");
		s->plan = x->plan;
		s->index = i;
		s->fn = x->fn[i];
		s->clock = &x->clock;
		s->ops = ops;
		ret = ops->open(s);
		if (ret)
			return exec_fail(x, "source", ret, s->error);
	}
	return 0;
}

static void source_down(struct exec *x)
{
	for (unsigned int i = 0; i < x->plan->nr_sources; i++) {
		struct pb_source *s = &x->source[i];

		if (!s->ops)
			continue;
		s->ops->disarm(s);
		s->ops->close(s);
		s->ops = NULL;
	}
}

const struct rung rung_source = {"source", source_up, source_down};

/* --- squeezers ----------------------------------------------------------- */

static int squeezer_up(struct exec *x)
{
	unsigned int function = x->plan->nr_sources;

	for (unsigned int i = 0; i < x->plan->nr_squeezers; i++) {
		struct pb_squeezer *s = &x->squeezer[i];
		const struct pb_plan_squeezer *spec = &x->plan->squeezer[i];
		const struct pb_squeezer_ops *ops = x->env.squeezer(spec->kind);
		int ret;

		if (!ops)
			return exec_fail(x, "squeezer", -EOPNOTSUPP, "no such kind of squeezer");
		s->plan = x->plan;
		s->index = i;
		s->vcpu_tid = x->vmm->ops->vcpu_tid(x->vmm, spec->vcpu);
		s->vmm = x->vmm;
		s->clock = &x->clock;
		s->mark = x->env.mark;
		s->mark_arg = x->env.arg;
		if (spec->kind == PB_SQUEEZER_KICK)
			s->fn = x->fn[function++];
		s->ops = ops;
		ret = ops->start(s);
		if (ret)
			return exec_fail(x, "squeezer", ret, s->error);
	}
	return 0;
}

static void squeezer_down(struct exec *x)
{
	for (unsigned int i = x->plan->nr_squeezers; i-- > 0;) {
		struct pb_squeezer *s = &x->squeezer[i];

		if (!s->ops)
			continue;
		s->ops->stop(s);
		if (s->failed)
			exec_note(x, PB_RUN_ERROR, "squeezer", s->error);
		s->ops = NULL;
	}
}

const struct rung rung_squeezer = {"squeezer", squeezer_up, squeezer_down};
