// SPDX-License-Identifier: LGPL-2.1-or-later
/* The histogram against the samples themselves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "pktgen/histogram.h"
#include "util/rng.h"

#define SAMPLES 20000u

static struct histogram h;

static int by_value(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void layout(void **state)
{
	(void)state;
	for (unsigned int bits = 1; bits <= 16; bits++) {
		for (uint32_t i = 0; i < LOGLINEAR_BUCKETS(bits); i++) {
			uint64_t least = loglinear_least(i, bits);
			uint64_t most = loglinear_greatest(i, bits);

			assert_int_equal(loglinear_bucket(least, bits), i);
			assert_int_equal(loglinear_bucket(most, bits), i);
			assert_true(most - least <= least >> bits);
			if (i)
				assert_int_equal(loglinear_bucket(least - 1, bits), i - 1);
		}
		assert_int_equal(loglinear_bucket(UINT64_MAX, bits), LOGLINEAR_BUCKETS(bits) - 1);
	}
}

static void quantiles(uint64_t (*draw)(uint64_t *rng))
{
	static const uint32_t per_million[] = {0,      1,      500000, 900000, 990000,
					       999000, 999900, 999999, 1000000};
	static uint64_t v[SAMPLES];
	uint64_t rng = 1;
	unsigned __int128 sum = 0;

	histogram_init(&h);
	for (uint32_t i = 0; i < SAMPLES; i++) {
		v[i] = draw(&rng);
		sum += v[i];
		histogram_add(&h, v[i]);
	}
	qsort(v, SAMPLES, sizeof(v[0]), by_value);
	for (size_t i = 0; i < sizeof(per_million) / sizeof(per_million[0]); i++) {
		uint64_t rank = ((uint64_t)SAMPLES * per_million[i] + 999999) / 1000000;
		uint64_t exact = v[rank ? rank - 1 : 0];
		uint64_t got = histogram_quantile(&h, per_million[i]);

		/* Never below, and above by no more than a bucket is wide. */
		assert_true(got >= exact && got - exact <= exact >> HISTOGRAM_BITS);
	}
	assert_int_equal(h.min, v[0]);
	assert_int_equal(h.max, v[SAMPLES - 1]);
	assert_int_equal(histogram_quantile(&h, 1000000), h.max);
	assert_int_equal(histogram_mean(&h), (uint64_t)(sum / SAMPLES));
}

static uint64_t small(uint64_t *rng)
{
	return rng_below(rng, 300);
}

static uint64_t any(uint64_t *rng)
{
	uint64_t v = rng_next(rng);

	return v >> (rng_next(rng) & 63);
}

static uint64_t tail(uint64_t *rng)
{
	return 1000 + rng_exponential(rng, 5000);
}

static void against_samples(void **state)
{
	(void)state;
	quantiles(small);
	quantiles(any);
	quantiles(tail);
}

static void ends(void **state)
{
	(void)state;
	histogram_init(&h);
	assert_int_equal(histogram_quantile(&h, 500000), 0);
	assert_int_equal(histogram_mean(&h), 0);
	histogram_add(&h, UINT64_MAX);
	histogram_add(&h, UINT64_MAX);
	assert_true(histogram_quantile(&h, 1) == UINT64_MAX);
	assert_true(histogram_mean(&h) == UINT64_MAX);
	histogram_init(&h);
	histogram_add(&h, 1000001);
	assert_int_equal(histogram_quantile(&h, 500000), 1000001);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(layout),
		cmocka_unit_test(against_samples),
		cmocka_unit_test(ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
