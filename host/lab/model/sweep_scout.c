// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The scout: posts nothing, sees every access of a CPU to what decides the fate
 * of a post, and so finds the intervals of a window.
 */
#include <string.h>

#include "host/lab/model/sweep_int.h"
#include "host/lab/model/swept.h"
#include "host/lab/model/vtd.h"
#include "util/rng.h"

#define PAGE(pa)  ((pa) & ~0xfffull)
#define IRTE_SIZE 16u /* VT-d 9.9 */

static struct {
	struct sweep_found *to;
	void (*done)(void);
	uint64_t irte; /* that the post would go through */
	uint16_t cause; /* PB_EVF_BOUND_ of the instruction that is being executed */
	bool store; /* it stored */
	bool ending; /* it ended the window */
	bool moved; /* NDST changed */
	bool mask_known, able;
} scout;

/* What the accesses of a window are told from those of another by: in order. */
static void sign(uint64_t a, uint64_t b)
{
	scout.to->sig[0] = rng_mix(scout.to->sig[0] ^ a) + b;
	scout.to->sig[1] = rng_derive(scout.to->sig[1] ^ b, a);
}

/* The guest's RIP says nothing of the kernel. */
static uint64_t kernel_rip(uint16_t cpu)
{
	return lab->cpu_state(cpu) & LAB_CPU_NON_ROOT ? 0 : lab->rip(cpu);
}

/* Where interrupts come on again is not told: that is wherever one came. */
static void cause(uint16_t flag, bool store, uint16_t cpu, uint64_t what)
{
	bool access = flag != PB_EVF_BOUND_MASK;

	scout.cause |= flag;
	scout.store |= store;
	sign((uint64_t)flag << 32 | (uint64_t)store << 16 | cpu, what);
	sign(access ? kernel_rip(cpu) : 0, sweep.pid->control);
}

static void watch(uint64_t pa, bool loads)
{
	if (!pa)
		return;
	lab->watch(PAGE(pa));
	if (loads)
		lab->watch_loads(PAGE(pa));
}

void sweep_scout_begin(struct sweep_found *to, void (*done)(void))
{
	memset(to, 0, offsetof(struct sweep_found, bound));
	memset(&scout, 0, sizeof(scout));
	to->pid = sweep.pid->index;
	to->cpu = sweep.cpu;
	scout.to = to;
	scout.done = done;
	scout.irte = swept_irte(PB_SWEEP_POST, sweep_source());
	sweep.role = SWEEP_SCOUT;
	watch(sweep.pid_pa, true);
	watch(sweep.vapic, true);
	watch(scout.irte, false);
	lab->timer_set(sweep.timer, lab->now() + SWEEP_WINDOW_TICKS);
	sweep_stepping(true);
}

static void end(uint32_t length)
{
	struct sweep_found *f = scout.to;

	f->length = length;
	f->ended = scout.ending;
	f->opened = length && (scout.moved || sweep_plan(sweep.level)->window != PB_WINDOW_MIGRATE);
	f->end = lab->now();
	scout.done();
}

void sweep_scout_trigger(uint16_t cpu, enum pb_aim kind)
{
	if (kind == PB_AIM_ENTRY)
		cause(PB_EVF_BOUND_ENTRY, false, cpu, 0);
	if (kind == PB_AIM_EXIT)
		cause(PB_EVF_BOUND_EXIT, false, cpu, 0);
	if (kind == PB_AIM_NDST)
		scout.moved = true;
	scout.ending |= sweep_window_ends(sweep_plan(sweep.level)->window, kind);
}

void sweep_scout_mark(void)
{
	scout.ending |= sweep_window_ends(sweep_plan(sweep.level)->window, SWEEP_MARK);
}

static bool within(uint64_t pa, unsigned int len, uint64_t base, uint64_t size)
{
	return base && pa < base + size && base < pa + len;
}

void sweep_scout_access(uint16_t cpu, uint64_t pa, unsigned int len, bool store)
{
	if (within(pa, len, sweep.pid_pa, PID_SIZE))
		cause(PB_EVF_BOUND_PID, store, cpu, pa - sweep.pid_pa);
	if (within(pa, len, sweep.vapic, 0x1000))
		cause(PB_EVF_BOUND_VAPIC, store, cpu, pa - sweep.vapic);
	if (store && within(pa, len, scout.irte, IRTE_SIZE))
		cause(PB_EVF_BOUND_IRTE, true, cpu, pa - scout.irte);
}

void sweep_scout_flushed(void)
{
	cause(PB_EVF_BOUND_IRTE, false, sweep.cpu, 0);
}

/*
 * A notification that cannot be taken at once is taken later; only where there
 * would be one does it matter.
 */
static void look_at_mask(void)
{
	uint64_t control = sweep.pid->control;
	uint32_t cpu = vtd_destination(control);
	unsigned int state;
	bool able;

	if (control & (PID_SN | PID_ON)) {
		scout.mask_known = false;
		return;
	}
	state = cpu < lab->cpus() ? lab->cpu_state(cpu) : 0;
	able = state & LAB_CPU_NON_ROOT || (state & LAB_CPU_IF && !(state & LAB_CPU_SHADOW));
	if (scout.mask_known && able != scout.able)
		cause(PB_EVF_BOUND_MASK, false, (uint16_t)cpu, able);
	scout.able = able;
	scout.mask_known = true;
}

static void bound(uint16_t cpu)
{
	struct sweep_found *f = scout.to;

	f->bound[f->nr++] = (struct sweep_bound){
		.instant = sweep.n,
		.cpu = cpu,
		.flags = sweep.n ? scout.cause : 0,
		.store = sweep.n && scout.store,
		.rip = lab->rip(cpu),
		.tsc = lab->tsc(),
	};
	scout.cause = 0;
	scout.store = false;
}

/*
 * Its thread sleeps, and its CPU idles: until somebody posts, nothing will touch
 * the PID any more, so all later instants are like this one.
 */
static bool sleeps(void)
{
	uint64_t control = sweep.pid->control;

	uint32_t cpu = vtd_destination(control);

	return !sweep.inside && PID_NV(control) != sweep.nv && cpu < lab->cpus() &&
	       lab->cpu_state(cpu) & LAB_CPU_HALTED;
}

void sweep_scout_step(uint16_t cpu)
{
	struct sweep_found *f = scout.to;

	look_at_mask();
	scout.ending |= sleeps();
	if (!sweep.n)
		f->tsc = lab->tsc();
	if (!sweep.n || scout.cause) {
		if (f->nr == SWEEP_MAX_BOUNDS) {
			scout.ending = false;
			end(sweep.n);
		}
		bound(cpu);
	}
	/* The instant behind the end belongs to the window: there it is seen to be over. */
	if (scout.ending || sweep.n + 1 == sweep_plan(sweep.level)->length)
		end(sweep.n + 1);
}

/* Too long; or nothing has been executed at all. */
void sweep_scout_timer(void)
{
	end(sweep.n);
}
