// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/lab/runner/guest_medium.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shared/control_regs.h"
#include "util/cpio.h"
#include "util/file.h"

#define INITRD "guest-linux.cpio"

/* Beside the running program, unless the environment says otherwise. */
static int initrd_path(char *path, size_t size)
{
	const char *env = getenv("PIRBENCH_GUEST_INITRD");
	char exe[1024];
	char *slash;
	ssize_t n;

	if (env && *env) {
		n = snprintf(path, size, "%s", env);
		return (size_t)n < size ? 0 : -ENAMETOOLONG;
	}
	n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	if (n < 0)
		return -errno;
	exe[n] = 0;
	slash = strrchr(exe, '/');
	if (!slash)
		return -ENOENT;
	*slash = 0;
	n = snprintf(path, size, "%s/%s", exe, INITRD);
	return (size_t)n < size ? 0 : -ENAMETOOLONG;
}

static int read_part(const char *what, const char *path, void **data, size_t *size, char *err)
{
	int ret = file_read(path, PB_CONTROL_MEDIA_MAX, data, size);

	if (ret)
		snprintf(err, MEDIUM_ERR, "guest's %s: %.400s: %s", what, path, strerror(-ret));
	return ret;
}

/* The boot protocol's magic: Documentation/x86/boot.rst, "HdrS" at 0x202. */
static int check_kernel(const char *path, const uint8_t *data, size_t size, char *err)
{
	if (size >= 0x206 && !memcmp(data + 0x202, "HdrS", 4))
		return 0;
	snprintf(err, MEDIUM_ERR, "guest's kernel: %.400s: not a bzImage", path);
	return -EINVAL;
}

static int make(const void *kernel, size_t kernel_size, const void *initrd, size_t initrd_size,
		char *err)
{
	struct cpio c = {0};
	int ret;

	cpio_dir(&c, "guest", 0755);
	cpio_file(&c, "guest/kernel", 0444, kernel, kernel_size);
	cpio_file(&c, "guest/initrd", 0444, initrd, initrd_size);
	ret = cpio_end(&c);
	if (ret)
		snprintf(err, MEDIUM_ERR, "guest's medium: %s", strerror(-ret));
	else
		ret = medium_with(c.data, c.size, err);
	cpio_release(&c);
	return ret;
}

int guest_medium(const char *kernel, char *err)
{
	void *k = NULL, *i = NULL;
	size_t k_size = 0, i_size = 0;
	char path[1024];
	int ret = initrd_path(path, sizeof(path));

	if (ret)
		snprintf(err, MEDIUM_ERR, "guest's initramfs: %s", strerror(-ret));
	if (!ret)
		ret = read_part("kernel", kernel, &k, &k_size, err);
	if (!ret)
		ret = check_kernel(kernel, k, k_size, err);
	if (!ret)
		ret = read_part("initramfs", path, &i, &i_size, err);
	if (!ret)
		ret = make(k, k_size, i, i_size, err);
	free(k);
	free(i);
	return ret;
}
