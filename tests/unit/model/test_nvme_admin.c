// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Admin commands, valid and not.  Sections: NVM Express Base Specification 2.0.
 */
#include "model/nvme_host.h"

#include "model/fake_vtd.h"

static struct host h;

static int setup(void **state)
{
	rig_setup(state);
	host_start(&h, NVME_DEVFN);
	return 0;
}

static const uint8_t *page(void)
{
	return fake_ram(host_page(&h, 0), 4096);
}

static uint64_t field(unsigned int at, unsigned int len)
{
	uint64_t v = 0;

	memcpy(&v, page() + at, len);
	return v;
}

static uint16_t create_cq(uint32_t dw10, uint32_t dw11, uint64_t prp)
{
	const uint32_t dw[16] = {[0] = NVME_CREATE_CQ,
				 [6] = (uint32_t)prp,
				 [7] = prp >> 32,
				 [10] = dw10,
				 [11] = dw11};

	return host_run(&h, 0, dw);
}

static uint16_t create_sq(uint32_t dw10, uint32_t dw11, uint64_t prp)
{
	const uint32_t dw[16] = {[0] = NVME_CREATE_SQ,
				 [6] = (uint32_t)prp,
				 [7] = prp >> 32,
				 [10] = dw10,
				 [11] = dw11};

	return host_run(&h, 0, dw);
}

static void opcodes(void **state)
{
	struct host v;

	(void)state;
	for (unsigned int op = 0; op < 256; op++) {
		if (nvme_admin_supported(&nvme_ctrls[0], op))
			continue;
		assert_int_equal(host_admin(&h, op, 0, 0, 0), NVME_INVALID_OPCODE);
	}
	for (unsigned int fused = 1; fused < 4; fused++) {
		const uint32_t dw[16] = {[0] = NVME_IDENTIFY | fused << 8, [10] = 1};

		assert_int_equal(host_run(&h, 0, dw), NVME_INVALID_FIELD);
	}
	/* SGLs are for I/O commands, also where there are no data. */
	assert_int_equal(host_run(&h, 0, (const uint32_t[16]){[0] = NVME_ABORT | 1 << 14}),
			 NVME_INVALID_FIELD);
	host_vfs(1);
	host_start(&v, NVME_DEVFN + 1);
	assert_int_equal(host_admin(&v, NVME_VIRT_MGMT, 0, 7 | 1 << 16, 0), NVME_INVALID_OPCODE);
}

/* --- Identify (5.17) ------------------------------------------------------------------- */

static void identify_controller(void **state)
{
	struct host v;

	(void)state;
	assert_int_equal(host_identify(&h, 1, 0, 0), NVME_OK);
	assert_int_equal(field(0, 2), 0x1b36);
	assert_memory_equal(page() + 4, "PIRBENCH1           ", 20);
	assert_int_equal(field(76, 1), 0x2);
	assert_int_equal(field(77, 1), 5);
	assert_int_equal(field(78, 2), 0);
	assert_int_equal(field(80, 4), 0x20000);
	assert_int_equal(field(256, 2), 0x80);
	assert_int_equal(field(512, 2), 0x4466);
	assert_int_equal(field(516, 4), NVME_CONTROLLERS);
	assert_int_equal(field(520, 2), 0x1d);
	assert_int_equal(field(522, 2), 0); /* no fused commands */
	assert_int_equal(field(525, 1), 0x7);
	assert_int_equal(field(536, 4), 1);
	assert_string_equal((const char *)page() + 768,
			    "nqn.2014-08.org.nvmexpress:uuid:70697262-656e-4368-ac61-620000000001");
	assert_int_equal(page()[4095], 0);
	host_vfs(2);
	host_start(&v, NVME_DEVFN + 2);
	assert_int_equal(host_identify(&v, 1, 0, 0), NVME_OK);
	h = v;
	assert_int_equal(field(76, 1), 0x6);
	assert_int_equal(field(78, 2), 2);
	assert_int_equal(field(256, 2), 0);
}

