// SPDX-License-Identifier: LGPL-2.1-or-later
/* A guest that lies in any field is found out, and an honest one is believed. */
#include <errno.h>
#include <string.h>

#include "vmm/cases.h"
#include "vmm/claims.h"

static struct pb_plan plan;

static struct claims_known known(uint32_t command)
{
	return (struct claims_known){&plan, 1, command, 1000, 1000000};
}

static struct claims honest(uint32_t st)
{
	return (struct claims){
		.out = {.magic = PB_AGENT_MAGIC,
			.version = PB_AGENT_VERSION,
			.vcpu = 1,
			.state = st,
			.heartbeat = 500,
			.isr = 5,
			.spurious = 1},
		.ring = {.magic = PB_RING_MAGIC, .capacity = plan.event_capacity, .head = 6},
	};
}

static void setup_plan(enum pb_guest_mode mode)
{
	plan = cases_plan(PB_VMM_MINI, 2, 2, mode);
}

static int check(const struct claims *now, uint32_t command, const struct claims *prev)
{
	struct claims_known k = known(command);
	struct vmm_line line = {""};
	int r = claims_check(&k, now, prev, &line);

	assert_int_equal(r != 0, line.text[0] != '\0');
	return r;
}

static int check_final(const struct claims *now)
{
	struct claims_known k = known(PB_AGENT_STOP);
	struct vmm_line line = {""};

	return claims_check_final(&k, now, NULL, &line);
}

/* Which states are believed under which command, in which mode. */
static void test_states(void **state)
{
	(void)state;
	for (int mode = 0; mode < PB_GUEST_MODES; mode++) {
		setup_plan(mode);
		for (uint32_t cmd = PB_AGENT_RUN; cmd <= PB_AGENT_STOP; cmd++) {
			for (uint32_t st = 0; st < 9; st++) {
				struct claims c = honest(st);
				bool ok = st == PB_AGENT_RESET || st == PB_AGENT_RUNNING ||
					  (st == PB_AGENT_HALTED && mode == PB_GUEST_HALT) ||
					  (st == PB_AGENT_DRAINING && cmd != PB_AGENT_RUN) ||
					  (st == PB_AGENT_STOPPED && cmd == PB_AGENT_STOP);

				assert_int_equal(check(&c, cmd, NULL), ok ? 0 : -EPROTO);
			}
		}
	}
}

#define LIE(field, value)                                                   \
	do {                                                                \
		struct claims lie = honest(PB_AGENT_RUNNING);               \
		lie.field = (value);                                        \
		assert_int_equal(check(&lie, PB_AGENT_RUN, NULL), -EPROTO); \
	} while (0)

static void test_every_field(void **state)
{
	struct claims c;

	(void)state;
	setup_plan(PB_GUEST_SPIN);
	c = honest(PB_AGENT_RUNNING);
	assert_int_equal(check(&c, PB_AGENT_RUN, NULL), 0);
	LIE(out.magic, 0);
	LIE(out.version, PB_AGENT_VERSION + 1);
	LIE(out.vcpu, 0);
	LIE(out.state, 77);
	LIE(out.heartbeat, UINT64_MAX);
	LIE(out.heartbeat, 999001); /* one more than the TSC counted */
	LIE(out.isr, UINT64_MAX);
	LIE(out.spurious, 999001);
	LIE(out.ticks, 1); /* mode spin */
	LIE(out.halts, 1);
	LIE(out.exceptions, 1);
	LIE(out.pending, 1); /* not stopping */
	LIE(out.exception_vector, 1);
	LIE(out.exception_error, 1);
	LIE(out.exception_rip, 1);
	LIE(out.exception_cr2, 1);
	for (int i = 0; i < 4; i++)
		LIE(out.reserved[i], 1);
	LIE(ring.magic, 0);
	LIE(ring.capacity, plan.event_capacity + 1);
	LIE(ring.capacity, 0);
	LIE(ring.head, plan.event_capacity + 1);
	LIE(ring.head, UINT64_MAX);
	LIE(ring.lost, 1); /* though it is not full */
	LIE(ring.reserved, 1);
}

