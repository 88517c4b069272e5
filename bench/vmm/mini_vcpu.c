// SPDX-License-Identifier: LGPL-2.1-or-later
/* mini_vcpu.c - a vCPU in the state in which the agent expects to be entered. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "vmm/mini.h"
#include "vmm/sys.h"

#define CPUID_ENTRIES 256 /* KVM has some 60 to 100 */

/* Leaf 1 (SDM vol. 2, CPUID). */
#define CPUID1_ECX_X2APIC     (1u << 21)
#define CPUID1_ECX_DEADLINE   (1u << 24)
#define CPUID1_ECX_HYPERVISOR (1u << 31)
#define CPUID1_EDX_HTT        (1u << 28)
/* Leaf 0BH. */
#define TOPOLOGY_SMT          1u
#define TOPOLOGY_CORE         2u
#define TOPOLOGY_CORE_SHIFT   4u /* 16 cores */

#define CR0_PE   (1u << 0)
#define CR0_ET   (1u << 4)
#define CR0_WP   (1u << 16)
#define CR0_PG   (1u << 31)
#define CR4_PAE  (1u << 5)
#define EFER_LME (1u << 8)
#define EFER_LMA (1u << 10)
#define EFER_NXE (1u << 11)

#define APIC_BASE        0xfee00000ull
#define APIC_BASE_BSP    (1u << 8)
#define APIC_BASE_X2APIC (1u << 10)
#define APIC_BASE_ENABLE (1u << 11)

#define RFLAGS_FIXED 2
#define MSR_TSC      0x10

static void entry_add(struct kvm_cpuid2 *c, unsigned int room, struct kvm_cpuid_entry2 entry)
{
	if (c->nent < room)
		c->entries[c->nent++] = entry;
}

void mini_cpuid_fix(struct kvm_cpuid2 *c, unsigned int room, unsigned int apic_id,
		    unsigned int vcpus)
{
	unsigned int kept = 0;

	for (unsigned int i = 0; i < c->nent; i++) {
		struct kvm_cpuid_entry2 *e = &c->entries[i];

		/* The host's topology; ours follows. */
		if (e->function == 0xb || e->function == 0x1f)
			continue;
		if (e->function == 0 && e->eax < 0xb)
			e->eax = 0xb;
		if (e->function == 1) {
			e->ebx = (e->ebx & 0xffff) | vcpus << 16 | apic_id << 24;
			e->ecx |= CPUID1_ECX_X2APIC | CPUID1_ECX_DEADLINE | CPUID1_ECX_HYPERVISOR;
			if (vcpus > 1)
				e->edx |= CPUID1_EDX_HTT;
		}
		c->entries[kept++] = *e;
	}
	c->nent = kept;
	entry_add(c, room,
		  (struct kvm_cpuid_entry2){.function = 0xb,
					    .index = 0,
					    .flags = KVM_CPUID_FLAG_SIGNIFCANT_INDEX,
					    .ebx = 1,
					    .ecx = TOPOLOGY_SMT << 8,
					    .edx = apic_id});
	entry_add(c, room,
		  (struct kvm_cpuid_entry2){.function = 0xb,
					    .index = 1,
					    .flags = KVM_CPUID_FLAG_SIGNIFCANT_INDEX,
					    .eax = TOPOLOGY_CORE_SHIFT,
					    .ebx = vcpus,
					    .ecx = TOPOLOGY_CORE << 8 | 1,
					    .edx = apic_id});
}

int mini_vcpu_cpuid(struct mini *m, struct mini_vcpu *v)
{
	/* Room for what mini_cpuid_fix() adds. */
	struct kvm_cpuid2 *c = calloc(1, sizeof(*c) + (CPUID_ENTRIES + 2) * sizeof(c->entries[0]));
	int r;

	if (!c)
		return vmm_fail(&m->line, -ENOMEM, "no memory");
	c->nent = CPUID_ENTRIES;
	r = sys_ioctl(m->kvm, KVM_GET_SUPPORTED_CPUID, c);
	if (r >= 0) {
		if (c->nent > CPUID_ENTRIES)
			c->nent = CPUID_ENTRIES;
		mini_cpuid_fix(c, CPUID_ENTRIES + 2, v->index, m->vmm.plan->vcpus);
		r = sys_ioctl(v->fd, KVM_SET_CPUID2, c);
	}
	free(c);
	if (r < 0)
		return vmm_fail(&m->line, r, "vCPU %u: KVM does not take its CPUID: %s", v->index,
				strerror(-r));
	return 0;
}

