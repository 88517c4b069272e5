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

#endif
