// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The enhanced configuration window, AER, and virtual functions.  Sections:
 * PCI Express Base Specification 6.0.
 */
#include "model/rig.h"

#include "model/fake_vtd.h"
#include "host/lab/model/pci.h"

#define DEVFN 0x20u
#define VFS   3u
#define B0    0xc0000000u
#define VF_B0 0xc1000000u
#define VF_B2 0xc2000000u

#define AER   0x100u
#define SRIOV 0x150u

static struct pci_function pf, vf[VFS];
static unsigned int resets[VFS + 1], changes, sents;

static uint32_t op_read(struct pci_function *f, unsigned int bar, uint32_t offset)
{
	return 0xabc00000u | f->number << 16 | bar << 12 | offset;
}

static void op_write(struct pci_function *f, unsigned int bar, uint32_t offset, uint32_t value)
{
	(void)f, (void)bar, (void)offset, (void)value;
}

static void op_reset(struct pci_function *f)
{
	resets[f->number]++;
}

static void op_vfs(struct pci_function *f)
{
	assert_ptr_equal(f, &pf);
	changes++;
}

static void op_sent(struct pci_function *f, unsigned int vector, const struct vtd_message *m)
{
	(void)f, (void)vector, (void)m;
	sents++;
}

static const struct pci_function_ops ops = {
	.read = op_read,
	.write = op_write,
	.reset = op_reset,
	.vfs_changed = op_vfs,
	.msix_sent = op_sent,
};

static const struct pci_function_desc vf_desc = {
	.name = "test VF",
	.vendor = 0x1234,
	.device = 0x5679,
	.class_code = 0x020000,
	.bar = {[0] = {.size = 0x10000}, [2] = {.size = 0x20000}},
	.msix_vectors = 4,
	.msix_bar = 2,
	.msix_table = 0,
	.msix_pba = 0x8000,
};

static const struct pci_function_desc pf_desc = {
	.name = "test PF",
	.vendor = 0x1234,
	.device = 0x5678,
	.class_code = 0x020000,
	.bar = {[0] = {.size = 0x10000}},
	.msix_vectors = 4,
	.msix_bar = 0,
	.msix_table = 0x1000,
	.msix_pba = 0x3000,
	.aer = true,
	.vfs = VFS,
	.vf = &vf_desc,
};

static int setup(void **state)
{
	rig_setup(state);
	memset(resets, 0, sizeof(resets));
	changes = sents = 0;
	assert_int_equal(pci_function_init(&pf, DEVFN, &pf_desc, &ops), 0);
	for (unsigned int i = 0; i < VFS; i++)
		assert_int_equal(pci_function_init_vf(&vf[i], &pf, i + 1, &ops), 0);
	return 0;
}

static uint64_t ecam(unsigned int devfn, unsigned int offset)
{
	return PCI_ECAM_BASE + devfn * 4096ull + offset;
}

static uint32_t rd(unsigned int devfn, unsigned int offset, unsigned int len)
{
	uint32_t v = 0;

	fake_mmio_read(ecam(devfn, offset), &v, len);
	return v;
}

static void wr(unsigned int devfn, unsigned int offset, uint32_t v, unsigned int len)
{
	fake_mmio_write(ecam(devfn, offset), &v, len);
}

static void sriov_on(unsigned int n)
{
	wr(DEVFN, 0x10, B0, 4);
	wr(DEVFN, 0x04, CMD_MEMORY | CMD_MASTER, 2);
	wr(DEVFN, SRIOV + 0x24, VF_B0, 4);
	wr(DEVFN, SRIOV + 0x2c, VF_B2, 4);
	wr(DEVFN, SRIOV + 0x10, n, 2);
	wr(DEVFN, SRIOV + 0x08, 9, 2);
}

static void vf_msix_on(unsigned int n)
{
	uint32_t table = VF_B2 + (n - 1) * 0x20000;

	wr(DEVFN + n, 0x04, CMD_MASTER, 2);
	wr(DEVFN + n, rig_cap(DEVFN + n, CAP_MSIX) + 2, 0x8000, 2);
	fake_mmio_wr32(table, 0xfee00010);
	fake_mmio_wr32(table + 8, 100 + n);
	fake_mmio_wr32(table + 12, 0);
}

