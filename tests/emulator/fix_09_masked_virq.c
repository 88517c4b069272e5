// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * SDM vol. 3, 30.2.2: a pending virtual interrupt is delivered only when
 * RFLAGS.IF is 1. An external interrupt meanwhile is a VM exit and no reason
 * to deliver it.
 */
#include "metal.h"
#include "vmx.h"

#include <stddef.h>

#define VECTOR 0x41
#define OTHER  0x50

static volatile bool delivered;

static void handler(void)
{
	delivered = true;
	__asm__ volatile("vmcall");
}

static void guest(void)
{
	__asm__ volatile("nop; nop; nop; nop; vmcall\n"
			 "nop; nop; nop; vmcall");
}

const char *test_main(void)
{
	const char *wrong = vmx_start(guest, 0, true);
	uint64_t reason, rip;

	if (wrong)
		return wrong;
	vmx_guest_gate(VECTOR, handler);
	vmx_pid.pir[VECTOR / 32] = 1u << VECTOR % 32;
	vmx_pid.control = 1;
	wrmsr(X2APIC_SELF_IPI, VECTOR_NOTIFY);
	reason = vmx_enter();
	metal_print("exit reason %x, interrupt status %x, PID control %x\n", reason,
		    vmx_read(VMCS_GUEST_INTR_STATUS), (uint64_t)vmx_pid.control);
	if (reason != EXIT_VMCALL || (vmx_read(VMCS_GUEST_INTR_STATUS) & 0xff) != VECTOR)
		return "RVI is not pending with IF=0";
	rip = vmx_read(VMCS_GUEST_RIP) + 3;
	vmx_write(VMCS_GUEST_RIP, rip);
	wrmsr(X2APIC_SELF_IPI, OTHER);
	reason = vmx_enter();
	metal_print("exit reason %x, RIP %x of %x\n", reason, vmx_read(VMCS_GUEST_RIP), rip);
	if (delivered || reason != EXIT_EXTERNAL_INTERRUPT || vmx_read(VMCS_GUEST_RIP) != rip)
		return "a virtual interrupt was delivered with IF=0";
	return NULL;
}
