// SPDX-License-Identifier: LGPL-2.1-or-later
/* The small VMM's life, with a KVM and a VFIO of our own and guests of every kind. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "vmm/cases.h"
#include "vmm/fake_kernel.h"
#include "vmm/mini.h"
#include "vmm/vmm.h"

struct sunk {
	struct pb_event ev[1024];
	size_t nr;
	int error;
};

static int sink(void *arg, const struct pb_event *ev, size_t nr)
{
	struct sunk *s = arg;

	if (s->error)
		return s->error;
	assert_true(s->nr + nr <= sizeof(s->ev) / sizeof(s->ev[0]));
	memcpy(&s->ev[s->nr], ev, nr * sizeof(*ev));
	s->nr += nr;
	return 0;
}

/* What became of a run. */
struct life {
	struct pb_plan plan;
	struct pb_vmm_report report;
	struct sunk sunk;
	const char *failed; /* first operation that failed */
	int error, check;
	char line[160], check_line[160];
};

static const char *const bdfs[] = {FAKE_BDF, FAKE_BDF_2};

/* Called between start and drain. */
typedef void (*meanwhile)(struct life *l, struct pb_vmm *vmm, struct pb_function *fn[]);

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
static uint64_t command_ns = 30000000000;

static struct life *live(unsigned int vcpus, unsigned int sources, enum pb_guest_mode mode,
			 meanwhile then)
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
							    .command_ns = command_ns,
							    .quit_ns = 5000000000};
		for (unsigned int i = 0; i < sources && !l->failed; i++)
			step(l, vmm, "attach", vmm_mini.attach(vmm, i, bdfs[i], &fn[i]));
		if (!l->failed && step(l, vmm, "start", vmm_mini.start(vmm))) {
			if (then)
				then(l, vmm, fn);
			step(l, vmm, "drain", vmm_mini.drain(vmm));
			step(l, vmm, "stop", vmm_mini.stop(vmm));
			step(l, vmm, "collect", vmm_mini.collect(vmm, sink, &l->sunk, &l->report));
		}
	}
	vmm_mini.destroy(vmm);
	return l;
}

static void watch_for(struct life *l, struct pb_vmm *vmm, unsigned int ms)
{
	const struct timespec t = {0, 1000000};

	for (unsigned int i = 0; i < ms && !l->check; i++) {
		l->check = vmm_mini.check(vmm);
		if (l->check)
			snprintf(l->check_line, sizeof(l->check_line), "%s", vmm->error);
		nanosleep(&t, NULL);
	}
}

static void assert_ok(const struct life *l)
{
	if (l->failed)
		fail_msg("%s: %s", l->failed, l->line);
	if (l->report.status != PB_RUN_OK)
		fail_msg("%s", l->report.reason);
}

/* --- a good guest -------------------------------------------------------- */

static void inspect(struct life *l, struct pb_vmm *vmm, struct pb_function *fn[])
{
	struct mini *m = mini_of(vmm);

	watch_for(l, vmm, 20);
	assert_int_equal(fk.dma_size, fk.mem_size);
	assert_int_equal(fk.routes, 8);
	assert_int_equal(fk.irqfds, 8);
	assert_true(fk.msix_on);
	for (unsigned int i = 0; i < 2; i++) {
		struct fk_vcpu *v = &fk.vcpu[i];

		assert_true(vmm_mini.vcpu_tid(vmm, i) > 0);
		assert_int_equal(v->regs.rip, PB_AGENT_BASE);
		assert_int_equal(v->sregs.gs.base, v->regs.rdi);
		/* x2APIC on; one bootstrap processor. */
		assert_int_equal(v->sregs.apic_base, 0xfee00c00u | (i ? 0 : 0x100));
		assert_int_equal(v->in->slot[plan_guest_vector(i, 3)],
				 fn[i]->iova + 3 * sizeof(struct pb_slot));
		assert_int_equal(v->in->slot[plan_guest_vector(1 - i, 3)], 0);
		assert_ptr_equal(fn[i]->dma, m->mem + fn[i]->iova);
		assert_int_equal(fk.route[4 * i].u.msi.address_lo, 0xfee00000u | i << 12);
		assert_int_equal(fk.route[4 * i].u.msi.data, plan_guest_vector(i, 0));
		assert_int_equal(fk.route[4 * i].gsi, 24 + i * 64);
		/* BAR 2 can be mapped in part only, and not at all behind its table. */
		assert_int_equal(fn[i]->bar_size[0], FAKE_BAR_SIZE);
		assert_int_equal(fn[i]->bar_size[2], 0x2000);
		assert_null(fn[i]->bar[1]);
		fn[i]->bar[0][8] = 1;
	}
	fk_isr(&fk.vcpu[0], plan_guest_vector(0, 1), 4, 0);
	fk_isr(&fk.vcpu[1], 0x20, 0, PB_EVF_SPURIOUS);
	struct pb_ring *ring = (struct pb_ring *)(fn[1]->dma + PB_FUNCTION_RING);

	ring->ev[ring->head++] = (struct pb_event){.tsc = mini_tsc(),
						   .seq = 1,
						   .vcpu = 1,
						   .cpu = PB_CPU_NONE,
						   .kind = PB_EV_POST,
						   .vector = plan_guest_vector(1, 0),
						   .source = 1};
}

