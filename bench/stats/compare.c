// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <gsl/gsl_cdf.h>

#include "stats/compare.h"
#include "stats/rank.h"

const struct stats_rule stats_rule_default = {
	.alpha = 0.01,
	.alpha_equal = 0.05,
	.power = 0.85,
	.bootstrap = {.level = 0.95, .replicates = 1000, .seed = 1},
};

const char *stats_state_name(enum stats_state s)
{
	static const char *const name[] = {
		[STATS_TOO_FEW] = "not judged",
		[STATS_IDENTICAL] = "identical",
		[STATS_SLOWER] = "slower",
		[STATS_FASTER] = "faster",
		[STATS_EQUIVALENT] = "equivalent",
		[STATS_NO_WORSE] = "no worse",
		[STATS_INCONCLUSIVE] = "inconclusive",
	};

	return (unsigned int)s < STATS_STATES ? name[s] : "?";
}

size_t stats_least_repetitions(size_t nr, double alpha)
{
	size_t n = 1;

	while (n < STATS_MAX && stats_least_p(false, n) * (double)nr >= alpha)
		n++;
	return n;
}

/* The test that decides, of the values as they are or with base moved by `by`. */
static int test(const struct stats_metric *m, bool paired, double by, enum stats_claim claim,
		struct stats_test *t)
{
	double moved[STATS_MAX];

	if (m->nr_base > STATS_MAX)
		return -EINVAL;
	for (size_t i = 0; i < m->nr_base; i++)
		moved[i] = paired ? m->head[i] - m->base[i] - by : m->base[i] + by;
	if (paired)
		return stats_signed_rank(moved, m->nr_base, claim, STATS_AUTO, t);
	return stats_mann_whitney(moved, m->nr_base, m->head, m->nr_head, claim, STATS_AUTO, t);
}

static bool is_identical(const struct stats_metric *m)
{
	return m->pairable && !memcmp(m->base, m->head, m->nr_base * sizeof(*m->base));
}

static int is_usable(const struct stats_metric *m)
{
	return rank_usable(m->base, m->nr_base) && rank_usable(m->head, m->nr_head) &&
	       m->margin > 0 && isfinite(m->margin) && (!m->pairable || m->nr_base == m->nr_head);
}

/* p values and estimate; `share`: what the least of p must be able to get below. */
static int measure(const struct stats_metric *m, double share, double alpha_equal,
		   struct stats_comparison *c)
{
	/* One-sided: half of the least p of "different". */
	bool paired = m->pairable && stats_least_p(true, m->nr_base) / 2 < alpha_equal;
	struct stats_test t;
	int ret;

	c->paired = m->pairable && stats_least_p(true, m->nr_base) < share;
	ret = stats_median(m->base, m->nr_base, &c->base);
	if (!ret)
		ret = test(m, false, 0, STATS_DIFFERENT, &t);
	if (ret)
		return ret;
	c->p_unpaired = t.p;
	ret = test(m, c->paired, 0, STATS_DIFFERENT, &t);
	if (ret)
		return ret;
	c->p = t.p;
	c->exact = t.exact;
	ret = test(m, paired, m->margin, STATS_LESS, &t);
	if (ret)
		return ret;
	c->p_not_worse = t.p;
	c->shown = t.p < alpha_equal;
	ret = test(m, paired, -m->margin, STATS_GREATER, &t);
	c->p_not_better = t.p;
	return ret;
}

static int estimate(const struct stats_metric *m, const struct stats_bootstrap *b,
		    struct stats_comparison *c)
{
	double diff[STATS_MAX];
	int ret;

	for (size_t i = 0; c->paired && i < m->nr_base; i++)
		diff[i] = m->head[i] - m->base[i];
	if (!b && c->paired)
		ret = stats_pseudo_median(diff, m->nr_base, &c->shift);
	else if (!b)
		ret = stats_shift(m->base, m->nr_base, m->head, m->nr_head, &c->shift);
	else if (c->paired)
		ret = stats_pseudo_median_interval(diff, m->nr_base, b, &c->interval);
	else
		ret = stats_shift_interval(m->base, m->nr_base, m->head, m->nr_head, b,
					   &c->interval);
	return ret;
}

/*
 * The shift that is flagged with the wanted power: beyond what the test needs
 * and beyond the margin at the interval's lower end, whichever is more.
 */
