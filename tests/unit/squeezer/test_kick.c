// SPDX-License-Identifier: LGPL-2.1-or-later
/* The squeezer kick, against a function that is plain memory and an eventfd. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "plan/plan.h"
#include "shared/poster_regs.h"
#include "shared/run.h"
#include "squeezer/affinity.h"
#include "squeezer/victim.h"

static uint32_t bar[PB_POSTER_BAR_SIZE / 4];
static struct pb_function fn;
static struct pb_clock vclock;

static struct pb_squeezer kicker(const struct pb_plan_squeezer *spec)
{
	struct pb_squeezer sq = squeezer(spec);

	clock_init_virtual(&vclock);
	memset(bar, 0, sizeof(bar));
	bar[PB_POSTER_ID / 4] = PB_POSTER_ID_VALUE;
	bar[PB_POSTER_VERSION / 4] = 1;
	fn = (struct pb_function){.bar = {(uint8_t *)bar},
				  .bar_size = {sizeof(bar)},
				  .eventfd = eventfd(0, EFD_CLOEXEC),
				  .bdf = "0000:00:11.0"};
	assert_true(fn.eventfd >= 0);
	sq.fn = &fn;
	sq.clock = &vclock;
	return sq;
}

static const struct pb_plan_squeezer spec = {.kind = PB_SQUEEZER_KICK,
					     .rt_priority = 5,
					     .period_us = 1000,
					     .jitter_us = 200,
					     .width_us = 20000};

/* -EPERM: this machine gives no SCHED_FIFO; then there is nothing to look at. */
static int start(struct pb_squeezer *sq)
{
	int r = sq->ops->start(sq);

	if (r == -EPERM) {
		sq->ops->stop(sq);
		close(fn.eventfd);
		skip();
	}
	return r;
}

static void kick_now(void)
{
	const uint64_t one = 1;

	assert_int_equal(write(fn.eventfd, &one, sizeof(one)), sizeof(one));
}

static void test_programs(void **state)
{
	struct pb_squeezer sq = kicker(&spec);
	uint64_t seed = plan_squeezer_seed(&plan, 0);

	(void)state;
	assert_int_equal(start(&sq), 0);
	assert_int_equal(bar[PB_POSTER_CTRL / 4], PB_POSTER_CTRL_ARM);
	assert_int_equal(bar[PB_POSTER_SCHEDULE / 4], PB_SCHED_PERIODIC);
	assert_int_equal(bar[PB_POSTER_PERIOD_LO / 4], 1000 * (PB_CLOCK_VIRTUAL_KHZ / 1000));
	assert_int_equal(bar[PB_POSTER_JITTER_LO / 4], 200 * (PB_CLOCK_VIRTUAL_KHZ / 1000));
	assert_int_equal(bar[PB_POSTER_COUNT / 4], PB_RUN_MAX_EVENTS);
	assert_int_equal(bar[PB_POSTER_VECTORS / 4], 1);
	assert_int_equal(bar[PB_POSTER_FLAGS / 4], PB_POSTER_FL_KICK);
	assert_int_equal(bar[PB_POSTER_SOURCE / 4], 0);
	assert_int_equal(bar[PB_POSTER_SEED_LO / 4], (uint32_t)seed);
	/* It writes nothing into anybody's memory. */
	assert_int_equal(bar[PB_POSTER_SLOTS_LO / 4] | bar[PB_POSTER_SLOTS_HI / 4], 0);
	assert_int_equal(bar[PB_POSTER_RING_LO / 4] | bar[PB_POSTER_RING_HI / 4], 0);
	sq.ops->stop(&sq);
	sq.ops->stop(&sq);
	assert_int_equal(bar[PB_POSTER_CTRL / 4], PB_POSTER_CTRL_DISARM);
	assert_int_equal(threads_here(), 1);
	close(fn.eventfd);
}

static void test_swept(void **state)
{
	struct pb_plan_squeezer s = spec;
	struct pb_squeezer sq;

	(void)state;
	s.period_us = s.jitter_us = 0;
	sq = kicker(&s);
	assert_int_equal(start(&sq), 0);
	assert_int_equal(bar[PB_POSTER_SCHEDULE / 4], PB_SCHED_SWEPT);
	sq.ops->stop(&sq);
	close(fn.eventfd);
}

/* For each kick the CPU is taken for the width, and for no other time. */
static void test_takes_the_cpu(void **state)
{
	struct pb_squeezer sq = kicker(&spec);
	double before, idle, busy;

	(void)state;
	assert_int_equal(start(&sq), 0);
	before = seconds(CLOCK_PROCESS_CPUTIME_ID);
	sleep_ms(100);
	idle = seconds(CLOCK_PROCESS_CPUTIME_ID) - before;
	for (int i = 0; i < 5; i++) {
		kick_now();
		sleep_ms(60);
	}
	busy = seconds(CLOCK_PROCESS_CPUTIME_ID) - before - idle;
	sq.ops->stop(&sq);
	assert_true(idle < 0.015);
	assert_true(busy > 0.02 && busy < 0.13);
	assert_int_equal(threads_here(), 1);
	close(fn.eventfd);
}