static uint16_t signal_vector(struct pci_function *f)
{
	struct vtd_message m;

	pci_function_msix(f, 0, &m);
	return m.flags;
}

/* 7.2.2: the same registers as through CF8/CFC, whatever the access. */
static void window(void **state)
{
	uint8_t b[8];

	(void)state;
	assert_int_equal(rd(DEVFN, 0, 4), 0x56781234);
	assert_int_equal(rd(DEVFN, 2, 2), 0x5678);
	assert_int_equal(rd(DEVFN, 3, 1), 0x56);
	wr(DEVFN, 0x3c, 11, 1);
	assert_int_equal(fake_config_read(DEVFN, 0x3c, 1), 11);
	fake_config_write(DEVFN, 0x3c, 12, 1);
	assert_int_equal(rd(DEVFN, 0x3c, 4), 12);
	/* Odd ones are taken apart, not refused and not out of bounds. */
	fake_mmio_read(ecam(DEVFN, 0), b, 8);
	assert_memory_equal(b, "\x34\x12\x78\x56", 4);
	fake_mmio_read(ecam(DEVFN, 1), b, 4);
	assert_memory_equal(b, "\x12\x78\x56", 3);
	/* Other buses: nothing there. */
	fake_mmio_read(ecam(0x100 + DEVFN, 0), b, 4);
	assert_memory_equal(b, "\xff\xff\xff\xff", 4);
	fake_mmio_write(ecam(0x100 + DEVFN, 4), "\x02\x00", 2);
	assert_int_equal(rd(DEVFN, 4, 2), 0);
	fake_mmio_read(PCI_ECAM_BASE + PCI_ECAM_SIZE - 8, b, 8);
	assert_memory_equal(b, "\xff\xff\xff\xff\xff\xff\xff\xff", 8);
}

/* The machine's own functions: conventional, so nothing beyond 255. */
static void window_others(void **state)
{
	(void)state;
	memcpy(fake.other, "\x86\x80\x37\x12", 4);
	memset(fake.other + 252, 0x77, 4);
	assert_int_equal(rd(FAKE_OTHER, 0, 4), 0x12378086);
	assert_int_equal(rd(FAKE_OTHER, 252, 4), 0x77777777);
	assert_int_equal(rd(FAKE_OTHER, 1, 4), 0x00123780); /* in pieces within a dword */
	assert_int_equal(rd(FAKE_OTHER, 256, 4), 0xffffffff);
	wr(FAKE_OTHER, 0x3c, 9, 1);
	assert_int_equal(fake.other[0x3c], 9);
	wr(FAKE_OTHER, 0x100, 9, 4);
	assert_int_equal(rd(FAKE_OTHER + 1, 0, 4), 0xffffffff);
	wr(FAKE_OTHER + 1, 0, 0, 4);
}

/* 7.6.3: from 100h, each once, the last with next 0; nothing is a header of 0. */
static void extended_list(void **state)
{
	(void)state;
	assert_int_equal(rd(DEVFN, AER, 4), 0x15020001);
	assert_int_equal(rd(DEVFN, SRIOV, 4), 0x00010010);
	assert_int_equal(rd(POSTER0, 0x100, 4), 0);
	wr(DEVFN, AER, 0, 4);
	wr(DEVFN, SRIOV, 0xffffffff, 4);
	assert_int_equal(rd(DEVFN, AER, 4), 0x15020001);
	assert_int_equal(rd(DEVFN, SRIOV, 4), 0x00010010);
}

/* 7.8.4: clean whatever is written and refused; masks survive FLR (sticky). */
static void aer(void **state)
{
	uint32_t v;

	(void)state;
	wr(DEVFN, 0x04, CMD_MEMORY | CMD_MASTER, 2);
	for (unsigned int i = 4; i < 0x48; i += 4)
		wr(DEVFN, AER + i, 0xffffffff, 4);
	vtd.refuse_dma = true;
	assert_int_equal(pci_function_dma_read(&pf, FAKE_IOVA, &v, 4), -EFAULT);
	assert_int_equal(rd(DEVFN, AER + 0x04, 4), 0);
	assert_int_equal(rd(DEVFN, AER + 0x10, 4), 0);
	assert_int_equal(rd(DEVFN, AER + 0x08, 4), 0x0015d010);
	assert_int_equal(rd(DEVFN, AER + 0x14, 4), 0x31c1);
	for (unsigned int i = 0x18; i < 0x48; i += 4)
		assert_int_equal(rd(DEVFN, AER + i, 4), 0);
	rig_flr(DEVFN);
	assert_int_equal(rd(DEVFN, AER + 0x08, 4), 0x0015d010);
	assert_int_equal(rd(DEVFN, AER + 0x14, 4), 0x31c1);
	pci_function_reset(&pf);
	assert_int_equal(rd(DEVFN, AER + 0x08, 4), 0);
	assert_int_equal(rd(DEVFN, AER + 0x0c, 4), 0x00040010);
	assert_int_equal(rd(DEVFN, AER + 0x14, 4), 0x2000);
}

