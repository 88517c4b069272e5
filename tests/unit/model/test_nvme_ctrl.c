// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Properties, resets, queues, interrupts, service times, faults on purpose.
 * Sections: NVM Express Base Specification 2.0.
 */
#include "model/nvme_host.h"

#include "host/lab/model/truth.h"
#include "model/fake_vtd.h"

#define MS 100000u /* ticks */

static struct host h;

static int setup(void **state)
{
	rig_setup(state);
	host_map(&h, NVME_DEVFN);
	return 0;
}

static void start(void)
{
	host_enable(&h);
	host_pair(&h, 1);
	vtd.nr_sent = 0;
}

static void submit(unsigned int q, unsigned int n)
{
	uint32_t dw[16];

	host_io_make(&h, dw, NVME_READ, 0, 1);
	while (n--)
		host_put(&h, q, dw);
	host_ring(&h, q);
}

static unsigned int reap(unsigned int q)
{
	struct host_cqe e;
	unsigned int n = 0;

	while (host_get(&h, q, &e))
		n++;
	return n;
}

static void feature(uint8_t fid, uint32_t dw11)
{
	assert_int_equal(host_admin(&h, NVME_SET_FEATURES, 0, fid, dw11), NVME_OK);
	vtd.nr_sent = 0;
}

/* --- properties (3.1.3) ----------------------------------------------------------- */

static void properties(void **state)
{
	(void)state;
	assert_int_equal(host_rd(&h, 0x00), 0x020103ff);
	assert_int_equal(host_rd(&h, 0x04), 0x08000020);
	assert_int_equal(host_rd(&h, 0x08), 0x00020000);
	assert_int_equal(host_rd(&h, 0x68), 2);
	for (unsigned int o = 0x38; o < 0x68; o += 4)
		assert_int_equal(host_rd(&h, o), 0);
	host_wr(&h, 0x00, 0);
	host_wr(&h, 0x08, 0);
	host_wr(&h, 0x1c, 0xffffffff);
	assert_int_equal(host_rd(&h, 0x00), 0x020103ff);
	assert_int_equal(host_rd(&h, 0x1c), 0);
	for (unsigned int o = 0x24; o < 0x38; o += 4)
		host_wr(&h, o, 0xffffffff);
	assert_int_equal(host_rd(&h, 0x24), 0x0fff0fff);
	assert_int_equal(host_rd(&h, 0x28), 0xfffff000);
	assert_int_equal(host_rd(&h, 0x2c), 0xffffffff);
	assert_int_equal(host_rd(&h, 0x30), 0xfffff000);
	host_wr(&h, NVME_CC, 0xff00000e);
	assert_int_equal(host_rd(&h, NVME_CC), 0);
}

/* Not while enabled. */
static void admin_queue_fixed(void **state)
{
	uint32_t asq;

	(void)state;
	host_enable(&h);
	asq = host_rd(&h, NVME_ASQ_LO);
	host_wr(&h, NVME_ASQ_LO, 0);
	host_wr(&h, NVME_AQA, 0);
	assert_int_equal(host_rd(&h, NVME_ASQ_LO), asq);
	assert_int_equal(host_identify(&h, 1, 0, 0), NVME_OK);
	host_wr(&h, NVME_CC, 0);
	assert_int_equal(host_rd(&h, NVME_ASQ_LO), asq); /* a controller reset keeps them */
	assert_int_equal(host_rd(&h, NVME_AQA), 0x00070007);
	assert_int_equal(host_rd(&h, NVME_CSTS), 0);
}

