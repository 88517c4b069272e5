/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * generator.h - sends at its pace and takes what comes back, in turns of one loop on
 * one lcore.  A turn allocates nothing, locks nothing and makes no system call.
 */
#ifndef PB_PKTGEN_GENERATOR_H
#define PB_PKTGEN_GENERATOR_H

#include <signal.h>

#include "pktgen/dpdk/port.h"

struct generator;

/*
 * Everything that it will need.  o, port, result and dst are the caller's; `result` is
 * filled while it runs.  NULL with a line in err.
 */
struct generator *generator_new(const struct options *o, const struct port *port,
				const uint8_t dst[WIRE_MAC_LEN], struct report *result,
				char err[OPTIONS_ERR]);
void generator_free(struct generator *g);

/* Measure what measuring costs, before it starts. */
void generator_weigh(struct generator *g);

/* The first burst is due now. */
void generator_start(struct generator *g);

/*
 * A turn; false when all is over.  A *stop that is not 0 ends sending, not what is on
 * its way.
 */
bool generator_turn(struct generator *g, const volatile sig_atomic_t *stop);

#endif
