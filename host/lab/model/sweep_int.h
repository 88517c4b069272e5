/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sweep_int.h - what the parts of the sweep engine share.
 *
 * Processes, each forked from the one above it in the midst of an emulated
 * instruction, to go on from there:
 *
 *	main     the branch: waits at the window's beginning
 *	 scout    posts nothing, finds the intervals, ends with the window
 *	 walker   steps along the window, forks at each instant that is to be tried:
 *	  try      posts there; ends with the fate of its post
 *
 * With two sweeps the walker's children kick instead of posting, and then
 * seek the inner window, the first that opens; all of them only to scout
 * it; those that found one that is new are made once more, to sweep it: such a
 * one is a server with a scout and a walker of its own, as main is.
 */
#ifndef LAB_SWEEP_INT_H
#define LAB_SWEEP_INT_H

#include <sys/types.h>

#include "host/lab/model/lab.h"
#include "host/lab/model/sweep.h"
#include "host/lab/model/ticks.h"
#include "shared/event.h"

#define SWEEP_MAX_BOUNDS 8192u /* of a window; one that has more is left open there */
#define SWEEP_MAX_PROCS  64u
#define SWEEP_MAX_TRIES  (1u << 20) /* branches with a post, of one window */
#define SWEEP_MAX_OPENED (1u << 14) /* branches with a kick, of one window */
#define SWEEP_MARK       PB_AIM_KINDS /* what a mark of squeezer route is for sweep_window_begins() */
#define SWEEP_WINDOW_TICKS \
	(200000u * LAB_TICKS_PER_US) /* a window that lasts longer is left open */

enum sweep_role {
	SWEEP_OFF, /* nothing to sweep, or all is done */
	SWEEP_MAIN, /* waits for a window of the first sweep */
	SWEEP_SCOUT,
	SWEEP_WALKER,
	SWEEP_TRY,
	SWEEP_SEEKER, /* waits for the window of the second sweep */
};

struct sweep_bound {
	uint32_t instant;
	uint16_t cpu;
	uint16_t flags; /* PB_EVF_BOUND_ */
	bool store;
	uint64_t rip, tsc;
};

/* What a scout found. */
struct sweep_found {
	bool opened; /* there is such a window */
	bool ended; /* its end was seen */
	uint16_t pid, cpu;
	uint32_t length; /* instants */
	uint32_t nr; /* bounds */
	uint64_t tsc; /* of the first instant */
	uint64_t end; /* tick at which the scout stopped */
	uint64_t sig[2]; /* of all accesses, in order */
	struct sweep_bound bound[SWEEP_MAX_BOUNDS];
};

/* A window as a kick opened it, without its bounds. */
struct sweep_opened {
	uint32_t instant; /* of the kick */
	uint64_t tsc; /* of the kick; of the window when it opened */
	bool done, opened, ended;
	uint16_t pid, cpu;
	uint32_t length;
	uint64_t sig[2];
};

/* One branch of a sweep. */
struct sweep_try {
	uint32_t instant;
	bool done;
	uint16_t cpu;
	uint16_t outcome; /* PB_EVF_ as TR_POST */
	uint16_t fate; /* PB_EVF_FATE_ */
	uint8_t vector;
	uint64_t rip, tsc, control, fate_tsc;
};

/* Memory that all processes of a sweep share. */
struct sweep_share {
	uint32_t steps; /* processes that ended: for the watchdog */
	bool failed;
	char error[160]; /* the first failure */
	uint32_t nr_tries; /* of the window that was swept last */
	bool cut;
	struct sweep_found found; /* of that window */
	struct sweep_try *tries; /* in this memory, too */
	struct sweep_opened *opened;
};

/* What a walker's children do. */
enum sweep_act { SWEEP_ACT_POST, SWEEP_ACT_SCOUT, SWEEP_ACT_SWEEP };

struct sweep {
	enum sweep_role role;
	struct pb_plan plan;
	unsigned int processes;
	int timer;
	int serial; /* file for what children's machines say */
	struct sweep_share *share;
	uint32_t left[PB_MAX_SWEEPS]; /* of the budgets */

	/* The vCPU's life, as far as it matters. */
	uint64_t pid_pa; /* that is looked at */
	bool entered; /* a VM entry was seen */
	bool inside; /* it is in VMX non-root operation */
	uint8_t nv; /* NV at its last VM entry */
	uint64_t vapic; /* its virtual-APIC page, at that entry */
	uint64_t changed; /* tick of its last trigger */

