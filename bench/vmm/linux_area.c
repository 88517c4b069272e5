// SPDX-License-Identifier: LGPL-2.1-or-later
/* linux_area.c - the memory behind the VMM's own function: the job, and the rings. */
#include <errno.h>
#include <string.h>

#include "plan/plan.h"
#include "vmm/linux.h"
#include "vmm/sys.h"

static uint64_t pages(uint64_t size)
{
	return (size + PB_GUEST_PAGE - 1) & ~(uint64_t)(PB_GUEST_PAGE - 1);
}

/* A queue's threads are `depth`; a NIC's frames come on by themselves. */
static void task_init(struct linux_vmm *x, unsigned int i)
{
	const struct pb_plan_source *s = &x->m.vmm.plan->source[i];

	x->job.task[i] = (struct pb_guest_task){
		.kind = s->kind,
		.devfn = LINUX_SLOT(i) << 3,
		.vcpu = s->vcpu,
		.queues = s->vectors,
		.depth = s->kind == PB_SOURCE_NVME && s->depth ? s->depth : 1,
		.count = s->count,
		.first_worker = x->job.workers,
	};
	x->job.workers += x->job.task[i].queues * x->job.task[i].depth;
}

static int job_init(struct linux_vmm *x)
{
	const struct pb_plan *p = x->m.vmm.plan;

	x->job = (struct pb_guest_job){
		.magic = PB_GUEST_MAGIC,
		.version = PB_GUEST_VERSION,
		.command = PB_GUEST_RUN,
		.vcpus = p->vcpus,
		.tasks = p->nr_sources,
		.seed = p->seed,
		.stall = p->guest.stall_us * x->m.tsc_khz / 1000,
		.tsc_khz = (uint32_t)x->m.tsc_khz,
		.ring_capacity = p->event_capacity,
		.ring_offset = pages(sizeof(struct pb_guest_area)),
		.ring_stride = pages(sizeof(struct pb_ring) +
				     (uint64_t)p->event_capacity * sizeof(struct pb_event)),
	};
	for (unsigned int i = 0; i < p->nr_sources; i++)
		task_init(x, i);
	if (!x->job.workers || x->job.workers > PB_GUEST_MAX_WORKERS)
		return vmm_fail(&x->m.line, -EINVAL,
				"the plan needs %u threads in the guest, must be 1 to %d",
				x->job.workers, PB_GUEST_MAX_WORKERS);
	return 0;
}

int linux_area_create(struct linux_vmm *x)
{
	uint64_t size = 1;
	int r = job_init(x);

	if (r)
		return r;
	/* A BAR's size is a power of two. */
	while (size < x->job.ring_offset + x->job.workers * x->job.ring_stride)
		size <<= 1;
	x->area = (struct pb_guest_area *)mini_memory_alloc(size, &x->m.line);
	if (!x->area)
		return -ENOMEM;
	x->area_size = size;
	x->area->job = x->job;
	for (unsigned int w = 0; w < x->job.workers; w++)
		mini_ring_init((uint8_t *)x->area, x->job.ring_offset + w * x->job.ring_stride,
			       x->job.ring_capacity);
	return linux_pci_add(x, PB_MAX_SOURCES);
}

void linux_area_destroy(struct linux_vmm *x)
{
	mini_memory_free((uint8_t *)x->area, x->area_size);
	x->area = NULL;
}

void linux_area_command(struct linux_vmm *x, enum pb_guest_command command)
{
	struct kvm_irq_level irq = {.irq = LINUX_SERIAL_IRQ};

	__atomic_store_n(&x->area->job.command, command, __ATOMIC_RELEASE);
	if (command != PB_GUEST_STOP)
		return;
	/* The measurement is over: what this wakes counts no more. */
	pthread_mutex_lock(&x->lock);
	linux_serial_give(&x->serial, '\n');
	irq.level = linux_serial_line(&x->serial);
	sys_ioctl(x->m.vm, KVM_IRQ_LINE, &irq);
	pthread_mutex_unlock(&x->lock);
}

enum pb_guest_state linux_area_state(const struct linux_vmm *x)
{
	uint32_t s = __atomic_load_n(&x->area->program.state, __ATOMIC_ACQUIRE);

	return s < PB_GUEST_STATES ? (enum pb_guest_state)s : PB_GUEST_STATES;
}
