/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * instrument.h - the registers of bench/shared/instrument_regs.h, the same in
 * every device that a driver drives, and what they do.
 */
#ifndef LAB_INSTRUMENT_H
#define LAB_INSTRUMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "host/lab/model/record.h"
#include "shared/instrument_regs.h"

struct instrument {
	struct record record;
	uint32_t reg[PB_INSTRUMENT_POSTED / 4]; /* those that software writes */
	bool armed, invalid;
	/* As armed. */
	bool swept;
	enum pb_service service;
	uint64_t mean; /* ticks */
	enum pb_device_fault fault;
	uint32_t fault_at;
	uint64_t rng;
	/* Counters; the device counts the first three. */
	uint32_t started, completed, held;
	uint32_t faults;
	uint32_t messages, doorbells; /* occasions for a fault */
};

/* Once, before anything else. */
void instrument_init(struct instrument *in, struct pci_function *pci);

/*
 * A function level reset: everything forgotten, disarmed; or, where that is what
 * software asked for, kept (false).
 */
bool instrument_reset(struct instrument *in);

/* Accesses below PB_INSTRUMENT_KIND. */
uint32_t instrument_read(const struct instrument *in, uint32_t offset);
void instrument_write(struct instrument *in, uint32_t offset, uint32_t value);

/*
 * Send MSI-X vector `vector`: recorded when armed and the vector is one of those
 * recorded.  Of those recorded, PB_FAULT_LOST_MSI drops the n-th behind its record
 * (false: it was dropped), PB_FAULT_IRTE sends it astray (pci_function_msix_astray()),
 * and PB_FAULT_MASKED masks its vector before it, as a firmware gone wrong would.
 */
bool instrument_message(struct instrument *in, uint32_t vector);

/* Is it armed, and this vector one of those that are recorded? */
bool instrument_recorded(const struct instrument *in, uint32_t vector);

/* The guest vector of one that is. */
uint8_t instrument_vector(const struct instrument *in, uint32_t vector);

/* A pending message went out (pci_function_ops.msix_sent). */
void instrument_sent(struct instrument *in, uint32_t vector, const struct vtd_message *m);

/* Where messages go may have changed. */
void instrument_retarget(struct instrument *in);

/* A submission doorbell was rung: false when it is to be ignored. */
bool instrument_doorbell(struct instrument *in);

/* Ticks that the next command takes, drawn from the seeded distribution; 0 when not armed. */
uint64_t instrument_service(struct instrument *in);

#endif
