// SPDX-License-Identifier: LGPL-2.1-or-later
/* mini.c - life cycle of the small VMM; its parts are in the other mini_*.c. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vmm/mini.h"

int mini_finish(struct mini *m, int r)
{
	if (r && m->line.text[0])
		snprintf(m->vmm.error, sizeof(m->vmm.error), "%s", m->line.text);
	else if (r)
		snprintf(m->vmm.error, sizeof(m->vmm.error), "%s", strerror(-r));
	m->line.text[0] = '\0';
	return r;
}

static int guest_init(struct mini *m)
{
	struct pb_agent_guest *guest = (struct pb_agent_guest *)(m->mem + m->layout.guest.gpa);
	const struct pb_plan *plan = m->vmm.plan;

	guest->magic = PB_AGENT_MAGIC;
	guest->version = PB_AGENT_VERSION;
	guest->mode = plan->guest_mode;
	guest->tick = plan->tick_us * m->tsc_khz / 1000;
	if (plan->guest_mode == PB_GUEST_TICK && !guest->tick)
		return vmm_fail(&m->line, -EINVAL, "KVM does not know the frequency of the TSC");
	return 0;
}

static int create(struct mini *m)
{
	const struct pb_plan *plan = m->vmm.plan;
	int r;

	if (!plan->vcpus || plan->vcpus > PB_MAX_VCPUS || plan->nr_sources > PB_MAX_SOURCES ||
	    plan->nr_squeezers > PB_MAX_SQUEEZERS)
		return vmm_fail(&m->line, -EINVAL, "%u vCPUs and %u sources: not a checked plan",
				plan->vcpus, plan->nr_sources);
	r = mini_vm_create(m);
	for (unsigned int i = 0; i < plan->vcpus && !r; i++)
		r = mini_vcpu_create(m, i);
	return r ?: guest_init(m);
}

void mini_init(struct mini *m, const struct pb_vmm_ops *ops, const struct pb_plan *plan)
{
	m->vmm.ops = ops;
	m->vmm.plan = plan;
	m->limits = MINI_LIMITS;
	m->exit = mini_run_exit;
	m->kvm = m->vm = m->kvm_vfio = -1;
	m->vfio.iommu = -1;
	for (unsigned int i = 0; i < PB_MAX_VCPUS; i++) {
		m->vcpu[i].m = m;
		m->vcpu[i].index = i;
		m->vcpu[i].fd = -1;
	}
	for (unsigned int i = 0; i < PB_MAX_SQUEEZERS; i++)
		m->host[i].dev.fd = m->host[i].fn.eventfd = -1;
	for (unsigned int s = 0; s < PB_MAX_SOURCES; s++) {
		m->fn[s].dev.fd = -1;
		for (unsigned int i = 0; i < PB_MAX_VECTORS; i++)
			m->fn[s].eventfd[i] = -1;
		m->fn[s].own = -1;
	}
}

static int mini_create(const struct pb_plan *plan, struct pb_vmm **vmm)
{
	struct mini *m = calloc(1, sizeof(*m));

	*vmm = m ? &m->vmm : NULL;
	if (!m)
		return -ENOMEM;
	mini_init(m, &vmm_mini, plan);
	return mini_finish(m, create(m));
}

static int mini_attach(struct pb_vmm *vmm, unsigned int source, const char *bdf,
		       struct pb_function **fn)
{
	struct mini *m = mini_of(vmm);
	int r = mini_function_attach(m, source, bdf);

	*fn = r ? NULL : &m->fn[source].fn;
	return mini_finish(m, r);
}

int mini_attach_host(struct pb_vmm *vmm, unsigned int function, const char *bdf,
		     struct pb_function **fn)
{
	struct mini *m = mini_of(vmm);
	int r = mini_host_attach(m, function, bdf);

	*fn = r ? NULL : &m->host[function - vmm->plan->nr_sources].fn;
	return mini_finish(m, r);
}

static int mini_start(struct pb_vmm *vmm)
{
	struct mini *m = mini_of(vmm);
	int r = 0;

	if (m->tsc_start)
		return mini_finish(m, vmm_fail(&m->line, -EBUSY, "the guest runs already"));
	m->tsc_start = mini_tsc();
	/* The command lies in memory before the first agent looks. */
	((struct pb_agent_guest *)(m->mem + m->layout.guest.gpa))->command = PB_AGENT_RUN;
	m->command = PB_AGENT_RUN;
	for (unsigned int i = 0; i < vmm->plan->vcpus && !r; i++)
		r = mini_run_start(&m->vcpu[i]);
	r = r ?: mini_command(m, PB_AGENT_RUN, PB_AGENT_RUNNING);
	m->up = !r;
	return mini_finish(m, r);
}

