// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The sweep engine on a machine that is a few lines of C: a "kernel" which puts
 * and loads a vCPU, syncs, blocks, and a guest that takes what it is given.  It
 * forks as the real one does; so what is compared is what processes found.
 */
#include "model/rig.h"

#include <stdbool.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/lab/model/branch_wire.h"
#include "host/lab/model/poster.h"
#include "host/lab/model/sweep.h"
#include "host/lab/model/truth.h"
#include "shared/plan.h"
#include "shared/poster_regs.h"
#include "model/fake_vtd.h"

#define PID           0x5000u
#define VAPIC         0x9000u
#define CONTROL_QWORD (PID + 32)
#define FIRST         100 /* message data of the source's vector 0 */
#define KICKER        140 /* of the kick's */
#define VECTOR        PB_VECTOR_BASE
#define ON            1ull
#define SN            2ull
#define NV_RUN        0xf2ull
#define NV_WAKE       0xf1ull

/* The machine. */
static struct {
	bool fixed; /* ON is restored when SN is cleared */
	bool v1; /* sync looks at the PIR, not at ON */
	bool halts; /* the guest halts, rather than spins */
	bool pending; /* a notification for CPU 0 */
	bool root; /* in VMX root operation: the host's handler takes it, */
	bool irqs_off; /* but not now */
	bool virr;
	unsigned int kicks, kicked; /* messages of the kick, and those that were served */
	unsigned int periods;
	pid_t crash; /* not 0: any process but this one crashes when a post is in the PIR */
} mc;

static uint64_t control(void)
{
	return fake_rd64(CONTROL_QWORD);
}

static void preempt(void);

static void insn(unsigned int cpu)
{
	fake.rip[cpu] += 4;
	fake_cpu_run(cpu, 1);
	fake_advance(1);
	if (mc.root && !mc.irqs_off && cpu == 0)
		mc.pending = false;
	if (mc.crash && getpid() != mc.crash && fake_rd64(PID))
		_exit(7);
}

static void insns(unsigned int n)
{
	while (n--) {
		insn(1);
		insn(0);
	}
}

/* As insns(), but a kick preempts. */
static void preemptible(unsigned int n)
{
	while (n--) {
		insns(1);
		if (mc.kicked != mc.kicks) {
			mc.kicked = mc.kicks;
			preempt();
		}
	}
}

static void store_control(uint64_t v)
{
	fake_cpu_store(0, CONTROL_QWORD, &v, 8);
	insn(0);
}

static uint64_t load(uint64_t pa)
{
	uint64_t v = fake_rd64(pa);

	fake_cpu_load(0, pa, 8);
	insn(0);
	return v;
}

static void on_apic(const struct fake_apic_msg *m)
{
	if (m->dest == 0)
		mc.pending = true;
}

/* PIR to the virtual APIC; ON goes first. */
static void sync_pir(void)
{
	uint64_t zero = 0;

	if (mc.v1 ? !load(PID) : !(load(CONTROL_QWORD) & ON))
		return;
	store_control(control() & ~ON);
	mc.virr |= fake_rd64(PID) != 0;
	fake_cpu_store(0, PID, &zero, 8); /* an exchange */
	insn(0);
	fake_cpu_store(0, VAPIC + 0x200, &zero, 4);
	insn(0);
}

static void pi_load(void)
{
	store_control(NV_RUN << 16 | (control() & ON));
	if (mc.fixed && load(PID))
		store_control(control() | ON);
}

static void preempt(void)
{
	store_control(control() | SN);
	insns(4);
	pi_load();
	insns(1);
}

static void guest(unsigned int n)
{
	uint64_t zero = 0;

	fake.cpu_state[0] = LAB_CPU_NON_ROOT;
	mc.root = mc.irqs_off = false;
	lab_hook_vmentry(0, PID);
	while (n--) {
		insns(1);
		if (mc.pending) {
			mc.pending = false;
			zero = control() & ~ON;
			fake_cpu_store(0, CONTROL_QWORD, &zero, 8);
			zero = 0;
			mc.virr |= fake_rd64(PID) != 0;
			fake_cpu_store(0, PID, &zero, 8);
			lab_hook_pip(0, PID);
		}
		if (mc.virr) {
			mc.virr = false;
			lab_hook_virq(0, PID, VECTOR);
		}
	}
	fake.cpu_state[0] = 0;
	mc.root = true;
	lab_hook_vmexit(0, PID, mc.halts ? 12 : 1);
}

/* Sleep; only a notification to the wakeup vector ends that. */
static void block(void)
{
	mc.irqs_off = true;
	store_control(NV_WAKE << 16 | (control() & ON));
	if (load(CONTROL_QWORD) & ON) {
		mc.irqs_off = false;
		return;
	}
	fake.cpu_state[0] = LAB_CPU_HALTED | LAB_CPU_IF;
	for (unsigned int n = 0; !mc.pending && n < 400000; n++)
		insn(1);
	fake.cpu_state[0] = 0;
	mc.irqs_off = false;
}

