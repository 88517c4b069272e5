// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/lab/runner/instance.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/lab/runner/memfile.h"
#include "shared/control_regs.h"

/* Emulated seconds that a kernel may take to boot; idle time passes fast. */
#define BOOT_LIMIT_S   120
/* What a branch may take beyond its plan's own times: guest, set-up, results. */
#define BRANCH_SLACK_S 60
/* Host seconds that the fork server may take to report a child that it killed. */
#define KILL_WAIT_S    20
/* Host time from the end of its socket to the end of a process. */
#define EXIT_WAIT_MS   2000

static uint64_t seconds_to_ticks(uint64_t s)
{
	return s * 1000000u * EMULATOR_TICKS_PER_US;
}

uint64_t instance_plan_limit(const struct pb_plan *plan)
{
	return seconds_to_ticks(BRANCH_SLACK_S) +
	       ((uint64_t)plan->measure_us + plan->drain_us) * EMULATOR_TICKS_PER_US;
}

static int fail(struct instance *inst, const char *text, int err)
{
	inst->state = INSTANCE_FAILED;
	if (err)
		snprintf(inst->error, sizeof(inst->error), "%.200s: %s", text, strerror(-err));
	else
		snprintf(inst->error, sizeof(inst->error), "%.255s", text);
	return err ? err : -EIO;
}

/* ---- boot ------------------------------------------------------------------ */

static int start_send(struct instance *inst)
{
	struct branch_msg msg;

	branch_msg_init(&msg, BRANCH_MSG_START);
	msg.value = PB_CONTROL_MODE_BRANCH;
	msg.limit = seconds_to_ticks(BOOT_LIMIT_S);
	msg.serial_fd = inst->boot.serial;
	msg.report_fd = inst->boot.result;
	msg.media_fd = inst->media;
	return branch_msg_send(inst->sock, &msg, NULL, 0);
}

static int spawn(struct instance *inst, const struct emulator *e, const char *image)
{
	struct emulator_start s = {
		.image = image,
		.serial = inst->boot.serial,
		.report = inst->boot.result,
		.log = inst->boot.log,
		.media = inst->media,
	};
	char err[EMULATOR_ERR];
	int pair[2], ret;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return fail(inst, "boot: socket pair", -errno);
	inst->sock = pair[0];
	s.sock = pair[1];
	ret = start_send(inst);
	if (ret) {
		close(pair[1]);
		return fail(inst, "boot: first message", ret);
	}
	pid = emulator_start(e, &s, err);
	close(pair[1]);
	if (pid < 0) {
		fail(inst, err, 0);
		return (int)pid;
	}
	inst->pid = pid;
	inst->pidfd = pidfd_open(pid, 0);
	if (inst->pidfd < 0)
		return fail(inst, "boot: pidfd", -errno);
	inst->state = INSTANCE_BOOTING;
	return 0;
}

int instance_boot(struct instance *inst, const struct emulator *e, const char *image,
		  double timeout_s)
{
	int ret;

	inst->sock = inst->pidfd = -1;
	ret = task_init(&inst->boot, timeout_s);
	if (ret) {
		task_release(&inst->boot);
		return fail(inst, "boot: files in memory", ret);
	}
	ret = spawn(inst, e, image);
	if (ret)
		instance_stop(inst);
	return ret;
}

/* ---- branches --------------------------------------------------------------- */

static struct instance_branch *branch_find(struct instance *inst, uint32_t id)
{
	unsigned int i;

	for (i = 0; i < BRANCH_MAX_LIVE; i++)
		if (inst->branch[i].used && inst->branch[i].id == id)
			return &inst->branch[i];
	return NULL;
}

static struct instance_branch *branch_slot(struct instance *inst)
{
	unsigned int i;

	for (i = 0; i < BRANCH_MAX_LIVE; i++)
		if (!inst->branch[i].used)
			return &inst->branch[i];
	return NULL;
}

/* Messages that the plan's devices send astray, on purpose: the kernel will say so. */
static uint32_t astray(const struct pb_plan *plan)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < plan->nr_sources; i++)
		n += plan->source[i].fault == PB_FAULT_IRTE;
	return n;
}

