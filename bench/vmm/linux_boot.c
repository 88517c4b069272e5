// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * linux_boot.c - RAM as a boot loader would leave it, and vCPU 0 at the 64-bit
 * entry (Documentation/x86/boot.rst, "64-bit Boot Protocol"). The others wait for
 * INIT and SIPI in KVM's local APICs.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/file.h"
#include "vmm/linux.h"
#include "vmm/sys.h"

/* Low memory. */
#define GDT       0x5000u
#define STACK     0x8000u
#define PML4      0x9000u /* PDPT and a PD for each GiB behind it */
#define ZERO_PAGE 0x10000u
#define CMDLINE   0x20000u
#define EBDA      0x9fc00u /* MP table: where kernels look for it, the last KiB below 640 */
#define LOW_END   0xa0000u
#define HIGH      0x100000u

/* The zero page, struct boot_params. */
#define ZP_E820_ENTRIES 0x1e8u
#define ZP_LOADER       0x210u
#define ZP_RAMDISK      0x218u
#define ZP_RAMDISK_SIZE 0x21cu
#define ZP_CMDLINE      0x228u
#define ZP_E820         0x2d0u
#define LOADER_OTHER    0xff

#define ENTRY_64  0x200u
#define IDENTITY  4u /* GiB that the first page tables map: RAM and the window */
#define HUGE_2M   (2ull << 20)
#define PDE_FLAGS 0x83u /* present, writable, large */
#define PTE_FLAGS 0x03u

#define FILE_BYTES (512u << 20)

struct e820 {
	uint64_t at, size;
	uint32_t type; /* 1: RAM, 2: reserved */
} __attribute__((packed));

struct blob {
	void *data;
	size_t size;
};

static int blob_read(struct linux_vmm *x, const char *name, bool needed, struct blob *b)
{
	char path[PATH_MAX];
	int r;

	snprintf(path, sizeof(path), "%s/%s", vmm_sys.guest, name);
	r = file_read(path, FILE_BYTES, &b->data, &b->size);
	if (r && (needed || r != -ENOENT))
		return vmm_fail(&x->m.line, r, "guest %s: %.80s: %s", name, path, strerror(-r));
	return 0;
}

static void put(uint8_t *page, size_t at, const void *data, size_t size)
{
	memcpy(page + at, data, size);
}

static void put32(uint8_t *page, size_t at, uint64_t value)
{
	uint32_t v = (uint32_t)value;

	memcpy(page + at, &v, sizeof(v));
}

/* As high as may be, so that the kernel below it has room to unpack itself. */
static int initrd_place(struct linux_vmm *x, const struct linux_bzimage *b, size_t size,
			uint64_t *at)
{
	uint64_t end = x->m.layout.size;

	if (b->initrd_max && end > b->initrd_max)
		end = b->initrd_max + 1;
	if (size >= end || ((end - size) & ~(uint64_t)(MINI_PAGE - 1)) < b->load + b->init_size)
		return vmm_fail(&x->m.line, -E2BIG,
				"guest: kernel and initramfs do not fit in %" PRIu64
				" MiB of memory",
				x->m.layout.size >> 20);
	*at = (end - size) & ~(uint64_t)(MINI_PAGE - 1);
	return 0;
}

static void zero_page(struct linux_vmm *x, const struct linux_bzimage *b, uint64_t initrd,
		      size_t initrd_size)
{
	const struct e820 map[] = {
		{0, EBDA, 1}, {EBDA, HIGH - EBDA, 2}, {HIGH, x->m.layout.size - HIGH, 1}};
	uint8_t *zp = x->m.mem + ZERO_PAGE;

	memset(zp, 0, LINUX_ZERO_PAGE);
	put(zp, LINUX_SETUP_HEADER, b->header, b->header_size);
	zp[ZP_LOADER] = LOADER_OTHER;
	put32(zp, ZP_RAMDISK, initrd);
	put32(zp, ZP_RAMDISK_SIZE, initrd_size);
	put32(zp, ZP_CMDLINE, CMDLINE);
	put(zp, ZP_E820, map, sizeof(map));
	zp[ZP_E820_ENTRIES] = sizeof(map) / sizeof(map[0]);
}

/*
 * tsc=reliable: no watchdog, whose timer would wake an idle guest. The console
 * costs an exit a character: what matters comes at warning level.
 */
