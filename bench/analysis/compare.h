/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* compare.h - a kernel of one result against a kernel of another. */
#ifndef PB_ANALYSIS_COMPARE_H
#define PB_ANALYSIS_COMPARE_H

#include "analysis/result.h"

/*
 * Which kernel of r is called `name`: by name, release or build id, the whole
 * of it; NULL: the judged one, if there is one only. An index, or -ENOENT with
 * a line in err that says what there is.
 */
int compare_kernel(const struct pb_result *r, const char *name, char *err, size_t size);

/*
 * A new result, result_finish()ed: kernel `kb` of `base` as base, kernel `kh`
 * of `head` as head, under the scenarios that both have, all branches of them.
 * They are scenarios of the same name with equal limits; what only one of the
 * two has is left out and named in `left` (separated by ", ", cut to left_size).
 *
 * 0; -ENOMEM; -EINVAL with a line in err when the two cannot be compared: other
 * machines, a scenario that changed in between, none in common.
 */
int compare_results(const struct pb_result *base, unsigned int kb, const struct pb_result *head,
		    unsigned int kh, struct pb_result **out, char *left, size_t left_size,
		    char *err, size_t size);

#endif
