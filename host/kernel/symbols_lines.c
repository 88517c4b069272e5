// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/kernel/symbols_lines.h"

#include <elfutils/libdw.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct symbols_lines {
	int fd;
	Dwarf *dwarf;
};

struct symbols_lines *symbols_lines_open(const char *path)
{
	struct symbols_lines *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (l->fd >= 0)
		l->dwarf = dwarf_begin(l->fd, DWARF_C_READ);
	if (l->dwarf)
		return l;
	symbols_lines_close(l);
	return NULL;
}

void symbols_lines_close(struct symbols_lines *l)
{
	if (!l)
		return;
	if (l->dwarf)
		dwarf_end(l->dwarf);
	if (l->fd >= 0)
		close(l->fd);
	free(l);
}

/* The directories at the top of a kernel's tree: what is in front of them is the builder's. */
static const char *from_top(const char *path)
{
	static const char *const tops[] = {
		"arch/", "block/", "crypto/",   "drivers/",  "fs/",    "include/",
		"init/", "ipc/",   "io_uring/", "kernel/",   "lib/",   "mm/",
		"net/",  "rust/",  "virt/",     "security/", "sound/", "certs/",
	};
	const char *best = NULL;

	for (size_t i = 0; i < sizeof(tops) / sizeof(tops[0]); i++) {
		const char *at = strstr(path, tops[i]);

		while (at && at != path && at[-1] != '/')
			at = strstr(at + 1, tops[i]);
		/* arch/x86/include/asm/x.h is of arch. */
		if (at && (!best || at < best))
			best = at;
	}
	return best ? best : path;
}

/* The line of an address in one table: rows go from their address to the next one's. */
static Dwarf_Line *find_in(Dwarf_Lines *lines, size_t nr, uint64_t addr)
{
	for (size_t i = 0; i + 1 < nr; i++) {
		Dwarf_Line *row = dwarf_onesrcline(lines, i);
		Dwarf_Addr from, to;
		bool end;

		if (row && !dwarf_lineendsequence(row, &end) && !end &&
		    !dwarf_lineaddr(row, &from) &&
		    !dwarf_lineaddr(dwarf_onesrcline(lines, i + 1), &to) && addr >= from &&
		    addr < to)
			return row;
	}
	return NULL;
}

bool symbols_lines_find(struct symbols_lines *l, uint64_t addr, char *buf, size_t size)
{
	Dwarf_Off off = 0, next;
	Dwarf_CU *cu;
	Dwarf_Lines *lines;
	size_t nr;

	for (; dwarf_next_lines(l->dwarf, off, &next, &cu, NULL, NULL, &lines, &nr) == 0;
	     off = next) {
		Dwarf_Line *row = find_in(lines, nr, addr);
		const char *path = row ? dwarf_linesrc(row, NULL, NULL) : NULL;
		int line, n;

		if (!path || dwarf_lineno(row, &line))
			continue;
		n = snprintf(buf, size, "%s:%d", from_top(path), line);
		if (n > 0 && (size_t)n < size)
			return true;
	}
	buf[0] = '\0';
	return false;
}
