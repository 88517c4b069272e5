// SPDX-License-Identifier: LGPL-2.1-or-later
/* A kernel image that is ready to boot. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host/kernel/digest.h"
#include "host/kernel/source.h"

/* The x86 boot protocol's set-up header, Documentation/x86/boot.rst. */
#define SETUP_SIZE         0x10000
#define OFF_BOOT_FLAG      0x1fe
#define OFF_HEADER         0x202
#define OFF_VERSION        0x206
#define OFF_KERNEL_VERSION 0x20e
#define BOOT_FLAG          0xaa55
#define PROTOCOL_MIN       0x0200

static uint16_t le16(const unsigned char *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

/* "6.1.192 (user@host) #1 ...": the first word. */
static void copy_release(const unsigned char *setup, size_t n, char *release, size_t size)
{
	size_t at = (size_t)le16(setup + OFF_KERNEL_VERSION) + 0x200, len = 0;

	if (at == 0x200)
		return;
	while (at + len < n && len < size - 1 && setup[at + len] > ' ' && setup[at + len] < 0x7f)
		len++;
	memcpy(release, setup + at, len);
	release[len] = '\0';
}

int source_image_check(struct kctx *ctx, const char *path, char *release, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	unsigned char setup[SETUP_SIZE];
	ssize_t n;

	release[0] = '\0';
	if (fd < 0)
		return kctx_fail_path(ctx, -errno, "cannot read", path);
	n = read(fd, setup, sizeof(setup));
	close(fd);
	if (n < 0)
		return kctx_fail_path(ctx, -errno, "cannot read", path);
	if (n < OFF_KERNEL_VERSION + 2 || le16(setup + OFF_BOOT_FLAG) != BOOT_FLAG ||
	    memcmp(setup + OFF_HEADER, "HdrS", 4) != 0 || le16(setup + OFF_VERSION) < PROTOCOL_MIN)
		return kctx_fail(ctx, -EINVAL,
				 "%s is not an x86 boot image; must be a bzImage, or a git tree",
				 path);
	copy_release(setup, (size_t)n, release, size);
	return 0;
}

static int identify(struct kctx *ctx, const struct source *s, bool fetch, struct source_id *id)
{
	char hex[DIGEST_HEX];
	int ret = kctx_path(ctx, id->file, "%s", s->what);

	(void)fetch;
	if (ret)
		return ret;
	ret = digest_file(s->what, hex);
	if (ret)
		return kctx_fail_path(ctx, ret, "cannot read", s->what);
	snprintf(id->content, sizeof(id->content), "image %s", hex);
	snprintf(id->text, sizeof(id->text), "image %.200s", s->what);
	return 0;
}

const struct source_ops source_image = {
	.key = "image",
	.is_path = true,
	.ready = true,
	.identify = identify,
};
