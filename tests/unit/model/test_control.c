// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/rig.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "host/lab/model/branch.h"
#include "host/lab/model/control.h"
#include "host/lab/model/media.h"
#include "host/lab/model/truth.h"
#include "shared/control_regs.h"
#include "shared/plan.h"
#include "shared/poster_regs.h"
#include "util/crc32c.h"
#include "model/fake_vtd.h"

/* The runner's side, instead of branch.c. */
static struct branch give;
static int give_rc;
static uint32_t mode, beat, points, resets, end_crc;
static const uint8_t *end_result;
static size_t end_size, end_truth_size;
static const struct pb_run *end_truth;
static jmp_buf ended;

int branch_init(void)
{
	return 0;
}

void branch_reset(void)
{
	resets++;
}

uint32_t branch_mode(void)
{
	return mode;
}

static int media_fd = -1;

int branch_media(void)
{
	return media_fd;
}

int branch_disk(void)
{
	return -1;
}

int branch_point(struct branch *b)
{
	points++;
	*b = give;
	return give_rc;
}

void branch_beat(uint32_t value)
{
	beat = value;
}

void branch_progress(uint32_t steps)
{
	(void)steps;
}

void branch_fail(const char *text)
{
	fail_msg("%s", text);
	abort();
}

int branch_forked(pid_t parent, int serial)
{
	(void)parent;
	(void)serial;
	return 0;
}

int branch_serial_take(int serial)
{
	(void)serial;
	return 0;
}

void branch_forked_end(bool done)
{
	fail_msg("a sweep's process ended, %d", done);
	abort();
}

void branch_end(const void *result, size_t size, uint32_t crc, const void *truth, size_t truth_size)
{
	end_result = result;
	end_size = size;
	end_crc = crc;
	end_truth = truth;
	end_truth_size = truth_size;
	longjmp(ended, 1);
}

static uint32_t get(uint32_t reg)
{
	return fake_mmio_rd32(BAR0(CONTROL) + reg);
}

static void set(uint32_t reg, uint32_t v)
{
	fake_mmio_wr32(BAR0(CONTROL) + reg, v);
}

/* Ring DONE; it must not come back. */
static void done(void)
{
	end_result = NULL;
	end_size = ~0ul;
	if (setjmp(ended))
		return;
	set(PB_CONTROL_DONE, 1);
	fail_msg("DONE came back");
}

static int setup(void **state)
{
	memset(&give, 0, sizeof(give));
	give_rc = 0;
	mode = PB_CONTROL_MODE_BRANCH;
	points = resets = 0;
	rig_setup(state);
	rig_function(CONTROL);
	return 0;
}

static void registers(void **state)
{
	(void)state;
	assert_int_equal(fake_config_read(CONTROL, 0, 4),
			 PB_CONTROL_DEVICE << 16 | PB_CONTROL_VENDOR);
	assert_int_equal(get(PB_CONTROL_ID), PB_CONTROL_ID_VALUE);
	assert_int_equal(get(PB_CONTROL_VERSION), 1);
	assert_int_equal(get(PB_CONTROL_MODE), PB_CONTROL_MODE_BRANCH);
	mode = PB_CONTROL_MODE_SHELL;
	assert_int_equal(get(PB_CONTROL_MODE), PB_CONTROL_MODE_SHELL);
	set(PB_CONTROL_ID, 0);
	set(PB_CONTROL_PLAN_SIZE, 5);
	assert_int_equal(get(PB_CONTROL_ID), PB_CONTROL_ID_VALUE);
	assert_int_equal(get(PB_CONTROL_PLAN_SIZE), 0);
	set(PB_CONTROL_BEAT, 77);
	assert_int_equal(beat, 77);
	assert_int_equal(get(0x24), 0);
	assert_int_equal(get(0xfffc), 0);
	set(0xfffc, 1);
	assert_int_equal(points, 0);
}

static void window(void **state)
{
	uint32_t b2 = BAR2(CONTROL);

	(void)state;
	fake_config_write(CONTROL, 0x18, 0xffffffff, 4);
	assert_int_equal(fake_config_read(CONTROL, 0x18, 4), ~(PB_CONTROL_WINDOW - 1u));
	fake_config_write(CONTROL, 0x18, b2, 4);
	fake_mmio_wr64(b2 + PB_CONTROL_WINDOW - 8, 0x1122334455667788);
	assert_int_equal(fake_mmio_rd32(b2 + PB_CONTROL_WINDOW - 8), 0x55667788);
	assert_int_equal(fake_config_read(CONTROL, 0x1c, 4), 0);
}

/* The plan lies in the window, as it was sent; the truth knows whose it is. */
static void plan_in(void **state)
{
	struct pb_plan plan, got;

	(void)state;
	memset(&plan, 0x5a, sizeof(plan));
	plan.nr_sweeps = 0; /* a sweep is what the models look at */
	plan.crc = 0xcafe;
	give.plan = &plan;
	give.plan_size = sizeof(plan);
	set(PB_CONTROL_BRANCH, 1);
	assert_int_equal(points, 1);
	assert_int_equal(get(PB_CONTROL_PLAN_SIZE), sizeof(plan));
	fake_mmio_read(BAR2(CONTROL), &got, sizeof(got));
	assert_memory_equal(&plan, &got, sizeof(got));
	done();
	assert_int_equal(end_truth->plan_crc, 0xcafe);
}

