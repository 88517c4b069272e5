/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cache.h - the images that were built, by content key, in
 * project_cache("images").  An entry is whole or is not there; a kill leaves
 * nothing (util/file.h).
 */
#ifndef LAB_IMAGE_CACHE_H
#define LAB_IMAGE_CACHE_H

#include <stddef.h>

#define IMAGE_KEY 72 /* bytes for a key: hex, NUL */

/* Path of an entry, marked as used now. 0, -ENOENT, -errno. */
int image_cache_find(const char *kind, const char *key, char *path, size_t size);
/* Put it there, if it is not yet. 0 or -errno. */
int image_cache_put(const char *kind, const char *key, const void *data, size_t data_size,
		    char *path, size_t size);
/* Remove what was not used for a month. */
void image_cache_prune(void);

#endif
