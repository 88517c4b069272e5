// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/lab/root/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <glob.h>
#include <libelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/file.h"

#define NAME_BYTES     (CPIO_NAME_MAX + 1)
#define PATH_BYTES     1024
#define FILES_MAX      2048
#define FILE_MAX_BYTES (64u << 20)
#define LINKS_MAX      16

struct tree {
	const char *dir;
	char (*file)[NAME_BYTES]; /* names in the archive: "usr/bin/fio" */
	size_t nr, done;
	char *err;
};

static int fail(struct tree *t, const char *name, const char *what, int e)
{
	snprintf(t->err, TREE_ERR, "root image: %.255s: %.200s", name, what);
	return e;
}

static int path_of(const struct tree *t, const char *name, char *path)
{
	return snprintf(path, PATH_BYTES, "%s/%s", t->dir, name) < PATH_BYTES ? 0 : -ENAMETOOLONG;
}

static int add(struct tree *t, const char *name)
{
	size_t i;

	for (i = 0; i < t->nr; i++)
		if (!strcmp(t->file[i], name))
			return 0;
	if (!cpio_name_ok(name))
		return fail(t, name, "not a name for the archive", -EINVAL);
	if (t->nr == FILES_MAX)
		return fail(t, name, "too many files", -E2BIG);
	snprintf(t->file[t->nr++], NAME_BYTES, "%s", name);
	return 0;
}

/* ---- the list ----------------------------------------------------------------- */

static int add_pattern(struct tree *t, const char *pattern, const char *where)
{
	size_t skip = strlen(t->dir) + 1;
	char path[PATH_BYTES];
	glob_t g;
	int ret;

	if (snprintf(path, sizeof(path), "%s/usr/%s", t->dir, pattern) >= (int)sizeof(path))
		return fail(t, where, "too long", -EINVAL);
	ret = glob(path, GLOB_ERR, NULL, &g);
	if (ret)
		return fail(t, where, "no package has such a file",
			    ret == GLOB_NOSPACE ? -ENOMEM : -ENOENT);
	for (size_t i = 0; i < g.gl_pathc && !ret; i++)
		ret = add(t, g.gl_pathv[i] + skip);
	globfree(&g);
	return ret;
}

static int add_list(struct tree *t, const char *list, const char *name)
{
	unsigned int line = 0;
	int ret = 0;

	while (*list && !ret) {
		size_t len = strcspn(list, "\n"), text = strcspn(list, "#\n");
		char pattern[NAME_BYTES], where[2 * NAME_BYTES];

		line++;
		while (text && (list[text - 1] == ' ' || list[text - 1] == '\t'))
			text--;
		snprintf(pattern, sizeof(pattern), "%.*s", (int)text, list);
		snprintf(where, sizeof(where), "%.100s:%u: %.100s", name, line, pattern);
		if (text >= sizeof(pattern) ||
		    (text && (pattern[0] == '/' || strstr(pattern, ".."))))
			ret = fail(t, where, "must be below /usr, as in bin/fio", -EINVAL);
		else if (text)
			ret = add_pattern(t, pattern, where);
		list += len + (list[len] == '\n');
	}
	return ret;
}

/* ---- libraries ------------------------------------------------------------------ */

static int add_library(struct tree *t, const char *soname, const char *user)
{
	static const char *const dirs[] = {"usr/lib/x86_64-linux-gnu", "usr/lib"};
	char name[NAME_BYTES], path[PATH_BYTES], what[160];

	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]) && !strchr(soname, '/'); i++) {
		int n = snprintf(name, sizeof(name), "%s/%s", dirs[i], soname);

		if ((size_t)n < sizeof(name) && !path_of(t, name, path) && !access(path, R_OK))
			return add(t, name);
	}
	snprintf(what, sizeof(what), "needs %.100s, which none of the packages has", soname);
	return fail(t, user, what, -ENOENT);
}

static int add_dynamic(struct tree *t, Elf *elf, Elf_Scn *scn, const GElf_Shdr *sh,
		       const char *user)
{
	Elf_Data *data = elf_getdata(scn, NULL);
	size_t entry = gelf_fsize(elf, ELF_T_DYN, 1, EV_CURRENT);
	int ret = 0;

	for (size_t i = 0; data && entry && i < sh->sh_size / entry && !ret; i++) {
		GElf_Dyn dyn;
		const char *soname;

		if (!gelf_getdyn(data, (int)i, &dyn))
			break;
		if (dyn.d_tag != DT_NEEDED)
			continue;
		soname = elf_strptr(elf, sh->sh_link, dyn.d_un.d_val);
		ret = soname ? add_library(t, soname, user)
			     : fail(t, user, "its table of strings is damaged", -EINVAL);
	}
	return ret;
}

/* What is no ELF file needs nothing. */
static int add_needed(struct tree *t, const char *name, int fd)
{
	Elf *elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
	Elf_Scn *scn = NULL;
	GElf_Shdr sh;
	int ret = 0;

	if (elf && elf_kind(elf) == ELF_K_ELF)
		while (!ret && (scn = elf_nextscn(elf, scn)))
			if (gelf_getshdr(scn, &sh) && sh.sh_type == SHT_DYNAMIC)
				ret = add_dynamic(t, elf, scn, &sh, name);
	elf_end(elf);
	return ret;
}

/* ---- links --------------------------------------------------------------------- */