static void check_good(bool cdev)
{
	struct life *l;

	fk_begin(cdev);
	l = live(2, 2, PB_GUEST_SPIN, inspect);
	assert_ok(l);
	assert_int_equal(l->check, 0);
	assert_int_equal(l->report.vfio, cdev ? PB_VFIO_CDEV : PB_VFIO_GROUP);
	assert_int_equal(l->report.isr, 1);
	assert_int_equal(l->report.spurious, 1);
	assert_int_equal(l->sunk.nr, 3);
	/* Everything that makes the IRTE a posted one is there before VFIO gets the eventfds. */
	assert_true(fk_called("KVM_SET_SREGS") < fk_called("KVM_SET_GSI_ROUTING"));
	assert_true(fk_called("KVM_SET_GSI_ROUTING") < fk_called("KVM_IRQFD"));
	assert_true(fk_called("KVM_IRQFD") < fk_called("VFIO_DEVICE_SET_IRQS"));
	assert_true(fk_called("VFIO_DEVICE_SET_IRQS") < fk_called("KVM_RUN"));
	assert_int_equal(fk_called("VFIO_SET_IOMMU") >= 0, !cdev);
	assert_int_equal(fk_called("VFIO_DEVICE_BIND_IOMMUFD") >= 0, cdev);
	assert_int_equal(fk.irqfds, 0);
	assert_false(fk.msix_on);
	free(l);
	fk_end();
}

static void test_good_group(void **state)
{
	(void)state;
	check_good(false);
}

static void test_good_cdev(void **state)
{
	(void)state;
	check_good(true);
}

static void test_halting(void **state)
{
	struct life *l;

	(void)state;
	fk_begin(false);
	l = live(3, 0, PB_GUEST_HALT, NULL);
	assert_ok(l);
	/* Each was asleep, and was woken for the drain without an interrupt. */
	for (unsigned int i = 0; i < 3; i++)
		assert_true(fk.vcpu[i].out == NULL || fk.vcpu[i].runs > 1);
	assert_true(l->sunk.nr >= 3);
	free(l);
	fk_end();
}

/* A halted guest is no hung one, however long it sleeps. */
static void sleep_long(struct life *l, struct pb_vmm *vmm, struct pb_function *fn[])
{
	(void)fn;
	watch_for(l, vmm, 500);
}

static void test_halted_is_not_hung(void **state)
{
	struct life *l;

	(void)state;
	fk_begin(false);
	l = live(1, 0, PB_GUEST_HALT, sleep_long);
	assert_ok(l);
	assert_int_equal(l->check, 0);
	free(l);
	fk_end();
}

/* --- guests that go wrong ------------------------------------------------ */

static int until_10(struct fk_vcpu *v)
{
	if (v->out->state == PB_AGENT_RESET)
		fk_up(v);
	while (v->out->heartbeat < 10) {
		v->out->heartbeat++;
		if (fk_nap())
			return -EINTR;
	}
	return 0;
}

static int hangs_busy(struct fk_vcpu *v)
{
	int r = until_10(v);

	for (volatile unsigned int i = 1; !r; i++)
		if (i % 100000 == 0)
			r = fk_signal();
	return r;
}

