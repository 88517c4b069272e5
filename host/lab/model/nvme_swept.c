// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Completions on demand: while the instrument is armed so, I/O commands are fetched and
 * held, and the oldest one ends when a sweep says so, at that very instant: its data, its
 * completion, its message.
 */
#include <errno.h>

#include "host/lab/model/nvme_internal.h"
#include "host/lab/model/swept.h"

static struct nvme_ctrl *armed(enum pb_sweep_event event, unsigned int index)
{
	for (unsigned int i = 0; i < NVME_CONTROLLERS; i++) {
		struct nvme_ctrl *c = &nvme_ctrls[i];

		if (event == PB_SWEEP_POST && c->in.armed && c->in.swept && nvme_running(c) &&
		    c->in.record.source == index)
			return c;
	}
	return NULL;
}

/* The oldest command that is held; NULL: none, or its completion queue has no room. */
static struct nvme_cmd *held(struct nvme_ctrl *c)
{
	struct nvme_cmd *best = NULL;

	for (unsigned int i = 0; i < NVME_SLOTS; i++) {
		struct nvme_cmd *cmd = &c->cmd[i];

		if (cmd->used && cmd->sqid && cmd->due == NVME_NEVER &&
		    (!best || cmd->order < best->order))
			best = cmd;
	}
	return best && nvme_room(c, best->sqid) ? best : NULL;
}

void nvme_swept_release(struct nvme_ctrl *c)
{
	if (c->in.armed && c->in.swept)
		return;
	for (unsigned int i = 0; i < NVME_SLOTS; i++)
		if (c->cmd[i].used && c->cmd[i].due == NVME_NEVER)
			c->cmd[i].due = lab->now();
	if (nvme_running(c))
		nvme_fetch(c);
}

static bool is_armed(enum pb_sweep_event event, unsigned int index)
{
	return armed(event, index);
}

static bool is_ready(enum pb_sweep_event event, unsigned int index)
{
	struct nvme_ctrl *c = armed(event, index);

	return c && held(c);
}

/* With one queue, whose vector is the first that is recorded: the plan's check. */
static uint64_t pid(enum pb_sweep_event event, unsigned int index)
{
	struct nvme_ctrl *c = armed(event, index);

	return c ? pci_function_peek_pid(&c->pci, c->in.record.first) : 0;
}

static uint64_t irte(enum pb_sweep_event event, unsigned int index)
{
	struct nvme_ctrl *c = armed(event, index);

	return c ? pci_function_peek_irte(&c->pci, c->in.record.first) : 0;
}

static int post(enum pb_sweep_event event, unsigned int index)
{
	struct nvme_ctrl *c = armed(event, index);
	struct nvme_cmd *cmd = c ? held(c) : NULL;

	if (!cmd)
		return -ENOENT;
	cmd->due = lab->now();
	nvme_run(c);
	return 0;
}

static int attempt(enum pb_sweep_event event, unsigned int index, struct vtd_message *m)
{
	struct nvme_ctrl *c = armed(event, index);
	int ret = post(event, index);

	if (ret)
		return ret;
	c->in.completed--;
	*m = c->in.record.last;
	if (!m->pid)
		m->vector = record_guest_vector(&c->in.record, 0);
	return 0;
}

const struct swept_ops swept_nvme = {
	.armed = is_armed,
	.ready = is_ready,
	.pid = pid,
	.irte = irte,
	.post = post,
	.attempt = attempt,
};
