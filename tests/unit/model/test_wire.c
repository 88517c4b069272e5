// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The traffic generator and its frames; virtual function 1 is the one that it
 * sends to, and a driver that sends everything back.
 */
#include "model/virtio_driver.h"

#include "host/lab/model/wire_generator.h"
#include "util/wire_packet.h"
#include "model/fake_vtd.h"
#include "shared/plan.h"

#define HDR     12u
#define RX      0x400000u
#define TX      0x600000u
#define BUFFERS 64u
#define PID     0x5000u

static struct drv_queue rx, tx;
static struct {
	uint32_t seq, flow, len;
	uint64_t tsc, at;
} seen[4096];
static unsigned int nr_seen, taken;
static bool send_back;

static int setup(void **state)
{
	int rc = rig_setup(state);

	drv_pf();
	drv_vfs(1);
	drv_negotiate(1, BASIC);
	drv_queue_sized(&rx, 1, 0, false, BUFFERS);
	drv_queue_sized(&tx, 1, 1, false, BUFFERS);
	drv_ok(1);
	for (unsigned int i = 0; i < BUFFERS; i++) {
		const struct drv_seg s = {RX + i * 2048, 2048, true};

		drv_add(&rx, &s, 1);
	}
	drv_wait();
	drv_interrupts(&tx, false);
	nr_seen = taken = 0;
	send_back = false;
	return rc;
}

static void set(uint32_t at, uint32_t v)
{
	nic_set(1, at, v);
}

static uint32_t get(uint32_t at)
{
	return nic_get(1, at);
}

static void prepare(uint32_t count)
{
	set(PB_NIC_SCHEDULE, PB_SCHED_PERIODIC);
	set(PB_NIC_COUNT, count);
	set(PB_NIC_FLOWS, 4);
	set(PB_NIC_PERIOD_LO, 1000);
	set(PB_NIC_BURST, 1);
	set(PB_NIC_FLAGS, PB_NIC_FL_IN_ORDER);
	set(PB_NIC_SEED_LO, 42);
	set(PB_NIC_SIZE_MIN, 66);
	set(PB_NIC_SIZE_MAX, 1514);
}

static void arm(void)
{
	set(PB_NIC_CTRL, PB_NIC_CTRL_ARM);
}

static void swap(uint8_t *f, unsigned int a, unsigned int b, unsigned int n)
{
	uint8_t t[6];

	memcpy(t, f + a, n);
	memcpy(f + a, f + b, n);
	memcpy(f + b, t, n);
}

static void give_back(unsigned int buffer, uint32_t len)
{
	const struct drv_seg s = {TX + buffer * 2048, len, false};
	uint8_t *f = fake_ram(s.pa, len);

	memcpy(f, fake_ram(RX + buffer * 2048, len), len);
	memset(f, 0, HDR);
	swap(f + HDR, 0, 6, 6);
	swap(f + HDR, 26, 30, 4);
	swap(f + HDR, 34, 36, 2);
	drv_add(&tx, &s, 1);
	drv_kick(&tx);
}

/* The driver: takes what came, refills, sends back. */
static void poll(void)
{
	uint16_t id;
	uint32_t len;

	while (drv_used(&tx, &id, &len))
		;
	while (drv_used(&rx, &id, &len)) {
		unsigned int buffer = taken++ % BUFFERS;
		const struct drv_seg again = {RX + buffer * 2048, 2048, true};
		struct pb_nic_payload p;

		assert_true(wire_packet_parse(fake_ram(again.pa + HDR, len - HDR), len - HDR, &p));
		assert_true(nr_seen < 4096);
		seen[nr_seen].seq = p.seq;
		seen[nr_seen].flow = p.flow;
		seen[nr_seen].len = len - HDR;
		seen[nr_seen].tsc = p.tsc;
		seen[nr_seen++].at = fake.tick;
		if (send_back)
			give_back(buffer, len);
		drv_add(&rx, &again, 1);
	}
}

static void run(uint64_t ticks)
{
	for (uint64_t end = fake.tick + ticks; fake.tick < end; poll())
		fake_advance(10);
}