static int hangs_asleep(struct fk_vcpu *v)
{
	const struct timespec t = {0, 20000000};
	int r = until_10(v);

	for (; !r; r = fk_signal())
		nanosleep(&t, NULL);
	return r;
}

static int exits(struct fk_vcpu *v, uint32_t reason)
{
	int r = until_10(v);

	v->run->exit_reason = reason;
	return r;
}

static int triple_fault(struct fk_vcpu *v)
{
	return exits(v, KVM_EXIT_SHUTDOWN);
}

static int touches_mmio(struct fk_vcpu *v)
{
	v->run->mmio.phys_addr = 0x7f000000;
	return exits(v, KVM_EXIT_MMIO);
}

static int entry_fails(struct fk_vcpu *v)
{
	v->run->fail_entry.hardware_entry_failure_reason = 0x80000021;
	return exits(v, KVM_EXIT_FAIL_ENTRY);
}

static int internal_error(struct fk_vcpu *v)
{
	v->run->internal.suberror = KVM_INTERNAL_ERROR_EMULATION;
	return exits(v, KVM_EXIT_INTERNAL_ERROR);
}

static int unknown_exit(struct fk_vcpu *v)
{
	return exits(v, KVM_EXIT_UNKNOWN);
}

static int strange_exit(struct fk_vcpu *v)
{
	return exits(v, KVM_EXIT_DEBUG);
}

static int other_port(struct fk_vcpu *v)
{
	int r = until_10(v);

	return r ? r : fk_exit_io(v, 0x3f8, 'x');
}

static int strange_word(struct fk_vcpu *v)
{
	int r = until_10(v);

	return r ? r : fk_exit_io(v, PB_AGENT_PORT, 99);
}

static int damaged_run_page(struct fk_vcpu *v)
{
	int r = until_10(v);

	fk_exit_io(v, PB_AGENT_PORT, PB_AGENT_EXIT_STOPPED);
	v->run->io.data_offset = 8190;
	return r;
}

static int stops_unasked(struct fk_vcpu *v)
{
	int r = until_10(v);

	return r ? r : fk_exit_io(v, PB_AGENT_PORT, PB_AGENT_EXIT_STOPPED);
}

static int run_fails(struct fk_vcpu *v)
{
	int r = until_10(v);

	return r ? r : -EFAULT;
}

static int dies(struct fk_vcpu *v)
{
	int r = until_10(v);

	v->out->exceptions = 1;
	v->out->exception_vector = 13;
	v->out->exception_rip = 0x10077;
	__atomic_store_n(&v->out->state, PB_AGENT_DEAD, __ATOMIC_RELEASE);
	return r ? r : fk_exit_io(v, PB_AGENT_PORT, PB_AGENT_EXIT_EXCEPTION);
}

static int says_dead_only(struct fk_vcpu *v)
{
	int r = until_10(v);

	return r ? r : fk_exit_io(v, PB_AGENT_PORT, PB_AGENT_EXIT_EXCEPTION);
}

static int overwrites_ring(struct fk_vcpu *v)
{
	int r = until_10(v);

	v->ring->head = 1u << 30;
	return r ? r : fk_good(v);
}

static int overwrites_state(struct fk_vcpu *v)
{
	int r = until_10(v);

	v->out->state = PB_AGENT_HALTED; /* in mode spin */
	while (!r)
		r = fk_nap();
	return r;
}

static const struct {
	fk_guest guest;
	enum pb_run_status status;
	const char *says;
} wrongs[] = {
	{hangs_busy, PB_RUN_GUEST_HUNG, "without a heartbeat"},
	{hangs_asleep, PB_RUN_GUEST_HUNG, "sleeps, but its agent did not halt"},
	{triple_fault, PB_RUN_GUEST_WILD, "triple fault"},
	{touches_mmio, PB_RUN_GUEST_WILD, "not memory (0x7f000000)"},
	{entry_fails, PB_RUN_GUEST_WILD, "(0x80000021)"},
	{internal_error, PB_RUN_GUEST_WILD, "KVM internal error"},
	{unknown_exit, PB_RUN_GUEST_WILD, "unknown to KVM"},
	{strange_exit, PB_RUN_GUEST_WILD, "unexpected KVM exit (0x4)"},
	{other_port, PB_RUN_GUEST_WILD, "I/O port (0x3f8)"},
	{strange_word, PB_RUN_GUEST_WILD, "no agent says (0x63)"},
	{damaged_run_page, PB_RUN_GUEST_WILD, "run page"},
	{stops_unasked, PB_RUN_GUEST_WILD, "left in state 1"},
	{run_fails, PB_RUN_GUEST_WILD, "KVM_RUN: Bad address"},
	{dies, PB_RUN_GUEST_WILD, "exception 13"},
	{says_dead_only, PB_RUN_GUEST_WILD, "left in state 1"},
	{overwrites_ring, PB_RUN_GUEST_WILD, "head is 1073741824"},
	{overwrites_state, PB_RUN_GUEST_WILD, "says state 2"},
};

