// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The cross-check where the guest is Linux: it chooses its vectors by itself, and
 * instead of ISR entries there are I/Os.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/crosscheck_int.h"
#include "analysis/timeline_io.h"
#include "plan/plan.h"

/* --- the record by itself ---------------------------------------------------- */

static void count_ios(const struct pb_timeline *tl, unsigned int source, uint32_t *nr,
		      uint32_t *errors)
{
	*nr = *errors = 0;
	for (size_t i = 0; i < tl->nr_ios; i++) {
		if (tl->io[i].source != source)
			continue;
		++*nr;
		*errors += !!(tl->io[i].flags & PB_EVF_IO_ERROR);
	}
}

int crosscheck_io_counts(struct crosscheck *c)
{
	const struct pb_timeline *tl = c->tl;

	if (!timeline_is_linux(tl))
		return 0;
	for (unsigned int s = 0; s < tl->plan.nr_sources; s++) {
		const struct pb_run_device *d = &tl->run.device[s];
		uint32_t nr, errors;

		count_ios(tl, s, &nr, &errors);
		if (nr != d->completed || errors != d->errors)
			return crosscheck_fail(c, PB_CHECK_IO_COUNT,
					       "%" PRIu32 " of source %u are recorded, %" PRIu32
					       " with an error; the guest counted %" PRIu32
					       " and %" PRIu32,
					       nr, s, errors, d->completed, d->errors);
	}
	return 0;
}

/* --- the plan's vectors ------------------------------------------------------- */

/* The plan's vector of each that Linux chose on a vCPU; 0: of no source. */
struct vector_map {
	uint8_t planned[PB_MAX_VCPUS][PB_VECTORS];
};

static int learn(struct crosscheck *c, struct vector_map *map, struct pb_event *e)
{
	uint32_t i = crosscheck_post(c, e);

	/* match_posts() says so. */
	if (i == PB_TL_NONE)
		return 0;
	if (crosscheck_posted(e->flags)) {
		if (e->vcpu >= c->tl->plan.vcpus)
			return crosscheck_fail(c, PB_CHECK_PID,
					       "post %" PRIu32 " of source %u went to descriptor "
					       "%u, which is no vCPU's of the guest",
					       e->seq, e->source, e->vcpu);
		map->planned[e->vcpu][e->vector] = c->tl->post[i].vector;
	}
	e->vector = c->tl->post[i].vector;
	return 0;
}

int crosscheck_translate(struct crosscheck *c, struct pb_event **own)
{
	struct vector_map *map = calloc(1, sizeof(*map));
	struct pb_event *ev = malloc((c->nr + 1) * sizeof(*ev));
	int ret = map && ev ? 0 : -ENOMEM;

	for (uint32_t i = 0; i < c->tl->plan.vcpus; i++)
		c->pid_vcpu[i] = (int)i;
	if (!ret)
		memcpy(ev, c->ev, c->nr * sizeof(*ev));
	for (size_t i = 0; i < c->nr && !ret; i++) {
		struct pb_event *e = &ev[i];

		if (e->kind == PB_TR_POST)
			ret = learn(c, map, e);
		else if (e->kind == PB_TR_VIRQ)
			e->vector =
				e->vcpu < c->tl->plan.vcpus ? map->planned[e->vcpu][e->vector] : 0;
	}
	free(map);
	if (ret) {
		free(ev);
		return ret;
	}
	*own = ev;
	c->ev = ev;
	return 0;
}

/* --- I/Os against their interrupts -------------------------------------------- */

/* Delivered: it left the PIR; by another way than that: somebody took notice. */
static void mark_delivered(struct crosscheck *c, size_t i)
{
	struct pb_tl_truth *t = &c->truth[i];

	if (crosscheck_posted(t->flags))
		t->delivered = t->left;
	else if (t->flags & (PB_EVF_REMAPPED | PB_EVF_COMPAT))
		t->delivered = c->tl->post[i].isr != PB_TL_NONE;
}

/* At depth 1 nothing but its own interrupt, or the driver's timeout, ends a command. */
static int check_in_time(struct crosscheck *c, size_t i)
{
	const struct pb_timeline *tl = c->tl;
	const struct pb_tl_post *p = &tl->post[i];
	const struct pb_tl_truth *t = &c->truth[i];
	uint64_t stall = (uint64_t)tl->plan.guest.stall_us * tl->run.tsc_khz / 1000;

	if (!t->stranded || p->isr == PB_TL_NONE || (t->left && t->left <= p->delivery) ||
	    tl->io[p->isr].took > stall)
		return 0;
	return crosscheck_fail(c, PB_CHECK_IO,
			       "I/O %" PRIu32 " of source %u was done at %" PRIu64
			       " without a stall, while its interrupt (post %" PRIu32
			       ") was stranded in the PIR",
			       tl->io[p->isr].seq, p->source, p->delivery, p->seq);
}

/* Some are done only because the end woke the guest: they count no more, but came back. */
static bool ended_late(const struct pb_timeline *tl, uint8_t vector)
{
	size_t end = tl->vector_io[vector + 1];

	return end > tl->vector_io[vector] && tl->io[end - 1].tsc > tl->phase[PB_PHASE_STOP];
}

/* All commands came back: then there is none that an interrupt could have been for. */
static int check_nothing_left(struct crosscheck *c, size_t i)
{
	const struct pb_tl_post *p = &c->tl->post[i];
	const struct pb_run_device *d = &c->tl->run.device[p->source];

	if (p->isr != PB_TL_NONE || d->completed != d->submitted || ended_late(c->tl, p->vector))
		return 0;
	return crosscheck_fail(c, PB_CHECK_IO,
			       "post %" PRIu32 " of source %u at %" PRIu64
			       " belongs to no I/O of the guest, which says that all came back",
			       p->seq, p->source, p->tsc);
}

/* What the driver found by polling had no interrupt: each such one is known. */
static int check_polled(struct crosscheck *c, unsigned int source)
{
	const struct pb_timeline *tl = c->tl;
	uint32_t polled = tl->run.device[source].polled;
	size_t silent = 0;

	for (size_t i = tl->source_post[source]; i < tl->source_post[source + 1]; i++)
		silent += c->truth[i].stranded || !c->truth[i].delivered;
	if (polled <= silent)
		return 0;
	return crosscheck_fail(c, PB_CHECK_IO,
			       "the guest's driver polled %" PRIu32
			       " completions of source %u, but "
			       "only %zu interrupts of it were stranded or lost",
			       polled, source, silent);
}

int crosscheck_ios(struct crosscheck *c)
{
	const struct pb_timeline *tl = c->tl;
	int ret = 0;

	for (size_t i = 0; i < tl->nr_posts && !ret; i++) {
		const struct pb_plan_source *s = &tl->plan.source[tl->post[i].source];

		mark_delivered(c, i);
		if (s->kind != PB_SOURCE_NVME)
			continue;
		ret = check_nothing_left(c, i);
		if (!ret && s->depth == 1)
			ret = check_in_time(c, i);
	}
	for (unsigned int s = 0; s < tl->plan.nr_sources && !ret; s++)
		ret = check_polled(c, s);
	return ret;
}
