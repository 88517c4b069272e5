// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "plan/plan.h"
#include "plan/plan_driven.h"
#include "plan/plan_guest.h"
#include "plan/plan_squeezer.h"
#include "plan/plan_sweep.h"
#include "util/checkline.h"
#include "util/crc32c.h"
#include "util/rng.h"

_Static_assert(PB_VECTOR_BASE + PB_MAX_SOURCES * PB_MAX_VECTORS <= 0xf0,
	       "every vector of every source is below the ones that the guest agent keeps");

/* No padding: a plan is compared and checksummed as bytes. */
_Static_assert(sizeof(struct pb_plan_source) == 16 * 4 + 32 + 6 * 4, "no padding");
_Static_assert(sizeof(struct pb_plan_squeezer) == 12 * 4 + 32, "no padding");
_Static_assert(sizeof(struct pb_plan) ==
		       16 + 32 + 8 + 8 * 4 + PB_MAX_VCPUS * 4 + 6 * 4 +
			       PB_MAX_SOURCES * sizeof(struct pb_plan_source) +
			       PB_MAX_SQUEEZERS * sizeof(struct pb_plan_squeezer) +
			       PB_MAX_SWEEPS * sizeof(struct pb_plan_sweep) +
			       sizeof(struct pb_plan_guest),
	       "no padding");

static uint32_t plan_crc(const struct pb_plan *plan)
{
	struct pb_plan copy = *plan;

	copy.crc = 0;
	return crc32c(0, &copy, sizeof(copy));
}

void plan_seal(struct pb_plan *plan)
{
	plan->magic = PB_PLAN_MAGIC;
	plan->version = PB_PLAN_VERSION;
	plan->size = sizeof(*plan);
	plan->crc = plan_crc(plan);
}

void plan_check_enum(struct checkline *c, const struct pb_names *names, uint32_t value)
{
	char list[160];

	if (!names_get(names, value))
		checkline_fail(c, "%s is %" PRIu32 ", must be 0 to %" PRIu32 " (%s)", names->what,
			       value, names->nr - 1, names_list(names, list, sizeof(list)));
}

static void check_head(struct checkline *c, const struct pb_plan *p)
{
	if (p->magic != PB_PLAN_MAGIC)
		checkline_fail(c, "magic is 0x%08" PRIx32 ", must be 0x%08x: not a plan", p->magic,
			       PB_PLAN_MAGIC);
	checkline_range(c, "version", p->version, PB_PLAN_VERSION, PB_PLAN_VERSION);
	checkline_range(c, "size", p->size, sizeof(*p), sizeof(*p));
	if (!c->failed && p->crc != plan_crc(p))
		checkline_fail(c, "CRC is 0x%08" PRIx32 ", must be 0x%08" PRIx32 ": plan damaged",
			       p->crc, plan_crc(p));
}

static void check_guest(struct checkline *c, const struct pb_plan *p)
{
	checkline_text(c, "scenario", p->scenario, sizeof(p->scenario));
	if (!p->scenario[0])
		checkline_fail(c, "scenario has no name");
	plan_check_enum(c, &plan_vmm_kinds, p->vmm);
	plan_check_enum(c, &plan_vfio_kinds, p->vfio);
	plan_check_enum(c, &plan_guest_modes, p->guest_mode);
	checkline_range(c, "vcpus", p->vcpus, 1, PB_MAX_VCPUS);
	if (p->guest_mode == PB_GUEST_TICK)
		checkline_range(c, "tick_us", p->tick_us, PB_PLAN_MIN_TICK_US, PB_PLAN_MAX_US);
	else
		checkline_zero(c, "tick_us", p->tick_us, "unless the guest mode is tick");
	checkline_range(c, "late_us", p->late_us, 0, PB_PLAN_MAX_US);
	checkline_range(c, "measure_us", p->measure_us, 1, PB_PLAN_MAX_US);
	checkline_range(c, "drain_us", p->drain_us, 0, PB_PLAN_MAX_US);
	for (uint32_t i = 0; i < PB_MAX_VCPUS; i++) {
		checkline_at(c, "vcpu %" PRIu32 ": ", i);
		if (i < p->vcpus)
			checkline_range(c, "cpu", p->vcpu_cpu[i], 0, PB_PLAN_MAX_CPU - 1);
		else
			checkline_zero(c, "cpu", p->vcpu_cpu[i], "for a vCPU that there is not");
	}
	checkline_at(c, "%s", "");
	checkline_range(c, "control_cpu", p->control_cpu, 0, PB_PLAN_MAX_CPU - 1);
	checkline_range(c, "sources", p->nr_sources, 0, PB_MAX_SOURCES);
	checkline_range(c, "squeezers", p->nr_squeezers, 0, PB_MAX_SQUEEZERS);
	checkline_range(c, "sweeps", p->nr_sweeps, 0, PB_MAX_SWEEPS);
	checkline_zero(c, "reserved", p->reserved, "");
	checkline_range(c, "event_capacity", p->event_capacity, PB_PLAN_MIN_EVENTS,
			PB_PLAN_MAX_EVENTS);
}

