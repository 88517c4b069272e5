/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * stats.h - two samples against each other, without any assumption on the
 * distribution (docs/statistics.md). Plain arrays: `base` and `head` hold one
 * value per repetition, never the single samples of one repetition.
 *
 * All functions return 0, or
 *   -EINVAL  an array is empty or longer than STATS_MAX, a value is not
 *            finite, or a parameter is out of its range
 *   -ENOMEM
 * and do not write to what they are given to read.
 */
#ifndef PB_STATS_STATS_H
#define PB_STATS_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STATS_MAX        128 /* repetitions; all pairs of two samples are looked at */
#define STATS_EXACT_RANK 40 /* both samples together: the exact rank sum up to here */
#define STATS_EXACT_SIGN 50 /* differences that are not 0: the exact signed rank up to here */

/* ---- tests ---------------------------------------------------------------- */

/* What is claimed, if p is small. */
enum stats_claim {
	STATS_DIFFERENT,
	STATS_GREATER, /* head is greater */
	STATS_LESS, /* head is less */
};

enum stats_method {
	STATS_AUTO, /* exact while the sample is small */
	STATS_EXACT, /* -EINVAL above the limits */
	STATS_NORMAL, /* with the corrections for ties and for continuity */
};

struct stats_test {
	double statistic; /* U of head, or the sum of the ranks of positive differences */
	double p; /* "different": twice the smaller tail, at most 1 */
	bool exact;
};

/*
 * Mann and Whitney, On a test of whether one of two random variables is
 * stochastically larger than the other, Ann. Math. Stat. 18 (1947). Exact:
 * the permutation distribution of the midranks as they are, so ties are no
 * exception (Streitberg and Roehmel's shift algorithm, 1986). Normal:
 * variance with ties as in Hollander and Wolfe, Nonparametric Statistical
 * Methods, 4.1.
 */
int stats_mann_whitney(const double *base, size_t nr_base, const double *head, size_t nr_head,
		       enum stats_claim claim, enum stats_method method, struct stats_test *t);

/*
 * Wilcoxon's signed rank test of differences head - base, Individual
 * comparisons by ranking methods, Biometrics Bull. 1 (1945). Differences of 0
 * are left out, as he does; when there are no others p is 1.
 */
int stats_signed_rank(const double *diff, size_t nr, enum stats_claim claim,
		      enum stats_method method, struct stats_test *t);

/* The least p that `nr` repetitions (of each, or pairs) can give: all one way, no ties. */
double stats_least_p(bool paired, size_t nr);

/*
 * Holm, A simple sequentially rejective multiple test procedure, Scand. J.
 * Stat. 6 (1979): p values of `nr` tests adjusted so that comparing each with
 * alpha keeps the chance of any false claim at or below alpha, however the
 * tests depend on each other. `adjusted` may be `p`.
 */
int stats_holm(const double *p, size_t nr, double *adjusted);

/* ---- estimates ------------------------------------------------------------ */

/*
 * Hodges and Lehmann, Estimates of location based on rank tests, Ann. Math.
 * Stat. 34 (1963). Shift: median of all head - base. One sample: median of
 * all averages of two (Walsh), each with itself, too.
 */
int stats_shift(const double *base, size_t nr_base, const double *head, size_t nr_head,
		double *shift);
int stats_pseudo_median(const double *diff, size_t nr, double *median);

struct stats_interval {
	double low, high;
};

/* Bootstrap: same seed, same interval, on any machine. */
struct stats_bootstrap {
	double level; /* of the interval, in (0, 1): 0.95 */
	unsigned int replicates; /* 10 to 100000 */
	uint64_t seed;
};

/*
 * Percentile interval of stats_shift(): each sample is drawn anew with
 * replacement, on its own (Efron and Tibshirani, An Introduction to the
 * Bootstrap, 13.3). And of stats_pseudo_median(): the pairs are drawn.
 */
int stats_shift_interval(const double *base, size_t nr_base, const double *head, size_t nr_head,
			 const struct stats_bootstrap *b, struct stats_interval *i);
int stats_pseudo_median_interval(const double *diff, size_t nr, const struct stats_bootstrap *b,
				 struct stats_interval *i);

/* Median; of an even number the mean of the two in the middle. */
int stats_median(const double *v, size_t nr, double *median);

/* ---- several looks -------------------------------------------------------- */

#define STATS_MAX_LOOKS 8

/*
 * A group-sequential design: after n[0], n[1], ... repetitions the data are
 * looked at, and the measurement ends when they decide. alpha is spent over
 * the looks as Lan and DeMets (Discrete sequential boundaries for clinical
 * trials, Biometrika 70, 1983) spend it with the function of Pocock's type,
 *     alpha * ln(1 + (e - 1) t),   t = n / n of the last look
 * but each look tests at its own share alone. By Bonferroni's inequality the
 * chance of a false claim at any look is then at most alpha, whatever the test
 * and however the looks depend on each other: no normal approximation in it.
 */
struct stats_design {
	unsigned int looks; /* 1 to STATS_MAX_LOOKS */
	size_t n[STATS_MAX_LOOKS]; /* ascending, the last at most STATS_MAX */
};
/* 12, 20, 32, 48 and 64 repetitions. */
extern const struct stats_design stats_design_default;

/* alpha of this look (from 0); the looks' sum is alpha. */
int stats_look_alpha(const struct stats_design *d, unsigned int look, double alpha, double *at);

#endif
