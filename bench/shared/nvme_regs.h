/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * nvme_regs.h - the lab's NVMe controllers, as far as the NVMe specification does not
 * say it: ids, and what they have behind the registers of the instrument
 * (shared/instrument_regs.h: service times, faults on purpose, what is recorded).
 * Shared by the device model (host/lab/model/nvme*.c) and who drives it.  32-bit
 * accesses, BAR PB_INSTRUMENT_BAR.
 *
 * A value that is out of its range is not taken: read it back.  Function level
 * reset restores all of it but VIRT; a controller reset (CC.EN) none of it.
 */
#ifndef PB_SHARED_NVME_REGS_H
#define PB_SHARED_NVME_REGS_H

#include "shared/instrument_regs.h"

#define PB_NVME_VENDOR     0x1b36
#define PB_NVME_DEVICE     0x7010
#define PB_NVME_DEVICE_VF  0x7011
#define PB_NVME_BAR_SIZE   0x10000
#define PB_NVME_MSIX_TABLE 0x4000
#define PB_NVME_MSIX_PBA   0x5000

/* Ticks that commands take: admin ones; others while the instrument is not armed. */
#define PB_NVME_ADMIN_TICKS 500u
#define PB_NVME_TICKS       2000u

#define PB_NVME_CHANNELS   (PB_INSTRUMENT_KIND + 0x00) /* commands served at once, 0..64; 0: any */
/* Physical function only: 1: virtual functions come up by themselves, docs/nvme.md. */
#define PB_NVME_VIRT       (PB_INSTRUMENT_KIND + 0x04)
/* RO counters since ARM, or reset. */
#define PB_NVME_MESSAGES   (PB_INSTRUMENT_KIND + 0x10) /* all that were signalled */
#define PB_NVME_ABSORBED   (PB_INSTRUMENT_KIND + 0x14) /* held until the host had taken them */
#define PB_NVME_DMA_FAULTS (PB_INSTRUMENT_KIND + 0x18) /* transfers that were refused */

#endif
