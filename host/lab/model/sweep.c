// SPDX-License-Identifier: LGPL-2.1-or-later
/* The branch's own part of a sweep, and who is told what the machine does. */
#include "host/lab/model/sweep.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "host/lab/model/branch.h"
#include "host/lab/model/control.h"
#include "host/lab/model/lab.h"
#include "host/lab/model/sweep_int.h"
#include "host/lab/model/swept.h"
#include "shared/event.h"

#define REST_TICKS (20u * LAB_TICKS_PER_US) /* from the end of a window to the post behind it */

struct sweep sweep;

/* ---- the branch -------------------------------------------------------------- */

static bool armed(void)
{
	return swept_armed(PB_SWEEP_POST, sweep_source());
}

void sweep_armed(uint32_t source)
{
	if (sweep.role != SWEEP_MAIN || source != sweep_source())
		return;
	sweep.pid_pa = swept_pid(PB_SWEEP_POST, source);
	/* The guest may be halted already. */
	sweep.posting = true;
	lab->timer_set(sweep.timer, lab->now() + REST_TICKS);
}

/* In the guest, or asleep: there no kernel should lose a post, and the sweep would end with it. */
static bool is_safe(void)
{
	const struct pid *p = pid_find(sweep.pid_pa);

	return sweep.inside || !p || (PID_NV(p->control) != sweep.nv && !(p->control & PID_SN));
}

/* As any source would; the next window counts when it was delivered. */
static void main_post(void)
{
	if (!armed())
		return;
	if (!is_safe() || !swept_ready(PB_SWEEP_POST, sweep_source())) {
		lab->timer_set(sweep.timer, lab->now() + REST_TICKS);
		return;
	}
	swept_post(PB_SWEEP_POST, sweep_source());
	if (!armed())
		sweep.role = SWEEP_OFF;
}

/* True in a process that was forked. */
static bool main_window(void)
{
	bool two = sweep.plan.nr_sweeps > 1;

	if (two ? sweep_kicks(sweep.windows + 1) : sweep_posts())
		return true;
	if (!sweep.opened)
		return false;
	sweep.windows++;
	if (!two) {
		sweep_report_window(0, sweep.windows, 0);
		sweep_report_tries();
		sweep.left[0] -= sweep.share->nr_tries;
	}
	sweep.posting = true;
	lab->timer_set(sweep.timer, sweep.end + REST_TICKS);
	return false;
}

static void main_trigger(const struct pid *p, uint16_t cpu, enum pb_aim kind)
{
	/* A device whose guest has not given it anything yet has nothing to post. */
	if (sweep.posting || !sweep.entered || !swept_ready(PB_SWEEP_POST, sweep_source()) ||
	    !sweep_window_begins(sweep_plan(0)->window, kind) ||
	    sweep.windows == sweep_plan(0)->windows)
		return;
	if (sweep.skipped < sweep_plan(0)->skip) {
		sweep.skipped++;
		return;
	}
	sweep.pid = p;
	sweep.cpu = cpu;
	sweep.level = 0;
	main_window();
}

/* ---- what the machine does ------------------------------------------------------ */

/* The vCPU's life, whatever this process is there for. */
static void follow(const struct pid *p, uint16_t cpu, enum pb_aim kind)
{
	if (kind == PB_AIM_ENTRY) {
		sweep.inside = true;
		sweep.entered = true;
		sweep.nv = PID_NV(p->control);
		sweep.vapic = lab->virtual_apic(cpu);
	} else if (kind == PB_AIM_EXIT) {
		sweep.inside = false;
	}
	sweep.changed = lab->now();
}

void sweep_trigger(const struct pid *p, uint16_t cpu, enum pb_aim kind)
{
	if (sweep.role == SWEEP_OFF || p->pa != sweep.pid_pa)
		return;
	follow(p, cpu, kind);
	switch (sweep.role) {
	case SWEEP_MAIN:
		main_trigger(p, cpu, kind);
		break;
	case SWEEP_SCOUT:
		sweep_scout_trigger(cpu, kind);
		break;
	case SWEEP_TRY:
		sweep_try_trigger(cpu, kind);
		break;
	case SWEEP_SEEKER:
		if (!sweep_window_begins(sweep_plan(1)->window, kind))
			break;
		sweep.pid = p;
		sweep.cpu = cpu;
		sweep_seeker_window();
		break;
	default:
		break;
	}
}

