// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Context cache, IOTLB, paging-structure cache: VT-d 6.1, 6.2, 6.5.  Each test
 * sees the stale entry in use before the invalidation and gone after it; and
 * what the invalidation did not name, still stale.
 */
#include "model/vtd_fixture.h"

#define OLD 1u
#define NEW 2u

/* Invalidate through the queue or through the registers: the same rules. */
static void inv_context(bool queue, unsigned int g, uint16_t did, uint16_t sid, unsigned int fm)
{
	if (queue)
		assert_true(vt_submit(vt_desc_context(g, did, sid, fm), 0));
	else
		vt_wr64(VTD_CCMD, 1ull << 63 | (uint64_t)g << 61 | (uint64_t)fm << 32 |
					  (uint64_t)sid << 16 | did);
}

static void inv_iotlb(bool queue, unsigned int g, uint16_t did, uint64_t addr, unsigned int am,
		      bool ih)
{
	uint64_t hi = addr | (uint64_t)ih << 6 | am;

	if (queue) {
		assert_true(vt_submit(vt_desc_iotlb(g, did), hi));
		return;
	}
	vt_wr64(VTD_IVA, hi);
	vt_wr64(VTD_IOTLB, 1ull << 63 | (uint64_t)g << 60 | (uint64_t)did << 32);
}

/* Run a test body twice, each on a fresh machine. */
static void both_interfaces(void (*body)(bool queue))
{
	for (int queue = 0; queue < 2; queue++) {
		vt_setup(NULL);
		if (queue)
			vt_qi_on(0);
		body(queue);
		vt_teardown(NULL);
	}
}

/* --- context cache (6.2.2) -------------------------------------------------- */

/* Page 0x1000 of each function: OLD by its first tables, NEW by its second. */
static void ctx_prepare(const uint16_t *sids, const uint16_t *dids, unsigned int n)
{
	fake_wr32(VT_DATA, OLD);
	fake_wr32(VT_DATA + 0x1000, NEW);
	vt_dma_on();
	for (unsigned int i = 0; i < n; i++) {
		vt_map(vt_context(sids[i], dids[i], 0, 4), 0x1000, VT_DATA);
		assert_int_equal(vt_read(sids[i], 0x1000), OLD);
	}
	/* Other domain-ids, so that the IOTLB has nothing to say here. */
	for (unsigned int i = 0; i < n; i++) {
		vt_map(vt_context(sids[i], (uint16_t)(100 + i), 0, 4), 0x1000, VT_DATA + 0x1000);
		assert_int_equal(vt_read(sids[i], 0x1000), OLD);
	}
}

static void ctx_expect(const uint16_t *sids, unsigned int n, const char *want)
{
	for (unsigned int i = 0; i < n; i++) {
		uint32_t v = vt_read(sids[i], 0x1000);

		if (v != (want[i] == 'N' ? NEW : OLD))
			fail_msg("function %04x: %s", sids[i], v == OLD ? "stale" : "flushed");
	}
}

static const uint16_t ctx_sids[] = {0x0180, 0x0182, 0x0184, 0x0187, 0x0188, 0x0280};
static const uint16_t ctx_dids[] = {5, 5, 5, 5, 5, 6};

static void ctx_check(bool queue, unsigned int g, uint16_t did, uint16_t sid, unsigned int fm,
		      const char *want)
{
	vt_setup(NULL);
	if (queue)
		vt_qi_on(0);
	ctx_prepare(ctx_sids, ctx_dids, 6);
	inv_context(queue, g, did, sid, fm);
	ctx_expect(ctx_sids, 6, want);
	vt_teardown(NULL);
}

