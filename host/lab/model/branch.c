// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The branch point: the emulator's process becomes a fork server.  It keeps
 * the booted machine and never runs on; each BRANCH message makes a child that
 * does.  Copy-on-write: nothing is saved or restored, so nothing can be
 * forgotten.
 */
#include "branch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "branch_wire.h"
#include "lab.h"
#include "shared/control_regs.h"
#include "util/crc32c.h"

#define START_TIMEOUT_MS 10000

struct child {
	pid_t pid;
	int pidfd;
	uint32_t id;
};

static struct {
	bool ready; /* branch_init() was here */
	bool in_branch;
	bool reset_seen;
	int sock; /* to the runner, or -1 */
	int serial_fd; /* the serial line's file, as the emulator was given it */
	int timer; /* watchdog in emulated time, or -1 */
	uint32_t mode;
	struct branch_report *report; /* of the boot, then of the branch; or NULL */
	int result_fd, truth_fd; /* in a branch */
	void *plan; /* in a branch */
	struct child child[BRANCH_MAX_LIVE];
	unsigned int live;
} st = {.sock = -1, .serial_fd = -1, .timer = -1, .mode = PB_CONTROL_MODE_SHELL};

static void note(const char *what, int err)
{
	char line[128];

	snprintf(line, sizeof(line), "branch: %s: %s", what, strerror(-err));
	lab->log(line);
}

static void end(enum branch_exit how) __attribute__((noreturn));
static void end(enum branch_exit how)
{
	fflush(NULL);
	_exit(how);
}

/* ---- the report ----------------------------------------------------------- */

