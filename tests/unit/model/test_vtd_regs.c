// SPDX-License-Identifier: LGPL-2.1-or-later
/* The register file: VT-d chapter 11. */
#include <errno.h>

#include "model/vtd_fixture.h"

/* What reads after reset, and what of ~0 written stays; everything else is 0 and read-only. */
static const struct {
	unsigned int offset;
	uint32_t reset, rw;
} expected[] = {
	{VTD_VER, 0x10, 0},
	{VTD_CAP, 0x206f0606, 0},
	{VTD_CAP + 4, 0x08d2078c, 0},
	{VTD_ECAP, 0x00f010db, 0},
	{VTD_RTADDR, 0, 0xfffff000},
	{VTD_RTADDR + 4, 0, 0x7f},
	{VTD_CCMD, 0, 0xffffffff},
	{VTD_FECTL, 0x80000000, 0x80000000},
	{VTD_FEDATA, 0, 0xffff},
	{VTD_FEADDR, 0, 0xfffffffc},
	{VTD_FEUADDR, 0, 0xffffffff},
	{VTD_IQT, 0, 0x7fff0},
	{VTD_IQA, 0, 0xfffff007},
	{VTD_IQA + 4, 0, 0x7f},
	{VTD_IECTL, 0x80000000, 0x80000000},
	{VTD_IEDATA, 0, 0xffff},
	{VTD_IEADDR, 0, 0xfffffffc},
	{VTD_IEUADDR, 0, 0xffffffff},
	{VTD_IRTA, 0, 0xfffff80f},
	{VTD_IRTA + 4, 0, 0x7f},
};
#define NR_EXPECTED (sizeof(expected) / sizeof(expected[0]))

/* These act when written: they have tests of their own. */
static bool is_command(unsigned int offset)
{
	return offset == VTD_GCMD || offset == VTD_CCMD + 4 || offset == VTD_IOTLB + 4;
}

static void expect(unsigned int offset, uint32_t *reset, uint32_t *rw)
{
	*reset = 0;
	*rw = 0;
	for (size_t i = 0; i < NR_EXPECTED; i++) {
		if (expected[i].offset != offset)
			continue;
		*reset = expected[i].reset;
		*rw = expected[i].rw;
	}
}

static void test_11_4_every_register_after_reset(void **state)
{
	uint32_t reset, rw;

	(void)state;
	for (unsigned int o = 0; o < 0x1000; o += 4) {
		expect(o, &reset, &rw);
		if (vt_rd(o) != reset)
			fail_msg("%#x reads %#x, not %#x", o, vt_rd(o), reset);
	}
}

static void test_11_4_every_bit_that_software_may_not_write(void **state)
{
	uint32_t reset, rw, want;

	(void)state;
	for (unsigned int o = 0; o < 0x1000; o += 4) {
		if (is_command(o))
			continue;
		expect(o, &reset, &rw);
		vt_wr(o, ~0u);
		want = (reset & ~rw) | rw;
		if (vt_rd(o) != want)
			fail_msg("%#x reads %#x after ~0, not %#x", o, vt_rd(o), want);
		vt_wr(o, 0);
		want = reset & ~rw;
		if (vt_rd(o) != want)
			fail_msg("%#x reads %#x after 0, not %#x", o, vt_rd(o), want);
	}
	assert_int_equal(fake.msgs, 0);
}

static void test_11_2_a_quadword_is_two_dwords(void **state)
{
	(void)state;
	vt_wr64(VTD_RTADDR, 0x1234567000ull);
	assert_int_equal(vt_rd(VTD_RTADDR), 0x34567000);
	assert_int_equal(vt_rd(VTD_RTADDR + 4), 0x12);
	vt_wr(VTD_IRTA, 0x7654bfff);
	vt_wr(VTD_IRTA + 4, 0x21);
	assert_true(vt_rd64(VTD_IRTA) == 0x217654b80full);
	/* Two dword registers beside each other. */
	vt_wr64(VTD_FEADDR, 0x89abcd00fee01004ull);
	assert_int_equal(vt_rd(VTD_FEADDR), 0xfee01004);
	assert_int_equal(vt_rd(VTD_FEUADDR), 0x89abcd00);
}

static void test_11_2_other_accesses_change_nothing(void **state)
{
	uint8_t b[16];
	const unsigned int len[] = {1, 2, 3, 16};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		memset(b, 0xff, sizeof(b));
		fake_mmio_write(LAB_VTD_BASE + VTD_FEDATA, b, len[i]);
		assert_int_equal(vt_rd(VTD_FEDATA), 0);
		fake_mmio_read(LAB_VTD_BASE + VTD_VER, b, len[i]);
		for (unsigned int k = 0; k < len[i]; k++)
			assert_int_equal(b[k], 0);
	}
	assert_int_equal(fake.logs, 8);
	memset(b, 0xff, sizeof(b));
	fake_mmio_write(LAB_VTD_BASE + VTD_FEADDR + 2, b, 4);
	fake_mmio_write(LAB_VTD_BASE + VTD_FEADDR + 4, b, 8);
	assert_int_equal(vt_rd(VTD_FEADDR), 0);
	assert_int_equal(vt_rd(VTD_FEUADDR), 0);
}

static void test_beyond_the_registers_there_is_nothing(void **state)
{
	(void)state;
	for (unsigned int o = VTD_REGS_END - 16; o < LAB_VTD_SIZE; o += 8) {
		vt_wr64(o, ~0ull);
		assert_true(vt_rd64(o) == 0);
	}
}

