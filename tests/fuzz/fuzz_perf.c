// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A perf ring with anything in it: the first two bytes are where it begins, so that
 * records wrap, the next two how long it is said to be.
 */
#include <stdlib.h>
#include <string.h>

#include "exec/sched_ring.h"
#include "shared/event.h"
#include "tests/fuzz/fuzz.h"

#define RING 4096

static void take(void *arg, const struct sched_switch *s)
{
	unsigned int *nr = arg;

	if (s->cpu == PB_CPU_NONE)
		abort();
	++*nr;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *ring;
	uint64_t tail, head, lost = 0;
	unsigned int nr = 0;

	if (size < 4)
		return 0;
	/* On the heap, so that a byte beyond it is noticed. */
	ring = calloc(1, RING);
	if (!ring)
		abort();
	tail = data[0] | (uint64_t)data[1] << 8;
	head = tail + (data[2] | (uint64_t)data[3] << 8);
	data += 4;
	size -= 4;
	if (size > RING)
		size = RING;
	for (size_t i = 0; i < size; i++)
		ring[(tail + i) % RING] = data[i];
	sched_ring_read(ring, RING, tail, head, take, &nr, &lost);
	/* A switch takes 32 bytes. */
	if (nr > RING / 32)
		abort();
	free(ring);
	return 0;
}
