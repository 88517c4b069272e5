/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Multiboot entry in 32-bit protected mode; long mode; then metal_main(). */
	.set	MAGIC, 0x1badb002
	.section .multiboot, "a"
	.align	4
	.long	MAGIC, 0, -MAGIC

	.text
	.code32
	.globl	_start
_start:
	cli
	mov	$stack_top, %esp
	call	long_mode
	ljmp	$8, $1f
	.code64
1:	mov	$16, %ax
	mov	%ax, %ds
	mov	%ax, %es
	mov	%ax, %ss
	mov	%ax, %fs
	mov	%ax, %gs
	mov	$stack_top, %rsp
	call	metal_main
2:	cli
	hlt
	jmp	2b

/* Paging one to one for 4 GiB by 2 MiB pages (METAL_ALIAS after it), EFER.LME, the GDT. */
	.code32
long_mode:
	mov	$pml4, %edi
	movl	$pdpt + 3, (%edi)
	mov	$pdpt, %edi
	mov	$pd + 3, %eax
	mov	$4, %ecx
1:	mov	%eax, (%edi)
	add	$4096, %eax
	add	$8, %edi
	loop	1b
	mov	pdpt, %eax		/* and again the first GiB at 4 GiB */
	mov	%eax, pdpt + 32
	mov	$pd, %edi
	mov	$0x83, %eax
	mov	$2048, %ecx
2:	mov	%eax, (%edi)
	add	$0x200000, %eax
	add	$8, %edi
	loop	2b
enable:
	mov	%cr4, %eax
	or	$0x20, %eax
	mov	%eax, %cr4
	mov	$pml4, %eax
	mov	%eax, %cr3
	mov	$0xc0000080, %ecx
	rdmsr
	or	$0x100, %eax
	wrmsr
	mov	%cr0, %eax
	or	$0x80000021, %eax
	mov	%eax, %cr0
	lgdt	gdtr
	ret

/* The second CPU: copied to 0x8000, where the SIPI sends it. */
	.code16
	.globl	ap_start, ap_end
ap_start:
	cli
	xor	%ax, %ax
	mov	%ax, %ds
	lgdtl	(0x8000 + ap_gdtr - ap_start)
	mov	%cr0, %eax
	or	$1, %eax
	mov	%eax, %cr0
	ljmpl	$24, $ap32
ap_gdtr:
	.word	39
	.long	gdt
ap_end:
	.code32
ap32:	mov	$32, %ax
	mov	%ax, %ds
	mov	%ax, %ss
	mov	$ap_stack_top, %esp
	call	enable
	ljmp	$8, $1f
	.code64
1:	mov	$16, %ax
	mov	%ax, %ds
	mov	%ax, %es
	mov	%ax, %ss
	mov	$ap_stack_top, %rsp
	call	*ap_function(%rip)
2:	cli
	hlt
	jmp	2b

	.data
	.align	16
	.globl	gdt
gdt:	.quad	0
	.quad	0x00af9b000000ffff	/*  8: 64-bit code */
	.quad	0x00cf93000000ffff	/* 16: data */
	.quad	0x00cf9b000000ffff	/* 24: 32-bit code */
	.quad	0x00cf93000000ffff	/* 32: data */
	.globl	tss_descriptor
tss_descriptor:
	.quad	0x00008b0000000067	/* 40: TSS, busy, as VM entry wants it */
	.quad	0
gdtr:	.word	. - gdt - 1
	.long	gdt
	.long	0
	.globl	ap_function
ap_function: .quad 0

	.bss
	.align	4096
	.globl	pml4
pml4:	.skip	4096
pdpt:	.skip	4096
pd:	.skip	4 * 4096
	.skip	16384
stack_top:
	.skip	16384
ap_stack_top:
	.section .note.GNU-stack, "", @progbits