/* Map the page that the runner reads along. Written first: a full disk is an error, not a signal. */
static int report_map(int fd)
{
	struct branch_report head = {.magic = BRANCH_MAGIC, .version = BRANCH_VERSION};
	char page[BRANCH_RESULT_BASE] = {0};
	void *p;

	memcpy(page, &head, sizeof(head));
	errno = EIO;
	if (pwrite(fd, page, sizeof(page), 0) != (ssize_t)sizeof(page))
		return -errno;
	p = mmap(NULL, sizeof(page), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		return -errno;
	st.report = p;
	return 0;
}

static void report_unmap(void)
{
	if (st.report)
		munmap(st.report, BRANCH_RESULT_BASE);
	st.report = NULL;
}

void branch_beat(uint32_t value)
{
	if (!st.report)
		return;
	st.report->beat = value;
	st.report->beat_tick = lab->now();
	st.report->beats++;
}

static void expired(void *arg)
{
	(void)arg;
	lab->log("branch: emulated time ran out");
	if (st.report)
		st.report->end_tick = lab->now();
	end(BRANCH_EXIT_HUNG);
}

/* ---- start ---------------------------------------------------------------- */

static int start_receive(int sock, struct branch_msg *msg)
{
	struct pollfd p = {.fd = sock, .events = POLLIN};
	int fds[BRANCH_FDS];
	int err;

	if (poll(&p, 1, START_TIMEOUT_MS) != 1)
		return -ETIMEDOUT;
	err = branch_msg_recv(sock, msg, fds, 0);
	if (err)
		return err;
	if (msg->kind != BRANCH_MSG_START ||
	    (msg->value != PB_CONTROL_MODE_BRANCH && msg->value != PB_CONTROL_MODE_SHELL))
		return -EPROTO;
	if (fcntl(msg->serial_fd, F_GETFD) < 0)
		return -EBADF;
	return 0;
}

/* The socket of the environment; -ENOENT when there is none. */
static int start_socket(void)
{
	const char *s = getenv(BRANCH_ENV);
	socklen_t len = sizeof(int);
	int type = 0;
	char *rest;
	long fd;

	if (!s)
		return -ENOENT;
	fd = strtol(s, &rest, 10);
	if (!*s || *rest || fd < 0 || fd > 1 << 20)
		return -EINVAL;
	if (getsockopt((int)fd, SOL_SOCKET, SO_TYPE, &type, &len) || type != SOCK_SEQPACKET)
		return -ENOTSOCK;
	return (int)fd;
}

int branch_init(void)
{
	struct branch_msg msg;
	int sock, err;

	if (st.ready)
		return 0;
	st.ready = true;
	sock = start_socket();
	if (sock == -ENOENT)
		return 0;
	err = sock < 0 ? sock : start_receive(sock, &msg);
	if (!err)
		err = report_map(msg.report_fd);
	if (!err) {
		st.timer = lab->timer_create("branch watchdog", expired, NULL);
		if (st.timer < 0)
			err = -ENOSPC;
	}
	if (err) {
		note("no agreement with the runner", err);
		end(BRANCH_EXIT_PROTOCOL);
	}
	unsetenv(BRANCH_ENV);
	fcntl(sock, F_SETFD, FD_CLOEXEC);
	st.sock = sock;
	st.serial_fd = msg.serial_fd;
	st.mode = (uint32_t)msg.value;
	if (msg.limit)
		lab->timer_set(st.timer, lab->now() + msg.limit);
	return 0;
}

void branch_reset(void)
{
	if (st.sock < 0 && !st.in_branch)
		return;
	if (st.reset_seen) {
		lab->log("branch: the machine was reset");
		end(BRANCH_EXIT_RESET);
	}
	st.reset_seen = true;
}

uint32_t branch_mode(void)
{
	branch_init();
	return st.mode;
}

/* ---- in a branch ---------------------------------------------------------- */

static bool same_file(const struct stat *a, int fd)
{
	struct stat b;

	return !fstat(fd, &b) && a->st_dev == b.st_dev && a->st_ino == b.st_ino;
}

/* Every descriptor of the file that `old` is open on shall be `to` from here on. */
static int redirect(int old, int to)
{
	struct dirent *e;
	struct stat s;
	int err = 0;
	DIR *d;

	if (fstat(old, &s))
		return -errno;
	d = opendir("/proc/self/fd");
	if (!d)
		return -errno;
	while (!err && (e = readdir(d))) {
		int fd = (int)strtol(e->d_name, NULL, 10);

		if (e->d_name[0] == '.' || fd == to || !same_file(&s, fd))
			continue;
		if (dup2(to, fd) < 0)
			err = -errno;
	}
	closedir(d);
	return err;
}

static int plan_read(int fd, size_t size)
{
	size_t done = 0;
	struct stat s;

	if (fstat(fd, &s))
		return -errno;
	if (size > BRANCH_MAX_PLAN || s.st_size != (off_t)size)
		return -EMSGSIZE;
	st.plan = malloc(size ? size : 1);
	if (!st.plan)
		return -ENOMEM;
	while (done < size) {
		ssize_t n = pread(fd, (char *)st.plan + done, size - done, (off_t)done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -EIO;
		done += (size_t)n;
	}
	return 0;
}

static int child_setup(const struct branch_msg *msg, const int *fds, pid_t server)
{
	unsigned int i;
	int err;

	/* The server's end of things is not ours, and we end when it does. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != server)
		end(BRANCH_EXIT_ORPHAN);
	close(st.sock);
	st.sock = -1;
	for (i = 0; i < st.live; i++)
		close(st.child[i].pidfd);
	st.live = 0;
	st.in_branch = true;
	report_unmap();
	err = report_map(fds[BRANCH_FD_RESULT]);
	if (!err)
		err = redirect(st.serial_fd, fds[BRANCH_FD_SERIAL]);
	if (!err)
		err = redirect(STDERR_FILENO, fds[BRANCH_FD_LOG]);
	if (!err)
		err = plan_read(fds[BRANCH_FD_PLAN], msg->plan_size);
	st.result_fd = fds[BRANCH_FD_RESULT];
	st.truth_fd = fds[BRANCH_FD_TRUTH];
	close(fds[BRANCH_FD_PLAN]);
	close(fds[BRANCH_FD_SERIAL]);
	close(fds[BRANCH_FD_LOG]);
	return err;
}

static void child_start(const struct branch_msg *msg, const int *fds, pid_t server,
			struct branch *b)
{
	int err = child_setup(msg, fds, server);

	if (err) {
		note("set-up of the branch", err);
		if (st.report)
			st.report->error = -err;
		end(BRANCH_EXIT_SETUP);
	}
	if (msg->limit)
		lab->timer_set(st.timer, lab->now() + msg->limit);
	/* The CPUs' RDRAND: host/lab/emulator/README.md. */
	srand((unsigned int)(msg->seed ^ msg->seed >> 32));
	b->plan = st.plan;
	b->plan_size = msg->plan_size;
	b->seed = msg->seed;
}

/* ---- the server ----------------------------------------------------------- */

static void children_kill(void)
{
	unsigned int i;

	for (i = 0; i < st.live; i++)
		kill(st.child[i].pid, SIGKILL);
	while (st.live && waitpid(-1, NULL, 0) > 0)
		st.live--;
}

static void server_end(enum branch_exit how) __attribute__((noreturn));
static void server_end(enum branch_exit how)
{
	children_kill();
	end(how);
}

static void server_send(struct branch_msg *msg)
{
	if (branch_msg_send(st.sock, msg, NULL, 0))
		server_end(BRANCH_EXIT_ORPHAN);
}

static void refuse(uint32_t id, int err)
{
	struct branch_msg msg;

	branch_msg_init(&msg, BRANCH_MSG_REFUSED);
	msg.id = id;
	msg.value = -err;
	server_send(&msg);
}

/* Fork a branch; true in the child. */
static bool child_fork(const struct branch_msg *msg, const int *fds, struct branch *b)
{
	pid_t server = getpid();
	struct child *c;
	pid_t pid;

	if (st.live == BRANCH_MAX_LIVE) {
		refuse(msg->id, -EAGAIN);
		return false;
	}
	fflush(NULL); /* or the child would write the parent's lines again */
	pid = fork();
	if (!pid) {
		child_start(msg, fds, server, b);
		return true;
	}
	if (pid < 0) {
		refuse(msg->id, -errno);
		return false;
	}
	c = &st.child[st.live];
	c->pid = pid;
	c->id = msg->id;
	c->pidfd = pidfd_open(pid, 0);
	if (c->pidfd < 0) {
		int err = -errno;

		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		refuse(msg->id, err);
		return false;
	}
	st.live++;
	return false;
}

static void child_ended(struct child *c)
{
	struct branch_msg msg;
	struct rusage ru;
	int status;

	if (wait4(c->pid, &status, WNOHANG, &ru) != c->pid)
		return;
	branch_msg_init(&msg, BRANCH_MSG_EXITED);
	msg.id = c->id;
	msg.value = status;
	msg.max_rss_kb = (uint64_t)ru.ru_maxrss;
	msg.cpu_us = (uint64_t)(ru.ru_utime.tv_sec + ru.ru_stime.tv_sec) * 1000000u +
		     (uint64_t)(ru.ru_utime.tv_usec + ru.ru_stime.tv_usec);
	close(c->pidfd);
	*c = st.child[--st.live];
	server_send(&msg);
}

static void child_kill(uint32_t id)
{
	unsigned int i;

	for (i = 0; i < st.live; i++)
		if (st.child[i].id == id)
			kill(st.child[i].pid, SIGKILL);
}

/* One message of the runner; true in a new child. */
static bool server_message(struct branch *b)
{
	struct branch_msg msg;
	int fds[BRANCH_FDS];
	bool child = false;
	unsigned int i;
	int err;

	err = branch_msg_recv(st.sock, &msg, fds, 0);
	if (err == -EPIPE)
		server_end(BRANCH_EXIT_ORPHAN);
	if (err) {
		note("message of the runner", err);
		server_end(BRANCH_EXIT_PROTOCOL);
	}
	switch (msg.kind) {
	case BRANCH_MSG_BRANCH:
		child = child_fork(&msg, fds, b);
		for (i = 0; !child && i < BRANCH_FDS; i++)
			close(fds[i]);
		return child;
	case BRANCH_MSG_KILL:
		child_kill(msg.id);
		return false;
	default:
		note("message of the runner", -EPROTO);
		server_end(BRANCH_EXIT_PROTOCOL);
	}
}

/* Returns only in a child. */
static void serve(struct branch *b)
{
	struct pollfd p[1 + BRANCH_MAX_LIVE];

	for (;;) {
		unsigned int i, n = st.live;

		p[0] = (struct pollfd){.fd = st.sock, .events = POLLIN};
		for (i = 0; i < n; i++)
			p[1 + i] = (struct pollfd){.fd = st.child[i].pidfd, .events = POLLIN};
		if (poll(p, 1 + n, -1) < 0) {
			if (errno == EINTR)
				continue;
			server_end(BRANCH_EXIT_PROTOCOL);
		}
		/* From the last: child_ended() moves the last one into the gap. */
		for (i = n; i-- > 0;)
			if (p[1 + i].revents)
				child_ended(&st.child[i]);
		if (p[0].revents && server_message(b))
			return;
	}
}

int branch_point(struct branch *b)
{
	struct branch_msg msg;

	memset(b, 0, sizeof(*b));
	branch_init();
	if (st.in_branch)
		return -EALREADY;
	if (st.sock < 0)
		return -ENOTCONN;
	lab->timer_cancel(st.timer);
	signal(SIGCHLD, SIG_DFL);
	fflush(NULL);
	branch_msg_init(&msg, BRANCH_MSG_READY);
	msg.ticks = lab->now();
	server_send(&msg);
	serve(b);
	return 0;
}

/* ---- the end of a branch --------------------------------------------------- */

static int write_all(int fd, const void *data, size_t size, off_t base)
{
	size_t done = 0;

	while (done < size) {
		ssize_t n = pwrite(fd, (const char *)data + done, size - done, base + (off_t)done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -ENOSPC;
		done += (size_t)n;
	}
	return 0;
}

void branch_end(const void *result, size_t size, uint32_t crc, const void *truth, size_t truth_size)
{
	struct branch_report *r = st.report;
	int err;

	if (!st.in_branch || !r)
		end(BRANCH_EXIT_DONE);
	r->end_tick = lab->now();
	if (!result)
		end(BRANCH_EXIT_TOO_BIG);
	err = write_all(st.result_fd, result, size, BRANCH_RESULT_BASE);
	if (!err)
		err = write_all(st.truth_fd, truth, truth_size, 0);
	if (err) {
		note("result", err);
		r->error = -err;
		end(BRANCH_EXIT_IO);
	}
	r->result_size = size;
	r->result_crc = crc;
	r->truth_size = truth_size;
	r->truth_crc = crc32c(0, truth, truth_size);
	r->complete = BRANCH_MAGIC;
	end(BRANCH_EXIT_DONE);
}
