// SPDX-License-Identifier: LGPL-2.1-or-later
#include "util/subprocess.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LINE_MAX_BYTES 1024
#define POLL_MS        100
#define ENV_MAX        64

/* One run in progress. */
struct run {
	const struct subprocess *p;
	struct subprocess_result *r;
	pid_t pid;
	int pidfd;
	int out, err; /* read ends; -1 at their end */
	int log;
	char line[LINE_MAX_BYTES];
	size_t line_len;
	size_t tail_len;
	int failed; /* -errno of our own making: the child is killed for it */
};

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9;
}

static bool env_passes(const char *var)
{
	static const char *const pass[] = {
		"PATH=",     "HOME=",       "USER=",        "TMPDIR=",   "XDG_CACHE_HOME=",
		"PIRBENCH_", "http_proxy=", "https_proxy=", "no_proxy=", "ftp_proxy="};

	for (size_t i = 0; i < sizeof(pass) / sizeof(pass[0]); i++)
		if (!strncmp(var, pass[i], strlen(pass[i])))
			return true;
	return false;
}

/* env must have room for ENV_MAX pointers; what does not fit is left out. */
static void env_build(const char **env, const char *const *more)
{
	size_t n = 0;

	env[n++] = "LC_ALL=C";
	for (; more && *more && n < ENV_MAX - 1; more++)
		env[n++] = *more;
	for (char **e = environ; e && *e && n < ENV_MAX - 1; e++)
		if (env_passes(*e))
			env[n++] = *e;
	env[n] = NULL;
}

/* Only async-signal-safe calls: the parent may have threads. */
static void child(const struct subprocess *p, const char *const *env, const int fds[3],
		  pid_t parent, int report)
{
	sigset_t none;
	int e;

	sigemptyset(&none);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (setpgid(0, 0) || prctl(PR_SET_PDEATHSIG, SIGTERM))
		goto fail;
	if (getppid() != parent)
		_exit(127);
	for (int i = 0; i < 3; i++)
		if (dup2(fds[i], i) < 0)
			goto fail;
	if (close_range(3, ~0u, CLOSE_RANGE_CLOEXEC))
		goto fail;
	if (p->inherit_fd > 2 && fcntl(p->inherit_fd, F_SETFD, 0))
		goto fail;
	if (p->dir && chdir(p->dir))
		goto fail;
	errno = 0;
	if (p->niceness && nice(p->niceness) == -1 && errno)
		goto fail;
	execvpe(p->argv[0], (char *const *)p->argv, (char *const *)env);
fail:
	e = errno;
	if (write(report, &e, sizeof(e)) < 0)
		_exit(126);
	_exit(127);
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* Fork and exec; 0, or -errno of whichever step failed in parent or child. */
static int start(struct run *run)
{
	int in = -1, out[2] = {-1, -1}, err[2] = {-1, -1}, report[2] = {-1, -1};
	const char *env[ENV_MAX];
	pid_t parent = getpid();
	int e = 0, ret;

	env_build(env, run->p->env);
	in = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (in < 0 || pipe2(out, O_CLOEXEC) || pipe2(err, O_CLOEXEC) || pipe2(report, O_CLOEXEC)) {
		ret = -errno;
		goto out;
	}
	run->pid = fork();
	if (run->pid < 0) {
		ret = -errno;
		goto out;
	}
	if (run->pid == 0)
		child(run->p, env, (int[]){in, out[1], err[1]}, parent, report[1]);
	close_fd(&report[1]);
	/* The other half of the child's setpgid(): whichever comes first. */
	setpgid(run->pid, run->pid);
	ret = read(report[0], &e, sizeof(e)) == sizeof(e) ? -e : 0;
	if (!ret) {
		run->pidfd = pidfd_open(run->pid, 0);
		if (run->pidfd < 0) {
			ret = -errno;
			kill(-run->pid, SIGKILL);
		}
	}
	if (ret) {
		waitpid(run->pid, NULL, 0);
		goto out;
	}
	fcntl(out[0], F_SETFL, O_NONBLOCK);
	fcntl(err[0], F_SETFL, O_NONBLOCK);
	run->out = out[0];
	run->err = err[0];
	out[0] = -1;
	err[0] = -1;
out:
	close_fd(&in);
	for (int i = 0; i < 2; i++) {
		close_fd(&out[i]);
		close_fd(&err[i]);
		close_fd(&report[i]);
	}
	return ret;
}

static void keep_tail(struct run *run, const char *buf, size_t n)
{
	size_t max = sizeof(run->r->tail) - 1;

	if (n >= max) {
		memcpy(run->r->tail, buf + n - max, max);
		run->tail_len = max;
	} else {
		size_t keep = run->tail_len + n > max ? max - n : run->tail_len;

		memmove(run->r->tail, run->r->tail + run->tail_len - keep, keep);
		memcpy(run->r->tail + keep, buf, n);
		run->tail_len = keep + n;
	}
	run->r->tail[run->tail_len] = '\0';
}

static int capture(struct run *run, const char *buf, size_t n)
{
	struct subprocess_result *r = run->r;
	char *bigger;

	if (r->out_size + n > run->p->capture_max)
		return -EOVERFLOW;
	/* Grow by powers of two. */
	if (!r->out || ((r->out_size + n + 1) ^ r->out_size) > r->out_size) {
		size_t want = 4096;

		while (want < r->out_size + n + 1)
			want *= 2;
		bigger = realloc(r->out, want);
		if (!bigger)
			return -ENOMEM;
		r->out = bigger;
	}
	memcpy(r->out + r->out_size, buf, n);
	r->out_size += n;
	r->out[r->out_size] = '\0';
	return 0;
}

static void flush_line(struct run *run)
{
	run->line[run->line_len] = '\0';
	run->line_len = 0;
	run->p->line(run->p->arg, run->line);
}

static void lines(struct run *run, const char *buf, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (buf[i] == '\n')
			flush_line(run);
		else if (run->line_len < sizeof(run->line) - 1)
			run->line[run->line_len++] = buf[i];
	}
}

