// SPDX-License-Identifier: LGPL-2.1-or-later
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "analysis/sweep.h"
#include "util/text.h"

const char *sweep_window_text(uint32_t kind)
{
	static const char *const text[] = {
		[PB_WINDOW_NONE] = "none",
		[PB_WINDOW_PREEMPT] = "preempt to resume",
		[PB_WINDOW_HALT] = "halt to wake",
		[PB_WINDOW_MIGRATE] = "put to load on another CPU",
		[PB_WINDOW_SYNC] = "VM exit to VM entry",
		[PB_WINDOW_ROUTE] = "route update",
	};

	return kind < PB_WINDOW_KINDS ? text[kind] : "?";
}

const char *sweep_number(uint64_t n, char *buf, size_t size)
{
	struct text t = {.buf = buf, .size = size};
	char digits[24];
	int len = snprintf(digits, sizeof(digits), "%" PRIu64, n);

	for (int i = 0; i < len; i++)
		text_add(&t, "%s%c", i && (len - i) % 3 == 0 ? "," : "", digits[i]);
	return buf;
}

const char *sweep_outcome_name(uint16_t outcome)
{
	static const struct {
		uint16_t flag;
		const char *name;
	} names[] = {
		{PB_EVF_NOTIFIED, "notified"},       {PB_EVF_SUPPRESSED, "suppressed"},
		{PB_EVF_OUTSTANDING, "outstanding"}, {PB_EVF_REMAPPED, "remapped"},
		{PB_EVF_BLOCKED, "blocked"},         {PB_EVF_MASKED, "masked"},
		{PB_EVF_COMPAT, "compatibility"},
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (outcome & names[i].flag)
			return names[i].name;
	return "not tried";
}

const char *sweep_fate_name(uint16_t fate)
{
	if (fate & PB_EVF_FATE_STRANDED)
		return "stranded";
	if (fate & PB_EVF_FATE_MISSED)
		return "missed";
	if (fate & PB_EVF_FATE_PASSED)
		return "late";
	if (fate & PB_EVF_FATE_DELIVERED)
		return "delivered";
	if (fate & PB_EVF_FATE_UNDECIDED)
		return "undecided";
	return fate & PB_EVF_FATE_NO_POST ? "no post" : "not tried";
}

const char *sweep_place(const struct pb_sweep_interval *i, char *buf, size_t size)
{
	if (i->at[0])
		snprintf(buf, size, "%s", i->at);
	else
		snprintf(buf, size, "0x%" PRIx64, i->rip);
	return buf;
}

/* ---- bounds ------------------------------------------------------------------------ */

/*
 * What a post finds tells the PID's state: so the two intervals beside a bound
 * tell what the bounding instruction made of it. NULL: they do not.
 */
static const char *pid_change(const struct pb_sweep_interval *i)
{
	uint16_t before = i[-1].outcome, after = i->outcome;

	if (before == after || !(i->bound & PB_EVF_BOUND_PID) || !i->store)
		return NULL;
	if (before == PB_EVF_NOTIFIED && after == PB_EVF_SUPPRESSED)
		return "SN set";
	if (before == PB_EVF_SUPPRESSED && after == PB_EVF_NOTIFIED)
		return "SN cleared";
	if (after == PB_EVF_OUTSTANDING)
		return "ON set";
	if (before == PB_EVF_OUTSTANDING)
		return "ON cleared";
	return NULL;
}

static const char *window_begin(uint32_t kind)
{
	switch (kind) {
	case PB_WINDOW_PREEMPT:
	case PB_WINDOW_MIGRATE:
		return "SN set";
	case PB_WINDOW_HALT:
		return "VM exit: HLT";
	case PB_WINDOW_SYNC:
		return "VM exit";
	default:
		return "begin";
	}
}

static void add_bounds(struct text *t, const struct pb_sweep_interval *i)
{
	const char *done = i->store ? "stored" : "loaded";
	struct {
		uint16_t flag;
		const char *text, *more;
	} what[] = {
		{PB_EVF_BOUND_ENTRY, "VM entry", ""},
		{PB_EVF_BOUND_EXIT, "VM exit", ""},
		{PB_EVF_BOUND_PID, "PID ", done},
		{PB_EVF_BOUND_VAPIC, "virtual-APIC page ", done},
		{PB_EVF_BOUND_VCPU, "vCPU word ", done},
		{PB_EVF_BOUND_IRTE, "IRTE changed or flushed", ""},
		{PB_EVF_BOUND_MASK, "CPU interruptible or not", ""},
	};

	for (size_t n = 0; n < sizeof(what) / sizeof(what[0]); n++)
		if (i->bound & what[n].flag)
			text_add(t, "%s%s%s", t->len ? ", " : "", what[n].text, what[n].more);
}

const char *sweep_bound(const struct pb_sweep *s, const struct pb_sweep_window *w, uint32_t i,
			char *buf, size_t size)
{
	const struct pb_sweep_interval *x = &s->interval[w->at + i];
	struct text t = {.buf = buf, .size = size};
	const char *change = i ? pid_change(x) : window_begin(w->kind);

	buf[0] = '\0';
	if (i)
		add_bounds(&t, x);
	if (change)
		text_add(&t, "%s%s", t.len ? ": " : "", change);
	return buf;
}

const char *sweep_edge(const struct pb_sweep *s, const struct pb_sweep_window *w, uint32_t i,
		       char *buf, size_t size)
{
	const char *change = i ? pid_change(&s->interval[w->at + i]) : window_begin(w->kind);

	if (!change)
		return sweep_bound(s, w, i, buf, size);
	snprintf(buf, size, "%s", change);
	return buf;
}

/* ---- stretches and sums -------------------------------------------------------------- */

/* The fate of most of its intervals; the others are named by it, too. */
static const char *stretch_fate(const struct pb_sweep *s, const struct pb_sweep_stretch *x)
{
	static const uint16_t fates[] = {PB_EVF_FATE_STRANDED, PB_EVF_FATE_MISSED,
					 PB_EVF_FATE_PASSED};
	const char *best = "lost";
	uint32_t most = 0;

	for (size_t f = 0; f < sizeof(fates) / sizeof(fates[0]); f++) {
		const char *name = sweep_fate_name(fates[f]);
		uint32_t nr = 0;

		for (uint32_t i = x->from; i <= x->to; i++)
			nr += !strcmp(sweep_fate_name(s->interval[i].fate), name);
		if (nr > most) {
			most = nr;
			best = name;
		}
	}
	return best;
}

const char *sweep_stretch_text(const struct pb_sweep *s, const struct pb_sweep_stretch *x,
			       char *buf, size_t size)
{
	const struct pb_sweep_window *w = &s->window[x->window];
	const struct pb_sweep_interval *from = &s->interval[x->from], *to = &s->interval[x->to];
	char place[SWEEP_TEXT], edge[SWEEP_TEXT];
	struct text t = {.buf = buf, .size = size};

	text_add(&t, "instants %" PRIu32 "..%" PRIu32 " of %" PRIu32 ", from %s (%s) to ",
		 from->first, to->last, w->instants, sweep_place(from, place, sizeof(place)),
		 sweep_edge(s, w, x->from - w->at, edge, sizeof(edge)));
	if (x->to + 1 == w->at + w->nr)
		text_add(&t, "the window's end");
	else
		text_add(&t, "%s (%s)", sweep_place(to + 1, place, sizeof(place)),
			 sweep_edge(s, w, x->to + 1 - w->at, edge, sizeof(edge)));
	text_add(&t, ": %s", stretch_fate(s, x));
	return buf;
}

const char *sweep_window_place(const struct pb_sweep *s, uint32_t window, char *buf, size_t size)
{
	const struct pb_sweep_window *w = &s->window[window];

	if (w->around < s->nr_windows)
		snprintf(buf, size,
			 "window %" PRIu32 " (%s) within instant %" PRIu32 " of window %" PRIu32,
			 w->number, sweep_window_text(w->kind), w->outer,
			 s->window[w->around].number);
	else
		snprintf(buf, size, "window %" PRIu32, w->number);
	return buf;
}

static const char *plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}