static void test_6_5_2_1_context_cache_granularities(void **state)
{
	(void)state;
	for (int queue = 0; queue < 2; queue++) {
		ctx_check(queue, VTD_INV_GLOBAL, 0, 0, 0, "NNNNNN");
		ctx_check(queue, VTD_INV_DOMAIN, 5, 0, 0, "NNNNNO");
		ctx_check(queue, VTD_INV_DOMAIN, 6, 0, 0, "OOOOON");
		ctx_check(queue, VTD_INV_DOMAIN, 7, 0, 0, "OOOOOO");
		ctx_check(queue, VTD_INV_SELECTIVE, 5, 0x0180, 0, "NOOOOO");
		ctx_check(queue, VTD_INV_SELECTIVE, 5, 0x0180, 1, "NONOOO");
		ctx_check(queue, VTD_INV_SELECTIVE, 5, 0x0180, 2, "NNNOOO");
		ctx_check(queue, VTD_INV_SELECTIVE, 5, 0x0180, 3, "NNNNOO");
		ctx_check(queue, VTD_INV_SELECTIVE, 6, 0x0280, 0, "OOOOON");
		/* The entry's domain-id has to match too. */
		ctx_check(queue, VTD_INV_SELECTIVE, 6, 0x0180, 0, "OOOOOO");
	}
}

static void test_6_1_a_context_entry_not_present_is_not_cached(void **state)
{
	(void)state;
	vt_context_raw(VT_SID, 0, 0);
	vt_dma_on();
	vt_read_fails(VT_SID, 0x1000, VTD_FR_CTX_P);
	vt_context_raw(VT_SID, 0x200001 | 1 << 4, VT_DID << 8 | 2);
	vt_read_fails(VT_SID, 0x1000, VTD_FR_CTX_RSVD);
	vt_context_raw(VT_SID, 0x200001, VT_DID << 8 | 5);
	vt_read_fails(VT_SID, 0x1000, VTD_FR_CTX_INV);
	/* No invalidation: present now, seen at once. */
	vt_map(vt_context(VT_SID, VT_DID, 0, 4), 0x1000, VT_DATA);
	vt_read(VT_SID, 0x1000);
}

static void test_6_6_srtp_flushes_nothing(void **state)
{
	(void)state;
	ctx_prepare(ctx_sids, ctx_dids, 6);
	vt_gcmd(VTD_RTP, 0);
	ctx_expect(ctx_sids, 6, "OOOOOO");
	vt_gcmd(0, VTD_TE);
	vt_gcmd(VTD_TE, 0);
	ctx_expect(ctx_sids, 6, "OOOOOO");
	inv_context(false, VTD_INV_GLOBAL, 0, 0, 0);
	ctx_expect(ctx_sids, 6, "NNNNNN");
}

/* --- IOTLB (6.2.4) ----------------------------------------------------------- */

static uint64_t tlb_root[2];

/* Two domains, pages 0x40000..0x4ffff of each: cached as OLD, mapped to NEW. */
static void tlb_prepare(void)
{
	fake_wr32(VT_DATA, OLD);
	fake_wr32(VT_DATA + 0x1000, NEW);
	vt_dma_on();
	for (uint16_t d = 0; d < 2; d++) {
		tlb_root[d] = vt_context((uint16_t)(VT_SID + d), (uint16_t)(VT_DID + d), 0, 4);
		for (uint64_t i = 0; i < 16; i++) {
			vt_map(tlb_root[d], 0x40000 + 0x1000 * i, VT_DATA);
			assert_int_equal(vt_read((uint16_t)(VT_SID + d), 0x40000 + 0x1000 * i),
					 OLD);
			vt_map(tlb_root[d], 0x40000 + 0x1000 * i, VT_DATA + 0x1000);
		}
	}
}

/* Pages [first, last] of domain 0 are fresh, the others of it stale; domain 1 as said. */
static void tlb_expect(unsigned int first, unsigned int last, bool other)
{
	for (unsigned int i = 0; i < 16; i++) {
		uint64_t iova = 0x40000 + 0x1000 * i;
		bool fresh = i >= first && i <= last;

		if (vt_read(VT_SID, iova) != (fresh ? NEW : OLD))
			fail_msg("page %u is %s", i, fresh ? "stale" : "flushed");
		assert_int_equal(vt_read(VT_SID + 1, iova), other ? NEW : OLD);
	}
}

