// SPDX-License-Identifier: LGPL-2.1-or-later
#include "vmm/cases.h"

struct pb_plan cases_plan(enum pb_vmm_kind vmm, unsigned int vcpus, unsigned int sources,
			  enum pb_guest_mode mode)
{
	struct pb_plan p = {
		.scenario = "test",
		.seed = 7,
		.vmm = vmm,
		.guest_mode = mode,
		.vcpus = vcpus,
		.tick_us = mode == PB_GUEST_TICK ? 1000 : 0,
		.late_us = 100,
		.measure_us = 1000000,
		.drain_us = 1000,
		.nr_sources = sources,
		.event_capacity = 64,
	};
	char err[128] = "";

	for (unsigned int i = 0; i < sources; i++) {
		p.source[i] = (struct pb_plan_source){
			.kind = vmm == PB_VMM_NULL ? PB_SOURCE_NULL : PB_SOURCE_POSTER,
			.vcpu = i % vcpus,
			.vectors = 4,
			.count = 10,
			.schedule = PB_SCHED_PERIODIC,
			.period_us = 100,
		};
	}
	plan_seal(&p);
	if (plan_check(&p, sizeof(p), err, sizeof(err)))
		fail_msg("%s", err);
	return p;
}
