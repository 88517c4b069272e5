// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pktgen/pace.h"

#include <errno.h>

#define LONGEST (1ull << 62)

int pace_init(struct pace *p, uint64_t rate, uint32_t burst, uint64_t hz, uint64_t limit)
{
	unsigned __int128 ticks = (unsigned __int128)hz * burst;

	*p = (struct pace){.of = 1, .limit = limit};
	if (!hz || !burst || limit >= LONGEST)
		return -ERANGE;
	if (!rate)
		return 0;
	if (ticks < rate || ticks / rate >= LONGEST || rate >= LONGEST)
		return -ERANGE;
	p->whole = (uint64_t)(ticks / rate);
	p->part = (uint64_t)(ticks % rate);
	p->of = rate;
	return 0;
}

void pace_start(struct pace *p, uint64_t now)
{
	p->next = now;
	p->carry = 0;
	p->skipped = 0;
}

/* The next `bursts` are not sent, or one is. */
static void advance(struct pace *p, uint64_t bursts)
{
	unsigned __int128 carry = (unsigned __int128)p->part * bursts + p->carry;

	p->next += p->whole * bursts + (uint64_t)(carry / p->of);
	p->carry = (uint64_t)(carry % p->of);
}

/* So many that the next is due at `now`, or is the last one before. */
static void skip(struct pace *p, uint64_t lag)
{
	uint64_t bursts = (uint64_t)((unsigned __int128)lag * p->of /
				     ((unsigned __int128)p->whole * p->of + p->part));

	advance(p, bursts);
	p->skipped += bursts;
}

bool pace_take(struct pace *p, uint64_t now)
{
	uint64_t lag = now - p->next;

	if (!p->whole)
		return true;
	if ((int64_t)lag < 0)
		return false;
	if (lag > p->limit && lag >= p->whole)
		skip(p, lag);
	p->carry += p->part;
	p->next += p->whole;
	if (p->carry >= p->of) {
		p->carry -= p->of;
		p->next++;
	}
	return true;
}

void pace_end(struct pace *p, uint64_t end)
{
	if (!p->whole || (int64_t)(end - p->next) <= 0)
		return;
	skip(p, end - p->next);
	if ((int64_t)(end - p->next) > 0) {
		advance(p, 1);
		p->skipped++;
	}
}
