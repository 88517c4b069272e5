// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * I/O commands and where their data are.  Sections: NVM Express Base
 * Specification 2.0 (B), NVM Command Set Specification 1.0 (N).
 */
#include "model/nvme_host.h"

#include "model/fake_vtd.h"

static struct host h;

static int setup(void **state)
{
	rig_setup(state);
	host_start(&h, NVME_DEVFN);
	host_pair(&h, 1);
	return 0;
}

static uint8_t *data(unsigned int page)
{
	return fake_ram(host_page(&h, page), 4096);
}

/* Write n blocks, read them back elsewhere, compare. */
static void round_trip(uint64_t lba, uint32_t n)
{
	unsigned int pages = (n * 512 + 4095) / 4096;
	static uint8_t copy[NVME_MAX_BYTES];

	host_fill(&h, 0, pages, (uint8_t)lba);
	memcpy(copy, data(0), n * 512ull);
	assert_int_equal(host_io(&h, NVME_WRITE, lba, n), NVME_OK);
	memset(data(0), 0, pages * 4096ull);
	assert_int_equal(host_io(&h, NVME_READ, lba, n), NVME_OK);
	assert_memory_equal(fake_ram(host_page(&h, 0), n * 512ull), copy, n * 512ull);
}

/* N 3.2.4, 3.2.6; B 4.1.1: one page, two, a list. */
static void read_write(void **state)
{
	(void)state;
	round_trip(0, 1);
	round_trip(7, 8);
	round_trip(100, 16);
	round_trip(1000, 17);
	round_trip(2000, 256);
	round_trip(NVME_LBAS - 1, 1);
	round_trip(NVME_LBAS - 256, 256);
	/* Never written: zeros. */
	memset(data(0), 1, 4096);
	assert_int_equal(host_io(&h, NVME_READ, 50000, 8), NVME_OK);
	for (unsigned int i = 0; i < 4096; i++)
		assert_int_equal(data(0)[i], 0);
}

static void range(void **state)
{
	uint32_t dw[16];

	(void)state;
	assert_int_equal(host_io(&h, NVME_READ, NVME_LBAS, 1), NVME_LBA_RANGE);
	assert_int_equal(host_io(&h, NVME_READ, NVME_LBAS - 1, 2), NVME_LBA_RANGE);
	assert_int_equal(host_io(&h, NVME_WRITE, ~0ull, 1), NVME_LBA_RANGE);
	assert_int_equal(host_io(&h, NVME_WRITE, ~0ull, 2), NVME_LBA_RANGE);
	assert_int_equal(host_io(&h, NVME_COMPARE, 1ull << 55, 8), NVME_LBA_RANGE);
	assert_int_equal(host_io(&h, NVME_WRITE_ZEROES, NVME_LBAS - 1, 2), NVME_LBA_RANGE);
	/* MDTS */
	assert_int_equal(host_io(&h, NVME_READ, 0, 257), NVME_INVALID_FIELD);
	host_io_make(&h, dw, NVME_WRITE, 0, 1);
	dw[12] |= 1 << 20; /* a directive */
	assert_int_equal(host_run(&h, 1, dw), NVME_INVALID_FIELD);
}

static void namespaces(void **state)
{
	static const struct {
		uint32_t nsid;
		uint16_t rw, flush;
	} c[] = {
		{0, NVME_INVALID_NS, NVME_INVALID_NS},
		{1, NVME_OK, NVME_OK},
		{2, NVME_INVALID_FIELD, NVME_INVALID_FIELD}, /* another controller's */
		{NVME_CONTROLLERS + 1, NVME_INVALID_NS, NVME_INVALID_NS},
		{0xffffffff, NVME_INVALID_NS, NVME_OK},
	};
	uint32_t dw[16];

	(void)state;
	for (unsigned int i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		host_io_make(&h, dw, NVME_READ, 0, 1);
		dw[1] = c[i].nsid;
		assert_int_equal(host_run(&h, 1, dw), c[i].rw);
		dw[0] = NVME_FLUSH;
		assert_int_equal(host_run(&h, 1, dw), c[i].flush);
	}
}

