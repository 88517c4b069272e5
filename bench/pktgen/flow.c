// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pktgen/flow.h"

#include <string.h>

void flow_init(struct flow *f, uint64_t *seen, uint32_t window)
{
	memset(seen, 0, window / 8);
	*f = (struct flow){.seen = seen, .window = window};
}

static uint64_t *word(const struct flow *f, uint64_t seq)
{
	return &f->seen[(seq & (f->window - 1)) / 64];
}

/* Numbers from newest + 1 to seq take the places of those a window before. */
static void forget(struct flow *f, uint64_t seq)
{
	uint64_t at = f->newest + 1;

	if (seq - f->newest >= f->window) {
		memset(f->seen, 0, f->window / 8);
		return;
	}
	for (; at <= seq && at % 64; at++)
		*word(f, at) &= ~(1ull << at % 64);
	for (; at + 63 <= seq; at += 64)
		*word(f, at) = 0;
	for (; at <= seq; at++)
		*word(f, at) &= ~(1ull << at % 64);
}

enum flow_fate flow_take(struct flow *f, uint32_t seq)
{
	int64_t ahead = (int32_t)(seq - (uint32_t)f->newest);
	uint64_t full = f->newest + (uint64_t)ahead, bit = 1ull << full % 64;

	if ((ahead < 0 && (uint64_t)-ahead >= f->newest) || !full || full > f->sent)
		return FLOW_IMPOSSIBLE;
	if (ahead > 0) {
		forget(f, full);
		f->newest = full;
		*word(f, full) |= bit;
		return FLOW_NEW;
	}
	if ((uint64_t)-ahead >= f->window)
		return FLOW_STALE;
	if (*word(f, full) & bit)
		return FLOW_DUPLICATE;
	*word(f, full) |= bit;
	return FLOW_REORDERED;
}
