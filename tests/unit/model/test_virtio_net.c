// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The network device and the switch between functions.  Sections: virtio 1.2.
 */
#include "model/virtio_driver.h"

#include "host/lab/model/truth.h"
#include "host/lab/model/wire_generator.h"
#include "util/wire_packet.h"
#include "model/fake_vtd.h"

#define HDR   12u
#define RX    0x400000u /* receive buffers, 2 KiB each, 64 KiB for each function */
#define TX    0x600000u
#define CTRL  0x700000u
#define QUEUE 2048u

static const uint8_t mac[3][6] = {
	{2, 0x50, 0x49, 0x52, 0, 0}, {2, 0x50, 0x49, 0x52, 0, 1}, {2, 0x50, 0x49, 0x52, 0, 2}};
static const uint8_t nobody[6] = {2, 9, 9, 9, 9, 9};
static const uint8_t group[6] = {1, 0, 0x5e, 0, 0, 1};
static const uint8_t all[6] = {255, 255, 255, 255, 255, 255};

static struct drv_queue rx[3], tx[3], ctrl;
static uint16_t given[3]; /* receive buffers since up() */

/* A function with one pair, 8 receive buffers of 1514 bytes and header. */
static void up_with(unsigned int nr, uint64_t features, uint32_t room)
{
	assert_true(drv_negotiate(nr, BASIC | features) & VIRTIO_CONFIG_S_FEATURES_OK);
	drv_queue(&rx[nr], nr, 0, features & F(VIRTIO_F_RING_PACKED));
	drv_queue(&tx[nr], nr, 1, features & F(VIRTIO_F_RING_PACKED));
	if (features & F(VIRTIO_NET_F_CTRL_VQ))
		drv_queue(&ctrl, nr, features & F(VIRTIO_NET_F_MQ) ? 2 * PB_NIC_PAIRS : 2,
			  features & F(VIRTIO_F_RING_PACKED));
	drv_ok(nr);
	given[nr] = 0;
	for (unsigned int i = 0; i < 8; i++) {
		const struct drv_seg s = {RX + nr * 0x10000 + i * QUEUE, room, true};

		drv_add(&rx[nr], &s, 1);
	}
	drv_kick(&rx[nr]);
	drv_wait();
}

static void up(unsigned int nr, uint64_t features)
{
	up_with(nr, features, HDR + 1514);
}

static int setup(void **state)
{
	int rc = rig_setup(state);

	drv_pf();
	drv_vfs(2);
	return rc;
}

static void frame(uint32_t at, const uint8_t *dst, unsigned int nr, size_t len)
{
	uint8_t *f = fake_ram(at, HDR + len);

	memset(f, 0, HDR);
	for (size_t i = 0; i < len; i++)
		f[HDR + i] = (uint8_t)(i * 7);
	memcpy(f + HDR, dst, 6);
	memcpy(f + HDR + 6, mac[nr], 6);
	f[HDR + 12] = 0x88;
	f[HDR + 13] = 0xb5; /* for experiments */
}

static void send(unsigned int nr, const uint8_t *dst, size_t len)
{
	const struct drv_seg s = {TX, HDR + len, false};
	uint16_t id;
	uint32_t used;

	frame(TX, dst, nr, len);
	drv_add(&tx[nr], &s, 1);
	drv_kick(&tx[nr]);
	drv_wait();
	assert_true(drv_used(&tx[nr], &id, &used));
}

/* The function got this frame, and no other. */
static void got(unsigned int nr, size_t len)
{
	const uint8_t *b = fake_ram(RX + nr * 0x10000 + given[nr] * QUEUE, HDR + len);
	static const uint8_t header[HDR] = {[10] = 1}; /* 5.1.6.4.1: num_buffers */
	uint16_t id;
	uint32_t used;

	assert_true(drv_used(&rx[nr], &id, &used));
	assert_int_equal(used, HDR + len);
	assert_memory_equal(b, header, HDR);
	assert_memory_equal(b + HDR, fake_ram(TX + HDR, len), len);
	given[nr]++;
}

