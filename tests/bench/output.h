/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* output.h - running the command, and a place for what it writes. */
#ifndef BENCH_OUTPUT_H
#define BENCH_OUTPUT_H

struct bench_output {
	char dir[64]; /* made, and removed with all in it */
	char results[96]; /* in it; not there yet */
};

/* 0 or -errno. */
int bench_output_make(struct bench_output *o);
void bench_output_remove(const struct bench_output *o);

/*
 * Run a command; its exit status must be `status`, else -EPROTO, or -errno with a line
 * in `why` (LAB_WHY bytes).
 */
int bench_run(const char *const *argv, int status, double *seconds, char *why);

#endif
