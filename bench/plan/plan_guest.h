/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* plan_guest.h - checks of plan_check(), of what only a Linux guest has. */
#ifndef PB_PLAN_PLAN_GUEST_H
#define PB_PLAN_PLAN_GUEST_H

#include "shared/plan.h"
#include "util/checkline.h"

/* Of a plan whose sources, squeezers and sweeps were checked. */
void plan_check_guest(struct checkline *c, const struct pb_plan *p);

#endif
