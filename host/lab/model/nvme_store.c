// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The namespaces: memory of the emulator's process, private, so that each
 * branch has its own from its fork on, and costs what it has written.
 */
#include <string.h>
#include <sys/mman.h>

#include "host/lab/model/nvme_internal.h"

#define BYTES ((size_t)NVME_LBAS << NVME_LBA_LOG2)

static uint8_t *stores[NVME_CONTROLLERS];

uint8_t *nvme_store_get(unsigned int id)
{
	void *p = stores[id];

	if (p)
		munmap(p, BYTES);
	p = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
		 -1, 0);
	stores[id] = p == MAP_FAILED ? NULL : p;
	return stores[id];
}

/* Whole pages are given back to the host. */
void nvme_store_zero(uint8_t *data, uint64_t lba, uint64_t n)
{
	uint8_t *at = data + (lba << NVME_LBA_LOG2), *end = at + (n << NVME_LBA_LOG2);
	uint8_t *first = data + ((size_t)(at - data + 4095) & ~(size_t)4095);
	uint8_t *last = data + ((size_t)(end - data) & ~(size_t)4095);

	if (first >= last || madvise(first, last - first, MADV_DONTNEED)) {
		memset(at, 0, end - at);
		return;
	}
	memset(at, 0, first - at);
	memset(last, 0, end - last);
}
