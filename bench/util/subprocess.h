/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * subprocess.h - run another program to its end: no shell, a clean
 * environment, output bounded, nothing left behind.
 *
 * The child leads a process group of its own, which is killed as a whole on
 * timeout and on stop; it gets SIGTERM when the calling thread dies (make and
 * its like then stop their own children).
 */
#ifndef PB_UTIL_SUBPROCESS_H
#define PB_UTIL_SUBPROCESS_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

/* Zeroed: the defaults. */
struct subprocess {
	const char *const *argv; /* NULL-terminated; argv[0] is looked up in PATH */
	const char *dir; /* working directory; NULL: the caller's */
	/*
	 * NAME=VALUE, NULL-terminated, on top of what is let through of the
	 * caller's environment: PATH HOME USER TMPDIR XDG_CACHE_HOME PIRBENCH_*
	 * and the proxies. LC_ALL is C. NULL: nothing more.
	 */
	const char *const *env;
	const char *log; /* stdout and stderr are appended to this file; NULL: to none */
	size_t capture_max; /* bytes of stdout to hand back; 0: none. More is an error */
	unsigned int timeout_s; /* 0: none */
	int niceness; /* added to the child's nice value */
	int inherit_fd; /* one descriptor that the child keeps (a lock); 0: none */
	const volatile sig_atomic_t *stop; /* non-zero: kill it, -EINTR; NULL: never */
	/* Each line of stdout as it comes, without its '\n', cut to 1023 bytes; may be NULL. */
	void (*line)(void *arg, const char *line);
	void *arg;
	bool lines_of_stderr; /* then of stderr, not of stdout */
};

#define SUBPROCESS_TAIL 4096

struct subprocess_result {
	int status; /* exit status; -1 when a signal ended it */
	int sig; /* the signal, or 0 */
	char *out; /* captured stdout, NUL behind it; NULL when capture_max is 0 */
	size_t out_size; /* without the NUL */
	char tail[SUBPROCESS_TAIL]; /* end of stdout and stderr, from the start of a line */
	double seconds; /* wall time */
};

/*
 * Run it. 0 when it exited with status 0. Else, with one line in err that
 * names the program and has the last line of its output, and the log:
 *   -ENOENT     no such program
 *   -ECHILD     it failed; result->status and ->sig say how
 *   -ETIMEDOUT  timeout_s passed
 *   -EINTR      *stop became non-zero
 *   -EOVERFLOW  stdout had more than capture_max bytes
 *   another -errno: it could not be started, or the log cannot be written
 * result (never NULL) is filled in every case; subprocess_release() frees it.
 */
int subprocess_run(const struct subprocess *p, struct subprocess_result *result, char *err,
		   size_t size);
void subprocess_release(struct subprocess_result *result);

/* Is there a program of this name in PATH? */
bool subprocess_exists(const char *name);

#endif
