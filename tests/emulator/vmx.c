// SPDX-License-Identifier: LGPL-2.1-or-later
#include "vmx.h"

#include "metal.h"

#include <stddef.h>

#define PAGE __attribute__((aligned(4096)))

extern uint8_t gdt[], pml4[], tss_descriptor[];

int vmx_entry(int launched);

struct pid vmx_pid;
struct idt_page vmx_guest_idt;

static uint8_t vmxon_region[4096] PAGE, vmcs_region[4096] PAGE, virtual_apic[4096] PAGE;
static uint8_t msr_bitmap[4096] PAGE;
static uint64_t ept_pml4[512] PAGE, ept_pdpt[512] PAGE, ept_pd[2048] PAGE, ept_pt[512] PAGE;
static uint8_t guest_stack[8192] PAGE, tss[4096] PAGE;
/* Not on a 4 KiB boundary on purpose: 64 bytes is what the SDM asks for. */
static uint8_t pid_page[4096] PAGE;
static bool launched;

static void vmcs_set(uint64_t field, uint64_t value)
{
	__asm__ volatile("vmwrite %1, %0" : : "r"(field), "rm"(value) : "cc", "memory");
}

void vmx_write(enum vmcs_field field, uint64_t value)
{
	vmcs_set(field, value);
}

uint64_t vmx_read(enum vmcs_field field)
{
	uint64_t value = 0;

	__asm__ volatile("vmread %1, %0" : "=rm"(value) : "r"((uint64_t)field) : "cc");
	return value;
}

/* What may be 0 and what must be 1, from the capability MSR (SDM vol. 3, A.3). */
static uint32_t adjust(uint32_t want, uint32_t msr)
{
	uint64_t cap = rdmsr(msr);

	return (want | (uint32_t)cap) & (uint32_t)(cap >> 32);
}

static void ept_setup(void)
{
	ept_pml4[0] = (uint64_t)ept_pdpt | 7;
	for (uint64_t i = 0; i < 4; i++)
		ept_pdpt[i] = (uint64_t)(ept_pd + 512 * i) | 7;
	for (uint64_t i = 0; i < 2048; i++)
		ept_pd[i] = i << 21 | 0xb7;
}

void vmx_hide_guest_idt(void)
{
	uint64_t page = (uint64_t)&vmx_guest_idt, big = page >> 21;

	for (uint64_t i = 0; i < 512; i++)
		ept_pt[i] = (big << 21 | i << 12) | 0x37;
	ept_pt[page >> 12 & 511] = 0;
	ept_pd[big] = (uint64_t)ept_pt | 7;
}

void vmx_guest_gate(unsigned int vector, void (*handler)(void))
{
	uint64_t at = (uint64_t)handler;

	vmx_guest_idt.entry[2 * vector] =
		(at & 0xffff) | 8ULL << 16 | 0x8eULL << 40 | (at >> 16 & 0xffff) << 48;
	vmx_guest_idt.entry[2 * vector + 1] = at >> 32;
}

static void segments_set(void)
{
	static const struct {
		uint16_t guest_selector, host_selector, limit, rights, base;
		uint16_t selector;
		uint32_t access;
	} seg[] = {
		{0x800, 0xc00, 0x4800, 0x4814, 0x6806, 16, 0xc093}, /* ES */
		{0x802, 0xc02, 0x4802, 0x4816, 0x6808, 8, 0xa09b}, /* CS */
		{0x804, 0xc04, 0x4804, 0x4818, 0x680a, 16, 0xc093}, /* SS */
		{0x806, 0xc06, 0x4806, 0x481a, 0x680c, 16, 0xc093}, /* DS */
		{0x808, 0xc08, 0x4808, 0x481c, 0x680e, 16, 0xc093}, /* FS */
		{0x80a, 0xc0a, 0x480a, 0x481e, 0x6810, 16, 0xc093}, /* GS */
		{0x80e, 0xc0c, 0x480e, 0x4822, 0x6814, 40, 0x8b}, /* TR */
	};

	for (unsigned int i = 0; i < sizeof(seg) / sizeof(seg[0]); i++) {
		vmcs_set(seg[i].guest_selector, seg[i].selector);
		vmcs_set(seg[i].host_selector, seg[i].selector);
		vmcs_set(seg[i].limit, seg[i].access == 0x8b ? 0x67 : 0xffffffff);
		vmcs_set(seg[i].rights, seg[i].access);
		vmcs_set(seg[i].base, seg[i].access == 0x8b ? (uint64_t)tss : 0);
	}
	vmcs_set(0x80c, 0); /* LDTR: unusable */
	vmcs_set(0x4820, 0x10000);
	vmcs_set(0x480c, 0);
	vmcs_set(0x6812, 0);
	vmcs_set(0x6816, (uint64_t)gdt); /* guest GDTR, IDTR */
	vmcs_set(0x4810, 63);
	vmcs_set(0x6818, (uint64_t)&vmx_guest_idt);
	vmcs_set(0x4812, 4095);
	vmcs_set(0x6c0a, (uint64_t)tss); /* host TR, GDTR, IDTR bases */
	vmcs_set(0x6c0c, (uint64_t)gdt);
	vmcs_set(0x6c0e, 0);
}

