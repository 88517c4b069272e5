/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * vtd_internal.h - what the files of the IOMMU model share.  Section numbers
 * are those of the VT-d specification (D51397) revision 5.10.
 *
 *	vtd_regs.c	register file			chapter 11
 *	vtd_fault.c	fault recording and events	chapter 7, 5.1.6
 *	vtd_qi.c	invalidation, both interfaces	6.5
 *	vtd_cache.c	translation caches		6.2, 6.4
 *	vtd_dma.c	DMA remapping			3.4, 3.7, 9.1, 9.3, 9.8
 *	vtd_ir.c	interrupt remapping		5.1, 9.9
 *	vtd_post.c	interrupt posting		5.2, 9.10, 9.11
 */
#ifndef LAB_VTD_INTERNAL_H
#define LAB_VTD_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "host/lab/model/lab.h"
#include "host/lab/model/vtd.h"

/* Host address width; the DMAR table says the same (its field is HAW - 1). */
#define VTD_HAW      39
#define VTD_HAW_MASK ((1ull << VTD_HAW) - 1)
#define VTD_MGAW     48

#define VTD_NFR  8 /* fault recording registers */
#define VTD_FRO  0x200
#define VTD_IRO  0x100
#define VTD_MAMV 18
#define VTD_MHMV 15

/* Register offsets (11.4). */
enum {
	VTD_VER = 0x00,
	VTD_CAP = 0x08,
	VTD_ECAP = 0x10,
	VTD_GCMD = 0x18,
	VTD_GSTS = 0x1c,
	VTD_RTADDR = 0x20,
	VTD_CCMD = 0x28,
	VTD_FSTS = 0x34,
	VTD_FECTL = 0x38,
	VTD_FEDATA = 0x3c,
	VTD_FEADDR = 0x40,
	VTD_FEUADDR = 0x44,
	VTD_PMEN = 0x64,
	VTD_IQH = 0x80,
	VTD_IQT = 0x88,
	VTD_IQA = 0x90,
	VTD_ICS = 0x9c,
	VTD_IECTL = 0xa0,
	VTD_IEDATA = 0xa4,
	VTD_IEADDR = 0xa8,
	VTD_IEUADDR = 0xac,
	VTD_IQERCD = 0xb0,
	VTD_IRTA = 0xb8,
	VTD_IVA = VTD_IRO,
	VTD_IOTLB = VTD_IRO + 8,
	VTD_FRCD = VTD_FRO,
	VTD_REGS_END = VTD_FRO + 16 * VTD_NFR,
};

/* GCMD and GSTS (11.4.4): the same bits. */
#define VTD_TE   (1u << 31)
#define VTD_RTP  (1u << 30)
#define VTD_QIE  (1u << 26)
#define VTD_IRE  (1u << 25)
#define VTD_IRTP (1u << 24)
#define VTD_CFI  (1u << 23)

#define VTD_FSTS_PFO       (1u << 0)
#define VTD_FSTS_PPF       (1u << 1)
#define VTD_FSTS_IQE       (1u << 4)
#define VTD_FSTS_FRI_SHIFT 8
#define VTD_FSTS_FRI       (0xffu << VTD_FSTS_FRI_SHIFT)
#define VTD_FSTS_EVENTS    (VTD_FSTS_PFO | VTD_FSTS_PPF | VTD_FSTS_IQE)

/* FECTL and IECTL. */
#define VTD_ECTL_IM (1u << 31)
#define VTD_ECTL_IP (1u << 30)

#define VTD_ICS_IWC   (1u << 0)
#define VTD_FRCD_F    (1u << 31) /* of the highest dword */
#define VTD_IRTA_EIME (1ull << 11)

/* Granularities: CIRG, IIRG and the G fields of descriptors (6.5). */
enum { VTD_INV_GLOBAL = 1, VTD_INV_DOMAIN = 2, VTD_INV_SELECTIVE = 3 };

