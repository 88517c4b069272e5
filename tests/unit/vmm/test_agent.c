// SPDX-License-Identifier: LGPL-2.1-or-later
/* The guest agent: ISR and main loop. */
#include "vmm/agent_cpu.h"

/* --- ISR ----------------------------------------------------------------- */

static void test_isr_records(void **state)
{
	const struct pb_event *e = vm.ring.ev;

	(void)state;
	vm.slot[0].seq = 17;
	vm.slot[1].seq = 4;
	interrupt(VEC_A, 111);
	interrupt(VEC_B, 222);
	assert_int_equal(vm.ring.head.head, 2);
	assert_int_equal(e[0].tsc, 111);
	assert_int_equal(e[0].kind, PB_EV_ISR);
	assert_int_equal(e[0].vector, VEC_A);
	assert_int_equal(e[0].seq, 17);
	assert_int_equal(e[0].vcpu, 5);
	assert_int_equal(e[0].cpu, PB_CPU_NONE);
	assert_int_equal(e[0].source, 0);
	assert_int_equal(e[0].flags, 0);
	assert_int_equal(e[1].seq, 4);
	assert_int_equal(e[1].source, 1);
	assert_int_equal(vm.out.isr, 2);
	assert_int_equal(vm.out.spurious, 0);
	assert_int_equal(cpu.eoi, 2);
}

static void test_spurious(void **state)
{
	(void)state;
	interrupt(0x99, 1);
	assert_int_equal(vm.ring.ev[0].flags, PB_EVF_SPURIOUS);
	assert_int_equal(vm.ring.ev[0].seq, 0);
	assert_int_equal(cpu.eoi, 1);
	/* The APIC's own one wants no EOI. */
	interrupt(PB_AGENT_SPURIOUS_VECTOR, 2);
	assert_int_equal(cpu.eoi, 1);
	assert_int_equal(vm.out.spurious, 2);
	assert_int_equal(vm.out.isr, 0);
	/* Nor is there a tick in mode spin. */
	interrupt(PB_AGENT_TICK_VECTOR, 3);
	assert_int_equal(vm.out.spurious, 3);
	assert_int_equal(vm.out.ticks, 0);
}

static void test_full_ring_counts(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < CAPACITY + 3; i++)
		interrupt(VEC_A, 100 + i);
	assert_int_equal(vm.ring.head.head, CAPACITY);
	assert_int_equal(vm.ring.head.lost, 3);
	assert_int_equal(vm.out.isr, CAPACITY + 3);
	/* The oldest stay. */
	assert_int_equal(vm.ring.ev[0].tsc, 100);
	assert_int_equal(vm.ring.ev[CAPACITY - 1].tsc, 100 + CAPACITY - 1);
	assert_int_equal(cpu.eoi, CAPACITY + 3);
}

static void test_exception(void **state)
{
	(void)state;
	interrupt(14, 500);
	assert_int_equal(cpu.out, PB_AGENT_EXIT_EXCEPTION);
	assert_int_equal(vm.out.state, PB_AGENT_DEAD);
	assert_int_equal(vm.out.exceptions, 1);
	assert_int_equal(vm.out.exception_vector, 14);
	assert_int_equal(vm.out.exception_error, 0xe);
	assert_int_equal(vm.out.exception_rip, 0x10042);
	assert_int_equal(vm.out.exception_cr2, 0xc2);
	assert_int_equal(vm.ring.ev[0].kind, PB_EV_EXCEPTION);
	assert_int_equal(vm.ring.ev[0].arg, 0x10042);
	assert_int_equal(cpu.eoi, 0);
}

/* --- main loop ----------------------------------------------------------- */

static void stop_at_4(unsigned int n)
{
	if (n == 1) {
		assert_int_equal(vm.out.magic, PB_AGENT_MAGIC);
		assert_int_equal(vm.out.vcpu, 5);
		assert_int_equal(vm.out.state, PB_AGENT_RUNNING);
		assert_int_equal(cpu.svr, 0x1ff);
	}
	if (n == 4)
		vm.guest.command = PB_AGENT_STOP;
}

