/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * life.h - one post's way, step by step: what happened to its vCPU around it,
 * with the state of the PID after each step. For reports, of a post that was
 * lost.
 */
#ifndef PB_ANALYSIS_LIFE_H
#define PB_ANALYSIS_LIFE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analysis/result.h"
#include "shared/run.h"

enum pb_life_kind {
	PB_LIFE_EVENT, /* ev happened */
	PB_LIFE_CUT, /* steps that are left out; `cut` counts them */
	PB_LIFE_END, /* the run ended; ev is its PHASE event, or empty */
};

enum pb_life_thread { PB_THREAD_ON_CPU, PB_THREAD_PREEMPTED, PB_THREAD_ASLEEP };

/* What is between two steps that are shown. */
struct pb_life_cut {
	uint32_t steps;
	uint32_t entries; /* VM entries */
	uint32_t posts; /* other posts to the vCPU */
	uint32_t isrs; /* ISR entries of the vCPU, all vectors */
	uint32_t outs; /* times that the thread was taken off its CPU */
};

struct pb_life_step {
	enum pb_life_kind kind;
	struct pb_event ev;
	struct pb_life_cut cut;
	/* After the step. on, sn and pir mean nothing without the truth. */
	bool on, sn, pir;
	bool guest; /* in VMX non-root operation; nothing without the truth */
	enum pb_life_thread thread;
};

struct pb_life {
	bool truth; /* the PID was seen */
	uint64_t tsc; /* of the post */
	uint32_t seq;
	uint16_t vcpu;
	uint8_t source, vector;
	uint32_t post; /* index of its step */
	struct pb_life_step *step; /* in order of time */
	size_t nr;
};

/*
 * The branch whose loss is worth a drawing: of the kernel and scenario that
 * lose most, the judged kernels before the base, the first that lost. An index
 * of r->branch, PB_TL_NONE when nothing was lost. r is result_finish()ed.
 */
uint32_t life_branch(const struct pb_result *r);

/*
 * The life of branch b's first loss, from its run and truth (NULL: none), both
 * checked by run_check(). 0; -ENOENT: b lost nothing; -EINVAL with a line in
 * err: these are not b's records; -ENOMEM. *out is for life_free().
 */
int life_build(const struct pb_run *run, const struct pb_run *truth,
	       const struct pb_result_branch *b, struct pb_life **out, char *err, size_t size);
void life_free(struct pb_life *life);

/* What a step was, as a short sentence: "SN becomes 1 (host kernel)". Returns buf. */
char *life_step_text(const struct pb_life *life, size_t step, char *buf, size_t size);

#endif