static void tlb_global(bool queue)
{
	tlb_prepare();
	tlb_expect(16, 0, false);
	inv_iotlb(queue, VTD_INV_GLOBAL, 0, 0, 0, false);
	tlb_expect(0, 15, true);
}

static void test_6_5_2_3_iotlb_global(void **state)
{
	(void)state;
	both_interfaces(tlb_global);
}

static void tlb_domain(bool queue)
{
	tlb_prepare();
	inv_iotlb(queue, VTD_INV_DOMAIN, VT_DID + 2, 0, 0, false);
	tlb_expect(16, 0, false);
	inv_iotlb(queue, VTD_INV_DOMAIN, VT_DID, 0, 0, false);
	tlb_expect(0, 15, false);
}

static void test_6_5_2_3_iotlb_domain(void **state)
{
	(void)state;
	both_interfaces(tlb_domain);
}

static void tlb_pages(bool queue)
{
	tlb_prepare();
	inv_iotlb(queue, VTD_INV_SELECTIVE, VT_DID, 0x50000, 0, false); /* beside them */
	inv_iotlb(queue, VTD_INV_SELECTIVE, VT_DID, 0x3f000, 0, false);
	tlb_expect(16, 0, false);
	inv_iotlb(queue, VTD_INV_SELECTIVE, VT_DID, 0x45000, 0, false);
	tlb_expect(5, 5, false);
	inv_iotlb(queue, VTD_INV_SELECTIVE, VT_DID, 0x46000, 1, true);
	tlb_expect(5, 7, false);
	/* Address bits below the mask do not matter. */
	inv_iotlb(queue, VTD_INV_SELECTIVE, VT_DID, 0x49000, 3, false);
	tlb_expect(5, 15, false);
	inv_iotlb(queue, VTD_INV_SELECTIVE, VT_DID, 0x40000, VTD_MAMV, false);
	tlb_expect(0, 15, false);
}

static void test_6_5_2_3_iotlb_pages(void **state)
{
	(void)state;
	both_interfaces(tlb_pages);
}

static void check_superpage(bool queue, unsigned int level, uint64_t named, bool flushed)
{
	uint64_t root, base = 8ull << 30, size = 1ull << (12 + 9 * (level - 1));
	uint64_t probe = base + (level == 3 ? VT_DATA : 0x8000);

	vt_setup(NULL);
	if (queue)
		vt_qi_on(0);
	root = vt_context(VT_SID, VT_DID, 0, 4);
	vt_map_raw(root, 4, base, level, (level == 3 ? 0 : VT_DATA) | 0x83);
	vt_dma_on();
	fake_wr32(level == 3 ? VT_DATA : VT_DATA + 0x8000, OLD);
	assert_int_equal(vt_read(VT_SID, probe), OLD);
	vt_map_raw(root, 4, base, level, 0);
	assert_int_equal(vt_read(VT_SID, probe), OLD);
	inv_iotlb(queue, VTD_INV_SELECTIVE, VT_DID, named == 1 ? base + size - 0x1000 : named, 0,
		  false);
	if (flushed)
		vt_read_fails(VT_SID, probe, VTD_FR_READ);
	else
		assert_int_equal(vt_read(VT_SID, probe), OLD);
	vt_teardown(NULL);
}

static void test_6_5_2_3_any_page_in_a_superpage_names_it(void **state)
{
	(void)state;
	for (int queue = 0; queue < 2; queue++) {
		for (unsigned int level = 2; level <= 3; level++) {
			uint64_t size = 1ull << (12 + 9 * (level - 1));

			check_superpage(queue, level, 8ull << 30, true);
			check_superpage(queue, level, 1, true); /* its last */
			check_superpage(queue, level, (8ull << 30) - 0x1000, false);
			check_superpage(queue, level, (8ull << 30) + size, false);
		}
	}
}

