// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * With external-interrupt exiting, the guest's IF does not mask external
 * interrupts (SDM vol. 3, "External-Interrupt Exiting"): one that is pending
 * at VM entry is a VM exit at once, also when the guest is entered with IF=0.
 */
#include "metal.h"
#include "vmx.h"

#include <stddef.h>

#define VECTOR 0x50

static void guest(void)
{
	__asm__ volatile("nop; nop; nop; nop; vmcall");
}

const char *test_main(void)
{
	const char *wrong = vmx_start(guest, 0, false);
	uint64_t reason;

	if (wrong)
		return wrong;
	wrmsr(X2APIC_SELF_IPI, VECTOR);
	reason = vmx_enter();
	metal_print("exit reason %x\n", reason);
	if (reason != EXIT_EXTERNAL_INTERRUPT)
		return "an external interrupt waits for the guest's IF";
	return NULL;
}