static void identify_namespace(void **state)
{
	(void)state;
	assert_int_equal(host_identify(&h, 0, 1, 0), NVME_OK);
	assert_int_equal(field(0, 8), NVME_LBAS);
	assert_int_equal(field(8, 8), NVME_LBAS);
	assert_int_equal(field(25, 2), 0); /* one format, and it is that */
	assert_int_equal(field(128, 4), 9 << 16);
	assert_true(field(120, 8) && field(104, 8));
	assert_int_equal(host_identify(&h, 0, 2, 0), NVME_OK); /* not active here */
	for (unsigned int i = 0; i < 4096; i += 8)
		assert_int_equal(field(i, 8), 0);
	assert_int_equal(host_identify(&h, 0, 0, 0), NVME_INVALID_NS);
	assert_int_equal(host_identify(&h, 0, NVME_CONTROLLERS + 1, 0), NVME_INVALID_NS);
	assert_int_equal(host_identify(&h, 0, 0xffffffff, 0), NVME_INVALID_NS);
	assert_int_equal(host_identify(&h, 5, 1, 0), NVME_OK);
	assert_int_equal(host_identify(&h, 5, 0, 0), NVME_INVALID_NS);
}

static void identify_lists(void **state)
{
	(void)state;
	assert_int_equal(host_identify(&h, 2, 0, 0), NVME_OK);
	assert_int_equal(field(0, 8), 1);
	assert_int_equal(host_identify(&h, 2, 1, 0), NVME_OK);
	assert_int_equal(field(0, 8), 0);
	assert_int_equal(host_identify(&h, 2, 0xfffffffd, 0), NVME_OK);
	assert_int_equal(host_identify(&h, 2, 0xfffffffe, 0), NVME_INVALID_NS);
	assert_int_equal(host_identify(&h, 7, 0, 0), NVME_OK);
	assert_int_equal(field(0, 8), 1);
	/* identifiers: EUI64, NGUID, end */
	assert_int_equal(host_identify(&h, 3, 1, 0), NVME_OK);
	assert_int_equal(field(0, 2), 0x0801);
	assert_int_equal(field(12, 2), 0x1002);
	assert_int_equal(field(32, 4), 0);
	assert_int_equal(host_identify(&h, 3, 2, 0), NVME_INVALID_NS);
	/* controllers: of the subsystem, of a namespace */
	assert_int_equal(host_identify(&h, 0x13, 0, 0), NVME_OK);
	assert_int_equal(field(0, 2), NVME_CONTROLLERS);
	assert_int_equal(field(2, 8), 0x0003000200010000);
	assert_int_equal(host_identify(&h, 0x13, 0, 3), NVME_OK);
	assert_int_equal(field(0, 8), 0x0000000400030002);
	assert_int_equal(host_identify(&h, 0x13, 0, 0xffff), NVME_OK);
	assert_int_equal(field(0, 4), 0);
	assert_int_equal(host_identify(&h, 0x12, 3, 0), NVME_OK);
	assert_int_equal(field(0, 6), 0x00020001);
	assert_int_equal(host_identify(&h, 0x12, 3, 3), NVME_OK);
	assert_int_equal(field(0, 6), 0);
}

static void identify_refused(void **state)
{
	(void)state;
	assert_int_equal(host_identify(&h, 0x04, 1, 0), NVME_INVALID_FIELD);
	assert_int_equal(host_identify(&h, 0x1c, 1, 0), NVME_INVALID_FIELD);
	assert_int_equal(host_identify(&h, 0xff, 1, 0), NVME_INVALID_FIELD);
	assert_int_equal(host_identify(&h, 6, 0, 0), NVME_OK);
	assert_int_equal(host_admin(&h, NVME_IDENTIFY, 0, 6, 1 << 24), NVME_INVALID_FIELD);
	assert_int_equal(host_admin(&h, NVME_IDENTIFY, 1, 5, 2 << 24), NVME_INVALID_FIELD);
}

/* --- queues (5.4 to 5.7) ----------------------------------------------------------------- */

