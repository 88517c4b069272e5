/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* large.h - memory for arrays of millions. */
#ifndef PB_UTIL_LARGE_H
#define PB_UTIL_LARGE_H

#include <stddef.h>

/*
 * Room for `nr` things of `size` bytes, not zeroed, the caller's to free();
 * in huge pages where the machine has them to give, since the faults of small
 * ones cost as much as a pass over the array. NULL: no memory, or the product
 * overflows.
 */
void *large_alloc(size_t nr, size_t size);

#endif
