// SPDX-License-Identifier: LGPL-2.1-or-later
/* A namespace that is a file: what is in it when, and files that cannot be one. */
#include "model/nvme_host.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/lab/model/defect.h"
#include "model/fake_vtd.h"

static struct host h;
static int file;
static char path[64];

static struct nvme_ctrl *c = &nvme_ctrls[0];

static int make(off_t size)
{
	int fd;

	strcpy(path, "/tmp/test_nvme_store.XXXXXX");
	fd = mkostemp(path, O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, size), 0);
	return fd;
}

static void start(void)
{
	host_start(&h, NVME_DEVFN);
	host_pair(&h, 1);
	assert_int_equal(nvme_store_open(c, file), 0);
}

static int setup(void **state)
{
	rig_setup(state);
	file = make(NVME_NS_BYTES);
	start();
	return 0;
}

static int teardown(void **state)
{
	assert_int_equal(nvme_store_open(c, -1), 0);
	close(file);
	unlink(path);
	return rig_teardown(state);
}

static uint8_t *data(void)
{
	return fake_ram(host_page(&h, 0), 4096);
}

static void in_file(uint64_t lba, const void *want, size_t len)
{
	static uint8_t is[65536];

	assert_int_equal(pread(file, is, len, (off_t)(lba * 512)), len);
	assert_memory_equal(is, want, len);
}

/* Another descriptor has it as soon as it is acknowledged; reads have it, too. */
static void written(void **state)
{
	uint8_t copy[4096];

	(void)state;
	host_fill(&h, 0, 1, 3);
	memcpy(copy, data(), 4096);
	assert_int_equal(host_io(&h, NVME_WRITE, NVME_LBAS - 8, 8), NVME_OK);
	in_file(NVME_LBAS - 8, copy, 4096);
	memset(data(), 0, 4096);
	assert_int_equal(host_io(&h, NVME_READ, NVME_LBAS - 8, 8), NVME_OK);
	assert_memory_equal(data(), copy, 4096);
	assert_int_equal(host_io(&h, NVME_COMPARE, NVME_LBAS - 8, 8), NVME_OK);
	assert_int_equal(host_io(&h, NVME_FLUSH, 0, 1), NVME_OK);
	/* A machine that is set up anew finds it. */
	assert_int_equal(nvme_store_open(c, -1), 0);
	assert_int_equal(c->data[NVME_NS_BYTES - 4096], 0);
	assert_int_equal(nvme_store_open(c, file), 0);
	assert_memory_equal(c->data + NVME_NS_BYTES - 4096, copy, 4096);
}

/* From an odd block to an odd block: those, and no others; the hole is given back. */
static void zeroed(void **state)
{
	static uint8_t ones[65536], zeros[65536];
	struct stat before, after;

	(void)state;
	memset(ones, 1, sizeof(ones));
	assert_int_equal(pwrite(file, ones, sizeof(ones), 0), sizeof(ones));
	assert_int_equal(fstat(file, &before), 0);
	assert_int_equal(host_io(&h, NVME_WRITE_ZEROES, 3, 99), NVME_OK);
	in_file(0, ones, 3 * 512);
	in_file(3, zeros, 99 * 512);
	in_file(102, ones, 26 * 512);
	assert_int_equal(fstat(file, &after), 0);
	assert_true(after.st_blocks < before.st_blocks);
	assert_int_equal(after.st_size, NVME_NS_BYTES);
}

/* A disk that takes no more: an error of the command, not the end of the process. */
static void full(void **state)
{
	struct rlimit old, small = {.rlim_cur = 8 * 512};

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small.rlim_max = old.rlim_max;
	signal(SIGXFSZ, SIG_IGN);
	host_fill(&h, 0, 1, 3);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	assert_int_equal(host_io(&h, NVME_WRITE, 0, 8), NVME_OK);
	assert_int_equal(host_io(&h, NVME_WRITE, 8, 8), NVME_WRITE_FAULT);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_int_equal(host_io(&h, NVME_WRITE, 8, 8), NVME_OK);
}

/* What waits for the host's disk says so when that fails; what does not, does not. */
static void synced(void **state)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	uint32_t dw[16];

	(void)state;
	assert_true(null >= 0);
	host_fill(&h, 0, 1, 3);
	assert_int_equal(nvme_store_sync(c), 0);
	c->file = null; /* takes everything, but has nothing to be synchronized */
	assert_int_equal(nvme_store_sync(c), -EINVAL);
	assert_int_equal(host_io(&h, NVME_FLUSH, 0, 1), NVME_WRITE_FAULT);
	assert_int_equal(host_io(&h, NVME_WRITE, 0, 1), NVME_OK);
	host_io_make(&h, dw, NVME_WRITE, 0, 1);
	dw[12] |= 1u << 30; /* FUA */
	assert_int_equal(host_run(&h, 1, dw), NVME_WRITE_FAULT);
	c->feature.write_cache = 0;
	assert_int_equal(host_io(&h, NVME_WRITE, 0, 1), NVME_WRITE_FAULT);
	c->file = file;
	assert_int_equal(host_run(&h, 1, dw), NVME_OK);
	assert_int_equal(host_io(&h, NVME_WRITE, 0, 1), NVME_OK);
	close(null);
}

/* The process is killed right after the completion. */
static void killed(void **state)
{
	uint8_t copy[4096];
	int status;
	pid_t pid;

	(void)state;
	host_fill(&h, 0, 1, 9);
	memcpy(copy, data(), 4096);
	pid = fork();
	if (!pid) {
		if (host_io(&h, NVME_WRITE, 16, 8) == NVME_OK)
			raise(SIGKILL);
		_exit(1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	in_file(16, copy, 4096);
}

static void refused(int fd, int err)
{
	const uint8_t *before = c->data;

	assert_int_equal(nvme_store_open(c, fd), err);
	assert_ptr_equal(c->data, before);
	assert_int_equal(c->file, file);
}

static void hostile(void **state)
{
	static const off_t size[] = {0, 1, NVME_NS_BYTES - 1, NVME_NS_BYTES + 1, 1ll << 40};
	int fd;

	(void)state;
	for (unsigned int i = 0; i < sizeof(size) / sizeof(size[0]); i++) {
		assert_int_equal(ftruncate(file, size[i]), 0);
		refused(file, -EINVAL);
	}
	assert_int_equal(ftruncate(file, NVME_NS_BYTES), 0);
	refused(9999, -EBADF);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	refused(fd, -EACCES);
	close(fd);
	fd = open(path, O_RDWR | O_APPEND | O_CLOEXEC);
	refused(fd, -EACCES);
	close(fd);
	fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	refused(fd, -EINVAL);
	close(fd);
}

static void lossy(void **state)
{
	static const uint8_t zeros[512];
	unsigned int lost = 0;
	uint8_t is[512];

	(void)state;
	rig_restart("lose-write");
	start();
	for (uint64_t lba = 0; lba < 3 * DEFECT_EVERY; lba++) {
		host_fill(&h, 0, 1, (uint8_t)(lba + 1));
		assert_int_equal(host_io(&h, NVME_WRITE, lba, 1), NVME_OK);
		assert_int_equal(pread(file, is, 512, (off_t)(lba * 512)), 512);
		lost += !memcmp(is, zeros, 512);
	}
	assert_int_equal(lost, 3);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(written), T(zeroed), T(full), T(synced), T(killed), T(hostile), T(lossy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
