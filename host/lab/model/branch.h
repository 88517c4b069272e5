/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * branch.h - the branch point, as the control function (control.c) sees it.
 * What is behind it - the fork server in the emulator's process that talks to
 * the runner - is branch.c.  One process, one thread; nothing here locks.
 */
#ifndef LAB_BRANCH_H
#define LAB_BRANCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* What one branch is to do. The memory is the branch's own until branch_end(). */
struct branch {
	const void *plan; /* a struct pb_plan as the runner sent it, not looked into here */
	size_t plan_size; /* bytes; may be 0 */
	uint64_t seed; /* of the branch, for the models */
	unsigned int cpus; /* host CPUs that it may keep busy at once, at least 1 */
};

/*
 * Meet the runner, if there is one, and arm the boot's watchdog.  lab_init()
 * calls it after its timers can be created; branch_mode() and branch_point()
 * do so themselves when it was not.  0, or -errno (logged).
 */
int branch_init(void);

/*
 * At hardware reset: a machine that a runner started has no business to reset
 * a second time (a panic, a triple fault), so this then ends the process.
 */
void branch_reset(void);

/*
 * The kind of start that the runner asked for: PB_CONTROL_MODE_BRANCH or
 * another PB_CONTROL_MODE_ (bench/shared/control_regs.h).  Without a runner: SHELL.
 * May be called at any time, before the branch point too.
 */
uint32_t branch_mode(void);

/*
 * The descriptor of the file that the machine is to have as its medium, or -1:
 * none.  Its owner may close it when it has mapped it.
 */
int branch_media(void);

/*
 * The descriptor of the file that is the first namespace, or -1: memory.  It is
 * open for good.  A machine that is to be branched has none: its branches would
 * share it.
 */
int branch_disk(void);

/*
 * The branch point.  Called while a CPU's store to PB_CONTROL_BRANCH is being
 * executed.  The calling process stays the fork server and never comes back
 * from here (it ends when the runner says so or goes away); each child comes
 * back once, with *b filled in.
 *
 * Returns 0 in a child; -ENOTCONN when there is no runner (*b zeroed, the
 * process goes on as the only branch); -EALREADY in a branch, which cannot
 * branch again.
 */
int branch_point(struct branch *b);

/*
 * Progress of this branch, for the watchdog and the console: `value` as the
 * machine wrote it to PB_CONTROL_BEAT.  Before the branch point too.
 */
void branch_beat(uint32_t value);

/*
 * A sweep makes progress: `steps` processes of it ended so far.  The runner's
 * watchdog waits as long as it grows.
 */
void branch_progress(uint32_t steps);

/* The branch ends here, as an error of its sweep; `text` (one line) says why. */
void branch_fail(const char *text) __attribute__((noreturn));

/*
 * For a process that a branch has forked: it dies with `parent`, which forked
 * it, and has no part in the branch's result: no report, and what the machine
 * says on its serial line goes to the file `serial`.  0 or -errno.
 */
int branch_forked(pid_t parent, int serial);

/* Add what such processes left in that file to the branch's own, and empty it. 0 or -errno. */
int branch_serial_take(int serial);

/* End such a process: it did its part; or it did not, and the branch fails. */
void branch_forked_end(bool done) __attribute__((noreturn));

/*
 * The end of the branch: hands out what the machine left in the window
 * (`result`, `size` bytes, `crc` as the machine says, not verified here) and
 * the truth (a struct pb_run followed by its events), then ends the process.
 * A boot that runs a command ends in the same way, without a truth.
 * `result` may be NULL with size 0: the machine announced more than fits.
 * Never returns.
 */
void branch_end(const void *result, size_t size, uint32_t crc, const void *truth, size_t truth_size)
	__attribute__((noreturn));

#endif
