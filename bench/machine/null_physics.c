// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "event/run.h"
#include "machine/null_physics.h"
#include "machine/null_sweep.h"
#include "plan/plan.h"
#include "util/clock.h"
#include "util/rng.h"

#define US (PB_CLOCK_VIRTUAL_KHZ / 1000u) /* ticks */

/* Squeezed by a hog: on the CPU for so long, then off it. */
#define ON_TICKS     (3000u * US)
#define OFF_TICKS    (3000u * US)
/* Aimed at: off the CPU from before a post till after it. */
#define BEFORE_TICKS (10u * US)
#define AFTER_TICKS  (50u * US)
/* From a notification sent to its being taken. */
#define NOTIFY_TICKS 500u
/* Steps of the kernel's way out of and back into the guest. */
#define STEP_TICKS   100u
#define TURN_TICKS   (5u * STEP_TICKS)

#define EXIT_REASON_EXTERNAL_INTERRUPT 1
#define NV_ACTIVE                      0xf2u

/* A time in which the vCPU's thread is preempted. */
struct window {
	uint64_t out, in;
};

struct vcpu {
	const struct pb_plan *plan;
	uint16_t index, cpu;
	uint32_t loses_permille;
	uint64_t rng;
	uint64_t start, drain, stop;
	struct pb_event *post; /* in order of time */
	size_t nr_posts;
	struct window *window; /* in order of time, disjoint */
	size_t nr_windows;
	/* State. */
	bool on, sn;
	uint64_t pir[4];
	uint64_t taken_at; /* when the notification will be taken; 0: none is under way */
	uint32_t newest[256]; /* seq of the newest record, by vector */
	uint64_t isr;
	struct collector *events, *truth;
	int error;
};

/* --- what is written ----------------------------------------------------- */

static void emit(struct vcpu *v, struct collector *c, const struct pb_event *ev)
{
	int ret = v->error ? 0 : collector_add(c, ev, 1);

	if (ret)
		v->error = ret;
}

static bool pir_empty(const struct vcpu *v)
{
	return !(v->pir[0] | v->pir[1] | v->pir[2] | v->pir[3]);
}

/* An event of the truth; flags get the PIR's state where the kind has it. */
static void tell(struct vcpu *v, uint64_t tsc, enum pb_event_kind kind, uint16_t cpu, uint64_t arg,
		 uint16_t flags)
{
	struct pb_event ev = {.tsc = tsc,
			      .arg = arg,
			      .vcpu = v->index,
			      .cpu = cpu,
			      .flags = flags | (pir_empty(v) ? 0 : PB_EVF_PIR_NONEMPTY),
			      .kind = kind};

	emit(v, v->truth, &ev);
}

/* The PID's control qword (VT-d 9.11): ON, SN, NV, NDST. */
static uint64_t control(const struct vcpu *v)
{
	return (uint64_t)v->on | (uint64_t)v->sn << 1 | NV_ACTIVE << 16 | (uint64_t)v->cpu << 32;
}

static void tell_pid(struct vcpu *v, uint64_t tsc, uint16_t by)
{
	tell(v, tsc, PB_TR_PID, by == PB_EVF_BY_IOMMU ? PB_CPU_NONE : v->cpu, control(v), by);
}

static void sched(struct vcpu *v, uint64_t tsc, enum pb_event_kind kind)
{
	struct pb_event ev = {.tsc = tsc,
			      .vcpu = v->index,
			      .cpu = v->cpu,
			      .flags = kind == PB_EV_SCHED_OUT ? PB_EVF_PREEMPTED : 0,
			      .kind = kind};

	emit(v, v->events, &ev);
}

/* --- what happens -------------------------------------------------------- */

