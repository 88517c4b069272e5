/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * guest_io.h - what a Linux guest's administrator sees of a device: I/Os, how long
 * they took, and the stalls among them, with why (docs/analysis.md).
 */
#ifndef PB_ANALYSIS_GUEST_IO_H
#define PB_ANALYSIS_GUEST_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analysis/outcome.h"
#include "analysis/timeline.h"

/* What most of a stall was spent on. */
enum pb_stall_cause {
	PB_STALL_INTERRUPT, /* the device had posted, and the interrupt did not arrive: the host's kernel */
	PB_STALL_FAULTED, /* the device did wrong on purpose with the message */
	PB_STALL_DEVICE, /* the drive had not completed */
	PB_STALL_PREEMPTED, /* the vCPU was preempted */
	PB_STALL_OTHER, /* the interrupt had arrived, or was not wanted: the guest's own, or its memory's */
	PB_STALL_CAUSES
};
/* "lost interrupt", "device's fault", ... */
const char *stall_cause_text(enum pb_stall_cause c);

/* Of one device, one branch, or several added up. Times in ticks. */
struct pb_io_counts {
	uint64_t ios; /* I/Os that came back, frames that came */
	uint64_t errors;
	uint64_t submitted;
	uint64_t stalls; /* of ios: took longer than the plan's stall_us */
	uint64_t stalled; /* what they took, together */
	uint64_t cause[PB_STALL_CAUSES]; /* sum is stalls */
	uint64_t interrupts, timeouts, polled,
		aborts; /* as the guest counts: struct pb_run_device */
};

struct pb_guest_io {
	uint32_t kind; /* enum pb_source_kind */
	struct pb_io_counts counts;
	struct pb_samples took; /* of all I/Os, ticks */
};

/*
 * One for each source of the plan, *nr of them, to be given to guest_io_free(); none
 * (NULL, 0) where the guest is not Linux. `truth` as for outcome_build(), or NULL:
 * then what the device posted long before the I/O was done counts as a lost
 * interrupt. -ENOMEM.
 */
int guest_io_build(const struct pb_timeline *tl, const struct pb_tl_truth *truth,
		   struct pb_guest_io **out, uint32_t *nr);
/*
 * Where nothing is lost nothing keeps the guest from doing all I/Os of the plan; and its
 * drivers from waiting in vain. 0, also where the guest is not Linux; -EPROTO with a line.
 */
int guest_io_judge(const struct pb_timeline *tl, const struct pb_counts *c, char *err, size_t size);
void guest_io_free(struct pb_guest_io *io, uint32_t nr);
/* Add b to a; kinds must be equal, or a zeroed. -ENOMEM. */
int guest_io_add(struct pb_guest_io *a, const struct pb_guest_io *b);
/* Do the sums hold? Of what came from outside. */
bool guest_io_check(const struct pb_guest_io *io);
/* Stalls that the host's kernel is to blame for, of all devices. */
uint64_t guest_io_lost(const struct pb_guest_io *io, uint32_t nr);

/*
 * "14 of 160 reads (8.7 %) stall, for 1.000 s at the longest, 14.000 s together;
 * "completion polled" 14 times". ticks are of tsc_khz; empty without stalls.
 */
const char *guest_io_text(const struct pb_guest_io *io, uint64_t tsc_khz, char *buf, size_t size);
/* "22 lost interrupt, 1 preempted"; "-" without stalls. */
const char *guest_io_why(const struct pb_guest_io *io, char *buf, size_t size);
/* "reads" or "frames". */
const char *guest_io_noun(const struct pb_guest_io *io);
/* "1.000 s", "12.3 ms", "45 us"; buf. */
const char *guest_io_time(uint64_t ticks, uint64_t tsc_khz, char *buf, size_t size);

#endif
