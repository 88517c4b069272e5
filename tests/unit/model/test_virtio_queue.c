// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Virtqueues, each case for split and for packed ones; transmit queue 0 of the
 * physical function is the one that is driven.  Sections: virtio 1.2.
 */
#include "model/virtio_driver.h"

#include "host/lab/model/nic.h"
#include "model/fake_vtd.h"

#define HDR          12u
#define BUF          0x200000u
#define TABLE        0x300000u
#define STATUS_RESET 0x40u

static struct drv_queue q;

static int fresh(void **state)
{
	int rc = rig_setup(state);

	drv_pf();
	return rc;
}

static void begin(bool packed, uint64_t features, uint16_t size)
{
	drv_negotiate(0, BASIC | features | (packed ? F(VIRTIO_F_RING_PACKED) : 0));
	drv_queue_sized(&q, 0, 1, packed, size);
	drv_ok(0);
	drv_wait();
	/* Header, and a frame for nobody. */
	memset(fake_ram(BUF, 4096), 0, 4096);
	memset(fake_ram(BUF + HDR, 12), 0x22, 12);
}

static bool needs_reset(void)
{
	return drv_get8(0, VIRTIO_PCI_COMMON_STATUS) & STATUS_RESET;
}

static void used(uint16_t want)
{
	uint16_t id;
	uint32_t len;

	assert_true(drv_used(&q, &id, &len));
	assert_int_equal(id, want);
	assert_int_equal(len, 0);
}

static bool none_used(void)
{
	uint16_t id;
	uint32_t len;

	return !drv_used(&q, &id, &len);
}

static const struct drv_seg one[] = {{BUF, HDR + 60, false}};

static uint16_t add_one(void)
{
	return drv_add(&q, one, 1);
}

static void go(void)
{
	drv_kick(&q);
	drv_wait();
}

static uint32_t frames(void)
{
	return nic_get(0, PB_NIC_PORT + PB_NIC_PORT_SENT);
}

#define BOTH(name)                              \
	static void name##_split(void **state)  \
	{                                       \
		(void)state;                    \
		name(false);                    \
	}                                       \
	static void name##_packed(void **state) \
	{                                       \
		(void)state;                    \
		name(true);                     \
	}

/* Many times round, in chains of 1 to 3 elements: IDs, order, wrap counters. */
static void chains(bool packed)
{
	const struct drv_seg three[] = {
		{BUF, 5, false}, {BUF + 5, 20, false}, {BUF + 25, HDR + 60 - 25, false}};
	uint32_t n = 0;

	begin(packed, 0, packed ? 7 : 8);
	for (unsigned int i = 0; i < 100; i++) {
		uint16_t a = drv_add(&q, three, 3), b = add_one();

		assert_true(none_used());
		go();
		used(a);
		used(b);
		n += 2;
		assert_true(none_used());
		assert_int_equal(frames(), n);
		assert_int_equal(nic_get(0, PB_NIC_WIRE + PB_NIC_PORT_TAKEN_BYTES), n * 60);
	}
	assert_false(needs_reset());
	assert_int_equal(nic_queue(0, 1, PB_NIC_Q_NOTIFIED), 100);
	assert_int_equal(nic_queue(0, 1, PB_NIC_Q_USED), 200);
	assert_int_equal(nic_queue(0, 1, PB_NIC_Q_STATE), packed ? 3 : 1);
}
BOTH(chains)

/* The whole ring at once, and again. */
static void full(bool packed)
{
	uint16_t id[DRV_SIZE];

	begin(packed, 0, DRV_SIZE);
	for (unsigned int round = 0; round < 3; round++) {
		for (unsigned int i = 0; i < DRV_SIZE; i++)
			id[i] = add_one();
		go();
		drv_wait(); /* it takes no more than a ring at a time, then looks again */
		for (unsigned int i = 0; i < DRV_SIZE; i++)
			used(id[i]);
		assert_true(none_used());
	}
	assert_false(needs_reset());
}
BOTH(full)

