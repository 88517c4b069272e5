// SPDX-License-Identifier: LGPL-2.1-or-later
/* The scenario file: its fields, their defaults and ranges (docs/scenarios.md). */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "plan/plan.h"
#include "plan/plan_driven.h"
#include "plan/scenario.h"
#include "plan/scenario_entry.h"
#include "plan/scenario_name.h"
#include "util/ydoc.h"

#define NR(a)       (sizeof(a) / sizeof((a)[0]))
#define PLAN(m)     offsetof(struct pb_scenario, plan.m)
#define SCEN(m)     offsetof(struct pb_scenario, m)
#define SOURCE(m)   offsetof(struct pb_plan_source, m)
#define SQUEEZER(m) offsetof(struct pb_plan_squeezer, m)
/* In each ring, unless the file says how many. */
#define MIN_EVENTS  1024u
#define MAX_EVENTS  16384u

#define COUNT_FIELD() .type = YFIELD_U32, .max = PB_PLAN_MAX_COUNT

static const struct yfield top_fields[] = {
	{.key = "summary",
	 .type = YFIELD_TEXT,
	 .offset = SCEN(summary),
	 .size = sizeof(((struct pb_scenario *)0)->summary),
	 .required = true},
	{.key = "why",
	 .type = YFIELD_TEXT,
	 .offset = SCEN(why),
	 .size = sizeof(((struct pb_scenario *)0)->why),
	 .required = true},
	{.key = "expect", .required = true},
	{.key = "guest"},
	{.key = "vmm", .type = YFIELD_ENUM, .offset = PLAN(vmm), .names = &plan_vmm_kinds},
	{.key = "vfio", .type = YFIELD_ENUM, .offset = PLAN(vfio), .names = &plan_vfio_kinds},
	{.key = "late", .type = YFIELD_US, .offset = PLAN(late_us), .max = PB_PLAN_MAX_US},
	{.key = "measure",
	 .type = YFIELD_US,
	 .offset = PLAN(measure_us),
	 .min = 1,
	 .max = PB_PLAN_MAX_US},
	{.key = "drain", .type = YFIELD_US, .offset = PLAN(drain_us), .max = PB_PLAN_MAX_US},
	{.key = "events",
	 .type = YFIELD_U32,
	 .offset = PLAN(event_capacity),
	 .min = PB_PLAN_MIN_EVENTS,
	 .max = PB_PLAN_MAX_EVENTS},
	{.key = "sources", .required = true},
	{.key = "squeezers"},
	{.key = "sweeps"},
};

static const struct yfield expect_fields[] = {
	{.key = "lost", COUNT_FIELD(), .offset = SCEN(expect.lost), .required = true},
	{.key = "suppressed", COUNT_FIELD(), .offset = SCEN(expect.suppressed_min)},
};

/* What a source's fields are read into. */
struct source_input {
	struct pb_plan_source src; /* first: most fields are its own */
	uint32_t period_us[2];
};

