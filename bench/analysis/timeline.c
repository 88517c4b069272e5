// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/timeline.h"
#include "analysis/timeline_io.h"
#include "analysis/timeline_sched.h"
#include "event/run.h"
#include "plan/plan.h"
#include "util/large.h"

struct builder {
	struct pb_timeline *tl;
	const struct pb_event *ev;
	size_t nr;
	int source_of[PB_VECTORS]; /* that a vector belongs to; -1 when it is of none */
	char *err;
	size_t size;
};

static int wrong(struct builder *b, size_t i, const char *what)
{
	snprintf(b->err, b->size, "event %zu (%s): %s", i,
		 names_str(&run_event_kinds, b->ev[i].kind), what);
	return -EINVAL;
}

static void find_sources(struct builder *b)
{
	unsigned int source, index;

	for (unsigned int v = 0; v < PB_VECTORS; v++)
		b->source_of[v] = plan_vector_find(&b->tl->plan, (uint8_t)v, &source, &index)
					  ? (int)source
					  : -1;
}

/* An ISR entry that can consume: its vector is a source's and goes to this vCPU. */
static bool isr_counts(const struct builder *b, const struct pb_event *e)
{
	int source = b->source_of[e->vector];

	return source >= 0 && !(e->flags & PB_EVF_SPURIOUS) &&
	       b->tl->plan.source[source].vcpu == e->vcpu;
}

static void count_isr(const struct builder *b, const struct pb_event *e)
{
	struct pb_timeline *tl = b->tl;

	if (isr_counts(b, e))
		tl->vector_isr[e->vector + 1]++;
	else if (b->source_of[e->vector] < 0 || (e->flags & PB_EVF_SPURIOUS))
		tl->spurious++;
	else
		tl->misrouted++;
}

/* Each is done, then goes, one after the other. */
static bool take_reset(struct pb_timeline *tl, const struct pb_event *e)
{
	struct pb_tl_reset *r;

	if (e->source >= tl->plan.nr_sources || !e->seq || e->seq > PB_PLAN_MAX_RESETS)
		return false;
	r = &tl->reset[e->source][e->seq - 1];
	if (e->arg == PB_RESET_DONE && e->seq == tl->resets[e->source] + 1) {
		*r = (struct pb_tl_reset){e->tsc, PB_TICK_NONE};
		tl->resets[e->source]++;
		return e->seq == 1 || (r[-1].go != PB_TICK_NONE && r[-1].go <= r->done);
	}
	if (e->arg != PB_RESET_GO || e->seq != tl->resets[e->source] || r->go != PB_TICK_NONE ||
	    e->tsc < r->done)
		return false;
	r->go = e->tsc;
	return true;
}

/* First pass: how many of what, and the phases. */
static int count_events(struct builder *b)
{
	struct pb_timeline *tl = b->tl;

	for (size_t i = 0; i < 8; i++)
		tl->phase[i] = PB_TICK_NONE;
	for (size_t i = 0; i < b->nr; i++) {
		const struct pb_event *e = &b->ev[i];

		if (e->tsc > INT64_MAX)
			return wrong(b, i, "time stamp is beyond 2^63");
		switch (e->kind) {
		case PB_EV_POST:
			if (e->source >= tl->plan.nr_sources)
				return wrong(b, i, "source is not in the plan");
			if (b->source_of[e->vector] != e->source)
				return wrong(b, i, "vector is not its source's");
			tl->source_post[e->source + 1]++;
			break;
		case PB_EV_ISR:
			if (timeline_is_linux(tl))
				return wrong(b, i, "a Linux guest records none");
			count_isr(b, e);
			break;
		case PB_EV_IO:
			if (!timeline_is_linux(tl))
				return wrong(b, i, "only a Linux guest records them");
			tl->nr_ios++;
			break;
		case PB_EV_PHASE:
			if (e->arg >= 8 || tl->phase[e->arg] != PB_TICK_NONE)
				return wrong(b, i, "phase is unknown, or entered twice");
			tl->phase[e->arg] = e->tsc;
			break;
		case PB_EV_RESET:
			if (!take_reset(tl, e))
				return wrong(b, i, "reset is out of turn");
			break;
		case PB_EV_HALT:
			tl->halts++;
			break;
		case PB_EV_EXCEPTION:
			tl->exceptions++;
			break;
		}
	}
	for (size_t i = 0; i < PB_MAX_SOURCES; i++)
		tl->source_post[i + 1] += tl->source_post[i];
	for (size_t i = 0; i < PB_VECTORS; i++)
		tl->vector_isr[i + 1] += tl->vector_isr[i];
	tl->nr_posts = tl->source_post[PB_MAX_SOURCES];
	tl->nr_isrs = tl->vector_isr[PB_VECTORS];
	if (tl->phase[PB_PHASE_STOP] == PB_TICK_NONE) {
		snprintf(b->err, b->size, "the run has no stop: its record is not whole");
		return -EINVAL;
	}
	return 0;
}

