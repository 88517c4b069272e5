/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * verdict.h - pass or fail, in one sentence. Part of struct pb_result,
 * computed by result_finish().
 *
 * An interrupt that head loses fails, also when base loses it too, and so does
 * one that the truth saw stranded, though a later one rescued it; what only
 * base loses passes, as "head fixes". A branch that failed to run or whose
 * record is unsound makes the whole an error, never a verdict. When nothing
 * is lost, a head that is slower than base fails (analysis/latency.h).
 * Where the machine's devices had a seeded defect there is neither pass nor fail.
 */
#ifndef PB_ANALYSIS_VERDICT_H
#define PB_ANALYSIS_VERDICT_H

#include <stdbool.h>

/* Values are the exit statuses of the command. */
enum pb_verdict_kind {
	PB_VERDICT_PASS = 0,
	PB_VERDICT_FAIL = 1,
	PB_VERDICT_ERROR = 2,
	PB_VERDICT_INCONCLUSIVE = 3,
	PB_VERDICT_SKIP = 77,
};
/* "pass", "fail", ... */
const char *verdict_name(enum pb_verdict_kind k);

struct pb_verdict {
	enum pb_verdict_kind kind;
	bool fixes; /* base loses what head does not */
	char sentence[512]; /* plain English, one sentence */
	char more[512]; /* what else the user should know; may be empty */
	char replay[512]; /* command that replays one loss; empty when there is none */
};

struct pb_result;
/* From the cells of r. */
void verdict_decide(const struct pb_result *r, struct pb_verdict *v);

#endif