static void plan_of_other_size(void **state)
{
	(void)state;
	give.plan = "abc";
	give.plan_size = 3;
	set(PB_CONTROL_BRANCH, 1);
	assert_int_equal(get(PB_CONTROL_PLAN_SIZE), 3);
	assert_int_equal(fake_mmio_rd32(BAR2(CONTROL)) & 0xffffff, 0x636261);
	done();
	assert_int_equal(end_truth->plan_crc, 0);
	give.plan_size = PB_CONTROL_WINDOW + 1u; /* not read: it would be far too long */
	set(PB_CONTROL_BRANCH, 1);
	assert_int_equal(get(PB_CONTROL_PLAN_SIZE), 0);
	assert_non_null(strstr(fake.log, "larger than the window"));
}

/* Without a runner there is no plan, but truth; a branch does not branch again. */
static void no_runner(void **state)
{
	(void)state;
	give_rc = -ENOTCONN;
	set(PB_CONTROL_BRANCH, 1);
	assert_int_equal(get(PB_CONTROL_PLAN_SIZE), 0);
	lab_hook_vmentry(0, 0x5000);
	give_rc = -EALREADY;
	set(PB_CONTROL_BRANCH, 1);
	assert_non_null(strstr(fake.log, "cannot branch again"));
	done();
	assert_int_equal(end_truth->nr_events, 1);
}

static void result_out(void **state)
{
	(void)state;
	set(PB_CONTROL_BRANCH, 1);
	fake_mmio_wr32(BAR2(CONTROL), 0x64636261);
	set(PB_CONTROL_RESULT_SIZE, 4);
	set(PB_CONTROL_RESULT_CRC, 0x12345678); /* not looked at */
	assert_int_equal(get(PB_CONTROL_RESULT_SIZE), 4);
	assert_int_equal(get(PB_CONTROL_RESULT_CRC), 0x12345678);
	done();
	assert_int_equal(end_size, 4);
	assert_int_equal(end_crc, 0x12345678);
	assert_memory_equal(end_result, "abcd", 4);
	set(PB_CONTROL_RESULT_SIZE, PB_CONTROL_WINDOW);
	done();
	assert_int_equal(end_size, PB_CONTROL_WINDOW);
}

static void result_too_large(void **state)
{
	static const uint32_t sizes[] = {PB_CONTROL_WINDOW + 1, 0xffffffff};

	(void)state;
	set(PB_CONTROL_BRANCH, 1);
	for (int i = 0; i < 2; i++) {
		set(PB_CONTROL_RESULT_SIZE, sizes[i]);
		done();
		assert_null(end_result);
		assert_int_equal(end_size, 0);
		assert_non_null(end_truth);
		assert_non_null(strstr(fake.log, "at most 16777216 fit"));
	}
}

static void post_one(void)
{
	uint32_t bar = BAR0(POSTER0);

	rig_function(POSTER0);
	rig_msix(POSTER0, 1, 0);
	fake_mmio_wr32(bar + PB_POSTER_SCHEDULE, PB_SCHED_SINGLE);
	fake_mmio_wr32(bar + PB_POSTER_COUNT, 1);
	fake_mmio_wr32(bar + PB_POSTER_VECTORS, 1);
	fake_mmio_wr32(bar + PB_POSTER_CTRL, PB_POSTER_CTRL_ARM);
	fake_advance(1);
}

/* The truth begins at the branch point and counts what was posted since, resets or not. */
static void truth_out(void **state)
{
	struct pb_run head;

	(void)state;
	post_one();
	lab_hook_vmentry(0, 0x5000);
	set(PB_CONTROL_BRANCH, 1);
	lab_hook_vmentry(0, 0x6000);
	post_one();
	post_one();
	rig_flr(POSTER0);
	done();
	assert_int_equal(end_truth->magic, PB_RUN_MAGIC);
	assert_int_equal(end_truth->content, PB_RUN_TRUTH);
	assert_int_equal(end_truth->posted, 2);
	assert_int_equal(end_truth->nr_events, 3);
	assert_int_equal(end_truth_size, sizeof(head) + 3 * sizeof(struct pb_event));
	assert_int_equal(((const struct pb_event *)(end_truth + 1))->vcpu, 0);
	head = *end_truth;
	head.crc = 0;
	assert_int_equal(end_truth->crc, crc32c(crc32c(0, &head, sizeof(head)), end_truth + 1,
						end_truth_size - sizeof(head)));
}

static struct {
	unsigned int calls;
	uint32_t squeezer;
	bool begin;
} marked;

static void on_mark(void *arg, uint32_t squeezer, bool begin)
{
	assert_ptr_equal(arg, &marked);
	marked.calls++;
	marked.squeezer = squeezer;
	marked.begin = begin;
}

