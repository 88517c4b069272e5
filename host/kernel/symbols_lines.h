/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* symbols_lines.h - addresses to lines of the source, from DWARF's line tables; libdw's work. */
#ifndef PB_KERNEL_SYMBOLS_LINES_H
#define PB_KERNEL_SYMBOLS_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct symbols_lines;

/* NULL: there is no such file, or it has no line tables. */
struct symbols_lines *symbols_lines_open(const char *path);
/* Takes NULL, too. */
void symbols_lines_close(struct symbols_lines *l);
/* "kernel/sched/core.c:123", from the top of the kernel's tree on; false: not known. */
bool symbols_lines_find(struct symbols_lines *l, uint64_t addr, char *buf, size_t size);

#endif