/* 2.7.5.3, 2.8.7 */
static void indirect(bool packed)
{
	const struct drv_seg three[] = {
		{BUF, 5, false}, {BUF + 5, 20, false}, {BUF + 25, HDR + 60 - 25, false}};
	uint16_t id;

	begin(packed, F(VIRTIO_RING_F_INDIRECT_DESC), 4);
	for (unsigned int i = 0; i < 20; i++) {
		id = drv_add_indirect(&q, TABLE, three, 3);
		go();
		used(id);
	}
	assert_int_equal(frames(), 20);
	assert_false(needs_reset());
}
BOTH(indirect)

/* Not negotiated. */
static void indirect_unasked(bool packed)
{
	begin(packed, 0, 4);
	drv_add_indirect(&q, TABLE, one, 1);
	go();
	assert_true(none_used());
	assert_true(needs_reset());
	assert_int_equal(nic_queue(0, 1, PB_NIC_Q_STATE) & PB_NIC_QS_BROKEN, PB_NIC_QS_BROKEN);
	assert_int_equal(nic_queue(0, 1, PB_NIC_Q_ERRORS), 1);
}
BOTH(indirect_unasked)

/* The first entry is a table, by itself a good one. */
static void nest(void)
{
	*(struct vring_desc *)fake_ram(TABLE, 16) = (struct vring_desc){
		.addr = IOVA + TABLE + 0x100, .len = 16, .flags = VRING_DESC_F_INDIRECT};
	*(struct vring_desc *)fake_ram(TABLE + 0x100, 16) =
		(struct vring_desc){.addr = IOVA + BUF, .len = 60};
}

/* A table whose length is not one of a table; no table in a table; no longer than the queue. */
static void indirect_wrong(bool packed)
{
	const uint64_t want = F(VIRTIO_RING_F_INDIRECT_DESC);
	struct drv_seg many[9];

	for (unsigned int i = 0; i < 9; i++)
		many[i] = (struct drv_seg){BUF, 60, false};
	for (unsigned int how = 0; how < 6; how++) {
		struct vring_desc *d;

		begin(packed, want, 8);
		drv_add_indirect(&q, TABLE, many, how == 5 ? 9 : 2);
		d = fake_ram(q.desc, 16);
		if (how == 0)
			d->len = 24;
		else if (how == 1)
			d->len = 0;
		else if (how == 2 && !packed)
			nest();
		else if (how == 3)
			packed ? (((struct vring_packed_desc *)(void *)d)->flags |=
				  VRING_DESC_F_NEXT)
			       : (d->flags |= VRING_DESC_F_NEXT);
		else if (how == 4)
			d->addr = UINT64_MAX - 15;
		if (how == 2 && packed) /* flags but WRITE are nothing there */
			((struct vring_packed_desc *)fake_ram(TABLE, 16))->flags |=
				VRING_DESC_F_INDIRECT | VRING_DESC_F_NEXT;
		go();
		assert_int_equal(needs_reset(), !(how == 2 && packed));
		assert_int_equal(none_used(), !(how == 2 && packed));
	}
}
BOTH(indirect_wrong)

/* 2.6.4.2: readable before writable. */
static void order(bool packed)
{
	const struct drv_seg wrong[] = {{BUF, 20, true}, {BUF, 60, false}};

	begin(packed, 0, 4);
	drv_add(&q, wrong, 2);
	go();
	assert_true(needs_reset());
}
BOTH(order)

/* Memory that is not there: of the frame only that frame, of the ring the end. */
static void unreachable(bool packed)
{
	const struct drv_seg far[] = {{0x3000000000ull, HDR + 60, false}};
	uint16_t id;

	begin(packed, 0, 4);
	id = drv_add(&q, far, 1);
	go();
	used(id);
	assert_false(needs_reset());
	assert_int_equal(frames(), 0);
	assert_int_equal(nic_get(0, PB_NIC_BAD_FRAMES), 1);
	vtd.refuse_dma = true;
	go();
	vtd.refuse_dma = false;
	assert_true(needs_reset());
}
BOTH(unreachable)