static void nothing(unsigned int nr)
{
	uint16_t id;
	uint32_t used;

	assert_false(drv_used(&rx[nr], &id, &used));
}

static uint32_t port(unsigned int nr, uint32_t at)
{
	return nic_get(nr, PB_NIC_PORT + at);
}

static uint32_t wire(uint32_t at)
{
	return nic_get(0, PB_NIC_WIRE + at);
}

/* --- the switch ------------------------------------------------------------------- */

static void between_functions(void **state)
{
	(void)state;
	up(0, 0);
	up(1, F(VIRTIO_F_RING_PACKED));
	up(2, 0);
	send(1, mac[2], 100);
	got(2, 100);
	nothing(0);
	nothing(1);
	send(2, mac[1], 1514);
	got(1, 1514);
	send(1, mac[0], 14);
	got(0, 14);
	assert_int_equal(vtd.sent[0].sid, NIC + 2);
	assert_int_equal(vtd.sent[0].data, FIRST_DATA + 32);
	assert_int_equal(wire(PB_NIC_PORT_TAKEN), 0);
	assert_int_equal(port(1, PB_NIC_PORT_SENT), 2);
	assert_int_equal(port(1, PB_NIC_PORT_SENT_BYTES), 114);
	assert_int_equal(port(1, PB_NIC_PORT_TAKEN_BYTES), 1514);
	/* To itself: nowhere. Unknown: the wire. */
	send(1, mac[1], 60);
	send(1, nobody, 60);
	nothing(0);
	nothing(1);
	nothing(2);
	assert_int_equal(wire(PB_NIC_PORT_TAKEN), 1);
	assert_int_equal(wire(PB_NIC_PORT_FOREIGN), 1);
}

static void groups(void **state)
{
	(void)state;
	up(0, 0);
	up(1, 0);
	up(2, F(VIRTIO_NET_F_CTRL_VQ) | F(VIRTIO_NET_F_CTRL_RX));
	send(1, all, 60);
	got(0, 60);
	got(2, 60);
	nothing(1);
	assert_int_equal(wire(PB_NIC_PORT_TAKEN), 1);
	/* Function 2 could say that it wants this group, and has not. */
	send(1, group, 60);
	got(0, 60);
	nothing(2);
	assert_int_equal(wire(PB_NIC_PORT_TAKEN), 2);
}

static void no_vfs_any_more(void **state)
{
	(void)state;
	up(0, 0);
	up(1, 0);
	/* VF Enable is cleared: the function is gone, and takes no frame. */
	drv_vfs_off();
	send(0, mac[1], 60);
	assert_int_equal(fake_config_read(NIC + 1, 0x08, 4), 0xffffffff);
	assert_int_equal(wire(PB_NIC_PORT_TAKEN), 0);
}

/* Every reason has its counter, and the frame is lost, not the function. */
static void drops(void **state)
{
	(void)state;
	up(0, 0);
	send(0, mac[1], 60); /* nobody drives it */
	assert_int_equal(port(1, PB_NIC_PORT_DOWN), 1);
	up_with(1, 0, HDR + 59);
	send(0, mac[1], 60);
	assert_int_equal(port(1, PB_NIC_PORT_SHORT), 1);
	nothing(1);
	send(0, mac[1], 59); /* the buffer is still there */
	got(1, 59);
	for (unsigned int i = 1; i < 8; i++) {
		send(0, mac[1], 59);
		got(1, 59);
	}
	send(0, mac[1], 59);
	assert_int_equal(port(1, PB_NIC_PORT_NO_BUFFER), 1);
	nic_set(1, PB_NIC_LINK, 0);
	send(0, mac[1], 59);
	assert_int_equal(port(1, PB_NIC_PORT_DOWN), 2);
	nic_set(1, PB_NIC_LINK, 1);
	assert_int_equal(port(1, PB_NIC_PORT_TAKEN), 8);
	assert_int_equal(drv_get8(1, VIRTIO_PCI_COMMON_STATUS), 15);
	/* Of a receiver that broke a rule. */
	up(2, 0);
	((struct vring_avail *)fake_ram(rx[2].driver, 6))->idx = 100;
	send(0, mac[2], 60);
	assert_int_equal(port(2, PB_NIC_PORT_FAULT), 1);
	assert_true(drv_get8(2, VIRTIO_PCI_COMMON_STATUS) & VIRTIO_CONFIG_S_NEEDS_RESET);
	send(0, mac[2], 60);
	assert_int_equal(port(2, PB_NIC_PORT_DOWN), 1);
	/* The sender's own link. */
	nic_set(0, PB_NIC_LINK, 0);
	send(0, nobody, 60);
	assert_int_equal(wire(PB_NIC_PORT_TAKEN), 0);
}

