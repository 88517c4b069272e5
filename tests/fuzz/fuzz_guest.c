// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What a guest and a function wrote into guest memory, with anything in it: two
 * readings of the output block and the ring's head, then the ring's events.
 *
 *	byte 0: mode (2 bits), command (2), function's ring instead (1), ring made right (1)
 *	byte 1: vCPU and source
 *	then the first output block and ring head, the second, the events
 */
#include <stdlib.h>
#include <string.h>

#include "plan/plan.h"
#include "tests/fuzz/fuzz.h"
#include "vmm/claims.h"

#define CAPACITY 64
#define NOW      1000000

struct memory {
	struct pb_agent_output out;
	struct pb_ring ring;
};

static struct pb_plan make_plan(enum pb_guest_mode mode)
{
	struct pb_plan plan = {.scenario = "f",
			       .vmm = PB_VMM_MINI,
			       .guest_mode = mode,
			       .vcpus = 2,
			       .tick_us = mode == PB_GUEST_TICK ? 1000 : 0,
			       .measure_us = 1,
			       .nr_sources = 2,
			       .event_capacity = CAPACITY};

	for (uint32_t i = 0; i < plan.nr_sources; i++)
		plan.source[i] = (struct pb_plan_source){
			.kind = PB_SOURCE_POSTER,
			.vcpu = i,
			.vectors = 4,
			.count = 9,
			.schedule = PB_SCHED_PERIODIC,
			.period_us = 1,
		};
	plan_seal(&plan);
	return plan;
}

static void ring_right(struct pb_ring *ring)
{
	ring->magic = PB_RING_MAGIC;
	ring->capacity = CAPACITY;
	memset(ring->reserved, 0, sizeof(ring->reserved));
}

/* As mini_collect.c does; nothing that was taken may be out of its range. */
static void collect(const struct claims_known *k, unsigned int source, bool function,
		    const struct claims *final, const uint8_t *events, size_t size)
{
	struct claims_pass pass = {0};
	struct vmm_line line = {""};
	uint64_t tsc = 0;

	for (uint64_t i = 0; i < final->ring.head; i++) {
		struct pb_event ev = {0};
		int r;

		if (size)
			memcpy(&ev, events, size < sizeof(ev) ? size : sizeof(ev));
		events += size < sizeof(ev) ? size : sizeof(ev);
		size -= size < sizeof(ev) ? size : sizeof(ev);
		r = function ? claims_check_post(k, source, &pass, &ev, &line)
			     : claims_check_event(k, &pass, &ev, &line);
		if (r) {
			fuzz_one_line(line.text);
			return;
		}
		if (ev.tsc < tsc || ev.tsc > NOW || ev.vcpu != k->vcpu || ev.seq > 9)
			abort();
		tsc = ev.tsc;
	}
	if (!function && claims_check_pass(final, &pass, &line))
		fuzz_one_line(line.text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct claims_known k = {.tsc_start = 1000, .tsc_now = NOW};
	struct claims now[2];
	struct vmm_line line = {""};
	struct pb_plan plan;
	struct memory m;
	bool function;

	if (size < 2 + 2 * sizeof(m))
		return 0;
	plan = make_plan(data[0] % PB_GUEST_MODES);
	function = data[0] & 0x10;
	k.plan = &plan;
	k.vcpu = data[1] & 1;
	k.command = PB_AGENT_RUN + ((data[0] >> 2) & 3) % 3;
	for (int i = 0; i < 2; i++) {
		memcpy(&m, data + 2 + (size_t)i * sizeof(m), sizeof(m));
		if (data[0] & 0x20)
			ring_right(&m.ring);
		claims_read(&now[i], &m.out, &m.ring);
		line.text[0] = '\0';
		if (claims_check(&k, &now[i], i ? &now[0] : NULL, &line))
			fuzz_one_line(line.text);
	}
	line.text[0] = '\0';
	if (claims_check_final(&k, &now[1], &now[0], &line))
		fuzz_one_line(line.text);
	line.text[0] = '\0';
	if (claims_check_ring(&now[1].ring, CAPACITY, &line))
		fuzz_one_line(line.text);
	else
		collect(&k, k.vcpu, function, &now[1], data + 2 + 2 * sizeof(m),
			size - 2 - 2 * sizeof(m));
	return 0;
}