/* 9.3.3 */
static void capability(void **state)
{
	(void)state;
	assert_int_equal(rd(DEVFN, SRIOV + 0x04, 4), 0); /* no migration, no ARI: RCiEP */
	assert_int_equal(rd(DEVFN, SRIOV + 0x0c, 4), VFS << 16 | VFS); /* initial, total */
	assert_int_equal(rd(DEVFN, SRIOV + 0x10, 4), 0); /* none; depends on function 0 */
	assert_int_equal(rd(DEVFN, SRIOV + 0x14, 4), 0x00010001); /* stride, offset */
	assert_int_equal(rd(DEVFN, SRIOV + 0x18, 4), 0x56790000);
	assert_int_equal(rd(DEVFN, SRIOV + 0x1c, 4), 0x553);
	assert_int_equal(rd(DEVFN, SRIOV + 0x20, 4), 1);
	wr(DEVFN, SRIOV + 0x08, 0xfff6, 2);
	assert_int_equal(rd(DEVFN, SRIOV + 0x08, 2), 0);
	wr(DEVFN, SRIOV + 0x0c, 0, 4);
	wr(DEVFN, SRIOV + 0x12, 7, 2);
	wr(DEVFN, SRIOV + 0x14, 0, 4);
	wr(DEVFN, SRIOV + 0x18, 0, 4);
	wr(DEVFN, SRIOV + 0x1c, 0, 4);
	wr(DEVFN, SRIOV + 0x3c, 0xffffffff, 4);
	assert_int_equal(rd(DEVFN, SRIOV + 0x0c, 4), VFS << 16 | VFS);
	assert_int_equal(rd(DEVFN, SRIOV + 0x12, 2), 0);
	assert_int_equal(rd(DEVFN, SRIOV + 0x14, 4), 0x00010001);
	assert_int_equal(rd(DEVFN, SRIOV + 0x18, 4), 0x56790000);
	assert_int_equal(rd(DEVFN, SRIOV + 0x1c, 4), 0x553);
	assert_int_equal(rd(DEVFN, SRIOV + 0x3c, 4), 0);
}

/* 9.3.3.7: up to TotalVFs, and only while VF Enable is clear. */
static void num_vfs(void **state)
{
	(void)state;
	wr(DEVFN, SRIOV + 0x10, VFS + 1, 2);
	assert_int_equal(rd(DEVFN, SRIOV + 0x10, 2), 0);
	wr(DEVFN, SRIOV + 0x10, 2, 2);
	assert_int_equal(rd(DEVFN, SRIOV + 0x10, 2), 2);
	wr(DEVFN, SRIOV + 0x08, 1, 2);
	wr(DEVFN, SRIOV + 0x10, 3, 2);
	assert_int_equal(rd(DEVFN, SRIOV + 0x10, 2), 2);
	assert_int_equal(pci_function_vfs(&pf), 2);
	wr(DEVFN, SRIOV + 0x08, 0, 2);
	wr(DEVFN, SRIOV + 0x10, 3, 2);
	assert_int_equal(rd(DEVFN, SRIOV + 0x10, 2), 3);
	wr(DEVFN, SRIOV + 0x10, 0, 2);
	wr(DEVFN, SRIOV + 0x08, 1, 2);
	assert_int_equal(pci_function_vfs(&pf), 0);
}