static int put_post(struct builder *b, size_t i, size_t *next)
{
	const struct pb_event *e = &b->ev[i];
	struct pb_timeline *tl = b->tl;
	size_t at = next[e->source]++;
	struct pb_tl_post *p = &tl->post[at];
	uint32_t last = 0;

	if (at > tl->source_post[e->source]) {
		last = p[-1].seq;
		if (e->tsc < p[-1].tsc)
			return wrong(b, i, "older than the post before it");
	}
	if (e->seq <= last)
		return wrong(b, i, "sequence number does not grow");
	tl->gaps += e->seq - last - 1;
	*p = (struct pb_tl_post){
		.tsc = e->tsc,
		.held = e->arg,
		.delivery = PB_TICK_NONE,
		.seq = e->seq,
		.isr = PB_TL_NONE,
		.head = (uint32_t)at,
		.vcpu = timeline_vcpu_of(tl, e->source, e->vector),
		.vector = e->vector,
		.source = e->source,
	};
	return 0;
}

static int put_isr(struct builder *b, size_t i, size_t *next)
{
	const struct pb_event *e = &b->ev[i];
	struct pb_timeline *tl = b->tl;
	struct pb_tl_isr *isr;
	size_t at;

	if (!isr_counts(b, e))
		return 0;
	at = next[e->vector]++;
	isr = &tl->isr[at];
	if (at > tl->vector_isr[e->vector] && e->tsc < isr[-1].tsc)
		return wrong(b, i, "older than the entry before it on its vector");
	*isr = (struct pb_tl_isr){
		.tsc = e->tsc,
		.seq = e->seq,
		.vcpu = e->vcpu,
		.vector = e->vector,
		.after_stop = e->tsc > tl->phase[PB_PHASE_STOP],
	};
	return 0;
}

/* Second pass: posts by source, ISR entries by vector; both arrive in order of time. */
static int place_events(struct builder *b)
{
	size_t next_post[PB_MAX_SOURCES], next_isr[PB_VECTORS];
	struct pb_timeline *tl = b->tl;
	int ret = 0;

	/* All that was counted is written below; to zero it first would cost as much. */
	tl->post = large_alloc(tl->nr_posts + 1, sizeof(*tl->post));
	tl->isr = large_alloc(tl->nr_isrs + 1, sizeof(*tl->isr));
	if (!tl->post || !tl->isr)
		return -ENOMEM;
	memcpy(next_post, tl->source_post, sizeof(next_post));
	memcpy(next_isr, tl->vector_isr, sizeof(next_isr));
	for (size_t i = 0; i < b->nr && !ret; i++) {
		if (b->ev[i].kind == PB_EV_POST)
			ret = put_post(b, i, next_post);
		else if (b->ev[i].kind == PB_EV_ISR)
			ret = put_isr(b, i, next_isr);
	}
	return ret;
}

/* The state of one vector while its source's posts are walked. */
struct queue {
	size_t isr; /* next entry that may still consume */
	uint32_t head; /* post that this entry consumed first */
	bool used; /* this entry consumed something */
};

/* Could this entry consume the post? */
static bool can_consume(const struct pb_tl_isr *isr, const struct pb_tl_post *p)
{
	return !isr->after_stop && isr->seq >= p->seq && isr->tsc >= p->tsc;
}

/*
 * Posts of a vector are in order of sequence and time, and so are its entries:
 * an entry that cannot consume a post cannot consume a later one either, so
 * both lists are walked once.
 */
static void join_post(struct pb_timeline *tl, uint32_t i, struct queue *q, size_t *near)
{
	struct pb_tl_post *p = &tl->post[i];
	size_t end = tl->vector_isr[p->vector + 1];

	while (q->isr < end && !can_consume(&tl->isr[q->isr], p)) {
		tl->empty += !q->used;
		q->used = false;
		q->isr++;
	}
	if (q->isr == end)
		return;
	if (!q->used) {
		q->used = true;
		q->head = i;
	}
	p->isr = (uint32_t)q->isr;
	p->head = q->head;
	p->delivery = tl->isr[q->isr].tsc;
	timeline_off_cpu(tl, p->vcpu, p->tsc, p->delivery, near, &p->preempted, &p->blocked);
}

