// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * mini_watch.c - is the guest alive?  An agent beats once per round of its main
 * loop.  No beat is no proof: a halted vCPU sleeps, a squeezed one waits for a
 * CPU.  So what is held against it is the CPU time of its thread: a vCPU that
 * ran for limits.hung_cpu_ns without a sign of life hangs, and so does one that
 * sleeps without having halted.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "vmm/mini.h"

static uint64_t to_ns(const struct timespec *ts)
{
	return (uint64_t)ts->tv_sec * 1000000000u + (uint64_t)ts->tv_nsec;
}

uint64_t mini_monotonic_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return to_ns(&ts);
}

uint64_t mini_tsc(void)
{
	uint32_t lo, hi;

	__asm__ volatile("lfence; rdtsc" : "=a"(lo), "=d"(hi));
	return (uint64_t)hi << 32 | lo;
}

int mini_verdict(struct mini *m, enum pb_run_status status, const char *reason)
{
	if (m->status == PB_RUN_OK) {
		m->status = status;
		snprintf(m->reason.text, sizeof(m->reason.text), "%s", reason);
	}
	return vmm_fail(&m->line, -EIO, "%s", m->reason.text);
}

static uint64_t thread_cpu_ns(const struct mini_vcpu *v)
{
	struct timespec ts;
	clockid_t clock;

	if (pthread_getcpuclockid(v->thread, &clock) || clock_gettime(clock, &ts))
		return 0;
	return to_ns(&ts);
}

/* Does the thread sleep, rather than run or wait for a CPU? False also when that is not known. */
static bool thread_sleeps(const struct mini_vcpu *v)
{
	char path[64], stat[256];
	const char *name_end;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", (int)atomic_load(&v->tid));
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = read(fd, stat, sizeof(stat) - 1);
	close(fd);
	stat[n > 0 ? n : 0] = '\0';
	name_end = strrchr(stat, ')');
	return name_end && (name_end[1] == ' ' && (name_end[2] == 'S' || name_end[2] == 'D'));
}

static bool lives(const struct pb_agent_output *now, const struct pb_agent_output *last)
{
	return now->heartbeat != last->heartbeat || now->isr != last->isr ||
	       now->spurious != last->spurious || now->ticks != last->ticks ||
	       now->halts != last->halts;
}

/* No sign of life since v->last: how long may that be so? */
static int watch_still(struct mini_vcpu *v, const struct claims *now)
{
	const struct mini_limits *limits = &v->m->limits;
	uint64_t cpu = thread_cpu_ns(v), t = mini_monotonic_ns();
	char why[128];

	if (!v->still) {
		v->still = true;
		v->still_cpu_ns = cpu;
		v->still_since_ns = t;
		return 0;
	}
	if (cpu - v->still_cpu_ns > limits->hung_cpu_ns) {
		snprintf(why, sizeof(why),
			 "vCPU %u ran %" PRIu64 " ms without a heartbeat (state %" PRIu32 ")",
			 v->index, (cpu - v->still_cpu_ns) / 1000000, now->out.state);
		return mini_verdict(v->m, PB_RUN_GUEST_HUNG, why);
	}
	/* One look at a thread is chance; that it has used no CPU all the time is not. */
	if (now->out.state != PB_AGENT_HALTED && t - v->still_since_ns > limits->hung_sleep_ns &&
	    cpu - v->still_cpu_ns < limits->hung_sleep_ns / 100 && thread_sleeps(v)) {
		snprintf(why, sizeof(why),
			 "vCPU %u sleeps, but its agent did not halt (state %" PRIu32 ")", v->index,
			 now->out.state);
		return mini_verdict(v->m, PB_RUN_GUEST_HUNG, why);
	}
	return 0;
}

int mini_watch_vcpu(struct mini_vcpu *v)
{
	struct mini *m = v->m;
	struct claims_known known = {m->vmm.plan, v->index, m->command, m->tsc_start, 0};
	bool ended = atomic_load_explicit(&v->ended, memory_order_acquire);
	struct vmm_line why = {""};
	struct claims now;

	if (ended && v->end == MINI_END_ERROR)
		return vmm_fail(&m->line, v->error, "%s", v->why.text);
	if (ended && v->why.text[0] && v->end == MINI_END_WILD)
		return mini_verdict(m, PB_RUN_GUEST_WILD, v->why.text);
	claims_read(&now, mini_output(m, v->index), mini_ring(m, v->index));
	known.tsc_now = mini_tsc();
	if (claims_check(&known, &now, v->has_last ? &v->last : NULL, &why))
		return mini_verdict(m, PB_RUN_GUEST_WILD, why.text);
	if (ended) {
		if (v->end == MINI_END_STOPPED && now.out.state == PB_AGENT_STOPPED)
			return 0;
		snprintf(why.text, sizeof(why.text), "vCPU %u left in state %" PRIu32, v->index,
			 now.out.state);
		return mini_verdict(m, PB_RUN_GUEST_WILD, why.text);
	}
	if (v->has_last && !lives(&now.out, &v->last.out))
		return watch_still(v, &now);
	v->last = now;
	v->has_last = true;
	v->still = false;
	return 0;
}

int mini_watch(struct mini *m)
{
	int r = 0;

	/* Once found at fault, a guest stays so. */
	if (m->status != PB_RUN_OK)
		return mini_verdict(m, m->status, m->reason.text);
	for (unsigned int i = 0; i < m->vmm.plan->vcpus && !r; i++)
		r = mini_watch_vcpu(&m->vcpu[i]);
	return r;
}

/*
 * Is the agent where it was told to be?  One that sleeps is left asleep by
 * DRAIN: were it woken, an interrupt that failed to wake it would be delivered
 * after all and its loss be hidden.  STOP wakes it.
 */
static bool obeyed(struct mini_vcpu *v, uint32_t state)
{
	uint32_t now = __atomic_load_n(&mini_output(v->m, v->index)->state, __ATOMIC_ACQUIRE);

	if (now == PB_AGENT_HALTED && state != PB_AGENT_STOPPED)
		return true;
	if (now == PB_AGENT_HALTED)
		mini_run_wake(v);
	if (state == PB_AGENT_STOPPED)
		return atomic_load_explicit(&v->ended, memory_order_acquire);
	return now == state;
}

int mini_command(struct mini *m, uint32_t command, uint32_t state)
{
	const struct timespec pause = {0, MINI_POLL_NS};
	struct pb_agent_guest *guest = (struct pb_agent_guest *)(m->mem + m->layout.guest.gpa);
	uint64_t start = mini_monotonic_ns();
	char why[128];

	m->command = command;
	__atomic_store_n(&guest->command, command, __ATOMIC_RELEASE);
	for (;;) {
		unsigned int missing = PB_MAX_VCPUS;
		int r = mini_watch(m);

		if (r)
			return r;
		for (unsigned int i = 0; i < m->vmm.plan->vcpus; i++)
			if (!obeyed(&m->vcpu[i], state))
				missing = i;
		if (missing == PB_MAX_VCPUS)
			return mini_watch(m);
		if (mini_monotonic_ns() - start > m->limits.command_ns) {
			snprintf(why, sizeof(why),
				 "vCPU %u did not obey command %" PRIu32 " within %" PRIu64 " ms",
				 missing, command, m->limits.command_ns / 1000000);
			return mini_verdict(m, PB_RUN_GUEST_HUNG, why);
		}
		nanosleep(&pause, NULL);
	}
}
