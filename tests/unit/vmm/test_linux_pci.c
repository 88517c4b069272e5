// SPDX-License-Identifier: LGPL-2.1-or-later
/* Configuration space, BARs and MSI-X table of a Linux guest's functions. */
#include <linux/pci_regs.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "util/rng.h"
#include "vmm/cases.h"
#include "vmm/linux_rig.h"

#define SLOT     LINUX_SLOT(0)
#define BAR0     0x10
#define TABLE(i) (bar0() + RIG_TABLE + 16 * (i))
#define ENABLE   PCI_MSIX_FLAGS_ENABLE
#define MASKALL  PCI_MSIX_FLAGS_MASKALL

static uint64_t bar0(void)
{
	return rig_config_read(SLOT, BAR0, 4) & ~0xfu;
}

static void control(uint16_t value)
{
	rig_config_write(SLOT, RIG_MSIX + PCI_MSIX_FLAGS, 2, value);
}

static void entry(unsigned int i, uint32_t address, uint32_t data, uint32_t mask)
{
	rig_mmio_write(TABLE(i), address);
	rig_mmio_write(TABLE(i) + 4, 0);
	rig_mmio_write(TABLE(i) + 8, data);
	rig_mmio_write(TABLE(i) + 12, mask);
}

static void test_functions(void **state)
{
	(void)state;
	linux_rig_begin(2);
	assert_int_equal(rig_config_read(0, 0, 4), 0x12378086);
	assert_int_equal(rig_config_read(LINUX_SLOT_AREA, 0, 4),
			 (uint32_t)PB_GUEST_DEVICE << 16 | PB_GUEST_VENDOR);
	assert_int_equal(rig_config_read(SLOT, 0, 2), 0x1b36);
	assert_int_equal(rig_config_read(SLOT, 2, 2), 0x7010);
	assert_int_equal(rig_config_read(SLOT, PCI_CLASS_DEVICE + 1, 1), 1);
	/* One function, no interrupt pin, no ROM. */
	assert_int_equal(rig_config_read(SLOT, PCI_HEADER_TYPE, 1), 0);
	assert_int_equal(rig_config_read(SLOT, PCI_INTERRUPT_PIN, 1), 0);
	assert_int_equal(rig_config_read(SLOT, PCI_ROM_ADDRESS, 4), 0);
	for (unsigned int slot = SLOT + 1; slot < 32; slot++)
		assert_int_equal(rig_config_read(slot, 0, 4), 0xffffffff);
	/* Another bus, another function, no enable bit, a register that is none. */
	linux_pci_out(&rig.x, 0xcf8, 4, 0x80010000u);
	assert_int_equal(linux_pci_in(&rig.x, 0xcfc, 4), 0xffffffff);
	linux_pci_out(&rig.x, 0xcf8, 4, 0x80000100u | SLOT << 11);
	assert_int_equal(linux_pci_in(&rig.x, 0xcfc, 4), 0xffffffff);
	linux_pci_out(&rig.x, 0xcf8, 4, SLOT << 11);
	assert_int_equal(linux_pci_in(&rig.x, 0xcfc, 4), 0xffffffff);
	linux_pci_out(&rig.x, 0xcf8, 4, 0x80000000u | SLOT << 11);
	assert_int_equal(linux_pci_in(&rig.x, 0xcfe, 4), 0xffffffff);
	assert_false(rig.wrong);
	linux_rig_end();
}

