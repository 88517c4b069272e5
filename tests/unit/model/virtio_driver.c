// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/virtio_driver.h"

#include "host/lab/model/nic.h"

#define SRIOV_ID 0x10u

static unsigned int extended(uint16_t id)
{
	unsigned int at = 0x100;

	while (at) {
		uint32_t h = fake_mmio_rd32(PCI_ECAM_BASE + (NIC << 12) + at);

		if ((h & 0xffff) == id)
			return at;
		at = h >> 20;
	}
	fail_msg("no extended capability %02x", id);
	return 0;
}

/* A virtual function's table is in its share of VFS2. */
static void msix(unsigned int nr)
{
	uint32_t table = nr ? VFS2 + (nr - 1) * 0x10000 : BAR2(NIC);

	for (uint32_t i = 0; i < 16; i++) {
		fake_mmio_wr32(table + i * 16, 0xfee00010);
		fake_mmio_wr32(table + i * 16 + 4, 0);
		fake_mmio_wr32(table + i * 16 + 8, FIRST_DATA + nr * 16 + i);
		fake_mmio_wr32(table + i * 16 + 12, 0);
	}
	fake_config_write(NIC + nr, rig_cap(NIC + nr, CAP_MSIX) + 2, 0x8000, 2);
}

void drv_pf(void)
{
	fake_config_write(NIC, 0x20, BAR4, 4);
	rig_function(NIC);
	msix(0);
}

void drv_vfs(unsigned int nr)
{
	uint32_t cap = PCI_ECAM_BASE + (NIC << 12) + extended(SRIOV_ID);
	uint16_t vfs = nr, on = 0x9; /* VF Enable, VF MSE */

	fake_mmio_wr32(cap + 0x24, VFS0);
	fake_mmio_wr32(cap + 0x2c, VFS2);
	fake_mmio_wr32(cap + 0x34, VFS4);
	fake_mmio_write(cap + 0x10, &vfs, 2);
	fake_mmio_write(cap + 0x08, &on, 2);
	for (unsigned int i = 1; i <= nr; i++) {
		fake_config_write(NIC + i, 0x04, CMD_MASTER, 2);
		msix(i);
	}
}

void drv_vfs_off(void)
{
	uint16_t off = 0;

	fake_mmio_write(PCI_ECAM_BASE + (NIC << 12) + extended(SRIOV_ID) + 0x08, &off, 2);
}

/* --- registers ------------------------------------------------------------------- */

uint32_t drv_bar0(unsigned int nr)
{
	return nr ? VFS0 + (nr - 1) * 0x10000 : BAR0(NIC);
}

uint8_t drv_get8(unsigned int nr, unsigned int at)
{
	uint8_t v;

	fake_mmio_read(drv_bar0(nr) + at, &v, sizeof(v));
	return v;
}

uint16_t drv_get16(unsigned int nr, unsigned int at)
{
	uint16_t v;

	fake_mmio_read(drv_bar0(nr) + at, &v, sizeof(v));
	return v;
}

uint32_t drv_get32(unsigned int nr, unsigned int at)
{
	return fake_mmio_rd32(drv_bar0(nr) + at);
}

void drv_set8(unsigned int nr, unsigned int at, uint8_t v)
{
	fake_mmio_write(drv_bar0(nr) + at, &v, sizeof(v));
}

void drv_set16(unsigned int nr, unsigned int at, uint16_t v)
{
	fake_mmio_write(drv_bar0(nr) + at, &v, sizeof(v));
}

void drv_set32(unsigned int nr, unsigned int at, uint32_t v)
{
	fake_mmio_wr32(drv_bar0(nr) + at, v);
}

static void set64(unsigned int nr, unsigned int at, uint64_t v)
{
	drv_set32(nr, at, (uint32_t)v);
	drv_set32(nr, at + 4, v >> 32);
}

uint64_t drv_offered(unsigned int nr)
{
	uint64_t v;

	drv_set32(nr, VIRTIO_PCI_COMMON_DFSELECT, 0);
	v = drv_get32(nr, VIRTIO_PCI_COMMON_DF);
	drv_set32(nr, VIRTIO_PCI_COMMON_DFSELECT, 1);
	return v | (uint64_t)drv_get32(nr, VIRTIO_PCI_COMMON_DF) << 32;
}

