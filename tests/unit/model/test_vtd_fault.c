// SPDX-License-Identifier: LGPL-2.1-or-later
/* Fault recording and the fault event: VT-d chapter 7, 5.1.6. */
#include "model/vtd_fixture.h"

/* One fault of requester sid: root entry not present. */
static void fault(uint16_t sid)
{
	vt_read_fails(sid, 0x1234567, VTD_FR_ROOT_P);
}

static void fe_setup(void)
{
	vt_wr(VTD_FEDATA, 0x51);
	vt_wr(VTD_FEADDR, 0xfee03000);
	vt_wr(VTD_FECTL, 0);
	vt_dma_on();
}

static void test_7_2_1_a_read_is_recorded(void **state)
{
	(void)state;
	vt_dma_on();
	vt_read_fails(0x0183, 0x7123456789, VTD_FR_ROOT_P);
	vt_recorded(0, 0x0183, VTD_FR_ROOT_P, 0x7123456000, true);
	assert_int_equal(vt_rd(VTD_FSTS), VTD_FSTS_PPF);
	assert_true(fake.fault[0].addr == 0x7123456789);
}

static void test_7_2_1_a_write_is_recorded(void **state)
{
	(void)state;
	vt_dma_on();
	vt_write_fails(0x0183, 0x123456789, VTD_FR_ROOT_P);
	vt_recorded(0, 0x0183, VTD_FR_ROOT_P, 0x123456000, false);
}

static void test_7_2_1_registers_are_used_in_turn(void **state)
{
	(void)state;
	vt_dma_on();
	for (uint16_t i = 0; i < VTD_NFR; i++)
		fault(i);
	for (unsigned int i = 0; i < VTD_NFR; i++)
		vt_recorded(i, (uint16_t)i, VTD_FR_ROOT_P, 0x1234000, true);
	assert_int_equal(vt_rd(VTD_FSTS), VTD_FSTS_PPF);
}

static void test_7_2_1_overflow_drops_until_pfo_is_cleared(void **state)
{
	(void)state;
	vt_dma_on();
	for (uint16_t i = 0; i < VTD_NFR + 3; i++)
		fault(i);
	assert_int_equal(vt_rd(VTD_FSTS), VTD_FSTS_PPF | VTD_FSTS_PFO);
	vt_recorded(0, 0, VTD_FR_ROOT_P, 0x1234000, true);
	/* A register is free again, but PFO still drops. */
	vt_clear_fault(0);
	fault(0x77);
	assert_false(vt_fault_pending(0));
	vt_wr(VTD_FSTS, VTD_FSTS_PFO);
	assert_int_equal(vt_rd(VTD_FSTS), VTD_FSTS_PPF);
	fault(0x78);
	vt_recorded(0, 0x78, VTD_FR_ROOT_P, 0x1234000, true);
	/* All were blocked and seen, recorded or not. */
	assert_int_equal(fake.faults, VTD_NFR + 5);
}

static void test_11_4_7_1_ppf_is_the_or_of_the_f_bits(void **state)
{
	(void)state;
	vt_dma_on();
	fault(1);
	fault(2);
	vt_wr(VTD_FSTS, VTD_FSTS_PPF); /* read-only */
	assert_int_equal(vt_rd(VTD_FSTS), VTD_FSTS_PPF);
	vt_clear_fault(0);
	assert_int_equal(vt_rd(VTD_FSTS), VTD_FSTS_PPF);
	vt_clear_fault(1);
	assert_int_equal(vt_rd(VTD_FSTS), 0);
}

static void test_11_4_7_1_fri_is_the_first_pending_fault(void **state)
{
	(void)state;
	vt_dma_on();
	fault(1);
	vt_clear_fault(0);
	fault(2);
	fault(3);
	assert_int_equal(vt_rd(VTD_FSTS), VTD_FSTS_PPF | 1u << VTD_FSTS_FRI_SHIFT);
	vt_recorded(1, 2, VTD_FR_ROOT_P, 0x1234000, true);
	vt_recorded(2, 3, VTD_FR_ROOT_P, 0x1234000, true);
}

