// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Submission and completion queues (3.3): doorbells, fetching, completing.
 */
#include "host/lab/model/nvme_internal.h"
#include "host/lab/model/truth.h"

static bool cq_full(const struct nvme_cq *q)
{
	return (q->tail + 1) % q->size == q->head;
}

bool nvme_room(const struct nvme_ctrl *c, uint16_t sqid)
{
	const struct nvme_cq *q = &c->cq[c->sq[sqid].cqid];

	return q->on && !cq_full(q);
}

bool nvme_complete(struct nvme_ctrl *c, uint16_t sqid, uint16_t cid, uint32_t result,
		   uint16_t status)
{
	const struct nvme_sq *sq = &c->sq[sqid];
	struct nvme_cq *q = &c->cq[sq->cqid];
	uint32_t e[4] = {result, 0, sq->head | (uint32_t)sqid << 16,
			 cid | (uint32_t)(q->phase | status << 1) << 16};

	if (!nvme_room(c, sqid))
		return false;
	if (pci_function_dma_write(&c->pci, q->base + q->tail * NVME_CQE, e, sizeof(e))) {
		c->priv.dma_faults++;
		nvme_fatal(c);
		return true;
	}
	q->tail = (q->tail + 1) % q->size;
	q->phase ^= !q->tail;
	c->in.completed += sq->cqid != 0;
	nvme_irq_completion(c, sq->cqid, c->in.completed,
			    cid | (uint64_t)sqid << 16 | (uint64_t)sq->cqid << 32 |
				    (uint64_t)status << 48);
	return true;
}

/* --- executing ------------------------------------------------------------------ */

struct nvme_cmd *nvme_find(struct nvme_ctrl *c, uint16_t sqid, uint16_t cid)
{
	for (unsigned int i = 0; i < NVME_SLOTS; i++)
		if (c->cmd[i].used && c->cmd[i].sqid == sqid && c->cmd[i].cid == cid)
			return &c->cmd[i];
	return NULL;
}

/* The one that comes next: the earliest, of these the first fetched. NULL: none. */
static struct nvme_cmd *next(struct nvme_ctrl *c)
{
	struct nvme_cmd *best = NULL;

	for (unsigned int i = 0; i < NVME_SLOTS; i++) {
		struct nvme_cmd *cmd = &c->cmd[i];

		if (!cmd->used || !nvme_room(c, cmd->sqid))
			continue;
		if (!best || cmd->due < best->due ||
		    (cmd->due == best->due && cmd->order < best->order))
			best = cmd;
	}
	return best;
}

static void execute(struct nvme_ctrl *c, struct nvme_cmd *slot)
{
	struct nvme_cmd cmd = *slot;
	uint16_t status = cmd.status;
	uint32_t result = 0;
	bool later = false;

	slot->used = false;
	if (status == NVME_OK)
		status = cmd.sqid ? nvme_io(c, &cmd) : nvme_admin(c, &cmd, &result, &later);
	if (!nvme_running(c) || later)
		return;
	if (status != NVME_OK && status != NVME_ABORTED) {
		nvme_error_log(c, &cmd, status);
		status |= NVME_MORE;
	}
	nvme_complete(c, cmd.sqid, cmd.cid, result, status);
}

void nvme_cancel(struct nvme_cmd *cmd, uint16_t status)
{
	cmd->status = status;
	cmd->due = 0;
}

static void timer_arm(struct nvme_ctrl *c)
{
	const struct nvme_cmd *cmd = next(c);
	uint64_t at = nvme_irq_deadline(c), now = lab->now();

	if (cmd && cmd->due < at)
		at = cmd->due;
	if (at == UINT64_MAX || !nvme_running(c))
		lab->timer_cancel(c->timer);
	else
		lab->timer_set(c->timer, at > now ? at : now + 1);
}

void nvme_run(void *ctrl)
{
	struct nvme_ctrl *c = ctrl;
	struct nvme_cmd *cmd;

	while (nvme_running(c) && (cmd = next(c)) && cmd->due <= lab->now())
		execute(c, cmd);
	nvme_events_report(c);
	nvme_irq_send(c);
	nvme_fetch(c);
}

/* --- fetching --------------------------------------------------------------------- */

static struct nvme_cmd *slot_free(struct nvme_ctrl *c)
{
	for (unsigned int i = 0; i < NVME_SLOTS; i++)
		if (!c->cmd[i].used)
			return &c->cmd[i];
	return NULL;
}

/* False: nothing there, or no room for it. */
static bool fetch_one(struct nvme_ctrl *c, uint16_t sqid)
{
	struct nvme_sq *q = &c->sq[sqid];
	struct nvme_cmd *cmd;

	if (!q->on || q->head == q->tail)
		return false;
	cmd = slot_free(c);
	if (!cmd)
		return false;
	if (pci_function_dma_read(&c->pci, q->base + q->head * NVME_SQE, cmd->dw,
				  sizeof(cmd->dw))) {
		c->priv.dma_faults++;
		nvme_fatal(c);
		return false;
	}
	q->head = (q->head + 1) % q->size;
	cmd->sqid = sqid;
	cmd->cid = cmd->dw[0] >> 16;
	cmd->status = nvme_find(c, sqid, cmd->cid) ? NVME_CID_CONFLICT : NVME_OK;
	cmd->order = c->order++;
	cmd->due = nvme_due(c, !sqid);
	cmd->used = true;
	c->in.started += sqid != 0;
	return true;
}

/* Round robin, one command at a time (3.4.4.1). */
void nvme_fetch(struct nvme_ctrl *c)
{
	unsigned int idle = 0;

	while (idle < NVME_QUEUES && nvme_running(c)) {
		idle = fetch_one(c, c->turn) ? 0 : idle + 1;
		c->turn = (c->turn + 1) % NVME_QUEUES;
	}
	timer_arm(c);
}

