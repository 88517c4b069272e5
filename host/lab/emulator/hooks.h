/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * hooks.h - what the patches in patches/ call inside Bochs, implemented by
 * glue.cc.  Only Bochs's own types appear here, so that Bochs need not be
 * built again when a model or its interface (host/lab/model/lab.h) changes.
 */
#ifndef LAB_HOOKS_H
#define LAB_HOOKS_H

#include "config.h"

class BX_CPU_C;
struct bxICacheEntry_c;

/* At the end of device initialization; at each reset of the machine. */
void glue_init(void);
void glue_reset(void);

/* An I/O APIC entry fires; true: taken, nothing else to deliver. */
bool glue_ioapic(Bit64u rte);

/* After the state of a VM entry is loaded, before it injects an event. */
void glue_vmentry(BX_CPU_C *cpu);
/* After host state is loaded; reason: basic exit reason. */
void glue_vmexit(BX_CPU_C *cpu, Bit32u reason);
/* After posted-interrupt processing. */
void glue_pip(BX_CPU_C *cpu);
/* After a virtual interrupt went through the guest's IDT. */
void glue_virq(BX_CPU_C *cpu, Bit8u vector);

/*
 * Watched pages.  No CPU has a direct pointer for writing to one, so every
 * store to it takes the slow path and reports itself after it is done.
 */
extern unsigned glue_watches; /* how many pages */
bool glue_watched(bx_phy_address paddr);
void glue_store(BX_CPU_C *cpu, bx_phy_address paddr, unsigned len);

/* The same for loads, of those pages for which they are asked for. */
extern unsigned glue_load_watches;
bool glue_load_watched(bx_phy_address paddr);
void glue_load(BX_CPU_C *cpu, bx_phy_address paddr, unsigned len);

/*
 * Take from all CPUs their direct pointers to this page; the translations
 * stay, so nothing that the machine can see changes.
 */
void glue_revoke_direct(bx_phy_address paddr);

/*
 * Stepping: a trace of a CPU whose bit is set here is run one instruction at a
 * time, in the same round and with the same end as it would have had.
 */
extern Bit32u glue_stepping;
#define GLUE_ASYNC_STEP (1u << 30) /* in async_event: return after this instruction */
/* Instead of cpu_run_trace(). */
void glue_run_trace(BX_CPU_C *cpu);
/* Stepping began in a trace that started at rip, icount: run the rest of it. */
void glue_run_rest(BX_CPU_C *cpu, bxICacheEntry_c *entry, bx_address rip, Bit64u icount);

/* End the process: 0 after a power-off, GLUE_EXIT_PANIC otherwise. */
#define GLUE_EXIT_PANIC 80
void glue_exit(const char *prefix, const char *message) __attribute__((noreturn));

#endif
