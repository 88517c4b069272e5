/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * fake_lab.h - a machine for unit tests of the device models: implements all
 * of struct lab_ops (host/lab/model/lab.h) with RAM that is an array, time
 * that moves only when a test says so, and everything that a model does to
 * the outside captured for the test to look at.
 *
 * A wrong use of the interface (overlapping MMIO, a timer in the past, an
 * unwatch without a watch...) fails the running cmocka test at once.
 *
 * The models' hooks are called through pointers (`on_...`), which a test sets
 * to the real lab_hook_...() or to its own function; NULL: not called.
 */
#ifndef TESTS_FAKE_LAB_H
#define TESTS_FAKE_LAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/lab/model/lab.h"

#define FAKE_RAM_SIZE   0x4000000u /* 64 MiB at physical address 0, zeroed by init */
#define FAKE_HIGH_BASE  0x7f00000000ull /* a second piece, above 4 GiB */
#define FAKE_HIGH_SIZE  0x100000u /* 1 MiB */
#define FAKE_MAX_MSGS   512
#define FAKE_MAX_TIMERS 32
#define FAKE_MAX_MMIO   64
#define FAKE_MAX_PCI    64
#define FAKE_MAX_CPUS   16
#define FAKE_MAX_WATCH  64
#define FAKE_MAX_FAULTS 512
#define FAKE_OTHER      0x08 /* devfn of a function that no model has */

struct fake_apic_msg {
	uint32_t dest;
	uint8_t vector;
	unsigned int delivery_mode;
	bool logical;
	bool level;
	uint64_t tick; /* when */
};

struct fake_fault {
	uint16_t sid;
	uint8_t reason;
	uint64_t addr;
};

struct fake_lab {
	/* What models did. */
	struct fake_apic_msg msg[FAKE_MAX_MSGS]; /* APIC messages, oldest first */
	unsigned int msgs;
	struct fake_fault fault[FAKE_MAX_FAULTS]; /* truth_fault(), unless truth.c is linked */
	unsigned int faults;
	struct {
		unsigned int devfn;
		const char *name;
		void *fn;
	} pci[FAKE_MAX_PCI];
	unsigned int pcis;
	uint8_t other[256]; /* configuration space of FAKE_OTHER */
	struct {
		uint64_t page;
		unsigned int count;
	} watch[FAKE_MAX_WATCH];
	unsigned int watches; /* slots used; count may be 0 */
	unsigned int load_watches; /* pages whose loads are watched, too */
	bool stepping[FAKE_MAX_CPUS];
	char log[256]; /* last line */
	unsigned int logs;
	uint64_t reads, writes; /* mem_read()/mem_write() calls */

	/* What a test may set. */
	uint64_t tick; /* better: fake_advance() */
	uint64_t tsc_offset; /* tsc() = now() + tsc_offset */
	uint64_t icount[FAKE_MAX_CPUS];
	unsigned int cpus; /* 2 */
	unsigned int cpu_state[FAKE_MAX_CPUS]; /* LAB_CPU_ */
	uint64_t rip[FAKE_MAX_CPUS];
	uint64_t virtual_apic;
	int pci_register_error; /* pci_register() returns this when not 0 */
	int mmio_map_error; /* mmio_map() returns this when not 0 */
	int timer_create_error; /* timer_create() returns this when not 0 */
	void (*on_mem_write)(uint64_t pa, size_t len); /* before each mem_write() */
	void (*on_apic)(const struct fake_apic_msg *m); /* at each APIC message */
	void (*on_store)(unsigned int cpu, uint64_t pa, unsigned int len);
	void (*on_load)(unsigned int cpu, uint64_t pa, unsigned int len);
	void (*on_step)(unsigned int cpu);
	uint32_t (*on_config_read)(void *fn, unsigned int offset, unsigned int len);
	void (*on_config_write)(void *fn, unsigned int offset, uint32_t value, unsigned int len);
};
extern struct fake_lab fake;

/* Fresh machine: zero RAM, tick 1000, nothing mapped; sets `lab`. Call in the set-up. */
void fake_init(void);
/* Give RAM back. Call in the tear-down. */
void fake_fini(void);
extern const struct lab_ops fake_lab_ops;

/* --- memory, as a test looks at it (fails the test outside RAM) ------------ */
void *fake_ram(uint64_t pa, size_t len);
uint64_t fake_rd64(uint64_t pa);
uint32_t fake_rd32(uint64_t pa);
void fake_wr64(uint64_t pa, uint64_t v);
void fake_wr32(uint64_t pa, uint32_t v);

/* A CPU's store: RAM changes, then on_store() if the page is watched. */
void fake_cpu_store(unsigned int cpu, uint64_t pa, const void *data, unsigned int len);
/* A CPU's load: on_load() if the page's loads are watched (of one page, of all that are watched). */
void fake_cpu_load(unsigned int cpu, uint64_t pa, unsigned int len);
/* Is this page watched? */
bool fake_watched(uint64_t page);

/* A CPU executes n instructions: icount rises, on_step() before each if stepping. */
void fake_cpu_run(unsigned int cpu, unsigned int n);

/* Let time pass; timers fire in the order of their ticks, each at its own. */
void fake_advance(uint64_t ticks);
/* Tick for which this timer is set, 0 = not set. */
uint64_t fake_timer(int timer);
/* Time to the next timer's tick and fire it; false: none is set. */
bool fake_advance_to_timer(void);

/* CPU accesses to mapped MMIO ranges (fail the test where nothing is mapped). */
void fake_mmio_read(uint64_t pa, void *data, unsigned int len);
void fake_mmio_write(uint64_t pa, const void *data, unsigned int len);
uint32_t fake_mmio_rd32(uint64_t pa);
uint64_t fake_mmio_rd64(uint64_t pa);
void fake_mmio_wr32(uint64_t pa, uint32_t v);
void fake_mmio_wr64(uint64_t pa, uint64_t v);
bool fake_mmio_mapped(uint64_t pa);

/* CF8/CFC accesses to a registered function, through on_config_read/write(). */
uint32_t fake_config_read(unsigned int devfn, unsigned int offset, unsigned int len);
void fake_config_write(unsigned int devfn, unsigned int offset, uint32_t value, unsigned int len);

/* Forget captured messages and faults. */
void fake_clear(void);

#endif
