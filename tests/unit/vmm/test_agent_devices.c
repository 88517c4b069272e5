// SPDX-License-Identifier: LGPL-2.1-or-later
/* What the guest agent does with a device of its own; the test plays the device. */
#include "vmm/agent_cpu.h"

/* --- NVMe ---------------------------------------------------------------- */

#define ENTRIES 4u

/* A device with two queues, on the vectors from VEC_A on; the test plays the controller. */
static struct {
	struct pb_device device;
	struct pb_device_state state[2];
	struct nvme_sqe sq[2][ENTRIES];
	struct nvme_cqe cq[2][ENTRIES];
	uint32_t doorbell[4];
	unsigned int done[2]; /* completions written */
} nvme;

static int setup_nvme(void **state)
{
	setup(state);
	memset(&nvme, 0, sizeof(nvme));
	nvme.device = (struct pb_device){.kind = PB_SOURCE_NVME,
					 .nsid = 3,
					 .queues = 2,
					 .vector = VEC_A,
					 .state = ADDRESS(nvme.state)};
	for (unsigned int i = 0; i < 2; i++)
		nvme.device.queue[i] = (struct pb_device_queue){
			.submission = ADDRESS(nvme.sq[i]),
			.completion = ADDRESS(nvme.cq[i]),
			.submission_doorbell = ADDRESS(&nvme.doorbell[2 * i]),
			.completion_doorbell = ADDRESS(&nvme.doorbell[2 * i + 1]),
			.data = 0x123000 + i,
			.entries = ENTRIES,
			.depth = 2,
			.count = 7,
		};
	vm.in.device[0] = ADDRESS(&nvme.device);
	vm.in.slot[VEC_A + 1] = ADDRESS(&vm.slot[1]);
	return 0;
}

/* The oldest command of queue `q` ends; the phase turns with every round. */
static void complete(unsigned int q, uint16_t status)
{
	unsigned int at = nvme.done[q] % ENTRIES;

	nvme.cq[q][at] = (struct nvme_cqe){
		.cid = (uint16_t)(nvme.sq[q][at].cdw0 >> 16),
		.status = (uint16_t)(status << 1 | !(nvme.done[q] / ENTRIES % 2)),
	};
	nvme.done[q]++;
}

static void complete_behind_the_look(void)
{
	complete(0, 0);
	interrupt(VEC_A, 2);
}

static void nvme_waiting(unsigned int n)
{
	if (n == 1) {
		/* Not before the source says go. */
		assert_int_equal(nvme.state[0].submitted, 0);
		nvme.device.go = 1;
	}
	if (n == 2)
		vm.guest.command = PB_AGENT_STOP;
}

static void test_nvme_start(void **state)
{
	(void)state;
	go(nvme_waiting);
	for (unsigned int i = 0; i < 2; i++) {
		assert_int_equal(nvme.state[i].submitted, 2);
		assert_int_equal(nvme.doorbell[2 * i], 2);
		assert_int_equal(nvme.sq[i][0].cdw0, NVME_CMD_READ);
		assert_int_equal(nvme.sq[i][1].cdw0, NVME_CMD_READ | 1 << 16);
		assert_int_equal(nvme.sq[i][0].nsid, 3);
		assert_int_equal(nvme.sq[i][0].prp1, 0x123000 + i);
	}
}

/* One that halts waits for its devices to start: nothing else would wake it for that. */
static void nvme_halting(unsigned int n)
{
	if (cpu.halts == 0 && n == 2) {
		nvme.device.go = 1;
		return;
	}
	if (cpu.halts == 1) {
		assert_int_equal(nvme.state[0].submitted, 2);
		vm.guest.command = PB_AGENT_STOP;
	}
}

static void test_nvme_halt(void **state)
{
	(void)state;
	vm.guest.mode = PB_GUEST_HALT;
	go(nvme_halting);
	assert_int_equal(cpu.halts, 1);
}

