// SPDX-License-Identifier: LGPL-2.1-or-later
/* The invalidation interfaces: VT-d 6.5.1, 6.5.2.  What they drop: test_vtd_cache.c. */
#include "model/vtd_fixture.h"

#define WAIT    5ull
#define WAIT_IF (1ull << 4)
#define WAIT_SW (1ull << 5)
#define WAIT_FN (1ull << 6)

static uint64_t wait_sw(uint32_t status)
{
	return WAIT | WAIT_SW | (uint64_t)status << 32;
}

static void test_6_5_2_8_wait_writes_its_status(void **state)
{
	(void)state;
	vt_qi_on(0);
	fake_wr64(VT_STATUS, ~0ull);
	assert_true(vt_submit(wait_sw(0x12345678), VT_STATUS + 4));
	assert_true(fake_rd64(VT_STATUS) == 0x12345678ffffffffull);
	assert_true(vt_submit(wait_sw(0x22) | WAIT_FN, VT_STATUS));
	assert_int_equal(fake_rd32(VT_STATUS), 0x22);
	/* Without SW nothing is written. */
	assert_true(vt_submit(WAIT | 0x33ull << 32, VT_STATUS));
	assert_int_equal(fake_rd32(VT_STATUS), 0x22);
	assert_int_equal(vt_rd(VTD_ICS), 0);
	assert_int_equal(fake.msgs, 0);
}

static void test_6_5_2_8_wait_without_memory_is_logged(void **state)
{
	(void)state;
	vt_qi_on(0);
	assert_true(vt_submit(wait_sw(1), VT_NO_RAM));
	assert_int_equal(fake.logs, 1);
	assert_int_equal(vt_rd(VTD_FSTS), 0);
}

/* Everything before a wait is done when its status is written: also in one go. */
static unsigned int order;

static void status_written(uint64_t pa, size_t len)
{
	(void)len;
	if (pa == VT_STATUS)
		order = fake_rd32(VT_STATUS + 4) == 1 ? 1 : 2;
}

static void test_6_5_2_descriptors_are_processed_in_order(void **state)
{
	(void)state;
	vt_qi_on(0);
	fake.on_mem_write = status_written;
	order = 0;
	fake_wr64(VT_QUEUE, wait_sw(1));
	fake_wr64(VT_QUEUE + 8, VT_STATUS + 4);
	fake_wr64(VT_QUEUE + 16, wait_sw(2));
	fake_wr64(VT_QUEUE + 24, VT_STATUS);
	vt_wr(VTD_IQT, 32);
	assert_int_equal(vt_rd(VTD_IQH), 32);
	assert_int_equal(order, 1);
	assert_int_equal(fake_rd32(VT_STATUS), 2);
}

static void check_wraps(unsigned int qs)
{
	unsigned int n = 256u << qs;

	vt_setup(NULL);
	vt_qi_on(qs);
	for (unsigned int i = 1; i <= 2 * n + 5; i++) {
		assert_true(vt_submit(wait_sw(i), VT_STATUS));
		assert_int_equal(fake_rd32(VT_STATUS), i);
		assert_int_equal(vt_rd(VTD_IQH), i % n * 16);
	}
	assert_int_equal(vt_rd(VTD_FSTS), 0);
	vt_teardown(NULL);
}

static void test_6_5_2_the_queue_wraps_at_its_size(void **state)
{
	(void)state;
	for (unsigned int qs = 0; qs < 8; qs++)
		check_wraps(qs);
}

static void test_6_5_2_nothing_is_fetched_while_disabled(void **state)
{
	(void)state;
	fake_wr64(VT_QUEUE, wait_sw(7));
	fake_wr64(VT_QUEUE + 8, VT_STATUS);
	vt_wr64(VTD_IQA, VT_QUEUE);
	vt_wr(VTD_IQT, 16);
	assert_int_equal(vt_rd(VTD_IQH), 0);
	assert_int_equal(fake_rd32(VT_STATUS), 0);
	vt_gcmd(VTD_QIE, 0);
	assert_int_equal(vt_rd(VTD_IQH), 16);
	assert_int_equal(fake_rd32(VT_STATUS), 7);
}

/* --- completion event (6.5.2.9) ------------------------------------------ */

