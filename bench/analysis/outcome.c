// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/accounts.h"
#include "analysis/guest_io.h"
#include "analysis/outcome.h"
#include "util/large.h"
#include "util/names.h"

static const char *const class_names[PB_CLASSES] = {
	[PB_CLASS_DELIVERED] = "delivered", [PB_CLASS_COALESCED] = "coalesced",
	[PB_CLASS_LATE] = "late",           [PB_CLASS_RESCUED] = "rescued",
	[PB_CLASS_STRANDED] = "stranded",   [PB_CLASS_MISSED] = "missed",
	[PB_CLASS_FAULTED] = "faulted",
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
};

const char *class_name(enum pb_class c)
{
	return (unsigned int)c < PB_CLASSES ? class_names[c] : "?";
}

const char *lost_state_text(enum pb_lost_state s)
{
	return (unsigned int)s < PB_LOST_STATES ? lost_texts[s] : "?";
}

uint64_t counts_lost(const struct pb_counts *c)
{
	return c->cls[PB_CLASS_STRANDED] + c->cls[PB_CLASS_MISSED];
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
	uint64_t classes = 0, states = 0, faults = 0, kinds;

	for (size_t i = 0; i < PB_CLASSES; i++)
		classes += c->cls[i];
	for (size_t i = 0; i < PB_LOST_STATES; i++)
		states += c->lost_state[i];
	for (size_t i = 0; i < PB_FAULTED_KINDS; i++)
		faults += c->faulted[i];
	kinds = c->notified + c->suppressed + c->outstanding + c->unposted;
	/* What a device dropped, or the IOMMU refused, or a mask holds, was never posted. */
	return classes == c->posts && states == counts_lost(c) &&
	       faults == c->cls[PB_CLASS_FAULTED] && c->found <= faults &&
	       (!kinds || kinds == c->posts) && (!kinds || faults <= c->unposted) &&
	       c->merged <= kinds - c->unposted && c->isr_empty <= c->isr;
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

/* A device that coalesces may hold a post back for as long as it was told, no longer. */
static uint64_t late_limit(const struct pb_timeline *tl, const struct pb_tl_post *p)
{
	const struct pb_plan *plan = &tl->plan;

	return ((uint64_t)plan->late_us + plan->source[p->source].aggregate_us) * tl->run.tsc_khz /
	       1000;
}

static enum pb_class consumed_class(const struct pb_tl_post *p, bool head, uint64_t excess,
				    uint64_t limit, const struct pb_tl_truth *t)
{
	/* The guest ran in between, and would have had it: nothing was to bring it any more. */
	if (p->stale)
		return PB_CLASS_RESCUED;
	excess += p->held;
	if (!head)
		return PB_CLASS_COALESCED;
	if (t ? t->stranded : excess > limit && p->rescuer)
		return PB_CLASS_RESCUED;
	return excess > limit ? PB_CLASS_LATE : PB_CLASS_DELIVERED;
}

/*
 * The device kept its message from being one: where the post was found all the
 * same, it was with the interrupt of a later one.  What a kernel was given in the
 * end, when a mask was lifted, is the kernel's.
 */
static bool is_faulted(const struct pb_timeline *tl, const struct pb_tl_post *p,
		       const struct pb_tl_truth *t, enum pb_faulted *fault)
{
	const uint16_t posted = PB_EVF_NOTIFIED | PB_EVF_SUPPRESSED | PB_EVF_OUTSTANDING;

	if (!t)
		return accounts_faulted(tl, p, fault);
	*fault = (enum pb_faulted)t->fault;
	return t->faulted && !(t->flags & posted);
}

/* What is known of one vector while its posts are walked. */
struct vector {
	enum pb_class lost; /* of the newest loss; PB_CLASSES: none since the last delivery */
	uint32_t isr; /* entry that a post was delivered by last */
};

static void take_faulted(struct pb_outcome *o, const struct pb_tl_post *p, enum pb_faulted fault,
			 struct pb_fate *f, struct accounts_source *of)
{
	bool found = p->isr != PB_TL_NONE;

	f->cls = PB_CLASS_FAULTED;
	f->state = fault;
	o->counts.faulted[fault]++;
	o->counts.found += found;
	of->faulted += !found;
}

static void take_lost(const struct pb_timeline *tl, uint32_t i, const struct pb_tl_truth *t,
		      struct vector *v, struct pb_outcome *o)
{
	struct pb_fate *f = &o->fate[i];

	f->cls = lost_class(t, &v->lost);
	f->state = t ? t->state : accounts_lost_state(tl, &tl->post[i]);
	o->counts.lost_state[f->state]++;
	if (o->first_lost == PB_TL_NONE || tl->post[i].tsc < tl->post[o->first_lost].tsc)
		o->first_lost = i;
}

static void classify(const struct pb_timeline *tl, const struct pb_tl_truth *truth,
		     struct pb_outcome *o, struct accounts_source *of)
{
	struct vector vector[PB_VECTORS];

	for (size_t v = 0; v < PB_VECTORS; v++)
		vector[v] = (struct vector){PB_CLASSES, PB_TL_NONE};
	for (uint32_t i = 0; i < tl->nr_posts; i++) {
		const struct pb_tl_post *p = &tl->post[i];
		const struct pb_tl_truth *t = truth ? &truth[i] : NULL;
		struct vector *v = &vector[p->vector];
		struct pb_fate *f = &o->fate[i];
		enum pb_faulted fault;

		*f = (struct pb_fate){.excess = PB_TICK_NONE};
		if (p->isr != PB_TL_NONE)
			f->excess = p->delivery - p->tsc - p->preempted;
		if (is_faulted(tl, p, t, &fault)) {
			take_faulted(o, p, fault, f, &of[p->source]);
		} else if (p->isr == PB_TL_NONE || (t && !t->delivered)) {
			take_lost(tl, i, t, v, o);
		} else {
			/* Of those that an entry consumes, the first is delivered. */
			f->cls = consumed_class(p, p->isr != v->isr, f->excess, late_limit(tl, p),
						t);
			*v = (struct vector){PB_CLASSES, p->isr};
		}
		o->counts.cls[f->cls]++;
		of[p->source].lost += f->cls == PB_CLASS_STRANDED || f->cls == PB_CLASS_MISSED ||
				      f->cls == PB_CLASS_RESCUED;
		o->counts.stale += p->stale;
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

int outcome_build(const struct pb_timeline *tl, const struct pb_tl_truth *truth,
		  struct pb_outcome **out, char *err, size_t size)
{
	struct accounts_source of[PB_MAX_SOURCES] = {0};
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
	accounts_count(tl, &o->counts);
	o->fate = large_alloc(tl->nr_posts + 1, sizeof(*o->fate));
	if (!o->fate)
		goto fail;
	classify(tl, truth, o, of);
	ret = take_delays(tl, o);
	if (ret)
		goto fail;
	if (!counts_check(&o->counts)) {
		snprintf(err, size, "outcomes do not add up to the posts: a defect of pirbench");
		ret = -EPROTO;
		goto fail;
	}
	ret = accounts_check(tl, of, err, size);
	if (!ret)
		ret = guest_io_judge(tl, &o->counts, err, size);
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
