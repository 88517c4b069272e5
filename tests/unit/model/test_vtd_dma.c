// SPDX-License-Identifier: LGPL-2.1-or-later
/* DMA remapping in legacy mode: VT-d 3.4, 3.7, 3.14, 9.1, 9.3, 9.8. */
#include "model/vtd_fixture.h"

#define RW (VTD_R | VTD_W)

static void test_remapping_off_dma_is_not_translated(void **state)
{
	uint32_t v = 77;

	(void)state;
	assert_int_equal(vtd_dma_write(VT_SID, VT_DATA, &v, 4), 0);
	assert_int_equal(vt_read(VT_SID, VT_DATA), 77);
	assert_int_equal(vtd_dma_read(VT_SID, VT_NO_RAM, &v, 4), -14);
	assert_int_equal(fake.faults, 0);
}

static void test_3_7_a_page_of_each_size_and_depth(void **state)
{
	(void)state;
	for (unsigned int levels = 3; levels <= 4; levels++) {
		for (unsigned int level = 1; level <= 3; level++) {
			uint64_t size = 1ull << (12 + 9 * (level - 1)), root, iova;
			/* A page of 1 GiB is bigger than RAM: only its start is there. */
			uint64_t pa = level == 3 ? 0 : size == 4096 ? VT_DATA : 0x1000000;
			uint64_t off = level == 3 ? VT_DATA : size - 8;

			vt_setup(NULL);
			root = vt_context(VT_SID, VT_DID, 0, levels);
			iova = 5ull << 30;
			vt_map_raw(root, levels, iova, level, pa | RW | (level > 1 ? 1u << 7 : 0));
			vt_dma_on();
			fake_wr32(pa + off, 0x1000 + level);
			assert_int_equal(vt_read(VT_SID, iova + off), 0x1000 + level);
			/* And again, from the cache. */
			assert_int_equal(vt_read(VT_SID, iova + off), 0x1000 + level);
			vt_read_fails(VT_SID, iova - 4, VTD_FR_READ);
			vt_teardown(NULL);
		}
	}
}

static void test_a_request_may_cross_pages(void **state)
{
	uint64_t root = vt_context(VT_SID, VT_DID, 0, 4);
	uint8_t out[0x2200], in[0x2100];

	(void)state;
	vt_map(root, 0x10000, VT_DATA + 0x5000);
	vt_map(root, 0x11000, VT_DATA);
	vt_map(root, 0x12000, VT_DATA + 0x3000);
	vt_dma_on();
	for (size_t i = 0; i < sizeof(out); i++)
		out[i] = (uint8_t)(i * 7 + i / 256);
	assert_int_equal(vtd_dma_write(VT_SID, 0x10f00, out, sizeof(out)), -14);
	assert_memory_equal(fake_ram(VT_DATA + 0x5f00, 0x100), out, 0x100);
	assert_memory_equal(fake_ram(VT_DATA, 0x1000), out + 0x100, 0x1000);
	assert_memory_equal(fake_ram(VT_DATA + 0x3000, 0x1000), out + 0x1100, 0x1000);
	assert_int_equal(fake.faults, 1); /* the page after that is not mapped */
	assert_int_equal(fake.fault[0].addr, 0x13000);
	assert_int_equal(vtd_dma_read(VT_SID, 0x10f00, in, 0x2100), 0);
	assert_memory_equal(in, out, 0x2100);
}

static void test_3_4_2_01h_root_entry_not_present(void **state)
{
	(void)state;
	vt_dma_on();
	vt_read_fails(VT_SID, 0x1000, VTD_FR_ROOT_P);
}

static void test_3_4_2_02h_context_entry_not_present(void **state)
{
	(void)state;
	vt_context(VT_SID, VT_DID, 0, 4);
	vt_dma_on();
	vt_read_fails(VT_SID + 8, 0x1000, VTD_FR_CTX_P);
}

static void test_3_4_2_entries_are_found_by_bus_and_function(void **state)
{
	const uint16_t sids[] = {0x0000, 0x00ff, 0x0100, 0xff07, 0xffff};

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		uint64_t root = vt_context(sids[i], (uint16_t)(10 + i), 0, 4);

		vt_map(root, 0x1000, VT_DATA + 0x1000 * i);
		fake_wr32(VT_DATA + 0x1000 * i, (uint32_t)(100 + i));
	}
	vt_dma_on();
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(vt_read(sids[i], 0x1000), 100 + i);
}

