/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * instrument_regs.h - what the lab's NVMe controllers and NICs have beside the
 * registers of their kind: where the record of what they post goes, how long
 * they take, and faults on purpose.  Shared by the models
 * (host/lab/model/instrument.c) and the sources that drive them
 * (bench/source).  32-bit accesses, BAR PB_INSTRUMENT_BAR of each function,
 * physical or virtual.  Times are TSC ticks.  A function level reset clears it,
 * unless PB_INSTRUMENT_KEEP says otherwise: it is beside the device, not of it.
 *
 * Registers behind PB_INSTRUMENT_KIND are of the kind: shared/nvme_regs.h...
 */
#ifndef PB_SHARED_INSTRUMENT_REGS_H
#define PB_SHARED_INSTRUMENT_REGS_H

#define PB_INSTRUMENT_BAR      4
#define PB_INSTRUMENT_BAR_SIZE 0x10000

#define PB_INSTRUMENT_ID            0x00 /* RO, PB_INSTRUMENT_ID_VALUE */
#define PB_INSTRUMENT_ID_VALUE      0x49524950u /* "PIRI" */
#define PB_INSTRUMENT_VERSION       0x04 /* RO, 1 */
#define PB_INSTRUMENT_CTRL          0x08 /* WO */
#define PB_INSTRUMENT_CTRL_ARM      1u /* take the registers below, clear the counters, record */
#define PB_INSTRUMENT_CTRL_DISARM   2u /* record no more */
#define PB_INSTRUMENT_STATUS        0x0c /* RO */
#define PB_INSTRUMENT_ST_ARMED      1u
#define PB_INSTRUMENT_ST_INVALID    4u /* ARM refused: a register is out of its range */
#define PB_INSTRUMENT_SLOTS_LO      0x10 /* IOVA of struct pb_slot[VECTORS]; 0: none written */
#define PB_INSTRUMENT_SLOTS_HI      0x14
#define PB_INSTRUMENT_RING_LO       0x18 /* IOVA of struct pb_ring; 0: none written */
#define PB_INSTRUMENT_RING_HI       0x1c
#define PB_INSTRUMENT_RING_CAPACITY 0x20 /* events */
#define PB_INSTRUMENT_VECTORS       0x24 /* MSI-X vectors that are recorded, 1..PB_MAX_VECTORS */
#define PB_INSTRUMENT_VECTOR_BASE   0x28 /* guest vector of the first: for the record only */
#define PB_INSTRUMENT_SOURCE        0x2c /* index of the source: for the record only */
#define PB_INSTRUMENT_VCPU          0x30 /* for the record only */
#define PB_INSTRUMENT_SEED_LO       0x34 /* of service times, traffic */
#define PB_INSTRUMENT_SEED_HI       0x38
#define PB_INSTRUMENT_SERVICE       0x3c /* enum pb_service (plan.h) */
#define PB_INSTRUMENT_SERVICE_LO    0x40 /* its mean */
#define PB_INSTRUMENT_SERVICE_HI    0x44
#define PB_INSTRUMENT_FAULT         0x48 /* enum pb_device_fault (plan.h) */
#define PB_INSTRUMENT_FAULT_AT      0x4c /* at the n-th occasion since ARM, from 1; 0: never */
#define PB_INSTRUMENT_FIRST         0x50 /* MSI-X vector of the first that is recorded */
#define PB_INSTRUMENT_SWEPT         0x54 /* 1: what is served ends when a sweep says so (NVMe) */
#define PB_INSTRUMENT_KEEP          0x58 /* 1: a function level reset leaves all of this alone */
#define PB_INSTRUMENT_POSTED        0x80 /* RO: messages, or that would have been without a fault */
#define PB_INSTRUMENT_LOST          0x84 /* RO: records that found the ring full */
#define PB_INSTRUMENT_DMA_FAULTS    0x88 /* RO: records that the IOMMU refused */
#define PB_INSTRUMENT_STARTED       0x8c /* RO: commands fetched; packets that came off the wire */
#define PB_INSTRUMENT_COMPLETED     0x90 /* RO: completions written */
#define PB_INSTRUMENT_HELD          0x94 /* RO: completions without a message of their own, by right */
#define PB_INSTRUMENT_FAULTS        0x98 /* RO: times that the fault was made */
#define PB_INSTRUMENT_KIND          0x100

#endif
