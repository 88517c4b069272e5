// SPDX-License-Identifier: LGPL-2.1-or-later
#include "exec/guest_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "exec/media.h"
#include "util/cpio.h"

static bool is_guest(const struct media *m)
{
	struct cpio_reader r = {.data = m->data, .size = m->size};
	struct cpio_item item;
	char err[128];

	return cpio_next(&r, &item, err, sizeof(err)) == 1 && !strcmp(item.name, "guest");
}

static int unpack(const struct media *m, const char *root, char *err, size_t errlen)
{
	int fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int ret = fd < 0 ? -errno : 0;

	if (ret)
		snprintf(err, errlen, "medium: %s: %s", root, strerror(-ret));
	else
		ret = cpio_unpack(m->data, m->size, fd, err, errlen);
	if (fd >= 0)
		close(fd);
	return ret ? ret : 1;
}

int guest_files_unpack(const char *sysfs, const char *root, char *err, size_t errlen)
{
	struct media m;
	int ret = media_open(&m, sysfs, err, errlen);

	if (ret)
		return ret == -ENOENT ? 0 : ret;
	ret = is_guest(&m) ? unpack(&m, root, err, errlen) : 0;
	media_close(&m);
	return ret;
}