static void create_refused(void **state)
{
	uint64_t at = host_bus(&h, 0);

	(void)state;
	assert_int_equal(create_cq(0 | 7 << 16, 3, at), NVME_QID_INVALID);
	assert_int_equal(create_cq(9 | 7 << 16, 3, at), NVME_QID_INVALID);
	assert_int_equal(create_cq(1 | 0 << 16, 3, at), NVME_QUEUE_SIZE);
	assert_int_equal(create_cq(1 | 1024u << 16, 3, at), NVME_QUEUE_SIZE);
	assert_int_equal(create_cq(1 | 7 << 16, 2, at), NVME_INVALID_FIELD);
	assert_int_equal(create_cq(1 | 7 << 16, 3, at + 16), NVME_PRP_OFFSET);
	assert_int_equal(create_cq(1 | 7 << 16, 3 | 9 << 16, at), NVME_VECTOR_INVALID);
	assert_int_equal(create_sq(1 | 7 << 16, 1 | 1 << 16, at), NVME_CQ_INVALID);
	assert_int_equal(create_cq(1 | 1023u << 16, 3 | 8 << 16, at), NVME_OK);
	assert_int_equal(create_cq(1 | 7 << 16, 3, at), NVME_QID_INVALID); /* there already */
	assert_int_equal(create_sq(0 | 7 << 16, 1 | 1 << 16, at), NVME_QID_INVALID);
	assert_int_equal(create_sq(9 | 7 << 16, 1 | 1 << 16, at), NVME_QID_INVALID);
	assert_int_equal(create_sq(1 | 7 << 16, 1 | 0 << 16, at), NVME_QID_INVALID);
	assert_int_equal(create_sq(1 | 7 << 16, 1 | 9 << 16, at), NVME_QID_INVALID);
	assert_int_equal(create_sq(1 | 7 << 16, 1 | 2 << 16, at), NVME_CQ_INVALID);
	assert_int_equal(create_sq(1 | 0 << 16, 1 | 1 << 16, at), NVME_QUEUE_SIZE);
	assert_int_equal(create_sq(1 | 7 << 16, 0 | 1 << 16, at), NVME_INVALID_FIELD);
	assert_int_equal(create_sq(1 | 7 << 16, 1 | 1 << 16, at + 8), NVME_PRP_OFFSET);
	assert_int_equal(create_sq(1 | 7 << 16, 1 | 1 << 16, at), NVME_OK);
	assert_int_equal(create_sq(1 | 7 << 16, 1 | 1 << 16, at), NVME_QID_INVALID);
	/* CC.IOSQES, CC.IOCQES */
	host_wr(&h, NVME_CC, NVME_CC_EN | 6 << 16);
	assert_int_equal(create_cq(2 | 7 << 16, 3, at), NVME_QUEUE_SIZE);
}

static void delete (void **state)
{
	(void)state;
	assert_int_equal(host_admin(&h, NVME_DELETE_SQ, 0, 0, 0), NVME_QID_INVALID);
	assert_int_equal(host_admin(&h, NVME_DELETE_SQ, 0, 1, 0), NVME_QID_INVALID);
	assert_int_equal(host_admin(&h, NVME_DELETE_SQ, 0, 0xffff, 0), NVME_QID_INVALID);
	assert_int_equal(host_admin(&h, NVME_DELETE_CQ, 0, 0, 0), NVME_QID_INVALID);
	assert_int_equal(host_admin(&h, NVME_DELETE_CQ, 0, 0xffff, 0), NVME_QID_INVALID);
	host_pair(&h, 1);
	assert_int_equal(host_admin(&h, NVME_DELETE_CQ, 0, 1, 0), NVME_QUEUE_DELETION);
	assert_int_equal(host_admin(&h, NVME_DELETE_SQ, 0, 1, 0), NVME_OK);
	assert_int_equal(host_admin(&h, NVME_DELETE_CQ, 0, 1, 0), NVME_OK);
	assert_int_equal(host_admin(&h, NVME_DELETE_CQ, 0, 1, 0), NVME_QID_INVALID);
}

/* What is in a queue that is deleted ends with that status. */
static void delete_in_flight(void **state)
{
	uint32_t dw[16];
	struct host_cqe e;
	uint16_t cid;

	(void)state;
	host_pair(&h, 1);
	host_arm(0, PB_SERVICE_FIXED, 1000000, PB_FAULT_NONE, 0);
	host_io_make(&h, dw, NVME_READ, 0, 1);
	cid = host_put(&h, 1, dw);
	host_put(&h, 1, dw);
	host_ring(&h, 1);
	assert_int_equal(host_admin(&h, NVME_DELETE_SQ, 0, 1, 0), NVME_OK);
	assert_true(host_get(&h, 1, &e));
	assert_int_equal(e.cid, cid);
	assert_int_equal(e.status, NVME_ABORTED_SQ);
	assert_true(host_get(&h, 1, &e));
	assert_int_equal(host_admin(&h, NVME_DELETE_CQ, 0, 1, 0), NVME_OK);
	fake_advance(2000000);
	assert_false(host_get(&h, 1, &e));
}

/* --- features (5.15, 5.27) ------------------------------------------------------------------ */

static uint16_t get(uint8_t fid, uint32_t sel, uint32_t dw11)
{
	return host_admin(&h, NVME_GET_FEATURES, fid == NVME_F_ERROR_RECOVERY, fid | sel << 8,
			  dw11);
}

static uint16_t set(uint8_t fid, uint32_t dw11)
{
	return host_admin(&h, NVME_SET_FEATURES, fid == NVME_F_ERROR_RECOVERY, fid, dw11);
}

