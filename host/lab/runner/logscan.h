/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * logscan.h - does a kernel's console log say that the kernel is not well?
 * A run on a kernel that panicked, oopsed or warned is no evidence of
 * anything else: it must end in an error and never in a verdict.
 *
 * The log is fed as it grows, in pieces of any size; memory is bounded
 * whatever comes, lines are looked at up to LOGSCAN_LINE bytes.
 */
#ifndef LAB_LOGSCAN_H
#define LAB_LOGSCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOGSCAN_LINE 512

enum logscan_kind {
	LOGSCAN_CLEAN,
	LOGSCAN_WARNING, /* WARN_ON, lockdep, an IOMMU fault...: the kernel goes on */
	LOGSCAN_OOPS, /* BUG, oops, a stall: it may go on */
	LOGSCAN_PANIC, /* it does not */
};

struct logscan {
	enum logscan_kind kind; /* the worst so far */
	uint64_t findings; /* lines that were found */
	uint64_t line_nr; /* of the first line of that kind, from 1 */
	char line[LOGSCAN_LINE]; /* that line, printable, without the time stamp */
	/*
	 * Set behind logscan_init(): so many messages go astray, on purpose, and the
	 * kernel says so (PB_FAULT_IRTE); what it says of any more is a finding.
	 */
	uint32_t astray;
	/* private */
	uint64_t lines;
	uint32_t refused, handled; /* lines that astray ones explain */
	size_t len;
	char part[LOGSCAN_LINE];
};

void logscan_init(struct logscan *s);
void logscan_feed(struct logscan *s, const void *data, size_t size);
/* The log is over: look at a last line without a newline, too. */
void logscan_end(struct logscan *s);

/* "kernel panic", "kernel oops", "kernel warning"; "" when clean. */
const char *logscan_name(enum logscan_kind kind);

/*
 * The last `lines` lines of a log, at most `max` bytes, with everything that is
 * not printable replaced: malloc()ed, NUL-terminated, the caller's to free.
 * NULL when there is no memory or the log is empty.
 */
char *logscan_tail(const char *log, size_t size, unsigned int lines, size_t max);

#endif
