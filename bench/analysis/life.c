// SPDX-License-Identifier: LGPL-2.1-or-later
#include "analysis/life.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "event/run.h"

/* The control qword's bits, VT-d 9.11. */
#define PID_ON 1u
#define PID_SN 2u

/* How much is shown: before the thread was taken off its CPU, and after the post. */
#define STEPS_BEFORE  3
#define STEPS_FAR     8
#define STEPS_BETWEEN 3
#define STEPS_AFTER   6

/* All events that matter to one vCPU, in order of time. */
struct events {
	struct pb_event *ev;
	size_t nr;
};

static bool is_of(const struct pb_event *e, uint16_t vcpu, bool truth)
{
	switch (e->kind) {
	case PB_EV_POST:
		return !truth && e->vcpu == vcpu;
	case PB_EV_PHASE:
		return e->arg == PB_PHASE_STOP;
	case PB_TR_PID: /* what the IOMMU changes is the post's own doing */
		return e->vcpu == vcpu && !(e->flags & PB_EVF_BY_IOMMU);
	case PB_EV_ISR:
	case PB_EV_SCHED_IN:
	case PB_EV_SCHED_OUT:
	case PB_TR_POST:
	case PB_TR_NOTIFY:
	case PB_TR_ENTRY:
	case PB_TR_EXIT:
		return e->vcpu == vcpu;
	default:
		return false;
	}
}

static void take(struct events *to, const struct pb_run *run, uint16_t vcpu, bool truth)
{
	for (uint64_t i = 0; run && i < run->nr_events; i++)
		if (is_of(&run_events(run)[i], vcpu, truth))
			to->ev[to->nr++] = run_events(run)[i];
}

/* At one instant: truth first, and the more an event is like a cause the earlier. */
static int by_time(const void *a, const void *b)
{
	const struct pb_event *x = a, *y = b;

	if (x->tsc != y->tsc)
		return x->tsc < y->tsc ? -1 : 1;
	return x->kind == y->kind ? 0 : x->kind > y->kind ? -1 : 1;
}

static int gather(const struct pb_run *run, const struct pb_run *truth, uint16_t vcpu,
		  struct events *all)
{
	all->nr = 0;
	all->ev = calloc(run->nr_events + (truth ? truth->nr_events : 0) + 1, sizeof(*all->ev));
	if (!all->ev)
		return -ENOMEM;
	take(all, run, vcpu, truth != NULL);
	take(all, truth, vcpu, true);
	qsort(all->ev, all->nr, sizeof(*all->ev), by_time);
	return 0;
}

/* The post itself: as the truth has it, else as the device recorded it. */
static const struct pb_event *find_post(const struct pb_run *run, const struct pb_run *truth,
					const struct pb_result_branch *b)
{
	const struct pb_run *in = truth ? truth : run;
	uint8_t kind = truth ? PB_TR_POST : PB_EV_POST;

	for (uint64_t i = 0; i < in->nr_events; i++) {
		const struct pb_event *e = &run_events(in)[i];

		if (e->kind == kind && e->seq == b->lost_seq && e->source == b->lost_source &&
		    e->vector == b->lost_vector)
			return e;
	}
	return NULL;
}

/* ---- state ------------------------------------------------------------------- */

static void apply(struct pb_life_step *s, const struct pb_event *e)
{
	switch (e->kind) {
	case PB_EV_SCHED_IN:
		s->thread = PB_THREAD_ON_CPU;
		break;
	case PB_EV_SCHED_OUT:
		s->thread = e->flags & PB_EVF_PREEMPTED ? PB_THREAD_PREEMPTED : PB_THREAD_ASLEEP;
		break;
	case PB_TR_POST:
		if (!(e->flags & (PB_EVF_NOTIFIED | PB_EVF_SUPPRESSED | PB_EVF_OUTSTANDING)))
			break;
		s->pir = true;
		if (e->flags & PB_EVF_NOTIFIED)
			s->on = true;
		break;
	case PB_TR_PID:
		s->on = e->arg & PID_ON;
		s->sn = e->arg & PID_SN;
		s->pir = e->flags & PB_EVF_PIR_NONEMPTY;
		break;
	case PB_TR_ENTRY:
		s->on = e->arg & PID_ON;
		s->sn = e->arg & PID_SN;
		s->pir = e->flags & PB_EVF_PIR_NONEMPTY;
		s->guest = true;
		break;
	case PB_TR_EXIT:
		s->pir = e->flags & PB_EVF_PIR_NONEMPTY;
		s->guest = false;
		break;
	default:
		break;
	}
	s->ev = *e;
}

static void count_cut(struct pb_life_cut *c, const struct pb_event *e)
{
	c->steps++;
	c->entries += e->kind == PB_TR_ENTRY;
	c->posts += e->kind == PB_TR_POST || e->kind == PB_EV_POST;
	c->isrs += e->kind == PB_EV_ISR;
	c->outs += e->kind == PB_EV_SCHED_OUT;
}

/* ---- choosing ------------------------------------------------------------------ */

/* What is shown: [from, near) behind the post, [back, to) from the return to a CPU on. */
struct window {
	size_t post, from, near, back, to, end;
};

static size_t max_size(size_t a, size_t b)
{
	return a > b ? a : b;
}