static void periodic(void **state)
{
	(void)state;
	prepare(20);
	fake.tsc_offset = 7000000;
	arm();
	assert_int_equal(get(PB_NIC_STATUS), PB_NIC_ST_ARMED);
	run(30000);
	assert_int_equal(get(PB_NIC_STATUS), PB_NIC_ST_DONE);
	assert_int_equal(get(PB_NIC_SENT), 20);
	assert_int_equal(nr_seen, 20);
	for (unsigned int i = 0; i < 20; i++) {
		assert_int_equal(seen[i].seq, i + 1);
		assert_int_equal(seen[i].flow, i % 4);
		assert_in_range(seen[i].len, 66, 1514);
		assert_int_equal(seen[i].at - (seen[i].tsc - 7000000) < 10, 1);
		if (i)
			assert_int_equal(seen[i].tsc - seen[i - 1].tsc, 1000);
	}
	assert_int_equal(nic_get(1, PB_NIC_WIRE + PB_NIC_PORT_SENT), 20);
	assert_int_equal(nic_get(1, PB_NIC_PORT + PB_NIC_PORT_TAKEN), 20);
	assert_int_equal(get(PB_NIC_RETURNED), 0);
}

static void bursts(void **state)
{
	(void)state;
	prepare(25);
	set(PB_NIC_SCHEDULE, PB_SCHED_BURST);
	set(PB_NIC_BURST, 10);
	arm();
	run(2010);
	assert_int_equal(nr_seen, 20);
	assert_int_equal(seen[0].tsc, seen[9].tsc);
	assert_int_equal(seen[10].tsc - seen[9].tsc, 1000);
	run(2000);
	assert_int_equal(nr_seen, 25);
}

/* Equal registers, equal frames; another seed, others. Flows and sizes are all used. */
static void seeds(void **state)
{
	uint64_t sum[3] = {0};
	uint32_t flows = 0;

	(void)state;
	for (unsigned int i = 0; i < 3; i++) {
		prepare(200);
		set(PB_NIC_SCHEDULE, PB_SCHED_POISSON);
		set(PB_NIC_FLAGS, 0);
		set(PB_NIC_SEED_HI, i == 2);
		nr_seen = 0;
		arm();
		run(400000);
		assert_int_equal(nr_seen, 200);
		for (unsigned int n = 0; n < nr_seen; n++) {
			sum[i] = sum[i] * 31 + seen[n].flow * 65536 + seen[n].len +
				 (n ? seen[n].tsc - seen[n - 1].tsc : 0);
			flows |= 1u << seen[n].flow;
		}
	}
	assert_true(sum[0] == sum[1]);
	assert_true(sum[0] != sum[2]);
	assert_int_equal(flows, 15);
}

static uint32_t hist_total(void)
{
	uint32_t total = 0;

	for (uint32_t i = 0; i < PB_NIC_HIST_BUCKETS; i++) {
		set(PB_NIC_HIST_INDEX, i);
		total += get(PB_NIC_HIST_COUNT);
	}
	return total;
}

/* There and back: each frame once, with its time. */
static void returned(void **state)
{
	(void)state;
	send_back = true;
	prepare(100);
	arm();
	run(120000);
	assert_int_equal(get(PB_NIC_RETURNED), 100);
	assert_int_equal(get(PB_NIC_DUPLICATES), 0);
	assert_int_equal(nic_get(1, PB_NIC_WIRE + PB_NIC_PORT_FOREIGN), 0);
	assert_in_range(get(PB_NIC_LATENCY_MIN), 100, 120);
	assert_in_range(get(PB_NIC_LATENCY_MAX), get(PB_NIC_LATENCY_MIN), 200);
	assert_int_equal(hist_total(), 100);
	set(PB_NIC_HIST_INDEX, pb_nic_hist_bucket(get(PB_NIC_LATENCY_MIN)));
	assert_true(get(PB_NIC_HIST_COUNT) > 0);
	set(PB_NIC_HIST_INDEX, PB_NIC_HIST_BUCKETS);
	assert_int_equal(get(PB_NIC_HIST_COUNT), 0);
}

