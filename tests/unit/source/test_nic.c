// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The NIC source against registers in plain memory, and a thread that answers on
 * the control queue.  What a device does by itself the lab's model does in
 * tests/lab/nic_source.t.
 */
#include <errno.h>
#include <linux/virtio_config.h>
#include <linux/virtio_net.h>
#include <linux/virtio_pci.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "plan/plan.h"
#include "shared/instrument_regs.h"
#include "shared/nic_regs.h"
#include "shared/virtio_regs.h"
#include "source/area.h"
#include "source/nic_virtio.h"

#define QUEUES  3u
#define BAR_GPA 0x3c000000u
#define IOVA    0x200000u
#define NOTIFY  7u /* queue_notify_off of every queue */

/* What the device does wrong. */
enum wrong { NOTHING, NO_ANSWER, REFUSE_PAIRS };

static struct {
	_Atomic enum wrong wrong;
	_Atomic bool stop;
	pthread_t thread;
	_Atomic unsigned int pairs; /* as the control queue was told */
} dev;

static struct pb_plan plan;
static struct pb_clock real_clock;
static struct pb_function fn;
static struct pb_device device;
static struct pb_source src;

static uint16_t *reg16(uint32_t at)
{
	return (uint16_t *)(fn.bar[0] + at);
}

static uint32_t *reg32(uint32_t at)
{
	return (uint32_t *)(fn.bar[0] + at);
}

static uint32_t *inst(uint32_t at)
{
	return (uint32_t *)(fn.bar[PB_INSTRUMENT_BAR] + at);
}

static void *memory(uint64_t iova)
{
	assert_in_range(iova, IOVA, IOVA + fn.queues_size - 1);
	return fn.queues + (iova - IOVA);
}

/* One command: class, command, pairs; then a byte for the answer. */
static void answer(void)
{
	const struct net_desc *desc = memory(*reg32(VIRTIO_PCI_COMMON_Q_DESCLO));
	const struct net_avail *avail = memory(*reg32(VIRTIO_PCI_COMMON_Q_AVAILLO));
	struct net_used *used = memory(*reg32(VIRTIO_PCI_COMMON_Q_USEDLO));
	const uint8_t *command = memory(desc[0].addr);
	uint8_t *ack = memory(desc[1].addr);

	assert_int_equal(avail->idx, 1);
	assert_int_equal(desc[0].len, 4);
	assert_int_equal(desc[0].flags, NET_DESC_NEXT);
	assert_int_equal(desc[0].next, 1);
	assert_int_equal(desc[1].len, 1);
	assert_int_equal(desc[1].flags, NET_DESC_WRITE);
	assert_int_equal(command[0], VIRTIO_NET_CTRL_MQ);
	assert_int_equal(command[1], VIRTIO_NET_CTRL_MQ_VQ_PAIRS_SET);
	dev.pairs = command[2] | (unsigned int)command[3] << 8;
	*ack = dev.wrong == REFUSE_PAIRS ? VIRTIO_NET_ERR : VIRTIO_NET_OK;
	__atomic_store_n(&used->idx, (uint16_t)1, __ATOMIC_RELEASE);
}

static void *run(void *arg)
{
	const struct timespec pause = {.tv_nsec = 2000};
	uint16_t *bell = reg16(VIRTIO_BAR_NOTIFY + 4 * NOTIFY);

	while (!dev.stop) {
		if (__atomic_load_n(bell, __ATOMIC_ACQUIRE) == 2 * PB_NIC_PAIRS &&
		    dev.wrong != NO_ANSWER) {
			__atomic_store_n(bell, 0, __ATOMIC_RELEASE);
			answer();
		}
		nanosleep(&pause, NULL);
	}
	return arg;
}

static void registers_init(void)
{
	*reg32(VIRTIO_PCI_COMMON_DF) = ~0u;
	*reg16(VIRTIO_PCI_COMMON_NUMQ) = PB_NIC_QUEUES;
	*reg16(VIRTIO_PCI_COMMON_Q_SIZE) = 256;
	*reg16(VIRTIO_PCI_COMMON_Q_NOFF) = NOTIFY;
	*reg16(VIRTIO_BAR_NOTIFY + 4 * NOTIFY) = 0;
	*inst(PB_INSTRUMENT_ID) = PB_INSTRUMENT_ID_VALUE;
	*inst(PB_INSTRUMENT_VERSION) = 1;
	*inst(PB_NIC_ID) = PB_NIC_ID_VALUE;
}

