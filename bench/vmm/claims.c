// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <inttypes.h>
#include <stddef.h>

#include "plan/plan.h"
#include "vmm/claims.h"

#define FIRST_INTERRUPT 32
#define INTERRUPTS      (256 - FIRST_INTERRUPT)

static uint32_t load32(const uint32_t *p)
{
	return __atomic_load_n(p, __ATOMIC_ACQUIRE);
}

static uint64_t load64(const uint64_t *p)
{
	return __atomic_load_n(p, __ATOMIC_ACQUIRE);
}

void claims_read_ring(struct claims_ring *c, const struct pb_ring *ring)
{
	c->magic = load32(&ring->magic);
	c->capacity = load32(&ring->capacity);
	c->lost = load64(&ring->lost);
	c->head = load64(&ring->head);
	c->reserved = 0;
	for (unsigned int i = 0; i < 5; i++)
		c->reserved |= load64(&ring->reserved[i]);
}

void claims_read(struct claims *c, const struct pb_agent_output *out, const struct pb_ring *ring)
{
	struct pb_agent_output *o = &c->out;

	/* The state first: what it promises was written before it. */
	o->state = load32(&out->state);
	o->magic = load32(&out->magic);
	o->version = load32(&out->version);
	o->vcpu = load32(&out->vcpu);
	o->heartbeat = load64(&out->heartbeat);
	o->isr = load64(&out->isr);
	o->spurious = load64(&out->spurious);
	o->ticks = load64(&out->ticks);
	o->halts = load64(&out->halts);
	o->exceptions = load64(&out->exceptions);
	o->pending = load32(&out->pending);
	o->exception_vector = load32(&out->exception_vector);
	o->exception_error = load64(&out->exception_error);
	o->exception_rip = load64(&out->exception_rip);
	o->exception_cr2 = load64(&out->exception_cr2);
	for (unsigned int i = 0; i < 4; i++)
		o->reserved[i] = load64(&out->reserved[i]);
	claims_read_ring(&c->ring, ring);
}

static int check_dead(const struct claims_known *k, const struct pb_agent_output *o,
		      struct vmm_line *line)
{
	return vmm_fail(line, -EPROTO,
			"vCPU %" PRIu32 " took exception %" PRIu32 " (error 0x%" PRIx64
			") at RIP 0x%" PRIx64 ", CR2 0x%" PRIx64,
			k->vcpu, o->exception_vector, o->exception_error, o->exception_rip,
			o->exception_cr2);
}

/* Which states an agent can be in, given what it was told. */
static int check_state(const struct claims_known *k, const struct pb_agent_output *o,
		       struct vmm_line *line)
{
	bool ok = false;

	switch (o->state) {
	case PB_AGENT_RESET:
	case PB_AGENT_RUNNING:
		ok = true;
		break;
	case PB_AGENT_HALTED:
		ok = k->plan->guest_mode == PB_GUEST_HALT;
		break;
	case PB_AGENT_DRAINING:
		ok = k->command == PB_AGENT_DRAIN || k->command == PB_AGENT_STOP;
		break;
	case PB_AGENT_STOPPED:
		ok = k->command == PB_AGENT_STOP;
		break;
	case PB_AGENT_DEAD:
		return check_dead(k, o, line);
	default:
		break;
	}
	if (ok)
		return 0;
	return vmm_fail(line, -EPROTO,
			"vCPU %" PRIu32 " says state %" PRIu32 ", impossible with command %" PRIu32
			" in mode %" PRIu32,
			k->vcpu, o->state, k->command, k->plan->guest_mode);
}

static int check_number(const struct claims_known *k, const char *what, uint64_t value,
			uint64_t max, struct vmm_line *line)
{
	if (value <= max)
		return 0;
	return vmm_fail(line, -EPROTO,
			"vCPU %" PRIu32 " says %s %" PRIu64 ", must be at most %" PRIu64, k->vcpu,
			what, value, max);
}

static int check_fields(const struct claims_known *k, const struct pb_agent_output *o,
			struct vmm_line *line)
{
	/* No agent does anything more often than the TSC counts. */
	uint64_t most = k->tsc_now - k->tsc_start;
	bool up = o->state != PB_AGENT_RESET;
	uint64_t reserved = o->reserved[0] | o->reserved[1] | o->reserved[2] | o->reserved[3];
	int r = 0;