uint8_t drv_negotiate(unsigned int nr, uint64_t features)
{
	drv_set8(nr, VIRTIO_PCI_COMMON_STATUS, 0);
	assert_int_equal(drv_get8(nr, VIRTIO_PCI_COMMON_STATUS), 0);
	drv_set8(nr, VIRTIO_PCI_COMMON_STATUS, VIRTIO_CONFIG_S_ACKNOWLEDGE);
	drv_set8(nr, VIRTIO_PCI_COMMON_STATUS,
		 VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER);
	drv_set32(nr, VIRTIO_PCI_COMMON_GFSELECT, 0);
	drv_set32(nr, VIRTIO_PCI_COMMON_GF, (uint32_t)features);
	drv_set32(nr, VIRTIO_PCI_COMMON_GFSELECT, 1);
	drv_set32(nr, VIRTIO_PCI_COMMON_GF, features >> 32);
	drv_set8(nr, VIRTIO_PCI_COMMON_STATUS,
		 VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER |
			 VIRTIO_CONFIG_S_FEATURES_OK);
	return drv_get8(nr, VIRTIO_PCI_COMMON_STATUS);
}

void drv_ok(unsigned int nr)
{
	drv_set8(nr, VIRTIO_PCI_COMMON_STATUS,
		 drv_get8(nr, VIRTIO_PCI_COMMON_STATUS) | VIRTIO_CONFIG_S_DRIVER_OK);
}

/* --- queues ---------------------------------------------------------------------- */

void drv_queue_sized(struct drv_queue *q, unsigned int nr, unsigned int index, bool packed,
		     uint16_t size)
{
	uint64_t at = 0x100000 + (nr * 16 + index) * 0x4000ull;

	memset(fake_ram(at, 0x4000), 0, 0x4000);
	*q = (struct drv_queue){
		.nr = nr,
		.index = index,
		.packed = packed,
		.size = size,
		.desc = at,
		.driver = at + 0x1000,
		.device = at + 0x2000,
		.next_wrap = true,
		.seen_wrap = true,
	};
	drv_set16(nr, VIRTIO_PCI_COMMON_Q_SELECT, index);
	drv_set16(nr, VIRTIO_PCI_COMMON_Q_SIZE, size);
	drv_set16(nr, VIRTIO_PCI_COMMON_Q_MSIX, index);
	set64(nr, VIRTIO_PCI_COMMON_Q_DESCLO, IOVA + q->desc);
	set64(nr, VIRTIO_PCI_COMMON_Q_AVAILLO, IOVA + q->driver);
	set64(nr, VIRTIO_PCI_COMMON_Q_USEDLO, IOVA + q->device);
	drv_set16(nr, VIRTIO_PCI_COMMON_Q_ENABLE, 1);
}

void drv_queue(struct drv_queue *q, unsigned int nr, unsigned int index, bool packed)
{
	drv_queue_sized(q, nr, index, packed, DRV_SIZE);
}

static struct vring_desc *split_desc(struct drv_queue *q, uint16_t i)
{
	return (struct vring_desc *)fake_ram(q->desc, 16 * q->size) + i;
}

static struct vring_packed_desc *packed_desc(struct drv_queue *q, uint16_t i)
{
	return (struct vring_packed_desc *)fake_ram(q->desc, 16 * q->size) + i;
}

static struct vring_avail *avail(struct drv_queue *q)
{
	return fake_ram(q->driver, 6 + 2 * q->size);
}

static uint16_t split_offer(struct drv_queue *q, uint16_t head)
{
	avail(q)->ring[q->next++ % q->size] = head;
	avail(q)->idx = q->next;
	return head;
}

static uint16_t split_add(struct drv_queue *q, const struct drv_seg *seg, unsigned int nr)
{
	uint16_t head = q->free;

	for (unsigned int i = 0; i < nr; i++) {
		uint16_t next = (q->free + 1) % q->size;

		*split_desc(q, q->free) = (struct vring_desc){
			.addr = IOVA + seg[i].pa,
			.len = seg[i].len,
			.flags = (seg[i].write ? VRING_DESC_F_WRITE : 0) |
				 (i + 1 < nr ? VRING_DESC_F_NEXT : 0),
			.next = next,
		};
		q->free = next;
	}
	return split_offer(q, head);
}

static uint16_t packed_flags(struct drv_queue *q, uint16_t flags)
{
	return flags |
	       (q->next_wrap ? 1u << VRING_PACKED_DESC_F_AVAIL : 1u << VRING_PACKED_DESC_F_USED);
}

static void packed_step(struct drv_queue *q)
{
	if (++q->next == q->size) {
		q->next = 0;
		q->next_wrap = !q->next_wrap;
	}
}

/* The ID is not the slot: the device must not mix them up. */
static uint16_t packed_add(struct drv_queue *q, const struct drv_seg *seg, unsigned int nr)
{
	uint16_t id = 100 + q->next;

	q->slots[id] = nr;
	for (unsigned int i = 0; i < nr; i++) {
		uint16_t flags = (seg[i].write ? VRING_DESC_F_WRITE : 0) |
				 (i + 1 < nr ? VRING_DESC_F_NEXT : 0);

		*packed_desc(q, q->next) = (struct vring_packed_desc){
			.addr = IOVA + seg[i].pa,
			.len = seg[i].len,
			.id = i + 1 < nr ? 0xdead : id,
			.flags = packed_flags(q, flags),
		};
		packed_step(q);
	}
	return id;
}

