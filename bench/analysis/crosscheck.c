// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/crosscheck.h"
#include "analysis/crosscheck_int.h"
#include "analysis/timeline_io.h"
#include "event/run.h"
#include "plan/plan.h"

static const char *const check_names[PB_CHECKS] = {
	[PB_CHECK_OK] = "ok",
	[PB_CHECK_LOST] = "lost events",
	[PB_CHECK_GAP] = "gap in the posts",
	[PB_CHECK_ISR_COUNT] = "count of ISR entries",
	[PB_CHECK_SEQ] = "sequence number of an ISR entry",
	[PB_CHECK_DRAIN] = "post during the drain",
	[PB_CHECK_PLAN] = "plan of the truth",
	[PB_CHECK_TRUTH_LOST] = "hole in the truth",
	[PB_CHECK_POST] = "posts against the truth",
	[PB_CHECK_PID] = "descriptor of a source",
	[PB_CHECK_VIRQ] = "ISR entries against the truth",
	[PB_CHECK_SCHED] = "scheduling against the truth",
	[PB_CHECK_MISSED] = "losses against the truth",
	[PB_CHECK_IO_COUNT] = "count of I/Os",
	[PB_CHECK_IO] = "I/Os against the truth",
	[PB_CHECK_STATE] = "truth against itself",
};

const char *check_name(enum pb_check c)
{
	return (unsigned int)c < PB_CHECKS ? check_names[c] : "?";
}

int crosscheck_fail(struct crosscheck *c, enum pb_check which, const char *fmt, ...)
{
	va_list ap;
	int len;

	c->which = which;
	len = snprintf(c->err, c->size, "%s: ", check_name(which));
	if (len < 0 || (size_t)len >= c->size)
		return -EPROTO;
	va_start(ap, fmt);
	vsnprintf(c->err + len, c->size - (size_t)len, fmt, ap);
	va_end(ap);
	return -EPROTO;
}

uint64_t crosscheck_sched_slack(uint64_t tsc_khz)
{
	return (2 * tsc_khz + 999999) / 1000000 + 1;
}

static int check_posts_recorded(struct crosscheck *c)
{
	const struct pb_timeline *tl = c->tl;

	if (tl->gaps)
		return crosscheck_fail(c, PB_CHECK_GAP,
				       "%" PRIu64 " sequence numbers have no record", tl->gaps);
	if (tl->nr_posts != tl->run.posted)
		return crosscheck_fail(c, PB_CHECK_GAP,
				       "%zu posts are recorded, the sources made %" PRIu64,
				       tl->nr_posts, tl->run.posted);
	for (size_t i = 0; i < tl->nr_posts; i++) {
		const struct pb_tl_post *p = &tl->post[i];

		/* What a Linux guest is at, it ends as it likes. */
		if (p->tsc > tl->phase[PB_PHASE_DRAIN] && !timeline_is_linux(tl))
			return crosscheck_fail(c, PB_CHECK_DRAIN,
					       "post %" PRIu32 " of source %u at %" PRIu64
					       ", the drain began at %" PRIu64,
					       p->seq, p->source, p->tsc,
					       tl->phase[PB_PHASE_DRAIN]);
	}
	return 0;
}

/*
 * The poster writes the number of a post into its vector's slot: what an ISR reads
 * there is that of a post of this vector (0: none so far). No post is without record.
 */
static int check_isr_seq(struct crosscheck *c, const struct pb_tl_isr *isr, unsigned int source)
{
	const struct pb_timeline *tl = c->tl;
	size_t first = tl->source_post[source], nr = tl->source_post[source + 1] - first;

	if (!isr->seq || (isr->seq <= nr && tl->post[first + isr->seq - 1].vector == isr->vector))
		return 0;
	return crosscheck_fail(c, PB_CHECK_SEQ,
			       "the entry of vector 0x%02x at %" PRIu64 " names post %" PRIu32
			       " of source %u, which was not made on it",
			       isr->vector, isr->tsc, isr->seq, source);
}

static int check_isr_seqs(struct crosscheck *c)
{
	const struct pb_timeline *tl = c->tl;
	unsigned int source, index;
	int ret = 0;

	for (size_t i = 0; i < tl->nr_isrs && !ret; i++) {
		if (!plan_vector_find(&tl->plan, tl->isr[i].vector, &source, &index))
			continue;
		/* Devices of others number as they like. */
		if (tl->plan.source[source].kind == PB_SOURCE_POSTER ||
		    tl->plan.source[source].kind == PB_SOURCE_NULL)
			ret = check_isr_seq(c, &tl->isr[i], source);
	}
	return ret;
}