static void test_6_1_a_page_not_present_is_not_cached(void **state)
{
	uint64_t root = vt_context(VT_SID, VT_DID, 0, 4);

	(void)state;
	vt_dma_on();
	vt_read_fails(VT_SID, 0x1000, VTD_FR_READ);
	vt_map_raw(root, 4, 0x1000, 1, VT_DATA | 1ull << 62 | 3);
	vt_read_fails(VT_SID, 0x1000, VTD_FR_PTE_RSVD);
	vt_map(root, 0x1000, VT_DATA);
	vt_read(VT_SID, 0x1000);
}

static void test_6_2_4_cached_rights_stay_too(void **state)
{
	uint64_t root = vt_context(VT_SID, VT_DID, 0, 4);
	uint32_t v = 3;

	(void)state;
	vt_qi_on(0);
	vt_map(root, 0x1000, VT_DATA);
	vt_dma_on();
	vt_read(VT_SID, 0x1000);
	/* Made read-only: writes go on until the invalidation. */
	vt_map_raw(root, 4, 0x1000, 1, VT_DATA | VTD_R);
	assert_int_equal(vtd_dma_write(VT_SID, 0x1000, &v, 4), 0);
	inv_iotlb(true, VTD_INV_SELECTIVE, VT_DID, 0x1000, 0, true);
	vt_write_fails(VT_SID, 0x1000, VTD_FR_WRITE);
	vt_read(VT_SID, 0x1000);
	/* Made writable again: not before the next one. */
	vt_map(root, 0x1000, VT_DATA);
	vt_write_fails(VT_SID, 0x1000, VTD_FR_WRITE);
	inv_iotlb(true, VTD_INV_SELECTIVE, VT_DID, 0x1000, 0, true);
	assert_int_equal(vtd_dma_write(VT_SID, 0x1000, &v, 4), 0);
}

static void test_6_2_4_pages_belong_to_the_domain_not_the_function(void **state)
{
	uint64_t root = vt_context(VT_SID, VT_DID, 0, 4);

	(void)state;
	vt_context_raw(VT_SID + 1, root | 1, VT_DID << 8 | 2);
	vt_map(root, 0x1000, VT_DATA);
	fake_wr32(VT_DATA, OLD);
	vt_dma_on();
	assert_int_equal(vt_read(VT_SID, 0x1000), OLD);
	vt_map(root, 0x1000, VT_DATA + 0x1000);
	assert_int_equal(vt_read(VT_SID + 1, 0x1000), OLD);
}

static void test_the_iotlb_replaces_only_when_full(void **state)
{
	uint64_t root = vt_context(VT_SID, VT_DID, 0, 4);
	const unsigned int n = 16000;
	uint32_t v;

	(void)state;
	for (unsigned int i = 0; i < n; i++)
		vt_map(root, 0x1000ull * i, VT_DATA);
	fake_wr32(VT_DATA, OLD);
	vt_dma_on();
	for (unsigned int i = 0; i < n; i++)
		vt_read(VT_SID, 0x1000ull * i);
	for (unsigned int i = 0; i < n; i++)
		vt_map_raw(root, 4, 0x1000ull * i, 1, 0);
	for (unsigned int i = 0; i < n; i++)
		assert_int_equal(vt_read(VT_SID, 0x1000ull * i), OLD);
	/* Many more fills than it has room for: the first is gone, all still work. */
	for (unsigned int round = 0; round < 3; round++) {
		for (unsigned int i = 0; i < n; i++) {
			vt_map(root, (16ull << 30) + 0x1000ull * i, VT_DATA);
			vt_read(VT_SID, (16ull << 30) + 0x1000ull * i);
		}
		inv_iotlb(false, VTD_INV_SELECTIVE, VT_DID, 16ull << 30, round * 4, false);
	}
	assert_int_equal(vtd_dma_read(VT_SID, 0, &v, 4), -14);
	assert_int_equal(fake.faults, 1);
}

