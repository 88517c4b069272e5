// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * null.c - the machine without a machine: the executor's own ladder in a
 * process of its own, with the null kinds of everything, and a model
 * (null_physics.c) of what a guest and a kernel would have made of it.  It
 * tests all that is above the machine, in milliseconds; its kernels lose what
 * they are told to lose.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "event/run.h"
#include "exec/channel.h"
#include "machine/machine.h"
#include "machine/null_guest.h"
#include "machine/null_physics.h"
#include "plan/plan.h"

#define DEFAULT_TIMEOUT_S 60

static double now_s(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9;
}

static int job_fail(struct pb_job *job, const char *what, const char *why)
{
	job->status = PB_JOB_FAILED;
	snprintf(job->error, sizeof(job->error), "null machine: %s: %s", what, why);
	return -EIO;
}

/* --- the child ----------------------------------------------------------- */

/* From one post of a swept source to the next, where nothing is swept. */
#define SWEPT_PERIOD_US 1000

/* Devices of a Linux guest: what ends after a service ends in a rhythm. */
static void make_undriven(struct pb_plan_source *s)
{
	s->depth = s->service = s->fault = s->fault_at = s->function = 0;
	if (s->schedule != PB_SCHED_SERVED)
		return;
	s->schedule = PB_SCHED_PERIODIC;
	if (!s->period_us)
		s->period_us = 1;
}

/* The same plan with the null kind of everything, and no sweep: that is null_sweep.c's. */
static void make_null(struct pb_plan *null, const struct pb_plan *plan)
{
	*null = *plan;
	null->vmm = PB_VMM_NULL;
	memset(&null->guest, 0, sizeof(null->guest));
	for (uint32_t i = 0; i < null->nr_sources; i++) {
		null->source[i].kind = PB_SOURCE_NULL;
		memset(null->source[i].device, 0, sizeof(null->source[i].device));
		make_undriven(&null->source[i]);
		if (null->source[i].schedule != PB_SCHED_SWEPT)
			continue;
		null->source[i].schedule = PB_SCHED_PERIODIC;
		null->source[i].period_us = SWEPT_PERIOD_US;
	}
	for (uint32_t i = 0; i < null->nr_squeezers; i++) {
		struct pb_plan_squeezer *s = &null->squeezer[i];

		*s = (struct pb_plan_squeezer){.kind = PB_SQUEEZER_NULL, .vcpu = s->vcpu};
	}
	null->nr_sweeps = 0;
	memset(null->sweep, 0, sizeof(null->sweep));
	plan_seal(null);
}

static void __attribute__((noreturn)) child(const struct pb_plan *plan, int run_fd, pid_t parent)
{
	struct pb_plan null;
	struct exec_channel ch = {.ops = &channel_memory, .run_fd = run_fd};

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* It died before that took effect. */
	if (getppid() != parent)
		_exit(1);
	make_null(&null, plan);
	ch.plan = &null;
	ch.plan_size = sizeof(null);
	_exit(channel_serve(&ch, NULL, NULL) ? 1 : 0);
}

/* --- the parent ---------------------------------------------------------- */

static bool must_stop(const struct pb_machine_opts *opts)
{
	return opts && opts->stop && *opts->stop;
}

/* Wait for the child, at most till `end`; 0, -EINTR, -ETIMEDOUT. It is reaped in any case. */
static int reap(pid_t pid, const struct pb_machine_opts *opts, double end, int *status)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);
	int ret = 0;

	for (;;) {
		struct pollfd p = {.fd = fd, .events = POLLIN};

		if (waitpid(pid, status, WNOHANG) == pid) {
			pid = 0;
			break;
		}
		ret = must_stop(opts) ? -EINTR : now_s() > end ? -ETIMEDOUT : 0;
		if (ret)
			break;
		/* Without pidfds (fd -1 is ignored) this is a short sleep. */
		poll(&p, 1, fd < 0 ? 1 : 100);
	}
	if (pid) {
		kill(pid, SIGKILL);
		while (waitpid(pid, status, 0) < 0 && errno == EINTR)
			;
	}
	if (fd >= 0)
		close(fd);
	return ret;
}

static int how_it_ended(struct pb_job *job, int ret, int status)
{
	char why[96];

	if (ret == -EINTR)
		return job_fail(job, "executor", "stopped as asked"), -EINTR;
	if (ret == -ETIMEDOUT)
		return job_fail(job, "executor", "not done in time, killed");
	if (WIFSIGNALED(status)) {
		snprintf(why, sizeof(why), "killed by signal %d (%s)", WTERMSIG(status),
			 strsignal(WTERMSIG(status)));
		return job_fail(job, "executor", why);
	}
	if (WEXITSTATUS(status))
		return job_fail(job, "executor", "it could not hand over its run");
	return 0;
}

/* The run that the child left, checked. The caller's to free. */
static struct pb_run *read_run(struct pb_job *job, int fd, const struct pb_plan *null)
{
	struct pb_run *run = NULL;
	char err[160];
	struct stat st;
	size_t size = 0;

