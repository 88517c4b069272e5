// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/plan_guest.h"

#include <inttypes.h>
#include <string.h>

#include "plan/plan.h"

#define SECOND 1000000u

/*
 * Linux's drivers make a queue for each vCPU, and queue i interrupts vCPU i: so the
 * worker on it (shared/guest_io.h) waits for the vector with its number. A NIC's
 * transmit queues have vectors, too, between those that are recorded.
 */
static void check_queues(struct checkline *c, const struct pb_plan *p,
			 const struct pb_plan_source *s)
{
	checkline_zero(c, "vcpu", s->vcpu, "with vmm linux, whose queues are for all vCPUs");
	if (s->kind == PB_SOURCE_NVME)
		checkline_range(c, "vectors (queues; Linux has one for each vCPU)", s->vectors, 1,
				p->vcpus);
	else if (s->vectors > 1 || p->vcpus > 1)
		checkline_fail(c,
			       "vectors is %" PRIu32 " and vcpus %" PRIu32
			       ", both must be 1 with vmm linux and a nic: only its first receive "
			       "queue is recorded",
			       s->vectors, p->vcpus);
}

static void check_sources(struct checkline *c, const struct pb_plan *p)
{
	for (uint32_t i = 0; i < p->nr_sources; i++) {
		const struct pb_plan_source *s = &p->source[i];

		checkline_at(c, "source %" PRIu32 ": ", i);
		if (!plan_source_driven(s))
			checkline_fail(c,
				       "kind is %s, must be nvme or nic with vmm linux: its "
				       "drivers drive no other",
				       names_str(&plan_source_kinds, s->kind));
		check_queues(c, p, s);
		if (s->kind != PB_SOURCE_NVME || p->drain_us >= p->guest.io_timeout_us)
			continue;
		checkline_at(c, "%s", "");
		checkline_fail(c,
			       "drain_us is %" PRIu32 ", must be at least io_timeout_us (%" PRIu32
			       "): what the guest's driver has to poll for shows only then",
			       p->drain_us, p->guest.io_timeout_us);
	}
	checkline_at(c, "%s", "");
}

void plan_check_guest(struct checkline *c, const struct pb_plan *p)
{
	const struct pb_plan_guest *g = &p->guest;

	checkline_at(c, "%s", "");
	if (p->vmm != PB_VMM_LINUX) {
		checkline_zeros(c, "guest (of a vmm that is not linux)", g, sizeof(*g));
		return;
	}
	if (p->guest_mode != PB_GUEST_SPIN)
		checkline_fail(c, "guest_mode is %s, which vmm linux has not: leave it spin",
			       names_str(&plan_guest_modes, p->guest_mode));
	checkline_zero(c, "sweeps", p->nr_sweeps, "with vmm linux");
	checkline_range(c, "memory_mib", g->memory_mib, PB_PLAN_MIN_MEMORY, PB_PLAN_MAX_MEMORY);
	checkline_range(c, "io_timeout_us", g->io_timeout_us, SECOND, PB_PLAN_MAX_TIMEOUT);
	if (g->io_timeout_us % SECOND)
		checkline_fail(c,
			       "io_timeout_us is %" PRIu32
			       ", must be whole seconds: the driver takes no others",
			       g->io_timeout_us);
	checkline_range(c, "stall_us (to io_timeout_us)", g->stall_us, 1, g->io_timeout_us);
	checkline_zero(c, "reserved", g->reserved, "");
	if (checkline_text(c, "build_id", g->build_id, sizeof(g->build_id)) &&
	    strspn(g->build_id, "0123456789abcdef") != strlen(g->build_id))
		checkline_fail(c, "build_id is not hexadecimal");
	check_sources(c, p);
}
