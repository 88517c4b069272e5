// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * overcommit.c - further virtual machines on a vCPU's CPU, each with one vCPU
 * that spins and no device, made by the same VMM.  What takes the CPU is then
 * what takes it on a full host: other vCPUs, whose state the kernel switches.
 * (More vCPUs of the same VM on one CPU: vcpus_per_cpu of the scenario.)
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan/plan.h"
#include "squeezer/squeezer.h"

struct overcommit {
	struct pb_plan plan; /* of each of them */
	uint32_t nr;
	struct pb_vmm *vm[PB_PLAN_MAX_VMS];
};

/* One spinning vCPU on that CPU, no device, nothing to record. */
static void plan_init(struct pb_plan *plan, const struct pb_plan *of, uint32_t cpu)
{
	*plan = (struct pb_plan){
		.vmm = of->vmm,
		.vfio = of->vfio,
		.guest_mode = PB_GUEST_SPIN,
		.vcpus = 1,
		.late_us = of->late_us,
		.measure_us = of->measure_us,
		.vcpu_cpu = {cpu},
		.control_cpu = of->control_cpu,
		.event_capacity = PB_PLAN_MIN_EVENTS,
	};
	memcpy(plan->scenario, of->scenario, sizeof(plan->scenario));
	plan_seal(plan);
}

static int vm_start(struct pb_squeezer *sq, struct overcommit *o)
{
	struct pb_vmm **vm = &o->vm[o->nr];
	int r = sq->vmm->ops->create(&o->plan, vm);

	/* What create left is there to be destroyed, also after a failure. */
	o->nr += *vm != NULL;
	if (!r)
		r = (*vm)->ops->start(*vm);
	if (r)
		snprintf(sq->error, sizeof(sq->error), "overcommit: VM %u: %.120s", o->nr,
			 *vm && (*vm)->error[0] ? (*vm)->error : strerror(-r));
	return r;
}

static int overcommit_start(struct pb_squeezer *sq)
{
	const struct pb_plan_squeezer *s = &sq->plan->squeezer[sq->index];
	struct overcommit *o;
	int r = 0;

	if (!sq->vmm) {
		snprintf(sq->error, sizeof(sq->error), "overcommit: no VMM to make more VMs");
		return -EOPNOTSUPP;
	}
	o = calloc(1, sizeof(*o));
	if (!o) {
		snprintf(sq->error, sizeof(sq->error), "overcommit: out of memory");
		return -ENOMEM;
	}
	plan_init(&o->plan, sq->plan, sq->plan->vcpu_cpu[s->vcpu]);
	sq->priv = o;
	for (uint32_t i = 0; i < s->threads && i < PB_PLAN_MAX_VMS && !r; i++)
		r = vm_start(sq, o);
	return r;
}

static void overcommit_stop(struct pb_squeezer *sq)
{
	struct overcommit *o = sq->priv;

	if (!o)
		return;
	for (uint32_t i = o->nr; i-- > 0;) {
		o->vm[i]->ops->stop(o->vm[i]);
		o->vm[i]->ops->destroy(o->vm[i]);
	}
	free(o);
	sq->priv = NULL;
}

const struct pb_squeezer_ops squeezer_overcommit = {
	.name = "overcommit",
	.kind = PB_SQUEEZER_OVERCOMMIT,
	.start = overcommit_start,
	.stop = overcommit_stop,
};