/* A live route is about to change, or has changed: the squeezer does that on the control CPU. */
static void mark(void *arg, uint32_t squeezer, bool begin)
{
	struct pid *p = sweep.role == SWEEP_OFF ? NULL : pid_find(sweep.pid_pa);
	uint16_t cpu = (uint16_t)sweep.plan.control_cpu;

	(void)arg;
	(void)squeezer;
	if (!p)
		return;
	if (sweep.role == SWEEP_SCOUT && !begin)
		sweep_scout_mark();
	if (sweep.role == SWEEP_MAIN && begin)
		main_trigger(p, cpu, SWEEP_MARK);
}

void sweep_access(uint16_t cpu, uint64_t pa, unsigned int len, bool store)
{
	if (sweep.role == SWEEP_SCOUT)
		sweep_scout_access(cpu, pa, len, store);
}

void sweep_flushed(void)
{
	if (sweep.role == SWEEP_SCOUT)
		sweep_scout_flushed();
}

static bool is_source_vector(uint8_t vector)
{
	uint32_t base = PB_VECTOR_BASE + sweep_source() * PB_MAX_VECTORS;

	return vector >= base && vector < base + PB_MAX_VECTORS;
}

void sweep_virq(const struct pid *p, uint8_t vector)
{
	if (sweep.role == SWEEP_OFF || p->pa != sweep.pid_pa)
		return;
	if (sweep.role == SWEEP_TRY)
		sweep_try_virq(vector);
	else if (sweep.role == SWEEP_MAIN && is_source_vector(vector))
		sweep.posting = false;
}

void sweep_step(uint16_t cpu)
{
	if (!sweep.stepping)
		return;
	if (sweep.role == SWEEP_SCOUT)
		sweep_scout_step(cpu);
	else if (sweep.role == SWEEP_WALKER)
		sweep_walker_step(cpu);
	sweep.n++;
}

static void expired(void *arg)
{
	(void)arg;
	switch (sweep.role) {
	case SWEEP_MAIN:
		main_post();
		break;
	case SWEEP_SCOUT:
		sweep_scout_timer();
		break;
	case SWEEP_WALKER:
		sweep_fail("the machine never came to instant %u again", sweep_walker_instant());
	case SWEEP_TRY:
		sweep_try_timer();
		break;
	case SWEEP_SEEKER:
		sweep_seeker_timer();
		break;
	default:
		break;
	}
}

/* ---- start ------------------------------------------------------------------------ */

int sweep_init(void)
{
	int timer = lab->timer_create("sweep", expired, NULL);

	sweep = (struct sweep){.timer = timer, .serial = -1};
	control_on_mark(mark, NULL);
	return timer < 0 ? timer : 0;
}

static bool plan_valid(const struct pb_plan *p)
{
	if (p->nr_sweeps > PB_MAX_SWEEPS)
		return false;
	for (uint32_t i = 0; i < p->nr_sweeps; i++) {
		const struct pb_plan_sweep *s = &p->sweep[i];
		bool last = i + 1 == p->nr_sweeps;

		if (!s->window || s->window >= PB_WINDOW_KINDS || !s->length || !s->windows ||
		    !s->deadline_us || s->budget > SWEEP_MAX_TRIES ||
		    (!last && (s->budget > SWEEP_MAX_OPENED || !s->stride)) ||
		    s->event != (last ? PB_SWEEP_POST : PB_SWEEP_KICK) ||
		    s->index >= (last ? PB_MAX_SOURCES : PB_MAX_SQUEEZERS))
			return false;
	}
	return true;
}

int sweep_start(const void *data, size_t size, unsigned int processes)
{
	struct pb_plan plan;
	int ret;

	sweep = (struct sweep){.timer = sweep.timer, .serial = -1};
	if (size != sizeof(plan))
		return 0;
	memcpy(&plan, data, sizeof(plan));
	if (!plan.nr_sweeps)
		return 0;
	if (!plan_valid(&plan))
		return -EINVAL;
	sweep.plan = plan;
	sweep.processes = processes < 1                 ? 1
			  : processes > SWEEP_MAX_PROCS ? SWEEP_MAX_PROCS
							: processes;
	for (uint32_t i = 0; i < plan.nr_sweeps; i++)
		sweep.left[i] = plan.sweep[i].budget;
	ret = sweep_share_make();
	if (!ret)
		sweep.role = SWEEP_MAIN;
	return ret;
}
