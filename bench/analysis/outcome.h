/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * outcome.h - what became of each post: exactly one class each, counts, and
 * the delays. Definitions are those of docs/analysis.md.
 */
#ifndef PB_ANALYSIS_OUTCOME_H
#define PB_ANALYSIS_OUTCOME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analysis/timeline.h"

enum pb_class {
	PB_CLASS_DELIVERED, /* in time */
	PB_CLASS_COALESCED, /* consumed by the ISR of an earlier post that was delivered */
	PB_CLASS_LATE, /* delivered, excess delay above the plan's limit */
	PB_CLASS_RESCUED, /* delivered only because of a later post */
	PB_CLASS_STRANDED, /* never delivered, and seen stranded (truth only) */
	PB_CLASS_MISSED, /* never delivered */
	PB_CLASS_FAULTED, /* its device did wrong on purpose, whatever became of it */
	PB_CLASSES
};
/* "delivered", ... */
const char *class_name(enum pb_class c);

/* Where a lost post was when the run ended; from the truth. */
enum pb_lost_state {
	PB_LOST_UNKNOWN, /* no truth */
	PB_LOST_STRANDED, /* PIR bit set, SN=0, ON=0 */
	PB_LOST_SUPPRESSED, /* PIR bit set, SN=1 */
	PB_LOST_OUTSTANDING, /* PIR bit set, SN=0, ON=1 */
	PB_LOST_IRR, /* left the PIR, was never delivered to the guest */
	PB_LOST_UNPOSTED, /* remapped: a host interrupt, never forwarded */
	PB_LOST_BLOCKED, /* the IOMMU refused it */
	PB_LOST_MASKED, /* MSI-X vector or function masked to the end */
	PB_LOST_STATES
};
/* "PIR bit set, SN=0, ON=0: stranded", ... */
const char *lost_state_text(enum pb_lost_state s);

/* What a device did wrong on purpose with the message of a post: no kernel's fault. */
enum pb_faulted {
	PB_FAULTED_DROPPED, /* it dropped it */
	PB_FAULTED_REFUSED, /* it named an IRTE that is not present: the IOMMU refused it */
	PB_FAULTED_MASKED, /* it had masked its vector by itself */
	PB_FAULTED_KINDS
};

/* Counts of one branch, or of several added up. */
struct pb_counts {
	uint64_t posts;
	uint64_t cls[PB_CLASSES]; /* sum is posts */
	uint64_t lost_state[PB_LOST_STATES]; /* sum is stranded + missed */
	uint64_t faulted[PB_FAULTED_KINDS]; /* sum is faulted */
	uint64_t found; /* of the faulted: by the interrupt of a later post */
	/* From the truth; all zero without it. */
	uint64_t notified, suppressed, outstanding; /* what a posted post found */
	uint64_t merged; /* of them: the PIR bit was already set */
	uint64_t unposted; /* remapped, compatibility format, masked or blocked */
	uint64_t seen_early; /* the guest read the post's record before its interrupt came */
	/* What became of the PID when SN was cleared: pidstate.h. */
	uint64_t sn_cleared, on_restored, on_missing, on_excess;
	/* From the guest. */
	uint64_t isr, isr_empty, spurious, misrouted;
	uint64_t pending; /* vectors still in IRR or ISR at the stop */
	/* Of devices that the guest drives. */
	uint64_t stuck; /* commands that the device never took: a doorbell did nothing */
	uint64_t unread; /* completions in memory that no ISR came for */
	uint64_t stale; /* posts of a life before a reset, delivered in one behind it */
	uint64_t aborted; /* commands that resets took */
	uint64_t resets;
	uint64_t polled; /* completions that a poll loop took, and no ISR */
	/* Seen by the host, without the truth. */
	uint64_t logged; /* messages that the IOMMU refused, at least, says the kernel's log */
	uint64_t held_back; /* vectors whose MSI-X pending bit is set at the end */
};
/* stranded + missed */
uint64_t counts_lost(const struct pb_counts *c);
void counts_add(struct pb_counts *sum, const struct pb_counts *c);
/* Do the sums hold? false is a defect of pirbench. */
bool counts_check(const struct pb_counts *c);

/* Exact values with their multiplicity, ascending: no buckets, so no overflow. */
struct pb_samples {
	uint64_t *value;
	uint64_t *count;
	size_t nr; /* distinct values */
	uint64_t total;
};
/* Takes `nr` values in any order (sorts them in place). -ENOMEM. */
int samples_init(struct pb_samples *s, uint64_t *values, size_t nr);
int samples_merge(struct pb_samples *into, const struct pb_samples *from);
void samples_free(struct pb_samples *s);
/* Nearest rank: least value with at least `permille` of 1000 at or below; 0 when empty. */
uint64_t samples_quantile(const struct pb_samples *s, unsigned int permille);
uint64_t samples_max(const struct pb_samples *s);

/* What the truth says of one post; filled in by the cross-check. */
struct pb_tl_truth {
	uint16_t flags; /* PB_EVF_ of its TR_POST */
	bool delivered; /* a virtual interrupt of its vector followed, before the stop */
	bool stranded; /* was seen stranded at an entry or in a block */
	bool faulted; /* its device did wrong on purpose: */
	uint8_t fault; /* enum pb_faulted */
	bool early; /* consumed by an ISR whose virtual interrupt was older than the post */
	uint8_t state; /* enum pb_lost_state at the end, if it was not delivered */
	uint64_t left; /* TSC when it had left the PIR; 0: it never did, or was never there */
};

/* One post's fate, in the order of timeline's post[]. */
struct pb_fate {
	uint64_t excess; /* ticks; PB_TICK_NONE when not delivered */
	uint8_t cls; /* enum pb_class */
	uint8_t state; /* enum pb_lost_state, if lost; enum pb_faulted, if faulted */
};

struct pb_outcome {
	struct pb_counts counts;
	struct pb_fate *fate;
	size_t nr;
	/* Of posts that an ISR consumed, coalesced ones not included. */
	struct pb_samples latency, preempted, excess;
	uint32_t first_lost; /* index of the first lost post in time, or PB_TL_NONE */
};

/*
 * Classify every post. `truth` is one record per post, as crosscheck_run()
 * gives it, or NULL: then stranded stays 0 and rescued is what can be told
 * from outside. -ENOMEM, or -EPROTO with a line in `err` when the sums do not
 * hold, or when a drive's commands stand still without a loss or a fault on
 * purpose that explains it.
 */
int outcome_build(const struct pb_timeline *tl, const struct pb_tl_truth *truth,
		  struct pb_outcome **out, char *err, size_t size);
void outcome_free(struct pb_outcome *o);

#endif