static void period(void)
{
	guest(12);
	insns(2);
	if (mc.halts) {
		sync_pir();
		fake.cpu_state[0] = LAB_CPU_IF;
		preemptible(6);
		fake.cpu_state[0] = 0;
		if (!mc.virr) {
			block();
			pi_load();
		}
	} else {
		preempt();
	}
	insns(1);
	mc.irqs_off = true;
	sync_pir();
	insns(2);
	mc.periods++;
}

/* ---- what is asked for ---------------------------------------------------------- */

static void count_kicks(void)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < vtd.nr_sent && i < FAKE_SENT; i++)
		n += vtd.sent[i].data == KICKER;
	mc.kicks = n;
}

static void on_step(unsigned int cpu)
{
	lab_hook_step(cpu);
	count_kicks();
}

static void arm(unsigned int devfn, uint32_t count, uint32_t flags, uint32_t data)
{
	rig_function(devfn);
	rig_msix(devfn, 1, data);
	fake_mmio_wr32(BAR0(devfn) + PB_POSTER_SCHEDULE, PB_SCHED_SWEPT);
	fake_mmio_wr32(BAR0(devfn) + PB_POSTER_COUNT, count);
	fake_mmio_wr32(BAR0(devfn) + PB_POSTER_VECTORS, 1);
	fake_mmio_wr32(BAR0(devfn) + PB_POSTER_VECTOR_BASE, VECTOR);
	fake_mmio_wr32(BAR0(devfn) + PB_POSTER_FLAGS, flags);
	fake_mmio_wr32(BAR0(devfn) + PB_POSTER_CTRL, PB_POSTER_CTRL_ARM);
}

static const struct pb_plan_sweep posts = {
	.window = PB_WINDOW_PREEMPT,
	.event = PB_SWEEP_POST,
	.length = 1000,
	.windows = 2,
	.budget = 1000,
	.deadline_us = 100,
};

static void plan_of(struct pb_plan *plan, const struct pb_plan_sweep *first,
		    const struct pb_plan_sweep *second)
{
	memset(plan, 0, sizeof(*plan));
	plan->nr_sweeps = second ? 2 : 1;
	plan->sweep[0] = *first;
	if (second)
		plan->sweep[1] = *second;
}

/* Until the source has made its posts, all sweeps included. */
static struct truth_view run(const struct pb_plan *plan, unsigned int processes)
{
	assert_int_equal(rig_setup(NULL), 0);
	fake.on_apic = on_apic;
	fake.on_step = on_step;
	fake.virtual_apic = VAPIC;
	vtd.entry[FIRST].pid = PID;
	vtd.entry[FIRST].vector = VECTOR;
	mc.pending = mc.virr = mc.irqs_off = false;
	mc.kicks = mc.kicked = mc.periods = 0;
	mc.root = true;
	fake_wr64(CONTROL_QWORD, NV_RUN << 16);
	truth_start(0);
	assert_int_equal(sweep_start(plan, sizeof(*plan), processes), 0);
	if (plan->nr_sweeps > 1)
		arm(POSTER1, PB_RUN_MAX_EVENTS, PB_POSTER_FL_KICK, KICKER);
	arm(POSTER0, plan->sweep[0].windows + 1, 0, FIRST);
	while (fake_mmio_rd32(BAR0(POSTER0) + PB_POSTER_STATUS) & PB_POSTER_ST_ARMED) {
		period();
		assert_true(mc.periods < 100000);
	}
	return rig_truth();
}

struct found {
	unsigned int windows, open, cut, alike, unopened, inner;
	unsigned int bounds, tries, delivered, stranded, missed, other, passed;
	uint32_t first_lost, last_lost;
};

static void count(const struct truth_view *v, struct found *f)
{
	memset(f, 0, sizeof(*f));
	f->first_lost = UINT32_MAX;
	for (uint64_t i = 0; i < v->run->nr_events; i++) {
		const struct pb_event *e = &v->ev[i];

		if (e->kind == PB_TR_WINDOW) {
			f->windows++;
			f->inner += e->source == 1;
			f->open += !!(e->flags & PB_EVF_WINDOW_OPEN);
			f->cut += !!(e->flags & PB_EVF_WINDOW_CUT);
			f->alike += !!(e->flags & PB_EVF_WINDOW_ALIKE);
			f->unopened += !PB_WINDOW_ARG_LENGTH(e->arg);
		}
		f->bounds += e->kind == PB_TR_BOUND;
		f->tries += e->kind == PB_TR_SWEPT;
		if (e->kind != PB_TR_FATE)
			continue;
		f->passed += !!(e->flags & PB_EVF_FATE_PASSED);
		f->delivered += !!(e->flags & PB_EVF_FATE_DELIVERED);
		f->stranded += !!(e->flags & PB_EVF_FATE_STRANDED);
		f->missed += !!(e->flags & PB_EVF_FATE_MISSED);
		f->other += !!(e->flags & (PB_EVF_FATE_UNDECIDED | PB_EVF_FATE_NO_POST));
		if (!(e->flags & PB_EVF_FATE_DELIVERED)) {
			f->first_lost = e->seq < f->first_lost ? e->seq : f->first_lost;
			f->last_lost = e->seq > f->last_lost ? e->seq : f->last_lost;
		}
	}
}

