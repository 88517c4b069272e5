// SPDX-License-Identifier: LGPL-2.1-or-later
/* SDM vol. 3, 26.2.1.1: bits 5:0 of the posted-interrupt descriptor address are 0, no more. */
#include "metal.h"
#include "vmx.h"

#include <stddef.h>

static void guest(void)
{
	__asm__ volatile("vmcall");
}

const char *test_main(void)
{
	const char *wrong = vmx_start(guest, 0, true);

	if (wrong)
		return wrong;
	if (vmx_enter() != EXIT_VMCALL) {
		metal_print("instruction error %x, exit reason %x\n", vmx_read(VMCS_INSTR_ERROR),
			    vmx_read(VMCS_EXIT_REASON));
		return "VM entry with a descriptor that is 64-byte aligned";
	}
	return NULL;
}
