/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* example.h - a plan that plan_check() accepts, for tests to spoil. */
#ifndef TEST_PLAN_EXAMPLE_H
#define TEST_PLAN_EXAMPLE_H

#include "shared/plan.h"

/*
 * Two vCPUs; an aimed source with fresh vectors, a periodic one, both posters;
 * a pin and a hog. Sealed.
 */
void example_plan(struct pb_plan *plan);

/* The same in null kinds, as the null machine makes it. Sealed. */
void example_null_plan(struct pb_plan *plan);

#endif
