// SPDX-License-Identifier: LGPL-2.1-or-later
/* The guest agent itself, compiled for this machine with a CPU of our own. */
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

#include "guest/agent/agent.c"
#include "guest/agent/net.c"
#include "guest/agent/nvme.c"

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

/* --- NVMe ---------------------------------------------------------------- */

#define ENTRIES 4u

/* A device with two queues, on the vectors from VEC_A on; the test plays the controller. */
static struct {
	struct pb_device device;
	struct pb_device_state state[2];
	struct nvme_sqe sq[2][ENTRIES];
	struct nvme_cqe cq[2][ENTRIES];
	uint32_t doorbell[4];
	unsigned int done[2]; /* completions written */
} nvme;

static int setup_nvme(void **state)
{
	setup(state);
	memset(&nvme, 0, sizeof(nvme));
	nvme.device = (struct pb_device){
		.kind = PB_SOURCE_NVME, .queues = 2, .vector = VEC_A, .state = ADDRESS(nvme.state)};
	for (unsigned int i = 0; i < 2; i++)
		nvme.device.queue[i] = (struct pb_device_queue){
			.submission = ADDRESS(nvme.sq[i]),
			.completion = ADDRESS(nvme.cq[i]),
			.submission_doorbell = ADDRESS(&nvme.doorbell[2 * i]),
			.completion_doorbell = ADDRESS(&nvme.doorbell[2 * i + 1]),
			.data = 0x123000 + i,
			.entries = ENTRIES,
			.depth = 2,
			.count = 7,
		};
	vm.in.device[0] = ADDRESS(&nvme.device);
	vm.in.slot[VEC_A + 1] = ADDRESS(&vm.slot[1]);
	return 0;
}

/* The oldest command of queue `q` ends; the phase turns with every round. */
static void complete(unsigned int q, uint16_t status)
{
	unsigned int at = nvme.done[q] % ENTRIES;

	nvme.cq[q][at] = (struct nvme_cqe){
		.cid = (uint16_t)(nvme.sq[q][at].cdw0 >> 16),
		.status = (uint16_t)(status << 1 | !(nvme.done[q] / ENTRIES % 2)),
	};
	nvme.done[q]++;
}

static void nvme_waiting(unsigned int n)
{
	if (n == 1) {
		/* Not before the source says go. */
		assert_int_equal(nvme.state[0].submitted, 0);
		nvme.device.go = 1;
	}
	if (n == 2)
		vm.guest.command = PB_AGENT_STOP;
}

static void test_nvme_start(void **state)
{
	(void)state;
	go(nvme_waiting);
	for (unsigned int i = 0; i < 2; i++) {
		assert_int_equal(nvme.state[i].submitted, 2);
		assert_int_equal(nvme.doorbell[2 * i], 2);
		assert_int_equal(nvme.sq[i][0].cdw0, NVME_CMD_READ);
		assert_int_equal(nvme.sq[i][1].cdw0, NVME_CMD_READ | 1 << 16);
		assert_int_equal(nvme.sq[i][0].nsid, 1);
		assert_int_equal(nvme.sq[i][0].prp1, 0x123000 + i);
	}
}

/* One that halts waits for its devices to start: nothing else would wake it for that. */
static void nvme_halting(unsigned int n)
{
	if (cpu.halts == 0 && n == 2) {
		nvme.device.go = 1;
		return;
	}
	if (cpu.halts == 1) {
		assert_int_equal(nvme.state[0].submitted, 2);
		vm.guest.command = PB_AGENT_STOP;
	}
}

static void test_nvme_halt(void **state)
{
	(void)state;
	vm.guest.mode = PB_GUEST_HALT;
	go(nvme_halting);
	assert_int_equal(cpu.halts, 1);
}

