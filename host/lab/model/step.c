// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/lab/model/step.h"

#include <string.h>

#include "host/lab/model/lab.h"

static uint8_t users[STEP_MAX_CPUS];

void steps_init(void)
{
	memset(users, 0, sizeof(users));
}

void step_get(uint16_t cpu)
{
	if (!users[cpu]++)
		lab->step(cpu, true);
}

void step_put(uint16_t cpu)
{
	if (!--users[cpu])
		lab->step(cpu, false);
}
