// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/lab/runner/task.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "event/run.h"
#include "host/lab/runner/memfile.h"
#include "util/crc32c.h"
#include "util/file.h"

#define TAIL_LINES 30
#define TAIL_BYTES 8192
#define TAIL_READ  (256u << 10)

double task_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9;
}

static int report_map(struct task *t)
{
	void *p;

	if (ftruncate(t->result, BRANCH_RESULT_BASE))
		return -errno;
	p = mmap(NULL, BRANCH_RESULT_BASE, PROT_READ, MAP_SHARED, t->result, 0);
	if (p == MAP_FAILED)
		return -errno;
	t->report = p;
	return 0;
}

int task_init(struct task *t, double timeout_s)
{
	memset(t, 0, sizeof(*t));
	logscan_init(&t->scan);
	t->start = task_now();
	t->timeout_s = timeout_s;
	t->deadline = t->start + timeout_s;
	t->result = memfile_new("pirlab-result");
	t->truth = memfile_new("pirlab-truth");
	t->serial = memfile_new("pirlab-serial");
	t->log = memfile_new("pirlab-log");
	if (t->result < 0)
		return t->result;
	if (t->truth < 0)
		return t->truth;
	if (t->serial < 0)
		return t->serial;
	if (t->log < 0)
		return t->log;
	return report_map(t);
}

void task_release(struct task *t)
{
	const int fd[] = {t->result, t->truth, t->serial, t->log};
	size_t i;

	if (t->report)
		munmap((void *)t->report, BRANCH_RESULT_BASE);
	for (i = 0; i < sizeof(fd) / sizeof(fd[0]); i++)
		if (fd[i] > 0)
			close(fd[i]);
	memset(t, 0, sizeof(*t));
	t->result = t->truth = t->serial = t->log = -1;
}

/* ---- while it runs --------------------------------------------------------- */

static void serial_scan(struct task *t)
{
	char buf[16384];
	ssize_t n;

	while ((n = pread(t->serial, buf, sizeof(buf), (off_t)t->scanned)) > 0) {
		logscan_feed(&t->scan, buf, (size_t)n);
		t->scanned += (uint64_t)n;
	}
}

/* A sweep takes as long as it takes, but each of its steps not longer than another branch. */
static void steps_look(struct task *t)
{
	uint32_t steps = t->report ? *(const volatile uint32_t *)&t->report->steps : 0;

	if (steps == t->steps)
		return;
	t->steps = steps;
	t->deadline = task_now() + t->timeout_s;
}

bool task_watch(struct task *t)
{
	if (t->kill)
		return false;
	serial_scan(t);
	steps_look(t);
	if (t->scan.kind == LOGSCAN_PANIC)
		t->kill = TASK_KILL_PANIC;
	else if (t->scanned > TASK_LOG_MAX || memfile_size(t->log) > TASK_LOG_MAX)
		t->kill = TASK_KILL_FLOOD;
	else if (task_now() > t->deadline)
		t->kill = TASK_KILL_TIMEOUT;
	return t->kill != TASK_KILL_NONE;
}

/* ---- its end ---------------------------------------------------------------- */

static char *tail_of(int fd)
{
	char *tail = NULL;
	size_t size;
	void *data;

	if (memfile_end(fd, TAIL_READ, &data, &size))
		return NULL;
	tail = logscan_tail(data, size, TAIL_LINES, TAIL_BYTES);
	free(data);
	return tail;
}

/* The emulator's own last words (glue_exit() in host/lab/emulator/glue.cc). */
static void panic_line(const struct task *t, char *line, size_t size)
{
	static const char mark[] = "emulator panic: ";
	char *last = NULL, *p;
	void *data;
	size_t n;

	line[0] = 0;
	if (memfile_end(t->log, TAIL_READ, &data, &n))
		return;
	for (p = data; (p = strstr(p, mark)); p++)
		last = p;
	if (last) {
		char *text = logscan_tail(last + strlen(mark), strcspn(last, "\n") - strlen(mark),
					  1, size - 1);

		snprintf(line, size, ": %.*s", text ? (int)strcspn(text, "\n") : 0,
			 text ? text : "");
		free(text);
	}
	free(data);
}

