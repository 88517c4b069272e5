/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * vfio_uapi.h - the few numbers and structures of the kernel's interface that
 * the oldest supported kernel headers (6.1) lack: VFIO character devices and
 * iommufd (both Linux 6.6).
 */
#ifndef PB_VMM_VFIO_UAPI_H
#define PB_VMM_VFIO_UAPI_H

#include <linux/kvm.h>
#include <linux/vfio.h>
#include <stdint.h>
#include <sys/ioctl.h>

/* KVM-VFIO device: any VFIO file; the attribute that was the group's (1, 1). */
#ifndef KVM_DEV_VFIO_FILE
#define KVM_DEV_VFIO_FILE     1
#define KVM_DEV_VFIO_FILE_ADD 1
#endif

#ifndef VFIO_DEVICE_BIND_IOMMUFD
struct vfio_device_bind_iommufd {
	uint32_t argsz;
	uint32_t flags; /* 0 */
	int32_t iommufd;
	uint32_t out_devid;
};
#define VFIO_DEVICE_BIND_IOMMUFD _IO(VFIO_TYPE, VFIO_BASE + 18)
#endif

/* The same with a token, Linux 6.17. */
struct vfio_device_bind_token {
	uint32_t argsz;
	uint32_t flags; /* VFIO_DEVICE_BIND_FLAG_TOKEN */
	int32_t iommufd;
	uint32_t out_devid;
	uint64_t token_uuid_ptr; /* to 16 bytes */
};
#ifndef VFIO_DEVICE_BIND_FLAG_TOKEN
#define VFIO_DEVICE_BIND_FLAG_TOKEN (1u << 0)
#endif

#ifndef VFIO_DEVICE_ATTACH_IOMMUFD_PT
struct vfio_device_attach_iommufd_pt {
	uint32_t argsz;
	uint32_t flags; /* 0 */
	uint32_t pt_id; /* in: an IOAS; out: the page table in use */
};
#define VFIO_DEVICE_ATTACH_IOMMUFD_PT _IO(VFIO_TYPE, VFIO_BASE + 19)
#endif

#if defined(__has_include) && __has_include(<linux/iommufd.h>)
#include <linux/iommufd.h>
#else
struct iommu_ioas_alloc {
	uint32_t size;
	uint32_t flags; /* 0 */
	uint32_t out_ioas_id;
};
struct iommu_ioas_map {
	uint32_t size;
	uint32_t flags;
	uint32_t ioas_id;
	uint32_t __reserved;
	uint64_t user_va;
	uint64_t length;
	uint64_t iova;
};
#define IOMMU_IOAS_MAP_FIXED_IOVA (1u << 0)
#define IOMMU_IOAS_MAP_WRITEABLE  (1u << 1)
#define IOMMU_IOAS_MAP_READABLE   (1u << 2)
#define IOMMU_IOAS_ALLOC          _IO(';', 0x81)
#define IOMMU_IOAS_MAP            _IO(';', 0x85)
#endif

#endif
