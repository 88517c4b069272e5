// SPDX-License-Identifier: LGPL-2.1-or-later
/* Which instants of a window are tried. */
#include "host/lab/model/sweep_int.h"

static uint32_t last_of(const struct sweep_found *f, uint32_t interval)
{
	return (interval + 1 < f->nr ? f->bound[interval + 1].instant : f->length) - 1;
}

/*
 * The first instant of each interval, and the last where the budget allows it:
 * if an interval is wrong, what its ends do is the likeliest to differ.
 */
static bool by_intervals(const struct sweep_found *f, uint32_t budget, uint32_t *instant,
			 uint32_t *nr)
{
	bool both = 2 * (uint64_t)f->nr <= budget;

	for (uint32_t i = 0; i < f->nr; i++) {
		uint32_t first = f->bound[i].instant, last = last_of(f, i);

		if (*nr == budget)
			return false;
		instant[(*nr)++] = first;
		if (both && last > first)
			instant[(*nr)++] = last;
	}
	return true;
}

bool sweep_instants(const struct pb_plan_sweep *s, const struct sweep_found *f, uint32_t budget,
		    uint32_t *instant, uint32_t *nr)
{
	*nr = 0;
	if (!s->stride)
		return by_intervals(f, budget, instant, nr);
	for (uint64_t n = 0; n < f->length; n += s->stride) {
		if (*nr == budget)
			return false;
		instant[(*nr)++] = (uint32_t)n;
	}
	return true;
}
