/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* null.h - what a test may ask of the null VMM. */
#ifndef PB_VMM_NULL_KIND_H
#define PB_VMM_NULL_KIND_H

#include <stdint.h>

/* Of 1000 posts, so many (drawn with the plan's seed) are never delivered. 0 to begin with. */
void vmm_null_set_loss(uint32_t permille);

#endif