static void ie_setup(void)
{
	vt_qi_on(0);
	vt_wr(VTD_IEDATA, 0x52);
	vt_wr(VTD_IEADDR, 0xfee01000);
	vt_wr(VTD_IECTL, 0);
}

static void test_6_5_2_9_if_sets_iwc_and_signals(void **state)
{
	(void)state;
	ie_setup();
	assert_true(vt_submit(WAIT | WAIT_IF, 0));
	assert_int_equal(vt_rd(VTD_ICS), VTD_ICS_IWC);
	assert_int_equal(vt_rd(VTD_IECTL), 0);
	assert_int_equal(fake.msgs, 1);
	assert_int_equal(fake.msg[0].vector, 0x52);
	assert_int_equal(fake.msg[0].dest, 1);
}

static void test_6_5_2_9_no_second_event_while_iwc_is_set(void **state)
{
	(void)state;
	ie_setup();
	assert_true(vt_submit(WAIT | WAIT_IF, 0));
	assert_true(vt_submit(WAIT | WAIT_IF, 0));
	assert_int_equal(fake.msgs, 1);
	vt_wr(VTD_ICS, VTD_ICS_IWC);
	assert_int_equal(vt_rd(VTD_ICS), 0);
	assert_true(vt_submit(WAIT | WAIT_IF, 0));
	assert_int_equal(fake.msgs, 2);
}

static void test_11_4_9_5_a_masked_event_is_held_pending(void **state)
{
	(void)state;
	ie_setup();
	vt_wr(VTD_IECTL, VTD_ECTL_IM);
	assert_true(vt_submit(WAIT | WAIT_IF, 0));
	assert_int_equal(fake.msgs, 0);
	assert_int_equal(vt_rd(VTD_IECTL), VTD_ECTL_IM | VTD_ECTL_IP);
	vt_wr(VTD_IECTL, 0);
	assert_int_equal(fake.msgs, 1);
	assert_int_equal(vt_rd(VTD_IECTL), 0);
}

static void test_11_4_9_5_servicing_iwc_takes_a_held_event_back(void **state)
{
	(void)state;
	ie_setup();
	vt_wr(VTD_IECTL, VTD_ECTL_IM);
	assert_true(vt_submit(WAIT | WAIT_IF, 0));
	vt_wr(VTD_ICS, VTD_ICS_IWC);
	assert_int_equal(vt_rd(VTD_IECTL), VTD_ECTL_IM);
	vt_wr(VTD_IECTL, 0);
	assert_int_equal(fake.msgs, 0);
}

/* --- errors (6.5.2.10) ----------------------------------------------------- */

static void check_iqe(uint64_t lo, uint64_t hi, unsigned int iqei)
{
	uint32_t head = vt_rd(VTD_IQH);

	if (vt_submit(lo, hi))
		fail_msg("descriptor %#llx %#llx was taken", (unsigned long long)lo,
			 (unsigned long long)hi);
	assert_int_equal(vt_rd(VTD_IQH), head);
	assert_int_equal(vt_rd(VTD_FSTS), VTD_FSTS_IQE);
	if (vt_rd64(VTD_IQERCD) != iqei)
		fail_msg("descriptor %#llx %#llx: IQEI %u", (unsigned long long)lo,
			 (unsigned long long)hi, vt_rd(VTD_IQERCD));
	/* As Linux does: put something valid there, clear IQE. */
	fake_wr64(VT_QUEUE + head, WAIT);
	fake_wr64(VT_QUEUE + head + 8, 0);
	vt_wr(VTD_FSTS, VTD_FSTS_IQE);
	assert_int_equal(vt_rd(VTD_FSTS), 0);
	assert_int_equal(vt_rd(VTD_IQH), vt_rd(VTD_IQT));
}

static void test_6_5_2_10_invalid_types(void **state)
{
	(void)state;
	vt_qi_on(0);
	for (unsigned int type = 0; type < 128; type++) {
		if (type == 1 || type == 2 || type == 4 || type == 5)
			continue;
		check_iqe((type & 15) | (uint64_t)(type >> 4) << 9 | 1 << 4, 0, VTD_IQEI_TYPE);
	}
}

