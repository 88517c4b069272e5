/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * apply.h - what patches make of a source tree, worked out beside it: the
 * tree itself is not touched.
 */
#ifndef PB_KERNEL_APPLY_H
#define PB_KERNEL_APPLY_H

#include "host/kernel/patch.h"
#include "host/kernel/prune.h"

struct edits {
	char dir[KPATH]; /* temporary: a/ the files as they were, b/ as they are to be */
	char **paths; /* that differ */
	size_t nr;
	char *diff; /* all of it, unified, for people */
};

/*
 * Apply patches in their order to files of the tree src. Parts of a diff that
 * are for pruned files are left out. -EINVAL with an error line when a patch
 * does not apply, changes nothing, or other places than it says.
 */
int apply_patches(struct kctx *ctx, const struct patch *patches, size_t nr, const char *src,
		  const struct prune *prune, struct edits *edits);
void edits_release(struct edits *edits);

#endif
