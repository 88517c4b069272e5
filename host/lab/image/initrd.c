// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/lab/image/image.h"

#include <errno.h>

#include "dmar.hex" /* dmar_aml_code[], made by iasl from dmar.asl */
#include "ecam.hex"
#include "mcfg.hex"

/* Where the kernel looks for tables: drivers/acpi/tables.c, acpi_table_upgrade(). */
static int tables(struct cpio *c)
{
	cpio_dir(c, "kernel", 0755);
	cpio_dir(c, "kernel/firmware", 0755);
	cpio_dir(c, "kernel/firmware/acpi", 0755);
	cpio_file(c, "kernel/firmware/acpi/dmar.aml", 0644, dmar_aml_code, sizeof(dmar_aml_code));
	cpio_file(c, "kernel/firmware/acpi/ecam.aml", 0644, ecam_aml_code, sizeof(ecam_aml_code));
	cpio_file(c, "kernel/firmware/acpi/mcfg.aml", 0644, mcfg_aml_code, sizeof(mcfg_aml_code));
	return cpio_end(c);
}

static int root(struct cpio *c, const void *executor, size_t executor_size, const void *busybox,
		size_t busybox_size)
{
	cpio_dir(c, "dev", 0755);
	cpio_dir(c, "proc", 0755);
	cpio_dir(c, "sys", 0755);
	cpio_dir(c, "tmp", 01777);
	cpio_dir(c, "bin", 0755);
	/* init's standard input and output, before /dev is mounted */
	cpio_node(c, "dev/console", 0600, 5, 1);
	cpio_node(c, "dev/null", 0666, 1, 3);
	if (busybox)
		cpio_file(c, "bin/busybox", 0755, busybox, busybox_size);
	cpio_file(c, "init", 0755, executor, executor_size);
	return cpio_end(c);
}

int image_initrd(struct cpio *c, const void *executor, size_t executor_size, const void *busybox,
		 size_t busybox_size)
{
	int ret = tables(c);

	return ret ? ret : root(c, executor, executor_size, busybox, busybox_size);
}
