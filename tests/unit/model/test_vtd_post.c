// SPDX-License-Identifier: LGPL-2.1-or-later
/* Interrupt posting: VT-d 5.2, 9.10, 9.11. */
#include "model/vtd_fixture.h"

#define INDEX 7u
#define VV    0x41u
#define NV    0xf2u
#define NDST  0x00000100u /* APIC id 1 in xAPIC mode */
#define PIR   (VT_PID + 8 * (VV / 64))
#define BIT   (1ull << (VV % 64))
#define CTRL  (VT_PID + 32)

static void setup_posted(bool x2apic, uint64_t extra)
{
	struct vtd_entry e = vt_posted(VV, VT_PID);

	vt_irte(INDEX, e.lo | extra, e.hi);
	vt_ir_on(x2apic, 7);
}

/* One post into a descriptor in a given state. */
struct posting {
	bool on, sn, urg, pir;
	uint16_t flags;
	bool on_after, notified;
};

static void check_posting(const struct posting *p)
{
	struct vtd_message m;

	setup_posted(VT_XAPIC, p->urg ? VTD_IRTE_URG : 0);
	fake_wr64(PIR, p->pir ? BIT : 0);
	fake_wr64(CTRL, vt_control(p->on, p->sn, NV, NDST));
	m = vt_msi(VT_SID, INDEX);
	assert_int_equal(m.flags, p->flags | (p->pir ? PB_EVF_COALESCED : 0));
	assert_int_equal(m.vector, VV);
	assert_int_equal(m.fault, 0);
	assert_true(m.pid == VT_PID);
	assert_true(fake_rd64(PIR) == BIT);
	assert_true(fake_rd64(CTRL) == vt_control(p->on_after, p->sn, NV, NDST));
	assert_int_equal(fake.msgs, p->notified);
	assert_int_equal(fake.faults, 0);
}

static void test_5_2_3_all_combinations_of_on_sn_urg_pir(void **state)
{
	/* X = (ON == 0) & (URG | (SN == 0)) */
	static const struct posting table[] = {
		/* on sn urg pir  flags                on_after notified */
		{0, 0, 0, 0, PB_EVF_NOTIFIED, 1, 1},    {0, 0, 0, 1, PB_EVF_NOTIFIED, 1, 1},
		{0, 0, 1, 0, PB_EVF_NOTIFIED, 1, 1},    {0, 0, 1, 1, PB_EVF_NOTIFIED, 1, 1},
		{0, 1, 0, 0, PB_EVF_SUPPRESSED, 0, 0},  {0, 1, 0, 1, PB_EVF_SUPPRESSED, 0, 0},
		{0, 1, 1, 0, PB_EVF_NOTIFIED, 1, 1},    {0, 1, 1, 1, PB_EVF_NOTIFIED, 1, 1},
		{1, 0, 0, 0, PB_EVF_OUTSTANDING, 1, 0}, {1, 0, 0, 1, PB_EVF_OUTSTANDING, 1, 0},
		{1, 0, 1, 0, PB_EVF_OUTSTANDING, 1, 0}, {1, 0, 1, 1, PB_EVF_OUTSTANDING, 1, 0},
		{1, 1, 0, 0, PB_EVF_OUTSTANDING, 1, 0}, {1, 1, 0, 1, PB_EVF_OUTSTANDING, 1, 0},
		{1, 1, 1, 0, PB_EVF_OUTSTANDING, 1, 0}, {1, 1, 1, 1, PB_EVF_OUTSTANDING, 1, 0},
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		vt_teardown(state);
		vt_setup(state);
		check_posting(&table[i]);
	}
}

