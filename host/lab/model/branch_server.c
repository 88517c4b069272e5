// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The fork server: the process that keeps the booted machine and never runs on.
 * Each BRANCH message makes a child that does.  Copy-on-write: nothing is saved
 * or restored, so nothing can be forgotten.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "branch_int.h"

static void children_kill(void)
{
	unsigned int i;

	for (i = 0; i < branch_state.live; i++)
		kill(branch_state.child[i].pid, SIGKILL);
	while (branch_state.live && waitpid(-1, NULL, 0) > 0)
		branch_state.live--;
}

static void server_end(enum branch_exit how) __attribute__((noreturn));
static void server_end(enum branch_exit how)
{
	children_kill();
	branch_exit(how);
}

void branch_server_send(struct branch_msg *msg)
{
	if (branch_msg_send(branch_state.sock, msg, NULL, 0))
		server_end(BRANCH_EXIT_ORPHAN);
}

static void refuse(uint32_t id, int err)
{
	struct branch_msg msg;

	branch_msg_init(&msg, BRANCH_MSG_REFUSED);
	msg.id = id;
	msg.value = -err;
	branch_server_send(&msg);
}

/* Fork a branch; true in the child. */
static bool child_fork(const struct branch_msg *msg, const int *fds, struct branch *b)
{
	pid_t server = getpid();
	struct branch_child *c;
	pid_t pid;

	if (branch_state.live == BRANCH_MAX_LIVE) {
		refuse(msg->id, -EAGAIN);
		return false;
	}
	fflush(NULL); /* or the child would write the parent's lines again */
	pid = fork();
	if (!pid) {
		branch_child_start(msg, fds, server, b);
		return true;
	}
	if (pid < 0) {
		refuse(msg->id, -errno);
		return false;
	}
	c = &branch_state.child[branch_state.live];
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
	branch_state.live++;
	return false;
}

static void child_ended(struct branch_child *c)
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
	*c = branch_state.child[--branch_state.live];
	branch_server_send(&msg);
}

static void child_kill(uint32_t id)
{
	unsigned int i;

	for (i = 0; i < branch_state.live; i++)
		if (branch_state.child[i].id == id)
			kill(branch_state.child[i].pid, SIGKILL);
}

/* One message of the runner; true in a new child. */
static bool server_message(struct branch *b)
{
	struct branch_msg msg;
	int fds[BRANCH_FDS];
	bool child = false;
	unsigned int i;
	int err;

	err = branch_msg_recv(branch_state.sock, &msg, fds, 0);
	if (err == -EPIPE)
		server_end(BRANCH_EXIT_ORPHAN);
	if (err) {
		branch_note("message of the runner", err);
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
		branch_note("message of the runner", -EPROTO);
		server_end(BRANCH_EXIT_PROTOCOL);
	}
}

void branch_serve(struct branch *b)
{
	struct pollfd p[1 + BRANCH_MAX_LIVE];

	for (;;) {
		unsigned int i, n = branch_state.live;

		p[0] = (struct pollfd){.fd = branch_state.sock, .events = POLLIN};
		for (i = 0; i < n; i++)
			p[1 + i] = (struct pollfd){.fd = branch_state.child[i].pidfd,
						   .events = POLLIN};
		if (poll(p, 1 + n, -1) < 0) {
			if (errno == EINTR)
				continue;
			server_end(BRANCH_EXIT_PROTOCOL);
		}
		/* From the last: child_ended() moves the last one into the gap. */
		for (i = n; i-- > 0;)
			if (p[1 + i].revents)
				child_ended(&branch_state.child[i]);
		if (p[0].revents && server_message(b))
			return;
	}
}
