// SPDX-License-Identifier: LGPL-2.1-or-later
#include "exec/kmsg.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "shared/run.h"

/* A record is never longer (kernel/printk: CONSOLE_EXT_LOG_MAX). */
#define RECORD 8192

void kmsg_open(struct kmsg *k, const char *path)
{
	int fd;

	memset(k, 0, sizeof(*k));
	fd = open(path ? path : "/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return;
	if (lseek(fd, 0, SEEK_END) < 0) {
		close(fd);
		return;
	}
	k->fd = fd;
	k->open = true;
}

void kmsg_close(struct kmsg *k)
{
	if (k->open)
		close(k->fd);
	k->open = false;
}

static const char *short_name(const char *bdf)
{
	const char *bus = strchr(bdf, ':');

	return bus ? bus + 1 : bdf;
}

void kmsg_line(struct kmsg *k, const char *line)
{
	static const char mark[] = "[INTR-REMAP] Request device [";
	const char *at = strstr(line, mark);
	char name[sizeof(k->function[0].name)];
	unsigned int i = 0;
	size_t len;

	if (!at)
		return;
	at += sizeof(mark) - 1;
	len = strcspn(at, "]");
	if (!len || len >= sizeof(name) || at[len] != ']')
		return;
	memcpy(name, at, len);
	name[len] = '\0';
	while (i < k->nr && strcmp(k->function[i].name, name) != 0)
		i++;
	if (i == KMSG_FUNCTIONS)
		return;
	if (i == k->nr) {
		memcpy(k->function[i].name, name, sizeof(name));
		k->nr++;
	}
	if (k->function[i].refused < PB_RUN_UNKNOWN - 1)
		k->function[i].refused++;
}

void kmsg_read(struct kmsg *k)
{
	char record[RECORD + 1];
	ssize_t n;

	while (k->open) {
		n = read(k->fd, record, RECORD);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EPIPE) {
			k->lost = true;
			continue;
		}
		if (n <= 0)
			return;
		record[n] = '\0';
		kmsg_line(k, record);
	}
}

uint32_t kmsg_refused(const struct kmsg *k, const char *bdf)
{
	for (unsigned int i = 0; i < k->nr; i++)
		if (!strcmp(k->function[i].name, short_name(bdf)))
			return k->function[i].refused;
	return k->open && !k->lost && k->nr < KMSG_FUNCTIONS ? 0 : PB_RUN_UNKNOWN;
}
