// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>

#include "plan/plan.h"
#include "vmm/mini_memory.h"
#include "vmm/vmm.h"

/* Page-table entries: SDM vol. 3, tables 4-15 to 4-20. */
#define PTE_PRESENT  (1ull << 0)
#define PTE_WRITE    (1ull << 1)
#define PTE_UNCACHED (3ull << 3) /* PWT, PCD: UC with the PAT of power-on */
#define PTE_ACCESSED (1ull << 5)
#define PTE_DIRTY    (1ull << 6)
#define PTE_NX       (1ull << 63)
#define PTES         512u

#define HUGE_2M (2ull << 20)

static uint64_t round_up(uint64_t n, uint64_t to)
{
	return (n + to - 1) / to * to;
}

/* The next region, one unmapped page after the last. */
static struct mini_region place(uint64_t *at, uint64_t size, bool write, bool exec)
{
	struct mini_region r = {*at, round_up(size, MINI_PAGE), write, exec};

	*at = r.gpa + r.size + MINI_PAGE;
	return r;
}

static uint64_t ring_size(uint32_t capacity)
{
	return sizeof(struct pb_ring) + (uint64_t)capacity * sizeof(struct pb_event);
}

int mini_layout_init(struct mini_layout *l, const struct pb_plan *plan, size_t image_size)
{
	uint64_t at = PB_AGENT_BASE, tables;

	memset(l, 0, sizeof(*l));
	l->vcpus = plan->vcpus;
	l->sources = plan->nr_sources;
	l->image = place(&at, image_size, false, true);
	l->gdt = place(&at, MINI_PAGE, false, false);
	l->guest = place(&at, sizeof(struct pb_agent_guest), false, false);
	for (uint32_t i = 0; i < plan->vcpus; i++) {
		struct mini_vcpu_memory *v = &l->vcpu[i];

		v->input = place(&at, sizeof(struct pb_agent_input), false, false);
		v->output = place(&at, sizeof(struct pb_agent_output), true, false);
		v->idt = place(&at, MINI_PAGE, true, false);
		v->stack = place(&at, MINI_STACK, true, false);
		v->ring = place(&at, ring_size(plan->event_capacity), true, false);
	}
	/* The guest reads slots and leaves the function's ring alone. */
	for (uint32_t i = 0; i < plan->nr_sources; i++)
		l->dma[i] = place(&at, PB_FUNCTION_RING + ring_size(plan->event_capacity), false,
				  false);
	for (uint32_t i = 0; i < plan->nr_sources; i++) {
		const struct pb_plan_source *s = &plan->source[i];

		if (!plan_source_driven(s))
			continue;
		l->device[i] = place(&at, sizeof(struct pb_device), false, false);
		l->queues[i] = place(&at, PB_DEVICE_AREA(s->vectors), true, false);
	}
	/* PML4, PDPT, PD, one PT for each 2 MiB below them, one for each BAR. */
	l->tables = at;
	tables = 3 + round_up(at, HUGE_2M) / HUGE_2M + PB_MAX_SOURCES;
	l->size = round_up(at + tables * MINI_PAGE, MINI_PAGE);
	return l->size > MINI_MEMORY_MAX ? -E2BIG : 0;
}

static void map_region(const struct mini_layout *l, uint8_t *mem, const struct mini_region *r)
{
	uint64_t *pt = (uint64_t *)(mem + l->tables + 3 * MINI_PAGE);

	for (uint64_t gpa = r->gpa; gpa < r->gpa + r->size; gpa += MINI_PAGE)
		pt[gpa / MINI_PAGE] = gpa | PTE_PRESENT | PTE_ACCESSED | PTE_DIRTY |
				      (r->write ? PTE_WRITE : 0) | (r->exec ? 0 : PTE_NX);
}

void mini_tables_init(const struct mini_layout *l, uint8_t *mem)
{
	const uint64_t table = PTE_PRESENT | PTE_WRITE | PTE_ACCESSED;
	uint64_t *pml4 = (uint64_t *)(mem + l->tables);
	uint64_t *pdpt = pml4 + PTES, *pd = pdpt + PTES;

	pml4[0] = (l->tables + MINI_PAGE) | table;
	pdpt[0] = (l->tables + 2 * MINI_PAGE) | table;
	/* PTs lie in order, so that PTE i is that of page i. */
	for (uint64_t i = 0; i < round_up(l->tables, HUGE_2M) / HUGE_2M; i++)
		pd[i] = (l->tables + (3 + i) * MINI_PAGE) | table;
	map_region(l, mem, &l->image);
	map_region(l, mem, &l->gdt);
	map_region(l, mem, &l->guest);
	for (uint32_t i = 0; i < l->vcpus; i++) {
		map_region(l, mem, &l->vcpu[i].input);
		map_region(l, mem, &l->vcpu[i].output);
		map_region(l, mem, &l->vcpu[i].idt);
		map_region(l, mem, &l->vcpu[i].stack);
		map_region(l, mem, &l->vcpu[i].ring);
	}
	for (uint32_t i = 0; i < l->sources; i++) {
		map_region(l, mem, &l->dma[i]);
		map_region(l, mem, &l->device[i]);
		map_region(l, mem, &l->queues[i]);
	}
}

void mini_bar_map(const struct mini_layout *l, uint8_t *mem, unsigned int source, uint64_t size)
{
	uint64_t gpa = MINI_BAR(source);
	uint64_t table =
		l->tables + (3 + round_up(l->tables, HUGE_2M) / HUGE_2M + source) * MINI_PAGE;
	uint64_t *pd = (uint64_t *)(mem + l->tables + 2 * MINI_PAGE),
		 *pt = (uint64_t *)(mem + table);

	pd[gpa / HUGE_2M] = table | PTE_PRESENT | PTE_WRITE | PTE_ACCESSED;
	for (uint64_t at = 0; at < size && at < MINI_BAR_SIZE; at += MINI_PAGE)
		pt[at / MINI_PAGE] = (gpa + at) | PTE_PRESENT | PTE_WRITE | PTE_UNCACHED |
				     PTE_ACCESSED | PTE_DIRTY | PTE_NX;
}

void mini_gdt_init(const struct mini_layout *l, uint8_t *mem)
{
	uint64_t *gdt = (uint64_t *)(mem + l->gdt.gpa);

	gdt[1] = 0x00af9b000000ffffull; /* 64-bit code, DPL 0 */
	gdt[2] = 0x00cf93000000ffffull; /* data, writable */
}

void mini_ring_init(uint8_t *mem, uint64_t gpa, uint32_t capacity)
{
	struct pb_ring *ring = (struct pb_ring *)(mem + gpa);

	memset(ring, 0, sizeof(*ring));
	ring->magic = PB_RING_MAGIC;
	ring->capacity = capacity;
}

uint8_t *mini_memory_alloc(uint64_t size, struct vmm_line *line)
{
	/* Shared: a fork() elsewhere in the program must not turn it copy-on-write under DMA. */
	void *mem = mmap(NULL, size, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (mem == MAP_FAILED) {
		vmm_fail(line, -errno, "cannot allocate %" PRIu64 " MiB of guest memory: %s",
			 size >> 20, strerror(errno));
		return NULL;
	}
	madvise(mem, size, MADV_DONTFORK);
	return mem;
}

void mini_memory_free(uint8_t *mem, uint64_t size)
{
	if (mem)
		munmap(mem, size);
}