/* 9.3.3.13, 9.3.3.14: each VF's share of a BAR is at least one system page. */
static void page_size(void **state)
{
	(void)state;
	wr(DEVFN, SRIOV + 0x24, 0xffffffff, 4);
	wr(DEVFN, SRIOV + 0x28, 0xffffffff, 4);
	assert_int_equal(rd(DEVFN, SRIOV + 0x24, 4), 0xffff0000);
	assert_int_equal(rd(DEVFN, SRIOV + 0x28, 4), 0);
	wr(DEVFN, SRIOV + 0x20, 0x40, 4); /* 256 KiB */
	wr(DEVFN, SRIOV + 0x20, 3, 4); /* two at once */
	wr(DEVFN, SRIOV + 0x20, 4, 4); /* not supported */
	assert_int_equal(rd(DEVFN, SRIOV + 0x20, 4), 0x40);
	wr(DEVFN, SRIOV + 0x24, 0xffffffff, 4);
	assert_int_equal(rd(DEVFN, SRIOV + 0x24, 4), 0xfffc0000);
	sriov_on(2);
	wr(DEVFN, SRIOV + 0x20, 1, 4); /* while enabled */
	assert_int_equal(rd(DEVFN, SRIOV + 0x20, 4), 0x40);
	assert_int_equal(fake_mmio_rd32(VF_B0 + 0x40000), 0xabc20000);
	assert_false(fake_mmio_mapped(VF_B0 + 0x10000));
	/* The share of a BAR that was set is cut to what is possible. */
	pci_function_reset(&pf);
	wr(DEVFN, SRIOV + 0x24, VF_B0 + 0x30000, 4);
	wr(DEVFN, SRIOV + 0x20, 0x40, 4);
	assert_int_equal(rd(DEVFN, SRIOV + 0x24, 4), VF_B0);
}

/* Not enabled, a VF is not there at all, on both ways. */
static void absent(void **state)
{
	struct vtd_message m;
	uint32_t v = 0;

	(void)state;
	assert_int_equal(rd(DEVFN + 1, 0, 4), 0xffffffff);
	assert_int_equal(rd(DEVFN + 1, 0x100, 4), 0xffffffff);
	assert_int_equal(fake_config_read(DEVFN + 1, 0, 4), 0xffffffff);
	wr(DEVFN + 1, 0x04, CMD_MASTER, 2);
	assert_int_equal(pci_function_dma_write(&vf[0], FAKE_IOVA, &v, 4), -EPERM);
	pci_function_msix(&vf[0], 0, &m);
	assert_int_equal(m.flags, PB_EVF_BLOCKED);
	sriov_on(2);
	assert_int_equal(changes, 1);
	assert_int_equal(rd(DEVFN + 1, 0x08, 4), 0x02000000);
	assert_int_equal(rd(DEVFN + 1, 0x04, 2), 0);
	assert_int_equal(rd(DEVFN + 3, 0, 4), 0xffffffff);
	wr(DEVFN, SRIOV + 0x08, 0, 2);
	assert_int_equal(changes, 2);
	assert_int_equal(rd(DEVFN + 1, 0x08, 4), 0xffffffff);
}

/* 9.3.4.1: what belongs to the PF is zero here and stays so. */
static void vf_header(void **state)
{
	unsigned int e;

	(void)state;
	sriov_on(VFS);
	for (unsigned int i = 1; i <= VFS; i++) {
		assert_int_equal(rd(DEVFN + i, 0, 4), 0xffffffff); /* see VF Device ID */
		wr(DEVFN + i, 0x04, 0xffff, 2);
		assert_int_equal(rd(DEVFN + i, 0x04, 2), CMD_MASTER);
		assert_int_equal(rd(DEVFN + i, 0x06, 2), 0x0011);
		for (unsigned int b = 0x0c; b < 0x2c; b += 4) {
			wr(DEVFN + i, b, 0xffffffff, 4);
			assert_int_equal(rd(DEVFN + i, b, 4), 0);
		}
		wr(DEVFN + i, 0x3c, 0xffffffff, 4);
		assert_int_equal(rd(DEVFN + i, 0x3c, 4), 0);
		assert_int_equal(rd(DEVFN + i, 0x2c, 4), 0x56791234);
		e = rig_cap(DEVFN + i, CAP_EXP);
		assert_int_equal(rd(DEVFN + i, e + 2, 2), 0x0092);
		assert_int_equal(rd(DEVFN + i, e + 4, 4) >> 28 & 1, 1);
		wr(DEVFN + i, e + 8, 0x7fff, 2);
		assert_int_equal(rd(DEVFN + i, e + 8, 2), 0);
		assert_int_equal(rd(DEVFN + i, 0x100, 4), 0);
	}
}

