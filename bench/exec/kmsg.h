/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * kmsg.h - what the kernel's log says of interrupt messages that the IOMMU
 * refused, while a run lasted (drivers/iommu/intel/dmar.c): on any machine, and
 * without the lab's truth.  Not every machine lets us read its log, and the
 * kernel limits how often it says the same: so it is a least number.
 */
#ifndef PB_EXEC_KMSG_H
#define PB_EXEC_KMSG_H

#include <stdbool.h>
#include <stdint.h>

#define KMSG_FUNCTIONS 16

struct kmsg {
	bool open;
	int fd;
	bool lost; /* lines were overwritten before they were read */
	unsigned int nr;
	struct {
		char name[8]; /* "00:12.0" */
		uint32_t refused;
	} function[KMSG_FUNCTIONS];
};

/* From now on. `path` NULL: /dev/kmsg. A log that cannot be read is none. */
void kmsg_open(struct kmsg *k, const char *path);
/* Legal on a zeroed one, and twice. */
void kmsg_close(struct kmsg *k);
/* Take all there is so far. Does not wait. */
void kmsg_read(struct kmsg *k);
/*
 * Messages of the function at this PCI address ("0000:00:12.0") that were refused,
 * or PB_RUN_UNKNOWN.
 */
uint32_t kmsg_refused(const struct kmsg *k, const char *bdf);
/* One line of the log, in whatever form. */
void kmsg_line(struct kmsg *k, const char *line);

#endif
