// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The fuzz targets without libFuzzer, for any compiler: run each file given,
 * then N inputs made from them by a seeded generator. The same arguments give
 * the same inputs.
 *
 *	driver N FILE...
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/file.h"
#include "util/rng.h"

#define MAX_INPUT 131072

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
	uint8_t *data;
	size_t size;
};

/* Overwrite, insert, remove, repeat or take from another input. */
static size_t mutate(uint8_t *buf, size_t size, const struct input *other, uint64_t *rng)
{
	size_t at = size ? rng_below(rng, size) : 0;
	size_t n = 1 + rng_below(rng, 16);

	switch (rng_below(rng, 6)) {
	case 0:
		if (size)
			buf[at] = (uint8_t)rng_next(rng);
		return size;
	case 1:
		if (size)
			buf[at] ^= (uint8_t)(1u << rng_below(rng, 8));
		return size;
	case 2:
		n = n < size - at ? n : size - at;
		memmove(buf + at, buf + at + n, size - at - n);
		return size - n;
	case 3:
		if (size + n > MAX_INPUT)
			return size;
		memmove(buf + at + n, buf + at, size - at);
		for (size_t i = 0; i < n; i++)
			buf[at + i] = (uint8_t)rng_next(rng);
		return size + n;
	case 4:
		n = n < size - at ? n : size - at;
		if (size + n > MAX_INPUT)
			return size;
		memmove(buf + at + n, buf + at, size - at);
		return size + n;
	default:
		n = n < other->size ? n : other->size;
		n = n < size - at ? n : size - at;
		if (n)
			memcpy(buf + at, other->data + rng_below(rng, other->size - n + 1), n);
		return size;
	}
}

int main(int argc, char **argv)
{
	unsigned long runs = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
	size_t nr = argc > 2 ? (size_t)argc - 2 : 0;
	struct input *in = calloc(nr + 1, sizeof(*in));
	uint8_t *buf = malloc(MAX_INPUT);
	uint64_t rng = 1;

	if (!nr || !in || !buf) {
		fprintf(stderr, "usage: %s N FILE...\n", argv[0]);
		return 2;
	}
	for (size_t i = 0; i < nr; i++) {
		void *data;

		if (file_read(argv[i + 2], MAX_INPUT, &data, &in[i].size)) {
			fprintf(stderr, "%s: cannot be read\n", argv[i + 2]);
			return 2;
		}
		in[i].data = data;
		LLVMFuzzerTestOneInput(in[i].data, in[i].size);
	}
	for (unsigned long i = 0; i < runs; i++) {
		const struct input *from = &in[rng_below(&rng, nr)];
		size_t size = from->size;

		memcpy(buf, from->data, size);
		for (uint64_t n = 1 + rng_below(&rng, 8); n; n--)
			size = mutate(buf, size, &in[rng_below(&rng, nr)], &rng);
		LLVMFuzzerTestOneInput(buf, size);
	}
	for (size_t i = 0; i < nr; i++)
		free(in[i].data);
	free(in);
	free(buf);
	return 0;
}