/* Fault reasons (chapter 7, appendix A). */
enum vtd_reason {
	VTD_FR_ROOT_P = 0x01, /* root entry not present */
	VTD_FR_CTX_P = 0x02, /* context entry not present */
	VTD_FR_CTX_INV = 0x03, /* context entry programmed wrongly */
	VTD_FR_MGAW = 0x04, /* address beyond the width */
	VTD_FR_WRITE = 0x05, /* no write permission */
	VTD_FR_READ = 0x06, /* no read permission */
	VTD_FR_PTE_ACCESS = 0x07, /* paging entry cannot be read */
	VTD_FR_ROOT_ACCESS = 0x08, /* root entry cannot be read */
	VTD_FR_CTX_ACCESS = 0x09, /* context entry cannot be read */
	VTD_FR_ROOT_RSVD = 0x0a, /* reserved bits of a root entry */
	VTD_FR_CTX_RSVD = 0x0b, /* reserved bits of a context entry */
	VTD_FR_PTE_RSVD = 0x0c, /* reserved bits of a paging entry */
	VTD_FR_INTR_ADDR = 0x0e, /* output in the interrupt address range */
	VTD_FR_IR_REQ_RSVD = 0x20, /* reserved bits of the request */
	VTD_FR_IR_INDEX = 0x21, /* index beyond the table */
	VTD_FR_IRTE_P = 0x22, /* IRTE not present */
	VTD_FR_IRTE_ACCESS = 0x23, /* IRTE cannot be read */
	VTD_FR_IRTE_RSVD = 0x24, /* reserved bits of the IRTE */
	VTD_FR_IR_COMPAT = 0x25, /* compatibility format blocked */
	VTD_FR_IR_SID = 0x26, /* source-id verification */
	VTD_FR_PID_ACCESS = 0x27, /* posted-interrupt descriptor cannot be accessed */
	VTD_FR_PID_RSVD = 0x28, /* reserved bits of the descriptor */
};

/* Invalidation queue errors, IQERCD.IQEI (11.4.9.9). */
enum { VTD_IQEI_TAIL = 1, VTD_IQEI_FETCH = 2, VTD_IQEI_TYPE = 3, VTD_IQEI_RSVD = 4 };

/* Access rights, as in paging entries; 0 as a need: a zero-length read. */
#define VTD_R 1u
#define VTD_W 2u

struct vtd_entry {
	uint64_t lo, hi;
};

struct vtd_state {
	uint32_t reg[VTD_REGS_END / 4];
	uint32_t iva[2]; /* IVA_REG, write-only */
	uint64_t root; /* RTADDR as latched by SRTP */
	uint64_t irta; /* IRTA as latched by SIRTP */
	unsigned int next_frcd; /* where the next fault goes */
};
extern struct vtd_state vtd;

static inline uint32_t vtd_reg(unsigned int offset)
{
	return vtd.reg[offset / 4];
}

static inline uint64_t vtd_reg64(unsigned int offset)
{
	return vtd.reg[offset / 4] | (uint64_t)vtd.reg[offset / 4 + 1] << 32;
}

/* Set and clear bits of a register as hardware does, whatever software may. */
static inline void vtd_reg_set(unsigned int offset, uint32_t clear, uint32_t set)
{
	vtd.reg[offset / 4] = (vtd.reg[offset / 4] & ~clear) | set;
}

static inline uint64_t vtd_bits(uint64_t v, unsigned int high, unsigned int low)
{
	return (v >> low) & (~0ull >> (63 - (high - low)));
}

static inline bool vtd_interrupt_range(uint64_t addr)
{
	return addr >> 20 == 0xfee;
}

/* --- vtd_fault.c --------------------------------------------------------- */

/*
 * A request of `sid` was blocked.  `info` is the page address, or the
 * interrupt index for reasons from 20h on; `fpd` the fault processing disable
 * bit of the entry that was used, if any.
 */
