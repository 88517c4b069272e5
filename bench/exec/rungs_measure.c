// SPDX-License-Identifier: LGPL-2.1-or-later
/* rungs_measure.c - the rungs of the ladder from the first post to the last event. */
#include <errno.h>
#include <stdio.h>

#include "exec/ladder.h"
#include "plan/plan.h"

/*
 * How often the control thread looks whether the sources are done, the guest
 * lives and a scheduling ring fills up.
 */
#define POLL_US 500

/*
 * The guest hung or ran wild: its own report, at the end, says which; till
 * then the first reason stands.
 */
static void guest_is_gone(struct exec *x)
{
	x->gone = true;
	exec_note(x, PB_RUN_GUEST_HUNG, "guest", x->vmm->error);
}

/* Let time pass and keep watch. False when there is no reason to go on. */
static bool watch(struct exec *x, uint64_t us)
{
	clock_sleep_us(&x->clock, us);
	if (x->recorder)
		sched_recorder_drain(x->recorder);
	if (!x->gone && x->vmm->ops->check(x->vmm))
		guest_is_gone(x);
	return !x->gone && !exec_stopped(x);
}

/* Have all sources made all their posts? 1, 0, or -errno. */
static int sources_done(struct exec *x)
{
	int done = 1;

	for (unsigned int i = 0; i < x->plan->nr_sources; i++) {
		struct pb_source *s = &x->source[i];
		int ret = s->ops->done(s);

		if (ret < 0)
			return exec_fail(x, "source", ret, s->error);
		done &= ret;
	}
	return done;
}

static int arm(struct exec *x)
{
	for (unsigned int i = 0; i < x->plan->nr_sources; i++) {
		struct pb_source *s = &x->source[i];
		int ret = s->ops->arm(s);

		if (ret)
			return exec_fail(x, "source", ret, s->error);
	}
	return 0;
}

static void note_timeout(struct exec *x)
{
	uint64_t posted = 0, wanted = 0;
	char why[96];

	for (unsigned int i = 0; i < x->plan->nr_sources; i++) {
		posted += x->source[i].ops->posted(&x->source[i]);
		wanted += x->plan->source[i].count;
	}
	snprintf(why, sizeof(why), "%llu of %llu posts were made within %u us",
		 (unsigned long long)posted, (unsigned long long)wanted, x->plan->measure_us);
	exec_note(x, PB_RUN_TIMEOUT, "measure", why);
}

/* A guest that is gone, or a timeout, does not end the climb: what there is, is collected. */
static int measure_up(struct exec *x)
{
	uint64_t end;
	int ret = exec_phase(x, PB_PHASE_ARM);

	if (!ret)
		ret = exec_phase(x, PB_PHASE_MEASURE);
	if (!ret)
		ret = arm(x);
	if (ret)
		return ret;
	end = clock_now(&x->clock) + clock_us_to_ticks(&x->clock, x->plan->measure_us);
	while (!(ret = sources_done(x))) {
		if (clock_now(&x->clock) >= end) {
			note_timeout(x);
			break;
		}
		if (!watch(x, POLL_US))
			break;
	}
	/* Without a source the guest is just left to run. */
	while (!x->plan->nr_sources && clock_now(&x->clock) < end)
		if (!watch(x, POLL_US))
			break;
	return ret < 0 ? ret : 0;
}

const struct rung rung_measure = {"measure", measure_up, NULL};

static int drain_up(struct exec *x)
{
	uint64_t end;
	int ret;

	for (unsigned int i = 0; i < x->plan->nr_sources; i++) {
		struct pb_source *s = &x->source[i];

		s->ops->disarm(s);
	}
	rung_squeezer.down(x);
	ret = exec_phase(x, PB_PHASE_DRAIN);
	if (ret || x->gone)
		return ret;
	ret = x->vmm->ops->drain(x->vmm);
	if (ret)
		return exec_fail(x, "drain", ret, x->vmm->error);
	end = clock_now(&x->clock) + clock_us_to_ticks(&x->clock, x->plan->drain_us);
	while (clock_now(&x->clock) < end && watch(x, POLL_US))
		;
	return 0;
}

const struct rung rung_drain = {"drain", drain_up, NULL};

static int stop_up(struct exec *x)
{
	int ret = exec_phase(x, PB_PHASE_STOP);

	if (ret)
		return ret;
	x->running = false;
	ret = x->vmm->ops->stop(x->vmm);
	if (ret && !x->gone)
		return exec_fail(x, "stop", ret, x->vmm->error);
	if (x->recorder)
		sched_recorder_stop(x->recorder);
	return 0;
}