/* The guest takes all that is in PIR, highest vector first. */
static void deliver_pir(struct vcpu *v, uint64_t tsc)
{
	uint64_t pir[4];

	memcpy(pir, v->pir, sizeof(pir));
	memset(v->pir, 0, sizeof(v->pir));
	for (int vector = 255; vector >= 0; vector--) {
		struct pb_event isr = {.tsc = tsc + 1,
				       .seq = v->newest[vector],
				       .vcpu = v->index,
				       .cpu = PB_CPU_NONE,
				       .kind = PB_EV_ISR,
				       .vector = (uint8_t)vector};
		struct pb_event virq = {.tsc = tsc,
					.vcpu = v->index,
					.cpu = v->cpu,
					.kind = PB_TR_VIRQ,
					.vector = (uint8_t)vector};

		if (!(pir[vector / 64] >> (vector % 64) & 1))
			continue;
		emit(v, v->truth, &virq);
		emit(v, v->events, &isr);
		v->isr++;
	}
}

static void enter(struct vcpu *v, uint64_t tsc)
{
	tell(v, tsc, PB_TR_ENTRY, v->cpu, control(v), 0);
}

/* Posted-interrupt processing, when the notification arrives in the guest. */
static void take_notification(struct vcpu *v)
{
	uint64_t tsc = v->taken_at;

	v->taken_at = 0;
	tell(v, tsc, PB_TR_NOTIFY, v->cpu, 0, 0);
	v->on = false;
	tell_pid(v, tsc, PB_EVF_BY_PIP);
	deliver_pir(v, tsc);
}

/* The scheduler takes the CPU: exit, SN set, switch. ON, if set, stays. */
static void window_out(struct vcpu *v, uint64_t tsc)
{
	v->taken_at = 0;
	tell(v, tsc, PB_TR_EXIT, v->cpu, EXIT_REASON_EXTERNAL_INTERRUPT, 0);
	v->sn = true;
	tell_pid(v, tsc + 1, PB_EVF_BY_CPU);
	sched(v, tsc + 2, PB_EV_SCHED_OUT);
}

/*
 * The CPU is back: SN cleared, ON set if there is something (or not, by a
 * kernel with the defect), PIR taken over if ON, entry.
 */
static void window_in(struct vcpu *v, uint64_t tsc)
{
	bool forgets = rng_below(&v->rng, 1000) < v->loses_permille;
	bool sync;

	sched(v, tsc, PB_EV_SCHED_IN);
	v->sn = false;
	tell_pid(v, tsc + STEP_TICKS, PB_EVF_BY_CPU);
	if (!v->on && !pir_empty(v) && !forgets) {
		v->on = true;
		tell_pid(v, tsc + 2 * STEP_TICKS, PB_EVF_BY_CPU);
	}
	sync = v->on;
	if (sync) {
		uint64_t pir[4];

		v->on = false;
		tell_pid(v, tsc + 3 * STEP_TICKS, PB_EVF_BY_CPU);
		memcpy(pir, v->pir, sizeof(pir));
		memset(v->pir, 0, sizeof(v->pir));
		enter(v, tsc + 4 * STEP_TICKS);
		memcpy(v->pir, pir, sizeof(pir));
		deliver_pir(v, tsc + 4 * STEP_TICKS);
		return;
	}
	enter(v, tsc + 4 * STEP_TICKS);
}

/* VT-d 5.2.3. */
static void post(struct vcpu *v, const struct pb_event *p)
{
	uint64_t bit = 1ull << (p->vector % 64), *pir = &v->pir[p->vector / 64];
	struct pb_event tr = *p;

	tr.kind = PB_TR_POST;
	tr.arg = 0;
	tr.flags = v->on ? PB_EVF_OUTSTANDING : v->sn ? PB_EVF_SUPPRESSED : PB_EVF_NOTIFIED;
	if (*pir & bit)
		tr.flags |= PB_EVF_COALESCED;
	*pir |= bit;
	v->newest[p->vector] = p->seq;
	emit(v, v->events, p);
	emit(v, v->truth, &tr);
	if (!(tr.flags & PB_EVF_NOTIFIED))
		return;
	v->on = true;
	tell_pid(v, p->tsc, PB_EVF_BY_IOMMU);
	v->taken_at = p->tsc + NOTIFY_TICKS;
}

/* A notification that is taken before `tsc`. */
static void until(struct vcpu *v, uint64_t tsc)
{
	if (v->taken_at && v->taken_at <= tsc)
		take_notification(v);
}

