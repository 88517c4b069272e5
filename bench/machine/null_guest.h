/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * null_guest.h - a Linux guest in the null machine: what null_physics() made of
 * posts and ISRs, as such a guest and its program would tell it (shared/guest_io.h).
 */
#ifndef PB_MACHINE_NULL_GUEST_H
#define PB_MACHINE_NULL_GUEST_H

#include "exec/collector.h"
#include "shared/plan.h"
#include "shared/run.h"

/* Before the physics: the post of queue i goes to vCPU i. */
void null_guest_place(const struct pb_plan *plan, struct pb_run *run);

/*
 * After it: instead of posts and ISRs `events` gets I/Os and the guest's counts. An
 * I/O is done with its ISR; where none came, when the driver's timeout is over and it
 * polls; not at all when the run ends before. In `truth` vectors become others, as
 * Linux chooses its own. 0, -ENOMEM, -EFBIG.
 */
int null_guest(const struct pb_plan *plan, struct collector *events, struct collector *truth);

#endif
