// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The NVMe source against a controller of our own: a thread that looks at the
 * registers in plain memory and does what they ask.
 */
#include <errno.h>
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

#include "host/lab/model/nvme_regs.h"
#include "plan/plan.h"
#include "shared/instrument_regs.h"
#include "source/area.h"
#include "source/nvme_admin.h"

#define QUEUES  4u
#define BAR_GPA 0x3c000000u
#define IOVA    0x200000u
#define BLOCKS  4096u
#define NSID    3u

/* What the controller does wrong. */
enum wrong {
	NOTHING,
	NEVER_READY,
	FATAL,
	NO_COMPLETION,
	WRONG_CID,
	FEW_QUEUES,
	NO_NAMESPACE,
	SMALL_NAMESPACE,
	BIG_BLOCKS,
	REFUSE_SQ,
};

static struct {
	enum wrong wrong;
	_Atomic bool stop;
	pthread_t thread;
	uint32_t head, tail, phase; /* of its admin queues */
	unsigned int cqs, sqs;
	uint32_t cdw11[2 * QUEUES]; /* of the Create commands */
	uint64_t prp1[2 * QUEUES];
} ctrl;

static struct pb_plan plan;
static struct pb_clock real_clock;
static struct pb_function fn;
static struct pb_device device;
static struct pb_source src;

static uint32_t reg(uint32_t at)
{
	return __atomic_load_n((uint32_t *)(fn.bar[0] + at), __ATOMIC_ACQUIRE);
}

static void reg_set(uint32_t at, uint32_t value)
{
	__atomic_store_n((uint32_t *)(fn.bar[0] + at), value, __ATOMIC_RELEASE);
}

static void inst_set(uint32_t at, uint32_t value)
{
	__atomic_store_n((uint32_t *)(fn.bar[PB_INSTRUMENT_BAR] + at), value, __ATOMIC_RELEASE);
}

static void *memory(uint64_t iova)
{
	assert_in_range(iova, IOVA, IOVA + fn.queues_size - 1);
	return fn.queues + (iova - IOVA);
}

/* The controller has one namespace, which is not the first of the subsystem. */
static uint16_t identify(const struct nvme_sqe *sqe)
{
	uint64_t blocks = ctrl.wrong == SMALL_NAMESPACE ? 16 : BLOCKS;
	uint32_t nsid = ctrl.wrong == NO_NAMESPACE ? 0 : NSID;
	uint8_t *page = memory(sqe->prp1);

	memset(page, 0, NVME_PAGE);
	if (sqe->cdw10 == 2) {
		memcpy(page, &nsid, sizeof(nsid));
		return 0;
	}
	if (sqe->cdw10 || sqe->nsid != NSID)
		return NVME_INVALID_FIELD;
	memcpy(page, &blocks, sizeof(blocks));
	page[26] = 1; /* the second format is the one in use */
	page[128 + 2] = 12;
	page[132 + 2] = ctrl.wrong == BIG_BLOCKS ? 12 : 9;
	return 0;
}

/* Status of a command; *result its dword 0. */
static uint16_t execute(const struct nvme_sqe *sqe, uint32_t *result)
{
	unsigned int n = ctrl.cqs + ctrl.sqs;

	*result = 0;
	switch (sqe->cdw0 & 0xff) {
	case NVME_IDENTIFY:
		return identify(sqe);
	case NVME_SET_FEATURES:
		*result = ctrl.wrong == FEW_QUEUES ? 1 << 16 | 1 : 31 << 16 | 31;
		return 0;
	case NVME_CREATE_CQ:
	case NVME_CREATE_SQ:
		if (n >= 2 * QUEUES)
			return NVME_INVALID_FIELD;
		ctrl.cdw11[n] = sqe->cdw11;
		ctrl.prp1[n] = sqe->prp1;
		if ((sqe->cdw0 & 0xff) == NVME_CREATE_CQ) {
			ctrl.cqs++;
			return 0;
		}
		ctrl.sqs++;
		return ctrl.wrong == REFUSE_SQ ? NVME_QUEUE_SIZE : 0;
	default:
		return NVME_INVALID_OPCODE;
	}
}

