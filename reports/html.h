/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * html.h - the parts of the HTML report: each writes an inline SVG, coloured
 * by the classes of the page's style sheet, so that one drawing does for light,
 * dark and paper.
 */
#ifndef PB_REPORTS_HTML_H
#define PB_REPORTS_HTML_H

#include <stdio.h>

#include "analysis/life.h"
#include "analysis/result.h"

/*
 * Excess delays of scenario n under all kernels: which share of the interrupts
 * waited longer, both axes logarithmic. Draws nothing when there are none.
 */
void html_delays(const struct pb_result *r, unsigned int n, FILE *out);

/* A life as a timing diagram: steps side by side, one lane per state. */
void html_life(const struct pb_life *life, FILE *out);

/* One window of a sweep as a strip. */
void html_sweep_window(const struct pb_sweep *s, uint32_t window, FILE *out);
/* All sweeps; nothing when no scenario has one. */
void html_sweeps(const struct pb_result *r, FILE *out);

/* The style sheet. */
extern const char html_style[];

#endif
