// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/lab/model/media.h"

#include <errno.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "host/lab/model/pci.h"
#include "shared/control_regs.h"

static uint32_t bar_size(uint32_t size)
{
	uint32_t bar = PCI_BAR_MIN;

	while (bar < size)
		bar *= 2;
	return bar;
}

int media_map(struct media *m, int fd)
{
	struct stat s;
	void *p;

	if (fstat(fd, &s))
		return -errno;
	if (!S_ISREG(s.st_mode) || s.st_size <= 0)
		return -EINVAL;
	if (s.st_size > PB_CONTROL_MEDIA_MAX)
		return -EFBIG;
	m->size = (uint32_t)s.st_size;
	m->bar = bar_size(m->size);
	/* Behind the file's last page there must be memory, too. */
	p = mmap(NULL, m->bar, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
		 -1, 0);
	if (p == MAP_FAILED)
		return -errno;
	/* The CPUs get pointers into it, for stores too: they must not fault. */
	m->data = mmap(p, m->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED | MAP_NORESERVE,
		       fd, 0);
	if (m->data != MAP_FAILED)
		return 0;
	munmap(p, m->bar);
	return -errno;
}