static void segments_set(struct kvm_sregs *s, const struct mini *m, unsigned int index)
{
	struct kvm_segment seg = {.limit = 0xffffffff, .present = 1, .s = 1, .g = 1};

	seg.selector = 8;
	seg.type = 11; /* execute, read, accessed */
	seg.l = 1;
	s->cs = seg;
	seg.selector = 16;
	seg.type = 3; /* read, write, accessed */
	seg.l = 0;
	seg.db = 1;
	s->ds = s->es = s->fs = s->gs = s->ss = seg;
	s->gs.base = m->layout.vcpu[index].input.gpa;
	s->gdt.base = m->layout.gdt.gpa;
	s->gdt.limit = MINI_GDT_LIMIT;
}

static int registers_set(struct mini *m, struct mini_vcpu *v)
{
	const struct mini_vcpu_memory *mem = &m->layout.vcpu[v->index];
	struct kvm_regs regs = {
		.rip = m->layout.image.gpa,
		.rflags = RFLAGS_FIXED,
		.rdi = mem->input.gpa,
		.rsp = mem->stack.gpa + mem->stack.size,
	};
	struct kvm_sregs s;
	int r = sys_ioctl(v->fd, KVM_GET_SREGS, &s);

	if (r >= 0) {
		segments_set(&s, m, v->index);
		s.cr0 = CR0_PE | CR0_ET | CR0_WP | CR0_PG;
		s.cr3 = m->layout.tables;
		s.cr4 = CR4_PAE;
		s.efer = EFER_LME | EFER_LMA | EFER_NXE;
		s.apic_base = APIC_BASE | APIC_BASE_ENABLE | APIC_BASE_X2APIC |
			      (v->index ? 0 : APIC_BASE_BSP);
		r = sys_ioctl(v->fd, KVM_SET_SREGS, &s);
	}
	if (r >= 0)
		r = sys_ioctl(v->fd, KVM_SET_REGS, &regs);
	if (r >= 0) {
		/* Every vCPU is entered directly; none waits for INIT and SIPI. */
		struct kvm_mp_state mp = {KVM_MP_STATE_RUNNABLE};

		r = sys_ioctl(v->fd, KVM_SET_MP_STATE, &mp);
	}
	if (r < 0)
		return vmm_fail(&m->line, r, "vCPU %u: KVM does not take its registers: %s",
				v->index, strerror(-r));
	return 0;
}

/*
 * Before KVM_VCPU_TSC_CTRL (Linux 5.16) the offset can only be had by writing
 * the TSC itself.  KVM takes writes of nearly the same time on all vCPUs as an
 * attempt to synchronise them.  What came of it is seen by reading it back.
 */
static int tsc_write(struct mini *m, struct mini_vcpu *v)
{
	struct {
		struct kvm_msrs head;
		struct kvm_msr_entry tsc;
	} msr = {.head = {.nmsrs = 1}, .tsc = {.index = MSR_TSC}};
	uint64_t before, after;

	for (int attempt = 0; attempt < 100; attempt++) {
		msr.tsc.data = mini_tsc();
		if (sys_ioctl(v->fd, KVM_SET_MSRS, &msr) != 1)
			break;
		before = mini_tsc();
		if (sys_ioctl(v->fd, KVM_GET_MSRS, &msr) != 1)
			break;
		after = mini_tsc();
		if (msr.tsc.data >= before && msr.tsc.data <= after)
			return 0;
	}
	return vmm_fail(&m->line, -ENOTSUP,
			"vCPU %u: the guest's TSC cannot be made the host's "
			"(KVM_VCPU_TSC_OFFSET: Linux 5.16)",
			v->index);
}

