// SPDX-License-Identifier: LGPL-2.1-or-later
/* Interrupt remapping: VT-d 5.1, 9.9. */
#include "model/vtd_fixture.h"

static void test_5_1_4_a_remapped_message_is_what_its_entry_says(void **state)
{
	/* DLM 1 (lowest priority), DM logical, TM level */
	uint64_t lo = vt_remapped(0x55, 0x0700) | 1ull << 5 | 1ull << 2 | 1ull << 4;
	struct vtd_message m;

	(void)state;
	vt_irte(9, lo, vt_verify(VT_SID, 0));
	vt_ir_on(VT_XAPIC, 7);
	m = vt_msi(VT_SID, 9);
	assert_int_equal(m.flags, PB_EVF_REMAPPED);
	assert_int_equal(m.vector, 0x55);
	assert_int_equal(m.fault, 0);
	assert_true(m.pid == 0);
	assert_int_equal(fake.msgs, 1);
	assert_int_equal(fake.msg[0].dest, 7);
	assert_int_equal(fake.msg[0].vector, 0x55);
	assert_int_equal(fake.msg[0].delivery_mode, 1);
	assert_true(fake.msg[0].logical);
	assert_true(fake.msg[0].level);
	assert_int_equal(fake.faults, 0);
}

static void test_5_1_4_each_delivery_mode(void **state)
{
	(void)state;
	vt_ir_on(VT_XAPIC, 7);
	for (unsigned int dlm = 0; dlm < 8; dlm++) {
		vt_irte(dlm, vt_remapped(0x41, 0) | (uint64_t)dlm << 5, 0);
		if (dlm == 3 || dlm == 6) {
			vt_msi_fails(VT_SID, dlm, VTD_FR_IRTE_RSVD);
			continue;
		}
		vt_msi(VT_SID, dlm);
		assert_int_equal(fake.msg[fake.msgs - 1].delivery_mode, dlm);
	}
}

static void test_5_1_8_x2apic_destinations_have_32_bits(void **state)
{
	(void)state;
	vt_irte(9, vt_remapped(0x55, 0x12345678), 0);
	vt_ir_on(VT_X2APIC, 7);
	vt_msi(VT_SID, 9);
	assert_int_equal(fake.msg[0].dest, 0x12345678);
}

static void test_5_1_2_2_index_is_handle_and_bit_15(void **state)
{
	(void)state;
	vt_irte(0x8123, vt_remapped(0x66, 0), 0);
	vt_irte(0x0123, vt_remapped(0x67, 0), 0);
	vt_ir_on(VT_XAPIC, 15);
	assert_int_equal(vt_msi(VT_SID, 0x8123).vector, 0x66);
	assert_int_equal(vt_msi(VT_SID, 0x0123).vector, 0x67);
}

static void test_5_1_2_2_shv_adds_the_subhandle(void **state)
{
	struct vtd_message m;

	(void)state;
	vt_irte(12, vt_remapped(0x66, 0), 0);
	vt_irte(10, vt_remapped(0x60, 0), 0);
	vt_ir_on(VT_XAPIC, 7);
	vtd_msi(VT_SID, vt_msi_addr(10) | 8, 2, &m);
	assert_int_equal(m.vector, 0x66);
	/* SHV clear: data is ignored, all of it. */
	vtd_msi(VT_SID, vt_msi_addr(10), 0xffff0002, &m);
	assert_int_equal(m.vector, 0x60);
	/* Bits 1:0 of the address do not matter. */
	vtd_msi(VT_SID, vt_msi_addr(10) | 3, 0, &m);
	assert_int_equal(m.vector, 0x60);
	assert_int_equal(fake.faults, 0);
}

static void test_5_1_4_20h_reserved_bits_of_the_request(void **state)
{
	(void)state;
	vt_irte(10, vt_remapped(0x60, 0) | VTD_IRTE_FPD, 0);
	vt_ir_on(VT_XAPIC, 7);
	for (unsigned int bit = 16; bit < 32; bit++) {
		struct vtd_message m;

		vtd_msi(VT_SID, vt_msi_addr(10) | 8, 1u << bit, &m);
		assert_int_equal(m.flags, PB_EVF_BLOCKED);
		assert_int_equal(m.fault, VTD_FR_IR_REQ_RSVD);
	}
	assert_int_equal(fake.faults, 16);
	assert_int_equal(fake.msgs, 0);
}