	if (!fstat(fd, &st) && st.st_size > 0) {
		size = (size_t)st.st_size;
		run = malloc(size);
	}
	if (!run || pread(fd, run, size, 0) != (ssize_t)size) {
		job_fail(job, "executor", "no run came back");
		free(run);
		return NULL;
	}
	if (run_check(run, size, null, err, sizeof(err))) {
		job_fail(job, "executor", err);
		free(run);
		return NULL;
	}
	return run;
}

/* Events and truth of the job from what the executor made. */
static int model(struct pb_job *job, const struct pb_run *run)
{
	struct collector events = {0}, truth = {0};
	int ret = collector_init(&events, run->nr_events);

	if (!ret)
		ret = collector_init(&truth, run->nr_events * 4);
	if (!ret) {
		*events.run = *run;
		events.run->nr_events = 0;
		events.run->plan_crc = job->plan->crc;
		run_set_text(events.run->build_id, sizeof(events.run->build_id),
			     job->kernel->build_id);
		truth.run->content = PB_RUN_TRUTH;
		truth.run->tsc_khz = run->tsc_khz;
		truth.run->posted = run->posted;
		truth.run->plan_crc = job->plan->crc;
		ret = null_physics(job->plan, run, job->kernel->null_loses_permille, &events,
				   &truth);
	}
	if (!ret && job->plan->vmm == PB_VMM_LINUX)
		ret = null_guest(job->plan, &events, &truth);
	if (ret) {
		collector_release(&events);
		collector_release(&truth);
		return job_fail(job, "model", strerror(-ret));
	}
	run_seal(events.run);
	run_seal(truth.run);
	job->run_size = run_size(events.run->nr_events);
	job->truth_size = run_size(truth.run->nr_events);
	job->run = collector_take(&events);
	job->truth = collector_take(&truth);
	return 0;
}

/* The run of a Linux guest, sealed; the vCPUs of its posts are those of their queues. */
static int model_linux(struct pb_job *job, struct pb_run *run)
{
	null_guest_place(job->plan, run);
	return model(job, run);
}

static int take_result(struct pb_job *job, int fd)
{
	struct pb_plan null;
	struct pb_run *run;
	int ret;

	make_null(&null, job->plan);
	run = read_run(job, fd, &null);
	if (!run)
		return -EIO;
	ret = job->plan->vmm == PB_VMM_LINUX ? model_linux(job, run) : model(job, run);
	free(run);
	if (!ret)
		job->status = PB_JOB_DONE;
	return ret;
}

/* Only -EINTR is more than this job's own failure. */
static int run_job(const struct pb_machine_opts *opts, struct pb_job *job)
{
	double begin = now_s();
	double limit = opts && opts->timeout_s ? opts->timeout_s : DEFAULT_TIMEOUT_S;
	pid_t parent = getpid(), pid;
	int status = 0, ret, fd;
	char err[160];

	if (plan_check(job->plan, sizeof(*job->plan), err, sizeof(err))) {
		job_fail(job, "plan", err);
		return 0;
	}
	fd = memfd_create("pirbench-run", MFD_CLOEXEC);
	if (fd < 0) {
		job_fail(job, "memfd", strerror(errno));
		return 0;
	}
	pid = fork();
	if (!pid)
		child(job->plan, fd, parent);
	if (pid < 0) {
		ret = job_fail(job, "fork", strerror(errno));
	} else {
		ret = reap(pid, opts, begin + limit, &status);
		ret = how_it_ended(job, ret, status);
	}
	if (!ret)
		ret = take_result(job, fd);
	close(fd);
	job->wall_s = now_s() - begin;
	return ret == -EINTR ? ret : 0;
}

/* There is nothing to boot, but who watches wants to see the same as elsewhere. */
static void tell_boot(const struct pb_machine_progress *progress, const struct pb_job *jobs,
		      size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (jobs[k].kernel == jobs[i].kernel)
			return;
	if (!progress || !progress->boot)
		return;
	progress->boot(progress->arg, jobs[i].kernel, false, 0);
	progress->boot(progress->arg, jobs[i].kernel, true, 0);
}

static int null_run(const struct pb_machine_opts *opts, struct pb_job *jobs, size_t nr,
		    const struct pb_machine_progress *progress)
{
	for (size_t i = 0; i < nr || i < (nr = machine_more(progress, nr)); i++) {
		int ret;

		if (must_stop(opts))
			return -EINTR;
		if (jobs[i].status != PB_JOB_PENDING)
			continue;
		tell_boot(progress, jobs, i);
		ret = run_job(opts, &jobs[i]);
		if (progress && progress->job)
			progress->job(progress->arg, &jobs[i]);
		if (ret)
			return ret;
		if (machine_enough(progress))
			return 0;
	}
	return 0;
}

static int null_probe(char *reason, size_t size)
{
	(void)reason;
	(void)size;
	return 0;
}

const struct pb_machine_ops machine_null = {
	.name = "null",
	.summary = "no machine: a model that tests pirbench itself, in milliseconds",
	.has_truth = true,
	.probe = null_probe,
	.run = null_run,
};
