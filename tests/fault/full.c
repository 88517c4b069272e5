// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * full.c - run a command on a disk that is full from one moment on.
 *
 *	full N DIR COMMAND...
 *
 * The N-th time that the command, or a process below it, takes room below DIR (a
 * write, a new name, making data durable) and from then on, that is refused with
 * ENOSPC; N 0: never. The command's exit status; 125 when this program fails. In
 * file FULL_COUNT: how often room was taken.
 *
 * By a seccomp filter that asks this process (seccomp_unotify(2)): no privilege is
 * needed, and it sees what static programs and the C library itself do.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Which argument of a system call says where. */
enum where { BY_FD, BY_PATH, BY_DIR_AND_PATH };

static const struct call {
	int nr;
	enum where where;
	unsigned int arg;
	int flags_arg; /* of open: -1 none */
} calls[] = {
	{SYS_write, BY_FD, 0, -1},
	{SYS_pwrite64, BY_FD, 0, -1},
	{SYS_writev, BY_FD, 0, -1},
	{SYS_sendfile, BY_FD, 0, -1},
	{SYS_copy_file_range, BY_FD, 2, -1},
	{SYS_fallocate, BY_FD, 0, -1},
	{SYS_fsync, BY_FD, 0, -1},
	{SYS_fdatasync, BY_FD, 0, -1},
	{SYS_open, BY_PATH, 0, 1},
	{SYS_openat, BY_DIR_AND_PATH, 0, 2},
	{SYS_creat, BY_PATH, 0, -1},
	{SYS_mkdir, BY_PATH, 0, -1},
	{SYS_mkdirat, BY_DIR_AND_PATH, 0, -1},
	{SYS_link, BY_PATH, 1, -1},
	{SYS_linkat, BY_DIR_AND_PATH, 2, -1},
	{SYS_symlink, BY_PATH, 1, -1},
	{SYS_rename, BY_PATH, 1, -1},
	{SYS_renameat2, BY_DIR_AND_PATH, 2, -1},
	{SYS_renameat, BY_DIR_AND_PATH, 2, -1},
};
#define CALLS (sizeof(calls) / sizeof(calls[0]))

static const char *dir;
static unsigned long from, count;

static int fail(const char *what)
{
	fprintf(stderr, "full: %s: %s\n", what, strerror(errno));
	return 125;
}

/* Ask about each of `calls`, allow the rest. */
static int install(void)
{
	struct sock_filter f[2 * CALLS + 6];
	struct sock_fprog prog = {.filter = f};
	unsigned short n = 0;

	f[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
					      offsetof(struct seccomp_data, arch));
	f[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0);
	f[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	f[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
					      offsetof(struct seccomp_data, nr));
	for (size_t i = 0; i < CALLS; i++) {
		f[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
						      (uint32_t)calls[i].nr, 0, 1);
		f[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF);
	}
	f[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	prog.len = n;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -1;
	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER,
			    &prog);
}

static bool read_link(const char *link, char *path)
{
	ssize_t n = readlink(link, path, PATH_MAX - 1);

	path[n > 0 ? n : 0] = '\0';
	return n > 0;
}

static bool read_text(pid_t pid, uint64_t at, char *text)
{
	char mem[64];
	ssize_t n;
	int fd;

	snprintf(mem, sizeof(mem), "/proc/%d/mem", (int)pid);
	fd = open(mem, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : pread(fd, text, PATH_MAX - 1, (off_t)at);
	if (fd >= 0)
		close(fd);
	text[n > 0 ? n : 0] = '\0';
	return n > 0;
}

/* Where this call takes room; false: nowhere that matters. */
static bool place(const struct call *c, const struct seccomp_notif *req, char path[2 * PATH_MAX])
{
	char text[PATH_MAX], link[64], base[PATH_MAX];
	unsigned int arg = c->arg + (c->where == BY_DIR_AND_PATH);
	int fd = (int)req->data.args[c->arg];

	snprintf(link, sizeof(link), "/proc/%u/fd/%d", req->pid, fd);
	if (c->where == BY_FD)
		return read_link(link, path);
	if (c->flags_arg >= 0 &&
	    !(req->data.args[c->flags_arg] & (O_CREAT | (O_TMPFILE & ~O_DIRECTORY))))
		return false;
	if (!read_text((pid_t)req->pid, req->data.args[arg], text))
		return false;
	if (c->where == BY_PATH || fd == AT_FDCWD)
		snprintf(link, sizeof(link), "/proc/%u/cwd", req->pid);
	if (*text == '/' || !read_link(link, base))
		snprintf(path, 2 * PATH_MAX, "%s", text);
	else
		snprintf(path, 2 * PATH_MAX, "%s/%s", base, text);
	return true;
}

static bool refused(const struct seccomp_notif *req)
{
	char path[2 * PATH_MAX];
	size_t len = strlen(dir), i = 0;

	while (i < CALLS && calls[i].nr != req->data.nr)
		i++;
	if (i == CALLS || !place(&calls[i], req, path) || strncmp(path, dir, len) != 0 ||
	    (path[len] && path[len] != '/'))
		return false;
	count++;
	return from && count >= from;
}

/* Until no process is left that the filter is on. */
static void serve(int listener)
{
	struct pollfd p = {.fd = listener, .events = POLLIN};

	while (poll(&p, 1, -1) >= 0 && p.revents & POLLIN) {
		struct seccomp_notif req = {0};
		struct seccomp_notif_resp resp = {0};

		if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &req))
			continue;
		resp.id = req.id;
		if (refused(&req))
			resp.error = -ENOSPC;
		else
			resp.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
		ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &resp);
	}
}

static int supervise(pid_t pid, volatile int *shared)
{
	const char *to = getenv("FULL_COUNT");
	int status, listener, pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	FILE *f;

	while (!*shared)
		if (waitpid(pid, &status, WNOHANG) == pid)
			return 125;
	listener = (int)syscall(SYS_pidfd_getfd, pidfd, *shared, 0);
	shared[1] = 1;
	if (listener < 0)
		return fail("pidfd_getfd");
	serve(listener);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	f = to ? fopen(to, "w") : NULL;
	if (f && (fprintf(f, "%lu\n", count) < 0 || fclose(f)))
		return fail(to);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int main(int argc, char **argv)
{
	volatile int *shared =
		mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid;

	if (argc < 4 || shared == MAP_FAILED) {
		fprintf(stderr, "usage: full N DIR COMMAND...\n");
		return 125;
	}
	from = strtoul(argv[1], NULL, 10);
	dir = argv[2];
	pid = fork();
	if (pid < 0)
		return fail("fork");
	if (pid == 0) {
		int listener = install();

		if (listener < 0)
			_exit(fail("seccomp"));
		*shared = listener;
		/* Whatever waits through a system call could be asked about. */
		while (!shared[1])
			;
		close(listener);
		execvp(argv[3], argv + 3);
		_exit(127);
	}
	return supervise(pid, shared);
}
