/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * instrument.h - the registers that the lab's devices have beside those of
 * their kind (shared/instrument_regs.h), for the sources that drive them.
 */
#ifndef PB_SOURCE_INSTRUMENT_H
#define PB_SOURCE_INSTRUMENT_H

#include "shared/instrument_regs.h"
#include "source/source.h"

/*
 * Has the function them? -EOPNOTSUPP and a line when not: a real device says
 * when it posted nowhere, and a run without that is not analysed yet.
 */
int source_instrument_open(struct pb_source *src);

/* Program and arm, as the plan says. 0, or -EINVAL and a line: refused, or no clock. */
int source_instrument_arm(struct pb_source *src);

/* Write a register, or a pair of them, low half first. */
void source_instrument_set(const struct pb_source *src, uint32_t reg, uint32_t value);
void source_instrument_set64(const struct pb_source *src, uint32_t reg_lo, uint64_t value);

/* A register; 0 when there is no function. */
uint32_t source_instrument_get(const struct pb_source *src, uint32_t reg);

#endif