static int command_line(struct linux_vmm *x, const struct linux_bzimage *b, const struct blob *more)
{
	char *line = (char *)x->m.mem + CMDLINE;
	int n = snprintf(line, MINI_PAGE,
			 "console=ttyS0 quiet loglevel=5 panic=-1 reboot=k tsc=reliable "
			 "mitigations=off nokaslr pci=conf1 random.trust_cpu=on 8250.nr_uarts=1 "
			 "nvme_core.io_timeout=%u nvme_core.default_ps_max_latency_us=0 ",
			 x->m.vmm.plan->guest.io_timeout_us / 1000000);
	size_t len = n < 0 ? MINI_PAGE : (size_t)n + more->size;

	if (len >= MINI_PAGE || len > b->cmdline_max)
		return vmm_fail(&x->m.line, -E2BIG,
				"guest kernel: a command line of %zu characters, it takes %u", len,
				b->cmdline_max);
	/* What this kernel needs besides: one line. */
	if (more->size)
		memcpy(line + n, more->data, more->size);
	line[len] = '\0';
	line[strcspn(line, "\n")] = '\0';
	return 0;
}

static void page_tables(uint8_t *mem)
{
	uint64_t *pml4 = (uint64_t *)(mem + PML4);
	uint64_t *pdpt = (uint64_t *)(mem + PML4 + MINI_PAGE), *pd = pdpt + 512;

	pml4[0] = (PML4 + MINI_PAGE) | PTE_FLAGS;
	for (uint64_t i = 0; i < IDENTITY; i++)
		pdpt[i] = (PML4 + (2 + i) * MINI_PAGE) | PTE_FLAGS;
	for (uint64_t i = 0; i < IDENTITY * 512; i++)
		pd[i] = i * HUGE_2M | PDE_FLAGS;
}

static int registers(struct linux_vmm *x, const struct linux_bzimage *b)
{
	struct kvm_segment s = {.limit = 0xffffffff,
				.selector = 0x10,
				.present = 1,
				.type = 11,
				.s = 1,
				.l = 1,
				.g = 1};
	struct kvm_regs regs = {
		.rip = b->load + ENTRY_64, .rflags = 2, .rsi = ZERO_PAGE, .rsp = STACK};
	uint64_t *gdt = (uint64_t *)(x->m.mem + GDT);
	struct kvm_sregs sr;
	int r = sys_ioctl(x->m.vcpu[0].fd, KVM_GET_SREGS, &sr);

	gdt[2] = 0x00af9b000000ffffull; /* __BOOT_CS: 64-bit code */
	gdt[3] = 0x00cf93000000ffffull; /* __BOOT_DS */
	sr.cs = s;
	s.type = 3;
	s.selector = 0x18;
	s.l = 0;
	s.db = 1;
	sr.ds = sr.es = sr.fs = sr.gs = sr.ss = s;
	sr.gdt.base = GDT;
	sr.gdt.limit = 4 * 8 - 1;
	sr.cr3 = PML4;
	sr.cr4 = 1u << 5; /* PAE */
	sr.cr0 = 1u << 31 | 1u << 4 | 1u; /* PG, ET, PE */
	sr.efer = 1u << 10 | 1u << 8; /* LMA, LME */
	if (r >= 0)
		r = sys_ioctl(x->m.vcpu[0].fd, KVM_SET_SREGS, &sr);
	if (r >= 0)
		r = sys_ioctl(x->m.vcpu[0].fd, KVM_SET_REGS, &regs);
	if (r < 0)
		return vmm_fail(&x->m.line, r, "vCPU 0: KVM does not take its registers: %s",
				strerror(-r));
	return 0;
}

static int load(struct linux_vmm *x, const struct blob *kernel, const struct blob *initrd,
		const struct blob *more)
{
	struct linux_bzimage b;
	uint64_t at = 0;
	int r = linux_bzimage_parse(kernel->data, kernel->size, &b, &x->m.line);

	r = r ?: initrd_place(x, &b, initrd->size, &at);
	r = r ?: command_line(x, &b, more);
	if (r)
		return r;
	memcpy(x->m.mem + b.load, b.kernel, b.kernel_size);
	memcpy(x->m.mem + at, initrd->data, initrd->size);
	zero_page(x, &b, at, initrd->size);
	linux_mptable_build(x->m.mem + EBDA, EBDA, x->m.vmm.plan->vcpus);
	page_tables(x->m.mem);
	return registers(x, &b);
}

int linux_boot_prepare(struct linux_vmm *x)
{
	struct blob kernel = {0}, initrd = {0}, more = {0};
	int r = blob_read(x, "kernel", true, &kernel);

	r = r ?: blob_read(x, "initrd", true, &initrd);
	r = r ?: blob_read(x, "cmdline", false, &more);
	r = r ?: load(x, &kernel, &initrd, &more);
	free(kernel.data);
	free(initrd.data);
	free(more.data);
	return r;
}
