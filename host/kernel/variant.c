// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/kernel/variant.h"

#include <ctype.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/kernel/source.h"
#include "util/file.h"
#include "util/ydoc.h"

/* A file being read. */
struct reader {
	struct kctx *ctx;
	const char *path;
	char dir[KPATH]; /* of path: other files are named relative to it */
	struct yerr err;
	int depth;
};

struct top_fields {
	char summary[160];
	char base[64];
};

struct source_fields {
	char what[KPATH];
	char suite[64];
	char revision[128];
};

bool variant_name_ok(const char *name)
{
	if (!*name || *name == '.' || *name == '-' || strlen(name) >= 64)
		return false;
	for (; *name; name++)
		if (!isalnum((unsigned char)*name) && !strchr("._+-", *name))
			return false;
	return true;
}

static int relative(struct reader *r, char *buf, const char *path)
{
	if (*path == '/')
		return kctx_path(r->ctx, buf, "%s", path);
	return kctx_path(r->ctx, buf, "%s/%s", r->dir, path);
}

static bool add_file(struct reader *r, struct variant_file *files, size_t *nr,
		     const struct ynode *n, const char *key)
{
	char path[KPATH], where[KPATH + 16];

	if (n->kind != YNODE_SCALAR || !*n->text)
		return yerr_fail(&r->err, n->line, "not the name of a file; %s is a list of names",
				 key);
	if (*nr == VARIANT_MAX_FILES)
		return yerr_fail(&r->err, n->line, "more than %d %s, with what is inherited",
				 VARIANT_MAX_FILES, key);
	if (relative(r, path, n->text))
		return yerr_fail(&r->err, n->line, "path too long");
	if (access(path, R_OK))
		return yerr_fail(&r->err, n->line,
				 "%s: %s; must be a file, named relative to this one's directory",
				 n->text, strerror(errno));
	snprintf(where, sizeof(where), "%s:%u: ", r->path, n->line);
	files[*nr].path = strdup(path);
	files[*nr].where = strdup(where);
	if (!files[*nr].path || !files[*nr].where)
		return yerr_fail(&r->err, 0, "out of memory");
	(*nr)++;
	return true;
}

static bool read_files(struct reader *r, const struct ynode *root, const char *key,
		       struct variant_file *files, size_t *nr)
{
	const struct ynode *list = ynode_get(root, key);

	if (!list)
		return true;
	if (list->kind != YNODE_LIST)
		return yerr_fail(&r->err, list->line, "%s is not a list; write [FILE, ...]", key);
	for (const struct ynode *n = list->first; n; n = n->next)
		if (!add_file(r, files, nr, n, key))
			return false;
	return true;
}

/* The one key of a source that names its kind. */
static const struct source_ops *source_kind(struct reader *r, const struct ynode *map)
{
	const struct source_ops *found = NULL;
	char names[160];

	for (const struct source_ops *const *ops = source_all(); *ops; ops++) {
		const struct ynode *n = ynode_get(map, (*ops)->key);

		if (n && found) {
			yerr_fail(&r->err, n->key_line, "both %s and %s; a kernel has one source",
				  found->key, (*ops)->key);
			return NULL;
		}
		if (n)
			found = *ops;
	}
	if (!found)
		yerr_fail(&r->err, map->line, "the source has no kind; must be %s",
			  source_keys(names, sizeof(names)));
	return found;
}

static bool read_source(struct reader *r, const struct ynode *map, struct source *s)
{
	struct source_fields f = {.what = ""};
	const struct yfield other[] = {
		{.key = "suite",
		 .type = YFIELD_TEXT,
		 .offset = offsetof(struct source_fields, suite),
		 .size = sizeof(f.suite)},
		{.key = "revision",
		 .type = YFIELD_TEXT,
		 .offset = offsetof(struct source_fields, revision),
		 .size = sizeof(f.revision)},
	};
	struct yfield fields[SOURCE_KINDS + 2];
	const struct ynode *n;
	size_t nr = 0;

	if (map->kind != YNODE_MAP)
		return yerr_fail(&r->err, map->line,
				 "source is not a map; write {package: linux-source-6.1}");
	for (const struct source_ops *const *ops = source_all(); *ops; ops++)
		fields[nr++] = (struct yfield){.key = (*ops)->key,
					       .type = YFIELD_TEXT,
					       .offset = offsetof(struct source_fields, what),
					       .size = sizeof(f.what)};
	fields[nr++] = other[0];
	fields[nr++] = other[1];
	if (!yfields_read(map, fields, nr, &f, &r->err))
		return false;
	s->ops = source_kind(r, map);
	if (!s->ops)
		return false;
	n = ynode_get(map, "suite");
	if (n && !s->ops->takes_suite)
		return yerr_fail(&r->err, n->key_line, "a %s has no suite; only packages have",
				 s->ops->key);
	if (!n && s->ops->needs_suite)
		return yerr_fail(&r->err, map->line, "no suite; %s needs one, as trixie-backports",
				 s->ops->key);
	n = ynode_get(map, "revision");
	if (n && !s->ops->takes_revision)
		return yerr_fail(&r->err, n->key_line, "a %s has no revision; only git has",
				 s->ops->key);
	snprintf(s->suite, sizeof(s->suite), "%s", f.suite);
	snprintf(s->revision, sizeof(s->revision), "%s", f.revision);
	n = ynode_get(map, s->ops->key);
	if (!s->ops->is_path) {
		if (strspn(f.what, "abcdefghijklmnopqrstuvwxyz0123456789.+-*") != strlen(f.what) ||
		    f.what[0] == '-')
			return yerr_fail(&r->err, n->line,
					 "'%.80s' is not the name of a package; must be as "
					 "linux-source-6.1",
					 f.what);
		snprintf(s->what, sizeof(s->what), "%s", f.what);
		return true;
	}
	if (relative(r, s->what, f.what))
		return yerr_fail(&r->err, n->line, "path too long");
	if (access(s->what, R_OK))
		return yerr_fail(&r->err, n->line, "%s: %s; must be a path", s->what,
				 strerror(errno));
	return true;
}

