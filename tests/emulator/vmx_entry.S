/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* int vmx_entry(int launched): VM entry and back at the exit; 1 when entry failed. */
	.text
	.globl	vmx_entry
vmx_entry:
	push	%rbx
	push	%rbp
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	mov	$0x6c14, %eax		/* host RSP */
	vmwrite	%rsp, %rax
	mov	$0x6c16, %eax		/* host RIP */
	lea	2f(%rip), %rcx
	vmwrite	%rcx, %rax
	test	%edi, %edi
	jnz	1f
	vmlaunch
	jmp	3f
1:	vmresume
3:	mov	$1, %eax
	jmp	4f
2:	xor	%eax, %eax
4:	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbp
	pop	%rbx
	ret
	.section .note.GNU-stack, "", @progbits