	if (up &&
	    (o->magic != PB_AGENT_MAGIC || o->version != PB_AGENT_VERSION || o->vcpu != k->vcpu))
		return vmm_fail(line, -EPROTO,
				"vCPU %" PRIu32 " says magic 0x%08" PRIx32 ", version %" PRIu32
				", vCPU %" PRIu32,
				k->vcpu, o->magic, o->version, o->vcpu);
	/* Between this reading of the exception and the state that tells of it. */
	if (o->exceptions)
		return check_dead(k, o, line);
	r = r ?: check_number(k, "heartbeat", o->heartbeat, most, line);
	r = r ?: check_number(k, "isr", o->isr, most, line);
	r = r ?: check_number(k, "spurious", o->spurious, most, line);
	r = r
		    ?: check_number(k, "ticks", o->ticks,
				    k->plan->guest_mode == PB_GUEST_TICK ? most : 0, line);
	r = r
		    ?: check_number(k, "halts", o->halts,
				    k->plan->guest_mode == PB_GUEST_HALT ? most : 0, line);
	r = r ?: check_number(k, "exception vector", o->exception_vector, 0, line);
	r = r ?: check_number(k, "exception error", o->exception_error, 0, line);
	r = r ?: check_number(k, "exception RIP", o->exception_rip, 0, line);
	r = r ?: check_number(k, "exception CR2", o->exception_cr2, 0, line);
	r = r
		    ?: check_number(k, "pending", o->pending,
				    k->command == PB_AGENT_STOP ? INTERRUPTS : 0, line);
	r = r ?: check_number(k, "reserved", reserved, 0, line);
	return r;
}

/* What only grows. */
static int check_growth(const struct claims_known *k, const struct claims *now,
			const struct claims *prev, struct vmm_line *line)
{
	const struct {
		const char *what;
		uint64_t now, prev;
	} grows[] = {
		{"heartbeat", now->out.heartbeat, prev->out.heartbeat},
		{"isr", now->out.isr, prev->out.isr},
		{"spurious", now->out.spurious, prev->out.spurious},
		{"ticks", now->out.ticks, prev->out.ticks},
		{"halts", now->out.halts, prev->out.halts},
		{"events", now->ring.head, prev->ring.head},
		{"lost events", now->ring.lost, prev->ring.lost},
		{"life (being up)", now->out.state != PB_AGENT_RESET,
		 prev->out.state != PB_AGENT_RESET},
	};

	for (unsigned int i = 0; i < sizeof(grows) / sizeof(grows[0]); i++)
		if (grows[i].now < grows[i].prev)
			return vmm_fail(line, -EPROTO,
					"vCPU %" PRIu32 ": %s went from %" PRIu64
					" back to %" PRIu64,
					k->vcpu, grows[i].what, grows[i].prev, grows[i].now);
	return 0;
}

int claims_check_ring(const struct claims_ring *ring, uint32_t capacity, struct vmm_line *line)
{
	if (ring->magic != PB_RING_MAGIC)
		return vmm_fail(line, -EPROTO, "ring: magic is 0x%08" PRIx32 ", must be 0x%08x",
				ring->magic, PB_RING_MAGIC);
	if (ring->capacity != capacity)
		return vmm_fail(line, -EPROTO, "ring: capacity is %" PRIu32 ", must be %" PRIu32,
				ring->capacity, capacity);
	if (ring->head > capacity)
		return vmm_fail(line, -EPROTO,
				"ring: head is %" PRIu64 ", must be at most %" PRIu32, ring->head,
				capacity);
	if (ring->lost && ring->head != capacity)
		return vmm_fail(line, -EPROTO,
				"ring: lost %" PRIu64 " with %" PRIu64 " of %" PRIu32 " used",
				ring->lost, ring->head, capacity);
	if (ring->reserved)
		return vmm_fail(line, -EPROTO, "ring: reserved is 0x%" PRIx64 ", must be 0",
				ring->reserved);
	return 0;
}

int claims_check(const struct claims_known *k, const struct claims *now, const struct claims *prev,
		 struct vmm_line *line)
{
	struct vmm_line why = {""};
	int r;

	r = check_state(k, &now->out, line);
	r = r ?: check_fields(k, &now->out, line);
	if (!r && claims_check_ring(&now->ring, k->plan->event_capacity, &why))
		r = vmm_fail(line, -EPROTO, "vCPU %" PRIu32 ": %.100s", k->vcpu, why.text);
	if (!r && prev)
		r = check_growth(k, now, prev, line);
	return r;
}

int claims_check_final(const struct claims_known *k, const struct claims *now,
		       const struct claims *prev, struct vmm_line *line)
{
	const struct pb_agent_output *o = &now->out;
	int r = claims_check(k, now, prev, line);

	if (r)
		return r;
	if (o->state != PB_AGENT_STOPPED)
		return vmm_fail(line, -EPROTO, "vCPU %" PRIu32 " ended in state %" PRIu32, k->vcpu,
				o->state);
	if (o->isr + o->spurious + o->halts != now->ring.head + now->ring.lost)
		return vmm_fail(line, -EPROTO,
				"vCPU %" PRIu32 " counts %" PRIu64 " ISR, %" PRIu64
				" spurious, %" PRIu64 " halts; its ring %" PRIu64 " and %" PRIu64
				" lost",
				k->vcpu, o->isr, o->spurious, o->halts, now->ring.head,
				now->ring.lost);
	return 0;
}
