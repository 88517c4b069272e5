// SPDX-License-Identifier: LGPL-2.1-or-later
/* linux.c - life cycle of a Linux guest's VMM; its parts are in the other linux_*.c. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan/plan.h"
#include "vmm/linux.h"
#include "vmm/sys.h"

/* Time of the machine. What it takes to boot depends on the guest's kernel. */
#define BOOT_NS 60000000000ull
#define STOP_NS 10000000000ull
#define HUNG_NS 10000000000ull

static int irqchip_create(struct linux_vmm *x)
{
	struct kvm_pit_config pit = {.flags = KVM_PIT_SPEAKER_DUMMY};
	int r = sys_ioctl(x->m.vm, KVM_CREATE_IRQCHIP, NULL);

	if (r >= 0)
		r = sys_ioctl(x->m.vm, KVM_CREATE_PIT2, &pit);
	if (r < 0)
		return vmm_fail(&x->m.line, r, "KVM creates no interrupt controllers or no PIT: %s",
				strerror(-r));
	return 0;
}

static int memory_create(struct linux_vmm *x)
{
	uint64_t size = (uint64_t)x->m.vmm.plan->guest.memory_mib << 20;
	int r;

	if (!size || size > LINUX_WINDOW)
		return vmm_fail(&x->m.line, -EINVAL,
				"the guest has %u MiB of memory, must be 1 to %u",
				x->m.vmm.plan->guest.memory_mib,
				(unsigned int)(LINUX_WINDOW >> 20));
	x->m.layout.size = size;
	x->m.mem = mini_memory_alloc(size, &x->m.line);
	if (!x->m.mem)
		return -ENOMEM;
	r = mini_slot_set(&x->m, 0, 0, size, x->m.mem);
	if (r < 0)
		return vmm_fail(&x->m.line, r, "KVM does not take the guest's memory: %s",
				strerror(-r));
	return 0;
}

static int vcpus_create(struct linux_vmm *x)
{
	int r = 0;

	for (unsigned int i = 0; i < x->m.vmm.plan->vcpus && !r; i++) {
		struct mini_vcpu *v = &x->m.vcpu[i];

		r = mini_vcpu_open(&x->m, v);
		r = r ?: mini_vcpu_cpuid(&x->m, v);
		r = r ?: mini_vcpu_tsc(&x->m, v);
	}
	return r;
}

static int create(struct linux_vmm *x)
{
	const struct pb_plan *plan = x->m.vmm.plan;
	int r;

	if (!plan->vcpus || plan->vcpus > PB_MAX_VCPUS || plan->nr_sources > PB_MAX_SOURCES)
		return vmm_fail(&x->m.line, -EINVAL, "%u vCPUs and %u sources: not a checked plan",
				plan->vcpus, plan->nr_sources);
	r = mini_kvm_open(&x->m);
	r = r ?: mini_vm_open(&x->m);
	r = r ?: irqchip_create(x);
	r = r ?: memory_create(x);
	r = r ?: vcpus_create(x);
	r = r ?: linux_area_create(x);
	r = r ?: linux_boot_prepare(x);
	return r ?: mini_vfio_open(&x->m);
}

static int linux_create(const struct pb_plan *plan, struct pb_vmm **vmm)
{
	struct linux_vmm *x = calloc(1, sizeof(*x));

	*vmm = x ? &x->m.vmm : NULL;
	if (!x)
		return -ENOMEM;
	pthread_mutex_init(&x->lock, NULL);
	mini_init(&x->m, &vmm_linux, plan);
	x->m.exit = linux_exit;
	x->m.limits.hung_cpu_ns = HUNG_NS;
	return mini_finish(&x->m, create(x));
}

static int attach(struct linux_vmm *x, unsigned int source, const char *bdf)
{
	struct mini_function *f;
	int r;

	if (source >= x->m.vmm.plan->nr_sources)
		return vmm_fail(&x->m.line, -EINVAL, "the plan has no source %u", source);
	f = &x->m.fn[source];
	if (f->dev.fd >= 0 || x->m.tsc_start)
		return vmm_fail(&x->m.line, -EBUSY, "source %u has a function, or the guest runs",
				source);
	r = mini_device_open(&x->m, &f->dev, f->bdf, bdf);
	if (r)
		return r;
	mini_bars_show(&f->fn, &f->dev);
	f->fn.eventfd = -1;
	f->fn.guest = x->area;
	return linux_pci_add(x, source);
}

static int linux_attach(struct pb_vmm *vmm, unsigned int source, const char *bdf,
			struct pb_function **fn)
{
	struct linux_vmm *x = linux_of(vmm);
	int r = attach(x, source, bdf);

	*fn = r ? NULL : &x->m.fn[source].fn;
	return mini_finish(&x->m, r);
}

