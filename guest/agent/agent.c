// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * agent.c - the guest of the small VMM.  Freestanding, no data of its own:
 * everything it writes is in pages that the VMM gave to this vCPU.
 */
#include <stdbool.h>
#include <stddef.h>

#include "guest/agent/agent_code.h"
#include "guest/agent/arch.h"

/* x2APIC and timer MSRs: SDM vol. 3, table 12-6 and 12.5.4.1. */
#define MSR_TSC_DEADLINE 0x6e0
#define MSR_X2APIC_TPR   0x808
#define MSR_X2APIC_EOI   0x80b
#define MSR_X2APIC_SVR   0x80f
#define MSR_X2APIC_ISR   0x810
#define MSR_X2APIC_IRR   0x820
#define MSR_X2APIC_LVTT  0x832
#define SVR_ENABLE       0x100
#define LVTT_DEADLINE    0x40000
#define LVTT_MASKED      0x10000

#define FIRST_INTERRUPT 32 /* vectors below are exceptions */
#define PAGE            4096
#define CODE_SELECTOR   8
#define GATE_INTERRUPT  0x8e00 /* present, DPL 0, 64-bit interrupt gate */

struct idt_gate {
	uint16_t offset_0;
	uint16_t selector;
	uint16_t type;
	uint16_t offset_16;
	uint32_t offset_32;
	uint32_t reserved;
};

static inline struct pb_agent_output *output_of(const struct pb_agent_input *in)
{
	return (struct pb_agent_output *)in->output;
}

static inline const volatile struct pb_agent_guest *guest_of(const struct pb_agent_input *in)
{
	return (const volatile struct pb_agent_guest *)in->guest;
}

/* The VMM and its other threads look at these while the guest runs. */
static inline void publish(uint32_t *word, uint32_t value)
{
	__atomic_store_n(word, value, __ATOMIC_RELEASE);
}

static inline void count(uint64_t *counter)
{
	__atomic_store_n(counter, *counter + 1, __ATOMIC_RELAXED);
}

/*
 * The only writer of this ring is this vCPU, and it writes with interrupts
 * off: nothing to lock.  head is stored last, so that a reader who sees it
 * sees the event.
 */
static void record(const struct pb_agent_input *in, const struct pb_event *ev)
{
	struct pb_ring *ring = (struct pb_ring *)in->ring;
	uint64_t head = ring->head;

	if (head >= in->ring_capacity) {
		count(&ring->lost);
		return;
	}
	ring->ev[head] = *ev;
	__atomic_store_n(&ring->head, head + 1, __ATOMIC_RELEASE);
}

static void record_isr(const struct pb_agent_input *in, uint8_t vector, uint64_t tsc)
{
	const volatile struct pb_slot *slot = (const volatile struct pb_slot *)in->slot[vector];
	struct pb_agent_output *out = output_of(in);
	struct pb_event ev = {
		.tsc = tsc,
		.vcpu = (uint16_t)in->vcpu,
		.cpu = PB_CPU_NONE,
		.kind = PB_EV_ISR,
		.vector = vector,
	};

	if (slot) {
		ev.seq = slot->seq;
		ev.source = in->source[vector];
		count(&out->isr);
	} else {
		ev.flags = PB_EVF_SPURIOUS;
		count(&out->spurious);
	}
	record(in, &ev);
}

static void tick_arm(const struct pb_agent_input *in)
{
	arch_wrmsr(MSR_TSC_DEADLINE, arch_tsc() + guest_of(in)->tick);
}

static void tick_init(const struct pb_agent_input *in)
{
	if (guest_of(in)->mode != PB_GUEST_TICK) {
		arch_wrmsr(MSR_X2APIC_LVTT, LVTT_MASKED | PB_AGENT_TICK_VECTOR);
		return;
	}
	arch_wrmsr(MSR_X2APIC_LVTT, LVTT_DEADLINE | PB_AGENT_TICK_VECTOR);
	arch_msr_fence();
	tick_arm(in);
}

