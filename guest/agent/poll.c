// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * poll.c - how the guest's drivers take completions: in the ISR, or, where the
 * source says so, as NAPI does (Documentation/networking/napi.rst).  Then the ISR
 * holds the queue's interrupts back and hands over to the main loop, which looks
 * again and again until it finds less than its budget.
 *
 * The end of that is where such drivers go wrong: what comes between the last look
 * and the interrupts being on again has none.  So there is one more look behind it.
 *
 * A virtqueue has a flag for its interrupts.  An NVMe queue has not: messages go on
 * to come, and their ISR finds that the queue polls already.
 */
#include "guest/agent/agent_code.h"

/* Tests forget the look, and make the time before it long (tests/lies/forgetful.c). */
#ifndef AGENT_LOOK_AGAIN
#define AGENT_LOOK_AGAIN 1
#endif
#ifndef AGENT_LINGER
#define AGENT_LINGER() ((void)0)
#endif

static uint32_t take(const struct pb_device *d, uint32_t queue, uint32_t budget)
{
	if (d->kind == PB_SOURCE_NVME)
		return agent_nvme_take(d, queue, budget);
	return d->kind == PB_SOURCE_NIC ? agent_net_take(d, queue, budget) : 0;
}

static bool has_more(const struct pb_device *d, uint32_t queue)
{
	if (d->kind == PB_SOURCE_NVME)
		return agent_nvme_waiting(d, queue);
	return d->kind == PB_SOURCE_NIC && agent_net_waiting(d, queue);
}

/* The ISR comes in between any two instructions here, and sets the same. */
static void set_polling(const struct pb_device *d, uint32_t queue, bool on)
{
	__atomic_store_n(&agent_state(d, queue)->polling, on, __ATOMIC_SEQ_CST);
	if (d->kind == PB_SOURCE_NIC)
		agent_net_interrupts(d, queue, !on);
	/* What the device writes from now on has an interrupt; what is there is seen. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

void agent_device_interrupt(const struct pb_device *d, uint32_t queue)
{
	if (d->poll)
		set_polling(d, queue, true);
	else
		take(d, queue, UINT32_MAX);
}

static void look(const struct pb_device *d, uint32_t queue)
{
	uint32_t taken = take(d, queue, d->poll);

	agent_state(d, queue)->polled += taken;
	if (taken == d->poll)
		return;
	AGENT_LINGER();
	set_polling(d, queue, false);
	if (AGENT_LOOK_AGAIN && has_more(d, queue))
		set_polling(d, queue, true);
}

static bool polls(const struct pb_device *d, uint32_t queue)
{
	return __atomic_load_n(&agent_state(d, queue)->polling, __ATOMIC_SEQ_CST);
}

void agent_device_poll(const struct pb_device *d)
{
	for (uint32_t i = 0; d->poll && i < d->queues; i++)
		if (polls(d, i))
			look(d, i);
}

bool agent_device_polls(const struct pb_device *d)
{
	for (uint32_t i = 0; d->poll && i < d->queues; i++)
		if (polls(d, i))
			return true;
	return false;
}

static void abort_queue(const struct pb_device *d, uint32_t queue)
{
	if (d->kind == PB_SOURCE_NVME)
		agent_nvme_abort(d, queue);
	else if (d->kind == PB_SOURCE_NIC)
		agent_net_abort(d, queue);
	agent_state(d, queue)->polling = 0;
}

/* Once the source sees the new life in the states, it clears the queues' memory. */
bool agent_device_reborn(const struct pb_device *d)
{
	uint32_t life = __atomic_load_n(&d->life, __ATOMIC_ACQUIRE);

	/* Before the first, the source may not have filled in the rest. */
	if (!life || life == agent_state(d, 0)->life)
		return false;
	for (uint32_t i = 0; i < d->queues; i++) {
		abort_queue(d, i);
		__atomic_store_n(&agent_state(d, i)->life, life, __ATOMIC_RELEASE);
	}
	return true;
}