static const struct yfield source_fields[] = {
	{.key = "kind",
	 .type = YFIELD_ENUM,
	 .offset = SOURCE(kind),
	 .names = &plan_source_kinds,
	 .required = true},
	{.key = "vcpu", .type = YFIELD_U32, .offset = SOURCE(vcpu), .max = PB_MAX_VCPUS - 1},
	{.key = "vectors",
	 .type = YFIELD_U32,
	 .offset = SOURCE(vectors),
	 .min = 1,
	 .max = PB_MAX_VECTORS},
	{.key = "count",
	 .type = YFIELD_U32,
	 .offset = SOURCE(count),
	 .min = 1,
	 .max = PB_PLAN_MAX_COUNT},
	{.key = "schedule",
	 .type = YFIELD_ENUM,
	 .offset = SOURCE(schedule),
	 .names = &plan_schedules,
	 .required = true},
	{.key = "aim", .type = YFIELD_ENUM, .offset = SOURCE(aim), .names = &plan_aims},
	{.key = "period",
	 .type = YFIELD_US_RANGE,
	 .offset = offsetof(struct source_input, period_us),
	 .max = PB_PLAN_MAX_US},
	{.key = "burst",
	 .type = YFIELD_U32,
	 .offset = SOURCE(burst),
	 .min = 1,
	 .max = PB_PLAN_MAX_BURST},
	{.key = "offset",
	 .type = YFIELD_RANGE,
	 .offset = SOURCE(offset_min),
	 .max = PB_PLAN_MAX_OFFSET},
	{.key = "skip", .type = YFIELD_U32, .offset = SOURCE(skip), .max = PB_PLAN_MAX_SKIP},
	{.key = "depth",
	 .type = YFIELD_U32,
	 .offset = SOURCE(depth),
	 .min = 1,
	 .max = PB_PLAN_MAX_DEPTH},
	{.key = "service", .type = YFIELD_ENUM, .offset = SOURCE(service), .names = &plan_services},
	{.key = "fault",
	 .type = YFIELD_ENUM,
	 .offset = SOURCE(fault),
	 .names = &plan_device_faults},
	{.key = "fault_at",
	 .type = YFIELD_U32,
	 .offset = SOURCE(fault_at),
	 .min = 1,
	 .max = PB_PLAN_MAX_COUNT},
	{.key = "poll",
	 .type = YFIELD_U32,
	 .offset = SOURCE(poll_budget),
	 .min = 1,
	 .max = PB_PLAN_MAX_DEPTH},
	{.key = "aggregate", .type = YFIELD_U32, .offset = SOURCE(aggregate), .min = 2, .max = 256},
	{.key = "aggregate_time",
	 .type = YFIELD_US,
	 .offset = SOURCE(aggregate_us),
	 .max = 255 * PB_PLAN_AGGREGATE_US},
	{.key = "resets",
	 .type = YFIELD_U32,
	 .offset = SOURCE(resets),
	 .min = 1,
	 .max = PB_PLAN_MAX_RESETS},
	{.key = "reset_period",
	 .type = YFIELD_US,
	 .offset = SOURCE(reset_us),
	 .max = PB_PLAN_MAX_US},
	{.key = "vector"},
	{.key = "function",
	 .type = YFIELD_ENUM,
	 .offset = SOURCE(function),
	 .names = &plan_source_functions},
	{.key = "device",
	 .type = YFIELD_TEXT,
	 .offset = SOURCE(device),
	 .size = sizeof(((struct pb_plan_source *)0)->device)},
};
_Static_assert(offsetof(struct pb_plan_source, offset_max) ==
		       offsetof(struct pb_plan_source, offset_min) + sizeof(uint32_t),
	       "YFIELD_RANGE fills both");

static const struct yfield squeezer_fields[] = {
	{.key = "kind",
	 .type = YFIELD_ENUM,
	 .offset = SQUEEZER(kind),
	 .names = &plan_squeezer_kinds,
	 .required = true},
	{.key = "vcpu", .type = YFIELD_U32, .offset = SQUEEZER(vcpu), .max = PB_MAX_VCPUS - 1},
	{.key = "threads",
	 .type = YFIELD_U32,
	 .offset = SQUEEZER(threads),
	 .min = 1,
	 .max = PB_PLAN_MAX_THREADS},
	{.key = "nice", .type = YFIELD_I32, .offset = SQUEEZER(nice), .min = -20, .max = 19},
	{.key = "on", .type = YFIELD_US, .offset = SQUEEZER(on_us), .max = PB_PLAN_MAX_US},
	{.key = "off", .type = YFIELD_US, .offset = SQUEEZER(off_us), .max = PB_PLAN_MAX_US},
	{.key = "rt_priority", .type = YFIELD_U32, .offset = SQUEEZER(rt_priority), .max = 99},
	{.key = "period", .type = YFIELD_US, .offset = SQUEEZER(period_us), .max = PB_PLAN_MAX_US},
	{.key = "width", .type = YFIELD_US, .offset = SQUEEZER(width_us), .max = PB_PLAN_MAX_US},
	{.key = "jitter", .type = YFIELD_US, .offset = SQUEEZER(jitter_us), .max = PB_PLAN_MAX_US},
	{.key = "device",
	 .type = YFIELD_TEXT,
	 .offset = SQUEEZER(device),
	 .size = sizeof(((struct pb_plan_squeezer *)0)->device)},
};

