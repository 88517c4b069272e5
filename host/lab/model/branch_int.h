/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * branch_int.h - what the parts of the branch point share: branch.c (start,
 * report, end), branch_server.c (the fork server), branch_child.c (a process
 * that was forked).
 */
#ifndef LAB_BRANCH_INT_H
#define LAB_BRANCH_INT_H

#include <stdbool.h>
#include <sys/types.h>

#include "host/lab/model/branch.h"
#include "host/lab/model/branch_wire.h"

struct branch_child {
	pid_t pid;
	int pidfd;
	uint32_t id;
};

struct branch_state {
	bool ready; /* branch_init() was here */
	bool in_branch;
	bool reset_seen;
	int sock; /* to the runner, or -1 */
	int serial_fd; /* the serial line's file, as the emulator was given it */
	int media_fd; /* the medium's file, or -1 */
	int disk_fd; /* the file that is a namespace, or -1 */
	int timer; /* watchdog in emulated time, or -1 */
	uint32_t mode;
	struct branch_report *report; /* of the boot, then of the branch; or NULL */
	int result_fd, truth_fd; /* in a branch; of a boot that runs a command: its result */
	void *plan; /* in a branch */
	struct branch_child child[BRANCH_MAX_LIVE];
	unsigned int live;
};
extern struct branch_state branch_state;

/* A line in the log. */
void branch_note(const char *what, int err);
/* End this process. */
void branch_exit(enum branch_exit how) __attribute__((noreturn));
/* Map the page that the runner reads along; branch_report_unmap() undoes it. 0 or -errno. */
int branch_report_map(int fd);
void branch_report_unmap(void);

/* The fork server: returns only in a child that is a branch, with *b filled in. */
void branch_serve(struct branch *b);
void branch_server_send(struct branch_msg *msg);
/* A new process is the branch of this message: files, limit, seed, plan. */
void branch_child_start(const struct branch_msg *msg, const int *fds, pid_t server,
			struct branch *b);

#endif
