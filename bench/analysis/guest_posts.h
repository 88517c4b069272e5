/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * guest_posts.h - where a Linux guest has the devices to itself, nobody lets them
 * write down what they post: posts are then those of the truth.
 */
#ifndef PB_ANALYSIS_GUEST_POSTS_H
#define PB_ANALYSIS_GUEST_POSTS_H

#include <stddef.h>

#include "shared/plan.h"

/*
 * A copy of `run` that has the truth's posts, too, sealed anew, in *own, for free(),
 * of *own_size bytes; NULL where there is nothing to do: the guest is not Linux, the
 * run has posts of its own, or there is no truth (NULL). The plan's vector of a post
 * follows from the vCPU that it went to, as queue i is vCPU i's. How many they must be
 * says the devices' own count, which the cross-check looks at. Run and truth were
 * checked by run_check(). -ENOMEM.
 */
int guest_posts(const struct pb_plan *plan, const void *run, const void *truth, void **own,
		size_t *own_size);

#endif
