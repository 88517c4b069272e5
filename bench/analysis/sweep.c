// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/sweep_int.h"

#define POSTED       (PB_EVF_NOTIFIED | PB_EVF_SUPPRESSED | PB_EVF_OUTSTANDING)
#define WINDOW_FLAGS (PB_EVF_WINDOW_OPEN | PB_EVF_WINDOW_CUT | PB_EVF_WINDOW_ALIKE)

int sweep_unsound(char *err, size_t size, const char *fmt, ...)
{
	va_list ap;
	int n = snprintf(err, size, "sweep: ");

	if (n < 0 || (size_t)n >= size)
		return -EPROTO;
	va_start(ap, fmt);
	vsnprintf(err + n, size - (size_t)n, fmt, ap);
	va_end(ap);
	return -EPROTO;
}

/* ---- memory ---------------------------------------------------------------------- */

struct pb_sweep_window *sweep_add_window(struct pb_sweep *s)
{
	struct pb_sweep_window *w;

	if (s->nr_windows == PB_SWEEP_MAX_WINDOWS)
		return NULL;
	if (s->nr_windows == s->max_windows) {
		size_t max = s->max_windows ? 2 * s->max_windows : 16;

		w = reallocarray(s->window, max, sizeof(*w));
		if (!w)
			return NULL;
		s->window = w;
		s->max_windows = max;
	}
	w = &s->window[s->nr_windows++];
	*w = (struct pb_sweep_window){.around = PB_SWEEP_NONE, .at = (uint32_t)s->nr_intervals};
	return w;
}

struct pb_sweep_interval *sweep_add_interval(struct pb_sweep *s)
{
	struct pb_sweep_interval *i;

	if (!s->nr_windows || s->nr_intervals == PB_SWEEP_MAX_INTERVALS)
		return NULL;
	if (s->nr_intervals == s->max_intervals) {
		size_t max = s->max_intervals ? 2 * s->max_intervals : 64;

		i = reallocarray(s->interval, max, sizeof(*i));
		if (!i)
			return NULL;
		s->interval = i;
		s->max_intervals = max;
	}
	i = &s->interval[s->nr_intervals++];
	memset(i, 0, sizeof(*i));
	s->window[s->nr_windows - 1].nr++;
	return i;
}

void sweep_free(struct pb_sweep *s)
{
	if (!s)
		return;
	free(s->window);
	free(s->interval);
	free(s);
}

struct pb_sweep *sweep_copy(const struct pb_sweep *s)
{
	struct pb_sweep *copy = malloc(sizeof(*copy));

	if (!copy)
		return NULL;
	*copy = *s;
	copy->window = calloc(s->nr_windows + 1, sizeof(*s->window));
	copy->interval = calloc(s->nr_intervals + 1, sizeof(*s->interval));
	if (!copy->window || !copy->interval) {
		sweep_free(copy);
		return NULL;
	}
	copy->max_windows = s->nr_windows + 1;
	copy->max_intervals = s->nr_intervals + 1;
	if (s->nr_windows)
		memcpy(copy->window, s->window, s->nr_windows * sizeof(*s->window));
	if (s->nr_intervals)
		memcpy(copy->interval, s->interval, s->nr_intervals * sizeof(*s->interval));
	return copy;
}

/* ---- does it hold together? ---------------------------------------------------------- */

struct check {
	const struct pb_sweep *s;
	const struct pb_sweep_window *w;
	char *err;
	size_t size;
};

