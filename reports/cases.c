// SPDX-License-Identifier: LGPL-2.1-or-later
#include "reports/cases.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "util/text.h"

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

/* Of the device that most I/Os of a Linux guest wait for. */
static void say_stalls(const struct pb_result *r, const struct pb_result_cell *c, char *why,
		       size_t size)
{
	const struct pb_guest_io *worst = &c->io[0];

	for (uint32_t i = 1; i < c->nr_io; i++)
		if (guest_io_lost(&c->io[i], 1) > guest_io_lost(worst, 1))
			worst = &c->io[i];
	guest_io_text(worst, r->fp.tsc_khz, why, size);
}

static void say_loss(const struct pb_result *r, unsigned int k, unsigned int n, char *why,
		     size_t size)
{
	const struct pb_result_cell *c = result_cell(r, k, n);
	uint64_t lost = counts_lost(&c->counts);
	char sums[512];
	int len;

	if (!lost && sweep_lost(&c->sweep)) {
		snprintf(why, size, "loses posts; %s",
			 sweep_sums_text(&c->sweep, sums, sizeof(sums)));
		return;
	}
	if (!lost && !c->rescued_seen) {
		say_stalls(r, c, why, size);
		return;
	}
	len = snprintf(why, size, "%s %" PRIu64 " of %" PRIu64 " posts%s in %u of %u branch%s",
		       lost ? "loses" : "strands", lost ? lost : c->rescued_seen, c->counts.posts,
		       lost ? "" : ", rescued only by later ones,", c->lossy, c->branches,
		       c->branches == 1 ? "" : "es");
	if (len > 0 && (size_t)len < size && c->state != PB_LOST_UNKNOWN)
		len += snprintf(why + len, size - (size_t)len, " (%s)", lost_state_text(c->state));
	if (len > 0 && (size_t)len + 2 < size && guest_io_lost(c->io, c->nr_io)) {
		len += snprintf(why + len, size - (size_t)len, "; ");
		say_stalls(r, c, why + len, size - (size_t)len);
	}
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
	if (c->weak && r->scenario[n].sweeps && !sweep_done(&c->sweep)) {
		sweep_sums_text(&c->sweep, why, size);
		return CASE_ERROR;
	}
	if (c->weak) {
		snprintf(why, size, "%u of %u branches did not exercise what the scenario is for",
			 c->weak, c->branches);
		return CASE_ERROR;
	}
	return CASE_PASS;
}

/* The next window of the first sweep from here on, in this branch or a later one. */
static bool find_window(const struct pb_result *r, unsigned int k, unsigned int n,
			struct case_window *w)
{
	char seed[40] = "";

	for (; w->branch < r->nr_branches; w->branch++, w->window = 0) {
		const struct pb_result_branch *b = &r->branch[w->branch];

		if (b->kernel != k || b->scenario != n || !b->sweep || b->status != PB_BRANCH_OK)
			continue;
		while (w->window < b->sweep->nr_windows && b->sweep->window[w->window].sweep)
			w->window++;
		if (w->window == b->sweep->nr_windows)
			continue;
		if (result_cell(r, k, n)->branches > 1)
			snprintf(seed, sizeof(seed), "seed 0x%" PRIx64 ", ", b->seed);
		snprintf(w->name, sizeof(w->name), "%s: %swindow %" PRIu32, r->scenario[n].name,
			 seed, b->sweep->window[w->window].number);
		return true;
	}
	return false;
}

bool case_window_first(const struct pb_result *r, unsigned int k, unsigned int n,
		       struct case_window *w)
{
	*w = (struct case_window){0};
	return find_window(r, k, n, w);
}

bool case_window_next(const struct pb_result *r, unsigned int k, unsigned int n,
		      struct case_window *w)
{
	w->window++;
	return find_window(r, k, n, w);
}

enum case_kind case_of_window(const struct pb_result *r, unsigned int k, unsigned int n,
			      const struct case_window *w, char *why, size_t size)
{
	struct pb_sweep_sums sums = {0};

	sweep_sum_window(r->branch[w->branch].sweep, w->window, &sums);
	why[0] = '\0';
	/* A scenario may allow some; then none of its windows fails. */
	if (sweep_lost(&sums) && result_cell(r, k, n)->lossy) {
		sweep_sums_text(&sums, why, size);
		return r->kernel[k].role == PB_ROLE_BASE ? CASE_EXPECTED : CASE_FAIL;
	}
	if (sweep_done(&sums))
		return CASE_PASS;
	sweep_sums_text(&sums, why, size);
	/* What is lost elsewhere is the verdict: this one says only that it proves nothing. */
	return result_cell(r, k, n)->lossy ? CASE_SKIP : CASE_ERROR;
}

void case_count(const struct pb_result *r, unsigned int k, struct case_counts *c)
{
	struct case_window w;
	char why[512];

	for (unsigned int n = 0; n < r->nr_scenarios; n++) {
		c->of[case_of(r, k, n, why, sizeof(why))]++;
		c->nr++;
		for (bool more = case_window_first(r, k, n, &w); more;
		     more = case_window_next(r, k, n, &w)) {
			c->of[case_of_window(r, k, n, &w, why, sizeof(why))]++;
			c->nr++;
		}
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

const char *case_note(uint32_t skips, uint32_t errors, const struct pb_counts *c, char *buf,
		      size_t size)
{
	uint64_t faulted = c->cls[PB_CLASS_FAULTED];
	struct text t = {.buf = buf, .size = size};

	buf[0] = '\0';
	if (skips || errors)
		text_add(&t, "%u skipped, %u failed", skips, errors);
	if (faulted)
		text_add(&t, "%s%" PRIu64 " faulted by the device", t.len ? ", " : "", faulted);
	return buf;
}
