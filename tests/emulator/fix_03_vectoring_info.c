// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * SDM vol. 3, 28.2.4: a VM exit that happens during delivery of a virtual
 * interrupt records it as IDT-vectoring information; else it is lost, since
 * virtual-interrupt delivery has already moved it from VIRR to VISR.
 */
#include "metal.h"
#include "vmx.h"

#include <stddef.h>

#define VECTOR 0x41

static void handler(void)
{
	__asm__ volatile("vmcall");
}

static void guest(void)
{
	__asm__ volatile("sti; nop; nop; nop; cli; vmcall");
}

const char *test_main(void)
{
	const char *wrong = vmx_start(guest, 0, true);
	uint64_t info;

	if (wrong)
		return wrong;
	vmx_guest_gate(VECTOR, handler);
	vmx_hide_guest_idt();
	vmx_pid.pir[VECTOR / 32] = 1u << VECTOR % 32;
	vmx_pid.control = 1;
	wrmsr(X2APIC_SELF_IPI, VECTOR_NOTIFY);
	if (vmx_enter() != EXIT_EPT_VIOLATION)
		return "no EPT violation at the first touch of the guest's IDT";
	info = vmx_read(VMCS_IDT_VECTORING_INFO);
	metal_print("IDT-vectoring information %x\n", info);
	if ((info & 0x800007ff) != (0x80000000u | VECTOR))
		return "IDT-vectoring information does not name the interrupt";
	return NULL;
}