static double least_effect(const struct stats_metric *m, const struct stats_rule *rule,
			   double share, const struct stats_comparison *c)
{
	double half = gsl_cdf_ugaussian_Qinv((1 - rule->bootstrap.level) / 2);
	double error = (c->interval.high - c->interval.low) / (2 * half);
	double sure = gsl_cdf_ugaussian_Pinv(rule->power);

	return fmax((gsl_cdf_ugaussian_Qinv(share / 2) + sure) * error,
		    m->margin + (half + sure) * error);
}

/* What the tests against the margin show; `none` when nothing. */
static enum stats_state decide_equal(const struct stats_rule *rule,
				     const struct stats_comparison *c, enum stats_state none)
{
	if (!c->shown)
		return none;
	return c->p_not_better < rule->alpha_equal ? STATS_EQUIVALENT : STATS_NO_WORSE;
}

static enum stats_state decide(const struct stats_metric *m, const struct stats_rule *rule,
			       const struct stats_comparison *c)
{
	if (is_identical(m))
		return STATS_IDENTICAL;
	if (c->p_adjusted < rule->alpha && c->interval.low > m->margin)
		return STATS_SLOWER;
	if (c->p_adjusted < rule->alpha && c->interval.high < -m->margin)
		return STATS_FASTER;
	return decide_equal(rule, c, STATS_INCONCLUSIVE);
}

/* So few repetitions cannot show a difference, but perhaps that there is none. */
static enum stats_state decide_few(const struct stats_metric *m, const struct stats_rule *rule,
				   const struct stats_comparison *c)
{
	return is_identical(m) ? STATS_IDENTICAL : decide_equal(rule, c, STATS_TOO_FEW);
}

/* Holm over the metrics that are judged, and the rest of the family. */
static int adjust(struct stats_comparison *c, size_t nr, size_t family)
{
	double *p = calloc(nr + family + 1, sizeof(*p));
	size_t judged = 0, k = 0;
	int ret = 0;

	if (!p)
		return -ENOMEM;
	for (size_t i = 0; i < nr; i++)
		if (c[i].state != STATS_TOO_FEW)
			p[judged++] = c[i].p;
	/* Those that are not here reject nothing. */
	while (judged < family)
		p[judged++] = 1;
	if (judged)
		ret = stats_holm(p, judged, p);
	for (size_t i = 0; !ret && i < nr; i++)
		if (c[i].state != STATS_TOO_FEW)
			c[i].p_adjusted = p[k++];
	free(p);
	return ret;
}

static int judge(const struct stats_metric *m, const struct stats_rule *rule, double share,
		 struct stats_comparison *c)
{
	int ret = 0;

	if (!rule->lazy || c->p_adjusted < rule->alpha) {
		ret = estimate(m, &rule->bootstrap, c);
		if (ret)
			return ret;
		c->least = least_effect(m, rule, share, c);
	}
	c->state = decide(m, rule, c);
	return ret;
}

int stats_compare(const struct stats_metric *m, size_t nr, const struct stats_rule *rule,
		  struct stats_comparison *out)
{
	size_t family = rule->family > nr ? rule->family : nr;
	double share = family ? rule->alpha / (double)family : 1;
	int ret = 0;

	for (size_t i = 0; i < nr && !ret; i++) {
		size_t least = m[i].nr_base < m[i].nr_head ? m[i].nr_base : m[i].nr_head;

		if (!is_usable(&m[i]))
			return -EINVAL;
		out[i] = (struct stats_comparison){.interval = {NAN, NAN},
						   .p = 1,
						   .p_adjusted = 1,
						   .p_unpaired = 1,
						   .p_not_worse = 1,
						   .p_not_better = 1,
						   .least = NAN};
		ret = measure(&m[i], share, rule->alpha_equal, &out[i]);
		if (!ret)
			ret = estimate(&m[i], NULL, &out[i]);
		out[i].state =
			stats_least_p(false, least) < share ? STATS_INCONCLUSIVE : STATS_TOO_FEW;
	}
	if (!ret)
		ret = adjust(out, nr, rule->family);
	for (size_t i = 0; i < nr && !ret; i++) {
		if (out[i].state != STATS_TOO_FEW)
			ret = judge(&m[i], rule, share, &out[i]);
		else
			out[i].state = decide_few(&m[i], rule, &out[i]);
	}
	return ret;
}
