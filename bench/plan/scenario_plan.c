// SPDX-License-Identifier: LGPL-2.1-or-later
/* From a scenario, a seed and a machine's limits to a plan. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "plan/plan.h"
#include "plan/scenario.h"
#include "util/rng.h"

#define LAB_CPUS    2
#define LAB_POSTERS 2 /* host/lab/model/poster.c */
#define LAB_NVME    1 /* host/lab/model/nvme.c */
#define LAB_NIC     1 /* host/lab/model/nic.c */
#define LAB_VFS     4 /* of each of both */

int scenario_limits(const char *machine, uint32_t cpus, struct pb_limits *out)
{
	memset(out, 0, sizeof(*out));
	out->cpus = cpus ? cpus : LAB_CPUS;
	out->functions = LAB_POSTERS;
	out->nvme = LAB_NVME;
	out->nic = LAB_NIC;
	out->vfs = LAB_VFS;
	out->aims = true;
	out->sweeps = true;
	if (!strcmp(machine, "null"))
		*out = (struct pb_limits){
			.cpus = out->cpus,
			.functions = PB_MAX_FUNCTIONS,
			.guest_devices = true,
			.aims = true,
			.sweeps = true,
		};
	else if (strcmp(machine, "lab") != 0)
		return -EINVAL;
	return 0;
}

uint64_t scenario_branch_seed(uint64_t seed, uint32_t branch)
{
	return branch ? rng_derive(seed, branch) : seed;
}

static uint32_t sources_of(const struct pb_plan *plan, uint32_t kind)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < plan->nr_sources; i++)
		n += plan->source[i].kind == kind;
	return n;
}

/* Functions that post by themselves: what is left when the guest's devices are taken away. */
static uint32_t posters(const struct pb_plan *plan)
{
	return plan_functions(plan) - sources_of(plan, PB_SOURCE_NVME) -
	       sources_of(plan, PB_SOURCE_NIC);
}

/* Devices of a kind: all virtual functions are those of one. */
static uint32_t devices_of(const struct pb_plan *plan, uint32_t kind)
{
	uint32_t n = 0, virtual = 0;

	for (uint32_t i = 0; i < plan->nr_sources; i++) {
		if (plan->source[i].kind != kind)
			continue;
		n += !plan->source[i].function;
		virtual |= plan->source[i].function;
	}
	return n + !!virtual;
}

static bool has_functions(const struct pb_plan *plan, const struct pb_limits *l, char *reason,
			  size_t size)
{
	for (uint32_t i = 0; i < plan->nr_sources; i++) {
		if (plan->source[i].function <= l->vfs)
			continue;
		snprintf(reason, size,
			 "source %u needs %s; devices of this machine have %u virtual functions", i,
			 names_str(&plan_source_functions, plan->source[i].function), l->vfs);
		return false;
	}
	return true;
}

static bool has_real_devices(const struct pb_plan *plan, const struct pb_limits *l, char *reason,
			     size_t size)
{
	uint32_t nvme = devices_of(plan, PB_SOURCE_NVME), nic = devices_of(plan, PB_SOURCE_NIC);

	if (nvme <= l->nvme && nic <= l->nic)
		return has_functions(plan, l, reason, size);
	snprintf(reason, size, "needs %u NVMe controllers and %u NICs; the machine has %u and %u",
		 nvme, nic, l->nvme, l->nic);
	return false;
}

static bool has_devices(const struct pb_plan *plan, const struct pb_limits *l, char *reason,
			size_t size)
{
	if (plan->vmm == PB_VMM_LINUX && l->guest_devices)
		return true;
	return has_real_devices(plan, l, reason, size);
}

/* What the machine lacks, if anything. */
static int check_limits(const struct pb_scenario *s, const struct pb_limits *l, char *reason,
			size_t size)
{
	uint32_t groups = (s->plan.vcpus + s->vcpus_per_cpu - 1) / s->vcpus_per_cpu;

	if (groups + 1 > l->cpus) {
		snprintf(reason, size,
			 "needs %u CPUs: %u for its vCPUs and one for control; the machine has %u",
			 groups + 1, groups, l->cpus);
		return -EOPNOTSUPP;
	}
	if (!has_devices(&s->plan, l, reason, size))
		return -EOPNOTSUPP;
	if (posters(&s->plan) > l->functions) {
		snprintf(reason, size,
			 "needs %u functions that post, one for each source and each kick; the "
			 "machine has %u",
			 posters(&s->plan), l->functions);
		return -EOPNOTSUPP;
	}
	for (uint32_t i = 0; i < s->plan.nr_sources && !l->aims; i++) {
		if (s->plan.source[i].schedule != PB_SCHED_AIMED)
			continue;
		snprintf(reason, size,
			 "source %u is aimed at instants of the PID (%s), which only the lab sees",
			 i, names_str(&plan_aims, s->plan.source[i].aim));
		return -EOPNOTSUPP;
	}
	if (s->plan.nr_sweeps && !l->sweeps) {
		snprintf(reason, size,
			 "sweeps a window (%s), which needs a machine that can branch at any "
			 "instant: the lab",
			 names_str(&plan_windows, s->plan.sweep[0].window));
		return -EOPNOTSUPP;
	}
	return 0;
}

/* A stream of its own: sources draw from plan_source_seed(). */
#define PERIOD_STREAM 1000u

static void draw_periods(const struct pb_scenario *s, struct pb_plan *plan)
{
	for (uint32_t i = 0; i < plan->nr_sources; i++) {
		uint64_t rng = rng_derive(plan->seed, PERIOD_STREAM + i);
		uint32_t low = s->period_us[i][0], high = s->period_us[i][1];

		plan->source[i].period_us = low + (uint32_t)rng_below(&rng, high - low + 1);
	}
}

/*
 * The other CPU of a vCPU that migrates is the first behind those of the vCPUs:
 * a free one, or control's where there is none.
 */
static void place_migrations(const struct pb_scenario *s, struct pb_plan *plan)
{
	uint32_t groups = (plan->vcpus + s->vcpus_per_cpu - 1) / s->vcpus_per_cpu;

	for (uint32_t i = 0; i < plan->nr_squeezers; i++)
		if (plan->squeezer[i].kind == PB_SQUEEZER_MIGRATE)
			plan->squeezer[i].cpu = groups;
}

int scenario_to_plan(const struct pb_scenario *s, uint64_t seed, const struct pb_limits *limits,
		     struct pb_plan *plan, char *reason, size_t size)
{
	int ret = check_limits(s, limits, reason, size);

	if (ret)
		return ret;
	*plan = s->plan;
	plan->seed = seed;
	for (uint32_t i = 0; i < plan->vcpus; i++)
		plan->vcpu_cpu[i] = i / s->vcpus_per_cpu;
	plan->control_cpu = limits->cpus - 1;
	draw_periods(s, plan);
	place_migrations(s, plan);
	plan_seal(plan);
	return plan_check(plan, sizeof(*plan), reason, size);
}