static void mark(void **state)
{
	(void)state;
	set(PB_CONTROL_MARK, 5 << PB_CONTROL_MARK_SHIFT | PB_CONTROL_MARK_BEGIN);
	control_on_mark(on_mark, &marked);
	set(PB_CONTROL_MARK, 5 << PB_CONTROL_MARK_SHIFT | PB_CONTROL_MARK_BEGIN);
	assert_int_equal(marked.calls, 1);
	assert_int_equal(marked.squeezer, 5);
	assert_true(marked.begin);
	set(PB_CONTROL_MARK, 7 << PB_CONTROL_MARK_SHIFT);
	assert_int_equal(marked.squeezer, 7);
	assert_false(marked.begin);
	assert_int_equal(get(PB_CONTROL_MARK), 0);
	control_on_mark(NULL, NULL);
	set(PB_CONTROL_MARK, 1);
	assert_int_equal(marked.calls, 2);
}

static void reset(void **state)
{
	(void)state;
	give.plan = "abc";
	give.plan_size = 3;
	set(PB_CONTROL_BRANCH, 1);
	set(PB_CONTROL_RESULT_SIZE, 5);
	lab_reset();
	assert_int_equal(resets, 2); /* one of the set-up's */
	assert_false(fake_mmio_mapped(BAR0(CONTROL)));
	rig_function(CONTROL);
	assert_int_equal(get(PB_CONTROL_PLAN_SIZE), 0);
	assert_int_equal(get(PB_CONTROL_RESULT_SIZE), 0);
}

/* The machine with a medium of so many bytes; its first byte is 1, its last 2. */
static void with_medium(off_t size)
{
	media_fd = memfd_create("medium", 0);
	assert_true(media_fd >= 0);
	assert_int_equal(ftruncate(media_fd, size), 0);
	assert_int_equal(pwrite(media_fd, "\1", 1, 0), 1);
	assert_int_equal(pwrite(media_fd, "\2", 1, size - 1), 1);
	rig_restart("");
	rig_function(CONTROL);
}

#define BAR4 0xd0000000u

static void no_medium(void **state)
{
	(void)state;
	assert_int_equal(get(PB_CONTROL_MEDIA_SIZE), 0);
	fake_config_write(CONTROL, 0x20, 0xffffffff, 4);
	assert_int_equal(fake_config_read(CONTROL, 0x20, 4), 0);
}

/* The file is in memory, zeros behind it; what the machine writes is not in the file. */
static void medium(void **state)
{
	uint8_t byte;

	(void)state;
	with_medium(0x12345);
	assert_int_equal(get(PB_CONTROL_MEDIA_SIZE), 0x12345);
	set(PB_CONTROL_MEDIA_SIZE, 1);
	assert_int_equal(get(PB_CONTROL_MEDIA_SIZE), 0x12345);
	fake_config_write(CONTROL, 0x20, 0xffffffff, 4);
	assert_int_equal(fake_config_read(CONTROL, 0x20, 4), ~0x1ffffu);
	fake_config_write(CONTROL, 0x20, BAR4, 4);
	assert_int_equal(fake_mmio_rd32(BAR4), 1);
	assert_int_equal(fake_mmio_rd32(BAR4 + 0x12344), 2);
	assert_int_equal(fake_mmio_rd32(BAR4 + 0x1fffc), 0);
	fake_mmio_wr32(BAR4, 77);
	assert_int_equal(fake_mmio_rd32(BAR4), 77);
	assert_int_equal(pread(media_fd, &byte, 1, 0), 1);
	assert_int_equal(byte, 1);
	close(media_fd);
	media_fd = -1;
}

/* The machine does not start with what cannot be mapped. */
static void medium_refused(void **state)
{
	static const off_t sizes[] = {0, PB_CONTROL_MEDIA_MAX + 1};
	struct media m;
	int fd[2];

	(void)state;
	for (int i = 0; i < 2; i++) {
		int file = memfd_create("medium", 0);

		assert_int_equal(ftruncate(file, sizes[i]), 0);
		assert_int_equal(media_map(&m, file), i ? -EFBIG : -EINVAL);
		close(file);
	}
	assert_int_equal(pipe(fd), 0);
	assert_int_equal(media_map(&m, fd[0]), -EINVAL);
	assert_int_equal(media_map(&m, 9999), -EBADF);
	close(fd[0]);
	close(fd[1]);
}

static void result_flip(void **state)
{
	(void)state;
	rig_restart("result-flip");
	rig_function(CONTROL);
	set(PB_CONTROL_BRANCH, 1);
	fake_mmio_wr64(BAR2(CONTROL), 0);
	set(PB_CONTROL_RESULT_SIZE, 8);
	done();
	assert_memory_equal(end_result, "\0\0\0\0\1\0\0\0", 8);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, rig_teardown)
	const struct CMUnitTest tests[] = {
		T(registers), T(window),         T(plan_in),   T(plan_of_other_size),
		T(no_runner), T(result_out),     T(truth_out), T(result_too_large),
		T(reset),     T(result_flip),    T(mark),      T(no_medium),
		T(medium),    T(medium_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
