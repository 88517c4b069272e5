// SPDX-License-Identifier: LGPL-2.1-or-later
/* What a Linux guest says: every field of it made false. */
#include <errno.h>
#include <string.h>

#include "vmm/cases.h"
#include "vmm/life.h"
#include "vmm/linux_rig.h"

/* Two I/Os of queue 0 and one of queue 1, at ticks 2000 to 3000. */
static struct pb_ring *ring(unsigned int worker)
{
	return (struct pb_ring *)((uint8_t *)rig.x.area + rig.x.job.ring_offset +
				  worker * rig.x.job.ring_stride);
}

static void put(unsigned int worker, uint64_t tsc, uint32_t seq)
{
	struct pb_ring *r = ring(worker);

	r->ev[r->head++] = (struct pb_event){.tsc = tsc,
					     .arg = 100,
					     .seq = seq,
					     .vcpu = (uint16_t)worker,
					     .cpu = PB_CPU_NONE,
					     .flags = PB_EVF_IO_READ,
					     .kind = PB_EV_IO,
					     .vector = (uint8_t)worker};
}

static void begin(void)
{
	linux_rig_begin(2);
	rig.x.m.tsc_start = 1000;
	rig.x.m.tsc_stop = 4000;
	put(0, 2000, 1);
	put(0, 3000, 3);
	put(1, 2500, 2);
	rig.x.area->device[0] = (struct pb_guest_device){
		.submitted = 3, .completed = 3, .longest = 100, .interrupts = 3};
}

static int events(struct life_sunk *sunk, struct vmm_line *line)
{
	uint64_t lost = 0;

	memset(sunk, 0, sizeof(*sunk));
	return linux_claims_events(&rig.x, life_sink, sunk, &lost, line);
}

static void test_good(void **state)
{
	static struct life_sunk sunk;
	struct vmm_line line = {""};
	struct pb_guest_device d;

	(void)state;
	begin();
	assert_int_equal(linux_claims_device(&rig.x, 0, &d, &line), 0);
	assert_int_equal(d.interrupts, 3);
	assert_int_equal(events(&sunk, &line), 0);
	assert_int_equal(sunk.nr, 3);
	sunk.error = 0;
	linux_rig_end();
}

#define D(field, v)                                                \
	{                                                          \
#field, offsetof(struct pb_guest_device, field), v \
	}

static void test_device(void **state)
{
	static const struct {
		const char *name;
		size_t at;
		uint64_t value;
	} bad[] = {D(submitted, 2), D(submitted, 11), D(submitted, UINT64_MAX),
		   D(completed, 4), D(completed, 2),  D(stalls, 4),
		   D(errors, 4),    D(longest, 3001), D(polled, 1)};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct vmm_line line = {""};
		struct pb_guest_device d;

		begin();
		memcpy((uint8_t *)&rig.x.area->device[0] + bad[i].at, &bad[i].value, 8);
		static struct life_sunk sunk;
		int r = linux_claims_device(&rig.x, 0, &d, &line);

		/* Fewer done than there are events is seen where those are. */
		if (!r)
			r = events(&sunk, &line);
		if (r != -EPROTO)
			fail_msg("%s = %llu passed", bad[i].name, (unsigned long long)bad[i].value);
		linux_rig_end();
	}
}

#define E(field, v)                                                                                \
	{                                                                                          \
#field, offsetof(struct pb_event, field), sizeof(((struct pb_event *)0)->field), v \
	}

