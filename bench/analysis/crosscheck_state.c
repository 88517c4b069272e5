// SPDX-License-Identifier: LGPL-2.1-or-later
/* The life of each PID, as the truth tells it. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "analysis/crosscheck_int.h"
#include "analysis/timeline_io.h"
#include "plan/plan.h"

/* One PID, up to the event that is looked at. */
struct pid {
	uint64_t control; /* ON, SN */
	bool known; /* control has been seen */
	bool pir; /* not empty */
	uint64_t since; /* of this state */
	uint32_t newest; /* post in the PIR; older ones through walk.older[] */
	size_t gap; /* next gap of the vCPU's thread to look at */
	size_t gap_entry; /* the same, for the check of entries */
};

/*
 * One guest vector. When the PIR is seen empty, what was in it has moved on to
 * IRR or VIRR. A virtual interrupt takes it from there; when nothing of the
 * vector is there, the PIR was emptied only in part, and the virtual interrupt
 * took what was in it until now.
 */
struct vector {
	bool source; /* it is a source's */
	bool irr; /* posts of it have left the PIR, not delivered yet */
	bool other; /* it also comes by other ways than the PIR */
	uint32_t newest; /* newest post of it */
	uint32_t taken; /* this post and those before it have left the PIR */
};

struct walk {
	struct crosscheck *c;
	struct pid pid[PB_MAX_VCPUS];
	struct vector vector[PB_VECTORS];
	uint32_t *older; /* by post */
	uint64_t slack;
};

static bool is_stranded(const struct pid *p)
{
	return p->known && p->pir && !(p->control & (PID_ON | PID_SN));
}

/* Is this post of the PID's chain still in the PIR? */
static bool in_pir(const struct walk *w, uint32_t i)
{
	uint32_t taken = w->vector[w->c->tl->post[i].vector].taken;

	/* Posts of one vector are of one source: their indices are in order of time. */
	return taken == PB_TL_NONE || i > taken;
}

/* What is older than a marked one was marked with it. */
static void mark_stranded(struct walk *w, const struct pid *p)
{
	for (uint32_t i = p->newest; i != PB_TL_NONE && !w->c->truth[i].stranded; i = w->older[i])
		if (in_pir(w, i))
			w->c->truth[i].stranded = true;
}

/*
 * While the thread sleeps the state must not be that of a stranded post; the
 * edges of a sleep are blurred by the clock's slack. [since, now) is the time
 * that the state lasted.
 */
static void check_sleep(struct walk *w, struct pid *p, const struct pb_tl_vcpu *v, uint64_t now)
{
	while (p->gap < v->nr && v->off[p->gap].in <= p->since)
		p->gap++;
	for (size_t i = p->gap; i < v->nr && v->off[i].out < now; i++) {
		const struct pb_tl_off *o = &v->off[i];
		uint64_t from = o->out + w->slack > p->since ? o->out + w->slack : p->since;
		uint64_t in = o->in == PB_TICK_NONE ? w->c->stop : o->in;
		uint64_t to = in < now ? in : now;

		if (!o->preempted && from + w->slack < to)
			mark_stranded(w, p);
	}
}

/* The state until `now` is over. */
static void close_state(struct walk *w, struct pid *p, int vcpu, uint64_t now)
{
	if (vcpu >= 0 && is_stranded(p))
		check_sleep(w, p, &w->c->tl->vcpu[vcpu], now);
	p->since = now;
}

/*
 * The posts of a vector behind `taken` up to `last` have left the PIR. When they did
 * is asked only where no ISR entry says when each was delivered.
 */
static void leave(struct walk *w, struct vector *v, uint32_t last, uint64_t now)
{
	const struct pb_tl_post *post = w->c->tl->post;
	uint32_t i = last;

	if (!timeline_is_linux(w->c->tl))
		i = v->taken;
	for (; i != PB_TL_NONE && i != v->taken && post[i].source == post[last].source; i--) {
		if (post[i].vector == post[last].vector && w->c->truth[i].left)
			break;
		if (post[i].vector == post[last].vector && crosscheck_posted(w->c->truth[i].flags))
			w->c->truth[i].left = now;
	}
	v->taken = last;
}

