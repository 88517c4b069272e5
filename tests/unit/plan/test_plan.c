// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "plan/example.h"
#include "plan/plan.h"
#include "util/crc32c.h"
#include "util/rng.h"

static int check(const struct pb_plan *plan, char err[160])
{
	return plan_check(plan, sizeof(*plan), err, 160);
}

/* Repair only the CRC: plan_seal() would repair the head too. */
static void repair(struct pb_plan *plan)
{
	plan->crc = 0;
	plan->crc = crc32c(0, plan, sizeof(*plan));
}

static void test_good(void **state)
{
	struct pb_plan plan;
	char err[160] = "?";

	(void)state;
	example_plan(&plan);
	assert_int_equal(check(&plan, err), 0);
	assert_string_equal(err, "");
	example_null_plan(&plan);
	assert_int_equal(check(&plan, err), 0);
}

/* A field, and a value that it cannot have in the example. */
struct spoil {
	const char *name;
	size_t offset, size;
	int64_t bad;
};

#define F(field, value)                                                                        \
	{                                                                                      \
#field, offsetof(struct pb_plan, field), sizeof(((struct pb_plan *)0)->field), \
			value                                                                  \
	}
#define EACH_VCPU(f)  f(2) f(3) f(4) f(5) f(6) f(7) f(8) f(9) f(10) f(11) f(12) f(13) f(14) f(15)
#define CPU_UNUSED(i) F(vcpu_cpu[i], 1),
#define SQUEEZER_UNUSED(i)                                                                      \
	F(squeezer[i].kind, 1), F(squeezer[i].vcpu, 1), F(squeezer[i].threads, 1),              \
		F(squeezer[i].nice, -1), F(squeezer[i].on_us, 1), F(squeezer[i].off_us, 1),     \
		F(squeezer[i].rt_priority, 1), F(squeezer[i].period_us, 1),                     \
		F(squeezer[i].width_us, 1), F(squeezer[i].jitter_us, 1), F(squeezer[i].cpu, 1), \
		F(squeezer[i].reserved, 1), F(squeezer[i].device, 'x'),
#define SOURCE_UNUSED(i)                                                                           \
	F(source[i].kind, 1), F(source[i].vcpu, 1), F(source[i].vectors, 1),                       \
		F(source[i].count, 1), F(source[i].schedule, 1), F(source[i].aim, 1),              \
		F(source[i].period_us, 1), F(source[i].burst, 1), F(source[i].offset_min, 1),      \
		F(source[i].offset_max, 1), F(source[i].skip, 1), F(source[i].fresh_vector, 1),    \
		F(source[i].device, 'x'), F(source[i].function, 1), F(source[i].poll_budget, 1),   \
		F(source[i].aggregate, 2), F(source[i].aggregate_us, 100), F(source[i].resets, 1), \
		F(source[i].reset_us, 1),

