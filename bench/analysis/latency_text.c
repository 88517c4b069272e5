// SPDX-License-Identifier: LGPL-2.1-or-later
/* What the comparison of delays says, in English. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "analysis/result.h"
#include "util/text.h"

const char *metric_name(enum pb_metric m)
{
	static const char *const name[PB_METRICS] = {"median", "p99", "max"};

	return (unsigned int)m < PB_METRICS ? name[m] : "?";
}

static double percent(const struct pb_latency_row *row, double ticks)
{
	return row->c.base > 0 ? 100 * ticks / row->c.base : INFINITY;
}

const struct pb_latency_row *latency_slowest(const struct pb_latency *l)
{
	const struct pb_latency_row *worst = NULL;

	for (size_t i = 0; i < l->nr; i++) {
		const struct pb_latency_row *row = &l->row[i];

		if (row->why == PB_LATENCY_COMPARED && row->c.state == STATS_SLOWER &&
		    (!worst || percent(row, row->c.shift) > percent(worst, worst->c.shift)))
			worst = row;
	}
	return worst;
}

/* "p99 of preempt-load by 412 (+12.1 %" */
static void add_row(const struct pb_result *r, struct text *t, const struct pb_latency_row *row)
{
	text_add(t, "%s of %s by %.0f", metric_name(row->metric), r->scenario[row->scenario].name,
		 fabs(row->c.shift));
	if (row->c.base > 0)
		text_add(t, " (%+.1f %%)", percent(row, row->c.shift));
}

/* All others in this state. */
static void add_others(const struct pb_result *r, struct text *t, enum stats_state state,
		       const struct pb_latency_row *but, const char *sep)
{
	for (size_t i = 0; i < r->latency.nr; i++) {
		const struct pb_latency_row *row = &r->latency.row[i];

		if (row == but || row->why != PB_LATENCY_COMPARED || row->c.state != state)
			continue;
		text_add(t, "%s", sep);
		add_row(r, t, row);
		sep = ", ";
	}
}

void latency_sentence(const struct pb_result *r, char *buf, size_t size)
{
	const struct pb_latency_row *row = latency_slowest(&r->latency);
	struct text t = {.buf = buf, .size = size};

	if (!row)
		return;
	text_add(&t, "%s is slower than %s: excess delay, ", r->kernel[row->head].name,
		 r->kernel[row->base].name);
	add_row(r, &t, row);
	text_add(&t, " %s, %.0f %% interval %.0f to %.0f, p = %.2g after Holm, ", r->fp.unit,
		 100 * stats_rule_default.bootstrap.level, row->c.interval.low,
		 row->c.interval.high, row->c.p_adjusted);
	if (row->c.paired)
		text_add(&t, "%u pairs of branches with equal seeds", row->nr_base);
	else
		text_add(&t, "%u against %u branches", row->nr_head, row->nr_base);
	add_others(r, &t, STATS_SLOWER, row, "; also ");
	text_add(&t, ".");
}

/* Of the inconclusive rows the one in which most could hide. */
static const struct pb_latency_row *blindest(const struct pb_latency *l)
{
	const struct pb_latency_row *worst = NULL;

	for (size_t i = 0; i < l->nr; i++) {
		const struct pb_latency_row *row = &l->row[i];

		if (row->why == PB_LATENCY_COMPARED && row->c.state == STATS_INCONCLUSIVE &&
		    (!worst || percent(row, row->c.least) > percent(worst, worst->c.least)))
			worst = row;
	}
	return worst;
}

/* Errors go with the root of the number. */
static void add_advice(const struct pb_result *r, struct text *t)
{
	const struct stats_design *d = &r->looks;
	size_t most = d->looks ? d->n[d->looks - 1] : STATS_MAX;

	if (4 * most <= STATS_MAX)
		text_add(t, ", half of that with --max-branches %zu", 4 * most * r->nr_scenarios);
}

static void add_inconclusive(const struct pb_result *r, struct text *t, size_t judged)
{
	const struct pb_latency_row *row = blindest(&r->latency);

	if (!row)
		return;
	text_add(t,
		 "Delays are inconclusive in %zu of %zu metrics: in %s of %s only a shift of "
		 "%.0f %s or more would be flagged",
		 r->latency.nr_state[STATS_INCONCLUSIVE], judged, metric_name(row->metric),
		 r->scenario[row->scenario].name, row->c.least, r->fp.unit);
	add_advice(r, t);
	text_add(t, ". ");
}

static void add_good(struct text *t, const struct pb_latency *l, size_t judged)
{
	size_t same = l->nr_state[STATS_IDENTICAL];
	size_t good = l->nr_state[STATS_EQUIVALENT] + l->nr_state[STATS_NO_WORSE];

	if (same && same == judged)
		text_add(t, "Delays are identical in all %zu metrics. ", judged);
	else if (same + good)
		text_add(t, "Delays are no worse by %.0f %% in %zu of %zu metrics. ",
			 100 * PB_LATENCY_MARGIN, same + good, judged);
}

void latency_clause(const struct pb_result *r, char *buf, size_t size)
{
	const struct pb_latency *l = &r->latency;
	size_t same = l->nr_state[STATS_IDENTICAL];
	size_t good = same + l->nr_state[STATS_EQUIVALENT] + l->nr_state[STATS_NO_WORSE] +
		      l->nr_state[STATS_FASTER];

	if (!l->nr)
		snprintf(buf, size, "%s", "");
	else if (same == l->nr)
		snprintf(buf, size, "its delays are identical");
	else if (good == l->nr)
		snprintf(buf, size, "its delays are no worse");
	else if (good)
		snprintf(buf, size, "not all of its delays could be judged");
	else
		snprintf(buf, size, "its delays could not be judged");
}

/* Are there too few only because some are the same? */
static bool any_repeats(const struct pb_latency *l)
{
	for (size_t i = 0; i < l->nr; i++)
		if (l->row[i].why == PB_LATENCY_COMPARED && l->row[i].c.state == STATS_TOO_FEW &&
		    l->row[i].repeats)
			return true;
	return false;
}

void latency_remark(const struct pb_result *r, char *buf, size_t size)
{
	const struct pb_latency *l = &r->latency;
	struct text t = {.buf = buf, .size = size};
	size_t few = l->nr_state[STATS_TOO_FEW];
	size_t judged = l->nr - few - l->nr_lossy - l->nr_coalesced - l->nr_empty;

	if (size)
		buf[0] = '\0';
	if (l->nr_state[STATS_FASTER]) {
		text_add(&t, "Head is faster: ");
		add_others(r, &t, STATS_FASTER, NULL, "");
		text_add(&t, " %s. ", r->fp.unit);
	}
	add_good(&t, l, judged);
	add_inconclusive(r, &t, judged);
	if (few)
		text_add(
			&t,
			"Delays are not judged in %zu metric%s: too few branches%s; %u of each are "
			"enough. ",
			few, few == 1 ? "" : "s", any_repeats(l) ? " that differ" : "", l->least);
	if (l->nr_lossy)
		text_add(&t, "Delays are not compared where interrupts are lost. ");
	if (l->nr_coalesced)
		text_add(&t,
			 "Median and p99 are not compared where kernels coalesce differently. ");
}