static void live(struct vcpu *v)
{
	size_t p = 0, w = 0;
	bool off = false;

	enter(v, v->start);
	while (p < v->nr_posts || w < v->nr_windows) {
		uint64_t turn = w == v->nr_windows ? UINT64_MAX
				: off              ? v->window[w].in
						   : v->window[w].out;

		if (p < v->nr_posts && v->post[p].tsc < turn) {
			until(v, v->post[p].tsc);
			post(v, &v->post[p++]);
			continue;
		}
		until(v, turn);
		if (off)
			window_in(v, turn);
		else
			window_out(v, turn);
		w += off;
		off = !off;
	}
	until(v, v->stop);
	tell(v, v->stop, PB_TR_EXIT, v->cpu, EXIT_REASON_EXTERNAL_INTERRUPT, 0);
}

/* --- when the vCPU is preempted ------------------------------------------ */

static bool is_squeezed(const struct vcpu *v)
{
	for (uint32_t i = 0; i < v->plan->nr_squeezers; i++) {
		if (v->plan->squeezer[i].vcpu != v->index)
			continue;
		switch (v->plan->squeezer[i].kind) {
		case PB_SQUEEZER_HOG:
		case PB_SQUEEZER_PREEMPT:
		case PB_SQUEEZER_KICK:
		case PB_SQUEEZER_OVERCOMMIT:
		case PB_SQUEEZER_QUOTA:
			return true;
		default:
			break;
		}
	}
	return false;
}

/* The first instant from `tsc` on with no post in the `clear` ticks that follow. */
static uint64_t clear_of_posts(const struct vcpu *v, uint64_t tsc, uint64_t clear)
{
	for (size_t i = 0; i < v->nr_posts; i++)
		if (v->post[i].tsc >= tsc && v->post[i].tsc <= tsc + clear)
			tsc = v->post[i].tsc + 1;
	return tsc;
}

/*
 * One more window, cut to what the run leaves room for; none if that is
 * nothing.  No post falls between the steps of a turn: which of them it met
 * would have to be modelled.
 */
static void add_window(struct vcpu *v, uint64_t out, uint64_t in)
{
	uint64_t floor = v->nr_windows ? v->window[v->nr_windows - 1].in : v->start;

	if (out < floor + TURN_TICKS)
		out = floor + TURN_TICKS;
	if (in > v->drain)
		in = v->drain;
	out = clear_of_posts(v, out, TURN_TICKS);
	in = clear_of_posts(v, in, TURN_TICKS);
	if (out + TURN_TICKS <= in)
		v->window[v->nr_windows++] = (struct window){out, in};
}

static uint32_t schedule_of(const struct vcpu *v, const struct pb_event *post)
{
	return v->plan->source[post->source].schedule;
}

/* Windows around aimed posts, else a rhythm, each shifted a little by the seed. */
static int make_windows(struct vcpu *v)
{
	uint64_t span = v->drain - v->start;
	bool hogged = is_squeezed(v), aimed = false;

	v->window = calloc(v->nr_posts + span / (ON_TICKS + OFF_TICKS) + 1, sizeof(v->window[0]));
	if (!v->window)
		return -ENOMEM;
	for (size_t i = 0; i < v->nr_posts; i++) {
		const struct pb_event *p = &v->post[i];

		if (schedule_of(v, p) == PB_SCHED_SWEPT)
			add_window(v, p->tsc - AFTER_TICKS - 2 * BEFORE_TICKS,
				   p->tsc - 2 * BEFORE_TICKS);
		if (schedule_of(v, p) != PB_SCHED_AIMED)
			continue;
		aimed = true;
		add_window(v, p->tsc - BEFORE_TICKS - rng_below(&v->rng, BEFORE_TICKS / 2),
			   p->tsc + AFTER_TICKS + rng_below(&v->rng, AFTER_TICKS));
	}
	for (uint64_t at = v->start; hogged && !aimed && at + ON_TICKS + OFF_TICKS <= v->drain;
	     at += ON_TICKS + OFF_TICKS)
		add_window(v, at + ON_TICKS - rng_below(&v->rng, ON_TICKS / 4),
			   at + ON_TICKS + OFF_TICKS - rng_below(&v->rng, OFF_TICKS / 4));
	return 0;
}

