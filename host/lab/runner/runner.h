/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * runner.h - the order in which boots and branches are started: the part of
 * the lab machine that can be tried with an emulator of any kind.
 */
#ifndef LAB_RUNNER_H
#define LAB_RUNNER_H

#include "host/lab/runner/emulator.h"
#include "machine/machine.h"

struct runner_image {
	const struct pb_kernel *kernel;
	const struct pb_kernel *guest; /* Linux guests that its branches can have; NULL: none */
	const char *path;
	int media; /* descriptor (medium.h), the caller's; 0: none */
};

/*
 * As pb_machine_ops.run(), with the emulator and an image for each distinct
 * kernel image of the jobs, and each guest's kernel image with it.
 */
int runner_run(const struct emulator *e, const struct runner_image *image, size_t nr_images,
	       const struct pb_machine_opts *opts, struct pb_job *jobs, size_t nr,
	       const struct pb_machine_progress *progress);

#endif
