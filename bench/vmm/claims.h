/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * claims.h - what a guest or a function wrote into guest memory is a claim.
 * Each is held against what the VMM knows itself; a false one is found here,
 * before anything counts with it.  Nothing here dereferences or indexes by a
 * claimed value that it has not bounded.
 */
#ifndef PB_VMM_CLAIMS_H
#define PB_VMM_CLAIMS_H

#include <stdint.h>

#include "guest/agent/agent.h"
#include "shared/plan.h"
#include "vmm/fail.h"

/* What the VMM knows. */
struct claims_known {
	const struct pb_plan *plan;
	uint32_t vcpu; /* whose claims; for a function's ring, of its source */
	uint32_t command; /* enum pb_agent_command, as given last */
	uint64_t tsc_start; /* before the vCPU first ran */
	uint64_t tsc_now;
};

/* The head of a ring, read once. */
struct claims_ring {
	uint32_t magic, capacity;
	uint64_t head, lost;
	uint64_t reserved; /* all its reserved words, ORed */
};

/* One reading of what a vCPU's agent says. The words are whole, not one instant. */
struct claims {
	struct pb_agent_output out;
	struct claims_ring ring;
};

void claims_read(struct claims *c, const struct pb_agent_output *out, const struct pb_ring *ring);
void claims_read_ring(struct claims_ring *c, const struct pb_ring *ring);

/*
 * While the vCPU may run: fields in range, state allowed by command and mode,
 * nothing that counts went back since `prev` (NULL: first reading).  -EPROTO
 * and a line when not.  An agent that says it is dead is -EPROTO too.
 */
int claims_check(const struct claims_known *known, const struct claims *now,
		 const struct claims *prev, struct vmm_line *line);

/* Of a vCPU that has ended: as above, and its counters add up to its ring. */
int claims_check_final(const struct claims_known *known, const struct claims *now,
		       const struct claims *prev, struct vmm_line *line);

/* Ring header: as the VMM made it, head and lost possible. */
int claims_check_ring(const struct claims_ring *ring, uint32_t capacity, struct vmm_line *line);

/* State of a pass over a ring's events, zeroed before the first. */
struct claims_pass {
	uint64_t index, tsc;
	uint64_t isr, spurious, halts, exceptions;
	uint32_t seq; /* function's ring: of the last POST */
	uint32_t vector_seq[256]; /* guest's ring: newest of each vector */
};

/* The next event of a vCPU's ring. -EPROTO and a line when it cannot be true. */
int claims_check_event(const struct claims_known *known, struct claims_pass *pass,
		       const struct pb_event *ev, struct vmm_line *line);

/* After the last: kinds add up to the counters (not more, where events were lost). */
int claims_check_pass(const struct claims *final, const struct claims_pass *pass,
		      struct vmm_line *line);

/* The next event of the ring of source `source`'s function. */
int claims_check_post(const struct claims_known *known, uint32_t source, struct claims_pass *pass,
		      const struct pb_event *ev, struct vmm_line *line);

#endif