void vtd_fault(uint16_t sid, enum vtd_reason reason, uint64_t info, bool read, bool fpd);
/* An invalidation queue error: sets IQE, raises the fault event (7.3). */
void vtd_fault_iqe(unsigned int iqei);
/* Set an event's IP, FECTL's or IECTL's; the message goes out unless masked. */
void vtd_event_raise(unsigned int ctl);
/* Software wrote FSTS, an F bit, FECTL or IECTL: settle what follows. */
void vtd_fault_settle(void);
void vtd_event_settle(unsigned int ctl);

/* --- vtd_qi.c ------------------------------------------------------------ */

/* Process the invalidation queue from head to tail, if it may run. */
void vtd_qi_run(void);
/* Software wrote CCMD with ICC, IOTLB with IVT. */
void vtd_ccmd(void);
void vtd_iotlb(void);

/* --- vtd_cache.c --------------------------------------------------------- */

void vtd_cache_reset(void);

/* Context cache, tagged by source-id. */
const struct vtd_entry *vtd_ctx_find(uint16_t sid);
void vtd_ctx_fill(uint16_t sid, struct vtd_entry e);
void vtd_ctx_flush(unsigned int granularity, uint16_t did, uint16_t sid, unsigned int fm);
static inline uint16_t vtd_ctx_did(const struct vtd_entry *e)
{
	return (uint16_t)vtd_bits(e->hi, 23, 8);
}

/*
 * IOTLB and paging-structure cache, tagged by domain-id.  A page of level l
 * has 4 KiB * 512^(l-1); the table of level l, 512 times that, is what its
 * entries are found in.
 */
enum vtd_tlb_kind { VTD_TLB_PAGE, VTD_TLB_TABLE };
struct vtd_tlb_entry {
	uint64_t tag; /* address >> shift of what it covers */
	uint64_t pa; /* of the page or the table */
	uint16_t did;
	uint8_t kind; /* enum vtd_tlb_kind */
	uint8_t level;
	uint8_t rights; /* VTD_R, VTD_W: of all levels so far */
	bool valid;
	int32_t next; /* in its bucket, or in the free list; -1: none */
};
static inline unsigned int vtd_tlb_shift(enum vtd_tlb_kind kind, unsigned int level)
{
	return 12 + 9 * (kind == VTD_TLB_PAGE ? level - 1 : level);
}
const struct vtd_tlb_entry *vtd_tlb_find(enum vtd_tlb_kind kind, uint16_t did, unsigned int level,
					 uint64_t iova);
void vtd_tlb_fill(enum vtd_tlb_kind kind, uint16_t did, unsigned int level, uint64_t iova,
		  uint64_t pa, unsigned int rights);
/* ih: invalidation hint, only leaf entries changed. am: 2^am pages from iova. */
void vtd_tlb_flush(unsigned int granularity, uint16_t did, uint64_t iova, unsigned int am, bool ih);

/* Interrupt-entry cache, tagged by index. */
const struct vtd_entry *vtd_iec_find(uint16_t index);
void vtd_iec_fill(uint16_t index, struct vtd_entry e);
void vtd_iec_flush_all(void);
void vtd_iec_flush(uint16_t index, unsigned int im);

/* --- vtd_ir.c, vtd_post.c ------------------------------------------------ */

/* PIDs that messages post to may be others now: tell who asked to know. */
void vtd_ir_changed(void);

#define VTD_IRTE_P   (1ull << 0)
#define VTD_IRTE_FPD (1ull << 1)
#define VTD_IRTE_URG (1ull << 14)
#define VTD_IRTE_IM  (1ull << 15)

/* The bits of a posted-format IRTE that must be zero (9.10). */
bool vtd_post_irte_reserved(const struct vtd_entry *e);
/* Address of the descriptor that a posted-format IRTE names. */
uint64_t vtd_post_pid(const struct vtd_entry *e);
/* Post (5.2.3): fills in flags, vector and pid of `out`; 0 or the fault's reason. */
unsigned int vtd_post(const struct vtd_entry *e, struct vtd_message *out);

#endif
