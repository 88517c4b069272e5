/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cases.h - a result as test cases, one for each kernel under each scenario, and
 * one for each window that it swept: what JUnit and KTAP have in common. If the verdict is fail, some case fails; if
 * it is error or inconclusive, some case is in error (see case_verdict_needed());
 * if it is pass or skip, no case is either.
 */
#ifndef PB_REPORTS_CASES_H
#define PB_REPORTS_CASES_H

#include <stdbool.h>
#include <stddef.h>

#include "analysis/result.h"

enum case_kind {
	CASE_PASS,
	CASE_FAIL, /* a judged kernel loses interrupts */
	CASE_ERROR, /* a branch failed, or proves nothing */
	CASE_SKIP, /* the machine cannot do it */
	CASE_EXPECTED, /* the base loses interrupts: known, and not judged */
	CASE_KINDS
};

struct case_counts {
	unsigned int nr, of[CASE_KINDS];
};

/*
 * What came of kernel k under scenario n; `why`, one line of at most `size`
 * bytes, is empty for CASE_PASS only.
 */
enum case_kind case_of(const struct pb_result *r, unsigned int k, unsigned int n, char *why,
		       size_t size);

/* A window of the first sweep of a branch of kernel k under scenario n. */
struct case_window {
	size_t branch; /* index in the result; nr_branches: there is no further */
	uint32_t window; /* index in its sweep */
	char name[96]; /* of the case: "sweep-preempt: window 1" */
};
/* The first, and the one behind *w; false: there is none. */
bool case_window_first(const struct pb_result *r, unsigned int k, unsigned int n,
		       struct case_window *w);
bool case_window_next(const struct pb_result *r, unsigned int k, unsigned int n,
		      struct case_window *w);
/* What came of it; why as in case_of(). */
enum case_kind case_of_window(const struct pb_result *r, unsigned int k, unsigned int n,
			      const struct case_window *w, char *why, size_t size);
/* All of kernel k, windows included, added to *c. */
void case_count(const struct pb_result *r, unsigned int k, struct case_counts *c);
/* Seconds of wall time of all its branches, each in whole ms as result.json has it. */
double case_seconds(const struct pb_result *r, unsigned int k, unsigned int n);
/*
 * What a row of a table of counts says behind its numbers: "3 skipped, 0 failed",
 * "2 faulted by the device"; nothing when there is nothing to say. Returns `buf`.
 */
const char *case_note(uint32_t skips, uint32_t errors, const struct pb_counts *c, char *buf,
		      size_t size);
/* Is the verdict error or inconclusive, and no case in error says why? */
bool case_verdict_needed(const struct pb_result *r);

#endif
