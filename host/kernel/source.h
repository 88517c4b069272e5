/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * source.h - where kernels come from: an ops table, one file per kind.
 *
 * identify() says what the source holds without unpacking it, so that a cached
 * kernel is found at once; prepare() makes a tree directory's src/ hold it.
 * In between other processes may do the same: only prepare() runs under the
 * tree's lock.
 */
#ifndef PB_KERNEL_SOURCE_H
#define PB_KERNEL_SOURCE_H

#include "host/kernel/variant.h"

#define SOURCE_KINDS 5

struct source_id {
	char content[128]; /* what the kernel's key depends on */
	char tree[96]; /* name of the tree directory that it is built in */
	char text[256]; /* for people */
	char file[KPATH]; /* tarball or image */
	char git_dir[KPATH]; /* of a git source: the user's repository... */
	char work_tree[KPATH]; /* ...its working tree, empty for a revision */
	char index[KPATH]; /* ...our index of it */
	char objects[KPATH]; /* ...its object directory */
	char oid[72]; /* ...and the tree object to build */
};

struct source_ops {
	const char *key; /* in YAML */
	bool takes_suite, needs_suite, takes_revision;
	bool is_path; /* `what` is a path; else a package's name or pattern */
	bool ready; /* an image: nothing to build */
	/* -ENOENT with an error line when fetch is false and it is not here yet. */
	int (*identify)(struct kctx *ctx, const struct source *s, bool fetch, struct source_id *id);
	/* dir is the tree directory, locked; src is dir/src. */
	int (*prepare)(struct kctx *ctx, const struct source *s, const struct source_id *id,
		       const char *dir);
};

extern const struct source_ops source_package;
extern const struct source_ops source_package_newest;
extern const struct source_ops source_git;
extern const struct source_ops source_tarball;
extern const struct source_ops source_image;

const struct source_ops *const *source_all(void); /* NULL-terminated */
char *source_keys(char *buf, size_t size); /* "package, git or tarball"; returns buf */

/*
 * For sources that are tarballs: fill content, tree and file of id from the
 * file's hash (kept beside it or in the cache, so that an unchanged file is
 * not read again), `name` becoming part of the tree's name; and unpack.
 */
int source_tar_identify(struct kctx *ctx, const char *path, const char *name, struct source_id *id);
int source_tar_prepare(struct kctx *ctx, const struct source *s, const struct source_id *id,
		       const char *dir);

/*
 * Is there a git tree at dir? Absolute path of its top into top[KPATH];
 * -EINVAL with an error line when there is none.
 */
int source_git_top(struct kctx *ctx, const char *dir, char *top);
/* Does the tree know this revision? */
bool source_git_knows(struct kctx *ctx, const char *tree, const char *revision);

/* -EINVAL with an error line unless path is an x86 boot image (Documentation/x86/boot.rst). */
int source_image_check(struct kctx *ctx, const char *path, char *release, size_t size);

#endif