static void enable_refused(void **state)
{
	static const uint32_t cc[] = {1 | 1 << 4, 1 | 6 << 4, 1 | 1 << 7, 1 | 1 << 11};

	(void)state;
	host_wr(&h, NVME_AQA, 0x00070007);
	for (unsigned int i = 0; i < sizeof(cc) / sizeof(cc[0]); i++) {
		host_wr(&h, NVME_CC, cc[i]);
		assert_int_equal(host_rd(&h, NVME_CSTS), NVME_CSTS_CFS);
		host_wr(&h, NVME_CC, 0);
		assert_int_equal(host_rd(&h, NVME_CSTS), 0);
	}
	host_wr(&h, NVME_AQA, 0x00000007);
	host_wr(&h, NVME_CC, 1);
	assert_int_equal(host_rd(&h, NVME_CSTS), NVME_CSTS_CFS);
	host_wr(&h, NVME_CC, 0);
	host_wr(&h, NVME_AQA, 0x00070000);
	host_wr(&h, NVME_CC, 1);
	assert_int_equal(host_rd(&h, NVME_CSTS), NVME_CSTS_CFS);
	host_wr(&h, NVME_CC, 0);
	host_enable(&h);
	assert_int_equal(host_rd(&h, NVME_CSTS), NVME_CSTS_RDY);
}

/* 3.6: normal and abrupt; then only a reset helps. */
static void shutdown(void **state)
{
	(void)state;
	for (unsigned int shn = 1; shn < 3; shn++) {
		start();
		submit(1, 1);
		host_wr(&h, NVME_CC, host_rd(&h, NVME_CC) | shn << 14);
		assert_int_equal(host_rd(&h, NVME_CSTS), NVME_CSTS_RDY | NVME_CSTS_SHUT);
		submit(1, 1);
		fake_advance(MS);
		assert_int_equal(reap(1), 0);
		assert_int_equal(vtd.nr_sent, 0);
		host_wr(&h, NVME_CC, 0);
		assert_int_equal(host_rd(&h, NVME_CSTS), 0);
	}
}

/* 3.1.3.6: a controller that cannot reach its queues is dead until it is reset. */
static void fatal(void **state)
{
	(void)state;
	start();
	submit(1, 1);
	vtd.refuse_dma = true; /* the completion */
	fake_advance(MS);
	assert_int_equal(host_rd(&h, NVME_CSTS), NVME_CSTS_RDY | NVME_CSTS_CFS);
	vtd.refuse_dma = false;
	submit(1, 1);
	fake_advance(MS);
	assert_int_equal(reap(1), 0);
	host_wr(&h, NVME_CC, 0);
	start();
	vtd.refuse_dma = true; /* the command */
	submit(1, 1);
	assert_int_equal(host_rd(&h, NVME_CSTS), NVME_CSTS_RDY | NVME_CSTS_CFS);
	vtd.refuse_dma = false;
	host_wr(&h, NVME_CC, 0);
	start();
	submit(1, 1);
	host_wait(&h, 1);
}

/* --- resets with commands in flight (3.7) --------------------------------------------- */

static void reset_by_cc(struct host *host)
{
	host_wr(host, NVME_CC, 0);
}

static void reset_by_flr(struct host *host)
{
	rig_flr(host->devfn);
}

static void reset_by_machine(struct host *host)
{
	(void)host;
	lab_reset();
}

/* Afterwards nothing of them is done, written or signalled. */
static void reset_in_flight(void **state)
{
	void (*const how[])(struct host *) = {reset_by_cc, reset_by_flr, reset_by_machine};
	uint64_t writes;

	(void)state;
	for (unsigned int i = 0; i < sizeof(how) / sizeof(how[0]); i++) {
		host_wr(&h, NVME_CC, 0);
		start();
		feature(NVME_F_COALESCING, 0x6407); /* one that waits for its message, too */
		submit(1, 1);
		fake_advance(3000);
		submit(1, 5);
		how[i](&h);
		writes = fake.writes;
		fake_advance(100 * MS);
		assert_int_equal(fake.writes, writes);
		assert_int_equal(vtd.nr_sent, 0);
		host_map(&h, NVME_DEVFN);
		assert_int_equal(host_rd(&h, NVME_CSTS), 0);
		start();
		assert_int_equal(host_io(&h, NVME_READ, 0, 1), NVME_OK);
	}
}

