// SPDX-License-Identifier: LGPL-2.1-or-later
/* device.c - from a PCI address to what the driver made of it. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <linux/fs.h>
#include <time.h>
#include <unistd.h>

#include "guest/linux/program.h"

#define WAIT_MS 20000 /* for a driver */

/* The first entry of a directory that begins with `prefix` (and does not only look so). */
static bool entry(const char *dir, const char *prefix, char name[DRIVER_NAME])
{
	DIR *d = opendir(dir);
	bool found = false;
	struct dirent *e;

	while (d && !found && (e = readdir(d))) {
		if (e->d_name[0] == '.' || strncmp(e->d_name, prefix, strlen(prefix)) != 0)
			continue;
		found = snprintf(name, DRIVER_NAME, "%s", e->d_name) < DRIVER_NAME;
	}
	if (d)
		closedir(d);
	return found;
}

/* .../nvme/nvme0/nvme0n1 */
static bool find_nvme(const char *pci, struct task *t)
{
	char dir[PATH_MAX], name[DRIVER_NAME], want[DRIVER_NAME + 2];

	snprintf(dir, sizeof(dir), "%s/nvme", pci);
	if (!entry(dir, "nvme", t->driver))
		return false;
	snprintf(dir, sizeof(dir), "%s/nvme/%s", pci, t->driver);
	snprintf(want, sizeof(want), "%sn", t->driver);
	if (!entry(dir, want, name))
		return false;
	snprintf(t->path, sizeof(t->path), "/dev/%.50s", name);
	return !access(t->path, R_OK);
}

/* .../virtio0/net/eth0 */
static bool find_nic(const char *pci, struct task *t)
{
	char dir[PATH_MAX];

	if (!entry(pci, "virtio", t->driver))
		return false;
	snprintf(dir, sizeof(dir), "%s/%s/net", pci, t->driver);
	return entry(dir, "", t->path);
}

static void size_nvme(struct program *p, struct task *t)
{
	int fd = open(t->path, O_RDONLY | O_CLOEXEC);
	uint64_t bytes = 0;

	if (fd < 0 || ioctl(fd, BLKGETSIZE64, &bytes))
		give_up(p, "%s: %s", t->path, strerror(errno));
	close(fd);
	t->blocks = bytes / PB_GUEST_PAGE;
	if (!t->blocks)
		give_up(p, "%s has no block of %u bytes", t->path, PB_GUEST_PAGE);
}

static void up_nic(struct program *p, const struct task *t)
{
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	struct ifreq ifr = {0};

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%.15s", t->path);
	if (fd < 0 || ioctl(fd, SIOCGIFFLAGS, &ifr))
		give_up(p, "%s: %s", t->path, strerror(errno));
	ifr.ifr_flags = (short)(ifr.ifr_flags | IFF_UP);
	if (ioctl(fd, SIOCSIFFLAGS, &ifr))
		give_up(p, "%s does not come up: %s", t->path, strerror(errno));
	close(fd);
}

void device_find(struct program *p, struct task *t)
{
	const struct timespec pause = {0, 1000000};
	bool nvme = t->job->kind == PB_SOURCE_NVME;
	char pci[64];

	snprintf(pci, sizeof(pci), "/sys/bus/pci/devices/0000:00:%02x.%x", t->job->devfn >> 3,
		 t->job->devfn & 7);
	if (access(pci, F_OK))
		give_up(p, "there is no function %s", pci);
	for (int i = 0; nvme ? !find_nvme(pci, t) : !find_nic(pci, t); i++) {
		if (i == WAIT_MS)
			give_up(p, "no driver brought %s up", pci);
		nanosleep(&pause, NULL);
	}
	if (nvme)
		size_nvme(p, t);
	else
		up_nic(p, t);
}
