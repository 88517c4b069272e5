/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* digest.h - SHA-256 (FIPS 180-4), as lower-case hex; by OpenSSL. */
#ifndef PB_KERNEL_DIGEST_H
#define PB_KERNEL_DIGEST_H

#include <stddef.h>

#define DIGEST_HEX 65 /* characters, terminator included */

void digest_data(const void *data, size_t size, char hex[DIGEST_HEX]);
/* Of a file's contents. 0 or -errno. */
int digest_file(const char *path, char hex[DIGEST_HEX]);

#endif