/* 5.1.6.2.1: nothing was offered, so nothing may be asked for. */
static void bad_frames(void **state)
{
	static const struct {
		uint32_t len;
		uint8_t flags, gso;
		bool ok;
	} c[] = {
		{60, 0, 0, true},    {13, 0, 0, false}, {14, 0, 0, true},  {1518, 0, 0, true},
		{1519, 0, 0, false}, {60, 1, 0, false}, {60, 0, 1, false}, {0, 0, 0, false},
	};
	uint32_t sent = 0, bad = 0;

	(void)state;
	up(0, 0);
	for (unsigned int i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		const struct drv_seg s = {TX, HDR + c[i].len, false};
		uint16_t id;
		uint32_t used;

		frame(TX, nobody, 0, 2000);
		((uint8_t *)fake_ram(TX, 2))[0] = c[i].flags;
		((uint8_t *)fake_ram(TX, 2))[1] = c[i].gso;
		drv_add(&tx[0], &s, 1);
		drv_kick(&tx[0]);
		drv_wait();
		assert_true(drv_used(&tx[0], &id, &used));
		sent += c[i].ok;
		bad += !c[i].ok;
		assert_int_equal(port(0, PB_NIC_PORT_SENT), sent);
		assert_int_equal(nic_get(0, PB_NIC_BAD_FRAMES), bad);
	}
}

/* 2.6.4: a receive buffer in pieces, the header's too. */
static void scattered(void **state)
{
	const struct drv_seg s[] = {{RX, 5, true}, {RX + 5, 30, true}, {RX + 35, 1600, true}};

	(void)state;
	up(0, 0);
	drv_negotiate(1, BASIC);
	drv_queue(&rx[1], 1, 0, false);
	drv_ok(1);
	drv_add(&rx[1], s, 3);
	send(0, mac[1], 1000);
	assert_memory_equal(fake_ram(RX + HDR, 1000), fake_ram(TX + HDR, 1000), 1000);
}

/* --- the control queue --------------------------------------------------------------- */

static uint8_t command(uint8_t class, uint8_t cmd, const void *data, size_t len)
{
	const struct drv_seg s[] = {
		{CTRL, 2, false}, {CTRL + 2, len, false}, {CTRL + 4000, 1, true}};
	uint8_t *c = fake_ram(CTRL, 4096);
	uint16_t id;
	uint32_t used;

	c[0] = class;
	c[1] = cmd;
	memcpy(c + 2, data, len);
	c[4000] = 0xee;
	drv_add(&ctrl, s, 3);
	drv_kick(&ctrl);
	drv_wait();
	assert_true(drv_used(&ctrl, &id, &used));
	assert_int_equal(used, 1);
	return c[4000];
}

#define CTRL_ALL                                                                             \
	(F(VIRTIO_NET_F_CTRL_VQ) | F(VIRTIO_NET_F_CTRL_RX) | F(VIRTIO_NET_F_CTRL_MAC_ADDR) | \
	 F(VIRTIO_NET_F_MQ))

