// SPDX-License-Identifier: LGPL-2.1-or-later
/* The small VMM with good guests, on machines that can and that cannot. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "vmm/life.h"

/* --- a good guest -------------------------------------------------------- */

static void inspect(struct life *l, struct pb_vmm *vmm, struct pb_function *fn[])
{
	struct mini *m = mini_of(vmm);

	life_watch(l, vmm, 20);
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
	l = life_live(2, 2, PB_GUEST_SPIN, inspect);
	life_assert_ok(l);
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

/* --- a function for a squeezer -------------------------------------------- */

static void check_host(bool cdev)
{
	struct pb_function *fn = NULL, *own = NULL, *none = NULL;
	struct pb_plan plan;
	struct pb_vmm *vmm;

	fk_begin(cdev);
	plan = cases_plan(PB_VMM_MINI, 1, 1, PB_GUEST_SPIN);
	plan.nr_squeezers = 1;
	plan.squeezer[0] = (struct pb_plan_squeezer){
		.kind = PB_SQUEEZER_KICK, .rt_priority = 1, .period_us = 1000, .width_us = 1};
	assert_int_equal(vmm_mini.create(&plan, &vmm), 0);
	assert_int_equal(vmm_mini.attach(vmm, 0, FAKE_BDF, &fn), 0);
	assert_int_equal(fn->eventfd, -1);
	/* Not a source's number, not a source's function, not twice. */
	assert_int_equal(vmm_mini.attach_host(vmm, 0, FAKE_BDF_2, &own), -EINVAL);
	assert_int_equal(vmm_mini.attach_host(vmm, 2, FAKE_BDF_2, &own), -EINVAL);
	assert_int_equal(vmm_mini.attach_host(vmm, 1, FAKE_BDF, &own), -EBUSY);
	assert_non_null(strstr(vmm->error, "source 0 already"));
	assert_int_equal(vmm_mini.attach_host(vmm, 1, FAKE_BDF_2, &own), 0);
	assert_int_equal(vmm_mini.attach_host(vmm, 1, FAKE_BDF_2, &none), -EBUSY);
	assert_null(none);
	/* No irqfd and no route but the source's: it cannot become a posted one. */
	assert_int_equal(fk.irqfds, 4);
	assert_int_equal(fk.routes, 4);
	assert_true(own->eventfd >= 0);
	assert_string_equal(own->bdf, FAKE_BDF_2);
	assert_int_equal(own->bar_size[0], FAKE_BAR_SIZE);
	assert_null(own->dma);
	vmm_mini.destroy(vmm);
	assert_false(fk.msix_on);
	fk_end();
}

static void test_host_group(void **state)
{
	(void)state;
	check_host(false);
}

static void test_host_cdev(void **state)
{
	(void)state;
	check_host(true);
}

/* A kick may be the only one that needs a function: then it brings the address space. */
static void test_host_alone(void **state)
{
	struct pb_function *own = NULL;
	struct pb_plan plan;
	struct pb_vmm *vmm;

	(void)state;
	fk_begin(true);
	plan = cases_plan(PB_VMM_MINI, 1, 0, PB_GUEST_SPIN);
	plan.nr_squeezers = 1;
	plan.squeezer[0].kind = PB_SQUEEZER_KICK;
	assert_int_equal(vmm_mini.create(&plan, &vmm), 0);
	/* The fake kernel wants an irqfd for each vector that it is given. */
	fk.irqfds = fk.routes = 1;
	assert_int_equal(vmm_mini.attach_host(vmm, 0, FAKE_BDF, &own), 0);
	assert_true(fk.msix_on);
	vmm_mini.destroy(vmm);
	fk_end();
}

/* A halted guest is no hung one, however long it sleeps. */
static void sleep_long(struct life *l, struct pb_vmm *vmm, struct pb_function *fn[])
{
	(void)fn;
	life_watch(l, vmm, 500);
}

static void test_halting(void **state)
{
	struct life *l;

	(void)state;
	fk_begin(false);
	l = life_live(3, 0, PB_GUEST_HALT, sleep_long);
	life_assert_ok(l);
	/* What cannot wake a vCPU is to be missed: the drain wakes none. */
	assert_int_equal(l->asleep, 3);
	/* Each was asleep, and was woken for the stop without an interrupt. */
	for (unsigned int i = 0; i < 3; i++)
		assert_true(fk.vcpu[i].out == NULL || fk.vcpu[i].runs > 1);
	assert_true(l->sunk.nr >= 3);
	free(l);
	fk_end();
}

static void test_halted_is_not_hung(void **state)
{
	struct life *l;

	(void)state;
	fk_begin(false);
	l = life_live(1, 0, PB_GUEST_HALT, sleep_long);
	life_assert_ok(l);
	assert_int_equal(l->check, 0);
	free(l);
	fk_end();
}

/* --- kept in user space -------------------------------------------------- */

static uint64_t beats(void)
{
	return __atomic_load_n(&fk.vcpu[0].out->heartbeat, __ATOMIC_RELAXED);
}

/* Wait until the guest beats again, or for so long. Milliseconds that it took. */
static uint64_t until_beat(uint64_t most_ms)
{
	const struct timespec pause = {0, 100000};
	uint64_t start = mini_monotonic_ns(), before = beats();

	while (beats() == before && mini_monotonic_ns() - start < most_ms * 1000000)
		nanosleep(&pause, NULL);
	return (mini_monotonic_ns() - start) / 1000000;
}

/* Hold, and wait until the thread is out of the guest. */
static void hold(struct pb_vmm *vmm, uint64_t ns)
{
	const struct timespec pause = {0, 1000000};

	vmm_mini.hold(vmm, 0, ns);
	while (atomic_load(&mini_of(vmm)->vcpu[0].hold_ns))
		nanosleep(&pause, NULL);
}

static void hold_some(struct life *l, struct pb_vmm *vmm, struct pb_function *fn[])
{
	(void)fn;
	until_beat(1000);
	hold(vmm, 200000000);
	assert_in_range(until_beat(5000), 100, 4999);
	/* Let go at once, and never held by what was asked before. */
	hold(vmm, 60000000000ull);
	assert_in_range(until_beat(50), 50, 4999);
	vmm_mini.hold(vmm, 0, 0);
	assert_in_range(until_beat(5000), 0, 4999);
	vmm_mini.hold(vmm, 99, 1000); /* there is none */
	life_watch(l, vmm, 5);
}

static void test_hold(void **state)
{
	struct life *l;

	(void)state;
	fk_begin(false);
	l = life_live(1, 0, PB_GUEST_SPIN, hold_some);
	life_assert_ok(l);
	assert_int_equal(l->check, 0);
	free(l);
	fk_end();
}

static void hold_halted(struct life *l, struct pb_vmm *vmm, struct pb_function *fn[])
{
	(void)fn;
	life_watch(l, vmm, 20);
	hold(vmm, 1000000);
	life_watch(l, vmm, 20);
}

/* A halted vCPU that is held goes on sleeping: nothing has woken it. */
static void test_hold_halted(void **state)
{
	struct life *l;

	(void)state;
	fk_begin(false);
	l = life_live(1, 0, PB_GUEST_HALT, hold_halted);
	life_assert_ok(l);
	assert_int_equal(l->asleep, 1);
	assert_int_equal(l->sunk.nr, 1);
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
		l = life_live(1, 1, PB_GUEST_SPIN, NULL);
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
	l = life_live(1, 1, PB_GUEST_SPIN, NULL);
	life_assert_ok(l);
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
	free(life_live(2, 2, PB_GUEST_SPIN, NULL));
	last = fk_called("KVM_RUN") >= 0 ? fk.calls : 0;
	fk_end();
	assert_true(last > 50);
	for (int n = 1; n <= last; n++) {
		struct life *l;

		fk_begin(cdev);
		fk.fail_at = n;
		l = life_live(2, 2, PB_GUEST_SPIN, NULL);
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
	struct life_sunk s = {.nr = 0};

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
	assert_int_equal(vmm_mini.collect(vmm, life_sink, &s, &report), -EBUSY);
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
	struct life_sunk s = {.error = -EFBIG};
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
	assert_int_equal(vmm_mini.collect(vmm, life_sink, &s, &report), -EFBIG);
	assert_int_equal(report.status, PB_RUN_OK);
	vmm_mini.destroy(vmm);
	fk_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good_group),         cmocka_unit_test(test_good_cdev),
		cmocka_unit_test(test_host_group),         cmocka_unit_test(test_host_cdev),
		cmocka_unit_test(test_host_alone),         cmocka_unit_test(test_halting),
		cmocka_unit_test(test_halted_is_not_hung), cmocka_unit_test(test_hold),
		cmocka_unit_test(test_hold_halted),        cmocka_unit_test(test_lacking),
		cmocka_unit_test(test_old_kernel),         cmocka_unit_test(test_every_failure),
		cmocka_unit_test(test_wrong_calls),        cmocka_unit_test(test_sink_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
