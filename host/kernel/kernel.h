/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * kernel.h - kernels to boot: from a Debian source package, a git tree, a
 * tarball or a ready image; with patches and configuration; cached.
 *
 * A KERNEL, as a user names it, is the first of these that fits:
 *   1. with a '/' in it, or "." or "..": a path. A directory is a git tree,
 *      taken as it stands (uncommitted and untracked files included, ignored
 *      ones not); a file is a bzImage;
 *   2. the name of a file in configs/kernels, without .yaml;
 *   3. a path as in 1;
 *   4. a git revision in opts->tree, or in the git tree of the current
 *      directory when that is NULL.
 *
 * Calls may run in several threads and processes at once: a build tree has a
 * lock, a cache entry appears whole or not at all. Docs: docs/kernels.md.
 */
#ifndef PB_KERNEL_KERNEL_H
#define PB_KERNEL_KERNEL_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "machine/machine.h"

/* An error of this module fits: the line, and up to three of the compiler's behind it. */
#define KERNEL_ERR_SIZE 2048

struct kernel_progress {
	/*
	 * What is being done now ("compiling", "unpacking", ...), for a
	 * terminal; fraction done of this phase, 0 to 1, negative when unknown.
	 * Called from kernel_get()'s thread, at most some ten times a second.
	 */
	void (*phase)(void *arg, const char *text, double fraction);
	void *arg;
};

/* Zeroed: the defaults. */
struct kernel_opts {
	const char *root; /* holds configs/ and host/; NULL: project_root() finds it */
	const char *tree; /* git tree of a revision; NULL: the current directory */
	/*
	 * Applied in this order, after the variant's own: unified diffs or
	 * semantic patches (*.cocci, or whatever has a line "@@" or "@name@"
	 * and no "--- " line).
	 */
	const char *const *patches;
	size_t nr_patches;
	const char *config; /* a fragment more, applied last; NULL: none */
	unsigned int jobs; /* of make; 0: as many as there are CPUs */
	bool refresh; /* ask the archive whether there is a newer source package */
	bool cached_only; /* -ENOENT rather than build */
	/* Set by a signal handler to give up: -EINTR. NULL: never. */
	const volatile sig_atomic_t *stop;
	struct kernel_progress progress;
};

/*
 * Find or build `spec` and describe it in `out` (zeroed first). out->name is
 * the variant's name, or spec, with "+NAME" for each extra patch.
 *
 * Returns 0, or with text in err:
 *   -EINVAL  spec, YAML file, patch or fragment is bad (file:line where there
 *            is one), or the kernel does not compile with it
 *   -ENOENT  there is no such kernel; or cached_only and not in the cache
 *   -ENOPKG  a program or library is missing; err names the package
 *   -EINTR   asked to stop
 *   another -errno: a child failed, disk full...; err names the log
 * err has one line, and behind a '\n' each up to three lines of the compiler.
 */
int kernel_get(const char *spec, const struct kernel_opts *opts, struct pb_kernel *out, char *err,
	       size_t size);

/* A file of configs/kernels. */
struct kernel_info {
	char name[64];
	char summary[160];
	char source[256]; /* "package linux-source-6.1", "git PATH at REV"... */
	char patches[512]; /* names, separated by spaces */
	char error[512]; /* empty, or what is wrong with the file; then only name is set */
	bool cached; /* built already, as it stands and with today's compiler */
};

/*
 * All files of configs/kernels in order of name; a bad file is listed with
 * its error. *list is the caller's, to be freed with free().
 * Returns 0 or -errno with a line in err.
 */
int kernel_list(const struct kernel_opts *opts, struct kernel_info **list, size_t *nr, char *err,
		size_t size);

/*
 * What kernel_get() would do with spec, as text of some lines for a terminal:
 * source, patches, configuration, key, whether it is cached. Builds, fetches
 * and unpacks nothing. *text is the caller's, to be freed with free().
 * Returns as kernel_get() does.
 */
int kernel_describe(const char *spec, const struct kernel_opts *opts, char **text, char *err,
		    size_t size);

/* What the cache holds. */
enum kernel_cache_kind {
	KERNEL_CACHE_ENTRY, /* a built kernel */
	KERNEL_CACHE_TREE, /* unpacked source with its build directories */
	KERNEL_CACHE_SOURCE, /* a source package's tarball */
};

struct kernel_cache_item {
	enum kernel_cache_kind kind;
	char id[72]; /* key of an entry; directory or file name of the others */
	char name[64]; /* kernel's or source's name */
	char release[64]; /* entries */
	uint64_t bytes; /* on disk */
	struct timespec used; /* last time that it was asked for */
};

/* All that is cached, last used first; *list to be freed with free(). 0 or -errno. */
int kernel_cache_list(struct kernel_cache_item **list, size_t *nr, char *err, size_t size);

/*
 * Remove what was not used for `days` days: entries, trees, sources, and
 * whatever was left half-written; 0 removes everything. What another process
 * has locked stays. *freed (bytes on disk) may be NULL. 0 or -errno.
 */
int kernel_cache_prune(unsigned int days, uint64_t *freed, char *err, size_t size);

#endif
