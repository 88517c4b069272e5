// SPDX-License-Identifier: LGPL-2.1-or-later
/* What KVM is told of a vCPU's identity and of an MSI's way to it. */
#include <stdlib.h>

#include "vmm/cases.h"
#include "vmm/mini.h"

static void test_msi_route(void **state)
{
	const struct {
		uint32_t apic, lo, hi;
	} cases[] = {
		{0, 0xfee00000, 0},
		{1, 0xfee01000, 0},
		{15, 0xfee0f000, 0},
		{255, 0xfeeff000, 0},
		/* KVM_X2APIC_API: bits 31:8 of the id in bits 31:8 of the high half. */
		{0x100, 0xfee00000, 0x100},
		{0x12345678, 0xfee78000, 0x12345600},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct kvm_irq_routing_entry e = mini_msi_route(25, cases[i].apic, 0xa5);

		assert_int_equal(e.gsi, 25);
		assert_int_equal(e.type, KVM_IRQ_ROUTING_MSI);
		assert_int_equal(e.flags, 0);
		assert_int_equal(e.u.msi.address_lo, cases[i].lo);
		assert_int_equal(e.u.msi.address_hi, cases[i].hi);
		/* KVM refuses a route with anything in the low byte. */
		assert_int_equal(e.u.msi.address_hi & 0xff, 0);
		/* Fixed, edge: nothing but the vector. */
		assert_int_equal(e.u.msi.data, 0xa5);
	}
}

static struct kvm_cpuid2 *cpuid_new(unsigned int room)
{
	struct kvm_cpuid2 *c = calloc(1, sizeof(*c) + room * sizeof(c->entries[0]));

	assert_non_null(c);
	c->nent = 5;
	c->entries[0] = (struct kvm_cpuid_entry2){.function = 0, .eax = 0xd};
	c->entries[1] = (struct kvm_cpuid_entry2){.function = 1, .ebx = 0xffff1234, .ecx = 0x5};
	c->entries[2] = (struct kvm_cpuid_entry2){.function = 0xb, .index = 0, .edx = 77};
	c->entries[3] = (struct kvm_cpuid_entry2){.function = 0x1f, .index = 1, .edx = 77};
	c->entries[4] = (struct kvm_cpuid_entry2){.function = 0x80000008, .eax = 0x3027};
	return c;
}

static void test_cpuid(void **state)
{
	struct kvm_cpuid2 *c = cpuid_new(7);
	unsigned int topology = 0;

	(void)state;
	mini_cpuid_fix(c, 7, 3, 4);
	assert_int_equal(c->nent, 5);
	for (unsigned int i = 0; i < c->nent; i++) {
		const struct kvm_cpuid_entry2 *e = &c->entries[i];

		assert_int_not_equal(e->function, 0x1f);
		if (e->function == 1) {
			assert_int_equal(e->ebx, 0x03041234);
			assert_int_equal(e->ecx, 0x5 | 1u << 21 | 1u << 24 | 1u << 31);
			assert_int_equal(e->edx, 1u << 28);
		}
		if (e->function == 0xb) {
			assert_int_equal(e->index, topology);
			assert_int_equal(e->edx, 3);
			assert_int_equal(e->ebx, topology ? 4 : 1);
			assert_int_equal(e->eax, topology ? 4 : 0);
			assert_int_equal(e->ecx, topology ? 0x201 : 0x100);
			topology++;
		}
	}
	assert_int_equal(topology, 2);
	free(c);
}

/* A KVM that says little, and no room for more: leaf 0 covers 0BH, nothing overflows. */
static void test_cpuid_small(void **state)
{
	struct kvm_cpuid2 *c = cpuid_new(5);

	(void)state;
	c->entries[0].eax = 4;
	c->nent = 2;
	mini_cpuid_fix(c, 3, 0, 1);
	assert_int_equal(c->nent, 3);
	assert_int_equal(c->entries[0].eax, 0xb);
	assert_int_equal(c->entries[1].edx & 1u << 28, 0);
	free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_msi_route),
		cmocka_unit_test(test_cpuid),
		cmocka_unit_test(test_cpuid_small),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
