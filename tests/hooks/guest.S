/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A floppy that keeps two CPUs busy with all that stepping and watching could
 * disturb: string instructions, stores all over an area of 256 KiB, locked
 * ones, timer interrupts, MONITOR and MWAIT.  Each CPU folds what it computes,
 * and the TSC, into a sum; both sums are printed, then the machine powers off.
 * Another order of instructions, or another tick, gives other sums.
 */
	.set AREA, 0x200000     /* 256 KiB, stored to by both */
	.set FLAG, 0x280000     /* monitored by the second CPU */
	.set HIGH, 0x40000000   /* where physical memory is mapped once more */
	.set READY, 0x281000
	.set SUM0, 0x282000
	.set SUM1, 0x282004
	.set TICKS, 0x282008
	.set BUF0, 0x300000
	.set BUF1, 0x340000
	.set IDT, 0x380000
	.set PAGES, 0x390000
	.set APIC, 0xfee00000
	.set ROUNDS, 400
	.set WAKES, 100

	.code16
	.globl _start
_start:
	cli
	xor %ax, %ax
	mov %ax, %ds
	mov %ax, %es
	mov %ax, %ss
	mov $0x7c00, %sp
	mov $0x0208, %ax        /* 8 sectors from the second on, to 0x7e00 */
	mov $0x0002, %cx
	xor %dx, %dx
	mov $0x7e00, %bx
	int $0x13
	in $0x92, %al
	or $2, %al
	out %al, $0x92
	mov $0xff, %al
	out %al, $0x21
	out %al, $0xa1
	lgdt gdtr
	mov %cr0, %eax
	or $1, %eax
	mov %eax, %cr0
	ljmpl $8, $bsp

gdt:
	.quad 0, 0x00cf9b000000ffff, 0x00cf93000000ffff
gdtr:
	.word 23
	.long gdt
idtr:
	.word 0x41 * 8 - 1
	.long IDT

	.org 510
	.word 0xaa55

	.code32
bsp:
	mov $16, %ax
	mov %ax, %ds
	mov %ax, %es
	mov %ax, %ss
	mov $0x90000, %esp
	mov $FLAG, %edi         /* flag, ready, sums */
	mov $0x1000, %ecx
	xor %eax, %eax
	rep stosl
	mov $PAGES, %edi
	mov $0x400, %ecx
	rep stosl
	movl $0x83, PAGES
	movl $0x83, PAGES + HIGH / 0x400000 * 4
	movl $0xfec00083, PAGES + 0x3fb * 4
	call paging
	movl $0x1ff, APIC + 0xf0
	/* The second CPU starts at 0x9000, where the BIOS left nothing of use. */
	mov $trampoline, %esi
	mov $0x9000, %edi
	mov $trampoline_end - trampoline, %ecx
	rep movsb
	movl $0, APIC + 0x310
	movl $0x000c4500, APIC + 0x300
	mov $100000, %ecx
1:	loop 1b
	movl $0x000c4609, APIC + 0x300
1:	cmpl $1, READY
	jne 1b
	/* A timer interrupt every 4999 ticks or so. */
	mov $tick, %eax
	movw %ax, IDT + 0x40 * 8
	shr $16, %eax
	movw %ax, IDT + 0x40 * 8 + 6
	movw %ax, IDT + 0x40 * 8 + 6
	movw $8, IDT + 0x40 * 8 + 2
	movw $0x8e00, IDT + 0x40 * 8 + 4
	lidt idtr
	movl $0xb, APIC + 0x3e0
	movl $0x20040, APIC + 0x320
	movl $4999, APIC + 0x380
	sti

	mov $BUF0, %ebp
	mov $1, %ebx
	call work
	mov %ebx, SUM0

	/* Wake the second CPU, again and again, each time it is asleep. */
	mov $WAKES, %ebx
2:	mov $2000, %ecx
1:	loop 1b
	incl HIGH + FLAG
	dec %ebx
	jnz 2b
