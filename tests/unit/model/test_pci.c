// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What a driver and the PCI core may rely on in a function of ours.  Sections:
 * PCI Express Base Specification 6.0.
 */
#include "model/rig.h"

#include "model/fake_vtd.h"
#include "host/lab/model/pci.h"

#define DEVFN 0x20
#define B0    0xc0000000u
#define B2    0xc0100000u

static uint32_t reg[4];
static unsigned int resets, changes, sents;
static struct vtd_message last_sent;
static struct pci_function fn;
static uint8_t plain[PCI_BAR_MIN];

static uint32_t op_read(struct pci_function *f, unsigned int bar, uint32_t offset)
{
	assert_ptr_equal(f, &fn);
	return bar == 0 && offset < sizeof(reg) ? reg[offset / 4] : 0xdead0000u + bar;
}

static void op_write(struct pci_function *f, unsigned int bar, uint32_t offset, uint32_t value)
{
	(void)f;
	if (bar == 0 && offset < sizeof(reg))
		reg[offset / 4] = value;
}

static void op_reset(struct pci_function *f)
{
	(void)f;
	resets++;
}

static void op_changed(struct pci_function *f)
{
	(void)f;
	changes++;
}

static void op_sent(struct pci_function *f, unsigned int vector, const struct vtd_message *m)
{
	(void)f;
	(void)vector;
	sents++;
	last_sent = *m;
}

static const struct pci_function_ops ops = {
	.read = op_read,
	.write = op_write,
	.reset = op_reset,
	.msix_changed = op_changed,
	.msix_sent = op_sent,
};

static const struct pci_function_desc desc = {
	.name = "test",
	.vendor = 0x1234,
	.device = 0x5678,
	.class_code = 0x020000,
	.revision = 3,
	.bar = {[0] = {.size = 0x10000}, [2] = {.size = 0x20000}, [4] = {.size = 0x10000}},
	.msix_vectors = 40,
	.msix_bar = 2,
	.msix_table = 0x1000,
	.msix_pba = 0x3000,
};
#define TABLE (B2 + 0x1000)
#define PBA   (B2 + 0x3000)

static uint32_t cfg(unsigned int offset, unsigned int len)
{
	return fake_config_read(DEVFN, offset, len);
}

static void cfg_set(unsigned int offset, uint32_t v, unsigned int len)
{
	fake_config_write(DEVFN, offset, v, len);
}

static int setup(void **state)
{
	static struct pci_function_desc d;

	rig_setup(state);
	memset(reg, 0, sizeof(reg));
	resets = changes = sents = 0;
	d = desc;
	d.bar[4].ram = plain;
	assert_int_equal(pci_function_init(&fn, DEVFN, &d, &ops), 0);
	return 0;
}

static void enable(void)
{
	cfg_set(0x10, B0, 4);
	cfg_set(0x18, B2, 4);
	cfg_set(0x04, CMD_MEMORY | CMD_MASTER, 2);
}

static void msix_on(void)
{
	enable();
	cfg_set(rig_cap(DEVFN, CAP_MSIX) + 2, 0x8000, 2);
	for (unsigned int i = 0; i < 40; i++) {
		fake_mmio_wr32(TABLE + i * 16, 0xfee00010);
		fake_mmio_wr32(TABLE + i * 16 + 8, 100 + i);
		fake_mmio_wr32(TABLE + i * 16 + 12, 0);
	}
}

static uint16_t signal_vector(unsigned int vector)
{
	struct vtd_message m;

	pci_function_msix(&fn, vector, &m);
	return m.flags;
}