static void admin(void)
{
	uint64_t asq = reg(NVME_ASQ_LO), acq = reg(NVME_ACQ_LO);
	uint32_t size = (reg(NVME_AQA) & 0xfff) + 1, result;
	const struct nvme_sqe *sqe;
	struct nvme_cqe *cqe;
	uint16_t status;

	if (reg(NVME_DB) == ctrl.head || ctrl.wrong == NO_COMPLETION)
		return;
	/* Queues begin on a page. */
	assert_int_equal((asq | acq) % NVME_PAGE, 0);
	sqe = (const struct nvme_sqe *)memory(asq) + ctrl.head;
	cqe = (struct nvme_cqe *)memory(acq) + ctrl.tail;
	status = execute(sqe, &result);
	cqe->dw0 = result;
	cqe->cid = (uint16_t)((sqe->cdw0 >> 16) + (ctrl.wrong == WRONG_CID));
	__atomic_store_n(&cqe->status, (uint16_t)(status << 1 | ctrl.phase), __ATOMIC_RELEASE);
	ctrl.head = (ctrl.head + 1) % size;
	ctrl.tail = (ctrl.tail + 1) % size;
	ctrl.phase ^= !ctrl.tail;
}

static void *run(void *arg)
{
	const struct timespec pause = {.tv_nsec = 2000};

	while (!ctrl.stop) {
		if (!(reg(NVME_CC) & NVME_CC_EN)) {
			ctrl.head = ctrl.tail = 0;
			ctrl.phase = 1;
			reg_set(NVME_DB, 0);
			reg_set(NVME_CSTS, 0);
		} else if (ctrl.wrong == FATAL) {
			reg_set(NVME_CSTS, NVME_CSTS_CFS | NVME_CSTS_RDY);
		} else if (ctrl.wrong != NEVER_READY) {
			admin();
			reg_set(NVME_CSTS, NVME_CSTS_RDY);
		}
		nanosleep(&pause, NULL);
	}
	return arg;
}

static int setup(void **state)
{
	(void)state;
	memset(&ctrl, 0, sizeof(ctrl));
	ctrl.phase = 1;
	memset(&plan, 0, sizeof(plan));
	memset(&fn, 0, sizeof(fn));
	memset(&device, 0, sizeof(device));
	plan.nr_sources = 1;
	plan.event_capacity = 64;
	plan.source[0] = (struct pb_plan_source){.kind = PB_SOURCE_NVME,
						 .schedule = PB_SCHED_SERVED,
						 .vectors = QUEUES,
						 .count = 5 * QUEUES,
						 .depth = 2,
						 .service = PB_SERVICE_EXPONENTIAL,
						 .period_us = 100,
						 .fault = PB_FAULT_LOST_MSI,
						 .fault_at = 3};
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
	reg_set(NVME_CAP_LO, 1023 | 1 << 24);
	reg_set(NVME_CAP_HI, NVME_CAP_HI_CSS_NVM | 1); /* doorbells 8 bytes apart */
	reg_set(NVME_VS, NVME_VS_2_0);
	inst_set(PB_INSTRUMENT_ID, PB_INSTRUMENT_ID_VALUE);
	inst_set(PB_INSTRUMENT_VERSION, 1);
	src = (struct pb_source){.plan = &plan, .fn = &fn, .clock = &real_clock};
	return pthread_create(&ctrl.thread, NULL, run, NULL);
}

static int teardown(void **state)
{
	(void)state;
	source_nvme.close(&src);
	ctrl.stop = true;
	pthread_join(ctrl.thread, NULL);
	free((void *)fn.bar[0]);
	free((void *)fn.bar[PB_INSTRUMENT_BAR]);
	free(fn.dma);
	free(fn.queues);
	return 0;
}