/* Where the machine was, as far as it said. */
static void progress_text(const struct task *t, char *buf, size_t size)
{
	struct branch_report r;

	buf[0] = 0;
	if (!t->report)
		return;
	memcpy(&r, t->report, sizeof(r));
	if (r.magic == BRANCH_MAGIC && r.beats)
		snprintf(buf, size, "; its last of %u signs of life was %u at tick %llu", r.beats,
			 r.beat, (unsigned long long)r.beat_tick);
}

/* Why its sweep failed, as it says: one line, printable. */
static void sweep_text(const struct task *t, char *err, size_t size, const char *what)
{
	char text[sizeof(t->report->text) + 1] = "", line[sizeof(text)];

	if (t->report)
		memcpy(text, t->report->text, sizeof(t->report->text));
	run_set_text(line, sizeof(line), text);
	snprintf(err, size, "%s: %s", what, line[0] ? line : "its sweep failed");
}

static void end_text(const struct task *t, const char *what, int status, char *err, size_t size,
		     bool *serial)
{
	int e = t->report ? t->report->error : 0;
	char more[160];

	progress_text(t, more, sizeof(more));
	*serial = false;
	if (WIFSIGNALED(status)) {
		int sig = WTERMSIG(status);

		snprintf(err, size, "%s: the emulator was killed by signal %d (%s)%s", what, sig,
			 strsignal(sig), sig == SIGXFSZ ? ": its files grew too large" : "");
		return;
	}
	switch (WEXITSTATUS(status)) {
	case BRANCH_EXIT_HUNG:
		*serial = true;
		snprintf(err, size, "%s: hung: its emulated time ran out%s", what, more);
		return;
	case BRANCH_EXIT_IO:
		snprintf(err, size, "%s: its result could not be written: %s", what, strerror(e));
		return;
	case BRANCH_EXIT_TOO_BIG:
		snprintf(err, size, "%s: the machine announced a larger result than fits", what);
		return;
	case BRANCH_EXIT_SETUP:
		snprintf(err, size, "%s: could not be set up: %s", what, strerror(e));
		return;
	case BRANCH_EXIT_RESET:
		*serial = true;
		snprintf(err, size, "%s: the machine was reset (panic or triple fault)%s", what,
			 more);
		return;
	case BRANCH_EXIT_SWEEP:
		sweep_text(t, err, size, what);
		return;
	case BRANCH_EXIT_PROTOCOL:
	case BRANCH_EXIT_ORPHAN:
		snprintf(err, size, "%s: runner and emulator do not understand each other", what);
		return;
	case BRANCH_EXIT_DONE:
		snprintf(err, size, "%s: ended before it had a plan", what);
		return;
	default:
		panic_line(t, more, sizeof(more));
		snprintf(err, size, "%s: the emulator ended with status %d%s", what,
			 WEXITSTATUS(status), more);
	}
}

static void kill_text(const struct task *t, const char *what, char *err, size_t size)
{
	char more[160];

	progress_text(t, more, sizeof(more));
	if (t->kill == TASK_KILL_TIMEOUT)
		snprintf(err, size, "%s: no end within %.0f s of host time%s", what,
			 t->deadline - t->start, more);
	else
		snprintf(err, size, "%s: more than %u MiB of log", what, TASK_LOG_MAX >> 20);
}

/* A finding in the log goes before everything else; true if there is one. */
static bool judge_log(struct task *t, const char *what, struct task_end *end)
{
	serial_scan(t);
	logscan_end(&t->scan);
	if (t->scan.kind == LOGSCAN_CLEAN)
		return false;
	snprintf(end->error, sizeof(end->error), "%s: %s: %.200s", what, logscan_name(t->scan.kind),
		 t->scan.line);
	end->log_tail = tail_of(t->serial);
	return true;
}

