// SPDX-License-Identifier: LGPL-2.1-or-later
/* mini_run.c - the thread of a vCPU, and what its exits mean. */
#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "vmm/mini.h"
#include "vmm/sys.h"

/*
 * The signal is blocked in the thread and open only inside KVM_RUN: it ends
 * the ioctl with EINTR, has no handler, and cannot come too early.
 */
static int run_signal(void)
{
	return SIGRTMIN;
}

static int signal_prepare(struct mini_vcpu *v)
{
	union {
		struct kvm_signal_mask head;
		uint8_t room[sizeof(struct kvm_signal_mask) + sizeof(uint64_t)];
	} mask = {.head = {.len = sizeof(uint64_t)}};
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, run_signal());
	if (pthread_sigmask(SIG_BLOCK, &set, NULL) || pthread_sigmask(SIG_BLOCK, NULL, &set))
		return -EINVAL;
	sigdelset(&set, run_signal());
	/* The kernel's signal set is the first 64 bits of the C library's. */
	memcpy(mask.head.sigset, &set, sizeof(uint64_t));
	return sys_ioctl(v->fd, KVM_SET_SIGNAL_MASK, &mask);
}

static void signal_consume(void)
{
	const struct timespec now = {0, 0};
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, run_signal());
	while (sigtimedwait(&set, NULL, &now) > 0)
		;
}

static int thread_pin(unsigned int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	if (cpu >= CPU_SETSIZE)
		return -EINVAL;
	CPU_SET(cpu, &set);
	return sched_setaffinity(0, sizeof(set), &set) ? -errno : 0;
}

static void end(struct mini_vcpu *v, enum mini_end how, int error, const char *why)
{
	v->end = how;
	v->error = error;
	if (!v->why.text[0])
		snprintf(v->why.text, sizeof(v->why.text), "%s", why);
	atomic_store_explicit(&v->ended, true, memory_order_release);
}

static uint64_t rip_of(struct mini_vcpu *v)
{
	struct kvm_regs regs;

	return sys_ioctl(v->fd, KVM_GET_REGS, &regs) < 0 ? 0 : regs.rip;
}

bool mini_run_wild(struct mini_vcpu *v, const char *what, uint64_t value)
{
	snprintf(v->why.text, sizeof(v->why.text), "vCPU %u: %s (0x%" PRIx64 ") at RIP 0x%" PRIx64,
		 v->index, what, value, rip_of(v));
	v->end = MINI_END_WILD;
	return true;
}

/* The agent's last word, if it is one. */
static bool exit_io(struct mini_vcpu *v)
{
	const struct kvm_run *run = v->run;
	uint64_t at = run->io.data_offset;
	uint32_t code;

	if (run->io.direction != KVM_EXIT_IO_OUT || run->io.port != PB_AGENT_PORT ||
	    run->io.size != sizeof(code) || run->io.count != 1)
		return mini_run_wild(v, "touched an I/O port", run->io.port);
	if (at > v->run_size - sizeof(code))
		return mini_run_wild(v, "KVM's run page is damaged", at);
	memcpy(&code, (const uint8_t *)run + at, sizeof(code));
	if (code == PB_AGENT_EXIT_STOPPED) {
		v->end = MINI_END_STOPPED;
		return true;
	}
	if (code == PB_AGENT_EXIT_EXCEPTION) {
		/* The watcher says which: the agent has written it down. */
		v->end = MINI_END_WILD;
		return true;
	}
	return mini_run_wild(v, "said what no agent says", code);
}

bool mini_run_exit(struct mini_vcpu *v)
{
	const struct kvm_run *run = v->run;

	switch (run->exit_reason) {
	case KVM_EXIT_INTR:
		return false;
	case KVM_EXIT_IO:
		return exit_io(v);
	case KVM_EXIT_SHUTDOWN:
		return mini_run_wild(v, "triple fault", 0);
	case KVM_EXIT_MMIO:
		return mini_run_wild(v, "touched what is not memory", run->mmio.phys_addr);
	case KVM_EXIT_FAIL_ENTRY:
		return mini_run_wild(v, "VM entry failed, hardware reason",
				     run->fail_entry.hardware_entry_failure_reason);
	case KVM_EXIT_INTERNAL_ERROR:
		return mini_run_wild(v, "KVM internal error", run->internal.suberror);
	case KVM_EXIT_UNKNOWN:
		return mini_run_wild(v, "exit unknown to KVM, hardware reason",
				     run->hw.hardware_exit_reason);
	default:
		return mini_run_wild(v, "unexpected KVM exit", run->exit_reason);
	}
}