static void test_11_4_7_6_only_f_can_be_written(void **state)
{
	(void)state;
	vt_dma_on();
	fault(9);
	vt_wr64(VTD_FRCD, ~0ull);
	vt_wr(VTD_FRCD + 8, ~0u);
	vt_wr(VTD_FRCD + 12, ~VTD_FRCD_F);
	vt_recorded(0, 9, VTD_FR_ROOT_P, 0x1234000, true);
	/* As one quadword, too. */
	vt_wr64(VTD_FRCD + 8, 1ull << 63);
	assert_false(vt_fault_pending(0));
	/* What was recorded stays to be read. */
	assert_int_equal(vt_rd(VTD_FRCD + 8), 9);
}

static void test_7_3_the_first_fault_signals(void **state)
{
	(void)state;
	fe_setup();
	fault(1);
	assert_int_equal(fake.msgs, 1);
	assert_int_equal(fake.msg[0].vector, 0x51);
	assert_int_equal(fake.msg[0].dest, 3);
	assert_int_equal(fake.msg[0].delivery_mode, 0);
	assert_false(fake.msg[0].level);
	assert_int_equal(vt_rd(VTD_FECTL), 0);
}

static void test_7_3_no_further_event_while_one_condition_is_pending(void **state)
{
	(void)state;
	fe_setup();
	for (uint16_t i = 0; i < VTD_NFR + 2; i++)
		fault(i);
	assert_int_equal(fake.msgs, 1);
	for (unsigned int i = 0; i < VTD_NFR; i++)
		vt_clear_fault(i);
	vt_wr(VTD_FSTS, VTD_FSTS_PFO);
	assert_int_equal(vt_rd(VTD_FSTS), 0);
	fault(1);
	assert_int_equal(fake.msgs, 2);
}

static void test_7_3_pfo_left_behind_holds_events_back(void **state)
{
	(void)state;
	fe_setup();
	for (uint16_t i = 0; i < VTD_NFR + 1; i++)
		fault(i);
	for (unsigned int i = 0; i < VTD_NFR; i++)
		vt_clear_fault(i);
	assert_int_equal(vt_rd(VTD_FSTS), VTD_FSTS_PFO);
	fault(1);
	assert_int_equal(fake.msgs, 1);
}

static void test_11_4_7_2_a_masked_event_is_held_pending(void **state)
{
	(void)state;
	fe_setup();
	vt_wr(VTD_FECTL, VTD_ECTL_IM);
	fault(1);
	assert_int_equal(fake.msgs, 0);
	assert_int_equal(vt_rd(VTD_FECTL), VTD_ECTL_IM | VTD_ECTL_IP);
	vt_wr(VTD_FECTL, VTD_ECTL_IM); /* IP is read-only */
	assert_int_equal(vt_rd(VTD_FECTL), VTD_ECTL_IM | VTD_ECTL_IP);
	vt_wr(VTD_FECTL, 0);
	assert_int_equal(fake.msgs, 1);
	assert_int_equal(vt_rd(VTD_FECTL), 0);
	vt_wr(VTD_FECTL, 0);
	assert_int_equal(fake.msgs, 1);
}

static void test_11_4_7_2_servicing_all_conditions_takes_a_held_event_back(void **state)
{
	(void)state;
	fe_setup();
	vt_wr(VTD_FECTL, VTD_ECTL_IM);
	fault(1);
	vt_clear_fault(0);
	assert_int_equal(vt_rd(VTD_FECTL), VTD_ECTL_IM);
	vt_wr(VTD_FECTL, 0);
	assert_int_equal(fake.msgs, 0);
}

