/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* agent_image.h - the guest agent's flat image, built from guest/agent/. */
#ifndef PB_VMM_AGENT_IMAGE_H
#define PB_VMM_AGENT_IMAGE_H

#include <stddef.h>
#include <stdint.h>

/* To be copied to PB_AGENT_BASE and entered at its first byte. */
extern const uint8_t agent_image[];
extern const uint8_t agent_image_end[];

static inline size_t agent_image_size(void)
{
	return (size_t)((uintptr_t)agent_image_end - (uintptr_t)agent_image);
}

#endif
