// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * DMA remapping in legacy mode: root and context entries (3.4.2, 9.1, 9.3),
 * pass-through, second-stage paging of three or four levels with pages of
 * 4 KiB, 2 MiB and 1 GiB (3.7, 9.8).
 *
 * What a cache holds is used as it is, rights included: software that changes
 * an entry that was present has to invalidate (6.5.3).
 */
#include <errno.h>
#include <string.h>

#include "shared/event.h"
#include "host/lab/model/vtd_internal.h"

#define PTE_PS   (1ull << 7)
#define PTE_ADDR (VTD_HAW_MASK & ~0xfffull)

struct request {
	uint16_t sid;
	uint64_t iova;
	unsigned int need; /* VTD_R, VTD_W; 0: zero-length read */
	bool fpd; /* out: of the context entry */
};

/* 9.1 */
static bool root_reserved(const struct vtd_entry *e)
{
	return (e->lo & (0xffeull | ~VTD_HAW_MASK)) || e->hi;
}

/* 9.3: IGN, bits 70:67, is free for software. */
static bool context_reserved(const struct vtd_entry *e)
{
	return (e->lo & (0xff0ull | ~VTD_HAW_MASK)) || (e->hi & ~0xffff7full);
}

static unsigned int context_tt(const struct vtd_entry *e)
{
	return (unsigned int)vtd_bits(e->lo, 3, 2);
}

static unsigned int context_levels(const struct vtd_entry *e)
{
	return (unsigned int)vtd_bits(e->hi, 2, 0) + 2;
}

/* Is it programmed as CAP and ECAP allow? Pass-through asks for the largest width. */
static bool context_valid(const struct vtd_entry *e)
{
	unsigned int tt = context_tt(e), levels = context_levels(e);

	if (tt == 2)
		return levels == 4;
	return tt == 0 && (levels == 3 || levels == 4);
}

static enum vtd_reason context_fetch(struct request *rq, struct vtd_entry *c)
{
	struct vtd_entry r;

	if (lab->mem_read((vtd.root & ~0xfffull) + 16ull * (rq->sid >> 8), &r, sizeof(r)))
		return VTD_FR_ROOT_ACCESS;
	if (!(r.lo & 1))
		return VTD_FR_ROOT_P;
	if (root_reserved(&r))
		return VTD_FR_ROOT_RSVD;
	if (lab->mem_read((r.lo & PTE_ADDR) + 16ull * (rq->sid & 0xff), c, sizeof(*c)))
		return VTD_FR_CTX_ACCESS;
	rq->fpd = c->lo & 2; /* whatever P says */
	if (!(c->lo & 1))
		return VTD_FR_CTX_P;
	if (context_reserved(c))
		return VTD_FR_CTX_RSVD;
	if (!context_valid(c))
		return VTD_FR_CTX_INV;
	return 0;
}

static enum vtd_reason context_get(struct request *rq, struct vtd_entry *c)
{
	const struct vtd_entry *cached = vtd_ctx_find(rq->sid);
	enum vtd_reason err;

	if (cached) {
		*c = *cached;
		rq->fpd = c->lo & 2;
		return 0;
	}
	err = context_fetch(rq, c);
	if (!err)
		vtd_ctx_fill(rq->sid, *c);
	return err;
}

/* 9.8: A, D, EMT and the rest of scalable mode are ignored, TM needs Device-TLBs. */
static bool pte_reserved(uint64_t pte, unsigned int level)
{
	uint64_t mask = (1ull << 52) - 1 - VTD_HAW_MASK;

	mask |= 1ull << 62;
	if (level == 4)
		mask |= PTE_PS;
	else if (level > 1 && (pte & PTE_PS))
		mask |= (1ull << vtd_tlb_shift(VTD_TLB_PAGE, level)) - 1 - 0xfff;
	return pte & mask;
}

static uint64_t page_base(uint64_t pte, unsigned int level)
{
	return pte & PTE_ADDR & ~((1ull << vtd_tlb_shift(VTD_TLB_PAGE, level)) - 1);
}

static enum vtd_reason no_right(const struct request *rq)
{
	return rq->need & VTD_W ? VTD_FR_WRITE : VTD_FR_READ;
}

/* Begin at the deepest table that the paging-structure cache knows (6.2.6). */
static unsigned int walk_start(uint16_t did, const struct vtd_entry *c, uint64_t iova,
			       uint64_t *table, unsigned int *rights)
{
	unsigned int levels = context_levels(c);

	for (unsigned int l = 1; l < levels; l++) {
		const struct vtd_tlb_entry *e = vtd_tlb_find(VTD_TLB_TABLE, did, l, iova);

		if (!e)
			continue;
		*table = e->pa;
		*rights = e->rights;
		return l;
	}
	*table = c->lo & PTE_ADDR;
	*rights = VTD_R | VTD_W;
	return levels;
}