static void compare(void **state)
{
	(void)state;
	host_fill(&h, 0, 2, 3);
	assert_int_equal(host_io(&h, NVME_WRITE, 10, 16), NVME_OK);
	assert_int_equal(host_io(&h, NVME_COMPARE, 10, 16), NVME_OK);
	data(0)[8191] ^= 1;
	assert_int_equal(host_io(&h, NVME_COMPARE, 10, 16), NVME_COMPARE_FAILURE);
	assert_int_equal(host_io(&h, NVME_COMPARE, 10, 8), NVME_OK);
}

/* N 3.2.8: also of parts of pages, which the host's memory is given back in. */
static void write_zeroes(void **state)
{
	static const struct {
		uint32_t lba, n;
	} z[] = {{1, 1}, {0, 8}, {3, 40}, {8, 8}, {15, 2}, {5, 100}};

	(void)state;
	for (unsigned int k = 0; k < sizeof(z) / sizeof(z[0]); k++) {
		host_fill(&h, 0, 32, 1);
		assert_int_equal(host_io(&h, NVME_WRITE, 0, 256), NVME_OK);
		assert_int_equal(host_io(&h, NVME_WRITE_ZEROES, z[k].lba, z[k].n), NVME_OK);
		memset(data(0) + z[k].lba * 512ull, 0, z[k].n * 512ull);
		assert_int_equal(host_io(&h, NVME_COMPARE, 0, 256), NVME_OK);
	}
}

/* N 3.2.3 */
static void dataset(void **state)
{
	uint32_t dw[16], *r = (uint32_t *)(void *)data(40);

	(void)state;
	host_fill(&h, 0, 32, 1);
	assert_int_equal(host_io(&h, NVME_WRITE, 0, 256), NVME_OK);
	host_io_make(&h, dw, NVME_DSM, 0, 1);
	dw[6] = (uint32_t)host_bus(&h, 40);
	dw[10] = 1; /* two ranges */
	dw[12] = 0;
	memset(r, 0, 32);
	r[1] = 4;
	r[2] = 10;
	r[5] = 8;
	r[6] = 64;
	assert_int_equal(host_run(&h, 1, dw), NVME_OK); /* a hint only: no attribute */
	assert_int_equal(host_io(&h, NVME_COMPARE, 0, 256), NVME_OK);
	dw[11] = 4;
	assert_int_equal(host_run(&h, 1, dw), NVME_OK);
	memset(data(0) + 10 * 512, 0, 4 * 512);
	memset(data(0) + 64 * 512, 0, 8 * 512);
	assert_int_equal(host_io(&h, NVME_COMPARE, 0, 256), NVME_OK);
	/* All or nothing. */
	r[1] = 1;
	r[2] = 0;
	r[6] = NVME_LBAS - 7;
	assert_int_equal(host_run(&h, 1, dw), NVME_LBA_RANGE);
	assert_int_equal(host_io(&h, NVME_COMPARE, 0, 256), NVME_OK);
	r[5] = 0; /* nothing at the end of it */
	r[6] = NVME_LBAS;
	assert_int_equal(host_run(&h, 1, dw), NVME_OK);
}

static void refused(void **state)
{
	uint32_t dw[16];

	(void)state;
	for (unsigned int op = 0; op < 256; op++) {
		if (nvme_io_supported(op))
			continue;
		host_io_make(&h, dw, op, 0, 1);
		assert_int_equal(host_run(&h, 1, dw), NVME_INVALID_OPCODE);
	}
	for (unsigned int fused = 1; fused < 4; fused++) {
		host_io_make(&h, dw, NVME_READ, 0, 1);
		dw[0] |= fused << 8;
		assert_int_equal(host_run(&h, 1, dw), NVME_INVALID_FIELD);
	}
}