static void test_5_2_3_sn_suppresses_without_touching_on(void **state)
{
	(void)state;
	setup_posted(VT_XAPIC, 0);
	fake_wr64(CTRL, vt_control(false, true, NV, NDST));
	for (int i = 0; i < 3; i++)
		vt_msi(VT_SID, INDEX);
	assert_true(fake_rd64(CTRL) == vt_control(false, true, NV, NDST));
	assert_int_equal(fake.msgs, 0);
	/* Clearing SN sends nothing: that is for software to do. */
	fake_wr64(CTRL, vt_control(false, false, NV, NDST));
	assert_int_equal(fake.msgs, 0);
	assert_int_equal(vt_msi(VT_SID, INDEX).flags, PB_EVF_NOTIFIED | PB_EVF_COALESCED);
	assert_int_equal(fake.msgs, 1);
}

static void test_5_2_3_one_notification_until_on_is_cleared(void **state)
{
	(void)state;
	setup_posted(VT_XAPIC, 0);
	fake_wr64(CTRL, vt_control(false, false, NV, NDST));
	vt_msi(VT_SID, INDEX);
	vt_msi(VT_SID, INDEX);
	assert_int_equal(fake.msgs, 1);
	fake_wr64(CTRL, vt_control(false, false, NV, NDST));
	vt_msi(VT_SID, INDEX);
	assert_int_equal(fake.msgs, 2);
}

static void test_5_2_3_every_vector_has_its_own_bit(void **state)
{
	(void)state;
	vt_ir_on(VT_XAPIC, 7);
	fake_wr64(CTRL, vt_control(true, false, NV, NDST));
	for (unsigned int v = 0; v < 256; v++) {
		struct vtd_entry e = vt_posted((uint8_t)v, VT_PID);
		struct vtd_message m;

		vt_irte(v, e.lo, e.hi);
		m = vt_msi(VT_SID, v);
		assert_int_equal(m.vector, v);
		assert_int_equal(m.flags, PB_EVF_OUTSTANDING);
		for (unsigned int w = 0; w < 4; w++) {
			uint64_t want = w < v / 64 ? ~0ull : 0;

			if (w == v / 64)
				want = ~0ull >> (63 - v % 64);
			assert_true(fake_rd64(VT_PID + 8 * w) == want);
		}
	}
}

static void test_5_2_3_notification_is_fixed_physical_edge(void **state)
{
	(void)state;
	setup_posted(VT_XAPIC, 0);
	fake_wr64(CTRL, vt_control(false, false, NV, NDST));
	vt_msi(VT_SID, INDEX);
	assert_int_equal(fake.msgs, 1);
	assert_int_equal(fake.msg[0].vector, NV);
	assert_int_equal(fake.msg[0].delivery_mode, 0);
	assert_false(fake.msg[0].logical);
	assert_false(fake.msg[0].level);
}

static uint64_t control_at_notification, pir_at_notification;

static void look_at_pid(const struct fake_apic_msg *m)
{
	(void)m;
	control_at_notification = fake_rd64(CTRL);
	pir_at_notification = fake_rd64(PIR);
}

static void test_5_2_4_pid_is_observable_before_the_notification(void **state)
{
	(void)state;
	setup_posted(VT_XAPIC, 0);
	fake_wr64(CTRL, vt_control(false, false, NV, NDST));
	fake.on_apic = look_at_pid;
	vt_msi(VT_SID, INDEX);
	assert_int_equal(fake.msgs, 1);
	assert_true(control_at_notification == vt_control(true, false, NV, NDST));
	assert_true(pir_at_notification == BIT);
}

static void test_9_11_ndst_in_xapic_mode_is_bits_15_8(void **state)
{
	(void)state;
	setup_posted(VT_XAPIC, 0);
	fake_wr64(CTRL, vt_control(false, false, NV, 0xab00));
	vt_msi(VT_SID, INDEX);
	assert_int_equal(fake.msg[0].dest, 0xab);
}

static void test_9_11_ndst_in_x2apic_mode_is_32_bits(void **state)
{
	(void)state;
	setup_posted(VT_X2APIC, 0);
	fake_wr64(CTRL, vt_control(false, false, NV, 0x89abcdef));
	vt_msi(VT_SID, INDEX);
	assert_int_equal(fake.msg[0].dest, 0x89abcdef);
}

