/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * agent.h - what the VMM and the guest agent tell each other: one control
 * block per vCPU, one per guest.  Freestanding; the only definition.
 *
 * The blocks are split by who writes them.  What the VMM writes the guest sees
 * read-only (its page tables say so), what the guest writes the VMM reads as
 * claims: never as an index or a pointer, always against what it knows itself
 * (bench/vmm/claims.c).
 *
 * Guest virtual addresses equal guest physical addresses equal the functions'
 * DMA addresses.  All words are aligned, little endian, and written whole.
 */
#ifndef PB_AGENT_H
#define PB_AGENT_H

#include <stddef.h>
#include <stdint.h>

#include "guest/agent/device.h"
#include "shared/event.h"
#include "shared/plan.h"

#define PB_AGENT_MAGIC   0x544e4741u /* "AGNT" */
#define PB_AGENT_VERSION 1

/* Where the flat image is linked to, loaded and entered (see agent.ld). */
#define PB_AGENT_BASE 0x10000

/* An OUT of 4 bytes to this port is the agent's last word; enum pb_agent_exit. */
#define PB_AGENT_PORT 0xf4
enum pb_agent_exit {
	PB_AGENT_EXIT_STOPPED = 1, /* as told; the output block is complete */
	PB_AGENT_EXIT_EXCEPTION = 2, /* output->exception_* say which */
};

/* Vectors that the agent keeps, above all that a source can have (0x30..0xef). */
#define PB_AGENT_TICK_VECTOR     0xf8
#define PB_AGENT_SPURIOUS_VECTOR 0xff

enum pb_agent_command {
	PB_AGENT_RUN = 1, /* as the mode says */
	PB_AGENT_DRAIN = 2, /* spin with interrupts on once awake; a tick goes on */
	PB_AGENT_STOP = 3, /* interrupts off, report what is pending, leave */
};

enum pb_agent_state {
	PB_AGENT_RESET = 0, /* not started, or still preparing */
	PB_AGENT_RUNNING = 1,
	PB_AGENT_HALTED = 2, /* between the decision to halt and the wake-up; mode halt only */
	PB_AGENT_DRAINING = 3,
	PB_AGENT_STOPPED = 4,
	PB_AGENT_DEAD = 5, /* took an exception */
	PB_AGENT_STATES
};

/* One per guest, written by the VMM. */
struct pb_agent_guest {
	uint32_t magic; /* PB_AGENT_MAGIC */
	uint32_t version; /* PB_AGENT_VERSION */
	uint32_t command; /* enum pb_agent_command; the only word that changes */
	uint32_t mode; /* enum pb_guest_mode */
	uint64_t tick; /* PB_GUEST_TICK: period in TSC ticks, > 0 */
	uint64_t reserved[5];
};
_Static_assert(sizeof(struct pb_agent_guest) == 64, "one cache line");

/* Per vCPU, written by the VMM before the vCPU starts, then constant. */
struct pb_agent_input {
	uint64_t self; /* address of this; GS base points here too */
	uint64_t guest; /* struct pb_agent_guest */
	uint64_t output; /* struct pb_agent_output */
	uint64_t ring; /* struct pb_ring, initialised by the VMM */
	uint64_t idt; /* a page to build the IDT in */
	uint64_t gdt; /* a page with the GDT */
	uint64_t stack; /* lowest address of the stack */
	uint64_t stack_size; /* bytes */
	uint64_t image_size; /* bytes at PB_AGENT_BASE */
	uint32_t ring_capacity; /* events */
	uint32_t vcpu; /* index, also APIC id */
	uint64_t slot[256]; /* struct pb_slot of each vector; 0: of no source here */
	uint8_t source[256]; /* index of the source of each vector that has a slot */
	uint64_t device[PB_MAX_SOURCES]; /* struct pb_device that this vCPU drives; 0: none */
};
_Static_assert(sizeof(struct pb_agent_input) == 80 + 2048 + 256 + PB_MAX_SOURCES * 8, "no padding");
_Static_assert(sizeof(struct pb_agent_input) <= 4096, "one page");

/* Per vCPU, written by the guest alone. */
struct pb_agent_output {
	uint32_t magic; /* PB_AGENT_MAGIC, once the agent is up */
	uint32_t version;
	uint32_t vcpu;
	uint32_t state; /* enum pb_agent_state */
	uint64_t heartbeat; /* rounds of the main loop; stands still while halted */
	uint64_t isr; /* ISR entries on vectors of sources */
	uint64_t spurious; /* ISR entries on any other vector but the tick's */
	uint64_t ticks; /* of the agent's own timer */
	uint64_t halts; /* HLT instructions, each with its PB_EV_HALT */
	uint64_t exceptions; /* 0 or 1 */
	uint32_t pending; /* STOPPED: vectors in IRR or ISR, without the tick's */
	uint32_t exception_vector; /* DEAD: */
	uint64_t exception_error;
	uint64_t exception_rip;
	uint64_t exception_cr2;
	uint64_t reserved[4];
};
_Static_assert(sizeof(struct pb_agent_output) == 128, "two cache lines");

#endif
