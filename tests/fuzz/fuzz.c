// SPDX-License-Identifier: LGPL-2.1-or-later
#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "host/kernel/fs.h"

char fuzz_err[KERNEL_ERR_SIZE];
static char dir[64];

static void write_all(int fd, const uint8_t *data, size_t size)
{
	while (size) {
		ssize_t n = write(fd, data, size);

		if (n <= 0)
			abort();
		data += n;
		size -= (size_t)n;
	}
}

const char *fuzz_file(const uint8_t *data, size_t size)
{
	static char path[32];
	static int fd = -1;

	if (fd < 0) {
		fd = memfd_create("fuzz", MFD_CLOEXEC);
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	}
	if (fd < 0 || ftruncate(fd, 0) || lseek(fd, 0, SEEK_SET))
		abort();
	write_all(fd, data, size);
	return path;
}

static void remove_dir(void)
{
	fs_remove(dir);
}

const char *fuzz_dir(void)
{
	const char *shm = access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm";

	if (!dir[0]) {
		snprintf(dir, sizeof(dir), "%s/pirbench-fuzz-XXXXXX", shm);
		if (!mkdtemp(dir) || atexit(remove_dir))
			abort();
		return dir;
	}
	if (fs_remove(dir) || fs_mkdirs(dir))
		abort();
	return dir;
}

const char *fuzz_put(const char *name, const uint8_t *data, size_t size)
{
	static char path[KPATH];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	if (fs_mkdirs_parent(path))
		abort();
	f = fopen(path, "wb");
	if (!f || fwrite(data, 1, size, f) != size || fclose(f))
		abort();
	return path;
}

struct kctx *fuzz_kctx(void)
{
	static struct kctx ctx;

	memset(&ctx, 0, sizeof(ctx));
	snprintf(ctx.root, sizeof(ctx.root), "%s", fuzz_dir());
	memcpy(ctx.configs, ctx.root, sizeof(ctx.configs));
	memcpy(ctx.cache, ctx.root, sizeof(ctx.cache));
	ctx.err = fuzz_err;
	ctx.err_size = sizeof(fuzz_err);
	fuzz_err[0] = '\0';
	return &ctx;
}

void fuzz_one_line(const char *line)
{
	if (!line[0] || strchr(line, '\n'))
		abort();
}
