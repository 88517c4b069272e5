/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * vmx.h - one guest in VMX non-root operation that shares the host's address
 * space (EPT one to one), with APICv and posted interrupts if asked for.
 * SDM vol. 3, chapters 25 to 30.
 */
#ifndef VMX_H
#define VMX_H

#include <stdbool.h>
#include <stdint.h>

#define VECTOR_NOTIFY 0xf2

struct pid {
	uint32_t pir[8];
	uint32_t control;
	uint32_t ndst;
	uint32_t reserved[6];
} __attribute__((aligned(64)));

/* Its own page, so that a test can take it away from the guest. */
struct idt_page {
	uint64_t entry[512];
} __attribute__((aligned(4096)));

extern struct pid vmx_pid;
extern struct idt_page vmx_guest_idt;

enum vmcs_field {
	VMCS_GUEST_INTR_STATUS = 0x0810,
	VMCS_ENTRY_INTR_INFO = 0x4016,
	VMCS_INSTR_ERROR = 0x4400,
	VMCS_EXIT_REASON = 0x4402,
	VMCS_EXIT_INTR_INFO = 0x4404,
	VMCS_IDT_VECTORING_INFO = 0x4408,
	VMCS_GUEST_INTERRUPTIBILITY = 0x4824,
	VMCS_GUEST_RSP = 0x681c,
	VMCS_GUEST_RIP = 0x681e,
	VMCS_GUEST_RFLAGS = 0x6820,
};

#define EXIT_EXTERNAL_INTERRUPT 1
#define EXIT_VMCALL             18
#define EXIT_EPT_VIOLATION      48

/* VMXON and a VMCS whose guest starts at `rip` with rflags; NULL, or what failed. */
const char *vmx_start(void (*rip)(void), uint64_t rflags, bool apicv);
/* VM entry; returns the exit reason, or ~0 when the entry itself failed. */
uint32_t vmx_enter(void);
uint64_t vmx_read(enum vmcs_field field);
void vmx_write(enum vmcs_field field, uint64_t value);
/* A gate of the guest's IDT. */
void vmx_guest_gate(unsigned int vector, void (*handler)(void));
/* Take the page of the guest's IDT out of the EPT. */
void vmx_hide_guest_idt(void);

#endif