uint16_t drv_add(struct drv_queue *q, const struct drv_seg *seg, unsigned int nr)
{
	return q->packed ? packed_add(q, seg, nr) : split_add(q, seg, nr);
}

static void indirect_fill(struct drv_queue *q, uint64_t table, const struct drv_seg *seg,
			  unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++) {
		struct vring_desc d = {
			.addr = IOVA + seg[i].pa,
			.len = seg[i].len,
			.flags = seg[i].write ? VRING_DESC_F_WRITE : 0,
		};

		if (!q->packed && i + 1 < nr) {
			d.flags |= VRING_DESC_F_NEXT;
			d.next = i + 1;
		}
		if (q->packed) { /* id and flags are in another order there */
			struct vring_packed_desc p = {d.addr, d.len, 0, d.flags};

			memcpy(&d, &p, sizeof(d));
		}
		memcpy(fake_ram(table + 16 * i, 16), &d, 16);
	}
}

uint16_t drv_add_indirect(struct drv_queue *q, uint64_t table, const struct drv_seg *seg,
			  unsigned int nr)
{
	struct drv_seg whole = {table, 16 * nr, false};
	uint16_t slot = q->packed ? q->next : q->free, id;

	indirect_fill(q, table, seg, nr);
	id = drv_add(q, &whole, 1);
	if (q->packed)
		packed_desc(q, slot)->flags |= VRING_DESC_F_INDIRECT;
	else
		split_desc(q, slot)->flags |= VRING_DESC_F_INDIRECT;
	return id;
}

void drv_kick(struct drv_queue *q)
{
	drv_set16(q->nr, VIRTIO_BAR_NOTIFY + q->index * 4, q->index);
}

static bool split_used(struct drv_queue *q, uint16_t *id, uint32_t *len)
{
	struct vring_used *u = fake_ram(q->device, 6 + 8 * q->size);

	if (u->idx == q->seen)
		return false;
	*id = u->ring[q->seen % q->size].id;
	*len = u->ring[q->seen % q->size].len;
	q->seen++;
	return true;
}

static bool packed_used(struct drv_queue *q, uint16_t *id, uint32_t *len)
{
	struct vring_packed_desc *d = packed_desc(q, q->seen);
	bool a = d->flags >> VRING_PACKED_DESC_F_AVAIL & 1;
	bool u = d->flags >> VRING_PACKED_DESC_F_USED & 1;

	if (a != u || u != q->seen_wrap)
		return false;
	*id = d->id;
	*len = d->len;
	assert_in_range(*id, 100, 255);
	q->seen += q->slots[*id];
	if (q->seen >= q->size) {
		q->seen -= q->size;
		q->seen_wrap = !q->seen_wrap;
	}
	return true;
}

bool drv_used(struct drv_queue *q, uint16_t *id, uint32_t *len)
{
	return q->packed ? packed_used(q, id, len) : split_used(q, id, len);
}

void drv_interrupts(struct drv_queue *q, bool on)
{
	struct vring_packed_desc_event *e = fake_ram(q->driver, 4);

	if (q->packed)
		e->flags = on ? VRING_PACKED_EVENT_FLAG_ENABLE : VRING_PACKED_EVENT_FLAG_DISABLE;
	else
		avail(q)->flags = on ? 0 : VRING_AVAIL_F_NO_INTERRUPT;
}

/* Counted in slots, which are buffers here: one element each. */
void drv_used_event(struct drv_queue *q, uint16_t skip)
{
	struct vring_packed_desc_event *e = fake_ram(q->driver, 4);
	uint16_t off = q->seen + skip;

	if (!q->packed) {
		avail(q)->ring[q->size] = off;
		return;
	}
	e->off_wrap =
		off < q->size ? off | q->seen_wrap << 15 : (off - q->size) | !q->seen_wrap << 15;
	e->flags = VRING_PACKED_EVENT_FLAG_DESC;
}

void drv_wait(void)
{
	fake_advance(NIC_DELAY);
}

/* --- the lab's registers ------------------------------------------------------------ */

static uint32_t bar4(unsigned int nr)
{
	return nr ? VFS4 + (nr - 1) * 0x10000 : BAR4;
}

uint32_t nic_get(unsigned int nr, uint32_t at)
{
	return fake_mmio_rd32(bar4(nr) + at);
}

void nic_set(unsigned int nr, uint32_t at, uint32_t v)
{
	fake_mmio_wr32(bar4(nr) + at, v);
}

uint32_t nic_queue(unsigned int nr, unsigned int queue, uint32_t at)
{
	return nic_get(nr, PB_NIC_QUEUE(queue) + at);
}
