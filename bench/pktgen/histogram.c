// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pktgen/histogram.h"

#include <string.h>

void histogram_init(struct histogram *h)
{
	memset(h, 0, sizeof(*h));
	h->min = UINT64_MAX;
}

uint64_t histogram_quantile(const struct histogram *h, uint32_t per_million)
{
	uint64_t rank = (uint64_t)(((unsigned __int128)h->nr * per_million + 999999) / 1000000);
	uint64_t seen = 0, v;

	if (!h->nr)
		return 0;
	if (!rank)
		return h->min;
	for (uint32_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
		seen += h->bucket[i];
		if (seen < rank)
			continue;
		v = loglinear_greatest(i, HISTOGRAM_BITS);
		return v < h->max ? v : h->max;
	}
	return h->max;
}

uint64_t histogram_mean(const struct histogram *h)
{
	return h->nr ? (uint64_t)(h->sum / h->nr) : 0;
}