static int branch_send(struct instance *inst, struct instance_branch *b, unsigned int cpus)
{
	const struct pb_plan *plan = b->job->plan;
	int fds[BRANCH_FDS];
	struct branch_msg msg;
	int ret;

	fds[BRANCH_FD_PLAN] = memfile_with("pirlab-plan", plan, sizeof(*plan));
	if (fds[BRANCH_FD_PLAN] < 0)
		return fds[BRANCH_FD_PLAN];
	fds[BRANCH_FD_RESULT] = b->task.result;
	fds[BRANCH_FD_TRUTH] = b->task.truth;
	fds[BRANCH_FD_SERIAL] = b->task.serial;
	fds[BRANCH_FD_LOG] = b->task.log;
	branch_msg_init(&msg, BRANCH_MSG_BRANCH);
	msg.id = b->id;
	msg.seed = plan->seed;
	msg.limit = instance_plan_limit(plan);
	msg.plan_size = sizeof(*plan);
	msg.cpus = cpus;
	ret = branch_msg_send(inst->sock, &msg, fds, BRANCH_FDS);
	close(fds[BRANCH_FD_PLAN]);
	return ret;
}

int instance_branch(struct instance *inst, struct pb_job *job, double timeout_s, unsigned int cpus)
{
	struct instance_branch *b = branch_slot(inst);
	int ret;

	if (!b)
		return -EAGAIN;
	b->job = job;
	b->id = ++inst->next_id;
	ret = task_init(&b->task, timeout_s);
	b->task.scan.astray = astray(job->plan);
	if (!ret)
		ret = branch_send(inst, b, cpus);
	if (ret) {
		snprintf(job->error, sizeof(job->error), "branch: could not be started: %s",
			 strerror(-ret));
		task_release(&b->task);
		return ret;
	}
	b->used = true;
	inst->live++;
	return 0;
}

/* The job has its status: hand it on and free the slot. */
static void branch_done(struct instance *inst, struct instance_branch *b)
{
	struct pb_job *job = b->job;
	struct task task = b->task;

	job->wall_s = task_now() - task.start;
	job->boot_s = inst->boot_s;
	memset(b, 0, sizeof(*b));
	inst->live--;
	inst->done(inst->arg, inst, job, &task);
	task_release(&task);
}

static void branch_fail(struct instance *inst, struct instance_branch *b, const char *text)
{
	b->job->status = PB_JOB_FAILED;
	snprintf(b->job->error, sizeof(b->job->error), "%s", text);
	branch_done(inst, b);
}

static void branch_exited(struct instance *inst, struct instance_branch *b, int status)
{
	struct task_end end;

	task_judge(&b->task, "branch", status, &end);
	if (end.done) {
		task_collect(&b->task, b->job);
	} else {
		b->job->status = PB_JOB_FAILED;
		memcpy(b->job->error, end.error, sizeof(b->job->error));
		b->job->log_tail = end.log_tail;
	}
	branch_done(inst, b);
}

/* ---- what the fork server says ------------------------------------------------ */

static void ready(struct instance *inst, const struct branch_msg *msg)
{
	struct task_end end;

	task_judge_boot(&inst->boot, &end);
	inst->boot_s = task_now() - inst->boot.start;
	inst->ready_tick = msg->ticks;
	if (end.done) {
		inst->state = INSTANCE_READY;
		return;
	}
	fail(inst, end.error, 0);
	inst->log_tail = end.log_tail;
}

/* One message; false when it made no sense. */
static bool message(struct instance *inst, const struct branch_msg *msg)
{
	struct instance_branch *b;

	if (msg->kind == BRANCH_MSG_READY) {
		if (inst->state != INSTANCE_BOOTING)
			return false;
		ready(inst, msg);
		return true;
	}
	if (msg->kind != BRANCH_MSG_EXITED && msg->kind != BRANCH_MSG_REFUSED)
		return false;
	b = branch_find(inst, msg->id);
	if (!b)
		return false;
	if (b->task.kill)
		inst->kill_by = 0;
	if (msg->kind == BRANCH_MSG_EXITED) {
		branch_exited(inst, b, msg->value);
	} else {
		char text[128];

		snprintf(text, sizeof(text), "branch: refused by the fork server: %s",
			 strerror(msg->value));
		branch_fail(inst, b, text);
	}
	return true;
}

/* All messages that are there: 0, -EPIPE, -EPROTO, -errno. */
static int messages(struct instance *inst)
{
	struct branch_msg msg;
	int fds[BRANCH_FDS];

	while (inst->state == INSTANCE_BOOTING || inst->state == INSTANCE_READY) {
		int ret = branch_msg_recv(inst->sock, &msg, fds, MSG_DONTWAIT);

		if (ret == -EAGAIN)
			return 0;
		if (!ret && !message(inst, &msg))
			ret = -EPROTO;
		if (ret)
			return ret;
	}
	return 0;
}

