// SPDX-License-Identifier: LGPL-2.1-or-later
/* vfio_group.c - container and group, IOMMU of type 1. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vmm/sys.h"
#include "vmm/vfio.h"
#include "vmm/vfio_uapi.h"

static int group_open_container(struct vfio *v, struct vmm_line *line)
{
	int r = sys_open_dev("vfio/vfio");

	if (r < 0)
		return vmm_fail(line, r, "cannot open /dev/vfio/vfio: %s", strerror(-r));
	v->iommu = r;
	r = sys_ioctl(v->iommu, VFIO_GET_API_VERSION, NULL);
	if (r != VFIO_API_VERSION)
		return vmm_fail(line, -EPROTO, "VFIO speaks version %d, must be %d", r,
				VFIO_API_VERSION);
	r = sys_ioctl(v->iommu, VFIO_CHECK_EXTENSION, (void *)(uintptr_t)VFIO_TYPE1v2_IOMMU);
	if (r <= 0)
		return vmm_fail(line, -ENOTSUP,
				"VFIO has no type 1 IOMMU: CONFIG_VFIO_IOMMU_TYPE1 is missing");
	return 0;
}

static int map_memory(struct vfio *v, struct vmm_line *line)
{
	struct vfio_iommu_type1_dma_map map = {
		.argsz = sizeof(map),
		.flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE,
		.vaddr = (uint64_t)(uintptr_t)v->mem,
		.iova = 0,
		.size = v->mem_size,
	};
	int r = sys_ioctl(v->iommu, VFIO_IOMMU_MAP_DMA, &map);

	if (r < 0)
		return vmm_fail(line, r, "cannot map %llu MiB for DMA: %s%s",
				(unsigned long long)v->mem_size >> 20, strerror(-r),
				r == -ENOMEM ? " (raise RLIMIT_MEMLOCK)" : "");
	v->mapped = true;
	return 0;
}

static int check_viable(int fd, int id, struct vmm_line *line)
{
	struct vfio_group_status st = {.argsz = sizeof(st)};
	int r = sys_ioctl(fd, VFIO_GROUP_GET_STATUS, &st);

	if (r < 0)
		return vmm_fail(line, r, "IOMMU group %d has no status: %s", id, strerror(-r));
	if (!(st.flags & VFIO_GROUP_FLAGS_VIABLE))
		return vmm_fail(line, -EBUSY,
				"IOMMU group %d is not viable: bind all its functions to vfio-pci",
				id);
	return 0;
}

/* Put an open group into the container; the first one brings the IOMMU and the memory. */
static int join(struct vfio *v, int fd, int id, struct vmm_line *line)
{
	int r = check_viable(fd, id, line);

	if (r)
		return r;
	r = sys_ioctl(fd, VFIO_GROUP_SET_CONTAINER, &v->iommu);
	if (r < 0)
		return vmm_fail(line, r, "IOMMU group %d does not join the container: %s", id,
				strerror(-r));
	if (!v->mapped) {
		r = sys_ioctl(v->iommu, VFIO_SET_IOMMU, (void *)(uintptr_t)VFIO_TYPE1v2_IOMMU);
		if (r < 0)
			return vmm_fail(line, r, "the container takes no IOMMU: %s%s", strerror(-r),
					r == -EPERM ? " (no interrupt remapping?)" : "");
		r = map_memory(v, line);
		if (r)
			return r;
	}
	return vfio_tell_kvm(v, fd, line);
}

/* A group is opened once, whatever number of its functions is used. */
static int group_of(struct vfio *v, const char *bdf, struct vmm_line *line)
{
	char name[32], *end;
	int slot, id, fd, r;

	r = vfio_link(bdf, "iommu_group", name, sizeof(name));
	if (r)
		return vmm_fail(line, r, "%s is in no IOMMU group: is the IOMMU on?", bdf);
	id = (int)strtol(name, &end, 10);
	if (*end || end == name || id < 0)
		return vmm_fail(line, -EPROTO, "IOMMU group '%s' of %s is no number", name, bdf);
	for (slot = 0; slot < VFIO_GROUPS && v->group[slot] >= 0; slot++)
		if (v->group_id[slot] == id)
			return v->group[slot];
	if (slot == VFIO_GROUPS)
		return vmm_fail(line, -ENOSPC, "more than %d IOMMU groups", VFIO_GROUPS);
	fd = sys_open_dev("vfio/%d", id);
	if (fd < 0)
		return vmm_fail(line, fd, "cannot open /dev/vfio/%d: %s%s", id, strerror(-fd),
				fd == -EBUSY ? " (another program has it)" : "");
	r = join(v, fd, id, line);
	if (r) {
		sys_close(&fd);
		return r;
	}
	v->group[slot] = fd;
	v->group_id[slot] = id;
	return fd;
}

static int group_attach(struct vfio *v, const char *bdf, bool token, struct vmm_line *line)
{
	int group = group_of(v, bdf, line), fd;
	char name[80];

	if (group < 0)
		return group;
	snprintf(name, sizeof(name), "%s%s", bdf, token ? " vf_token=" VFIO_TOKEN : "");
	/* After KVM knows the group: a driver may want its KVM when it opens the function. */
	fd = sys_ioctl(group, VFIO_GROUP_GET_DEVICE_FD, name);
	if (fd < 0)
		return vmm_fail(line, fd, "VFIO does not give %s: %s", bdf, strerror(-fd));
	return fd;
}

static void group_close(struct vfio *v)
{
	for (int i = 0; i < VFIO_GROUPS; i++)
		sys_close(&v->group[i]);
	sys_close(&v->iommu);
	v->mapped = false;
}

const struct vfio_ops vfio_group = {
	.name = "group",
	.kind = PB_VFIO_GROUP,
	.open = group_open_container,
	.attach = group_attach,
	.close = group_close,
};
