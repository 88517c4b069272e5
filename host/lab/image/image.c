// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/lab/image/image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/lab/image/cache.h"
#include "host/lab/image/key.h"
#include "util/file.h"
#include "util/project.h"
#include "util/subprocess.h"

/*
 * Goes into the keys: change it when the form of what is built here changes.
 */
#define IMAGE_FORM "pirbench image 2"

#define FILE_MAX_BYTES (256u << 20)
#define PATH_BYTES     1024

/*
 * tsc=reliable: the emulated TSC is, and the watchdog that doubts it costs
 * interrupts.  mitigations=off: they cost time and are not what is measured.
 * nokaslr: equal runs.  panic=-1: the machine resets at once, which ends the
 * run.  quiet but loglevel=5: the serial line is slow in emulated time, yet
 * WARNINGs must get into the log.
 */
const char image_command_line[] =
	"console=ttyS0 tsc=reliable intel_iommu=on nokaslr mitigations=off panic=-1 "
	"quiet loglevel=5";

struct blob {
	void *data;
	size_t size;
};

/* Everything that goes in. */
struct parts {
	struct blob kernel, executor, busybox, loader, library;
	char loader_path[PATH_BYTES], library_path[PATH_BYTES];
	char config[1024];
	struct cpio initrd;
};

static void parts_release(struct parts *p)
{
	free(p->kernel.data);
	free(p->executor.data);
	free(p->busybox.data);
	free(p->loader.data);
	free(p->library.data);
	cpio_release(&p->initrd);
}

static int blob_read(struct blob *b, const char *path, const char *what, char *err)
{
	int ret = file_read(path, FILE_MAX_BYTES, &b->data, &b->size);

	if (ret)
		snprintf(err, IMAGE_ERR, "%s: %.400s: %s", what, path, strerror(-ret));
	return ret;
}

/* The first of these files that there is; a package has it. */
static int package_file(struct blob *b, char *found, const char *const *paths, const char *package,
			char *err)
{
	for (; *paths; paths++) {
		if (file_read(*paths, FILE_MAX_BYTES, &b->data, &b->size))
			continue;
		snprintf(found, PATH_BYTES, "%s", *paths);
		return 0;
	}
	snprintf(err, IMAGE_ERR, "boot image: package %s is not installed (make deps)", package);
	return -ENOPKG;
}

/* Beside the running program, unless the environment says otherwise. */
static int executor_path(char *path, size_t size)
{
	const char *env = getenv("PIRBENCH_EXECUTOR");
	char exe[PATH_BYTES];
	char *slash;
	ssize_t n;

	if (env && *env) {
		n = snprintf(path, size, "%s", env);
		return (size_t)n < size ? 0 : -ENAMETOOLONG;
	}
	n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	if (n < 0)
		return -errno;
	exe[n] = 0;
	slash = strrchr(exe, '/');
	if (!slash)
		return -ENOENT;
	*slash = 0;
	n = snprintf(path, size, "%s/pirbench-executor", exe);
	return (size_t)n < size ? 0 : -ENAMETOOLONG;
}

/* The boot protocol's magic: Documentation/x86/boot.rst, "HdrS" at 0x202. */
static bool is_bzimage(const struct blob *b)
{
	return b->size > 0x400 && !memcmp((const char *)b->data + 0x202, "HdrS", 4);
}

static int config_write(struct parts *p, const char *append, char *err)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789 _.,:=/+-@$";
	int n;

	if (!append)
		append = "";
	if (append[strspn(append, allowed)]) {
		snprintf(err, IMAGE_ERR, "kernel command line: '%c' is not allowed in it",
			 append[strspn(append, allowed)]);
		return -EINVAL;
	}
	n = snprintf(p->config, sizeof(p->config),
		     "default l\nprompt 0\ntimeout 0\nlabel l\nkernel /vmlinuz\n"
		     "append initrd=/initrd %s %s\n",
		     image_command_line, append);
	if ((size_t)n >= sizeof(p->config)) {
		snprintf(err, IMAGE_ERR, "kernel command line: too long");
		return -EINVAL;
	}
	return 0;
}

static int parts_read(struct parts *p, const char *kernel, enum image_kind kind, const char *append,
		      char *err)
{
	static const char *const loader[] = {"/usr/lib/ISOLINUX/isolinux.bin",
					     "/usr/lib/syslinux/bios/isolinux.bin",
					     "/usr/share/syslinux/isolinux.bin", NULL};
	static const char *const library[] = {"/usr/lib/syslinux/modules/bios/ldlinux.c32",
					      "/usr/lib/syslinux/bios/ldlinux.c32",
					      "/usr/share/syslinux/ldlinux.c32", NULL};
	static const char *const busybox[] = {"/bin/busybox", "/usr/bin/busybox", NULL};
	char path[PATH_BYTES];
	int ret;

	ret = blob_read(&p->kernel, kernel, "kernel", err);
	if (ret)
		return ret;
	if (!is_bzimage(&p->kernel)) {
		snprintf(err, IMAGE_ERR, "kernel: %s: not a bzImage", kernel);
		return -EINVAL;
	}
	ret = executor_path(path, sizeof(path));
	if (ret) {
		snprintf(err, IMAGE_ERR, "executor: %s", strerror(-ret));
		return ret;
	}
	ret = blob_read(&p->executor, path, "executor", err);
	if (!ret)
		ret = package_file(&p->loader, p->loader_path, loader, "isolinux", err);
	if (!ret)
		ret = package_file(&p->library, p->library_path, library, "syslinux-common", err);
	if (!ret && kind == IMAGE_SHELL)
		ret = package_file(&p->busybox, path, busybox, "busybox-static", err);
	if (!ret)
		ret = config_write(p, append, err);
	if (ret)
		return ret;
	ret = image_initrd(&p->initrd, p->executor.data, p->executor.size, p->busybox.data,
			   p->busybox.size);
	if (ret)
		snprintf(err, IMAGE_ERR, "initramfs: %s", strerror(-ret));
	return ret;
}