static size_t min_size(size_t a, size_t b)
{
	return a < b ? a : b;
}

static void choose(const struct events *all, size_t post, struct window *w)
{
	size_t from = post > STEPS_FAR ? post - STEPS_FAR : 0, out = post;

	while (out > from && all->ev[out].kind != PB_EV_SCHED_OUT &&
	       all->ev[out].kind != PB_EV_SCHED_IN)
		out--;
	w->post = post;
	w->from = out > STEPS_BEFORE ? out - STEPS_BEFORE : 0;
	w->end = all->nr;
	for (size_t i = post; i < all->nr; i++)
		if (all->ev[i].kind == PB_EV_PHASE) {
			w->end = i;
			break;
		}
	w->near = min_size(post + 1 + STEPS_BETWEEN, w->end);
	w->back = w->near;
	for (size_t i = post; i < w->end; i++)
		if (all->ev[i].kind == PB_EV_SCHED_IN) {
			w->back = max_size(i, w->near);
			break;
		}
	w->to = min_size(w->back + STEPS_AFTER, w->end);
}

static bool is_shown(const struct window *w, size_t i)
{
	return (i >= w->from && i < w->near) || (i >= w->back && i < w->to);
}

static int fill(struct pb_life *life, const struct events *all, const struct window *w)
{
	struct pb_life_step s = {.kind = PB_LIFE_EVENT, .thread = PB_THREAD_ON_CPU};
	struct pb_life_cut cut = {0};

	life->step = calloc(w->near - w->from + (w->to - w->back) + 4, sizeof(*life->step));
	if (!life->step)
		return -ENOMEM;
	for (size_t i = 0; i < w->end; i++) {
		struct pb_life_step before = s;

		apply(&s, &all->ev[i]);
		if (i < w->from)
			continue;
		if (!is_shown(w, i)) {
			count_cut(&cut, &all->ev[i]);
			continue;
		}
		if (cut.steps) {
			before.kind = PB_LIFE_CUT;
			before.cut = cut;
			life->step[life->nr++] = before;
			cut = (struct pb_life_cut){0};
		}
		if (i == w->post)
			life->post = (uint32_t)life->nr;
		life->step[life->nr++] = s;
	}
	if (cut.steps) {
		life->step[life->nr] = s;
		life->step[life->nr].kind = PB_LIFE_CUT;
		life->step[life->nr++].cut = cut;
	}
	s.kind = PB_LIFE_END;
	s.ev = w->end < all->nr ? all->ev[w->end] : (struct pb_event){0};
	life->step[life->nr++] = s;
	return 0;
}

static int check(const struct pb_run *run, const struct pb_run *truth,
		 const struct pb_result_branch *b, char *err, size_t size)
{
	if (b->status != PB_BRANCH_OK || !counts_lost(&b->counts))
		return -ENOENT;
	if (run->content == PB_RUN_EVENTS && run->isr == b->counts.isr &&
	    run->posted == b->counts.posts && (!truth || truth->content == PB_RUN_TRUTH))
		return 0;
	snprintf(err, size, "the stored run is not the one that the result is of");
	return -EINVAL;
}

uint32_t life_branch(const struct pb_result *r)
{
	uint64_t most = 0;
	bool most_is_base = true;
	uint32_t found = PB_TL_NONE;

	for (uint32_t i = 0; i < r->nr_branches; i++) {
		const struct pb_result_branch *b = &r->branch[i];
		uint64_t lost = counts_lost(&result_cell(r, b->kernel, b->scenario)->counts);
		bool base = r->kernel[b->kernel].role == PB_ROLE_BASE;

		if (b->status != PB_BRANCH_OK || !counts_lost(&b->counts) || base > most_is_base)
			continue;
		if (base == most_is_base && lost <= most)
			continue;
		most = lost;
		most_is_base = base;
		found = i;
	}
	return found;
}

int life_build(const struct pb_run *run, const struct pb_run *truth,
	       const struct pb_result_branch *b, struct pb_life **out, char *err, size_t size)
{
	const struct pb_event *post;
	struct pb_life *life;
	struct events all;
	struct window w;
	size_t i = 0;
	int ret = check(run, truth, b, err, size);

	if (ret)
		return ret;
	post = find_post(run, truth, b);
	if (!post) {
		snprintf(err, size, "the lost post %u is not in the stored run", b->lost_seq);
		return -EINVAL;
	}
	life = calloc(1, sizeof(*life));
	if (!life)
		return -ENOMEM;
	*life = (struct pb_life){.truth = truth != NULL,
				 .tsc = post->tsc,
				 .seq = post->seq,
				 .vcpu = post->vcpu,
				 .source = post->source,
				 .vector = post->vector};
	ret = gather(run, truth, post->vcpu, &all);
	while (!ret && i + 1 < all.nr && memcmp(&all.ev[i], post, sizeof(*post)) != 0)
		i++;
	if (!ret) {
		choose(&all, i, &w);
		ret = fill(life, &all, &w);
	}
	free(all.ev);
	if (ret)
		life_free(life);
	else
		*out = life;
	return ret;
}

void life_free(struct pb_life *life)
{
	if (!life)
		return;
	free(life->step);
	free(life);
}
