/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * lab.h - the one interface between our device models and the machine that
 * they are in.  The models are plain C and know nothing of the emulator; the
 * emulator's side is host/lab/emulator/glue.cc, a fake one for unit tests is
 * tests/unit/model/fake_lab.c.
 *
 * One process, one thread: nothing here locks.
 */
#ifndef LAB_H
#define LAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef void (*lab_timer_fn)(void *arg);
typedef void (*lab_mmio_read_fn)(void *arg, uint64_t offset, void *data, unsigned int len);
typedef void (*lab_mmio_write_fn)(void *arg, uint64_t offset, const void *data, unsigned int len);

/* Of struct lab_ops.cpu_state(). */
#define LAB_CPU_NON_ROOT 1u /* in VMX non-root operation */
#define LAB_CPU_IF       2u /* RFLAGS.IF */
#define LAB_CPU_SHADOW   4u /* interrupts are inhibited by STI or MOV SS */
#define LAB_CPU_HALTED   8u /* executes nothing until something wakes it */

/* What a model may ask of the machine. Filled in by the emulator before lab_init(). */
struct lab_ops {
	/* Physical memory, coherent with the CPUs; may cross pages. 0 or -EFAULT outside RAM. */
	int (*mem_read)(uint64_t pa, void *buf, size_t len);
	int (*mem_write)(uint64_t pa, const void *buf, size_t len);
	/* Emulated time in ticks, and the TSC as the CPUs read it. */
	uint64_t (*now)(void);
	uint64_t (*tsc)(void);
	/* One-shot timers: create at init, set to an absolute tick (> now), cancel. */
	int (*timer_create)(const char *name, lab_timer_fn fn, void *arg);
	void (*timer_set)(int timer, uint64_t tick);
	void (*timer_cancel)(int timer);
	/* An interrupt message on the APIC bus. Fields as in a remappable-format result. */
	void (*apic_deliver)(uint32_t dest, uint8_t vector, unsigned int delivery_mode,
			     bool logical, bool level);
	/* MMIO ranges of 64 KiB granularity. ram != NULL: plain memory, no handlers needed. */
	int (*mmio_map)(uint64_t base, uint64_t size, lab_mmio_read_fn rd, lab_mmio_write_fn wr,
			void *arg, void *ram);
	void (*mmio_unmap)(uint64_t base, uint64_t size, void *arg);
	/*
	 * Register a PCI function on bus 0: accesses to its configuration space
	 * (CF8/CFC) go to lab_pci_config_read()/write() with this pointer.
	 */
	int (*pci_register)(unsigned int devfn, const char *name, void *fn);
	/*
	 * Configuration space, 0 to 255, of a function of bus 0 that is not ours;
	 * 1, 2 or 4 bytes within a dword. All ones where there is none.
	 */
	uint32_t (*config_read)(unsigned int devfn, unsigned int offset, unsigned int len);
	void (*config_write)(unsigned int devfn, unsigned int offset, uint32_t value,
			     unsigned int len);
	/* Call lab_hook_store() after each CPU store to this 4 KiB page. Counted: nests. */
	void (*watch)(uint64_t page);
	void (*unwatch)(uint64_t page);
	/* The same for loads of it: lab_hook_load(). The page must be watched, too. */
	void (*watch_loads)(uint64_t page);
	void (*unwatch_loads)(uint64_t page);
	/* While on, lab_hook_step() is called before each instruction of this CPU. */
	void (*step)(unsigned int cpu, bool on);
	/* Instructions that this CPU has executed. */
	uint64_t (*icount)(unsigned int cpu);
	unsigned int (*cpus)(void);
	/* LAB_CPU_ of this CPU, and its RIP: at a step, of the instruction to come. */
	unsigned int (*cpu_state)(unsigned int cpu);
	uint64_t (*rip)(unsigned int cpu);
	/* Virtual-APIC page of its current VMCS as of the last VM entry; 0: none. */
	uint64_t (*virtual_apic)(unsigned int cpu);
	/* One line in the emulator's log. */
	void (*log)(const char *line);
};
extern const struct lab_ops *lab;

/* Called once when the machine is built; returns 0 or -errno (logged). */
int lab_init(const struct lab_ops *ops);
/* At hardware reset of the machine. */
void lab_reset(void);

/* --- hooks: the emulator calls these ------------------------------------- */

/* A message of the I/O APIC; true if the IOMMU took it (delivered or blocked). */
bool lab_hook_ioapic(uint64_t rte);
/* VM entry done / VM exit done; pid_pa: VMCS posted-interrupt descriptor address or 0. */
void lab_hook_vmentry(unsigned int cpu, uint64_t pid_pa);
void lab_hook_vmexit(unsigned int cpu, uint64_t pid_pa, uint32_t reason);
/* Posted-interrupt processing took the notification vector (PID already updated). */
void lab_hook_pip(unsigned int cpu, uint64_t pid_pa);
/* A virtual interrupt was delivered through the guest's IDT. */
void lab_hook_virq(unsigned int cpu, uint64_t pid_pa, uint8_t vector);
/* A CPU stored to a watched page (after the store). */
void lab_hook_store(unsigned int cpu, uint64_t pa, unsigned int len);
/* A CPU loaded from a page whose loads are watched (after the load). */
void lab_hook_load(unsigned int cpu, uint64_t pa, unsigned int len);
/* See step(). */
void lab_hook_step(unsigned int cpu);
/* pci_register()ed function's configuration space, offset 0..255, len 1, 2 or 4. */
uint32_t lab_pci_config_read(void *fn, unsigned int offset, unsigned int len);
void lab_pci_config_write(void *fn, unsigned int offset, uint32_t value, unsigned int len);

#ifdef __cplusplus
}
#endif
#endif
