// SPDX-License-Identifier: LGPL-2.1-or-later
/* The machine `lab`: emulator, images and runner put together. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "host/lab/image/image.h"
#include "host/lab/runner/emulator.h"
#include "host/lab/runner/guest_medium.h"
#include "host/lab/runner/runner.h"
#include "machine/machine.h"
#include "util/project.h"
#include "util/subprocess.h"

_Static_assert(EMULATOR_ERR >= IMAGE_ERR, "one buffer for both");
_Static_assert(EMULATOR_ERR >= MEDIUM_ERR, "and for this");

/* Found by prepare(): run() need not look again. */
static struct emulator prepared;
static bool is_prepared;

struct images {
	struct runner_image *image;
	char (*path)[1024];
	size_t nr;
};

static void images_release(struct images *im)
{
	for (size_t i = 0; im->image && i < im->nr; i++)
		if (im->image[i].media)
			close(im->image[i].media);
	free(im->image);
	free(im->path);
}

static bool same_guest(const struct pb_kernel *a, const struct pb_kernel *b)
{
	return a && b ? !strcmp(a->image, b->image) : a == b;
}

static bool images_have(const struct images *im, const struct pb_kernel *k,
			const struct pb_kernel *guest)
{
	size_t i;

	for (i = 0; i < im->nr; i++)
		if (!strcmp(im->image[i].kernel->image, k->image) &&
		    same_guest(im->image[i].guest, guest))
			return true;
	return false;
}

static int images_get(struct images *im, const struct pb_machine_opts *opts, struct pb_job *jobs,
		      size_t nr, char *err)
{
	size_t i;

	im->image = calloc(nr, sizeof(*im->image));
	im->path = calloc(nr, sizeof(*im->path));
	if (!im->image || !im->path) {
		snprintf(err, IMAGE_ERR, "out of memory");
		return -ENOMEM;
	}
	for (i = 0; i < nr; i++) {
		const struct pb_kernel *k = jobs[i].kernel;
		int ret;

		if (images_have(im, k, jobs[i].guest))
			continue;
		ret = image_get(k->image, IMAGE_RUN, NULL, opts->stop, im->path[im->nr],
				sizeof(im->path[0]), err);
		if (ret)
			return ret;
		if (jobs[i].guest) {
			ret = guest_medium(jobs[i].guest->image, err);
			if (ret < 0)
				return ret;
			im->image[im->nr].media = ret;
		}
		im->image[im->nr].kernel = k;
		im->image[im->nr].guest = jobs[i].guest;
		im->image[im->nr].path = im->path[im->nr];
		im->nr++;
	}
	return 0;
}

static int lab_run(const struct pb_machine_opts *opts, struct pb_job *jobs, size_t nr,
		   const struct pb_machine_progress *progress)
{
	struct images im = {0};
	char err[EMULATOR_ERR] = "";
	int ret;

	if (!nr)
		return 0;
	ret = is_prepared ? 0 : emulator_get(&prepared, opts->stop, NULL, NULL, err);
	is_prepared = !ret;
	if (!ret)
		ret = images_get(&im, opts, jobs, nr, err);
	if (!ret)
		ret = runner_run(&prepared, im.image, im.nr, opts, jobs, nr, progress);
	if (ret && !jobs[0].error[0])
		snprintf(jobs[0].error, sizeof(jobs[0].error), "%.255s", err);
	images_release(&im);
	return ret;
}

static int lab_prepare(const struct pb_machine_opts *opts,
		       void (*line)(void *arg, const char *line), void *arg, char *reason,
		       size_t size)
{
	char err[EMULATOR_ERR];
	int ret = emulator_get(&prepared, opts->stop, line, arg, err);

	is_prepared = !ret;
	if (ret)
		snprintf(reason, size, "%s", err);
	return ret;
}

static int lab_probe(char *reason, size_t size)
{
	static const struct {
		const char *program, *package;
	} need[] = {{"xorriso", "xorriso"}};
	char root[512];
	size_t i;
	int fd;

	if (project_root(root, sizeof(root))) {
		snprintf(reason, size,
			 "the project's files are not found: set PIRBENCH_ROOT to its directory");
		return -ENOENT;
	}
	for (i = 0; i < sizeof(need) / sizeof(need[0]); i++)
		if (!subprocess_exists(need[i].program)) {
			snprintf(reason, size, "%s is missing: install package %s (make deps)",
				 need[i].program, need[i].package);
			return -ENOPKG;
		}
	fd = memfd_create("pirlab-probe", MFD_CLOEXEC);
	if (fd < 0) {
		int err = -errno;

		snprintf(reason, size, "no files in memory (memfd_create): %s", strerror(-err));
		return err;
	}
	close(fd);
	return 0;
}

const struct pb_machine_ops machine_lab = {
	.name = "lab",
	.summary = "an emulated Intel server that boots unmodified kernels; deterministic",
	.has_truth = true,
	.probe = lab_probe,
	.prepare = lab_prepare,
	.run = lab_run,
};