static void opened(void)
{
	if (source_nvme.open(&src))
		fail_msg("%s", src.error);
}

static void test_open(void **state)
{
	(void)state;
	opened();
	assert_int_equal(ctrl.cqs, QUEUES);
	assert_int_equal(ctrl.sqs, QUEUES);
	assert_int_equal(device.kind, PB_SOURCE_NVME);
	assert_int_equal(device.queues, QUEUES);
	assert_int_equal(device.vector, PB_VECTOR_BASE);
	assert_int_equal(device.bar, BAR_GPA);
	assert_int_equal(device.nsid, NSID);
	assert_int_equal(device.go, 0);
	for (unsigned int i = 0; i < QUEUES; i++) {
		const struct pb_device_queue *q = &device.queue[i];

		assert_int_equal(q->count, 5);
		assert_int_equal(q->depth, 2);
		assert_int_equal(q->submission_doorbell, BAR_GPA + 0x1000 + (i + 1) * 16);
		assert_int_equal(q->completion_doorbell, BAR_GPA + 0x1000 + (i + 1) * 16 + 8);
		/* Completion queue first: interrupts on, vector i + 1; then its submission queue. */
		assert_int_equal(ctrl.cdw11[2 * i], (i + 1) << 16 | 3);
		assert_int_equal(ctrl.prp1[2 * i], q->completion);
		assert_int_equal(ctrl.cdw11[2 * i + 1], (i + 1) << 16 | 1);
		assert_int_equal(ctrl.prp1[2 * i + 1], q->submission);
		assert_in_range(q->data, IOVA, IOVA + fn.queues_size - 4096);
	}
	source_nvme.close(&src);
	assert_int_equal(reg(NVME_CC), 0);
}