/* Take the last part off; "" stays. */
static void name_up(char *name)
{
	char *slash = strrchr(name, '/');

	*(slash ? slash : name) = 0;
}

/* Where a link leads, as a name in the archive: /lib/x is usr/lib/x. */
static int link_target(const char *link, const char *target, char *name)
{
	static const char *const merged[] = {"bin", "sbin", "lib", "lib64"};
	char way[NAME_BYTES];
	size_t n, i;

	snprintf(name, NAME_BYTES, "%s", link);
	name_up(name);
	if (*target == '/')
		*name = 0;
	for (; *target; target += n + (target[n] == '/')) {
		n = strcspn(target, "/");
		if (!n || (n == 1 && *target == '.'))
			continue;
		if (n == 2 && !strncmp(target, "..", 2)) {
			name_up(name);
			continue;
		}
		snprintf(way, sizeof(way), "%s", name);
		if (snprintf(name, NAME_BYTES, "%s%s%.*s", way, *way ? "/" : "", (int)n, target) >=
		    NAME_BYTES)
			return -ENAMETOOLONG;
	}
	snprintf(way, sizeof(way), "%s", name);
	for (i = 0; i < sizeof(merged) / sizeof(merged[0]); i++) {
		n = strlen(merged[i]);
		if (!strncmp(way, merged[i], n) && way[n] == '/' &&
		    snprintf(name, NAME_BYTES, "usr/%s", way) >= NAME_BYTES)
			return -ENAMETOOLONG;
	}
	return 0;
}

static int read_link(struct tree *t, const char *name, const char *path, char *target)
{
	ssize_t n = readlink(path, target, PATH_BYTES - 1);

	if (n <= 0)
		return fail(t, name, "cannot be read", n ? -errno : -EINVAL);
	target[n] = 0;
	return 0;
}

/* ---- all of it ------------------------------------------------------------------- */

/* One file of the list, or that was found to be needed: what it needs in turn. */
static int follow(struct tree *t, const char *name)
{
	char path[PATH_BYTES], target[PATH_BYTES], to[NAME_BYTES];
	struct stat s;
	int fd, ret;

	if (path_of(t, name, path) || lstat(path, &s))
		return fail(t, name, strerror(errno), -ENOENT);
	if (S_ISLNK(s.st_mode)) {
		ret = read_link(t, name, path, target);
		if (!ret)
			ret = link_target(name, target, to);
		return ret ? ret : add(t, to);
	}
	if (!S_ISREG(s.st_mode))
		return fail(t, name, "is neither a file nor a link", -EINVAL);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return fail(t, name, strerror(errno), -errno);
	ret = add_needed(t, name, fd);
	close(fd);
	return ret;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* The directories of `name` that `before`, its neighbour in order, has not. */
static void put_dirs(struct cpio *c, const char *name, const char *before)
{
	char dir[NAME_BYTES];

	for (const char *p = strchr(name, '/'); p; p = strchr(p + 1, '/')) {
		size_t n = (size_t)(p - name);

		if (!strncmp(before, name, n + 1))
			continue;
		snprintf(dir, sizeof(dir), "%.*s", (int)n, name);
		cpio_dir(c, dir, 0755);
	}
}

static int put(struct tree *t, struct cpio *c, const char *name)
{
	char path[PATH_BYTES], target[PATH_BYTES];
	struct stat s;
	size_t size;
	void *data;
	int ret = path_of(t, name, path);

	if (ret || lstat(path, &s))
		return fail(t, name, strerror(errno), -ENOENT);
	if (S_ISLNK(s.st_mode)) {
		ret = read_link(t, name, path, target);
		return ret ? ret : cpio_link(c, name, target);
	}
	ret = file_read(path, FILE_MAX_BYTES, &data, &size);
	if (ret)
		return fail(t, name, strerror(-ret), ret);
	ret = cpio_file(c, name, s.st_mode & 0111 ? 0755 : 0644, data, size);
	free(data);
	return ret;
}

static int put_all(struct tree *t, struct cpio *c)
{
	const char *before = "";
	int ret = 0;

	cpio_link(c, "bin", "usr/bin");
	cpio_link(c, "lib", "usr/lib");
	cpio_link(c, "lib64", "usr/lib64");
	cpio_link(c, "sbin", "usr/sbin");
	qsort(t->file, t->nr, sizeof(t->file[0]), by_name);
	for (size_t i = 0; i < t->nr && !ret; i++) {
		put_dirs(c, t->file[i], before);
		ret = put(t, c, t->file[i]);
		before = t->file[i];
	}
	if (!ret)
		ret = cpio_end(c);
	return ret && !*t->err ? fail(t, "archive", strerror(-ret), ret) : ret;
}

int tree_archive(struct cpio *c, const char *tree, const char *list, const char *name, char *err)
{
	struct tree t = {.dir = tree, .err = err};
	char(*file)[NAME_BYTES];
	int ret = 0;

	err[0] = 0;
	if (elf_version(EV_CURRENT) == EV_NONE)
		return fail(&t, "libelf", "is of another version", -ENOSYS);
	file = calloc(FILES_MAX, sizeof(file[0]));
	t.file = file;
	if (!file)
		return fail(&t, "archive", "out of memory", -ENOMEM);
	ret = add_list(&t, list, name);
	for (; !ret && t.done < t.nr; t.done++)
		ret = follow(&t, t.file[t.done]);
	if (!ret)
		ret = put_all(&t, c);
	free(file);
	return ret;
}