static void test_pending(void **state)
{
	struct claims c = honest(PB_AGENT_STOPPED);

	(void)state;
	c.out.pending = 224;
	assert_int_equal(check(&c, PB_AGENT_STOP, NULL), 0);
	c.out.pending = 225;
	assert_int_equal(check(&c, PB_AGENT_STOP, NULL), -EPROTO);
}

#define BACK(field, now_value, prev_value)                                   \
	do {                                                                 \
		struct claims now = honest(PB_AGENT_RUNNING), prev = now;    \
		prev.field = (prev_value);                                   \
		now.field = (now_value);                                     \
		assert_int_equal(check(&now, PB_AGENT_RUN, &prev), -EPROTO); \
		assert_int_equal(check(&now, PB_AGENT_RUN, &now), 0);        \
	} while (0)

static void test_nothing_goes_back(void **state)
{
	struct claims full;

	(void)state;
	setup_plan(PB_GUEST_SPIN);
	BACK(out.heartbeat, 499, 500);
	BACK(out.isr, 4, 5);
	BACK(out.spurious, 0, 1);
	BACK(ring.head, 5, 6);
	BACK(out.state, PB_AGENT_RESET, PB_AGENT_RUNNING);
	setup_plan(PB_GUEST_HALT);
	BACK(out.halts, 1, 2);
	setup_plan(PB_GUEST_TICK);
	BACK(out.ticks, 1, 2);
	full = honest(PB_AGENT_RUNNING);
	full.ring.head = plan.event_capacity;
	full.ring.lost = 3;
	assert_int_equal(check(&full, PB_AGENT_RUN, &full), 0);
	BACK(ring.lost, 0, 3);
}

static void test_dead_says_where(void **state)
{
	struct claims c = honest(PB_AGENT_DEAD);
	struct claims_known k;
	struct vmm_line line = {""};

	(void)state;
	setup_plan(PB_GUEST_SPIN);
	k = known(PB_AGENT_RUN);
	c.out.exceptions = 1;
	c.out.exception_vector = 14;
	c.out.exception_rip = 0x10123;
	c.out.exception_cr2 = 0xdead000;
	assert_int_equal(claims_check(&k, &c, NULL, &line), -EPROTO);
	assert_non_null(strstr(line.text, "exception 14"));
	assert_non_null(strstr(line.text, "0x10123"));
	assert_non_null(strstr(line.text, "0xdead000"));
}

static void test_final(void **state)
{
	struct claims c = honest(PB_AGENT_STOPPED);

	(void)state;
	setup_plan(PB_GUEST_SPIN);
	assert_int_equal(check_final(&c), 0);
	c.out.state = PB_AGENT_DRAINING;
	assert_int_equal(check_final(&c), -EPROTO);
	/* An ISR counted but not recorded, and one recorded but not counted. */
	c = honest(PB_AGENT_STOPPED);
	c.out.isr++;
	assert_int_equal(check_final(&c), -EPROTO);
	c = honest(PB_AGENT_STOPPED);
	c.ring.head++;
	assert_int_equal(check_final(&c), -EPROTO);
	/* Lost ones count. */
	c = honest(PB_AGENT_STOPPED);
	c.ring.head = plan.event_capacity;
	c.ring.lost = 7;
	c.out.isr = plan.event_capacity + 6;
	assert_int_equal(check_final(&c), 0);
}

/* --- events of a guest --------------------------------------------------- */

static struct pb_event isr(void)
{
	return (struct pb_event){.tsc = 5000,
				 .seq = 3,
				 .vcpu = 1,
				 .cpu = PB_CPU_NONE,
				 .kind = PB_EV_ISR,
				 .vector = plan_guest_vector(1, 2),
				 .source = 1};
}

