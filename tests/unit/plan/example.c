// SPDX-License-Identifier: LGPL-2.1-or-later
#include "plan/example.h"

#include <stdio.h>
#include <string.h>

#include "plan/plan.h"

void example_plan(struct pb_plan *plan)
{
	memset(plan, 0, sizeof(*plan));
	strcpy(plan->scenario, "example");
	plan->seed = 42;
	plan->vmm = PB_VMM_MINI;
	plan->guest_mode = PB_GUEST_SPIN;
	plan->vcpus = 2;
	plan->late_us = 500;
	plan->measure_us = 1000000;
	plan->drain_us = 10000;
	plan->vcpu_cpu[1] = 1;
	plan->control_cpu = 1;
	plan->event_capacity = 1024;
	plan->nr_sources = 2;
	plan->source[0] = (struct pb_plan_source){.kind = PB_SOURCE_POSTER,
						  .vectors = 20,
						  .count = 20,
						  .schedule = PB_SCHED_AIMED,
						  .aim = PB_AIM_SN_SET,
						  .offset_min = 10,
						  .offset_max = 2000,
						  .fresh_vector = 1};
	plan->source[1] = (struct pb_plan_source){.kind = PB_SOURCE_POSTER,
						  .vcpu = 1,
						  .vectors = 4,
						  .count = 300,
						  .schedule = PB_SCHED_PERIODIC,
						  .period_us = 1000,
						  .device = "0000:00:10.0"};
	plan->nr_squeezers = 2;
	plan->squeezer[0] = (struct pb_plan_squeezer){.kind = PB_SQUEEZER_PIN};
	plan->squeezer[1] = (struct pb_plan_squeezer){
		.kind = PB_SQUEEZER_HOG, .vcpu = 1, .threads = 2, .on_us = 100, .off_us = 50};
	plan_seal(plan);
}

void example_null_plan(struct pb_plan *plan)
{
	example_plan(plan);
	plan->vmm = PB_VMM_NULL;
	for (uint32_t i = 0; i < plan->nr_sources; i++) {
		plan->source[i].kind = PB_SOURCE_NULL;
		memset(plan->source[i].device, 0, sizeof(plan->source[i].device));
	}
	for (uint32_t i = 0; i < plan->nr_squeezers; i++)
		plan->squeezer[i] = (struct pb_plan_squeezer){.kind = PB_SQUEEZER_NULL};
	plan_seal(plan);
}