/* 7.5.1 */
static void header(void **state)
{
	(void)state;
	assert_int_equal(cfg(0x00, 4), 0x56781234);
	assert_int_equal(cfg(0x08, 4), 0x02000003);
	assert_int_equal(cfg(0x0e, 1), 0); /* type 0, one function */
	assert_int_equal(cfg(0x2c, 4), 0x56781234);
	assert_int_equal(cfg(0x30, 4), 0); /* no ROM */
	assert_int_equal(cfg(0x3d, 1), 0); /* no INTx */
	assert_int_equal(cfg(0x06, 2), 0x0011); /* capabilities, immediate readiness */
	cfg_set(0x00, 0, 4);
	cfg_set(0x08, 0xffffffff, 4);
	cfg_set(0x2c, 0, 4);
	assert_int_equal(cfg(0x00, 4), 0x56781234);
	assert_int_equal(cfg(0x08, 4), 0x02000003);
	assert_int_equal(cfg(0x2c, 4), 0x56781234);
}

/* 7.5.1.1.3: writable bits; the others read zero. 7.5.1.1.4: status is not written. */
static void command(void **state)
{
	(void)state;
	cfg_set(0x04, 0xffffffff, 4);
	assert_int_equal(cfg(0x04, 2), 0x0546);
	assert_int_equal(cfg(0x06, 2), 0x0011);
	cfg_set(0x05, 0, 1);
	assert_int_equal(cfg(0x04, 2), 0x0046);
}

static void outside(void **state)
{
	(void)state;
	assert_int_equal(lab_pci_config_read(&fn, 4096, 1), 0xffffffff);
	assert_int_equal(lab_pci_config_read(&fn, 4094, 4), 0xffffffff);
	assert_int_equal(lab_pci_config_read(&fn, 0, 3), 0xffffffff);
	assert_int_equal(lab_pci_config_read(&fn, 0xffffffff, 4), 0xffffffff);
	lab_pci_config_write(&fn, 4095, 0xffffffff, 4);
	lab_pci_config_write(&fn, 0xfffffffe, 0xffffffff, 4);
}

static void capabilities(void **state)
{
	unsigned int pm = rig_cap(DEVFN, CAP_PM), msix = rig_cap(DEVFN, CAP_MSIX);
	unsigned int e = rig_cap(DEVFN, CAP_EXP);

	(void)state;
	assert_int_equal(cfg(pm + 2, 2), 0x0013);
	assert_int_equal(cfg(msix + 2, 2), 39);
	assert_int_equal(cfg(msix + 4, 4), 0x1002);
	assert_int_equal(cfg(msix + 8, 4), 0x3002);
	assert_int_equal(cfg(e + 2, 2), 0x0092); /* version 2, RCiEP */
	assert_int_equal(cfg(e + 4, 4) >> 28 & 1, 1); /* FLR */
	cfg_set(msix + 2, 0xffff, 2);
	assert_int_equal(cfg(msix + 2, 2), 0xc000 | 39);
}

/* 7.5.1.2.1 */
static void bar_sizing(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 6; i++)
		cfg_set(0x10 + 4 * i, 0xffffffff, 4);
	assert_int_equal(cfg(0x10, 4), 0xffff0000);
	assert_int_equal(cfg(0x14, 4), 0);
	assert_int_equal(cfg(0x18, 4), 0xfffe0000);
	assert_int_equal(cfg(0x20, 4), 0xffff0000);
	assert_int_equal(cfg(0x24, 4), 0);
}

static void bar_decode(void **state)
{
	(void)state;
	cfg_set(0x10, B0, 4);
	assert_false(fake_mmio_mapped(B0));
	cfg_set(0x04, CMD_MEMORY, 2);
	assert_true(fake_mmio_mapped(B0));
	assert_true(fake_mmio_mapped(B0 + 0xffff));
	assert_false(fake_mmio_mapped(B0 + 0x10000));
	fake_mmio_wr32(B0 + 4, 0x11223344);
	assert_int_equal(reg[1], 0x11223344);
	cfg_set(0x04, 0, 2);
	assert_false(fake_mmio_mapped(B0));
}