static void test_9_11_reserved_bits_of_the_pid_fault(void **state)
{
	(void)state;
	setup_posted(VT_X2APIC, 0);
	for (unsigned int bit = 256; bit < 512; bit++) {
		bool reserved =
			(bit >= 258 && bit <= 271) || (bit >= 280 && bit <= 287) || bit >= 320;
		uint64_t at = VT_PID + bit / 64 * 8, before = fake_rd64(at);

		fake_wr64(PIR, 0);
		fake_wr64(at, before | 1ull << (bit % 64));
		if (reserved) {
			vt_msi_fails(VT_SID, INDEX, VTD_FR_PID_RSVD);
			assert_true(fake_rd64(PIR) == 0);
			assert_true(fake_rd64(at) == (before | 1ull << (bit % 64)));
		} else {
			assert_int_equal(vt_msi(VT_SID, INDEX).fault, 0);
			assert_true(fake_rd64(PIR) == BIT);
		}
		fake_wr64(CTRL, 0);
		fake_wr64(at, 0);
		fake_clear();
	}
}

static void test_9_11_ndst_outside_15_8_is_reserved_in_xapic_mode(void **state)
{
	(void)state;
	setup_posted(VT_XAPIC, 0);
	for (unsigned int bit = 0; bit < 32; bit++) {
		fake_wr64(CTRL, vt_control(false, false, NV, 1u << bit));
		if (bit >= 8 && bit <= 15)
			assert_int_equal(vt_msi(VT_SID, INDEX).fault, 0);
		else
			vt_msi_fails(VT_SID, INDEX, VTD_FR_PID_RSVD);
	}
}

static void test_9_10_posted_reserved_bits_fault(void **state)
{
	const struct vtd_entry e = vt_posted(VV, VT_PID);

	(void)state;
	vt_ir_on(VT_X2APIC, 7);
	vt_qi_on(0);
	fake_wr64(CTRL, vt_control(true, false, NV, 0));
	for (unsigned int bit = 2; bit < 128; bit++) {
		bool lo = (bit >= 2 && bit <= 7) || bit == 12 || bit == 13 ||
			  (bit >= 24 && bit <= 37);
		bool hi = bit >= 84 && bit <= 95;
		/* Not reserved, but then it is another descriptor, format or requester. */
		bool other = bit == 15 || (bit >= 38 && bit <= 63) || (bit >= 80 && bit <= 83) ||
			     bit >= 96;

		if (other)
			continue;
		vt_irte(INDEX, e.lo ^ (bit < 64 ? 1ull << bit : 0),
			e.hi ^ (bit >= 64 ? 1ull << (bit - 64) : 0));
		assert_true(vt_submit(vt_desc_iec(false, 0, 0), 0));
		if (lo || hi)
			vt_msi_fails(VT_SID, INDEX, VTD_FR_IRTE_RSVD);
		else
			assert_int_equal(vt_msi(VT_SID, INDEX).fault, 0);
		fake_clear();
	}
}

static void test_9_10_pda_is_address_bits_63_6(void **state)
{
	struct vtd_entry e = vt_posted(VV, FAKE_HIGH_BASE + 0xfc0);

	(void)state;
	vt_irte(INDEX, e.lo, e.hi);
	vt_ir_on(VT_XAPIC, 7);
	assert_true(vt_msi(VT_SID, INDEX).pid == FAKE_HIGH_BASE + 0xfc0);
	assert_true(fake_rd64(FAKE_HIGH_BASE + 0xfc0 + 8 * (VV / 64)) == BIT);
	assert_true(fake_rd64(FAKE_HIGH_BASE + 0xfc0 + 32) == 1);
}

static void test_5_2_3_pid_outside_memory_faults(void **state)
{
	struct vtd_entry e = vt_posted(VV, VT_NO_RAM), beyond = vt_posted(VV, 1ull << VTD_HAW);

	(void)state;
	vt_irte(INDEX, e.lo, e.hi);
	vt_irte(INDEX + 1, beyond.lo, beyond.hi);
	vt_ir_on(VT_XAPIC, 7);
	vt_msi_fails(VT_SID, INDEX, VTD_FR_PID_ACCESS);
	vt_msi_fails(VT_SID, INDEX + 1, VTD_FR_PID_ACCESS);
}