static void test_nvme_commands(void **state)
{
	(void)state;
	go(nvme_waiting);
	/* An interrupt of one queue says nothing of the other. */
	complete(0, 0);
	complete(1, 0);
	interrupt(VEC_A, 1);
	assert_int_equal(nvme.state[0].completed, 1);
	assert_int_equal(nvme.state[1].completed, 0);
	assert_int_equal(nvme.doorbell[1], 1);
	assert_int_equal(nvme.doorbell[3], 0);
	assert_int_equal(nvme.doorbell[0], 3);
	/* Two at once; the rings turn. */
	complete(0, 0);
	complete(0, 0);
	interrupt(VEC_A, 2);
	assert_int_equal(nvme.state[0].completed, 3);
	assert_int_equal(nvme.state[0].submitted, 5);
	assert_int_equal(nvme.doorbell[0], 1);
	assert_int_equal(nvme.doorbell[1], 3);
	/* One that comes for nothing: no doorbell is rung. */
	nvme.doorbell[0] = nvme.doorbell[1] = 99;
	interrupt(VEC_A, 3);
	assert_int_equal(nvme.doorbell[0], 99);
	assert_int_equal(nvme.doorbell[1], 99);
	/* To the end of what it was to do, with an error on the way. */
	for (unsigned int i = 3; i < 7; i++) {
		complete(0, i == 5);
		interrupt(VEC_A, 4 + i);
	}
	assert_int_equal(nvme.state[0].submitted, 7);
	assert_int_equal(nvme.state[0].completed, 7);
	assert_int_equal(nvme.state[0].failed, 1);
	assert_int_equal(vm.out.isr, 7);
}

/* Draining: what ends is consumed, nothing new is submitted. */
static void test_nvme_drain(void **state)
{
	(void)state;
	go(nvme_waiting);
	nvme.device.go = PB_DEVICE_DRAIN;
	complete(0, 0);
	complete(0, 0);
	interrupt(VEC_A, 1);
	assert_int_equal(nvme.state[0].completed, 2);
	assert_int_equal(nvme.state[0].submitted, 2);
	assert_int_equal(nvme.doorbell[0], 2);
	assert_int_equal(nvme.doorbell[1], 2);
}

/* Vectors of the source beyond its queues, and a device that does not go, are left alone. */
static void test_nvme_others(void **state)
{
	(void)state;
	vm.in.slot[VEC_A + 2] = ADDRESS(&vm.slot[1]);
	nvme.device.go = 1;
	interrupt(VEC_A + 2, 1);
	nvme.device.go = 0;
	interrupt(VEC_A, 2);
	assert_int_equal(nvme.state[0].completed + nvme.state[1].completed, 0);
	assert_int_equal(vm.out.isr, 2);
}

/* --- NIC ----------------------------------------------------------------- */

/* Two receive queues, on the vectors from VEC_A on; the test plays the device. */
static struct {
	struct pb_device device;
	struct pb_device_state state[2];
	struct {
		struct net_desc desc[NET_ENTRIES];
		struct net_avail avail;
	} ring[2];
	struct net_used used[2];
	uint16_t doorbell[2];
} nic;

static int setup_nic(void **state)
{
	setup(state);
	memset(&nic, 0, sizeof(nic));
	nic.device = (struct pb_device){
		.kind = PB_SOURCE_NIC, .queues = 2, .vector = VEC_A, .state = ADDRESS(nic.state)};
	for (unsigned int i = 0; i < 2; i++) {
		nic.device.queue[i] = (struct pb_device_queue){
			.submission = ADDRESS(&nic.ring[i]),
			.completion = ADDRESS(&nic.used[i]),
			.submission_doorbell = ADDRESS(&nic.doorbell[i]),
			.entries = NET_ENTRIES,
		};
		nic.ring[i].avail.idx = NET_ENTRIES;
		nic.doorbell[i] = 99;
		for (uint16_t j = 0; j < NET_ENTRIES; j++)
			nic.ring[i].avail.ring[j] = j;
	}
	vm.in.device[0] = ADDRESS(&nic.device);
	vm.in.slot[VEC_A + 1] = ADDRESS(&vm.slot[1]);
	return 0;
}

