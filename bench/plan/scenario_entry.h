/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* scenario_entry.h - what the readers of a scenario's lists share. */
#ifndef PB_PLAN_SCENARIO_ENTRY_H
#define PB_PLAN_SCENARIO_ENTRY_H

#include <stdbool.h>

#include "plan/scenario.h"
#include "util/ydoc.h"

/* Say what plan_check() said of an entry, in the file's words and with the field's line; false. */
bool scenario_fail_entry(const struct ynode *n, const char *why, struct yerr *e);

/* The map `guest`, when there is one; `vmm` and `drain` are read already. */
bool scenario_read_guest(const struct ynode *root, struct pb_scenario *s, struct yerr *e);

/*
 * The list `sweeps`, when there is one; sources and squeezers are read already.
 * Gives the swept source as many posts as its sweeps need.
 */
bool scenario_read_sweeps(const struct ynode *root, struct pb_scenario *s, struct yerr *e);

#endif
