/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * null_sweep.h - what a sweep would find in the null machine: windows, their
 * intervals, and a post in each, as the truth has them (shared/event.h).
 *
 * The model: each window has some ten to forty intervals of some ten instants.
 * In its first part SN=1, then the kernel clears it and takes what is in PIR,
 * then it enters the guest. A kernel with a defect forgets some of the
 * intervals whose posts found SN=1. Of two sweeps the outer event opens a window
 * at most instants, and every other one of those is like the first.
 */
#ifndef PB_MACHINE_NULL_SWEEP_H
#define PB_MACHINE_NULL_SWEEP_H

#include <stdint.h>

#include "exec/collector.h"
#include "shared/plan.h"

/*
 * Append the records of the plan's sweeps to `truth`; nothing without one. Of
 * 1000 intervals whose posts find SN=1 about `loses_permille` are forgotten;
 * which ones, the plan's seed says. `tsc` is where time begins. 0, or -ENOMEM,
 * -EFBIG (collector_add()).
 */
int null_sweep(const struct pb_plan *plan, uint64_t tsc, uint32_t loses_permille,
	       struct collector *truth);

#endif