static const struct spoil spoils[] = {F(magic, 1),
				      F(version, 0),
				      F(version, PB_PLAN_VERSION + 1),
				      F(version, PB_PLAN_VERSION - 1),
				      F(size, sizeof(struct pb_plan) - 1),
				      F(size, 0),
				      F(scenario, 0), /* no name */
				      F(scenario[0], '\n'),
				      F(scenario[20], 'x'), /* behind the end */
				      F(scenario[31], 'x'),
				      F(vmm, PB_VMM_KINDS),
				      F(vfio, PB_VFIO_KINDS),
				      F(guest_mode, PB_GUEST_MODES),
				      F(guest_mode, PB_GUEST_TICK), /* without a tick */
				      F(vcpus, 0),
				      F(vcpus, 1), /* source 1 goes to vCPU 1 */
				      F(vcpus, PB_MAX_VCPUS + 1),
				      F(tick_us, 100), /* mode spin */
				      F(late_us, PB_PLAN_MAX_US + 1ll),
				      F(measure_us, 0),
				      F(measure_us, PB_PLAN_MAX_US + 1ll),
				      F(drain_us, PB_PLAN_MAX_US + 1ll),
				      F(vcpu_cpu[0], PB_PLAN_MAX_CPU),
				      F(vcpu_cpu[1], -1),
				      EACH_VCPU(CPU_UNUSED) F(control_cpu, PB_PLAN_MAX_CPU),
				      F(nr_sources, 1), /* an entry behind it is not zero */
				      F(nr_sources, PB_MAX_SOURCES + 1),
				      F(nr_squeezers, 1),
				      F(nr_squeezers, PB_MAX_SQUEEZERS + 1),
				      F(nr_sweeps, PB_MAX_SWEEPS + 1),
				      F(source[2].depth, 1),
				      F(source[2].service, 1),
				      F(source[2].fault, 1),
				      F(source[2].fault_at, 1),
				      F(reserved, 1),
				      F(sweep[0].window, 1),
				      F(sweep[0].event, 1),
				      F(sweep[0].index, 1),
				      F(sweep[0].stride, 1),
				      F(sweep[0].length, 1),
				      F(sweep[0].skip, 1),
				      F(sweep[0].windows, 1),
				      F(sweep[0].budget, 1),
				      F(sweep[0].deadline_us, 1),
				      F(sweep[0].reserved, 1),
				      F(sweep[1].window, 1),
				      F(sweep[1].event, 1),
				      F(sweep[1].index, 1),
				      F(sweep[1].stride, 1),
				      F(sweep[1].length, 1),
				      F(sweep[1].skip, 1),
				      F(sweep[1].windows, 1),
				      F(sweep[1].budget, 1),
				      F(sweep[1].deadline_us, 1),
				      F(sweep[1].reserved, 1),
				      F(event_capacity, PB_PLAN_MIN_EVENTS - 1),
				      F(event_capacity, PB_PLAN_MAX_EVENTS + 1),
				      F(source[0].kind, PB_SOURCE_KINDS),
				      F(source[0].kind, PB_SOURCE_NULL), /* with VMM mini */
				      F(source[0].vcpu, 2),
				      F(source[0].vectors, 0),
				      F(source[0].vectors, 19), /* fresh: fewer than posts */
				      F(source[0].vectors, PB_MAX_VECTORS + 1),
				      F(source[0].count, 0),
				      F(source[0].count, 21), /* fresh: more than vectors */
				      F(source[0].schedule, PB_SCHED_KINDS),
				      F(source[0].schedule, PB_SCHED_PERIODIC), /* has an aim */
				      F(source[0].aim, PB_AIM_NONE),
				      F(source[0].aim, PB_AIM_KINDS),
				      F(source[0].period_us, 1),
				      F(source[0].burst, 1),
				      F(source[0].offset_min, 2001),
				      F(source[0].offset_max, 9),
				      F(source[0].offset_max, PB_PLAN_MAX_OFFSET + 1ll),
				      F(source[0].skip, PB_PLAN_MAX_SKIP + 1ll),
				      F(source[0].fresh_vector, 2),
				      F(source[0].depth, 1),
				      F(source[0].service, 1),
				      F(source[0].fault, 1),
				      F(source[0].fault_at, 1),
				      F(source[0].device[0], 'x'),
				      F(source[0].device[31], '0'),
				      F(source[0].function, 1),
				      F(source[0].poll_budget, 1),
				      F(source[0].aggregate, 2),
				      F(source[0].aggregate_us, 100),
				      F(source[0].resets, 1),
				      F(source[0].reset_us, 1000),
				      F(source[1].kind, PB_SOURCE_KINDS),
				      F(source[1].vcpu, -1),
				      F(source[1].vectors, 65),
				      F(source[1].count, PB_PLAN_MAX_COUNT + 1),
				      F(source[1].schedule, PB_SCHED_SINGLE), /* of 300 */
				      F(source[1].schedule, PB_SCHED_AIMED), /* at nothing */
				      F(source[1].schedule, PB_SCHED_BURST), /* of 0 */
				      F(source[1].aim, PB_AIM_HALT),
				      F(source[1].period_us, 0),
				      F(source[1].period_us, PB_PLAN_MAX_US + 1ll),
				      F(source[1].burst, 1),
				      F(source[1].offset_min, 1),
				      F(source[1].offset_max, 1),
				      F(source[1].skip, 1),
				      F(source[1].depth, 1),
				      F(source[1].service, 1),
				      F(source[1].fault, 1),
				      F(source[1].fault_at, 1),
				      F(source[1].fresh_vector, 1), /* more posts than vectors */
				      F(source[1].device[0], '/'),
				      F(source[1].device[3], '.'),
				      F(source[1].device[4], '0'),
				      F(source[1].device[5], 'A'),
				      F(source[1].device[11], '8'),
				      F(source[1].device[11], 0),
				      F(source[1].device[12], '0'),
				      F(source[1].function, 1), /* of a poster */
				      F(source[1].poll_budget, 1),
				      F(source[1].aggregate, 2),
				      F(source[1].aggregate_us, 100),
				      F(source[1].resets, 1),
				      F(source[1].reset_us, 1000),
				      SOURCE_UNUSED(2) F(squeezer[0].kind, PB_SQUEEZER_KINDS),
				      F(squeezer[0].vcpu, 2),
				      F(squeezer[0].threads, 1),
				      F(squeezer[0].nice, 1),
				      F(squeezer[0].on_us, 1),
				      F(squeezer[0].off_us, 1),
				      F(squeezer[0].rt_priority, 1),
				      F(squeezer[0].period_us, 1),
				      F(squeezer[0].width_us, 1),
				      F(squeezer[0].jitter_us, 1),
				      F(squeezer[0].cpu, 1),
				      F(squeezer[0].reserved, 1),
				      F(squeezer[0].device, 'x'),
				      F(squeezer[1].kind, PB_SQUEEZER_PIN), /* with threads */
				      F(squeezer[1].vcpu, 2),
				      F(squeezer[1].threads, 0),
				      F(squeezer[1].threads, PB_PLAN_MAX_THREADS + 1),
				      F(squeezer[1].nice, -21),
				      F(squeezer[1].nice, 20),
				      F(squeezer[1].on_us, 0), /* off_us without it */
				      F(squeezer[1].on_us, PB_PLAN_MAX_US + 1ll),
				      F(squeezer[1].off_us, PB_PLAN_MAX_US + 1ll),
				      F(squeezer[1].rt_priority, 100),
				      F(squeezer[1].period_us, 1),
				      F(squeezer[1].width_us, 1),
				      F(squeezer[1].jitter_us, 1),
				      F(squeezer[1].cpu, 1),
				      F(squeezer[1].reserved, 1),
				      F(squeezer[1].device, 'x'),
				      SQUEEZER_UNUSED(2) SQUEEZER_UNUSED(3) SQUEEZER_UNUSED(4)
					      SQUEEZER_UNUSED(5) SQUEEZER_UNUSED(6)
						      SQUEEZER_UNUSED(7)
				      /* of a vmm that is not linux */
				      F(guest.memory_mib, 1),
				      F(guest.io_timeout_us, 1),
				      F(guest.stall_us, 1),
				      F(guest.reserved, 1),
				      F(guest.build_id, 'a')};