static void bar_moves(void **state)
{
	(void)state;
	enable();
	reg[0] = 77;
	cfg_set(0x10, B0 + 0x400000, 4);
	assert_false(fake_mmio_mapped(B0));
	assert_int_equal(fake_mmio_rd32(B0 + 0x400000), 77);
	/* To where another BAR was, while decoding: that one moves first. */
	cfg_set(0x18, B0 + 0x800000, 4);
	cfg_set(0x10, B2, 4);
	assert_int_equal(fake_mmio_rd32(B2), 77);
	assert_int_equal(fake_mmio_rd32(B0 + 0x800000), 0xdead0002);
}

/* RAM, and the chipset's range at the top, are not a BAR's to claim. */
static void bar_precedence(void **state)
{
	static const uint32_t at[] = {0,          0x10000,    0x200000,  0xfec00000,
				      0xfed90000, 0xfee00000, 0xffff0000};

	(void)state;
	cfg_set(0x04, CMD_MEMORY, 2);
	for (unsigned int i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		cfg_set(0x10, at[i], 4);
		assert_int_equal(cfg(0x10, 4), at[i]);
		assert_false(fake_mmio_mapped(at[i]));
	}
	cfg_set(0x10, 0xfebf0000, 4);
	assert_true(fake_mmio_mapped(0xfebf0000));
}

static void bar_map_fails(void **state)
{
	(void)state;
	fake.mmio_map_error = -ENOSPC;
	enable();
	assert_false(fake_mmio_mapped(B0));
	assert_non_null(strstr(fake.log, "cannot be mapped"));
	fake.mmio_map_error = 0;
	cfg_set(0x3c, 11, 1);
	assert_true(fake_mmio_mapped(B0)); /* tried again */
	assert_int_equal(cfg(0x3c, 1), 11);
}

static void bar_ram(void **state)
{
	(void)state;
	cfg_set(0x20, B0, 4);
	cfg_set(0x04, CMD_MEMORY, 2);
	fake_mmio_wr64(B0 + 0x1008, 0x1122334455667788);
	assert_int_equal(plain[0x1008], 0x88);
}

static void bar_access_size(void **state)
{
	uint8_t b[16];
	uint16_t h;

	(void)state;
	enable();
	reg[0] = 0x44332211;
	reg[1] = 0x88776655;
	fake_mmio_read(B0 + 1, b, 1);
	assert_int_equal(b[0], 0x22);
	fake_mmio_read(B0 + 2, &h, 2);
	assert_int_equal(h, 0x4433);
	assert_int_equal(fake_mmio_rd64(B0), 0x8877665544332211);
	fake_mmio_read(B0, b, 16);
	assert_int_equal(b[7], 0x88);
	/* Part of a register cannot be written, two registers can. */
	fake_mmio_write(B0, "\xff", 1);
	fake_mmio_write(B0 + 2, "\xff\xff", 2);
	fake_mmio_write(B0 + 2, "\xff\xff\xff\xff", 4);
	assert_int_equal(reg[0], 0x44332211);
	fake_mmio_wr64(B0, 0x1111111122222222);
	assert_int_equal(reg[0], 0x22222222);
	assert_int_equal(reg[1], 0x11111111);
}

/* 7.5.2.2, 5.3.1.4.1 */
static void power_state(void **state)
{
	unsigned int pmcsr = rig_cap(DEVFN, CAP_PM) + 4;
	uint8_t byte;

	(void)state;
	msix_on();
	cfg_set(pmcsr, 1, 2); /* D1: there is none */
	assert_int_equal(cfg(pmcsr, 2), 8);
	cfg_set(pmcsr, 3, 2);
	assert_int_equal(cfg(pmcsr, 2), 0xb);
	assert_false(fake_mmio_mapped(B0));
	assert_int_equal(pci_function_dma_read(&fn, FAKE_IOVA, &byte, 1), -EPERM);
	assert_int_equal(signal_vector(0), PB_EVF_BLOCKED);
	cfg_set(pmcsr, 2, 2); /* D2: neither; stays in D3hot */
	assert_int_equal(cfg(pmcsr, 2), 0xb);
	cfg_set(pmcsr, 0, 2);
	assert_true(fake_mmio_mapped(B0)); /* no soft reset: BARs are still there */
	assert_int_equal(signal_vector(0), PB_EVF_REMAPPED);
	assert_int_equal(resets, 0);
}