static void set_defaults(struct pb_scenario *s)
{
	s->vcpus_per_cpu = 1;
	s->plan.vmm = PB_VMM_MINI;
	s->plan.vfio = PB_VFIO_AUTO;
	s->plan.guest_mode = PB_GUEST_SPIN;
	s->plan.vcpus = 1;
	s->plan.late_us = 500;
	s->plan.measure_us = 2000000;
	s->plan.drain_us = 20000;
	s->plan.event_capacity = MAX_EVENTS;
}

/* How many posts a sweep makes, it says itself; else somebody must. */
static bool check_count(const struct ynode *map, const struct pb_plan_source *src, struct yerr *e)
{
	const struct ynode *n = ynode_get(map, "count");

	if (!n && src->schedule != PB_SCHED_SWEPT)
		return yerr_fail(e, map->line, "no field 'count'; it is required");
	if (n && src->schedule == PB_SCHED_SWEPT)
		return yerr_fail(e, n->line,
				 "count is given, but the schedule is swept, which "
				 "says it itself; leave it out");
	return true;
}

/* `vector: fresh` takes the next one at each post; `random` draws it. */
static bool read_vector(const struct ynode *map, struct pb_plan_source *src, struct yerr *e)
{
	const struct ynode *n = ynode_get(map, "vector");

	if (!n)
		return true;
	if (n->kind != YNODE_SCALAR ||
	    (strcmp(n->text, "fresh") != 0 && strcmp(n->text, "random") != 0))
		return yerr_fail(e, n->line, "vector is '%.40s'; must be fresh or random",
				 n->text ? n->text : "not a single value");
	src->fresh_vector = !strcmp(n->text, "fresh");
	return true;
}

/* Fields that have another name in the plan. */
static const struct {
	const char *plan, *key, *shown;
} renamed[] = {
	{"period_us", "period", "period (us)"},
	{"on_us", "on", "on (us)"},
	{"off_us", "off", "off (us)"},
	{"offset_min", "offset", "offset"},
	{"offset_max", "offset", "offset"},
	{"width_us", "width", "width (us)"},
	{"jitter_us", "jitter", "jitter (us)"},
	{"deadline_us", "deadline", "deadline (us)"},
	{"poll_budget", "poll", "poll"},
	{"aggregate_us", "aggregate_time", "aggregate_time (us)"},
	{"reset_us", "reset_period", "reset_period (us)"},
};

bool scenario_fail_entry(const struct ynode *n, const char *why, struct yerr *e)
{
	const char *text = strstr(why, ": ");
	const char *shown;
	char key[32] = "";
	size_t len;

	text = text ? text + 2 : why;
	len = strcspn(text, " ");
	if (len < sizeof(key))
		memcpy(key, text, len);
	shown = NULL;
	for (size_t i = 0; i < NR(renamed); i++)
		if (!strcmp(key, renamed[i].plan)) {
			shown = renamed[i].shown;
			snprintf(key, sizeof(key), "%s", renamed[i].key);
			break;
		}
	if (ynode_get(n, key))
		n = ynode_get(n, key);
	if (shown)
		return yerr_fail(e, n->line, "%s%s", shown, text + len);
	return yerr_fail(e, n->line, "%s", text);
}

