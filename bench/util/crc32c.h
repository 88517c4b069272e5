/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* crc32c.h - CRC-32C (Castagnoli, reflected, as iSCSI and ext4 have it). */
#ifndef PB_UTIL_CRC32C_H
#define PB_UTIL_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* Of `len` bytes; `crc` is 0 to start with, or the result so far. */
uint32_t crc32c(uint32_t crc, const void *data, size_t len);

#endif