static void features(void **state)
{
	static const struct {
		uint8_t fid;
		uint32_t def, value, read;
	} f[] = {
		{NVME_F_ARBITRATION, 0, 0xffffffff, 0xffffff07},
		{NVME_F_POWER, 0, 0x20, 0x20},
		{NVME_F_TEMPERATURE, 343, 400, 400},
		{NVME_F_TEMPERATURE, 343, 1 << 20 | 200, 400}, /* the other threshold */
		{NVME_F_ERROR_RECOVERY, 0, 0x1234, 0x1234},
		{NVME_F_WRITE_CACHE, 1, 0, 0},
		{NVME_F_COALESCING, 0, 0xff1234, 0x1234},
		{NVME_F_ATOMICITY, 0, 1, 1},
		{NVME_F_ASYNC, 0, 0x1ff, 0x1ff},
	};

	(void)state;
	for (unsigned int i = 0; i < sizeof(f) / sizeof(f[0]); i++) {
		assert_int_equal(set(f[i].fid, f[i].value), NVME_OK);
		assert_int_equal(get(f[i].fid, 0, 0), NVME_OK);
		assert_int_equal(h.result, f[i].read);
		assert_int_equal(get(f[i].fid, 1, 0), NVME_OK);
		assert_int_equal(h.result, f[i].def);
		assert_int_equal(get(f[i].fid, 2, 0), NVME_OK);
		assert_int_equal(h.result, f[i].def);
		assert_int_equal(get(f[i].fid, 3, 0), NVME_OK);
		assert_int_equal(h.result, f[i].fid == NVME_F_ERROR_RECOVERY ? 6 : 4);
		assert_int_equal(get(f[i].fid, 4, 0), NVME_INVALID_FIELD);
	}
	/* A controller reset forgets them. */
	host_wr(&h, NVME_CC, 0);
	host_enable(&h);
	assert_int_equal(get(NVME_F_COALESCING, 0, 0), NVME_OK);
	assert_int_equal(h.result, 0);
}

static void features_refused(void **state)
{
	(void)state;
	assert_int_equal(get(0, 0, 0), NVME_INVALID_FIELD);
	assert_int_equal(get(0x0c, 0, 0), NVME_INVALID_FIELD);
	assert_int_equal(set(0x80, 0), NVME_INVALID_FIELD);
	assert_int_equal(set(NVME_F_POWER, 1), NVME_INVALID_FIELD);
	assert_int_equal(set(NVME_F_ERROR_RECOVERY, 1 << 16), NVME_INVALID_FIELD);
	assert_int_equal(set(NVME_F_TEMPERATURE, 1 << 16), NVME_INVALID_FIELD);
	assert_int_equal(set(NVME_F_TEMPERATURE, 2 << 20), NVME_INVALID_FIELD);
	assert_int_equal(get(NVME_F_TEMPERATURE, 0, 1 << 16), NVME_INVALID_FIELD);
	assert_int_equal(get(NVME_F_VECTOR, 0, 9), NVME_INVALID_FIELD);
	assert_int_equal(set(NVME_F_VECTOR, 0xffff), NVME_INVALID_FIELD);
	assert_int_equal(host_admin(&h, NVME_SET_FEATURES, 0, NVME_F_ASYNC | 1u << 31, 0),
			 NVME_NOT_SAVEABLE);
	assert_int_equal(host_admin(&h, NVME_SET_FEATURES, 1, NVME_F_ASYNC, 0),
			 NVME_NOT_NS_SPECIFIC);
	assert_int_equal(host_admin(&h, NVME_SET_FEATURES, 0xffffffff, NVME_F_ASYNC, 0), NVME_OK);
	assert_int_equal(host_admin(&h, NVME_SET_FEATURES, 2, NVME_F_ERROR_RECOVERY, 0),
			 NVME_INVALID_NS);
	assert_int_equal(host_admin(&h, NVME_GET_FEATURES, 0, NVME_F_ERROR_RECOVERY, 0),
			 NVME_INVALID_NS);
}