/* ---- making it -------------------------------------------------------------- */

/* "name=path" as xorriso's -graft-points wants it. */
static int graft(char *buf, size_t size, const char *name, const char *path)
{
	size_t n = (size_t)snprintf(buf, size, "%s=", name);

	for (; *path && n + 2 < size; path++) {
		if (*path == '=' || *path == '\\')
			buf[n++] = '\\';
		buf[n++] = *path;
	}
	buf[n] = 0;
	return *path ? -ENAMETOOLONG : 0;
}

struct grafts {
	char kernel[PATH_BYTES], initrd[PATH_BYTES], config[PATH_BYTES];
	char loader[PATH_BYTES], library[PATH_BYTES];
};

static int iso_make(const struct grafts *g, const volatile sig_atomic_t *stop,
		    struct subprocess_result *res, char *err)
{
	/* The parts' own dates are those of the cache: they say nothing. */
	const char *const argv[] = {"xorriso",
				    "-as",
				    "mkisofs",
				    "-quiet",
				    "-graft-points",
				    "--set_all_file_dates",
				    "2000010100000000",
				    "-o",
				    "-",
				    "-b",
				    "isolinux/isolinux.bin",
				    "-c",
				    "isolinux/boot.cat",
				    "-no-emul-boot",
				    "-boot-load-size",
				    "4",
				    "-boot-info-table",
				    g->kernel,
				    g->initrd,
				    g->config,
				    g->loader,
				    g->library,
				    NULL};
	/* Equal parts, equal image. */
	const char *const env[] = {"SOURCE_DATE_EPOCH=946681200", NULL};
	struct subprocess p = {.argv = argv,
			       .env = env,
			       .capture_max = 2 * FILE_MAX_BYTES,
			       .timeout_s = 120,
			       .stop = stop};
	int ret = subprocess_run(&p, res, err, IMAGE_ERR);

	if (ret == -ENOENT) {
		snprintf(err, IMAGE_ERR,
			 "boot image: package xorriso is not installed (make deps)");
		ret = -ENOPKG;
	}
	return ret;
}

static int grafts_make(struct grafts *g, const struct parts *p, const char *kernel, char *err)
{
	struct image_piece initrd = {p->initrd.data, p->initrd.size};
	struct image_piece config = {p->config, strlen(p->config)};
	char key[IMAGE_KEY], path[PATH_BYTES];
	int ret;

	ret = image_key(&initrd, 1, key);
	if (!ret)
		ret = image_cache_put("initrd", key, initrd.data, initrd.size, path, sizeof(path));
	if (!ret)
		ret = graft(g->initrd, sizeof(g->initrd), "initrd", path);
	if (!ret)
		ret = image_key(&config, 1, key);
	if (!ret)
		ret = image_cache_put("config", key, config.data, config.size, path, sizeof(path));
	if (!ret)
		ret = graft(g->config, sizeof(g->config), "isolinux/isolinux.cfg", path);
	if (!ret)
		ret = graft(g->kernel, sizeof(g->kernel), "vmlinuz", kernel);
	if (!ret)
		ret = graft(g->loader, sizeof(g->loader), "isolinux/isolinux.bin", p->loader_path);
	if (!ret)
		ret = graft(g->library, sizeof(g->library), "isolinux/ldlinux.c32",
			    p->library_path);
	if (ret)
		snprintf(err, IMAGE_ERR, "boot image: cache: %s", strerror(-ret));
	return ret;
}

static int image_make(const struct parts *p, const char *kernel, const char *key,
		      const volatile sig_atomic_t *stop, char *path, size_t size, char *err)
{
	struct subprocess_result res = {0};
	struct grafts g;
	int ret;

	image_cache_prune();
	ret = grafts_make(&g, p, kernel, err);
	if (ret)
		return ret;
	ret = iso_make(&g, stop, &res, err);
	if (!ret) {
		ret = image_cache_put("iso", key, res.out, res.out_size, path, size);
		if (ret)
			snprintf(err, IMAGE_ERR, "boot image: cache: %s", strerror(-ret));
	}
	subprocess_release(&res);
	return ret;
}

int image_get(const char *kernel, enum image_kind kind, const char *append,
	      const volatile sig_atomic_t *stop, char *path, size_t size, char *err)
{
	struct parts p = {0};
	char key[IMAGE_KEY];
	int ret;

	ret = parts_read(&p, kernel, kind, append, err);
	if (!ret) {
		const struct image_piece all[] = {
			{IMAGE_FORM, sizeof(IMAGE_FORM)}, {p.kernel.data, p.kernel.size},
			{p.initrd.data, p.initrd.size},   {p.loader.data, p.loader.size},
			{p.library.data, p.library.size}, {p.config, strlen(p.config)},
		};

		ret = image_key(all, sizeof(all) / sizeof(all[0]), key);
		if (ret)
			snprintf(err, IMAGE_ERR, "boot image: key: %s", strerror(-ret));
	}
	if (!ret && image_cache_find("iso", key, path, size))
		ret = image_make(&p, kernel, key, stop, path, size, err);
	parts_release(&p);
	return ret;
}
