/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * emulator.h - the emulator's program: found in its cache or built
 * (host/lab/emulator/build.sh), configured, started.
 */
#ifndef LAB_EMULATOR_H
#define LAB_EMULATOR_H

#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "host/lab/model/ticks.h"

#define EMULATOR_ERR 512

/* The machine: what the plan's limits and the ACPI tables know, too. */
#define EMULATOR_CPUS         2u
#define EMULATOR_TICKS_PER_US LAB_TICKS_PER_US

struct emulator {
	char dir[512]; /* cache entry */
	char program[640];
	char bios[640];
	char vgabios[640];
};

/*
 * Find it; build it when it is not there (a minute or two, needs the packages
 * of configs/packages). `line` (may be NULL) gets what the build says. 0, or
 * -errno with one line in err (EMULATOR_ERR bytes).
 */
int emulator_get(struct emulator *e, const volatile sig_atomic_t *stop,
		 void (*line)(void *arg, const char *line), void *arg, char *err);

/* How one is to be started. */
struct emulator_start {
	const char *image; /* path of the CD image */
	const char *console; /* path of a terminal for the serial line; NULL: a file, `serial` */
	int sock; /* the emulator's end of the socket pair; given to the child only */
	int serial; /* file of the serial line */
	int report; /* file of the boot's struct branch_report */
	int log; /* its log, and stderr */
	int media; /* file of the medium, which media.h has checked; 0: none */
	int disk; /* file that is a namespace, of disk_open(); 0: none */
};

/*
 * Start it. It is killed when the calling thread ends, is in a session of its
 * own (a terminal's Ctrl-C does not reach it), and has no open file but those
 * above and its configuration. Returns its pid or -errno with a line in err.
 */
pid_t emulator_start(const struct emulator *e, const struct emulator_start *s, char *err);

#endif