static void test_nvme_commands(void **state)
{
	(void)state;
	go(nvme_waiting);
	/* An interrupt of one queue says nothing of the other. */
	complete(0, 0);
	complete(1, 0);
	interrupt(VEC_A, 1);
	assert_int_equal(nvme.state[0].completed, 1);
	assert_int_equal(nvme.state[1].completed, 0);
	assert_int_equal(nvme.doorbell[1], 1);
	assert_int_equal(nvme.doorbell[3], 0);
	assert_int_equal(nvme.doorbell[0], 3);
	/* Two at once; the rings turn. */
	complete(0, 0);
	complete(0, 0);
	interrupt(VEC_A, 2);
	assert_int_equal(nvme.state[0].completed, 3);
	assert_int_equal(nvme.state[0].submitted, 5);
	assert_int_equal(nvme.doorbell[0], 1);
	assert_int_equal(nvme.doorbell[1], 3);
	/* One that comes for nothing: no doorbell is rung. */
	nvme.doorbell[0] = nvme.doorbell[1] = 99;
	interrupt(VEC_A, 3);
	assert_int_equal(nvme.doorbell[0], 99);
	assert_int_equal(nvme.doorbell[1], 99);
	/* To the end of what it was to do, with an error on the way. */
	for (unsigned int i = 3; i < 7; i++) {
		complete(0, i == 5);
		interrupt(VEC_A, 4 + i);
	}
	assert_int_equal(nvme.state[0].submitted, 7);
	assert_int_equal(nvme.state[0].completed, 7);
	assert_int_equal(nvme.state[0].failed, 1);
	assert_int_equal(vm.out.isr, 7);
}

/* Draining: what ends is consumed, nothing new is submitted. */
static void test_nvme_drain(void **state)
{
	(void)state;
	go(nvme_waiting);
	nvme.device.go = PB_DEVICE_DRAIN;
	complete(0, 0);
	complete(0, 0);
	interrupt(VEC_A, 1);
	assert_int_equal(nvme.state[0].completed, 2);
	assert_int_equal(nvme.state[0].submitted, 2);
	assert_int_equal(nvme.doorbell[0], 2);
	assert_int_equal(nvme.doorbell[1], 2);
}

/* Between the device's leave and its first command: nothing is complete, whatever the phase. */
static void test_nvme_early(void **state)
{
	(void)state;
	nvme.device.go = 1;
	interrupt(VEC_A, 1);
	assert_int_equal(nvme.state[0].completed, 0);
	assert_int_equal(nvme.state[0].head, 0);
	assert_int_equal(nvme.doorbell[1], 0);
	assert_int_equal(vm.out.isr, 1);
}

/* --- polling -------------------------------------------------------------- */

/* The ISR hands over; the loop takes its budget at a look until it finds less. */
static void test_nvme_poll(void **state)
{
	(void)state;
	nvme.device.poll = 2;
	go(nvme_waiting);
	complete(0, 0);
	complete(0, 0);
	interrupt(VEC_A, 1);
	assert_int_equal(nvme.state[0].completed, 0);
	assert_int_equal(nvme.state[0].polling, 1);
	assert_true(agent_device_polls(&nvme.device));
	agent_device_poll(&nvme.device);
	assert_int_equal(nvme.state[0].completed, 2);
	assert_int_equal(nvme.state[0].polled, 2);
	assert_int_equal(nvme.state[0].submitted, 4);
	/* A whole budget: there may be more. */
	assert_int_equal(nvme.state[0].polling, 1);
	complete(0, 0);
	/* One that comes while it polls changes nothing. */
	interrupt(VEC_A, 2);
	assert_int_equal(nvme.state[0].completed, 2);
	agent_device_poll(&nvme.device);
	assert_int_equal(nvme.state[0].completed, 3);
	assert_int_equal(nvme.state[0].polling, 0);
	assert_false(agent_device_polls(&nvme.device));
	/* It looks in its ISR's wake only. */
	complete(0, 0);
	agent_device_poll(&nvme.device);
	assert_int_equal(nvme.state[0].completed, 3);
	interrupt(VEC_A, 3);
	agent_device_poll(&nvme.device);
	assert_int_equal(nvme.state[0].completed, 4);
}