int crosscheck_record(const struct pb_timeline *tl, enum pb_check *which, char *err, size_t size)
{
	struct crosscheck c = {.tl = tl, .err = err, .size = size};
	uint64_t isr = tl->nr_isrs + tl->misrouted;
	int ret = 0;

	if (tl->run.lost)
		ret = crosscheck_fail(&c, PB_CHECK_LOST,
				      "%" PRIu64 " events found a ring full; raise 'events' in the "
				      "scenario",
				      tl->run.lost);
	if (!ret)
		ret = check_posts_recorded(&c);
	if (!ret && (isr != tl->run.isr || tl->spurious != tl->run.spurious))
		ret = crosscheck_fail(&c, PB_CHECK_ISR_COUNT,
				      "%" PRIu64 " and %" PRIu64
				      " spurious are recorded, the guest "
				      "counted %" PRIu64 " and %" PRIu64,
				      isr, tl->spurious, tl->run.isr, tl->run.spurious);
	if (!ret)
		ret = check_isr_seqs(&c);
	if (!ret)
		ret = crosscheck_io_counts(&c);
	*which = c.which;
	return ret;
}

uint32_t crosscheck_post(const struct crosscheck *c, const struct pb_event *e)
{
	const struct pb_timeline *tl = c->tl;
	size_t n;

	if (e->source >= PB_MAX_SOURCES || !e->seq)
		return PB_TL_NONE;
	/* crosscheck_record() has seen that no sequence number is left out. */
	n = tl->source_post[e->source + 1] - tl->source_post[e->source];
	return e->seq <= n ? (uint32_t)(tl->source_post[e->source] + e->seq - 1) : PB_TL_NONE;
}

/* The PID that a source posts to is its vCPU's, always the same, and no other vCPU's. */
static int check_pid(struct crosscheck *c, const struct pb_event *e)
{
	int vcpu = c->tl->post[crosscheck_post(c, e)].vcpu;
	bool known = false;

	for (size_t i = 0; i < PB_MAX_VCPUS; i++)
		known |= c->pid_vcpu[i] == vcpu;
	if (e->vcpu < PB_MAX_VCPUS && !known && c->pid_vcpu[e->vcpu] < 0)
		c->pid_vcpu[e->vcpu] = vcpu;
	if (e->vcpu < PB_MAX_VCPUS && c->pid_vcpu[e->vcpu] == vcpu)
		return 0;
	return crosscheck_fail(c, PB_CHECK_PID,
			       "post %" PRIu32 " of source %u, which is for vCPU %d, went to "
			       "descriptor %u, which is not that vCPU's",
			       e->seq, e->source, vcpu, e->vcpu);
}

/* From here on, the device does wrong with this vector's messages; or with one of them. */
static void take_injected(struct crosscheck *c, const struct pb_event *e)
{
	if (e->arg == PB_INJECTED_MASK)
		c->masked[e->vector] = true;
	else if (e->arg == PB_INJECTED_ASTRAY && e->source < PB_MAX_SOURCES)
		c->astray[e->source] = e->seq;
}

static void take_fault(struct crosscheck *c, uint32_t i, const struct pb_event *e)
{
	struct pb_tl_truth *t = &c->truth[i];
	bool blocked = e->flags & PB_EVF_BLOCKED;

	if (!(e->flags & PB_EVF_MASKED))
		c->masked[e->vector] = false;
	if (blocked && e->arg == PB_FAULT_DROPPED)
		t->fault = PB_FAULTED_DROPPED;
	else if (blocked && e->arg == PB_FAULT_NOT_PRESENT && c->astray[e->source] == e->seq)
		t->fault = PB_FAULTED_REFUSED;
	else if (c->masked[e->vector])
		t->fault = PB_FAULTED_MASKED;
	else
		return;
	t->faulted = true;
}

static int check_post(struct crosscheck *c, const struct pb_event *e)
{
	uint32_t i = crosscheck_post(c, e);
	const struct pb_tl_post *p;

	if (i == PB_TL_NONE)
		return crosscheck_fail(c, PB_CHECK_POST,
				       "post %" PRIu32 " of source %u is in the truth only", e->seq,
				       e->source);
	p = &c->tl->post[i];
	if (p->vector != e->vector || (p->tsc != e->tsc && !(c->truth[i].flags & PB_EVF_MASKED)))
		return crosscheck_fail(c, PB_CHECK_POST,
				       "post %" PRIu32 " of source %u has vector 0x%02x at %" PRIu64
				       ", in the truth 0x%02x at %" PRIu64,
				       p->seq, p->source, p->vector, p->tsc, e->vector, e->tsc);
	/* A masked one comes again when it is unmasked. */
	if (c->truth[i].flags && !(c->truth[i].flags & PB_EVF_MASKED))
		return crosscheck_fail(c, PB_CHECK_POST,
				       "post %" PRIu32 " of source %u is in the truth twice",
				       e->seq, e->source);
	c->truth[i].flags = e->flags;
	take_fault(c, i, e);
	return crosscheck_posted(e->flags) ? check_pid(c, e) : 0;
}