static void test_bars(void **state)
{
	uint64_t at;

	(void)state;
	linux_rig_begin(1);
	at = bar0();
	assert_true(at >= LINUX_WINDOW && at % RIG_BAR_SIZE == 0);
	/* Both sides of the MSI-X table's page are memory, that page is not. */
	assert_int_equal(rig_mapped(at), at);
	assert_int_equal(rig_mapped(at + RIG_TABLE - 1), at);
	assert_int_equal(rig_mapped(at + RIG_TABLE), 0);
	assert_int_equal(rig_mapped(at + RIG_TABLE + 0x1000), at + RIG_TABLE + 0x1000);
	assert_int_equal(rig_mapped(at + RIG_BAR_SIZE - 1), at + RIG_TABLE + 0x1000);
	/* Sized as every kernel does it: nothing moves. */
	rig_config_write(SLOT, PCI_COMMAND, 2, 0);
	rig_config_write(SLOT, BAR0, 4, 0xffffffff);
	assert_int_equal(rig_config_read(SLOT, BAR0, 4),
			 ~(RIG_BAR_SIZE - 1) | PCI_BASE_ADDRESS_MEM_TYPE_64);
	rig_config_write(SLOT, BAR0 + 4, 4, 0xffffffff);
	assert_int_equal(rig_config_read(SLOT, BAR0 + 4, 4), 0xffffffff);
	rig_config_write(SLOT, BAR0 + 4, 4, 0);
	rig_config_write(SLOT, BAR0, 4, (uint32_t)at);
	rig_config_write(SLOT, PCI_COMMAND, 2, PCI_COMMAND_MEMORY);
	assert_int_equal(rig_mapped(at), at);
	/* BAR 1 is the upper half, 3 to 5 are not there. */
	rig_config_write(SLOT, BAR0 + 12, 4, 0xffffffff);
	assert_int_equal(rig_config_read(SLOT, BAR0 + 12, 4), 0);
	/* Elsewhere in the window; outside; on top of another. */
	rig_config_write(SLOT, BAR0, 4, 0xd0000000);
	assert_int_equal(rig_mapped(0xd0000123), 0xd0000000);
	assert_int_equal(rig_mapped(at), 0);
	rig_config_write(SLOT, BAR0, 4, 0x01000000);
	assert_int_equal(rig_mapped(0x01000000), 0);
	rig_config_write(SLOT, BAR0, 4, 0xfe000000);
	assert_int_equal(rig_mapped(0xfe000000), 0);
	rig_config_write(SLOT, BAR0 + 4, 4, 1);
	rig_config_write(SLOT, BAR0, 4, 0xd0000000);
	assert_int_equal(rig_mapped(0xd0000000), 0);
	rig_config_write(SLOT, BAR0 + 4, 4, 0);
	assert_int_equal(rig_mapped(0xd0000000), 0xd0000000);
	at = rig_config_read(LINUX_SLOT_AREA, BAR0, 4);
	assert_int_equal(rig_mapped(at), at);
	rig_config_write(SLOT, BAR0, 4, (uint32_t)at);
	assert_int_equal(rig_mapped(at), at);
	assert_true(rig.refused > 0);
	assert_int_equal(rig.slot[1].guest_phys_addr, at);
	assert_false(rig.wrong);
	linux_rig_end();
}

/* What does not decode gives way to what does. */
static void test_room(void **state)
{
	uint32_t at;

	(void)state;
	linux_rig_begin(1);
	at = rig_config_read(LINUX_SLOT_AREA, BAR0, 4);
	rig_config_write(LINUX_SLOT_AREA, PCI_COMMAND, 2, 0);
	assert_int_equal(rig_mapped(at), at);
	rig_config_write(SLOT, BAR0, 4, at);
	assert_int_equal(rig_mapped(at), at);
	assert_int_equal(rig.slot[1].memory_size, 0);
	assert_int_equal(rig.refused, 0);
	assert_false(rig.wrong);
	linux_rig_end();
}

static void test_command(void **state)
{
	uint16_t real;

	(void)state;
	linux_rig_begin(1);
	rig_config_write(SLOT, PCI_COMMAND, 2, 0xffff);
	assert_int_equal(rig_config_read(SLOT, PCI_COMMAND, 2), 0x406);
	rig_config_write(SLOT, PCI_COMMAND, 2, 0);
	assert_int_equal(rig_config_read(SLOT, PCI_COMMAND, 2), 0);
	/* Off for the guest, but never below: this process has the BARs mapped. */
	assert_int_equal(pread(rig.x.m.fn[0].dev.fd, &real, 2,
			       (off_t)(rig.x.m.fn[0].dev.config + PCI_COMMAND)),
			 2);
	assert_int_equal(real, PCI_COMMAND_MEMORY);
	linux_rig_end();
}