/* What each schedule needs, and what it must leave alone. */
static void check_schedule(struct checkline *c, const struct pb_plan_source *s)
{
	bool aimed = s->schedule == PB_SCHED_AIMED;
	bool burst = s->schedule == PB_SCHED_BURST;

	if (s->schedule == PB_SCHED_SINGLE)
		checkline_range(c, "count (of schedule single)", s->count, 1, 1);
	if (aimed || s->schedule == PB_SCHED_SWEPT)
		checkline_zero(c, "period_us", s->period_us, "with schedule aimed or swept");
	else
		checkline_range(c, "period_us", s->period_us,
				s->schedule != PB_SCHED_SINGLE && s->schedule != PB_SCHED_SERVED,
				PB_PLAN_MAX_US);
	if (burst)
		checkline_range(c, "burst", s->burst, 1, PB_PLAN_MAX_BURST);
	else
		checkline_zero(c, "burst", s->burst, "unless the schedule is burst");
	if (!aimed) {
		checkline_zero(c, "aim", s->aim, "(none) unless the schedule is aimed");
		checkline_zero(c, "offset_min", s->offset_min, "unless the schedule is aimed");
		checkline_zero(c, "offset_max", s->offset_max, "unless the schedule is aimed");
		checkline_zero(c, "skip", s->skip, "unless the schedule is aimed");
		return;
	}
	if (s->aim == PB_AIM_NONE)
		checkline_fail(c, "aim is none, but the schedule is aimed: name what it aims at");
	checkline_range(c, "offset_max", s->offset_max, 0, PB_PLAN_MAX_OFFSET);
	checkline_range(c, "offset_min (to offset_max)", s->offset_min, 0, s->offset_max);
	checkline_range(c, "skip", s->skip, 0, PB_PLAN_MAX_SKIP);
}

/* dddd:bb:dd.f in lower-case hex, as sysfs has it: it becomes part of a path. */
static bool is_pci_address(const char *s)
{
	static const char form[] = "xxxx:xx:xx.7";

	for (size_t i = 0; i < sizeof(form); i++) {
		bool hex = (s[i] >= '0' && s[i] <= '9') || (s[i] >= 'a' && s[i] <= 'f');

		if (form[i] == 'x'   ? !hex
		    : form[i] == '7' ? s[i] < '0' || s[i] > '7'
				     : s[i] != form[i])
			return false;
	}
	return true;
}

void plan_check_device(struct checkline *c, const char device[32])
{
	if (checkline_text(c, "device", device, 32) && device[0] && !is_pci_address(device))
		checkline_fail(c, "device is '%s', must be empty or like 0000:00:10.0", device);
}

static void check_source(struct checkline *c, const struct pb_plan *p, uint32_t i)
{
	const struct pb_plan_source *s = &p->source[i];

	checkline_at(c, "source %" PRIu32 ": ", i);
	if (i >= p->nr_sources) {
		checkline_zeros(c, "an entry that is not used", s, sizeof(*s));
		return;
	}
	plan_check_enum(c, &plan_source_kinds, s->kind);
	if ((s->kind == PB_SOURCE_NULL) != (p->vmm == PB_VMM_NULL))
		checkline_fail(c, "kind is %s, which does not go with vmm %s",
			       names_str(&plan_source_kinds, s->kind),
			       names_str(&plan_vmm_kinds, p->vmm));
	checkline_range(c, "vcpu", s->vcpu, 0, (int64_t)p->vcpus - 1);
	checkline_range(c, "vectors", s->vectors, 1, PB_MAX_VECTORS);
	checkline_range(c, "count", s->count, 1, PB_PLAN_MAX_COUNT);
	plan_check_enum(c, &plan_schedules, s->schedule);
	plan_check_enum(c, &plan_aims, s->aim);
	check_schedule(c, s);
	plan_check_driven(c, s);
	if (p->vmm == PB_VMM_LINUX && (s->poll_budget || s->aggregate || s->resets))
		checkline_fail(c,
			       "poll_budget, aggregate or resets is given, but a Linux guest's own "
			       "driver decides of these");
	if (s->resets && p->guest_mode == PB_GUEST_HALT)
		checkline_fail(c, "resets is %" PRIu32 ", but a guest that halts hears of none",
			       s->resets);
	checkline_range(c, "fresh_vector", s->fresh_vector, 0, 1);
	if (s->fresh_vector && s->count > s->vectors)
		checkline_fail(c,
			       "count is %" PRIu32
			       " with fresh_vector, must be at most the %" PRIu32
			       " vectors: each post needs one of its own",
			       s->count, s->vectors);
	plan_check_device(c, s->device);
	plan_check_functions(c, p, i);
}

