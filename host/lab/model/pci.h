/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * pci.h - what every PCI function of ours has: type 0 configuration space of
 * 4 KiB, memory BARs, power states D0 and D3hot, MSI-X, and function level
 * reset through a PCI Express capability (root-complex integrated endpoint on
 * bus 0); and what it may have: Advanced Error Reporting, and virtual functions
 * (SR-IOV) with requester ids, BARs, interrupt tables and resets of their own.
 * PCI Express Base Specification 6.0: 7.5.1 (header), 7.5.2 (power management),
 * 7.5.3 (PCI Express capability), 7.7.2 and 6.1.4 (MSI-X), 6.6.2 (FLR), 7.2.2
 * (enhanced configuration access), 7.8.4 (AER), chapter 9 (SR-IOV).
 *
 * The function is ready at once after a reset and says so (Immediate
 * Readiness), so that nobody waits 100 ms of emulated time for it.  It has no
 * INTx and no I/O space.
 */
#ifndef LAB_PCI_H
#define LAB_PCI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/lab/model/vtd.h"

#define PCI_CONFIG_SIZE 4096u
#define PCI_BARS        6u
#define PCI_MSIX_MAX    64u
#define PCI_BAR_MIN     0x10000u /* granularity of the emulator's memory map */
#define PCI_VFS_MAX     7u /* functions 1 to 7 of the device */

/* The enhanced configuration window, as MCFG and SSDT say (../image). */
#define PCI_ECAM_BASE 0xb0000000u
#define PCI_ECAM_SIZE 0x10000000u /* 256 buses; there is bus 0 */

struct pci_function;

/* One kind of function. All but read and write, or their sized forms, may be NULL. */
struct pci_function_ops {
	/* A 32-bit register; what is narrower or wider is taken apart before. */
	uint32_t (*read)(struct pci_function *f, unsigned int bar, uint32_t offset);
	void (*write)(struct pci_function *f, unsigned int bar, uint32_t offset, uint32_t value);
	/*
	 * Instead of read and write, for a function whose registers are not all of
	 * 32 bits: len is 1, 2 or 4, offset a multiple of it.
	 */
	uint32_t (*read_sized)(struct pci_function *f, unsigned int bar, uint32_t offset,
			       unsigned int len);
	void (*write_sized)(struct pci_function *f, unsigned int bar, uint32_t offset,
			    uint32_t value, unsigned int len);
	/* Configuration space is about to be read; was written, f->config has it. */
	void (*config_reading)(struct pci_function *f, unsigned int offset, unsigned int len);
	void (*config_written)(struct pci_function *f, unsigned int offset, unsigned int len);
	/* Function level or machine reset, after the base has been reset. */
	void (*reset)(struct pci_function *f);
	/* Where messages go may have changed: table, MSI-X control, bus mastering. */
	void (*msix_changed)(struct pci_function *f);
	/* A pending message went out because its vector was unmasked. */
	void (*msix_sent)(struct pci_function *f, unsigned int vector, const struct vtd_message *m);
	/*
	 * Of a physical function: virtual functions appeared or went away,
	 * pci_function_vfs() says how many there are.  Those concerned were reset.
	 */
	void (*vfs_changed)(struct pci_function *f);
};

struct pci_function_desc {
	const char *name;
	uint16_t vendor;
	uint16_t device;
	uint32_t class_code; /* 24 bits: base class, sub-class, interface */
	uint8_t revision;
	struct {
		uint32_t size; /* 0: none; else a power of two >= PCI_BAR_MIN */
		void *ram; /* plain memory of that size, else registers */
	} bar[PCI_BARS];
	unsigned int msix_vectors; /* 0: no MSI-X */
	unsigned int msix_bar;
	uint32_t msix_table; /* offsets in that BAR, multiples of 8 */
	uint32_t msix_pba;
	bool aer; /* Advanced Error Reporting */
	unsigned int vfs; /* TotalVFs, up to PCI_VFS_MAX; 0: no SR-IOV */
	const struct pci_function_desc *vf; /* what each of them is; vendor as here */
};

struct pci_bar {
	struct pci_function *f;
	uint64_t base; /* where it is mapped */
	bool mapped;
};