static int setup(void **state)
{
	(void)state;
	memset(&dev, 0, sizeof(dev));
	memset(&plan, 0, sizeof(plan));
	memset(&fn, 0, sizeof(fn));
	memset(&device, 0, sizeof(device));
	plan.nr_sources = 1;
	plan.event_capacity = 64;
	plan.source[0] = (struct pb_plan_source){.kind = PB_SOURCE_NIC,
						 .schedule = PB_SCHED_BURST,
						 .vectors = QUEUES,
						 .count = 40,
						 .burst = 8,
						 .period_us = 100};
	real_clock = (struct pb_clock){.khz = 2000000};
	fn.bar_size[0] = fn.bar_size[PB_INSTRUMENT_BAR] = 0x10000;
	fn.bar[0] = calloc(1, fn.bar_size[0]);
	fn.bar[PB_INSTRUMENT_BAR] = calloc(1, fn.bar_size[PB_INSTRUMENT_BAR]);
	fn.dma_size = PB_FUNCTION_RING + sizeof(struct pb_ring) + 64 * sizeof(struct pb_event);
	fn.dma = calloc(1, fn.dma_size);
	fn.iova = 0x100000;
	fn.queues_size = PB_DEVICE_AREA(QUEUES);
	fn.queues = calloc(1, fn.queues_size);
	fn.queues_iova = IOVA;
	fn.device = &device;
	device.bar = BAR_GPA;
	registers_init();
	src = (struct pb_source){.plan = &plan, .fn = &fn, .clock = &real_clock};
	return pthread_create(&dev.thread, NULL, run, NULL);
}

static int teardown(void **state)
{
	(void)state;
	source_nic.close(&src);
	dev.stop = true;
	pthread_join(dev.thread, NULL);
	free((void *)fn.bar[0]);
	free((void *)fn.bar[PB_INSTRUMENT_BAR]);
	free(fn.dma);
	free(fn.queues);
	return 0;
}

static void opened(void)
{
	if (source_nic.open(&src))
		fail_msg("%s", src.error);
}

static void check_queue(const struct pb_device_queue *q)
{
	const struct net_desc *desc = memory(q->submission);
	const struct net_avail *avail = memory(q->submission + NET_AVAIL);

	assert_int_equal(q->entries, NET_ENTRIES);
	assert_int_equal(q->submission_doorbell, BAR_GPA + VIRTIO_BAR_NOTIFY + 4 * NOTIFY);
	/* All buffers are out, none over another, and used ones interrupt. */
	assert_int_equal(avail->idx, NET_ENTRIES);
	assert_int_equal(avail->flags, 0);
	for (unsigned int i = 0; i < NET_ENTRIES; i++) {
		assert_int_equal(avail->ring[i], i);
		assert_int_equal(desc[i].addr, q->data + i * NET_BUFFER);
		assert_int_equal(desc[i].len, NET_BUFFER);
		assert_int_equal(desc[i].flags, NET_DESC_WRITE);
	}
	memory(q->data + 4095);
	memory(q->completion + NET_TRANSMIT + sizeof(struct net_used) - 1);
}

static void test_open(void **state)
{
	uint8_t *status = (uint8_t *)fn.bar[0] + VIRTIO_PCI_COMMON_STATUS;

	(void)state;
	opened();
	assert_int_equal(device.kind, PB_SOURCE_NIC);
	assert_int_equal(device.queues, QUEUES);
	assert_int_equal(device.vector, PB_VECTOR_BASE);
	assert_int_equal(device.bar, BAR_GPA);
	assert_int_equal(device.state, IOVA);
	assert_int_equal(device.go, 0);
	for (unsigned int i = 0; i < QUEUES; i++)
		check_queue(&device.queue[i]);
	assert_int_equal(dev.pairs, QUEUES);
	assert_int_equal(*status, VIRTIO_CONFIG_S_ACKNOWLEDGE | VIRTIO_CONFIG_S_DRIVER |
					  VIRTIO_CONFIG_S_FEATURES_OK | VIRTIO_CONFIG_S_DRIVER_OK);
	/* The upper half of the features was written last. */
	assert_int_equal(*reg32(VIRTIO_PCI_COMMON_GF), 3);
	assert_int_equal(*reg16(VIRTIO_PCI_COMMON_MSIX), 0);
	/* The control queue was the last one; it has no vector. */
	assert_int_equal(*reg16(VIRTIO_PCI_COMMON_Q_SELECT), 2 * PB_NIC_PAIRS);
	assert_int_equal(*reg16(VIRTIO_PCI_COMMON_Q_MSIX), VIRTIO_MSI_NO_VECTOR);
	source_nic.close(&src);
	assert_int_equal(*status, 0);
}

/* One queue needs no control queue; its pair's transmit queue is the last. */
static void test_one_queue(void **state)
{
	(void)state;
	plan.source[0].vectors = 1;
	opened();
	assert_int_equal(dev.pairs, 0);
	check_queue(&device.queue[0]);
	assert_int_equal(*reg16(VIRTIO_PCI_COMMON_Q_SELECT), 1);
	assert_int_equal(*reg32(VIRTIO_PCI_COMMON_Q_DESCLO),
			 device.queue[0].submission + NET_TRANSMIT);
	assert_int_equal(*reg32(VIRTIO_PCI_COMMON_Q_USEDLO),
			 device.queue[0].completion + NET_TRANSMIT);
	assert_int_equal(*reg16(VIRTIO_PCI_COMMON_Q_SIZE), NET_ENTRIES);
	assert_int_equal(*reg16(VIRTIO_PCI_COMMON_Q_ENABLE), 1);
}

