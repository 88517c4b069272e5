// SPDX-License-Identifier: LGPL-2.1-or-later
/* plan_squeezer.c - what each kind of squeezer needs, and what it must leave alone. */
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "plan/plan.h"
#include "plan/plan_squeezer.h"

enum {
	THREADS = 1 << 0,
	NICE = 1 << 1,
	ON_OFF = 1 << 2,
	PRIORITY = 1 << 3,
	PERIOD = 1 << 4,
	WIDTH = 1 << 5,
	JITTER = 1 << 6,
	CPU = 1 << 7,
	DEVICE = 1 << 8,
};

/* The fields that a kind uses. */
static const unsigned int uses[PB_SQUEEZER_KINDS] = {
	[PB_SQUEEZER_HOG] = THREADS | NICE | ON_OFF | PRIORITY,
	[PB_SQUEEZER_PREEMPT] = PRIORITY | PERIOD | WIDTH | JITTER,
	[PB_SQUEEZER_OVERCOMMIT] = THREADS,
	[PB_SQUEEZER_QUOTA] = PERIOD | WIDTH,
	[PB_SQUEEZER_MIGRATE] = PERIOD | JITTER | CPU,
	[PB_SQUEEZER_USER] = PERIOD | WIDTH | JITTER,
	[PB_SQUEEZER_KICK] = PRIORITY | PERIOD | WIDTH | JITTER | DEVICE,
	[PB_SQUEEZER_ROUTE] = PERIOD | WIDTH | JITTER,
};

/* "unless the squeezer is hog or preempt" */
static void unless(unsigned int field, char *text, size_t size)
{
	size_t len = (size_t)snprintf(text, size, "unless the squeezer is");
	const char *sep = " ";

	for (uint32_t k = 0; k < PB_SQUEEZER_KINDS && len < size; k++) {
		if (!(uses[k] & field))
			continue;
		len += (size_t)snprintf(text + len, size - len, "%s%s", sep,
					names_str(&plan_squeezer_kinds, k));
		sep = " or ";
	}
}

static void check_unused(struct checkline *c, const struct pb_plan_squeezer *s)
{
	const struct {
		unsigned int field;
		const char *name;
		int64_t value;
	} all[] = {
		{THREADS, "threads", s->threads},
		{NICE, "nice", s->nice},
		{ON_OFF, "on_us", s->on_us},
		{ON_OFF, "off_us", s->off_us},
		{PRIORITY, "rt_priority", s->rt_priority},
		{PERIOD, "period_us", s->period_us},
		{WIDTH, "width_us", s->width_us},
		{JITTER, "jitter_us", s->jitter_us},
		{CPU, "cpu", s->cpu},
	};
	static const char none[sizeof(s->device)];
	char text[96];

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (uses[s->kind] & all[i].field)
			continue;
		unless(all[i].field, text, sizeof(text));
		checkline_zero(c, all[i].name, all[i].value, text);
	}
	checkline_zero(c, "reserved", s->reserved, "always");
	unless(DEVICE, text, sizeof(text));
	if (!(uses[s->kind] & DEVICE) && memcmp(s->device, none, sizeof(none)) != 0)
		checkline_fail(c, "device is given, must be empty %s", text);
}

static void check_hog(struct checkline *c, const struct pb_plan_squeezer *s)
{
	checkline_range(c, "threads", s->threads, 1, PB_PLAN_MAX_THREADS);
	checkline_range(c, "nice", s->nice, -20, 19);
	checkline_range(c, "on_us", s->on_us, 0, PB_PLAN_MAX_US);
	checkline_range(c, "off_us", s->off_us, 0, PB_PLAN_MAX_US);
	if (!s->on_us)
		checkline_zero(c, "off_us", s->off_us, "without on_us (busy always)");
	checkline_range(c, "rt_priority", s->rt_priority, 0, 99);
	if (s->rt_priority)
		checkline_zero(c, "nice", s->nice, "with rt_priority");
}

