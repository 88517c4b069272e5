/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* branch.h - one job that ended, analysed; the work of result_add_job(). */
#ifndef PB_ANALYSIS_BRANCH_H
#define PB_ANALYSIS_BRANCH_H

#include "analysis/result.h"

/*
 * Fill in what came of the job; kernel and scenario are the caller's.
 * `has_truth`: the machine must have given one. 0 or -ENOMEM; everything else
 * that is wrong becomes the branch's status and reason.
 */
int branch_analyse(const struct pb_job *job, bool has_truth, struct pb_result_branch *b);
/* Posts that were lost, those of the branches that it swept included. */
uint64_t branch_lost(const struct pb_result_branch *b);
/*
 * Beyond that, what its record shows of a loss: posts that only later ones rescued,
 * as the truth saw; stalls of a Linux guest that waited for an interrupt.
 */
uint64_t branch_suffered(const struct pb_result_branch *b);
void branch_release(struct pb_result_branch *b);

#endif
