// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "vmm/life.h"

int life_sink(void *arg, const struct pb_event *ev, size_t nr)
{
	struct life_sunk *s = arg;

	if (s->error)
		return s->error;
	assert_true(s->nr + nr <= sizeof(s->ev) / sizeof(s->ev[0]));
	memcpy(&s->ev[s->nr], ev, nr * sizeof(*ev));
	s->nr += nr;
	return 0;
}

static const char *const bdfs[] = {FAKE_BDF, FAKE_BDF_2};

static bool step(struct life *l, struct pb_vmm *vmm, const char *what, int r)
{
	if (!r)
		return true;
	if (!l->failed) {
		l->failed = what;
		l->error = r;
		snprintf(l->line, sizeof(l->line), "%s", vmm->error);
	}
	return false;
}

/* Long, since the machine may be busy; only those wait that are not obeyed. */
uint64_t life_command_ns = 30000000000;

struct life *life_live(unsigned int vcpus, unsigned int sources, enum pb_guest_mode mode,
		       life_meanwhile then)
{
	struct life *l = calloc(1, sizeof(*l));
	struct pb_function *fn[PB_MAX_SOURCES] = {NULL};
	struct pb_vmm *vmm = NULL;

	assert_non_null(l);
	l->plan = cases_plan(PB_VMM_MINI, vcpus, sources, mode);
	/* create() leaves a VMM with its line even when it fails. */
	int r = vmm_mini.create(&l->plan, &vmm);

	assert_non_null(vmm);
	if (step(l, vmm, "create", r)) {
		mini_of(vmm)->limits = (struct mini_limits){.hung_cpu_ns = 200000000,
							    .hung_sleep_ns = 200000000,
							    .command_ns = life_command_ns,
							    .quit_ns = 5000000000};
		for (unsigned int i = 0; i < sources && !l->failed; i++)
			step(l, vmm, "attach", vmm_mini.attach(vmm, i, bdfs[i], &fn[i]));
		if (!l->failed) {
			if (step(l, vmm, "start", vmm_mini.start(vmm))) {
				if (then)
					then(l, vmm, fn);
				step(l, vmm, "drain", vmm_mini.drain(vmm));
			}
			for (unsigned int i = 0; i < fk.vcpus; i++)
				l->asleep += fk.vcpu[i].mp_state == KVM_MP_STATE_HALTED;
			step(l, vmm, "stop", vmm_mini.stop(vmm));
			step(l, vmm, "collect",
			     vmm_mini.collect(vmm, life_sink, &l->sunk, &l->report));
		}
	}
	vmm_mini.destroy(vmm);
	return l;
}

void life_watch(struct life *l, struct pb_vmm *vmm, unsigned int ms)
{
	const struct timespec t = {0, 1000000};

	for (unsigned int i = 0; i < ms && !l->check; i++) {
		l->check = vmm_mini.check(vmm);
		if (l->check)
			snprintf(l->check_line, sizeof(l->check_line), "%s", vmm->error);
		nanosleep(&t, NULL);
	}
}

void life_assert_ok(const struct life *l)
{
	if (l->failed)
		fail_msg("%s: %s", l->failed, l->line);
	if (l->report.status != PB_RUN_OK)
		fail_msg("%s", l->report.reason);
}