/* --- putting it together ------------------------------------------------- */

static int by_tsc(const void *a, const void *b)
{
	const struct pb_event *x = a, *y = b;

	if (x->tsc != y->tsc)
		return x->tsc < y->tsc ? -1 : 1;
	if (x->source != y->source)
		return x->source < y->source ? -1 : 1;
	return (x->seq > y->seq) - (x->seq < y->seq);
}

/* Merge two neighbouring runs that are each in order; at one time the left one comes first. */
static void merge(struct pb_event *dst, const struct pb_event *a, size_t na,
		  const struct pb_event *b, size_t nb)
{
	while (na || nb) {
		bool left = na && (!nb || a->tsc <= b->tsc);

		*dst++ = left ? *a++ : *b++;
		na -= left;
		nb -= !left;
	}
}

/* By time, and what is of one time in the order of writing. */
static int sort_by_tsc(struct pb_event *ev, size_t nr)
{
	struct pb_event *tmp = calloc(nr + 1, sizeof(*tmp));

	if (!tmp)
		return -ENOMEM;
	for (size_t width = 1; width < nr; width *= 2) {
		for (size_t at = 0; at < nr; at += 2 * width) {
			size_t na = nr - at < width ? nr - at : width;
			size_t nb = nr - at - na < width ? nr - at - na : width;

			merge(tmp + at, ev + at, na, ev + at + na, nb);
		}
		memcpy(ev, tmp, nr * sizeof(*ev));
	}
	free(tmp);
	return 0;
}

static int vcpu_run(struct vcpu *v, const struct pb_run *run)
{
	int ret = -ENOMEM;

	v->post = calloc(run->nr_events + 1, sizeof(v->post[0]));
	if (!v->post)
		return ret;
	for (uint64_t i = 0; i < run->nr_events; i++) {
		const struct pb_event *e = &run_events(run)[i];

		if (e->kind == PB_EV_POST && e->vcpu == v->index)
			v->post[v->nr_posts++] = *e;
	}
	qsort(v->post, v->nr_posts, sizeof(v->post[0]), by_tsc);
	ret = make_windows(v);
	if (!ret) {
		live(v);
		ret = v->error;
	}
	free(v->window);
	free(v->post);
	return ret;
}

/* When the executor entered a phase; `otherwise` when it never did. */
static uint64_t phase_at(const struct pb_run *run, enum pb_phase phase, uint64_t otherwise)
{
	for (uint64_t i = 0; i < run->nr_events; i++) {
		const struct pb_event *e = &run_events(run)[i];

		if (e->kind == PB_EV_PHASE && e->arg == phase)
			return e->tsc;
	}
	return otherwise;
}

int null_physics(const struct pb_plan *plan, const struct pb_run *run, uint32_t loses_permille,
		 struct collector *events, struct collector *truth)
{
	uint64_t start = phase_at(run, PB_PHASE_START, PB_CLOCK_VIRTUAL_START);
	uint64_t drain = phase_at(run, PB_PHASE_DRAIN, start);
	uint64_t stop = phase_at(run, PB_PHASE_STOP, drain);
	uint64_t isr = 0;
	int ret = 0;

	for (uint64_t i = 0; i < run->nr_events && !ret; i++)
		if (run_events(run)[i].kind == PB_EV_PHASE)
			ret = collector_add(events, &run_events(run)[i], 1);
	for (uint32_t i = 0; i < plan->vcpus && !ret; i++) {
		struct vcpu v = {.plan = plan,
				 .index = (uint16_t)i,
				 .cpu = (uint16_t)plan->vcpu_cpu[i],
				 .loses_permille = loses_permille,
				 .rng = rng_derive(plan->seed, 1000 + i),
				 .start = start,
				 .drain = drain,
				 .stop = stop,
				 .events = events,
				 .truth = truth};

		ret = vcpu_run(&v, run);
		isr += v.isr;
	}
	if (ret)
		return ret;
	events->run->isr = isr;
	ret = sort_by_tsc((struct pb_event *)(truth->run + 1), truth->run->nr_events);
	return ret ? ret : null_sweep(plan, start, loses_permille, truth);
}