static int tsc_set(struct mini *m, struct mini_vcpu *v)
{
	uint64_t offset = 0;
	struct kvm_device_attr attr = {
		.group = KVM_VCPU_TSC_CTRL,
		.attr = KVM_VCPU_TSC_OFFSET,
		.addr = (uint64_t)(uintptr_t)&offset,
	};
	int r;

	if (sys_ioctl(v->fd, KVM_HAS_DEVICE_ATTR, &attr) < 0)
		return tsc_write(m, v);
	r = sys_ioctl(v->fd, KVM_SET_DEVICE_ATTR, &attr);
	if (r >= 0) {
		offset = 1;
		r = sys_ioctl(v->fd, KVM_GET_DEVICE_ATTR, &attr);
		if (r >= 0 && offset)
			r = -EIO;
	}
	if (r < 0)
		return vmm_fail(&m->line, r, "vCPU %u: KVM does not take a TSC offset of zero: %s",
				v->index, strerror(-r));
	return 0;
}

/* What the agent is told, once; see guest/agent/agent.h. */
static void input_set(struct mini *m, const struct mini_vcpu *v)
{
	const struct mini_vcpu_memory *mem = &m->layout.vcpu[v->index];
	struct pb_agent_input *in = (struct pb_agent_input *)(m->mem + mem->input.gpa);

	in->self = mem->input.gpa;
	in->guest = m->layout.guest.gpa;
	in->output = mem->output.gpa;
	in->ring = mem->ring.gpa;
	in->idt = mem->idt.gpa;
	in->gdt = m->layout.gdt.gpa;
	in->stack = mem->stack.gpa;
	in->stack_size = mem->stack.size;
	in->image_size = m->layout.image.size;
	in->ring_capacity = m->vmm.plan->event_capacity;
	in->vcpu = v->index;
	mini_ring_init(m->mem, mem->ring.gpa, m->vmm.plan->event_capacity);
}

static int run_map(struct mini *m, struct mini_vcpu *v)
{
	int size = sys_ioctl(m->kvm, KVM_GET_VCPU_MMAP_SIZE, NULL);
	void *p;

	if (size < (int)sizeof(struct kvm_run))
		return vmm_fail(&m->line, -EPROTO, "KVM's run page has %d bytes", size);
	p = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED, v->fd, 0);
	if (p == MAP_FAILED)
		return vmm_fail(&m->line, -errno, "vCPU %u: cannot map its run page: %s", v->index,
				strerror(errno));
	v->run = p;
	v->run_size = (size_t)size;
	return 0;
}

int mini_vcpu_open(struct mini *m, struct mini_vcpu *v)
{
	int r = sys_ioctl(m->vm, KVM_CREATE_VCPU, (void *)(uintptr_t)v->index);

	if (r < 0)
		return vmm_fail(&m->line, r, "KVM creates no vCPU %u: %s", v->index, strerror(-r));
	v->fd = r;
	return run_map(m, v);
}

int mini_vcpu_tsc(struct mini *m, struct mini_vcpu *v)
{
	int r = tsc_set(m, v);

	if (r)
		return r;
	r = sys_ioctl(v->fd, KVM_GET_TSC_KHZ, NULL);
	if (r > 0)
		m->tsc_khz = (uint64_t)r;
	return 0;
}

int mini_vcpu_create(struct mini *m, unsigned int index)
{
	struct mini_vcpu *v = &m->vcpu[index];
	int r = mini_vcpu_open(m, v);

	r = r ?: mini_vcpu_cpuid(m, v);
	r = r ?: registers_set(m, v);
	r = r ?: mini_vcpu_tsc(m, v);
	if (r)
		return r;
	input_set(m, v);
	return 0;
}

void mini_vcpu_destroy(struct mini_vcpu *v)
{
	if (v->run)
		munmap(v->run, v->run_size);
	v->run = NULL;
	sys_close(&v->fd);
}
