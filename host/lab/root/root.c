// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/lab/root/root.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/kernel/fs.h"
#include "host/kernel/kctx.h"
#include "host/lab/image/cache.h"
#include "host/lab/image/key.h"
#include "host/lab/root/tree.h"
#include "util/file.h"
#include "util/project.h"
#include "util/subprocess.h"

#define ROOT_FORM    "pirbench root image 1"
#define ROOT_SUITE   "bookworm"
#define PACKAGES     "configs/root/packages"
#define FILES        "configs/root/files"
#define SCRIPT       "host/lab/root/fetch.sh"
#define TEXT_MAX     65536
#define PACKAGES_MAX 256

_Static_assert(ROOT_ERR >= TREE_ERR, "one buffer for both");

struct text {
	char *data;
	size_t size;
};

struct inputs {
	char root[512], script[640];
	struct text packages, files, text; /* text: the script's */
	const char *argv[PACKAGES_MAX + 8];
	size_t argc;
};

static int fail(char *err, const char *what, int e)
{
	snprintf(err, ROOT_ERR, "root image: %.300s: %s", what, strerror(-e));
	return e;
}

static int text_read(const struct inputs *in, const char *name, struct text *t, char *err)
{
	char path[PATH_MAX];
	void *data;
	int ret;

	snprintf(path, sizeof(path), "%s/%s", in->root, name);
	ret = file_read(path, TEXT_MAX, &data, &t->size);
	if (ret)
		return fail(err, path, ret);
	t->data = data;
	if (strlen(t->data) == t->size)
		return 0;
	return fail(err, path, -EILSEQ);
}

static void inputs_release(struct inputs *in)
{
	free(in->packages.data);
	free(in->files.data);
	free(in->text.data);
}

static int inputs_read(struct inputs *in, char *err)
{
	int ret;

	memset(in, 0, sizeof(*in));
	ret = project_root(in->root, sizeof(in->root));
	if (ret)
		return fail(err, "the project's files", ret);
	snprintf(in->script, sizeof(in->script), "%s/" SCRIPT, in->root);
	ret = text_read(in, PACKAGES, &in->packages, err);
	if (!ret)
		ret = text_read(in, FILES, &in->files, err);
	if (!ret)
		ret = text_read(in, SCRIPT, &in->text, err);
	return ret;
}

static int inputs_key(const struct inputs *in, char key[IMAGE_KEY])
{
	const struct image_piece all[] = {
		{ROOT_FORM, sizeof(ROOT_FORM)},         {ROOT_SUITE, sizeof(ROOT_SUITE)},
		{in->packages.data, in->packages.size}, {in->files.data, in->files.size},
		{in->text.data, in->text.size},
	};

	return image_key(all, sizeof(all) / sizeof(all[0]), key);
}

/* A name as Debian Policy 5.6.1 has it. */
static bool package_ok(const char *name)
{
	return name[0] && name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789+-.")] == 0 &&
	       name[0] != '-' && name[0] != '.' && name[0] != '+';
}

/* The list's words become arguments; it is cut up. */
static int packages_parse(struct inputs *in, char *err)
{
	char *line, *rest = in->packages.data;
	unsigned int nr = 0;

	while ((line = strsep(&rest, "\n"))) {
		char *word;

		nr++;
		line[strcspn(line, "#")] = 0;
		word = strtok(line, " \t");
		if (!word)
			continue;
		if (!package_ok(word) || strtok(NULL, " \t") || in->argc >= PACKAGES_MAX) {
			snprintf(err, ROOT_ERR,
				 PACKAGES ":%u: '%.60s': one name of a package is expected, at "
					  "most %d of them",
				 nr, word, PACKAGES_MAX);
			return -EINVAL;
		}
		in->argv[in->argc++] = word;
	}
	return 0;
}

static int fetch(struct inputs *in, const char *tree, const volatile sig_atomic_t *stop,
		 void (*line)(void *arg, const char *line), void *arg, char *err)
{
	struct subprocess p = {
		.argv = in->argv,
		.timeout_s = 1800,
		.stop = stop,
		.line = line,
		.arg = arg,
		.lines_of_stderr = true,
	};
	struct subprocess_result res = {0};
	int ret;

	in->argv[in->argc++] = in->script;
	in->argv[in->argc++] = ROOT_SUITE;
	in->argv[in->argc++] = tree;
	ret = packages_parse(in, err);
	if (!ret) {
		in->argv[in->argc] = NULL;
		ret = subprocess_run(&p, &res, err, ROOT_ERR);
		subprocess_release(&res);
	}
	memset(in->argv, 0, sizeof(in->argv)); /* some of them are the caller's */
	return ret;
}

static int make(struct inputs *in, const char *key, const volatile sig_atomic_t *stop,
		void (*line)(void *arg, const char *line), void *arg, char *path, size_t size,
		char *err)
{
	char dir[PATH_MAX], temp[KPATH], tree[KPATH + 8];
	struct cpio c = {0};
	int ret;

	image_cache_prune();
	ret = project_cache("images/tmp", dir, sizeof(dir));
	if (ret)
		return fail(err, "cache", ret);
	fs_sweep(dir);
	ret = fs_tempdir(dir, temp);
	if (ret)
		return fail(err, dir, ret);
	snprintf(tree, sizeof(tree), "%s/tree", temp);
	ret = fetch(in, tree, stop, line, arg, err);
	if (!ret)
		ret = tree_archive(&c, tree, in->files.data, FILES, err);
	if (!ret) {
		ret = image_cache_put("root", key, c.data, c.size, path, size);
		if (ret)
			fail(err, "cache", ret);
	}
	cpio_release(&c);
	fs_remove(temp);
	return ret;
}

int root_get(bool build, const volatile sig_atomic_t *stop,
	     void (*line)(void *arg, const char *line), void *arg, char *path, size_t size,
	     char *err)
{
	struct inputs in;
	char key[IMAGE_KEY];
	int ret = inputs_read(&in, err);

	if (!ret) {
		ret = inputs_key(&in, key);
		if (ret)
			fail(err, "key", ret);
	}
	if (!ret && image_cache_find("root", key, path, size)) {
		if (build)
			ret = make(&in, key, stop, line, arg, path, size, err);
		else
			ret = fail(err, "it is not built (pirbench lab root)", -ENOENT);
	}
	inputs_release(&in);
	return ret;
}