#define SPOILS (sizeof(spoils) / sizeof(spoils[0]))

static void spoil(struct pb_plan *plan, const struct spoil *s)
{
	memset((char *)plan + s->offset, 0, s->size);
	memcpy((char *)plan + s->offset, &s->bad, s->size < 8 ? s->size : 8);
}

static void test_every_field(void **state)
{
	for (size_t i = 0; i < SPOILS; i++) {
		struct pb_plan plan;
		char err[160] = "";

		(void)state;
		example_plan(&plan);
		spoil(&plan, &spoils[i]);
		if (check(&plan, err) != -EINVAL)
			fail_msg("%s = %lld passed", spoils[i].name, (long long)spoils[i].bad);
		/* The CRC, or what is looked at before it. */
		if (!strstr(err, "CRC") && spoils[i].offset >= offsetof(struct pb_plan, scenario))
			fail_msg("%s: '%s'", spoils[i].name, err);
		repair(&plan);
		err[0] = '\0';
		if (check(&plan, err) != -EINVAL)
			fail_msg("%s = %lld passed with its CRC repaired", spoils[i].name,
				 (long long)spoils[i].bad);
		assert_true(err[0]);
		assert_null(strstr(err, "CRC"));
		assert_null(strchr(err, '\n'));
	}
}