static void test_9_3_03h_wrong_programming(void **state)
{
	(void)state;
	vt_dma_on();
	for (unsigned int tt = 0; tt < 4; tt++) {
		for (unsigned int aw = 0; aw < 8; aw++) {
			bool ok = (tt == 0 && (aw == 1 || aw == 2)) || (tt == 2 && aw == 2);

			vt_context_raw(VT_SID, 0x200001 | tt << 2, VT_DID << 8 | aw);
			if (ok)
				continue;
			vt_read_fails(VT_SID, 0x1000, VTD_FR_CTX_INV);
		}
	}
}

static void test_3_7_04h_address_beyond_the_width(void **state)
{
	uint64_t r3 = vt_context(VT_SID, VT_DID, 0, 3), r4 = vt_context(VT_SID + 1, 6, 0, 4);

	(void)state;
	vt_map_raw(r3, 3, (1ull << 39) - 0x1000, 1, VT_DATA | RW);
	vt_map_raw(r4, 4, (1ull << 48) - 0x1000, 1, VT_DATA | RW);
	vt_map_raw(r4, 4, 0, 1, VT_DATA | RW);
	vt_dma_on();
	vt_read(VT_SID, (1ull << 39) - 4);
	vt_read_fails(VT_SID, 1ull << 39, VTD_FR_MGAW);
	vt_read(VT_SID + 1, (1ull << 48) - 4);
	vt_read_fails(VT_SID + 1, 1ull << 48, VTD_FR_MGAW);
	vt_read_fails(VT_SID + 1, 1ull << 63, VTD_FR_MGAW);
}

static void check_rights(unsigned int leaf, unsigned int table)
{
	uint64_t root, at;
	uint32_t v = 1;

	vt_setup(NULL);
	root = vt_context(VT_SID, VT_DID, 0, 4);
	vt_map_raw(root, 4, 0x1000, 1, VT_DATA | leaf);
	at = root; /* the topmost entry */
	fake_wr64(at, (fake_rd64(at) & ~3ull) | table);
	vt_dma_on();
	/* Write first, then read: once unfilled, once perhaps filled by the other. */
	if (leaf & table & VTD_W)
		assert_int_equal(vtd_dma_write(VT_SID, 0x1000, &v, 4), 0);
	else
		vt_write_fails(VT_SID, 0x1000, VTD_FR_WRITE);
	if (leaf & table & VTD_R)
		vt_read(VT_SID, 0x1000);
	else
		vt_read_fails(VT_SID, 0x1000, VTD_FR_READ);
	if (!(leaf & table & VTD_W))
		vt_write_fails(VT_SID, 0x1000, VTD_FR_WRITE);
	vt_teardown(NULL);
}

static void test_3_7_05h_06h_rights_of_all_levels_count(void **state)
{
	(void)state;
	for (unsigned int leaf = 0; leaf < 4; leaf++)
		for (unsigned int table = 0; table < 4; table++)
			check_rights(leaf, table);
}

static void test_cap_zlr_zero_length_reads(void **state)
{
	uint64_t root = vt_context(VT_SID, VT_DID, 0, 4);

	(void)state;
	vt_map_raw(root, 4, 0x1000, 1, VT_DATA | VTD_W);
	vt_dma_on();
	assert_int_equal(vtd_dma_read(VT_SID, 0x1000, NULL, 0), 0);
	assert_int_equal(fake.faults, 0);
	assert_int_equal(vtd_dma_read(VT_SID, 0x2000, NULL, 0), -14);
	assert_int_equal(fake.fault[0].reason, VTD_FR_READ);
}

static void test_3_7_07h_paging_entry_cannot_be_read(void **state)
{
	uint64_t root = vt_context(VT_SID, VT_DID, 0, 4);

	(void)state;
	vt_context_raw(VT_SID + 1, VT_NO_RAM | 1, 6 << 8 | 2);
	fake_wr64(root, VT_NO_RAM | RW);
	vt_dma_on();
	vt_read_fails(VT_SID, 0x1000, VTD_FR_PTE_ACCESS);
	vt_read_fails(VT_SID + 1, 0x1000, VTD_FR_PTE_ACCESS);
}

static void test_3_4_2_08h_root_table_cannot_be_read(void **state)
{
	(void)state;
	vt_wr64(VTD_RTADDR, VT_NO_RAM);
	vt_gcmd(VTD_RTP, 0);
	vt_gcmd(VTD_TE, 0);
	vt_read_fails(VT_SID, 0x1000, VTD_FR_ROOT_ACCESS);
}