/* 5.27.1.5 */
static void number_of_queues(void **state)
{
	(void)state;
	assert_int_equal(get(NVME_F_QUEUES, 0, 0), NVME_OK);
	assert_int_equal(h.result, 0x00070007);
	assert_int_equal(set(NVME_F_QUEUES, 0x0002003f), NVME_OK);
	assert_int_equal(h.result, 0x00020007);
	assert_int_equal(create_cq(4 | 7 << 16, 3, host_bus(&h, 0)), NVME_QID_INVALID);
	assert_int_equal(set(NVME_F_QUEUES, 0xffff), NVME_INVALID_FIELD);
	assert_int_equal(set(NVME_F_QUEUES, 0xffff0000), NVME_INVALID_FIELD);
	assert_int_equal(create_cq(3 | 7 << 16, 3, host_bus(&h, 0)), NVME_OK);
	assert_int_equal(set(NVME_F_QUEUES, 0x00010001), NVME_SEQUENCE);
}

static void interrupt_vector(void **state)
{
	(void)state;
	assert_int_equal(set(NVME_F_VECTOR, 3 | 1 << 16), NVME_OK);
	assert_int_equal(get(NVME_F_VECTOR, 0, 3), NVME_OK);
	assert_int_equal(h.result, 3 | 1 << 16);
	assert_int_equal(get(NVME_F_VECTOR, 0, 2), NVME_OK);
	assert_int_equal(h.result, 2);
}

/* --- logs (5.16) -------------------------------------------------------------------------------- */

static uint16_t get_log(uint8_t lid, uint32_t bytes, uint32_t offset)
{
	const uint32_t dw[16] = {
		[0] = NVME_GET_LOG,
		[6] = (uint32_t)host_bus(&h, 0),
		[8] = (uint32_t)host_bus(&h, 1),
		[10] = lid | (bytes / 4 - 1) << 16,
		[11] = (bytes / 4 - 1) >> 16,
		[12] = offset,
	};

	memset(fake_ram(host_page(&h, 0), 8192), 0xee, 8192);
	return host_run(&h, 0, dw);
}

static void logs(void **state)
{
	(void)state;
	assert_int_equal(get_log(0, 1024, 0), NVME_OK);
	for (unsigned int i = 0; i < 256; i++)
		assert_int_equal(field(4 * i, 4), i <= 5);
	host_pair(&h, 1);
	host_io(&h, NVME_READ, 0, 8);
	host_io(&h, NVME_WRITE, 0, 8);
	assert_int_equal(get_log(2, 512, 0), NVME_OK);
	assert_int_equal(field(0, 1), 0);
	assert_int_equal(field(1, 2), 313);
	assert_int_equal(field(32, 8), 1);
	assert_int_equal(field(64, 8), 1);
	assert_int_equal(field(80, 8), 1);
	assert_int_equal(field(512, 1), 0xee); /* not more than was asked for */
	assert_int_equal(get_log(3, 512, 0), NVME_OK);
	assert_int_equal(field(0, 1), 1);
	assert_int_equal(get_log(4, 4096, 0), NVME_OK);
	assert_int_equal(field(0, 4), 0);
	assert_int_equal(get_log(5, 4096, 0), NVME_OK);
	assert_int_equal(field(4 * NVME_IDENTIFY, 4), 1);
	assert_int_equal(field(4 * 0x10, 4), 0);
	assert_int_equal(field(1024 + 4 * NVME_WRITE, 4), 3);
	/* offset; longer than the page */
	assert_int_equal(get_log(3, 8, 8), NVME_OK);
	assert_memory_equal(page(), "1       ", 8);
	assert_int_equal(get_log(3, 8192, 0), NVME_OK);
	assert_int_equal(field(512, 8), 0);
}

static void logs_refused(void **state)
{
	(void)state;
	assert_int_equal(get_log(6, 4, 0), NVME_LOG_INVALID);
	assert_int_equal(get_log(0xff, 4, 0), NVME_LOG_INVALID);
	assert_int_equal(get_log(2, 4, 2), NVME_INVALID_FIELD);
	assert_int_equal(get_log(2, 4, 516), NVME_INVALID_FIELD);
	assert_int_equal(get_log(2, NVME_MAX_BYTES + 4, 0), NVME_INVALID_FIELD);
	assert_int_equal(host_admin(&h, NVME_GET_LOG, 1, NVME_L_SMART, 0), NVME_INVALID_FIELD);
	assert_int_equal(host_admin(&h, NVME_GET_LOG, 0xffffffff, NVME_L_SMART, 0), NVME_OK);
}