/* An exception is the agent's end: nothing in it is meant to fault. */
static void die(const struct pb_agent_input *in, const struct agent_frame *frame, uint64_t tsc)
{
	struct pb_agent_output *out = output_of(in);
	struct pb_event ev = {
		.tsc = tsc,
		.arg = frame->rip,
		.vcpu = (uint16_t)in->vcpu,
		.cpu = PB_CPU_NONE,
		.kind = PB_EV_EXCEPTION,
		.vector = (uint8_t)frame->vector,
	};

	record(in, &ev);
	count(&out->exceptions);
	out->exception_vector = (uint32_t)frame->vector;
	out->exception_error = frame->error;
	out->exception_rip = frame->rip;
	out->exception_cr2 = arch_cr2();
	publish(&out->state, PB_AGENT_DEAD);
	arch_out(PB_AGENT_PORT, PB_AGENT_EXIT_EXCEPTION);
	arch_rest();
}

static const struct pb_device *device_of(const struct pb_agent_input *in, uint32_t source)
{
	return (const struct pb_device *)in->device[source];
}

static bool device_goes(const struct pb_device *d)
{
	return __atomic_load_n(&d->go, __ATOMIC_ACQUIRE);
}

/* Behind the record: what the driver does is no part of the latency. */
static void device_interrupt(const struct pb_agent_input *in, uint8_t vector)
{
	const struct pb_device *d = in->slot[vector] ? device_of(in, in->source[vector]) : NULL;

	if (!d || !device_goes(d) || vector < d->vector || vector - d->vector >= d->queues)
		return;
	agent_device_interrupt(d, vector - d->vector);
}

/* Those that were started only. */
static void devices_poll(const struct pb_agent_input *in, uint32_t started)
{
	for (uint32_t i = 0; i < PB_MAX_SOURCES; i++)
		if (started >> i & 1)
			agent_device_poll(device_of(in, i));
}

static bool devices_wait(const struct pb_agent_input *in)
{
	for (uint32_t i = 0; i < PB_MAX_SOURCES; i++)
		if (device_of(in, i) && agent_device_polls(device_of(in, i)))
			return false;
	return true;
}

/* With interrupts off: none of its ISRs is in the middle of a queue. */
static bool device_reborn(const struct pb_device *d)
{
	bool reborn;

	arch_cli();
	reborn = agent_device_reborn(d);
	arch_sti();
	return reborn;
}

/* Start what may be started now; true when nothing waits for that any more. */
static bool devices_start(const struct pb_agent_input *in, uint32_t *started)
{
	bool all = true;

	for (uint32_t i = 0; i < PB_MAX_SOURCES; i++) {
		const struct pb_device *d = device_of(in, i);

		if (!d)
			continue;
		if (device_reborn(d))
			*started &= ~(1u << i);
		if (*started >> i & 1)
			continue;
		if (!device_goes(d)) {
			all = false;
			continue;
		}
		*started |= 1u << i;
		arch_cli();
		if (d->kind == PB_SOURCE_NVME)
			agent_nvme_start(d);
		else if (d->kind == PB_SOURCE_NIC)
			agent_net_start(d);
		arch_sti();
	}
	return all;
}

void agent_interrupt(const struct pb_agent_input *in, const struct agent_frame *frame, uint64_t tsc)
{
	uint8_t vector = (uint8_t)frame->vector;

	if (vector < FIRST_INTERRUPT)
		die(in, frame, tsc);
	if (vector == PB_AGENT_TICK_VECTOR && guest_of(in)->mode == PB_GUEST_TICK) {
		count(&output_of(in)->ticks);
		tick_arm(in);
	} else {
		record_isr(in, vector, tsc);
		device_interrupt(in, vector);
	}
	/* The APIC sets no ISR bit for its spurious vector (SDM vol. 3, 12.9). */
	if (vector != PB_AGENT_SPURIOUS_VECTOR)
		arch_wrmsr(MSR_X2APIC_EOI, 0);
}

static void idt_init(const struct pb_agent_input *in)
{
	struct idt_gate *idt = (struct idt_gate *)in->idt;
	struct {
		uint16_t limit;
		uint64_t base;
	} __attribute__((packed)) idtr = {256 * sizeof(*idt) - 1, in->idt};

	for (unsigned int i = 0; i < 256; i++) {
		uint64_t stub = (uint64_t)agent_stubs + i * AGENT_STUB_SIZE;

		idt[i].offset_0 = (uint16_t)stub;
		idt[i].selector = CODE_SELECTOR;
		idt[i].type = GATE_INTERRUPT;
		idt[i].offset_16 = (uint16_t)(stub >> 16);
		idt[i].offset_32 = (uint32_t)(stub >> 32);
		idt[i].reserved = 0;
	}
	arch_lidt(&idtr);
}

