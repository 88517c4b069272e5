/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* sort.h - sorting of many numbers. */
#ifndef PB_UTIL_SORT_H
#define PB_UTIL_SORT_H

#include <stddef.h>
#include <stdint.h>

/*
 * Sort ascending, in linear time: by digits (Knuth, The Art of Computer
 * Programming, vol. 3, 5.2.5). Needs memory for as many values again; without
 * it, and for few values, by comparisons. Cannot fail.
 */
void sort_u64(uint64_t *values, size_t nr);

#endif