static int give(struct claims_pass *pass, struct pb_event ev)
{
	struct claims_known k = known(PB_AGENT_STOP);
	struct vmm_line line = {""};

	return claims_check_event(&k, pass, &ev, &line);
}

static int give_one(struct pb_event ev)
{
	struct claims_pass pass = {0};

	return give(&pass, ev);
}

#define LIE_EVENT(ev, field, value)                       \
	do {                                              \
		struct pb_event lie = (ev);               \
		lie.field = (value);                      \
		assert_int_equal(give_one(lie), -EPROTO); \
	} while (0)

static void test_isr_events(void **state)
{
	struct pb_event spurious;

	(void)state;
	setup_plan(PB_GUEST_SPIN);
	assert_int_equal(give_one(isr()), 0);
	LIE_EVENT(isr(), tsc, 999);
	LIE_EVENT(isr(), tsc, 1000001);
	LIE_EVENT(isr(), arg, 1);
	LIE_EVENT(isr(), seq, 11); /* the source makes 10 */
	LIE_EVENT(isr(), vcpu, 0);
	LIE_EVENT(isr(), vcpu, 0xffff);
	LIE_EVENT(isr(), cpu, 0);
	LIE_EVENT(isr(), flags, PB_EVF_SPURIOUS);
	LIE_EVENT(isr(), flags, 0x8000);
	LIE_EVENT(isr(), kind, PB_EV_POST);
	LIE_EVENT(isr(), kind, PB_EV_SCHED_IN);
	LIE_EVENT(isr(), kind, PB_TR_VIRQ);
	LIE_EVENT(isr(), kind, 255);
	LIE_EVENT(isr(), vector, plan_guest_vector(1, 4)); /* the source has 4 */
	LIE_EVENT(isr(), vector, plan_guest_vector(0, 2)); /* of the other vCPU */
	LIE_EVENT(isr(), vector, 3);
	LIE_EVENT(isr(), source, 0);
	for (int i = 0; i < 3; i++)
		LIE_EVENT(isr(), reserved[i], 1);

	spurious = isr();
	spurious.vector = plan_guest_vector(0, 2);
	spurious.flags = PB_EVF_SPURIOUS;
	spurious.seq = 0;
	spurious.source = 0;
	assert_int_equal(give_one(spurious), 0);
	LIE_EVENT(spurious, seq, 1);
	LIE_EVENT(spurious, source, 1);
	LIE_EVENT(spurious, vector, 31);
	LIE_EVENT(spurious, flags, 0);
}

static void test_halt_and_exception_events(void **state)
{
	struct pb_event halt = {.tsc = 5000, .vcpu = 1, .cpu = PB_CPU_NONE, .kind = PB_EV_HALT};
	struct pb_event dead = {.tsc = 5000,
				.arg = 0x10000,
				.vcpu = 1,
				.cpu = PB_CPU_NONE,
				.kind = PB_EV_EXCEPTION,
				.vector = 13};
	struct claims_pass pass = {0};

	(void)state;
	setup_plan(PB_GUEST_SPIN);
	assert_int_equal(give_one(halt), -EPROTO); /* does not halt in this mode */
	setup_plan(PB_GUEST_HALT);
	assert_int_equal(give_one(halt), 0);
	LIE_EVENT(halt, arg, 1);
	LIE_EVENT(halt, seq, 1);
	LIE_EVENT(halt, vector, 1);
	LIE_EVENT(halt, flags, 1);
	LIE_EVENT(halt, source, 1);
	assert_int_equal(give_one(dead), 0);
	LIE_EVENT(dead, vector, 32);
	LIE_EVENT(dead, flags, 1);
	LIE_EVENT(dead, seq, 1);
	/* It is the last thing that an agent does. */
	assert_int_equal(give(&pass, dead), 0);
	assert_int_equal(give(&pass, halt), -EPROTO);
}