static void touch_read(uint64_t start, uint64_t size)
{
	for (uint64_t p = start; p < start + size; p += PAGE)
		(void)*(const volatile uint64_t *)p;
}

static void touch_write(uint64_t start, uint64_t size)
{
	for (uint64_t p = start; p < start + size; p += PAGE) {
		volatile uint64_t *word = (volatile uint64_t *)p;

		*word = *word;
	}
}

/* Have every page in the EPT before it matters: an ISR must not exit to fault one in. */
static void prefault(const struct pb_agent_input *in)
{
	touch_read(PB_AGENT_BASE, in->image_size);
	touch_read(in->self, sizeof(*in));
	touch_read(in->gdt, PAGE);
	touch_write(in->idt, PAGE);
	touch_write(in->stack, in->stack_size);
	touch_write(in->ring,
		    sizeof(struct pb_ring) + (uint64_t)in->ring_capacity * sizeof(struct pb_event));
	for (unsigned int i = 0; i < 256; i++)
		if (in->slot[i])
			touch_read(in->slot[i], sizeof(struct pb_slot));
	for (unsigned int i = 0; i < PB_MAX_SOURCES; i++)
		if (in->device[i])
			touch_read(in->device[i], sizeof(struct pb_device));
}

static void halt(const struct pb_agent_input *in)
{
	struct pb_agent_output *out = output_of(in);
	struct pb_event ev = {
		.vcpu = (uint16_t)in->vcpu,
		.cpu = PB_CPU_NONE,
		.kind = PB_EV_HALT,
	};

	arch_cli();
	if (guest_of(in)->command != PB_AGENT_RUN || !devices_wait(in)) {
		arch_sti();
		return;
	}
	ev.tsc = arch_tsc();
	record(in, &ev);
	count(&out->halts);
	publish(&out->state, PB_AGENT_HALTED);
	arch_sti_hlt();
	publish(&out->state, PB_AGENT_RUNNING);
}

static void stop(const struct pb_agent_input *in)
{
	struct pb_agent_output *out = output_of(in);
	uint32_t pending = 0;

	arch_cli();
	arch_wrmsr(MSR_X2APIC_LVTT, LVTT_MASKED | PB_AGENT_TICK_VECTOR);
	for (unsigned int i = 0; i < 8; i++) {
		uint32_t bits = (uint32_t)arch_rdmsr(MSR_X2APIC_IRR + i) |
				(uint32_t)arch_rdmsr(MSR_X2APIC_ISR + i);

		if (i == PB_AGENT_TICK_VECTOR / 32 && guest_of(in)->mode == PB_GUEST_TICK)
			bits &= ~(1u << PB_AGENT_TICK_VECTOR % 32);
		for (; bits; bits &= bits - 1)
			pending++;
	}
	out->pending = pending;
	publish(&out->state, PB_AGENT_STOPPED);
	arch_out(PB_AGENT_PORT, PB_AGENT_EXIT_STOPPED);
	arch_rest();
}

void agent_main(const struct pb_agent_input *in)
{
	struct pb_agent_output *out = output_of(in);
	const volatile struct pb_agent_guest *guest = guest_of(in);
	uint32_t started = 0;

	idt_init(in);
	prefault(in);
	arch_wrmsr(MSR_X2APIC_SVR, SVR_ENABLE | PB_AGENT_SPURIOUS_VECTOR);
	arch_wrmsr(MSR_X2APIC_TPR, 0);
	tick_init(in);
	out->version = PB_AGENT_VERSION;
	out->vcpu = in->vcpu;
	out->magic = PB_AGENT_MAGIC;
	publish(&out->state, PB_AGENT_RUNNING);
	arch_sti();
	for (;;) {
		uint32_t command = guest->command;
		bool ready = devices_start(in, &started);

		devices_poll(in, started);
		count(&out->heartbeat);
		if (command == PB_AGENT_STOP)
			stop(in);
		if (command == PB_AGENT_DRAIN)
			publish(&out->state, PB_AGENT_DRAINING);
		else if (guest->mode == PB_GUEST_HALT && ready)
			halt(in);
		arch_pause();
	}
}
