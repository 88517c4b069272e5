// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * One budget of processes that compute, shared by boots and branches of all
 * kernels.  Kernels boot side by side, and their branches take turns: what
 * disturbs the host disturbs all kernels alike.
 */
#include "host/lab/runner/runner.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/lab/runner/instance.h"

#define WATCH_MS        100
#define TIMEOUT_DEFAULT 300 /* seconds of host time; emulated time is what normally ends a hang */

struct lab {
	struct instance inst;
	const char *image;
	int media;
	const struct pb_kernel *kernel, *guest;
	size_t pending; /* jobs not started yet */
	size_t next; /* where to look for the next of them */
	bool told; /* progress heard of the end of the boot */
};

struct runner {
	const struct emulator *emulator;
	const struct pb_machine_opts *opts;
	const struct pb_machine_progress *progress;
	struct pb_job *jobs;
	size_t nr, ended;
	struct lab *lab;
	size_t nr_labs;
	unsigned int budget;
	double timeout_s;
	size_t turn; /* lab that is asked first for the next branch */
	unsigned int max_labs; /* that are up at once */
	bool keep; /* labs without a job stay up: there may be more */
};

static bool same_kernel(const struct pb_kernel *a, const struct pb_kernel *b)
{
	return !strcmp(a->image, b->image);
}

/* Is this the lab that the job runs in? One without a guest's kernel has none to give. */
static bool is_lab_of(const struct lab *lab, const struct pb_job *job)
{
	if (!same_kernel(job->kernel, lab->kernel) || !job->guest != !lab->guest)
		return false;
	return !job->guest || same_kernel(job->guest, lab->guest);
}

static void log_name(char *buf, size_t size, const struct pb_job *job, const struct lab *lab)
{
	char *p;

	if (job)
		snprintf(buf, size, "%s-%s-%llx", lab->kernel->name, job->plan->scenario,
			 (unsigned long long)job->plan->seed);
	else
		snprintf(buf, size, "%s-boot", lab->kernel->name);
	for (p = buf; *p; p++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.+-_",
			    *p))
			*p = '_';
}

/* Logs are an aid: that they cannot be written is no error of the job. */
static void logs_keep(const struct runner *r, const struct lab *lab, const struct pb_job *job,
		      const struct task *task, bool failed)
{
	char name[192];

	if (!r->opts->dir || (!r->opts->keep_logs && !failed))
		return;
	log_name(name, sizeof(name), job, lab);
	task_keep(task, r->opts->dir, name);
}

static void job_end(struct runner *r, struct pb_job *job)
{
	r->ended++;
	if (r->progress && r->progress->job)
		r->progress->job(r->progress->arg, job);
}

static struct lab *lab_of(struct runner *r, const struct instance *inst)
{
	size_t i;

	for (i = 0; i < r->nr_labs; i++)
		if (&r->lab[i].inst == inst)
			return &r->lab[i];
	return NULL;
}

static void branch_done(void *arg, struct instance *inst, struct pb_job *job,
			const struct task *task)
{
	struct runner *r = arg;

	logs_keep(r, lab_of(r, inst), job, task, job->status != PB_JOB_DONE);
	job_end(r, job);
}

/* ---- starting ---------------------------------------------------------------- */

static struct pb_job *job_next(struct runner *r, struct lab *lab)
{
	for (; lab->next < r->nr; lab->next++) {
		struct pb_job *job = &r->jobs[lab->next];

		if (job->status == PB_JOB_PENDING && is_lab_of(lab, job)) {
			lab->next++;
			lab->pending--;
			return job;
		}
	}
	return NULL;
}

/* All jobs of this kernel that were not started fail with its error. */
static void lab_give_up(struct runner *r, struct lab *lab)
{
	struct pb_job *job;

	while ((job = job_next(r, lab))) {
		job->status = PB_JOB_FAILED;
		snprintf(job->error, sizeof(job->error), "%s", lab->inst.error);
		job->log_tail = lab->inst.log_tail ? strdup(lab->inst.log_tail) : NULL;
		job->boot_s = lab->inst.boot_s;
		job_end(r, job);
	}
}

/* Processes that compute: a boot, or branches (their fork server sleeps). */
static unsigned int active(const struct runner *r, unsigned int *labs)
{
	unsigned int n = 0;
	size_t i;

	*labs = 0;
	for (i = 0; i < r->nr_labs; i++) {
		const struct instance *inst = &r->lab[i].inst;

		n += inst->state == INSTANCE_BOOTING ? 1 : inst->live;
		*labs += inst->pid != 0;
	}
	return n;
}

static bool boot_one(struct runner *r)
{
	size_t i;

	for (i = 0; i < r->nr_labs; i++) {
		struct lab *lab = &r->lab[i];

		if (lab->inst.state != INSTANCE_NEW || !lab->pending)
			continue;
		lab->inst.kernel = lab->kernel;
		lab->inst.media = lab->media;
		lab->inst.done = branch_done;
		lab->inst.arg = r;
		if (r->progress && r->progress->boot)
			r->progress->boot(r->progress->arg, lab->kernel, false, 0);
		instance_boot(&lab->inst, r->emulator, lab->image, r->timeout_s);
		return true;
	}
	return false;
}

/*
 * CPUs for one more branch, if it sweeps: what others leave, now or as many as
 * are still to be started.  Its results do not depend on it.
 */
static unsigned int share(const struct runner *r)
{
	unsigned int labs, busy = active(r, &labs);
	size_t waiting = 0, users;

	for (size_t i = 0; i < r->nr_labs; i++)
		waiting += r->lab[i].pending;
	users = busy + waiting + 1;
	return users < r->budget ? r->budget / (unsigned int)users : 1;
}

