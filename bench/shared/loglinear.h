/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * loglinear.h - buckets of a histogram of any 64-bit number, of bounded size and
 * error: one for each number below 2^(bits + 1), then 2^bits to an octave, so that
 * a bucket is within 1 / 2^bits of its values.  That is the layout of HdrHistogram.
 */
#ifndef PB_SHARED_LOGLINEAR_H
#define PB_SHARED_LOGLINEAR_H

#include <stdint.h>

/* bits: 1 to 16. */
#define LOGLINEAR_BUCKETS(bits) ((65u - (bits)) << (bits))

static inline uint32_t loglinear_bucket(uint64_t v, unsigned int bits)
{
	unsigned int octave;

	if (v < 1ull << bits)
		return (uint32_t)v;
	octave = 63 - (unsigned int)__builtin_clzll(v);
	return (octave - bits) * (1u << bits) + (uint32_t)(v >> (octave - bits));
}

/* The least number that is in a bucket. */
static inline uint64_t loglinear_least(uint32_t bucket, unsigned int bits)
{
	const uint32_t n = 1u << bits;

	return bucket < n ? bucket : (uint64_t)(n + bucket % n) << (bucket / n - 1);
}

/* The greatest. */
static inline uint64_t loglinear_greatest(uint32_t bucket, unsigned int bits)
{
	return bucket + 1 < LOGLINEAR_BUCKETS(bits) ? loglinear_least(bucket + 1, bits) - 1
						    : UINT64_MAX;
}

#endif
