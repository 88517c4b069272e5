// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/branch.h"
#include "analysis/result.h"
#include "event/run.h"

struct pb_result *result_new(void)
{
	return calloc(1, sizeof(struct pb_result));
}

static void cells_free(struct pb_result *r)
{
	latency_free(&r->latency);
	if (!r->cell)
		return;
	for (size_t i = 0; i < r->nr_scenarios * r->nr_kernels; i++) {
		samples_free(&r->cell[i].excess);
		for (size_t k = 0; k < r->cell[i].nr_io; k++)
			samples_free(&r->cell[i].io[k].took);
	}
	free(r->cell);
	r->cell = NULL;
}

void result_free(struct pb_result *r)
{
	if (!r)
		return;
	cells_free(r);
	for (size_t i = 0; i < r->nr_branches; i++)
		branch_release(&r->branch[i]);
	free(r->branch);
	free(r);
}

int result_add_kernel(struct pb_result *r, const struct pb_kernel *k, enum pb_role role,
		      const char *replay)
{
	struct pb_result_kernel *to = &r->kernel[r->nr_kernels];
	char by_name[sizeof(k->name) + 16];

	if (r->nr_kernels == PB_RESULT_MAX_KERNELS)
		return -ENOSPC;
	cells_free(r);
	to->role = role;
	run_set_text(to->name, sizeof(to->name), k->name);
	run_set_text(to->release, sizeof(to->release), k->release);
	run_set_text(to->build_id, sizeof(to->build_id), k->build_id);
	run_set_text(to->compiler, sizeof(to->compiler), k->compiler);
	snprintf(by_name, sizeof(by_name), "--kernel %s", k->name);
	run_set_text(to->replay, sizeof(to->replay), replay ? replay : by_name);
	return (int)r->nr_kernels++;
}

int result_add_scenario(struct pb_result *r, const struct pb_scenario *s)
{
	struct pb_result_scenario *to = &r->scenario[r->nr_scenarios];

	if (r->nr_scenarios == PB_RESULT_MAX_SCEN)
		return -ENOSPC;
	cells_free(r);
	memcpy(to->name, s->name, sizeof(to->name));
	memcpy(to->summary, s->summary, sizeof(to->summary));
	to->expect = s->expect;
	to->late_us = s->plan.late_us;
	to->sweeps = s->plan.nr_sweeps;
	run_set_text(to->guest_kernel, sizeof(to->guest_kernel), s->guest_kernel);
	run_set_text(to->guest_build_id, sizeof(to->guest_build_id), s->plan.guest.build_id);
	to->stall_us = s->plan.guest.stall_us;
	to->io_timeout_us = s->plan.guest.io_timeout_us;
	return (int)r->nr_scenarios++;
}

/* Room for one more; NULL when there is none, with *ret saying why. */
static struct pb_result_branch *new_branch(struct pb_result *r, unsigned int kernel,
					   unsigned int scenario, int *ret)
{
	struct pb_result_branch *b;

	*ret = -EINVAL;
	if (kernel >= r->nr_kernels || scenario >= r->nr_scenarios)
		return NULL;
	*ret = -ENOSPC;
	if (r->nr_branches == PB_RESULT_MAX_BRANCHES)
		return NULL;
	*ret = -ENOMEM;
	if (r->nr_branches == r->max_branches) {
		size_t max = r->max_branches ? 2 * r->max_branches : 64;

		b = reallocarray(r->branch, max, sizeof(*b));
		if (!b)
			return NULL;
		r->branch = b;
		r->max_branches = max;
	}
	*ret = 0;
	b = &r->branch[r->nr_branches++];
	*b = (struct pb_result_branch){.kernel = kernel, .scenario = scenario};
	return b;
}

/* What the machine under test says of its kernel is worth more than the builder's word. */
static void take_kernel(struct pb_result *r, struct pb_result_kernel *k, const struct pb_job *job)
{
	const struct pb_run *run = job->run;

	if (job->boot_s > k->boot_s)
		k->boot_s = job->boot_s;
	if (job->status != PB_JOB_DONE || !run)
		return;
	if (run->release[0])
		run_set_text(k->release, sizeof(k->release), run->release);
	if (run->build_id[0])
		run_set_text(k->build_id, sizeof(k->build_id), run->build_id);
	if (!r->fp.tsc_khz)
		r->fp.tsc_khz = run->tsc_khz;
}

int result_add_job(struct pb_result *r, unsigned int kernel, unsigned int scenario,
		   const struct pb_job *job)
{
	const struct pb_machine_ops *m = machine_find(r->fp.machine);
	struct pb_result_branch *b;
	int ret;

	b = new_branch(r, kernel, scenario, &ret);
	if (!b)
		return ret;
	ret = branch_analyse(job, m && m->has_truth, b);
	if (ret) {
		r->nr_branches--;
		return ret;
	}
	if (b->status == PB_BRANCH_OK)
		take_kernel(r, &r->kernel[kernel], job);
	return 0;
}

