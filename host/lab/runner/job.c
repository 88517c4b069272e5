// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/lab/runner/job.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "event/run.h"
#include "exec/job.h"
#include "exec/root.h"
#include "host/lab/model/branch_wire.h"
#include "host/lab/runner/disk.h"
#include "host/lab/runner/medium.h"
#include "host/lab/runner/memfile.h"
#include "host/lab/runner/task.h"
#include "shared/control_regs.h"
#include "util/cpio.h"
#include "util/crc32c.h"
#include "util/file.h"

#define WATCH_MS 100

struct run {
	const struct lab_job *job;
	struct task task;
	int media, disk, sock, pidfd;
	pid_t pid;
};

static int fail(char *err, const char *what, int e)
{
	snprintf(err, EMULATOR_ERR, "lab: %.300s: %s", what, strerror(-e));
	return e;
}

/* ---- what goes in ---------------------------------------------------------------- */

static int put_strings(struct cpio *c, const char *name, const char *const *s, size_t nr)
{
	size_t size = 0, i;
	char *all, *p;
	int ret;

	for (i = 0; i < nr; i++)
		size += strlen(s[i]) + 1;
	all = malloc(size + 1);
	if (!all)
		return -ENOMEM;
	for (p = all, i = 0; i < nr; i++)
		p = stpcpy(p, s[i]) + 1;
	ret = cpio_file(c, name, 0644, all, size);
	free(all);
	return ret;
}

static int put_in(struct cpio *c, const struct lab_job_file *f, char *err)
{
	char name[CPIO_NAME_MAX + 1];
	struct stat s;
	size_t size;
	void *data;
	int ret;

	if (!cpio_name_ok(f->name) || strchr(f->name, '/') ||
	    snprintf(name, sizeof(name), ROOT_JOB "/%s", f->name) >= (int)sizeof(name))
		return fail(err, f->name, -EINVAL);
	ret = file_read(f->path, PB_CONTROL_MEDIA_MAX, &data, &size);
	if (!ret && stat(f->path, &s))
		ret = -errno;
	if (ret)
		return fail(err, f->path, ret);
	ret = cpio_file(c, name, s.st_mode & 0111 ? 0755 : 0644, data, size);
	free(data);
	return ret ? fail(err, f->path, ret) : 0;
}

/* The archive of the job behind that of the root. */
static int job_archive(const struct lab_job *job, struct cpio *c, char *err)
{
	size_t argc = 0, i;
	int ret;

	while (job->argv[argc])
		argc++;
	if (argc > JOB_ARGS_MAX || job->nr_out > LAB_JOB_FILES || job->nr_in > LAB_JOB_FILES)
		return fail(err, "command", -E2BIG);
	cpio_dir(c, ROOT_JOB, 0755);
	ret = put_strings(c, ROOT_JOB "/" JOB_ARGV, job->argv, argc);
	if (!ret)
		ret = put_strings(c, ROOT_JOB "/" JOB_OUT, job->out, job->nr_out);
	for (i = 0; i < job->nr_in && !ret; i++) {
		ret = put_in(c, &job->in[i], err);
		if (ret)
			return ret;
	}
	if (!ret)
		ret = cpio_end(c);
	return ret ? fail(err, "command", ret) : 0;
}

static int media_make(struct run *r, char *err)
{
	struct lab_blob root = {0};
	struct cpio c = {0};
	void *data = NULL;
	uint8_t *all;
	int ret = job_archive(r->job, &c, err);

	if (!ret && r->job->root) {
		ret = file_read(r->job->root, PB_CONTROL_MEDIA_MAX, &data, &root.size);
		if (ret)
			fail(err, r->job->root, ret);
	}
	all = ret ? NULL : malloc(root.size + c.size);
	if (!ret && !all)
		ret = fail(err, "medium", -ENOMEM);
	if (!ret) {
		if (root.size)
			memcpy(all, data, root.size);
		memcpy(all + root.size, c.data, c.size);
		ret = medium_with(all, root.size + c.size, err);
		if (ret > 0)
			r->media = ret;
	}
	free(all);
	free(data);
	cpio_release(&c);
	return ret < 0 ? ret : 0;
}

