/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* agent_code.h - between entry.S and agent.c. */
#ifndef PB_AGENT_CODE_H
#define PB_AGENT_CODE_H

#include <stdbool.h>
#include <stdint.h>

#include "guest/agent/agent.h"

/* As the stubs of entry.S push it, under what the CPU pushed. */
struct agent_frame {
	uint64_t r11, r10, r9, r8, rdi, rsi, rcx, rdx, rax;
	uint64_t vector;
	uint64_t error; /* 0 for vectors without error code */
	uint64_t rip, cs, rflags, rsp, ss;
};

/* 256 stubs of 16 bytes, one per vector. */
#define AGENT_STUB_SIZE 16
extern const uint8_t agent_stubs[256 * AGENT_STUB_SIZE];

/* Entered once per vCPU, interrupts off, on the vCPU's own stack. */
_Noreturn void agent_main(const struct pb_agent_input *in);

/* Every vector comes here; `tsc` was read first thing. */
void agent_interrupt(const struct pb_agent_input *in, const struct agent_frame *frame,
		     uint64_t tsc);

static inline struct pb_device_state *agent_state(const struct pb_device *d, uint32_t queue)
{
	return (struct pb_device_state *)d->state + queue;
}

/*
 * Devices that the guest drives itself, one file per kind.  start: once, when the
 * source says go.  take: up to `budget` completions of a queue, from its ISR or the
 * poll loop, never both; how many there were.  waiting: is there one?  interrupts:
 * whether the device is to send any for the queue.  abort: the function was reset.
 */
void agent_nvme_start(const struct pb_device *d);
uint32_t agent_nvme_take(const struct pb_device *d, uint32_t queue, uint32_t budget);
bool agent_nvme_waiting(const struct pb_device *d, uint32_t queue);
void agent_nvme_abort(const struct pb_device *d, uint32_t queue);
void agent_net_start(const struct pb_device *d);
uint32_t agent_net_take(const struct pb_device *d, uint32_t queue, uint32_t budget);
bool agent_net_waiting(const struct pb_device *d, uint32_t queue);
void agent_net_abort(const struct pb_device *d, uint32_t queue);
void agent_net_interrupts(const struct pb_device *d, uint32_t queue, bool on);

/* An interrupt of a queue, for its device's way to go about it: poll.c. */
void agent_device_interrupt(const struct pb_device *d, uint32_t queue);
/* One look at each queue that polls, from the main loop, with interrupts on. */
void agent_device_poll(const struct pb_device *d);
/* Was its function reset since? Then it is to be started anew, once it may. */
bool agent_device_reborn(const struct pb_device *d);
/* Does a queue poll? Then the vCPU must not halt. */
bool agent_device_polls(const struct pb_device *d);

#endif
