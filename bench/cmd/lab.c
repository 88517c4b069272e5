// SPDX-License-Identifier: LGPL-2.1-or-later
/* pirbench lab shell, build, image, root. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/campaign_opts.h"
#include "cmd/cmd.h"
#include "cmd/lab.h"
#include "cmd/progress.h"
#include "host/kernel/kernel.h"
#include "host/lab/image/image.h"
#include "host/lab/root/root.h"
#include "host/lab/runner/disk.h"
#include "host/lab/runner/emulator.h"
#include "host/lab/runner/medium.h"
#include "host/lab/runner/shell.h"

struct lab_args {
	const char *kernel;
	const char *append;
	const char *disk;
	bool quiet, shell, root;
};

enum { OPT_SHELL = OPT_OWN, OPT_ROOT, OPT_DISK };

static bool set(const struct cmd *c, void *opts, int key, const char *arg)
{
	struct lab_args *a = opts;

	(void)c;
	if (key == 'k')
		a->kernel = arg;
	else if (key == 'a')
		a->append = arg;
	else if (key == 'q')
		a->quiet = true;
	else if (key == OPT_SHELL)
		a->shell = true;
	else if (key == OPT_ROOT)
		a->root = true;
	else if (key == OPT_DISK)
		a->disk = arg;
	return true;
}

/* Options only. 0, or -1 with *status. */
static int parse(const struct cmd *c, int argc, char **argv, struct lab_args *a, int *status)
{
	int i = cmd_parse(c, argc, argv, set, a, status);

	if (i >= 0 && i < argc) {
		*status = cmd_usage(c, "%s: it takes options only", argv[i]);
		return -1;
	}
	return i < 0 ? -1 : 0;
}

int lab_emulator(struct emulator *e, bool quiet)
{
	char err[EMULATOR_ERR];
	struct progress p;
	int ret;

	progress_init(&p, quiet);
	progress_phase(&p, 0, 0, "emulator (the first time: two minutes)");
	ret = emulator_get(e, &cmd_stop, progress_emulator, &p, err);
	progress_done(&p);
	if (ret && cmd_stop)
		return cmd_stopped();
	if (ret)
		cmd_error("%s", err);
	return ret ? CMD_ERROR : 0;
}

static void on_phase(void *arg, const char *text, double fraction)
{
	progress_at(arg, fraction, text);
}

int lab_image(const char *kernel, enum image_kind kind, const char *append, bool quiet, char *path,
	      size_t size)
{
	char err[KERNEL_ERR_SIZE > IMAGE_ERR ? KERNEL_ERR_SIZE : IMAGE_ERR];
	struct progress p;
	struct kernel_opts opts = {.stop = &cmd_stop, .progress = {on_phase, &p}};
	struct pb_kernel k;
	int ret;

	progress_init(&p, quiet);
	progress_phase(&p, 0, 0, "kernel %s", kernel);
	ret = kernel_get(kernel, &opts, &k, err, sizeof(err));
	progress_done(&p);
	if (!ret)
		ret = image_get(k.image, kind, append, &cmd_stop, path, size, err);
	if (ret && cmd_stop)
		return cmd_stopped();
	if (ret)
		cmd_error("kernel %s: %s", kernel, err);
	return ret ? CMD_ERROR : 0;
}

/* ---- root image --------------------------------------------------------------- */

/* Its path; it is made when it is not there. */
int lab_root(bool quiet, char *path, size_t size)
{
	char err[ROOT_ERR];
	struct progress p;
	int ret;

	progress_init(&p, quiet);
	progress_phase(&p, 0, 0, "root image (the first time: half a minute)");
	ret = root_get(true, &cmd_stop, progress_line, &p, path, size, err);
	progress_done(&p);
	if (ret && cmd_stop)
		return cmd_stopped();
	if (ret)
		cmd_error("%s", err);
	return ret ? CMD_ERROR : 0;
}

/* The medium with the root image; 0 in *fd when there shall be none. */
static int medium(const struct lab_args *a, int *fd)
{
	char path[1024], err[MEDIUM_ERR];
	int ret;

	*fd = 0;
	if (!a->root)
		return 0;
	ret = lab_root(a->quiet, path, sizeof(path));
	if (ret)
		return ret;
	*fd = medium_open(path, err);
	if (*fd > 0)
		return 0;
	cmd_error("%s", err);
	return CMD_ERROR;
}

/* The file that is a namespace; 0 in *fd when there shall be none. */
static int disk(const struct lab_args *a, int *fd)
{
	char err[DISK_ERR];

	*fd = a->disk ? disk_open(a->disk, err) : 0;
	if (*fd >= 0)
		return 0;
	cmd_error("%s", err);
	*fd = 0;
	return CMD_ERROR;
}

static int run_root(const struct cmd *c, int argc, char **argv)
{
	struct lab_args a = {0};
	char path[1024];
	int ret;

	if (parse(c, argc, argv, &a, &ret))
		return ret;
	cmd_catch_signals();
	ret = lab_root(a.quiet, path, sizeof(path));
	if (!ret)
		printf("%s\n", path);
	return ret;
}