void task_judge(struct task *t, const char *what, int status, struct task_end *end)
{
	bool serial = true;

	memset(end, 0, sizeof(*end));
	if (judge_log(t, what, end))
		return;
	if (t->kill)
		kill_text(t, what, end->error, sizeof(end->error));
	else if (WIFEXITED(status) && WEXITSTATUS(status) == BRANCH_EXIT_DONE && t->report &&
		 t->report->complete == BRANCH_MAGIC)
		end->done = true;
	else
		end_text(t, what, status, end->error, sizeof(end->error), &serial);
	if (end->done)
		return;
	end->log_tail = tail_of(serial ? t->serial : t->log);
	if (!end->log_tail)
		end->log_tail = tail_of(serial ? t->log : t->serial);
}

void task_judge_boot(struct task *t, struct task_end *end)
{
	memset(end, 0, sizeof(*end));
	end->done = !judge_log(t, "boot", end);
}

/* ---- results ----------------------------------------------------------------- */

static int blob_take(int fd, uint64_t offset, uint64_t size, uint32_t crc, const struct pb_plan *p,
		     uint32_t content, void **out, char *err, size_t errlen)
{
	int64_t file = memfile_size(fd);
	void *data;
	int ret;

	if (file < 0 || (uint64_t)file < offset || (uint64_t)file - offset != size) {
		snprintf(err, errlen, "%lld bytes announced, %lld written", (long long)size,
			 (long long)file - (long long)offset);
		return -EPROTO;
	}
	ret = memfile_read(fd, offset, (size_t)size, &data);
	if (ret) {
		snprintf(err, errlen, "%s", strerror(-ret));
		return ret;
	}
	if (crc32c(0, data, (size_t)size) != crc) {
		snprintf(err, errlen, "its checksum is wrong");
		ret = -EPROTO;
	}
	if (!ret)
		ret = run_check(data, (size_t)size, p, err, errlen);
	if (!ret && ((const struct pb_run *)data)->content != content) {
		snprintf(err, errlen, "it holds something else");
		ret = -EPROTO;
	}
	if (ret)
		free(data);
	else
		*out = data;
	return ret;
}

void task_collect(struct task *t, struct pb_job *job)
{
	struct branch_report r;
	char why[200];

	memcpy(&r, t->report, sizeof(r));
	if (blob_take(t->result, BRANCH_RESULT_BASE, r.result_size, r.result_crc, job->plan,
		      PB_RUN_EVENTS, &job->run, why, sizeof(why))) {
		snprintf(job->error, sizeof(job->error), "branch: result refused: %s", why);
		goto failed;
	}
	if (blob_take(t->truth, 0, r.truth_size, r.truth_crc, job->plan, PB_RUN_TRUTH, &job->truth,
		      why, sizeof(why))) {
		snprintf(job->error, sizeof(job->error), "branch: truth refused: %s", why);
		goto failed;
	}
	job->run_size = (size_t)r.result_size;
	job->truth_size = (size_t)r.truth_size;
	job->status = PB_JOB_DONE;
	return;
failed:
	free(job->run);
	job->run = NULL;
	job->status = PB_JOB_FAILED;
	job->log_tail = tail_of(t->serial);
	if (!job->log_tail)
		job->log_tail = tail_of(t->log);
}

static int keep(int fd, const char *dir, const char *name, const char *kind)
{
	char path[1024];
	size_t size;
	void *data;
	int ret;

	ret = snprintf(path, sizeof(path), "%s/%s.%s", dir, name, kind);
	if ((size_t)ret >= sizeof(path))
		return -ENAMETOOLONG;
	ret = memfile_end(fd, TASK_LOG_MAX, &data, &size);
	if (ret)
		return ret;
	ret = file_write(path, data, size);
	free(data);
	return ret;
}

int task_keep(const struct task *t, const char *dir, const char *name)
{
	int ret = keep(t->serial, dir, name, "serial");

	return ret ? ret : keep(t->log, dir, name, "emulator");
}