/* A halted vCPU goes on behind its HLT. No interrupt is injected: that could rescue another. */
static int unhalt(struct mini_vcpu *v)
{
	struct kvm_mp_state mp;
	int r = sys_ioctl(v->fd, KVM_GET_MP_STATE, &mp);

	if (r < 0 || mp.mp_state != KVM_MP_STATE_HALTED)
		return r;
	mp.mp_state = KVM_MP_STATE_RUNNABLE;
	return sys_ioctl(v->fd, KVM_SET_MP_STATE, &mp);
}

/* Spinning, not sleeping: who sleeps is scheduled out, and that is another window. */
static void stay_out(struct mini_vcpu *v)
{
	uint64_t ns = atomic_exchange(&v->hold_ns, 0), start;

	if (!ns)
		return;
	start = mini_monotonic_ns();
	while (mini_monotonic_ns() - start < ns && !atomic_load(&v->release) &&
	       !atomic_load(&v->quit))
		__builtin_ia32_pause();
}

/*
 * The guest may touch a function's BAR while it is reset: VFIO has taken its pages
 * away, and depending on the instant KVM waits for them or gives up with EFAULT. The
 * instruction is not done then, and is done when it is tried again behind the reset.
 */
static bool in_reset(struct mini *m, uint32_t resets, uint32_t resetting)
{
	return resetting || atomic_load(&m->resetting) || atomic_load(&m->resets) != resets;
}

static void run(struct mini_vcpu *v)
{
	uint32_t resets, resetting;
	char why[64];
	int r;

	while (!atomic_load(&v->quit)) {
		resets = atomic_load(&v->m->resets);
		resetting = atomic_load(&v->m->resetting);
		r = sys_ioctl(v->fd, KVM_RUN, NULL);
		if (r == -EINTR) {
			signal_consume();
			stay_out(v);
			r = atomic_exchange(&v->wake, false) ? unhalt(v) : 0;
			if (r >= 0)
				continue;
		}
		if (r == -EAGAIN || (r == -EFAULT && in_reset(v->m, resets, resetting)))
			continue;
		if (r < 0) {
			snprintf(why, sizeof(why), "vCPU %u: KVM_RUN: %s", v->index, strerror(-r));
			end(v, MINI_END_WILD, r, why);
			return;
		}
		if (v->m->exit(v)) {
			end(v, v->end, 0, "");
			return;
		}
	}
	end(v, MINI_END_QUIT, 0, "told to leave");
}

static void *thread_main(void *arg)
{
	struct mini_vcpu *v = arg;
	unsigned int cpu = v->m->vmm.plan->vcpu_cpu[v->index];
	char why[128];
	int r;

	r = thread_pin(cpu);
	if (r) {
		snprintf(why, sizeof(why), "vCPU %u cannot be pinned to CPU %u: %s", v->index, cpu,
			 strerror(-r));
		end(v, MINI_END_ERROR, r, why);
		return NULL;
	}
	r = signal_prepare(v);
	if (r < 0) {
		snprintf(why, sizeof(why), "vCPU %u: KVM takes no signal mask: %s", v->index,
			 strerror(-r));
		end(v, MINI_END_ERROR, r, why);
		return NULL;
	}
	atomic_store_explicit(&v->tid, (pid_t)syscall(SYS_gettid), memory_order_release);
	run(v);
	return NULL;
}

int mini_run_start(struct mini_vcpu *v)
{
	int r = pthread_create(&v->thread, NULL, thread_main, v);

	if (r)
		return vmm_fail(&v->m->line, -r, "vCPU %u: no thread: %s", v->index, strerror(r));
	v->created = true;
	return 0;
}

static void interrupt(struct mini_vcpu *v)
{
	if (v->created && atomic_load_explicit(&v->tid, memory_order_acquire))
		pthread_kill(v->thread, run_signal());
}

void mini_run_wake(struct mini_vcpu *v)
{
	if (atomic_load(&v->ended))
		return;
	atomic_store(&v->wake, true);
	interrupt(v);
}

void mini_run_hold(struct mini_vcpu *v, uint64_t ns)
{
	if (atomic_load(&v->ended))
		return;
	atomic_store(&v->release, !ns);
	atomic_store(&v->hold_ns, ns);
	if (ns)
		interrupt(v);
}

int mini_run_quit(struct mini_vcpu *v)
{
	const struct timespec pause = {0, MINI_POLL_NS};
	uint64_t start = mini_monotonic_ns();

	if (!v->created)
		return 0;
	atomic_store(&v->quit, true);
	/* Again and again: the thread may have been on its way into KVM_RUN. */
	while (!atomic_load_explicit(&v->ended, memory_order_acquire)) {
		if (mini_monotonic_ns() - start > v->m->limits.quit_ns)
			return -ETIMEDOUT;
		interrupt(v);
		nanosleep(&pause, NULL);
	}
	pthread_join(v->thread, NULL);
	v->created = false;
	return 0;
}
