// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/lab/model/aim.h"

#include <errno.h>
#include <stddef.h>

#include "host/lab/model/lab.h"
#include "host/lab/model/step.h"
#include "host/lab/model/truth.h"
#include "shared/event.h"
#include "shared/plan.h"

static struct aim *aims[AIM_MAX];
static unsigned int nr_aims;

static void count_stop(struct aim *a)
{
	if (!a->counting)
		return;
	a->counting = false;
	lab->timer_cancel(a->timer);
	step_put(a->cpu);
}

static void count_start(struct aim *a, const struct pid *p, uint16_t cpu)
{
	a->counting = true;
	a->based = false;
	a->cpu = cpu;
	a->idle = 0;
	a->look = lab->now();
	truth_aim(a->source, a->seq, p->index, cpu, a->kind);
	step_get(cpu);
	lab->timer_set(a->timer, a->look + AIM_LOOK_TICKS);
}

/*
 * Where counting begins.  Not at the trigger itself: it is seen in the midst of
 * an instruction (a store, a VM exit), of which the CPU's count may or may not
 * know already.
 */
static void count_base(struct aim *a, uint64_t icount)
{
	if (a->based)
		return;
	a->based = true;
	a->base = icount;
	a->seen = icount;
}

static uint64_t counted(const struct aim *a, uint64_t icount)
{
	return icount - a->base + a->idle;
}

static void count_end(struct aim *a)
{
	count_stop(a);
	a->kind = PB_AIM_NONE;
	a->fire(a->arg);
}

void aim_step(uint16_t cpu)
{
	for (unsigned int i = 0; i < nr_aims; i++) {
		struct aim *a = aims[i];
		uint64_t icount;

		if (!a->counting || a->cpu != cpu)
			continue;
		icount = lab->icount(cpu);
		count_base(a, icount);
		if (counted(a, icount) >= a->offset)
			count_end(a);
	}
}

/* Has the CPU executed anything since the last look? */
static void look(void *arg)
{
	struct aim *a = arg;
	uint64_t icount = lab->icount(a->cpu);
	uint64_t now = lab->now();
	uint64_t next = AIM_LOOK_TICKS;
	bool idle;

	if (!a->counting)
		return;
	count_base(a, icount);
	idle = icount == a->seen;
	if (idle)
		a->idle += now - a->look;
	a->seen = icount;
	a->look = now;
	/* A CPU that runs comes to aim_step(), however slow it is. */
	if (idle && counted(a, icount) >= a->offset) {
		a->stalled++;
		count_end(a);
		return;
	}
	if (idle && a->offset - counted(a, icount) < next)
		next = a->offset - counted(a, icount);
	lab->timer_set(a->timer, now + next);
}

void aims_init(void)
{
	nr_aims = 0;
}

int aim_init(struct aim *a, const char *name, aim_fire_fn fire, void *arg)
{
	int timer;

	if (nr_aims == AIM_MAX)
		return -ENOSPC;
	timer = lab->timer_create(name, look, a);
	if (timer < 0)
		return timer;
	*a = (struct aim){.timer = timer, .fire = fire, .arg = arg};
	aims[nr_aims++] = a;
	return 0;
}

void aim_set(struct aim *a, const struct aim_target *t)
{
	count_stop(a);
	a->kind = t->kind;
	a->pid = t->pid;
	a->skip = t->skip;
	a->offset = t->offset;
	a->seq = t->seq;
	a->source = t->source;
}

void aim_retarget(struct aim *a, uint64_t pid)
{
	a->pid = pid;
}

void aim_clear(struct aim *a)
{
	count_stop(a);
	a->kind = PB_AIM_NONE;
	a->pid = 0;
}

/* A count for SN set is for as long as it is. */
static void abandon(const struct pid *p)
{
	for (unsigned int i = 0; i < nr_aims; i++) {
		struct aim *a = aims[i];

		if (a->kind != PB_AIM_SN_SET || a->pid != p->pa || !a->counting)
			continue;
		count_stop(a);
		a->abandoned++;
	}
}

void aim_trigger(const struct pid *p, uint16_t cpu, enum pb_aim kind)
{
	if (kind == PB_AIM_SN_CLEARED)
		abandon(p);
	if (cpu >= STEP_MAX_CPUS)
		return;
	for (unsigned int i = 0; i < nr_aims; i++) {
		struct aim *a = aims[i];

		if (a->kind != kind || a->pid != p->pa || a->counting)
			continue;
		if (a->skip)
			a->skip--;
		else
			count_start(a, p, cpu);
	}
}