static void test_11_4_4_levels_of_gcmd_show_in_gsts(void **state)
{
	const uint32_t bits[] = {VTD_TE, VTD_QIE, VTD_IRE, VTD_CFI};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		vt_wr(VTD_GCMD, bits[i]);
		assert_int_equal(vt_rd(VTD_GSTS), bits[i]);
		assert_int_equal(vt_rd(VTD_GCMD), 0);
		vt_wr(VTD_GCMD, 0);
		assert_int_equal(vt_rd(VTD_GSTS), 0);
	}
	/* SFL, EAFL, WBF and the rest are not implemented. */
	vt_wr(VTD_GCMD, ~(VTD_TE | VTD_QIE | VTD_IRE | VTD_CFI | VTD_RTP | VTD_IRTP));
	assert_int_equal(vt_rd(VTD_GSTS), 0);
}

static void test_11_4_4_one_shots_stay_in_gsts(void **state)
{
	(void)state;
	vt_wr(VTD_GCMD, VTD_RTP);
	assert_int_equal(vt_rd(VTD_GSTS), VTD_RTP);
	vt_wr(VTD_GCMD, VTD_IRTP);
	assert_int_equal(vt_rd(VTD_GSTS), VTD_RTP | VTD_IRTP);
	vt_wr(VTD_GCMD, 0);
	assert_int_equal(vt_rd(VTD_GSTS), VTD_RTP | VTD_IRTP);
}

static void test_6_6_rtaddr_counts_only_from_srtp_on(void **state)
{
	uint64_t root = vt_context(VT_SID, VT_DID, 0, 4);

	(void)state;
	vt_map(root, 0x1000, VT_DATA);
	vt_dma_on();
	fake_wr32(VT_DATA, 42);
	vt_wr64(VTD_RTADDR, VT_NO_RAM);
	assert_int_equal(vt_read(VT_SID, 0x1000), 42);
	vt_gcmd(VTD_RTP, 0);
	vt_read_fails(VT_SID + 8, 0x1000, VTD_FR_ROOT_ACCESS);
}

static void test_6_7_irta_counts_only_from_sirtp_on(void **state)
{
	(void)state;
	vt_irte(3, vt_remapped(0x41, 0x100), 0);
	vt_ir_on(VT_XAPIC, 7);
	vt_wr64(VTD_IRTA, VT_NO_RAM | VTD_IRTA_EIME | 7);
	assert_int_equal(vt_msi(VT_SID, 3).vector, 0x41);
	assert_int_equal(fake.msg[0].dest, 1);
	vt_gcmd(VTD_IRTP, 0);
	vt_msi_fails(VT_SID, 4, VTD_FR_IRTE_ACCESS);
}

static void test_11_4_9_1_iqh_is_reset_when_the_queue_is_disabled(void **state)
{
	(void)state;
	vt_qi_on(0);
	assert_true(vt_submit(vt_desc_iotlb(1, 0), 0));
	assert_true(vt_submit(vt_desc_iotlb(1, 0), 0));
	assert_int_equal(vt_rd(VTD_IQH), 32);
	vt_wr(VTD_IQH, 0x50); /* read-only */
	assert_int_equal(vt_rd(VTD_IQH), 32);
	vt_gcmd(0, VTD_QIE);
	assert_int_equal(vt_rd(VTD_IQH), 0);
	assert_int_equal(vt_rd(VTD_IQT), 32);
}

static void test_reset_brings_everything_back(void **state)
{
	uint64_t root = vt_context(VT_SID, VT_DID, 0, 4);

	(void)state;
	vt_map(root, 0x1000, VT_DATA);
	vt_dma_on();
	vt_ir_on(VT_X2APIC, 7);
	vt_qi_on(1);
	vt_irte(0, vt_remapped(0x41, 1), 0);
	vt_read(VT_SID, 0x1000);
	vt_msi(VT_SID, 0);
	vt_msi_fails(VT_SID, 9, VTD_FR_IRTE_P);
	vtd_reset();
	test_11_4_every_register_after_reset(state);
	/* No cache survives: the same tables emptied, the same set-up again. */
	memset(fake_ram(VT_CTX, 0x1000), 0, 0x1000);
	vt_irte(0, 0, 0);
	vt_dma_on();
	vt_ir_on(VT_X2APIC, 7);
	vt_read_fails(VT_SID, 0x1000, VTD_FR_CTX_P);
	vt_msi_fails(VT_SID, 0, VTD_FR_IRTE_P);
}

static void test_init_says_when_there_is_no_place(void **state)
{
	(void)state;
	assert_int_equal(vtd_init(), -EBUSY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		VT_TEST(test_11_4_every_register_after_reset),
		VT_TEST(test_11_4_every_bit_that_software_may_not_write),
		VT_TEST(test_11_2_a_quadword_is_two_dwords),
		VT_TEST(test_11_2_other_accesses_change_nothing),
		VT_TEST(test_beyond_the_registers_there_is_nothing),
		VT_TEST(test_11_4_4_levels_of_gcmd_show_in_gsts),
		VT_TEST(test_11_4_4_one_shots_stay_in_gsts),
		VT_TEST(test_6_6_rtaddr_counts_only_from_srtp_on),
		VT_TEST(test_6_7_irta_counts_only_from_sirtp_on),
		VT_TEST(test_11_4_9_1_iqh_is_reset_when_the_queue_is_disabled),
		VT_TEST(test_reset_brings_everything_back),
		VT_TEST(test_init_says_when_there_is_no_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
