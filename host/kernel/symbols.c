// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/kernel/symbols.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/kernel/symbols_lines.h"
#include "util/file.h"

#define MAP_MAX        (64u << 20)
#define LINE_MAX_BYTES 640 /* a kernel's symbols have at most 511: KSYM_NAME_LEN */

struct symbol {
	uint64_t addr;
	const char *name; /* in map */
};

struct symbols {
	char *map; /* the file, its lines terminated */
	struct symbol *symbol; /* by address; one for each */
	size_t nr;
	struct symbols_lines *lines; /* NULL: none */
};

/* Code, local or global, weak or not (nm(1)); not what only pads in front of a function. */
static bool is_text(char type, const char *name)
{
	return strchr("tTwW", type) && strncmp(name, "__pfx_", 6) != 0;
}

/* "ffffffff81000000 T _text"; false: the line is no such thing. */
static bool parse_line(char *line, struct symbol *to, bool *text)
{
	char *end;

	if (strlen(line) > LINE_MAX_BYTES || strspn(line, "0123456789abcdef") != 16)
		return false;
	to->addr = strtoull(line, &end, 16);
	if (end[0] != ' ' || !end[1] || end[2] != ' ' || !end[3])
		return false;
	to->name = end + 3;
	for (const char *p = to->name; *p; p++)
		if (*p <= ' ' || *p > '~')
			return false;
	*text = is_text(end[1], to->name);
	return true;
}

static int parse(struct symbols *s, size_t size)
{
	char *line, *rest = s->map;
	size_t max = 0;

	for (size_t i = 0; i < size; i++)
		max += s->map[i] == '\n';
	s->symbol = calloc(max + 1, sizeof(*s->symbol));
	if (!s->symbol)
		return -ENOMEM;
	while (s->nr < max && (line = strsep(&rest, "\n")) && *line) {
		bool text;

		if (!parse_line(line, &s->symbol[s->nr], &text))
			return -EINVAL;
		s->nr += text;
	}
	return s->nr ? 0 : -EINVAL;
}

static size_t underscores(const char *name)
{
	return strspn(name, "_");
}

/* Of several names of one address the one that looks least like an internal one comes first. */
static int by_address(const void *a, const void *b)
{
	const struct symbol *x = a, *y = b;

	if (x->addr != y->addr)
		return x->addr < y->addr ? -1 : 1;
	if (underscores(x->name) != underscores(y->name))
		return underscores(x->name) < underscores(y->name) ? -1 : 1;
	return strcmp(x->name, y->name);
}

static void sort(struct symbols *s)
{
	size_t to = 0;

	qsort(s->symbol, s->nr, sizeof(*s->symbol), by_address);
	for (size_t i = 0; i < s->nr; i++)
		if (!i || s->symbol[i].addr != s->symbol[to - 1].addr)
			s->symbol[to++] = s->symbol[i];
	s->nr = to;
}

/* The path of a file beside the image. */
static int beside(const char *image, const char *name, char *path, size_t size)
{
	const char *slash = strrchr(image, '/');
	int dir = slash ? (int)(slash - image) + 1 : 0;

	return (size_t)snprintf(path, size, "%.*s%s", dir, image, name) < size ? 0 : -ENAMETOOLONG;
}

int symbols_open(const char *image, struct symbols **out)
{
	struct symbols *s = calloc(1, sizeof(*s));
	char path[1024];
	size_t size = 0;
	void *map = NULL;
	int ret = s ? beside(image, "System.map", path, sizeof(path)) : -ENOMEM;

	if (!ret)
		ret = file_read(path, MAP_MAX, &map, &size);
	if (!ret) {
		s->map = realloc(map, size + 1);
		if (s->map)
			s->map[size] = '\0';
		else
			free(map);
		ret = s->map ? parse(s, size) : -ENOMEM;
	}
	if (ret) {
		symbols_close(s);
		return ret;
	}
	sort(s);
	if (!beside(image, "vmlinux.lines", path, sizeof(path)))
		s->lines = symbols_lines_open(path);
	*out = s;
	return 0;
}

void symbols_close(struct symbols *s)
{
	if (!s)
		return;
	symbols_lines_close(s->lines);
	free(s->symbol);
	free(s->map);
	free(s);
}

/* The newest symbol at or before it; where the last one ends nobody says. */
static const struct symbol *find(const struct symbols *s, uint64_t addr)
{
	size_t low = 0, high = s->nr - 1;

	if (addr < s->symbol[0].addr || addr >= s->symbol[high].addr)
		return NULL;
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (s->symbol[middle].addr <= addr)
			low = middle;
		else
			high = middle;
	}
	return &s->symbol[low];
}

bool symbols_place(const struct symbols *s, uint64_t addr, char *buf, size_t size)
{
	const struct symbol *symbol = find(s, addr);
	int n;

	buf[0] = '\0';
	if (!symbol)
		return false;
	n = snprintf(buf, size, "%s+0x%" PRIx64, symbol->name, addr - symbol->addr);
	if (n > 0 && (size_t)n < size)
		return true;
	buf[0] = '\0';
	return false;
}

bool symbols_line(struct symbols *s, uint64_t addr, char *buf, size_t size)
{
	buf[0] = '\0';
	return s->lines && find(s, addr) && symbols_lines_find(s->lines, addr, buf, size);
}
