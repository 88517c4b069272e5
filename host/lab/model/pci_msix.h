/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * pci_msix.h - the MSI-X part of a PCI function, PCI Express Base Specification
 * 6.0, 6.1.4 and 7.7.2; used by pci.c only.  Functions signal a vector with
 * pci_function_msix().
 */
#ifndef LAB_PCI_MSIX_H
#define LAB_PCI_MSIX_H

#include <stdbool.h>
#include <stdint.h>

#include "host/lab/model/pci.h"

/* All entries masked, nothing pending. */
void pci_msix_reset(struct pci_function *f);

/*
 * After a write to configuration space: deliver what is no longer masked.
 * Disabling MSI-X drops what is pending.
 */
void pci_msix_update(struct pci_function *f);

/* A dword of the table or the pending bit array; false: none of them. */
bool pci_msix_read(struct pci_function *f, unsigned int bar, uint32_t offset, uint32_t *v);
bool pci_msix_write(struct pci_function *f, unsigned int bar, uint32_t offset, uint32_t v);

#endif
