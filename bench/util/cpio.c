// SPDX-License-Identifier: LGPL-2.1-or-later
#include "util/cpio.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define HEADER  110 /* "070701" and 13 numbers of 8 hex digits */
#define TRAILER "TRAILER!!!"

struct entry {
	uint32_t mode, links, major, minor;
};

static int cpio_put(struct cpio *c, const void *data, size_t size)
{
	if (c->error)
		return c->error;
	if (size > c->capacity - c->size) {
		size_t want = (c->size + size) * 2 + 4096;
		uint8_t *p = realloc(c->data, want);

		if (!p)
			return c->error = -ENOMEM;
		c->data = p;
		c->capacity = want;
	}
	if (size)
		memcpy(c->data + c->size, data, size);
	c->size += size;
	return 0;
}

static int cpio_pad(struct cpio *c, size_t to)
{
	static const uint8_t zero[512];

	return cpio_put(c, zero, (to - c->size % to) % to);
}

bool cpio_name_ok(const char *name)
{
	const char *p = name;

	if (!*name || strlen(name) > CPIO_NAME_MAX)
		return false;
	while (*p) {
		size_t n = strcspn(p, "/");

		if (!n || (n == 1 && p[0] == '.') || (n == 2 && p[0] == '.' && p[1] == '.'))
			return false;
		p += n;
		if (*p == '/' && !*++p)
			return false;
	}
	return true;
}

static int cpio_entry(struct cpio *c, const char *name, const struct entry *e, const void *data,
		      size_t size)
{
	uint32_t name_size = (uint32_t)strlen(name) + 1;
	char head[HEADER + 1];

	if (c->error)
		return c->error;
	if (size > UINT32_MAX)
		return c->error = -EFBIG;
	snprintf(head, sizeof(head), "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x",
		 c->inode++, e->mode, 0u, 0u, e->links, 0u, (uint32_t)size, 0u, 0u, e->major,
		 e->minor, name_size, 0u);
	cpio_put(c, head, HEADER);
	cpio_put(c, name, name_size);
	cpio_pad(c, 4);
	cpio_put(c, data, size);
	return cpio_pad(c, 4);
}

static int cpio_named(struct cpio *c, const char *name, const struct entry *e, const void *data,
		      size_t size)
{
	if (!c->error && !cpio_name_ok(name))
		c->error = -EINVAL;
	if (!c->inode)
		c->inode = 1;
	return cpio_entry(c, name, e, data, size);
}

int cpio_dir(struct cpio *c, const char *name, unsigned int mode)
{
	struct entry e = {.mode = S_IFDIR | (mode & 07777), .links = 2};

	return cpio_named(c, name, &e, NULL, 0);
}

int cpio_file(struct cpio *c, const char *name, unsigned int mode, const void *data, size_t size)
{
	struct entry e = {.mode = S_IFREG | (mode & 07777), .links = 1};

	return cpio_named(c, name, &e, data, size);
}

int cpio_node(struct cpio *c, const char *name, unsigned int mode, unsigned int major,
	      unsigned int minor)
{
	struct entry e = {
		.mode = S_IFCHR | (mode & 07777),
		.links = 1,
		.major = major,
		.minor = minor,
	};

	return cpio_named(c, name, &e, NULL, 0);
}

int cpio_link(struct cpio *c, const char *name, const char *target)
{
	struct entry e = {.mode = S_IFLNK | 0777, .links = 1};

	return cpio_named(c, name, &e, target, strlen(target));
}

int cpio_end(struct cpio *c)
{
	struct entry e = {.links = 1};

	c->inode = 0;
	cpio_entry(c, TRAILER, &e, NULL, 0);
	return cpio_pad(c, 512);
}

void cpio_release(struct cpio *c)
{
	free(c->data);
	memset(c, 0, sizeof(*c));
}