static void watch_wrong(struct life *l, struct pb_vmm *vmm, struct pb_function *fn[])
{
	(void)fn;
	watch_for(l, vmm, 20000);
}

static void test_wrong_guests(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(wrongs) / sizeof(wrongs[0]); i++) {
		struct life *l;

		fk_begin(false);
		fk.guest = wrongs[i].guest;
		l = live(1, 0, PB_GUEST_SPIN, watch_wrong);
		/* Some are wrong before start() is through: then that says so. */
		if (l->failed) {
			assert_string_equal(l->failed, "start");
			assert_int_equal(l->error, -EIO);
			if (!strstr(l->line, wrongs[i].says))
				fail_msg("'%s' does not say '%s'", l->line, wrongs[i].says);
		} else {
			assert_int_equal(l->check, -EIO);
			assert_int_equal(l->report.status, wrongs[i].status);
			assert_string_equal(l->report.reason, l->check_line);
			if (!strstr(l->report.reason, wrongs[i].says))
				fail_msg("'%s' does not say '%s'", l->report.reason,
					 wrongs[i].says);
		}
		free(l);
		fk_end();
	}
}

/* One that does not listen any more when it is to drain, or to stop. */
static int ignores(struct fk_vcpu *v, uint32_t command)
{
	if (v->out->state == PB_AGENT_RESET)
		fk_up(v);
	for (;;) {
		if (__atomic_load_n(&v->guest->command, __ATOMIC_ACQUIRE) < command)
			__atomic_store_n(&v->out->state,
					 v->guest->command == PB_AGENT_DRAIN ? PB_AGENT_DRAINING
									     : PB_AGENT_RUNNING,
					 __ATOMIC_RELEASE);
		v->out->heartbeat++;
		if (fk_nap())
			return -EINTR;
	}
}

static int ignores_drain(struct fk_vcpu *v)
{
	return ignores(v, PB_AGENT_DRAIN);
}

static int ignores_stop(struct fk_vcpu *v)
{
	return ignores(v, PB_AGENT_STOP);
}

static void test_disobedient(void **state)
{
	const fk_guest guests[] = {ignores_drain, ignores_stop};
	uint64_t before = command_ns;

	(void)state;
	command_ns = 300000000;
	for (size_t i = 0; i < 2; i++) {
		struct life *l;

		fk_begin(false);
		fk.guest = guests[i];
		l = live(1, 0, PB_GUEST_SPIN, NULL);
		assert_null(l->failed);
		assert_int_equal(l->report.status, PB_RUN_GUEST_HUNG);
		assert_non_null(strstr(l->report.reason, "did not obey"));
		free(l);
		fk_end();
	}
	command_ns = before;
}

/* --- lies that are found at the end -------------------------------------- */

static void drop_isr(struct life *l, struct pb_vmm *vmm, struct pb_function *fn[])
{
	(void)l;
	(void)vmm;
	(void)fn;
	fk_isr(&fk.vcpu[0], plan_guest_vector(0, 0), 1, 0);
	fk_isr(&fk.vcpu[0], plan_guest_vector(0, 1), 2, 0);
	fk.vcpu[0].ring->head--;
}

static void false_event(struct life *l, struct pb_vmm *vmm, struct pb_function *fn[])
{
	(void)l;
	(void)vmm;
	(void)fn;
	fk_isr(&fk.vcpu[0], plan_guest_vector(0, 0), 1, 0);
	fk.vcpu[0].ring->ev[0].vcpu = 3;
}