const struct rung rung_stop = {"stop", stop_up, NULL};

/* The VMM knows better what became of the guest than the check that found it gone. */
static void take_report(struct exec *x)
{
	if (x->report.status == PB_RUN_OK)
		return;
	if (x->status == PB_RUN_GUEST_HUNG || x->status == PB_RUN_TIMEOUT)
		x->status = PB_RUN_OK;
	exec_note(x, x->report.status, "guest", x->report.reason);
}

/* Here, and not when they were disarmed: what a device was at then, it has ended. */
static void take_accounts(struct exec *x)
{
	for (unsigned int i = 0; i < x->plan->nr_sources; i++) {
		struct pb_source *s = &x->source[i];

		x->posted += s->ops->posted(s);
		if (s->ops->account)
			s->ops->account(s, &x->account[i]);
	}
}

/* What the host sees of messages that did not get through, whatever the truth says. */
static void take_evidence(struct exec *x)
{
	for (unsigned int i = 0; i < x->plan->nr_sources; i++)
		x->account[i].pending = x->report.msix_pending[i];
	if (x->plan->vmm != PB_VMM_NULL)
		kmsg_read(&x->kmsg);
	for (unsigned int i = 0; i < x->plan->nr_sources && x->plan->vmm != PB_VMM_NULL; i++)
		x->account[i].refused = kmsg_refused(&x->kmsg, x->device[i].bdf);
}

static uint32_t bounded(uint64_t value, uint32_t max)
{
	return value < max ? (uint32_t)value : max;
}

/*
 * A Linux guest's account, which the VMM has looked at. What it counts beyond what a
 * run can have is cut: run_check() holds the rest against each other.
 */
static void take_guest(struct exec *x)
{
	for (unsigned int i = 0; x->plan->vmm == PB_VMM_LINUX && i < x->plan->nr_sources; i++) {
		const struct pb_guest_device *d = &x->report.device[i];

		x->device_run[i] = (struct pb_run_device){
			.submitted = bounded(d->submitted, PB_PLAN_MAX_COUNT),
			.completed = bounded(d->completed, PB_PLAN_MAX_COUNT),
			.errors = bounded(d->errors, PB_PLAN_MAX_COUNT),
			.interrupts = bounded(d->interrupts, PB_RUN_MAX_EVENTS),
			.timeouts = bounded(d->timeouts, PB_RUN_MAX_EVENTS),
			.polled = bounded(d->polled, PB_RUN_MAX_EVENTS),
			.aborts = bounded(d->aborts, PB_RUN_MAX_EVENTS),
		};
	}
}

static int add_life(struct exec *x, unsigned int source, uint32_t nr, uint64_t tsc,
		    enum pb_reset what)
{
	struct pb_event ev = {.tsc = tsc,
			      .arg = what,
			      .seq = nr + 1,
			      .vcpu = PB_VCPU_NONE,
			      .cpu = PB_CPU_NONE,
			      .kind = PB_EV_RESET,
			      .source = (uint8_t)source};

	return tsc ? collector_add(&x->events, &ev, 1) : 0;
}

static int take_lives(struct exec *x)
{
	int ret = 0;

	for (unsigned int i = 0; i < x->plan->nr_sources; i++)
		for (uint32_t n = 0; n < x->source[i].resets && !ret; n++) {
			ret = add_life(x, i, n, x->source[i].life[n].done, PB_RESET_DONE);
			ret = ret ?: add_life(x, i, n, x->source[i].life[n].go, PB_RESET_GO);
		}
	return ret;
}

static int collect_up(struct exec *x)
{
	int ret = 0;

	take_accounts(x);
	ret = take_lives(x);
	if (!ret && x->recorder)
		ret = sched_recorder_collect(x->recorder, collector_add, &x->events, &x->lost);
	if (ret)
		return exec_fail(x, "collect", ret, NULL);
	ret = x->vmm->ops->collect(x->vmm, collector_add, &x->events, &x->report);
	take_report(x);
	take_evidence(x);
	take_guest(x);
	if (ret)
		return exec_fail(x, "collect", ret, x->vmm->error);
	x->lost += x->report.lost;
	return 0;
}

const struct rung rung_collect = {"collect", collect_up, NULL};
