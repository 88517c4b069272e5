// SPDX-License-Identifier: LGPL-2.1-or-later
/* A campaign's jobs: planned, run, kept and analysed as they end. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cmd/campaign.h"
#include "cmd/cmd.h"

/* Seconds, until the first run has shown what they are here. */
#define BOOT_GUESS   8.0
#define BRANCH_GUESS 1.5

double campaign_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9;
}

/* ---- plans and jobs ------------------------------------------------------------- */

static int out_of_memory(void)
{
	cmd_error("out of memory");
	return CMD_ERROR;
}

int campaign_plan(struct campaign *c, unsigned int n, uint32_t branch, char *reason, size_t size)
{
	uint64_t seed = scenario_branch_seed(c->opts->seed, branch);
	int ret = scenario_to_plan(&c->scenario[n], seed, &c->limits,
				   &c->plan[n * c->depth + branch], reason, size);

	if (!ret || ret == -EOPNOTSUPP)
		return ret;
	cmd_error("%s: %s", c->scenario[n].path, reason);
	return CMD_ERROR;
}

/* The plans of one scenario: 0, also when the machine cannot do it (told), or an exit status. */
static int plan_scenario(struct campaign *c, unsigned int n)
{
	/* By time: as the rounds come. */
	uint32_t b, k, nr = c->opts->for_s ? 1 : campaign_share(c, n);

	for (b = 0; b < nr; b++) {
		char reason[PB_SCENARIO_ERR];
		int ret = campaign_plan(c, n, b, reason, sizeof(reason));

		if (ret != -EOPNOTSUPP && ret)
			return ret;
		if (!ret)
			continue;
		c->closed[n] = true;
		for (k = 0; k < c->nr_kernels; k++)
			if (result_add_skip(c->result, k, n, scenario_branch_seed(c->opts->seed, b),
					    reason))
				return out_of_memory();
		return 0;
	}
	return 0;
}

static int jobs_make(struct campaign *c)
{
	size_t plans, max;
	unsigned int n;
	int ret;

	ret = campaign_plan_looks(c);
	if (ret)
		return ret;
	plans = c->nr_scenarios * c->depth;
	max = plans * c->nr_kernels;
	if (max > PB_RESULT_MAX_BRANCHES) {
		cmd_error("%zu runs are too many; at most %d", max, PB_RESULT_MAX_BRANCHES);
		return CMD_ERROR;
	}
	c->plan = calloc(plans, sizeof(*c->plan));
	c->job = calloc(max, sizeof(*c->job));
	c->where = calloc(max, sizeof(*c->where));
	if (!c->plan || !c->job || !c->where)
		return out_of_memory();
	for (n = 0; n < c->nr_scenarios; n++) {
		ret = plan_scenario(c, n);
		if (ret)
			return ret;
	}
	campaign_next_block(c);
	return 0;
}

/* ---- as they end ------------------------------------------------------------------ */

/* All jobs that ended, in order, as far as there is no gap: equal commands, equal files. */
static void add_ended(struct campaign *c)
{
	for (; c->added < c->nr_jobs && !c->over; c->added++) {
		struct pb_job *job = &c->job[c->added];
		const struct campaign_job *w = &c->where[c->added];
		int ret;

		if (job->status == PB_JOB_PENDING)
			return;
		ret = result_add_job(c->result, w->kernel, w->scenario, job);
		if (ret && !c->error) {
			c->error = ret;
			cmd_error("result: %s", strerror(-ret));
		}
		machine_job_release(job);
		c->over = !ret && c->opts->fail_fast && c->role[w->kernel] != PB_ROLE_BASE &&
			  result_branch_is_lossy(c->result,
						 &c->result->branch[c->result->nr_branches - 1]);
	}
}

/* How much of --for is over. */
static double by_time(const struct campaign *c)
{
	double left = (c->until - campaign_now()) / (double)c->opts->for_s;

	return left > 0 ? 1 - left : 1;
}