static void dma(void **state)
{
	uint32_t v = 0x12345678;

	(void)state;
	assert_int_equal(pci_function_dma_write(&fn, FAKE_IOVA + 0x1000, &v, 4), -EPERM);
	assert_int_equal(pci_function_dma_read(&fn, FAKE_IOVA + 0x1000, &v, 4), -EPERM);
	assert_int_equal(fake_rd32(0x1000), 0);
	enable();
	assert_int_equal(pci_function_dma_write(&fn, FAKE_IOVA + 0x1000, &v, 4), 0);
	assert_int_equal(vtd.dma_sid, DEVFN);
	assert_int_equal(fake_rd32(0x1000), 0x12345678);
	v = 0;
	assert_int_equal(pci_function_dma_read(&fn, FAKE_IOVA + 0x1000, &v, 4), 0);
	assert_int_equal(v, 0x12345678);
	vtd.refuse_dma = true;
	assert_int_equal(pci_function_dma_write(&fn, FAKE_IOVA + 0x1000, &v, 4), -EFAULT);
	assert_int_equal(cfg(0x06, 2), 0x0011); /* a write has no completion */
	assert_int_equal(pci_function_dma_read(&fn, FAKE_IOVA + 0x1000, &v, 4), -EFAULT);
	assert_int_equal(cfg(0x06, 2), 0x2011);
	cfg_set(0x06, 0x1fff, 2);
	assert_int_equal(cfg(0x06, 2), 0x2011);
	cfg_set(0x06, 0x2000, 2); /* 7.5.1.1.4: cleared by writing 1 */
	assert_int_equal(cfg(0x06, 2), 0x0011);
}

/* 7.7.2.6 to 7.7.2.9: after reset masked; which bits are there. */
static void msix_table(void **state)
{
	(void)state;
	enable();
	for (unsigned int i = 0; i < 40; i++)
		assert_int_equal(fake_mmio_rd32(TABLE + i * 16 + 12), 1);
	fake_mmio_wr32(TABLE + 16, 0xfee01003);
	fake_mmio_wr64(TABLE + 20, 0x000041d200000000);
	fake_mmio_wr32(TABLE + 28, 0xfffffffe);
	assert_int_equal(fake_mmio_rd32(TABLE + 16), 0xfee01000);
	assert_int_equal(fake_mmio_rd32(TABLE + 24), 0x41d2);
	assert_int_equal(fake_mmio_rd32(TABLE + 28), 0);
	assert_int_equal(fake_mmio_rd32(TABLE), 0); /* the neighbour */
	/* Behind the last entry are the function's own registers. */
	assert_int_equal(fake_mmio_rd32(TABLE + 40 * 16), 0xdead0002);
	/* The PBA is read only. */
	fake_mmio_wr64(PBA, ~0ull);
	assert_int_equal(fake_mmio_rd64(PBA), 0);
	assert_int_equal(fn.pending, 0);
}

static void msix_message(void **state)
{
	(void)state;
	msix_on();
	fake_mmio_wr32(TABLE + 39 * 16 + 4, 0);
	assert_int_equal(signal_vector(39), PB_EVF_REMAPPED);
	assert_int_equal(vtd.nr_sent, 1);
	assert_int_equal(vtd.sent[0].sid, DEVFN);
	assert_int_equal(vtd.sent[0].addr, 0xfee00010);
	assert_int_equal(vtd.sent[0].data, 139);
	assert_int_equal(signal_vector(40), PB_EVF_BLOCKED);
	assert_int_equal(signal_vector(~0u), PB_EVF_BLOCKED);
	assert_int_equal(vtd.nr_sent, 1);
}