/* The table above leaves out no field: but the CRC, and the seed, which may be anything. */
static void test_table_is_complete(void **state)
{
	uint8_t seen[sizeof(struct pb_plan)] = {0};

	(void)state;
	for (size_t i = 0; i < SPOILS; i++) {
		const char *bracket = strrchr(spoils[i].name, '[');
		bool element = spoils[i].size == 1 && bracket;
		size_t start = spoils[i].offset, size = spoils[i].size;

		if (element) { /* one byte of a string stands for the string */
			start = !strncmp(spoils[i].name, "scenario", 8)
					? offsetof(struct pb_plan, scenario)
				: !strncmp(spoils[i].name, "source[0]", 9)
					? offsetof(struct pb_plan, source[0].device)
					: offsetof(struct pb_plan, source[1].device);
			size = 32;
		}
		memset(seen + start, 1, size);
	}
	memset(seen + offsetof(struct pb_plan, crc), 1, 4);
	memset(seen + offsetof(struct pb_plan, seed), 1, 8);
	for (size_t i = 0; i < sizeof(seen); i++)
		if (!seen[i])
			fail_msg("byte %zu of the plan is in no test", i);
}

/* Each byte wrong, and each length but the right one. */
static void test_bytes_and_sizes(void **state)
{
	uint8_t raw[sizeof(struct pb_plan) + 1];
	char err[160];

	(void)state;
	memset(raw, 0, sizeof(raw));
	example_plan((struct pb_plan *)raw);
	for (size_t i = 0; i < sizeof(struct pb_plan); i++) {
		raw[i] ^= 0x10;
		assert_int_equal(plan_check(raw, sizeof(struct pb_plan), err, sizeof(err)),
				 -EINVAL);
		raw[i] ^= 0x10;
	}
	for (size_t size = 0; size <= sizeof(raw); size++)
		assert_int_equal(plan_check(raw, size, err, sizeof(err)),
				 size == sizeof(struct pb_plan) ? 0 : -EINVAL);
	/* An odd address is none of its business. */
	memmove(raw + 1, raw, sizeof(struct pb_plan));
	assert_int_equal(plan_check(raw + 1, sizeof(struct pb_plan), err, sizeof(err)), 0);
}

/* Anything at all, with a right CRC: no crash, and never a plan out of bounds. */
static void test_random(void **state)
{
	uint64_t rng = 1;
	char err[16];

	(void)state;
	for (int round = 0; round < 20000; round++) {
		struct pb_plan plan;

		example_plan(&plan);
		for (uint64_t n = rng_below(&rng, 8) + 1; n; n--)
			((uint8_t *)&plan)[rng_below(&rng, sizeof(plan))] = (uint8_t)rng_next(&rng);
		repair(&plan);
		if (plan_check(&plan, sizeof(plan), err, sizeof(err)))
			continue;
		assert_in_range(plan.vcpus, 1, PB_MAX_VCPUS);
		assert_in_range(plan.nr_sources, 0, PB_MAX_SOURCES);
		assert_in_range(plan.nr_squeezers, 0, PB_MAX_SQUEEZERS);
		for (uint32_t i = 0; i < plan.nr_sources; i++) {
			assert_true(plan.source[i].vcpu < plan.vcpus);
			assert_in_range(plan.source[i].vectors, 1, PB_MAX_VECTORS);
			assert_non_null(memchr(plan.source[i].device, 0, 32));
		}
	}
}

static void test_schedules(void **state)
{
	struct pb_plan plan;
	char err[160];

	(void)state;
	example_plan(&plan);
	plan.source[1].schedule = PB_SCHED_SINGLE;
	plan.source[1].count = 1;
	plan.source[1].period_us = 0;
	repair(&plan);
	assert_int_equal(check(&plan, err), 0);
	plan.source[1].schedule = PB_SCHED_BURST;
	plan.source[1].burst = 16;
	plan.source[1].count = 160;
	plan.source[1].period_us = 10;
	repair(&plan);
	assert_int_equal(check(&plan, err), 0);
	plan.guest_mode = PB_GUEST_TICK;
	plan.tick_us = PB_PLAN_MIN_TICK_US - 1;
	repair(&plan);
	assert_int_equal(check(&plan, err), -EINVAL);
	plan.tick_us = PB_PLAN_MIN_TICK_US;
	repair(&plan);
	assert_int_equal(check(&plan, err), 0);
	plan.squeezer[1].rt_priority = 10;
	repair(&plan);
	assert_int_equal(check(&plan, err), 0);
	plan.squeezer[1].nice = 5;
	repair(&plan);
	assert_int_equal(check(&plan, err), -EINVAL);
}

