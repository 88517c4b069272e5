/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * nvme.h - the NVMe subsystem of the lab: a controller with SR-IOV at 00:12.0
 * and its secondary controllers in the virtual functions 00:12.1 up; NVM
 * Express Base Specification 2.0 and what of it docs/nvme.md says.  Each
 * controller has a namespace of its own, in memory that is the branch's own.
 */
#ifndef LAB_NVME_H
#define LAB_NVME_H

#include <stdint.h>

#define NVME_DEVFN       0x90u /* 00:12.0 */
#define NVME_SECONDARIES 4u
#define NVME_CONTROLLERS (1 + NVME_SECONDARIES)

/* Create them. Once per machine. 0, or -errno. */
int nvme_init(void);

/* Machine reset. What was acknowledged stays written. */
void nvme_reset(void);

#endif
