// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/branch.h"
#include "analysis/guest_posts.h"
#include "analysis/pidstate.h"
#include "event/run.h"

static void set_status(struct pb_result_branch *b, enum pb_branch_status status, const char *fmt,
		       ...) __attribute__((format(printf, 3, 4)));

static void set_status(struct pb_result_branch *b, enum pb_branch_status status, const char *fmt,
		       ...)
{
	char line[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	b->status = status;
	run_set_text(b->reason, sizeof(b->reason), line);
}

/* The samples move over: they are the branch's then. */
static void take_outcome(struct pb_result_branch *b, const struct pb_timeline *tl,
			 struct pb_outcome *o)
{
	b->counts = o->counts;
	b->latency = o->latency;
	b->preempted = o->preempted;
	b->excess = o->excess;
	memset(&o->latency, 0, sizeof(o->latency));
	memset(&o->preempted, 0, sizeof(o->preempted));
	memset(&o->excess, 0, sizeof(o->excess));
	if (o->first_lost == PB_TL_NONE)
		return;
	b->lost_seq = tl->post[o->first_lost].seq;
	b->lost_source = tl->post[o->first_lost].source;
	b->lost_vector = tl->post[o->first_lost].vector;
	b->lost_state = o->fate[o->first_lost].state;
}

/* The record is held against the truth, or at least against itself. */
static int check_record(const struct pb_job *job, const struct pb_timeline *tl,
			struct pb_tl_truth **truth, char *err, size_t size)
{
	enum pb_check which;
	int ret;

	*truth = NULL;
	if (!job->truth)
		return crosscheck_record(tl, &which, err, size);
	ret = run_check(job->truth, job->truth_size, NULL, err, size);
	if (ret)
		return ret;
	return crosscheck_run(tl, job->truth, job->truth_size, truth, &which, err, size);
}

static int analyse_events(const struct pb_job *job, struct pb_result_branch *b)
{
	struct pb_tl_truth *truth = NULL;
	struct pb_timeline *tl = NULL;
	struct pb_outcome *o = NULL;
	char err[256] = "";
	size_t own_size = 0;
	void *own = NULL;
	int ret = 0;

	if (job->plan->vmm == PB_VMM_LINUX && job->truth)
		ret = run_check(job->truth, job->truth_size, NULL, err, sizeof(err));
	if (!ret)
		ret = guest_posts(job->plan, job->run, job->truth, &own, &own_size);
	if (!ret && own && run_check(own, own_size, job->plan, err, sizeof(err)))
		ret = -EPROTO;
	if (!ret)
		ret = timeline_build(job->plan, own ?: job->run, own ? own_size : job->run_size,
				     &tl, err, sizeof(err));
	if (!ret)
		ret = check_record(job, tl, &truth, err, sizeof(err));
	if (!ret)
		ret = outcome_build(tl, truth, &o, err, sizeof(err));
	if (!ret) {
		b->truth = truth != NULL;
		take_outcome(b, tl, o);
		if (job->truth)
			pidstate_count(job->truth, &b->counts);
	}
	if (!ret)
		ret = guest_io_build(tl, truth, &b->io, &b->nr_io);
	if (!ret && job->truth)
		ret = sweep_build(job->plan, job->truth, &b->sweep, err, sizeof(err));
	if (!ret && b->sweep)
		ret = sweep_places(b->sweep, job->kernel ? job->kernel->image : NULL);
	if (ret && ret != -ENOMEM) {
		set_status(b, PB_BRANCH_ERROR, "the record is not sound: %s", err);
		ret = 0;
	}
	outcome_free(o);
	free(truth);
	timeline_free(tl);
	free(own);
	return ret;
}

uint64_t branch_lost(const struct pb_result_branch *b)
{
	struct pb_sweep_sums sums = {0};

	if (b->sweep)
		sweep_sum(b->sweep, &sums);
	return counts_lost(&b->counts) + sweep_lost(&sums);
}

uint64_t branch_suffered(const struct pb_result_branch *b)
{
	return (b->truth ? b->counts.cls[PB_CLASS_RESCUED] : b->counts.stale) +
	       guest_io_lost(b->io, b->nr_io);
}

/*
 * Sources that could not finish are an error, unless interrupts were lost: then
 * that is why, and the losses are what counts.
 */
static int analyse_timeout(const struct pb_job *job, const struct pb_run *run,
			   struct pb_result_branch *b)
{
	int ret = analyse_events(job, b);

	if (!ret && b->status == PB_BRANCH_OK && (branch_lost(b) || (b->io && branch_suffered(b))))
		set_status(b, PB_BRANCH_OK, "%s", run->reason);
	else if (!ret && b->status == PB_BRANCH_OK)
		set_status(b, PB_BRANCH_ERROR, "%s: %s", names_str(&run_statuses, run->status),
			   run->reason);
	return ret;
}

static int analyse_run(const struct pb_job *job, struct pb_result_branch *b)
{
	const struct pb_run *run = job->run;

	b->vfio = run->vfio;
	if (job->kernel && job->kernel->build_id[0] && run->build_id[0] &&
	    strncmp(job->kernel->build_id, run->build_id, sizeof(run->build_id)) != 0) {
		set_status(b, PB_BRANCH_ERROR, "another kernel ran: build id %.43s, not %.43s",
			   run->build_id, job->kernel->build_id);
		return 0;
	}
	switch (run->status) {
	case PB_RUN_OK:
		return analyse_events(job, b);
	case PB_RUN_TIMEOUT:
		return analyse_timeout(job, run, b);
	case PB_RUN_SKIP:
		set_status(b, PB_BRANCH_SKIP, "%s", run->reason);
		return 0;
	default:
		set_status(b, PB_BRANCH_ERROR, "%s: %s", names_str(&run_statuses, run->status),
			   run->reason);
		return 0;
	}
}

int branch_analyse(const struct pb_job *job, bool has_truth, struct pb_result_branch *b)
{
	const struct pb_run *run = job->run;
	char err[256];
	int ret;

	b->seed = job->plan->seed;
	b->wall_s = job->wall_s;
	b->status = PB_BRANCH_OK;
	if (job->status != PB_JOB_DONE) {
		set_status(b, PB_BRANCH_ERROR, "%s",
			   job->error[0]                   ? job->error
			   : job->status == PB_JOB_PENDING ? "it was not run"
							   : "the machine failed");
		return 0;
	}
	if (!job->run || run_check(job->run, job->run_size, job->plan, err, sizeof(err))) {
		set_status(b, PB_BRANCH_ERROR, "%s", job->run ? err : "the machine gave no run");
		return 0;
	}
	if (run->content != PB_RUN_EVENTS) {
		set_status(b, PB_BRANCH_ERROR, "the machine gave no events");
		return 0;
	}
	ret = analyse_run(job, b);
	if (!ret && has_truth && b->status == PB_BRANCH_OK && !b->truth)
		set_status(b, PB_BRANCH_ERROR, "the machine gave no truth");
	return ret;
}

void branch_release(struct pb_result_branch *b)
{
	samples_free(&b->latency);
	samples_free(&b->preempted);
	samples_free(&b->excess);
	sweep_free(b->sweep);
	b->sweep = NULL;
	guest_io_free(b->io, b->nr_io);
	b->io = NULL;
	b->nr_io = 0;
}
