// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The namespaces.  As a rule memory of the emulator's process, private, so that
 * each branch has its own from its fork on, and costs what it has written.
 *
 * Or a file of the user's, where there are no branches.  It is read by a mapping
 * but written by pwrite(): a full disk is then an error of the command, not a
 * signal; and what pwrite() took is the host kernel's, whatever becomes of this
 * process.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/lab/model/defect.h"
#include "host/lab/model/nvme_internal.h"

#define BYTES ((size_t)NVME_NS_BYTES)

static uint8_t *stores[NVME_CONTROLLERS];

static int file_check(int fd)
{
	int flags = fcntl(fd, F_GETFL);
	struct stat s;

	if (flags < 0 || fstat(fd, &s))
		return -errno;
	if (!S_ISREG(s.st_mode))
		return -EINVAL;
	if ((flags & O_ACCMODE) != O_RDWR || flags & O_APPEND)
		return -EACCES;
	return s.st_size == (off_t)BYTES ? 0 : -EINVAL;
}

int nvme_store_open(struct nvme_ctrl *c, int fd)
{
	int err = fd < 0 ? 0 : file_check(fd);
	void *p;

	if (err)
		return err;
	if (stores[c->id])
		munmap(stores[c->id], BYTES);
	stores[c->id] = NULL;
	if (fd < 0)
		p = mmap(NULL, BYTES, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	else
		p = mmap(NULL, BYTES, PROT_READ, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		return -errno;
	stores[c->id] = p;
	c->data = p;
	c->file = fd < 0 ? -1 : fd;
	return 0;
}

static int file_write(int fd, const uint8_t *buf, size_t len, off_t at)
{
	while (len) {
		ssize_t n = pwrite(fd, buf, len, at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -ENOSPC;
		buf += n;
		len -= (size_t)n;
		at += n;
	}
	return 0;
}

int nvme_store_write(struct nvme_ctrl *c, uint64_t lba, const void *buf, size_t len)
{
	if (defect_hits(DEFECT_LOSE_WRITE, (uint32_t)c->writes))
		return 0;
	if (c->file >= 0)
		return file_write(c->file, buf, len, (off_t)(lba << NVME_LBA_LOG2));
	memcpy(c->data + (lba << NVME_LBA_LOG2), buf, len);
	return 0;
}

/* Where a file system cannot have holes, zeros are written. */
static int file_zero(int fd, off_t at, size_t len)
{
	static const uint8_t zeros[65536];
	int err = 0;

	if (!len || !fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, at, (off_t)len))
		return 0;
	if (errno != EOPNOTSUPP)
		return -errno;
	while (len && !err) {
		size_t n = len < sizeof(zeros) ? len : sizeof(zeros);

		err = file_write(fd, zeros, n, at);
		at += (off_t)n;
		len -= n;
	}
	return err;
}

/* Whole pages are given back to the host. */
static void memory_zero(uint8_t *data, uint64_t lba, uint64_t n)
{
	uint8_t *at = data + (lba << NVME_LBA_LOG2), *end = at + (n << NVME_LBA_LOG2);
	uint8_t *first = data + ((size_t)(at - data + 4095) & ~(size_t)4095);
	uint8_t *last = data + ((size_t)(end - data) & ~(size_t)4095);

	if (first >= last || madvise(first, last - first, MADV_DONTNEED)) {
		memset(at, 0, end - at);
		return;
	}
	memset(at, 0, first - at);
	memset(last, 0, end - last);
}

int nvme_store_zero(struct nvme_ctrl *c, uint64_t lba, uint64_t n)
{
	if (c->file >= 0)
		return file_zero(c->file, (off_t)(lba << NVME_LBA_LOG2),
				 (size_t)(n << NVME_LBA_LOG2));
	memory_zero(c->data, lba, n);
	return 0;
}

int nvme_store_sync(struct nvme_ctrl *c)
{
	if (c->file < 0)
		return 0;
	while (fdatasync(c->file))
		if (errno != EINTR)
			return -errno;
	return 0;
}