/* B 4.1.1 */
static void prp_offsets(void **state)
{
	uint32_t dw[16];

	(void)state;
	/* The first may begin within its page: one more page is touched. */
	host_fill(&h, 0, 2, 9);
	host_io_make(&h, dw, NVME_WRITE, 0, 8);
	dw[6] += 0x204;
	assert_int_equal(host_run(&h, 1, dw), NVME_OK);
	host_io_make(&h, dw, NVME_READ, 0, 8);
	dw[6] = (uint32_t)host_bus(&h, 10);
	assert_int_equal(host_run(&h, 1, dw), NVME_OK);
	assert_memory_equal(data(10), data(0) + 0x204, 4096);
	dw[6] += 2;
	assert_int_equal(host_run(&h, 1, dw), NVME_PRP_OFFSET);
	host_io_make(&h, dw, NVME_READ, 0, 16);
	dw[8] += 0x800; /* the second page */
	assert_int_equal(host_run(&h, 1, dw), NVME_PRP_OFFSET);
	host_io_make(&h, dw, NVME_READ, 0, 24);
	dw[8] += 4; /* the list */
	assert_int_equal(host_run(&h, 1, dw), NVME_PRP_OFFSET);
	host_io_make(&h, dw, NVME_READ, 0, 24);
	fake_wr64(host_page(&h, 63) + 8, host_bus(&h, 2) + 512); /* an entry */
	assert_int_equal(host_run(&h, 1, dw), NVME_PRP_OFFSET);
}

/* A list that begins near the end of its page goes on in another. */
static void prp_chain(void **state)
{
	uint32_t dw[16];
	static uint8_t copy[0x8000];

	(void)state;
	host_fill(&h, 0, 8, 77);
	memcpy(copy, data(0), sizeof(copy));
	assert_int_equal(host_io(&h, NVME_WRITE, 0, 64), NVME_OK);
	memset(data(0), 0, 0x8000);
	host_io_make(&h, dw, NVME_READ, 0, 64);
	dw[8] = (uint32_t)host_bus(&h, 50) + 4096 - 24;
	fake_wr64(host_page(&h, 50) + 4096 - 24, host_bus(&h, 1));
	fake_wr64(host_page(&h, 50) + 4096 - 16, host_bus(&h, 2));
	fake_wr64(host_page(&h, 50) + 4096 - 8, host_bus(&h, 51));
	for (unsigned int i = 0; i < 5; i++)
		fake_wr64(host_page(&h, 51) + i * 8, host_bus(&h, 3 + i));
	assert_int_equal(host_run(&h, 1, dw), NVME_OK);
	assert_memory_equal(data(0), copy, sizeof(copy));
	/* Exactly as many as are left: the last one is no pointer. */
	host_io_make(&h, dw, NVME_READ, 0, 32);
	dw[8] = (uint32_t)host_bus(&h, 50) + 4096 - 24;
	fake_wr64(host_page(&h, 50) + 4096 - 8, host_bus(&h, 3));
	memset(data(3), 0, 4096);
	assert_int_equal(host_run(&h, 1, dw), NVME_OK);
	assert_memory_equal(data(3), copy + 3 * 4096, 4096);
}

static void dma_refused(void **state)
{
	uint32_t dw[16];

	(void)state;
	host_fill(&h, 0, 1, 5);
	assert_int_equal(host_io(&h, NVME_WRITE, 0, 8), NVME_OK);
	host_io_make(&h, dw, NVME_WRITE, 0, 16);
	dw[9] = 0x7fff; /* no memory there */
	data(0)[0] ^= 0xff;
	assert_int_equal(host_run(&h, 1, dw), NVME_TRANSFER_ERROR);
	assert_int_equal(host_in_rd(PB_NVME_DMA_FAULTS), 1);
	/* Not a byte of it was written. */
	data(0)[0] ^= 0xff;
	assert_int_equal(host_io(&h, NVME_COMPARE, 0, 8), NVME_OK);
}

/* --- SGL (B 4.1.2) ------------------------------------------------------------------ */

static void descriptor(unsigned int page, unsigned int n, uint64_t addr, uint32_t len, uint8_t id)
{
	uint8_t *d = data(page) + n * 16;

	memcpy(d, &addr, 8);
	memcpy(d + 8, &len, 4);
	memset(d + 12, 0, 3);
	d[15] = id;
}

