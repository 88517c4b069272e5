// SPDX-License-Identifier: LGPL-2.1-or-later
/* area.c - finds the VMM's function by its id and maps BAR 0 of it. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guest/linux/program.h"

#define DEVICES "/sys/bus/pci/devices"

static unsigned long number(const char *bdf, const char *name)
{
	char path[PATH_MAX], text[32] = "";
	FILE *f;

	snprintf(path, sizeof(path), DEVICES "/%s/%s", bdf, name);
	f = fopen(path, "r");
	if (!f)
		return 0;
	if (!fgets(text, sizeof(text), f))
		text[0] = '\0';
	fclose(f);
	return strtoul(text, NULL, 0);
}

static bool find(char *path, size_t size)
{
	DIR *dir = opendir(DEVICES);
	bool found = false;
	struct dirent *e;

	while (dir && !found && (e = readdir(dir))) {
		if (e->d_name[0] == '.' || number(e->d_name, "vendor") != PB_GUEST_VENDOR ||
		    number(e->d_name, "device") != PB_GUEST_DEVICE)
			continue;
		found = (size_t)snprintf(path, size, DEVICES "/%s", e->d_name) < size;
	}
	if (dir)
		closedir(dir);
	return found;
}

/* A driver would do this; there is none. */
static void enable(const char *dir)
{
	char path[PATH_MAX + 16];
	int fd;

	snprintf(path, sizeof(path), "%s/enable", dir);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	/* Memory decoding is on already where this fails. */
	if (write(fd, "1", 1) != 1)
		errno = 0;
	close(fd);
}

static void check(struct program *p, size_t size)
{
	const struct pb_guest_job *j = &p->area->job;

	if (j->magic != PB_GUEST_MAGIC || j->version != PB_GUEST_VERSION)
		give_up(p, "the job is of another version");
	if (!j->tasks || j->tasks > PB_MAX_SOURCES || !j->workers ||
	    j->workers > PB_GUEST_MAX_WORKERS)
		give_up(p, "the job has %u tasks and %u workers", j->tasks, j->workers);
	if (j->ring_offset + j->workers * j->ring_stride > size)
		give_up(p, "the rings are not in the area");
}

void area_map(struct program *p)
{
	char dir[PATH_MAX - 16], path[PATH_MAX];
	struct stat st;
	void *map;
	int fd;

	if (!find(dir, sizeof(dir)))
		give_up(p, "there is no function %04x:%04x", PB_GUEST_VENDOR, PB_GUEST_DEVICE);
	enable(dir);
	snprintf(path, sizeof(path), "%s/resource0", dir);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st))
		give_up(p, "%s: %s", path, strerror(errno));
	map = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (map == MAP_FAILED)
		give_up(p, "mapping %s: %s", path, strerror(errno));
	p->area = map;
	check(p, (size_t)st.st_size);
}