struct pci_function {
	const struct pci_function_ops *ops;
	const struct pci_function_desc *desc;
	uint16_t sid; /* requester id: bus, device, function */
	uint8_t pm; /* offsets of the capabilities, 0: none */
	uint8_t msix;
	uint8_t exp;
	uint16_t cap_end; /* where the next capability goes, 0: behind those of the base */
	uint16_t aer;
	uint16_t sriov;
	uint16_t ext_end; /* where the next extended capability goes, 0: at 0x100 */
	struct pci_function *pf; /* of a virtual function, else NULL */
	unsigned int number; /* of a virtual function, from 1 */
	bool absent; /* a virtual function that is not enabled */
	struct pci_function *vf[PCI_VFS_MAX];
	unsigned int vfs; /* enabled */
	uint8_t config[PCI_CONFIG_SIZE];
	uint8_t initial[PCI_CONFIG_SIZE]; /* after reset */
	uint8_t writable[PCI_CONFIG_SIZE];
	uint8_t clear_on_1[PCI_CONFIG_SIZE];
	struct pci_bar bar[PCI_BARS];
	uint32_t table[PCI_MSIX_MAX][4];
	uint64_t pending;
};

/*
 * Build the function and put it at bus 0, `devfn`.  `desc` and `ops` are kept.
 * 0; -EINVAL: the description is not possible; what pci_register() says.
 */
int pci_function_init(struct pci_function *f, unsigned int devfn,
		      const struct pci_function_desc *desc, const struct pci_function_ops *ops);

/*
 * Build virtual function `number` (from 1) of `pf`, which said in its
 * description how many it has and what they are.  It is absent until software
 * enables it: it answers nothing, sends nothing.  -EINVAL, and as above.
 */
int pci_function_init_vf(struct pci_function *f, struct pci_function *pf, unsigned int number,
			 const struct pci_function_ops *ops);

/* How many virtual functions are enabled: number 1 to this. */
unsigned int pci_function_vfs(const struct pci_function *pf);

/*
 * The enhanced configuration window; forgets all functions.  Before the first
 * pci_function_init() of a machine. 0, or what mmio_map() says.
 */
int pci_ecam_init(void);

/*
 * Put a capability of `len` bytes behind those that there are, before the
 * function is used; the link in its second byte is filled in.  `writable`: the
 * bits that software may change, NULL: none.  Its offset, or -ENOSPC.
 */
int pci_function_add_cap(struct pci_function *f, const void *cap, const void *writable,
			 unsigned int len);

/* As the machine's reset does it; FLR keeps what is sticky. A PF loses its VFs. */
void pci_function_reset(struct pci_function *f);

/* Configuration space, 1, 2 or 4 bytes; outside of it all ones are read. */
uint32_t pci_function_config_read(struct pci_function *f, unsigned int offset, unsigned int len);
void pci_function_config_write(struct pci_function *f, unsigned int offset, uint32_t value,
			       unsigned int len);

/*
 * DMA with the function's requester id.  0; -EPERM: bus mastering is off, or
 * the function is absent or not in D0; -EFAULT: the IOMMU refused, which for a read sets
 * Received Master Abort in the status register.
 */
int pci_function_dma_read(struct pci_function *f, uint64_t iova, void *buf, size_t len);
int pci_function_dma_write(struct pci_function *f, uint64_t iova, const void *buf, size_t len);

/*
 * Signal an MSI-X vector.  out->flags says what became of it: as vtd_msi();
 * MASKED: the pending bit is set, the message goes out when it is unmasked
 * (ops->msix_sent); BLOCKED with fault 0: MSI-X or bus mastering is off, not in
 * D0, no such vector, or the address is not that of an interrupt.
 */
void pci_function_msix(struct pci_function *f, unsigned int vector, struct vtd_message *out);

/*
 * The same, but that the device gets the address wrong: all lines of the handle are
 * stuck at one, so that it names the interrupt remapping table's last entry of the
 * largest table, which software that has fewer vectors never makes present (fault
 * 22h; 21h where the table is smaller).
 */
void pci_function_msix_astray(struct pci_function *f, unsigned int vector, struct vtd_message *out);

/* The device masks a vector by itself; software reads the mask and may lift it. */
void pci_function_mask(struct pci_function *f, unsigned int vector);

/*
 * Which PID a vector's message would be posted to now, masked or not; 0: not
 * posted, or the vector cannot be sent.
 */
uint64_t pci_function_peek_pid(struct pci_function *f, unsigned int vector);

/* Where the entry of the interrupt remapping table is that it goes through; 0: none. */
uint64_t pci_function_peek_irte(struct pci_function *f, unsigned int vector);

#endif