static void error_log(void **state)
{
	(void)state;
	host_pair(&h, 1);
	for (unsigned int i = 0; i < NVME_ERRORS + 2; i++)
		assert_int_equal(host_io(&h, NVME_READ, NVME_LBAS + i, 1), NVME_LBA_RANGE);
	assert_int_equal(get_log(1, 64 * NVME_ERRORS, 0), NVME_OK);
	for (unsigned int i = 0; i < NVME_ERRORS; i++) {
		assert_int_equal(field(64 * i, 8), NVME_ERRORS + 2 - i);
		assert_int_equal(field(64 * i + 8, 2), 1);
		assert_int_equal(field(64 * i + 10, 2), h.cid - 1 - i);
		assert_int_equal(field(64 * i + 12, 2), NVME_LBA_RANGE << 1);
		assert_int_equal(field(64 * i + 16, 8), NVME_LBAS + NVME_ERRORS + 1 - i);
		assert_int_equal(field(64 * i + 24, 4), 1);
	}
}

/* --- Abort, events (5.1, 5.2) ---------------------------------------------------------------------- */

static void abort_in_flight(void **state)
{
	uint32_t dw[16];
	struct host_cqe e;
	uint16_t cid;

	(void)state;
	host_pair(&h, 1);
	host_arm(0, PB_SERVICE_FIXED, 1000000, PB_FAULT_NONE, 0);
	host_fill(&h, 0, 1, 1);
	host_io_make(&h, dw, NVME_WRITE, 0, 8);
	cid = host_put(&h, 1, dw);
	host_ring(&h, 1);
	assert_int_equal(host_admin(&h, NVME_ABORT, 0, 1 | (uint32_t)(cid + 9) << 16, 0), NVME_OK);
	assert_int_equal(h.result, 1); /* there is none such */
	assert_int_equal(host_admin(&h, NVME_ABORT, 0, 1 | (uint32_t)cid << 16, 0), NVME_OK);
	assert_int_equal(h.result, 0);
	e = host_wait(&h, 1);
	assert_int_equal(e.cid, cid);
	assert_int_equal(e.status, NVME_ABORTED);
	assert_int_equal(host_admin(&h, NVME_ABORT, 0, 1 | (uint32_t)cid << 16, 0), NVME_OK);
	assert_int_equal(h.result, 1);
	memset(fake_ram(host_page(&h, 0), 4096), 0, 4096);
	assert_int_equal(host_io(&h, NVME_COMPARE, 0, 8), NVME_OK); /* it was not written */
	assert_int_equal(host_admin(&h, NVME_ABORT, 0, 0xffff, 0), NVME_OK);
	assert_int_equal(h.result, 1);
}

static void abort_limit(void **state)
{
	const uint32_t dw[16] = {[0] = NVME_ABORT, [10] = 5};
	unsigned int limited = 0;

	(void)state;
	for (unsigned int i = 0; i < 6; i++)
		host_put(&h, 0, dw);
	host_ring(&h, 0);
	for (unsigned int i = 0; i < 6; i++)
		limited += (host_wait(&h, 0).status & ~NVME_MORE) == NVME_ABORT_LIMIT;
	assert_int_equal(limited, 2);
}

static uint16_t aer(void)
{
	const uint32_t dw[16] = {[0] = NVME_ASYNC_EVENT};
	uint16_t cid = host_put(&h, 0, dw);
	struct host_cqe e;

	host_ring(&h, 0);
	fake_advance(1000);
	assert_false(host_get(&h, 0, &e));
	return cid;
}

static void events(void **state)
{
	uint16_t first, second;
	struct host_cqe e;

	(void)state;
	first = aer();
	second = aer();
	host_wr(&h, NVME_DB + 5 * 8, 1); /* there is no queue 5 */
	assert_true(host_get(&h, 0, &e));
	assert_int_equal(e.cid, first);
	assert_int_equal(e.status, NVME_OK);
	assert_int_equal(e.result, 0x00010000);
	/* Masked until the log is read. */
	host_wr(&h, NVME_DB + 4, HOST_SIZE);
	assert_false(host_get(&h, 0, &e));
	assert_int_equal(host_admin(&h, NVME_GET_LOG, 0, NVME_L_ERROR | 1 << 15, 0), NVME_OK);
	assert_false(host_get(&h, 0, &e)); /* retained */
	assert_int_equal(host_admin(&h, NVME_GET_LOG, 0, NVME_L_ERROR, 0), NVME_OK);
	assert_true(host_get(&h, 0, &e));
	assert_int_equal(e.cid, second);
	assert_int_equal(e.result, 0x00010100);
}

