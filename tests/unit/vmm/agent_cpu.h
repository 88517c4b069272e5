/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * agent_cpu.h - the guest agent itself, compiled for this machine with a CPU of our
 * own: included once by each test of it, which has its own copy of all.
 */
#ifndef TEST_VMM_AGENT_CPU_H
#define TEST_VMM_AGENT_CPU_H

#include <stdlib.h>
#include <string.h>

#include "vmm/cases.h"

/* --- the CPU ------------------------------------------------------------- */

#define PB_AGENT_ARCH_H

static struct {
	uint64_t tsc;
	uint64_t irr[8], isr[8];
	uint64_t deadline, lvtt, svr;
	unsigned int eoi, halts, pauses;
	uint32_t out;
	int interrupts_on;
	jmp_buf rest;
	/* What happens to the agent while it waits: the n-th HLT or PAUSE. */
	void (*waiting)(unsigned int n);
} cpu;

static uint64_t arch_tsc(void)
{
	return ++cpu.tsc;
}

static uint64_t arch_rdmsr(uint32_t msr)
{
	if (msr >= 0x820 && msr < 0x828)
		return cpu.irr[msr - 0x820];
	if (msr >= 0x810 && msr < 0x818)
		return cpu.isr[msr - 0x810];
	fail_msg("RDMSR 0x%x", msr);
	return 0;
}

static void arch_wrmsr(uint32_t msr, uint64_t value)
{
	switch (msr) {
	case 0x6e0:
		/* A deadline means something once the timer is in that mode. */
		assert_int_equal(cpu.lvtt & 0x70000, 0x40000);
		cpu.deadline = value;
		break;
	case 0x808:
		assert_int_equal(value, 0);
		break;
	case 0x80b:
		assert_int_equal(value, 0);
		cpu.eoi++;
		break;
	case 0x80f:
		cpu.svr = value;
		break;
	case 0x832:
		cpu.lvtt = value;
		break;
	default:
		fail_msg("WRMSR 0x%x", msr);
	}
}

static void arch_msr_fence(void)
{
}

static uint64_t arch_cr2(void)
{
	return 0xc2;
}

static void arch_cli(void)
{
	cpu.interrupts_on = 0;
}

static void arch_sti(void)
{
	cpu.interrupts_on = 1;
}

static void arch_sti_hlt(void)
{
	/* Halting with interrupts on before the HLT would be the lost wake-up. */
	assert_int_equal(cpu.interrupts_on, 0);
	cpu.interrupts_on = 1;
	cpu.waiting(++cpu.halts);
}

static void arch_pause(void)
{
	assert_int_equal(cpu.interrupts_on, 1);
	cpu.waiting(++cpu.pauses);
}

static void arch_out(uint16_t port, uint32_t value)
{
	assert_int_equal(port, 0xf4);
	assert_int_equal(cpu.interrupts_on, 0);
	cpu.out = value;
}

static void arch_lidt(const void *p)
{
	(void)p;
}

_Noreturn static void arch_rest(void)
{
	longjmp(cpu.rest, 1);
}

/* What happens, once, between the last look of a poll loop and its end. */
static void (*lingering)(void);

static void linger(void)
{
	void (*what)(void) = lingering;

	lingering = NULL;
	if (what)
		what();
}
#define AGENT_LINGER() linger()

#include "guest/agent/agent.c"
#include "guest/agent/net.c"
#include "guest/agent/nvme.c"
#include "guest/agent/poll.c"

const uint8_t agent_stubs[256 * AGENT_STUB_SIZE] = {0};

/* --- the VMM's side ------------------------------------------------------ */

#define CAPACITY 8

static struct {
	struct pb_agent_guest guest;
	struct pb_agent_input in;
	struct pb_agent_output out;
	struct {
		struct pb_ring head;
		struct pb_event ev[CAPACITY];
	} ring;
	struct pb_slot slot[2];
	uint64_t page[512], stack[512];
} vm;

#define ADDRESS(p) ((uint64_t)(uintptr_t)(p))
#define VEC_A      0x30
#define VEC_B      0x71

static int setup(void **state)
{
	(void)state;
	memset(&cpu, 0, sizeof(cpu));
	memset(&vm, 0, sizeof(vm));
	cpu.tsc = 1000;
	vm.guest = (struct pb_agent_guest){.magic = PB_AGENT_MAGIC,
					   .version = PB_AGENT_VERSION,
					   .command = PB_AGENT_RUN,
					   .mode = PB_GUEST_SPIN,
					   .tick = 5000};
	vm.ring.head.magic = PB_RING_MAGIC;
	vm.ring.head.capacity = CAPACITY;
	vm.in = (struct pb_agent_input){.self = ADDRESS(&vm.in),
					.guest = ADDRESS(&vm.guest),
					.output = ADDRESS(&vm.out),
					.ring = ADDRESS(&vm.ring),
					.idt = ADDRESS(vm.page),
					.gdt = ADDRESS(vm.stack),
					.stack = ADDRESS(vm.stack),
					.stack_size = sizeof(vm.stack),
					.ring_capacity = CAPACITY,
					.vcpu = 5};
	vm.in.slot[VEC_A] = ADDRESS(&vm.slot[0]);
	vm.in.slot[VEC_B] = ADDRESS(&vm.slot[1]);
	vm.in.source[VEC_B] = 1;
	return 0;
}

static void interrupt(uint8_t vector, uint64_t tsc)
{
	struct agent_frame frame = {.vector = vector, .error = 0xe, .rip = 0x10042};
	jmp_buf outer;

	/* It may come in the midst of go(), which has its own way out. */
	memcpy(&outer, &cpu.rest, sizeof(outer));
	if (!setjmp(cpu.rest))
		agent_interrupt(&vm.in, &frame, tsc);
	memcpy(&cpu.rest, &outer, sizeof(outer));
}

static void go(void (*waiting)(unsigned int n))
{
	cpu.waiting = waiting;
	if (!setjmp(cpu.rest))
		agent_main(&vm.in);
}

#endif