/* ---- the machine ------------------------------------------------------------------ */

static int start(struct run *r, const struct emulator *e, char *err)
{
	struct emulator_start es = {
		.image = r->job->image,
		.serial = r->task.serial,
		.report = r->task.result,
		.log = r->task.log,
		.media = r->media,
		.disk = r->disk,
	};
	struct branch_msg msg;
	int pair[2], ret;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return fail(err, "socket pair", -errno);
	r->sock = pair[0];
	branch_msg_init(&msg, BRANCH_MSG_START);
	msg.value = PB_CONTROL_MODE_RUN;
	msg.limit = (uint64_t)r->job->limit_s * 1000000u * EMULATOR_TICKS_PER_US;
	msg.serial_fd = r->task.serial;
	msg.report_fd = r->task.result;
	msg.media_fd = r->media;
	msg.disk_fd = r->disk;
	ret = branch_msg_send(r->sock, &msg, NULL, 0);
	if (!ret) {
		es.sock = pair[1];
		r->pid = emulator_start(e, &es, err);
		ret = r->pid < 0 ? (int)r->pid : 0;
	} else {
		fail(err, "first message", ret);
	}
	close(pair[1]);
	if (ret) {
		r->pid = 0;
		return ret;
	}
	r->pidfd = pidfd_open(r->pid, 0);
	return r->pidfd < 0 ? fail(err, "pidfd", -errno) : 0;
}

/* Until it has ended; its status. */
static int wait_end(struct run *r, int *status, char *err)
{
	struct pollfd p = {.fd = r->pidfd, .events = POLLIN};

	while (!p.revents) {
		if (poll(&p, 1, WATCH_MS) < 0 && errno != EINTR)
			return fail(err, "poll", -errno);
		if (r->job->stop && *r->job->stop)
			return fail(err, "stopped", -EINTR);
		if (task_watch(&r->task))
			kill(r->pid, SIGKILL);
	}
	while (waitpid(r->pid, status, 0) < 0)
		if (errno != EINTR)
			return fail(err, "wait", -errno);
	r->pid = 0;
	return 0;
}

static void cleanup(struct run *r)
{
	const int fd[] = {r->media, r->disk, r->sock, r->pidfd};

	if (r->pid > 0) {
		kill(r->pid, SIGKILL);
		waitpid(r->pid, NULL, 0);
	}
	for (size_t i = 0; i < sizeof(fd) / sizeof(fd[0]); i++)
		if (fd[i] > 0)
			close(fd[i]);
	task_release(&r->task);
}

/* ---- what comes out ---------------------------------------------------------------- */

static int refuse(char *err, const char *why)
{
	snprintf(err, EMULATOR_ERR, "lab: what came back makes no sense: %.300s", why);
	return -EPROTO;
}

static bool status_parse(const struct cpio_item *item, int *status)
{
	unsigned int n = 0;

	if (!item->size || item->size > 3)
		return false;
	for (size_t i = 0; i < item->size; i++) {
		if (item->data[i] < '0' || item->data[i] > '9')
			return false;
		n = n * 10 + item->data[i] - '0';
	}
	*status = (int)n;
	return n <= 255;
}

/* What the machine says instead of a result: a line, printable. */
static int error_parse(const struct cpio_item *item, char *err)
{
	char text[160], line[160];

	snprintf(text, sizeof(text), "%.*s", (int)(item->size < 150 ? item->size : 150),
		 (const char *)item->data);
	run_set_text(line, sizeof(line), text);
	snprintf(err, EMULATOR_ERR, "lab: %s", line);
	return -ECANCELED;
}