static void test_tick_vector(void **state)
{
	struct pb_event ev = isr();

	(void)state;
	ev.vector = PB_AGENT_TICK_VECTOR;
	ev.flags = PB_EVF_SPURIOUS;
	ev.seq = ev.source = 0;
	setup_plan(PB_GUEST_SPIN);
	assert_int_equal(give_one(ev), 0); /* nobody's: spurious */
	setup_plan(PB_GUEST_TICK);
	assert_int_equal(give_one(ev), -EPROTO); /* the agent's own */
}

static void test_order(void **state)
{
	struct claims_pass pass = {0};
	struct pb_event ev = isr();

	(void)state;
	setup_plan(PB_GUEST_SPIN);
	assert_int_equal(give(&pass, ev), 0);
	assert_int_equal(give(&pass, ev), 0); /* same time, same seq: a rescued one may be */
	ev.tsc--;
	assert_int_equal(give(&pass, ev), -EPROTO);
	ev.tsc += 2;
	ev.seq--;
	assert_int_equal(give(&pass, ev), -EPROTO); /* the slot does not go back */
}

static void test_pass(void **state)
{
	struct claims c = honest(PB_AGENT_STOPPED);
	struct claims_pass pass = {.isr = 5, .spurious = 1};
	struct vmm_line line = {""};

	(void)state;
	assert_int_equal(claims_check_pass(&c, &pass, &line), 0);
	/* The sum is right, the kinds are not. */
	pass = (struct claims_pass){.isr = 6, .spurious = 0};
	assert_int_equal(claims_check_pass(&c, &pass, &line), -EPROTO);
	pass = (struct claims_pass){.isr = 4, .spurious = 1};
	assert_int_equal(claims_check_pass(&c, &pass, &line), -EPROTO);
	c.ring.lost = 1;
	assert_int_equal(claims_check_pass(&c, &pass, &line), 0);
}

/* --- events of a function ------------------------------------------------ */

static int post(struct claims_pass *pass, struct pb_event ev)
{
	struct claims_known k = known(PB_AGENT_STOP);
	struct vmm_line line = {""};

	return claims_check_post(&k, 1, pass, &ev, &line);
}

static void test_posts(void **state)
{
	struct pb_event ev = isr();
	struct claims_pass pass = {0};

	(void)state;
	setup_plan(PB_GUEST_SPIN);
	ev.kind = PB_EV_POST;
#define LIE_POST(field, value)                                \
	do {                                                  \
		struct pb_event lie = ev;                     \
		struct claims_pass fresh = {0};               \
		lie.field = (value);                          \
		assert_int_equal(post(&fresh, lie), -EPROTO); \
	} while (0)
	LIE_POST(tsc, 0);
	LIE_POST(tsc, UINT64_MAX);
	LIE_POST(seq, 0);
	LIE_POST(seq, 11);
	LIE_POST(vcpu, 0);
	LIE_POST(cpu, 1);
	LIE_POST(flags, 1);
	LIE_POST(kind, PB_EV_ISR);
	LIE_POST(vector, plan_guest_vector(0, 0));
	LIE_POST(vector, 0);
	LIE_POST(vector, 255);
	LIE_POST(source, 0);
	LIE_POST(reserved[2], 9);
	assert_int_equal(post(&pass, ev), 0);
	assert_int_equal(post(&pass, ev), -EPROTO); /* the same seq again */
	ev.seq += 2; /* one record was lost */
	assert_int_equal(post(&pass, ev), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_states),
		cmocka_unit_test(test_every_field),
		cmocka_unit_test(test_pending),
		cmocka_unit_test(test_nothing_goes_back),
		cmocka_unit_test(test_dead_says_where),
		cmocka_unit_test(test_final),
		cmocka_unit_test(test_isr_events),
		cmocka_unit_test(test_halt_and_exception_events),
		cmocka_unit_test(test_tick_vector),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_pass),
		cmocka_unit_test(test_posts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
