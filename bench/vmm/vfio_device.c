// SPDX-License-Identifier: LGPL-2.1-or-later
/* vfio_device.c - one function, whichever way it was got. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vmm/sys.h"
#include "vmm/vfio.h"
#include "vmm/vfio_uapi.h"

/* PCI Local Bus 3.0, 6.2.2. */
#define PCI_COMMAND        4
#define PCI_COMMAND_MEMORY 2
#define PCI_COMMAND_MASTER 4
#define PCI_CAPABILITIES   0x34
#define PCI_CAP_MSIX       0x11
#define PCI_MSIX_PBA       8 /* BAR in bits 2:0, offset above */

#define REGION_MAX (1ull << 36) /* of a BAR that is mapped: sanity, not a limit of PCI */

/* Region information with its capabilities: malloc()ed, or NULL. */
static struct vfio_region_info *region_get(int fd, uint32_t index)
{
	size_t size = sizeof(struct vfio_region_info);
	struct vfio_region_info *info = NULL, *bigger;

	/* The kernel says in argsz how much it wants to say; the second time it fits. */
	for (int i = 0; i < 3; i++) {
		bigger = realloc(info, size);
		if (!bigger)
			break;
		info = bigger;
		memset(info, 0, size);
		info->argsz = (uint32_t)size;
		info->index = index;
		if (sys_ioctl(fd, VFIO_DEVICE_GET_REGION_INFO, info) < 0)
			break;
		if (info->argsz <= size)
			return info;
		size = info->argsz;
	}
	free(info);
	return NULL;
}

/* The sparse mmap capability of a region, complete within it; or NULL. */
static const struct vfio_region_info_cap_sparse_mmap *sparse_of(const struct vfio_region_info *info)
{
	const struct vfio_region_info_cap_sparse_mmap *cap;
	uint32_t at = info->flags & VFIO_REGION_INFO_FLAG_CAPS ? info->cap_offset : 0;

	/* Each capability is at least a header; a chain that is longer is a loop. */
	for (uint32_t n = 0; at && n < info->argsz / sizeof(cap->header); n++) {
		if (at % 8 || at < sizeof(*info) || at > info->argsz - sizeof(cap->header))
			return NULL;
		cap = (const void *)((const uint8_t *)info + at);
		if (cap->header.id == VFIO_REGION_INFO_CAP_SPARSE_MMAP)
			return at + sizeof(*cap) <= info->argsz &&
					       cap->nr_areas <= (info->argsz - at - sizeof(*cap)) /
									sizeof(cap->areas[0])
				       ? cap
				       : NULL;
		at = cap->header.next;
	}
	return NULL;
}

/* How much of a BAR can be mapped from its start on. */
static uint64_t mappable(const struct vfio_region_info *info)
{
	const struct vfio_region_info_cap_sparse_mmap *sparse = sparse_of(info);

	if (!(info->flags & VFIO_REGION_INFO_FLAG_MMAP))
		return 0;
	if (!sparse)
		return info->size;
	for (uint32_t i = 0; i < sparse->nr_areas; i++)
		if (sparse->areas[i].offset == 0 && sparse->areas[i].size <= info->size)
			return sparse->areas[i].size;
	return 0;
}

static void map_bar(struct vfio_device *d, uint32_t i)
{
	struct vfio_region_info *info = region_get(d->fd, i);
	uint64_t size;
	void *p;

	if (!info)
		return;
	size = info->size && info->size <= REGION_MAX ? mappable(info) : 0;
	if (size) {
		p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, d->fd,
			 (off_t)info->offset);
		if (p != MAP_FAILED) {
			d->bar[i] = p;
			d->bar_size[i] = size;
		}
	}
	free(info);
}

int vfio_device_region(const struct vfio_device *d, unsigned int index, uint64_t *offset,
		       uint64_t *size)
{
	struct vfio_region_info *info = region_get(d->fd, index);

	if (!info)
		return -EIO;
	*offset = info->offset;
	*size = info->size;
	free(info);
	return 0;
}

static int config_find(struct vfio_device *d, struct vmm_line *line)
{
	struct vfio_region_info *info = region_get(d->fd, VFIO_PCI_CONFIG_REGION_INDEX);

	if (info) {
		d->config = info->offset;
		d->config_size = info->size;
		free(info);
	}
	if (d->config_size < 64)
		return vmm_fail(line, -EPROTO, "the function has no configuration space");
	return 0;
}

static int command_set(struct vfio_device *d, uint16_t set, uint16_t clear)
{
	off_t at = (off_t)(d->config + PCI_COMMAND);
	uint16_t cmd;

	if (pread(d->fd, &cmd, sizeof(cmd), at) != sizeof(cmd))
		return -EIO;
	cmd = (uint16_t)((cmd & ~clear) | set);
	if (pwrite(d->fd, &cmd, sizeof(cmd), at) != sizeof(cmd) ||
	    pread(d->fd, &cmd, sizeof(cmd), at) != sizeof(cmd))
		return -EIO;
	return (cmd & set) == set ? 0 : -EIO;
}

static int device_reset(struct vfio_device *d, struct vmm_line *line)
{
	struct vfio_device_info info = {.argsz = sizeof(info)};
	int r = sys_ioctl(d->fd, VFIO_DEVICE_GET_INFO, &info);

	if (r < 0)
		return vmm_fail(line, r, "the function does not say what it is: %s", strerror(-r));
	if (!(info.flags & VFIO_DEVICE_FLAGS_PCI))
		return vmm_fail(line, -ENODEV, "the function is no PCI function");
	if (info.flags & VFIO_DEVICE_FLAGS_RESET) {
		r = sys_ioctl(d->fd, VFIO_DEVICE_RESET, NULL);
		if (r < 0)
			return vmm_fail(line, r, "the function cannot be reset: %s", strerror(-r));
	}
	return 0;
}

