// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/lab/runner/shell.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "host/lab/model/branch_wire.h"
#include "host/lab/runner/task.h"
#include "shared/control_regs.h"

#define PROMPT "/ # " /* busybox's, of root in / */

struct shell {
	struct task task; /* files for what a boot has; the serial line is elsewhere */
	int master, slave; /* of the pseudo-terminal that is the serial line */
	char line[128]; /* its path */
	int sock;
	pid_t pid;
	int pidfd;
	int in, out;
	int media, disk;
	bool raw; /* `in` is a terminal whose mode we changed */
	struct termios saved;
	char to[4096]; /* typed, not taken by the machine yet */
	size_t to_len;
	bool leave, in_ended;
	/*
	 * The kernel's serial driver throws away what comes before the shell
	 * has opened the line, so a pipe waits for the first prompt.
	 */
	bool prompted;
	size_t prompt_len; /* characters of PROMPT that the machine said last */
};

static int fail(char *err, const char *what, int e)
{
	snprintf(err, EMULATOR_ERR, "%s: %s", what, strerror(-e));
	return e;
}

/* Both ends stay open here: a terminal that nobody has open gives errors. */
static int line_open(struct shell *s)
{
	struct termios t;

	s->master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	if (s->master < 0 || grantpt(s->master) || unlockpt(s->master) ||
	    ptsname_r(s->master, s->line, sizeof(s->line)))
		return -errno;
	s->slave = open(s->line, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (s->slave < 0 || tcgetattr(s->slave, &t))
		return -errno;
	cfmakeraw(&t);
	return tcsetattr(s->slave, TCSANOW, &t) ? -errno : 0;
}

static int start(struct shell *s, const struct emulator *e, const char *image, char *err)
{
	struct emulator_start es = {
		.image = image,
		.console = s->line,
		.serial = s->task.serial,
		.report = s->task.result,
		.log = s->task.log,
		.media = s->media,
		.disk = s->disk,
	};
	struct branch_msg msg;
	int pair[2], ret;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return fail(err, "socket pair", -errno);
	s->sock = pair[0];
	branch_msg_init(&msg, BRANCH_MSG_START);
	msg.value = PB_CONTROL_MODE_SHELL;
	msg.serial_fd = s->task.serial;
	msg.report_fd = s->task.result;
	msg.media_fd = s->media;
	msg.disk_fd = s->disk;
	ret = branch_msg_send(s->sock, &msg, NULL, 0);
	if (!ret) {
		es.sock = pair[1];
		s->pid = emulator_start(e, &es, err);
		ret = s->pid < 0 ? (int)s->pid : 0;
	} else {
		fail(err, "first message", ret);
	}
	close(pair[1]);
	if (ret) {
		s->pid = 0;
		return ret;
	}
	s->pidfd = pidfd_open(s->pid, 0);
	return s->pidfd < 0 ? fail(err, "pidfd", -errno) : 0;
}

static void terminal_raw(struct shell *s)
{
	struct termios t;

	if (!isatty(s->in) || tcgetattr(s->in, &s->saved))
		return;
	t = s->saved;
	cfmakeraw(&t);
	s->raw = !tcsetattr(s->in, TCSAFLUSH, &t);
}

/* ---- copying --------------------------------------------------------------- */

static void read_in(struct shell *s)
{
	ssize_t n = read(s->in, s->to + s->to_len, sizeof(s->to) - s->to_len);
	char *leave;

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n <= 0) {
		s->in_ended = true;
		return;
	}
	leave = s->raw ? memchr(s->to + s->to_len, SHELL_LEAVE, (size_t)n) : NULL;
	s->leave |= leave != NULL;
	s->to_len += (size_t)n;
}

static void write_line(struct shell *s)
{
	ssize_t n = write(s->master, s->to, s->to_len);

	if (n <= 0)
		return;
	s->to_len -= (size_t)n;
	memmove(s->to, s->to + n, s->to_len);
}

