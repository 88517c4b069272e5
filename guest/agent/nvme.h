/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * nvme.h - the rings of the NVM Express base specification 2.0, as far as the
 * agent and the source need them.  Freestanding.
 */
#ifndef PB_AGENT_NVME_H
#define PB_AGENT_NVME_H

#include <stdint.h>

/* Submission queue entry: base specification, "Common Command Format". */
struct nvme_sqe {
	uint32_t cdw0; /* opcode; command identifier in the upper half */
	uint32_t nsid;
	uint64_t reserved;
	uint64_t mptr;
	uint64_t prp1, prp2;
	uint32_t cdw10, cdw11, cdw12, cdw13, cdw14, cdw15;
};
_Static_assert(sizeof(struct nvme_sqe) == 64, "SQES 6");

/* Completion queue entry: base specification, "Common Completion Queue Entry Layout". */
struct nvme_cqe {
	uint32_t dw0, dw1;
	uint16_t sq_head, sq_id;
	uint16_t cid;
	uint16_t status; /* phase tag in bit 0, status field above */
};
_Static_assert(sizeof(struct nvme_cqe) == 16, "CQES 4");

#define NVME_CQE_PHASE 1u
#define NVME_CMD_READ  0x02u /* NVM command set specification */

#endif