/* What comes between the last look and the interrupts being on again, and its interrupt. */
static void test_nvme_poll_race(void **state)
{
	(void)state;
	nvme.device.poll = 8;
	go(nvme_waiting);
	interrupt(VEC_A, 1);
	lingering = complete_behind_the_look;
	agent_device_poll(&nvme.device);
	assert_int_equal(nvme.state[0].completed, 0);
	assert_int_equal(nvme.state[0].polling, 1);
	agent_device_poll(&nvme.device);
	assert_int_equal(nvme.state[0].completed, 1);
}

/* A vCPU that polls does not halt: after the wake, a look takes one, and there are two. */
static void nvme_poll_halting(unsigned int n)
{
	if (n == 1 && !cpu.halts)
		nvme.device.go = 1;
	if (cpu.halts == 1 && !nvme.done[0]) {
		complete(0, 0);
		complete(0, 0);
		nvme.state[0].polling = 1;
	} else if (cpu.halts == 2) {
		assert_int_equal(nvme.state[0].completed, 2);
		assert_int_equal(nvme.state[0].polling, 0);
		vm.guest.command = PB_AGENT_STOP;
	}
}

static void test_nvme_poll_halt(void **state)
{
	(void)state;
	vm.guest.mode = PB_GUEST_HALT;
	nvme.device.poll = 1;
	go(nvme_poll_halting);
	assert_int_equal(cpu.halts, 2);
}

/* After a reset all that was outstanding is aborted, and it begins anew, once it may. */
static void test_nvme_reset(void **state)
{
	(void)state;
	assert_false(agent_device_reborn(&nvme.device));
	go(nvme_waiting);
	complete(0, 0);
	interrupt(VEC_A, 1);
	assert_int_equal(nvme.state[0].submitted, 3);
	nvme.device.go = PB_DEVICE_WAIT;
	nvme.device.life = 1;
	nvme.state[0].polling = 1;
	assert_true(agent_device_reborn(&nvme.device));
	assert_false(agent_device_reborn(&nvme.device));
	assert_int_equal(nvme.state[0].aborted, 2);
	assert_int_equal(nvme.state[1].aborted, 2);
	assert_int_equal(nvme.state[1].life, 1);
	assert_int_equal(nvme.state[0].polling, 0);
	/* The memory is clear: nothing is complete in it, whatever interrupts. */
	memset(nvme.cq, 0, sizeof(nvme.cq));
	nvme.done[0] = 0;
	nvme.device.go = PB_DEVICE_RUN;
	interrupt(VEC_A, 2);
	assert_int_equal(nvme.state[0].completed, 1);
	agent_nvme_start(&nvme.device);
	assert_int_equal(nvme.state[0].submitted, 5);
	assert_int_equal(nvme.doorbell[0], 2);
	complete(0, 0);
	interrupt(VEC_A, 3);
	assert_int_equal(nvme.state[0].completed, 2);
	assert_int_equal(nvme.state[0].submitted, 6);
}

/* Vectors of the source beyond its queues, and a device that does not go, are left alone. */
static void test_nvme_others(void **state)
{
	(void)state;
	vm.in.slot[VEC_A + 2] = ADDRESS(&vm.slot[1]);
	nvme.device.go = 1;
	interrupt(VEC_A + 2, 1);
	nvme.device.go = 0;
	interrupt(VEC_A, 2);
	assert_int_equal(nvme.state[0].completed + nvme.state[1].completed, 0);
	assert_int_equal(vm.out.isr, 2);
}

/* --- NIC ----------------------------------------------------------------- */

/* Two receive queues, on the vectors from VEC_A on; the test plays the device. */
static struct {
	struct pb_device device;
	struct pb_device_state state[2];
	struct {
		struct net_desc desc[NET_ENTRIES];
		struct net_avail avail;
	} ring[2];
	struct net_used used[2];
	uint16_t doorbell[2];
} nic;