/* Fills the paging-structure cache with the tables on the way, the IOTLB with the page. */
static enum vtd_reason walk(const struct request *rq, const struct vtd_entry *c)
{
	uint16_t did = vtd_ctx_did(c);
	unsigned int rights;
	uint64_t table, pte;

	for (unsigned int l = walk_start(did, c, rq->iova, &table, &rights);; l--) {
		uint64_t index = (rq->iova >> vtd_tlb_shift(VTD_TLB_PAGE, l)) & 511;

		if (lab->mem_read(table + 8 * index, &pte, sizeof(pte)))
			return VTD_FR_PTE_ACCESS;
		if (!(pte & (VTD_R | VTD_W)))
			return no_right(rq);
		if (pte_reserved(pte, l))
			return VTD_FR_PTE_RSVD;
		rights &= (unsigned int)pte;
		if ((rights & rq->need) != rq->need)
			return no_right(rq);
		if (l == 1 || (pte & PTE_PS)) {
			vtd_tlb_fill(VTD_TLB_PAGE, did, l, rq->iova, page_base(pte, l), rights);
			return 0;
		}
		table = pte & PTE_ADDR;
		vtd_tlb_fill(VTD_TLB_TABLE, did, l - 1, rq->iova, table, rights);
	}
}

static const struct vtd_tlb_entry *page_find(uint16_t did, uint64_t iova)
{
	const struct vtd_tlb_entry *e = NULL;

	for (unsigned int l = 1; l <= 3 && !e; l++)
		e = vtd_tlb_find(VTD_TLB_PAGE, did, l, iova);
	return e;
}

static enum vtd_reason translate_paged(const struct request *rq, const struct vtd_entry *c,
				       uint64_t *pa)
{
	const struct vtd_tlb_entry *e = page_find(vtd_ctx_did(c), rq->iova);
	enum vtd_reason err;

	if (!e) {
		err = walk(rq, c);
		if (err)
			return err;
		e = page_find(vtd_ctx_did(c), rq->iova);
	}
	if ((e->rights & rq->need) != rq->need)
		return no_right(rq);
	*pa = e->pa | (rq->iova & ((1ull << vtd_tlb_shift(VTD_TLB_PAGE, e->level)) - 1));
	return 0;
}

static enum vtd_reason translate(struct request *rq, uint64_t *pa)
{
	struct vtd_entry c;
	enum vtd_reason err = context_get(rq, &c);

	if (err)
		return err;
	if (rq->iova >> (12 + 9 * context_levels(&c)))
		return VTD_FR_MGAW;
	*pa = rq->iova;
	if (context_tt(&c) == 0)
		err = translate_paged(rq, &c, pa);
	if (!err && vtd_interrupt_range(*pa))
		err = VTD_FR_INTR_ADDR;
	return err;
}

/* 3.14: only a write of one aligned dword is an interrupt request; the rest is blocked. */
static int interrupt_range_access(uint16_t sid, uint64_t addr, const void *buf, size_t len,
				  bool write)
{
	struct vtd_message m;
	uint32_t data;

	if (!write || len != sizeof(data) || addr % sizeof(data)) {
		if (vtd_reg(VTD_GSTS) & VTD_TE)
			vtd_fault(sid, VTD_FR_INTR_ADDR, addr, !write, false);
		return -EFAULT;
	}
	memcpy(&data, buf, sizeof(data));
	vtd_msi(sid, addr, data, &m);
	return m.flags & PB_EVF_BLOCKED ? -EFAULT : 0;
}

static unsigned int rights_needed(size_t len, bool write)
{
	if (write)
		return VTD_W;
	return len ? VTD_R : 0;
}

/* One request, within one page. */
static int access_page(uint16_t sid, uint64_t iova, void *buf, size_t len, bool write)
{
	struct request rq = {
		.sid = sid,
		.iova = iova,
		.need = rights_needed(len, write),
	};
	enum vtd_reason err;
	uint64_t pa = iova;

	if (vtd_interrupt_range(iova))
		return interrupt_range_access(sid, iova, buf, len, write);
	if (vtd_reg(VTD_GSTS) & VTD_TE) {
		err = translate(&rq, &pa);
		if (err) {
			vtd_fault(sid, err, iova, !write, rq.fpd);
			return -EFAULT;
		}
	}
	if (!len)
		return 0;
	return write ? lab->mem_write(pa, buf, len) : lab->mem_read(pa, buf, len);
}

static int dma(uint16_t sid, uint64_t iova, uint8_t *buf, size_t len, bool write)
{
	do {
		size_t room = 4096 - iova % 4096, n = len < room ? len : room;
		int err = access_page(sid, iova, buf, n, write);

		if (err)
			return err;
		iova += n;
		buf += n;
		len -= n;
	} while (len);
	return 0;
}

int vtd_dma_read(uint16_t sid, uint64_t iova, void *buf, size_t len)
{
	return dma(sid, iova, buf, len, false);
}

int vtd_dma_write(uint16_t sid, uint64_t iova, const void *buf, size_t len)
{
	return dma(sid, iova, (uint8_t *)(uintptr_t)buf, len, true);
}
