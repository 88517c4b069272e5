// SPDX-License-Identifier: LGPL-2.1-or-later
/* What windows are (enum pb_window), and the instants in them. */
#include "host/lab/model/step.h"
#include "host/lab/model/sweep_int.h"

bool sweep_window_begins(uint32_t window, unsigned int kind)
{
	static const unsigned int begin[PB_WINDOW_KINDS] = {
		[PB_WINDOW_PREEMPT] = PB_AIM_SN_SET, [PB_WINDOW_HALT] = PB_AIM_HALT,
		[PB_WINDOW_MIGRATE] = PB_AIM_SN_SET, [PB_WINDOW_SYNC] = PB_AIM_EXIT,
		[PB_WINDOW_ROUTE] = SWEEP_MARK,
	};

	return window && window < PB_WINDOW_KINDS && begin[window] == kind;
}

bool sweep_window_ends(uint32_t window, unsigned int kind)
{
	return kind == (window == PB_WINDOW_ROUTE ? SWEEP_MARK : PB_AIM_ENTRY);
}

void sweep_stepping(bool on)
{
	if (on)
		sweep.n = 0;
	if (on == sweep.stepping)
		return;
	sweep.stepping = on;
	for (unsigned int c = 0; c < lab->cpus() && c < STEP_MAX_CPUS; c++) {
		if (on)
			step_get((uint16_t)c);
		else
			step_put((uint16_t)c);
	}
}
