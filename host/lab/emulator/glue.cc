// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Between Bochs and the device models: struct lab_ops for the models, the
 * functions of hooks.h for the patches.  Compiled against the patched tree,
 * linked together with liblabmodel.a.  No C++ objects live on the stack where
 * Bochs may longjmp() through.
 */
#include "iodev/iodev.h"
#include "cpu/cpu.h"
#include "cpu/apic.h"
#include "cpu/decoder/ia_opcodes.h"

#include "hooks.h"
#include "lab.h"

#include <errno.h>

#define PAGE(a) ((a) & ~(bx_phy_address)0xfff)

static logfunctions *logger;

/* ---- memory --------------------------------------------------------------- */

/* The length of the piece that lies within one page. */
static unsigned piece(Bit64u pa, size_t len)
{
	size_t rest = 0x1000 - (pa & 0xfff);

	return (unsigned)(len < rest ? len : rest);
}

static bool in_ram(Bit64u pa, size_t len)
{
	Bit64u size = BX_MEM(0)->get_memory_len();

	return len <= size && pa <= size - len;
}

static int mem_read(uint64_t pa, void *buf, size_t len)
{
	Bit8u *to = (Bit8u *)buf;

	if (!in_ram(pa, len))
		return -EFAULT;
	while (len) {
		unsigned n = piece(pa, len);

		BX_MEM(0)->dmaReadPhysicalPage(pa, n, to);
		pa += n;
		to += n;
		len -= n;
	}
	return 0;
}

static int mem_write(uint64_t pa, const void *buf, size_t len)
{
	Bit8u *from = (Bit8u *)buf;

	if (!in_ram(pa, len))
		return -EFAULT;
	while (len) {
		unsigned n = piece(pa, len);

		BX_MEM(0)->dmaWritePhysicalPage(pa, n, from);
		pa += n;
		from += n;
		len -= n;
	}
	return 0;
}

/* ---- time ----------------------------------------------------------------- */

static uint64_t now(void)
{
	return bx_pc_system.time_ticks();
}

static uint64_t tsc(void)
{
	return BX_CPU(0)->get_TSC();
}

static int timer_create_(const char *name, lab_timer_fn fn, void *arg)
{
	return bx_pc_system.register_timer_ticks(arg, fn, 1, false, false, name);
}

static void timer_set(int timer, uint64_t tick)
{
	uint64_t t = now();

	bx_pc_system.activate_timer_ticks(timer, tick > t ? tick - t : 1, false);
}

static void timer_cancel(int timer)
{
	bx_pc_system.deactivate_timer(timer);
}

/* ---- interrupts ----------------------------------------------------------- */

static void apic_deliver(uint32_t dest, uint8_t vector, unsigned int mode, bool logical, bool level)
{
	apic_bus_deliver_interrupt(vector, dest, mode, logical, false, level);
}

bool glue_ioapic(Bit64u rte)
{
	return lab_hook_ioapic(rte);
}

/* ---- MMIO ----------------------------------------------------------------- */

/* One range: Bochs looks its handlers up by this pointer too, so none is shared. */
struct range {
	Bit64u base, size;
	lab_mmio_read_fn read;
	lab_mmio_write_fn write;
	void *arg;
	Bit8u *ram;
	struct range *next;
};
static struct range *ranges;

static bool range_read(bx_phy_address addr, unsigned len, void *data, void *param)
{
	struct range *r = (struct range *)param;

	if (r->ram)
		memcpy(data, r->ram + (addr - r->base), len);
	else
		r->read(r->arg, addr - r->base, data, len);
	return true;
}

static bool range_write(bx_phy_address addr, unsigned len, void *data, void *param)
{
	struct range *r = (struct range *)param;

	if (r->ram)
		memcpy(r->ram + (addr - r->base), data, len);
	else
		r->write(r->arg, addr - r->base, data, len);
	return true;
}

static Bit8u *range_direct(bx_phy_address addr, unsigned rw, void *param)
{
	struct range *r = (struct range *)param;

	UNUSED(rw);
	return r->ram + (addr - r->base);
}

