// SPDX-License-Identifier: LGPL-2.1-or-later
#include "exec/media.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "exec/device.h"
#include "shared/control_regs.h"
#include "util/cpio.h"

/* The size that the registers say; 0: no medium. */
static int media_size(const char *sysfs, const char *bdf, uint32_t *size, char *err, size_t errlen)
{
	volatile const uint32_t *regs =
		device_map_bar(sysfs, bdf, 0, PB_CONTROL_BAR_SIZE, PROT_READ, err, errlen);

	if (!regs)
		return -EIO;
	*size = regs[PB_CONTROL_MEDIA_SIZE / 4];
	munmap((void *)regs, PB_CONTROL_BAR_SIZE);
	if (*size <= PB_CONTROL_MEDIA_MAX)
		return 0;
	snprintf(err, errlen, "medium: %u bytes, at most %d are possible", *size,
		 PB_CONTROL_MEDIA_MAX);
	return -EPROTO;
}

int media_open(struct media *m, const char *sysfs, char *err, size_t errlen)
{
	uint32_t size = 0;
	char bdf[32];
	int ret;

	memset(m, 0, sizeof(*m));
	ret = device_find(sysfs, PB_CONTROL_VENDOR, PB_CONTROL_DEVICE, 0, bdf, sizeof(bdf), err,
			  errlen);
	if (!ret)
		ret = media_size(sysfs, bdf, &size, err, errlen);
	if (ret)
		return ret;
	if (!size) {
		snprintf(err, errlen, "medium: the machine has none");
		return -ENOENT;
	}
	m->data = device_map_bar(sysfs, bdf, 4, size, PROT_READ, err, errlen);
	if (!m->data)
		return -EIO;
	m->size = m->mapped = size;
	return 0;
}

void media_close(struct media *m)
{
	if (m->data)
		munmap((void *)m->data, m->mapped);
	memset(m, 0, sizeof(*m));
}

int media_unpack(const struct media *m, const char *dir, char *err, size_t errlen)
{
	int fd, ret;

	if ((mkdir(dir, 0755) && errno != EEXIST) || mount("tmpfs", dir, "tmpfs", 0, "mode=0755")) {
		ret = -errno;
		snprintf(err, errlen, "medium: %s: %s", dir, strerror(-ret));
		return ret;
	}
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ret = fd < 0 ? -errno : 0;
	if (ret)
		snprintf(err, errlen, "medium: %s: %s", dir, strerror(-ret));
	else
		ret = cpio_unpack(m->data, m->size, fd, err, errlen);
	if (fd >= 0)
		close(fd);
	if (ret)
		umount2(dir, MNT_DETACH);
	return ret;
}