pid_t mini_vcpu_tid(struct pb_vmm *vmm, unsigned int vcpu)
{
	struct mini *m = mini_of(vmm);

	return vcpu < vmm->plan->vcpus ? atomic_load(&m->vcpu[vcpu].tid) : 0;
}

void mini_hold(struct pb_vmm *vmm, unsigned int vcpu, uint64_t ns)
{
	if (vcpu < vmm->plan->vcpus)
		mini_run_hold(&mini_of(vmm)->vcpu[vcpu], ns);
}

static int mini_route(struct pb_vmm *vmm, unsigned int vcpu, enum pb_route how, char *err,
		      size_t size)
{
	struct vmm_line line = {""};
	int r = mini_irq_route(mini_of(vmm), vcpu, how, &line);

	if (r)
		snprintf(err, size, "%.*s", (int)size - 1, line.text[0] ? line.text : strerror(-r));
	return r;
}

static int mini_check(struct pb_vmm *vmm)
{
	struct mini *m = mini_of(vmm);

	return mini_finish(m, m->tsc_start && !m->tsc_stop ? mini_watch(m) : 0);
}

/*
 * A guest at fault is not a failure of drain or stop: check() and the report
 * say what it did, and what it left is still collected.
 */
static int pardon(struct mini *m, int r)
{
	if (r != -EIO || m->status == PB_RUN_OK)
		return r;
	m->line.text[0] = '\0';
	return 0;
}

static int mini_drain(struct pb_vmm *vmm)
{
	struct mini *m = mini_of(vmm);

	return mini_finish(m, pardon(m, mini_command(m, PB_AGENT_DRAIN, PB_AGENT_DRAINING)));
}

int mini_threads_quit(struct mini *m)
{
	int r = 0;

	for (unsigned int i = 0; i < PB_MAX_VCPUS; i++)
		if (mini_run_quit(&m->vcpu[i]))
			r = vmm_fail(&m->line, -ETIMEDOUT, "vCPU %u does not leave KVM", i);
	return r;
}

static int mini_stop(struct pb_vmm *vmm)
{
	struct mini *m = mini_of(vmm);
	int r = 0, q;

	if (!m->tsc_start)
		return 0;
	if (m->tsc_stop)
		return 0;
	/* A guest that never came up whole would not obey. */
	if (m->up && m->status == PB_RUN_OK)
		r = pardon(m, mini_command(m, PB_AGENT_STOP, PB_AGENT_STOPPED));
	q = mini_threads_quit(m);
	m->tsc_stop = mini_tsc();
	return mini_finish(m, r ?: q);
}

static int mini_op_collect(struct pb_vmm *vmm, pb_event_sink sink, void *arg,
			   struct pb_vmm_report *report)
{
	struct mini *m = mini_of(vmm);

	if (!m->tsc_stop) {
		memset(report, 0, sizeof(*report));
		return mini_finish(m, vmm_fail(&m->line, -EBUSY, "the guest was not stopped"));
	}
	return mini_finish(m, mini_collect(m, sink, arg, report));
}

static void mini_destroy(struct pb_vmm *vmm)
{
	struct mini *m = mini_of(vmm);
	bool stuck;

	if (!m)
		return;
	stuck = mini_threads_quit(m) != 0;
	mini_functions_close(m);
	/* A thread that is still in the guest keeps its memory: the process end frees it. */
	if (stuck)
		return;
	for (unsigned int i = 0; i < PB_MAX_VCPUS; i++)
		mini_vcpu_destroy(&m->vcpu[i]);
	mini_vm_destroy(m);
	free(m);
}

const struct pb_vmm_ops vmm_mini = {
	.name = "mini",
	.kind = PB_VMM_MINI,
	.create = mini_create,
	.attach = mini_attach,
	.attach_host = mini_attach_host,
	.start = mini_start,
	.vcpu_tid = mini_vcpu_tid,
	.hold = mini_hold,
	.route = mini_route,
	.check = mini_check,
	.drain = mini_drain,
	.stop = mini_stop,
	.collect = mini_op_collect,
	.destroy = mini_destroy,
};