static const struct cmd_option root_options[] = {
	{'q', "quiet", NULL, "nothing on stderr but errors"},
	{0},
};

const struct cmd cmd_lab_root = {
	.name = "lab root",
	.usage = "",
	.summary = "make the image with fio, DPDK, nvme, lspci and ethtool, or find it in the\n"
		   "cache; print where it is",
	.text = "From Debian packages (configs/root), without being root.",
	.examples = "pirbench lab root",
	.options = root_options,
	.run = run_root,
};

/* ---- shell -------------------------------------------------------------------- */

static int run_shell(const struct cmd *c, int argc, char **argv)
{
	struct lab_args a = {.kernel = "linux-6.1"};
	char path[1024], err[EMULATOR_ERR];
	struct emulator e;
	int ret, media = 0, file = 0;

	if (parse(c, argc, argv, &a, &ret))
		return ret;
	cmd_catch_signals();
	ret = lab_emulator(&e, a.quiet);
	if (!ret)
		ret = medium(&a, &media);
	if (!ret)
		ret = lab_image(a.kernel, IMAGE_SHELL, a.append, a.quiet, path, sizeof(path));
	if (!ret)
		ret = disk(&a, &file);
	if (ret)
		return ret;
	if (!a.quiet && isatty(STDIN_FILENO))
		fprintf(stderr, "booting %s; poweroff -f or Ctrl-] ends it\n", a.kernel);
	ret = shell_run(&e, path, media, file, STDIN_FILENO, STDOUT_FILENO, &cmd_stop, err);
	if (media)
		close(media);
	if (file)
		close(file);
	if (ret == -EINTR && cmd_stop)
		return cmd_stopped();
	if (ret)
		cmd_error("%s", err);
	return ret ? CMD_ERROR : 0;
}

static const struct cmd_option shell_options[] = {
	{'k', "kernel", "KERNEL", "kernel to boot (default linux-6.1)"},
	{'a', "append", "WORDS", "put behind its command line"},
	{OPT_ROOT, "root", NULL, "with fio, DPDK, nvme, lspci and ethtool"},
	{OPT_DISK, "disk", "FILE", "the first NVMe namespace; made when there is none"},
	{'q', "quiet", NULL, "nothing on stderr but errors"},
	{0},
};

const struct cmd cmd_lab_shell = {
	.name = "lab shell",
	.usage = "[--kernel KERNEL] [--root] [--disk FILE] [--append WORDS]",
	.summary = "a shell inside the lab, on its serial line",
	.text = "poweroff -f or Ctrl-] ends it. Without a terminal, commands are read from stdin.",
	.examples = "pirbench lab shell --kernel linux-6.1-unfixed\n"
		    "echo 'dmesg | grep -i dmar; poweroff -f' | pirbench lab shell",
	.options = shell_options,
	.run = run_shell,
};

/* ---- build ---------------------------------------------------------------------- */

static int run_build(const struct cmd *c, int argc, char **argv)
{
	struct lab_args a = {0};
	struct emulator e;
	int ret;

	if (parse(c, argc, argv, &a, &ret))
		return ret;
	cmd_catch_signals();
	ret = lab_emulator(&e, a.quiet);
	if (!ret)
		printf("%s\n", e.dir);
	return ret;
}

static const struct cmd_option build_options[] = {
	{'q', "quiet", NULL, "nothing on stderr but errors"},
	{0},
};

const struct cmd cmd_lab_build = {
	.name = "lab build",
	.usage = "",
	.summary = "build the emulator, or find it in the cache; print where it is",
	.examples = "pirbench lab build",
	.options = build_options,
	.run = run_build,
};

/* ---- image ----------------------------------------------------------------------- */

static int run_image(const struct cmd *c, int argc, char **argv)
{
	struct lab_args a = {.kernel = "linux-6.1"};
	char path[1024];
	int ret;

	if (parse(c, argc, argv, &a, &ret))
		return ret;
	cmd_catch_signals();
	ret = lab_image(a.kernel, a.shell ? IMAGE_SHELL : IMAGE_RUN, a.append, a.quiet, path,
			sizeof(path));
	if (!ret)
		printf("%s\n", path);
	return ret;
}

static const struct cmd_option image_options[] = {
	{'k', "kernel", "KERNEL", "kernel in it (default linux-6.1)"},
	{'a', "append", "WORDS", "put behind its command line"},
	{OPT_SHELL, "shell", NULL, "the one that has a shell"},
	{'q', "quiet", NULL, "nothing on stderr but errors"},
	{0},
};

const struct cmd cmd_lab_image = {
	.name = "lab image",
	.usage = "[--kernel KERNEL] [--shell]",
	.summary = "make the image that the lab boots from; print where it is",
	.examples = "pirbench lab image --kernel linux-6.1",
	.options = image_options,
	.run = run_image,
};