/* A frame of `len` bytes, its header included, comes into buffer `id`. */
static void frame(unsigned int q, uint32_t id, uint32_t len)
{
	struct net_used *used = &nic.used[q];

	used->ring[used->idx % NET_ENTRIES].id = id;
	used->ring[used->idx % NET_ENTRIES].len = len;
	used->idx++;
}

static void nic_waiting(unsigned int n)
{
	if (n == 1) {
		assert_int_equal(nic.doorbell[0], 99);
		nic.device.go = 1;
	}
	if (n == 2)
		vm.guest.command = PB_AGENT_STOP;
}

/* Once it may, the device is told of the buffers, of each queue by its number. */
static void test_nic_start(void **state)
{
	(void)state;
	go(nic_waiting);
	assert_int_equal(nic.doorbell[0], 0);
	assert_int_equal(nic.doorbell[1], 2);
	assert_int_equal(nic.state[0].completed, 0);
}

static void test_nic_frames(void **state)
{
	(void)state;
	nic.device.go = 1;
	/* An interrupt of one queue says nothing of the other. */
	frame(0, 0, 78);
	frame(0, 1, 78);
	frame(1, 0, 78);
	interrupt(VEC_A, 1);
	assert_int_equal(nic.state[0].completed, 2);
	assert_int_equal(nic.state[1].completed, 0);
	assert_int_equal(nic.doorbell[0], 0);
	assert_int_equal(nic.doorbell[1], 99);
	assert_int_equal(nic.ring[0].avail.idx, NET_ENTRIES + 2);
	/* One that comes for nothing gives nothing back. */
	nic.doorbell[0] = 99;
	interrupt(VEC_A, 2);
	assert_int_equal(nic.doorbell[0], 99);
	assert_int_equal(nic.ring[0].avail.idx, NET_ENTRIES + 2);
	/* Where an interrupt was lost, its frame waits for the next one. */
	frame(1, 1, 78);
	interrupt(VEC_A + 1, 3);
	assert_int_equal(nic.state[1].completed, 2);
	assert_int_equal(nic.doorbell[1], 2);
	assert_int_equal(nic.state[0].failed + nic.state[1].failed, 0);
	assert_int_equal(vm.out.isr, 3);
}

/* Buffers go back in the order in which they came, all round and round again. */
static void test_nic_rounds(void **state)
{
	(void)state;
	nic.device.go = 1;
	for (unsigned int i = 0; i < 0x10000 + 3 * NET_ENTRIES; i++) {
		uint32_t id = nic.ring[0].avail.ring[i % NET_ENTRIES];

		/* The device takes what it was given, from the back: another order each round. */
		frame(0, (id + 5) % NET_ENTRIES, 78);
		interrupt(VEC_A, i + 1);
		assert_int_equal(nic.ring[0].avail.ring[i % NET_ENTRIES], (id + 5) % NET_ENTRIES);
		assert_int_equal((uint16_t)(nic.used[0].idx + NET_ENTRIES), nic.ring[0].avail.idx);
	}
	assert_int_equal(nic.state[0].completed, 0x10000 + 3 * NET_ENTRIES);
	assert_int_equal(nic.state[0].failed, 0);
	/* No frame in it, and a buffer that there is not. */
	frame(0, 3, NET_HEADER);
	frame(0, NET_ENTRIES, 78);
	interrupt(VEC_A, 1);
	assert_int_equal(nic.state[0].failed, 2);
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
		cmocka_unit_test_setup(test_nvme_start, setup_nvme),
		cmocka_unit_test_setup(test_nvme_halt, setup_nvme),
		cmocka_unit_test_setup(test_nvme_commands, setup_nvme),
		cmocka_unit_test_setup(test_nvme_drain, setup_nvme),
		cmocka_unit_test_setup(test_nvme_others, setup_nvme),
		cmocka_unit_test_setup(test_nic_start, setup_nic),
		cmocka_unit_test_setup(test_nic_frames, setup_nic),
		cmocka_unit_test_setup(test_nic_rounds, setup_nic),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