static void nic_says(const struct pb_plan_source *s, const char *line)
{
	struct pb_plan plan;
	char err[160];

	example_plan(&plan);
	plan.source[1] = *s;
	repair(&plan);
	assert_int_equal(check(&plan, err), line ? -EINVAL : 0);
	if (line && !strstr(err, line))
		fail_msg("'%s' says nothing of '%s'", err, line);
}

static void test_nic(void **state)
{
	const struct pb_plan_source good = {.kind = PB_SOURCE_NIC,
					    .schedule = PB_SCHED_POISSON,
					    .vectors = 4,
					    .count = 30,
					    .period_us = 900};
	struct pb_plan_source s = good;

	(void)state;
	nic_says(&s, NULL);
	s.fault = PB_FAULT_LOST_MSI;
	s.fault_at = 3;
	nic_says(&s, NULL);
	s.fault = PB_FAULT_DOORBELL;
	nic_says(&s, "fault is doorbell, which kind nic cannot have");
	s = good;
	s.vectors = 5;
	nic_says(&s, "vectors (receive queues of a NIC) is 5, must be 1 to 4");
	s = good;
	s.schedule = PB_SCHED_SERVED;
	nic_says(&s, "schedule is served, which only kind nvme can have");
	s = good;
	s.schedule = PB_SCHED_AIMED;
	s.aim = PB_AIM_SN_SET;
	s.period_us = 0;
	nic_says(&s, "schedule is aimed, must be that of a wire");
	s = good;
	s.depth = 1;
	nic_says(&s, "depth is 1, must be 0 unless the source is nvme");
	s = good;
	s.fault_at = 1;
	nic_says(&s, "fault_at is 1, must be 0 without a fault");
}

