/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* timeline_sched.h - the scheduling of vCPU threads; part of timeline_build(). */
#ifndef PB_ANALYSIS_TIMELINE_SCHED_H
#define PB_ANALYSIS_TIMELINE_SCHED_H

#include "analysis/timeline.h"

/*
 * Fill in tl->vcpu from the SCHED_ events among `nr` events. 0, -ENOMEM, or
 * -EINVAL with a line in err when a thread is put on or taken off a CPU twice
 * in a row: then an event is missing.
 */
int timeline_sched(struct pb_timeline *tl, const struct pb_event *ev, size_t nr, char *err,
		   size_t size);

#endif