static void test_5_1_4_21h_index_beyond_the_table(void **state)
{
	struct vtd_message m;

	(void)state;
	for (unsigned int s = 0; s < 16; s++) {
		unsigned int n = 2u << s;

		vt_irte(n - 1, vt_remapped(0x41, 0), 0);
		vt_ir_on(VT_XAPIC, s);
		assert_int_equal(vt_msi(VT_SID, n - 1).vector, 0x41);
		if (n < 0x10000)
			vt_msi_fails(VT_SID, n, VTD_FR_IR_INDEX);
	}
	/* Handle plus subhandle may need a 17th bit. */
	vtd_msi(VT_SID, vt_msi_addr(0xffff) | 8, 1, &m);
	assert_int_equal(m.fault, VTD_FR_IR_INDEX);
	vt_recorded(0, VT_SID, VTD_FR_IR_INDEX, 2ull << 48, false);
}

static void test_5_1_4_22h_not_present(void **state)
{
	(void)state;
	vt_irte(5, vt_remapped(0x41, 0) & ~VTD_IRTE_P, 0);
	vt_ir_on(VT_XAPIC, 7);
	vt_msi_fails(VT_SID, 5, VTD_FR_IRTE_P);
	vt_recorded(0, VT_SID, VTD_FR_IRTE_P, 5ull << 48, false);
}

static void test_5_1_4_23h_table_cannot_be_read(void **state)
{
	(void)state;
	vt_wr64(VTD_IRTA, VT_NO_RAM | 7);
	vt_gcmd(VTD_IRTP, 0);
	vt_gcmd(VTD_IRE, 0);
	vt_msi_fails(VT_SID, 5, VTD_FR_IRTE_ACCESS);
}

static void test_9_9_24h_reserved_bits(void **state)
{
	(void)state;
	vt_ir_on(VT_X2APIC, 7);
	vt_qi_on(0);
	for (unsigned int bit = 2; bit < 128; bit++) {
		bool rsvd = (bit >= 12 && bit <= 14) || (bit >= 24 && bit <= 31) || bit >= 84;
		uint64_t lo = vt_remapped(0x41, 0), hi = 0;

		if (bit == 15) /* the other format */
			continue;
		if (bit < 64)
			lo ^= 1ull << bit;
		else
			hi ^= 1ull << (bit - 64);
		vt_irte(5, lo, hi);
		assert_true(vt_submit(vt_desc_iec(true, 5, 0), 0));
		if (rsvd)
			vt_msi_fails(VT_SID, 5, VTD_FR_IRTE_RSVD);
		else
			assert_int_equal(vt_msi(VT_SID, 5).fault, bit == 82 ? VTD_FR_IR_SID : 0);
		fake_clear();
	}
}

static void test_9_9_24h_destination_outside_15_8_in_xapic_mode(void **state)
{
	(void)state;
	vt_ir_on(VT_XAPIC, 7);
	for (unsigned int bit = 0; bit < 32; bit++) {
		vt_irte(bit, vt_remapped(0x41, 1u << bit), 0);
		if (bit >= 8 && bit <= 15)
			assert_int_equal(vt_msi(VT_SID, bit).fault, 0);
		else
			vt_msi_fails(VT_SID, bit, VTD_FR_IRTE_RSVD);
	}
}

static void test_9_9_24h_svt_3_is_reserved(void **state)
{
	(void)state;
	vt_irte(5, vt_remapped(0x41, 0), 3ull << 18);
	vt_ir_on(VT_XAPIC, 7);
	vt_msi_fails(VT_SID, 5, VTD_FR_IRTE_RSVD);
}

static void test_5_1_2_1_25h_compatibility_format_is_blocked(void **state)
{
	struct vtd_message m;

	(void)state;
	vt_ir_on(VT_XAPIC, 7);
	vtd_msi(VT_SID, 0xfee01000, 0x4041, &m);
	assert_int_equal(m.flags, PB_EVF_BLOCKED);
	assert_int_equal(m.fault, VTD_FR_IR_COMPAT);
	assert_int_equal(fake.msgs, 0);
	vt_recorded(0, VT_SID, VTD_FR_IR_COMPAT, 0, false);
}

static void test_5_1_2_1_compatibility_format_passes_with_cfis(void **state)
{
	struct vtd_message m;

	(void)state;
	vt_ir_on(VT_XAPIC, 7);
	vt_gcmd(VTD_CFI, 0);
	vtd_msi(VT_SID, 0xfee23004, 0x8141, &m); /* logical, lowest priority, level */
	assert_int_equal(m.flags, PB_EVF_COMPAT);
	assert_int_equal(m.vector, 0x41);
	assert_int_equal(fake.msgs, 1);
	assert_int_equal(fake.msg[0].dest, 0x23);
	assert_int_equal(fake.msg[0].vector, 0x41);
	assert_int_equal(fake.msg[0].delivery_mode, 1);
	assert_true(fake.msg[0].logical);
	assert_true(fake.msg[0].level);
}

