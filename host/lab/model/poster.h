/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * poster.h - the poster, a PCI function that does nothing but post interrupts
 * on a schedule; its registers: bench/shared/poster_regs.h.
 */
#ifndef LAB_POSTER_H
#define LAB_POSTER_H

#include <stdbool.h>
#include <stdint.h>

#include "host/lab/model/vtd.h"
#include "shared/plan.h"

/* Create the posters at 00:10.0 and 00:11.0. Once. 0, or -errno. */
int poster_init(void);

/* Machine reset. */
void poster_reset(void);

/* The interrupt-entry cache was flushed, or PIDs forgotten: look again where vectors go. */
void poster_retarget(void);

/*
 * For a sweep (docs/sweeps.md): a poster that is armed with PB_SCHED_SWEPT posts
 * when it is asked to and at no other time.  It is named as in the plan's sweep:
 * `event` PB_SWEEP_POST and the index of the source, or PB_SWEEP_KICK and the
 * index of the squeezer, whose message goes to the host and is not in the truth.
 * It is armed when the executor arms it (a kick when the squeezers start, a
 * source thereafter), until COUNT posts were made or it is disarmed.
 */

/* Is it armed, with a post left? */
bool poster_swept(enum pb_sweep_event event, unsigned int index);

/* The PID that its next post would go to; 0: none, or it is not armed. */
uint64_t poster_swept_pid(enum pb_sweep_event event, unsigned int index);

/*
 * Post, at this very instant: records, slot, message, truth.  Legal wherever a
 * timer of lab.h may run.  0; -ENOENT: not armed.
 */
int poster_post_now(enum pb_sweep_event event, unsigned int index);

/*
 * The same in a branch that is there for this one post: the schedule does not
 * end with it, so that the executor goes on as if nothing had been posted.  What
 * became of the message in *m, its vector the guest's in any case.  0; -ENOENT:
 * not armed.
 */
int poster_try(enum pb_sweep_event event, unsigned int index, struct vtd_message *m);

/* Physical address of the interrupt-remapping-table entry of its next post; 0: none. */
uint64_t poster_irte(enum pb_sweep_event event, unsigned int index);

#endif
