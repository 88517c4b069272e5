// SPDX-License-Identifier: LGPL-2.1-or-later
/* Scenario and set files with anything in them. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "plan/plan.h"
#include "plan/scenario.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is taken must be a plan that can be run; what is refused must say why, in a line. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pb_limits limits = {.cpus = 64,
				   .functions = PB_MAX_FUNCTIONS,
				   .nvme = PB_MAX_SOURCES,
				   .nic = PB_MAX_SOURCES,
				   .vfs = PB_MAX_VFS,
				   .aims = true,
				   .sweeps = true};
	char err[PB_SCENARIO_ERR];
	struct pb_scenario_set set;
	struct pb_scenario s;
	struct pb_plan plan;

	if (scenario_parse("f.yaml", (const char *)data, size, &s, err, sizeof(err))) {
		if (strncmp(err, "f.yaml:", 7) || strchr(err, '\n'))
			abort();
	} else if (scenario_to_plan(&s, 1, &limits, &plan, err, sizeof(err))) {
		abort();
	}
	if (scenario_set_parse("f.yaml", (const char *)data, size, &set, err, sizeof(err)) &&
	    (strncmp(err, "f.yaml:", 7) || strchr(err, '\n')))
		abort();
	return 0;
}