static void test_5_1_2_1_eime_blocks_compatibility_format_in_spite_of_cfis(void **state)
{
	struct vtd_message m;

	(void)state;
	vt_ir_on(VT_X2APIC, 7);
	vt_gcmd(VTD_CFI, 0);
	vtd_msi(VT_SID, 0xfee01000, 0x41, &m);
	assert_int_equal(m.fault, VTD_FR_IR_COMPAT);
	assert_int_equal(fake.msgs, 0);
}

static void test_remapping_off_every_message_is_compatibility_format(void **state)
{
	struct vtd_message m;

	(void)state;
	vtd_msi(VT_SID, 0xfee05010, 0x41, &m);
	assert_int_equal(m.flags, PB_EVF_COMPAT);
	assert_int_equal(fake.msg[0].dest, 5);
	assert_false(fake.msg[0].logical);
	assert_false(fake.msg[0].level);
	assert_false(vtd_ioapic(1ull << 48 | 0x41));
	assert_false(vtd_ioapic(0x41));
	assert_int_equal(fake.faults, 0);
}

/* Which requesters pass an entry's source-id verification? */
static void check_verify(uint64_t hi, bool (*want)(uint16_t sid))
{
	vt_irte(5, vt_remapped(0x41, 0) | VTD_IRTE_FPD, hi);
	vt_ir_on(VT_XAPIC, 7);
	for (uint32_t sid = 0; sid < 0x10000; sid++) {
		struct vtd_message m = vt_msi((uint16_t)sid, 5);

		fake_clear();
		if (m.fault != (want((uint16_t)sid) ? 0 : VTD_FR_IR_SID))
			fail_msg("SID/SQ/SVT %#llx: requester %04x: fault %#x",
				 (unsigned long long)hi, sid, m.fault);
	}
}

static bool any(uint16_t sid)
{
	(void)sid;
	return true;
}

static bool all_16(uint16_t sid)
{
	return sid == 0x1234;
}

static bool ignore_1(uint16_t sid)
{
	return sid == 0x1230 || sid == 0x1234;
}

static bool ignore_2(uint16_t sid)
{
	return sid == 0x1230 || sid == 0x1232 || sid == 0x1234 || sid == 0x1236;
}

static bool ignore_3(uint16_t sid)
{
	return sid >= 0x1230 && sid <= 0x1237;
}

static bool buses(uint16_t sid)
{
	return sid >= 0x1200 && sid <= 0x34ff;
}

static bool no_bus(uint16_t sid)
{
	(void)sid;
	return false;
}

static void test_9_9_svt_0_verifies_nothing(void **state)
{
	(void)state;
	check_verify(0x1234 | 3ull << 16, any);
}

static void test_9_9_svt_1_sq_0_verifies_all_16_bits(void **state)
{
	(void)state;
	check_verify(vt_verify(0x1234, 0), all_16);
}

static void test_9_9_svt_1_sq_1_ignores_bit_2(void **state)
{
	(void)state;
	check_verify(vt_verify(0x1234, 1), ignore_1);
}

static void test_9_9_svt_1_sq_2_ignores_bits_2_and_1(void **state)
{
	(void)state;
	check_verify(vt_verify(0x1234, 2), ignore_2);
}

static void test_9_9_svt_1_sq_3_ignores_the_function_number(void **state)
{
	(void)state;
	check_verify(vt_verify(0x1234, 3), ignore_3);
}

static void test_9_9_svt_2_verifies_the_bus_range(void **state)
{
	(void)state;
	check_verify(0x1234 | 2ull << 18, buses);
}

static void test_9_9_svt_2_an_empty_bus_range_passes_none(void **state)
{
	(void)state;
	check_verify(0x3412 | 2ull << 18, no_bus);
}

static void test_9_9_26h_names_the_requester_and_the_index(void **state)
{
	(void)state;
	vt_irte(5, vt_remapped(0x41, 0), vt_verify(VT_SID, 0));
	vt_ir_on(VT_XAPIC, 7);
	vt_msi_fails(0x0107, 5, VTD_FR_IR_SID);
	vt_recorded(0, 0x0107, VTD_FR_IR_SID, 5ull << 48, false);
}

static void test_9_9_fpd_suppresses_what_the_entry_qualifies(void **state)
{
	(void)state;
	vt_irte(5, VTD_IRTE_FPD, 0); /* P clear: FPD holds all the same */
	vt_irte(6, vt_remapped(0x41, 0) | VTD_IRTE_FPD, 1ull << 63);
	vt_irte(7, vt_remapped(0x41, 0) | VTD_IRTE_FPD, vt_verify(1, 0));
	vt_ir_on(VT_XAPIC, 7);
	assert_int_equal(vt_msi(VT_SID, 5).fault, VTD_FR_IRTE_P);
	assert_int_equal(vt_msi(VT_SID, 6).fault, VTD_FR_IRTE_RSVD);
	assert_int_equal(vt_msi(VT_SID, 7).fault, VTD_FR_IR_SID);
	assert_int_equal(fake.faults, 0);
	assert_int_equal(vt_rd(VTD_FSTS), 0);
}

