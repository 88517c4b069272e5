// SPDX-License-Identifier: LGPL-2.1-or-later
#include "vmm/fake_vfio.h"

#include <errno.h>
#include <string.h>

#include "vmm/fake_kernel.h"
#include "vmm/sys.h"
#include "vmm/vfio.h"
#include "vmm/vfio_uapi.h"

static int region_info(struct vfio_region_info *i)
{
	struct {
		struct vfio_region_info_cap_sparse_mmap head;
		struct vfio_region_sparse_mmap_area area[2];
	} cap = {.head = {.header = {.id = VFIO_REGION_INFO_CAP_SPARSE_MMAP, .version = 1},
			  .nr_areas = 2},
		 .area = {{0, fk.sparse}, {0x8000, 0x8000}}};
	uint32_t room = i->argsz;

	i->offset = i->index * FK_REGION_SIZE;
	i->size = i->index == 0 || i->index == 2 ? FAKE_BAR_SIZE : 0;
	i->flags = VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE;
	i->cap_offset = 0;
	if (i->index == VFIO_PCI_CONFIG_REGION_INDEX)
		i->size = 256;
	if (i->index == 0 || (i->index == 2 && fk.sparse))
		i->flags |= VFIO_REGION_INFO_FLAG_MMAP;
	if (i->index == 2 && fk.sparse) {
		i->flags |= VFIO_REGION_INFO_FLAG_CAPS;
		i->argsz = (uint32_t)(sizeof(*i) + sizeof(cap));
		if (room >= i->argsz) {
			i->cap_offset = sizeof(*i);
			memcpy((uint8_t *)i + sizeof(*i), &cap, sizeof(cap));
		}
	}
	return 0;
}

static int set_irqs(const struct vfio_irq_set *s)
{
	/* Posted IRTEs come of: assigned device known, irqfds there, routes set. */
	if (s->count) {
		if (!fk.vfio_told || fk.irqfds < s->count || fk.routes < s->count)
			return -EPIPE;
		if (s->argsz != sizeof(*s) + 4 * s->count || s->index != VFIO_PCI_MSIX_IRQ_INDEX)
			return -EINVAL;
	}
	fk.msix_on = s->count != 0;
	return 0;
}

#define TOKEN " vf_token=" VFIO_TOKEN

/* Whoever opens a virtual function says what who opened the physical one has said. */
static int check_token(const char *name)
{
	if (!strcmp(name, FAKE_PF TOKEN)) {
		fk.tokens = 1;
		return 0;
	}
	if (strcmp(name, FAKE_VF TOKEN) != 0 || !fk.tokens)
		return -EACCES;
	fk.tokens++;
	return 0;
}

static int device_fd(const char *name)
{
	int r = 0;

	/* As the kernel: the group must be in a container, the container have an IOMMU. */
	if (!fk.iommu_set)
		return -ENODEV;
	if (!strncmp(name, FAKE_PF, strlen(FAKE_PF)) || !strncmp(name, FAKE_VF, strlen(FAKE_VF)))
		r = check_token(name);
	else if (strcmp(name, FAKE_BDF) && strcmp(name, FAKE_BDF_2))
		r = -ENODEV;
	return r ? r : sys_open_dev("vfio/7");
}

static int bind_iommufd(const struct vfio_device_bind_token *b)
{
	static const uint8_t token[16] = {0x70, 0x62, 0x65, 0x6e, 0x63, 0x68, 0x4d, 0x50,
					  0x89, 0x46, 0,    0,    0,    0,    0,    1};

	if (b->flags && (fk.no_bind_token || b->argsz < sizeof(*b)))
		return -EINVAL;
	if (b->flags && memcmp((const void *)(uintptr_t)b->token_uuid_ptr, token, 16) != 0)
		return -EACCES;
	fk.tokens += b->flags;
	return 0;
}

int fk_vfio_ioctl(unsigned long request, void *arg)
{
	switch (request) {
	case VFIO_GET_API_VERSION:
		return VFIO_API_VERSION;
	case VFIO_CHECK_EXTENSION:
		return 1;
	case VFIO_SET_IOMMU:
		fk.iommu_set = true;
		return 0;
	case VFIO_GROUP_GET_STATUS:
		((struct vfio_group_status *)arg)->flags =
			fk.group_not_viable ? 0 : VFIO_GROUP_FLAGS_VIABLE;
		return 0;
	case VFIO_IOMMU_MAP_DMA:
		if (!fk.iommu_set)
			return -EINVAL;
		fk.dma_size = ((struct vfio_iommu_type1_dma_map *)arg)->size;
		return 0;
	case IOMMU_IOAS_ALLOC:
		((struct iommu_ioas_alloc *)arg)->out_ioas_id = 42;
		return 0;
	case IOMMU_IOAS_MAP:
		if (((struct iommu_ioas_map *)arg)->ioas_id != 42)
			return -ENOENT;
		fk.dma_size = ((struct iommu_ioas_map *)arg)->length;
		return 0;
	case VFIO_DEVICE_ATTACH_IOMMUFD_PT:
		return ((struct vfio_device_attach_iommufd_pt *)arg)->pt_id == 42 ? 0 : -ENOENT;
	case VFIO_DEVICE_BIND_IOMMUFD:
		return bind_iommufd(arg);
	case VFIO_GROUP_GET_DEVICE_FD:
		return device_fd(arg);
	case VFIO_DEVICE_GET_INFO:
		((struct vfio_device_info *)arg)->flags =
			VFIO_DEVICE_FLAGS_PCI | (fk.no_reset ? 0 : VFIO_DEVICE_FLAGS_RESET);
		return 0;
	case VFIO_DEVICE_GET_REGION_INFO:
		return region_info(arg);
	case VFIO_DEVICE_GET_IRQ_INFO:
		((struct vfio_irq_info *)arg)->count = fk.no_msix ? 0 : FAKE_MSIX;
		((struct vfio_irq_info *)arg)->flags = VFIO_IRQ_INFO_EVENTFD;
		return 0;
	case VFIO_DEVICE_SET_IRQS:
		return set_irqs(arg);
	default:
		return 0;
	}
}