/*
 * The fork server ended, or was made to because of `why` (NULL: its status and
 * the watch say it): everything that depends on it fails.
 */
static void collapse(struct instance *inst, int status, const char *why)
{
	bool booting = inst->state == INSTANCE_BOOTING;
	struct task_end end;
	unsigned int i;

	task_judge(&inst->boot, booting ? "boot" : "fork server", status, &end);
	if (why)
		snprintf(end.error, sizeof(end.error), "%s: %s", booting ? "boot" : "fork server",
			 why);
	else if (end.done)
		snprintf(end.error, sizeof(end.error), "fork server: ended on its own");
	fail(inst, end.error, 0);
	inst->log_tail = end.log_tail;
	for (i = 0; i < BRANCH_MAX_LIVE; i++)
		if (inst->branch[i].used)
			branch_fail(inst, &inst->branch[i], inst->error);
}

/* Reap the fork server, killing it first. Returns its status as of waitpid(). */
static int reap(struct instance *inst, bool kill_first)
{
	int status = 0;

	if (!inst->pid)
		return 0;
	if (kill_first)
		kill(inst->pid, SIGKILL);
	while (waitpid(inst->pid, &status, 0) < 0 && errno == EINTR)
		;
	inst->pid = 0;
	return status;
}

void instance_serve(struct instance *inst)
{
	siginfo_t info = {0};
	bool ended;
	int ret;

	if (!inst->pid)
		return;
	/* Ended? Asked before the messages are read, so that none is overlooked. */
	ended = !waitid(P_PID, (id_t)inst->pid, &info, WEXITED | WNOHANG | WNOWAIT) &&
		info.si_pid == inst->pid;
	ret = messages(inst);
	if (ret == -EPIPE && !ended) {
		/* Files are closed a moment before a process can be waited for. */
		struct pollfd p = {.fd = inst->pidfd, .events = POLLIN};

		ended = poll(&p, 1, EXIT_WAIT_MS) == 1;
	}
	if (ended)
		collapse(inst, reap(inst, false), NULL);
	else if (ret)
		collapse(inst, reap(inst, true),
			 ret == -EPROTO ? "said what makes no sense" : "stopped talking");
	if (inst->state == INSTANCE_FAILED)
		instance_stop(inst);
}

/* ---- watch and end -------------------------------------------------------------- */

void instance_watch(struct instance *inst)
{
	unsigned int i;

	if (inst->state == INSTANCE_BOOTING && task_watch(&inst->boot)) {
		collapse(inst, reap(inst, true), NULL);
		instance_stop(inst);
	}
	for (i = 0; inst->state == INSTANCE_READY && i < BRANCH_MAX_LIVE; i++) {
		struct instance_branch *b = &inst->branch[i];
		struct branch_msg msg;

		if (!b->used || !task_watch(&b->task))
			continue;
		branch_msg_init(&msg, BRANCH_MSG_KILL);
		msg.id = b->id;
		branch_msg_send(inst->sock, &msg, NULL, 0); /* failing: the server ends, too */
		if (!inst->kill_by)
			inst->kill_by = task_now() + KILL_WAIT_S;
	}
	if (inst->kill_by && task_now() > inst->kill_by) {
		inst->kill_by = 0;
		collapse(inst, reap(inst, true), "does not report a branch that it killed");
		instance_stop(inst);
	}
}

unsigned int instance_fds(const struct instance *inst, int fds[2])
{
	unsigned int n = 0;

	if (!inst->pid)
		return 0;
	fds[n++] = inst->sock;
	fds[n++] = inst->pidfd;
	return n;
}

static void fd_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void instance_stop(struct instance *inst)
{
	unsigned int i;

	if (inst->state == INSTANCE_NEW)
		return;
	/* Its children die with it: PR_SET_PDEATHSIG in branch.c. */
	reap(inst, true);
	fd_close(&inst->sock);
	fd_close(&inst->pidfd);
	for (i = 0; i < BRANCH_MAX_LIVE; i++) {
		if (!inst->branch[i].used)
			continue;
		task_release(&inst->branch[i].task);
		memset(&inst->branch[i], 0, sizeof(inst->branch[i]));
	}
	inst->live = 0;
	if (inst->state != INSTANCE_FAILED)
		inst->state = INSTANCE_ENDED;
}

void instance_release(struct instance *inst)
{
	instance_stop(inst);
	if (inst->state != INSTANCE_NEW)
		task_release(&inst->boot);
	free(inst->log_tail);
	inst->log_tail = NULL;
}
