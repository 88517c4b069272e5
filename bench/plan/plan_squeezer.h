/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* plan_squeezer.h - the part of plan_check() that looks at squeezers; of bench/plan only. */
#ifndef PB_PLAN_PLAN_SQUEEZER_H
#define PB_PLAN_PLAN_SQUEEZER_H

#include "shared/plan.h"
#include "util/checkline.h"
#include "util/names.h"

/* Record a failure when the value has no name. */
void plan_check_enum(struct checkline *c, const struct pb_names *names, uint32_t value);

/* Empty or a PCI address, zeros behind it. */
void plan_check_device(struct checkline *c, const char device[32]);

/* Entry i of the plan, used or not. p->nr_squeezers and p->vcpus are in their ranges. */
void plan_check_squeezer(struct checkline *c, const struct pb_plan *p, uint32_t i);

#endif