/* Polling, coalescing and resets: what each needs, and what it goes with. */
static void test_modes(void **state)
{
	static const struct {
		uint32_t kind, poll, aggregate, aggregate_us, resets, reset_us, fault;
		const char *line;
	} cases[] = {
		{PB_SOURCE_NVME, 63, 256, 25500, 0, 0, 0, NULL},
		{PB_SOURCE_NVME, 0, 0, 0, 100, 500, 0, NULL},
		{PB_SOURCE_NVME, 0, 2, 100, 100, 500, 0, "resets is 100 with aggregate"},
		{PB_SOURCE_NIC, 1, 0, 0, 1, 500, 0, NULL},
		{PB_SOURCE_NVME, 64, 0, 0, 0, 0, 0, "poll_budget is 64"},
		{PB_SOURCE_NVME, 0, 1, 100, 0, 0, 0, "aggregate is 1, must be 2 to 256"},
		{PB_SOURCE_NVME, 0, 257, 100, 0, 0, 0, "aggregate is 257"},
		{PB_SOURCE_NVME, 0, 2, 0, 0, 0, 0, "aggregate_us is 0, must be 100 to 25500"},
		{PB_SOURCE_NVME, 0, 2, 150, 0, 0, 0, "must be a multiple of 100"},
		{PB_SOURCE_NVME, 0, 0, 100, 0, 0, 0, "aggregate_us is 100, must be 0 without"},
		{PB_SOURCE_NIC, 0, 2, 100, 0, 0, 0, "must be 0 unless the source is nvme"},
		{PB_SOURCE_NVME, 0, 0, 0, 101, 500, 0, "resets is 101"},
		{PB_SOURCE_NVME, 0, 0, 0, 1, 499, 0, "reset_us is 499, must be 500"},
		{PB_SOURCE_NVME, 0, 0, 0, 0, 500, 0, "reset_us is 500, must be 0 without"},
		{PB_SOURCE_NVME, 0, 0, 0, 1, 500, 1, "resets is 1 with a fault"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		bool nvme = cases[i].kind == PB_SOURCE_NVME;
		struct pb_plan_source s = {
			.kind = cases[i].kind,
			.schedule = nvme ? PB_SCHED_SERVED : PB_SCHED_POISSON,
			.vectors = 2,
			.count = 30,
			.period_us = nvme ? 0 : 900,
			.depth = nvme,
			.poll_budget = cases[i].poll,
			.aggregate = cases[i].aggregate,
			.aggregate_us = cases[i].aggregate_us,
			.resets = cases[i].resets,
			.reset_us = cases[i].reset_us,
			.fault = cases[i].fault,
			.fault_at = cases[i].fault,
		};

		nic_says(&s, cases[i].line);
	}
}

static void test_all_vcpus(void **state)
{
	struct pb_plan plan;

	(void)state;
	example_plan(&plan);
	assert_int_equal(plan_all_vcpus(&plan), 2);
	plan.squeezer[0] =
		(struct pb_plan_squeezer){.kind = PB_SQUEEZER_OVERCOMMIT, .vcpu = 0, .threads = 3};
	assert_int_equal(plan_all_vcpus(&plan), 5);
	assert_int_equal(plan_all_vcpus(NULL), PB_MAX_VCPUS + PB_MAX_SQUEEZERS * PB_PLAN_MAX_VMS);
}

static void test_vectors(void **state)
{
	struct pb_plan plan;
	unsigned int s = 9, i = 9;

	(void)state;
	example_plan(&plan);
	assert_int_equal(plan_guest_vector(0, 0), PB_VECTOR_BASE);
	assert_int_equal(plan_guest_vector(1, 0), PB_VECTOR_BASE + PB_MAX_VECTORS);
	assert_int_equal(plan_guest_vector(PB_MAX_SOURCES - 1, PB_MAX_VECTORS - 1), 0xef);
	assert_int_equal(plan_guest_vector(PB_MAX_SOURCES, 0), 0);
	assert_int_equal(plan_guest_vector(0, PB_MAX_VECTORS), 0);
	for (unsigned int v = 0; v < 256; v++) {
		bool used = (v >= 0x30 && v < 0x30 + 20) || (v >= 0x70 && v < 0x70 + 4);

		assert_int_equal(plan_vector_find(&plan, (uint8_t)v, &s, &i), used);
		if (used)
			assert_int_equal(plan_guest_vector(s, i), v);
	}
}

static void test_names(void **state)
{
	static const struct pb_names *const all[] = {&plan_source_kinds, &plan_squeezer_kinds,
						     &plan_vmm_kinds,    &plan_vfio_kinds,
						     &plan_guest_modes,  &plan_schedules,
						     &plan_aims};
	char list[128];

	(void)state;
	for (size_t k = 0; k < sizeof(all) / sizeof(all[0]); k++) {
		for (uint32_t v = 0; v < all[k]->nr; v++)
			assert_int_equal(names_find(all[k], names_get(all[k], v)), v);
		assert_null(names_get(all[k], all[k]->nr));
		assert_string_equal(names_str(all[k], UINT32_MAX), "?");
		assert_int_equal(names_find(all[k], "nonesuch"), -EINVAL);
	}
	assert_string_equal(names_list(&plan_guest_modes, list, sizeof(list)),
			    "spin, halt or tick");
	assert_string_equal(names_list(&plan_guest_modes, list, 7), "spin, ");
}

static void test_seeds(void **state)
{
	struct pb_plan plan;
	uint64_t first;

	(void)state;
	example_plan(&plan);
	first = plan_source_seed(&plan, 0);
	assert_int_equal(first, plan_source_seed(&plan, 0));
	assert_int_not_equal(first, plan_source_seed(&plan, 1));
	for (unsigned int i = 0; i < PB_MAX_SOURCES; i++)
		for (unsigned int k = 0; k < PB_MAX_SQUEEZERS; k++)
			assert_int_not_equal(plan_source_seed(&plan, i),
					     plan_squeezer_seed(&plan, k));
	assert_int_not_equal(plan_squeezer_seed(&plan, 0), plan_squeezer_seed(&plan, 1));
	plan.seed++;
	assert_int_not_equal(first, plan_source_seed(&plan, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_every_field),
		cmocka_unit_test(test_table_is_complete),
		cmocka_unit_test(test_bytes_and_sizes),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_schedules),
		cmocka_unit_test(test_nic),
		cmocka_unit_test(test_modes),
		cmocka_unit_test(test_all_vcpus),
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_seeds),
	};

	return cmocka_run_group_tests_name("plan", tests, NULL, NULL);
}
