/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * progress.h - where a long command is, on stderr: one line that is rewritten
 * when that is a terminal; else a line per phase and one every quarter minute.
 */
#ifndef PB_CMD_PROGRESS_H
#define PB_CMD_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>

struct progress {
	bool tty, quiet, shown;
	double start; /* of the phase */
	double drawn; /* last output */
	double expected; /* seconds that the phase should take; 0: unknown */
	double later; /* seconds that what follows the phase should take */
	char phase[96];
	char said[96]; /* phase of the last line, when not a terminal */
};

/* `quiet`: say nothing at all. */
void progress_init(struct progress *p, bool quiet);
/* A phase begins; seconds it should take (0: unknown), and what follows it. */
void progress_phase(struct progress *p, double expected, double later, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* How far it is: 0 to 1, negative when unknown; and what it does (NULL: nothing to add). */
void progress_at(struct progress *p, double fraction, const char *what);
/* A line of what host/lab/emulator/build.sh says; arg is the struct progress. */
void progress_emulator(void *arg, const char *line);
/* A line of another program, as "name: what it does"; arg is the struct progress. */
void progress_line(void *arg, const char *line);
/* The phase ended; returns its seconds. */
double progress_done(struct progress *p);
/* Wipe the line, so that something else can be printed. */
void progress_clear(struct progress *p);

/*
 * Seconds that something took the last time, for estimates only; `fallback`
 * when that is not known. timing_put() keeps it in the cache; what fails is
 * ignored.
 */
double timing_get(const char *what, double fallback);
void timing_put(const char *what, double seconds);

#endif
