/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * compare.h - base against head in several metrics at once: which are slower,
 * which are no worse, and what could not be told. What the gate decides with,
 * and what `make bench-stats` measures the errors of.
 */
#ifndef PB_STATS_COMPARE_H
#define PB_STATS_COMPARE_H

#include "stats/stats.h"

/* One metric; greater is worse. */
struct stats_metric {
	const double *base, *head; /* one value per repetition */
	size_t nr_base, nr_head;
	bool pairable; /* nr_base == nr_head, and base[i] and head[i] share all but the kernel */
	double margin; /* > 0: a shift below is no difference that matters */
};

struct stats_rule {
	double alpha; /* of any false "slower" or "faster" in the family: 0.01 */
	double alpha_equal; /* of a false "no worse", per metric: 0.05 */
	double power; /* that the least detectable effect is for: 0.85 */
	struct stats_bootstrap bootstrap;
	bool lazy; /* no interval where the test decides already; for `make bench-stats` */
	size_t family; /* tests that Holm adjusts for, if more than are compared */
};
extern const struct stats_rule stats_rule_default;

enum stats_state {
	STATS_TOO_FEW, /* not judged: so few repetitions cannot give a p that counts,
			and they do not show that head is no worse, either */
	STATS_IDENTICAL, /* every pair is equal, to the bit, of however few */
	STATS_SLOWER, /* adjusted p < alpha, and the whole interval is above the margin */
	STATS_FASTER, /* the same, below -margin */
	STATS_EQUIVALENT, /* shown: neither worse nor better by the margin */
	STATS_NO_WORSE, /* shown: not worse by the margin */
	STATS_INCONCLUSIVE, /* none of these */
	STATS_STATES
};
/* "slower", ... */
const char *stats_state_name(enum stats_state s);

struct stats_comparison {
	enum stats_state state;
	bool paired; /* decided with the signed rank test, else with the U test */
	bool exact;
	double base; /* median over the repetitions */
	double shift; /* of head, Hodges-Lehmann */
	struct stats_interval interval; /* of shift; NAN when not computed */
	double p, p_adjusted; /* of "different" */
	double p_unpaired; /* of the U test, for comparison; decides only when !paired */
	double p_not_worse, p_not_better; /* the two one-sided tests (TOST) against the margin */
	bool shown; /* p_not_worse < alpha_equal; also of identical ones */
	double least; /* detectable effect: the shift that would be flagged with rule's power */
};

/*
 * Compare `nr` metrics, Holm over those that are judged (or over the family,
 * if that is larger). The paired test is taken where pairs exist and are many
 * enough for it to be able to decide; a choice by number, never by what the
 * values are, and made for the test of a difference and for the two against
 * the margin each by itself. Errors as in stats.h.
 */
int stats_compare(const struct stats_metric *m, size_t nr, const struct stats_rule *rule,
		  struct stats_comparison *out);

/* Repetitions of each from which on one of `nr` metrics can be judged at `alpha`. */
size_t stats_least_repetitions(size_t nr, double alpha);

#endif
