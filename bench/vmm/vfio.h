/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * vfio.h - PCI functions through VFIO (Documentation/driver-api/vfio.rst).  How
 * a function is got comes in two kinds, one file each: group (container and
 * group, the type 1 IOMMU) and cdev (character device and iommufd).  What is
 * done with it then (vfio_device.c) is the same.
 *
 * Binding a function to vfio-pci is not done here.
 */
#ifndef PB_VMM_VFIO_H
#define PB_VMM_VFIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/plan.h"
#include "vmm/fail.h"

struct vfio_ops;

/* The guest's functions, and physical ones that are held for virtual ones. */
#define VFIO_GROUPS (PB_MAX_FUNCTIONS + PB_MAX_SOURCES)

/*
 * Who opens a physical function of vfio-pci sets this UUID; only who knows it may open
 * its virtual ones (vfio_pci_core.c, vfio_pci_validate_vf_token()).  It keeps nobody
 * out: whoever may open these files may set one.
 */
#define VFIO_TOKEN "7062656e-6368-4d50-8946-000000000001"

/* One per guest: the IOMMU address space that its functions share. */
struct vfio {
	const struct vfio_ops *ops;
	int kvm_vfio; /* KVM device of type VFIO; the caller's */
	void *mem; /* guest memory, mapped at IOVA 0 with its whole size */
	uint64_t mem_size;
	int iommu; /* container or iommufd */
	uint32_t ioas; /* cdev */
	bool mapped;
	int group[VFIO_GROUPS]; /* group: open groups, -1: none */
	int group_id[VFIO_GROUPS];
	int pf[PB_MAX_SOURCES]; /* physical functions held for their virtual ones, -1: none */
	char pf_bdf[PB_MAX_SOURCES][16];
};

struct vfio_ops {
	const char *name;
	enum pb_vfio_kind kind;
	/* Open the container or iommufd. 0 or -errno and a line. */
	int (*open)(struct vfio *v, struct vmm_line *line);
	/*
	 * Put the function into the address space, tell KVM of it, open it, with VFIO_TOKEN
	 * where that is asked for.  Its descriptor, or -errno and a line.
	 */
	int (*attach)(struct vfio *v, const char *bdf, bool token, struct vmm_line *line);
	/* Legal after a failed open, and twice. Functions are closed before. */
	void (*close)(struct vfio *v);
};
extern const struct vfio_ops vfio_group;
extern const struct vfio_ops vfio_cdev;

/*
 * Set up `v` (without opening anything yet).  AUTO takes cdev when /dev/iommu
 * and the character device of `bdf` exist, else group.  0 or -errno and a line:
 * -EINVAL: bdf is not a PCI address (0000:00:10.0); -ENODEV: there is no such
 * function; -EPERM: it is not bound to a vfio driver; -ENOENT: that kind is not
 * offered by this kernel.
 */
int vfio_choose(struct vfio *v, enum pb_vfio_kind kind, const char *bdf, struct vmm_line *line);

/*
 * ops->attach(), for any function: a virtual one of a physical one that is vfio-pci's
 * has that opened first, and held, so that nobody else can reset it.
 */
int vfio_attach(struct vfio *v, const char *bdf, struct vmm_line *line);

/* ops->close(), and let go of what vfio_attach() holds. Functions are closed before. */
void vfio_close(struct vfio *v);

/* As vfio_choose() checks it; for each function. */
int vfio_check_bdf(const char *bdf, struct vmm_line *line);

/* Target's base name of a link below /sys/bus/pci/devices/<bdf>. 0 or -errno. */
int vfio_link(const char *bdf, const char *link, char *name, size_t size);

/* Name ("vfio0") of the function's character device. 0 or -errno. */
int vfio_cdev_name(const char *bdf, char *name, size_t size);

/* Hand a VFIO file (group or device) to KVM: it holds the guest's memory type and posting. */
int vfio_tell_kvm(const struct vfio *v, int fd, struct vmm_line *line);

/* A function that was opened. */
#define VFIO_BARS 6
struct vfio_device {
	int fd;
	uint64_t config; /* offset of its configuration space in fd */
	uint64_t config_size;
	unsigned int msix; /* vectors that it has */
	void *bar[VFIO_BARS]; /* NULL: there is none, or it cannot be mapped */
	size_t bar_size[VFIO_BARS]; /* bytes mapped from the BAR's start; 0: none */
};

/*
 * Take over `fd` (closed on failure too), reset the function if it can be,
 * learn its regions, map its BARs, switch on memory decoding and bus mastering.
 * A BAR, or the rest of one, that cannot be mapped (the MSI-X table's page on
 * kernels before 4.16) is left out.  0 or -errno and a line.
 */
int vfio_device_open(struct vfio_device *d, int fd, struct vmm_line *line);

/*
 * Let MSI-X vector i signal eventfd[i], for `nr` vectors at once.  The irqfds
 * exist already, so that irqbypass finds each pair here and programs the
 * IRTEs posted.  0 or -errno and a line; -ENOSPC: the function has fewer.
 */
int vfio_device_msix(struct vfio_device *d, const int *eventfd, unsigned int nr,
		     struct vmm_line *line);

/*
 * Function level reset (VFIO_DEVICE_RESET). The kernel takes BAR mappings away while
 * it lasts, and gives configuration space and MSI-X back what they had. 0 or -errno.
 */
int vfio_device_reset(struct vfio_device *d);

/*
 * Which of `nr` vectors from `first` on have their pending bit set (PCI Express
 * 6.0, 7.7.2): a message that waits behind a mask. Bit 0 is that of `first`. 0, or
 * -errno: the function does not say; *pending is 0 then.
 */
int vfio_device_pending(struct vfio_device *d, unsigned int first, unsigned int nr,
			uint64_t *pending);

/* The capability with this id, its offset, or 0. */
unsigned int vfio_device_cap(const struct vfio_device *d, uint8_t id);

/* No message any more; the function does not give one. */
void vfio_device_msix_off(struct vfio_device *d);

/* Where a region (VFIO_PCI_BAR0_REGION_INDEX...) is in d->fd; size 0: there is none. 0 or -EIO. */
int vfio_device_region(const struct vfio_device *d, unsigned int index, uint64_t *offset,
		       uint64_t *size);

/* Bus mastering and MSI-X off, unmap, close. Legal on a zeroed one with fd -1, and twice. */
void vfio_device_close(struct vfio_device *d);

#endif