/* A command whose first descriptor is the n-th of data page 62. */
static uint16_t sgl_run(uint8_t opcode, uint32_t blocks)
{
	uint32_t dw[16];

	host_io_make(&h, dw, opcode, 0, blocks);
	dw[0] |= 1 << 14;
	memcpy(&dw[6], data(62), 16);
	return host_run(&h, 1, dw);
}

static void sgl_block(void **state)
{
	(void)state;
	host_fill(&h, 0, 2, 21);
	descriptor(62, 0, host_bus(&h, 0) + 3, 4096, 0x00); /* any alignment */
	assert_int_equal(sgl_run(NVME_WRITE, 8), NVME_OK);
	descriptor(62, 0, host_bus(&h, 10), 4096, 0x00);
	assert_int_equal(sgl_run(NVME_READ, 8), NVME_OK);
	assert_memory_equal(data(10), data(0) + 3, 4096);
	descriptor(62, 0, host_bus(&h, 0), 4095, 0x00);
	assert_int_equal(sgl_run(NVME_READ, 8), NVME_SGL_LENGTH);
	descriptor(62, 0, host_bus(&h, 20), 4097, 0x00);
	data(21)[0] = 0x11;
	assert_int_equal(sgl_run(NVME_READ, 8), NVME_SGL_LENGTH);
	assert_int_equal(data(21)[0], 0x11);
	descriptor(62, 0, 1ull << 40, 4096, 0x00);
	assert_int_equal(sgl_run(NVME_READ, 8), NVME_TRANSFER_ERROR);
	for (unsigned int id = 1; id < 256; id++) {
		if (id == 0x20 || id == 0x30)
			continue;
		descriptor(62, 0, host_bus(&h, 0), 4096, id);
		assert_int_equal(sgl_run(NVME_READ, 8), NVME_SGL_TYPE);
	}
}

static void sgl_segments(void **state)
{
	(void)state;
	host_fill(&h, 0, 1, 33);
	assert_int_equal(host_io(&h, NVME_WRITE, 0, 8), NVME_OK);
	/* 1000 and nothing; then 2000; then the rest */
	descriptor(62, 0, host_bus(&h, 50), 48, 0x20);
	descriptor(50, 0, host_bus(&h, 10), 1000, 0);
	descriptor(50, 1, 0, 0, 0);
	descriptor(50, 2, host_bus(&h, 51), 32, 0x20);
	descriptor(51, 0, host_bus(&h, 10) + 1000, 2000, 0);
	descriptor(51, 1, host_bus(&h, 52), 16, 0x30);
	descriptor(52, 0, host_bus(&h, 10) + 3000, 1096, 0);
	memset(data(10), 0, 4096);
	assert_int_equal(sgl_run(NVME_READ, 8), NVME_OK);
	assert_memory_equal(data(10), data(0), 4096);
	descriptor(52, 0, host_bus(&h, 10) + 3000, 1095, 0);
	assert_int_equal(sgl_run(NVME_READ, 8), NVME_SGL_LENGTH);
	descriptor(52, 0, host_bus(&h, 10), 16, 0x20); /* after the last there is none */
	assert_int_equal(sgl_run(NVME_READ, 8), NVME_SGL_SEGMENT);
	descriptor(51, 1, host_bus(&h, 52), 17, 0x30);
	assert_int_equal(sgl_run(NVME_READ, 8), NVME_SGL_SEGMENT);
	descriptor(51, 1, host_bus(&h, 52), 0, 0x30);
	assert_int_equal(sgl_run(NVME_READ, 8), NVME_SGL_SEGMENT);
	descriptor(51, 0, host_bus(&h, 52), 16, 0x30); /* not at the end of its segment */
	assert_int_equal(sgl_run(NVME_READ, 8), NVME_SGL_SEGMENT);
	descriptor(50, 2, host_bus(&h, 10), 4, 0); /* a segment that is not last ends */
	assert_int_equal(sgl_run(NVME_READ, 8), NVME_SGL_SEGMENT);
	descriptor(50, 1, 0, 0, 0x10);
	assert_int_equal(sgl_run(NVME_READ, 8), NVME_SGL_TYPE);
}