/* A reason more why a sweep is not complete. */
static void add_gap(struct text *t, uint64_t n, const char *what, const char *why)
{
	char number[32];

	if (n)
		text_add(t, "%s%s %s%s %s", t->len ? ", " : "",
			 sweep_number(n, number, sizeof(number)), what, plural(n), why);
}

const char *sweep_gaps_text(const struct pb_sweep_sums *sums, char *buf, size_t size)
{
	struct text t = {.buf = buf, .size = size};

	buf[0] = '\0';
	if (!sums->windows && !sums->inner)
		text_add(&t, "no window came");
	else if (!sums->intervals)
		text_add(&t, "nothing was swept");
	add_gap(&t, sums->undecided, "interval", "undecided");
	add_gap(&t, sums->no_post, "interval", "in which no interrupt was posted");
	add_gap(&t, sums->untried, sums->outer_instants ? "place" : "interval", "not tried");
	add_gap(&t, sums->open, "window", "longer than allowed");
	add_gap(&t, sums->cut, "window", "beyond the budget");
	if (sums->windows || sums->inner)
		add_gap(&t, sums->absent, "window", "that did not come");
	return buf;
}

const char *sweep_sums_text(const struct pb_sweep_sums *sums, char *buf, size_t size)
{
	char number[32], gaps[256];
	struct text t = {.buf = buf, .size = size};
	uint64_t swept = sums->inner ? sums->inner - sums->alike - sums->unopened : sums->windows;

	text_add(&t, "%s: ",
		 sweep_complete(sums) ? "complete"
		 : sweep_done(sums)   ? "done as asked"
				      : "not complete");
	text_add(&t, "%s interval%s", sweep_number(sums->intervals, number, sizeof(number)),
		 plural(sums->intervals));
	text_add(&t, " (%s instants)", sweep_number(sums->instants, number, sizeof(number)));
	text_add(&t, " in %s window%s", sweep_number(swept, number, sizeof(number)), plural(swept));
	if (sums->inner) {
		text_add(&t, " within %s", sweep_number(sums->outer, number, sizeof(number)));
		text_add(&t, " of %s outer instants",
			 sweep_number(sums->outer_instants, number, sizeof(number)));
	}
	if (sums->alike)
		text_add(&t, ", %s more alike", sweep_number(sums->alike, number, sizeof(number)));
	text_add(&t, ", %s lost", sweep_number(sweep_lost(sums), number, sizeof(number)));
	if (sums->tried > sums->intervals)
		text_add(&t, "; %s instants tried, all alike within their intervals",
			 sweep_number(sums->tried, number, sizeof(number)));
	if (sweep_gaps_text(sums, gaps, sizeof(gaps))[0])
		text_add(&t, "; %s", gaps);
	return buf;
}
