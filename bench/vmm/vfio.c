// SPDX-License-Identifier: LGPL-2.1-or-later
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "vmm/sys.h"
#include "vmm/vfio.h"
#include "vmm/vfio_uapi.h"

/* dddd:bb:dd.f: it becomes part of paths, so nothing else passes. */
static bool is_bdf(const char *bdf)
{
	static const char form[] = "xxxx:xx:xx.7";

	for (size_t i = 0; i < sizeof(form); i++) {
		bool ok;

		if (form[i] == 'x')
			ok = bdf[i] && strchr("0123456789abcdef", bdf[i]);
		else if (form[i] == '7')
			ok = bdf[i] >= '0' && bdf[i] <= '7';
		else
			ok = bdf[i] == form[i];
		if (!ok)
			return false;
	}
	return true;
}

static int device_path(char *path, size_t size, const char *bdf, const char *rest)
{
	int n = snprintf(path, size, "%s/bus/pci/devices/%s%s", vmm_sys.sysfs, bdf, rest);

	return n < 0 || (size_t)n >= size ? -ENAMETOOLONG : 0;
}

/* Whole or not at all. */
static int copy_name(char *to, size_t size, const char *from)
{
	size_t len = strlen(from);

	if (len >= size)
		return -ENAMETOOLONG;
	memcpy(to, from, len + 1);
	return 0;
}

int vfio_link(const char *bdf, const char *link, char *name, size_t size)
{
	char path[PATH_MAX], rest[64], target[PATH_MAX];
	const char *base;
	ssize_t n;

	snprintf(rest, sizeof(rest), "/%s", link);
	if (device_path(path, sizeof(path), bdf, rest))
		return -ENAMETOOLONG;
	n = readlink(path, target, sizeof(target) - 1);
	if (n < 0)
		return -errno;
	target[n] = '\0';
	base = strrchr(target, '/');
	base = base ? base + 1 : target;
	return copy_name(name, size, base);
}

int vfio_cdev_name(const char *bdf, char *name, size_t size)
{
	char path[PATH_MAX];
	struct dirent *e;
	int r = -ENOENT;
	DIR *dir;

	if (device_path(path, sizeof(path), bdf, "/vfio-dev"))
		return -ENAMETOOLONG;
	dir = opendir(path);
	if (!dir)
		return -errno;
	while (r && (e = readdir(dir)))
		if (!strncmp(e->d_name, "vfio", 4))
			r = copy_name(name, size, e->d_name);
	closedir(dir);
	return r;
}

int vfio_check_bdf(const char *bdf, struct vmm_line *line)
{
	char path[PATH_MAX], driver[64] = "no driver";

	if (!is_bdf(bdf))
		return vmm_fail(line, -EINVAL,
				"'%.40s' is not a PCI address, must be like 0000:00:10.0", bdf);
	if (device_path(path, sizeof(path), bdf, "") || access(path, F_OK))
		return vmm_fail(line, -ENODEV, "there is no PCI function %s", bdf);
	if (vfio_link(bdf, "driver", driver, sizeof(driver)) || !strstr(driver, "vfio"))
		return vmm_fail(line, -EPERM,
				"%s is bound to %s, must be bound to vfio-pci (driver_override)",
				bdf, driver);
	return 0;
}

/* The character device appears with CONFIG_VFIO_DEVICE_CDEV only; vfio-dev alone does not tell. */
static bool cdev_offered(const char *bdf)
{
	char name[64], path[PATH_MAX];

	if (vfio_cdev_name(bdf, name, sizeof(name)))
		return false;
	snprintf(path, sizeof(path), "%s/vfio/devices/%s", vmm_sys.dev, name);
	if (access(path, F_OK))
		return false;
	snprintf(path, sizeof(path), "%s/iommu", vmm_sys.dev);
	return !access(path, F_OK);
}

static bool group_offered(const char *bdf)
{
	char id[32], path[PATH_MAX];

	if (vfio_link(bdf, "iommu_group", id, sizeof(id)))
		return false;
	snprintf(path, sizeof(path), "%s/vfio/%s", vmm_sys.dev, id);
	return !access(path, F_OK);
}

int vfio_choose(struct vfio *v, enum pb_vfio_kind kind, const char *bdf, struct vmm_line *line)
{
	int r = vfio_check_bdf(bdf, line);

	if (r)
		return r;
	if (kind == PB_VFIO_AUTO)
		kind = cdev_offered(bdf) ? PB_VFIO_CDEV : PB_VFIO_GROUP;
	if (kind == PB_VFIO_CDEV && !cdev_offered(bdf))
		return vmm_fail(line, -ENOENT,
				"no /dev/iommu or no /dev/vfio/devices/ entry for %s: VFIO "
				"cdev needs CONFIG_IOMMUFD and CONFIG_VFIO_DEVICE_CDEV (Linux 6.6)",
				bdf);
	if (kind == PB_VFIO_GROUP && !group_offered(bdf))
		return vmm_fail(line, -ENOENT,
				"no /dev/vfio/ entry for the group of %s: is the IOMMU on "
				"(intel_iommu=on), and is CONFIG_VFIO_GROUP set?",
				bdf);
	v->ops = kind == PB_VFIO_CDEV ? &vfio_cdev : &vfio_group;
	v->iommu = -1;
	v->mapped = false;
	for (unsigned int i = 0; i < VFIO_GROUPS; i++)
		v->group[i] = v->group_id[i] = -1;
	for (unsigned int i = 0; i < PB_MAX_SOURCES; i++)
		v->pf[i] = -1;
	return 0;
}

static int pf_hold(struct vfio *v, const char *pf, struct vmm_line *line)
{
	unsigned int i = 0;

	for (; i < PB_MAX_SOURCES && v->pf[i] >= 0; i++)
		if (!strcmp(v->pf_bdf[i], pf))
			return 0;
	if (i == PB_MAX_SOURCES)
		return vmm_fail(line, -ENOSPC, "virtual functions of more than %d devices",
				PB_MAX_SOURCES);
	if (!is_bdf(pf))
		return vmm_fail(line, -EPROTO, "'%.40s' is no physical function's address", pf);
	snprintf(v->pf_bdf[i], sizeof(v->pf_bdf[i]), "%s", pf);
	v->pf[i] = v->ops->attach(v, pf, true, line);
	return v->pf[i] < 0 ? v->pf[i] : 0;
}

int vfio_attach(struct vfio *v, const char *bdf, struct vmm_line *line)
{
	char pf[16], driver[64];
	bool token = !vfio_link(bdf, "physfn", pf, sizeof(pf)) &&
		     !vfio_link(pf, "driver", driver, sizeof(driver)) && strstr(driver, "vfio");
	int r = token ? pf_hold(v, pf, line) : 0;

	return r ?: v->ops->attach(v, bdf, token, line);
}

void vfio_close(struct vfio *v)
{
	for (unsigned int i = 0; i < PB_MAX_SOURCES; i++)
		sys_close(&v->pf[i]);
	v->ops->close(v);
}

int vfio_tell_kvm(const struct vfio *v, int fd, struct vmm_line *line)
{
	int32_t arg = fd;
	struct kvm_device_attr attr = {
		.group = KVM_DEV_VFIO_FILE,
		.attr = KVM_DEV_VFIO_FILE_ADD,
		.addr = (uint64_t)(uintptr_t)&arg,
	};
	int r = sys_ioctl(v->kvm_vfio, KVM_SET_DEVICE_ATTR, &attr);

	if (r < 0)
		return vmm_fail(line, r, "KVM does not take the VFIO file: %s", strerror(-r));
	return 0;
}
