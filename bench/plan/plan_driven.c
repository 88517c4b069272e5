// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/plan_driven.h"

#include <string.h>

#include "plan/plan.h"
#include "plan/plan_squeezer.h"
#include "shared/nic_regs.h"

static void check_nvme(struct checkline *c, const struct pb_plan_source *s)
{
	bool swept = s->schedule == PB_SCHED_SWEPT;

	if (s->schedule != PB_SCHED_SERVED && !swept)
		checkline_fail(c,
			       "schedule is %s, must be served, as the guest's commands are, or "
			       "swept",
			       names_str(&plan_schedules, s->schedule));
	checkline_range(
		c, swept ? "vectors (queues that are swept)" : "vectors (queues of a controller)",
		s->vectors, 1, swept ? 1 : PB_PLAN_MAX_QUEUES);
	checkline_range(c, swept ? "depth (of a queue that is swept)" : "depth", s->depth, 1,
			swept ? 1 : PB_PLAN_MAX_DEPTH);
	if (swept)
		checkline_zero(c, "service", s->service, "(none) with schedule swept");
	if (swept)
		checkline_zero(c, "fault", s->fault, "(none) with schedule swept");
	plan_check_enum(c, &plan_services, s->service);
	if (s->service)
		checkline_range(c, "period_us (mean time of service)", s->period_us, 1,
				PB_PLAN_MAX_US);
	else
		checkline_zero(c, "period_us", s->period_us, "without a service");
	if (s->count % s->vectors)
		checkline_fail(
			c,
			"count is %u, must be a multiple of vectors (%u): each queue has the same",
			s->count, s->vectors);
}

static void check_nic(struct checkline *c, const struct pb_plan_source *s)
{
	if (s->schedule == PB_SCHED_AIMED || s->schedule == PB_SCHED_SWEPT)
		checkline_fail(c,
			       "schedule is %s, must be that of a wire: single, periodic, "
			       "poisson or burst",
			       names_str(&plan_schedules, s->schedule));
	checkline_range(c, "vectors (receive queues of a NIC)", s->vectors, 1, PB_NIC_PAIRS);
	if (s->fault == PB_FAULT_DOORBELL)
		checkline_fail(c, "fault is doorbell, which kind nic cannot have: a NIC looks for "
				  "buffers when a frame comes");
}

/* How driver and device go about it: polling, coalescing, resets. */
static void check_modes(struct checkline *c, const struct pb_plan_source *s)
{
	if (plan_source_driven(s)) {
		checkline_range(c, "poll_budget", s->poll_budget, 0, PB_PLAN_MAX_DEPTH);
		checkline_range(c, "resets", s->resets, 0, PB_PLAN_MAX_RESETS);
	} else {
		checkline_zero(c, "poll_budget", s->poll_budget,
			       "unless the source is nvme or nic");
		checkline_zero(c, "resets", s->resets, "unless the source is nvme or nic");
	}
	if (s->kind == PB_SOURCE_NVME && s->aggregate) {
		checkline_range(c, "aggregate", s->aggregate, 2, 256);
		checkline_range(c, "aggregate_us", s->aggregate_us, PB_PLAN_AGGREGATE_US,
				255 * PB_PLAN_AGGREGATE_US);
		if (s->aggregate_us % PB_PLAN_AGGREGATE_US)
			checkline_fail(c, "aggregate_us is %u, must be a multiple of %u",
				       s->aggregate_us, PB_PLAN_AGGREGATE_US);
	} else {
		checkline_zero(c, "aggregate", s->aggregate, "unless the source is nvme");
		checkline_zero(c, "aggregate_us", s->aggregate_us, "without aggregate");
	}
	if (s->resets)
		checkline_range(c, "reset_us", s->reset_us, PB_PLAN_MIN_RESET_US, PB_PLAN_MAX_US);
	else
		checkline_zero(c, "reset_us", s->reset_us, "without resets");
	if (s->resets && s->aggregate)
		checkline_fail(c, "resets is %u with aggregate: one of them at a time", s->resets);
	if (s->resets && s->fault)
		checkline_fail(c, "resets is %u with a fault: one of them at a time", s->resets);
}

void plan_check_driven(struct checkline *c, const struct pb_plan_source *s)
{
	bool nvme = s->kind == PB_SOURCE_NVME;

	if (nvme) {
		check_nvme(c, s);
	} else {
		if (s->schedule == PB_SCHED_SERVED)
			checkline_fail(c, "schedule is served, which only kind nvme can have");
		checkline_zero(c, "depth", s->depth, "unless the source is nvme");
		checkline_zero(c, "service", s->service, "unless the source is nvme");
	}
	if (s->kind == PB_SOURCE_NIC)
		check_nic(c, s);
	if (plan_source_driven(s)) {
		plan_check_enum(c, &plan_source_functions, s->function);
		plan_check_enum(c, &plan_device_faults, s->fault);
		checkline_zero(c, "fresh_vector", s->fresh_vector, "with a device of its own");
	} else {
		checkline_zero(c, "function", s->function, "(pf) unless the source is nvme or nic");
		checkline_zero(c, "fault", s->fault, "unless the source is nvme or nic");
	}
	if (s->fault)
		checkline_range(c, "fault_at", s->fault_at, 1, PB_PLAN_MAX_COUNT);
	else
		checkline_zero(c, "fault_at", s->fault_at, "without a fault");
	check_modes(c, s);
}

void plan_check_functions(struct checkline *c, const struct pb_plan *p, uint32_t i)
{
	const struct pb_plan_source *s = &p->source[i];

	for (uint32_t k = 0; k < i; k++) {
		const struct pb_plan_source *t = &p->source[k];

		if (s->kind != t->kind || memcmp(s->device, t->device, sizeof(s->device)) != 0)
			continue;
		if (s->function && s->function == t->function)
			checkline_fail(c, "function is %s, which is source %u's already",
				       names_str(&plan_source_functions, s->function), k);
		else if (!s->function != !t->function)
			checkline_fail(c,
				       "function is %s, but source %u's is %s: a device's physical "
				       "function and virtual ones of it cannot both be sources",
				       names_str(&plan_source_functions, s->function), k,
				       names_str(&plan_source_functions, t->function));
	}
}