/* Without end, and much too long. */
static void sgl_hostile(void **state)
{
	uint64_t reads = fake.reads;

	(void)state;
	descriptor(62, 0, host_bus(&h, 50), 16, 0x20);
	descriptor(50, 0, host_bus(&h, 50), 16, 0x20);
	assert_int_equal(sgl_run(NVME_READ, 8), NVME_SGL_COUNT);
	assert_true(fake.reads - reads < 1100);
	descriptor(62, 0, host_bus(&h, 50), 0xfffffff0, 0x30);
	assert_int_equal(sgl_run(NVME_READ, 8), NVME_SGL_COUNT);
	descriptor(62, 0, 1ull << 40, 16, 0x30);
	assert_int_equal(sgl_run(NVME_READ, 8), NVME_TRANSFER_ERROR);
}

static void psdt(void **state)
{
	uint32_t dw[16];

	(void)state;
	for (unsigned int v = 2; v < 4; v++) { /* metadata by SGL, reserved */
		host_io_make(&h, dw, NVME_READ, 0, 1);
		dw[0] |= v << 14;
		assert_int_equal(host_run(&h, 1, dw), NVME_INVALID_FIELD);
	}
	memset(dw, 0, sizeof(dw));
	dw[0] = NVME_IDENTIFY | 1 << 14; /* admin: PRP only */
	dw[10] = 1;
	assert_int_equal(host_run(&h, 0, dw), NVME_INVALID_FIELD);
}

/* --- what survives -------------------------------------------------------------------- */

/* Acknowledged is written; not acknowledged is all there or not at all. */
static void power_off(void **state)
{
	uint32_t dw[16];
	struct host_cqe e;

	(void)state;
	host_fill(&h, 0, 1, 1);
	for (unsigned int i = 0; i < 4; i++) {
		host_io_make(&h, dw, NVME_WRITE, i * 8, 8);
		host_put(&h, 1, dw);
	}
	host_in_wr(PB_NVME_CHANNELS, 1); /* one after the other */
	host_ring(&h, 1);
	e = host_wait(&h, 1);
	assert_int_equal(e.status, NVME_OK);
	e = host_wait(&h, 1);
	assert_int_equal(e.status, NVME_OK);
	lab_reset(); /* of the machine */
	memset(data(1), 0, 4096);
	fake_advance(1000000);
	host_start(&h, NVME_DEVFN);
	host_pair(&h, 1);
	assert_int_equal(host_io(&h, NVME_COMPARE, 0, 8), NVME_OK);
	assert_int_equal(host_io(&h, NVME_COMPARE, 8, 8), NVME_OK);
	memset(data(0), 0, 4096);
	assert_int_equal(host_io(&h, NVME_COMPARE, 16, 8), NVME_OK);
	assert_int_equal(host_io(&h, NVME_COMPARE, 24, 8), NVME_OK);
}

/* Each controller has its own. */
static void private_namespaces(void **state)
{
	struct host v;

	(void)state;
	host_fill(&h, 0, 1, 1);
	assert_int_equal(host_io(&h, NVME_WRITE, 0, 8), NVME_OK);
	host_vfs(2);
	host_start(&v, NVME_DEVFN + 2);
	host_pair(&v, 1);
	assert_int_equal(host_io(&v, NVME_COMPARE, 0, 8), NVME_OK); /* zeros */
	memset(fake_ram(host_page(&v, 0), 4096), 0x55, 4096);
	assert_int_equal(host_io(&v, NVME_WRITE, 0, 8), NVME_OK);
	assert_int_equal(vtd.dma_sid, NVME_DEVFN + 2);
	assert_int_equal(host_io(&h, NVME_COMPARE, 0, 8), NVME_OK);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, rig_teardown)
	const struct CMUnitTest tests[] = {
		T(read_write),   T(range),       T(namespaces), T(compare),
		T(write_zeroes), T(dataset),     T(refused),    T(prp_offsets),
		T(prp_chain),    T(dma_refused), T(sgl_block),  T(sgl_segments),
		T(sgl_hostile),  T(psdt),        T(power_off),  T(private_namespaces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