static void empty_pir(struct walk *w, struct pid *p, uint64_t now)
{
	for (uint32_t i = p->newest; i != PB_TL_NONE; i = w->older[i]) {
		struct vector *v = &w->vector[w->c->tl->post[i].vector];

		if (!in_pir(w, i))
			continue;
		v->irr = true;
		leave(w, v, i, now);
	}
	p->newest = PB_TL_NONE;
}

/* A VM entry while the thread is off its CPU: the scheduling record is wrong. */
static int check_on_cpu(struct walk *w, struct pid *p, int vcpu, const struct pb_event *e)
{
	const struct pb_tl_vcpu *v = &w->c->tl->vcpu[vcpu];
	const struct pb_tl_off *o;

	while (p->gap_entry < v->nr && v->off[p->gap_entry].in <= e->tsc)
		p->gap_entry++;
	if (p->gap_entry == v->nr)
		return 0;
	o = &v->off[p->gap_entry];
	if (e->tsc <= o->out + w->slack || (o->in != PB_TICK_NONE && o->in - e->tsc <= w->slack))
		return 0;
	return crosscheck_fail(w->c, PB_CHECK_SCHED,
			       "vCPU %d entered the guest at %" PRIu64
			       ", but its thread was off the CPU since %" PRIu64,
			       vcpu, e->tsc, o->out);
}

/* Does the outcome fit what the PID was (VT-d 5.2.3; KVM never sets URG)? */
static bool outcome_fits(const struct pid *p, uint16_t flags)
{
	bool on = p->control & PID_ON, sn = p->control & PID_SN;

	if (!p->known)
		return true;
	if (flags & PB_EVF_NOTIFIED)
		return !on && !sn;
	if (flags & PB_EVF_SUPPRESSED)
		return !on && sn;
	return on;
}

static const char *outcome_text(uint16_t flags)
{
	if (flags & PB_EVF_NOTIFIED)
		return "notified";
	return flags & PB_EVF_SUPPRESSED ? "suppressed" : "outstanding";
}

static int take_post(struct walk *w, const struct pb_event *e)
{
	uint32_t i = crosscheck_post(w->c, e);
	struct vector *v = &w->vector[e->vector];
	struct pid *p;

	if (!crosscheck_posted(e->flags)) {
		v->other |= !(e->flags & (PB_EVF_BLOCKED | PB_EVF_MASKED));
		return 0;
	}
	p = &w->pid[e->vcpu];
	close_state(w, p, w->c->pid_vcpu[e->vcpu], e->tsc);
	if (!outcome_fits(p, e->flags))
		return crosscheck_fail(w->c, PB_CHECK_STATE,
				       "post %" PRIu32 " of source %u at %" PRIu64
				       " was %s with ON=%d, SN=%d",
				       e->seq, e->source, e->tsc, outcome_text(e->flags),
				       !!(p->control & PID_ON), !!(p->control & PID_SN));
	if (e->flags & PB_EVF_NOTIFIED)
		p->control |= PID_ON;
	p->pir = true;
	w->older[i] = p->newest;
	p->newest = i;
	v->newest = i;
	return 0;
}

/*
 * The IOMMU changes ON only, and only when it says that it notifies: by a post that is
 * in the truth. A Linux guest has posts besides: of admin queues, and of its boot.
 */
static bool iommu_may(const struct walk *w, const struct pid *p, uint64_t control)
{
	uint64_t changed = (control ^ p->control) & (PID_ON | PID_SN);

	return !changed || (timeline_is_linux(w->c->tl) && changed == PID_ON &&
			    !(control & PID_SN) && (control & PID_ON));
}

static int take_pid(struct walk *w, struct pid *p, const struct pb_event *e)
{
	if ((e->flags & PB_EVF_BY_IOMMU) && p->known && !iommu_may(w, p, e->arg))
		return crosscheck_fail(w->c, PB_CHECK_STATE,
				       "the IOMMU left ON=%d, SN=%d at %" PRIu64
				       ", which no post explains",
				       !!(e->arg & PID_ON), !!(e->arg & PID_SN), e->tsc);
	p->control = e->arg;
	p->known = true;
	return 0;
}

