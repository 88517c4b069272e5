// SPDX-License-Identifier: LGPL-2.1-or-later
/* The guest's memory: no two regions touch, and page tables say what the layout says. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vmm/cases.h"
#include "vmm/mini_memory.h"
#include "vmm/vmm.h"

#define IMAGE 6000

struct regions {
	struct mini_region r[128];
	unsigned int nr;
};

static void all_regions(const struct mini_layout *l, struct regions *out)
{
	out->nr = 0;
	out->r[out->nr++] = l->image;
	out->r[out->nr++] = l->gdt;
	out->r[out->nr++] = l->guest;
	for (uint32_t i = 0; i < l->vcpus; i++) {
		out->r[out->nr++] = l->vcpu[i].input;
		out->r[out->nr++] = l->vcpu[i].output;
		out->r[out->nr++] = l->vcpu[i].idt;
		out->r[out->nr++] = l->vcpu[i].stack;
		out->r[out->nr++] = l->vcpu[i].ring;
	}
	for (uint32_t i = 0; i < l->sources; i++)
		out->r[out->nr++] = l->dma[i];
	for (uint32_t i = 0; i < l->sources; i++) {
		if (!l->device[i].size)
			continue;
		out->r[out->nr++] = l->device[i];
		out->r[out->nr++] = l->queues[i];
	}
}

static void check_layout(unsigned int vcpus, unsigned int sources, uint32_t events)
{
	struct pb_plan p = cases_plan(PB_VMM_MINI, vcpus, sources, PB_GUEST_SPIN);
	struct mini_layout l;
	struct regions all;

	p.event_capacity = events;
	assert_int_equal(mini_layout_init(&l, &p, IMAGE), 0);
	all_regions(&l, &all);
	assert_int_equal(l.image.gpa, PB_AGENT_BASE);
	assert_int_equal(l.size % MINI_PAGE, 0);
	for (unsigned int i = 0; i < all.nr; i++) {
		assert_int_equal(all.r[i].gpa % MINI_PAGE, 0);
		assert_int_equal(all.r[i].size % MINI_PAGE, 0);
		assert_true(all.r[i].size > 0);
		/* W^X, and a gap to whatever comes next. */
		assert_false(all.r[i].write && all.r[i].exec);
		for (unsigned int j = i + 1; j < all.nr; j++)
			assert_true(all.r[j].gpa >= all.r[i].gpa + all.r[i].size + MINI_PAGE);
		assert_true(all.r[i].gpa + all.r[i].size + MINI_PAGE <= l.tables);
	}
	for (unsigned int i = 0; i < vcpus; i++)
		assert_true(l.vcpu[i].ring.size >=
			    sizeof(struct pb_ring) + events * sizeof(struct pb_event));
	for (unsigned int i = 0; i < sources; i++)
		assert_true(l.dma[i].size >= PB_FUNCTION_RING + sizeof(struct pb_ring) +
						     events * sizeof(struct pb_event));
	assert_true(l.tables + (3 + (l.tables + (2 << 20) - 1) / (2 << 20)) * MINI_PAGE <= l.size);
}

static void test_layout(void **state)
{
	(void)state;
	check_layout(1, 0, 16);
	check_layout(1, 1, 4096);
	check_layout(16, 3, 16);
	check_layout(16, 3, 1u << 20);
}

static void test_too_large(void **state)
{
	struct pb_plan p = cases_plan(PB_VMM_MINI, 16, 3, PB_GUEST_SPIN);
	struct mini_layout l;

	(void)state;
	p.event_capacity = 1u << 21;
	assert_int_equal(mini_layout_init(&l, &p, IMAGE), -E2BIG);
}

/* Walk the tables as the CPU does (SDM vol. 3, 4.5.4). 0: not present. */
static uint64_t walk(const uint8_t *mem, uint64_t size, uint64_t cr3, uint64_t va)
{
	uint64_t entry = cr3;

	for (int shift = 39; shift >= 12; shift -= 9) {
		uint64_t table = entry & 0x000ffffffffff000ull;

		assert_true(table + MINI_PAGE <= size);
		memcpy(&entry, mem + table + 8 * (va >> shift & 511), 8);
		if (!(entry & 1))
			return 0;
		assert_int_equal(entry & 0x80 & (shift > 12 ? ~0 : 0), 0);
		/* Accessed, so that the CPU never writes to it. */
		assert_true(entry & 0x20);
	}
	return entry;
}

