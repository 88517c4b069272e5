/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* project.h - where the project's own files are, and its cache. */
#ifndef PB_UTIL_PROJECT_H
#define PB_UTIL_PROJECT_H

#include <stddef.h>

/*
 * The directory that holds configs/ and host/: $PIRBENCH_ROOT, else the
 * nearest one above the running program, or share/pirbench in one of these,
 * where `make install` puts them; so that an installed tree can be moved. 0;
 * -ENOENT when there is none; -ENAMETOOLONG.
 */
int project_root(char *buf, size_t size);

/*
 * The directory `sub` of the cache, made with its parents (mode 0755):
 * ${PIRBENCH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pirbench}/sub.
 * An absolute path. 0; -ENOENT when HOME is not set; -errno of mkdir.
 */
int project_cache(const char *sub, char *buf, size_t size);

#endif