/* The fate at each instant of a window, from its intervals or as tried; 0: not known. */
static void fates(const struct truth_view *v, uint32_t number, uint16_t *fate, uint32_t nr,
		  bool spread)
{
	uint32_t bound[1000] = {0}, bounds = 0, current = 0;

	memset(fate, 0, nr * sizeof(*fate));
	for (uint64_t i = 0; i < v->run->nr_events; i++) {
		const struct pb_event *e = &v->ev[i];

		if (e->kind == PB_TR_WINDOW)
			current = e->seq;
		if (current != number)
			continue;
		if (e->kind == PB_TR_BOUND)
			bound[bounds++] = e->seq;
		if (e->kind != PB_TR_FATE)
			continue;
		fate[e->seq] = e->flags;
		for (uint32_t b = 0; spread && b < bounds; b++)
			for (uint32_t n = bound[b];
			     bound[b] == e->seq && n < nr && (b + 1 == bounds || n < bound[b + 1]);
			     n++)
				fate[n] = e->flags;
	}
}

/* ---- tests ------------------------------------------------------------------------- */

static void no_sweeps(void **state)
{
	struct pb_plan plan = {0};

	(void)state;
	assert_int_equal(sweep_start(&plan, sizeof(plan), 1), 0);
	assert_int_equal(sweep_start("x", 1, 1), 0);
	plan.nr_sweeps = 3;
	assert_int_equal(sweep_start(&plan, sizeof(plan), 1), -22);
	plan_of(&plan, &posts, NULL);
	plan.sweep[0].window = PB_WINDOW_KINDS;
	assert_int_equal(sweep_start(&plan, sizeof(plan), 1), -22);
	plan_of(&plan, &posts, NULL);
	plan.sweep[0].event = PB_SWEEP_KICK;
	assert_int_equal(sweep_start(&plan, sizeof(plan), 1), -22);
}

static void fixed_loses_none(void **state)
{
	struct pb_plan plan;
	struct truth_view v;
	struct found f;

	(void)state;
	mc.fixed = true;
	mc.v1 = mc.halts = false;
	plan_of(&plan, &posts, NULL);
	v = run(&plan, 2);
	count(&v, &f);
	assert_int_equal(f.windows, 2);
	assert_int_equal(f.open + f.cut, 0);
	assert_int_equal(f.bounds, 10);
	assert_true(f.tries >= f.bounds);
	assert_int_equal(f.delivered, f.tries);
	assert_int_equal(f.passed, 0);
	/* Its own posts: one before the first window, one behind each. */
	assert_int_equal(rig_count(&v, PB_TR_POST), 3);
}

/* What is posted while SN=1 stays in the PIR; and nothing else does. */
static void unfixed_loses(void **state)
{
	struct pb_plan plan;
	struct truth_view v;
	struct found f;

	(void)state;
	mc.fixed = mc.v1 = mc.halts = false;
	plan_of(&plan, &posts, NULL);
	plan.sweep[0].stride = 1;
	v = run(&plan, 2);
	count(&v, &f);
	assert_int_equal(f.windows, 2);
	assert_int_equal(f.stranded + f.delivered, f.tries);
	assert_int_equal(f.passed, f.stranded);
	assert_int_equal(f.first_lost, 0);
	/* insn after the store of SN, four on each CPU, then the store that clears it */
	assert_int_equal(f.last_lost, 8);
	assert_int_equal(f.stranded, 2 * 9);
}

/* One post for each interval says as much as one for each instant. */
static void intervals_are_enough(void **state)
{
	static uint16_t quick[1000], brute[1000];
	struct pb_plan plan;
	struct truth_view v;
	uint32_t n = 0;

	(void)state;
	mc.fixed = mc.v1 = mc.halts = false;
	for (uint32_t w = 1; w <= 2; w++) {
		plan_of(&plan, &posts, NULL);
		v = run(&plan, 2);
		fates(&v, w, quick, 1000, true);
		plan.sweep[0].stride = 1;
		v = run(&plan, 2);
		fates(&v, w, brute, 1000, false);
		for (n = 0; n < 1000 && brute[n]; n++)
			if (quick[n] != brute[n])
				fail_msg("window %u, instant %u: %#x, by intervals %#x", w, n,
					 brute[n], quick[n]);
		assert_true(n > 15);
	}
}