static void flr_registers(void **state)
{
	(void)state;
	start();
	host_arm(0, PB_SERVICE_FIXED, 7, PB_FAULT_NONE, 0);
	host_in_wr(PB_NVME_CHANNELS, 3);
	host_in_wr(PB_NVME_VIRT, 0);
	rig_flr(NVME_DEVFN);
	host_map(&h, NVME_DEVFN);
	for (unsigned int o = 0x14; o < 0x38; o += 4)
		assert_int_equal(host_rd(&h, o), 0);
	assert_int_equal(host_in_rd(PB_INSTRUMENT_STATUS), 0);
	assert_int_equal(host_in_rd(PB_INSTRUMENT_SERVICE_LO), 0);
	assert_int_equal(host_in_rd(PB_NVME_CHANNELS), 0);
	assert_int_equal(host_in_rd(PB_NVME_VIRT), 0); /* how it is set up survives */
	lab_reset();
	host_map(&h, NVME_DEVFN);
	assert_int_equal(host_in_rd(PB_NVME_VIRT), 1);
}

/* A VF that is taken away in the middle of its work. */
static void vf_vanishes(void **state)
{
	struct host pf = h;
	uint64_t writes;

	(void)state;
	host_vfs(1);
	host_start(&h, NVME_DEVFN + 1);
	start();
	submit(1, 3);
	host_vfs(0);
	writes = fake.writes;
	fake_advance(MS);
	assert_int_equal(fake.writes, writes);
	host_vfs(1);
	host_map(&h, NVME_DEVFN + 1);
	assert_int_equal(host_rd(&h, NVME_CC), 0);
	host_enable(&pf);
	assert_int_equal(host_rd(&pf, NVME_CSTS), NVME_CSTS_RDY);
}

/* --- queues (3.3) ------------------------------------------------------------------------ */

/* Many times around, so phases change; the head says how far it got. */
static void wrap(void **state)
{
	(void)state;
	start();
	for (unsigned int i = 0; i < 50; i++)
		assert_int_equal(host_io(&h, NVME_READ, 0, 1), NVME_OK);
	for (unsigned int i = 0; i < 20; i++) {
		submit(1, 1 + i % 7);
		fake_advance(MS);
		assert_int_equal(reap(1), 1 + i % 7);
	}
}

/* A full completion queue holds the rest back, and loses none. */
static void cq_full(void **state)
{
	uint32_t dw[16];

	(void)state;
	start();
	/* Submission queue 2 completes into queue 1. */
	memset(dw, 0, sizeof(dw));
	dw[0] = NVME_CREATE_SQ;
	dw[6] = (uint32_t)(HOST_IOVA + h.ram + 0x20000);
	dw[10] = 2 | (HOST_SIZE - 1) << 16;
	dw[11] = 1 | 1 << 16;
	assert_int_equal(host_run(&h, 0, dw), NVME_OK);
	submit(1, 7);
	submit(2, 7);
	fake_advance(MS);
	assert_int_equal(host_in_rd(PB_INSTRUMENT_COMPLETED), 7);
	assert_int_equal(reap(1), 7);
	fake_advance(MS);
	assert_int_equal(reap(1), 7);
	assert_int_equal(host_in_rd(PB_INSTRUMENT_STARTED), 14);
}

