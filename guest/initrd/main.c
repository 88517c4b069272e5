// SPDX-License-Identifier: LGPL-2.1-or-later
/* main.c - writes the initramfs of a Linux guest: a console, and its one program as /init. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/cpio.h"
#include "util/file.h"

#define PROGRAM_MAX (16u << 20)

static void fill(struct cpio *c, const void *program, size_t size)
{
	cpio_dir(c, "dev", 0755);
	cpio_dir(c, "proc", 0755);
	cpio_dir(c, "sys", 0755);
	cpio_node(c, "dev/console", 0600, 5, 1);
	cpio_file(c, "init", 0755, program, size);
	cpio_end(c);
}

int main(int argc, char **argv)
{
	struct cpio c = {0};
	void *program;
	size_t size;
	int ret;

	if (argc != 3) {
		fputs("usage: mkinitrd PROGRAM INITRD\n", stderr);
		return 2;
	}
	ret = file_read(argv[1], PROGRAM_MAX, &program, &size);
	if (ret) {
		fprintf(stderr, "mkinitrd: %s: %s\n", argv[1], strerror(-ret));
		return 2;
	}
	fill(&c, program, size);
	ret = c.error ? c.error : file_write(argv[2], c.data, c.size);
	if (ret)
		fprintf(stderr, "mkinitrd: %s: %s\n", argv[2], strerror(-ret));
	free(program);
	cpio_release(&c);
	return ret ? 2 : 0;
}