/* 7.5.1.1.3: bus mastering; 7.7.2.2: MSI-X enable. Nothing is kept for later. */
static void msix_off(void **state)
{
	unsigned int msix = rig_cap(DEVFN, CAP_MSIX);

	(void)state;
	msix_on();
	cfg_set(0x04, CMD_MEMORY, 2);
	assert_int_equal(signal_vector(0), PB_EVF_BLOCKED);
	cfg_set(0x04, CMD_MEMORY | CMD_MASTER, 2);
	cfg_set(msix + 2, 0, 2);
	assert_int_equal(signal_vector(0), PB_EVF_BLOCKED);
	cfg_set(msix + 2, 0x8000, 2);
	assert_int_equal(vtd.nr_sent, 0);
	assert_int_equal(fake_mmio_rd64(PBA), 0);
}

/* 6.1.4.5: per-vector masking; many signals, one message. */
static void msix_vector_mask(void **state)
{
	(void)state;
	msix_on();
	fake_mmio_wr32(TABLE + 33 * 16 + 12, 1);
	assert_int_equal(signal_vector(33), PB_EVF_MASKED);
	assert_int_equal(signal_vector(33), PB_EVF_MASKED);
	assert_int_equal(signal_vector(32), PB_EVF_REMAPPED);
	assert_int_equal(vtd.nr_sent, 1);
	assert_int_equal(fake_mmio_rd64(PBA), 1ull << 33);
	assert_int_equal(fake_mmio_rd32(PBA + 4), 2);
	vtd.entry[133].vector = 0x55;
	fake_mmio_wr32(TABLE + 33 * 16 + 12, 0);
	assert_int_equal(vtd.nr_sent, 2);
	assert_int_equal(vtd.sent[1].data, 133);
	assert_int_equal(sents, 1);
	assert_int_equal(last_sent.vector, 0x55);
	assert_int_equal(fake_mmio_rd64(PBA), 0);
	fake_mmio_wr32(TABLE + 33 * 16 + 12, 0);
	assert_int_equal(vtd.nr_sent, 2);
}

/* 7.7.2.2: function mask */
static void msix_function_mask(void **state)
{
	unsigned int msix = rig_cap(DEVFN, CAP_MSIX);

	(void)state;
	msix_on();
	cfg_set(msix + 2, 0xc000, 2);
	fake_mmio_wr32(TABLE + 2 * 16 + 12, 1);
	assert_int_equal(signal_vector(1), PB_EVF_MASKED);
	assert_int_equal(signal_vector(2), PB_EVF_MASKED);
	cfg_set(msix + 2, 0x8000, 2);
	assert_int_equal(vtd.nr_sent, 1); /* vector 2 has its own mask */
	assert_int_equal(vtd.sent[0].data, 101);
	assert_int_equal(fake_mmio_rd64(PBA), 4);
	/* Unmasked while bus mastering is off: it stays pending until it is on. */
	cfg_set(0x04, CMD_MEMORY, 2);
	fake_mmio_wr32(TABLE + 2 * 16 + 12, 0);
	assert_int_equal(vtd.nr_sent, 1);
	cfg_set(0x04, CMD_MEMORY | CMD_MASTER, 2);
	assert_int_equal(vtd.nr_sent, 2);
	/* Disabling MSI-X drops what is pending. */
	cfg_set(msix + 2, 0xc000, 2);
	assert_int_equal(signal_vector(1), PB_EVF_MASKED);
	cfg_set(msix + 2, 0x4000, 2);
	assert_int_equal(fake_mmio_rd64(PBA), 0);
	cfg_set(msix + 2, 0x8000, 2);
	assert_int_equal(vtd.nr_sent, 2);
}

/* A message is a memory write: to another address it is one, through the IOMMU. */
static void msix_elsewhere(void **state)
{
	(void)state;
	msix_on();
	fake_mmio_wr32(TABLE, FAKE_IOVA + 0x2000);
	assert_int_equal(signal_vector(0), PB_EVF_BLOCKED);
	assert_int_equal(fake_rd32(0x2000), 100);
	fake_mmio_wr32(TABLE, 0xfee00010);
	fake_mmio_wr32(TABLE + 4, 1);
	assert_int_equal(signal_vector(0), PB_EVF_BLOCKED);
	assert_int_equal(vtd.nr_sent, 0);
}

