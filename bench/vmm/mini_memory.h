/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * mini_memory.h - the guest's memory: one block from guest physical 0, in it
 * regions with an unmapped page between any two, page tables at its end.
 */
#ifndef PB_VMM_MINI_MEMORY_H
#define PB_VMM_MINI_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "guest/agent/agent.h"
#include "shared/plan.h"
#include "vmm/fail.h"

#define MINI_PAGE        4096u
#define MINI_STACK       (4 * MINI_PAGE)
#define MINI_MEMORY_MAX  (960ull << 20) /* one page directory maps a GiB; BARs are above */
/* BAR 0 of the function of a source that the guest drives: so much of it, at most. */
#define MINI_BAR_SIZE    (2ull << 20)
#define MINI_BAR(source) (MINI_MEMORY_MAX + (source)*MINI_BAR_SIZE)

/* A part of the guest's memory, in whole pages. */
struct mini_region {
	uint64_t gpa;
	uint64_t size;
	bool write; /* for the guest; functions may write everywhere */
	bool exec;
};

struct mini_vcpu_memory {
	struct mini_region input, output, idt, stack, ring;
};

struct mini_layout {
	uint64_t size; /* of all, in whole pages */
	uint64_t tables; /* PML4; PDPT, PD and PTs behind it */
	uint32_t vcpus, sources;
	struct mini_region image, gdt, guest;
	struct mini_vcpu_memory vcpu[PB_MAX_VCPUS];
	struct mini_region dma[PB_MAX_SOURCES]; /* a function's slots and ring */
	struct mini_region device[PB_MAX_SOURCES]; /* struct pb_device; size 0: none */
	struct mini_region queues[PB_MAX_SOURCES]; /* its queues and their states */
};

/* Where everything goes. 0, or -E2BIG when it would exceed MINI_MEMORY_MAX. */
int mini_layout_init(struct mini_layout *layout, const struct pb_plan *plan, size_t image_size);

/*
 * 4-level paging, guest virtual = guest physical, 4 KiB pages, of the regions
 * only and with their rights (SDM vol. 3, 4.5).  Accessed and dirty bits are
 * set, so that the CPU never writes here.  Each PTE needs EFER.NXE and CR0.WP.
 */
void mini_tables_init(const struct mini_layout *layout, uint8_t *mem);

/* Flat code (selector 8) and data (selector 16) segments, accessed bits set. */
#define MINI_GDT_LIMIT 23
void mini_gdt_init(const struct mini_layout *layout, uint8_t *mem);

/* Map `size` bytes of BAR 0 of a source's function at MINI_BAR(source), uncached. */
void mini_bar_map(const struct mini_layout *layout, uint8_t *mem, unsigned int source,
		  uint64_t size);

/* A ring of `capacity` events in a region, empty. */
void mini_ring_init(uint8_t *mem, uint64_t gpa, uint32_t capacity);

/*
 * Allocate `size` bytes for the guest, all pages present: nothing faults
 * later.  NULL and a line when there is not enough.
 */
uint8_t *mini_memory_alloc(uint64_t size, struct vmm_line *line);
void mini_memory_free(uint8_t *mem, uint64_t size);

#endif
