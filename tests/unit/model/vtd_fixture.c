// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/vtd_fixture.h"

static uint64_t next_table;
static unsigned int queue_size;

int vt_setup(void **state)
{
	(void)state;
	fake_init();
	next_table = 0x200000;
	queue_size = 0;
	assert_int_equal(vtd_init(), 0);
	return 0;
}

int vt_teardown(void **state)
{
	(void)state;
	fake_fini();
	return 0;
}

uint32_t vt_rd(unsigned int offset)
{
	return fake_mmio_rd32(LAB_VTD_BASE + offset);
}

uint64_t vt_rd64(unsigned int offset)
{
	return fake_mmio_rd64(LAB_VTD_BASE + offset);
}

void vt_wr(unsigned int offset, uint32_t v)
{
	fake_mmio_wr32(LAB_VTD_BASE + offset, v);
}

void vt_wr64(unsigned int offset, uint64_t v)
{
	fake_mmio_wr64(LAB_VTD_BASE + offset, v);
}

void vt_gcmd(uint32_t set, uint32_t clear)
{
	uint32_t on = vt_rd(VTD_GSTS) & (VTD_TE | VTD_QIE | VTD_IRE | VTD_CFI);

	vt_wr(VTD_GCMD, (on | set) & ~clear);
}

/* --- DMA remapping ------------------------------------------------------- */

void vt_dma_on(void)
{
	vt_wr64(VTD_RTADDR, VT_ROOT);
	vt_gcmd(VTD_RTP, 0);
	vt_gcmd(VTD_TE, 0);
}

void vt_context_raw(uint16_t sid, uint64_t lo, uint64_t hi)
{
	uint64_t table = VT_CTX + 0x1000ull * (sid >> 8);

	fake_wr64(VT_ROOT + 16ull * (sid >> 8), table | 1);
	fake_wr64(table + 16ull * (sid & 0xff), lo);
	fake_wr64(table + 16ull * (sid & 0xff) + 8, hi);
}

static uint64_t new_table(void)
{
	uint64_t t = next_table;

	next_table += 0x1000;
	assert_true(next_table <= VT_IRT);
	return t;
}

uint64_t vt_context(uint16_t sid, uint16_t did, unsigned int tt, unsigned int levels)
{
	uint64_t root = new_table();

	vt_context_raw(sid, root | tt << 2 | 1, (uint64_t)did << 8 | (levels - 2));
	return root;
}

uint64_t vt_map_raw(uint64_t root, unsigned int levels, uint64_t iova, unsigned int level,
		    uint64_t pte)
{
	uint64_t table = root;

	for (unsigned int l = levels;; l--) {
		uint64_t at = table + 8 * ((iova >> (12 + 9 * (l - 1))) & 511);

		if (l == level) {
			fake_wr64(at, pte);
			return at;
		}
		if (!(fake_rd64(at) & 3))
			fake_wr64(at, new_table() | VTD_R | VTD_W);
		table = fake_rd64(at) & ~0xfffull;
	}
}

uint64_t vt_map(uint64_t root, uint64_t iova, uint64_t pa)
{
	return vt_map_raw(root, 4, iova, 1, pa | VTD_R | VTD_W);
}

uint32_t vt_read(uint16_t sid, uint64_t iova)
{
	uint32_t v = 0;

	assert_int_equal(vtd_dma_read(sid, iova, &v, sizeof(v)), 0);
	return v;
}

static void last_fault(uint16_t sid, unsigned int reason)
{
	assert_true(fake.faults > 0);
	assert_int_equal(fake.fault[fake.faults - 1].reason, reason);
	assert_int_equal(fake.fault[fake.faults - 1].sid, sid);
}

void vt_read_fails(uint16_t sid, uint64_t iova, unsigned int reason)
{
	unsigned int before = fake.faults;
	uint32_t v = 0;

	assert_int_equal(vtd_dma_read(sid, iova, &v, sizeof(v)), -14);
	assert_int_equal(fake.faults, before + 1);
	last_fault(sid, reason);
}

void vt_write_fails(uint16_t sid, uint64_t iova, unsigned int reason)
{
	unsigned int before = fake.faults;
	uint32_t v = 0;

	assert_int_equal(vtd_dma_write(sid, iova, &v, sizeof(v)), -14);
	assert_int_equal(fake.faults, before + 1);
	last_fault(sid, reason);
}

/* --- invalidation -------------------------------------------------------- */