/* 9.3.3.3.4 VF MSE; 9.3.3.14: each VF behind the one before it. */
static void vf_bars(void **state)
{
	(void)state;
	sriov_on(2);
	assert_int_equal(fake_mmio_rd32(VF_B0), 0xabc10000);
	assert_int_equal(fake_mmio_rd32(VF_B0 + 0x10004), 0xabc20004);
	assert_false(fake_mmio_mapped(VF_B0 + 0x20000));
	assert_int_equal(fake_mmio_rd32(VF_B2 + 0x20000 + 0x100), 0xabc22100);
	wr(DEVFN, SRIOV + 0x24, VF_B0 + 0x10000, 4); /* onto its neighbour's place */
	assert_int_equal(fake_mmio_rd32(VF_B0 + 0x10000), 0xabc10000);
	assert_int_equal(fake_mmio_rd32(VF_B0 + 0x20000), 0xabc20000);
	wr(DEVFN, 0x04, 0, 2); /* the PF's memory decode is not theirs */
	assert_true(fake_mmio_mapped(VF_B0 + 0x10000));
	wr(DEVFN, SRIOV + 0x08, 1, 2);
	assert_false(fake_mmio_mapped(VF_B0 + 0x10000));
	wr(DEVFN, SRIOV + 0x08, 9, 2);
	assert_true(fake_mmio_mapped(VF_B0 + 0x10000));
	wr(DEVFN, SRIOV + 0x08, 8, 2);
	assert_false(fake_mmio_mapped(VF_B0 + 0x10000));
}

/* 9.2.1.2: requester ids; interrupts from tables of their own. */
static void vf_identity(void **state)
{
	uint32_t v = 7;

	(void)state;
	sriov_on(VFS);
	for (unsigned int i = 1; i <= VFS; i++) {
		assert_int_equal(pci_function_dma_write(&vf[i - 1], FAKE_IOVA, &v, 4), -EPERM);
		vf_msix_on(i);
		assert_int_equal(pci_function_dma_write(&vf[i - 1], FAKE_IOVA, &v, 4), 0);
		assert_int_equal(vtd.dma_sid, DEVFN + i);
		assert_int_equal(signal_vector(&vf[i - 1]), PB_EVF_REMAPPED);
		assert_int_equal(vtd.sent[i - 1].sid, DEVFN + i);
		assert_int_equal(vtd.sent[i - 1].data, 100 + i);
	}
	assert_int_equal(signal_vector(&pf), PB_EVF_BLOCKED); /* nobody turned its own on */
}

/* 9.2.2.2: FLR of a VF leaves the others, and does not disable it. */
static void vf_flr(void **state)
{
	(void)state;
	sriov_on(2);
	vf_msix_on(1);
	vf_msix_on(2);
	memset(resets, 0, sizeof(resets));
	rig_flr(DEVFN + 1);
	assert_int_equal(resets[1], 1);
	assert_int_equal(resets[0] + resets[2], 0);
	assert_int_equal(rd(DEVFN + 1, 0x04, 2), 0);
	assert_int_equal(fake_mmio_rd32(VF_B2 + 12), 1); /* masked; the BAR is still there */
	assert_int_equal(signal_vector(&vf[0]), PB_EVF_BLOCKED);
	assert_int_equal(signal_vector(&vf[1]), PB_EVF_REMAPPED);
	assert_int_equal(pci_function_vfs(&pf), 2);
}

/* 9.2.2.3: FLR of the PF takes the VFs away; so does the machine's reset. */
static void pf_flr(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 2; i++) {
		sriov_on(2);
		vf_msix_on(1);
		memset(resets, 0, sizeof(resets));
		changes = 0;
		if (i)
			pci_function_reset(&pf);
		else
			rig_flr(DEVFN);
		assert_int_equal(resets[0], 1);
		assert_int_equal(resets[1], 1);
		assert_int_equal(resets[2], 1);
		assert_int_equal(resets[3], 0);
		assert_int_equal(changes, 1);
		assert_int_equal(pci_function_vfs(&pf), 0);
		assert_int_equal(rd(DEVFN, SRIOV + 0x08, 4), 0);
		assert_int_equal(rd(DEVFN, SRIOV + 0x10, 2), 0);
		assert_int_equal(rd(DEVFN + 1, 0x08, 4), 0xffffffff);
		assert_false(fake_mmio_mapped(VF_B0));
		sriov_on(2); /* they come back as after reset */
		assert_int_equal(rd(DEVFN + 1, 0x04, 2), 0);
		assert_int_equal(signal_vector(&vf[0]), PB_EVF_BLOCKED);
	}
}

