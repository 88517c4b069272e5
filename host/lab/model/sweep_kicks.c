// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Two sweeps: a kick at each instant of one window, and for each of them a post
 * at each instant of the window that the kick opens.
 *
 * Kicks at different instants often open windows that are alike: the same
 * accesses, by the same instructions, to a PID in the same state, in the same
 * order.  So all are scouted first, and of those that are alike one is swept.
 */
#include <string.h>

#include "host/lab/model/branch.h"
#include "host/lab/model/sweep_int.h"
#include "host/lab/model/swept.h"

static struct {
	enum sweep_act act;
	struct sweep_opened *to;
	struct sweep_found found; /* not the shared one: others scout at the same time */
} seeker;

/* ---- a process that kicks ------------------------------------------------------- */

static void seeker_end(void)
{
	seeker.to->done = true;
	branch_forked_end(true);
}

void sweep_seeker_begin(enum sweep_act act, uint32_t i, uint16_t cpu)
{
	uint64_t patience = (uint64_t)sweep_plan(0)->deadline_us * LAB_TICKS_PER_US;
	const struct pb_plan_sweep *outer = sweep_plan(0);

	seeker.act = act;
	seeker.to = &sweep.share->opened[i];
	seeker.to->done = false;
	seeker.to->tsc = lab->tsc();
	seeker.to->pid = sweep.pid->index;
	seeker.to->cpu = cpu;
	sweep_stepping(false);
	sweep.role = SWEEP_SEEKER;
	sweep.level = 1;
	if (swept_post(PB_SWEEP_KICK, outer->index))
		sweep_fail("instant %u: the kick is not armed", seeker.to->instant);
	lab->timer_set(sweep.timer, lab->now() + patience);
}

static void scouted(void)
{
	const struct sweep_found *f = &seeker.found;
	struct sweep_opened *o = seeker.to;

	o->opened = f->opened;
	o->ended = f->ended;
	o->length = f->opened ? f->length : 0;
	memcpy(o->sig, f->sig, sizeof(o->sig));
	if (f->opened) {
		o->tsc = f->tsc;
		o->cpu = f->cpu;
	}
	seeker_end();
}

void sweep_seeker_window(void)
{
	const struct sweep_opened *o = seeker.to;

	if (seeker.act == SWEEP_ACT_SCOUT) {
		sweep_scout_begin(&seeker.found, scouted);
		return;
	}
	if (sweep_posts())
		return;
	if (!sweep.opened || memcmp(sweep.share->found.sig, o->sig, sizeof(o->sig)) != 0)
		sweep_fail("the kick at instant %u opened another window than before", o->instant);
	seeker_end();
}

void sweep_seeker_timer(void)
{
	if (seeker.act != SWEEP_ACT_SCOUT)
		sweep_fail("the kick at instant %u opened no window this time", seeker.to->instant);
	seeker.to->opened = false;
	seeker.to->length = 0;
	seeker_end();
}

/* ---- the branch -------------------------------------------------------------------- */

static bool is_alike(const struct sweep_opened *all, uint32_t i)
{
	for (uint32_t k = 0; k < i; k++)
		if (all[k].opened && !memcmp(all[k].sig, all[i].sig, sizeof(all[i].sig)))
			return true;
	return false;
}

/* True in a process that was forked. */
static bool sweep_within(uint32_t i)
{
	const struct sweep_opened *o = &sweep.share->opened[i];

	if (!o->opened || is_alike(sweep.share->opened, i)) {
		sweep_report_opened(o, o->opened ? PB_EVF_WINDOW_ALIKE : 0);
		return false;
	}
	if (sweep_walk(SWEEP_ACT_SWEEP, i, 1))
		return true;
	sweep_report_window(1, 1, o->instant);
	sweep_report_tries();
	sweep.left[1] -= sweep.share->nr_tries;
	return false;
}

bool sweep_kicks(uint32_t number)
{
	static uint32_t instant[SWEEP_MAX_OPENED];
	struct sweep_share *s = sweep.share;
	uint32_t nr;

	if (sweep_scout())
		return true;
	if (!sweep.opened)
		return false;
	s->cut = !sweep_instants(sweep_plan(0), &s->found, sweep.left[0], instant, &nr);
	sweep.left[0] -= nr;
	for (uint32_t i = 0; i < nr; i++)
		s->opened[i] = (struct sweep_opened){.instant = instant[i]};
	sweep_report_window(0, number, 0);
	if (sweep_walk(SWEEP_ACT_SCOUT, 0, nr))
		return true;
	for (uint32_t i = 0; i < nr; i++)
		if (sweep_within(i))
			return true;
	return false;
}