static void doorbells(void **state)
{
	(void)state;
	start();
	host_wr(&h, NVME_DB + 8, HOST_SIZE); /* a tail that is none */
	host_wr(&h, NVME_DB + 12, 3); /* taken what was never given */
	assert_int_equal(nvme_ctrls[0].cq[1].head, 0);
	host_wr(&h, NVME_DB + 3 * 8, 1); /* no such queue */
	host_wr(&h, NVME_DB + NVME_QUEUES * 8, 1); /* nor could there be */
	host_wr(&h, PB_NVME_MSIX_TABLE - 4, 1);
	fake_advance(MS);
	assert_int_equal(host_in_rd(PB_INSTRUMENT_STARTED), 0);
	assert_int_equal(host_rd(&h, NVME_DB + 8), 0);
	assert_int_equal(host_io(&h, NVME_READ, 0, 1), NVME_OK);
	assert_int_equal(host_rd(&h, NVME_CSTS), NVME_CSTS_RDY);
	/* While not enabled they are nothing. */
	host_wr(&h, NVME_CC, 0);
	host_wr(&h, NVME_DB, 1);
	fake_advance(MS);
}

/* Two commands with one id at the same time. */
static void cid_conflict(void **state)
{
	struct host_cqe e;

	(void)state;
	start();
	submit(1, 1);
	h.cid--;
	submit(1, 1);
	e = host_wait(&h, 1);
	assert_int_equal(e.status, NVME_OK);
	e = host_wait(&h, 1);
	assert_int_equal(e.status, NVME_CID_CONFLICT | NVME_MORE);
}

/* --- interrupts ------------------------------------------------------------------------------ */

static void one_each(void **state)
{
	uint32_t messages;

	(void)state;
	start();
	host_pair(&h, 2);
	messages = host_in_rd(PB_NVME_MESSAGES);
	vtd.nr_sent = 0;
	for (unsigned int i = 0; i < 10; i++)
		assert_int_equal(host_io(&h, NVME_READ, 0, 1), NVME_OK);
	assert_int_equal(vtd.nr_sent, 10);
	submit(2, 1);
	host_wait(&h, 2);
	assert_int_equal(vtd.nr_sent, 11);
	assert_int_equal(vtd.sent[0].data, 101); /* vector of the queue */
	assert_int_equal(vtd.sent[10].data, 102);
	host_identify(&h, 1, 0, 0);
	assert_int_equal(vtd.sent[11].data, 100);
	/* What completes at one instant has one message. */
	submit(1, 5);
	fake_advance(MS);
	assert_int_equal(reap(1), 5);
	assert_int_equal(vtd.nr_sent, 13);
	assert_int_equal(host_in_rd(PB_NVME_MESSAGES), messages + 13);
}

/* A completion is in memory before its message is sent. */
static void order(void **state)
{
	uint64_t writes;

	(void)state;
	start();
	writes = fake.writes;
	submit(1, 1);
	fake_advance(MS);
	assert_int_equal(vtd.sent[0].writes, writes + 2); /* data, completion */
}

static void masked(void **state)
{
	(void)state;
	start();
	host_wr(&h, PB_NVME_MSIX_TABLE + 16 + 12, 1);
	submit(1, 3);
	fake_advance(MS);
	assert_int_equal(vtd.nr_sent, 0);
	assert_int_equal(host_rd(&h, PB_NVME_MSIX_PBA), 2);
	host_wr(&h, PB_NVME_MSIX_TABLE + 16 + 12, 0);
	assert_int_equal(vtd.nr_sent, 1);
	assert_int_equal(reap(1), 3);
}

static void polled_queue(void **state)
{
	uint32_t dw[16] = {[0] = NVME_CREATE_CQ, [10] = 2 | (HOST_SIZE - 1) << 16, [11] = 1};

	(void)state;
	start();
	dw[6] = (uint32_t)(HOST_IOVA + h.ram + 0xa0000);
	assert_int_equal(host_run(&h, 0, dw), NVME_OK);
	dw[0] = NVME_CREATE_SQ;
	dw[6] = (uint32_t)(HOST_IOVA + h.ram + 0x20000);
	dw[11] = 1 | 2 << 16;
	assert_int_equal(host_run(&h, 0, dw), NVME_OK);
	vtd.nr_sent = 0;
	submit(2, 3);
	fake_advance(MS);
	assert_int_equal(reap(2), 3);
	assert_int_equal(vtd.nr_sent, 0);
}