	/* main */
	uint32_t skipped, windows; /* so far */
	bool posting; /* a post of its own is to be made, or not delivered yet */
	bool opened; /* there was a window; */
	uint64_t end; /* and at this tick its scout stopped */

	/* The window that this process is in. */
	unsigned int level; /* index of its sweep */
	const struct pid *pid;
	uint16_t cpu; /* on which it began */
	uint32_t n; /* instants so far */
	bool stepping;
};
extern struct sweep sweep;

static inline const struct pb_plan_sweep *sweep_plan(unsigned int level)
{
	return &sweep.plan.sweep[level];
}

/* The source that posts. */
static inline uint32_t sweep_source(void)
{
	return sweep_plan(sweep.plan.nr_sweeps - 1)->index;
}

/* --- sweep_window.c --------------------------------------------------------- */

/* Does such a window begin, does it end with this (enum pb_aim, or SWEEP_MARK)? */
bool sweep_window_begins(uint32_t window, unsigned int kind);
bool sweep_window_ends(uint32_t window, unsigned int kind);
/* Step all CPUs, or none. On: instants are counted from 0, the next instruction. */
void sweep_stepping(bool on);

/* --- sweep_scout.c: this process is a scout --------------------------------- */

/* From now on; what it finds goes to *to. `done` is called at the end, and ends the process. */
void sweep_scout_begin(struct sweep_found *to, void (*done)(void));
void sweep_scout_trigger(uint16_t cpu, enum pb_aim kind);
void sweep_scout_mark(void);
void sweep_scout_access(uint16_t cpu, uint64_t pa, unsigned int len, bool store);
void sweep_scout_flushed(void);
void sweep_scout_step(uint16_t cpu);
void sweep_scout_timer(void);

/* --- sweep_try.c: this process is a branch with its post -------------------- */

/*
 * Post, now; this CPU's instruction is next.  What becomes of it goes to *to,
 * at `deadline` (a tick) or somewhat later, and ends the process.
 */
void sweep_try_begin(struct sweep_try *to, uint16_t cpu, uint64_t deadline);
void sweep_try_trigger(uint16_t cpu, enum pb_aim kind);
void sweep_try_virq(uint8_t vector);
void sweep_try_timer(void);

/* --- sweep_server.c: forking and waiting ------------------------------------ */

/* Make the memory that all share. 0 or -ENOMEM. */
int sweep_share_make(void);
/*
 * Sweep posts through the window that begins here, the second sweep's when
 * level is 1.  True in a process that was forked, which has to return to the
 * machine at once.  False: it is done, what was found and tried is in `share`;
 * or there was no such window after all (opened is false).
 */
bool sweep_posts(void);
/*
 * Fork a child that steps along the window and does `act` at `nr` instants: of
 * share->tries, or of share->opened from `first` on.  As above.
 */
bool sweep_walk(enum sweep_act act, uint32_t first, uint32_t nr);
/* Fork a scout of the window that begins here. As above. */
bool sweep_scout(void);
/* Fork: true in the child. */
bool sweep_fork(pid_t *pid);
/* Wait for this child; it must have done its part. `what` is for the error. */
void sweep_wait(pid_t pid, const char *what);
void sweep_walker_step(uint16_t cpu);
uint32_t sweep_walker_instant(void);
/* Something is wrong: the sweep fails, this process ends. */
void sweep_fail(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));

/* --- sweep_kicks.c: two sweeps ------------------------------------------------ */

/* As sweep_posts(), for the first of two sweeps; reports all of it. */
bool sweep_kicks(uint32_t number);
/* This process, one of a walker, kicks now, for share->opened[i]. */
void sweep_seeker_begin(enum sweep_act act, uint32_t i, uint16_t cpu);
/* The window of the second sweep begins; it did not for too long. */
void sweep_seeker_window(void);
void sweep_seeker_timer(void);

/* --- sweep_instants.c: which instants ---------------------------------------- */

/*
 * Which instants are to be tried: as the stride says, in order, at most `budget`.
 * False when not all that should be are.
 */
bool sweep_instants(const struct pb_plan_sweep *s, const struct sweep_found *f, uint32_t budget,
		    uint32_t *instant, uint32_t *nr);

/* --- sweep_report.c: into the truth ------------------------------------------- */

/* The window in share->found and its bounds. `outer`: instant, of an inner one. */
void sweep_report_window(unsigned int level, uint32_t number, uint32_t outer);
/* What was tried in it. */
void sweep_report_tries(void);
/* An inner window that is not swept: alike (flag), or not opened. */
void sweep_report_opened(const struct sweep_opened *o, uint16_t flags);

#endif