static int mmio_map(uint64_t base, uint64_t size, lab_mmio_read_fn rd, lab_mmio_write_fn wr,
		    void *arg, void *ram)
{
	struct range *r;

	if (!size || ((base | size) & 0xffff) || base + size > BX_CONST64(0x100000000) ||
	    base + size < base || (!ram && (!rd || !wr)))
		return -EINVAL;
	r = new struct range;
	r->base = base;
	r->size = size;
	r->read = rd;
	r->write = wr;
	r->arg = arg;
	r->ram = (Bit8u *)ram;
	/* What a MiB has is checked one by one: a failure in the second must not leave the first. */
	for (struct range *o = ranges; o; o = o->next) {
		if (base < o->base + o->size && o->base < base + size) {
			delete r;
			return -EBUSY;
		}
	}
	if (!BX_MEM(0)->registerMemoryHandlers(r, range_read, range_write,
					       ram ? range_direct : NULL, base, base + size - 1)) {
		BX_MEM(0)->unregisterMemoryHandlers(r, base, base + size - 1);
		delete r;
		return -EBUSY;
	}
	r->next = ranges;
	ranges = r;
	bx_pc_system.MemoryMappingChanged();
	return 0;
}

static void mmio_unmap(uint64_t base, uint64_t size, void *arg)
{
	for (struct range **p = &ranges; *p; p = &(*p)->next) {
		struct range *r = *p;

		if (r->base != base || r->size != size || r->arg != arg)
			continue;
		BX_MEM(0)->unregisterMemoryHandlers(r, base, base + size - 1);
		*p = r->next;
		delete r;
		bx_pc_system.MemoryMappingChanged();
		return;
	}
}

/* ---- PCI ------------------------------------------------------------------ */

class lab_function_c : public bx_pci_device_c
{
      public:
	lab_function_c(void *f) : fn(f)
	{
		memset(pci_conf, 0, sizeof(pci_conf));
	}
	virtual Bit32u pci_read_handler(Bit8u address, unsigned io_len)
	{
		return lab_pci_config_read(fn, address, io_len);
	}
	virtual void pci_write_handler_common(Bit8u address, Bit32u value, unsigned io_len)
	{
		lab_pci_config_write(fn, address, value, io_len);
	}

      private:
	void *fn;
};

static int pci_register(unsigned int devfn, const char *name, void *fn)
{
	Bit8u where = (Bit8u)devfn;
	lab_function_c *dev;
	char *copy;

	if (devfn < 8 || devfn > 255)
		return -EINVAL;
	copy = strdup(name);
	dev = new lab_function_c(fn);
	if (!copy || !DEV_register_pci_handlers(dev, &where, "lab", copy)) {
		free(copy);
		delete dev;
		return -EBUSY;
	}
	return 0;
}

/* Through CF8/CFC, as a CPU would; what was selected there stays selected. */
static Bit32u config_select(unsigned int devfn, unsigned int offset)
{
	Bit32u selected = bx_devices.inp(0xcf8, 4);

	bx_devices.outp(0xcf8, 0x80000000 | devfn << 8 | (offset & 0xfc), 4);
	return selected;
}

static uint32_t config_read(unsigned int devfn, unsigned int offset, unsigned int len)
{
	Bit32u selected = config_select(devfn, offset);
	Bit32u v = bx_devices.inp((Bit16u)(0xcfc + (offset & 3)), len);

	bx_devices.outp(0xcf8, selected, 4);
	return v;
}

static void config_write(unsigned int devfn, unsigned int offset, uint32_t value, unsigned int len)
{
	Bit32u selected = config_select(devfn, offset);

	bx_devices.outp((Bit16u)(0xcfc + (offset & 3)), value, len);
	bx_devices.outp(0xcf8, selected, 4);
}

/* ---- watched pages -------------------------------------------------------- */

#define MAX_WATCHES 256

struct watch {
	bx_phy_address page;
	unsigned count;
};
static struct watch stores[MAX_WATCHES], loads[MAX_WATCHES];
unsigned glue_watches, glue_load_watches;

static bool is_watched(const struct watch *w, unsigned nr, bx_phy_address paddr)
{
	for (unsigned n = 0; n < nr; n++)
		if (w[n].page == PAGE(paddr))
			return true;
	return false;
}

static void watch_add(struct watch *w, unsigned *nr, uint64_t page)
{
	for (unsigned n = 0; n < *nr; n++) {
		if (w[n].page == PAGE(page)) {
			w[n].count++;
			return;
		}
	}
	if (*nr == MAX_WATCHES)
		logger->panic("more than %d pages are watched", MAX_WATCHES);
	w[*nr].page = PAGE(page);
	w[*nr].count = 1;
	++*nr;
	glue_revoke_direct(page);
}

static void watch_drop(struct watch *w, unsigned *nr, uint64_t page)
{
	for (unsigned n = 0; n < *nr; n++) {
		if (w[n].page != PAGE(page))
			continue;
		if (!--w[n].count)
			w[n] = w[--*nr];
		return;
	}
}

bool glue_watched(bx_phy_address paddr)
{
	return is_watched(stores, glue_watches, paddr);
}