static void prompt_look(struct shell *s, const char *buf, size_t n)
{
	size_t i;

	for (i = 0; i < n && !s->prompted; i++) {
		if (buf[i] != PROMPT[s->prompt_len])
			s->prompt_len = 0;
		if (buf[i] == PROMPT[s->prompt_len])
			s->prompt_len++;
		s->prompted = !PROMPT[s->prompt_len];
	}
}

/* What the machine said; 0, -EAGAIN, -errno when `out` is gone. */
static int read_line(struct shell *s)
{
	char buf[4096];
	ssize_t n = read(s->master, buf, sizeof(buf)), done = 0;

	if (n <= 0)
		return -EAGAIN;
	prompt_look(s, buf, (size_t)n);
	while (done < n) {
		ssize_t w = write(s->out, buf + done, (size_t)(n - done));

		if (w < 0 && errno == EINTR)
			continue;
		if (w < 0)
			return -errno;
		done += w;
	}
	return 0;
}

static int copy(struct shell *s, const volatile sig_atomic_t *stop)
{
	while (!s->leave) {
		struct pollfd p[3] = {
			{.fd = s->master, .events = POLLIN},
			{.fd = s->pidfd, .events = POLLIN},
			{.fd = s->in, .events = POLLIN},
		};
		int ret = 0;

		if (s->to_len && (s->prompted || s->raw))
			p[0].events |= POLLOUT;
		if (s->in_ended || s->to_len == sizeof(s->to))
			p[2].fd = -1;
		if (stop && *stop)
			return -EINTR;
		if (poll(p, 3, 200) < 0 && errno != EINTR)
			return -errno;
		if (p[0].revents & POLLIN)
			ret = read_line(s);
		if (p[0].revents & POLLOUT)
			write_line(s);
		if (ret && ret != -EAGAIN)
			return ret;
		if (p[2].fd >= 0 && p[2].revents)
			read_in(s);
		if (p[1].revents) {
			while (!read_line(s))
				;
			return 0;
		}
	}
	return 0;
}

/* ---- end ---------------------------------------------------------------------- */

/* Power-off is status 0; a reset is how `reboot` ends. */
static int finish(struct shell *s, char *err)
{
	struct task_end end;
	int status = 0;

	if (s->leave)
		kill(s->pid, SIGKILL);
	while (waitpid(s->pid, &status, 0) < 0 && errno == EINTR)
		;
	s->pid = 0;
	if (s->leave || status == 0 ||
	    (WIFEXITED(status) && WEXITSTATUS(status) == BRANCH_EXIT_RESET))
		return 0;
	task_judge(&s->task, "lab", status, &end);
	snprintf(err, EMULATOR_ERR, "%s", end.error);
	free(end.log_tail);
	return -EIO;
}

static void cleanup(struct shell *s)
{
	const int fd[] = {s->master, s->slave, s->sock, s->pidfd};
	size_t i;

	if (s->raw)
		tcsetattr(s->in, TCSAFLUSH, &s->saved);
	if (s->pid > 0) {
		kill(s->pid, SIGKILL);
		waitpid(s->pid, NULL, 0);
	}
	for (i = 0; i < sizeof(fd) / sizeof(fd[0]); i++)
		if (fd[i] >= 0)
			close(fd[i]);
	task_release(&s->task);
}

int shell_run(const struct emulator *e, const char *image, int media, int disk, int in, int out,
	      const volatile sig_atomic_t *stop, char *err)
{
	struct shell s = {.master = -1,
			  .slave = -1,
			  .sock = -1,
			  .pidfd = -1,
			  .media = media,
			  .disk = disk,
			  .in = in,
			  .out = out};
	int ret;

	ret = task_init(&s.task, 1e9);
	if (ret)
		fail(err, "files in memory", ret);
	if (!ret) {
		ret = line_open(&s);
		if (ret)
			fail(err, "pseudo-terminal", ret);
	}
	if (!ret)
		ret = start(&s, e, image, err);
	if (!ret) {
		terminal_raw(&s);
		ret = copy(&s, stop);
		if (ret == -EINTR)
			fail(err, "stopped", ret);
		else if (ret)
			fail(err, "output", ret);
	}
	if (!ret)
		ret = finish(&s, err);
	cleanup(&s);
	return ret;
}