/* 9.6: a VF is in no higher power state than its PF. */
static void power(void **state)
{
	unsigned int pm = rig_cap(DEVFN, CAP_PM) + 4;

	(void)state;
	sriov_on(1);
	vf_msix_on(1);
	fake_mmio_wr32(VF_B2 + 12, 1);
	assert_int_equal(signal_vector(&vf[0]), PB_EVF_MASKED);
	fake_mmio_wr32(VF_B2 + 16 * 1 + 12, 0);
	wr(DEVFN, pm, 3, 2);
	assert_false(fake_mmio_mapped(VF_B0));
	assert_int_equal(signal_vector(&vf[0]), PB_EVF_BLOCKED);
	wr(DEVFN, pm, 0, 2);
	assert_true(fake_mmio_mapped(VF_B0));
	assert_int_equal(fake_mmio_rd32(VF_B2 + 0x8000), 1); /* still pending */
	fake_mmio_wr32(VF_B2 + 12, 0);
	assert_int_equal(sents, 1);
	/* Its own state too. */
	wr(DEVFN + 1, rig_cap(DEVFN + 1, CAP_PM) + 4, 3, 2);
	assert_false(fake_mmio_mapped(VF_B0));
	assert_true(fake_mmio_mapped(B0));
}

/* Unmasked while the PF sleeps: the message goes out when it wakes up. */
static void power_pending(void **state)
{
	unsigned int pm = rig_cap(DEVFN, CAP_PM) + 4, msix;

	(void)state;
	sriov_on(1);
	vf_msix_on(1);
	msix = rig_cap(DEVFN + 1, CAP_MSIX) + 2;
	wr(DEVFN + 1, msix, 0xc000, 2);
	assert_int_equal(signal_vector(&vf[0]), PB_EVF_MASKED);
	wr(DEVFN, pm, 3, 2);
	wr(DEVFN + 1, msix, 0x8000, 2);
	assert_int_equal(sents, 0);
	wr(DEVFN, pm, 0, 2);
	assert_int_equal(sents, 1);
}

static void refused(void **state)
{
	static struct pci_function f;
	struct pci_function_desc d, v;

	(void)state;
	assert_int_equal(pci_function_init_vf(&f, &pf, 0, &ops), -EINVAL);
	assert_int_equal(pci_function_init_vf(&f, &pf, 1, &ops), -EINVAL); /* there already */
	assert_int_equal(pci_function_init_vf(&f, &pf, VFS + 1, &ops), -EINVAL);
	assert_int_equal(pci_function_init(&f, DEVFN, &pf_desc, &ops), -EBUSY);
	d = pf_desc;
	d.vfs = PCI_VFS_MAX + 1;
	assert_int_equal(pci_function_init(&f, 0x28, &d, &ops), -EINVAL);
	d.vfs = 3;
	assert_int_equal(pci_function_init(&f, 0x2d, &d, &ops), -EINVAL); /* no room behind it */
	d.vf = NULL;
	assert_int_equal(pci_function_init(&f, 0x28, &d, &ops), -EINVAL);
	d.vf = &v;
	v = vf_desc;
	v.vendor = 1;
	assert_int_equal(pci_function_init(&f, 0x28, &d, &ops), -EINVAL);
	v = vf_desc;
	v.bar[0].size = 1;
	assert_int_equal(pci_function_init(&f, 0x28, &d, &ops), -EINVAL);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, rig_teardown)
	const struct CMUnitTest tests[] = {
		T(window),     T(window_others), T(extended_list), T(aer),
		T(capability), T(num_vfs),       T(page_size),     T(absent),
		T(vf_header),  T(vf_bars),       T(vf_identity),   T(vf_flr),
		T(pf_flr),     T(power),         T(power_pending), T(refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
