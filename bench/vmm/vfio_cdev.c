// SPDX-License-Identifier: LGPL-2.1-or-later
/* vfio_cdev.c - character device of the function, address space of iommufd. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vmm/sys.h"
#include "vmm/vfio.h"
#include "vmm/vfio_uapi.h"

static int cdev_map(struct vfio *v, struct vmm_line *line)
{
	struct iommu_ioas_map map = {
		.size = sizeof(map),
		.flags = IOMMU_IOAS_MAP_FIXED_IOVA | IOMMU_IOAS_MAP_READABLE |
			 IOMMU_IOAS_MAP_WRITEABLE,
		.ioas_id = v->ioas,
		.user_va = (uint64_t)(uintptr_t)v->mem,
		.length = v->mem_size,
		.iova = 0,
	};
	int r = sys_ioctl(v->iommu, IOMMU_IOAS_MAP, &map);

	if (r < 0)
		return vmm_fail(line, r, "cannot map %llu MiB for DMA: %s%s",
				(unsigned long long)v->mem_size >> 20, strerror(-r),
				r == -ENOMEM ? " (raise RLIMIT_MEMLOCK)" : "");
	v->mapped = true;
	return 0;
}

static int cdev_open(struct vfio *v, struct vmm_line *line)
{
	struct iommu_ioas_alloc alloc = {.size = sizeof(alloc)};
	int r = sys_open_dev("iommu");

	if (r < 0)
		return vmm_fail(line, r, "cannot open /dev/iommu: %s", strerror(-r));
	v->iommu = r;
	r = sys_ioctl(v->iommu, IOMMU_IOAS_ALLOC, &alloc);
	if (r < 0)
		return vmm_fail(line, r, "iommufd gives no address space: %s", strerror(-r));
	v->ioas = alloc.out_ioas_id;
	return cdev_map(v, line);
}

/* VFIO_TOKEN in the order of bytes that is that of its text (RFC 4122, 4.1.2). */
static void token_bytes(uint8_t uuid[16])
{
	const char *p = VFIO_TOKEN;

	for (unsigned int i = 0; i < 16; i++, p += 2) {
		char byte[3] = "";

		p += *p == '-';
		memcpy(byte, p, 2);
		uuid[i] = (uint8_t)strtoul(byte, NULL, 16);
	}
}

/*
 * Linux before 6.17 knows of no token here, and asks for none; it refuses the flag
 * before it does anything.
 */
static int bind_iommufd(struct vfio *v, int fd, bool token)
{
	uint8_t uuid[16];
	struct vfio_device_bind_token bind = {.argsz = sizeof(bind),
					      .flags = token ? VFIO_DEVICE_BIND_FLAG_TOKEN : 0,
					      .iommufd = v->iommu,
					      .token_uuid_ptr = (uint64_t)(uintptr_t)uuid};
	int r;

	token_bytes(uuid);
	r = sys_ioctl(fd, VFIO_DEVICE_BIND_IOMMUFD, &bind);
	if (r != -EINVAL || !token)
		return r;
	bind.flags = 0;
	return sys_ioctl(fd, VFIO_DEVICE_BIND_IOMMUFD, &bind);
}

static int bind(struct vfio *v, int fd, const char *bdf, bool token, struct vmm_line *line)
{
	struct vfio_device_attach_iommufd_pt pt = {.argsz = sizeof(pt), .pt_id = v->ioas};
	int r;

	/* Before the bind, which opens the function: a driver may want its KVM then. */
	r = vfio_tell_kvm(v, fd, line);
	if (r)
		return r;
	r = bind_iommufd(v, fd, token);
	if (r < 0)
		return vmm_fail(line, r, "%s does not bind to iommufd: %s%s", bdf, strerror(-r),
				r == -EBUSY ? " (another program has it)" : "");
	r = sys_ioctl(fd, VFIO_DEVICE_ATTACH_IOMMUFD_PT, &pt);
	if (r < 0)
		return vmm_fail(line, r, "%s does not attach to the address space: %s", bdf,
				strerror(-r));
	return 0;
}

static int cdev_attach(struct vfio *v, const char *bdf, bool token, struct vmm_line *line)
{
	char name[64];
	int fd, r;

	r = vfio_cdev_name(bdf, name, sizeof(name));
	if (r)
		return vmm_fail(line, r, "%s has no VFIO character device", bdf);
	fd = sys_open_dev("vfio/devices/%s", name);
	if (fd < 0)
		return vmm_fail(line, fd, "cannot open /dev/vfio/devices/%s: %s", name,
				strerror(-fd));
	r = bind(v, fd, bdf, token, line);
	if (r) {
		sys_close(&fd);
		return r;
	}
	return fd;
}

static void cdev_close(struct vfio *v)
{
	sys_close(&v->iommu);
	v->mapped = false;
}

const struct vfio_ops vfio_cdev = {
	.name = "cdev",
	.kind = PB_VFIO_CDEV,
	.open = cdev_open,
	.attach = cdev_attach,
	.close = cdev_close,
};
