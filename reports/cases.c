// SPDX-License-Identifier: LGPL-2.1-or-later
#include "reports/cases.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

/* The first branch of the cell with this status; NULL: none. */
static const struct pb_result_branch *first_with(const struct pb_result *r, unsigned int k,
						 unsigned int n, enum pb_branch_status status)
{
	for (size_t i = 0; i < r->nr_branches; i++)
		if (r->branch[i].kernel == k && r->branch[i].scenario == n &&
		    r->branch[i].status == status)
			return &r->branch[i];
	return NULL;
}

static void say_loss(const struct pb_result *r, unsigned int k, unsigned int n, char *why,
		     size_t size)
{
	const struct pb_result_cell *c = result_cell(r, k, n);
	uint64_t lost = counts_lost(&c->counts);
	int len;

	len = snprintf(why, size, "%s %" PRIu64 " of %" PRIu64 " posts%s in %u of %u branch%s",
		       lost ? "loses" : "strands", lost ? lost : c->rescued_seen, c->counts.posts,
		       lost ? "" : ", rescued only by later ones,", c->lossy, c->branches,
		       c->branches == 1 ? "" : "es");
	if (len > 0 && (size_t)len < size && c->state != PB_LOST_UNKNOWN)
		snprintf(why + len, size - (size_t)len, " (%s)", lost_state_text(c->state));
}

enum case_kind case_of(const struct pb_result *r, unsigned int k, unsigned int n, char *why,
		       size_t size)
{
	const struct pb_result_cell *c = result_cell(r, k, n);

	why[0] = '\0';
	if (c->errors) {
		snprintf(why, size, "%u of %u branches failed: %s", c->errors,
			 c->errors + c->branches + c->skips,
			 first_with(r, k, n, PB_BRANCH_ERROR)->reason);
		return CASE_ERROR;
	}
	if (c->lossy) {
		say_loss(r, k, n, why, size);
		return r->kernel[k].role == PB_ROLE_BASE ? CASE_EXPECTED : CASE_FAIL;
	}
	if (!c->branches && c->skips) {
		snprintf(why, size, "%s", first_with(r, k, n, PB_BRANCH_SKIP)->reason);
		return CASE_SKIP;
	}
	if (!c->branches) {
		snprintf(why, size, "it was not run");
		return CASE_SKIP;
	}
	if (c->weak) {
		snprintf(why, size, "%u of %u branches did not exercise what the scenario is for",
			 c->weak, c->branches);
		return CASE_ERROR;
	}
	return CASE_PASS;
}

void case_count(const struct pb_result *r, unsigned int k, struct case_counts *c)
{
	char why[512];

	for (unsigned int n = 0; n < r->nr_scenarios; n++) {
		c->of[case_of(r, k, n, why, sizeof(why))]++;
		c->nr++;
	}
}

double case_seconds(const struct pb_result *r, unsigned int k, unsigned int n)
{
	double sum = 0;

	for (size_t i = 0; i < r->nr_branches; i++)
		if (r->branch[i].kernel == k && r->branch[i].scenario == n)
			sum += round(r->branch[i].wall_s * 1000) / 1000;
	return sum;
}

bool case_verdict_needed(const struct pb_result *r)
{
	struct case_counts c = {0};

	for (unsigned int k = 0; k < r->nr_kernels; k++)
		case_count(r, k, &c);
	return !c.of[CASE_ERROR] &&
	       (r->verdict.kind == PB_VERDICT_ERROR || r->verdict.kind == PB_VERDICT_INCONCLUSIVE);
}