static int setup_nic(void **state)
{
	setup(state);
	memset(&nic, 0, sizeof(nic));
	nic.device = (struct pb_device){
		.kind = PB_SOURCE_NIC, .queues = 2, .vector = VEC_A, .state = ADDRESS(nic.state)};
	for (unsigned int i = 0; i < 2; i++) {
		nic.device.queue[i] = (struct pb_device_queue){
			.submission = ADDRESS(&nic.ring[i]),
			.completion = ADDRESS(&nic.used[i]),
			.submission_doorbell = ADDRESS(&nic.doorbell[i]),
			.entries = NET_ENTRIES,
		};
		nic.ring[i].avail.idx = NET_ENTRIES;
		nic.doorbell[i] = 99;
		for (uint16_t j = 0; j < NET_ENTRIES; j++)
			nic.ring[i].avail.ring[j] = j;
	}
	vm.in.device[0] = ADDRESS(&nic.device);
	vm.in.slot[VEC_A + 1] = ADDRESS(&vm.slot[1]);
	return 0;
}

/* A frame of `len` bytes, its header included, comes into buffer `id`. */
static void frame(unsigned int q, uint32_t id, uint32_t len)
{
	struct net_used *used = &nic.used[q];

	used->ring[used->idx % NET_ENTRIES].id = id;
	used->ring[used->idx % NET_ENTRIES].len = len;
	used->idx++;
}

static void nic_waiting(unsigned int n)
{
	if (n == 1) {
		assert_int_equal(nic.doorbell[0], 99);
		nic.device.go = 1;
	}
	if (n == 2)
		vm.guest.command = PB_AGENT_STOP;
}

/* Once it may, the device is told of the buffers, of each queue by its number. */
static void test_nic_start(void **state)
{
	(void)state;
	go(nic_waiting);
	assert_int_equal(nic.doorbell[0], 0);
	assert_int_equal(nic.doorbell[1], 2);
	assert_int_equal(nic.state[0].completed, 0);
}

static void test_nic_frames(void **state)
{
	(void)state;
	nic.device.go = 1;
	/* An interrupt of one queue says nothing of the other. */
	frame(0, 0, 78);
	frame(0, 1, 78);
	frame(1, 0, 78);
	interrupt(VEC_A, 1);
	assert_int_equal(nic.state[0].completed, 2);
	assert_int_equal(nic.state[1].completed, 0);
	assert_int_equal(nic.doorbell[0], 0);
	assert_int_equal(nic.doorbell[1], 99);
	assert_int_equal(nic.ring[0].avail.idx, NET_ENTRIES + 2);
	/* One that comes for nothing gives nothing back. */
	nic.doorbell[0] = 99;
	interrupt(VEC_A, 2);
	assert_int_equal(nic.doorbell[0], 99);
	assert_int_equal(nic.ring[0].avail.idx, NET_ENTRIES + 2);
	/* Where an interrupt was lost, its frame waits for the next one. */
	frame(1, 1, 78);
	interrupt(VEC_A + 1, 3);
	assert_int_equal(nic.state[1].completed, 2);
	assert_int_equal(nic.doorbell[1], 2);
	assert_int_equal(nic.state[0].failed + nic.state[1].failed, 0);
	assert_int_equal(vm.out.isr, 3);
}

static void frame_behind_the_look(void)
{
	frame(0, 1, 78);
}

/* While it polls, the device is told to send no interrupts. */
static void test_nic_poll(void **state)
{
	(void)state;
	nic.device.go = 1;
	nic.device.poll = 2;
	frame(0, 0, 78);
	interrupt(VEC_A, 1);
	assert_int_equal(nic.state[0].completed, 0);
	assert_int_equal(nic.ring[0].avail.flags, NET_AVAIL_NO_INTERRUPT);
	assert_int_equal(nic.ring[1].avail.flags, 0);
	agent_device_poll(&nic.device);
	assert_int_equal(nic.state[0].completed, 1);
	assert_int_equal(nic.state[0].polled, 1);
	assert_int_equal(nic.ring[0].avail.flags, 0);
	assert_int_equal(nic.ring[0].avail.idx, NET_ENTRIES + 1);
	assert_int_equal(nic.state[0].polling, 0);
}

