/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * flow.h - the packets of a flow by their sequence numbers: which came back, which
 * came twice, which were overtaken.
 *
 * A flow remembers its `window` newest numbers, a bit each.  The 32 bits in a packet
 * are those of a 64-bit number: the one that is nearest to the newest (RFC 1982).
 */
#ifndef PB_PKTGEN_FLOW_H
#define PB_PKTGEN_FLOW_H

#include <stdint.h>

#define FLOW_WINDOW_MIN 64u
#define FLOW_WINDOW_MAX (1u << 24)

struct flow {
	uint64_t sent; /* the newest number that was sent; they begin with 1 */
	uint64_t newest; /* that came back; 0: none did */
	uint64_t *seen; /* bits, by number modulo window */
	uint32_t window; /* a power of two */
};

enum flow_fate {
	FLOW_NEW, /* came back, and later than none that was sent after it */
	FLOW_REORDERED, /* came back, and a later one had been there (RFC 4737, 3) */
	FLOW_DUPLICATE, /* has been there */
	FLOW_STALE, /* out of the window: came late or twice, that is not known */
	FLOW_IMPOSSIBLE, /* was never sent */
	FLOW_FATES,
};

/*
 * `seen`: window / 64 words of the caller's, cleared here.  window: a power of two,
 * FLOW_WINDOW_MIN to FLOW_WINDOW_MAX.
 */
void flow_init(struct flow *f, uint64_t *seen, uint32_t window);

/* The number of the next packet. */
static inline uint32_t flow_next(struct flow *f)
{
	return (uint32_t)++f->sent;
}

/* A packet came back. */
enum flow_fate flow_take(struct flow *f, uint32_t seq);

#endif