static int check_fate(const struct check *c, const struct pb_sweep_interval *i)
{
	uint16_t known = PB_SWEEP_FATES | PB_EVF_FATE_PASSED;

	if (!i->tried)
		return !i->outcome && !i->fate && !i->delay
			       ? 0
			       : sweep_unsound(c->err, c->size,
					       "a fate at instant %" PRIu32 " without a post",
					       i->first);
	if (!sweep_is_one(i->outcome & SWEEP_OUTCOMES) || i->outcome & ~SWEEP_OUTCOMES)
		return sweep_unsound(c->err, c->size, "outcome 0x%04x at instant %" PRIu32,
				     i->outcome, i->first);
	if (!sweep_is_one(i->fate & PB_SWEEP_FATES) || i->fate & ~known)
		return sweep_unsound(c->err, c->size, "fate 0x%04x at instant %" PRIu32, i->fate,
				     i->first);
	/* What was masked is posted later. */
	if ((i->fate & (PB_EVF_FATE_PASSED | PB_EVF_FATE_STRANDED)) &&
	    !(i->outcome & (POSTED | PB_EVF_MASKED)))
		return sweep_unsound(c->err, c->size,
				     "in the PIR at instant %" PRIu32 ", but never posted",
				     i->first);
	if ((i->fate & PB_EVF_FATE_NO_POST) &&
	    (i->outcome & POSTED || i->fate & PB_EVF_FATE_PASSED))
		return sweep_unsound(c->err, c->size, "posted and not posted at instant %" PRIu32,
				     i->first);
	if (i->tried > i->last - i->first + 1)
		return sweep_unsound(c->err, c->size,
				     "%" PRIu32 " posts at the instants %" PRIu32 "..%" PRIu32,
				     i->tried, i->first, i->last);
	return 0;
}

static int check_interval(const struct check *c, uint32_t n)
{
	const struct pb_sweep_interval *i = &c->s->interval[c->w->at + n];
	uint32_t begin = n ? i[-1].last + 1 : 0;

	if (i->first != begin || i->last < i->first || i->last >= c->w->instants)
		return sweep_unsound(c->err, c->size,
				     "an interval of instants %" PRIu32 "..%" PRIu32
				     ", which must begin at %" PRIu32 " and end before %" PRIu32,
				     i->first, i->last, begin, c->w->instants);
	if (i->bound & ~PB_SWEEP_BOUNDS)
		return sweep_unsound(c->err, c->size, "bound 0x%04x at instant %" PRIu32, i->bound,
				     i->first);
	if (n && !i->bound)
		return sweep_unsound(c->err, c->size,
				     "nothing bounds the interval at instant %" PRIu32, i->first);
	if (i->tried && (!sweep_is_swept(c->s, c->w) || c->w->flags & PB_EVF_WINDOW_ALIKE))
		return sweep_unsound(c->err, c->size,
				     "a post at instant %" PRIu32 " of a window that is not swept",
				     i->first);
	return check_fate(c, i);
}

/* The same accesses in the same order. */
static bool same_accesses(const struct pb_sweep *s, const struct pb_sweep_window *a,
			  const struct pb_sweep_window *b)
{
	const struct pb_sweep_interval *x = &s->interval[a->at], *y = &s->interval[b->at];

	if (a->nr != b->nr || a->kind != b->kind)
		return false;
	for (uint32_t i = 0; i < a->nr; i++)
		if (x[i].bound != y[i].bound || x[i].store != y[i].store)
			return false;
	return true;
}

static int check_alike(const struct check *c)
{
	for (const struct pb_sweep_window *w = c->s->window; w < c->w; w++)
		if (sweep_is_swept(c->s, w) && !(w->flags & PB_EVF_WINDOW_ALIKE) && w->nr &&
		    (!c->w->nr || same_accesses(c->s, w, c->w)))
			return 0;
	return sweep_unsound(c->err, c->size,
			     "the window of outer instant %" PRIu32 " is like none that was swept",
			     c->w->outer);
}

/* Windows of one sweep are in order; inner ones are of an instant that there is. */
static int check_order(const struct check *c, const struct pb_sweep_window *before)
{
	const struct pb_sweep_window *w = c->w, *around;

	if (!w->sweep) {
		if (w->around != PB_SWEEP_NONE || w->outer)
			return sweep_unsound(c->err, c->size, "an outer window within another");
		return w->number > (before ? before->number : 0)
			       ? 0
			       : sweep_unsound(c->err, c->size, "it is out of order");
	}
	around = &c->s->window[w->around];
	if (w->outer >= around->instants)
		return sweep_unsound(c->err, c->size, "outer instant %" PRIu32 ", of %" PRIu32,
				     w->outer, around->instants);
	if (before && before->around == w->around &&
	    (before->outer > w->outer ||
	     (before->outer == w->outer && before->number >= w->number)))
		return sweep_unsound(c->err, c->size, "it is out of order");
	return 0;
}

