/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * defect.h - seeded defects of the device models, so that tests can prove that
 * pirbench notices: a check that never failed is no check.  Chosen by the
 * environment variable PIRLAB_DEFECT when the machine is built; unset or empty:
 * none.  docs/devices.md says which check has to find which defect.
 *
 * A defect is never reported to the truth or to any register: the models claim
 * to have done what they should have done.
 */
#ifndef LAB_DEFECT_H
#define LAB_DEFECT_H

#include <stdbool.h>
#include <stdint.h>

#include "host/lab/model/vtd.h"

enum defect {
	DEFECT_NONE,
	DEFECT_LOSE_POST, /* every 7th message never leaves the poster, no trace of it */
	DEFECT_DOUBLE_POST, /* every 7th message is sent a second time, with the next post */
	DEFECT_WRONG_VECTOR, /* every 7th message goes out on the next vector */
	DEFECT_LOSE_RECORD, /* every 7th POST record is not written, nor counted as lost */
	DEFECT_SN_IGNORED, /* the IOMMU notifies although SN is 1 */
	DEFECT_TRUTH_HOLE, /* every 7th TR_POST is missing from the truth, not counted as lost */
	DEFECT_TRUTH_LIE, /* every 7th TR_POST has another outcome than the true one */
	DEFECT_RESULT_FLIP, /* one bit of the result is flipped on its way out */
	DEFECT_LOSE_WRITE, /* every 7th write command of a controller is not stored */
	DEFECT_KINDS
};

#define DEFECT_EVERY 7u
#define DEFECT_ENV   "PIRLAB_DEFECT"

/*
 * Read the environment.  0; -EINVAL for a name that is none, after a line in the
 * emulator's log that lists the names.
 */
int defect_init(void);

/* The defect that is on. */
enum defect defect_on(void);

/* Name as in the environment ("none", "lose-post"...), NULL out of range. */
const char *defect_name(enum defect d);

/* True if `d` is on and this, the n-th occurrence (from 1), is to be hit. */
bool defect_hits(enum defect d, uint32_t n);

/* vtd_msi(), with DEFECT_SN_IGNORED. Same arguments. */
void defect_msi(uint16_t sid, uint64_t addr, uint32_t data, struct vtd_message *out);

#endif
