// SPDX-License-Identifier: LGPL-2.1-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "util/large.h"
#include "util/rng.h"
#include "util/sort.h"

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* `nr` values of at most `bits` bits, sorted by both. */
static void same_as_qsort(size_t nr, unsigned int bits)
{
	uint64_t rng = nr * 64 + bits, *v = calloc(nr + 2, sizeof(*v));
	uint64_t *want = calloc(nr + 2, sizeof(*want));

	for (size_t i = 0; i < nr; i++)
		v[i] = bits ? rng_next(&rng) >> (64 - bits) : 0;
	/* What lies behind stays as it is. */
	v[nr] = 7;
	v[nr + 1] = 3;
	memcpy(want, v, (nr + 2) * sizeof(*v));
	qsort(want, nr, sizeof(*want), by_value);
	sort_u64(v, nr);
	assert_memory_equal(v, want, (nr + 2) * sizeof(*v));
	free(want);
	free(v);
}

static void sizes_and_widths(void **state)
{
	static const size_t sizes[] = {0, 1, 2, 100, 1023, 1024, 1025, 20000};
	static const unsigned int widths[] = {0, 1, 10, 11, 12, 22, 23, 33, 48, 63, 64};

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		for (size_t k = 0; k < sizeof(widths) / sizeof(widths[0]); k++)
			same_as_qsort(sizes[i], widths[k]);
}

static void extremes(void **state)
{
	uint64_t v[2000];

	(void)state;
	for (size_t i = 0; i < 2000; i++)
		v[i] = i % 3 ? UINT64_MAX - i : i;
	sort_u64(v, 2000);
	for (size_t i = 1; i < 2000; i++)
		assert_true(v[i - 1] <= v[i]);
	assert_int_equal(v[0], 0);
	assert_int_equal(v[1999], UINT64_MAX - 1);
}

static void large(void **state)
{
	static const size_t sizes[] = {0, 1, 4u << 20, (4u << 20) + 1, 9u << 20};

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		char *p = large_alloc(sizes[i], 1);

		assert_non_null(p);
		memset(p, 1, sizes[i]);
		free(p);
	}
	assert_null(large_alloc(SIZE_MAX / 2, 3));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes_and_widths),
		cmocka_unit_test(extremes),
		cmocka_unit_test(large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