/* 5.1.6.5.2 */
static void own_address(void **state)
{
	static const uint8_t bad[2][6] = {{1, 2, 3, 4, 5, 6}, {0}};

	(void)state;
	up(0, 0);
	up(1, CTRL_ALL);
	assert_int_equal(command(VIRTIO_NET_CTRL_MAC, VIRTIO_NET_CTRL_MAC_ADDR_SET, bad[0], 6), 1);
	assert_int_equal(command(VIRTIO_NET_CTRL_MAC, VIRTIO_NET_CTRL_MAC_ADDR_SET, bad[1], 6), 1);
	assert_int_equal(command(VIRTIO_NET_CTRL_MAC, VIRTIO_NET_CTRL_MAC_ADDR_SET, nobody, 5), 1);
	assert_int_equal(command(VIRTIO_NET_CTRL_MAC, VIRTIO_NET_CTRL_MAC_ADDR_SET, nobody, 6), 0);
	assert_int_equal(nic_get(1, PB_NIC_MAC_LO), 0x09090902);
	assert_int_equal(drv_get32(1, VIRTIO_BAR_DEVICE), 0x09090902);
	send(0, nobody, 60);
	got(1, 60);
	drv_negotiate(1, BASIC); /* a reset brings the first one back */
	assert_int_equal(nic_get(1, PB_NIC_MAC_LO), 0x52495002);
	assert_int_equal(nic_get(1, PB_NIC_MAC_HI), 0x0100);
}

/* 5.1.6.5.1, 5.1.6.5.2 */
static void filters(void **state)
{
	uint8_t on = 1, off = 0;
	uint8_t table[4 + 6 + 4 + 6] = {1, 0, 0, 0};

	(void)state;
	up(0, 0);
	up(1, CTRL_ALL);
	send(0, nobody, 60);
	nothing(1);
	assert_int_equal(command(VIRTIO_NET_CTRL_RX, VIRTIO_NET_CTRL_RX_PROMISC, &on, 1), 0);
	send(0, nobody, 60);
	got(1, 60);
	assert_int_equal(wire(PB_NIC_PORT_TAKEN), 2); /* both went out too */
	assert_int_equal(command(VIRTIO_NET_CTRL_RX, VIRTIO_NET_CTRL_RX_PROMISC, &off, 1), 0);
	assert_int_equal(command(VIRTIO_NET_CTRL_RX, VIRTIO_NET_CTRL_RX_ALLMULTI, &on, 1), 0);
	send(0, group, 60);
	got(1, 60);
	assert_int_equal(command(VIRTIO_NET_CTRL_RX, VIRTIO_NET_CTRL_RX_ALLMULTI, &off, 1), 0);
	send(0, group, 60);
	nothing(1);
	memcpy(table + 4, nobody, 6);
	table[10] = 1;
	memcpy(table + 14, group, 6);
	assert_int_equal(command(VIRTIO_NET_CTRL_MAC, VIRTIO_NET_CTRL_MAC_TABLE_SET, table, 20), 0);
	send(0, group, 60);
	got(1, 60);
	send(0, nobody, 60);
	got(1, 60);
	assert_int_equal(wire(PB_NIC_PORT_TAKEN), 5); /* it is owned now */
	/* Tables that say more than there is leave the filter as it was. */
	table[0] = 2;
	assert_int_equal(command(VIRTIO_NET_CTRL_MAC, VIRTIO_NET_CTRL_MAC_TABLE_SET, table, 20), 1);
	table[0] = 1;
	table[13] = 0xff;
	assert_int_equal(command(VIRTIO_NET_CTRL_MAC, VIRTIO_NET_CTRL_MAC_TABLE_SET, table, 20), 1);
	send(0, group, 60);
	got(1, 60);
	/* EXTRA was not offered. */
	assert_int_equal(command(VIRTIO_NET_CTRL_RX, VIRTIO_NET_CTRL_RX_NOBCAST, &on, 1), 1);
	assert_int_equal(command(77, 0, &on, 1), 1);
}

/* More addresses than the table holds: all are let in (5.1.6.5.2). */
static void table_overflow(void **state)
{
	uint8_t table[4 + 17 * 6 + 4] = {17};

	(void)state;
	up(0, 0);
	up(1, CTRL_ALL);
	assert_int_equal(command(VIRTIO_NET_CTRL_MAC, VIRTIO_NET_CTRL_MAC_TABLE_SET, table,
				 sizeof(table)),
			 0);
	send(0, nobody, 60);
	got(1, 60);
	assert_int_equal(wire(PB_NIC_PORT_TAKEN), 1);
}

