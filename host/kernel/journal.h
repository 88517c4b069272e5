/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * journal.h - change files of a source tree in place, for one build, and put
 * them back: after the build, or at the next start when there was no after.
 *
 * Before the first file of DIR/src changes, DIR/journal holds the originals of
 * all, on disk. A line of journal/list is "keep N PATH" (the original is
 * journal/N) or "drop N PATH" (there was no such file). Whatever is put back
 * gets a new time, so that make compiles it again.
 *
 * All under the tree's lock.
 */
#ifndef PB_KERNEL_JOURNAL_H
#define PB_KERNEL_JOURNAL_H

#include "host/kernel/apply.h"

/*
 * Put back what an interrupted run left changed. 0 when nothing (or nothing
 * any more) is changed; -errno with an error line: the tree cannot be used.
 */
int journal_restore(struct kctx *ctx, const char *dir);

/* Save the originals, then make src what edits say. On failure, src is as it was. */
int journal_apply(struct kctx *ctx, const char *dir, const struct edits *edits);

#endif
