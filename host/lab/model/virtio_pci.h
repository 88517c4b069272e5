/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * virtio_pci.h - virtio over PCI, virtio 1.2, 4.1: capabilities in
 * configuration space, registers in BAR 0.  Modern devices only; MSI-X only.
 */
#ifndef LAB_VIRTIO_PCI_H
#define LAB_VIRTIO_PCI_H

#include <stdint.h>

#include "host/lab/model/virtio.h"
#include "shared/virtio_regs.h"

/* Put the five capabilities (4.1.4) into the function's configuration space. */
int virtio_pci_caps(struct virtio_device *d);

/* BAR 0; len is 1, 2 or 4. What is not there is read as 0. */
uint32_t virtio_pci_read(struct virtio_device *d, uint32_t offset, unsigned int len);
void virtio_pci_write(struct virtio_device *d, uint32_t offset, uint32_t value, unsigned int len);

/*
 * The window in configuration space (4.1.4.9): before such a read, after such a
 * write (pci_function_ops).
 */
void virtio_pci_config_reading(struct virtio_device *d, unsigned int offset, unsigned int len);
void virtio_pci_config_written(struct virtio_device *d, unsigned int offset, unsigned int len);

#endif