/* Commands that were not negotiated. */
static void unasked(void **state)
{
	uint8_t on = 1;
	uint16_t two = 2;

	(void)state;
	up(1, F(VIRTIO_NET_F_CTRL_VQ));
	assert_int_equal(ctrl.index, 2); /* 5.1.2: without MQ it is the third */
	assert_int_equal(command(VIRTIO_NET_CTRL_RX, VIRTIO_NET_CTRL_RX_PROMISC, &on, 1), 1);
	assert_int_equal(command(VIRTIO_NET_CTRL_MAC, VIRTIO_NET_CTRL_MAC_ADDR_SET, nobody, 6), 1);
	assert_int_equal(command(VIRTIO_NET_CTRL_MQ, 0, &two, 2), 1);
}

/* --- several queues --------------------------------------------------------------------- */

static void ip_frame(uint32_t at, const uint8_t *dst, uint16_t flow)
{
	struct pb_nic_payload p = {.flow = flow};

	memset(fake_ram(at, HDR), 0, HDR);
	wire_packet_build(fake_ram(at + HDR, 100), 100, dst, mac[0], &p);
}

/* 5.1.6.5.5 */
static void steering(void **state)
{
	const struct drv_seg out = {TX, HDR + 100, false};
	struct drv_queue r[PB_NIC_PAIRS], t[PB_NIC_PAIRS];
	unsigned int hit = 0, where = 0;
	uint16_t id, bad[] = {0, PB_NIC_PAIRS + 1}, n = PB_NIC_PAIRS;
	uint32_t used;

	(void)state;
	up(0, 0);
	drv_negotiate(1, BASIC | CTRL_ALL);
	for (unsigned int i = 0; i < PB_NIC_PAIRS; i++) {
		drv_queue_sized(&r[i], 1, 2 * i, false, 256);
		drv_queue_sized(&t[i], 1, 2 * i + 1, false, 256);
		for (unsigned int k = 0; k < 100; k++) {
			const struct drv_seg s = {RX + k * QUEUE, 1600, true};

			drv_add(&r[i], &s, 1);
		}
	}
	drv_queue(&ctrl, 1, 2 * PB_NIC_PAIRS, false);
	drv_ok(1);
	drv_wait();
	assert_int_equal(nic_get(1, PB_NIC_ACTIVE), 1);
	/* Before the command: the first queue only. */
	for (uint16_t flow = 0; flow < 16; flow++) {
		ip_frame(TX, mac[1], flow);
		drv_add(&tx[0], &out, 1);
	}
	drv_kick(&tx[0]);
	drv_wait();
	drv_wait();
	for (unsigned int i = 0; i < 16; i++)
		assert_true(drv_used(&r[0], &id, &used));
	for (unsigned int i = 1; i < PB_NIC_PAIRS; i++)
		assert_false(drv_used(&r[i], &id, &used));
	assert_int_equal(command(VIRTIO_NET_CTRL_MQ, 0, &bad[0], 2), 1);
	assert_int_equal(command(VIRTIO_NET_CTRL_MQ, 0, &bad[1], 2), 1);
	assert_int_equal(command(VIRTIO_NET_CTRL_MQ, 0, &n, 2), 0);
	assert_int_equal(nic_get(1, PB_NIC_ACTIVE), PB_NIC_PAIRS);
	/* Then by flow, always the same. */
	for (unsigned int round = 0; round < 2; round++) {
		for (uint16_t flow = 0; flow < 16; flow++) {
			ip_frame(TX, mac[1], flow);
			drv_add(&tx[0], &out, 1);
			drv_kick(&tx[0]);
			drv_wait();
			for (unsigned int i = 0; i < PB_NIC_PAIRS; i++) {
				if (!drv_used(&r[i], &id, &used))
					continue;
				hit |= 1u << i;
				if (flow == 5 && round)
					assert_int_equal(i, where);
				if (flow == 5)
					where = i;
			}
		}
	}
	assert_int_equal(hit, (1u << PB_NIC_PAIRS) - 1);
	/* A flow that was sent on a queue comes back on its pair. */
	for (unsigned int pair = 0; pair < PB_NIC_PAIRS; pair++) {
		ip_frame(TX, nobody, 5);
		drv_add(&t[pair], &out, 1);
		drv_kick(&t[pair]);
		drv_wait();
		ip_frame(TX, mac[1], 5);
		drv_add(&tx[0], &out, 1);
		drv_kick(&tx[0]);
		drv_wait();
		assert_true(drv_used(&r[pair], &id, &used));
	}
	/* Fewer again: the others are no longer used, not even to send. */
	n = 1;
	assert_int_equal(command(VIRTIO_NET_CTRL_MQ, 0, &n, 2), 0);
	drv_add(&tx[0], &out, 1);
	drv_kick(&tx[0]);
	drv_wait();
	assert_true(drv_used(&r[0], &id, &used));
	while (drv_used(&t[3], &id, &used))
		;
	drv_add(&t[3], &out, 1);
	drv_kick(&t[3]);
	drv_wait();
	assert_false(drv_used(&t[3], &id, &used));
}

