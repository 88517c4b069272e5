/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* plan_driven.h - checks of plan_check(), of what only a device that the guest drives has. */
#ifndef PB_PLAN_DRIVEN_H
#define PB_PLAN_DRIVEN_H

#include "shared/plan.h"
#include "util/checkline.h"

/* Of a source whose enums of kind and schedule were checked. */
void plan_check_driven(struct checkline *c, const struct pb_plan_source *s);

/* Source i's function against those of the sources before it. */
void plan_check_functions(struct checkline *c, const struct pb_plan *p, uint32_t i);

#endif