static void test_lies_in_the_end(void **state)
{
	const meanwhile lies[] = {drop_isr, false_event};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct life *l;

		fk_begin(false);
		l = live(1, 1, PB_GUEST_SPIN, lies[i]);
		assert_null(l->failed);
		assert_int_equal(l->report.status, PB_RUN_GUEST_WILD);
		assert_true(l->report.reason[0]);
		free(l);
		fk_end();
	}
}

static void false_post(struct life *l, struct pb_vmm *vmm, struct pb_function *fn[])
{
	struct pb_ring *ring = (struct pb_ring *)(fn[0]->dma + PB_FUNCTION_RING);

	(void)l;
	(void)vmm;
	ring->head = ring->capacity + 1;
}

static void test_lying_function(void **state)
{
	struct life *l;

	(void)state;
	fk_begin(false);
	l = live(1, 1, PB_GUEST_SPIN, false_post);
	assert_string_equal(l->failed, "collect");
	assert_int_equal(l->error, -EPROTO);
	assert_non_null(strstr(l->line, "function of source 0"));
	free(l);
	fk_end();
}

/* --- a machine that cannot, and calls that fail -------------------------- */

static void no_split(void)
{
	fk.no_split_irqchip = true;
}

static void not_viable(void)
{
	fk.group_not_viable = true;
}

static void no_msix(void)
{
	fk.no_msix = true;
}

static void no_offset(void)
{
	fk.no_tsc_offset = true;
	fk.tsc_skew = -1000000000;
}

static void false_offset(void)
{
	fk.tsc_skew = 1;
}

static void no_kvm(void)
{
	char path[96];

	snprintf(path, sizeof(path), "%s/kvm", fk.dev);
	unlink(path);
}

static void no_group(void)
{
	char path[96];

	snprintf(path, sizeof(path), "%s/vfio/7", fk.dev);
	unlink(path);
}