static void test_tables(void **state)
{
	struct pb_plan p = cases_plan(PB_VMM_MINI, 2, 2, PB_GUEST_SPIN);
	struct mini_layout l;
	struct regions all;
	uint64_t mapped = 0;
	uint8_t *mem;

	(void)state;
	p.event_capacity = 100000; /* more than 2 MiB of it */
	assert_int_equal(mini_layout_init(&l, &p, IMAGE), 0);
	all_regions(&l, &all);
	mem = calloc(1, l.size);
	assert_non_null(mem);
	mini_tables_init(&l, mem);
	for (uint64_t va = 0; va < l.size; va += MINI_PAGE) {
		uint64_t pte = walk(mem, l.size, l.tables, va);
		const struct mini_region *in = NULL;

		for (unsigned int i = 0; i < all.nr; i++)
			if (va >= all.r[i].gpa && va < all.r[i].gpa + all.r[i].size)
				in = &all.r[i];
		assert_int_equal(pte != 0, in != NULL);
		if (!pte)
			continue;
		mapped++;
		assert_int_equal(pte & 0x000ffffffffff000ull, va);
		assert_int_equal(!!(pte & 2), in->write);
		assert_int_equal(!(pte >> 63), in->exec);
		assert_true(pte & 0x40); /* dirty */
	}
	assert_true(mapped > 100);
	/* Null is not mapped, nor are the tables themselves. */
	assert_int_equal(walk(mem, l.size, l.tables, 0), 0);
	assert_int_equal(walk(mem, l.size, l.tables, l.tables), 0);
	free(mem);
}

/* A device that the guest drives: its regions, and BAR 0 where nothing else is. */
static void test_device(void **state)
{
	struct pb_plan p = cases_plan(PB_VMM_MINI, 1, 3, PB_GUEST_SPIN);
	struct mini_layout l;
	uint8_t *mem;

	(void)state;
	p.source[1].kind = PB_SOURCE_NVME;
	p.source[2].kind = PB_SOURCE_NVME;
	p.source[2].vectors = 16;
	assert_int_equal(mini_layout_init(&l, &p, IMAGE), 0);
	assert_int_equal(l.device[0].size, 0);
	assert_true(l.device[2].size >= sizeof(struct pb_device));
	assert_true(l.queues[2].size >= PB_DEVICE_AREA(16));
	assert_false(l.device[2].write);
	assert_true(l.queues[2].write);
	assert_false(l.queues[2].exec);
	mem = calloc(1, l.size);
	assert_non_null(mem);
	mini_tables_init(&l, mem);
	assert_int_equal(walk(mem, l.size, l.tables, MINI_BAR(2)), 0);
	mini_bar_map(&l, mem, 1, 4 * MINI_PAGE);
	mini_bar_map(&l, mem, 2, 2 * MINI_PAGE);
	for (unsigned int s = 0; s < 3; s++)
		for (uint64_t at = 0; at < 8 * MINI_PAGE; at += MINI_PAGE) {
			uint64_t va = MINI_BAR(s) + at, pte = walk(mem, l.size, l.tables, va);
			bool there =
				(s == 1 && at < 4 * MINI_PAGE) || (s == 2 && at < 2 * MINI_PAGE);

			/* Writable, uncached (PWT and PCD), not executable. */
			assert_int_equal(pte & 0x7ffffffffffff01full, there ? va | 0x1b : 0);
			assert_int_equal(pte >> 63, there);
		}
	/* What was there is there still. */
	assert_int_not_equal(walk(mem, l.size, l.tables, l.dma[0].gpa), 0);
	free(mem);
}

/* What only the VMM and functions write the guest cannot. */
static void test_rights(void **state)
{
	struct pb_plan p = cases_plan(PB_VMM_MINI, 1, 1, PB_GUEST_SPIN);
	struct mini_layout l;

	(void)state;
	assert_int_equal(mini_layout_init(&l, &p, IMAGE), 0);
	assert_false(l.image.write);
	assert_false(l.gdt.write);
	assert_false(l.guest.write);
	assert_false(l.vcpu[0].input.write);
	assert_false(l.dma[0].write);
	assert_true(l.vcpu[0].output.write);
	assert_true(l.vcpu[0].ring.write);
	assert_true(l.image.exec);
	assert_false(l.vcpu[0].stack.exec);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_layout), cmocka_unit_test(test_too_large),
		cmocka_unit_test(test_tables), cmocka_unit_test(test_device),
		cmocka_unit_test(test_rights),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