static void temperature_event(void **state)
{
	struct host_cqe e;

	(void)state;
	aer();
	assert_int_equal(set(NVME_F_TEMPERATURE, 300), NVME_OK); /* not asked for */
	fake_advance(10000);
	assert_false(host_get(&h, 0, &e));
	assert_int_equal(set(NVME_F_ASYNC, 2), NVME_OK);
	assert_int_equal(set(NVME_F_TEMPERATURE, 314), NVME_OK);
	fake_advance(10000);
	assert_false(host_get(&h, 0, &e));
	assert_int_equal(set(NVME_F_TEMPERATURE, 313), NVME_OK);
	e = host_wait(&h, 0);
	assert_int_equal(e.result, 0x00020101);
	assert_int_equal(get_log(2, 512, 0), NVME_OK);
	assert_int_equal(field(0, 1), 2);
}

static void event_limit(void **state)
{
	const uint32_t dw[16] = {[0] = NVME_ASYNC_EVENT};
	uint16_t cid = 0;
	struct host_cqe e;

	(void)state;
	for (unsigned int i = 0; i < 4; i++)
		cid = aer();
	assert_int_equal(host_run(&h, 0, dw), NVME_AER_LIMIT);
	/* One that waits can be aborted. */
	host_put(&h, 0, (const uint32_t[16]){[0] = NVME_ABORT, [10] = (uint32_t)cid << 16});
	host_ring(&h, 0);
	e = host_wait(&h, 0);
	assert_int_equal(e.cid, cid);
	assert_int_equal(e.status, NVME_ABORTED);
	e = host_wait(&h, 0);
	assert_int_equal(e.result, 0);
	aer();
}

/* --- virtualization (5.28, 8.26) -------------------------------------------------------------------- */

static uint16_t virt(uint8_t act, uint8_t resource, uint16_t cntlid, uint16_t n)
{
	return host_admin(&h, NVME_VIRT_MGMT, 0,
			  act | (uint32_t)resource << 8 | (uint32_t)cntlid << 16, n);
}

static void virt_auto(void **state)
{
	struct host v;

	(void)state;
	assert_int_equal(host_in_rd(PB_NVME_VIRT), 1);
	assert_int_equal(host_identify(&h, 0x14, 0, 0), NVME_OK);
	assert_int_equal(field(4, 1), 3);
	assert_int_equal(field(32, 8), 20);
	assert_int_equal(field(40, 8), 0x0001000900090000);
	host_vfs(3);
	assert_int_equal(host_identify(&h, 0x14, 0, 0), NVME_OK);
	assert_int_equal(field(36, 4), 15);
	assert_int_equal(field(68, 4), 15);
	assert_int_equal(host_identify(&h, 0x15, 0, 0), NVME_OK);
	assert_int_equal(field(0, 4), 4);
	assert_int_equal(field(32 + 64, 8), 0x100000003); /* 3, of 0, online */
	assert_int_equal(field(32 + 64 + 8, 6), 0x000500050003);
	assert_int_equal(field(32 + 96, 8), 4); /* no such virtual function */
	assert_int_equal(host_identify(&h, 0x15, 0, 3), NVME_OK);
	assert_int_equal(field(0, 4), 2);
	assert_int_equal(host_identify(&h, 0x15, 0, 5), NVME_OK);
	assert_int_equal(field(0, 4), 0);
	/* They live without the primary. */
	host_wr(&h, NVME_CC, 0);
	host_start(&v, NVME_DEVFN + 1);
	assert_int_equal(host_identify(&v, 0x14, 0, 0), NVME_INVALID_FIELD);
	assert_int_equal(host_identify(&v, 0x15, 0, 0), NVME_INVALID_FIELD);
	assert_int_equal(host_admin(&v, NVME_GET_FEATURES, 0, NVME_F_QUEUES, 0), NVME_OK);
	assert_int_equal(v.result, 0x00030003);
}