static int write_all(int fd, const char *buf, size_t n)
{
	while (n) {
		ssize_t w = write(fd, buf, n);

		if (w < 0 && errno == EINTR)
			continue;
		if (w < 0)
			return -errno;
		buf += w;
		n -= (size_t)w;
	}
	return 0;
}

/* Take what is there; closes the descriptor at its end. */
static int take(struct run *run, int *fd)
{
	bool is_out = fd == &run->out;
	char buf[16384];
	ssize_t n;
	int ret = 0;

	while ((n = read(*fd, buf, sizeof(buf))) > 0) {
		keep_tail(run, buf, (size_t)n);
		if (run->log >= 0)
			ret = write_all(run->log, buf, (size_t)n);
		if (!ret && is_out && run->p->capture_max)
			ret = capture(run, buf, (size_t)n);
		if (run->p->line && is_out == !run->p->lines_of_stderr)
			lines(run, buf, (size_t)n);
		if (ret)
			return ret;
	}
	if (n == 0 || (errno != EAGAIN && errno != EINTR))
		close_fd(fd);
	return 0;
}

static int overdue(const struct run *run, double begin)
{
	if (run->p->stop && *run->p->stop)
		return -EINTR;
	if (run->p->timeout_s && now() - begin > run->p->timeout_s)
		return -ETIMEDOUT;
	return 0;
}

/* Until the child has exited, or something of ours went wrong. */
static void attend(struct run *run, double begin)
{
	for (;;) {
		struct pollfd fds[3] = {{.fd = run->out, .events = POLLIN},
					{.fd = run->err, .events = POLLIN},
					{.fd = run->pidfd, .events = POLLIN}};

		if (poll(fds, 3, POLL_MS) < 0 && errno != EINTR)
			run->failed = -errno;
		if (run->out >= 0 && !run->failed)
			run->failed = take(run, &run->out);
		if (run->err >= 0 && !run->failed)
			run->failed = take(run, &run->err);
		if (!run->failed)
			run->failed = overdue(run, begin);
		if (run->failed || (fds[2].revents & POLLIN))
			return;
	}
}

