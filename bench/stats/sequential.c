// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stats/sequential.h"

/* Leave out the first looks as long as they cannot decide. */
static int drop_idle(struct stats_design *d, size_t nr, double alpha)
{
	while (d->looks > 1) {
		double at;
		int ret = stats_look_alpha(d, 0, alpha, &at);

		if (ret || stats_least_p(false, d->n[0]) * (double)nr < at)
			return ret;
		d->looks--;
		memmove(d->n, d->n + 1, d->looks * sizeof(d->n[0]));
	}
	return 0;
}

int stats_design_make(size_t max, size_t nr, double alpha, struct stats_design *d)
{
	static const size_t at[] = {8, 12, 20, 32, 48, 64, 96};

	if (!max || max > STATS_MAX || !nr || !(alpha > 0 && alpha < 1))
		return -EINVAL;
	memset(d, 0, sizeof(*d));
	/* A look shortly before the last one would only cost. */
	for (size_t i = 0; i < sizeof(at) / sizeof(at[0]) && at[i] * 5 <= max * 4; i++)
		d->n[d->looks++] = at[i];
	d->n[d->looks++] = max;
	return drop_idle(d, nr, alpha);
}

size_t stats_drop_repeats(double *a, double *b, size_t nr)
{
	size_t kept = 0;

	for (size_t i = 0; i < nr; i++) {
		size_t k = 0;

		while (k < kept && (a[k] != a[i] || (b && b[k] != b[i])))
			k++;
		if (k < kept)
			continue;
		a[kept] = a[i];
		if (b)
			b[kept] = b[i];
		kept++;
	}
	return kept;
}

void stats_look_init(struct stats_comparison *c, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		c[i] = (struct stats_comparison){.interval = {NAN, NAN},
						 .p = 1,
						 .p_adjusted = 1,
						 .p_unpaired = 1,
						 .p_not_worse = 1,
						 .p_not_better = 1,
						 .least = NAN};
}

/* Which of two claims stays: those that were tested before those that were not. */
static int strength(enum stats_state s)
{
	static const int
		of[STATS_STATES] =
			{
				[STATS_TOO_FEW] = 0,
				[STATS_IDENTICAL] = 0, /* is no claim, but what was seen */
				[STATS_INCONCLUSIVE] = 1,
				[STATS_NO_WORSE] = 2,
				[STATS_EQUIVALENT] = 3,
				[STATS_FASTER] = 4,
				[STATS_SLOWER] = 5,
			};

	return of[s];
}

static void keep_claim(const struct stats_comparison *before, struct stats_comparison *c)
{
	bool shown = before->shown || c->shown;

	if (c->state != STATS_IDENTICAL && strength(before->state) > strength(c->state))
		c->state = before->state;
	c->shown = shown;
}

int stats_look(const struct stats_metric *m, const bool *due, size_t nr,
	       const struct stats_rule *rule, const struct stats_design *d, unsigned int look,
	       struct stats_comparison *c)
{
	struct stats_metric *now = calloc(nr + 1, sizeof(*now));
	struct stats_comparison *out = calloc(nr + 1, sizeof(*out));
	struct stats_rule at = *rule;
	size_t k = 0;
	int ret = -ENOMEM;

	at.family = nr;
	if (now && out)
		ret = stats_look_alpha(d, look, rule->alpha, &at.alpha);
	if (!ret)
		ret = stats_look_alpha(d, look, rule->alpha_equal, &at.alpha_equal);
	for (size_t i = 0; !ret && i < nr; i++)
		if (due[i])
			now[k++] = m[i];
	if (!ret)
		ret = stats_compare(now, k, &at, out);
	for (size_t i = 0, j = 0; !ret && i < nr; i++) {
		if (!due[i])
			continue;
		keep_claim(&c[i], &out[j]);
		c[i] = out[j++];
	}
	free(now);
	free(out);
	return ret;
}
