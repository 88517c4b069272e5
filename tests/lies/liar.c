// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * liar.c - the guest agent, but that it tells one lie of lies.h: number n when its
 * ring has LIAR_CAPACITY + n events, none when it has LIAR_CAPACITY.
 */
#define agent_interrupt honest_interrupt
#include "guest/agent/agent.c"
#undef agent_interrupt

void agent_interrupt(const struct pb_agent_input *in, const struct agent_frame *frame,
		     uint64_t tsc);

#define LIAR_CAPACITY 1024
#define WILD          (1ull << 63)

enum lie {
	HONEST,
#define LIE(name, says) name,
#include "tests/lies/lies.h"
#undef LIE
};

static void lie_output(enum lie lie, struct pb_agent_output *out)
{
	switch (lie) {
	case magic:
		out->magic = 0;
		break;
	case version:
		out->version++;
		break;
	case vcpu:
		out->vcpu = 7;
		break;
	case state_reset:
		out->state = PB_AGENT_RESET;
		break;
	case state_halted:
		out->state = PB_AGENT_HALTED;
		break;
	case state_draining:
		out->state = PB_AGENT_DRAINING;
		break;
	case state_stopped:
		out->state = PB_AGENT_STOPPED;
		break;
	case state_dead:
		out->state = PB_AGENT_DEAD;
		break;
	case state_none:
		out->state = 77;
		break;
	case heartbeat_back:
		out->heartbeat = 0;
		break;
	case heartbeat_wild:
		out->heartbeat = WILD;
		break;
	case isr_back:
		out->isr = 0;
		break;
	case isr_wild:
		out->isr = WILD;
		break;
	case isr_more:
		out->isr++;
		break;
	case spurious:
		out->spurious = 1;
		break;
	case spurious_wild:
		out->spurious = -1ull;
		break;
	case ticks:
		out->ticks = 1;
		break;
	case ticks_wild:
		out->ticks = -1ull;
		break;
	case halts:
		out->halts = 1;
		break;
	case exceptions:
		out->exceptions = 1;
		break;
	case exceptions_wild:
		out->exceptions = -1ull;
		break;
	case pending:
		out->pending = 1;
		break;
	case pending_wild:
		out->pending = -1u;
		break;
	case exception_vector:
		out->exception_vector = 13;
		break;
	case exception_error:
		out->exception_error = 1;
		break;
	case exception_rip:
		out->exception_rip = 1;
		break;
	case exception_cr2:
		out->exception_cr2 = 1;
		break;
	case reserved_first:
		out->reserved[0] = 1;
		break;
	case reserved_last:
		out->reserved[3] = 1;
		break;
	default:
		break;
	}
}

static void lie_ring(enum lie lie, struct pb_ring *ring, uint32_t capacity)
{
	switch (lie) {
	case ring_magic:
		ring->magic = 0;
		break;
	case ring_capacity_less:
		ring->capacity = 1;
		break;
	case ring_capacity_more:
		ring->capacity = -1u;
		break;
	case ring_head_back:
		ring->head = 0;
		break;
	case ring_head_more:
		ring->head += 2;
		break;
	case ring_head_beyond:
		ring->head = capacity + 1;
		break;
	case ring_head_wild:
		ring->head = -1ull;
		break;
	case ring_lost:
		ring->lost = 1;
		break;
	case ring_lost_wild:
		ring->lost = -1ull;
		break;
	case ring_reserved_first:
		ring->reserved[0] = 1;
		break;
	case ring_reserved_last:
		ring->reserved[4] = 1;
		break;
	default:
		break;
	}
}

