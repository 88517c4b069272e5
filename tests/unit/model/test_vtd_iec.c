// SPDX-License-Identifier: LGPL-2.1-or-later
/* The interrupt-entry cache: VT-d 6.1, 6.4, 6.5.2.7, 6.7. */
#include "model/vtd_fixture.h"

#define OLD 1u
#define NEW 2u

#define NIRTE 64u

static void iec_prepare(void)
{
	vt_ir_on(VT_XAPIC, 7);
	for (unsigned int i = 0; i < NIRTE; i++) {
		vt_irte(i, vt_remapped(OLD, 0), 0);
		assert_int_equal(vt_msi(VT_SID, i).vector, OLD);
		vt_irte(i, vt_remapped(NEW, 0), 0);
		assert_int_equal(vt_msi(VT_SID, i).vector, OLD);
	}
	fake_clear();
}

static void iec_expect(unsigned int first, unsigned int last)
{
	for (unsigned int i = 0; i < NIRTE; i++) {
		bool fresh = i >= first && i <= last;

		if (vt_msi(VT_SID, i).vector != (fresh ? NEW : OLD))
			fail_msg("entry %u is %s", i, fresh ? "stale" : "flushed");
	}
	fake_clear();
}

static void test_6_5_2_7_iec_global(void **state)
{
	(void)state;
	vt_qi_on(0);
	iec_prepare();
	iec_expect(NIRTE, 0);
	assert_true(vt_submit(vt_desc_iec(false, 0, 0), 0));
	iec_expect(0, NIRTE - 1);
}

static void test_6_5_2_7_iec_index(void **state)
{
	(void)state;
	vt_qi_on(0);
	iec_prepare();
	assert_true(vt_submit(vt_desc_iec(true, NIRTE, 0), 0));
	iec_expect(NIRTE, 0);
	assert_true(vt_submit(vt_desc_iec(true, 8, 0), 0));
	iec_expect(8, 8);
	/* IM: so many low bits of the index do not matter. */
	assert_true(vt_submit(vt_desc_iec(true, 13, 3), 0));
	iec_expect(8, 15);
	assert_true(vt_submit(vt_desc_iec(true, 1, VTD_MHMV), 0));
	iec_expect(0, NIRTE - 1);
}

static void test_6_1_an_irte_not_present_is_not_cached(void **state)
{
	(void)state;
	vt_ir_on(VT_XAPIC, 7);
	vt_msi_fails(VT_SID, 3, VTD_FR_IRTE_P);
	vt_irte(3, vt_remapped(OLD, 0) | 1ull << 31, 0);
	vt_msi_fails(VT_SID, 3, VTD_FR_IRTE_RSVD);
	vt_irte(3, vt_remapped(OLD, 0), 0);
	assert_int_equal(vt_msi(VT_SID, 3).vector, OLD);
}

static void test_6_4_the_source_id_is_verified_on_a_cached_entry_too(void **state)
{
	(void)state;
	vt_ir_on(VT_XAPIC, 7);
	vt_irte(3, vt_remapped(OLD, 0), vt_verify(VT_SID, 0));
	assert_int_equal(vt_msi(VT_SID, 3).vector, OLD);
	vt_msi_fails(VT_SID + 1, 3, VTD_FR_IR_SID);
	/* And a refused one has filled the cache with the entry as it was. */
	vt_irte(4, vt_remapped(OLD, 0), vt_verify(VT_SID, 0));
	vt_msi_fails(VT_SID + 1, 4, VTD_FR_IR_SID);
	vt_irte(4, vt_remapped(NEW, 0), vt_verify(VT_SID, 0));
	assert_int_equal(vt_msi(VT_SID, 4).vector, OLD);
}

static void test_6_7_sirtp_flushes_nothing(void **state)
{
	(void)state;
	vt_qi_on(0);
	iec_prepare();
	vt_gcmd(VTD_IRTP, 0);
	vt_gcmd(0, VTD_IRE);
	vt_gcmd(VTD_IRE, 0);
	iec_expect(NIRTE, 0);
	assert_true(vt_submit(vt_desc_iec(false, 0, 0), 0));
	iec_expect(0, NIRTE - 1);
}

/* The bug that this is for: an IRTE moved from one PID to another, and not told. */
static void test_6_4_a_forgotten_invalidation_posts_into_the_old_pid(void **state)
{
	struct vtd_entry a = vt_posted(0x41, VT_PID), b = vt_posted(0x41, VT_PID + 64);

	(void)state;
	vt_qi_on(0);
	vt_ir_on(VT_XAPIC, 7);
	vt_irte(3, a.lo, a.hi);
	assert_true(vt_msi(VT_SID, 3).pid == VT_PID);
	vt_irte(3, b.lo, b.hi);
	assert_true(vt_msi(VT_SID, 3).pid == VT_PID);
	assert_true(fake_rd64(VT_PID + 64 + 8) == 0);
	assert_true(vt_submit(vt_desc_iec(true, 3, 0), 0));
	assert_true(vt_msi(VT_SID, 3).pid == VT_PID + 64);
	assert_true(fake_rd64(VT_PID + 64 + 8) == 2);
}

static void test_6_5_each_cache_has_its_own_descriptor(void **state)
{
	uint64_t root = vt_context(VT_SID, VT_DID, 0, 4);

	(void)state;
	vt_qi_on(0);
	iec_prepare();
	vt_map(root, 0x1000, VT_DATA);
	fake_wr32(VT_DATA, OLD);
	fake_wr32(VT_DATA + 0x1000, NEW);
	vt_dma_on();
	assert_int_equal(vt_read(VT_SID, 0x1000), OLD);
	vt_map(root, 0x1000, VT_DATA + 0x1000);
	assert_true(vt_submit(vt_desc_context(VTD_INV_GLOBAL, 0, 0, 0), 0));
	assert_true(vt_submit(vt_desc_iec(false, 0, 0), 0));
	assert_int_equal(vt_read(VT_SID, 0x1000), OLD);
	iec_prepare();
	assert_true(vt_submit(vt_desc_iotlb(VTD_INV_GLOBAL, 0), 0));
	assert_int_equal(vt_read(VT_SID, 0x1000), NEW);
	iec_expect(NIRTE, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		VT_TEST(test_6_5_2_7_iec_global),
		VT_TEST(test_6_5_2_7_iec_index),
		VT_TEST(test_6_1_an_irte_not_present_is_not_cached),
		VT_TEST(test_6_4_the_source_id_is_verified_on_a_cached_entry_too),
		VT_TEST(test_6_7_sirtp_flushes_nothing),
		VT_TEST(test_6_4_a_forgotten_invalidation_posts_into_the_old_pid),
		VT_TEST(test_6_5_each_cache_has_its_own_descriptor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
