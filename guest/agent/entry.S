/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * entry.S - first instruction of the flat image, and the 256 interrupt stubs.
 *
 * The VMM enters here in 64-bit mode, interrupts off: RDI and GS base hold the
 * address of the vCPU's struct pb_agent_input, RSP the top of its stack.
 */
	.section .text.entry, "ax"
	.globl	agent_entry
agent_entry:
	call	agent_main
	ud2

	.text
/*
 * The TSC is read before anything that could take long.  What is saved is what
 * the System V ABI lets a C function clobber; struct agent_frame mirrors it.
 * The CPU aligned RSP to 16 and 16 words are pushed in all: aligned for the call.
 */
	.type	interrupt, @function
interrupt:
	push	%rax
	push	%rdx
	rdtsc
	push	%rcx
	push	%rsi
	push	%rdi
	push	%r8
	push	%r9
	push	%r10
	push	%r11
	shl	$32, %rdx
	or	%rax, %rdx
	mov	%gs:0, %rdi
	mov	%rsp, %rsi
	cld
	call	agent_interrupt
	pop	%r11
	pop	%r10
	pop	%r9
	pop	%r8
	pop	%rdi
	pop	%rsi
	pop	%rcx
	pop	%rdx
	pop	%rax
	add	$16, %rsp
	iretq

/* Exceptions for which the CPU pushes an error code: SDM vol. 3, table 7-1. */
	.balign	16
	.globl	agent_stubs
agent_stubs:
	.set	vector, 0
	.rept	256
	.balign	16
	.if	!(vector == 8 || (vector >= 10 && vector <= 14) || vector == 17 || vector == 21 || vector == 29 || vector == 30)
	pushq	$0
	.endif
	pushq	$vector
	jmp	interrupt
	.set	vector, vector + 1
	.endr
	.balign	16

	.section .note.GNU-stack, "", @progbits