static void test_lacking(void **state)
{
	const struct {
		void (*spoil)(void);
		int error;
		const char *failed, *says;
	} cases[] = {
		{no_kvm, -ENOENT, "create", "/dev/kvm"},
		{no_split, -ENOTSUP, "create", "SPLIT_IRQCHIP"},
		{no_offset, -ENOTSUP, "create", "TSC"},
		{false_offset, -EIO, "create", "TSC offset"},
		{no_group, -ENOENT, "attach", "IOMMU on"},
		{not_viable, -EBUSY, "attach", "viable"},
		{no_msix, -ENODEV, "attach", "MSI-X"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct life *l;

		fk_begin(false);
		cases[i].spoil();
		l = live(1, 1, PB_GUEST_SPIN, NULL);
		assert_non_null(l->failed);
		assert_string_equal(l->failed, cases[i].failed);
		assert_int_equal(l->error, cases[i].error);
		if (!strstr(l->line, cases[i].says))
			fail_msg("'%s' does not say '%s'", l->line, cases[i].says);
		free(l);
		fk_end();
	}
}

static void test_old_kernel(void **state)
{
	struct life *l;

	(void)state;
	fk_begin(false);
	fk.no_tsc_offset = true; /* but writing the TSC works */
	fk.no_reset = true;
	fk.sparse = 0; /* BAR 2 cannot be mapped: not an error */
	l = live(1, 1, PB_GUEST_SPIN, NULL);
	assert_ok(l);
	assert_int_equal(fk_called("VFIO_DEVICE_RESET"), -1);
	free(l);
	fk_end();
}

/*
 * Each call fails once: the operation says so with a line, or goes on where it
 * may; nothing is left behind (descriptors by fk_end(), memory by ASan).
 */
static void check_every_failure(bool cdev)
{
	int last;

	fk_begin(cdev);
	free(live(2, 2, PB_GUEST_SPIN, NULL));
	last = fk_called("KVM_RUN") >= 0 ? fk.calls : 0;
	fk_end();
	assert_true(last > 50);
	for (int n = 1; n <= last; n++) {
		struct life *l;

		fk_begin(cdev);
		fk.fail_at = n;
		l = live(2, 2, PB_GUEST_SPIN, NULL);
		if (l->failed) {
			assert_true(l->error < 0);
			assert_true(l->line[0]);
		}
		/* All that set-up needs is needed. */
		if (n < 20)
			assert_non_null(l->failed);
		free(l);
		fk_end();
	}
}

static void test_every_failure(void **state)
{
	(void)state;
	check_every_failure(false);
	check_every_failure(true);
}

static void test_wrong_calls(void **state)
{
	const char *const not_bdf[] = {"",
				       "0000:00:10",
				       "0000:00:10.8",
				       "../../etc/passwd",
				       "0000:00:10.0x",
				       "0000:00:1G.0",
				       "0000:00:10.0/..",
				       "0000.00.10.0"};
	struct pb_plan plan = cases_plan(PB_VMM_MINI, 1, 2, PB_GUEST_SPIN);
	struct pb_vmm_report report;
	struct pb_function *fn;
	struct pb_vmm *vmm;
	struct sunk s = {.nr = 0};

	(void)state;
	fk_begin(false);
	assert_int_equal(vmm_mini.create(&plan, &vmm), 0);
	for (size_t i = 0; i < sizeof(not_bdf) / sizeof(not_bdf[0]); i++)
		assert_int_equal(vmm_mini.attach(vmm, 0, not_bdf[i], &fn), -EINVAL);
	assert_int_equal(vmm_mini.attach(vmm, 0, "0000:00:1f.7", &fn), -ENODEV);
	assert_int_equal(vmm_mini.attach(vmm, 1, FAKE_BDF, &fn), -EINVAL);
	assert_int_equal(vmm_mini.attach(vmm, 2, FAKE_BDF, &fn), -EINVAL);
	assert_int_equal(vmm_mini.attach(vmm, 0, FAKE_BDF, &fn), 0);
	assert_int_equal(vmm_mini.attach(vmm, 0, FAKE_BDF_2, &fn), -EBUSY);
	assert_int_equal(vmm_mini.attach(vmm, 1, FAKE_BDF, &fn), -EBUSY);
	assert_int_equal(vmm_mini.collect(vmm, sink, &s, &report), -EBUSY);
	assert_int_equal(vmm_mini.check(vmm), 0);
	assert_int_equal(vmm_mini.stop(vmm), 0);
	vmm_mini.destroy(vmm);
	/* A plan that nobody checked. */
	plan.vcpus = 17;
	assert_int_equal(vmm_mini.create(&plan, &vmm), -EINVAL);
	vmm_mini.destroy(vmm);
	plan.vcpus = 1;
	plan.vfio = PB_VFIO_CDEV;
	assert_int_equal(vmm_mini.create(&plan, &vmm), 0);
	assert_int_equal(vmm_mini.attach(vmm, 0, FAKE_BDF, &fn), -ENOENT);
	vmm_mini.destroy(vmm);
	vmm_mini.destroy(NULL);
	fk_end();
}

/* Events that find no room are an error of ours, not the guest's. */
static void test_sink_fails(void **state)
{
	struct pb_plan plan = cases_plan(PB_VMM_MINI, 1, 0, PB_GUEST_SPIN);
	struct sunk s = {.error = -EFBIG};
	struct pb_vmm_report report;
	struct pb_vmm *vmm;

	(void)state;
	fk_begin(false);
	assert_int_equal(vmm_mini.create(&plan, &vmm), 0);
	assert_int_equal(vmm_mini.start(vmm), 0);
	assert_int_equal(vmm_mini.start(vmm), -EBUSY);
	fk_isr(&fk.vcpu[0], 0x55, 0, PB_EVF_SPURIOUS);
	assert_int_equal(vmm_mini.stop(vmm), 0);
	assert_int_equal(vmm_mini.stop(vmm), 0);
	assert_int_equal(vmm_mini.collect(vmm, sink, &s, &report), -EFBIG);
	assert_int_equal(report.status, PB_RUN_OK);
	vmm_mini.destroy(vmm);
	fk_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good_group),      cmocka_unit_test(test_good_cdev),
		cmocka_unit_test(test_halting),         cmocka_unit_test(test_halted_is_not_hung),
		cmocka_unit_test(test_wrong_guests),    cmocka_unit_test(test_disobedient),
		cmocka_unit_test(test_lies_in_the_end), cmocka_unit_test(test_lying_function),
		cmocka_unit_test(test_lacking),         cmocka_unit_test(test_old_kernel),
		cmocka_unit_test(test_every_failure),   cmocka_unit_test(test_wrong_calls),
		cmocka_unit_test(test_sink_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
