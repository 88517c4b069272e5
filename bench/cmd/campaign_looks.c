// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * How many branches there are: a number that was asked for, or block by block
 * until nothing more is to be learnt. What decides is what the branches so far
 * say, in the order in which they were planned: never the clock, nor which one
 * ended first. So the same command has the same branches.
 */
#include <errno.h>

#include "cmd/campaign.h"
#include "cmd/cmd.h"

/*
 * Of each scenario, before the first look at delays. Losses mostly show at
 * once, and a kernel against itself needs no more.
 */
#define FIRST_BLOCK  3
/* Of each kernel, in a gate of at most 15 s: `smoke` on two CPUs. */
#define MAX_BRANCHES 32

static size_t nr_of_role(const struct campaign *c, enum pb_role role)
{
	size_t nr = 0;

	for (size_t k = 0; k < c->nr_kernels; k++)
		nr += c->role[k] == role;
	return nr;
}

/* One branch of a sweep tries every instant; it is for losses, not for delays. */
static bool is_sweep(const struct campaign *c, unsigned int scenario)
{
	return c->result->scenario[scenario].sweeps;
}

/* Scenarios whose delays are compared. */
static size_t nr_delayed(const struct campaign *c)
{
	size_t nr = 0;

	for (unsigned int n = 0; n < c->nr_scenarios; n++)
		nr += !is_sweep(c, n);
	return nr;
}

/* 0, or CMD_ERROR after a line. */
static int make_looks(struct campaign *c)
{
	size_t scenarios = nr_delayed(c);
	size_t rows = nr_of_role(c, PB_ROLE_HEAD) * scenarios * PB_METRICS;
	double alpha = stats_rule_default.alpha;
	uint64_t max = c->opts->max_branches, each;

	each = (max ? max : MAX_BRANCHES) / scenarios;
	/* With fewer nothing could be said at all. */
	if (!max && each < stats_least_repetitions(rows, alpha))
		each = stats_least_repetitions(rows, alpha);
	if (!each)
		each = 1;
	if (each > STATS_MAX) {
		cmd_error("--max-branches %llu: must be at most %zu for %zu scenarios",
			  (unsigned long long)max, STATS_MAX * scenarios, scenarios);
		return CMD_ERROR;
	}
	if (stats_design_make(each, rows, alpha, &c->result->looks))
		return CMD_ERROR;
	c->depth = (uint32_t)each;
	return 0;
}

int campaign_plan_looks(struct campaign *c)
{
	uint64_t all = c->opts->branches;

	if (c->opts->for_s) {
		c->depth = (uint32_t)(PB_RESULT_MAX_BRANCHES / (c->nr_scenarios * c->nr_kernels));
		return 0;
	}
	c->sequential =
		!all && nr_of_role(c, PB_ROLE_BASE) && nr_of_role(c, PB_ROLE_HEAD) && nr_delayed(c);
	if (c->sequential)
		return make_looks(c);
	if (!all)
		all = FIRST_BLOCK * c->nr_scenarios; /* nothing to compare: losses only */
	c->total = (uint32_t)all;
	c->depth = (uint32_t)((all + c->nr_scenarios - 1) / c->nr_scenarios);
	return 0;
}

uint32_t campaign_share(const struct campaign *c, unsigned int scenario)
{
	uint32_t nr = (uint32_t)c->nr_scenarios, share;

	/* By time: unless there is nothing else to do. */
	if (c->opts->for_s)
		return is_sweep(c, scenario) && nr_delayed(c) ? 1 : c->depth;
	if (!c->opts->branches && is_sweep(c, scenario))
		return 1;
	if (c->sequential)
		return c->depth;
	/* What is left over goes to the first scenarios of the set: they find most. */
	share = c->total / nr + (scenario < c->total % nr);
	return share ? share : 1;
}

/* Branch by branch, so that whatever changes with time changes for all kernels alike. */
static void add_block(struct campaign *c, uint32_t to)
{
	for (uint32_t b = c->reach; b < to; b++)
		for (unsigned int n = 0; n < c->nr_scenarios; n++)
			for (unsigned int k = 0; k < c->nr_kernels; k++) {
				struct pb_job *job = &c->job[c->nr_jobs];

				if (c->closed[n] || b >= campaign_share(c, n))
					break;
				job->kernel = &c->kernel[k];
				job->plan = &c->plan[n * c->depth + b];
				job->guest = c->guest_of[n];
				c->where[c->nr_jobs++] = (struct campaign_job){k, n, b};
			}
	c->reach = to;
}

/* The end of the block behind `reach`. */
static uint32_t next_end(const struct campaign *c)
{
	const struct stats_design *d = &c->result->looks;

	if (!c->sequential)
		return c->depth;
	if (!c->reach && FIRST_BLOCK < d->n[0])
		return FIRST_BLOCK;
	for (unsigned int i = 0; i < d->looks; i++)
		if (d->n[i] > c->reach)
			return (uint32_t)d->n[i];
	return c->depth;
}

/* Does no further branch change the verdict? */
static bool is_decided(const struct campaign *c)
{
	const struct pb_result *r = c->result;

	if (r->latency.nr_state[STATS_SLOWER])
		return true;
	for (unsigned int n = 0; n < c->nr_scenarios; n++)
		for (unsigned int k = 0; k < c->nr_kernels; k++) {
			const struct pb_result_cell *cell = result_cell(r, k, n);

			if (cell->errors || (cell->lossy && c->role[k] != PB_ROLE_BASE))
				return true;
		}
	return false;
}

/*
 * --for: one branch more of every scenario, till the time is up; what an earlier
 * command has of them is taken in any case. Nothing is judged before the end.
 */
static bool next_round(struct campaign *c)
{
	bool open = false;

	if (c->until > 0 && campaign_now() >= c->until)
		return false;
	for (unsigned int n = 0; n < c->nr_scenarios && !c->error; n++) {
		char reason[PB_SCENARIO_ERR];

		if (c->closed[n] || c->reach >= campaign_share(c, n))
			continue;
		open = true;
		if (campaign_plan(c, n, c->reach, reason, sizeof(reason)))
			c->error = -EINVAL;
	}
	if (!open || c->error)
		return false;
	add_block(c, c->reach + 1);
	return true;
}

bool campaign_next_block(struct campaign *c)
{
	bool open = false;

	if (c->reach >= c->depth || c->over || c->error)
		return false;
	if (c->opts->for_s)
		return next_round(c);
	if (c->reach) {
		c->error = result_finish(c->result);
		if (c->error || is_decided(c))
			return false;
	}
	for (unsigned int n = 0; n < c->nr_scenarios; n++) {
		c->closed[n] |= c->reach && latency_settled(c->result, n);
		open |= !c->closed[n];
	}
	if (open)
		add_block(c, next_end(c));
	return open;
}
