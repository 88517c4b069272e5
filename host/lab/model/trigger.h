/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * trigger.h - the instants of a vCPU's life that the models can see (enum
 * pb_aim), told to those who wait for them: aims (aim.h) and sweeps (sweep.h).
 */
#ifndef LAB_TRIGGER_H
#define LAB_TRIGGER_H

#include <stdint.h>

#include "host/lab/model/pid.h"

/* The control qword of a PID changed; `old`: before. Its shadow is new already. */
void trigger_control(const struct pid *p, uint16_t cpu, uint64_t old);
/* VM entry, VM exit with this basic reason. */
void trigger_entry(const struct pid *p, uint16_t cpu);
void trigger_exit(const struct pid *p, uint16_t cpu, uint16_t reason);

#endif