static void test_9_10_fpd_suppresses_the_record_not_the_blocking(void **state)
{
	struct vtd_message m;

	(void)state;
	setup_posted(VT_XAPIC, VTD_IRTE_FPD);
	fake_wr64(VT_PID + 40, 1);
	m = vt_msi(VT_SID, INDEX);
	assert_int_equal(m.flags, PB_EVF_BLOCKED);
	assert_int_equal(m.fault, VTD_FR_PID_RSVD);
	assert_int_equal(fake.faults, 0);
	assert_false(vt_fault_pending(0));
	assert_int_equal(vt_rd(VTD_FSTS), 0);
}

static void test_9_10_source_id_is_verified_before_posting(void **state)
{
	struct vtd_entry e = vt_posted(VV, VT_PID);

	(void)state;
	vt_irte(INDEX, e.lo, e.hi | vt_verify(VT_SID, 0));
	vt_ir_on(VT_XAPIC, 7);
	vt_msi_fails(VT_SID + 1, INDEX, VTD_FR_IR_SID);
	assert_true(fake_rd64(PIR) == 0);
	assert_int_equal(vt_msi(VT_SID, INDEX).flags, PB_EVF_NOTIFIED);
}

static void test_5_2_2_the_pid_itself_is_never_cached(void **state)
{
	(void)state;
	setup_posted(VT_XAPIC, 0);
	fake_wr64(CTRL, vt_control(false, true, NV, NDST));
	assert_int_equal(vt_msi(VT_SID, INDEX).flags, PB_EVF_SUPPRESSED);
	fake_wr64(CTRL, vt_control(false, false, 0xf1, 0x300));
	fake_wr64(PIR, 0);
	assert_int_equal(vt_msi(VT_SID, INDEX).flags, PB_EVF_NOTIFIED);
	assert_int_equal(fake.msg[0].vector, 0xf1);
	assert_int_equal(fake.msg[0].dest, 3);
}

static void test_5_2_6_an_ioapic_pin_can_post_too(void **state)
{
	struct vtd_entry e = vt_posted(VV, VT_PID);

	(void)state;
	vt_irte(INDEX, e.lo, e.hi | vt_verify(LAB_VTD_IOAPIC_SID, 0));
	vt_ir_on(VT_XAPIC, 7);
	fake_wr64(CTRL, vt_control(false, false, NV, NDST));
	assert_true(vtd_ioapic((uint64_t)INDEX << 49 | 1ull << 48 | 1u << 15));
	assert_true(fake_rd64(PIR) == BIT);
	assert_int_equal(fake.msgs, 1);
	assert_false(fake.msg[0].level);
}

static void test_cap_59_says_posting(void **state)
{
	(void)state;
	assert_int_equal(vt_rd64(VTD_CAP) >> 59 & 1, 1);
}

