// SPDX-License-Identifier: LGPL-2.1-or-later
/* The branch point: the start, what is reported meanwhile, the end. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "branch_int.h"
#include "lab.h"
#include "shared/control_regs.h"
#include "util/crc32c.h"

#define START_TIMEOUT_MS 10000

struct branch_state branch_state = {.sock = -1,
				    .serial_fd = -1,
				    .media_fd = -1,
				    .disk_fd = -1,
				    .timer = -1,
				    .mode = PB_CONTROL_MODE_SHELL};

void branch_note(const char *what, int err)
{
	char line[128];

	snprintf(line, sizeof(line), "branch: %s: %s", what, strerror(-err));
	lab->log(line);
}

void branch_exit(enum branch_exit how)
{
	fflush(NULL);
	_exit(how);
}

/* ---- the report ----------------------------------------------------------- */

/* Written first: a full disk is an error, not a signal. */
int branch_report_map(int fd)
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
	branch_state.report = p;
	return 0;
}

void branch_report_unmap(void)
{
	if (branch_state.report)
		munmap(branch_state.report, BRANCH_RESULT_BASE);
	branch_state.report = NULL;
}

void branch_beat(uint32_t value)
{
	if (!branch_state.report)
		return;
	branch_state.report->beat = value;
	branch_state.report->beat_tick = lab->now();
	branch_state.report->beats++;
}

void branch_progress(uint32_t steps)
{
	if (branch_state.report)
		branch_state.report->steps = steps;
}

void branch_fail(const char *text)
{
	struct branch_report *r = branch_state.report;

	lab->log(text);
	if (r) {
		snprintf(r->text, sizeof(r->text), "%s", text);
		r->end_tick = lab->now();
	}
	branch_exit(BRANCH_EXIT_SWEEP);
}

static void expired(void *arg)
{
	(void)arg;
	lab->log("branch: emulated time ran out");
	if (branch_state.report)
		branch_state.report->end_tick = lab->now();
	branch_exit(BRANCH_EXIT_HUNG);
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
	if (msg->kind != BRANCH_MSG_START || msg->value < 0 ||
	    msg->value > (int32_t)PB_CONTROL_MODE_RUN)
		return -EPROTO;
	if (fcntl(msg->serial_fd, F_GETFD) < 0)
		return -EBADF;
	if (msg->media_fd && fcntl(msg->media_fd, F_GETFD) < 0)
		return -EBADF;
	if (msg->disk_fd && msg->value == (int32_t)PB_CONTROL_MODE_BRANCH)
		return -EPROTO; /* all branches would write it */
	if (msg->disk_fd && fcntl(msg->disk_fd, F_GETFD) < 0)
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

	if (branch_state.ready)
		return 0;
	branch_state.ready = true;
	sock = start_socket();
	if (sock == -ENOENT)
		return 0;
	err = sock < 0 ? sock : start_receive(sock, &msg);
	if (!err)
		err = branch_report_map(msg.report_fd);
	if (!err) {
		branch_state.timer = lab->timer_create("branch watchdog", expired, NULL);
		if (branch_state.timer < 0)
			err = -ENOSPC;
	}
	if (err) {
		branch_note("no agreement with the runner", err);
		branch_exit(BRANCH_EXIT_PROTOCOL);
	}
	unsetenv(BRANCH_ENV);
	fcntl(sock, F_SETFD, FD_CLOEXEC);
	branch_state.sock = sock;
	branch_state.serial_fd = msg.serial_fd;
	branch_state.mode = (uint32_t)msg.value;
	branch_state.result_fd = msg.report_fd;
	branch_state.media_fd = msg.media_fd ? msg.media_fd : -1;
	branch_state.disk_fd = msg.disk_fd ? msg.disk_fd : -1;
	if (msg.limit)
		lab->timer_set(branch_state.timer, lab->now() + msg.limit);
	return 0;
}

void branch_reset(void)
{
	if (branch_state.sock < 0 && !branch_state.in_branch)
		return;
	if (branch_state.reset_seen) {
		lab->log("branch: the machine was reset");
		branch_exit(BRANCH_EXIT_RESET);
	}
	branch_state.reset_seen = true;
}

uint32_t branch_mode(void)
{
	branch_init();
	return branch_state.mode;
}

int branch_media(void)
{
	branch_init();
	return branch_state.media_fd;
}

int branch_disk(void)
{
	branch_init();
	return branch_state.disk_fd;
}

int branch_point(struct branch *b)
{
	struct branch_msg msg;

	memset(b, 0, sizeof(*b));
	branch_init();
	if (branch_state.in_branch)
		return -EALREADY;
	if (branch_state.sock < 0)
		return -ENOTCONN;
	lab->timer_cancel(branch_state.timer);
	signal(SIGCHLD, SIG_DFL);
	fflush(NULL);
	branch_msg_init(&msg, BRANCH_MSG_READY);
	msg.ticks = lab->now();
	branch_server_send(&msg);
	branch_serve(b);
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
	struct branch_report *r = branch_state.report;
	int err;

	if ((!branch_state.in_branch && branch_state.mode != PB_CONTROL_MODE_RUN) || !r)
		branch_exit(BRANCH_EXIT_DONE);
	r->end_tick = lab->now();
	if (!result)
		branch_exit(BRANCH_EXIT_TOO_BIG);
	err = write_all(branch_state.result_fd, result, size, BRANCH_RESULT_BASE);
	if (!err && branch_state.in_branch)
		err = write_all(branch_state.truth_fd, truth, truth_size, 0);
	if (err) {
		branch_note("result", err);
		r->error = -err;
		branch_exit(BRANCH_EXIT_IO);
	}
	r->result_size = size;
	r->result_crc = crc;
	r->truth_size = truth_size;
	r->truth_crc = crc32c(0, truth, truth_size);
	r->complete = BRANCH_MAGIC;
	branch_exit(BRANCH_EXIT_DONE);
}