/* Sent back twice, changed on the way, made up, of an arming before. */
static void not_ours(void **state)
{
	uint32_t foreign = PB_NIC_WIRE + PB_NIC_PORT_FOREIGN;
	uint8_t *payload;

	(void)state;
	send_back = true;
	prepare(1);
	arm();
	run(2000);
	assert_int_equal(get(PB_NIC_RETURNED), 1);
	give_back(0, HDR + seen[0].len);
	run(500);
	assert_int_equal(get(PB_NIC_DUPLICATES), 1);
	/* The UDP checksum no longer fits. */
	payload = fake_ram(RX + HDR + WIRE_HEADERS, 24);
	payload[4] ^= 1;
	give_back(0, HDR + seen[0].len);
	run(500);
	assert_int_equal(get(foreign), 1);
	/* Without a checksum, the generator's own number tells. */
	*(uint16_t *)fake_ram(RX + HDR + 40, 2) = 0;
	give_back(0, HDR + seen[0].len);
	run(500);
	assert_int_equal(get(foreign), 2);
	payload[4] ^= 1;
	give_back(0, HDR + seen[0].len);
	run(500);
	assert_int_equal(get(PB_NIC_DUPLICATES), 2);
	/* A function that there is not. */
	payload[6] = 200;
	give_back(0, HDR + seen[0].len);
	run(500);
	assert_int_equal(get(foreign), 3);
	payload[6] = 1;
	set(PB_NIC_SEED_LO, 43);
	arm();
	send_back = false;
	run(2000);
	give_back(0, HDR + seen[0].len);
	run(500);
	assert_int_equal(get(PB_NIC_RETURNED) + get(PB_NIC_DUPLICATES), 0);
}

static void disarmed(void **state)
{
	(void)state;
	prepare(10);
	arm();
	run(3010);
	set(PB_NIC_CTRL, PB_NIC_CTRL_DISARM);
	run(10000);
	assert_int_equal(nr_seen, 3);
	assert_int_equal(get(PB_NIC_STATUS), 0);
	arm();
	run(1010);
	assert_int_equal(get(PB_NIC_SENT), 1);
	rig_flr(NIC + 1);
	fake_advance(100000);
	assert_int_equal(get(PB_NIC_SENT), 0);
	assert_int_equal(get(PB_NIC_COUNT), 0);
}

static void ranges(void **state)
{
	static const struct {
		uint32_t reg, value;
	} bad[] = {
		{PB_NIC_SCHEDULE, PB_SCHED_KINDS},
		{PB_NIC_SCHEDULE, PB_SCHED_SWEPT},
		{PB_NIC_COUNT, 0},
		{PB_NIC_COUNT, PB_RUN_MAX_EVENTS + 1},
		{PB_NIC_FLOWS, 0},
		{PB_NIC_FLOWS, PB_MAX_VECTORS + 1},
		{PB_NIC_PERIOD_LO, 0},
		{PB_NIC_SIZE_MIN, 65},
		{PB_NIC_SIZE_MAX, 1515},
		{PB_NIC_SIZE_MAX, 65},
	};

	(void)state;
	for (unsigned int i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		prepare(1);
		arm();
		assert_int_equal(get(PB_NIC_STATUS), PB_NIC_ST_ARMED);
		set(bad[i].reg, bad[i].value);
		assert_int_equal(get(bad[i].reg), bad[i].value);
		arm();
		assert_int_equal(get(PB_NIC_STATUS), PB_NIC_ST_INVALID);
	}
	fake_advance(100000);
	assert_int_equal(get(PB_NIC_SENT), 0);
}