static void test_spin_and_stop(void **state)
{
	(void)state;
	/* Pending: two of ours, the same one twice counts once. */
	cpu.irr[1] = 1u << 16;
	cpu.isr[1] = 1u << 16;
	cpu.isr[3] = 1u << 17;
	go(stop_at_4);
	assert_int_equal(vm.out.heartbeat, 5);
	assert_int_equal(vm.out.state, PB_AGENT_STOPPED);
	assert_int_equal(vm.out.pending, 2);
	assert_int_equal(cpu.out, PB_AGENT_EXIT_STOPPED);
	assert_int_equal(cpu.halts, 0);
	/* No timer. */
	assert_true(cpu.lvtt & 0x10000);
	assert_int_equal(cpu.deadline, 0);
}

static void halting(unsigned int n)
{
	/* Called for each HLT and each PAUSE behind it. */
	if (cpu.halts == 1 && cpu.pauses == 0) {
		assert_int_equal(vm.out.state, PB_AGENT_HALTED);
		assert_int_equal(vm.ring.head.head, 1);
		assert_int_equal(vm.ring.ev[0].kind, PB_EV_HALT);
		interrupt(VEC_A, 7000);
	}
	if (cpu.pauses == 2)
		vm.guest.command = PB_AGENT_DRAIN;
	if (cpu.pauses == 6) {
		/* Draining does not halt. */
		assert_int_equal(vm.out.state, PB_AGENT_DRAINING);
		assert_int_equal(cpu.halts, 2);
		vm.guest.command = PB_AGENT_STOP;
	}
	assert_true(n < 20);
}

static void test_halt_drain_stop(void **state)
{
	(void)state;
	vm.guest.mode = PB_GUEST_HALT;
	go(halting);
	assert_int_equal(vm.out.state, PB_AGENT_STOPPED);
	assert_int_equal(vm.out.halts, 2);
	assert_int_equal(vm.out.isr, 1);
	assert_int_equal(vm.ring.head.head, 3); /* HALT, ISR, HALT */
}

/* A command that comes when the agent is about to halt is seen first. */
static void test_no_halt_on_command(void **state)
{
	(void)state;
	vm.guest.command = PB_AGENT_DRAIN;
	vm.guest.mode = PB_GUEST_HALT;
	halt(&vm.in);
	assert_int_equal(cpu.halts, 0);
	assert_int_equal(cpu.interrupts_on, 1);
	assert_int_equal(vm.ring.head.head, 0);
}

static void ticking(unsigned int n)
{
	if (n == 1) {
		assert_int_equal(cpu.lvtt, 0x40000 | PB_AGENT_TICK_VECTOR);
		assert_in_range(cpu.deadline, 6001, 6100);
		cpu.tsc = 9000;
		interrupt(PB_AGENT_TICK_VECTOR, 9000);
		assert_in_range(cpu.deadline, 14001, 14100);
		vm.guest.command = PB_AGENT_STOP;
	}
}

static void test_tick(void **state)
{
	(void)state;
	vm.guest.mode = PB_GUEST_TICK;
	/* A tick that is pending at the stop is none of the sources'. */
	cpu.irr[PB_AGENT_TICK_VECTOR / 32] = 1u << PB_AGENT_TICK_VECTOR % 32 | 1;
	go(ticking);
	assert_int_equal(vm.out.ticks, 1);
	assert_int_equal(vm.out.isr + vm.out.spurious, 0);
	assert_int_equal(vm.ring.head.head, 0);
	assert_int_equal(cpu.eoi, 1);
	assert_int_equal(vm.out.pending, 1);
}

static void test_idt(void **state)
{
	const struct idt_gate *idt = (const struct idt_gate *)vm.page;

	(void)state;
	idt_init(&vm.in);
	for (unsigned int i = 0; i < 256; i++) {
		uint64_t offset = idt[i].offset_0 | (uint64_t)idt[i].offset_16 << 16 |
				  (uint64_t)idt[i].offset_32 << 32;

		assert_int_equal(offset, ADDRESS(agent_stubs) + i * 16);
		assert_int_equal(idt[i].selector, 8);
		assert_int_equal(idt[i].type, 0x8e00);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_isr_records, setup),
		cmocka_unit_test_setup(test_spurious, setup),
		cmocka_unit_test_setup(test_full_ring_counts, setup),
		cmocka_unit_test_setup(test_exception, setup),
		cmocka_unit_test_setup(test_spin_and_stop, setup),
		cmocka_unit_test_setup(test_halt_drain_stop, setup),
		cmocka_unit_test_setup(test_no_halt_on_command, setup),
		cmocka_unit_test_setup(test_tick, setup),
		cmocka_unit_test_setup(test_idt, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
