/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* sweep_int.h - what the files of the sweep share. */
#ifndef PB_ANALYSIS_SWEEP_INT_H
#define PB_ANALYSIS_SWEEP_INT_H

#include "analysis/sweep.h"

/* What a post found: exactly one of these. */
#define SWEEP_OUTCOMES                                                                \
	(PB_EVF_NOTIFIED | PB_EVF_SUPPRESSED | PB_EVF_OUTSTANDING | PB_EVF_REMAPPED | \
	 PB_EVF_BLOCKED | PB_EVF_MASKED | PB_EVF_COMPAT)

/* Record what is wrong; returns -EPROTO. */
int sweep_unsound(char *err, size_t size, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static inline bool sweep_is_one(uint16_t flags)
{
	return flags && !(flags & (flags - 1));
}

#endif