static int linux_start(struct pb_vmm *vmm)
{
	struct linux_vmm *x = linux_of(vmm);
	int r = 0;

	if (x->m.tsc_start)
		return mini_finish(&x->m, vmm_fail(&x->m.line, -EBUSY, "the guest runs already"));
	x->m.tsc_start = mini_tsc();
	for (unsigned int i = 0; i < vmm->plan->vcpus && !r; i++)
		r = mini_run_start(&x->m.vcpu[i]);
	r = r ?: linux_wait(x, PB_GUEST_READY, BOOT_NS);
	x->m.up = !r;
	return mini_finish(&x->m, r);
}

static int linux_check(struct pb_vmm *vmm)
{
	struct linux_vmm *x = linux_of(vmm);

	return mini_finish(&x->m, x->m.tsc_start && !x->m.tsc_stop ? linux_watch(x) : 0);
}

static int linux_drain(struct pb_vmm *vmm)
{
	linux_area_command(linux_of(vmm), PB_GUEST_DRAIN);
	return 0;
}

static int linux_stop(struct pb_vmm *vmm)
{
	struct linux_vmm *x = linux_of(vmm);
	int r;

	if (!x->m.tsc_start || x->m.tsc_stop)
		return 0;
	if (x->m.up && x->m.status == PB_RUN_OK) {
		linux_area_command(x, PB_GUEST_STOP);
		linux_wait(x, PB_GUEST_STOPPED, STOP_NS);
		/* A guest at fault is no failure of stop: the report says so. */
		x->m.line.text[0] = '\0';
	}
	r = mini_threads_quit(&x->m);
	x->m.tsc_stop = mini_tsc();
	return mini_finish(&x->m, r);
}

static int collect(struct linux_vmm *x, pb_event_sink sink, void *arg, struct pb_vmm_report *report)
{
	struct vmm_line why = {""};
	int r = 0;

	memset(report, 0, sizeof(*report));
	report->vfio = x->m.vfio_kind;
	for (unsigned int s = 0; s < x->job.tasks; s++)
		if (x->m.fn[s].dev.fd >= 0)
			vfio_device_pending(&x->m.fn[s].dev,
					    plan_source_first_vector(&x->m.vmm.plan->source[s]),
					    x->m.vmm.plan->source[s].vectors,
					    &report->msix_pending[s]);
	for (unsigned int s = 0; s < x->job.tasks && !r; s++)
		r = linux_claims_device(x, s, &report->device[s], &why);
	r = r ?: linux_claims_events(x, sink, arg, &report->lost, &why);
	if (r && r != -EPROTO)
		return vmm_fail(&x->m.line, r, "events cannot be stored: %s", strerror(-r));
	if (r) {
		linux_verdict(x, PB_RUN_GUEST_WILD, why.text);
		x->m.line.text[0] = '\0';
	}
	memcpy(report->release, x->area->program.release, sizeof(report->release) - 1);
	for (char *p = report->release; *p; p++)
		if (*p < 0x20 || *p > 0x7e)
			*p = '?';
	report->status = x->m.status;
	snprintf(report->reason, sizeof(report->reason), "%s", x->m.reason.text);
	return 0;
}

static int linux_collect(struct pb_vmm *vmm, pb_event_sink sink, void *arg,
			 struct pb_vmm_report *report)
{
	struct linux_vmm *x = linux_of(vmm);

	if (!x->m.tsc_stop) {
		memset(report, 0, sizeof(*report));
		return mini_finish(&x->m,
				   vmm_fail(&x->m.line, -EBUSY, "the guest was not stopped"));
	}
	return mini_finish(&x->m, collect(x, sink, arg, report));
}

static void linux_destroy(struct pb_vmm *vmm)
{
	struct linux_vmm *x = linux_of(vmm);
	bool stuck;

	if (!x)
		return;
	stuck = mini_threads_quit(&x->m) != 0;
	mini_functions_close(&x->m);
	/* A thread that is still in the guest keeps its memory: the process end frees it. */
	if (stuck)
		return;
	for (unsigned int i = 0; i < PB_MAX_VCPUS; i++)
		mini_vcpu_destroy(&x->m.vcpu[i]);
	mini_vm_destroy(&x->m);
	linux_area_destroy(x);
	pthread_mutex_destroy(&x->lock);
	free(x);
}

const struct pb_vmm_ops vmm_linux = {
	.name = "linux",
	.kind = PB_VMM_LINUX,
	.create = linux_create,
	.attach = linux_attach,
	.attach_host = mini_attach_host,
	.start = linux_start,
	.vcpu_tid = mini_vcpu_tid,
	.hold = mini_hold,
	.check = linux_check,
	.drain = linux_drain,
	.stop = linux_stop,
	.collect = linux_collect,
	.destroy = linux_destroy,
};