/* A frame that comes while the device is still told not to interrupt: found all the same. */
static void test_nic_poll_race(void **state)
{
	(void)state;
	nic.device.go = 1;
	nic.device.poll = 8;
	frame(0, 0, 78);
	interrupt(VEC_A, 1);
	lingering = frame_behind_the_look;
	agent_device_poll(&nic.device);
	assert_int_equal(nic.state[0].completed, 1);
	assert_int_equal(nic.state[0].polling, 1);
	assert_int_equal(nic.ring[0].avail.flags, NET_AVAIL_NO_INTERRUPT);
	agent_device_poll(&nic.device);
	assert_int_equal(nic.state[0].completed, 2);
	assert_int_equal(nic.ring[0].avail.flags, 0);
}

static void test_nic_reset(void **state)
{
	(void)state;
	nic.device.go = 1;
	frame(0, 0, 78);
	interrupt(VEC_A, 1);
	frame(0, 1, 78);
	frame(0, 2, 78);
	nic.device.life = 1;
	assert_true(agent_device_reborn(&nic.device));
	assert_int_equal(nic.state[0].aborted, 2);
	assert_int_equal(nic.state[1].aborted, 0);
	/* A frame of the new life whose interrupt found no driver. */
	memset(&nic.used, 0, sizeof(nic.used));
	frame(0, 0, 78);
	agent_net_start(&nic.device);
	assert_int_equal(nic.state[0].completed, 2);
	assert_int_equal(nic.state[0].head, 1);
}

/* Buffers go back in the order in which they came, all round and round again. */
static void test_nic_rounds(void **state)
{
	(void)state;
	nic.device.go = 1;
	for (unsigned int i = 0; i < 0x10000 + 3 * NET_ENTRIES; i++) {
		uint32_t id = nic.ring[0].avail.ring[i % NET_ENTRIES];

		/* The device takes what it was given, from the back: another order each round. */
		frame(0, (id + 5) % NET_ENTRIES, 78);
		interrupt(VEC_A, i + 1);
		assert_int_equal(nic.ring[0].avail.ring[i % NET_ENTRIES], (id + 5) % NET_ENTRIES);
		assert_int_equal((uint16_t)(nic.used[0].idx + NET_ENTRIES), nic.ring[0].avail.idx);
	}
	assert_int_equal(nic.state[0].completed, 0x10000 + 3 * NET_ENTRIES);
	assert_int_equal(nic.state[0].failed, 0);
	/* No frame in it, and a buffer that there is not. */
	frame(0, 3, NET_HEADER);
	frame(0, NET_ENTRIES, 78);
	interrupt(VEC_A, 1);
	assert_int_equal(nic.state[0].failed, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_nvme_start, setup_nvme),
		cmocka_unit_test_setup(test_nvme_halt, setup_nvme),
		cmocka_unit_test_setup(test_nvme_commands, setup_nvme),
		cmocka_unit_test_setup(test_nvme_drain, setup_nvme),
		cmocka_unit_test_setup(test_nvme_others, setup_nvme),
		cmocka_unit_test_setup(test_nvme_early, setup_nvme),
		cmocka_unit_test_setup(test_nvme_poll, setup_nvme),
		cmocka_unit_test_setup(test_nvme_poll_race, setup_nvme),
		cmocka_unit_test_setup(test_nvme_poll_halt, setup_nvme),
		cmocka_unit_test_setup(test_nvme_reset, setup_nvme),
		cmocka_unit_test_setup(test_nic_reset, setup_nic),
		cmocka_unit_test_setup(test_nic_poll, setup_nic),
		cmocka_unit_test_setup(test_nic_poll_race, setup_nic),
		cmocka_unit_test_setup(test_nic_start, setup_nic),
		cmocka_unit_test_setup(test_nic_frames, setup_nic),
		cmocka_unit_test_setup(test_nic_rounds, setup_nic),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
