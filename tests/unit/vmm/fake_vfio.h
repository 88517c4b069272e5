/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fake_vfio.h - the half of fake_kernel.h that is VFIO and iommufd. */
#ifndef TEST_VMM_FAKE_VFIO_H
#define TEST_VMM_FAKE_VFIO_H

/* Regions of the function follow each other in the file that stands for it. */
#define FK_REGION_SIZE 0x100000ull

/* As the kernel's: a result or -errno. */
int fk_vfio_ioctl(unsigned long request, void *arg);

#endif
