/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* lab.h - what the benchmarks of the lab share. */
#ifndef BENCH_LAB_H
#define BENCH_LAB_H

#include <stddef.h>
#include <sys/types.h>

#include "host/lab/runner/emulator.h"

#define LAB_WHY 512

/* A machine to boot: emulator and image, with words behind the kernel's command line. */
struct lab {
	struct emulator emulator;
	char kernel[64];
	char image[512];
};
/* 0, or -errno with one line in why (LAB_WHY bytes). Builds what the cache does not have. */
int lab_get(struct lab *lab, const char *kernel, const char *append, char *why);

/* CPU seconds from power-on to the ends of the phases of one boot; 0: not seen. */
struct lab_boot {
	double bios; /* the first read from the CD */
	double loader; /* the last read */
	double unpacked; /* the first word of the kernel, where it has an early console */
	double init; /* it starts /init; likewise */
	double ready; /* the branch point */
	double wall; /* the same in seconds of the host's time */
};
/* One boot to the branch point. 0, or -errno with one line in why. */
int lab_boot(const struct lab *lab, struct lab_boot *boot, char *why);

/* CPU seconds of the process so far; 0 when it is gone. */
double lab_cpu(pid_t pid);
/* Does the file hold this text? */
int lab_says(const char *path, const char *text);
/* The names of a comma-separated list, one after the other; NULL at the end. Changes the list. */
char *lab_next(char **list);

#endif
