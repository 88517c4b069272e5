// SPDX-License-Identifier: LGPL-2.1-or-later
#include "analysis/sweep.h"

#define SUM(m)                                        \
	{                                             \
#m, offsetof(struct pb_sweep_sums, m) \
	}

const struct sweep_sums_name sweep_sums_names[] = {
	SUM(windows),  SUM(inner),      SUM(intervals),      SUM(instants),
	SUM(tried),    SUM(suppressed), SUM(stranded),       SUM(missed),
	SUM(late),     SUM(undecided),  SUM(no_post),        SUM(untried),
	SUM(open),     SUM(cut),        SUM(absent),         SUM(alike),
	SUM(unopened), SUM(outer),      SUM(outer_instants),
};
const size_t nr_sweep_sums_names = sizeof(sweep_sums_names) / sizeof(sweep_sums_names[0]);
_Static_assert(sizeof(sweep_sums_names) / sizeof(sweep_sums_names[0]) ==
		       sizeof(struct pb_sweep_sums) / sizeof(uint64_t),
	       "all named");

static uint64_t *sum_of(struct pb_sweep_sums *sums, size_t i)
{
	return (uint64_t *)((char *)sums + sweep_sums_names[i].offset);
}

static void sum_interval(const struct pb_sweep_interval *i, struct pb_sweep_sums *sums)
{
	sums->intervals++;
	sums->tried += i->tried;
	if (i->outcome & PB_EVF_SUPPRESSED)
		sums->suppressed += i->tried;
	if (!i->tried)
		sums->untried++;
	else if (i->fate & PB_EVF_FATE_STRANDED)
		sums->stranded++;
	else if (i->fate & PB_EVF_FATE_MISSED)
		sums->missed++;
	else if (i->fate & PB_EVF_FATE_PASSED)
		sums->late++;
	else if (i->fate & PB_EVF_FATE_UNDECIDED)
		sums->undecided++;
	else if (i->fate & PB_EVF_FATE_NO_POST)
		sums->no_post++;
}

/* At how many of a window's instants the outer event was tried. */
static void sum_outer(const struct pb_sweep *s, uint32_t index, struct pb_sweep_sums *sums)
{
	const struct pb_sweep_window *w = &s->window[index];
	uint32_t stride = s->asked[0].stride ? s->asked[0].stride : 1;
	uint32_t tried = 0, asked;

	/* 0, stride, 2 * stride, ... */
	asked = (uint32_t)((w->instants + (uint64_t)stride - 1) / stride);
	/* Inner windows are in the order of their outer instants. */
	for (uint32_t n = index + 1; n < s->nr_windows && s->window[n].sweep; n++)
		tried += n == index + 1 || s->window[n].outer != s->window[n - 1].outer;
	sums->outer += tried;
	sums->outer_instants += w->instants;
	if (tried < asked && !(w->flags & PB_EVF_WINDOW_CUT))
		sums->untried += asked - tried;
}

static void sum_window(const struct pb_sweep *s, uint32_t index, struct pb_sweep_sums *sums)
{
	const struct pb_sweep_window *w = &s->window[index];

	if (w->sweep)
		sums->inner++;
	else
		sums->windows++;
	sums->open += !!(w->flags & PB_EVF_WINDOW_OPEN);
	sums->cut += !!(w->flags & PB_EVF_WINDOW_CUT);
	if (!sweep_is_swept(s, w)) {
		sum_outer(s, index, sums);
	} else if (w->flags & PB_EVF_WINDOW_ALIKE) {
		sums->alike++;
	} else if (!w->nr) {
		sums->unopened++;
	} else {
		sums->instants += w->instants;
		for (uint32_t i = 0; i < w->nr; i++)
			sum_interval(&s->interval[w->at + i], sums);
	}
}

void sweep_sum_window(const struct pb_sweep *s, uint32_t window, struct pb_sweep_sums *sums)
{
	struct pb_sweep_sums own = {0};

	sum_window(s, window, &own);
	while (++window < s->nr_windows && s->window[window].sweep)
		sum_window(s, window, &own);
	sweep_sums_add(sums, &own);
}

void sweep_sum(const struct pb_sweep *s, struct pb_sweep_sums *sums)
{
	struct pb_sweep_sums own = {0};

	for (uint32_t i = 0; i < s->nr_windows; i++)
		sum_window(s, i, &own);
	if (own.windows < s->asked[0].windows)
		own.absent += s->asked[0].windows - own.windows;
	sweep_sums_add(sums, &own);
}

void sweep_sums_add(struct pb_sweep_sums *sums, const struct pb_sweep_sums *add)
{
	struct pb_sweep_sums copy = *add;

	for (size_t i = 0; i < nr_sweep_sums_names; i++)
		*sum_of(sums, i) += *sum_of(&copy, i);
}

uint64_t sweep_lost(const struct pb_sweep_sums *sums)
{
	return sums->stranded + sums->missed + sums->late;
}

bool sweep_done(const struct pb_sweep_sums *sums)
{
	return sums->intervals && !sums->undecided && !sums->no_post && !sums->untried &&
	       !sums->open && !sums->cut && !sums->absent;
}

bool sweep_complete(const struct pb_sweep_sums *sums)
{
	return sweep_done(sums) && sums->outer == sums->outer_instants;
}

bool sweep_stretch(const struct pb_sweep *s, uint32_t *at, struct pb_sweep_stretch *out)
{
	for (uint32_t n = 0; n < s->nr_windows; n++) {
		const struct pb_sweep_window *w = &s->window[n];
		uint32_t i = *at > w->at ? *at : w->at, end = w->at + w->nr;

		while (i < end && !sweep_is_lost(&s->interval[i]))
			i++;
		if (i >= end)
			continue;
		*out = (struct pb_sweep_stretch){.window = n, .from = i, .to = i};
		while (out->to + 1 < end && sweep_is_lost(&s->interval[out->to + 1]))
			out->to++;
		*at = out->to + 1;
		return true;
	}
	return false;
}
