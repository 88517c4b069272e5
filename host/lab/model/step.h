/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * step.h - stepping a CPU (lab->step()) for several who want it: it goes on
 * until the last of them is done.
 */
#ifndef LAB_STEP_H
#define LAB_STEP_H

#include <stdint.h>

#define STEP_MAX_CPUS 64u

/* Nobody steps any CPU: before anything else. */
void steps_init(void);

/* Step this CPU, below STEP_MAX_CPUS; step_put() once for each step_get(). */
void step_get(uint16_t cpu);
void step_put(uint16_t cpu);

#endif