static void msix_changes(void **state)
{
	unsigned int before;

	(void)state;
	msix_on();
	before = changes;
	fake_mmio_wr32(TABLE + 8, 7);
	assert_int_equal(changes, before + 1);
	vtd.entry[7].pid = 0x5000;
	assert_int_equal(pci_function_peek_pid(&fn, 0), 0x5000);
	fake_mmio_wr32(TABLE + 12, 1);
	assert_int_equal(pci_function_peek_pid(&fn, 0), 0x5000); /* masked or not */
	cfg_set(0x04, CMD_MEMORY, 2);
	assert_int_equal(pci_function_peek_pid(&fn, 0), 0);
	assert_int_equal(pci_function_peek_pid(&fn, 40), 0);
}

/* 6.6.2: everything is as after power-on. */
static void flr(void **state)
{
	uint32_t before[64];
	unsigned int e = rig_cap(DEVFN, CAP_EXP);

	(void)state;
	for (unsigned int i = 0; i < 64; i++)
		before[i] = cfg(i * 4, 4);
	msix_on();
	fake_mmio_wr32(TABLE + 12, 1);
	signal_vector(0);
	cfg_set(0x3c, 9, 1);
	cfg_set(e + 8, 0, 2);
	rig_flr(DEVFN);
	assert_int_equal(resets, 1);
	for (unsigned int i = 0; i < 64; i++)
		assert_int_equal(cfg(i * 4, 4), before[i]);
	assert_false(fake_mmio_mapped(B0));
	assert_int_equal(fn.pending, 0);
	enable();
	assert_int_equal(fake_mmio_rd32(TABLE + 16), 0);
	assert_int_equal(fake_mmio_rd32(TABLE + 28), 1);
	/* By a byte write to the upper half too; the bit reads zero. */
	cfg_set(e + 9, 0x80, 1);
	assert_int_equal(resets, 2);
	assert_int_equal(cfg(e + 8, 2), 0x2810);
	/* Not by the other bits of that register. */
	cfg_set(e + 8, 0x7fff, 2);
	assert_int_equal(resets, 2);
	assert_int_equal(cfg(e + 8, 2), 0x781f);
}

static void refused(void **state)
{
	static struct pci_function f;
	struct pci_function_desc d;

	(void)state;
	d = desc;
	d.bar[0].size = 0x8000;
	assert_int_equal(pci_function_init(&f, 0x28, &d, &ops), -EINVAL);
	d = desc;
	d.bar[0].size = 0x18000;
	assert_int_equal(pci_function_init(&f, 0x28, &d, &ops), -EINVAL);
	d = desc;
	d.msix_vectors = PCI_MSIX_MAX + 1;
	assert_int_equal(pci_function_init(&f, 0x28, &d, &ops), -EINVAL);
	d = desc;
	d.msix_pba = 0x1100; /* in the table */
	assert_int_equal(pci_function_init(&f, 0x28, &d, &ops), -EINVAL);
	d = desc;
	d.msix_bar = 3;
	assert_int_equal(pci_function_init(&f, 0x28, &d, &ops), -EINVAL);
	assert_int_equal(pci_function_init(&f, 0x100, &desc, &ops), -EINVAL);
	fake.pci_register_error = -EBUSY;
	assert_int_equal(pci_function_init(&f, 0x28, &desc, &ops), -EBUSY);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, rig_teardown)
	const struct CMUnitTest tests[] = {
		T(header),
		T(command),
		T(outside),
		T(capabilities),
		T(bar_sizing),
		T(bar_decode),
		T(bar_moves),
		T(bar_precedence),
		T(bar_map_fails),
		T(bar_ram),
		T(bar_access_size),
		T(power_state),
		T(dma),
		T(msix_table),
		T(msix_message),
		T(msix_off),
		T(msix_vector_mask),
		T(msix_function_mask),
		T(msix_elsewhere),
		T(msix_changes),
		T(flr),
		T(refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