static void test_5_1_6_the_own_message_is_not_remapped(void **state)
{
	(void)state;
	fe_setup();
	vt_wr(VTD_FEADDR, 0xfee4500c); /* destination 0x45, RH, logical */
	vt_wr(VTD_FEUADDR, 0x12345600);
	vt_wr(VTD_FEDATA, 0x0151); /* lowest priority */
	vt_ir_on(VT_XAPIC, 7);
	fault(1);
	assert_int_equal(fake.msgs, 1);
	assert_int_equal(fake.msg[0].dest, 0x45);
	assert_int_equal(fake.msg[0].vector, 0x51);
	assert_int_equal(fake.msg[0].delivery_mode, 1);
	assert_true(fake.msg[0].logical);
}

static void test_5_1_8_upper_address_holds_the_rest_of_the_x2apic_id(void **state)
{
	(void)state;
	fe_setup();
	vt_wr(VTD_FEADDR, 0xfee45000);
	vt_wr(VTD_FEUADDR, 0x123456ff);
	vt_ir_on(VT_X2APIC, 7);
	fault(1);
	assert_int_equal(fake.msg[0].dest, 0x12345645);
}

static void test_11_4_7_4_an_address_elsewhere_is_written_to(void **state)
{
	(void)state;
	fe_setup();
	vt_wr(VTD_FEADDR, VT_DATA);
	fault(1);
	assert_int_equal(fake.msgs, 0);
	assert_int_equal(fake_rd32(VT_DATA), 0x51);
}

static void test_9_3_fpd_of_the_context_entry(void **state)
{
	uint32_t v;

	(void)state;
	/* Present: the paging fault is qualified. Not present: FPD holds all the same. */
	vt_context_raw(VT_SID, 0x200000 | 2 | 1, VT_DID << 8 | 2);
	vt_context_raw(VT_SID + 1, 2, 0);
	vt_context_raw(VT_SID + 2, 2 | 1 | 0x10, 0);
	vt_dma_on();
	assert_int_equal(vtd_dma_read(VT_SID, 0x1000, &v, 4), -14);
	assert_int_equal(vtd_dma_read(VT_SID, 0x1000, &v, 4), -14); /* now from the cache */
	assert_int_equal(vtd_dma_read(VT_SID + 1, 0x1000, &v, 4), -14);
	assert_int_equal(vtd_dma_read(VT_SID + 2, 0x1000, &v, 4), -14);
	assert_int_equal(fake.faults, 0);
	assert_int_equal(vt_rd(VTD_FSTS), 0);
	/* Not qualified: there was no context entry. */
	vt_read_fails(0x0100, 0x1000, VTD_FR_ROOT_P);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		VT_TEST(test_7_2_1_a_read_is_recorded),
		VT_TEST(test_7_2_1_a_write_is_recorded),
		VT_TEST(test_7_2_1_registers_are_used_in_turn),
		VT_TEST(test_7_2_1_overflow_drops_until_pfo_is_cleared),
		VT_TEST(test_11_4_7_1_ppf_is_the_or_of_the_f_bits),
		VT_TEST(test_11_4_7_1_fri_is_the_first_pending_fault),
		VT_TEST(test_11_4_7_6_only_f_can_be_written),
		VT_TEST(test_7_3_the_first_fault_signals),
		VT_TEST(test_7_3_no_further_event_while_one_condition_is_pending),
		VT_TEST(test_7_3_pfo_left_behind_holds_events_back),
		VT_TEST(test_11_4_7_2_a_masked_event_is_held_pending),
		VT_TEST(test_11_4_7_2_servicing_all_conditions_takes_a_held_event_back),
		VT_TEST(test_5_1_6_the_own_message_is_not_remapped),
		VT_TEST(test_5_1_8_upper_address_holds_the_rest_of_the_x2apic_id),
		VT_TEST(test_11_4_7_4_an_address_elsewhere_is_written_to),
		VT_TEST(test_9_3_fpd_of_the_context_entry),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