bool glue_load_watched(bx_phy_address paddr)
{
	return is_watched(loads, glue_load_watches, paddr);
}

static void watch(uint64_t page)
{
	watch_add(stores, &glue_watches, page);
}

static void unwatch(uint64_t page)
{
	watch_drop(stores, &glue_watches, page);
}

static void watch_loads(uint64_t page)
{
	watch_add(loads, &glue_load_watches, page);
}

static void unwatch_loads(uint64_t page)
{
	watch_drop(loads, &glue_load_watches, page);
}

void glue_store(BX_CPU_C *cpu, bx_phy_address paddr, unsigned len)
{
	lab_hook_store(cpu->bx_cpuid, paddr, len);
}

void glue_load(BX_CPU_C *cpu, bx_phy_address paddr, unsigned len)
{
	lab_hook_load(cpu->bx_cpuid, paddr, len);
}

void glue_revoke_direct(bx_phy_address paddr)
{
	const bx_address no_host_pointer = 0x800; /* TLB_NoHostPtr of cpu/paging.cc */

	for (unsigned c = 0; c < BX_SMP_PROCESSORS; c++) {
		BX_CPU_C *cpu = BX_CPU(c);

		for (unsigned n = 0; n < BX_DTLB_SIZE; n++) {
			bx_TLB_entry *e = &cpu->DTLB.entry[n];

			if (e->valid() && e->ppf == PAGE(paddr))
				e->lpf |= no_host_pointer;
		}
		if (cpu->pAddrStackPage == PAGE(paddr))
			cpu->invalidate_stack_cache();
	}
}

/* ---- stepping ------------------------------------------------------------- */

Bit32u glue_stepping;
static Bit64u stepped[BX_MAX_SMP_THREADS_SUPPORTED]; /* icount of the last hook, plus 1 */

static void step(unsigned int c, bool on)
{
	if (c >= BX_SMP_PROCESSORS || c >= 32)
		return;
	if (!on) {
		glue_stepping &= ~(1u << c);
		BX_CPU(c)->async_event &= ~GLUE_ASYNC_STEP;
	} else if (!(glue_stepping & (1u << c))) {
		glue_stepping |= 1u << c;
		/* If it is in the middle of a trace, leave it after this instruction. */
		BX_CPU(c)->async_event |= GLUE_ASYNC_STEP;
	}
}

/* Before an instruction, once; true if the CPU must look at its events first. */
static bool step_hook(BX_CPU_C *cpu)
{
	Bit32u pending = cpu->pending_event, async = cpu->async_event;

	if (!(glue_stepping & (1u << cpu->bx_cpuid)) || stepped[cpu->bx_cpuid] == cpu->icount + 1)
		return false;
	stepped[cpu->bx_cpuid] = cpu->icount + 1;
	lab_hook_step(cpu->bx_cpuid);
	return cpu->pending_event != pending || (cpu->async_event & ~async & ~GLUE_ASYNC_STEP);
}

/* Run from `i` on to the end of its trace. The hook was called for `i` already. */
static void step_trace(BX_CPU_C *cpu, bxInstruction_c *i)
{
	for (;;) {
		bx_address rip = cpu->gen_reg[BX_64BIT_REG_RIP].rrx;
		unsigned len = i->ilen();

		cpu->async_event |= GLUE_ASYNC_STEP;
		cpu->gen_reg[BX_64BIT_REG_RIP].rrx += len;
		(cpu->*(i->execute1))(i);
		cpu->async_event &= ~GLUE_ASYNC_STEP;
		if (cpu->async_event)
			return;
		if (cpu->gen_reg[BX_64BIT_REG_RIP].rrx == rip + len)
			i++;
		else if (cpu->gen_reg[BX_64BIT_REG_RIP].rrx != rip || !i->repUsedL())
			return; /* a taken branch; else the next iteration of a string instruction */
		if (i->getIaOpcode() == BX_INSERTED_OPCODE || step_hook(cpu))
			return;
	}
}

void glue_run_trace(BX_CPU_C *cpu)
{
	bxInstruction_c *i;

	do {
		cpu->async_event &= ~GLUE_ASYNC_STEP;
		if (cpu->async_event && cpu->handleAsyncEvent())
			return;
		i = cpu->getICacheEntry()->i;
	} while (step_hook(cpu));
	step_trace(cpu, i);
	cpu->async_event &= ~BX_ASYNC_EVENT_STOP_TRACE;
}

