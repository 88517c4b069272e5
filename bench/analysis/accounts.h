/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * accounts.h - what became of the commands of devices that the guest drives, or
 * of the frames of a NIC: one source at a time, against the plan and against
 * what became of that source's posts.
 */
#ifndef PB_ANALYSIS_ACCOUNTS_H
#define PB_ANALYSIS_ACCOUNTS_H

#include "analysis/outcome.h"

/* What keeps the commands of one source from being made, by its posts. */
struct accounts_source {
	uint64_t lost; /* stranded, missed or rescued: a kernel's */
	uint64_t faulted; /* the device's own fault, and no later interrupt made up for it */
};

/* Add the sources' counts (stuck, unread...) to `c`. */
void accounts_count(const struct pb_timeline *tl, struct pb_counts *c);

/*
 * Without the truth: did the device do wrong with this post's message? The device's
 * own count says that it made the plan's fault, the plan says with which message;
 * of a refused one the kernel's log, if it can be read, and of a masked one the
 * pending bit must say so, too.  *fault is what it did.
 */
bool accounts_faulted(const struct pb_timeline *tl, const struct pb_tl_post *p,
		      enum pb_faulted *fault);

/* Without the truth: where was this post, which was never delivered? */
enum pb_lost_state accounts_lost_state(const struct pb_timeline *tl, const struct pb_tl_post *p);

/*
 * Where no interrupt is lost nothing keeps a source's commands from being made,
 * taken and seen, all that the plan has; what stands still all the same proves
 * nothing of the kernel.  `of` has PB_MAX_SOURCES entries.  A kernel's loss in
 * any source is what counts; a device's fault explains its own source only.
 * 0, or -EPROTO with a line in `err` that names the source.
 */
int accounts_check(const struct pb_timeline *tl, const struct accounts_source *of, char *err,
		   size_t size);

#endif
