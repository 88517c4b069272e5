/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fake_emulator.h - a process that the runner takes for the emulator: the real
 * fork server (branch.c), and a machine behind it that ends in every way there
 * is.  The test program executes itself as it; the path of the CD image says
 * how the boot goes, the seed of the plan how the branch goes.
 */
#ifndef TEST_FAKE_EMULATOR_H
#define TEST_FAKE_EMULATOR_H

#include <stdbool.h>

#include "host/lab/model/lab.h"

/* Paths of the image. */
#define FAKE_BOOT_OK      "ok"
#define FAKE_BOOT_EXIT    "exit"
#define FAKE_BOOT_PANIC   "emulator-panic"
#define FAKE_BOOT_KILLED  "killed"
#define FAKE_BOOT_HANG    "hang"
#define FAKE_BOOT_TICKS   "ticks" /* emulated time runs out */
#define FAKE_BOOT_OOPS    "oops"
#define FAKE_BOOT_KPANIC  "kernel-panic" /* and hangs */
#define FAKE_BOOT_WARN    "warn"
#define FAKE_BOOT_GARBAGE "garbage" /* a message of wrong size, then hangs */
#define FAKE_BOOT_BADCRC  "badcrc" /* a message with a wrong CRC */
#define FAKE_BOOT_DUMB    "dumb" /* closes the socket and hangs */
#define FAKE_BOOT_NEWER   "newer" /* another version of the protocol */

enum fake_branch {
	FAKE_OK = 1,
	FAKE_HANG,
	FAKE_KILLED,
	FAKE_SEGV,
	FAKE_BAD_CRC,
	FAKE_BAD_RUN, /* checksum of the transport right, the run itself not */
	FAKE_OTHER_PLAN,
	FAKE_NO_TRUTH,
	FAKE_TOO_BIG,
	FAKE_EXIT,
	FAKE_EXIT_DONE, /* says done without a result */
	FAKE_EMULATOR_PANIC,
	FAKE_KERNEL_PANIC, /* and hangs */
	FAKE_WARNING, /* in the log of an otherwise good branch */
	FAKE_TICKS,
	FAKE_RESET,
	FAKE_KILL_SERVER,
	FAKE_FLOOD,
	FAKE_FULL, /* the result cannot be written */
	FAKE_AGAIN, /* tries to branch again, then ends well */
	FAKE_KINDS
};

/* What branch.c may ask of the machine: the test program says `lab = &fake_emulator_ops`. */
extern const struct lab_ops fake_emulator_ops;

/* Was this program started as the emulator? Then it is: does not return. */
void fake_emulator_main(int argc, char **argv);

#endif
