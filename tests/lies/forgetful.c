// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * forgetful.c - the guest's poll loop, but that it takes its time before it stops
 * polling; and, unless the build says otherwise, does not look again behind it.
 */
#include "guest/agent/arch.h"

#ifndef AGENT_LOOK_AGAIN
#define AGENT_LOOK_AGAIN 0
#endif
#define LINGER_PAUSES 20000u

static inline void linger(void)
{
	for (unsigned int i = 0; i < LINGER_PAUSES; i++)
		arch_pause();
}
#define AGENT_LINGER() linger()

#include "guest/agent/poll.c"
