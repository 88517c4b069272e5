// SPDX-License-Identifier: LGPL-2.1-or-later
/* The guest of a scenario file. */
#include "plan/plan.h"
#include "plan/scenario_entry.h"

#define NR(a)   (sizeof(a) / sizeof((a)[0]))
#define PLAN(m) offsetof(struct pb_scenario, plan.m)
#define SCEN(m) offsetof(struct pb_scenario, m)

/* Of a Linux guest, unless the file says otherwise. */
#define MEMORY_MIB    128u
#define IO_TIMEOUT_US 1000000u
#define STALL_US      100000u
/* From the driver's timeout to the end of the drain: its timer is rounded up to seconds. */
#define AFTER_US      1500000u

static const struct yfield guest_fields[] = {
	{.key = "mode",
	 .type = YFIELD_ENUM,
	 .offset = PLAN(guest_mode),
	 .names = &plan_guest_modes},
	{.key = "vcpus", .type = YFIELD_U32, .offset = PLAN(vcpus), .min = 1, .max = PB_MAX_VCPUS},
	{.key = "vcpus_per_cpu",
	 .type = YFIELD_U32,
	 .offset = SCEN(vcpus_per_cpu),
	 .min = 1,
	 .max = PB_MAX_VCPUS},
	{.key = "tick",
	 .type = YFIELD_US,
	 .offset = PLAN(tick_us),
	 .min = PB_PLAN_MIN_TICK_US,
	 .max = PB_PLAN_MAX_US},
	{.key = "kernel",
	 .type = YFIELD_TEXT,
	 .offset = SCEN(guest_kernel),
	 .size = sizeof(((struct pb_scenario *)0)->guest_kernel)},
	{.key = "memory",
	 .type = YFIELD_U32,
	 .offset = PLAN(guest.memory_mib),
	 .min = PB_PLAN_MIN_MEMORY,
	 .max = PB_PLAN_MAX_MEMORY},
	{.key = "io_timeout",
	 .type = YFIELD_US,
	 .offset = PLAN(guest.io_timeout_us),
	 .min = 1000000,
	 .max = PB_PLAN_MAX_TIMEOUT},
	{.key = "stall",
	 .type = YFIELD_US,
	 .offset = PLAN(guest.stall_us),
	 .min = 1,
	 .max = PB_PLAN_MAX_TIMEOUT},
};

/* Keys that only the one, or only the others have. */
static const char *const of_linux[] = {"kernel", "memory", "io_timeout", "stall"};
static const char *const of_agent[] = {"mode", "tick"};

static bool refuse(const struct ynode *guest, const char *const *keys, size_t nr, const char *why,
		   struct yerr *e)
{
	for (size_t i = 0; guest && i < nr; i++)
		if (ynode_get(guest, keys[i]))
			return yerr_fail(e, ynode_get(guest, keys[i])->line,
					 "%s is given, %s; leave it out", keys[i], why);
	return true;
}

static bool check_agent(const struct ynode *guest, const struct pb_scenario *s, struct yerr *e)
{
	if (!refuse(guest, of_linux, NR(of_linux), "but vmm is not linux", e))
		return false;
	if (guest && s->plan.guest_mode == PB_GUEST_TICK && !s->plan.tick_us)
		return yerr_fail(e, guest->line, "mode is tick, but there is no field 'tick'");
	if (guest && s->plan.guest_mode != PB_GUEST_TICK && s->plan.tick_us)
		return yerr_fail(e, ynode_get(guest, "tick")->line,
				 "tick is given, but mode is not tick; leave it out");
	return true;
}

static bool check_linux(const struct ynode *root, const struct ynode *guest, struct pb_scenario *s,
			struct yerr *e)
{
	struct pb_plan_guest *g = &s->plan.guest;

	if (!guest || !s->guest_kernel[0])
		return yerr_fail(e, guest ? guest->line : ynode_get(root, "vmm")->line,
				 "vmm is linux, but the guest has no 'kernel'; must be one of "
				 "configs/kernels");
	if (!refuse(guest, of_agent, NR(of_agent), "which a Linux guest has not", e))
		return false;
	if (g->io_timeout_us % 1000000)
		return yerr_fail(e, ynode_get(guest, "io_timeout")->line,
				 "io_timeout (us) is %u; must be whole seconds", g->io_timeout_us);
	if (g->stall_us > g->io_timeout_us)
		return yerr_fail(e, ynode_get(guest, "stall")->line,
				 "stall (us) is %u; must be at most io_timeout, %u", g->stall_us,
				 g->io_timeout_us);
	if (!ynode_get(root, "drain"))
		s->plan.drain_us = g->io_timeout_us + AFTER_US;
	else if (s->plan.drain_us < g->io_timeout_us)
		return yerr_fail(e, ynode_get(root, "drain")->line,
				 "drain (us) is %u; must be at least io_timeout, %u, or what "
				 "times out does not show",
				 s->plan.drain_us, g->io_timeout_us);
	return true;
}

bool scenario_read_guest(const struct ynode *root, struct pb_scenario *s, struct yerr *e)
{
	const struct ynode *guest = ynode_get(root, "guest");

	if (s->plan.vmm == PB_VMM_LINUX)
		s->plan.guest = (struct pb_plan_guest){.memory_mib = MEMORY_MIB,
						       .io_timeout_us = IO_TIMEOUT_US,
						       .stall_us = STALL_US};
	if (guest && !yfields_read(guest, guest_fields, NR(guest_fields), s, e))
		return false;
	return s->plan.vmm == PB_VMM_LINUX ? check_linux(root, guest, s, e)
					   : check_agent(guest, s, e);
}
