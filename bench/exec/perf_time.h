/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * perf_time.h - from perf's time to the TSC, and the TSC's frequency.
 *
 * Where the kernel's clock is the TSC itself, the perf page says exactly how
 * (cap_user_time_zero; include/uapi/linux/perf_event.h). Where it says nothing
 * (some virtual machines), perf is told to use CLOCK_MONOTONIC_RAW and the two
 * are compared at the beginning and at the end.
 */
#ifndef PB_EXEC_PERF_TIME_H
#define PB_EXEC_PERF_TIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct perf_event_attr;

struct perf_time_pair {
	uint64_t tsc;
	uint64_t ns;
};

struct perf_time {
	bool exact; /* zero, mult and shift are the kernel's own */
	uint64_t zero;
	uint32_t mult;
	uint16_t shift;
	struct perf_time_pair begin, end; /* where not exact */
	uint64_t khz; /* TSC ticks per millisecond */
};

/*
 * An attribute that counts nothing (PERF_COUNT_SW_DUMMY), in user mode only:
 * allowed to everybody at perf_event_paranoid 2.
 */
void perf_time_attr(const struct perf_time *t, struct perf_event_attr *attr);

/*
 * perf_event_open(2) for a thread (0: the caller's) and map its ring of
 * `pages` (0, or a power of two) data pages. *page is the first page; *fd the
 * event. Returns 0 or -errno with one line in err that says what to do.
 */
int perf_open(struct perf_event_attr *attr, int tid, size_t pages, int *fd, void **page, char *err,
	      size_t errlen);
void perf_close(int fd, void *page, size_t pages);

/*
 * Find out how time maps. Takes 10 ms where it is not exact. 0, or -errno
 * with one line in err.
 */
int perf_time_init(struct perf_time *t, char *err, size_t errlen);

/* Look at both clocks again, before converting what was recorded till now. */
void perf_time_update(struct perf_time *t);

/* perf's nanoseconds as TSC ticks. */
uint64_t perf_time_to_tsc(const struct perf_time *t, uint64_t ns);

#endif
