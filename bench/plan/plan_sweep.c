// SPDX-License-Identifier: LGPL-2.1-or-later
/* plan_sweep.c - what sweeps need, and what they must leave alone. */
#include <inttypes.h>

#include "plan/plan.h"
#include "plan/plan_squeezer.h"
#include "plan/plan_sweep.h"

static void check_windows(struct checkline *c, const struct pb_plan_sweep *s, uint32_t i)
{
	plan_check_enum(c, &plan_windows, s->window);
	if (s->window == PB_WINDOW_NONE)
		checkline_fail(c, "window is none: name what is swept");
	checkline_range(c, "length", s->length, 1, PB_PLAN_MAX_LENGTH);
	checkline_range(c, "skip", s->skip, 0, i ? 0 : PB_PLAN_MAX_SKIP);
	checkline_range(c, "windows", s->windows, 1, i ? 1 : PB_PLAN_MAX_WINDOWS);
	checkline_range(c, "deadline_us", s->deadline_us, 100, PB_PLAN_MAX_FATE_US);
	checkline_zero(c, "reserved", s->reserved, "");
}

static void check_posts(struct checkline *c, const struct pb_plan *p, const struct pb_plan_sweep *s)
{
	if (s->event != PB_SWEEP_POST)
		checkline_fail(c, "event is %s, must be post in the last sweep",
			       names_str(&plan_sweep_events, s->event));
	checkline_range(c, "index", s->index, 0, (int64_t)p->nr_sources - 1);
	checkline_range(c, "stride", s->stride, 0, PB_PLAN_MAX_LENGTH);
	checkline_range(c, "budget", s->budget, 1, PB_PLAN_MAX_TRIES);
}

static void check_kicks(struct checkline *c, const struct pb_plan *p, const struct pb_plan_sweep *s)
{
	if (s->event != PB_SWEEP_KICK)
		checkline_fail(c, "event is %s, must be kick in all sweeps but the last",
			       names_str(&plan_sweep_events, s->event));
	checkline_range(c, "index", s->index, 0, (int64_t)p->nr_squeezers - 1);
	checkline_range(c, "stride (kicks have no intervals)", s->stride, 1, PB_PLAN_MAX_LENGTH);
	checkline_range(c, "budget", s->budget, 1, PB_PLAN_MAX_KICKED);
	if (c->failed)
		return;
	if (p->squeezer[s->index].kind != PB_SQUEEZER_KICK || p->squeezer[s->index].period_us)
		checkline_fail(c,
			       "index is %" PRIu32 ", must be that of a squeezer kick without a "
			       "period",
			       s->index);
}

static void check_sweep(struct checkline *c, const struct pb_plan *p, uint32_t i)
{
	const struct pb_plan_sweep *s = &p->sweep[i];

	checkline_at(c, "sweep %" PRIu32 ": ", i);
	if (i >= p->nr_sweeps) {
		checkline_zeros(c, "an entry that is not used", s, sizeof(*s));
		return;
	}
	plan_check_enum(c, &plan_sweep_events, s->event);
	check_windows(c, s, i);
	if (i + 1 == p->nr_sweeps)
		check_posts(c, p, s);
	else
		check_kicks(c, p, s);
}

/* One source, which the sweeps command, and nothing else that would rescue its posts. */
static void check_source(struct checkline *c, const struct pb_plan *p)
{
	bool swept = false;

	for (uint32_t i = 0; i < p->nr_sources; i++)
		swept |= p->source[i].schedule == PB_SCHED_SWEPT;
	checkline_at(c, "%s", "");
	if (swept && !p->nr_sweeps)
		checkline_fail(c, "a source is swept, but there are no sweeps");
	if (!p->nr_sweeps || c->failed)
		return;
	if (p->nr_sources != 1 || !swept)
		checkline_fail(c, "with sweeps there must be one source, with schedule swept: "
				  "another one would rescue what is lost");
	if (p->guest_mode == PB_GUEST_TICK)
		checkline_fail(c, "guest mode is tick, which would rescue what a sweep loses: "
				  "must be spin or halt");
	checkline_at(c, "source 0: ");
	checkline_range(c, "count (one before and one behind each window)", p->source[0].count,
			(int64_t)p->sweep[0].windows + 1, (int64_t)p->sweep[0].windows + 1);
}

void plan_check_sweeps(struct checkline *c, const struct pb_plan *p)
{
	for (uint32_t i = 0; i < PB_MAX_SWEEPS; i++)
		check_sweep(c, p, i);
	if (!c->failed)
		check_source(c, p);
}
