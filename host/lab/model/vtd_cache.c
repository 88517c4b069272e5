// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The translation caches (6.2, 6.4).  What was cached stays until software
 * invalidates it: the context cache and the interrupt-entry cache have room
 * for every tag there is, the IOTLB for TLB_SIZE pages and tables; when it is
 * full, the entry under a hand that goes round is replaced, which depends on
 * nothing but the past requests.  Since CAP.CM=0, whoever fills never brings
 * an entry that is not present or faults (6.1).
 */
#include <string.h>

#include "host/lab/model/vtd_internal.h"

/* --- context cache and interrupt-entry cache --------------------------------- */

/* Valid while gen is the cache's current one: flushing all takes no time. */
struct slot {
	struct vtd_entry e;
	uint64_t gen;
};

static struct slot ctx[65536], iec[65536];
static uint64_t ctx_gen = 1, iec_gen = 1;

const struct vtd_entry *vtd_ctx_find(uint16_t sid)
{
	return ctx[sid].gen == ctx_gen ? &ctx[sid].e : NULL;
}

void vtd_ctx_fill(uint16_t sid, struct vtd_entry e)
{
	ctx[sid] = (struct slot){e, ctx_gen};
}

void vtd_ctx_flush(unsigned int granularity, uint16_t did, uint16_t sid, unsigned int fm)
{
	/* FM: how many bits of the function number do not matter, from bit 2 down. */
	static const uint16_t ignore[] = {0, 4, 6, 7};

	if (granularity == VTD_INV_GLOBAL) {
		ctx_gen++;
		return;
	}
	for (unsigned int i = 0; i < 65536; i++) {
		if (ctx[i].gen != ctx_gen || vtd_ctx_did(&ctx[i].e) != did)
			continue;
		if (granularity == VTD_INV_DOMAIN || !((i ^ sid) & ~(unsigned int)ignore[fm]))
			ctx[i].gen = 0;
	}
}

const struct vtd_entry *vtd_iec_find(uint16_t index)
{
	return iec[index].gen == iec_gen ? &iec[index].e : NULL;
}

void vtd_iec_fill(uint16_t index, struct vtd_entry e)
{
	iec[index] = (struct slot){e, iec_gen};
}

void vtd_iec_flush_all(void)
{
	iec_gen++;
}

void vtd_iec_flush(uint16_t index, unsigned int im)
{
	unsigned int n = 1u << im, first = index & ~(n - 1);

	for (unsigned int i = 0; i < n; i++)
		iec[first + i].gen = 0;
}

/* --- IOTLB and paging-structure cache ------------------------------------ */

#define TLB_SIZE    16384
#define TLB_BUCKETS 4096

static struct {
	struct vtd_tlb_entry e[TLB_SIZE];
	int32_t bucket[TLB_BUCKETS];
	int32_t free; /* invalidated slots */
	int32_t used; /* slots that were ever used */
	int32_t hand;
} tlb;

static int32_t *tlb_bucket(enum vtd_tlb_kind kind, uint16_t did, unsigned int level, uint64_t tag)
{
	uint64_t h = tag ^ (uint64_t)did << 44 ^ (uint64_t)level << 60 ^ (uint64_t)kind << 63;

	return &tlb.bucket[(h * 0x9e3779b97f4a7c15ull) >> 52];
}

static struct vtd_tlb_entry *tlb_lookup(enum vtd_tlb_kind kind, uint16_t did, unsigned int level,
					uint64_t tag)
{
	for (int32_t i = *tlb_bucket(kind, did, level, tag); i >= 0; i = tlb.e[i].next) {
		struct vtd_tlb_entry *e = &tlb.e[i];

		if (e->tag == tag && e->did == did && e->kind == kind && e->level == level)
			return e;
	}
	return NULL;
}

const struct vtd_tlb_entry *vtd_tlb_find(enum vtd_tlb_kind kind, uint16_t did, unsigned int level,
					 uint64_t iova)
{
	return tlb_lookup(kind, did, level, iova >> vtd_tlb_shift(kind, level));
}

static void tlb_unlink(int32_t i)
{
	struct vtd_tlb_entry *e = &tlb.e[i];
	int32_t *p = tlb_bucket(e->kind, e->did, e->level, e->tag);

	while (*p != i)
		p = &tlb.e[*p].next;
	*p = e->next;
	e->valid = false;
}

static int32_t tlb_slot(void)
{
	int32_t i = tlb.free;

	if (i >= 0) {
		tlb.free = tlb.e[i].next;
		return i;
	}
	if (tlb.used < TLB_SIZE)
		return tlb.used++;
	i = tlb.hand;
	tlb.hand = (tlb.hand + 1) % TLB_SIZE;
	tlb_unlink(i);
	return i;
}

void vtd_tlb_fill(enum vtd_tlb_kind kind, uint16_t did, unsigned int level, uint64_t iova,
		  uint64_t pa, unsigned int rights)
{
	uint64_t tag = iova >> vtd_tlb_shift(kind, level);
	int32_t i = tlb_slot(), *bucket = tlb_bucket(kind, did, level, tag);

	tlb.e[i] = (struct vtd_tlb_entry){
		.tag = tag,
		.pa = pa,
		.did = did,
		.kind = (uint8_t)kind,
		.level = (uint8_t)level,
		.rights = (uint8_t)rights,
		.valid = true,
		.next = *bucket,
	};
	*bucket = i;
}

static void tlb_clear(void)
{
	memset(tlb.bucket, 0xff, sizeof(tlb.bucket));
	tlb.free = -1;
	tlb.used = 0;
	tlb.hand = 0;
}

/* Does an entry cover anything of [first, last]? */
static bool tlb_overlaps(const struct vtd_tlb_entry *e, uint64_t first, uint64_t last)
{
	unsigned int shift = vtd_tlb_shift(e->kind, e->level);

	return e->tag >= first >> shift && e->tag <= last >> shift;
}

void vtd_tlb_flush(unsigned int granularity, uint16_t did, uint64_t iova, unsigned int am, bool ih)
{
	uint64_t size = 4096ull << am, first = iova & ~(size - 1), last = first + size - 1;

	if (granularity == VTD_INV_GLOBAL) {
		tlb_clear();
		return;
	}
	for (int32_t i = 0; i < tlb.used; i++) {
		struct vtd_tlb_entry *e = &tlb.e[i];

		if (!e->valid || e->did != did)
			continue;
		if (granularity == VTD_INV_SELECTIVE &&
		    ((ih && e->kind == VTD_TLB_TABLE) || !tlb_overlaps(e, first, last)))
			continue;
		tlb_unlink(i);
		e->next = tlb.free;
		tlb.free = i;
	}
}

void vtd_cache_reset(void)
{
	ctx_gen++;
	iec_gen++;
	tlb_clear();
}
