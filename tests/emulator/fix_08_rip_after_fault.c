// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * An external interrupt that is recognized right after an exception was
 * delivered must save the exception handler's address as guest RIP (SDM
 * vol. 3, 28.3.3).  Blocking by MOV SS at VM entry holds the interrupt back for
 * exactly the instruction that faults.
 */
#include "metal.h"
#include "vmx.h"

#include <stddef.h>

#define VECTOR 0x50

void guest_ud(void);
void guest_handler(void);
__asm__(".text; guest_ud: ud2; vmcall\n"
	"guest_handler: nop; vmcall");

const char *test_main(void)
{
	const char *wrong = vmx_start(guest_ud, 0, false);
	uint64_t reason, rip;

	if (wrong)
		return wrong;
	vmx_guest_gate(6, guest_handler);
	vmx_write(VMCS_GUEST_INTERRUPTIBILITY, 2);
	wrmsr(X2APIC_SELF_IPI, VECTOR);
	reason = vmx_enter();
	rip = vmx_read(VMCS_GUEST_RIP);
	metal_print("exit reason %x, RIP %x, handler at %x\n", reason, rip,
		    (uint64_t)guest_handler);
	if (reason != EXIT_EXTERNAL_INTERRUPT)
		return "no VM exit for the interrupt";
	if (rip != (uint64_t)guest_handler)
		return "guest RIP is not the handler's";
	return NULL;
}