static void test_wrong(void **state)
{
	static const struct {
		enum wrong wrong;
		int error;
		const char *line;
	} cases[] = {
		{NEVER_READY, -ETIMEDOUT, "does not become ready"},
		{FATAL, -EIO, "fatal status: CSTS 0x3"},
		{WRONG_CID, -EIO, "completion of command 2, 1 was submitted"},
		{FEW_QUEUES, -ENOSPC, "2 and 2 I/O queues, the plan needs 4"},
		{NO_NAMESPACE, -ENODEV, "the controller has no namespace"},
		{SMALL_NAMESPACE, -ENODEV, "16 blocks of 2^9 bytes, 1024 of 512"},
		{BIG_BLOCKS, -ENODEV, "4096 blocks of 2^12 bytes"},
		{REFUSE_SQ, -EIO, "Create I/O Submission Queue: status 0x4102"},
		{NO_COMPLETION, -ETIMEDOUT, "Identify, active namespaces: no completion"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ctrl.wrong = cases[i].wrong;
		ctrl.cqs = ctrl.sqs = 0;
		assert_int_equal(source_nvme.open(&src), cases[i].error);
		if (!strstr(src.error, cases[i].line))
			fail_msg("'%s' says nothing of '%s'", src.error, cases[i].line);
		ctrl.wrong = NOTHING;
		source_nvme.close(&src);
		src.fn = &fn;
	}
}

static void not_this(int error, const char *line)
{
	assert_int_equal(source_nvme.open(&src), error);
	if (!strstr(src.error, line))
		fail_msg("'%s' says nothing of '%s'", src.error, line);
	source_nvme.close(&src);
	src.fn = &fn;
}

static void test_not_a_controller(void **state)
{
	(void)state;
	reg_set(NVME_VS, UINT32_MAX);
	not_this(-ENODEV, "not an NVMe controller: version 0xffffffff");
	reg_set(NVME_VS, NVME_VS_2_0);
	reg_set(NVME_CAP_HI, 0);
	not_this(-ENOTSUP, "no NVM command set");
	inst_set(PB_INSTRUMENT_ID, 0);
	not_this(-EOPNOTSUPP, "does not record when it posts");
	fn.device = NULL;
	not_this(-EOPNOTSUPP, "lets no guest drive");
}

static void test_arm_and_done(void **state)
{
	(void)state;
	opened();
	/* Refused, as far as the registers say. */
	assert_int_equal(source_nvme.arm(&src), -EINVAL);
	assert_int_equal(device.go, 0);
	inst_set(PB_INSTRUMENT_STATUS, PB_INSTRUMENT_ST_ARMED);
	assert_int_equal(source_nvme.arm(&src), 0);
	assert_int_equal(device.go, PB_DEVICE_RUN);
	assert_int_equal(*(uint32_t *)(fn.bar[PB_INSTRUMENT_BAR] + PB_INSTRUMENT_FIRST), 1);
	assert_int_equal(*(uint32_t *)(fn.bar[PB_INSTRUMENT_BAR] + PB_INSTRUMENT_VECTORS), QUEUES);
	assert_int_equal(*(uint32_t *)(fn.bar[PB_INSTRUMENT_BAR] + PB_INSTRUMENT_SERVICE_LO),
			 200000);
	assert_int_equal(*(uint32_t *)(fn.bar[PB_INSTRUMENT_BAR] + PB_INSTRUMENT_FAULT),
			 PB_FAULT_LOST_MSI);
	assert_int_equal(*(uint32_t *)(fn.bar[PB_INSTRUMENT_BAR] + PB_INSTRUMENT_FAULT_AT), 3);
	inst_set(PB_INSTRUMENT_STARTED, 8);
	inst_set(PB_INSTRUMENT_COMPLETED, 7);
	inst_set(PB_INSTRUMENT_POSTED, 7);
	assert_int_equal(source_nvme.done(&src), 0);
	assert_int_equal(source_nvme.posted(&src), 7);
	inst_set(PB_INSTRUMENT_STARTED, 20);
	inst_set(PB_INSTRUMENT_COMPLETED, 20);
	assert_int_equal(source_nvme.done(&src), 1);
	source_nvme.disarm(&src);
	assert_int_equal(device.go, PB_DEVICE_DRAIN);
}

/* Queues that stand still: not done at once, but in the end. */
static void test_idle(void **state)
{
	struct pb_clock virtual;

	(void)state;
	opened();
	clock_init_virtual(&virtual);
	src.clock = &virtual;
	inst_set(PB_INSTRUMENT_STATUS, PB_INSTRUMENT_ST_ARMED);
	assert_int_equal(source_nvme.arm(&src), 0);
	inst_set(PB_INSTRUMENT_STARTED, 9);
	inst_set(PB_INSTRUMENT_COMPLETED, 8);
	/* One in flight may take as long as it likes. */
	assert_int_equal(source_nvme.done(&src), 0);
	clock_sleep_us(&virtual, 1000000);
	assert_int_equal(source_nvme.done(&src), 0);
	inst_set(PB_INSTRUMENT_COMPLETED, 9);
	assert_int_equal(source_nvme.done(&src), 0);
	clock_sleep_us(&virtual, 199000);
	assert_int_equal(source_nvme.done(&src), 0);
	clock_sleep_us(&virtual, 2000);
	assert_int_equal(source_nvme.done(&src), 1);
	inst_set(PB_INSTRUMENT_STARTED, UINT32_MAX);
	assert_int_equal(source_nvme.done(&src), -EIO);
	src.clock = &real_clock;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_open, setup, teardown),
		cmocka_unit_test_setup_teardown(test_wrong, setup, teardown),
		cmocka_unit_test_setup_teardown(test_not_a_controller, setup, teardown),
		cmocka_unit_test_setup_teardown(test_arm_and_done, setup, teardown),
		cmocka_unit_test_setup_teardown(test_idle, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
