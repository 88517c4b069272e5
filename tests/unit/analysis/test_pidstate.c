// SPDX-License-Identifier: LGPL-2.1-or-later
/* What pidstate_count() makes of each way in which a kernel may clear SN. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/pidstate.h"
#include "event/run.h"

#define ON  1u
#define SN  2u
#define PIR PB_EVF_PIR_NONEMPTY

struct tale {
	struct pb_run run;
	struct pb_event ev[16];
};

static void add(struct tale *t, uint8_t kind, uint64_t control, uint16_t flags)
{
	struct pb_event *e = &t->ev[t->run.nr_events++];

	e->tsc = t->run.nr_events;
	e->kind = kind;
	e->arg = control;
	e->flags = flags;
}

static void cpu(struct tale *t, uint64_t control, uint16_t pir)
{
	add(t, PB_TR_PID, control, PB_EVF_BY_CPU | pir);
}

static void iommu(struct tale *t, uint64_t control, uint16_t pir)
{
	add(t, PB_TR_PID, control, PB_EVF_BY_IOMMU | pir);
}

static void entry(struct tale *t, uint64_t control, uint16_t pir)
{
	add(t, PB_TR_ENTRY, control, pir);
}

static void expect(const struct tale *t, uint64_t cleared, uint64_t restored, uint64_t missing,
		   uint64_t excess)
{
	struct pb_counts c = {0};

	pidstate_count(&t->run, &c);
	assert_int_equal(c.sn_cleared, cleared);
	assert_int_equal(c.on_restored, restored);
	assert_int_equal(c.on_missing, missing);
	assert_int_equal(c.on_excess, excess);
}

/* Preempted, a post while SN=1, SN cleared. */
static void preempted(struct tale *t, uint16_t pir)
{
	memset(t, 0, sizeof(*t));
	cpu(t, SN, 0);
	if (pir)
		iommu(t, SN, PIR);
	cpu(t, 0, pir);
}

static void merged_fix_restores_on(void **state)
{
	struct tale t;

	(void)state;
	preempted(&t, PIR);
	cpu(&t, ON, PIR);
	cpu(&t, 0, PIR);
	cpu(&t, 0, 0);
	entry(&t, 0, 0);
	expect(&t, 1, 1, 0, 0);
	preempted(&t, 0);
	entry(&t, 0, 0);
	expect(&t, 1, 0, 0, 0);
}

static void without_fix_on_is_missing(void **state)
{
	struct tale t;

	(void)state;
	preempted(&t, PIR);
	entry(&t, 0, PIR);
	expect(&t, 1, 0, 1, 0);
	/* Each clearing counts once, however often the guest enters. */
	entry(&t, 0, PIR);
	expect(&t, 1, 0, 1, 0);
}

static void first_patch_empties_pir_without_on(void **state)
{
	struct tale t;

	(void)state;
	preempted(&t, PIR);
	cpu(&t, 0, 0);
	entry(&t, 0, 0);
	expect(&t, 1, 0, 1, 0);
}

static void reviewers_form_sets_on_always(void **state)
{
	struct tale t;

	(void)state;
	preempted(&t, 0);
	cpu(&t, ON, 0);
	expect(&t, 1, 0, 0, 1);
	/* ON in the very store that clears SN. */
	memset(&t, 0, sizeof(t));
	cpu(&t, SN, 0);
	cpu(&t, ON, 0);
	expect(&t, 1, 0, 0, 1);
	preempted(&t, PIR);
	cpu(&t, ON, PIR);
	expect(&t, 1, 1, 0, 0);
}

static void what_cannot_be_told_is_not_counted(void **state)
{
	struct tale t;

	(void)state;
	/* A post after SN was cleared set ON. */
	preempted(&t, PIR);
	iommu(&t, ON, PIR);
	cpu(&t, 0, 0);
	entry(&t, 0, 0);
	expect(&t, 1, 0, 0, 0);
	/* ON was left from before the preemption. */
	memset(&t, 0, sizeof(t));
	cpu(&t, ON | SN, PIR);
	cpu(&t, ON, PIR);
	entry(&t, ON, PIR);
	expect(&t, 1, 0, 0, 0);
	/* Preempted again at once. */
	preempted(&t, PIR);
	cpu(&t, SN, PIR);
	expect(&t, 1, 0, 0, 0);
	/* The first that is seen of a PID is no change. */
	memset(&t, 0, sizeof(t));
	cpu(&t, 0, PIR);
	entry(&t, 0, PIR);
	expect(&t, 0, 0, 0, 0);
	/* The IOMMU clears no SN. */
	memset(&t, 0, sizeof(t));
	iommu(&t, SN, 0);
	iommu(&t, 0, PIR);
	entry(&t, 0, PIR);
	expect(&t, 0, 0, 0, 0);
}

static void pids_are_apart(void **state)
{
	struct tale t;

	(void)state;
	preempted(&t, PIR);
	entry(&t, 0, 0);
	t.ev[t.run.nr_events - 1].vcpu = 1;
	cpu(&t, ON, PIR);
	add(&t, PB_TR_ENTRY, 0, PIR);
	t.ev[t.run.nr_events - 1].vcpu = PB_VCPU_NONE;
	expect(&t, 1, 1, 0, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(merged_fix_restores_on),
		cmocka_unit_test(without_fix_on_is_missing),
		cmocka_unit_test(first_patch_empties_pir_without_on),
		cmocka_unit_test(reviewers_form_sets_on_always),
		cmocka_unit_test(what_cannot_be_told_is_not_counted),
		cmocka_unit_test(pids_are_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