static void show_progress(struct campaign *c)
{
	size_t done = c->ended - c->kept, all = c->nr_jobs - c->kept;
	char what[64];

	snprintf(what, sizeof(what), "branch %zu of %zu%s", c->ended, c->nr_jobs,
		 c->reach < c->depth ? " or more" : "");
	if (c->opts->for_s)
		progress_at(&c->progress, by_time(c), what);
	else
		progress_at(&c->progress, all ? (double)done / (double)all : 1, what);
}

static void say_failure(struct campaign *c, const struct pb_job *job)
{
	if (c->opts->quiet)
		return;
	progress_clear(&c->progress);
	cmd_error("%s on %s, seed 0x%llx: %s", job->plan->scenario, job->kernel->name,
		  (unsigned long long)job->plan->seed, job->error);
	if (job->log_tail)
		fprintf(stderr, "--- end of the log ---\n%s----------------------\n",
			job->log_tail);
}

static void on_job(void *arg, struct pb_job *job)
{
	struct campaign *c = arg;
	const struct campaign_job *w = &c->where[job - c->job];
	char err[STORE_ERR];
	int ret;

	c->ended++;
	if (job->status == PB_JOB_DONE) {
		ret = store_put_job(&c->store, w->kernel, w->branch, job, err);
		if (ret && !c->error) {
			progress_clear(&c->progress);
			cmd_error("%s", err);
			c->error = ret;
			cmd_stop = SIGTERM; /* no use in measuring what cannot be kept */
		}
		timing_put("branch", job->wall_s);
	} else {
		say_failure(c, job);
	}
	add_ended(c);
	show_progress(c);
}

/* Seconds that what is left should take once the machine is up. */
static double branches_expected(const struct campaign *c)
{
	long cpus = c->opts->jobs ? (long)c->opts->jobs : sysconf(_SC_NPROCESSORS_ONLN);

	if (c->opts->for_s)
		return (double)c->opts->for_s;
	return (double)(c->nr_jobs - c->ended) * timing_get("branch", BRANCH_GUESS) /
	       (double)(cpus > 0 ? cpus : 1);
}

static void on_boot(void *arg, const struct pb_kernel *kernel, bool done, double seconds)
{
	struct campaign *c = arg;
	char what[96];

	if (done) {
		/* What a branch takes is told from here on. */
		if (!c->booted)
			progress_phase(&c->progress, branches_expected(c), 0, "measuring");
		c->booted = campaign_now();
		timing_put("boot", seconds);
	}
	snprintf(what, sizeof(what), "%s %.64s", done ? "booted" : "booting", kernel->name);
	progress_at(&c->progress, done ? -1 : 0, what);
}

/* ---- running ------------------------------------------------------------------------ */

static void take_kept(struct campaign *c)
{
	for (; c->sought < c->nr_jobs; c->sought++) {
		const struct campaign_job *w = &c->where[c->sought];

		if (!c->opts->resume || !store_get_job(&c->store, w->kernel, w->branch,
						       c->machine->has_truth, &c->job[c->sought]))
			continue;
		c->kept++;
		c->ended++;
	}
	add_ended(c);
}

/* All that there was ended: block by block, till there is something to run or enough. */
static size_t more_jobs(void *arg)
{
	struct campaign *c = arg;

	while (c->ended == c->nr_jobs && campaign_next_block(c))
		take_kept(c);
	return c->nr_jobs;
}

static bool is_over(void *arg)
{
	const struct campaign *c = arg;

	return c->over;
}

static int prepare(struct campaign *c, const struct pb_machine_opts *opts)
{
	char reason[512];
	double s;
	int ret;

	if (!c->machine->prepare)
		return 0;
	progress_phase(&c->progress, 0, 0, "emulator (the first time: two minutes)");
	progress_at(&c->progress, -1, NULL);
	ret = c->machine->prepare(opts, progress_emulator, &c->progress, reason, sizeof(reason));
	s = progress_done(&c->progress);
	result_add_phase(c->result, "machine", s);
	if (!ret)
		return 0;
	if (cmd_stop)
		return cmd_stopped();
	cmd_error("machine %s: %s", c->machine->name, reason);
	return CMD_ERROR;
}

