/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * pci_regs.h - offsets and bits of configuration space, PCI Express Base
 * Specification 6.0, sections 7.5, 7.7.2, 7.8.4 and 9.3; only those that our
 * functions have.
 */
#ifndef LAB_PCI_REGS_H
#define LAB_PCI_REGS_H

#define PCI_VENDOR           0x00
#define PCI_DEVICE           0x02
#define PCI_COMMAND          0x04
#define PCI_COMMAND_MEMORY   0x0002
#define PCI_COMMAND_MASTER   0x0004
#define PCI_COMMAND_WRITABLE 0x0546 /* memory, master, parity, SERR#, INTx disable */
#define PCI_COMMAND_VF       0x0004 /* of a virtual function: master, 9.3.4.1.3 */
#define PCI_STATUS           0x06
#define PCI_STATUS_IMM_READY 0x0001
#define PCI_STATUS_CAPS      0x0010
#define PCI_STATUS_ABORTED   0x2000 /* received the completion "unsupported request" */
#define PCI_STATUS_RW1C      0xf900
#define PCI_REVISION         0x08 /* and class code in the three bytes behind it */
#define PCI_CACHE_LINE       0x0c
#define PCI_BAR(n)           (0x10 + 4 * (n))
#define PCI_SUBSYSTEM_VENDOR 0x2c
#define PCI_SUBSYSTEM        0x2e
#define PCI_CAP_POINTER      0x34
#define PCI_INT_LINE         0x3c

#define PCI_CAP_ID_PM   0x01
#define PCI_CAP_ID_EXP  0x10
#define PCI_CAP_ID_MSIX 0x11

/* Power management, 7.5.2 */
#define PCI_PMC                 0x02
#define PCI_PMC_VERSION_3       0x0003
#define PCI_PMC_IMM_READY_D0    0x0010
#define PCI_PMCSR               0x04
#define PCI_PMCSR_STATE         0x03 /* 0: D0, 3: D3hot */
#define PCI_PMCSR_NO_SOFT_RESET 0x08

/* MSI-X, 7.7.2 */
#define PCI_MSIX_CONTROL       0x02
#define PCI_MSIX_MASK          0x4000
#define PCI_MSIX_ENABLE        0x8000
#define PCI_MSIX_TABLE         0x04
#define PCI_MSIX_PBA           0x08
#define PCI_MSIX_VECTOR_MASKED 0x1 /* in the vector control dword of a table entry */

/* PCI Express, 7.5.3 */
#define PCI_EXP_SIZE            0x3c
#define PCI_EXP_CAPS            0x02
#define PCI_EXP_VERSION_2       0x0002
#define PCI_EXP_TYPE_RCIEP      0x0090
#define PCI_EXP_DEVCAP          0x04
#define PCI_EXP_DEVCAP_RBER     0x00008000u
#define PCI_EXP_DEVCAP_FLR      0x10000000u
#define PCI_EXP_DEVCTL          0x08
#define PCI_EXP_DEVCTL_INITIAL  0x2810 /* relaxed ordering, no snoop, 512 byte reads */
#define PCI_EXP_DEVCTL_WRITABLE 0x781f /* error reporting, the same three */
#define PCI_EXP_DEVCTL_FLR      0x8000

/* Extended capabilities begin here; id, version, next in the first dword, 7.6.3 */
#define PCI_EXT_CAPS      0x100
#define PCI_EXT_CAP_AER   0x0001
#define PCI_EXT_CAP_SRIOV 0x0010
#define PCI_EXT_CAP_NEXT  20 /* shift of the next capability's offset */

/* Advanced Error Reporting, 7.8.4; status registers stay zero */
#define PCI_AER_SIZE           0x48
#define PCI_AER_UNCOR_MASK     0x08
#define PCI_AER_UNCOR_SEVERITY 0x0c
#define PCI_AER_COR_MASK       0x14
#define PCI_AER_UNCOR_ALL      0x0015d010u /* all but the optional errors */
#define PCI_AER_UNCOR_FATAL    0x00040010u /* of these by default: data link, malformed TLP */
#define PCI_AER_COR_ALL        0x000031c1u
#define PCI_AER_COR_MASKED     0x00002000u /* by default: advisory non-fatal error */

/* SR-IOV, 9.3.3 */
#define PCI_SRIOV_SIZE        0x40
#define PCI_SRIOV_CONTROL     0x08
#define PCI_SRIOV_VF_ENABLE   0x0001
#define PCI_SRIOV_VF_MSE      0x0008
#define PCI_SRIOV_INITIAL_VFS 0x0c
#define PCI_SRIOV_TOTAL_VFS   0x0e
#define PCI_SRIOV_NUM_VFS     0x10
#define PCI_SRIOV_LINK        0x12 /* function dependency link */
#define PCI_SRIOV_OFFSET      0x14
#define PCI_SRIOV_STRIDE      0x16
#define PCI_SRIOV_DEVICE      0x1a
#define PCI_SRIOV_PAGES       0x1c /* supported sizes: bit n is 2^(n+12) */
#define PCI_SRIOV_PAGES_ALL   0x00000553u
#define PCI_SRIOV_PAGE        0x20
#define PCI_SRIOV_BAR(n)      (0x24 + 4 * (n))

/* Up to here the host bridge passes on to PCI what is not RAM. */
#define PCI_HOLE_END 0xfec00000u

#endif