/* A reset makes a broken device whole. */
static void recovery(bool packed)
{
	uint16_t id;

	indirect_unasked(packed);
	begin(packed, 0, DRV_SIZE);
	assert_false(needs_reset());
	id = add_one();
	go();
	used(id);
}
BOTH(recovery)

/* 2.7.7, 2.8.10: flags. */
static void interrupt_flags(bool packed)
{
	begin(packed, 0, DRV_SIZE);
	add_one();
	go();
	assert_int_equal(vtd.nr_sent, 1);
	assert_int_equal(vtd.sent[0].data, FIRST_DATA + 1);
	assert_int_equal(vtd.sent[0].sid, NIC);
	drv_interrupts(&q, false);
	add_one();
	add_one();
	go();
	assert_int_equal(vtd.nr_sent, 1);
	assert_int_equal(nic_queue(0, 1, PB_NIC_Q_SUPPRESSED), 1);
	drv_interrupts(&q, true);
	add_one();
	add_one();
	go(); /* one for both */
	assert_int_equal(vtd.nr_sent, 2);
	assert_int_equal(nic_queue(0, 1, PB_NIC_Q_INTERRUPTS), 2);
	assert_int_equal(nic_queue(0, 1, PB_NIC_Q_USED), 5);
	assert_int_equal(drv_get8(0, VIRTIO_BAR_ISR), 1);
}
BOTH(interrupt_flags)

/*
 * 2.7.7, 2.8.10: exactly one interrupt, with the buffer that the driver named,
 * wherever in the ring it is and however many came with it.
 */
static void event_index(bool packed)
{
	uint32_t sent = 0;

	begin(packed, F(VIRTIO_RING_F_EVENT_IDX), packed ? 7 : 8);
	for (unsigned int i = 0; i < 200; i++) {
		uint16_t skip = i % 3;

		drv_used_event(&q, skip);
		for (unsigned int n = 0; n < skip; n++) {
			add_one();
			if (i % 2)
				go();
		}
		drv_kick(&q);
		drv_wait();
		assert_int_equal(vtd.nr_sent, sent);
		add_one();
		if (i % 5 == 0)
			add_one();
		go();
		assert_int_equal(vtd.nr_sent, ++sent);
		add_one();
		go(); /* behind it: none */
		assert_int_equal(vtd.nr_sent, sent);
		for (uint16_t id, n = 0; n < skip + 2 + (i % 5 == 0); n++) {
			uint32_t len;

			assert_true(drv_used(&q, &id, &len));
		}
		assert_true(none_used());
	}
	assert_false(needs_reset());
}
BOTH(event_index)

/* 2.7.10, 2.8.10: the device says where it is, so that a driver need not notify twice. */
static void ask_notify(bool packed)
{
	struct vring_packed_desc_event *e;

	begin(packed, F(VIRTIO_RING_F_EVENT_IDX), 8);
	for (unsigned int i = 0; i < 20; i++) {
		uint16_t id = add_one();

		go();
		used(id);
		e = fake_ram(q.device, 4);
		if (packed) {
			assert_int_equal(e->flags, VRING_PACKED_EVENT_FLAG_DESC);
			assert_int_equal(e->off_wrap, q.next | q.next_wrap << 15);
		} else {
			assert_int_equal(*(uint16_t *)fake_ram(q.device + 4 + 8 * 8, 2), q.next);
		}
	}
}
BOTH(ask_notify)

/* 2.6.1: a queue is reset by itself, and can be set up anew. */
static void ring_reset(bool packed)
{
	uint16_t id;

	begin(packed, 0, 4);
	drv_set16(0, VIRTIO_PCI_COMMON_Q_RESET, 1);
	assert_int_equal(drv_get16(0, VIRTIO_PCI_COMMON_Q_ENABLE), 1); /* not negotiated */
	begin(packed, F(VIRTIO_F_RING_RESET), 4);
	add_one();
	drv_kick(&q);
	drv_set16(0, VIRTIO_PCI_COMMON_Q_RESET, 1);
	assert_int_equal(drv_get16(0, VIRTIO_PCI_COMMON_Q_RESET), 0);
	assert_int_equal(drv_get16(0, VIRTIO_PCI_COMMON_Q_ENABLE), 0);
	drv_wait();
	assert_int_equal(frames(), 0);
	drv_queue_sized(&q, 0, 1, packed, 4);
	assert_int_equal(drv_get16(0, VIRTIO_PCI_COMMON_Q_ENABLE), 1);
	id = add_one();
	go();
	used(id);
}
BOTH(ring_reset)