/* At an instant of the vCPU that the frame's interrupt is posted to. */
static void aimed(void **state)
{
	const uint64_t sn = 2, none = 0;

	(void)state;
	vtd.entry[FIRST_DATA + 16].pid = PID;
	vtd.entry[FIRST_DATA + 16].vector = 0x40;
	prepare(2);
	set(PB_NIC_SCHEDULE, PB_SCHED_AIMED);
	set(PB_NIC_AIM, PB_AIM_SN_SET);
	arm();
	fake_advance(100000);
	assert_int_equal(get(PB_NIC_SENT), 0);
	for (unsigned int i = 1; i <= 2; i++) {
		fake_cpu_store(0, PID + 32, &sn, 8);
		fake_cpu_run(0, 3);
		assert_int_equal(get(PB_NIC_SENT), i);
		fake_cpu_store(0, PID + 32, &none, 8);
	}
	assert_int_equal(get(PB_NIC_STATUS), PB_NIC_ST_DONE);
	poll();
	assert_int_equal(nr_seen, 2);
	/* Where the vector goes may change. */
	arm();
	vtd.entry[FIRST_DATA + 16].pid = PID + 64;
	vtd.iec(vtd.iec_arg);
	fake_cpu_store(0, PID + 32, &sn, 8);
	fake_cpu_run(0, 3);
	assert_int_equal(get(PB_NIC_SENT), 0);
	fake_cpu_store(0, PID + 64 + 32, &sn, 8);
	fake_cpu_run(0, 3);
	assert_int_equal(get(PB_NIC_SENT), 1);
}

/* --- frames ------------------------------------------------------------------------- */

static const uint8_t a[6] = {2, 1}, b[6] = {2, 2};

static void frames(void **state)
{
	struct pb_nic_payload p = {.magic = PB_NIC_PAYLOAD_MAGIC, .flow = 7, .seq = 9, .tsc = 1}, q;
	uint8_t f[WIRE_PACKET_MAX];

	(void)state;
	for (size_t len = WIRE_PACKET_MIN; len <= WIRE_PACKET_MAX; len++) {
		p.tsc = rand();
		wire_packet_build(f, len, a, b, &p);
		assert_true(wire_packet_parse(f, len, &q));
		assert_memory_equal(&p, &q, sizeof(p));
		/* Padding behind it does not matter, a missing end does. */
		assert_false(wire_packet_parse(f, len - 1, &q));
	}
	assert_int_equal(f[12] << 8 | f[13], 0x0800);
	assert_int_equal(f[14], 0x45);
	assert_int_equal(f[16] << 8 | f[17], WIRE_PACKET_MAX - 14);
	assert_int_equal(f[23], 17);
	/* One bit, anywhere behind the Ethernet header. */
	for (size_t bit = 14 * 8; bit < 200 * 8; bit++) {
		f[bit / 8] ^= 1u << bit % 8;
		assert_false(wire_packet_parse(f, sizeof(f), &q));
		f[bit / 8] ^= 1u << bit % 8;
	}
	for (size_t len = 0; len < WIRE_PACKET_MIN; len++)
		assert_false(wire_packet_parse(f, len, &q));
}

/* Both directions of a flow are one; flows differ; other frames are flow 0. */
static void flows(void **state)
{
	uint32_t n[16];
	uint8_t f[100];

	(void)state;
	for (uint16_t i = 0; i < 16; i++) {
		struct pb_nic_payload p = {.flow = i};

		wire_packet_build(f, sizeof(f), a, b, &p);
		n[i] = wire_packet_flow(f, sizeof(f));
		swap(f, 26, 30, 4);
		swap(f, 34, 36, 2);
		assert_int_equal(wire_packet_flow(f, sizeof(f)), n[i]);
		for (unsigned int k = 0; k < i; k++)
			assert_int_not_equal(n[k], n[i]);
	}
	f[12] = 0x86;
	assert_int_equal(wire_packet_flow(f, sizeof(f)), 0);
	assert_int_equal(wire_packet_flow(f, 33), 0);
}

static void histogram(void **state)
{
	(void)state;
	assert_int_equal(pb_nic_hist_bucket(UINT64_MAX), PB_NIC_HIST_BUCKETS - 1);
	for (uint32_t i = 0; i < PB_NIC_HIST_BUCKETS; i++) {
		uint64_t least = pb_nic_hist_least(i);

		assert_int_equal(pb_nic_hist_bucket(least), i);
		if (i)
			assert_int_equal(pb_nic_hist_bucket(least - 1), i - 1);
	}
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(periodic),
		T(bursts),
		T(seeds),
		T(returned),
		T(not_ours),
		T(disarmed),
		T(ranges),
		T(aimed),
		cmocka_unit_test(frames),
		cmocka_unit_test(flows),
		cmocka_unit_test(histogram),
	};

	return cmocka_run_group_tests_name("wire", tests, NULL, NULL);
}