/* With a branch for each interval, or for each instant, none may be left out. */
static int check_tried(const struct check *c)
{
	uint32_t stride = c->s->asked[c->w->sweep].stride;

	if (!sweep_is_swept(c->s, c->w) || stride > 1 ||
	    c->w->flags & (PB_EVF_WINDOW_CUT | PB_EVF_WINDOW_ALIKE))
		return 0;
	for (uint32_t n = 0; n < c->w->nr; n++) {
		const struct pb_sweep_interval *i = &c->s->interval[c->w->at + n];

		if (!i->tried || (stride && i->tried != i->last - i->first + 1))
			return sweep_unsound(c->err, c->size,
					     "%" PRIu32
					     " posts in the interval of instants %" PRIu32
					     "..%" PRIu32 ", which is not all",
					     i->tried, i->first, i->last);
	}
	return 0;
}

static int check_window(const struct check *c, const struct pb_sweep_window *before, size_t at)
{
	const struct pb_sweep_window *w = c->w;
	bool empty = !sweep_is_swept(c->s, w) || w->flags & PB_EVF_WINDOW_ALIKE ||
		     (w->sweep && !w->instants);
	int ret = 0;

	if (w->sweep >= c->s->nr_asked || w->kind != c->s->asked[w->sweep].window || !w->number ||
	    w->at != at || w->nr > c->s->nr_intervals - at)
		return sweep_unsound(c->err, c->size, "it is not one that was asked for");
	if (w->sweep && w->around >= (size_t)(w - c->s->window))
		return sweep_unsound(c->err, c->size, "it is within no other");
	if (w->flags & ~WINDOW_FLAGS || (w->flags & PB_EVF_WINDOW_ALIKE && !w->sweep))
		return sweep_unsound(c->err, c->size, "flags 0x%04x", w->flags);
	if (!w->nr && !empty)
		return sweep_unsound(c->err, c->size, "it has no intervals");
	for (uint32_t n = 0; n < w->nr && !ret; n++)
		ret = check_interval(c, n);
	if (!ret && w->nr && c->s->interval[w->at + w->nr - 1].last + 1 != w->instants)
		ret = sweep_unsound(c->err, c->size, "its intervals end before its instants do");
	if (!ret)
		ret = check_order(c, before);
	if (!ret)
		ret = check_tried(c);
	if (!ret && w->flags & PB_EVF_WINDOW_ALIKE)
		ret = check_alike(c);
	return ret;
}

int sweep_check(const struct pb_sweep *s, char *err, size_t size)
{
	const struct pb_sweep_window *before[PB_MAX_SWEEPS] = {0};
	size_t at = 0;

	if (!s->nr_asked || s->nr_asked > PB_MAX_SWEEPS)
		return sweep_unsound(err, size, "%" PRIu32 " sweeps", s->nr_asked);
	for (size_t n = 0; n < s->nr_windows; n++) {
		struct check c = {.s = s, .w = &s->window[n]};
		char why[192];
		int ret;

		c.err = why;
		c.size = sizeof(why);
		ret = check_window(&c, c.w->sweep < PB_MAX_SWEEPS ? before[c.w->sweep] : NULL, at);
		if (ret)
			return sweep_unsound(err, size, "window %" PRIu32 ": %s", c.w->number,
					     why + strlen("sweep: "));
		at += c.w->nr;
		before[c.w->sweep] = c.w;
	}
	if (at != s->nr_intervals)
		return sweep_unsound(err, size, "intervals of no window");
	return 0;
}