/* Both have the same posts; the truth is in order of time, a sweep's other futures aside. */
static int match_posts(struct crosscheck *c)
{
	uint64_t newest = 0;
	int ret = 0;

	for (size_t i = 0; i < c->nr && !ret; i++) {
		if (crosscheck_is_sweep(&c->ev[i]))
			continue;
		if (c->ev[i].tsc < newest)
			return crosscheck_fail(c, PB_CHECK_STATE,
					       "event %zu is older than the one before", i);
		newest = c->ev[i].tsc;
		if (c->ev[i].kind == PB_TR_POST)
			ret = check_post(c, &c->ev[i]);
		else if (c->ev[i].kind == PB_TR_INJECTED)
			take_injected(c, &c->ev[i]);
	}
	for (size_t i = 0; i < c->tl->nr_posts && !ret; i++)
		if (!c->truth[i].flags)
			ret = crosscheck_fail(c, PB_CHECK_POST,
					      "post %" PRIu32 " of source %u is not in the truth",
					      c->tl->post[i].seq, c->tl->post[i].source);
	return ret;
}

#define NOT_CHAINED (PB_TL_NONE - 1)

/* One vector in the walk of match_virqs(). */
struct waiting {
	size_t isr; /* entry that the next virtual interrupt must be */
	uint32_t last; /* newest post not delivered yet; older ones through chain[] */
	bool used; /* it belongs to a source */
};

static int check_virq(struct crosscheck *c, struct waiting *w, uint32_t *chain, size_t i)
{
	const struct pb_event *e = &c->ev[i];
	const struct pb_timeline *tl = c->tl;
	const struct pb_tl_isr *isr = &tl->isr[w->isr];

	if (w->isr == tl->vector_isr[e->vector + 1]) {
		/* What came after the stop the guest need not have recorded. */
		if (e->tsc > c->stop)
			return 0;
		return crosscheck_fail(c, PB_CHECK_VIRQ,
				       "virtual interrupt 0x%02x at %" PRIu64 " has no ISR entry",
				       e->vector, e->tsc);
	}
	if (isr->tsc < e->tsc)
		return crosscheck_fail(c, PB_CHECK_VIRQ,
				       "ISR entry of 0x%02x at %" PRIu64
				       " is before its virtual interrupt at %" PRIu64,
				       e->vector, isr->tsc, e->tsc);
	if (e->vcpu < PB_MAX_VCPUS && c->pid_vcpu[e->vcpu] >= 0 &&
	    c->pid_vcpu[e->vcpu] != isr->vcpu)
		return crosscheck_fail(c, PB_CHECK_VIRQ,
				       "ISR entry of 0x%02x at %" PRIu64
				       " on vCPU %u, the virtual interrupt went to vCPU %d",
				       e->vector, isr->tsc, isr->vcpu, c->pid_vcpu[e->vcpu]);
	while (w->last != PB_TL_NONE) {
		uint32_t post = w->last;

		w->last = chain[post];
		c->virq[post] = (uint32_t)w->isr;
		c->truth[post].delivered = !isr->after_stop;
	}
	w->isr++;
	return 0;
}

/*
 * The k-th virtual interrupt of a vector is its k-th ISR entry; it delivers
 * every post of the vector that came before it.
 */
static int match_virqs(struct crosscheck *c)
{
	const struct pb_timeline *tl = c->tl;
	struct waiting w[PB_VECTORS];
	uint32_t *chain = malloc((tl->nr_posts + 1) * sizeof(*chain));
	unsigned int source, index;
	int ret = 0;

	if (!chain)
		return -ENOMEM;
	for (size_t i = 0; i < tl->nr_posts; i++)
		chain[i] = NOT_CHAINED;
	for (size_t v = 0; v < PB_VECTORS; v++)
		w[v] = (struct waiting){
			.last = PB_TL_NONE,
			.isr = tl->vector_isr[v],
			.used = plan_vector_find(&tl->plan, (uint8_t)v, &source, &index),
		};
	for (size_t i = 0; i < c->nr && !ret; i++) {
		struct waiting *q = &w[c->ev[i].vector];

		if (c->ev[i].kind == PB_TR_POST) {
			uint32_t post = crosscheck_post(c, &c->ev[i]);

			if (chain[post] != NOT_CHAINED)
				continue;
			chain[post] = q->last;
			q->last = post;
		} else if (c->ev[i].kind == PB_TR_VIRQ && q->used) {
			ret = check_virq(c, q, chain, i);
		}
	}
	free(chain);
	for (size_t v = 0; v < PB_VECTORS && !ret; v++)
		if (w[v].isr != tl->vector_isr[v + 1])
			ret = crosscheck_fail(c, PB_CHECK_VIRQ,
					      "ISR entry of 0x%02zx at %" PRIu64
					      " has no virtual interrupt",
					      v, tl->isr[w[v].isr].tsc);
	return ret;
}

