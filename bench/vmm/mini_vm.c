// SPDX-License-Identifier: LGPL-2.1-or-later
/* mini_vm.c - KVM, the virtual machine and its memory. */
#include <errno.h>
#include <string.h>

#include "plan/plan.h"
#include "vmm/agent_image.h"
#include "vmm/mini.h"
#include "vmm/sys.h"

/* Three pages and one that KVM wants for real mode; anywhere above the guest's memory. */
#define TSS_ADDR      0xfffbd000ul
#define IDENTITY_ADDR 0xfffbc000ull

static int cap_need(struct mini *m, int cap, const char *name)
{
	if (sys_ioctl(m->kvm, KVM_CHECK_EXTENSION, (void *)(uintptr_t)cap) > 0)
		return 0;
	return vmm_fail(&m->line, -ENOTSUP, "this KVM lacks %s", name);
}

static int cap_enable(struct mini *m, uint32_t cap, uint64_t arg, const char *name)
{
	struct kvm_enable_cap c = {.cap = cap, .args = {arg}};
	int r = sys_ioctl(m->vm, KVM_ENABLE_CAP, &c);

	if (r < 0)
		return vmm_fail(&m->line, r, "KVM does not enable %s: %s", name, strerror(-r));
	return 0;
}

int mini_kvm_open(struct mini *m)
{
	int r = sys_open_dev("kvm");

	if (r < 0)
		return vmm_fail(&m->line, r, "cannot open /dev/kvm: %s%s", strerror(-r),
				r == -ENOENT ? " (is kvm_intel loaded, and VMX on?)" : "");
	m->kvm = r;
	r = sys_ioctl(m->kvm, KVM_GET_API_VERSION, NULL);
	if (r != KVM_API_VERSION)
		return vmm_fail(&m->line, -EPROTO, "KVM speaks version %d, must be %d", r,
				KVM_API_VERSION);
	r = cap_need(m, KVM_CAP_SPLIT_IRQCHIP, "KVM_CAP_SPLIT_IRQCHIP");
	r = r ?: cap_need(m, KVM_CAP_X2APIC_API, "KVM_CAP_X2APIC_API");
	r = r ?: cap_need(m, KVM_CAP_IRQFD, "KVM_CAP_IRQFD");
	r = r ?: cap_need(m, KVM_CAP_TSC_DEADLINE_TIMER, "KVM_CAP_TSC_DEADLINE_TIMER");
	return r;
}

int mini_slot_set(struct mini *m, unsigned int slot, uint64_t gpa, uint64_t size,
		  const volatile void *at)
{
	struct kvm_userspace_memory_region region = {.slot = slot,
						     .guest_phys_addr = gpa,
						     .memory_size = size,
						     .userspace_addr = (uint64_t)(uintptr_t)at};

	return sys_ioctl(m->vm, KVM_SET_USER_MEMORY_REGION, &region);
}

static int memory_init(struct mini *m)
{
	size_t image = agent_image_size();
	int r;

	r = mini_layout_init(&m->layout, m->vmm.plan, image);
	if (r)
		return vmm_fail(&m->line, r,
				"the plan needs more than %llu MiB of guest memory: lower "
				"event_capacity",
				MINI_MEMORY_MAX >> 20);
	m->mem = mini_memory_alloc(m->layout.size, &m->line);
	if (!m->mem)
		return -ENOMEM;
	memcpy(m->mem + m->layout.image.gpa, agent_image, image);
	mini_gdt_init(&m->layout, m->mem);
	mini_tables_init(&m->layout, m->mem);
	r = mini_slot_set(m, 0, 0, m->layout.size, m->mem);
	if (r < 0)
		return vmm_fail(&m->line, r, "KVM does not take the guest's memory: %s",
				strerror(-r));
	return 0;
}

int mini_vm_open(struct mini *m)
{
	uint64_t identity = IDENTITY_ADDR;
	int r = sys_ioctl(m->kvm, KVM_CREATE_VM, NULL);

	if (r < 0)
		return vmm_fail(&m->line, r, "KVM creates no virtual machine: %s", strerror(-r));
	m->vm = r;
	r = sys_ioctl(m->vm, KVM_SET_IDENTITY_MAP_ADDR, &identity);
	if (r >= 0)
		r = sys_ioctl(m->vm, KVM_SET_TSS_ADDR, (void *)TSS_ADDR);
	if (r < 0)
		return vmm_fail(&m->line, r, "KVM does not take the TSS address: %s", strerror(-r));
	return 0;
}

/* Before the first vCPU. Local APICs in the kernel (posted interrupts need that); no more. */
static int irqchip_init(struct mini *m)
{
	int r = cap_enable(m, KVM_CAP_SPLIT_IRQCHIP, MINI_GSI_BASE, "the split irqchip");
	return r
		       ?: cap_enable(m, KVM_CAP_X2APIC_API,
				     KVM_X2APIC_API_USE_32BIT_IDS |
					     KVM_X2APIC_API_DISABLE_BROADCAST_QUIRK,
				     "32-bit APIC ids");
}

int mini_vfio_open(struct mini *m)
{
	struct kvm_create_device dev = {.type = KVM_DEV_TYPE_VFIO};
	int r;

	if (!plan_functions(m->vmm.plan))
		return 0;
	r = sys_ioctl(m->vm, KVM_CREATE_DEVICE, &dev);
	if (r < 0)
		return vmm_fail(&m->line, r, "KVM has no VFIO device (CONFIG_KVM_VFIO): %s",
				strerror(-r));
	m->kvm_vfio = (int)dev.fd;
	return 0;
}

int mini_vm_create(struct mini *m)
{
	int r = mini_kvm_open(m);

	r = r ?: mini_vm_open(m);
	r = r ?: irqchip_init(m);
	r = r ?: memory_init(m);
	return r ?: mini_vfio_open(m);
}

void mini_vm_destroy(struct mini *m)
{
	sys_close(&m->kvm_vfio);
	sys_close(&m->vm);
	sys_close(&m->kvm);
	mini_memory_free(m->mem, m->layout.size);
	m->mem = NULL;
}
