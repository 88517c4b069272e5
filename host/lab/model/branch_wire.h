/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * branch_wire.h - what the runner (host/lab/runner) and the fork server in the
 * emulator's process (branch.c) say to each other.  Needs only the C library,
 * since it is linked into the emulator.
 *
 * They talk over a SOCK_SEQPACKET socket pair; the emulator's end is the file
 * descriptor whose number is in the environment variable BRANCH_ENV.  All
 * messages have one fixed size, a version and a CRC-32C: both ends check
 * everything, and end the conversation at the first message that is wrong.
 *
 *	runner                         fork server
 *	START (once, before exec)  ->  read at the machine's start
 *	                           <-  READY at the branch point
 *	BRANCH + 5 descriptors     ->  forks
 *	KILL id                    ->  kills the child
 *	                           <-  EXITED id, or REFUSED id
 *	end of file                ->  kills all children, ends
 *
 * Results do not travel here: each branch writes them into the files that
 * came with its BRANCH message.
 */
#ifndef LAB_BRANCH_WIRE_H
#define LAB_BRANCH_WIRE_H

#include <stddef.h>
#include <stdint.h>

#define BRANCH_ENV      "PIRLAB_FD"
#define BRANCH_MAGIC    0x48434e42u /* "BNCH" */
#define BRANCH_VERSION  3
#define BRANCH_MAX_LIVE 64 /* children at once */
#define BRANCH_MAX_PLAN (1u << 20)
#define BRANCH_RESULT_BASE \
	4096 /* offset of the result in its file; before it: struct branch_report */

enum branch_msg_kind {
	BRANCH_MSG_START = 1,
	BRANCH_MSG_READY,
	BRANCH_MSG_BRANCH,
	BRANCH_MSG_KILL,
	BRANCH_MSG_EXITED,
	BRANCH_MSG_REFUSED,
	BRANCH_MSG_KINDS
};

/* The descriptors of a BRANCH message, in this order. */
enum branch_fd {
	BRANCH_FD_PLAN, /* read only to the branch */
	BRANCH_FD_RESULT, /* struct branch_report, then the result at BRANCH_RESULT_BASE */
	BRANCH_FD_TRUTH, /* struct pb_run and its events */
	BRANCH_FD_SERIAL, /* what the machine's serial line says from here on */
	BRANCH_FD_LOG, /* the emulator's log from here on */
	BRANCH_FDS
};

/* How a process of the lab ends; anything else is the emulator's own doing. */
enum branch_exit {
	BRANCH_EXIT_DONE = 64, /* result and truth are complete */
	BRANCH_EXIT_HUNG, /* emulated time ran out */
	BRANCH_EXIT_IO, /* result or truth could not be written: errno in the report */
	BRANCH_EXIT_TOO_BIG, /* the machine announced more than the window holds */
	BRANCH_EXIT_SETUP, /* plan unreadable, descriptors wrong: errno in the report */
	BRANCH_EXIT_RESET, /* the machine was reset: panic, triple fault */
	BRANCH_EXIT_PROTOCOL, /* a message was wrong */
	BRANCH_EXIT_ORPHAN, /* the other end went away */
	BRANCH_EXIT_SWEEP, /* a sweep failed: text in the report */
	BRANCH_EXIT_SWEPT, /* one of a sweep's own processes did its part: not seen by the runner */
	BRANCH_EXIT_LIMIT
};

struct branch_msg {
	uint32_t magic; /* BRANCH_MAGIC */
	uint16_t version; /* BRANCH_VERSION */
	uint16_t kind; /* enum branch_msg_kind */
	uint32_t size; /* sizeof(struct branch_msg) */
	uint32_t crc; /* CRC-32C of the whole with this field 0 */
	uint32_t id; /* BRANCH, KILL, EXITED, REFUSED: chosen by the runner */
	int32_t value; /* EXITED: status as of waitpid(2); REFUSED: errno; START: mode */
	uint64_t limit; /* START, BRANCH: ticks of emulated time; 0 = none */
	uint64_t seed; /* BRANCH */
	uint64_t ticks; /* READY: emulated time of the branch point */
	uint64_t max_rss_kb; /* EXITED */
	uint64_t cpu_us; /* EXITED: CPU time, user and system */
	uint32_t plan_size; /* BRANCH */
	int32_t serial_fd; /* START: descriptor number of the serial line's file */
	int32_t report_fd; /* START: descriptor number of the boot's struct branch_report */
	uint32_t cpus; /* BRANCH: host CPUs that it may keep busy at once; 0 = 1 */
	int32_t media_fd; /* START: descriptor number of the medium's file; 0: none */
	int32_t disk_fd; /* START, not in mode BRANCH: descriptor number of a namespace; 0: none */
	uint32_t reserved[8]; /* zero */
};
_Static_assert(sizeof(struct branch_msg) == 120, "fixed size");

/*
 * What a branch (or a boot) says of itself, at offset 0 of its result file.
 * Both processes map it; the fields are written once or grow, and the runner
 * takes result and truth only when the process ended with BRANCH_EXIT_DONE.
 */
struct branch_report {
	uint32_t magic; /* BRANCH_MAGIC */
	uint32_t version; /* BRANCH_VERSION */
	uint32_t beat; /* the last value that the machine wrote */
	uint32_t beats; /* how many it wrote */
	uint64_t beat_tick; /* emulated time of the last one */
	uint64_t end_tick; /* emulated time of the end */
	uint64_t result_size;
	uint64_t truth_size;
	uint32_t result_crc; /* CRC-32C, as the machine says */
	uint32_t truth_crc; /* CRC-32C of the truth file */
	int32_t error; /* errno of BRANCH_EXIT_IO and _SETUP */
	uint32_t steps; /* of a sweep: branches that ended; it grows as long as all is well */
	char text[160]; /* of BRANCH_EXIT_SWEEP: one line */
	uint32_t complete; /* BRANCH_MAGIC when all of the above is final */
};
_Static_assert(sizeof(struct branch_report) <= BRANCH_RESULT_BASE, "fits before the result");

/* Zero *msg and fill in what is common. */
void branch_msg_init(struct branch_msg *msg, enum branch_msg_kind kind);

/*
 * Send with the CRC filled in; `nr_fds` descriptors go along (0..BRANCH_FDS),
 * and stay open here. 0, or -errno (-EPIPE when the other end is gone).
 */
int branch_msg_send(int sock, struct branch_msg *msg, const int *fds, unsigned int nr_fds);

/*
 * Receive one message and check it: size, magic, version, CRC, kind, reserved
 * fields, and that exactly the descriptors came that belong to its kind.  They
 * are close-on-exec and the caller's; on any error none is left open.
 * 0, -EPIPE (end of file), -EAGAIN (`flags` has MSG_DONTWAIT), -EPROTO, -errno.
 */
int branch_msg_recv(int sock, struct branch_msg *msg, int fds[BRANCH_FDS], int flags);

/* As branch_msg_recv() checks the bytes; 0 or -EPROTO. */
int branch_msg_check(const struct branch_msg *msg);

#endif