static void test_3_4_2_09h_context_table_cannot_be_read(void **state)
{
	(void)state;
	fake_wr64(VT_ROOT, VT_NO_RAM | 1);
	vt_dma_on();
	vt_read_fails(VT_SID, 0x1000, VTD_FR_CTX_ACCESS);
}

static void test_9_1_0ah_reserved_bits_of_the_root_entry(void **state)
{
	(void)state;
	vt_context(VT_SID, VT_DID, 2, 4);
	vt_dma_on();
	for (unsigned int bit = 1; bit < 128; bit++) {
		uint64_t at = VT_ROOT + bit / 64 * 8, good = fake_rd64(at);

		if (bit >= 12 && bit < VTD_HAW) /* the table's address */
			continue;
		fake_wr64(at, good | 1ull << (bit % 64));
		vt_read_fails(VT_SID, 0x1000, VTD_FR_ROOT_RSVD);
		fake_wr64(at, good);
		fake_clear();
	}
	vt_read(VT_SID, 0x1000);
}

static void test_9_3_0bh_reserved_bits_of_the_context_entry(void **state)
{
	(void)state;
	vt_context(VT_SID, VT_DID, 2, 4);
	vt_dma_on();
	for (unsigned int bit = 4; bit < 128; bit++) {
		uint64_t at = VT_CTX + 16 * VT_SID + bit / 64 * 8, good = fake_rd64(at);
		bool ignored = bit >= 64 + 3 && bit <= 64 + 6;

		if ((bit >= 12 && bit < VTD_HAW) || (bit >= 64 && bit <= 66) ||
		    (bit >= 72 && bit <= 87) || ignored) /* pointer, AW, DID, IGN */
			continue;
		fake_wr64(at, good | 1ull << (bit % 64));
		vt_read_fails(VT_SID, 0x1000, VTD_FR_CTX_RSVD);
		fake_wr64(at, good);
		fake_clear();
	}
	fake_wr64(VT_CTX + 16 * VT_SID + 8, VT_DID << 8 | 2 | 0x78);
	vt_read(VT_SID, 0x1000);
}

/* Bits that must be zero in a paging entry, and those that are ignored. */
static uint64_t pte_reserved(unsigned int level, bool page)
{
	uint64_t m = 1ull << 62;

	for (unsigned int bit = VTD_HAW; bit < 52; bit++)
		m |= 1ull << bit;
	if (level == 4)
		m |= 1u << 7;
	if (page && level == 2)
		m |= 0x1ff000;
	if (page && level == 3)
		m |= 0x3ffff000;
	return m;
}

static void check_pte(unsigned int level, bool page)
{
	uint64_t root, at, good, rsvd = pte_reserved(level, page);

	vt_setup(NULL);
	vt_qi_on(0);
	root = vt_context(VT_SID, VT_DID, 0, 4);
	if (page)
		at = vt_map_raw(root, 4, 0, level, (level > 1 ? 0x80 : VT_DATA) | RW);
	else
		at = vt_map_raw(root, 4, 0, level, 0x2f0000 | RW);
	if (!page)
		for (unsigned int l = 1; l < level; l++) /* an entry that leads to itself */
			fake_wr64(0x2f0000, 0x2f0000 | RW);
	vt_dma_on();
	good = fake_rd64(at);
	for (unsigned int bit = 2; bit < 64; bit++) {
		bool address = bit >= 12 && bit < VTD_HAW && !(rsvd >> bit & 1);

		if (address || (bit == 7 && level > 1 && level < 4))
			continue;
		fake_wr64(at, good | 1ull << bit);
		assert_true(vt_submit(vt_desc_iotlb(1, 0), 0));
		if (rsvd >> bit & 1)
			vt_read_fails(VT_SID, 0, VTD_FR_PTE_RSVD);
		else
			vt_read(VT_SID, 0);
		fake_clear();
	}
	vt_teardown(NULL);
}

static void test_9_8_0ch_reserved_bits_of_paging_entries(void **state)
{
	(void)state;
	for (unsigned int level = 1; level <= 3; level++)
		check_pte(level, true);
	for (unsigned int level = 2; level <= 4; level++)
		check_pte(level, false);
}

static void test_9_8_0ch_no_page_is_bigger_than_1_gib(void **state)
{
	uint64_t root = vt_context(VT_SID, VT_DID, 0, 4);

	(void)state;
	fake_wr64(root, RW | 1u << 7);
	vt_dma_on();
	vt_read_fails(VT_SID, 0, VTD_FR_PTE_RSVD);
}

