/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sweep_view.h - what of a cell's sweeps is shown, and how an interval looks in
 * a line of characters: what terminal, Markdown and HTML have in common.
 */
#ifndef PB_REPORTS_SWEEP_VIEW_H
#define PB_REPORTS_SWEEP_VIEW_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "analysis/result.h"

#define SWEEP_VIEW_WINDOWS   6 /* of one cell */
#define SWEEP_VIEW_STRETCHES 12

/* One branch of a cell: the first that loses, else the first that swept. */
struct sweep_view {
	const struct pb_result_branch *b;
	const struct pb_sweep *s;
	const struct pb_sweep_sums *sums; /* of the whole cell */
	uint32_t window[SWEEP_VIEW_WINDOWS]; /* indices, in order; those that lose come first in */
	uint32_t nr;
	uint32_t left_out; /* windows swept that are not among them */
	uint32_t lost_left_out; /* of them: lose */
	uint32_t branches; /* of the cell that swept */
};

/* False: there is nothing to show. */
bool sweep_view(const struct pb_result *r, unsigned int k, unsigned int n, struct sweep_view *v);
/* Does any cell of r have a sweep? */
bool sweep_view_any(const struct pb_result *r);

/* One character each: what became of a post in the interval, and what it found. */
char sweep_view_fate(const struct pb_sweep_interval *i);
char sweep_view_found(const struct pb_sweep_interval *i);
/* What they mean, a line. */
extern const char sweep_view_legend[];

/* The windows as lines of characters, and the stretches that lose; each line after `indent`. */
void sweep_view_strips(const struct sweep_view *v, const char *indent, FILE *out);
/* "window 1, preempt to resume, CPU 1: 72 intervals, 2,730 instants; lost: 14; open" */
const char *sweep_view_title(const struct pb_sweep *s, uint32_t window, char *buf, size_t size);

#endif