void glue_run_rest(BX_CPU_C *cpu, bxICacheEntry_c *entry, bx_address rip, Bit64u icount)
{
	bx_address here = cpu->gen_reg[BX_64BIT_REG_RIP].rrx;
	Bit64u done = cpu->icount - icount;
	bxInstruction_c *i = entry->i;
	bool repeated = false;
	unsigned n;

	cpu->async_event &= ~GLUE_ASYNC_STEP;
	if (cpu->async_event)
		return;
	for (n = 0; rip != here && n < done && i->getIaOpcode() != BX_INSERTED_OPCODE; n++, i++) {
		rip += i->ilen();
		repeated |= i->repUsedL() != 0;
	}
	/* A string instruction counts once per iteration. */
	if (rip != here || (n != done && !repeated && !i->repUsedL()))
		return; /* a taken branch ended the trace */
	if (i->getIaOpcode() != BX_INSERTED_OPCODE && !step_hook(cpu))
		step_trace(cpu, i);
}

/* ---- hooks ---------------------------------------------------------------- */

static Bit64u pid_of(BX_CPU_C *cpu)
{
	return cpu->vmcs.pin_vmexec_ctrls.PROCESS_POSTED_INTERRUPTS() ? cpu->vmcs.pid_addr : 0;
}

void glue_vmentry(BX_CPU_C *cpu)
{
	lab_hook_vmentry(cpu->bx_cpuid, pid_of(cpu));
}

void glue_vmexit(BX_CPU_C *cpu, Bit32u reason)
{
	/* A VM entry that failed is no exit: there was no entry. */
	if (reason != VMX_VMEXIT_VMENTRY_FAILURE_GUEST_STATE &&
	    reason != VMX_VMEXIT_VMENTRY_FAILURE_MSR)
		lab_hook_vmexit(cpu->bx_cpuid, pid_of(cpu), reason);
}

void glue_pip(BX_CPU_C *cpu)
{
	lab_hook_pip(cpu->bx_cpuid, pid_of(cpu));
}

void glue_virq(BX_CPU_C *cpu, Bit8u vector)
{
	lab_hook_virq(cpu->bx_cpuid, pid_of(cpu), vector);
}

/* ---- start and end -------------------------------------------------------- */

static uint64_t icount(unsigned int c)
{
	return c < BX_SMP_PROCESSORS ? BX_CPU(c)->get_icount() : 0;
}

static unsigned int cpus(void)
{
	return BX_SMP_PROCESSORS;
}

static unsigned int cpu_state(unsigned int c)
{
	BX_CPU_C *cpu;
	unsigned int state = 0;

	if (c >= BX_SMP_PROCESSORS)
		return 0;
	cpu = BX_CPU(c);
	if (cpu->in_vmx_guest)
		state |= LAB_CPU_NON_ROOT;
	if (cpu->get_IF())
		state |= LAB_CPU_IF;
	if (cpu->interrupts_inhibited(BX_INHIBIT_INTERRUPTS))
		state |= LAB_CPU_SHADOW;
	if (cpu->activity_state != BX_CPU_C::BX_ACTIVITY_STATE_ACTIVE)
		state |= LAB_CPU_HALTED;
	return state;
}

static uint64_t rip(unsigned int c)
{
	return c < BX_SMP_PROCESSORS ? BX_CPU(c)->get_instruction_pointer() : 0;
}

static uint64_t virtual_apic(unsigned int c)
{
	BX_CPU_C *cpu;

	if (c >= BX_SMP_PROCESSORS)
		return 0;
	cpu = BX_CPU(c);
	return cpu->vmcs.vmexec_ctrls1.TPR_SHADOW() ? cpu->vmcs.virtual_apic_page_addr : 0;
}

static void log_line(const char *line)
{
	logger->info("%s", line);
}

static const struct lab_ops ops = {
	mem_read,     mem_write,    now,       tsc,         timer_create_, timer_set,
	timer_cancel, apic_deliver, mmio_map,  mmio_unmap,  pci_register,  config_read,
	config_write, watch,        unwatch,   watch_loads, unwatch_loads, step,
	icount,       cpus,         cpu_state, rip,         virtual_apic,  log_line,
};

void glue_init(void)
{
	int err;

	logger = new logfunctions;
	logger->put("lab", "LAB");
	logger->setonoff(LOGLEV_INFO, ACT_REPORT);
	logger->setonoff(LOGLEV_PANIC, ACT_FATAL);
	err = lab_init(&ops);
	if (err)
		logger->panic("the device models cannot start: %s", strerror(-err));
}

void glue_reset(void)
{
	lab_reset();
}

void glue_exit(const char *prefix, const char *message)
{
	if (!bx_user_quit)
		fprintf(stderr, "emulator panic: %s %s\n", prefix, message);
	fflush(NULL);
	_exit(bx_user_quit ? 0 : GLUE_EXIT_PANIC);
}