static void test_msix(void **state)
{
	(void)state;
	linux_rig_begin(1);
	assert_int_equal(rig_config_read(SLOT, RIG_MSIX + PCI_MSIX_FLAGS, 2), RIG_VECTORS - 1);
	assert_int_equal(rig_mmio_read(TABLE(0) + 12), 1);
	control(ENABLE | MASKALL);
	assert_int_equal(rig.irqs_on, RIG_VECTORS);
	entry(0, 0xfee01000, 0x41, 0);
	assert_int_equal(rig_mmio_read(TABLE(0)), 0xfee01000);
	assert_int_equal(rig.irqfds, 0);
	control(ENABLE);
	assert_int_equal(rig.irqfds, 1);
	assert_int_equal(rig.nr_msi, 1);
	assert_int_equal(rig.msi[0].gsi, mini_gsi(0, 0));
	assert_int_equal(rig.msi[0].u.msi.address_lo, 0xfee01000);
	assert_int_equal(rig.msi[0].u.msi.data, 0x41);
	entry(RIG_VECTORS - 1, 0xfee00000, 0x42, 0);
	assert_int_equal(rig.nr_msi, 2);
	/* A live entry that changes is a new route, and stays an irqfd. */
	rig_mmio_write(TABLE(0) + 8, 0x51);
	assert_int_equal(rig.msi[0].u.msi.data, 0x51);
	assert_int_equal(rig.irqfds, 2);
	/* Masked, what comes waits in the eventfd, and is read when it is bound anew. */
	rig_mmio_write(TABLE(0) + 12, 1);
	assert_int_equal(rig.irqfds, 1);
	assert_int_equal(eventfd_write(rig.x.m.fn[0].eventfd[0], 1), 0);
	rig_mmio_write(TABLE(0) + 12, 0);
	assert_int_equal(rig.irqfds, 2);
	eventfd_t n;
	assert_int_equal(eventfd_read(rig.x.m.fn[0].eventfd[0], &n), -1);
	control(ENABLE | MASKALL);
	assert_int_equal(rig.irqfds, 0);
	control(0);
	assert_int_equal(rig.irqs_on, 0);
	assert_false(rig.wrong);
	linux_rig_end();
}

/* Entries that are no messages to a local APIC, and accesses that are none to an entry. */
static void test_msix_hostile(void **state)
{
	uint8_t data[8] = {0};

	(void)state;
	linux_rig_begin(1);
	control(ENABLE);
	entry(0, 0x12345678, 0x41, 0);
	entry(1, 0xfed00000, 0x41, 0);
	entry(2, 0xffffffff, 0x41, 0);
	assert_int_equal(rig.irqfds, 0);
	assert_int_equal(rig.nr_msi, 0);
	/* Behind the last entry it is the device's own. */
	rig_mmio_write(TABLE(RIG_VECTORS), 0xfee00000);
	rig_mmio_write(TABLE(RIG_VECTORS) + 12, 0);
	assert_int_equal(rig.irqfds, 0);
	rig_mmio_write(TABLE(0) + 12, 0xfffffffe);
	assert_int_equal(rig_mmio_read(TABLE(0) + 12), 0);
	linux_mmio(&rig.x, TABLE(0) + 1, data, 4, true);
	linux_mmio(&rig.x, TABLE(0) + 4, data, 8, true);
	linux_mmio(&rig.x, TABLE(0), data, 1, true);
	assert_int_equal(rig_mmio_read(TABLE(0)), 0x12345678);
	/* The capability itself cannot be written but for its control. */
	rig_config_write(SLOT, RIG_MSIX, 4, 0xffffffff);
	rig_config_write(SLOT, RIG_MSIX + 4, 4, 0xffffffff);
	assert_int_equal(rig_config_read(SLOT, RIG_MSIX + 4, 4), RIG_TABLE);
	linux_rig_end();
}

/* Anything anywhere: ASan and the rig watch. */
static void test_random(void **state)
{
	uint64_t rng = 3;

	(void)state;
	linux_rig_begin(2);
	for (int i = 0; i < 200000; i++) {
		unsigned int size = 1u << rng_below(&rng, 3);
		uint32_t value = (uint32_t)rng_next(&rng);
		uint8_t data[8] = {0};

		if (rng_below(&rng, 4))
			value = (uint32_t)LINUX_WINDOW + (uint32_t)rng_below(&rng, 64) * 0x8000;
		if (rng_below(&rng, 2))
			rig_config_write((unsigned int)rng_below(&rng, 8),
					 (unsigned int)rng_below(&rng, 256), size, value);
		else
			linux_mmio(&rig.x, LINUX_WINDOW + rng_below(&rng, 0x300000), data,
				   1u << rng_below(&rng, 4), rng_below(&rng, 2));
		rig_config_read((unsigned int)rng_below(&rng, 8),
				(unsigned int)rng_below(&rng, 256), size);
		assert_false(rig.wrong);
		assert_true(rig.irqfds <= RIG_VECTORS);
	}
	linux_rig_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_functions), cmocka_unit_test(test_bars),
		cmocka_unit_test(test_room),      cmocka_unit_test(test_command),
		cmocka_unit_test(test_msix),      cmocka_unit_test(test_msix_hostile),
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