static int msix_find(struct vfio_device *d, struct vmm_line *line)
{
	struct vfio_irq_info info = {.argsz = sizeof(info), .index = VFIO_PCI_MSIX_IRQ_INDEX};
	int r = sys_ioctl(d->fd, VFIO_DEVICE_GET_IRQ_INFO, &info);

	if (r < 0 || !info.count || !(info.flags & VFIO_IRQ_INFO_EVENTFD))
		return vmm_fail(line, r < 0 ? r : -ENODEV, "the function has no MSI-X");
	d->msix = info.count;
	return 0;
}

int vfio_device_open(struct vfio_device *d, int fd, struct vmm_line *line)
{
	int r;

	memset(d, 0, sizeof(*d));
	d->fd = fd;
	r = device_reset(d, line);
	r = r ?: config_find(d, line);
	r = r ?: msix_find(d, line);
	if (!r && command_set(d, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER, 0))
		r = vmm_fail(line, -EIO, "memory decoding and bus mastering cannot be enabled");
	if (r) {
		vfio_device_close(d);
		return r;
	}
	for (uint32_t i = 0; i < VFIO_BARS; i++)
		map_bar(d, i);
	return 0;
}

int vfio_device_msix(struct vfio_device *d, const int *eventfd, unsigned int nr,
		     struct vmm_line *line)
{
	struct {
		struct vfio_irq_set set;
		int32_t fd[PB_MAX_VECTORS];
	} irq = {.set = {.flags = VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER,
			 .index = VFIO_PCI_MSIX_IRQ_INDEX,
			 .count = nr}};
	int r;

	if (nr > d->msix || nr > PB_MAX_VECTORS)
		return vmm_fail(line, -ENOSPC,
				"the function has %u MSI-X vectors, the plan needs %u", d->msix,
				nr);
	irq.set.argsz = (uint32_t)(sizeof(irq.set) + nr * sizeof(irq.fd[0]));
	for (unsigned int i = 0; i < nr; i++)
		irq.fd[i] = eventfd[i];
	r = sys_ioctl(d->fd, VFIO_DEVICE_SET_IRQS, &irq);
	if (r < 0)
		return vmm_fail(line, r, "MSI-X cannot be enabled with %u vectors: %s", nr,
				strerror(-r));
	return 0;
}

/* PCI Express 6.0, 7.5.1.1.11. */
unsigned int vfio_device_cap(const struct vfio_device *d, uint8_t id)
{
	uint8_t at, cap[2];

	if (pread(d->fd, &at, 1, (off_t)(d->config + PCI_CAPABILITIES)) != 1)
		return 0;
	/* Each is at least 4 bytes behind the header; a chain that is longer is a loop. */
	for (int i = 0; i < (256 - 64) / 4 && at >= 64; i++) {
		if (pread(d->fd, cap, 2, (off_t)(d->config + (at & ~3u))) != 2)
			return 0;
		if (cap[0] == id)
			return at & ~3u;
		at = cap[1];
	}
	return 0;
}

int vfio_device_reset(struct vfio_device *d)
{
	int r = sys_ioctl(d->fd, VFIO_DEVICE_RESET, NULL);

	return r < 0 ? r : 0;
}

int vfio_device_pending(struct vfio_device *d, unsigned int first, unsigned int nr,
			uint64_t *pending)
{
	unsigned int cap = vfio_device_cap(d, PCI_CAP_MSIX);
	struct vfio_region_info *bar;
	uint32_t where, pba[2] = {0, 0};
	uint64_t all = 0;
	int ret = -EIO;

	*pending = 0;
	if (!cap || first + nr > 64 ||
	    pread(d->fd, &where, sizeof(where), (off_t)(d->config + cap + PCI_MSIX_PBA)) !=
		    sizeof(where))
		return -EIO;
	bar = region_get(d->fd, where & 7);
	where &= ~7u;
	if (bar && bar->size >= sizeof(pba) && where <= bar->size - sizeof(pba) &&
	    pread(d->fd, &pba[0], 4, (off_t)(bar->offset + where)) == 4 &&
	    pread(d->fd, &pba[1], 4, (off_t)(bar->offset + where + 4)) == 4) {
		all = pba[0] | (uint64_t)pba[1] << 32;
		*pending = all >> first & (nr < 64 ? (1ull << nr) - 1 : UINT64_MAX);
		ret = 0;
	}
	free(bar);
	return ret;
}

void vfio_device_msix_off(struct vfio_device *d)
{
	struct vfio_irq_set set = {
		.argsz = sizeof(set),
		.flags = VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_TRIGGER,
		.index = VFIO_PCI_MSIX_IRQ_INDEX,
	};

	sys_ioctl(d->fd, VFIO_DEVICE_SET_IRQS, &set);
}

void vfio_device_close(struct vfio_device *d)
{
	if (d->fd < 0)
		return;
	for (unsigned int i = 0; i < VFIO_BARS; i++)
		if (d->bar[i])
			munmap(d->bar[i], d->bar_size[i]);
	/* No DMA into memory that is about to be freed, no message to a vCPU that goes. */
	if (d->config_size)
		command_set(d, 0, PCI_COMMAND_MASTER);
	vfio_device_msix_off(d);
	sys_close(&d->fd);
	memset(d, 0, sizeof(*d));
	d->fd = -1;
}
