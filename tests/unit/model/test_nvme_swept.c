// SPDX-License-Identifier: LGPL-2.1-or-later
/* Completions of an NVMe controller that a sweep commands. */
#include "model/nvme_host.h"

#include <errno.h>

#include "host/lab/model/swept.h"
#include "model/fake_vtd.h"

#define SOURCE 2u
#define PID    0x5000u
#define GUEST  0x40u

static struct host h;

static struct instrument *in(void)
{
	return &nvme_ctrls[0].in;
}

static void arm(void)
{
	host_in_wr(PB_INSTRUMENT_VECTORS, 1);
	host_in_wr(PB_INSTRUMENT_FIRST, 1);
	host_in_wr(PB_INSTRUMENT_VECTOR_BASE, GUEST);
	host_in_wr(PB_INSTRUMENT_SOURCE, SOURCE);
	host_in_wr(PB_INSTRUMENT_SWEPT, 1);
	host_in_wr(PB_INSTRUMENT_CTRL, PB_INSTRUMENT_CTRL_ARM);
	assert_true(in()->armed);
}

static int setup(void **state)
{
	rig_setup(state);
	host_start(&h, NVME_DEVFN);
	host_pair(&h, 1);
	vtd.nr_sent = 0;
	return 0;
}

static uint16_t submit(uint64_t lba)
{
	uint32_t dw[16];
	uint16_t cid;

	host_io_make(&h, dw, NVME_READ, lba, 1);
	cid = host_put(&h, 1, dw);
	host_ring(&h, 1);
	return cid;
}

/* Held for ever, and done at the very instant. */
static void on_demand(void **state)
{
	struct host_cqe e;
	uint16_t cid;

	(void)state;
	assert_false(swept_armed(PB_SWEEP_POST, SOURCE));
	arm();
	assert_true(swept_armed(PB_SWEEP_POST, SOURCE));
	assert_false(swept_ready(PB_SWEEP_POST, SOURCE));
	assert_int_equal(swept_post(PB_SWEEP_POST, SOURCE), -ENOENT);
	cid = submit(0);
	fake_advance(1000000000);
	assert_false(host_get(&h, 1, &e));
	assert_int_equal(in()->started, 1);
	assert_true(swept_ready(PB_SWEEP_POST, SOURCE));
	assert_int_equal(swept_post(PB_SWEEP_POST, SOURCE), 0);
	assert_int_equal(vtd.nr_sent, 1);
	assert_int_equal(in()->completed, 1);
	assert_int_equal(in()->record.posted, 1);
	assert_true(host_get(&h, 1, &e));
	assert_int_equal(e.cid, cid);
	assert_int_equal(e.status, 0);
	assert_false(swept_ready(PB_SWEEP_POST, SOURCE));
	assert_int_equal(swept_post(PB_SWEEP_POST, SOURCE), -ENOENT);
	assert_int_equal(vtd.nr_sent, 1);
}

/* The admin queue goes on meanwhile. */
static void others_go_on(void **state)
{
	(void)state;
	arm();
	submit(0);
	assert_int_equal(host_identify(&h, 1, 0, 0), NVME_OK);
	assert_true(swept_ready(PB_SWEEP_POST, SOURCE));
}

/* Another source, a kick, or one that is not armed for a sweep: none of its business. */
static void others_names(void **state)
{
	(void)state;
	arm();
	submit(0);
	assert_false(swept_armed(PB_SWEEP_POST, SOURCE + 1));
	assert_false(swept_armed(PB_SWEEP_KICK, SOURCE));
	assert_int_equal(swept_pid(PB_SWEEP_POST, SOURCE + 1), 0);
	assert_int_equal(swept_irte(PB_SWEEP_POST, SOURCE + 1), 0);
	assert_int_equal(swept_post(PB_SWEEP_KICK, SOURCE), -ENOENT);
	host_in_wr(PB_INSTRUMENT_SWEPT, 0);
	host_in_wr(PB_INSTRUMENT_CTRL, PB_INSTRUMENT_CTRL_ARM);
	assert_false(swept_armed(PB_SWEEP_POST, SOURCE));
	host_in_wr(PB_INSTRUMENT_SWEPT, 2);
	host_in_wr(PB_INSTRUMENT_CTRL, PB_INSTRUMENT_CTRL_ARM);
	assert_false(in()->armed);
}

/* A branch that is there for its completion: not counted, and what became of it is told. */
static void attempt(void **state)
{
	struct vtd_message m = {0};
	struct host_cqe e;

	(void)state;
	arm();
	vtd.entry[101].pid = PID; /* what host_map() gives vector 1 */
	vtd.entry[101].vector = 0x77;
	assert_int_equal(swept_pid(PB_SWEEP_POST, SOURCE), PID);
	submit(0);
	assert_int_equal(swept_try(PB_SWEEP_POST, SOURCE, &m), 0);
	assert_true(host_get(&h, 1, &e));
	assert_int_equal(in()->completed, 0);
	assert_int_equal(in()->started, 1);
	assert_int_equal(vtd.nr_sent, 1);
	assert_int_equal(m.vector, 0x77);
	assert_int_equal(m.pid, PID);
	assert_int_equal(swept_try(PB_SWEEP_POST, SOURCE, &m), -ENOENT);
}

/* The oldest first. */
static void order(void **state)
{
	struct host_cqe e;
	uint16_t first, second;

	(void)state;
	arm();
	first = submit(0);
	second = submit(8);
	assert_int_equal(swept_post(PB_SWEEP_POST, SOURCE), 0);
	assert_true(host_get(&h, 1, &e));
	assert_int_equal(e.cid, first);
	assert_int_equal(swept_post(PB_SWEEP_POST, SOURCE), 0);
	assert_true(host_get(&h, 1, &e));
	assert_int_equal(e.cid, second);
}

/* What nobody will ask for any more ends by itself. */
static void disarmed(void **state)
{
	struct host_cqe e;

	(void)state;
	arm();
	submit(0);
	host_in_wr(PB_INSTRUMENT_CTRL, PB_INSTRUMENT_CTRL_DISARM);
	assert_false(swept_armed(PB_SWEEP_POST, SOURCE));
	fake_advance(10);
	assert_true(host_get(&h, 1, &e));
}

/* A reset takes what is held; the sweep finds nobody. */
static void reset(void **state)
{
	(void)state;
	arm();
	submit(0);
	host_wr(&h, NVME_CC, 0);
	assert_false(swept_armed(PB_SWEEP_POST, SOURCE));
	assert_int_equal(swept_post(PB_SWEEP_POST, SOURCE), -ENOENT);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, rig_teardown)
	const struct CMUnitTest tests[] = {
		T(on_demand), T(others_go_on), T(others_names), T(attempt),
		T(order),     T(disarmed),     T(reset),
	};

	return cmocka_run_group_tests_name("nvme_swept", tests, NULL, NULL);
}
