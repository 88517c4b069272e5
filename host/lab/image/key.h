/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* key.h - the key of a cache entry: what all that it is made from adds up to. */
#ifndef LAB_IMAGE_KEY_H
#define LAB_IMAGE_KEY_H

#include <stddef.h>

#include "host/lab/image/cache.h"

struct image_piece {
	const void *data;
	size_t size;
};

/* SHA-256 of the pieces, each with its size in front, as hex. 0, -ENOMEM, -EIO. */
int image_key(const struct image_piece *piece, size_t nr, char key[IMAGE_KEY]);

#endif
