/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * virtio_regs.h - who the lab's virtio devices are, and where in BAR 0 the
 * structures of virtio 1.2, 4.1.4, are that their capabilities tell of; for the
 * models (host/lab/model/virtio_pci.c) and for sources, which see BARs only.
 */
#ifndef PB_SHARED_VIRTIO_REGS_H
#define PB_SHARED_VIRTIO_REGS_H

#define VIRTIO_PCI_VENDOR       0x1af4 /* 4.1.2 */
#define VIRTIO_PCI_DEVICE(type) (0x1040 + (type))

#define VIRTIO_BAR        0u
#define VIRTIO_BAR_SIZE   0x10000u
#define VIRTIO_BAR_COMMON 0x0000u
#define VIRTIO_BAR_ISR    0x1000u
#define VIRTIO_BAR_DEVICE 0x2000u
#define VIRTIO_BAR_NOTIFY 0x3000u /* one dword for each queue */

#endif
