// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A branch with its post: what becomes of it.
 *
 * A post is lost only when the vCPU had every opportunity to take it: it ran in
 * the guest for some time, or it sleeps and nobody wakes it.  That it waits for a
 * CPU, or that its thread is in user space, proves nothing.
 */
#include "host/lab/model/branch.h"
#include "host/lab/model/sweep_int.h"
#include "host/lab/model/swept.h"
#include "host/lab/model/vtd.h"

/* What is remapped the host may hand on; what is masked comes when it is unmasked. */
#define ON_ITS_WAY \
	(PB_EVF_NOTIFIED | PB_EVF_SUPPRESSED | PB_EVF_OUTSTANDING | PB_EVF_REMAPPED | PB_EVF_MASKED)

#define MIN_GRACE   (100u * LAB_TICKS_PER_US)
#define MAX_PERIODS 8u /* of the deadline, behind it */

/* Instructions that count as the guest's, behind the VM entry itself. */
#define RAN_ON 4u

static struct {
	struct sweep_try *to;
	uint64_t grace; /* ticks of opportunity */
	uint64_t limit; /* tick: no longer */
	uint64_t ran; /* ticks in the guest since the post, */
	uint64_t since; /* and this is not counted yet, when it is inside */
	bool told; /* in the PIR at VM entry with ON=1 */
	uint64_t icount; /* at that entry */
} try;

static void end(uint16_t fate)
{
	struct sweep_try *t = try.to;

	t->fate |= fate;
	t->control = sweep.pid->control;
	t->fate_tsc = lab->tsc();
	t->done = true;
	branch_forked_end(true);
}

static bool in_pir(void)
{
	return sweep.pid->pir[try.to->vector / 64] >> (try.to->vector % 64) & 1;
}

void sweep_try_begin(struct sweep_try *to, uint16_t cpu, uint64_t deadline)
{
	uint64_t period = (uint64_t)sweep_plan(sweep.level)->deadline_us * LAB_TICKS_PER_US;
	struct vtd_message m;

	try.to = to;
	try.grace = period / 8 > MIN_GRACE ? period / 8 : MIN_GRACE;
	try.limit = deadline + MAX_PERIODS * period;
	try.since = lab->now();
	sweep.role = SWEEP_TRY;
	to->cpu = cpu;
	to->rip = lab->rip(cpu);
	to->tsc = lab->tsc();
	if (swept_try(PB_SWEEP_POST, sweep_source(), &m))
		sweep_fail("instant %u: the source is not armed any more", to->instant);
	to->outcome = m.flags;
	to->vector = m.vector;
	sweep_stepping(false);
	if (!(m.flags & ON_ITS_WAY))
		end(PB_EVF_FATE_NO_POST);
	lab->timer_set(sweep.timer, deadline > lab->now() ? deadline : lab->now() + 1);
}

/* Nobody will tell of it any more; or somebody did, and it made no difference. */
static void entry(uint16_t cpu)
{
	uint64_t control = sweep.pid->control;

	try.since = lab->now();
	try.told = in_pir() && !(control & PID_SN) && control & PID_ON;
	try.icount = lab->icount(cpu);
	if (in_pir() && !(control & (PID_SN | PID_ON)))
		try.to->fate |= PB_EVF_FATE_PASSED;
}

static void leave(uint16_t cpu)
{
	try.ran += lab->now() - try.since;
	if (try.told && in_pir() && lab->icount(cpu) - try.icount > RAN_ON)
		try.to->fate |= PB_EVF_FATE_PASSED;
	try.told = false;
}

void sweep_try_trigger(uint16_t cpu, enum pb_aim kind)
{
	if (kind == PB_AIM_ENTRY)
		entry(cpu);
	if (kind == PB_AIM_EXIT)
		leave(cpu);
}

void sweep_try_virq(uint8_t vector)
{
	if (vector == try.to->vector)
		end(PB_EVF_FATE_DELIVERED);
}

/* It ran, or it sleeps (NV is the one that wakes it), without the post. */
static bool had_opportunity(uint64_t now)
{
	uint64_t ran = try.ran + (sweep.inside ? now - try.since : 0);
	bool sleeps = !sweep.inside && PID_NV(sweep.pid->control) != sweep.nv &&
		      now - sweep.changed >= try.grace;

	return ran >= try.grace || sleeps;
}

static uint16_t lost(void)
{
	return in_pir() && !(sweep.pid->control & PID_ON) ? PB_EVF_FATE_STRANDED
							  : PB_EVF_FATE_MISSED;
}

void sweep_try_timer(void)
{
	uint64_t now = lab->now();
	bool off = sweep.pid->control & PID_SN;

	if (!off && had_opportunity(now))
		end(lost());
	if (now >= try.limit)
		end(PB_EVF_FATE_UNDECIDED);
	lab->timer_set(sweep.timer, now + try.grace);
}