/* --- what is recorded ----------------------------------------------------------------------- */

static void arm(unsigned int nr, enum pb_device_fault fault, uint32_t at)
{
	nic_set(nr, PB_INSTRUMENT_VECTORS, 16);
	nic_set(nr, PB_INSTRUMENT_VECTOR_BASE, 0x40);
	nic_set(nr, PB_INSTRUMENT_SOURCE, 3);
	nic_set(nr, PB_INSTRUMENT_FAULT, fault);
	nic_set(nr, PB_INSTRUMENT_FAULT_AT, at);
	nic_set(nr, PB_INSTRUMENT_CTRL, PB_INSTRUMENT_CTRL_ARM);
	assert_int_equal(nic_get(nr, PB_INSTRUMENT_STATUS), PB_INSTRUMENT_ST_ARMED);
}

/* A message is a post; a buffer without one, because the driver wanted none, is not. */
static void truth(void **state)
{
	const struct pb_event *e;
	struct truth_view v;

	(void)state;
	up(0, 0);
	up(1, 0);
	vtd.entry[FIRST_DATA + 16].pid = 0x5000;
	vtd.entry[FIRST_DATA + 16].vector = 0x40;
	truth_start(0);
	arm(1, PB_FAULT_NONE, 0);
	drv_interrupts(&tx[1], false);
	send(0, mac[1], 60);
	drv_interrupts(&rx[1], false);
	send(0, mac[1], 60);
	send(0, mac[1], 60);
	drv_interrupts(&rx[1], true);
	send(0, mac[1], 60);
	assert_int_equal(nic_queue(1, 0, PB_NIC_Q_USED), 4);
	assert_int_equal(nic_queue(1, 0, PB_NIC_Q_INTERRUPTS), 2);
	assert_int_equal(nic_queue(1, 0, PB_NIC_Q_SUPPRESSED), 2);
	assert_int_equal(nic_get(1, PB_INSTRUMENT_STARTED), 4);
	assert_int_equal(nic_get(1, PB_INSTRUMENT_COMPLETED), 4);
	assert_int_equal(nic_get(1, PB_INSTRUMENT_HELD), 2);
	assert_int_equal(nic_get(1, PB_INSTRUMENT_POSTED), 2);
	v = rig_truth();
	assert_int_equal(rig_count(&v, PB_TR_POST), 2);
	e = rig_event(&v, PB_TR_POST, 1);
	assert_int_equal(e->seq, 2);
	assert_int_equal(e->source, 3);
	assert_int_equal(e->vector, 0x40);
	assert_int_equal(e->flags, PB_EVF_OUTSTANDING | PB_EVF_COALESCED);
}