static int load(struct reader *r, struct variant *v);

static bool read_base(struct reader *r, const struct ynode *n, const char *name, struct variant *v,
		      int *ret)
{
	struct reader base = {.ctx = r->ctx, .depth = r->depth + 1};
	char path[KPATH];

	if (!variant_name_ok(name))
		return yerr_fail(&r->err, n->line, "base '%s' is not a name; must be as linux-6.1",
				 name);
	if (base.depth == VARIANT_MAX_DEPTH)
		return yerr_fail(&r->err, n->line,
				 "base '%s' is the %dth in a row; is it a circle?", name,
				 base.depth);
	if (kctx_path(r->ctx, path, "%s/%s.yaml", r->dir, name))
		return yerr_fail(&r->err, n->line, "path too long");
	if (access(path, R_OK))
		return yerr_fail(&r->err, n->line, "no kernel '%s'; there is no file %s", name,
				 path);
	base.path = path;
	*ret = load(&base, v);
	return !*ret;
}

static bool read_top(struct reader *r, const struct ynode *root, struct variant *v, int *ret)
{
	struct top_fields f = {.summary = ""};
	static const struct yfield fields[] = {
		{.key = "summary",
		 .type = YFIELD_TEXT,
		 .offset = offsetof(struct top_fields, summary),
		 .size = sizeof(f.summary),
		 .required = true},
		{.key = "base",
		 .type = YFIELD_TEXT,
		 .offset = offsetof(struct top_fields, base),
		 .size = sizeof(f.base)},
		{.key = "source", .type = YFIELD_OTHER},
		{.key = "patches", .type = YFIELD_OTHER},
		{.key = "config", .type = YFIELD_OTHER},
	};
	const struct ynode *base, *source;

	if (!yfields_read(root, fields, sizeof(fields) / sizeof(fields[0]), &f, &r->err))
		return false;
	base = ynode_get(root, "base");
	source = ynode_get(root, "source");
	if (!base == !source)
		return yerr_fail(&r->err, source ? source->key_line : root->line,
				 "%s base and source; must be one of them",
				 source ? "both" : "neither");
	if (base && !read_base(r, base, f.base, v, ret))
		return false;
	if (source && !read_source(r, source, &v->source))
		return false;
	snprintf(v->summary, sizeof(v->summary), "%s", f.summary);
	if (!read_files(r, root, "patches", v->patches, &v->nr_patches) ||
	    !read_files(r, root, "config", v->configs, &v->nr_configs))
		return false;
	if (v->source.ops->ready && (v->nr_patches || v->nr_configs))
		return yerr_fail(&r->err, root->line,
				 "patches or config for an image; a ready image is taken as it is");
	if (!v->source.ops->ready && !v->nr_configs)
		return yerr_fail(&r->err, root->line,
				 "no config; must name fragments, as [" VARIANT_FRAGMENT "]");
	return true;
}

static int parse(struct reader *r, const char *text, size_t size, struct variant *v)
{
	char line[KERNEL_ERR_SIZE];
	const struct ynode *root;
	struct ydoc *doc;
	int ret, inner = 0;

	yerr_init(&r->err, r->path, line, sizeof(line));
	ret = ydoc_parse(text, size, &r->err, &doc, &root);
	if (!ret) {
		if (!read_top(r, root, v, &inner))
			ret = inner ? inner : -EINVAL;
		ydoc_free(doc);
	}
	if (ret && r->err.failed)
		return kctx_fail(r->ctx, ret, "%s", line);
	if (ret && !inner)
		return kctx_fail_path(r->ctx, ret, "cannot read", r->path);
	return ret;
}

static int load(struct reader *r, struct variant *v)
{
	const char *slash = strrchr(r->path, '/');
	size_t size;
	void *text;
	int ret;

	ret = kctx_path(r->ctx, r->dir, "%.*s", slash ? (int)(slash - r->path) : 1,
			slash ? r->path : ".");
	if (ret)
		return ret;
	ret = file_read(r->path, YDOC_MAX_SIZE, &text, &size);
	if (ret)
		return kctx_fail_path(r->ctx, ret, "cannot read", r->path);
	ret = parse(r, text, size, v);
	free(text);
	return ret;
}

int variant_load(struct kctx *ctx, const char *path, struct variant *v)
{
	struct reader r = {.ctx = ctx, .path = path};
	const char *name = strrchr(path, '/');
	size_t len;
	int ret;

	memset(v, 0, sizeof(*v));
	name = name ? name + 1 : path;
	len = strlen(name);
	if (len > 5 && !strcmp(name + len - 5, ".yaml"))
		len -= 5;
	snprintf(v->name, sizeof(v->name), "%.*s", (int)len, name);
	ret = load(&r, v);
	if (ret)
		variant_release(v);
	return ret;
}

void variant_release(struct variant *v)
{
	for (size_t i = 0; i < v->nr_patches; i++) {
		free(v->patches[i].path);
		free(v->patches[i].where);
	}
	for (size_t i = 0; i < v->nr_configs; i++) {
		free(v->configs[i].path);
		free(v->configs[i].where);
	}
	v->nr_patches = 0;
	v->nr_configs = 0;
}