static void lie_event(enum lie lie, struct pb_event *ev)
{
	switch (lie) {
	case ev_tsc_zero:
		ev->tsc = 0;
		break;
	case ev_tsc_back:
		ev->tsc = ev[-1].tsc - 1;
		break;
	case ev_tsc_future:
		ev->tsc += WILD;
		break;
	case ev_arg:
		ev->arg = 1;
		break;
	case ev_seq_wild:
		ev->seq = -1u;
		break;
	case ev_vcpu:
		ev->vcpu = 1;
		break;
	case ev_vcpu_none:
		ev->vcpu = PB_VCPU_NONE;
		break;
	case ev_cpu:
		ev->cpu = 0;
		break;
	case ev_flags_spurious:
		ev->flags = PB_EVF_SPURIOUS;
		break;
	case ev_flags_wild:
		ev->flags = 0x8000;
		break;
	case ev_kind_post:
		ev->kind = PB_EV_POST;
		break;
	case ev_kind_halt:
		ev->kind = PB_EV_HALT;
		break;
	case ev_kind_exception:
		ev->kind = PB_EV_EXCEPTION;
		break;
	case ev_kind_truth:
		ev->kind = PB_TR_POST;
		break;
	case ev_kind_none:
		ev->kind = 255;
		break;
	case ev_vector_low:
		ev->vector = 14;
		break;
	case ev_vector_high:
		ev->vector = 0xff;
		break;
	case ev_source:
		ev->source = 1;
		break;
	case ev_reserved:
		ev->reserved[2] = 1;
		break;
	default:
		break;
	}
}

static void lie_plausible(enum lie lie, struct pb_agent_output *out, struct pb_ring *ring,
			  struct pb_event *ev)
{
	switch (lie) {
	case plausible_seq:
		ev->seq++;
		break;
	case plausible_seq_none:
		ev->seq = 0;
		break;
	case plausible_vector:
		ev->vector ^= 1;
		break;
	case plausible_tsc:
		ev->tsc = ev[-1].tsc + 1;
		break;
	case plausible_hidden:
		ring->head--;
		out->isr--;
		break;
	case plausible_invented:
		ev[1] = *ev;
		ring->head++;
		out->isr++;
		break;
	case plausible_spurious:
		ev->flags = PB_EVF_SPURIOUS;
		ev->vector = 0x20;
		ev->seq = 0;
		out->isr--;
		out->spurious++;
		break;
	default:
		break;
	}
}

static void fault_for_ever(void)
{
	struct {
		uint16_t limit;
		uint64_t base;
	} __attribute__((packed)) none = {0, 0};

	arch_lidt(&none);
	__asm__ volatile("ud2");
}

static void do_it(enum lie lie, const struct pb_agent_input *in)
{
	switch (lie) {
	case does_write_input:
		((volatile struct pb_agent_input *)in)->ring_capacity = 0;
		break;
	case does_write_code:
		*(volatile uint8_t *)PB_AGENT_BASE = 0;
		break;
	case does_jump_wild:
		((void (*)(void))in->ring)();
		break;
	case does_undefined:
		__asm__ volatile("ud2");
		break;
	case does_triple_fault:
		fault_for_ever();
		break;
	case does_port:
		arch_out(0x80, 1);
		break;
	case does_last_word:
		arch_out(PB_AGENT_PORT, 99);
		break;
	case does_stop:
		arch_out(PB_AGENT_PORT, PB_AGENT_EXIT_STOPPED);
		break;
	case does_die:
		arch_out(PB_AGENT_PORT, PB_AGENT_EXIT_EXCEPTION);
		break;
	case does_spin:
		for (;;)
			arch_pause();
	case does_sleep:
		for (;;)
			__asm__ volatile("cli; hlt");
	default:
		break;
	}
}

void agent_interrupt(const struct pb_agent_input *in, const struct agent_frame *frame, uint64_t tsc)
{
	enum lie lie = (enum lie)(in->ring_capacity - LIAR_CAPACITY);
	struct pb_ring *ring = (struct pb_ring *)in->ring;
	struct pb_agent_output *out = output_of(in);

	honest_interrupt(in, frame, tsc);
	if (lie == HONEST || ring->head != 3 || out->isr != 3)
		return;
	lie_output(lie, out);
	lie_ring(lie, ring, in->ring_capacity);
	lie_event(lie, &ring->ev[2]);
	lie_plausible(lie, out, ring, &ring->ev[2]);
	do_it(lie, in);
}