1:	cmpl $2, READY
	jne 1b

	cli
	mov $0x3fb, %dx         /* 8 bits, no parity */
	mov $3, %al
	out %al, %dx
	mov SUM0, %eax
	call print
	mov SUM1, %eax
	call print
	mov TICKS, %eax
	call print
	mov $0x3fd, %dx         /* the last byte must have left */
1:	in %dx, %al
	test $0x40, %al
	jz 1b
	mov $power_off, %esi
	mov $0x8900, %dx
	mov $8, %ecx
	rep outsb
1:	hlt
	jmp 1b

tick:
	push %eax
	incl TICKS
	movl $0, APIC + 0xb0
	pop %eax
	iret

	/* 4 MiB pages: memory at 0 and at HIGH, so that linear is not physical. */
paging:
	mov %cr4, %eax
	or $0x10, %eax
	mov %eax, %cr4
	mov $PAGES, %eax
	mov %eax, %cr3
	mov %cr0, %eax
	or $0x80000000, %eax
	mov %eax, %cr0
	ret

	/* ebx: sum and seed; ebp: 128 KiB of its own */
work:
	mov $ROUNDS, %edx
round:
	push %edx
	/* string instructions of odd lengths, upwards and downwards */
	mov %ebx, %ecx
	and $0x3ff, %ecx
	inc %ecx
	mov %ebp, %edi
	mov %ebx, %eax
	rep stosb
	mov %ebx, %ecx
	shr $10, %ecx
	and $0x3ff, %ecx
	mov %ebp, %esi
	lea 0x10001(%ebp), %edi
	rep movsl
	std
	mov $77, %ecx
	rep movsb
	cld
	mov $300, %ecx
	mov %ebp, %edi
	mov %bl, %al
	repe scasb
	add %ecx, %ebx
	/* stores, plain and locked, where the sum says */
	mov $40, %ecx
1:	imul $1664525, %ebx, %ebx
	add $1013904223, %ebx
	mov %ebx, %edi
	shr $8, %edi
	and $0x3fffc, %edi
	add %ecx, AREA(%edi)
	lock incl AREA(%edi)
	xor AREA(%edi), %ebx
	test $1, %ebx
	jz 2f
	rol $3, %ebx
2:	test $2, %ebx
	jnz 3f
	push %ebx
	pop AREA(%edi)
3:	loop 1b
	rdtsc
	add %eax, %ebx
	pop %edx
	dec %edx
	jnz round
	ret

	/* eax in hexadecimal to the serial line */
print:
	mov %eax, %ebx
	mov $8, %ecx
1:	rol $4, %ebx
	mov %bl, %al
	and $15, %al
	cmp $10, %al
	sbb $0x69, %al
	das
	call put
	loop 1b
	mov $10, %al
put:
	mov $0x3f8, %dx
	push %eax
1:	add $5, %dx
	in %dx, %al
	sub $5, %dx
	test $0x20, %al
	jz 1b
	pop %eax
	out %al, %dx
	ret

power_off:
	.ascii "Shutdown"

	/* Runs at 0x9000, so position independent but for what it jumps to. */
	.code16
trampoline:
	cli
	xor %ax, %ax
	mov %ax, %ds
	lgdtl gdtr
	mov %cr0, %eax
	or $1, %eax
	mov %eax, %cr0
	ljmpl $8, $ap
trampoline_end:

	.code32
ap:
	mov $16, %ax
	mov %ax, %ds
	mov %ax, %es
	mov %ax, %ss
	mov $0x88000, %esp
	call paging
	movl $1, READY
	mov $BUF1, %ebp
	mov $2, %ebx
	call work
	/* Sleep until the flag has gone up often enough. */
sleep:
	mov $HIGH + FLAG, %eax
	xor %ecx, %ecx
	xor %edx, %edx
	monitor
	mov HIGH + FLAG, %eax
	cmp $WAKES, %eax
	je 1f
	xor %eax, %eax
	mwait
	rdtsc
	add %eax, %ebx
	jmp sleep
1:	mov %ebx, SUM1
	movl $2, READY
	cli
1:	hlt
	jmp 1b