static void test_9_3_pass_through(void **state)
{
	uint32_t v = 5;

	(void)state;
	vt_context(VT_SID, VT_DID, 2, 4);
	vt_dma_on();
	assert_int_equal(vtd_dma_write(VT_SID, VT_DATA, &v, 4), 0);
	assert_int_equal(fake_rd32(VT_DATA), 5);
	vt_read_fails(VT_SID, 1ull << 48, VTD_FR_MGAW);
}

static void test_3_14_0eh_output_in_the_interrupt_range(void **state)
{
	uint64_t root = vt_context(VT_SID, VT_DID, 0, 4);

	(void)state;
	vt_map(root, 0x1000, 0xfee00000);
	vt_dma_on();
	vt_write_fails(VT_SID, 0x1000, VTD_FR_INTR_ADDR);
	assert_int_equal(fake.msgs, 0);
}

static void test_3_14_requests_to_the_interrupt_range_are_not_translated(void **state)
{
	uint64_t root = vt_context(VT_SID, VT_DID, 0, 4);
	uint64_t v = 0x41, w;

	(void)state;
	vt_map(root, 0xfee00000, VT_DATA);
	/* A dword is an interrupt message. */
	assert_int_equal(vtd_dma_write(VT_SID, 0xfee03000, &v, 4), 0);
	assert_int_equal(fake.msgs, 1);
	assert_int_equal(fake.msg[0].vector, 0x41);
	assert_int_equal(fake.msg[0].dest, 3);
	assert_int_equal(vtd_dma_write(VT_SID, 0xfee03000, &v, 8), -14);
	assert_int_equal(fake.faults, 0); /* nothing records while remapping is off */
	vt_dma_on();
	assert_int_equal(vtd_dma_write(VT_SID, 0xfee03000, &v, 8), -14);
	assert_int_equal(vtd_dma_write(VT_SID, 0xfee03002, &v, 4), -14);
	assert_int_equal(vtd_dma_read(VT_SID, 0xfee03000, &w, 4), -14);
	assert_int_equal(fake.faults, 3);
	assert_int_equal(fake.fault[0].reason, VTD_FR_INTR_ADDR);
	assert_int_equal(fake.msgs, 1);
	assert_true(fake_rd64(VT_DATA) == 0);
	/* A blocked message is a failed write. */
	vt_ir_on(VT_XAPIC, 7);
	assert_int_equal(vtd_dma_write(VT_SID, vt_msi_addr(3), &v, 4), -14);
	assert_int_equal(fake.fault[3].reason, VTD_FR_IRTE_P);
}

static void test_translation_to_where_no_memory_is_fails_without_a_fault(void **state)
{
	uint64_t root = vt_context(VT_SID, VT_DID, 0, 4);
	uint32_t v;

	(void)state;
	vt_map(root, 0x1000, VT_NO_RAM);
	vt_dma_on();
	assert_int_equal(vtd_dma_read(VT_SID, 0x1000, &v, 4), -14);
	assert_int_equal(fake.faults, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		VT_TEST(test_remapping_off_dma_is_not_translated),
		VT_TEST(test_3_7_a_page_of_each_size_and_depth),
		VT_TEST(test_a_request_may_cross_pages),
		VT_TEST(test_3_4_2_01h_root_entry_not_present),
		VT_TEST(test_3_4_2_02h_context_entry_not_present),
		VT_TEST(test_3_4_2_entries_are_found_by_bus_and_function),
		VT_TEST(test_9_3_03h_wrong_programming),
		VT_TEST(test_3_7_04h_address_beyond_the_width),
		VT_TEST(test_3_7_05h_06h_rights_of_all_levels_count),
		VT_TEST(test_cap_zlr_zero_length_reads),
		VT_TEST(test_3_7_07h_paging_entry_cannot_be_read),
		VT_TEST(test_3_4_2_08h_root_table_cannot_be_read),
		VT_TEST(test_3_4_2_09h_context_table_cannot_be_read),
		VT_TEST(test_9_1_0ah_reserved_bits_of_the_root_entry),
		VT_TEST(test_9_3_0bh_reserved_bits_of_the_context_entry),
		VT_TEST(test_9_8_0ch_reserved_bits_of_paging_entries),
		VT_TEST(test_9_8_0ch_no_page_is_bigger_than_1_gib),
		VT_TEST(test_9_3_pass_through),
		VT_TEST(test_3_14_0eh_output_in_the_interrupt_range),
		VT_TEST(test_3_14_requests_to_the_interrupt_range_are_not_translated),
		VT_TEST(test_translation_to_where_no_memory_is_fails_without_a_fault),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
