/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * report.h - a result, rendered. One file per format: null, terminal, json,
 * table, markdown, html, junit, ktap.
 */
#ifndef PB_REPORT_H
#define PB_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "analysis/life.h"
#include "analysis/result.h"

struct pb_report_opts {
	bool colour; /* see report_colour() */
	bool verbose; /* terminal: every branch, too */
	/* The loss that the verdict's replay is of; NULL: none, or its run is not at hand. */
	const struct pb_life *life;
};

struct pb_report_ops {
	const char *name;
	const char *summary; /* one line, for --help */
	/*
	 * Render result_finish()ed results to `out`. Formats that take one
	 * result only (max_results 1) refuse more with -EINVAL. -EIO: `out`
	 * could not be written; -ENOMEM.
	 */
	int (*write)(const struct pb_result *const *r, size_t nr, const struct pb_report_opts *opts,
		     FILE *out);
	size_t max_results; /* 0: any number */
	bool wants_life; /* shows opts->life */
};

extern const struct pb_report_ops report_null;
extern const struct pb_report_ops report_terminal;
extern const struct pb_report_ops report_json;
/*
 * Kernels x scenarios of any number of results as a Markdown table, for docs:
 * `pirbench show --table RESULT...`.
 */
extern const struct pb_report_ops report_table;
extern const struct pb_report_ops report_markdown;
extern const struct pb_report_ops report_html;
extern const struct pb_report_ops report_junit;
extern const struct pb_report_ops report_ktap;

/* By name; NULL when there is none. */
const struct pb_report_ops *report_find(const char *name);
/* All formats, NULL-terminated. */
const struct pb_report_ops *const *report_all(void);

/* Colour on `out`? Only on a terminal, and not when NO_COLOR is set and not empty. */
bool report_colour(FILE *out);

#endif
