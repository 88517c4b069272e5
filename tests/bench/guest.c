// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * guest/agent/agent.c itself, with the flags of the guest (bench.mk). Of the
 * CPU only the TSC is real: the write to the EOI register, which costs a guest
 * with APICv a store to a page, is none here.
 */
#include <stdint.h>
#include <stdlib.h>

#include "tests/bench/guest.h"

#define PB_AGENT_ARCH_H

static inline uint64_t arch_tsc(void)
{
	uint32_t lo, hi;

	__asm__ volatile("rdtsc" : "=a"(lo), "=d"(hi));
	return (uint64_t)hi << 32 | lo;
}

static inline void arch_wrmsr(uint32_t msr, uint64_t value)
{
	__asm__ volatile("" ::"r"(msr), "r"(value) : "memory");
}

static inline uint64_t arch_rdmsr(uint32_t msr)
{
	(void)msr;
	return 0;
}

static inline uint64_t arch_cr2(void)
{
	return 0;
}

static inline void arch_out(uint16_t port, uint32_t value)
{
	(void)port;
	(void)value;
}

static inline void arch_lidt(const void *pseudo_descriptor)
{
	(void)pseudo_descriptor;
}

static inline void arch_nothing(void)
{
}

/* Where the agent would leave: a benchmark never comes here. */
_Noreturn static inline void arch_rest(void)
{
	abort();
}

#define arch_cli       arch_nothing
#define arch_sti       arch_nothing
#define arch_sti_hlt   arch_nothing
#define arch_pause     arch_nothing
#define arch_msr_fence arch_nothing

#include "guest/agent/agent.c"
#include "guest/agent/net.c"
#include "guest/agent/nvme.c"
#include "guest/agent/poll.c"

#define VECTORS      8
#define FIRST_VECTOR PB_VECTOR_BASE

const uint8_t agent_stubs[256 * AGENT_STUB_SIZE];

static struct pb_agent_output output;
static struct pb_agent_guest guest = {.mode = PB_GUEST_SPIN};
static struct pb_slot slot[VECTORS];
static struct pb_agent_input input;
static struct pb_ring *ring;

/* As entry.S calls it: from elsewhere, knowing nothing of it. */
static void (*volatile handler)(const struct pb_agent_input *in, const struct agent_frame *frame,
				uint64_t tsc) = agent_interrupt;

bool guest_start(uint32_t capacity)
{
	ring = calloc(1, sizeof(*ring) + capacity * sizeof(ring->ev[0]));
	if (!ring)
		return false;
	ring->magic = PB_RING_MAGIC;
	ring->capacity = capacity;
	input.guest = (uint64_t)&guest;
	input.output = (uint64_t)&output;
	input.ring = (uint64_t)ring;
	input.ring_capacity = capacity;
	for (unsigned int i = 0; i < VECTORS; i++) {
		input.slot[FIRST_VECTOR + i] = (uint64_t)&slot[i];
		slot[i].seq = i + 1;
	}
	touch_write(input.ring, sizeof(*ring) + capacity * sizeof(ring->ev[0]));
	return true;
}

void guest_end(void)
{
	free(ring);
	ring = NULL;
}

void guest_empty(void)
{
	ring->head = 0;
	ring->lost = 0;
	output.isr = 0;
}

void guest_interrupts(uint64_t nr)
{
	struct agent_frame frame = {0};

	for (uint64_t i = 0; i < nr; i++) {
		frame.vector = FIRST_VECTOR + i % VECTORS;
		handler(&input, &frame, arch_tsc());
	}
}

bool guest_recorded(uint64_t nr)
{
	const struct pb_event *last = &ring->ev[nr - 1];

	return ring->head == nr && !ring->lost && output.isr == nr && last->kind == PB_EV_ISR &&
	       last->vector == FIRST_VECTOR + (nr - 1) % VECTORS && last->tsc;
}
