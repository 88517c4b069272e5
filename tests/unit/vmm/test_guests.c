// SPDX-License-Identifier: LGPL-2.1-or-later
/* Guests that hang, run wild, lie and do not obey. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "vmm/life.h"

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
	life_watch(l, vmm, 20000);
}

static void test_wrong_guests(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(wrongs) / sizeof(wrongs[0]); i++) {
		struct life *l;

		fk_begin(false);
		fk.guest = wrongs[i].guest;
		l = life_live(1, 0, PB_GUEST_SPIN, watch_wrong);
		/* Some are wrong before start() is through: then that says so. */
		if (l->failed) {
			assert_string_equal(l->failed, "start");
			assert_int_equal(l->error, -EIO);
			assert_int_equal(l->report.status, wrongs[i].status);
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
	uint64_t before = life_command_ns;

	(void)state;
	life_command_ns = 300000000;
	for (size_t i = 0; i < 2; i++) {
		struct life *l;

		fk_begin(false);
		fk.guest = guests[i];
		l = life_live(1, 0, PB_GUEST_SPIN, NULL);
		assert_null(l->failed);
		assert_int_equal(l->report.status, PB_RUN_GUEST_HUNG);
		assert_non_null(strstr(l->report.reason, "did not obey"));
		free(l);
		fk_end();
	}
	life_command_ns = before;
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
	const life_meanwhile lies[] = {drop_isr, false_event};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct life *l;

		fk_begin(false);
		l = life_live(1, 1, PB_GUEST_SPIN, lies[i]);
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
	l = life_live(1, 1, PB_GUEST_SPIN, false_post);
	assert_string_equal(l->failed, "collect");
	assert_int_equal(l->error, -EPROTO);
	assert_non_null(strstr(l->line, "function of source 0"));
	free(l);
	fk_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wrong_guests),
		cmocka_unit_test(test_disobedient),
		cmocka_unit_test(test_lies_in_the_end),
		cmocka_unit_test(test_lying_function),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
