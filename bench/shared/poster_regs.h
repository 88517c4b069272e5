/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * poster_regs.h - registers of the lab's poster, the PCI function that does
 * nothing but post interrupts on a schedule; shared by the device model
 * (host/lab/model/poster.c) and the source that drives it
 * (bench/source/poster.c).  32-bit accesses, BAR 0.  The MSI-X table is in
 * BAR 2, PB_MAX_VECTORS entries at 0, the PBA at 0x8000.
 *
 * The meaning of the fields is that of struct pb_plan_source; times are TSC
 * ticks here.
 */
#ifndef PB_SHARED_POSTER_REGS_H
#define PB_SHARED_POSTER_REGS_H

#define PB_POSTER_VENDOR   0x1b36
#define PB_POSTER_DEVICE   0x7001
#define PB_POSTER_BAR_SIZE 0x10000

#define PB_POSTER_ID            0x00 /* RO, PB_POSTER_ID_VALUE */
#define PB_POSTER_ID_VALUE      0x50524950u /* "PIRP" */
#define PB_POSTER_VERSION       0x04 /* RO, 1 */
#define PB_POSTER_CTRL          0x08 /* WO */
#define PB_POSTER_CTRL_ARM      1u /* take the registers below, start the schedule */
#define PB_POSTER_CTRL_DISARM   2u /* stop; what was posted stays posted */
#define PB_POSTER_STATUS        0x0c /* RO */
#define PB_POSTER_ST_ARMED      1u /* posts are still to come */
#define PB_POSTER_ST_DONE       2u /* all `COUNT` posts were made */
#define PB_POSTER_ST_INVALID    4u /* ARM refused: a register is out of its range */
#define PB_POSTER_SCHEDULE      0x10 /* enum pb_schedule */
#define PB_POSTER_AIM           0x14 /* enum pb_aim */
#define PB_POSTER_COUNT         0x18
#define PB_POSTER_VECTORS       0x1c /* 1..PB_MAX_VECTORS */
#define PB_POSTER_PERIOD_LO     0x20
#define PB_POSTER_PERIOD_HI     0x24
#define PB_POSTER_BURST         0x28
#define PB_POSTER_FLAGS         0x2c
#define PB_POSTER_FL_FRESH      1u /* vectors in order, else drawn */
#define PB_POSTER_FL_KICK       2u /* of squeezer SOURCE: nobody's source, not in the truth */
#define PB_POSTER_OFFSET_MIN    0x30 /* instructions */
#define PB_POSTER_OFFSET_MAX    0x34
#define PB_POSTER_SKIP          0x38
#define PB_POSTER_SEED_LO       0x40
#define PB_POSTER_SEED_HI       0x44
#define PB_POSTER_SLOTS_LO      0x48 /* IOVA of struct pb_slot[VECTORS]; 0: none written */
#define PB_POSTER_SLOTS_HI      0x4c
#define PB_POSTER_RING_LO       0x50 /* IOVA of struct pb_ring; 0: none written */
#define PB_POSTER_RING_HI       0x54
#define PB_POSTER_RING_CAPACITY 0x58 /* events */
#define PB_POSTER_VECTOR_BASE   0x5c /* guest vector of MSI-X vector 0: for the record only */
#define PB_POSTER_SOURCE        0x60 /* index of the source: for the record only */
#define PB_POSTER_VCPU          0x64 /* for the record only */
#define PB_POSTER_JITTER_LO     0x68 /* periodic: each up to so many ticks later, drawn */
#define PB_POSTER_JITTER_HI     0x6c
#define PB_POSTER_POSTED        0x80 /* RO: posts made */
#define PB_POSTER_LOST          0x84 /* RO: records that found the ring full */
#define PB_POSTER_DMA_FAULTS    0x88 /* RO: records that the IOMMU refused */
#define PB_POSTER_ABANDONED     0x8c /* RO: aimed: counts given up since SN was cleared */
#define PB_POSTER_STALLED       0x90 /* RO: aimed: counts that ended while the CPU was halted */

#endif