static void test_5_1_5_1_ioapic_entries(void **state)
{
	(void)state;
	vt_irte(0x8005, vt_remapped(0x77, 0x100), vt_verify(LAB_VTD_IOAPIC_SID, 0));
	vt_irte(5, vt_remapped(0x78, 0x100), vt_verify(VT_SID, 0));
	vt_ir_on(VT_XAPIC, 15);
	/* index[14:0] in 63:49, index[15] in 11, format in 48 */
	assert_true(vtd_ioapic(5ull << 49 | 1ull << 48 | 1u << 11 | 0x20));
	assert_int_equal(fake.msgs, 1);
	assert_int_equal(fake.msg[0].vector, 0x77);
	/* Not this requester's entry: blocked, but taken. */
	assert_true(vtd_ioapic(5ull << 49 | 1ull << 48 | 0x20));
	assert_int_equal(fake.msgs, 1);
	vt_recorded(0, LAB_VTD_IOAPIC_SID, VTD_FR_IR_SID, 5ull << 48, false);
}

static void test_5_1_5_1_ioapic_compatibility_format(void **state)
{
	(void)state;
	vt_ir_on(VT_XAPIC, 7);
	assert_true(vtd_ioapic(0x41));
	assert_int_equal(fake.faults, 1);
	assert_int_equal(fake.fault[0].reason, VTD_FR_IR_COMPAT);
	vt_gcmd(VTD_CFI, 0);
	assert_false(vtd_ioapic(0x41)); /* not ours: deliver it as it is */
	assert_int_equal(fake.msgs, 0);
}

static void test_a_message_elsewhere_is_a_write_to_memory(void **state)
{
	struct vtd_message m;

	(void)state;
	vtd_msi(VT_SID, VT_DATA, 0x12345678, &m);
	assert_int_equal(fake_rd32(VT_DATA), 0x12345678);
	assert_int_equal(m.flags, PB_EVF_BLOCKED);
	assert_int_equal(m.fault, 0);
	vtd_msi(VT_SID, 0x1fee00000ull, 0x41, &m);
	assert_int_equal(fake.msgs, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		VT_TEST(test_5_1_4_a_remapped_message_is_what_its_entry_says),
		VT_TEST(test_5_1_4_each_delivery_mode),
		VT_TEST(test_5_1_8_x2apic_destinations_have_32_bits),
		VT_TEST(test_5_1_2_2_index_is_handle_and_bit_15),
		VT_TEST(test_5_1_2_2_shv_adds_the_subhandle),
		VT_TEST(test_5_1_4_20h_reserved_bits_of_the_request),
		VT_TEST(test_5_1_4_21h_index_beyond_the_table),
		VT_TEST(test_5_1_4_22h_not_present),
		VT_TEST(test_5_1_4_23h_table_cannot_be_read),
		VT_TEST(test_9_9_24h_reserved_bits),
		VT_TEST(test_9_9_24h_destination_outside_15_8_in_xapic_mode),
		VT_TEST(test_9_9_24h_svt_3_is_reserved),
		VT_TEST(test_5_1_2_1_25h_compatibility_format_is_blocked),
		VT_TEST(test_5_1_2_1_compatibility_format_passes_with_cfis),
		VT_TEST(test_5_1_2_1_eime_blocks_compatibility_format_in_spite_of_cfis),
		VT_TEST(test_remapping_off_every_message_is_compatibility_format),
		VT_TEST(test_9_9_svt_0_verifies_nothing),
		VT_TEST(test_9_9_svt_1_sq_0_verifies_all_16_bits),
		VT_TEST(test_9_9_svt_1_sq_1_ignores_bit_2),
		VT_TEST(test_9_9_svt_1_sq_2_ignores_bits_2_and_1),
		VT_TEST(test_9_9_svt_1_sq_3_ignores_the_function_number),
		VT_TEST(test_9_9_svt_2_verifies_the_bus_range),
		VT_TEST(test_9_9_svt_2_an_empty_bus_range_passes_none),
		VT_TEST(test_9_9_26h_names_the_requester_and_the_index),
		VT_TEST(test_9_9_fpd_suppresses_what_the_entry_qualifies),
		VT_TEST(test_5_1_5_1_ioapic_entries),
		VT_TEST(test_5_1_5_1_ioapic_compatibility_format),
		VT_TEST(test_a_message_elsewhere_is_a_write_to_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