static void reap(struct run *run)
{
	int status = 0;

	if (run->failed) {
		/* Let make and its like tidy up; then no more asking. */
		struct pollfd fd = {.fd = run->pidfd, .events = POLLIN};

		kill(-run->pid, SIGTERM);
		poll(&fd, 1, 2000);
	}
	/* The leader is not waited for yet, so the group's number is still its own. */
	kill(-run->pid, SIGKILL);
	while (waitpid(run->pid, &status, 0) < 0 && errno == EINTR)
		;
	run->r->status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	run->r->sig = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	if (run->out >= 0 && !run->failed)
		run->failed = take(run, &run->out);
	if (run->err >= 0 && !run->failed)
		run->failed = take(run, &run->err);
	if (run->p->line && run->line_len)
		flush_line(run);
	close_fd(&run->out);
	close_fd(&run->err);
	close_fd(&run->pidfd);
}

/* Start the tail at the start of a line; the last line with text in it, for the error. */
static const char *last_line(struct run *run, char *buf, size_t size)
{
	char *tail = run->r->tail, *nl;
	size_t end, begin;

	if (run->tail_len == sizeof(run->r->tail) - 1) {
		nl = memchr(tail, '\n', run->tail_len);
		if (nl && nl[1]) {
			run->tail_len -= (size_t)(nl + 1 - tail);
			memmove(tail, nl + 1, run->tail_len + 1);
		}
	}
	end = run->tail_len;
	while (end && (tail[end - 1] == '\n' || tail[end - 1] == ' '))
		end--;
	begin = end;
	while (begin && tail[begin - 1] != '\n')
		begin--;
	snprintf(buf, size, "%.*s", (int)(end - begin), tail + begin);
	return buf;
}

static void explain(struct run *run, int ret, char *err, size_t size)
{
	const char *log = run->p->log, *name = run->p->argv[0];
	char how[64], line[512];

	last_line(run, line, sizeof(line));
	if (ret == -ENOENT)
		snprintf(how, sizeof(how), "no such program, or no such directory");
	else if (ret == -ETIMEDOUT)
		snprintf(how, sizeof(how), "not done after %u s", run->p->timeout_s);
	else if (ret == -EINTR)
		snprintf(how, sizeof(how), "interrupted");
	else if (ret != -ECHILD)
		snprintf(how, sizeof(how), "%s", strerror(-ret));
	else if (run->r->sig)
		snprintf(how, sizeof(how), "killed by signal %d", run->r->sig);
	else
		snprintf(how, sizeof(how), "exit status %d", run->r->status);
	snprintf(err, size, "%s: %s%s%s%s%s%s", name, how, line[0] ? ": " : "", line,
		 log ? " (log: " : "", log ? log : "", log ? ")" : "");
}

int subprocess_run(const struct subprocess *p, struct subprocess_result *result, char *err,
		   size_t size)
{
	struct run run = {.p = p, .r = result, .pidfd = -1, .out = -1, .err = -1, .log = -1};
	double begin = now();
	int ret = 0;

	memset(result, 0, sizeof(*result));
	result->status = -1;
	if (p->log) {
		run.log = open(p->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
		if (run.log < 0)
			ret = -errno;
	}
	if (!ret && p->capture_max)
		ret = capture(&run, "", 0);
	if (!ret)
		ret = start(&run);
	if (!ret) {
		attend(&run, begin);
		reap(&run);
		ret = run.failed;
		if (!ret && result->status != 0)
			ret = -ECHILD;
	}
	close_fd(&run.log);
	result->seconds = now() - begin;
	if (ret)
		explain(&run, ret, err, size);
	return ret;
}

void subprocess_release(struct subprocess_result *result)
{
	free(result->out);
	result->out = NULL;
	result->out_size = 0;
}

bool subprocess_exists(const char *name)
{
	const char *path = getenv("PATH");
	char file[4096];

	if (strchr(name, '/'))
		return !access(name, X_OK);
	for (const char *p = path ? path : "/usr/bin:/bin"; p && *p;) {
		const char *end = strchrnul(p, ':');

		snprintf(file, sizeof(file), "%.*s/%s", (int)(end - p), p, name);
		if (!access(file, X_OK))
			return true;
		p = *end ? end + 1 : end;
	}
	return false;
}