/* Something of this vector must have been on its way to the guest. */
static int take_virq(struct walk *w, const struct pb_event *e)
{
	struct vector *v = &w->vector[e->vector];

	if (v->irr) {
		v->irr = false;
		return 0;
	}
	if (v->newest != v->taken) {
		leave(w, v, v->newest, e->tsc);
		return 0;
	}
	if (!v->source || v->other)
		return 0;
	return crosscheck_fail(w->c, PB_CHECK_VIRQ,
			       "virtual interrupt 0x%02x at %" PRIu64 " was posted by nobody",
			       e->vector, e->tsc);
}

static int take_event(struct walk *w, const struct pb_event *e)
{
	struct pid *p;
	int vcpu, ret = 0;

	if (e->kind == PB_TR_POST)
		return take_post(w, e);
	if (e->vcpu >= PB_MAX_VCPUS)
		return 0;
	p = &w->pid[e->vcpu];
	vcpu = w->c->pid_vcpu[e->vcpu];
	if (e->kind == PB_TR_VIRQ)
		return vcpu >= 0 ? take_virq(w, e) : 0;
	if (e->kind != PB_TR_PID && e->kind != PB_TR_ENTRY && e->kind != PB_TR_EXIT)
		return 0;
	close_state(w, p, vcpu, e->tsc);
	if (e->kind != PB_TR_EXIT)
		ret = take_pid(w, p, e);
	p->pir = e->flags & PB_EVF_PIR_NONEMPTY;
	if (!p->pir)
		empty_pir(w, p, e->tsc);
	if (ret || e->kind != PB_TR_ENTRY || vcpu < 0)
		return ret;
	if (is_stranded(p))
		mark_stranded(w, p);
	return check_on_cpu(w, p, vcpu, e);
}

static enum pb_lost_state state_of(const struct pid *p)
{
	if (p->control & PID_SN)
		return PB_LOST_SUPPRESSED;
	return p->control & PID_ON ? PB_LOST_OUTSTANDING : PB_LOST_STRANDED;
}

static enum pb_lost_state state_outside(uint16_t flags)
{
	if (flags & PB_EVF_BLOCKED)
		return PB_LOST_BLOCKED;
	if (flags & PB_EVF_MASKED)
		return PB_LOST_MASKED;
	return flags & (PB_EVF_REMAPPED | PB_EVF_COMPAT) ? PB_LOST_UNPOSTED : PB_LOST_IRR;
}

/* Where everything is at the stop. */
static void take_end(struct walk *w)
{
	for (size_t i = 0; i < w->c->tl->nr_posts; i++)
		w->c->truth[i].state = (uint8_t)state_outside(w->c->truth[i].flags);
	for (size_t n = 0; n < PB_MAX_VCPUS; n++) {
		struct pid *p = &w->pid[n];

		close_state(w, p, w->c->pid_vcpu[n], w->c->stop);
		for (uint32_t i = p->newest; i != PB_TL_NONE; i = w->older[i])
			if (in_pir(w, i))
				w->c->truth[i].state = (uint8_t)state_of(p);
	}
}

int crosscheck_states(struct crosscheck *c)
{
	struct walk w = {.c = c, .slack = crosscheck_sched_slack(c->tl->run.tsc_khz)};
	int ret = 0;

	w.older = calloc(c->tl->nr_posts + 1, sizeof(*w.older));
	if (!w.older)
		return -ENOMEM;
	for (size_t i = 0; i < PB_MAX_VCPUS; i++)
		w.pid[i].newest = PB_TL_NONE;
	for (size_t i = 0; i < PB_VECTORS; i++) {
		unsigned int source, index;

		w.vector[i] = (struct vector){
			.source = plan_vector_find(&c->tl->plan, (uint8_t)i, &source, &index),
			.newest = PB_TL_NONE,
			.taken = PB_TL_NONE,
			/* Linux sends itself a vector again that came while it was disabled. */
			.other = timeline_is_linux(c->tl),
		};
	}
	for (size_t i = 0; i < c->nr && !ret; i++)
		if (!crosscheck_is_sweep(&c->ev[i]) && c->ev[i].tsc <= c->stop)
			ret = take_event(&w, &c->ev[i]);
	if (!ret)
		take_end(&w);
	free(w.older);
	return ret;
}
