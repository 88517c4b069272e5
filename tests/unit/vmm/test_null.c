// SPDX-License-Identifier: LGPL-2.1-or-later
/* The null VMM: delivers what was posted, loses what it was told to, believes no ring. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vmm/cases.h"
#include "vmm/null.h"
#include "vmm/vmm.h"

struct sunk {
	struct pb_event ev[512];
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

static size_t count(const struct sunk *s, uint8_t kind)
{
	size_t n = 0;

	for (size_t i = 0; i < s->nr; i++)
		n += s->ev[i].kind == kind;
	return n;
}

static struct pb_ring *ring_of(struct pb_function *fn)
{
	return (struct pb_ring *)(fn->dma + PB_FUNCTION_RING);
}

/* A source of the plan posts 10 times, `gap` ticks apart, over its vectors in turn. */
static void posts(const struct pb_plan *plan, struct pb_function *fn, unsigned int source,
		  uint64_t gap)
{
	struct pb_ring *ring = ring_of(fn);

	ring->magic = PB_RING_MAGIC;
	ring->capacity = plan->event_capacity;
	for (unsigned int i = 0; i < 10; i++)
		ring->ev[ring->head++] = (struct pb_event){
			.tsc = 1000000000 + i * gap,
			.seq = i + 1,
			.vcpu = (uint16_t)plan->source[source].vcpu,
			.cpu = PB_CPU_NONE,
			.kind = PB_EV_POST,
			.vector = plan_guest_vector(source, i % plan->source[source].vectors),
			.source = (uint8_t)source,
		};
}

static struct pb_vmm *open_null(const struct pb_plan *plan, struct pb_function *fn[])
{
	struct pb_vmm *vmm;

	assert_ptr_equal(vmm_find(PB_VMM_NULL), &vmm_null);
	assert_int_equal(vmm_null.create(plan, &vmm), 0);
	for (unsigned int i = 0; i < plan->nr_sources; i++) {
		assert_int_equal(vmm_null.attach(vmm, i, "", &fn[i]), 0);
		assert_true(fn[i]->dma_size >=
			    PB_FUNCTION_RING + sizeof(struct pb_ring) + plan->event_capacity * 32);
	}
	assert_int_equal(vmm_null.start(vmm), 0);
	assert_int_equal(vmm_null.vcpu_tid(vmm, 0), 0);
	return vmm;
}

static struct sunk *run(uint32_t loss, uint64_t gap, struct pb_vmm_report *report)
{
	struct pb_plan plan = cases_plan(PB_VMM_NULL, 2, 2, PB_GUEST_SPIN);
	struct sunk *s = calloc(1, sizeof(*s));
	struct pb_function *fn[2];
	struct pb_vmm *vmm = open_null(&plan, fn);

	for (unsigned int i = 0; i < 2; i++)
		posts(&plan, fn[i], i, gap);
	vmm_null_set_loss(loss);
	assert_int_equal(vmm_null.check(vmm), 0);
	assert_int_equal(vmm_null.drain(vmm), 0);
	assert_int_equal(vmm_null.collect(vmm, sink, s, report), -EBUSY);
	assert_int_equal(vmm_null.stop(vmm), 0);
	assert_int_equal(vmm_null.collect(vmm, sink, s, report), 0);
	vmm_null.destroy(vmm);
	vmm_null_set_loss(0);
	return s;
}

static void test_delivers_all(void **state)
{
	struct pb_vmm_report report;
	struct sunk *s = run(0, 100000, &report);

	(void)state;
	assert_int_equal(report.status, PB_RUN_OK);
	assert_int_equal(report.isr, 20);
	assert_int_equal(count(s, PB_EV_POST), 20);
	assert_int_equal(count(s, PB_EV_ISR), 20);
	assert_int_equal(count(s, PB_EV_SCHED_IN), 2);
	free(s);
}

