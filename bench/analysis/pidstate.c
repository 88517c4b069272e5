// SPDX-License-Identifier: LGPL-2.1-or-later
#include "analysis/pidstate.h"

#include <stdbool.h>

#include "analysis/crosscheck_int.h"
#include "event/run.h"

/* One PID up to the event that is looked at. */
struct watched {
	uint64_t control;
	bool known;
	bool open; /* SN was cleared, and what follows from it is not known yet */
	bool pir; /* a bit was set in the PIR when SN was cleared, or since */
};

static void close_clearing(struct watched *w, uint64_t *count)
{
	w->open = false;
	(*count)++;
}

/* The kernel's store to a PID whose SN it has cleared, this store included. */
static void kernel_stored(struct watched *w, const struct pb_event *e, struct pb_counts *c)
{
	bool pir = e->flags & PB_EVF_PIR_NONEMPTY;

	if ((e->arg & PID_ON) && !(w->control & PID_ON))
		close_clearing(w, pir ? &c->on_restored : &c->on_excess);
	else if (!(e->arg & PID_ON) && w->pir && !pir)
		close_clearing(w, &c->on_missing);
	else if (e->arg & (PID_ON | PID_SN))
		w->open = false; /* ON was set before, or preempted again: it tells nothing */
}

static void take_pid(struct watched *w, const struct pb_event *e, struct pb_counts *c)
{
	bool pir = e->flags & PB_EVF_PIR_NONEMPTY;

	if ((e->flags & PB_EVF_BY_CPU) && w->known && (w->control & PID_SN) && !(e->arg & PID_SN)) {
		c->sn_cleared++;
		w->open = true;
		w->pir = pir;
	}
	if (w->open && (e->flags & PB_EVF_BY_CPU))
		kernel_stored(w, e, c);
	else if (w->open && (e->arg & PID_ON))
		w->open = false; /* a post notified meanwhile */
	w->pir |= pir;
	w->control = e->arg;
	w->known = true;
}

static void take_entry(struct watched *w, const struct pb_event *e, struct pb_counts *c)
{
	if (w->open && (e->flags & PB_EVF_PIR_NONEMPTY) && !(e->arg & PID_ON))
		close_clearing(w, &c->on_missing);
	w->open = false;
}

void pidstate_count(const struct pb_run *truth, struct pb_counts *counts)
{
	const struct pb_event *e = run_events(truth);
	struct watched watched[PB_MAX_VCPUS] = {0};

	for (uint64_t i = 0; i < truth->nr_events; i++, e++) {
		if (e->vcpu >= PB_MAX_VCPUS)
			continue;
		if (e->kind == PB_TR_PID)
			take_pid(&watched[e->vcpu], e, counts);
		else if (e->kind == PB_TR_ENTRY)
			take_entry(&watched[e->vcpu], e, counts);
	}
}
