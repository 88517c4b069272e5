/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * nvme_regs.h - the vendor specific registers of the lab's NVMe controllers:
 * how long commands take, what goes into the truth, faults on purpose; shared
 * by the device model (host/lab/model/nvme*.c) and who drives it.  32-bit
 * accesses, BAR 0, behind the registers of the NVMe specification.
 *
 * A value that is out of its range is not taken: read it back.  Function level
 * reset restores all of it but VIRT; a controller reset (CC.EN) none of it.
 */
#ifndef PB_SHARED_NVME_REGS_H
#define PB_SHARED_NVME_REGS_H

#define PB_NVME_VENDOR     0x1b36
#define PB_NVME_DEVICE     0x7010
#define PB_NVME_DEVICE_VF  0x7011
#define PB_NVME_BAR_SIZE   0x10000
#define PB_NVME_MSIX_TABLE 0x4000
#define PB_NVME_MSIX_PBA   0x5000
#define PB_NVME_PRIVATE    0x8000

#define PB_NVME_ID       0x8000 /* RO, PB_NVME_ID_VALUE */
#define PB_NVME_ID_VALUE 0x4e524950u /* "PIRN" */
#define PB_NVME_VERSION  0x8004 /* RO, 1 */

/* How long an I/O command takes, in ticks; admin commands take PB_NVME_ADMIN_TICKS. */
#define PB_NVME_SERVICE       0x8010 /* enum pb_nvme_service */
#define PB_NVME_TIME          0x8014 /* 1 up: always, the mean, or of most of them */
#define PB_NVME_TIME_SLOW     0x8018 /* 1 up: of the slow ones, bimodal */
#define PB_NVME_SLOW_PERMILLE 0x801c /* 0..1000: how many are slow */
#define PB_NVME_CHANNELS      0x8020 /* commands served at the same time, 0..64; 0: any number */
#define PB_NVME_SEED_LO       0x8024
#define PB_NVME_SEED_HI       0x8028 /* writing it starts the sequence anew */
#define PB_NVME_ADMIN_TICKS   500u
enum pb_nvme_service { PB_NVME_FIXED, PB_NVME_EXPONENTIAL, PB_NVME_BIMODAL, PB_NVME_SERVICES };

/*
 * What is told to the truth.  Writing SOURCE with ARM sets the counters to 0
 * and begins; completion numbers count from 1.
 */
#define PB_NVME_SOURCE      0x8030
#define PB_NVME_SOURCE_ARM  0x80000000u /* with the index of the source in bits 7:0 */
#define PB_NVME_VECTOR_BASE 0x8034 /* 0..255: guest vector of MSI-X vector 0 where not posted */

/* Faults on purpose: the n-th from now, once; 0: none. */
#define PB_NVME_DROP_MSI       0x8040 /* an interrupt message never leaves */
#define PB_NVME_STUCK_DOORBELL 0x8044 /* a write of an I/O submission queue's tail is ignored */

/* Physical function only: 1: virtual functions come up by themselves, docs/nvme.md. */
#define PB_NVME_VIRT 0x8050

/* RO counters since SOURCE was armed, or reset. */
#define PB_NVME_FETCHED    0x8080 /* I/O commands taken from submission queues */
#define PB_NVME_COMPLETED  0x8084 /* completions written, of all queues */
#define PB_NVME_MESSAGES   0x8088 /* interrupts signalled, masked ones included */
#define PB_NVME_HELD       0x808c /* completions whose interrupt was held back to coalesce */
#define PB_NVME_ABSORBED   0x8090 /* held back until the host had taken them: no interrupt */
#define PB_NVME_DROPPED    0x8094 /* messages that never left, on purpose */
#define PB_NVME_IGNORED    0x8098 /* doorbell writes ignored on purpose */
#define PB_NVME_DMA_FAULTS 0x809c /* transfers that were refused */

#endif