static void virt_manual(void **state)
{
	struct host v;

	(void)state;
	host_in_wr(PB_NVME_VIRT, 0);
	host_vfs(2);
	host_map(&v, NVME_DEVFN + 1);
	assert_int_equal(host_rd(&v, NVME_CSTS), NVME_CSTS_CFS); /* offline */
	host_enable(&v);
	assert_int_equal(host_rd(&v, NVME_CSTS), NVME_CSTS_CFS);
	assert_int_equal(virt(9, 0, 1, 0), NVME_SECONDARY_STATE); /* it has nothing */
	assert_int_equal(virt(8, 0, 1, 3), NVME_OK);
	assert_int_equal(h.result, 3);
	assert_int_equal(virt(9, 0, 1, 0), NVME_SECONDARY_STATE); /* no interrupt */
	assert_int_equal(virt(8, 1, 1, 2), NVME_OK);
	assert_int_equal(virt(9, 0, 1, 0), NVME_OK);
	assert_int_equal(host_rd(&v, NVME_CSTS), NVME_CSTS_CFS); /* until it is reset */
	assert_int_equal(virt(8, 0, 1, 4), NVME_SECONDARY_STATE); /* online */
	host_wr(&v, NVME_CC, 0);
	host_enable(&v);
	assert_int_equal(host_rd(&v, NVME_CSTS), NVME_CSTS_RDY);
	assert_int_equal(host_admin(&v, NVME_GET_FEATURES, 0, NVME_F_QUEUES, 0), NVME_OK);
	assert_int_equal(v.result, 0x00010001);
	host_pair(&v, 1);
	assert_int_equal(host_admin(&v, NVME_GET_FEATURES, 0, NVME_F_VECTOR, 2),
			 NVME_INVALID_FIELD);
	/* Offline by command, and with the primary. */
	assert_int_equal(virt(7, 0, 1, 0), NVME_OK);
	assert_int_equal(host_rd(&v, NVME_CSTS), NVME_CSTS_CFS);
	assert_int_equal(virt(9, 0, 1, 0), NVME_OK);
	host_wr(&h, NVME_CC, 0);
	host_enable(&h);
	assert_int_equal(host_rd(&v, NVME_CSTS), NVME_CSTS_CFS);
	/* Online is for a virtual function that there is. */
	virt(8, 0, 4, 2);
	virt(8, 1, 4, 2);
	assert_int_equal(virt(9, 0, 4, 0), NVME_SECONDARY_STATE);
}

static void virt_resources(void **state)
{
	(void)state;
	host_in_wr(PB_NVME_VIRT, 0);
	assert_int_equal(virt(8, 0, 1, 10), NVME_RESOURCES); /* more than one may have */
	assert_int_equal(virt(8, 0, 1, 9), NVME_OK);
	assert_int_equal(virt(8, 0, 2, 9), NVME_OK);
	assert_int_equal(virt(8, 0, 3, 3), NVME_RESOURCES);
	assert_int_equal(virt(8, 0, 3, 2), NVME_OK);
	assert_int_equal(virt(1, 0, 0, 1), NVME_RESOURCES);
	assert_int_equal(virt(8, 0, 1, 4), NVME_OK);
	assert_int_equal(virt(1, 0, 0, 5), NVME_OK);
	assert_int_equal(h.result, 5);
	assert_int_equal(virt(8, 0, 4, 1), NVME_RESOURCES); /* promised to the primary */
	assert_int_equal(virt(1, 1, 0, 20), NVME_OK);
	/* After the next reset of the primary. */
	assert_int_equal(get(NVME_F_QUEUES, 0, 0), NVME_OK);
	assert_int_equal(h.result, 0x00070007);
	host_wr(&h, NVME_CC, 0);
	host_enable(&h);
	assert_int_equal(get(NVME_F_QUEUES, 0, 0), NVME_OK);
	assert_int_equal(h.result, 0x000c000c);
	assert_int_equal(get(NVME_F_VECTOR, 0, 28), NVME_OK);
	assert_int_equal(virt(8, 0, 5, 1), NVME_CNTLID_INVALID);
	assert_int_equal(virt(8, 0, 0, 1), NVME_CNTLID_INVALID);
	assert_int_equal(virt(9, 0, 0xffff, 1), NVME_CNTLID_INVALID);
	assert_int_equal(virt(1, 0, 1, 1), NVME_CNTLID_INVALID);
	assert_int_equal(virt(8, 2, 1, 1), NVME_RESOURCE_ID);
	assert_int_equal(virt(1, 2, 0, 1), NVME_RESOURCE_ID);
	assert_int_equal(virt(0, 0, 1, 1), NVME_INVALID_FIELD);
	assert_int_equal(virt(2, 0, 1, 1), NVME_INVALID_FIELD);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, rig_teardown)
	const struct CMUnitTest tests[] = {
		T(opcodes),
		T(identify_controller),
		T(identify_namespace),
		T(identify_lists),
		T(identify_refused),
		T(create_refused),
		T(delete),
		T(delete_in_flight),
		T(features),
		T(features_refused),
		T(number_of_queues),
		T(interrupt_vector),
		T(logs),
		T(logs_refused),
		T(error_log),
		T(abort_in_flight),
		T(abort_limit),
		T(events),
		T(temperature_event),
		T(event_limit),
		T(virt_auto),
		T(virt_manual),
		T(virt_resources),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
