/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * metal.h - the least that a program needs on the bare emulated machine: long
 * mode with everything mapped one to one, the serial line, the local APIC in
 * x2APIC mode, a second CPU, and (vmx.h) a guest.  Each fix_*.c is one program
 * that passes on the patched emulator and fails when its patch is left out.
 */
#ifndef METAL_H
#define METAL_H

#include <stdbool.h>
#include <stdint.h>

/* The test: returns NULL when it passed, else what was wrong. */
const char *test_main(void);

/* Print to the serial line; "%x" alone is known, for 64-bit values. */
void metal_print(const char *format, ...);

#define X2APIC_SELF_IPI   0x83f
#define X2APIC_ICR        0x830
#define X2APIC_EOI        0x80b
#define X2APIC_LVT_TIMER  0x832
#define X2APIC_INIT_COUNT 0x838
#define X2APIC_DIVIDE     0x83e

static inline uint64_t rdmsr(uint32_t msr)
{
	uint32_t lo, hi;

	__asm__ volatile("rdmsr" : "=a"(lo), "=d"(hi) : "c"(msr));
	return lo | (uint64_t)hi << 32;
}

static inline void wrmsr(uint32_t msr, uint64_t value)
{
	__asm__ volatile("wrmsr"
			 :
			 : "c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32))
			 : "memory");
}

static inline uint64_t rdtsc(void)
{
	uint32_t lo, hi;

	__asm__ volatile("rdtsc" : "=a"(lo), "=d"(hi) : : "memory");
	return lo | (uint64_t)hi << 32;
}

static inline void cpuid(uint32_t leaf, uint32_t subleaf, uint32_t r[4])
{
	__asm__ volatile("cpuid"
			 : "=a"(r[0]), "=b"(r[1]), "=c"(r[2]), "=d"(r[3])
			 : "a"(leaf), "c"(subleaf));
}

static inline void outb(uint16_t port, uint8_t value)
{
	__asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static inline uint8_t inb(uint16_t port)
{
	uint8_t value;

	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

/* The same memory at a linear address that is not its physical address. */
#define METAL_ALIAS(p) ((__typeof__(p))((uint64_t)(p) + (1ULL << 32)))

/* Start CPU 1: it runs fn() in long mode with interrupts off, on its own stack. */
void metal_start_cpu1(void (*fn)(void));

#endif