/*
 * Both say the same of every post. One difference is no contradiction: an ISR
 * that had begun when the post was made can have read its record already; the
 * post's own interrupt is then a later one, or never comes.
 */
static int match_losses(struct crosscheck *c)
{
	const struct pb_timeline *tl = c->tl;

	for (size_t i = 0; i < tl->nr_posts; i++) {
		const struct pb_tl_post *p = &tl->post[i];
		bool here = p->isr != PB_TL_NONE, there = c->truth[i].delivered;

		if (here && (!there || p->isr < c->virq[i])) {
			c->truth[i].early = true;
			continue;
		}
		if (here == there && (!here || p->isr == c->virq[i]))
			continue;
		return crosscheck_fail(c, PB_CHECK_MISSED,
				       "post %" PRIu32 " of source %u, vector 0x%02x, at %" PRIu64
				       " was delivered at %" PRIu64 ", but that ISR did not see it",
				       p->seq, p->source, p->vector, p->tsc,
				       tl->isr[c->virq[i]].tsc);
	}
	return 0;
}

static int check_heads(struct crosscheck *c, const struct pb_run *truth)
{
	if (truth->plan_crc != c->tl->run.plan_crc)
		return crosscheck_fail(c, PB_CHECK_PLAN, "it is of another plan than the events");
	if (truth->lost)
		return crosscheck_fail(c, PB_CHECK_TRUTH_LOST,
				       "%" PRIu64 " events found its ring full", truth->lost);
	return 0;
}

static int match_agent(struct crosscheck *c)
{
	int ret = match_posts(c);

	if (!ret)
		ret = match_virqs(c);
	if (!ret)
		ret = match_losses(c);
	return ret ?: crosscheck_states(c);
}

/* Linux chooses its vectors, and says nothing of its ISRs. */
static int match_linux(struct crosscheck *c)
{
	struct pb_event *ev = NULL;
	int ret = crosscheck_translate(c, &ev);

	if (!ret)
		ret = match_posts(c);
	if (!ret)
		ret = crosscheck_states(c);
	if (!ret)
		ret = crosscheck_ios(c);
	free(ev);
	return ret;
}

int crosscheck_run(const struct pb_timeline *tl, const void *truth, size_t truth_size,
		   struct pb_tl_truth **out, enum pb_check *which, char *err, size_t size)
{
	const struct pb_run *head = truth;
	struct crosscheck c = {
		.tl = tl, .stop = tl->phase[PB_PHASE_STOP], .err = err, .size = size};
	int ret = crosscheck_record(tl, which, err, size);

	if (ret)
		return ret;
	if (truth_size < sizeof(*head) || head->content != PB_RUN_TRUTH ||
	    head->nr_events > PB_RUN_MAX_EVENTS || truth_size != run_size(head->nr_events)) {
		*which = PB_CHECK_PLAN;
		return crosscheck_fail(&c, PB_CHECK_PLAN, "it is no truth");
	}
	c.ev = run_events(head);
	c.nr = head->nr_events;
	for (size_t i = 0; i < PB_MAX_VCPUS; i++)
		c.pid_vcpu[i] = -1;
	c.truth = calloc(tl->nr_posts + 1, sizeof(*c.truth));
	c.virq = malloc((tl->nr_posts + 1) * sizeof(*c.virq));
	if (!c.truth || !c.virq) {
		ret = -ENOMEM;
	} else {
		memset(c.virq, 0xff, (tl->nr_posts + 1) * sizeof(*c.virq));
		ret = check_heads(&c, head);
	}
	if (!ret && timeline_is_linux(tl))
		ret = match_linux(&c);
	else if (!ret)
		ret = match_agent(&c);
	free(c.virq);
	*which = c.which;
	if (ret)
		free(c.truth);
	else
		*out = c.truth;
	return ret;
}
