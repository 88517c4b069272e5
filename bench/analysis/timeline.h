/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * timeline.h - the events of one run, joined: every post with the ISR entry
 * that consumed it and with what its vCPU's thread did meanwhile.
 *
 * Rules of the join (docs/analysis.md): an ISR entry of a vector consumes
 * every post of that vector that is not consumed yet, whose sequence number is
 * not above the one that the ISR saw and whose time is not after the ISR's.
 * Of several, the first is delivered, the others coalesced into it. Entries
 * after PB_PHASE_STOP consume nothing.
 *
 * A Linux guest records no ISR entries but I/Os. There an I/O consumes every post
 * of its queue's vector that is not consumed yet and came after the I/O began and
 * not after it was done.
 *
 * Time is in ticks of the TSC throughout. The join is linear in the events.
 */
#ifndef PB_ANALYSIS_TIMELINE_H
#define PB_ANALYSIS_TIMELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plan/plan.h"
#include "shared/plan.h"
#include "shared/run.h"

#define PB_VECTORS   256
#define PB_TL_NONE   UINT32_MAX /* no index */
#define PB_TICK_NONE UINT64_MAX /* never */

/* One post. */
struct pb_tl_post {
	uint64_t tsc;
	uint64_t held; /* back by its device, to coalesce, before it was made */
	uint64_t delivery; /* TSC of the ISR that consumed it, or PB_TICK_NONE */
	uint64_t preempted; /* of the time from post to delivery: thread off CPU, runnable */
	uint64_t blocked; /* of the same: thread off CPU, asleep */
	uint32_t seq; /* of its source, from 1 */
	uint32_t isr; /* index into isr[], of a Linux guest into io[]; or PB_TL_NONE */
	uint32_t head; /* index of the post that it was consumed with, its own if first */
	uint16_t vcpu;
	uint8_t vector;
	uint8_t source;
	bool stale; /* of a life before a reset, delivered in one behind it */
	bool orphan; /* made between two lives of its function */
	bool rescuer; /* a later post to the vCPU lies between its return to a CPU and delivery */
};

/* One ISR entry, in order of time for each vector. */
struct pb_tl_isr {
	uint64_t tsc;
	uint32_t seq;
	uint16_t vcpu;
	uint8_t vector;
	bool after_stop;
};

/* An I/O of a Linux guest, or a frame that came to it. */
struct pb_tl_io {
	uint64_t tsc; /* when it was done */
	uint64_t took; /* ticks */
	uint32_t seq;
	uint32_t post; /* index of the first post that it consumed, or PB_TL_NONE */
	uint16_t vcpu;
	uint16_t flags; /* PB_EVF_IO_ */
	uint8_t vector; /* that its queue has in the plan */
	uint8_t source;
};

/* A vCPU's thread is off its CPU from `out` to `in` (PB_TICK_NONE: to the end). */
struct pb_tl_off {
	uint64_t out, in;
	bool preempted; /* else it sleeps */
	uint64_t before[2]; /* ticks asleep [0] and preempted [1] before `out` */
};

struct pb_tl_vcpu {
	struct pb_tl_off *off; /* in order of time, disjoint */
	size_t nr;
};

/* One reset of a source's function; PB_TICK_NONE: it did not get that far. */
struct pb_tl_reset {
	uint64_t done; /* nothing of the old life is sent any more */
	uint64_t go; /* the guest knows, and drives it again */
};

struct pb_timeline {
	struct pb_plan plan;
	struct pb_run run; /* head of the event file */
	struct pb_tl_post *post; /* by source, then sequence */
	size_t nr_posts;
	size_t source_post[PB_MAX_SOURCES + 1]; /* first post of each source, and the end */
	struct pb_tl_isr *isr; /* by vector, then time */
	size_t nr_isrs;
	size_t vector_isr[PB_VECTORS + 1]; /* first entry of each vector, and the end */
	/* Of a Linux guest, which has no isr[]: by vector, then time. */
	struct pb_tl_io *io;
	size_t nr_ios;
	size_t vector_io[PB_VECTORS + 1];
	struct pb_tl_vcpu vcpu[PB_MAX_VCPUS];
	uint64_t phase[8]; /* TSC of each enum pb_phase; PB_TICK_NONE when not reached */
	uint64_t empty; /* ISR entries that consumed nothing */
	uint64_t spurious; /* ISR entries on vectors of no source, or flagged so */
	uint64_t misrouted; /* ISR entries on a vCPU that the vector does not go to */
	uint64_t gaps; /* sequence numbers without a POST */
	struct pb_tl_reset reset[PB_MAX_SOURCES][PB_PLAN_MAX_RESETS];
	uint32_t resets[PB_MAX_SOURCES];
	uint64_t halts; /* PB_EV_HALT */
	uint64_t exceptions; /* PB_EV_EXCEPTION */
};

/*
 * Join the events of `run` (checked by run_check(), content PB_RUN_EVENTS)
 * under the plan that made them. 0; -ENOMEM; -EINVAL when the events cannot be
 * what a run of this plan gives, with one line in `err` that says which.
 * *out is to be given to timeline_free(), on success only.
 */
int timeline_build(const struct pb_plan *plan, const void *run, size_t run_size,
		   struct pb_timeline **out, char *err, size_t size);
void timeline_free(struct pb_timeline *tl);

/*
 * Ticks of [from, to) in which the vCPU's thread was off its CPU, by why.
 * *near is where the search begins, 0 at first; it makes a walk in order of
 * `from` linear, and changes no answer. One for each vCPU that is walked.
 */
void timeline_off_cpu(const struct pb_timeline *tl, unsigned int vcpu, uint64_t from, uint64_t to,
		      size_t *near, uint64_t *preempted, uint64_t *blocked);
/* The first instant at or after `at` at which the thread is not preempted. *near as above. */
uint64_t timeline_next_on(const struct pb_timeline *tl, unsigned int vcpu, uint64_t at,
			  size_t *near);

#endif
