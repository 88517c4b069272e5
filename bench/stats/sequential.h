/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sequential.h - several metrics at several looks: what `gate` decides with
 * while its branches come in, and what `make bench-stats` measures the errors
 * of. Each look is a stats_compare() of all data so far, at its own share of
 * alpha (stats_look_alpha()); so the chance of any false "slower" or "faster",
 * at any look and in any metric, is at most alpha, and that of a false "no
 * worse" of one metric at most alpha_equal.
 *
 * Errors as in stats.h.
 */
#ifndef PB_STATS_SEQUENTIAL_H
#define PB_STATS_SEQUENTIAL_H

#include "stats/compare.h"

/*
 * The looks at a measurement of at most `max` repetitions (1 to STATS_MAX) of
 * `nr` metrics: some of 8, 12, 20, 32, 48, 64 and 96, then `max`. Looks that
 * are too early for any p to count at their share of alpha are left out, so
 * that none of alpha is spent on them; the last one stays in any case.
 */
int stats_design_make(size_t max, size_t nr, double alpha, struct stats_design *d);

/*
 * Leave out what repeats: of a, or of the pairs of a and b (NULL: no pairs),
 * each value counts once, in the order of its first. Two repetitions of
 * different seeds can be the same one, or differ in nothing that a metric
 * depends on; where equal schedules give equal runs they then are equal to the
 * bit, and the second would make a difference look surer than it is. Returns
 * how many are left.
 */
size_t stats_drop_repeats(double *a, double *b, size_t nr);

/* What is known of each metric before the first look: nothing. */
void stats_look_init(struct stats_comparison *c, size_t nr);

/*
 * Look `look` (from 0) of design `d` at `nr` metrics, of which those are looked
 * at that are `due` (have d->n[look] repetitions); the others keep what is in c.
 * They count in the family all the same. c: in and out; a claim of an earlier
 * look stays, unless this look makes a stronger one.
 */
int stats_look(const struct stats_metric *m, const bool *due, size_t nr,
	       const struct stats_rule *rule, const struct stats_design *d, unsigned int look,
	       struct stats_comparison *c);

#endif
