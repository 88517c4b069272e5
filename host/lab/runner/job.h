/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * job.h - a command that is run in the lab: what it is goes in on the medium,
 * what came of it comes out through the control function's window, nothing over
 * the serial line.  bench/exec/job.h is the other side.
 */
#ifndef LAB_JOB_H
#define LAB_JOB_H

#include <signal.h>
#include <stddef.h>

#include "host/lab/runner/emulator.h"

#define LAB_JOB_FILES 16

struct lab_job_file {
	const char *path; /* of the host */
	const char *name; /* in the lab, in the command's directory */
};

struct lab_job {
	const char *image; /* IMAGE_SHELL, or IMAGE_RUN with a root image */
	const char *root; /* path of the root image (host/lab/root/root.h); NULL: none */
	const char *disk; /* path of the file that is the first namespace; NULL: memory */
	const char *const *argv; /* NULL-terminated */
	struct lab_job_file in[LAB_JOB_FILES];
	size_t nr_in;
	const char *out[LAB_JOB_FILES]; /* paths in the lab */
	size_t nr_out;
	unsigned int timeout_s; /* host time */
	unsigned int limit_s; /* emulated time, from power-on; 0: none */
	const volatile sig_atomic_t *stop;
};

struct lab_blob {
	const void *data;
	size_t size;
};

struct lab_job_result {
	int status; /* of the command, as a shell has it: 128 + a signal that ended it */
	struct lab_blob out, err; /* what it wrote */
	struct lab_blob file[LAB_JOB_FILES]; /* of job->out; data NULL: there is none */
	void *data; /* all of it */
	char *log_tail; /* of a failure; may be NULL */
	double wall_s; /* host time, with the boot */
	double emulated_s;
};

/*
 * Boot, run the command, end the machine. 0: it ran, whatever its status. Else a
 * line in err (EMULATOR_ERR bytes): -EINVAL (a file that goes in), -E2BIG, -EINTR
 * (*stop), -EIO (the machine: panic, warning, hang, time is up), -EPROTO (what came
 * back makes no sense), -errno.  lab_job_release() in any case.
 */
int lab_job_run(const struct emulator *e, const struct lab_job *job, struct lab_job_result *r,
		char *err);
void lab_job_release(struct lab_job_result *r);

/* Take apart what came back: for lab_job_run(), and tests. 0 or -EPROTO, -ECANCELED (JOB_ERROR). */
int lab_job_parse(const void *data, size_t size, struct lab_job_result *r, char *err);

#endif