static void join(struct pb_timeline *tl)
{
	struct queue q[PB_VECTORS];

	for (size_t v = 0; v < PB_VECTORS; v++)
		q[v] = (struct queue){.isr = tl->vector_isr[v]};
	for (size_t s = 0; s < PB_MAX_SOURCES; s++) {
		size_t near = 0;

		for (size_t i = tl->source_post[s]; i < tl->source_post[s + 1]; i++)
			join_post(tl, (uint32_t)i, &q[tl->post[i].vector], &near);
	}
	for (size_t v = 0; v < PB_VECTORS; v++)
		tl->empty += tl->vector_isr[v + 1] - q[v].isr - q[v].used;
}

/* What a reset makes of a post; both lists are in order of time. */
static void mark_lives(struct pb_timeline *tl)
{
	for (size_t s = 0; s < PB_MAX_SOURCES; s++) {
		uint32_t n = 0;

		for (size_t i = tl->source_post[s]; i < tl->source_post[s + 1]; i++) {
			struct pb_tl_post *p = &tl->post[i];

			while (n < tl->resets[s] && tl->reset[s][n].go <= p->tsc)
				n++;
			if (n == tl->resets[s])
				break;
			p->orphan = p->tsc >= tl->reset[s][n].done;
			p->stale = p->delivery != PB_TICK_NONE && p->delivery > tl->reset[s][n].go;
		}
	}
}

/* All posts in order of time: the sources' lists merged. */
static void merge_sources(const struct pb_timeline *tl, uint32_t *order)
{
	size_t next[PB_MAX_SOURCES];

	memcpy(next, tl->source_post, sizeof(next));
	for (size_t n = 0; n < tl->nr_posts; n++) {
		size_t best = 0;

		for (size_t s = 1; s < PB_MAX_SOURCES; s++)
			if (next[s] < tl->source_post[s + 1] &&
			    (next[best] == tl->source_post[best + 1] ||
			     tl->post[next[s]].tsc < tl->post[next[best]].tsc))
				best = s;
		order[n] = (uint32_t)next[best]++;
	}
}

/*
 * Which posts have another one to the same vCPU between the vCPU's return to a
 * CPU and their delivery. Both ends move forward with the post, so each vCPU's
 * posts are walked once.
 */
static int find_rescuers(struct pb_timeline *tl)
{
	uint32_t *order = large_alloc(tl->nr_posts + 1, sizeof(*order));
	size_t later[PB_MAX_VCPUS] = {0}, near[PB_MAX_VCPUS] = {0};

	if (!order)
		return -ENOMEM;
	merge_sources(tl, order);
	for (size_t n = 0; n < tl->nr_posts; n++) {
		struct pb_tl_post *p = &tl->post[order[n]];
		uint64_t start = timeline_next_on(tl, p->vcpu, p->tsc, &near[p->vcpu]);
		size_t k = later[p->vcpu];

		while (k < tl->nr_posts &&
		       (tl->post[order[k]].vcpu != p->vcpu || tl->post[order[k]].tsc <= start))
			k++;
		later[p->vcpu] = k;
		p->rescuer = k < tl->nr_posts && p->delivery != PB_TICK_NONE &&
			     tl->post[order[k]].tsc <= p->delivery;
	}
	free(order);
	return 0;
}

int timeline_build(const struct pb_plan *plan, const void *run, size_t run_size,
		   struct pb_timeline **out, char *err, size_t size)
{
	const struct pb_run *head = run;
	struct builder b = {.err = err, .size = size};
	int ret;

	if (run_size < sizeof(*head) || head->content != PB_RUN_EVENTS ||
	    head->nr_events > PB_RUN_MAX_EVENTS ||
	    run_size != sizeof(*head) + head->nr_events * sizeof(struct pb_event)) {
		snprintf(err, size, "not a run's events");
		return -EINVAL;
	}
	b.tl = calloc(1, sizeof(*b.tl));
	if (!b.tl)
		return -ENOMEM;
	b.tl->plan = *plan;
	b.tl->run = *head;
	b.ev = run_events(head);
	b.nr = head->nr_events;
	find_sources(&b);
	ret = count_events(&b);
	if (!ret)
		ret = timeline_sched(b.tl, b.ev, b.nr, err, size);
	if (!ret)
		ret = place_events(&b);
	if (!ret && timeline_is_linux(b.tl))
		ret = timeline_ios(b.tl, b.ev, b.nr);
	else if (!ret)
		join(b.tl);
	if (!ret)
		mark_lives(b.tl);
	if (!ret)
		ret = find_rescuers(b.tl);
	if (ret) {
		timeline_free(b.tl);
		return ret;
	}
	*out = b.tl;
	return 0;
}

void timeline_free(struct pb_timeline *tl)
{
	if (!tl)
		return;
	for (size_t i = 0; i < PB_MAX_VCPUS; i++)
		free(tl->vcpu[i].off);
	free(tl->post);
	free(tl->isr);
	free(tl->io);
	free(tl);
}