/* Whatever goes by a rhythm; each occurrence is over before the next begins. */
static void check_rhythm(struct checkline *c, const struct pb_plan_squeezer *s, uint32_t max_width)
{
	uint32_t width = s->period_us < max_width ? s->period_us : max_width;

	checkline_range(c, "period_us", s->period_us, PB_PLAN_MIN_RHYTHM, PB_PLAN_MAX_US);
	if (max_width)
		checkline_range(c, "width_us", s->width_us, 1, (int64_t)width);
	checkline_range(c, "jitter_us (at most the period without the width)", s->jitter_us, 0,
			(int64_t)s->period_us - s->width_us);
}

/* By its own rhythm, or when a sweep says so. */
static void check_kick(struct checkline *c, const struct pb_plan_squeezer *s)
{
	checkline_range(c, "rt_priority", s->rt_priority, 1, 99);
	plan_check_device(c, s->device);
	if (s->period_us) {
		check_rhythm(c, s,
			     s->period_us - 1 < PB_PLAN_MAX_HOLD ? s->period_us - 1
								 : PB_PLAN_MAX_HOLD);
		return;
	}
	checkline_range(c, "width_us", s->width_us, 1, PB_PLAN_MAX_HOLD);
	checkline_zero(c, "jitter_us", s->jitter_us, "without a period (swept)");
}

static void check_kind(struct checkline *c, const struct pb_plan *p,
		       const struct pb_plan_squeezer *s)
{
	switch (s->kind) {
	case PB_SQUEEZER_HOG:
		check_hog(c, s);
		break;
	case PB_SQUEEZER_PREEMPT:
		checkline_range(c, "rt_priority", s->rt_priority, 1, 99);
		/* All of a CPU would starve the machine. */
		check_rhythm(c, s, s->period_us ? s->period_us - 1 : 1);
		break;
	case PB_SQUEEZER_OVERCOMMIT:
		checkline_range(c, "threads", s->threads, 1, PB_PLAN_MAX_VMS);
		break;
	case PB_SQUEEZER_QUOTA:
		checkline_range(c, "period_us", s->period_us, PB_PLAN_MIN_QUOTA, PB_PLAN_MAX_QUOTA);
		checkline_range(c, "width_us", s->width_us, PB_PLAN_MIN_QUOTA, s->period_us);
		break;
	case PB_SQUEEZER_MIGRATE:
		check_rhythm(c, s, 0);
		checkline_range(c, "cpu", s->cpu, 0, PB_PLAN_MAX_CPU - 1);
		if (s->cpu == p->vcpu_cpu[s->vcpu])
			checkline_fail(c, "cpu is %" PRIu32 ", must be another than the vCPU's own",
				       s->cpu);
		break;
	case PB_SQUEEZER_USER:
		check_rhythm(c, s, PB_PLAN_MAX_HOLD);
		break;
	case PB_SQUEEZER_KICK:
		check_kick(c, s);
		break;
	case PB_SQUEEZER_ROUTE:
		if (s->width_us)
			check_rhythm(c, s, PB_PLAN_MAX_HOLD);
		else
			check_rhythm(c, s, 0);
		break;
	default:
		break;
	}
}

void plan_check_squeezer(struct checkline *c, const struct pb_plan *p, uint32_t i)
{
	const struct pb_plan_squeezer *s = &p->squeezer[i];

	checkline_at(c, "squeezer %" PRIu32 ": ", i);
	if (i >= p->nr_squeezers) {
		checkline_zeros(c, "an entry that is not used", s, sizeof(*s));
		return;
	}
	plan_check_enum(c, &plan_squeezer_kinds, s->kind);
	checkline_range(c, "vcpu", s->vcpu, 0, (int64_t)p->vcpus - 1);
	if (c->failed)
		return;
	check_unused(c, s);
	check_kind(c, p, s);
}
