/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * latency.h - is head slower than base? Excess delays, per scenario and
 * metric. Computed by result_finish(); what it means is in docs/statistics.md.
 *
 * The unit of repetition is the branch: it gives one value per metric, never
 * its single samples, which all share what the branch was. All branches of a
 * kernel come from one boot: what was varied is the seed, not the boot.
 */
#ifndef PB_ANALYSIS_LATENCY_H
#define PB_ANALYSIS_LATENCY_H

#include <stddef.h>
#include <stdint.h>

#include "stats/sequential.h"

enum pb_metric { PB_METRIC_MEDIAN, PB_METRIC_P99, PB_METRIC_MAX, PB_METRICS };
/* "median", "p99", "max" */
const char *metric_name(enum pb_metric m);

/*
 * A shift below is no difference that matters: of the base's median of the
 * metric, but at least so many ticks, because the guest notices an interrupt
 * only between two of its instructions.
 */
#define PB_LATENCY_MARGIN       0.02
#define PB_LATENCY_MARGIN_TICKS 10

/* Why a row was compared, or not. */
enum pb_latency_why {
	PB_LATENCY_COMPARED, /* row's `c` is set; it may still say STATS_TOO_FEW */
	PB_LATENCY_LOSSY, /* one of the two loses: what survives cannot be compared */
	/*
	 * Samples are of the posts that were not coalesced; one kernel has fewer
	 * by more than the margin. Then other posts are counted, and median and
	 * p99 differ for that alone. The maximum does not: of posts that one ISR
	 * takes, the first is counted, which waited longest.
	 */
	PB_LATENCY_COALESCED,
	PB_LATENCY_EMPTY, /* no branch of the one or of the other delivered anything */
};

struct pb_latency_row {
	uint32_t base, head, scenario; /* indices in the result */
	enum pb_metric metric;
	enum pb_latency_why why;
	uint32_t nr_base, nr_head; /* branches that were compared, at most STATS_MAX */
	uint32_t
		repeats; /* branches of both left out: as an earlier one, or pair, in this metric */
	bool settled; /* more branches would change nothing: latency_settled() */
	double margin; /* ticks */
	struct stats_comparison c; /* ticks */
};

struct pb_latency {
	struct pb_latency_row *row; /* by head, scenario, metric */
	size_t nr;
	size_t nr_state[STATS_STATES]; /* of the rows that were compared */
	size_t nr_lossy, nr_coalesced, nr_empty; /* of the others */
	uint32_t least; /* branches of each that are enough for this many rows */
};

struct pb_result;
/*
 * From the branches and cells of r, the base against every head; no rows
 * without a base. With r->looks each look takes the scenarios that have so many
 * branches, of each their first ones; else one look takes all there is. All
 * rows are one family, also those that cannot be compared. *l is to be given
 * to latency_free(), on success only. -ENOMEM.
 */
int latency_compare(const struct pb_result *r, struct pb_latency *l);
void latency_free(struct pb_latency *l);

/*
 * Is nothing more to be learnt of this scenario's delays? Each row is shown to
 * be slower, faster or no worse, or cannot be compared; or is identical, and
 * that is shown by enough pairs or both kernels have the same build id. True
 * without a base.
 */
bool latency_settled(const struct pb_result *r, uint32_t scenario);

/* The row that is slowest, relative to its base; NULL when none is slower. */
const struct pb_latency_row *latency_slowest(const struct pb_latency *l);

/* "h is slower than b: ..."; a row must be slower. */
void latency_sentence(const struct pb_result *r, char *buf, size_t size);
/*
 * "its delays are no worse", "whether its delays are worse is undecided in ...":
 * what was shown, and what was not, of a head that is not slower; empty without
 * a base.
 */
void latency_clause(const struct pb_result *r, char *buf, size_t size);
/* What the user should know of the rows that are not slower; empty without any. Cut at `size`. */
void latency_remark(const struct pb_result *r, char *buf, size_t size);

#endif
