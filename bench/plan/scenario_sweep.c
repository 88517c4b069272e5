// SPDX-License-Identifier: LGPL-2.1-or-later
/* The sweeps of a scenario file (docs/sweeps.md). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan/plan.h"
#include "plan/scenario_entry.h"

#define NR(a)    (sizeof(a) / sizeof((a)[0]))
#define SWEEP(m) offsetof(struct pb_plan_sweep, m)

static const struct yfield fields[] = {
	{.key = "window",
	 .type = YFIELD_ENUM,
	 .offset = SWEEP(window),
	 .names = &plan_windows,
	 .required = true},
	{.key = "event", .type = YFIELD_ENUM, .offset = SWEEP(event), .names = &plan_sweep_events},
	{.key = "windows",
	 .type = YFIELD_U32,
	 .offset = SWEEP(windows),
	 .min = 1,
	 .max = PB_PLAN_MAX_WINDOWS},
	{.key = "skip", .type = YFIELD_U32, .offset = SWEEP(skip), .max = PB_PLAN_MAX_SKIP},
	{.key = "length",
	 .type = YFIELD_U32,
	 .offset = SWEEP(length),
	 .min = 1,
	 .max = PB_PLAN_MAX_LENGTH},
	{.key = "stride"},
	{.key = "budget",
	 .type = YFIELD_U32,
	 .offset = SWEEP(budget),
	 .min = 1,
	 .max = PB_PLAN_MAX_TRIES},
	{.key = "deadline",
	 .type = YFIELD_US,
	 .offset = SWEEP(deadline_us),
	 .min = 100,
	 .max = PB_PLAN_MAX_FATE_US},
};

static const struct yfield stride_field[] = {
	{.key = "stride", .type = YFIELD_U32, .min = 1, .max = PB_PLAN_MAX_LENGTH},
};

/* `stride: intervals`, or a number of instants. */
static bool read_stride(const struct ynode *map, struct pb_plan_sweep *sweep, struct yerr *e)
{
	const struct ynode *n = ynode_get(map, "stride");
	struct ynode only = {.kind = YNODE_MAP, .line = map->line};
	struct ynode copy;

	if (!n && sweep->event == PB_SWEEP_KICK)
		return yerr_fail(e, map->line,
				 "no field 'stride'; a kick needs one: it has no intervals");
	if (!n || (n->kind == YNODE_SCALAR && !strcmp(n->text, "intervals"))) {
		if (sweep->event != PB_SWEEP_KICK)
			return true;
		return yerr_fail(e, n->line,
				 "stride is 'intervals'; a kick has none: must be a "
				 "number of instants");
	}
	copy = *n;
	copy.next = NULL;
	only.first = &copy;
	return yfields_read(&only, stride_field, NR(stride_field), &sweep->stride, e);
}

/* Which squeezer kicks: the one of that kind. */
static bool find_kick(const struct ynode *n, const struct pb_scenario *s,
		      struct pb_plan_sweep *sweep, struct yerr *e)
{
	uint32_t i = 0;

	if (sweep->event != PB_SWEEP_KICK)
		return true;
	while (i < s->plan.nr_squeezers && s->plan.squeezer[i].kind != PB_SQUEEZER_KICK)
		i++;
	if (i == s->plan.nr_squeezers)
		return yerr_fail(e, n->line, "event is kick, but there is no squeezer kick");
	sweep->index = i;
	return true;
}

static bool read_sweep(const struct ynode *n, struct pb_scenario *s, struct yerr *e)
{
	struct pb_plan_sweep sweep = {
		.windows = 1,
		.length = 20000,
		.budget = 4000,
		.deadline_us = 20000,
	};

	if (s->plan.nr_sweeps == PB_MAX_SWEEPS)
		return yerr_fail(e, n->line, "more than %d sweeps", PB_MAX_SWEEPS);
	if (!yfields_read(n, fields, NR(fields), &sweep, e) || !read_stride(n, &sweep, e) ||
	    !find_kick(n, s, &sweep, e))
		return false;
	s->plan.sweep[s->plan.nr_sweeps++] = sweep;
	return true;
}

/* Whether plan_check() takes them, with all that they need; CPUs come later. */
static bool check_all(const struct ynode *list, const struct pb_scenario *s, struct yerr *e)
{
	const struct ynode *n = list->first;
	struct pb_plan plan = s->plan;
	unsigned long which;
	char why[256];

	for (uint32_t i = 0; i < plan.nr_squeezers; i++)
		if (plan.squeezer[i].kind == PB_SQUEEZER_MIGRATE)
			plan.squeezer[i].cpu = plan.vcpu_cpu[0] + 1;
	plan_seal(&plan);
	if (!plan_check(&plan, sizeof(plan), why, sizeof(why)))
		return true;
	if (strncmp(why, "sweep ", 6) != 0)
		return yerr_fail(e, list->line, "%s", why);
	for (which = strtoul(why + 6, NULL, 10); which && n->next; which--)
		n = n->next;
	return scenario_fail_entry(n, why, e);
}

bool scenario_read_sweeps(const struct ynode *root, struct pb_scenario *s, struct yerr *e)
{
	const struct ynode *list = ynode_get(root, "sweeps");

	if (!list) {
		for (uint32_t i = 0; i < s->plan.nr_sources; i++)
			if (s->plan.source[i].schedule == PB_SCHED_SWEPT)
				return yerr_fail(e, ynode_get(root, "sources")->line,
						 "a source is swept, but there are no sweeps");
		return true;
	}
	if (list->kind != YNODE_LIST || !list->first)
		return yerr_fail(e, list->line,
				 "sweeps must be a list with at least one entry, '- '");
	for (const struct ynode *n = list->first; n; n = n->next)
		if (!read_sweep(n, s, e))
			return false;
	for (uint32_t i = 0; i < s->plan.nr_sources; i++)
		if (s->plan.source[i].schedule == PB_SCHED_SWEPT)
			s->plan.source[i].count = s->plan.sweep[0].windows + 1;
	return check_all(list, s, e);
}
