// SPDX-License-Identifier: LGPL-2.1-or-later
/* A sweep from the truth's records; what concerns more than one is sweep_check()'s. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "analysis/crosscheck_int.h"
#include "analysis/sweep_int.h"
#include "event/run.h"

/* A walk over the records. */
struct walk {
	const struct pb_plan *plan;
	struct pb_sweep *s;
	/* The window that is open: the newest one. */
	struct pb_sweep_window *w; /* NULL: none yet */
	uint32_t around; /* index of the newest outer one */
	uint32_t i; /* interval that the newest SWEPT is in, of w */
	bool swept; /* there was one */
	struct pb_event post; /* the newest SWEPT, when its FATE is not there yet */
	uint32_t instant; /* of the newest SWEPT */
	char *err;
	size_t size;
};

/* Every post has its fate before anything else begins. */
static int end_post(struct walk *k)
{
	if (!k->post.kind)
		return 0;
	return sweep_unsound(k->err, k->size,
			     "the post at instant %" PRIu32 " of window %" PRIu32 " has no fate",
			     k->post.seq, k->w->number);
}

static int no_room(struct walk *k, size_t nr, size_t max, const char *what)
{
	if (nr < max)
		return -ENOMEM;
	return sweep_unsound(k->err, k->size, "more than %zu %s", max, what);
}

/* Which sweep's, and where it lies. */
static int place_window(struct walk *k, const struct pb_event *e, struct pb_sweep_window *w)
{
	const struct pb_plan_sweep *asked;

	if (e->source >= k->s->nr_asked)
		return sweep_unsound(k->err, k->size,
				     "window %" PRIu32 " is of sweep %u, the plan has %" PRIu32,
				     e->seq, e->source, k->s->nr_asked);
	asked = &k->plan->sweep[e->source];
	if (e->vector != asked->window)
		return sweep_unsound(k->err, k->size,
				     "window %" PRIu32 " is of kind %u, the plan asks for %" PRIu32,
				     e->seq, e->vector, asked->window);
	if (w->instants > asked->length)
		return sweep_unsound(k->err, k->size,
				     "window %" PRIu32 " has %" PRIu32
				     " instants, the plan allows %" PRIu32,
				     e->seq, w->instants, asked->length);
	if (!e->source) {
		k->around = (uint32_t)k->s->nr_windows - 1;
		return 0;
	}
	if (k->around == PB_SWEEP_NONE)
		return sweep_unsound(k->err, k->size, "an inner window before any outer one");
	w->around = k->around;
	return 0;
}

static int take_window(struct walk *k, const struct pb_event *e)
{
	int ret = end_post(k);

	if (ret)
		return ret;
	k->w = sweep_add_window(k->s);
	if (!k->w)
		return no_room(k, k->s->nr_windows, PB_SWEEP_MAX_WINDOWS, "windows");
	k->swept = false;
	k->i = 0;
	k->w->number = e->seq;
	k->w->kind = e->vector;
	k->w->sweep = e->source;
	k->w->instants = PB_WINDOW_ARG_LENGTH(e->arg);
	k->w->outer = PB_WINDOW_ARG_OUTER(e->arg);
	k->w->flags = e->flags;
	k->w->vcpu = e->vcpu;
	k->w->cpu = e->cpu;
	return place_window(k, e, k->w);
}

static int take_bound(struct walk *k, const struct pb_event *e)
{
	struct pb_sweep_interval *i;

	if (!k->w || k->swept)
		return sweep_unsound(k->err, k->size,
				     "an interval at instant %" PRIu32 " outside of a window's",
				     e->seq);
	i = sweep_add_interval(k->s);
	if (!i)
		return no_room(k, k->s->nr_intervals, PB_SWEEP_MAX_INTERVALS, "intervals");
	if (e->seq >= k->w->instants || (k->w->nr > 1 && e->seq <= i[-1].first))
		return sweep_unsound(k->err, k->size,
				     "window %" PRIu32 " has an interval at instant %" PRIu32
				     ", which is out of order or not in it",
				     k->w->number, e->seq);
	if (k->w->nr > 1)
		i[-1].last = e->seq - 1;
	if (e->vector > 1)
		return sweep_unsound(k->err, k->size,
				     "the interval at instant %" PRIu32 " has access %u", e->seq,
				     e->vector);
	i->first = e->seq;
	i->last = k->w->instants - 1;
	i->cpu = e->cpu;
	i->bound = e->flags;
	i->store = e->vector;
	i->rip = e->arg;
	return 0;
}

static struct pb_sweep_interval *interval_of(const struct walk *k)
{
	return &k->s->interval[k->w->at + k->i];
}

static int take_swept(struct walk *k, const struct pb_event *e)
{
	int ret;

	if (!k->w || !k->w->nr)
		return sweep_unsound(k->err, k->size,
				     "a post at instant %" PRIu32 " of no interval", e->seq);
	ret = end_post(k);
	if (ret)
		return ret;
	if (!sweep_is_swept(k->s, k->w))
		return sweep_unsound(k->err, k->size, "a post in an outer window");
	if (k->swept && e->seq <= k->instant)
		return sweep_unsound(k->err, k->size,
				     "posts at instants %" PRIu32 " and %" PRIu32
				     " of window %" PRIu32 " are out of order",
				     k->instant, e->seq, k->w->number);
	while (k->i + 1 < k->w->nr && interval_of(k)->last < e->seq)
		k->i++;
	if (interval_of(k)->last < e->seq)
		return sweep_unsound(k->err, k->size,
				     "a post at instant %" PRIu32 " of the %" PRIu32
				     " of window %" PRIu32,
				     e->seq, k->w->instants, k->w->number);
	k->swept = true;
	k->instant = e->seq;
	k->post = *e;
	return 0;
}