/* In the middle of a pulse of 100 ms, and in the middle of waiting. */
static void test_stops_at_once(void **state)
{
	struct pb_plan_squeezer s = spec;
	struct pb_squeezer sq;
	double t;

	(void)state;
	s.period_us = 1000000;
	s.width_us = 100000;
	for (int kicked = 0; kicked < 2; kicked++) {
		sq = kicker(&s);
		assert_int_equal(start(&sq), 0);
		if (kicked)
			kick_now();
		sleep_ms(5);
		t = seconds(CLOCK_MONOTONIC);
		sq.ops->stop(&sq);
		assert_true(seconds(CLOCK_MONOTONIC) - t < 0.09);
		close(fn.eventfd);
	}
}

static void test_fails_clean(void **state)
{
	struct pb_squeezer sq = kicker(&spec);

	(void)state;
	sq.fn = NULL;
	assert_int_equal(sq.ops->start(&sq), -EOPNOTSUPP);
	sq.ops->stop(&sq);
	sq.fn = &fn;
	bar[PB_POSTER_ID / 4] = 1;
	assert_int_equal(sq.ops->start(&sq), -ENODEV);
	assert_non_null(strstr(sq.error, "not a poster"));
	sq.ops->stop(&sq);
	bar[PB_POSTER_ID / 4] = PB_POSTER_ID_VALUE;
	vclock.khz = 0;
	assert_int_equal(sq.ops->start(&sq), -EINVAL);
	sq.ops->stop(&sq);
	vclock.khz = 1000;
	plan.vcpu_cpu[0] = 1000;
	assert_int_equal(sq.ops->start(&sq), -EINVAL);
	assert_non_null(strstr(sq.error, "CPU 1000"));
	sq.ops->stop(&sq);
	plan.vcpu_cpu[0] = some_cpu();
	/* A function that refuses what it is told. */
	bar[PB_POSTER_STATUS / 4] = PB_POSTER_ST_INVALID;
	assert_int_equal(start(&sq), -EINVAL);
	sq.ops->stop(&sq);
	assert_int_equal(threads_here(), 1);
	close(fn.eventfd);
}

/* --- the interrupt's CPU -------------------------------------------------- */

static char root[64];

static void put(const char *path, const char *text)
{
	char full[200];
	FILE *f;

	snprintf(full, sizeof(full), "%s/%s", root, path);
	f = fopen(full, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void assert_file(const char *path, const char *text)
{
	char full[200], is[64];
	FILE *f;
	size_t n;

	snprintf(full, sizeof(full), "%s/%s", root, path);
	f = fopen(full, "r");
	assert_non_null(f);
	n = fread(is, 1, sizeof(is) - 1, f);
	fclose(f);
	is[n] = '\0';
	assert_string_equal(is, text);
}

static int tree_make(void **state)
{
	char command[256];

	(void)state;
	strcpy(root, "/tmp/test-kick-XXXXXX");
	if (!mkdtemp(root))
		return -1;
	snprintf(command, sizeof(command),
		 "cd %s && mkdir -p bus/pci/devices/0000:00:11.0/msi_irqs "
		 "bus/pci/devices/0000:00:12.0/msi_irqs irq/27",
		 root);
	if (system(command))
		return -1;
	put("bus/pci/devices/0000:00:11.0/msi_irqs/31", "msix\n");
	put("bus/pci/devices/0000:00:11.0/msi_irqs/27", "msix\n");
	put("bus/pci/devices/0000:00:11.0/msi_irqs/nonsense", "msix\n");
	put("bus/pci/devices/0000:00:12.0/msi_irqs/99", "msix\n");
	put("irq/27/smp_affinity_list", "0-1\n");
	return 0;
}

static int tree_remove(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", root);
	return system(command);
}

static void test_affinity(void **state)
{
	struct affinity a;

	(void)state;
	assert_int_equal(affinity_set(&a, root, root, "0000:00:11.0", 3), 0);
	assert_file("irq/27/smp_affinity_list", "3-1\n"); /* a file of procfs takes it as a whole */
	put("irq/27/smp_affinity_list", "");
	affinity_restore(&a);
	affinity_restore(&a);
	assert_file("irq/27/smp_affinity_list", "0-1\n");
	/* No such function; an interrupt that cannot be found. */
	assert_int_equal(affinity_set(&a, root, root, "0000:00:13.0", 3), -ENOENT);
	affinity_restore(&a);
	assert_int_equal(affinity_set(&a, root, root, "0000:00:12.0", 3), -ENOENT);
	affinity_restore(&a);
	assert_file("irq/27/smp_affinity_list", "0-1\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_programs),
		cmocka_unit_test(test_swept),
		cmocka_unit_test(test_takes_the_cpu),
		cmocka_unit_test(test_stops_at_once),
		cmocka_unit_test(test_fails_clean),
		cmocka_unit_test_setup_teardown(test_affinity, tree_make, tree_remove),
	};

	return cmocka_run_group_tests_name("kick", tests, NULL, NULL);
}
