/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sweep.h - what a sweep found: windows, their intervals, and the fate of a
 * post in each (docs/sweeps.md). Made from the truth of one branch, which is
 * where the machine tells it (PB_TR_WINDOW and what follows, shared/event.h).
 */
#ifndef PB_ANALYSIS_SWEEP_H
#define PB_ANALYSIS_SWEEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/event.h"
#include "shared/plan.h"
#include "shared/run.h"

/* Of one branch; what has more is refused. */
#define PB_SWEEP_MAX_WINDOWS   16384u
#define PB_SWEEP_MAX_INTERVALS 65536u
#define PB_SWEEP_NONE          UINT32_MAX

/* Fates, and what posts found, in PB_EVF_ flags. */
#define PB_SWEEP_FATES                                                       \
	(PB_EVF_FATE_DELIVERED | PB_EVF_FATE_STRANDED | PB_EVF_FATE_MISSED | \
	 PB_EVF_FATE_UNDECIDED | PB_EVF_FATE_NO_POST)
#define PB_SWEEP_BOUNDS                                                                  \
	(PB_EVF_BOUND_PID | PB_EVF_BOUND_IRTE | PB_EVF_BOUND_VAPIC | PB_EVF_BOUND_VCPU | \
	 PB_EVF_BOUND_ENTRY | PB_EVF_BOUND_EXIT | PB_EVF_BOUND_MASK)

/* What the plan asked for. */
struct pb_sweep_asked {
	uint32_t window; /* enum pb_window */
	uint32_t event; /* enum pb_sweep_event */
	uint32_t stride; /* 0: one branch for each interval */
	uint32_t windows;
};

struct pb_sweep_interval {
	uint32_t first, last; /* instants, both in it */
	uint32_t tried; /* instants at which a post was made; 0: it was not swept */
	uint16_t cpu; /* that executes the first instant's instruction */
	uint16_t bound; /* PB_EVF_BOUND_, of the instruction before; 0 for instant 0 */
	bool store; /* that instruction stored */
	uint16_t outcome; /* what the post found, one of TR_POST's; 0 when not tried */
	uint16_t fate; /* PB_EVF_FATE_; 0 when not tried */
	uint64_t rip; /* of the first instant */
	uint64_t delay; /* ticks from the first post that was made to its fate */
	char at[80]; /* rip as symbol+offset; empty when that is not known */
	char line[96]; /* rip as file:line of the source; empty when that is not known */
};

struct pb_sweep_window {
	uint32_t number; /* from 1; of an inner one, within its outer instant */
	uint32_t kind; /* enum pb_window */
	uint32_t sweep; /* 0, or 1 for an inner one */
	uint32_t instants; /* its length */
	uint32_t outer; /* inner: instant of the outer event */
	uint32_t around; /* inner: index of the window that it is within; else PB_SWEEP_NONE */
	uint16_t flags; /* PB_EVF_WINDOW_ */
	uint16_t vcpu, cpu; /* PID, and CPU on which it began */
	uint32_t at, nr; /* its intervals: interval[at] to interval[at + nr - 1] */
};

struct pb_sweep {
	uint32_t nr_asked; /* sweeps of the plan: 1, or 2, one within the other */
	struct pb_sweep_asked asked[PB_MAX_SWEEPS];
	struct pb_sweep_window *window; /* as they came; inner ones behind that around them */
	size_t nr_windows, max_windows;
	struct pb_sweep_interval *interval;
	size_t nr_intervals, max_intervals;
	char note[96]; /* why instants have no symbols; or empty */
};

/* Everything of one branch, or of several added up. */
struct pb_sweep_sums {
	uint64_t windows; /* of the first sweep */
	uint64_t inner; /* of the second, alike and absent ones included */
	uint64_t intervals, instants; /* of the windows in which posts are swept */
	uint64_t tried; /* posts made */
	uint64_t suppressed; /* of them: found SN=1 and ON=0 */
	/* Intervals in which a post is lost. */
	uint64_t stranded, missed;
	uint64_t late; /* a VM entry left it in PIR; it was delivered later, or undecided */
	/* Why a sweep is not complete. */
	uint64_t undecided, no_post; /* intervals */
	uint64_t untried; /* intervals, and instants of the outer event that were asked for */
	uint64_t open, cut, absent; /* windows */
	/* Inner windows. */
	uint64_t alike; /* same accesses as an earlier one */
	uint64_t unopened; /* the outer event opened none */
	uint64_t outer, outer_instants; /* at which the outer event was tried, and all there are */
};

struct sweep_sums_name {
	const char *name;
	size_t offset;
};
extern const struct sweep_sums_name sweep_sums_names[]; /* of each member, in order */
extern const size_t nr_sweep_sums_names;

/*
 * The sweep of one branch, from its plan and its truth (content PB_RUN_TRUTH,
 * checked by run_check()); *out is NULL when neither has one, else for
 * sweep_free(). -EPROTO with a line in err when the records contradict the
 * plan or each other, or when two instants of one interval differ in what
 * became of their posts (then the intervals are wrong): no verdict may rest on
 * them. -ENOMEM.
 */
