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
	checkline_zero(c, "reserved", s->reserved, "");
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