/* Flip each bit that must be zero in a descriptor that is otherwise good. */
static void check_reserved(uint64_t lo, uint64_t lo_rsvd, uint64_t hi, uint64_t hi_rsvd)
{
	assert_true(vt_submit(lo, hi));
	/* Bits 11:9 belong to the type. */
	for (unsigned int bit = 0; bit < 64; bit++) {
		if (lo_rsvd >> bit & 1)
			check_iqe(lo | 1ull << bit, hi,
				  bit >= 9 && bit <= 11 ? VTD_IQEI_TYPE : VTD_IQEI_RSVD);
		else if (bit > 5)
			assert_true(vt_submit(lo ^ 1ull << bit, hi));
	}
	for (unsigned int bit = 0; bit < 64; bit++) {
		if (hi_rsvd >> bit & 1)
			check_iqe(lo, hi | 1ull << bit, VTD_IQEI_RSVD);
	}
}

static void test_6_5_2_1_reserved_bits(void **state)
{
	(void)state;
	vt_qi_on(0);
	check_reserved(vt_desc_context(1, 0, 0, 0), 0xfffc00000000ffc0, 0, ~0ull);
}

static void test_6_5_2_3_reserved_bits(void **state)
{
	(void)state;
	vt_qi_on(0);
	check_reserved(vt_desc_iotlb(3, 0), 0xffffffff0000ff00, 0, 0xf80);
}

static void test_6_5_2_7_reserved_bits(void **state)
{
	(void)state;
	vt_qi_on(0);
	check_reserved(vt_desc_iec(false, 0, 0), 0xffff000007ffffe0, 0, ~0ull);
}

static void test_6_5_2_8_reserved_bits(void **state)
{
	(void)state;
	vt_qi_on(0);
	check_reserved(WAIT, 0xffffff80, VT_STATUS, 3);
}

static void test_6_5_2_reserved_granularities(void **state)
{
	(void)state;
	vt_qi_on(0);
	check_iqe(vt_desc_context(0, 0, 0, 0), 0, VTD_IQEI_RSVD);
	check_iqe(vt_desc_iotlb(0, 0), 0, VTD_IQEI_RSVD);
}

static void test_6_5_2_masks_beyond_the_capabilities(void **state)
{
	(void)state;
	vt_qi_on(0);
	assert_true(vt_submit(vt_desc_iotlb(3, 0), VTD_MAMV));
	check_iqe(vt_desc_iotlb(3, 0), VTD_MAMV + 1, VTD_IQEI_RSVD);
	assert_true(vt_submit(vt_desc_iotlb(2, 0), VTD_MAMV + 1)); /* not looked at */
	assert_true(vt_submit(vt_desc_iec(true, 0, VTD_MHMV), 0));
	check_iqe(vt_desc_iec(true, 0, VTD_MHMV + 1), 0, VTD_IQEI_RSVD);
}

static void test_6_5_2_10_tail_beyond_the_queue(void **state)
{
	(void)state;
	vt_qi_on(0);
	vt_wr(VTD_IQT, 4096);
	assert_int_equal(vt_rd(VTD_FSTS), VTD_FSTS_IQE);
	assert_int_equal(vt_rd(VTD_IQERCD), VTD_IQEI_TAIL);
	assert_int_equal(vt_rd(VTD_IQH), 0);
	/* Clearing alone does not help. */
	vt_wr(VTD_FSTS, VTD_FSTS_IQE);
	assert_int_equal(vt_rd(VTD_FSTS), VTD_FSTS_IQE);
}

static void test_6_5_2_10_queue_cannot_be_read(void **state)
{
	(void)state;
	vt_wr64(VTD_IQA, VT_NO_RAM);
	vt_gcmd(VTD_QIE, 0);
	vt_wr(VTD_IQT, 16);
	assert_int_equal(vt_rd(VTD_FSTS), VTD_FSTS_IQE);
	assert_int_equal(vt_rd(VTD_IQERCD), VTD_IQEI_FETCH);
}

static void test_6_5_2_10_nothing_runs_until_iqe_is_cleared(void **state)
{
	(void)state;
	vt_qi_on(0);
	assert_false(vt_submit(0, 0));
	assert_false(vt_submit(wait_sw(9), VT_STATUS));
	/* Not even when the cause is gone. */
	fake_wr64(VT_QUEUE, WAIT);
	vt_wr(VTD_IQT, vt_rd(VTD_IQT));
	vt_gcmd(0, 0);
	assert_int_equal(fake_rd32(VT_STATUS), 0);
	assert_int_equal(vt_rd(VTD_IQH), 0);
	vt_wr(VTD_FSTS, VTD_FSTS_IQE);
	assert_int_equal(fake_rd32(VT_STATUS), 9);
	assert_int_equal(vt_rd(VTD_IQH), 32);
}