/* What is undecided contradicts nothing, and proves nothing. */
static bool agree(const struct pb_sweep_interval *i, uint16_t outcome, uint16_t fate)
{
	if (i->outcome != outcome)
		return false;
	return i->fate == fate || (i->fate & PB_EVF_FATE_UNDECIDED) ||
	       (fate & PB_EVF_FATE_UNDECIDED);
}

/* Of fates that agree the one that counts: a loss, then what is not known. */
static uint16_t worse(const struct pb_sweep_interval *i, uint16_t fate)
{
	const struct pb_sweep_interval other = {.fate = fate};

	if (sweep_is_lost(i) != sweep_is_lost(&other))
		return sweep_is_lost(i) ? i->fate : fate;
	return i->fate & PB_EVF_FATE_UNDECIDED ? i->fate : fate;
}

static int merge_fate(struct walk *k, struct pb_sweep_interval *i, uint16_t outcome, uint16_t fate,
		      uint64_t delay)
{
	if (!i->tried++) {
		i->outcome = outcome;
		i->fate = fate;
		i->delay = delay;
		return 0;
	}
	if (!agree(i, outcome, fate))
		return sweep_unsound(k->err, k->size,
				     "the intervals are wrong: in that of instants %" PRIu32
				     "..%" PRIu32 " of window %" PRIu32
				     " a post was %s, %s, but at instant %" PRIu32 " %s, %s",
				     i->first, i->last, k->w->number,
				     sweep_outcome_name(i->outcome), sweep_fate_name(i->fate),
				     k->post.seq, sweep_outcome_name(outcome),
				     sweep_fate_name(fate));
	i->fate = worse(i, fate);
	return 0;
}

static int take_fate(struct walk *k, const struct pb_event *e)
{
	const struct pb_event *post = &k->post;
	int ret;

	if (!post->kind || post->seq != e->seq)
		return sweep_unsound(k->err, k->size,
				     "a fate at instant %" PRIu32 " without a post there", e->seq);
	if (e->tsc < post->tsc)
		return sweep_unsound(k->err, k->size,
				     "the fate at instant %" PRIu32 " is before its post", e->seq);
	if (!sweep_is_one(post->flags & SWEEP_OUTCOMES) ||
	    post->flags & ~(SWEEP_OUTCOMES | PB_EVF_COALESCED))
		return sweep_unsound(k->err, k->size,
				     "the post at instant %" PRIu32 " has flags 0x%04x", e->seq,
				     post->flags);
	if ((e->flags & PB_EVF_FATE_STRANDED) && (e->arg & (PID_ON | PID_SN)))
		return sweep_unsound(k->err, k->size,
				     "stranded at instant %" PRIu32 " with ON=%d, SN=%d", e->seq,
				     !!(e->arg & PID_ON), !!(e->arg & PID_SN));
	ret = merge_fate(k, interval_of(k), post->flags & SWEEP_OUTCOMES, e->flags,
			 e->tsc - post->tsc);
	k->post.kind = 0;
	return ret;
}

static int take_records(struct walk *k, const struct pb_run *truth)
{
	const struct pb_event *e = run_events(truth);
	int ret = 0;

	for (uint64_t n = 0; n < truth->nr_events && !ret; n++, e++) {
		switch (e->kind) {
		case PB_TR_WINDOW:
			ret = take_window(k, e);
			break;
		case PB_TR_BOUND:
			ret = take_bound(k, e);
			break;
		case PB_TR_SWEPT:
			ret = take_swept(k, e);
			break;
		case PB_TR_FATE:
			ret = take_fate(k, e);
			break;
		default:
			break;
		}
	}
	return ret ? ret : end_post(k);
}

int sweep_build(const struct pb_plan *plan, const struct pb_run *truth, struct pb_sweep **out,
		char *err, size_t size)
{
	struct walk k = {.plan = plan, .around = PB_SWEEP_NONE, .err = err, .size = size};
	int ret;

	*out = NULL;
	k.s = calloc(1, sizeof(*k.s));
	if (!k.s)
		return -ENOMEM;
	k.s->nr_asked = plan->nr_sweeps < PB_MAX_SWEEPS ? plan->nr_sweeps : PB_MAX_SWEEPS;
	for (uint32_t i = 0; i < k.s->nr_asked; i++)
		k.s->asked[i] = (struct pb_sweep_asked){.window = plan->sweep[i].window,
							.event = plan->sweep[i].event,
							.stride = plan->sweep[i].stride,
							.windows = plan->sweep[i].windows};
	ret = take_records(&k, truth);
	if (!ret && k.s->nr_asked)
		ret = sweep_check(k.s, err, size);
	if (ret || !k.s->nr_asked)
		sweep_free(k.s);
	else
		*out = k.s;
	return ret;
}
