// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "util/cpio.h"

#define HEADER     110
#define TRAILER    "TRAILER!!!"
#define TARGET_MAX 4095

/* The numbers of a header, in their order. */
enum {
	F_INO,
	F_MODE,
	F_UID,
	F_GID,
	F_LINKS,
	F_MTIME,
	F_SIZE,
	F_MAJOR,
	F_MINOR,
	F_RMAJOR,
	F_RMINOR,
	F_NAMESIZE,
	F_CHECK,
	FIELDS
};

static void __attribute__((format(printf, 4, 5)))
say(const struct cpio_reader *r, char *err, size_t errlen, const char *fmt, ...)
{
	int n = snprintf(err, errlen, "archive: offset %zu: ", r->offset);
	va_list ap;

	va_start(ap, fmt);
	if (n >= 0 && (size_t)n < errlen)
		vsnprintf(err + n, errlen - (size_t)n, fmt, ap);
	va_end(ap);
}

/* The line, and the error as a value that analyzers see. */
#define bad(...) (say(__VA_ARGS__), -EBADMSG)

static int hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool header_numbers(const uint8_t *p, uint32_t *field)
{
	if (memcmp(p, "070701", 6) != 0)
		return false;
	for (unsigned int i = 0; i < FIELDS; i++) {
		field[i] = 0;
		for (unsigned int k = 0; k < 8; k++) {
			int digit = hex_digit(p[6 + 8 * i + k]);

			if (digit < 0)
				return false;
			field[i] = field[i] << 4 | (uint32_t)digit;
		}
	}
	return true;
}

/* To the next multiple of 4, if the archive goes so far. */
static size_t aligned(const struct cpio_reader *r, size_t offset)
{
	size_t to = (offset + 3) & ~(size_t)3;

	return to < r->size ? to : r->size;
}

/* The name, at r->offset + HEADER: ends with its first zero byte, at the announced length. */
static const char *item_name(const struct cpio_reader *r, uint32_t size)
{
	const char *name = (const char *)r->data + r->offset + HEADER;

	if (!size || size > CPIO_NAME_MAX + 1 || size > r->size - r->offset - HEADER)
		return NULL;
	return strnlen(name, size) == size - 1 ? name : NULL;
}

static int item_check(const struct cpio_reader *r, const struct cpio_item *item,
		      const uint32_t *field, char *err, size_t errlen)
{
	if (!cpio_name_ok(item->name))
		return bad(r, err, errlen, "a name that is not relative and plain");
	if (!S_ISREG(item->mode) && !S_ISDIR(item->mode) && !S_ISLNK(item->mode))
		return bad(r, err, errlen,
			   "mode %o: directories, plain files and links are read, nothing else",
			   item->mode);
	if (S_ISDIR(item->mode) && item->size)
		return bad(r, err, errlen, "a directory of %zu bytes, must have none", item->size);
	if (S_ISREG(item->mode) && field[F_LINKS] > 1)
		return bad(r, err, errlen, "a hard link");
	if (S_ISLNK(item->mode) &&
	    (!item->size || item->size > TARGET_MAX || memchr(item->data, 0, item->size)))
		return bad(r, err, errlen, "a link whose target is none");
	return 1;
}

int cpio_next(struct cpio_reader *r, struct cpio_item *item, char *err, size_t errlen)
{
	uint32_t field[FIELDS];
	size_t data;
	int ret;

	if (r->offset > r->size || r->size - r->offset < HEADER)
		return bad(r, err, errlen, "it ends without a trailer");
	if (!header_numbers(r->data + r->offset, field))
		return bad(r, err, errlen, "not a header of the \"newc\" form");
	item->name = item_name(r, field[F_NAMESIZE]);
	if (!item->name)
		return bad(r, err, errlen, "a name of %u bytes, cut off or too long",
			   field[F_NAMESIZE]);
	data = aligned(r, r->offset + HEADER + field[F_NAMESIZE]);
	if (field[F_SIZE] > r->size - data)
		return bad(r, err, errlen, "%u bytes announced, %zu left", field[F_SIZE],
			   r->size - data);
	if (!strcmp(item->name, TRAILER)) {
		r->offset = data;
		return 0;
	}
	item->mode = field[F_MODE];
	item->data = r->data + data;
	item->size = field[F_SIZE];
	ret = item_check(r, item, field, err, errlen);
	if (ret > 0)
		r->offset = aligned(r, data + item->size);
	return ret;
}

/* ---- unpacking ---------------------------------------------------------------- */

/* The directory that the item is in, without following a link on the way. */
static int parent_open(int dir, const char *name)
{
	const struct open_how how = {
		.flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS,
	};
	const char *slash = strrchr(name, '/');
	char path[CPIO_NAME_MAX + 1];
	long fd;

	snprintf(path, sizeof(path), "%.*s", slash ? (int)(slash - name) : 1, slash ? name : ".");
	fd = syscall(SYS_openat2, dir, path, &how, sizeof(how));
	return fd < 0 ? -errno : (int)fd;
}

static int file_make(int parent, const char *leaf, const struct cpio_item *item)
{
	int fd = openat(parent, leaf, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
			item->mode & 0777);
	int ret = fd < 0 ? -errno : 0;

	for (size_t done = 0; !ret && done < item->size;) {
		ssize_t n = write(fd, item->data + done, item->size - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			ret = n ? -errno : -EIO;
		else
			done += (size_t)n;
	}
	if (fd >= 0 && close(fd) && !ret)
		ret = -errno;
	return ret;
}

static int link_make(int parent, const char *leaf, const struct cpio_item *item)
{
	char target[TARGET_MAX + 1];

	memcpy(target, item->data, item->size);
	target[item->size] = 0;
	return symlinkat(target, parent, leaf) ? -errno : 0;
}

static int item_make(int dir, const struct cpio_item *item)
{
	const char *slash = strrchr(item->name, '/');
	const char *leaf = slash ? slash + 1 : item->name;
	int parent = parent_open(dir, item->name), ret;

	if (parent < 0)
		return parent;
	if (S_ISDIR(item->mode))
		ret = mkdirat(parent, leaf, item->mode & 01777) ? -errno : 0;
	else if (S_ISREG(item->mode))
		ret = file_make(parent, leaf, item);
	else
		ret = link_make(parent, leaf, item);
	close(parent);
	return ret;
}

static int archive_make(struct cpio_reader *r, int dir, char *err, size_t errlen)
{
	struct cpio_item item;
	int ret;

	while ((ret = cpio_next(r, &item, err, errlen)) > 0) {
		ret = item_make(dir, &item);
		if (!ret)
			continue;
		snprintf(err, errlen, "archive: %s: %s", item.name, strerror(-ret));
		break;
	}
	return ret;
}

int cpio_unpack(const void *data, size_t size, int dir, char *err, size_t errlen)
{
	struct cpio_reader r = {.data = data, .size = size};
	int ret;

	do {
		ret = archive_make(&r, dir, err, errlen);
		while (r.offset < r.size && !r.data[r.offset])
			r.offset++;
	} while (!ret && r.offset < r.size);
	return ret;
}