int sweep_build(const struct pb_plan *plan, const struct pb_run *truth, struct pb_sweep **out,
		char *err, size_t size);
/*
 * Fill in at and line of every interval from the symbols of the kernel whose
 * image this is (host/kernel/symbols.h), or the note that says why not. NULL or
 * "": none. 0 or -ENOMEM.
 */
int sweep_places(struct pb_sweep *s, const char *image);
/* A copy; NULL: no memory. */
struct pb_sweep *sweep_copy(const struct pb_sweep *s);
void sweep_free(struct pb_sweep *s);

/*
 * Does it hold together? Intervals follow each other without a gap, from 0 to
 * their window's last instant; what is tried has one outcome and one fate;
 * flags are known; inner windows are of an instant of the outer one, and what
 * is alike has something to be like. 0, or -EPROTO with a line in err. For
 * whoever fills in a sweep from outside.
 */
int sweep_check(const struct pb_sweep *s, char *err, size_t size);
/* Room for one more, zeroed, in the last window; NULL: no memory, or too many. */
struct pb_sweep_window *sweep_add_window(struct pb_sweep *s);
struct pb_sweep_interval *sweep_add_interval(struct pb_sweep *s);

/* ---- what is to be said of it: sweep_sums.c ------------------------------------ */

/* An interval in which the kernel loses a post. */
static inline bool sweep_is_lost(const struct pb_sweep_interval *i)
{
	return i->fate & (PB_EVF_FATE_STRANDED | PB_EVF_FATE_MISSED | PB_EVF_FATE_PASSED);
}

/* Windows in which posts are swept: all but those around others. */
static inline bool sweep_is_swept(const struct pb_sweep *s, const struct pb_sweep_window *w)
{
	return w->sweep + 1 == s->nr_asked;
}

/* Add s to *sums. */
void sweep_sum(const struct pb_sweep *s, struct pb_sweep_sums *sums);
/* The same for a window of the first sweep, with what is within it. */
void sweep_sum_window(const struct pb_sweep *s, uint32_t window, struct pb_sweep_sums *sums);
void sweep_sums_add(struct pb_sweep_sums *sums, const struct pb_sweep_sums *add);
/* Intervals in which a post is lost. */
uint64_t sweep_lost(const struct pb_sweep_sums *sums);
/* All that was asked for was done, and every fate is decided. */
bool sweep_done(const struct pb_sweep_sums *sums);
/*
 * And it leaves nothing out: every interval of every window has been tried,
 * and of two events the outer one at every instant.
 */
bool sweep_complete(const struct pb_sweep_sums *sums);

/* Intervals side by side in which a post is lost. */
struct pb_sweep_stretch {
	uint32_t window; /* index */
	uint32_t from, to; /* indices of intervals, both in it */
};
/*
 * The first stretch at or behind interval *at, which is set to what follows
 * it; false: there is none. Begin with *at = 0.
 */
bool sweep_stretch(const struct pb_sweep *s, uint32_t *at, struct pb_sweep_stretch *out);

/* ---- in words: sweep_text.c ------------------------------------------------------ */

/* Some texts are put into the caller's buffer, and returned. */
#define SWEEP_TEXT 160

/* "preempt to resume", ... */
const char *sweep_window_text(uint32_t kind);
/* "notified", "suppressed", ... "not tried" */
const char *sweep_outcome_name(uint16_t outcome);
/* "delivered", "late", "stranded", ... "not tried" */
const char *sweep_fate_name(uint16_t fate);
/* Where an interval begins: symbol, or address. */
const char *sweep_place(const struct pb_sweep_interval *i, char *buf, size_t size);
/* What made interval i of w begin: "PID stored: SN cleared", "VM exit", ... */
const char *sweep_bound(const struct pb_sweep *s, const struct pb_sweep_window *w, uint32_t i,
			char *buf, size_t size);
/* The same in a word or two where a word does: "SN cleared", "PID stored". */
const char *sweep_edge(const struct pb_sweep *s, const struct pb_sweep_window *w, uint32_t i,
		       char *buf, size_t size);
/* "window 1", "window 2 within instant 310 of window 1" */
const char *sweep_window_place(const struct pb_sweep *s, uint32_t window, char *buf, size_t size);
/* "instants 310..5210 of 8020, from a+0x5c (SN set) to b+0x84 (SN cleared): stranded" */
const char *sweep_stretch_text(const struct pb_sweep *s, const struct pb_sweep_stretch *x,
			       char *buf, size_t size);
/* "complete: 212 intervals (8,020 instants) in 3 windows, 0 lost", or why it is not. */
const char *sweep_sums_text(const struct pb_sweep_sums *sums, char *buf, size_t size);
/* Why it is not complete: "1 of 212 intervals undecided, 1 window longer than..."; "" if it is. */
const char *sweep_gaps_text(const struct pb_sweep_sums *sums, char *buf, size_t size);
/* With digits in groups: "8,020". */
const char *sweep_number(uint64_t n, char *buf, size_t size);

#endif