static void test_peek_pid_sees_what_a_message_would_post_to(void **state)
{
	struct vtd_entry e = vt_posted(VV, VT_PID), f = vt_posted(VV, VT_PID + 64);

	(void)state;
	assert_true(vtd_peek_pid(VT_SID, vt_msi_addr(INDEX), 0) == 0); /* remapping off */
	vt_irte(INDEX, e.lo, e.hi | vt_verify(VT_SID, 0));
	vt_irte(INDEX + 1, vt_remapped(0x50, 0), 0);
	vt_ir_on(VT_XAPIC, 7);
	vt_qi_on(0);
	assert_true(vtd_peek_pid(VT_SID, vt_msi_addr(INDEX), 0) == VT_PID);
	assert_true(vtd_peek_pid(VT_SID, vt_msi_addr(INDEX) | 8, 0) == VT_PID);
	assert_true(vtd_peek_pid(VT_SID, vt_msi_addr(INDEX + 1), 0) == 0);
	assert_true(vtd_peek_pid(VT_SID, vt_msi_addr(INDEX + 2), 0) == 0);
	assert_true(vtd_peek_pid(VT_SID, vt_msi_addr(60000), 0) == 0);
	assert_true(vtd_peek_pid(VT_SID, vt_msi_addr(INDEX) | 8, 0x10000) == 0);
	assert_true(vtd_peek_pid(VT_SID + 1, vt_msi_addr(INDEX), 0) == 0);
	assert_true(vtd_peek_pid(VT_SID, 0xfee00000, 0) == 0);
	assert_true(vtd_peek_pid(VT_SID, 0x1000, 0) == 0);
	assert_int_equal(fake.faults, 0);
	assert_int_equal(fake.msgs, 0);
	/* It filled no cache: a changed entry is seen at once... */
	vt_irte(INDEX, f.lo, f.hi);
	assert_true(vtd_peek_pid(VT_SID, vt_msi_addr(INDEX), 0) == VT_PID + 64);
	/* ...until a message has filled it. */
	vt_msi(VT_SID, INDEX);
	vt_irte(INDEX, e.lo, e.hi);
	assert_true(vtd_peek_pid(VT_SID, vt_msi_addr(INDEX), 0) == VT_PID + 64);
	assert_true(vt_submit(vt_desc_iec(true, INDEX, 0), 0));
	assert_true(vtd_peek_pid(VT_SID, vt_msi_addr(INDEX), 0) == VT_PID);
}

static int told;

static void listen(void *arg)
{
	(*(int *)arg)++;
}

static void test_listeners_are_told_when_pids_may_have_changed(void **state)
{
	int before;

	(void)state;
	vtd_on_iec_flush(listen, &told);
	vtd_on_iec_flush(listen, &told); /* once is enough */
	vt_qi_on(0);
	vt_ir_on(VT_XAPIC, 7);
	before = told;
	assert_true(vt_submit(vt_desc_iec(false, 0, 0), 0));
	assert_int_equal(told, before + 1);
	assert_true(vt_submit(vt_desc_iec(true, 3, 0), 0));
	assert_int_equal(told, before + 2);
	assert_true(vt_submit(vt_desc_iotlb(1, 0), 0));
	assert_true(vt_submit(vt_desc_context(1, 0, 0, 0), 0));
	assert_int_equal(told, before + 2);
	vt_gcmd(VTD_IRTP, 0);
	assert_int_equal(told, before + 3);
	vt_gcmd(0, VTD_IRE);
	assert_int_equal(told, before + 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		VT_TEST(test_5_2_3_all_combinations_of_on_sn_urg_pir),
		VT_TEST(test_5_2_3_sn_suppresses_without_touching_on),
		VT_TEST(test_5_2_3_one_notification_until_on_is_cleared),
		VT_TEST(test_5_2_3_every_vector_has_its_own_bit),
		VT_TEST(test_5_2_3_notification_is_fixed_physical_edge),
		VT_TEST(test_5_2_4_pid_is_observable_before_the_notification),
		VT_TEST(test_9_11_ndst_in_xapic_mode_is_bits_15_8),
		VT_TEST(test_9_11_ndst_in_x2apic_mode_is_32_bits),
		VT_TEST(test_9_11_reserved_bits_of_the_pid_fault),
		VT_TEST(test_9_11_ndst_outside_15_8_is_reserved_in_xapic_mode),
		VT_TEST(test_9_10_posted_reserved_bits_fault),
		VT_TEST(test_9_10_pda_is_address_bits_63_6),
		VT_TEST(test_5_2_3_pid_outside_memory_faults),
		VT_TEST(test_9_10_fpd_suppresses_the_record_not_the_blocking),
		VT_TEST(test_9_10_source_id_is_verified_before_posting),
		VT_TEST(test_5_2_2_the_pid_itself_is_never_cached),
		VT_TEST(test_5_2_6_an_ioapic_pin_can_post_too),
		VT_TEST(test_cap_59_says_posting),
		VT_TEST(test_peek_pid_sees_what_a_message_would_post_to),
		VT_TEST(test_listeners_are_told_when_pids_may_have_changed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
