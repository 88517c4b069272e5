/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * sweeps.h - a sweep's records made by hand, on top of maker.h: windows of six
 * intervals, in the fourth of which SN is cleared.
 */
#ifndef TEST_ANALYSIS_SWEEPS_H
#define TEST_ANALYSIS_SWEEPS_H

#include "analysis/maker.h"
#include "analysis/result.h"

#define SW_LENGTH 100 /* instants of a window */
#define SW_NR     6 /* intervals */

/* First instant of each interval; [SW_NR] is the window's length. */
extern const uint32_t sw_first[SW_NR + 1];

/* mk_init(), and a plan that asks for so many windows preempt, or for inner ones within kicks. */
void sw_init(struct maker *m, uint32_t windows);
void sw_init_two(struct maker *m, uint32_t windows);

/* An event of the truth, to be spoiled by the caller. */
struct pb_event *sw_event(struct maker *m, uint8_t kind, uint32_t seq, uint64_t arg,
			  uint16_t flags);
/* A window and its bounds; `outer`: instant of the outer event, with `sweep` 1. */
struct pb_event *sw_window(struct maker *m, uint32_t number, uint8_t sweep, uint32_t outer,
			   uint16_t flags);
/* A post at an instant and its fate, with what it finds there. */
void sw_post(struct maker *m, uint32_t instant, uint16_t fate);
/* One post in each interval; those from `from` to before `to` are stranded. */
void sw_posts(struct maker *m, uint32_t from, uint32_t to);
/* As the two above: a window that loses in these intervals. */
void sw_swept(struct maker *m, uint32_t number, uint32_t from, uint32_t to);

/* A post of the branch itself, delivered. */
void sw_own(struct maker *m, uint32_t seq);

/* Add it as a branch of kernel and scenario; the branch. The maker is freed. */
struct pb_result_branch *sw_add(struct pb_result *r, unsigned int kernel, unsigned int scenario,
				struct maker *m);

#endif
