/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * crosscheck.h - the instrument against the truth. What the device, the guest
 * and the host's scheduler recorded is held against what the emulator saw.
 * Where the two disagree pirbench is wrong, and no verdict is given.
 */
#ifndef PB_ANALYSIS_CROSSCHECK_H
#define PB_ANALYSIS_CROSSCHECK_H

#include <stddef.h>
#include <stdint.h>

#include "analysis/outcome.h"
#include "analysis/timeline.h"

/* What was violated; each has a test that makes it fire. */
enum pb_check {
	PB_CHECK_OK,
	PB_CHECK_LOST, /* a ring overflowed: events are missing */
	PB_CHECK_GAP, /* a sequence number has no POST, or posts are not as many as counted */
	PB_CHECK_ISR_COUNT, /* the guest counted other than it recorded */
	PB_CHECK_SEQ, /* an ISR entry names a post that was not made on its vector */
	PB_CHECK_DRAIN, /* a post after the drain began */
	PB_CHECK_PLAN, /* truth and events are of different plans */
	PB_CHECK_TRUTH_LOST, /* the truth has a hole */
	PB_CHECK_POST, /* a post is in one only, or differs in vector or time */
	PB_CHECK_PID, /* a source's posts went to a PID that is not its vCPU's */
	PB_CHECK_VIRQ, /* virtual interrupts and ISR entries differ in number or order */
	PB_CHECK_SCHED, /* a VM entry while the vCPU's thread was off its CPU */
	PB_CHECK_MISSED, /* missed here, delivered there, or the reverse */
	PB_CHECK_IO_COUNT, /* a Linux guest counted other I/Os than it recorded */
	PB_CHECK_IO, /* what a Linux guest saw of an I/O cannot be, as its interrupt was */
	PB_CHECK_STATE, /* the truth contradicts itself */
	PB_CHECKS
};
/* "lost events", ... */
const char *check_name(enum pb_check c);

/*
 * The checks that need no truth: nothing is missing from the record. 0, or
 * -EPROTO with the check in *which and one line in `err`.
 */
int crosscheck_record(const struct pb_timeline *tl, enum pb_check *which, char *err, size_t size);

/*
 * Hold the timeline against `truth` (checked by run_check(), content
 * PB_RUN_TRUTH). On success *out is one record per post, in the timeline's
 * order, for free(). -ENOMEM; -EPROTO with *which and err as above.
 */
int crosscheck_run(const struct pb_timeline *tl, const void *truth, size_t truth_size,
		   struct pb_tl_truth **out, enum pb_check *which, char *err, size_t size);

/*
 * By how many ticks a scheduling event may be off: perf's clock counts whole
 * nanoseconds, and both the kernel's conversion from the TSC and ours back
 * round down: less than 2 ns, plus one tick of our own rounding.
 */
uint64_t crosscheck_sched_slack(uint64_t tsc_khz);

#endif