/* 5.27.1.6: at the threshold, or when the time is over. */
static void coalescing(void **state)
{
	(void)state;
	start();
	feature(NVME_F_COALESCING, 2 | 10 << 8); /* three, 1 ms */
	submit(1, 2);
	fake_advance(3000);
	assert_int_equal(vtd.nr_sent, 0);
	assert_int_equal(host_in_rd(PB_INSTRUMENT_HELD), 2);
	submit(1, 1);
	fake_advance(3000);
	assert_int_equal(vtd.nr_sent, 1);
	assert_int_equal(reap(1), 3);
	submit(1, 1);
	fake_advance(2000 + MS - 1);
	assert_int_equal(vtd.nr_sent, 1);
	fake_advance(1);
	assert_int_equal(vtd.nr_sent, 2);
	fake_advance(10 * MS);
	assert_int_equal(vtd.nr_sent, 2);
	/* Not where it is disabled: by vector, by time 0, by threshold 0; not admin. */
	reap(1);
	feature(NVME_F_VECTOR, 1 | 1 << 16);
	submit(1, 1);
	fake_advance(2000);
	assert_int_equal(vtd.nr_sent, 1);
	reap(1);
	feature(NVME_F_VECTOR, 1);
	feature(NVME_F_COALESCING, 2);
	submit(1, 1);
	fake_advance(2000);
	assert_int_equal(vtd.nr_sent, 1);
	feature(NVME_F_COALESCING, 10 << 8);
	submit(1, 1);
	fake_advance(2000);
	assert_int_equal(vtd.nr_sent, 1);
	feature(NVME_F_COALESCING, 200 | 100 << 8);
	host_identify(&h, 1, 0, 0);
	assert_int_equal(vtd.nr_sent, 1);
}

/* The host found them itself: there is nothing to tell it. */
static void coalescing_absorbed(void **state)
{
	struct truth_view v;

	(void)state;
	start();
	truth_start(0);
	host_arm(3, PB_SERVICE_FIXED, 2000, PB_FAULT_NONE, 0);
	feature(NVME_F_COALESCING, 7 | 10 << 8);
	submit(1, 2);
	fake_advance(2000);
	assert_int_equal(reap(1), 2);
	fake_advance(10 * MS);
	assert_int_equal(vtd.nr_sent, 0);
	assert_int_equal(host_in_rd(PB_NVME_ABSORBED), 2);
	submit(1, 1); /* counted anew */
	fake_advance(2000 + MS);
	assert_int_equal(vtd.nr_sent, 1);
	v = rig_truth();
	assert_int_equal(rig_count(&v, PB_TR_ABSORBED), 1);
	assert_int_equal(rig_event(&v, PB_TR_ABSORBED, 0)->seq, 2);
	assert_int_equal(rig_event(&v, PB_TR_ABSORBED, 0)->vector, 0);
	assert_int_equal(rig_event(&v, PB_TR_ABSORBED, 0)->source, 3);
}

/* --- service times ----------------------------------------------------------------------------- */

/* Ticks that n commands take, one after the other. */
static uint64_t serial(unsigned int n)
{
	uint64_t before = fake.tick;

	while (n--) {
		submit(1, 1);
		host_wait(&h, 1);
	}
	return fake.tick - before;
}

static void service_fixed(void **state)
{
	(void)state;
	start();
	assert_int_equal(serial(10), 10 * PB_NVME_TICKS);
	host_arm(0, PB_SERVICE_FIXED, 1, PB_FAULT_NONE, 0);
	assert_int_equal(serial(10), 10);
	host_in_wr(PB_NVME_CHANNELS, 65); /* out of range: not taken */
	assert_int_equal(host_in_rd(PB_NVME_CHANNELS), 0);
	host_in_wr(PB_INSTRUMENT_CTRL, PB_INSTRUMENT_CTRL_DISARM);
	assert_int_equal(serial(10), 10 * PB_NVME_TICKS);
	/* BAR 0 has nothing of it. */
	assert_int_equal(host_rd(&h, 0x6000), 0);
}

