/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * pidstate.h - what the host kernel makes of the PID when it clears SN: the
 * direct evidence for or against the PIR-sync fix, from the truth.  Which of
 * the fix's forms a kernel has shows here even where every post is delivered.
 */
#ifndef PB_ANALYSIS_PIDSTATE_H
#define PB_ANALYSIS_PIDSTATE_H

#include <stddef.h>

#include "analysis/outcome.h"
#include "shared/run.h"

/*
 * Count into sn_cleared, on_restored, on_missing and on_excess of `counts`.
 * `truth` is a run of content PB_RUN_TRUTH that run_check() has accepted, its
 * events in order of time.
 *
 *   sn_cleared   SN went from 1 to 0 by a store of the host kernel
 *   on_restored  with a bit in the PIR, and ON set by the kernel thereafter
 *   on_missing   with a bit in the PIR, and ON still 0 when the PIR was next
 *                emptied or the guest entered (REVERT and V1 do so)
 *   on_excess    with an empty PIR, and ON set by the kernel all the same
 *
 * A clearing before whose end a device's post sets ON counts as sn_cleared only.
 */
void pidstate_count(const struct pb_run *truth, struct pb_counts *counts);

#endif