static void test_7_3_iqe_is_a_fault_event(void **state)
{
	(void)state;
	vt_wr(VTD_FEDATA, 0x51);
	vt_wr(VTD_FEADDR, 0xfee03000);
	vt_wr(VTD_FECTL, 0);
	vt_qi_on(0);
	assert_false(vt_submit(0, 0));
	assert_int_equal(fake.msgs, 1);
	assert_int_equal(fake.msg[0].vector, 0x51);
	assert_int_equal(fake.msg[0].dest, 3);
}

/* --- the registers (6.5.1) -------------------------------------------------- */

#define ICC (1ull << 63)
#define IVT (1ull << 63)

static void test_6_5_1_1_caig_says_what_was_done(void **state)
{
	(void)state;
	for (uint64_t g = 0; g < 4; g++) {
		vt_wr64(VTD_CCMD, ICC | g << 61);
		assert_true(vt_rd64(VTD_CCMD) == (g << 61 | g << 59));
	}
	/* Without ICC nothing happens. */
	vt_wr64(VTD_CCMD, 1ull << 61);
	assert_true(vt_rd64(VTD_CCMD) == (1ull << 61 | 3ull << 59));
}

static void test_6_5_1_2_iaig_says_what_was_done(void **state)
{
	(void)state;
	for (uint64_t g = 0; g < 4; g++) {
		vt_wr64(VTD_IOTLB, IVT | g << 60);
		assert_true(vt_rd64(VTD_IOTLB) == (g << 60 | g << 57));
	}
	vt_wr64(VTD_IVA, 0x1000 | (VTD_MAMV + 1));
	assert_true(vt_rd64(VTD_IVA) == 0); /* write-only */
	vt_wr64(VTD_IOTLB, IVT | 3ull << 60);
	assert_int_equal(vt_rd64(VTD_IOTLB) >> 57 & 3, 0);
}

static void test_6_5_1_registers_are_ignored_while_the_queue_is_on(void **state)
{
	(void)state;
	vt_qi_on(0);
	vt_wr64(VTD_CCMD, ICC | 1ull << 61);
	assert_true(vt_rd64(VTD_CCMD) == 1ull << 61);
	vt_wr64(VTD_IOTLB, IVT | 1ull << 60);
	assert_true(vt_rd64(VTD_IOTLB) == 1ull << 60);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		VT_TEST(test_6_5_2_8_wait_writes_its_status),
		VT_TEST(test_6_5_2_8_wait_without_memory_is_logged),
		VT_TEST(test_6_5_2_descriptors_are_processed_in_order),
		VT_TEST(test_6_5_2_the_queue_wraps_at_its_size),
		VT_TEST(test_6_5_2_nothing_is_fetched_while_disabled),
		VT_TEST(test_6_5_2_9_if_sets_iwc_and_signals),
		VT_TEST(test_6_5_2_9_no_second_event_while_iwc_is_set),
		VT_TEST(test_11_4_9_5_a_masked_event_is_held_pending),
		VT_TEST(test_11_4_9_5_servicing_iwc_takes_a_held_event_back),
		VT_TEST(test_6_5_2_10_invalid_types),
		VT_TEST(test_6_5_2_1_reserved_bits),
		VT_TEST(test_6_5_2_3_reserved_bits),
		VT_TEST(test_6_5_2_7_reserved_bits),
		VT_TEST(test_6_5_2_8_reserved_bits),
		VT_TEST(test_6_5_2_reserved_granularities),
		VT_TEST(test_6_5_2_masks_beyond_the_capabilities),
		VT_TEST(test_6_5_2_10_tail_beyond_the_queue),
		VT_TEST(test_6_5_2_10_queue_cannot_be_read),
		VT_TEST(test_6_5_2_10_nothing_runs_until_iqe_is_cleared),
		VT_TEST(test_7_3_iqe_is_a_fault_event),
		VT_TEST(test_6_5_1_1_caig_says_what_was_done),
		VT_TEST(test_6_5_1_2_iaig_says_what_was_done),
		VT_TEST(test_6_5_1_registers_are_ignored_while_the_queue_is_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
