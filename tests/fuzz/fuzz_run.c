// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Run files with anything in them, alone and with the plan that they claim to be of;
 * the first byte says whether what seals a run is made right. Runs that are whole
 * and make no sense are for fuzz_analysis.c.
 */
#include <stdlib.h>
#include <string.h>

#include "event/run.h"
#include "plan/plan.h"
#include "tests/fuzz/fuzz.h"

static struct pb_plan make_plan(void)
{
	struct pb_plan plan = {.scenario = "f",
			       .vcpus = 2,
			       .measure_us = 1,
			       .nr_sources = 2,
			       .event_capacity = PB_PLAN_MAX_EVENTS};

	for (uint32_t i = 0; i < plan.nr_sources; i++)
		plan.source[i] = (struct pb_plan_source){
			.kind = PB_SOURCE_NULL,
			.vcpu = i,
			.vectors = 4,
			.count = 9,
			.schedule = PB_SCHED_PERIODIC,
			.period_us = 1,
		};
	plan_seal(&plan);
	return plan;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pb_plan plan = make_plan();
	struct pb_run *run, *back;
	char err[512] = "";
	size_t len = size ? size - 1 : 0, again;

	if (!size)
		return 0;
	/* Of the very size, so that a byte beyond it is noticed. */
	run = calloc(1, len ? len : 1);
	if (!run)
		abort();
	memcpy(run, data + 1, len);
	if (data[0] & 1 && len >= sizeof(*run)) {
		run->nr_events = (len - sizeof(*run)) / sizeof(struct pb_event);
		len = run_size(run->nr_events);
		run->plan_crc = data[0] & 2 ? plan.crc : run->plan_crc;
		run_seal(run);
	}
	if (run_check(run, len, &plan, err, sizeof(err)))
		fuzz_one_line(err);
	err[0] = '\0';
	if (run_check(run, len, NULL, err, sizeof(err))) {
		fuzz_one_line(err);
	} else {
		/* What is taken from memory is taken from a file. */
		if (run_read(fuzz_file((const uint8_t *)run, len), NULL, &back, &again, err,
			     sizeof(err)) ||
		    again != len || memcmp(run, back, len) != 0)
			abort();
		free(back);
	}
	free(run);
	return 0;
}
