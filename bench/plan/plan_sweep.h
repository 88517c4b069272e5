/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* plan_sweep.h - the part of plan_check() that looks at the sweeps. */
#ifndef PB_PLAN_PLAN_SWEEP_H
#define PB_PLAN_PLAN_SWEEP_H

#include "shared/plan.h"
#include "util/checkline.h"

/*
 * The sweeps of a plan, used or not, and what they need of its source and its
 * guest.  The last one is of posts, by any stride; one before it is of kicks,
 * which have no intervals.  Of the second one, windows is 1 and skip 0: it is
 * the window that the first one's event opens.
 */
void plan_check_sweeps(struct checkline *c, const struct pb_plan *p);

#endif