static int run_jobs(struct campaign *c, const struct pb_machine_opts *opts)
{
	const struct pb_machine_progress progress = {on_boot, on_job, is_over, more_jobs, c};
	double start = campaign_now();
	int ret;

	c->until = start + (double)c->opts->for_s;

	/* The null machine has no boot. */
	if (strcmp(c->machine->name, "null") != 0)
		progress_phase(&c->progress, timing_get("boot", BOOT_GUESS), branches_expected(c),
			       "measuring");
	else
		progress_phase(&c->progress, 0, 0, "measuring");
	ret = c->machine->run(opts, c->job, c->nr_jobs, &progress);
	progress_done(&c->progress);
	if (c->booted) {
		result_add_phase(c->result, "boots", c->booted - start);
		start = c->booted;
	}
	result_add_phase(c->result, "branches", campaign_now() - start);
	if (c->error)
		return CMD_ERROR;
	if (ret == -EINTR || cmd_stop)
		return cmd_stopped();
	if (ret) {
		cmd_error("machine %s: %s", c->machine->name,
			  c->nr_jobs && c->job[0].error[0] ? c->job[0].error : strerror(-ret));
		return CMD_ERROR;
	}
	return 0;
}

/* The directory: a new one with what was typed, or the one to go on in. */
static int open_store(struct campaign *c, int argc, char **argv)
{
	const struct pb_kernel *kernels[PB_RESULT_MAX_KERNELS];
	const char *dir = c->opts->resume ? c->opts->resume : c->opts->output;
	char err[STORE_ERR];
	size_t i;
	int ret;

	for (i = 0; i < c->nr_kernels; i++)
		kernels[i] = &c->kernel[i];
	ret = store_open(&c->store, dir, c->opts->resume, err);
	if (!ret && c->opts->resume)
		ret = store_same_origin(&c->store, kernels, c->nr_kernels, c->result->fp.defect,
					err);
	else if (!ret)
		ret = store_put_command(&c->store, argc, argv, kernels, c->nr_kernels,
					c->result->fp.defect, err);
	if (ret)
		cmd_error("%s", err);
	return ret ? CMD_ERROR : 0;
}

int campaign_run(struct campaign *c, int argc, char **argv)
{
	struct pb_machine_opts opts = {
		.cpus = (unsigned int)c->opts->jobs,
		.timeout_s = (unsigned int)c->opts->timeout_s,
		.dir = c->store.logs,
		.keep_logs = c->opts->keep_logs,
		.stop = &cmd_stop,
	};
	int ret;

	cmd_typed(argc, argv, c->result->fp.command, sizeof(c->result->fp.command));
	ret = campaign_guests_get(c);
	if (!ret)
		ret = jobs_make(c);
	if (!ret && c->nr_jobs)
		ret = prepare(c, &opts);
	if (!ret)
		ret = open_store(c, argc, argv);
	if (!ret)
		take_kept(c);
	if (!ret && more_jobs(c) > c->ended && !c->over)
		ret = run_jobs(c, &opts);
	if (ret > 128 && c->store.lock >= 0 && c->ended)
		cmd_error("stopped after %zu of %zu branches; go on with: pirbench %s --resume %s",
			  c->ended, c->nr_jobs, argv[0], c->store.dir);
	else if (ret > 128)
		cmd_error("stopped");
	if (ret) {
		store_discard(&c->store);
		return ret;
	}
	add_ended(c);
	if (!c->error)
		c->error = result_finish(c->result);
	if (c->error)
		cmd_error("result: %s", strerror(-c->error));
	return c->error ? CMD_ERROR : 0;
}
