// SPDX-License-Identifier: LGPL-2.1-or-later
/* nvme and nic of a Linux guest: what is set, when it begins, when it is done. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "shared/guest_io.h"
#include "shared/instrument_regs.h"
#include "shared/nic_regs.h"
#include "source/source.h"

static uint32_t regs[PB_INSTRUMENT_BAR_SIZE / 4];
static struct pb_guest_area *area;
static struct pb_function fn;
static struct pb_clock vclock;
static struct pb_plan plan;
static struct pb_source src;

static int setup(void **state)
{
	(void)state;
	memset(regs, 0, sizeof(regs));
	regs[PB_INSTRUMENT_ID / 4] = PB_INSTRUMENT_ID_VALUE;
	regs[PB_INSTRUMENT_VERSION / 4] = 1;
	regs[PB_INSTRUMENT_STATUS / 4] = PB_INSTRUMENT_ST_ARMED;
	regs[PB_NIC_ID / 4] = PB_NIC_ID_VALUE;
	regs[PB_NIC_STATUS / 4] = PB_NIC_ST_ARMED;
	area = calloc(1, sizeof(*area));
	assert_non_null(area);
	fn = (struct pb_function){.guest = area};
	fn.bar[PB_INSTRUMENT_BAR] = (volatile uint8_t *)regs;
	fn.bar_size[PB_INSTRUMENT_BAR] = sizeof(regs);
	clock_init_virtual(&vclock);
	plan = (struct pb_plan){.vmm = PB_VMM_LINUX,
				.nr_sources = 1,
				.event_capacity = 1024,
				.guest = {.io_timeout_us = 1000000},
				.source = {{.kind = PB_SOURCE_NVME,
					    .vectors = 1,
					    .count = 8,
					    .service = PB_SERVICE_FIXED,
					    .period_us = 200}}};
	src = (struct pb_source){.plan = &plan, .fn = &fn, .clock = &vclock};
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	if (src.ops)
		src.ops->close(&src);
	free(area);
	return 0;
}

static void use(enum pb_source_kind kind)
{
	plan.source[0].kind = kind;
	src.ops = source_find_guest(kind);
	assert_non_null(src.ops);
	assert_int_equal(src.ops->kind, kind);
}

static void test_kinds(void **state)
{
	(void)state;
	assert_null(source_find_guest(PB_SOURCE_POSTER));
	assert_null(source_find_guest(PB_SOURCE_NULL));
}

static void test_no_guest(void **state)
{
	(void)state;
	use(PB_SOURCE_NVME);
	fn.guest = NULL;
	assert_int_equal(src.ops->open(&src), -EOPNOTSUPP);
	assert_string_equal(src.error, "this VMM has no Linux guest");
}

static void test_no_instrument(void **state)
{
	(void)state;
	use(PB_SOURCE_NVME);
	regs[PB_INSTRUMENT_ID / 4] = 0;
	assert_int_equal(src.ops->open(&src), -EOPNOTSUPP);
	assert_true(src.error[0]);
}

static void test_no_generator(void **state)
{
	(void)state;
	use(PB_SOURCE_NIC);
	regs[PB_NIC_ID / 4] = 0;
	assert_int_equal(src.ops->open(&src), -ENODEV);
}

static void test_nvme(void **state)
{
	(void)state;
	use(PB_SOURCE_NVME);
	assert_int_equal(src.ops->open(&src), 0);
	assert_int_equal(area->job.task[0].go, 0);
	assert_int_equal(src.ops->arm(&src), 0);
	assert_int_equal(area->job.task[0].go, 1);
	/* No room for a record. */
	assert_int_equal(regs[PB_INSTRUMENT_RING_LO / 4], 0);
	assert_int_equal(regs[PB_INSTRUMENT_SLOTS_LO / 4], 0);
	assert_int_equal(regs[PB_INSTRUMENT_SERVICE / 4], PB_SERVICE_FIXED);
	assert_int_equal(src.ops->done(&src), 0);
	area->device[0].completed = 8;
	assert_int_equal(src.ops->done(&src), 1);
	regs[PB_INSTRUMENT_POSTED / 4] = 8;
	assert_int_equal(src.ops->posted(&src), 8);
	src.ops->close(&src);
	assert_int_equal(src.ops->posted(&src), 0);
}

/* A read that waits for the driver's timeout is waited for, but not for ever. */
static void test_idle(void **state)
{
	(void)state;
	use(PB_SOURCE_NVME);
	assert_int_equal(src.ops->open(&src), 0);
	assert_int_equal(src.ops->arm(&src), 0);
	clock_sleep_us(&vclock, 2000000);
	assert_int_equal(src.ops->done(&src), 0);
	area->device[0].completed = 1;
	assert_int_equal(src.ops->done(&src), 0);
	clock_sleep_us(&vclock, 2400000);
	assert_int_equal(src.ops->done(&src), 0);
	clock_sleep_us(&vclock, 200000);
	assert_int_equal(src.ops->done(&src), 1);
}

static void test_gone(void **state)
{
	(void)state;
	use(PB_SOURCE_NVME);
	assert_int_equal(src.ops->open(&src), 0);
	assert_int_equal(src.ops->arm(&src), 0);
	regs[PB_INSTRUMENT_STATUS / 4] = UINT32_MAX;
	assert_int_equal(src.ops->done(&src), -EIO);
}

static void test_refused(void **state)
{
	(void)state;
	use(PB_SOURCE_NVME);
	assert_int_equal(src.ops->open(&src), 0);
	regs[PB_INSTRUMENT_STATUS / 4] = PB_INSTRUMENT_ST_INVALID;
	assert_int_equal(src.ops->arm(&src), -EINVAL);
	assert_int_equal(area->job.task[0].go, 0);
}

static void test_nic(void **state)
{
	struct pb_run_account a = {0};

	(void)state;
	use(PB_SOURCE_NIC);
	assert_int_equal(src.ops->open(&src), 0);
	assert_int_equal(src.ops->arm(&src), 0);
	assert_int_equal(area->job.task[0].go, 1);
	assert_int_equal(regs[PB_NIC_COUNT / 4], 8);
	assert_int_equal(regs[PB_NIC_CTRL / 4], PB_NIC_CTRL_ARM);
	assert_int_equal(src.ops->done(&src), 0);
	/* All is sent, and not all has come. */
	regs[PB_NIC_STATUS / 4] = PB_NIC_ST_DONE;
	assert_int_equal(src.ops->done(&src), 0);
	area->device[0].completed = 8;
	assert_int_equal(src.ops->done(&src), 1);
	regs[PB_INSTRUMENT_FAULTS / 4] = 1;
	src.ops->account(&src, &a);
	assert_int_equal(a.faults, 1);
	assert_int_equal(a.submitted, 0);
	assert_int_equal(regs[PB_NIC_CTRL / 4], PB_NIC_CTRL_DISARM);
}

#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_kinds),        T(test_no_guest), T(test_no_instrument),
		T(test_no_generator), T(test_nvme),     T(test_idle),
		T(test_gone),         T(test_refused),  T(test_nic),
	};

	return cmocka_run_group_tests_name("guest", tests, NULL, NULL);
}