static void service_exponential(void **state)
{
	uint64_t a;

	(void)state;
	start();
	host_in_wr(PB_INSTRUMENT_SEED_LO, 42);
	host_arm(0, PB_SERVICE_EXPONENTIAL, 10000, PB_FAULT_NONE, 0);
	a = serial(500);
	/* Standard deviation of the mean: 10000 / sqrt(500) = 447. */
	assert_in_range(a / 500, 10000 - 4 * 447, 10000 + 4 * 447);
	host_arm(0, PB_SERVICE_EXPONENTIAL, 10000, PB_FAULT_NONE, 0);
	assert_int_equal(serial(500), a); /* the same seed */
	host_in_wr(PB_INSTRUMENT_SEED_HI, 1);
	host_arm(0, PB_SERVICE_EXPONENTIAL, 10000, PB_FAULT_NONE, 0);
	assert_int_not_equal(serial(500), a);
}

static void service_bimodal(void **state)
{
	unsigned int slow = 0;

	(void)state;
	start();
	host_arm(0, PB_SERVICE_BIMODAL, 1000, PB_FAULT_NONE, 0);
	for (unsigned int i = 0; i < 500; i++) {
		uint64_t t = serial(1);

		assert_true((t >= 450 && t <= 550) || (t >= 4950 && t <= 6050));
		slow += t > 1000;
	}
	assert_in_range(slow, 50 - 27, 50 + 27); /* 4 sigma */
}

static void service_channels(void **state)
{
	uint64_t before;

	(void)state;
	start();
	for (unsigned int channels = 0; channels < 4; channels++) {
		host_in_wr(PB_NVME_CHANNELS, channels);
		before = fake.tick;
		submit(1, 6);
		for (unsigned int i = 0; i < 6; i++)
			host_wait(&h, 1);
		assert_int_equal(fake.tick - before, channels ? 2000 * (6 / channels) : 2000);
	}
}

/* --- faults on purpose ---------------------------------------------------------------------------- */

static void drop_message(void **state)
{
	(void)state;
	start();
	host_arm(0, PB_SERVICE_FIXED, 2000, PB_FAULT_LOST_MSI, 3);
	for (unsigned int i = 0; i < 5; i++)
		assert_int_equal(host_io(&h, NVME_READ, 0, 1), NVME_OK);
	assert_int_equal(vtd.nr_sent, 4);
	assert_int_equal(host_in_rd(PB_INSTRUMENT_FAULTS), 1);
	assert_int_equal(host_in_rd(PB_INSTRUMENT_POSTED), 5);
}

static void stuck_doorbell(void **state)
{
	(void)state;
	start();
	host_arm(0, PB_SERVICE_FIXED, 2000, PB_FAULT_DOORBELL, 2);
	assert_int_equal(host_io(&h, NVME_READ, 0, 1), NVME_OK);
	submit(1, 1);
	host_identify(&h, 1, 0, 0); /* admin doorbells do not count */
	fake_advance(MS);
	assert_int_equal(reap(1), 0);
	assert_int_equal(host_in_rd(PB_INSTRUMENT_FAULTS), 1);
	submit(1, 1); /* the next write brings both */
	fake_advance(MS);
	assert_int_equal(reap(1), 2);
}

/* --- the truth ---------------------------------------------------------------------------------------- */

