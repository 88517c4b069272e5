// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * linux_watch.c - is the guest alive?  One that waits for an I/O sleeps, and may
 * do so for as long as an interrupt is lost: that is what is measured, and no
 * fault.  One whose vCPUs use CPU time and do nothing with it hangs.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "vmm/linux.h"

#define LAST_MAX 80

int linux_verdict(struct linux_vmm *x, enum pb_run_status status, const char *reason)
{
	char last[LAST_MAX], why[160];

	if (x->m.status != PB_RUN_OK)
		return mini_verdict(&x->m, x->m.status, x->m.reason.text);
	pthread_mutex_lock(&x->lock);
	linux_serial_last(&x->serial, last, sizeof(last));
	pthread_mutex_unlock(&x->lock);
	snprintf(why, sizeof(why), "%.60s%s%.79s", reason, last[0] ? "; its console: " : "", last);
	return mini_verdict(&x->m, status, why);
}

static uint64_t cpu_ns(const struct linux_vmm *x)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < x->m.vmm.plan->vcpus; i++) {
		struct timespec ts;
		clockid_t clock;

		if (x->m.vcpu[i].created && !pthread_getcpuclockid(x->m.vcpu[i].thread, &clock) &&
		    !clock_gettime(clock, &ts))
			sum += (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
	}
	return sum;
}

static int check_vcpus(struct linux_vmm *x)
{
	for (unsigned int i = 0; i < x->m.vmm.plan->vcpus; i++) {
		struct mini_vcpu *v = &x->m.vcpu[i];

		if (!atomic_load_explicit(&v->ended, memory_order_acquire))
			continue;
		if (v->end == MINI_END_ERROR)
			return vmm_fail(&x->m.line, v->error, "%s", v->why.text);
		return linux_verdict(x, PB_RUN_GUEST_WILD, v->why.text);
	}
	return 0;
}

static int check_program(struct linux_vmm *x)
{
	enum pb_guest_state s = linux_area_state(x);
	char reason[sizeof(x->area->program.reason)];

	if (s == PB_GUEST_STATES)
		return linux_verdict(x, PB_RUN_GUEST_WILD, "the guest's state is none");
	if (s != PB_GUEST_FAILED)
		return 0;
	memcpy(reason, x->area->program.reason, sizeof(reason));
	reason[sizeof(reason) - 1] = '\0';
	for (char *p = reason; *p; p++)
		if (*p < 0x20 || *p > 0x7e)
			*p = '?';
	return mini_verdict(&x->m, PB_RUN_GUEST_WILD, reason[0] ? reason : "the guest gave up");
}

/* CPU time since the last I/O ended. */
static int check_beat(struct linux_vmm *x)
{
	uint64_t beat = __atomic_load_n(&x->area->program.heartbeat, __ATOMIC_RELAXED);
	uint64_t cpu = cpu_ns(x);
	char why[96];

	if (beat != x->last_beat || !x->last_cpu_ns) {
		x->last_beat = beat;
		x->last_cpu_ns = cpu;
	}
	if (cpu - x->last_cpu_ns <= x->m.limits.hung_cpu_ns)
		return 0;
	snprintf(why, sizeof(why), "the guest ran %" PRIu64 " ms without an I/O",
		 (cpu - x->last_cpu_ns) / 1000000);
	return linux_verdict(x, PB_RUN_GUEST_HUNG, why);
}

int linux_watch(struct linux_vmm *x)
{
	int r = check_vcpus(x);

	r = r ?: check_program(x);
	return r ?: check_beat(x);
}

int linux_wait(struct linux_vmm *x, enum pb_guest_state state, uint64_t limit_ns)
{
	static const char *const what[PB_GUEST_STATES] = {
		[PB_GUEST_READY] = "come up", [PB_GUEST_STOPPED] = "stop"};
	const struct timespec pause = {0, 1000000};
	uint64_t start = mini_monotonic_ns();
	char why[96];

	for (;;) {
		int r = check_vcpus(x);

		r = r ?: check_program(x);
		if (r)
			return r;
		if (linux_area_state(x) >= state)
			return 0;
		if (mini_monotonic_ns() - start > limit_ns) {
			snprintf(why, sizeof(why), "the guest did not %s within %" PRIu64 " ms",
				 what[state] ? what[state] : "go on", limit_ns / 1000000);
			return linux_verdict(x, PB_RUN_GUEST_HUNG, why);
		}
		nanosleep(&pause, NULL);
	}
}