int result_add_skip(struct pb_result *r, unsigned int kernel, unsigned int scenario, uint64_t seed,
		    const char *reason)
{
	struct pb_result_branch *b;
	int ret;

	b = new_branch(r, kernel, scenario, &ret);
	if (!b)
		return ret;
	b->seed = seed;
	b->status = PB_BRANCH_SKIP;
	run_set_text(b->reason, sizeof(b->reason), reason);
	return 0;
}

int result_add_phase(struct pb_result *r, const char *name, double wall_s)
{
	for (size_t i = 0; i < r->nr_phases; i++)
		if (!strcmp(r->phase[i].name, name)) {
			r->phase[i].wall_s += wall_s;
			return 0;
		}
	if (r->nr_phases == PB_RESULT_MAX_PHASES)
		return -ENOSPC;
	run_set_text(r->phase[r->nr_phases].name, sizeof(r->phase[0].name), name);
	r->phase[r->nr_phases++].wall_s = wall_s;
	return 0;
}

/* A sweep proves something when it is complete; its branches' posts are what it expects. */
static bool is_weak_sweep(const struct pb_result_branch *b, const struct pb_expect *e)
{
	struct pb_sweep_sums sums = {0};

	if (b->sweep)
		sweep_sum(b->sweep, &sums);
	return !sweep_done(&sums) || sums.suppressed < e->suppressed_min;
}

/*
 * Did the run meet what the scenario is for? Only the truth can say, and only
 * of a run that lost nothing: what was lost was met.
 */
static bool is_weak(const struct pb_result_branch *b, const struct pb_result_scenario *s)
{
	const struct pb_expect *e = &s->expect;

	if (s->sweeps)
		return is_weak_sweep(b, e);
	/* Of a Linux guest's posts nobody may know but the truth. */
	if (!b->counts.posts)
		return b->truth || !b->io || !b->io[0].counts.ios;
	return b->truth &&
	       (b->counts.suppressed < e->suppressed_min || b->counts.unposted == b->counts.posts);
}

bool result_branch_is_lossy(const struct pb_result *r, const struct pb_result_branch *b)
{
	/* Luck rescued these, not the kernel: without the later post they were lost. */
	return b->status == PB_BRANCH_OK &&
	       branch_lost(b) + branch_suffered(b) > r->scenario[b->scenario].expect.lost;
}

static int add_io(struct pb_result_cell *c, const struct pb_result_branch *b)
{
	int ret = 0;

	for (uint32_t i = 0; i < b->nr_io && !ret; i++) {
		if (c->nr_io <= i)
			c->nr_io = i + 1;
		ret = guest_io_add(&c->io[i], &b->io[i]);
	}
	return ret;
}

static int add_to_cell(struct pb_result *r, uint32_t index)
{
	const struct pb_result_branch *b = &r->branch[index];
	struct pb_result_cell *c = &r->cell[b->scenario * r->nr_kernels + b->kernel];
	const struct pb_result_scenario *s = &r->scenario[b->scenario];

	if (b->status == PB_BRANCH_SKIP) {
		c->skips++;
		return 0;
	}
	if (b->status != PB_BRANCH_OK) {
		c->errors++;
		return 0;
	}
	c->branches++;
	c->untruthed += !b->truth;
	counts_add(&c->counts, &b->counts);
	/* That a stale one was stranded needs no truth. */
	c->rescued_seen += b->truth ? b->counts.cls[PB_CLASS_RESCUED] : b->counts.stale;
	if (b->sweep)
		sweep_sum(b->sweep, &c->sweep);
	if (result_branch_is_lossy(r, b)) {
		if (!c->lossy++)
			c->first = index;
	} else if (is_weak(b, s)) {
		c->weak++;
	}
	return add_io(c, b) ?: samples_merge(&c->excess, &b->excess);
}

static enum pb_lost_state most_lost(const struct pb_counts *c)
{
	enum pb_lost_state best = PB_LOST_UNKNOWN;

	for (unsigned int i = 0; i < PB_LOST_STATES; i++)
		if (c->lost_state[i] > c->lost_state[best])
			best = (enum pb_lost_state)i;
	return best;
}

int result_finish(struct pb_result *r)
{
	size_t nr = r->nr_scenarios * r->nr_kernels;
	int ret = 0;

	cells_free(r);
	r->cell = calloc(nr + 1, sizeof(*r->cell));
	if (!r->cell)
		return -ENOMEM;
	for (size_t i = 0; i < nr; i++)
		r->cell[i].first = PB_TL_NONE;
	for (size_t i = 0; i < r->nr_branches && !ret; i++)
		ret = add_to_cell(r, (uint32_t)i);
	for (size_t i = 0; i < nr; i++)
		r->cell[i].state = most_lost(&r->cell[i].counts);
	if (!ret)
		ret = latency_compare(r, &r->latency);
	if (!ret)
		verdict_decide(r, &r->verdict);
	return ret;
}
