/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * null_physics.h - what happens in the null machine: given the posts that the
 * null sources made, a small model of vCPU, PID and kernel says when vCPUs
 * were preempted, what each post met, which ISRs were entered, and what an
 * observer outside would have seen.  Virtual time throughout.
 *
 * The model: a vCPU that a hog or its like squeezes is off its CPU for half of every 6 ms,
 * and one that a source aims at from shortly before each of its posts.  While
 * it is off, SN is 1.  When it comes back the kernel clears SN, and sets ON if
 * PIR is not empty; a kernel with a defect sometimes forgets the latter.
 */
#ifndef PB_MACHINE_NULL_PHYSICS_H
#define PB_MACHINE_NULL_PHYSICS_H

#include <stdint.h>

#include "exec/collector.h"
#include "shared/plan.h"
#include "shared/run.h"

/*
 * `plan` is the one that was asked for, `run` what the executor made of its
 * null form: phases and posts are taken from it, nothing else.  Fills
 * `events` and `truth` (both from collector_init(), empty): phases, posts,
 * scheduling and ISRs; PB_TR_ events in order of time.  The head of `events`
 * gets the guest's counts, that of `truth` all that it needs; sealing is the
 * caller's. Of 1000 returns of a vCPU with suppressed posts, about
 * `loses_permille` are forgotten; which ones, the plan's seed says.
 *
 * 0 or -ENOMEM, -EFBIG (collector_add()).
 */
int null_physics(const struct pb_plan *plan, const struct pb_run *run, uint32_t loses_permille,
		 struct collector *events, struct collector *truth);

#endif