/* 3.1.1: nothing is consumed before DRIVER_OK; what is there then is. */
static void before_driver_ok(bool packed)
{
	uint16_t id;

	drv_negotiate(0, BASIC | (packed ? F(VIRTIO_F_RING_PACKED) : 0));
	drv_queue(&q, 0, 1, packed);
	memset(fake_ram(BUF, 4096), 0, 4096);
	id = add_one();
	go();
	assert_true(none_used());
	drv_ok(0);
	drv_wait();
	used(id);
}
BOTH(before_driver_ok)

/* The device's time between doorbell and ring. */
static void delay(bool packed)
{
	uint16_t id;

	begin(packed, 0, 4);
	id = add_one();
	drv_kick(&q);
	fake_advance(NIC_DELAY - 1);
	assert_true(none_used());
	fake_advance(1);
	used(id);
	nic_set(0, PB_INSTRUMENT_VECTORS, 16);
	nic_set(0, PB_INSTRUMENT_SERVICE, PB_SERVICE_FIXED);
	nic_set(0, PB_INSTRUMENT_SERVICE_LO, 5000);
	nic_set(0, PB_INSTRUMENT_CTRL, PB_INSTRUMENT_CTRL_ARM);
	id = add_one();
	drv_kick(&q);
	fake_advance(4999);
	assert_true(none_used());
	fake_advance(1);
	used(id);
}
BOTH(delay)

/* --- split only ----------------------------------------------------------------------- */

static struct vring_desc *desc(unsigned int i)
{
	return (struct vring_desc *)fake_ram(q.desc, 16 * q.size) + i;
}

static struct vring_avail *avail(void)
{
	return fake_ram(q.driver, 6 + 2 * q.size);
}

/* 2.7.5.2: loops, heads and links out of range, more than there can be. */
static void split_hostile(void **state)
{
	(void)state;
	for (unsigned int how = 0; how < 5; how++) {
		begin(false, 0, 8);
		add_one();
		switch (how) {
		case 0: /* to itself */
			desc(0)->flags |= VRING_DESC_F_NEXT;
			desc(0)->next = 0;
			break;
		case 1:
			desc(0)->flags |= VRING_DESC_F_NEXT;
			desc(0)->next = 8;
			break;
		case 2:
			avail()->ring[0] = 8;
			break;
		case 3: /* more than the ring has */
			avail()->idx = 9;
			break;
		default: /* backwards */
			avail()->idx = 0xffff;
			break;
		}
		go();
		assert_true(needs_reset());
		assert_true(none_used());
		assert_int_equal(nic_queue(0, 1, PB_NIC_Q_ERRORS), 1 + how);
		/* It stays so, however often it is rung. */
		go();
		assert_int_equal(nic_queue(0, 1, PB_NIC_Q_ERRORS), 1 + how);
	}
}

/* The used ring over the available ring: the device must come back from it. */
static void split_overlap(void **state)
{
	(void)state;
	begin(false, F(VIRTIO_F_RING_RESET), 8);
	drv_set16(0, VIRTIO_PCI_COMMON_Q_RESET, 1);
	drv_set16(0, VIRTIO_PCI_COMMON_Q_SIZE, 8);
	drv_set32(0, VIRTIO_PCI_COMMON_Q_DESCLO, (uint32_t)(IOVA + q.desc));
	drv_set32(0, VIRTIO_PCI_COMMON_Q_AVAILLO, (uint32_t)(IOVA + q.driver + 2));
	drv_set32(0, VIRTIO_PCI_COMMON_Q_USEDLO, (uint32_t)(IOVA + q.driver));
	drv_set16(0, VIRTIO_PCI_COMMON_Q_ENABLE, 1);
	for (unsigned int i = 0; i < 1000; i++) {
		drv_kick(&q);
		drv_wait();
	}
	assert_true(nic_queue(0, 1, PB_NIC_Q_USED) <= 8 * 1000);
}

