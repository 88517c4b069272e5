// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * SDM vol. 3, 30.6: RVI becomes the maximum of itself and the highest PIR bit,
 * and stays when no bit is set: here neither PIR nor VIRR has one.
 */
#include "metal.h"
#include "vmx.h"

#include <stddef.h>

static void guest(void)
{
	__asm__ volatile("sti; nop; nop; nop; cli; vmcall");
}

const char *test_main(void)
{
	const char *wrong = vmx_start(guest, 0, true);
	uint64_t reason;

	if (wrong)
		return wrong;
	vmx_pid.control = 1;
	wrmsr(X2APIC_SELF_IPI, VECTOR_NOTIFY);
	reason = vmx_enter();
	if (vmx_pid.control & 1)
		return "the notification was not taken at all";
	metal_print("exit reason %x, guest interrupt status %x\n", reason,
		    vmx_read(VMCS_GUEST_INTR_STATUS));
	if (reason != EXIT_VMCALL)
		return "an interrupt that nobody posted";
	if (vmx_read(VMCS_GUEST_INTR_STATUS) & 0xff)
		return "RVI is set with PIR and VIRR empty";
	return NULL;
}