static int file_take(const struct cpio_item *item, struct lab_job_result *r, char *err)
{
	char name[16];

	for (unsigned int i = 0; i < LAB_JOB_FILES; i++) {
		snprintf(name, sizeof(name), JOB_FILE, i);
		if (strcmp(item->name, name) != 0)
			continue;
		r->file[i] = (struct lab_blob){item->data, item->size};
		return 0;
	}
	return refuse(err, "a file of another name");
}

static int item_take(const struct cpio_item *item, struct lab_job_result *r, bool *status,
		     char *err)
{
	const struct lab_blob blob = {item->data, item->size};

	if (!S_ISREG(item->mode))
		return refuse(err, "something that is not a file");
	if (!strcmp(item->name, JOB_ERROR))
		return error_parse(item, err);
	if (!strcmp(item->name, JOB_STATUS))
		return (*status = status_parse(item, &r->status)) ? 0 : refuse(err, "its status");
	if (!strcmp(item->name, JOB_STDOUT))
		r->out = blob;
	else if (!strcmp(item->name, JOB_STDERR))
		r->err = blob;
	else
		return file_take(item, r, err);
	return 0;
}

int lab_job_parse(const void *data, size_t size, struct lab_job_result *r, char *err)
{
	struct cpio_reader reader = {.data = data, .size = size};
	bool status = false;
	struct cpio_item item;
	char why[160];
	int ret;

	while ((ret = cpio_next(&reader, &item, why, sizeof(why))) > 0) {
		ret = item_take(&item, r, &status, err);
		if (ret)
			return ret;
	}
	if (ret)
		return refuse(err, why);
	if (!status || !r->out.data || !r->err.data)
		return refuse(err, "a part is missing");
	return 0;
}

static int collect(struct run *run, struct lab_job_result *r, char *err)
{
	struct branch_report report;
	int64_t file = memfile_size(run->task.result);
	int ret;

	memcpy(&report, run->task.report, sizeof(report));
	r->emulated_s = (double)report.end_tick / (EMULATOR_TICKS_PER_US * 1e6);
	if (file < BRANCH_RESULT_BASE ||
	    (uint64_t)file - BRANCH_RESULT_BASE != report.result_size ||
	    report.result_size > PB_CONTROL_WINDOW)
		return refuse(err, "its size");
	ret = memfile_read(run->task.result, BRANCH_RESULT_BASE, (size_t)report.result_size,
			   &r->data);
	if (ret)
		return fail(err, "result", ret);
	if (crc32c(0, r->data, (size_t)report.result_size) != report.result_crc)
		return refuse(err, "its checksum");
	return lab_job_parse(r->data, (size_t)report.result_size, r, err);
}

static int judge(struct run *run, int status, struct lab_job_result *r, char *err)
{
	struct task_end end;

	task_judge(&run->task, "lab", status, &end);
	r->wall_s = task_now() - run->task.start;
	if (end.done)
		return collect(run, r, err);
	if (WIFEXITED(status) && !WEXITSTATUS(status))
		snprintf(err, EMULATOR_ERR,
			 "lab: the machine was switched off before the command "
			 "ended");
	else
		snprintf(err, EMULATOR_ERR, "%s", end.error);
	r->log_tail = end.log_tail;
	return -EIO;
}

int lab_job_run(const struct emulator *e, const struct lab_job *job, struct lab_job_result *r,
		char *err)
{
	struct run run = {.job = job};
	int ret, status = 0;

	memset(r, 0, sizeof(*r));
	ret = task_init(&run.task, job->timeout_s);
	if (ret)
		fail(err, "files in memory", ret);
	if (!ret)
		ret = media_make(&run, err);
	if (!ret && job->disk) {
		run.disk = disk_open(job->disk, err);
		ret = run.disk < 0 ? run.disk : 0;
	}
	if (!ret)
		ret = start(&run, e, err);
	if (!ret)
		ret = wait_end(&run, &status, err);
	if (!ret)
		ret = judge(&run, status, r, err);
	cleanup(&run);
	return ret;
}

void lab_job_release(struct lab_job_result *r)
{
	free(r->data);
	free(r->log_tail);
	memset(r, 0, sizeof(*r));
}