/* Whatever the number of processes, and again: equal to the last byte. */
static void deterministic(void **state)
{
	struct pb_plan plan;
	size_t size;
	void *first;

	(void)state;
	mc.fixed = mc.v1 = mc.halts = false;
	plan_of(&plan, &posts, NULL);
	for (unsigned int processes = 1; processes <= 5; processes += 2) {
		struct truth_view v = run(&plan, processes);

		if (processes == 1) {
			size = sizeof(*v.run) + v.run->nr_events * sizeof(*v.ev);
			first = malloc(size);
			assert_non_null(first);
			memcpy(first, v.run, size);
		} else {
			assert_memory_equal(first, v.run, size);
		}
	}
	free(first);
}

static void bounds_of_a_window(void **state)
{
	struct pb_plan plan;
	struct truth_view v;
	struct found f;

	(void)state;
	mc.fixed = true;
	mc.v1 = mc.halts = false;
	plan_of(&plan, &posts, NULL);
	plan.sweep[0].length = 12;
	plan.sweep[0].windows = 1;
	v = run(&plan, 1);
	count(&v, &f);
	assert_int_equal(f.windows, 1);
	assert_int_equal(f.open, 1);
	assert_int_equal(PB_WINDOW_ARG_LENGTH(rig_event(&v, PB_TR_WINDOW, 0)->arg), 12);
	/* A budget for some of its instants. */
	plan.sweep[0].length = 1000;
	plan.sweep[0].stride = 2;
	plan.sweep[0].budget = 5;
	v = run(&plan, 1);
	count(&v, &f);
	assert_int_equal(f.cut, 1);
	assert_int_equal(f.tries, 5);
	assert_int_equal(rig_event(&v, PB_TR_SWEPT, 4)->seq, 8);
	/* Windows passed over. */
	plan.sweep[0] = posts;
	plan.sweep[0].windows = 1;
	plan.sweep[0].skip = 7;
	v = run(&plan, 1);
	assert_true(mc.periods > 8);
}

/* To its sleep, of which only a post wakes it. */
static void halt(void **state)
{
	struct pb_plan plan;
	struct truth_view v;
	struct found f;

	(void)state;
	mc.fixed = mc.halts = true;
	mc.v1 = false;
	plan_of(&plan, &posts, NULL);
	plan.sweep[0].window = PB_WINDOW_HALT;
	plan.sweep[0].stride = 1;
	v = run(&plan, 2);
	count(&v, &f);
	assert_int_equal(f.windows, 2);
	assert_int_equal(f.open, 0);
	assert_int_equal(f.delivered, f.tries);
}

static const struct pb_plan_sweep kicks = {
	.window = PB_WINDOW_HALT,
	.event = PB_SWEEP_KICK,
	.stride = 1,
	.length = 1000,
	.windows = 1,
	.budget = 1000,
	.deadline_us = 100,
};

static struct found kicked(bool fixed, bool v1)
{
	struct pb_plan_sweep inner = posts;
	struct pb_plan plan;
	struct truth_view v;
	struct found f;

	mc.fixed = fixed;
	mc.v1 = v1;
	mc.halts = true;
	inner.windows = 1;
	plan_of(&plan, &kicks, &inner);
	v = run(&plan, 2);
	count(&v, &f);
	assert_int_equal(f.cut + f.open + f.other, 0);
	assert_true(f.inner > 10);
	assert_true(f.alike > 0);
	return f;
}

/*
 * Preempted between the look for interrupts and the sleep: v1 restores nothing
 * that the sleep looks at.
 */
static void two_events(void **state)
{
	struct found f;

	(void)state;
	f = kicked(true, false);
	assert_true(f.tries > 10);
	assert_int_equal(f.delivered, f.tries);
	f = kicked(false, true);
	assert_true(f.stranded > 0);
	f = kicked(false, false);
	assert_true(f.stranded > 0);
}

/* A child that ends in another way than with a fate is an error of the branch. */
static void child_fails(void **state)
{
	struct pb_plan plan;
	int status;
	pid_t pid;

	(void)state;
	mc.fixed = true;
	mc.v1 = mc.halts = false;
	plan_of(&plan, &posts, NULL);
	fflush(NULL);
	pid = fork();
	if (!pid) {
		mc.crash = getpid();
		run(&plan, 2);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), BRANCH_EXIT_SWEEP);
}

#define T(f) cmocka_unit_test_setup_teardown(f, rig_setup, rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(no_sweeps),     T(fixed_loses_none),   T(unfixed_loses), T(intervals_are_enough),
		T(deterministic), T(bounds_of_a_window), T(halt),          T(two_events),
		T(child_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