/* A sweep that a swept source goes with: its own are read later. */
static void any_sweep(struct pb_plan *plan)
{
	plan->guest_mode = PB_GUEST_SPIN;
	plan->tick_us = 0;
	plan->nr_sweeps = 1;
	plan->sweep[0] = (struct pb_plan_sweep){.window = PB_WINDOW_PREEMPT,
						.length = 1,
						.windows = 1,
						.budget = 1,
						.deadline_us = PB_PLAN_MAX_FATE_US};
	plan->source[0].count = 2;
}

/*
 * Whether plan_check() would take the entry: it is put alone into an otherwise
 * good plan.
 */
static bool check_entry(const struct ynode *n, const struct pb_scenario *s,
			const struct pb_plan_source *src, const struct pb_plan_squeezer *sq,
			struct yerr *e)
{
	struct pb_plan plan = s->plan;
	char why[256];

	memset(plan.source, 0, sizeof(plan.source));
	memset(plan.squeezer, 0, sizeof(plan.squeezer));
	plan.nr_sources = src ? 1 : 0;
	plan.nr_squeezers = sq ? 1 : 0;
	if (src)
		plan.source[0] = *src;
	if (sq)
		plan.squeezer[0] = *sq;
	if (src && src->schedule == PB_SCHED_SWEPT)
		any_sweep(&plan);
	/* Which one it is, only the machine's limits say. */
	if (sq && sq->kind == PB_SQUEEZER_MIGRATE)
		plan.squeezer[0].cpu = plan.vcpu_cpu[0] + 1;
	plan_seal(&plan);
	return !plan_check(&plan, sizeof(plan), why, sizeof(why)) || scenario_fail_entry(n, why, e);
}

/* Of the newest source, against those before it. */
static bool check_functions(const struct ynode *n, const struct pb_plan *plan, struct yerr *e)
{
	struct checkline c;
	char why[256];

	checkline_init(&c, why, sizeof(why));
	checkline_at(&c, "source: ");
	plan_check_functions(&c, plan, plan->nr_sources - 1);
	return !c.failed || scenario_fail_entry(n, why, e);
}

static bool read_source(const struct ynode *n, struct pb_scenario *s, struct yerr *e)
{
	struct source_input in = {.src.vectors = 1};
	uint32_t i = s->plan.nr_sources;

	if (i == PB_MAX_SOURCES)
		return yerr_fail(e, n->line, "more than %d sources", PB_MAX_SOURCES);
	if (!yfields_read(n, source_fields, NR(source_fields), &in, e) ||
	    !read_vector(n, &in.src, e) || !check_count(n, &in.src, e))
		return false;
	in.src.period_us = in.period_us[0];
	if (in.src.kind == PB_SOURCE_NVME && !in.src.depth)
		in.src.depth = 1;
	if (!check_entry(n, s, &in.src, NULL, e))
		return false;
	memcpy(s->period_us[i], in.period_us, sizeof(in.period_us));
	s->plan.source[i] = in.src;
	s->plan.nr_sources++;
	return check_functions(n, &s->plan, e);
}

static bool read_squeezer(const struct ynode *n, struct pb_scenario *s, struct yerr *e)
{
	struct pb_plan_squeezer sq = {0};

	if (s->plan.nr_squeezers == PB_MAX_SQUEEZERS)
		return yerr_fail(e, n->line, "more than %d squeezers", PB_MAX_SQUEEZERS);
	if (!yfields_read(n, squeezer_fields, NR(squeezer_fields), &sq, e))
		return false;
	if ((sq.kind == PB_SQUEEZER_HOG || sq.kind == PB_SQUEEZER_OVERCOMMIT) && !sq.threads)
		sq.threads = 1;
	if ((sq.kind == PB_SQUEEZER_PREEMPT || sq.kind == PB_SQUEEZER_KICK) && !sq.rt_priority)
		sq.rt_priority = 1;
	if (!check_entry(n, s, NULL, &sq, e))
		return false;
	s->plan.squeezer[s->plan.nr_squeezers++] = sq;
	return true;
}