void vt_qi_on(unsigned int qs)
{
	queue_size = 4096u << qs;
	vt_wr(VTD_IQT, 0);
	vt_wr64(VTD_IQA, VT_QUEUE | qs);
	vt_gcmd(VTD_QIE, 0);
}

bool vt_submit(uint64_t lo, uint64_t hi)
{
	uint32_t tail = vt_rd(VTD_IQT);

	fake_wr64(VT_QUEUE + tail, lo);
	fake_wr64(VT_QUEUE + tail + 8, hi);
	tail = (tail + 16) % queue_size;
	vt_wr(VTD_IQT, tail);
	return vt_rd(VTD_IQH) == tail;
}

uint64_t vt_desc_context(unsigned int g, uint16_t did, uint16_t sid, unsigned int fm)
{
	return 1 | (uint64_t)g << 4 | (uint64_t)did << 16 | (uint64_t)sid << 32 |
	       (uint64_t)fm << 48;
}

uint64_t vt_desc_iotlb(unsigned int g, uint16_t did)
{
	return 2 | (uint64_t)g << 4 | (uint64_t)did << 16;
}

uint64_t vt_desc_iec(bool selective, uint16_t index, unsigned int im)
{
	return 4 | (uint64_t)selective << 4 | (uint64_t)im << 27 | (uint64_t)index << 32;
}

/* --- interrupts ---------------------------------------------------------- */

void vt_ir_on(bool x2apic, unsigned int s)
{
	vt_wr64(VTD_IRTA, VT_IRT | (x2apic ? VTD_IRTA_EIME : 0) | s);
	vt_gcmd(VTD_IRTP, 0);
	vt_gcmd(VTD_IRE, 0);
}

void vt_irte(unsigned int index, uint64_t lo, uint64_t hi)
{
	fake_wr64(VT_IRT + 16ull * index, lo);
	fake_wr64(VT_IRT + 16ull * index + 8, hi);
}

uint64_t vt_remapped(uint8_t vector, uint32_t dst)
{
	return VTD_IRTE_P | (uint64_t)vector << 16 | (uint64_t)dst << 32;
}

struct vtd_entry vt_posted(uint8_t vector, uint64_t pa)
{
	return (struct vtd_entry){
		.lo = VTD_IRTE_P | VTD_IRTE_IM | (uint64_t)vector << 16 | (pa & 0xffffffc0) << 32,
		.hi = pa >> 32 << 32,
	};
}

uint64_t vt_verify(uint16_t sid, unsigned int sq)
{
	return sid | (uint64_t)sq << 16 | 1ull << 18;
}

uint64_t vt_msi_addr(unsigned int index)
{
	return 0xfee00010u | (index & 0x7fff) << 5 | (index >> 15) << 2;
}

struct vtd_message vt_msi(uint16_t sid, unsigned int index)
{
	struct vtd_message m;

	memset(&m, 0xa5, sizeof(m));
	vtd_msi(sid, vt_msi_addr(index), 0, &m);
	return m;
}

void vt_msi_fails(uint16_t sid, unsigned int index, unsigned int reason)
{
	unsigned int before = fake.faults, msgs = fake.msgs;
	struct vtd_message m = vt_msi(sid, index);

	assert_int_equal(m.flags, PB_EVF_BLOCKED);
	assert_int_equal(m.fault, reason);
	assert_int_equal(m.pid, 0);
	assert_int_equal(fake.msgs, msgs);
	assert_int_equal(fake.faults, before + 1);
	last_fault(sid, reason);
}

uint64_t vt_control(bool on, bool sn, uint8_t nv, uint32_t ndst)
{
	return (uint64_t)on | (uint64_t)sn << 1 | (uint64_t)nv << 16 | (uint64_t)ndst << 32;
}

/* --- faults -------------------------------------------------------------- */

bool vt_fault_pending(unsigned int i)
{
	return vt_rd(VTD_FRCD + 16 * i + 12) & VTD_FRCD_F;
}

void vt_recorded(unsigned int i, uint16_t sid, unsigned int reason, uint64_t fi, bool read)
{
	assert_true(vt_fault_pending(i));
	assert_true(vt_rd64(VTD_FRCD + 16 * i) == fi);
	assert_int_equal(vt_rd(VTD_FRCD + 16 * i + 8), sid);
	assert_int_equal(vt_rd(VTD_FRCD + 16 * i + 12),
			 VTD_FRCD_F | (read ? 1u << 30 : 0) | reason);
}

void vt_clear_fault(unsigned int i)
{
	vt_wr(VTD_FRCD + 16 * i + 12, VTD_FRCD_F);
}
