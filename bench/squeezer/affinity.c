// SPDX-License-Identifier: LGPL-2.1-or-later
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "squeezer/affinity.h"

static int put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), error = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		error = -errno;
	close(fd);
	return error;
}

static int get(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), error = 0;
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = read(fd, text, size - 1);
	if (n < 0)
		error = -errno;
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	return error;
}

/* The lowest of the directory's names, which are interrupt numbers. */
static long first_irq(const char *sysfs, const char *bdf)
{
	char path[PATH_MAX];
	struct dirent *e;
	long first = -ENOENT;
	DIR *d;

	snprintf(path, sizeof(path), "%s/bus/pci/devices/%s/msi_irqs", sysfs, bdf);
	d = opendir(path);
	while (d && (e = readdir(d))) {
		char *rest;
		long irq = strtol(e->d_name, &rest, 10);

		if (rest != e->d_name && !*rest && irq >= 0 && (first < 0 || irq < first))
			first = irq;
	}
	if (d)
		closedir(d);
	return first;
}

int affinity_set(struct affinity *a, const char *sysfs, const char *proc, const char *bdf,
		 uint32_t cpu)
{
	long irq = first_irq(sysfs, bdf);
	char text[16];
	int ret;

	memset(a, 0, sizeof(*a));
	if (irq < 0)
		return (int)irq;
	if ((size_t)snprintf(a->path, sizeof(a->path), "%s/irq/%ld/smp_affinity_list", proc, irq) >=
	    sizeof(a->path))
		ret = -ENAMETOOLONG;
	else
		ret = get(a->path, a->before, sizeof(a->before));
	if (!ret) {
		snprintf(text, sizeof(text), "%u", cpu);
		ret = put(a->path, text);
	}
	if (ret)
		a->path[0] = '\0';
	return ret;
}

void affinity_restore(struct affinity *a)
{
	if (a->path[0])
		put(a->path, a->before);
	a->path[0] = '\0';
}