static void test_events(void **state)
{
	static const struct {
		const char *name;
		size_t at, size;
		uint64_t value;
	} bad[] = {
		E(kind, PB_EV_ISR),
		E(source, 1),
		E(vector, 1),
		E(vcpu, 2),
		E(vcpu, PB_VCPU_NONE),
		E(cpu, 0),
		E(flags, 0),
		E(flags, PB_EVF_IO_FRAME),
		E(flags, PB_EVF_IO_READ | PB_EVF_IO_WRITE),
		E(reserved, 0x10000),
		E(tsc, 999),
		E(tsc, 1999), /* before the one in front of it */
		E(tsc, 4001),
		E(arg, 2001), /* began before the guest */
		E(arg, UINT64_MAX),
		E(seq, 0),
		E(seq, 1), /* was before */
		E(seq, 11),
		E(seq, UINT32_MAX),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		static struct life_sunk sunk;
		struct vmm_line line = {""};

		begin();
		memcpy((uint8_t *)&ring(0)->ev[1] + bad[i].at, &bad[i].value, bad[i].size);
		if (events(&sunk, &line) != -EPROTO)
			fail_msg("%s = %llu passed", bad[i].name, (unsigned long long)bad[i].value);
		assert_true(line.text[0]);
		linux_rig_end();
	}
}

static void test_rings(void **state)
{
	static struct life_sunk sunk;
	struct vmm_line line = {""};

	(void)state;
	begin();
	ring(1)->head = 65;
	assert_int_equal(events(&sunk, &line), -EPROTO);
	linux_rig_end();
	begin();
	ring(1)->capacity = UINT32_MAX;
	ring(1)->head = UINT32_MAX;
	assert_int_equal(events(&sunk, &line), -EPROTO);
	linux_rig_end();
	begin();
	/* The same number in two queues. */
	ring(1)->ev[0].seq = 1;
	assert_int_equal(events(&sunk, &line), -EPROTO);
	linux_rig_end();
	begin();
	/* An I/O that is counted and whose event is not there; there is one that was lost. */
	rig.x.area->device[0].completed = 4;
	assert_int_equal(events(&sunk, &line), -EPROTO);
	rig.x.job.ring_capacity = ring(0)->capacity = ring(1)->capacity = 2;
	ring(0)->lost = 1;
	assert_int_equal(events(&sunk, &line), 0);
	linux_rig_end();
	begin();
	/* What the guest makes of its copy of the job is nothing to us. */
	memset(&rig.x.area->job, 0xff, sizeof(rig.x.area->job));
	assert_int_equal(events(&sunk, &line), 0);
	assert_int_equal(sunk.nr, 3);
	linux_rig_end();
}

static void test_state(void **state)
{
	(void)state;
	begin();
	rig.x.area->program.state = PB_GUEST_READY;
	assert_int_equal(linux_watch(&rig.x), 0);
	rig.x.area->program.state = PB_GUEST_STATES;
	assert_int_equal(linux_watch(&rig.x), -EIO);
	assert_int_equal(rig.x.m.status, PB_RUN_GUEST_WILD);
	linux_rig_end();
	begin();
	rig.x.area->program.state = PB_GUEST_FAILED;
	memset(rig.x.area->program.reason, 'x', sizeof(rig.x.area->program.reason));
	rig.x.area->program.reason[3] = '\n';
	assert_int_equal(linux_watch(&rig.x), -EIO);
	assert_null(strchr(rig.x.m.reason.text, '\n'));
	assert_int_equal(strlen(rig.x.m.reason.text), 127);
	linux_rig_end();
	/* One that does not come: what its console said last is in the reason. */
	begin();
	rig.x.area->program.state = PB_GUEST_BOOTING;
	for (const char *p = "Kernel panic - not syncing: no init\n"; *p; p++)
		linux_serial_out(&rig.x.serial, 0, (uint8_t)*p);
	assert_int_equal(linux_wait(&rig.x, PB_GUEST_READY, 1000000), -EIO);
	assert_int_equal(rig.x.m.status, PB_RUN_GUEST_HUNG);
	assert_non_null(strstr(rig.x.m.reason.text, "did not come up"));
	assert_non_null(strstr(rig.x.m.reason.text, "Kernel panic"));
	linux_rig_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),   cmocka_unit_test(test_device),
		cmocka_unit_test(test_events), cmocka_unit_test(test_rings),
		cmocka_unit_test(test_state),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
