// SPDX-License-Identifier: LGPL-2.1-or-later
/* The image's path comes from guest/guest.mk. */
#include "vmm/agent_image.h"

#ifndef PB_AGENT_BIN
#define PB_AGENT_BIN "/dev/null" /* for tools that only read the source */
#endif

__asm__(".pushsection .rodata\n"
	".balign 16\n"
	".globl agent_image\n"
	"agent_image:\n"
	".incbin \"" PB_AGENT_BIN "\"\n"
	".globl agent_image_end\n"
	"agent_image_end:\n"
	".byte 0\n"
	".popsection\n");