/* --- doorbells ---------------------------------------------------------------------- */

static bool tail_write(struct nvme_ctrl *c, uint16_t sqid, uint32_t value)
{
	struct nvme_sq *q = &c->sq[sqid];

	if (value >= q->size)
		return false;
	if (sqid && !instrument_doorbell(&c->in)) {
		truth_injected(c->in.record.source, value, 0, PB_INJECTED_DOORBELL);
		return true;
	}
	q->tail = value;
	return true;
}

/* Only what was written can have been taken. */
static bool head_write(struct nvme_ctrl *c, uint16_t cqid, uint32_t value)
{
	struct nvme_cq *q = &c->cq[cqid];

	if (value >= q->size ||
	    (value + q->size - q->head) % q->size > (q->tail + q->size - q->head) % q->size)
		return false;
	q->head = value;
	return true;
}

void nvme_doorbell(struct nvme_ctrl *c, uint32_t offset, uint32_t value)
{
	uint32_t qid = offset / 8;
	bool cq = offset & 4, ok;

	if (!nvme_running(c))
		return;
	if (qid >= NVME_QUEUES || !(cq ? c->cq[qid].on : c->sq[qid].on)) {
		nvme_event(c, NVME_EVENT_ERROR, NVME_EVENT_BAD_QUEUE, NVME_L_ERROR);
	} else {
		ok = cq ? head_write(c, qid, value & 0xffff) : tail_write(c, qid, value & 0xffff);
		if (!ok)
			nvme_event(c, NVME_EVENT_ERROR, NVME_EVENT_BAD_VALUE, NVME_L_ERROR);
	}
	nvme_events_report(c);
	nvme_irq_send(c);
	nvme_fetch(c);
}

/* --- creating and deleting (5.4 to 5.7) ----------------------------------------------- */

static uint16_t geometry_check(const struct nvme_ctrl *c, const struct nvme_cmd *cmd)
{
	uint32_t size = cmd->dw[10] >> 16;

	if (!size || size > NVME_CAP_MQES)
		return NVME_QUEUE_SIZE;
	if (NVME_CC_IOSQES(c->cc) != NVME_SQES_LOG2 || NVME_CC_IOCQES(c->cc) != NVME_CQES_LOG2)
		return NVME_QUEUE_SIZE;
	if (!(cmd->dw[11] & 1)) /* CAP.CQR: in one piece */
		return NVME_INVALID_FIELD;
	if (nvme_dw64(cmd, 6) % NVME_PAGE)
		return NVME_PRP_OFFSET;
	return NVME_OK;
}

uint16_t nvme_create_cq(struct nvme_ctrl *c, const struct nvme_cmd *cmd)
{
	uint32_t qid = cmd->dw[10] & 0xffff, vector = cmd->dw[11] >> 16;
	uint16_t status;

	if (!qid || qid > c->feature.cqs || c->cq[qid].on)
		return NVME_QID_INVALID;
	status = geometry_check(c, cmd);
	if (status != NVME_OK)
		return status;
	if (vector >= nvme_virt_vectors(c))
		return NVME_VECTOR_INVALID;
	c->cq[qid] = (struct nvme_cq){
		.on = true,
		.ien = cmd->dw[11] & 2,
		.phase = true,
		.base = nvme_dw64(cmd, 6),
		.size = (cmd->dw[10] >> 16) + 1,
		.vector = vector,
	};
	return NVME_OK;
}

uint16_t nvme_create_sq(struct nvme_ctrl *c, const struct nvme_cmd *cmd)
{
	uint32_t qid = cmd->dw[10] & 0xffff, cqid = cmd->dw[11] >> 16;
	uint16_t status;

	if (!qid || qid > c->feature.sqs || c->sq[qid].on || !cqid || cqid > c->feature.cqs)
		return NVME_QID_INVALID;
	if (!c->cq[cqid].on)
		return NVME_CQ_INVALID;
	status = geometry_check(c, cmd);
	if (status != NVME_OK)
		return status;
	c->sq[qid] = (struct nvme_sq){
		.on = true,
		.base = nvme_dw64(cmd, 6),
		.size = (cmd->dw[10] >> 16) + 1,
		.cqid = cqid,
	};
	return NVME_OK;
}

uint16_t nvme_delete_cq(struct nvme_ctrl *c, const struct nvme_cmd *cmd)
{
	uint32_t qid = cmd->dw[10] & 0xffff;

	if (!qid || qid >= NVME_QUEUES || !c->cq[qid].on)
		return NVME_QID_INVALID;
	for (unsigned int i = 1; i < NVME_QUEUES; i++)
		if (c->sq[i].on && c->sq[i].cqid == qid)
			return NVME_QUEUE_DELETION;
	c->cq[qid].on = false;
	return NVME_OK;
}

/* What is in it is aborted, and said so where there is room. */
uint16_t nvme_delete_sq(struct nvme_ctrl *c, const struct nvme_cmd *cmd)
{
	uint32_t qid = cmd->dw[10] & 0xffff;

	if (!qid || qid >= NVME_QUEUES || !c->sq[qid].on)
		return NVME_QID_INVALID;
	for (unsigned int i = 0; i < NVME_SLOTS; i++) {
		if (!c->cmd[i].used || c->cmd[i].sqid != qid)
			continue;
		nvme_complete(c, qid, c->cmd[i].cid, 0, NVME_ABORTED_SQ);
		c->cmd[i].used = false;
	}
	c->sq[qid].on = false;
	return NVME_OK;
}
