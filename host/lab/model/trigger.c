// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/lab/model/trigger.h"

#include "host/lab/model/aim.h"
#include "host/lab/model/sweep.h"
#include "shared/plan.h"

#define EXIT_REASON_HLT 12 /* SDM vol. 3, appendix C */

static void trigger(const struct pid *p, uint16_t cpu, enum pb_aim kind)
{
	aim_trigger(p, cpu, kind);
	sweep_trigger(p, cpu, kind);
}

void trigger_control(const struct pid *p, uint16_t cpu, uint64_t old)
{
	uint64_t diff = old ^ p->control;

	if (diff & PID_SN)
		trigger(p, cpu, p->control & PID_SN ? PB_AIM_SN_SET : PB_AIM_SN_CLEARED);
	if (PID_NDST(diff))
		trigger(p, cpu, PB_AIM_NDST);
	if (PID_NV(diff))
		trigger(p, cpu, PB_AIM_NV);
}

void trigger_entry(const struct pid *p, uint16_t cpu)
{
	trigger(p, cpu, PB_AIM_ENTRY);
}

void trigger_exit(const struct pid *p, uint16_t cpu, uint16_t reason)
{
	trigger(p, cpu, PB_AIM_EXIT);
	if (reason == EXIT_REASON_HLT)
		trigger(p, cpu, PB_AIM_HALT);
}