static bool branch_one(struct runner *r)
{
	size_t i;

	for (i = 0; i < r->nr_labs; i++) {
		struct lab *lab = &r->lab[(r->turn + i) % r->nr_labs];
		struct pb_job *job;

		if (lab->inst.state != INSTANCE_READY || !lab->pending ||
		    lab->inst.live == BRANCH_MAX_LIVE)
			continue;
		job = job_next(r, lab);
		if (!job)
			continue;
		if (instance_branch(&lab->inst, job, r->timeout_s, share(r))) {
			job->status = PB_JOB_FAILED;
			job_end(r, job);
		}
		r->turn = (size_t)(lab - r->lab) + 1;
		return true;
	}
	return false;
}

/* Boots first, so that all kernels' branches can take turns. */
static void fill(struct runner *r)
{
	unsigned int labs;

	while (active(r, &labs) < r->budget) {
		if (labs < r->max_labs && boot_one(r))
			continue;
		if (!branch_one(r))
			return;
	}
}

/* ---- watching ----------------------------------------------------------------- */

static void lab_look(struct runner *r, struct lab *lab)
{
	struct instance *inst = &lab->inst;
	bool up = inst->state == INSTANCE_READY || inst->state == INSTANCE_FAILED;

	if (up && !lab->told) {
		lab->told = true;
		if (r->progress && r->progress->boot)
			r->progress->boot(r->progress->arg, lab->kernel, true, inst->boot_s);
		logs_keep(r, lab, NULL, &inst->boot, inst->state == INSTANCE_FAILED);
	}
	if (inst->state == INSTANCE_FAILED)
		lab_give_up(r, lab);
	if (inst->state == INSTANCE_READY && !lab->pending && !inst->live && !r->keep)
		instance_stop(inst);
}

static void wait_any(struct runner *r)
{
	struct pollfd p[2 * 64];
	nfds_t n = 0;
	size_t i;

	for (i = 0; i < r->nr_labs && n + 2 <= sizeof(p) / sizeof(p[0]); i++) {
		int fds[2];
		unsigned int k, nr = instance_fds(&r->lab[i].inst, fds);

		for (k = 0; k < nr; k++)
			p[n++] = (struct pollfd){.fd = fds[k], .events = POLLIN};
	}
	poll(p, n, WATCH_MS); /* -EINTR: the caller looks at opts->stop */
	for (i = 0; i < r->nr_labs; i++) {
		instance_serve(&r->lab[i].inst);
		instance_watch(&r->lab[i].inst);
		lab_look(r, &r->lab[i]);
	}
}

static int labs_make(struct runner *r, const struct runner_image *image, size_t nr_images)
{
	size_t i;

	r->lab = calloc(nr_images ? nr_images : 1, sizeof(*r->lab));
	if (!r->lab)
		return -ENOMEM;
	r->nr_labs = nr_images;
	for (i = 0; i < nr_images; i++) {
		r->lab[i].kernel = image[i].kernel;
		r->lab[i].guest = image[i].guest;
		r->lab[i].image = image[i].path;
		r->lab[i].media = image[i].media;
	}
	return 0;
}

/* What each lab has to do of jobs[from] and those behind. Returns how many there are. */
static size_t labs_count(struct runner *r, size_t from)
{
	size_t i, k, todo = 0;

	for (i = 0; i < r->nr_labs; i++) {
		for (k = from; k < r->nr; k++)
			r->lab[i].pending += r->jobs[k].status == PB_JOB_PENDING &&
					     is_lab_of(&r->lab[i], &r->jobs[k]);
		todo += r->lab[i].pending;
		/* One that was stopped boots again. */
		if (r->lab[i].pending && r->lab[i].inst.state == INSTANCE_ENDED) {
			instance_release(&r->lab[i].inst);
			memset(&r->lab[i].inst, 0, sizeof(r->lab[i].inst));
			r->lab[i].told = false;
		}
	}
	return todo;
}

/* All jobs there are. 0, with some not run when that is enough; -EINTR. */
static int run_all(struct runner *r, size_t from)
{
	size_t todo = r->ended + labs_count(r, from);

	while (r->ended < todo && !machine_enough(r->progress)) {
		fill(r);
		wait_any(r);
		if (r->opts->stop && *r->opts->stop)
			return -EINTR;
	}
	return 0;
}

int runner_run(const struct emulator *e, const struct runner_image *image, size_t nr_images,
	       const struct pb_machine_opts *opts, struct pb_job *jobs, size_t nr,
	       const struct pb_machine_progress *progress)
{
	struct runner r = {
		.emulator = e,
		.opts = opts,
		.progress = progress,
		.jobs = jobs,
		.nr = nr,
		.timeout_s = opts->timeout_s ? opts->timeout_s : TIMEOUT_DEFAULT,
	};
	long online = sysconf(_SC_NPROCESSORS_ONLN);
	size_t i, from = 0;
	int ret;

	r.budget = opts->cpus ? opts->cpus : online > 0 ? (unsigned int)online : 1;
	r.max_labs = r.budget > 2 ? r.budget : 2;
	/* Where not all have room at once, one must go before the next can boot. */
	r.keep = progress && progress->more && nr_images <= r.max_labs;
	ret = labs_make(&r, image, nr_images);
	if (ret)
		return ret;
	do {
		ret = run_all(&r, from);
		from = r.nr;
		if (!ret)
			r.nr = machine_more(progress, from);
	} while (!ret && r.nr > from);
	for (i = 0; i < r.nr_labs; i++)
		instance_release(&r.lab[i].inst);
	free(r.lab);
	return ret;
}
