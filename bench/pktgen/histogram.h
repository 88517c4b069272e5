/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * histogram.h - of latencies, log-linear (shared/loglinear.h): any 64-bit number,
 * within 1 / 128 of its value, in memory that is there from the start.
 */
#ifndef PB_PKTGEN_HISTOGRAM_H
#define PB_PKTGEN_HISTOGRAM_H

#include <stdint.h>

#include "shared/loglinear.h"

#define HISTOGRAM_BITS    7
#define HISTOGRAM_BUCKETS LOGLINEAR_BUCKETS(HISTOGRAM_BITS)

/* All zeros but `min` is empty: histogram_init(). */
struct histogram {
	uint64_t nr, min, max;
	unsigned __int128 sum;
	uint64_t bucket[HISTOGRAM_BUCKETS];
};

void histogram_init(struct histogram *h);

static inline void histogram_add(struct histogram *h, uint64_t v)
{
	h->bucket[loglinear_bucket(v, HISTOGRAM_BITS)]++;
	h->nr++;
	h->sum += v;
	if (v < h->min)
		h->min = v;
	if (v > h->max)
		h->max = v;
}

/*
 * The least number that `per_million` of a million of the samples do not exceed
 * (0 to 1000000), as the greatest of its bucket, but never above the maximum.  0 when
 * there are no samples.
 */
uint64_t histogram_quantile(const struct histogram *h, uint32_t per_million);

/* Rounded down; 0 when there are no samples. */
uint64_t histogram_mean(const struct histogram *h);

#endif
