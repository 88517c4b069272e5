/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sweep.h - the sweep engine (docs/sweeps.md): from one and the same past, one
 * process for each instant of a window posts at exactly that instant, and the
 * fate of its post goes into the truth of the branch that it was forked from.
 *
 * The branch itself waits meanwhile: for it no emulated time passes.  It posts
 * once before the first window and once behind each, as any source would.
 *
 * Without sweeps in the plan nothing here does anything.
 */
#ifndef LAB_SWEEP_H
#define LAB_SWEEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/lab/model/pid.h"
#include "shared/plan.h"

/* Once, after timers can be created. 0, or what timer_create() says. */
int sweep_init(void);

/*
 * At the branch point: sweep as the plan (a struct pb_plan, `size` bytes, as it
 * came) says, with at most `processes` at once.  0; -EINVAL: the plan's sweeps
 * make no sense; -ENOMEM.
 */
int sweep_start(const void *plan, size_t size, unsigned int processes);

/* The plan's source `source` was armed, with schedule swept. */
void sweep_armed(uint32_t source);

/* --- what the machine does: for trigger.c, lab.c ---------------- */

void sweep_trigger(const struct pid *p, uint16_t cpu, enum pb_aim kind);
/* A CPU accessed a watched page. */
void sweep_access(uint16_t cpu, uint64_t pa, unsigned int len, bool store);
/* Interrupt-entry-cache entries were flushed. */
void sweep_flushed(void);
/* A virtual interrupt went through the guest's IDT. */
void sweep_virq(const struct pid *p, uint8_t vector);
/* See lab_hook_step(). */
void sweep_step(uint16_t cpu);

#endif