static void registers_set(void (*rip)(void), uint64_t rflags)
{
	uint64_t cr0, cr3, cr4;

	__asm__ volatile("mov %%cr0, %0; mov %%cr3, %1; mov %%cr4, %2"
			 : "=r"(cr0), "=r"(cr3), "=r"(cr4));
	vmcs_set(0x6800, cr0);
	vmcs_set(0x6802, cr3);
	vmcs_set(0x6804, cr4);
	vmcs_set(0x6c00, cr0);
	vmcs_set(0x6c02, cr3);
	vmcs_set(0x6c04, cr4);
	vmcs_set(0x681a, 0x400); /* DR7 */
	vmcs_set(VMCS_GUEST_RSP, (uint64_t)(guest_stack + sizeof(guest_stack) - 16));
	vmcs_set(VMCS_GUEST_RIP, (uint64_t)rip);
	vmcs_set(VMCS_GUEST_RFLAGS, rflags | 2);
	vmcs_set(0x2800, ~0ULL); /* link pointer */
	vmcs_set(0x2806, rdmsr(0xc0000080)); /* guest EFER */
	vmcs_set(0x2c02, rdmsr(0xc0000080)); /* host EFER */
}

static void controls_set(bool apicv)
{
	/* external-interrupt exiting; process posted interrupts */
	vmcs_set(0x4000, adjust(1 | (apicv ? 0x80 : 0), 0x48d));
	/* use TPR shadow, MSR bitmaps, secondary controls */
	vmcs_set(0x4002, adjust(1u << 31 | 1u << 28 | (apicv ? 1u << 21 : 0), 0x48e));
	/* EPT; virtualize x2APIC, APIC-register virtualization, virtual-interrupt delivery */
	vmcs_set(0x401e, adjust(2 | (apicv ? 0x310 : 0), 0x48b));
	/* 64-bit host, acknowledge interrupt on exit, save and load EFER */
	vmcs_set(0x400c, adjust(0x200 | 0x8000 | 0x100000 | 0x200000, 0x48f));
	/* 64-bit guest, load EFER */
	vmcs_set(0x4012, adjust(0x200 | 0x8000, 0x490));
	vmcs_set(0x4004, 0); /* exception bitmap */
	vmcs_set(0x2004, (uint64_t)msr_bitmap);
	vmcs_set(0x201a, (uint64_t)ept_pml4 | 0x1e); /* write-back, 4 levels */
	vmcs_set(0x4006, 0);
	vmcs_set(0x4008, ~0u);
	if (!apicv)
		return;
	vmcs_set(0x2012, (uint64_t)virtual_apic);
	vmcs_set(0x2016, (uint64_t)(pid_page + 64));
	vmcs_set(0x0002, VECTOR_NOTIFY);
	vmcs_set(VMCS_GUEST_INTR_STATUS, 0);
	vmcs_set(0x401c, 0); /* TPR threshold */
	for (uint32_t field = 0x201c; field <= 0x2022; field += 2)
		vmcs_set(field, 0); /* EOI-exit bitmaps */
}

const char *vmx_start(void (*rip)(void), uint64_t rflags, bool apicv)
{
	uint32_t revision = (uint32_t)rdmsr(0x480) & 0x7fffffff;
	uint64_t region, cr4, base = (uint64_t)tss;
	uint8_t failed;

	*(uint32_t *)vmxon_region = revision;
	*(uint32_t *)vmcs_region = revision;
	*(uint64_t *)tss_descriptor |= (base & 0xffffff) << 16 | (base >> 24 & 0xff) << 56;
	__asm__ volatile("mov %%cr4, %0" : "=r"(cr4));
	__asm__ volatile("mov %0, %%cr4" : : "r"(cr4 | 1 << 13));
	if (!(rdmsr(0x3a) & 1))
		wrmsr(0x3a, 5);
	region = (uint64_t)vmxon_region;
	__asm__ volatile("vmxon %1; setna %0" : "=q"(failed) : "m"(region) : "cc", "memory");
	if (failed)
		return "VMXON";
	region = (uint64_t)vmcs_region;
	__asm__ volatile("vmclear %1; vmptrld %1; setna %0"
			 : "=q"(failed)
			 : "m"(region)
			 : "cc", "memory");
	if (failed)
		return "VMPTRLD";
	ept_setup();
	controls_set(apicv);
	segments_set();
	registers_set(rip, rflags);
	return NULL;
}

uint32_t vmx_enter(void)
{
	int failed;

	/* The PID that tests write is copied to where it really is, and back. */
	__builtin_memcpy(pid_page + 64, &vmx_pid, sizeof(vmx_pid));
	failed = vmx_entry(launched);
	__builtin_memcpy(&vmx_pid, pid_page + 64, sizeof(vmx_pid));
	if (failed)
		return ~0u;
	launched = true;
	return (uint32_t)vmx_read(VMCS_EXIT_REASON);
}