int plan_check(const void *data, size_t size, char *err, size_t errlen)
{
	struct checkline c;
	struct pb_plan plan;

	checkline_init(&c, err, errlen);
	checkline_at(&c, "plan: ");
	if (size != sizeof(plan)) {
		checkline_fail(&c, "%zu bytes, must be %zu", size, sizeof(plan));
		return -EINVAL;
	}
	memcpy(&plan, data, sizeof(plan));
	check_head(&c, &plan);
	if (c.failed)
		return -EINVAL;
	checkline_at(&c, "%s", "");
	check_guest(&c, &plan);
	if (c.failed)
		return -EINVAL;
	for (uint32_t i = 0; i < PB_MAX_SOURCES; i++)
		check_source(&c, &plan, i);
	for (uint32_t i = 0; i < PB_MAX_SQUEEZERS; i++)
		plan_check_squeezer(&c, &plan, i);
	plan_check_sweeps(&c, &plan);
	plan_check_guest(&c, &plan);
	return c.failed ? -EINVAL : 0;
}

uint8_t plan_guest_vector(unsigned int source, unsigned int index)
{
	if (source >= PB_MAX_SOURCES || index >= PB_MAX_VECTORS)
		return 0;
	return (uint8_t)(PB_VECTOR_BASE + source * PB_MAX_VECTORS + index);
}

bool plan_vector_find(const struct pb_plan *plan, uint8_t vector, unsigned int *source,
		      unsigned int *index)
{
	unsigned int s, i;

	if (vector < PB_VECTOR_BASE)
		return false;
	s = (vector - PB_VECTOR_BASE) / PB_MAX_VECTORS;
	i = (vector - PB_VECTOR_BASE) % PB_MAX_VECTORS;
	if (s >= plan->nr_sources || s >= PB_MAX_SOURCES || i >= plan->source[s].vectors)
		return false;
	*source = s;
	*index = i;
	return true;
}

uint32_t plan_all_vcpus(const struct pb_plan *plan)
{
	uint32_t n = plan ? plan->vcpus : PB_MAX_VCPUS + PB_MAX_SQUEEZERS * PB_PLAN_MAX_VMS;

	for (uint32_t i = 0; plan && i < plan->nr_squeezers; i++)
		if (plan->squeezer[i].kind == PB_SQUEEZER_OVERCOMMIT)
			n += plan->squeezer[i].threads;
	return n;
}

uint32_t plan_functions(const struct pb_plan *plan)
{
	uint32_t n = plan->nr_sources;

	for (uint32_t i = 0; i < plan->nr_squeezers; i++)
		n += plan->squeezer[i].kind == PB_SQUEEZER_KICK;
	return n;
}

uint32_t plan_function_squeezer(const struct pb_plan *plan, uint32_t function)
{
	uint32_t n = plan->nr_sources, i = 0;

	for (; i < plan->nr_squeezers; i++)
		if (plan->squeezer[i].kind == PB_SQUEEZER_KICK && n++ == function)
			break;
	return i;
}

const char *plan_function_device(const struct pb_plan *plan, uint32_t function)
{
	return function < plan->nr_sources
		       ? plan->source[function].device
		       : plan->squeezer[plan_function_squeezer(plan, function)].device;
}

uint64_t plan_source_seed(const struct pb_plan *plan, unsigned int source)
{
	return rng_derive(plan->seed, source);
}

/* Sources have the streams from 0 on, the scenario's periods those from 1000 on. */
#define SQUEEZER_STREAM 2000u

uint64_t plan_squeezer_seed(const struct pb_plan *plan, unsigned int squeezer)
{
	return rng_derive(plan->seed, SQUEEZER_STREAM + squeezer);
}