static void lost_message(void **state)
{
	struct truth_view v;

	(void)state;
	up(0, 0);
	up(1, 0);
	truth_start(0);
	arm(1, PB_FAULT_LOST_MSI, 2);
	drv_interrupts(&tx[0], false);
	for (unsigned int i = 0; i < 3; i++)
		send(0, mac[1], 60);
	assert_int_equal(vtd.nr_sent, 2);
	assert_int_equal(nic_queue(1, 0, PB_NIC_Q_INTERRUPTS), 2);
	assert_int_equal(nic_queue(1, 0, PB_NIC_Q_DROPPED), 1);
	assert_int_equal(nic_get(1, PB_INSTRUMENT_POSTED), 3);
	v = rig_truth();
	assert_int_equal(rig_count(&v, PB_TR_POST), 3);
	assert_int_equal(rig_event(&v, PB_TR_POST, 1)->flags, PB_EVF_BLOCKED);
	assert_int_equal(rig_event(&v, PB_TR_POST, 1)->arg, PB_FAULT_DROPPED);
}

/* The doorbells of receive queues do not count: nothing hangs on them. */
static void stuck_doorbell(void **state)
{
	const struct drv_seg s = {TX, HDR + 60, false};
	uint16_t id;
	uint32_t used;

	(void)state;
	up(0, 0);
	arm(0, PB_FAULT_DOORBELL, 2);
	drv_kick(&rx[0]);
	send(0, nobody, 60);
	frame(TX, nobody, 0, 60);
	drv_add(&tx[0], &s, 1);
	drv_kick(&tx[0]);
	fake_advance(1000000);
	assert_false(drv_used(&tx[0], &id, &used));
	assert_int_equal(nic_queue(0, 1, PB_NIC_Q_IGNORED), 1);
	assert_int_equal(nic_get(0, PB_INSTRUMENT_FAULTS), 1);
	drv_kick(&tx[0]); /* the next one finds what was left */
	drv_wait();
	assert_true(drv_used(&tx[0], &id, &used));
}

/* A queue without a vector, and one whose vector is masked. */
static void no_vector(void **state)
{
	(void)state;
	up(0, 0);
	drv_set16(0, VIRTIO_PCI_COMMON_Q_SELECT, 1);
	drv_set16(0, VIRTIO_PCI_COMMON_Q_MSIX, VIRTIO_MSI_NO_VECTOR);
	send(0, nobody, 60);
	assert_int_equal(vtd.nr_sent, 0);
	assert_int_equal(nic_queue(0, 1, PB_NIC_Q_UNVECTORED), 1);
	drv_set16(0, VIRTIO_PCI_COMMON_Q_MSIX, 1);
	fake_mmio_wr32(BAR2(NIC) + 16 + 12, 1);
	send(0, nobody, 60);
	assert_int_equal(vtd.nr_sent, 0);
	fake_mmio_wr32(BAR2(NIC) + 16 + 12, 0);
	assert_int_equal(vtd.nr_sent, 1);
}

/* FLR clears what is the function's own, and nothing else. */
static void function_reset(void **state)
{
	(void)state;
	up(0, 0);
	up(1, 0);
	arm(1, PB_FAULT_NONE, 0);
	send(1, mac[0], 60);
	nic_set(1, PB_NIC_LINK, 0);
	rig_flr(NIC + 1);
	assert_int_equal(nic_get(1, PB_INSTRUMENT_STATUS), 0);
	assert_int_equal(nic_get(1, PB_NIC_DEVICE), 0);
	assert_int_equal(nic_get(1, PB_NIC_LINK), 1);
	assert_int_equal(port(1, PB_NIC_PORT_SENT), 0);
	assert_int_equal(nic_queue(1, 1, PB_NIC_Q_USED), 0);
	assert_int_equal(port(0, PB_NIC_PORT_TAKEN), 1);
	assert_int_equal(nic_get(0, PB_NIC_DEVICE), 15);
	got(0, 60);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(between_functions), T(groups),         T(no_vfs_any_more), T(drops),
		T(bad_frames),        T(scattered),      T(own_address),     T(filters),
		T(table_overflow),    T(unasked),        T(steering),        T(truth),
		T(lost_message),      T(stuck_doorbell), T(no_vector),       T(function_reset),
	};

	return cmocka_run_group_tests_name("virtio net", tests, NULL, NULL);
}