static bool read_list(const struct ynode *root, const char *key, struct pb_scenario *s,
		      bool (*read)(const struct ynode *, struct pb_scenario *, struct yerr *),
		      struct yerr *e)
{
	const struct ynode *list = ynode_get(root, key);

	if (!list)
		return true;
	if (list->kind != YNODE_LIST || !list->first)
		return yerr_fail(e, list->line, "%s must be a list with at least one entry, '- '",
				 key);
	for (const struct ynode *n = list->first; n; n = n->next)
		if (!read(n, s, e))
			return false;
	return true;
}

/* A minimum that no run could reach would make every run inconclusive. */
static bool check_expect(const struct ynode *root, const struct pb_scenario *s, struct yerr *e)
{
	const struct ynode *expect = ynode_get(root, "expect");
	const struct ynode *suppressed = ynode_get(expect, "suppressed");
	uint64_t posts = 0;

	for (uint32_t i = 0; i < s->plan.nr_sources; i++)
		posts += s->plan.source[i].count;
	if (suppressed && s->expect.suppressed_min > posts)
		return yerr_fail(e, suppressed->line,
				 "suppressed is %u; must be at most the %llu posts of all sources",
				 s->expect.suppressed_min, (unsigned long long)posts);
	if (s->expect.lost >= posts)
		return yerr_fail(
			e, ynode_get(expect, "lost")->line,
			"lost is %u; must be less than the %llu posts, or nothing could fail",
			s->expect.lost, (unsigned long long)posts);
	return true;
}

/*
 * Room for the posts, an ISR entry and a HLT of each, and as much again: rings are
 * guest memory, which every branch has to make and to map.
 */
static uint32_t default_events(const struct pb_plan *plan)
{
	uint64_t need = MIN_EVENTS, room = MIN_EVENTS;

	for (uint32_t i = 0; i < plan->nr_sources; i++)
		need += 4ull * plan->source[i].count;
	while (room < need && room < MAX_EVENTS)
		room *= 2;
	return (uint32_t)room;
}

static bool read_scenario(const struct ynode *root, struct pb_scenario *s, struct yerr *e)
{
	const struct ynode *expect;

	if (!yfields_read(root, top_fields, NR(top_fields), s, e))
		return false;
	expect = ynode_get(root, "expect");
	if (!yfields_read(expect, expect_fields, NR(expect_fields), s, e) ||
	    !scenario_read_guest(root, s, e))
		return false;
	if (!read_list(root, "sources", s, read_source, e) ||
	    !read_list(root, "squeezers", s, read_squeezer, e) ||
	    !scenario_read_sweeps(root, s, e) || !check_expect(root, s, e))
		return false;
	if (!ynode_get(root, "events"))
		s->plan.event_capacity = default_events(&s->plan);
	return true;
}

int scenario_parse(const char *file, const char *text, size_t len, struct pb_scenario *out,
		   char *err, size_t size)
{
	const struct ynode *root;
	struct ydoc *doc;
	struct yerr e;
	int ret;

	yerr_init(&e, file, err, size);
	memset(out, 0, sizeof(*out));
	if (!scenario_name_of(file, out->name, sizeof(out->name))) {
		yerr_fail(&e, 0,
			  "not a scenario's name; must be like quiet-2.yaml, at most %zu "
			  "characters of a-z, 0-9 and -",
			  sizeof(out->name) - 1);
		return -EINVAL;
	}
	snprintf(out->path, sizeof(out->path), "%s", file);
	set_defaults(out);
	memcpy(out->plan.scenario, out->name, sizeof(out->plan.scenario));
	ret = ydoc_parse(text, len, &e, &doc, &root);
	if (ret)
		return ret;
	ret = read_scenario(root, out, &e) ? 0 : -EINVAL;
	ydoc_free(doc);
	return ret;
}