/* 2.7.5.3.2: normal elements, then an indirect one. */
static void split_mixed(void **state)
{
	const struct drv_seg rest[] = {{BUF + 20, HDR + 60 - 20, false}};
	const struct drv_seg first[] = {{BUF, 20, false}, {TABLE, 16, true}};
	uint16_t id;

	(void)state;
	begin(false, F(VIRTIO_RING_F_INDIRECT_DESC), 8);
	drv_add_indirect(&q, TABLE, rest, 1);
	avail()->idx = --q.next; /* only the table is wanted */
	q.free = 0;
	id = drv_add(&q, first, 2);
	desc(1)->flags |= VRING_DESC_F_INDIRECT; /* WRITE there is nothing */
	go();
	used(id);
	assert_int_equal(frames(), 1);
}

/* --- packed only ------------------------------------------------------------------------ */

static struct vring_packed_desc *pdesc(unsigned int i)
{
	return (struct vring_packed_desc *)fake_ram(q.desc, 16 * q.size) + i;
}

/* Chains that do not end, or go on where nothing is available; 2.8.6, 2.8.19. */
static void packed_hostile(void **state)
{
	(void)state;
	for (unsigned int how = 0; how < 4; how++) {
		begin(true, F(VIRTIO_RING_F_INDIRECT_DESC), 4);
		if (how == 0)
			for (unsigned int i = 0; i < 4; i++) /* round and round */
				add_one();
		else
			add_one();
		if (how == 0)
			for (unsigned int i = 0; i < 4; i++)
				pdesc(i)->flags |= VRING_DESC_F_NEXT;
		else if (how == 1)
			pdesc(0)->flags |= VRING_DESC_F_NEXT;
		if (how >= 2) { /* an indirect one that is not alone */
			add_one();
			pdesc(0)->flags |=
				VRING_DESC_F_NEXT | (how == 2 ? VRING_DESC_F_INDIRECT : 0);
			pdesc(1)->flags |= how == 3 ? VRING_DESC_F_INDIRECT : 0;
			pdesc(0)->len = pdesc(1)->len = 16;
		}
		go();
		assert_true(needs_reset());
		assert_true(none_used());
	}
}

/* A position that is not in the ring is never reached. */
static void packed_event_outside(void **state)
{
	struct vring_packed_desc_event *e;

	(void)state;
	begin(true, F(VIRTIO_RING_F_EVENT_IDX), 4);
	e = fake_ram(q.driver, 4);
	e->flags = VRING_PACKED_EVENT_FLAG_DESC;
	e->off_wrap = 0x7fff;
	add_one();
	go();
	assert_int_equal(vtd.nr_sent, 0);
	assert_false(needs_reset());
}

#define T(name)      cmocka_unit_test_setup_teardown(name, fresh, rig_teardown)
#define T_BOTH(name) T(name##_split), T(name##_packed)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T_BOTH(chains),           T_BOTH(full),           T_BOTH(indirect),
		T_BOTH(indirect_unasked), T_BOTH(indirect_wrong), T_BOTH(order),
		T_BOTH(unreachable),      T_BOTH(recovery),       T_BOTH(interrupt_flags),
		T_BOTH(event_index),      T_BOTH(ask_notify),     T_BOTH(ring_reset),
		T_BOTH(before_driver_ok), T_BOTH(delay),          T(split_hostile),
		T(split_overlap),         T(split_mixed),         T(packed_hostile),
		T(packed_event_outside),
	};

	return cmocka_run_group_tests_name("virtqueue", tests, NULL, NULL);
}