/* --- paging-structure cache (6.2.5) ------------------------------------------- */

/* Page 0x40000's table replaced by another that maps the page elsewhere. */
static void pde_prepare(uint64_t *root)
{
	uint64_t at, other = 0x2f0000;

	*root = vt_context(VT_SID, VT_DID, 0, 4);
	fake_wr32(VT_DATA, OLD);
	fake_wr32(VT_DATA + 0x1000, NEW);
	vt_map(*root, 0x40000, VT_DATA);
	vt_map(*root, 0x41000, VT_DATA);
	vt_dma_on();
	assert_int_equal(vt_read(VT_SID, 0x40000), OLD);
	at = vt_map_raw(*root, 4, 0x40000, 2, other | 3);
	assert_true(fake_rd64(at) == (other | 3));
	fake_wr64(other + 8 * 0x40, (VT_DATA + 0x1000) | 3);
	fake_wr64(other + 8 * 0x41, (VT_DATA + 0x1000) | 3);
	/* 0x41000 was never cached, but its table is. */
	assert_int_equal(vt_read(VT_SID, 0x41000), OLD);
}

static void pde_ih(bool queue)
{
	uint64_t root;

	pde_prepare(&root);
	/* IH: only leaves were changed; the old table stays in use. */
	inv_iotlb(queue, VTD_INV_SELECTIVE, VT_DID, 0x40000, 1, true);
	assert_int_equal(vt_read(VT_SID, 0x40000), OLD);
	inv_iotlb(queue, VTD_INV_SELECTIVE, VT_DID, 0x200000, 0, false); /* another table's */
	inv_iotlb(queue, VTD_INV_SELECTIVE, VT_DID, 0x40000, 1, true);
	assert_int_equal(vt_read(VT_SID, 0x40000), OLD);
	inv_iotlb(queue, VTD_INV_SELECTIVE, VT_DID, 0x40000, 1, false);
	assert_int_equal(vt_read(VT_SID, 0x40000), NEW);
	assert_int_equal(vt_read(VT_SID, 0x41000), NEW);
}

static void test_6_5_2_3_ih_leaves_the_tables_cached(void **state)
{
	(void)state;
	both_interfaces(pde_ih);
}

static void pde_domain(bool queue)
{
	uint64_t root;

	pde_prepare(&root);
	inv_iotlb(queue, VTD_INV_DOMAIN, VT_DID, 0, 0, true);
	assert_int_equal(vt_read(VT_SID, 0x40000), NEW);
}

static void test_6_5_2_3_a_domain_takes_its_tables_along(void **state)
{
	(void)state;
	both_interfaces(pde_domain);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_6_5_2_1_context_cache_granularities),
		VT_TEST(test_6_1_a_context_entry_not_present_is_not_cached),
		VT_TEST(test_6_6_srtp_flushes_nothing),
		cmocka_unit_test(test_6_5_2_3_iotlb_global),
		cmocka_unit_test(test_6_5_2_3_iotlb_domain),
		cmocka_unit_test(test_6_5_2_3_iotlb_pages),
		cmocka_unit_test(test_6_5_2_3_any_page_in_a_superpage_names_it),
		VT_TEST(test_6_1_a_page_not_present_is_not_cached),
		VT_TEST(test_6_2_4_cached_rights_stay_too),
		VT_TEST(test_6_2_4_pages_belong_to_the_domain_not_the_function),
		VT_TEST(test_the_iotlb_replaces_only_when_full),
		cmocka_unit_test(test_6_5_2_3_ih_leaves_the_tables_cached),
		cmocka_unit_test(test_6_5_2_3_a_domain_takes_its_tables_along),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
