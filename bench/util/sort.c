// SPDX-License-Identifier: LGPL-2.1-or-later
#include "util/sort.h"

#include <stdlib.h>
#include <string.h>

#include "util/large.h"

#define DIGIT_BITS 11u /* counts of one digit stay in the first-level cache */
#define DIGITS     (1u << DIGIT_BITS)
#define FEW        1024 /* below it counting digits costs more than comparing */

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* Stable: values of equal digits stay in the order they have. */
static void by_digit(uint64_t *to, const uint64_t *from, size_t nr, unsigned int shift)
{
	size_t at[DIGITS] = {0}, sum = 0;

	for (size_t i = 0; i < nr; i++)
		at[from[i] >> shift & (DIGITS - 1)]++;
	for (size_t d = 0; d < DIGITS; d++) {
		size_t count = at[d];

		at[d] = sum;
		sum += count;
	}
	for (size_t i = 0; i < nr; i++)
		to[at[from[i] >> shift & (DIGITS - 1)]++] = from[i];
}

void sort_u64(uint64_t *values, size_t nr)
{
	uint64_t *other = nr < FEW ? NULL : large_alloc(nr, sizeof(*other));
	uint64_t *from = values, *to = other, bits = 0;

	if (!other) {
		qsort(values, nr, sizeof(*values), by_value);
		return;
	}
	for (size_t i = 0; i < nr; i++)
		bits |= values[i];
	for (unsigned int shift = 0; shift < 64 && bits >> shift; shift += DIGIT_BITS) {
		uint64_t *swap = from;

		by_digit(to, from, nr, shift);
		from = to;
		to = swap;
	}
	if (from != values)
		memcpy(values, from, nr * sizeof(*values));
	free(other);
}
