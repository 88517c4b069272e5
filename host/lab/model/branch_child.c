// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A process that was forked: a branch, of the fork server; or one of those that
 * a branch makes itself to sweep a window (host/lab/model/sweep.h).
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "branch_int.h"
#include "lab.h"

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
	branch_state.plan = malloc(size ? size : 1);
	if (!branch_state.plan)
		return -ENOMEM;
	while (done < size) {
		ssize_t n = pread(fd, (char *)branch_state.plan + done, size - done, (off_t)done);

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
		branch_exit(BRANCH_EXIT_ORPHAN);
	close(branch_state.sock);
	branch_state.sock = -1;
	for (i = 0; i < branch_state.live; i++)
		close(branch_state.child[i].pidfd);
	branch_state.live = 0;
	branch_state.in_branch = true;
	branch_report_unmap();
	err = branch_report_map(fds[BRANCH_FD_RESULT]);
	if (!err)
		err = redirect(branch_state.serial_fd, fds[BRANCH_FD_SERIAL]);
	if (!err)
		err = redirect(STDERR_FILENO, fds[BRANCH_FD_LOG]);
	if (!err)
		err = plan_read(fds[BRANCH_FD_PLAN], msg->plan_size);
	branch_state.result_fd = fds[BRANCH_FD_RESULT];
	branch_state.truth_fd = fds[BRANCH_FD_TRUTH];
	close(fds[BRANCH_FD_PLAN]);
	close(fds[BRANCH_FD_SERIAL]);
	close(fds[BRANCH_FD_LOG]);
	return err;
}

void branch_child_start(const struct branch_msg *msg, const int *fds, pid_t server,
			struct branch *b)
{
	int err = child_setup(msg, fds, server);

	if (err) {
		branch_note("set-up of the branch", err);
		if (branch_state.report)
			branch_state.report->error = -err;
		branch_exit(BRANCH_EXIT_SETUP);
	}
	if (msg->limit)
		lab->timer_set(branch_state.timer, lab->now() + msg->limit);
	/* The CPUs' RDRAND: host/lab/emulator/README.md. */
	srand((unsigned int)(msg->seed ^ msg->seed >> 32));
	b->plan = branch_state.plan;
	b->plan_size = msg->plan_size;
	b->seed = msg->seed;
	b->cpus = msg->cpus ? msg->cpus : 1;
}

/* ---- a process that a branch has forked ------------------------------------ */

int branch_forked(pid_t parent, int serial)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent)
		branch_exit(BRANCH_EXIT_ORPHAN);
	branch_report_unmap();
	return branch_state.in_branch ? redirect(branch_state.serial_fd, serial) : 0;
}

int branch_serial_take(int serial)
{
	char buf[4096];
	off_t at = 0;
	ssize_t n;

	while ((n = pread(serial, buf, sizeof(buf), at)) > 0) {
		fflush(NULL);
		if (branch_state.in_branch && write(branch_state.serial_fd, buf, (size_t)n) != n)
			return -EIO;
		at += n;
	}
	if (n < 0 || (at && (ftruncate(serial, 0) || lseek(serial, 0, SEEK_SET))))
		return -errno;
	return 0;
}

void branch_forked_end(bool done)
{
	branch_exit(done ? BRANCH_EXIT_SWEPT : BRANCH_EXIT_SWEEP);
}