static void not_this(int error, const char *line)
{
	assert_int_equal(source_nic.open(&src), error);
	if (!strstr(src.error, line))
		fail_msg("'%s' says nothing of '%s'", src.error, line);
	dev.wrong = NOTHING;
	source_nic.close(&src);
	src.fn = &fn;
	registers_init();
}

static void test_wrong(void **state)
{
	(void)state;
	dev.wrong = REFUSE_PAIRS;
	not_this(-EIO, "does not take 3 queue pairs");
	dev.wrong = NO_ANSWER;
	not_this(-ETIMEDOUT, "VQ_PAIRS_SET: no answer within 1000 ms");
	*reg32(VIRTIO_PCI_COMMON_DF) = 1;
	not_this(-ENOTSUP, "lacks features: 0x");
	*reg16(VIRTIO_PCI_COMMON_Q_SIZE) = 16;
	not_this(-ENOSPC, "queue 0 has 16 entries at most, 32 are needed");
}

static void test_not_a_nic(void **state)
{
	(void)state;
	*reg16(VIRTIO_PCI_COMMON_NUMQ) = 3;
	not_this(-ENODEV, "not the lab's NIC: it has 3 queues");
	*inst(PB_NIC_ID) = 0;
	not_this(-ENODEV, "not the lab's NIC");
	*inst(PB_INSTRUMENT_ID) = 0;
	not_this(-EOPNOTSUPP, "does not record when it posts");
	fn.device = NULL;
	not_this(-EOPNOTSUPP, "lets no guest drive");
}

static void test_arm_and_done(void **state)
{
	(void)state;
	opened();
	/* Refused, first by the instrument, then by the generator. */
	assert_int_equal(source_nic.arm(&src), -EINVAL);
	assert_int_equal(device.go, 0);
	*inst(PB_INSTRUMENT_STATUS) = PB_INSTRUMENT_ST_ARMED;
	*inst(PB_NIC_STATUS) = PB_NIC_ST_INVALID;
	assert_int_equal(source_nic.arm(&src), -EINVAL);
	assert_int_equal(source_nic.done(&src), -EIO);
	*inst(PB_NIC_STATUS) = PB_NIC_ST_ARMED;
	assert_int_equal(source_nic.arm(&src), 0);
	assert_int_equal(device.go, 1);
	assert_int_equal(*inst(PB_INSTRUMENT_FIRST), 1);
	assert_int_equal(*inst(PB_INSTRUMENT_VECTORS), QUEUES);
	assert_int_equal(*inst(PB_NIC_SCHEDULE), PB_SCHED_BURST);
	assert_int_equal(*inst(PB_NIC_COUNT), 40);
	assert_int_equal(*inst(PB_NIC_BURST), 8);
	assert_int_equal(*inst(PB_NIC_PERIOD_LO), 200000);
	assert_int_equal(*inst(PB_NIC_CTRL), PB_NIC_CTRL_ARM);
	/* What is sent must fit. */
	assert_true(*inst(PB_NIC_SIZE_MAX) + NET_HEADER <= NET_BUFFER);
	assert_int_equal(source_nic.done(&src), 0);
	*inst(PB_NIC_STATUS) = PB_NIC_ST_DONE;
	assert_int_equal(source_nic.done(&src), 1);
	*inst(PB_NIC_STATUS) = UINT32_MAX;
	assert_int_equal(source_nic.done(&src), -EIO);
	*inst(PB_NIC_STATUS) = PB_NIC_ST_DONE;
	source_nic.disarm(&src);
	assert_int_equal(*inst(PB_NIC_CTRL), PB_NIC_CTRL_DISARM);
}

static void test_account(void **state)
{
	struct pb_run_account a = {0};

	(void)state;
	opened();
	*inst(PB_INSTRUMENT_POSTED) = 38;
	*inst(PB_NIC_SENT) = 40;
	*inst(PB_INSTRUMENT_STARTED) = 39;
	*inst(PB_INSTRUMENT_COMPLETED) = 38;
	for (unsigned int i = 0; i < QUEUES; i++)
		((struct pb_device_state *)fn.queues)[i].completed = 10 + i;
	source_nic.account(&src, &a);
	/* Nothing is sent between two looks at the counts. */
	assert_int_equal(*inst(PB_NIC_CTRL), PB_NIC_CTRL_DISARM);
	assert_int_equal(source_nic.posted(&src), 38);
	assert_int_equal(a.submitted, 40);
	assert_int_equal(a.started, 39);
	assert_int_equal(a.completed, 38);
	assert_int_equal(a.consumed, 33);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_open, setup, teardown),
		cmocka_unit_test_setup_teardown(test_one_queue, setup, teardown),
		cmocka_unit_test_setup_teardown(test_wrong, setup, teardown),
		cmocka_unit_test_setup_teardown(test_not_a_nic, setup, teardown),
		cmocka_unit_test_setup_teardown(test_arm_and_done, setup, teardown),
		cmocka_unit_test_setup_teardown(test_account, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
