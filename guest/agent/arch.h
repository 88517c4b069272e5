/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * arch.h - the privileged instructions that the agent uses.  A unit test that
 * compiles agent.c for the host defines PB_AGENT_ARCH_H and its own versions.
 */
#ifndef PB_AGENT_ARCH_H
#define PB_AGENT_ARCH_H

#include <stdint.h>

static inline uint64_t arch_tsc(void)
{
	uint32_t lo, hi;

	__asm__ volatile("rdtsc" : "=a"(lo), "=d"(hi));
	return (uint64_t)hi << 32 | lo;
}

static inline uint64_t arch_rdmsr(uint32_t msr)
{
	uint32_t lo, hi;

	__asm__ volatile("rdmsr" : "=a"(lo), "=d"(hi) : "c"(msr));
	return (uint64_t)hi << 32 | lo;
}

static inline void arch_wrmsr(uint32_t msr, uint64_t value)
{
	__asm__ volatile("wrmsr"
			 :
			 : "c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32))
			 : "memory");
}

/* Writes to x2APIC MSRs and IA32_TSC_DEADLINE do not serialise (SDM vol. 3, 12.5.4.1, 12.12.3). */
static inline void arch_msr_fence(void)
{
	__asm__ volatile("mfence; lfence" ::: "memory");
}

static inline uint64_t arch_cr2(void)
{
	uint64_t v;

	__asm__ volatile("mov %%cr2, %0" : "=r"(v));
	return v;
}

static inline void arch_cli(void)
{
	__asm__ volatile("cli" ::: "memory");
}

static inline void arch_sti(void)
{
	__asm__ volatile("sti" ::: "memory");
}

/*
 * STI holds interrupts off until after the next instruction: whatever came
 * since CLI wakes the HLT at once (SDM vol. 2, STI).
 */
static inline void arch_sti_hlt(void)
{
	__asm__ volatile("sti; hlt" ::: "memory");
}

static inline void arch_pause(void)
{
	__asm__ volatile("pause" ::: "memory");
}

static inline void arch_out(uint16_t port, uint32_t value)
{
	__asm__ volatile("outl %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

static inline void arch_lidt(const void *pseudo_descriptor)
{
	__asm__ volatile("lidt (%0)" : : "r"(pseudo_descriptor) : "memory");
}

_Noreturn static inline void arch_rest(void)
{
	for (;;)
		__asm__ volatile("cli; hlt" ::: "memory");
}

#endif
