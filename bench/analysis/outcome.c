// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/outcome.h"
#include "util/large.h"
#include "util/names.h"

static const char *const class_names[PB_CLASSES] = {
	[PB_CLASS_DELIVERED] = "delivered", [PB_CLASS_COALESCED] = "coalesced",
	[PB_CLASS_LATE] = "late",           [PB_CLASS_RESCUED] = "rescued",
	[PB_CLASS_STRANDED] = "stranded",   [PB_CLASS_MISSED] = "missed",
};

static const char *const lost_texts[PB_LOST_STATES] = {
	[PB_LOST_UNKNOWN] = "where it was is not known",
	[PB_LOST_STRANDED] = "PIR bit set, SN=0, ON=0: stranded",
	[PB_LOST_SUPPRESSED] = "PIR bit set, SN=1: still suppressed",
	[PB_LOST_OUTSTANDING] = "PIR bit set, SN=0, ON=1: notification outstanding",
	[PB_LOST_IRR] = "taken out of the PIR, but never given to the guest",
	[PB_LOST_UNPOSTED] = "sent as a host interrupt, never forwarded to the guest",
	[PB_LOST_BLOCKED] = "refused by the IOMMU",
	[PB_LOST_MASKED] = "masked in the MSI-X table to the end",
	[PB_LOST_DROPPED] = "dropped by the device itself",
};

const char *class_name(enum pb_class c)
{
	return (unsigned int)c < PB_CLASSES ? class_names[c] : "?";
}

const char *lost_state_text(enum pb_lost_state s)
{
	return (unsigned int)s < PB_LOST_STATES ? lost_texts[s] : "?";
}

static uint64_t undelivered(const struct pb_counts *c)
{
	return c->cls[PB_CLASS_STRANDED] + c->cls[PB_CLASS_MISSED];
}

uint64_t counts_lost(const struct pb_counts *c)
{
	return undelivered(c) - c->lost_state[PB_LOST_DROPPED];
}

/* Every member is a uint64_t, so that adding up cannot forget one. */
#define COUNTS (sizeof(struct pb_counts) / sizeof(uint64_t))
_Static_assert(sizeof(struct pb_counts) == COUNTS * sizeof(uint64_t), "only counts");

void counts_add(struct pb_counts *sum, const struct pb_counts *c)
{
	uint64_t *to = (uint64_t *)sum;
	const uint64_t *from = (const uint64_t *)c;

	for (size_t i = 0; i < COUNTS; i++)
		to[i] += from[i];
}

bool counts_check(const struct pb_counts *c)
{
	uint64_t classes = 0, states = 0, kinds;

	for (size_t i = 0; i < PB_CLASSES; i++)
		classes += c->cls[i];
	for (size_t i = 0; i < PB_LOST_STATES; i++)
		states += c->lost_state[i];
	kinds = c->notified + c->suppressed + c->outstanding + c->unposted;
	/* What a device drops is never posted. */
	return classes == c->posts && states == undelivered(c) && (!kinds || kinds == c->posts) &&
	       c->lost_state[PB_LOST_DROPPED] <= c->unposted && c->merged <= kinds - c->unposted &&
	       c->isr_empty <= c->isr;
}

static void count_truth(struct pb_counts *c, const struct pb_tl_truth *t)
{
	if (t->flags & PB_EVF_NOTIFIED)
		c->notified++;
	else if (t->flags & PB_EVF_SUPPRESSED)
		c->suppressed++;
	else if (t->flags & PB_EVF_OUTSTANDING)
		c->outstanding++;
	else
		c->unposted++;
	if (t->flags & PB_EVF_COALESCED)
		c->merged++;
	if (t->early)
		c->seen_early++;
}

/* What is lost is lost with the post that it merged with, in the same way. */
static enum pb_class lost_class(const struct pb_tl_truth *t, enum pb_class *of_vector)
{
	enum pb_class cls = t && t->stranded ? PB_CLASS_STRANDED : PB_CLASS_MISSED;

	if (t && (t->flags & PB_EVF_COALESCED) && *of_vector != PB_CLASSES)
		return *of_vector;
	*of_vector = cls;
	return cls;
}

static enum pb_class consumed_class(const struct pb_timeline *tl, uint32_t i, uint64_t excess,
				    uint64_t limit, const struct pb_tl_truth *t)
{
	const struct pb_tl_post *p = &tl->post[i];

	if (p->head != i)
		return PB_CLASS_COALESCED;
	if (t ? t->stranded : excess > limit && p->rescuer)
		return PB_CLASS_RESCUED;
	return excess > limit ? PB_CLASS_LATE : PB_CLASS_DELIVERED;
}

static void classify(const struct pb_timeline *tl, const struct pb_tl_truth *truth,
		     struct pb_outcome *o)
{
	uint64_t limit = (uint64_t)tl->plan.late_us * tl->run.tsc_khz / 1000;
	enum pb_class lost[PB_VECTORS];