/* All at once: ten posts on four vectors are four ISR entries, which see the newest. */
static void test_coalesces(void **state)
{
	struct pb_vmm_report report;
	struct sunk *s = run(0, 1, &report);
	uint32_t seq = 0;

	(void)state;
	assert_int_equal(report.isr, 8);
	for (size_t i = 0; i < s->nr; i++)
		if (s->ev[i].kind == PB_EV_ISR && s->ev[i].seq > seq)
			seq = s->ev[i].seq;
	assert_int_equal(seq, 10);
	free(s);
}

static void test_loses(void **state)
{
	struct pb_vmm_report report;
	struct sunk *all = run(1000, 100000, &report), *half, *again;

	(void)state;
	assert_int_equal(report.isr, 0);
	assert_int_equal(count(all, PB_EV_POST), 20);
	half = run(500, 100000, &report);
	assert_in_range(report.isr, 4, 16);
	assert_int_equal(count(half, PB_EV_ISR), report.isr);
	/* The same seed, the same losses. */
	again = run(500, 100000, &report);
	assert_int_equal(again->nr, half->nr);
	assert_memory_equal(again->ev, half->ev, half->nr * sizeof(half->ev[0]));
	free(all);
	free(half);
	free(again);
}

static int collect_with(void (*spoil)(struct pb_ring *ring), int sink_error)
{
	struct pb_plan plan = cases_plan(PB_VMM_NULL, 1, 1, PB_GUEST_SPIN);
	struct sunk s = {.error = sink_error};
	struct pb_vmm_report report;
	struct pb_function *fn[1];
	struct pb_vmm *vmm = open_null(&plan, fn);
	int r;

	posts(&plan, fn[0], 0, 1000);
	if (spoil)
		spoil(ring_of(fn[0]));
	vmm_null.stop(vmm);
	r = vmm_null.collect(vmm, sink, &s, &report);
	assert_int_equal(r != 0, vmm->error[0] != '\0');
	vmm_null.destroy(vmm);
	return r;
}

static void spoil_magic(struct pb_ring *ring)
{
	ring->magic = 0;
}

static void spoil_head(struct pb_ring *ring)
{
	ring->head = ring->capacity + 1;
}

static void spoil_capacity(struct pb_ring *ring)
{
	ring->capacity = 1u << 30;
	ring->head = 1u << 20;
}

static void spoil_event(struct pb_ring *ring)
{
	ring->ev[3].vector = 2;
}

static void test_believes_no_ring(void **state)
{
	(void)state;
	assert_int_equal(collect_with(NULL, 0), 0);
	assert_int_equal(collect_with(spoil_magic, 0), -EPROTO);
	assert_int_equal(collect_with(spoil_head, 0), -EPROTO);
	assert_int_equal(collect_with(spoil_capacity, 0), -EPROTO);
	assert_int_equal(collect_with(spoil_event, 0), -EPROTO);
	assert_int_equal(collect_with(NULL, -EFBIG), -EFBIG);
}

static void test_wrong_calls(void **state)
{
	struct pb_plan plan = cases_plan(PB_VMM_NULL, 1, 1, PB_GUEST_SPIN);
	struct pb_function *fn;
	struct pb_vmm *vmm;

	(void)state;
	assert_null(vmm_find(PB_VMM_KINDS));
	assert_int_equal(vmm_null.create(&plan, &vmm), 0);
	assert_int_equal(vmm_null.attach(vmm, 1, "", &fn), -EINVAL);
	assert_null(fn);
	assert_int_equal(vmm_null.attach(vmm, 0, "", &fn), 0);
	assert_int_equal(vmm_null.attach(vmm, 0, "", &fn), -EBUSY);
	vmm_null.destroy(vmm);
	vmm_null.destroy(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_delivers_all), cmocka_unit_test(test_coalesces),
		cmocka_unit_test(test_loses),        cmocka_unit_test(test_believes_no_ring),
		cmocka_unit_test(test_wrong_calls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
