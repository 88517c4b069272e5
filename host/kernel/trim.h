/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * trim.h - keep the cache from growing without end in a loop of edits and
 * gates: what was used longest ago goes first.
 */
#ifndef PB_KERNEL_TRIM_H
#define PB_KERNEL_TRIM_H

#include "host/kernel/kctx.h"

#define TRIM_ENTRIES 100 /* kernels that are kept; some 14 MB each */
#define TRIM_OUTS    3 /* object directories of a tree; some 200 MB each */

/*
 * Remove entries beyond TRIM_ENTRIES, but none that was used in the last hour:
 * somebody may be booting it. Failures are nobody's business: what could not
 * be removed now is there next time.
 */
void trim_entries(struct kctx *ctx);
/* Remove object directories of a tree beyond TRIM_OUTS, under the tree's lock. */
void trim_outs(struct kctx *ctx, const char *tree);

#endif