	for (size_t v = 0; v < PB_VECTORS; v++)
		lost[v] = PB_CLASSES;
	for (uint32_t i = 0; i < tl->nr_posts; i++) {
		const struct pb_tl_post *p = &tl->post[i];
		const struct pb_tl_truth *t = truth ? &truth[i] : NULL;
		struct pb_fate *f = &o->fate[i];

		*f = (struct pb_fate){.excess = PB_TICK_NONE};
		if (p->isr != PB_TL_NONE)
			f->excess = p->delivery - p->tsc - p->preempted;
		if (p->isr == PB_TL_NONE || (t && !t->delivered)) {
			f->cls = lost_class(t, &lost[p->vector]);
			f->state = t ? t->state : PB_LOST_UNKNOWN;
			o->counts.lost_state[f->state]++;
			if (f->state != PB_LOST_DROPPED &&
			    (o->first_lost == PB_TL_NONE || p->tsc < tl->post[o->first_lost].tsc))
				o->first_lost = i;
		} else {
			f->cls = consumed_class(tl, i, f->excess, limit, t);
			lost[p->vector] = PB_CLASSES;
		}
		o->counts.cls[f->cls]++;
		if (t)
			count_truth(&o->counts, t);
	}
}

/* Is the post one of those whose delays are kept? */
static bool has_delay(const struct pb_outcome *o, size_t i)
{
	return o->fate[i].cls == PB_CLASS_DELIVERED || o->fate[i].cls == PB_CLASS_LATE ||
	       o->fate[i].cls == PB_CLASS_RESCUED;
}

static int take_delays(const struct pb_timeline *tl, struct pb_outcome *o)
{
	size_t room = tl->nr_posts + 1, n = 0;
	uint64_t *latency = large_alloc(3 * room, sizeof(*latency));
	uint64_t *preempted, *excess;
	int ret;

	if (!latency)
		return -ENOMEM;
	preempted = latency + room;
	excess = preempted + room;
	for (size_t i = 0; i < tl->nr_posts; i++) {
		const struct pb_tl_post *p = &tl->post[i];

		if (!has_delay(o, i))
			continue;
		latency[n] = p->delivery - p->tsc;
		preempted[n] = p->preempted;
		excess[n++] = o->fate[i].excess;
	}
	ret = samples_init(&o->latency, latency, n);
	if (!ret)
		ret = samples_init(&o->preempted, preempted, n);
	if (!ret)
		ret = samples_init(&o->excess, excess, n);
	free(latency);
	return ret;
}

/*
 * Where no interrupt is lost nothing keeps a device's commands from being made,
 * taken and seen, all that the plan has.  What stands still without a loss that
 * explains it proves nothing of the kernel.
 */
static int check_commands(const struct pb_timeline *tl, const struct pb_counts *c, char *err,
			  size_t size)
{
	const struct pb_run *run = &tl->run;
	uint64_t planned = 0;
	bool deaf = false; /* a doorbell does nothing, on purpose */

	if (run->status == PB_RUN_OK && run->failed) {
		snprintf(err, size, "%" PRIu32 " commands ended with an error status", run->failed);
		return -EPROTO;
	}
	/* A rescue can come when the source has given up: it is a loss as well. */
	if (run->status != PB_RUN_OK || undelivered(c) || c->cls[PB_CLASS_RESCUED])
		return 0;
	for (uint32_t i = 0; i < tl->plan.nr_sources; i++) {
		const struct pb_plan_source *s = &tl->plan.source[i];

		/* Frames that find no buffer are nobody's fault, and the sums are of all. */
		if (s->kind == PB_SOURCE_NIC)
			return 0;
		if (s->kind != PB_SOURCE_NVME)
			continue;
		planned += s->count;
		deaf |= s->fault == PB_FAULT_DOORBELL;
	}
	if (c->unread)
		snprintf(err, size, "%" PRIu64 " completions that no interrupt was sent for",
			 c->unread);
	else if (c->stuck && !deaf)
		snprintf(err, size, "%" PRIu64 " commands that the device never took", c->stuck);
	else if (!c->stuck && run->submitted < planned)
		snprintf(err, size,
			 "the guest made %" PRIu32 " of %" PRIu64 " commands, and no loss says why",
			 run->submitted, planned);
	else
		return 0;
	return -EPROTO;
}

int outcome_build(const struct pb_timeline *tl, const struct pb_tl_truth *truth,
		  struct pb_outcome **out, char *err, size_t size)
{
	struct pb_outcome *o = calloc(1, sizeof(*o));
	int ret = -ENOMEM;

	if (!o)
		return -ENOMEM;
	o->first_lost = PB_TL_NONE;
	o->nr = tl->nr_posts;
	o->counts.posts = tl->nr_posts;
	o->counts.isr = tl->nr_isrs;
	o->counts.isr_empty = tl->empty;
	o->counts.spurious = tl->spurious;
	o->counts.misrouted = tl->misrouted;
	o->counts.pending = tl->run.pending;
	o->counts.stuck = tl->run.submitted - tl->run.started;
	o->counts.unread = tl->run.completed - tl->run.consumed;
	o->fate = large_alloc(tl->nr_posts + 1, sizeof(*o->fate));
	if (!o->fate)
		goto fail;
	classify(tl, truth, o);
	ret = take_delays(tl, o);
	if (ret)
		goto fail;
	if (!counts_check(&o->counts)) {
		snprintf(err, size, "outcomes do not add up to the posts: a defect of pirbench");
		ret = -EPROTO;
		goto fail;
	}
	ret = check_commands(tl, &o->counts, err, size);
	if (ret)
		goto fail;
	*out = o;
	return 0;
fail:
	outcome_free(o);
	return ret;
}

void outcome_free(struct pb_outcome *o)
{
	if (!o)
		return;
	samples_free(&o->latency);
	samples_free(&o->preempted);
	samples_free(&o->excess);
	free(o->fate);
	free(o);
}