static void truth_posted(void **state)
{
	struct truth_view v;
	const struct pb_event *e;

	(void)state;
	start();
	vtd.entry[101].pid = 0x5000;
	vtd.entry[101].vector = 0x77;
	truth_start(0);
	assert_int_equal(host_io(&h, NVME_READ, 0, 1), NVME_OK); /* not armed */
	host_in_wr(PB_INSTRUMENT_VECTOR_BASE, 0x40);
	host_arm(5, PB_SERVICE_FIXED, 2000, PB_FAULT_DOORBELL, 3);
	feature(NVME_F_COALESCING, 1 | 10 << 8); /* of the admin queue nothing is told */
	submit(1, 1);
	fake_advance(2500);
	submit(1, 1);
	fake_advance(2500);
	submit(1, 1);
	submit(1, 2); /* three come with the second write */
	fake_advance(2500);
	v = rig_truth();
	/* 1 and 2; 3 to 5 */
	assert_int_equal(rig_count(&v, PB_TR_COMPLETION), 5);
	assert_int_equal(rig_count(&v, PB_TR_POST), 2);
	e = rig_event(&v, PB_TR_COMPLETION, 0);
	assert_int_equal(e->seq, 1);
	assert_int_equal(e->flags, PB_EVF_CQE_HELD);
	assert_int_equal(e->source, 5);
	assert_int_equal(e->vector, 0x40);
	assert_int_equal(PB_CQE_SQID(e->arg), 1);
	assert_int_equal(PB_CQE_CQID(e->arg), 1);
	assert_int_equal(PB_CQE_STATUS(e->arg), 0);
	assert_int_equal(PB_CQE_CID(e->arg), h.cid - 4);
	assert_int_equal(rig_event(&v, PB_TR_COMPLETION, 1)->flags, 0);
	e = rig_event(&v, PB_TR_POST, 0); /* speaks for 1 and 2 */
	assert_int_equal(e->seq, 1);
	assert_int_equal(e->flags & ~PB_EVF_COALESCED, PB_EVF_OUTSTANDING);
	assert_int_equal(e->vector, 0x77);
	assert_int_equal(e->vcpu, 0);
	e = rig_event(&v, PB_TR_INJECTED, 0);
	assert_int_equal(e->arg, PB_INJECTED_DOORBELL);
	assert_int_equal(e->source, 5);
	assert_int_equal(rig_count(&v, PB_TR_INJECTED), 1);
}

static void truth_masked(void **state)
{
	struct truth_view v;

	(void)state;
	start();
	truth_start(0);
	host_arm(0, PB_SERVICE_FIXED, 2000, PB_FAULT_NONE, 0);
	host_wr(&h, PB_NVME_MSIX_TABLE + 16 + 12, 1);
	submit(1, 1);
	fake_advance(MS);
	host_wr(&h, PB_NVME_MSIX_TABLE + 16 + 12, 0);
	v = rig_truth();
	assert_int_equal(rig_event(&v, PB_TR_POST, 0)->flags, PB_EVF_MASKED);
	assert_int_equal(rig_event(&v, PB_TR_POST, 1)->flags, PB_EVF_REMAPPED);
	assert_int_equal(rig_event(&v, PB_TR_POST, 1)->seq, 1);
}

static void init_fails(void **state)
{
	(void)state;
	fake_init();
	fake.timer_create_error = -ENOSPC;
	assert_int_equal(nvme_init(), -ENOSPC);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, rig_teardown)
	const struct CMUnitTest tests[] = {
		T(properties),
		T(admin_queue_fixed),
		T(enable_refused),
		T(shutdown),
		T(fatal),
		T(reset_in_flight),
		T(flr_registers),
		T(vf_vanishes),
		T(wrap),
		T(cq_full),
		T(doorbells),
		T(cid_conflict),
		T(one_each),
		T(order),
		T(masked),
		T(polled_queue),
		T(coalescing),
		T(coalescing_absorbed),
		T(service_fixed),
		T(service_exponential),
		T(service_bimodal),
		T(service_channels),
		T(drop_message),
		T(stuck_doorbell),
		T(truth_posted),
		T(truth_masked),
		T(init_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
