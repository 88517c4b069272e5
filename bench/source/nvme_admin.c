// SPDX-License-Identifier: LGPL-2.1-or-later
#include "source/nvme_admin.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "host/lab/model/nvme_regs.h"

#define ENTRIES     16u /* of the admin queues */
/* In the admin pages; queues begin with a page of their own. */
#define CQ_OFFSET   NVME_PAGE
#define DATA_OFFSET (2 * NVME_PAGE)
#define POLL_US     20u
#define COMMAND_MS  1000u
#define CONTIGUOUS  1u /* PC: CDW11 of Create I/O ... Queue */
#define IEN         2u
#define CNS_NS      0u
#define CNS_ACTIVE  2u

static int fail(struct nvme_admin *a, int ret, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
static int fail(struct nvme_admin *a, int ret, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(a->error, a->size, fmt, ap);
	va_end(ap);
	return ret;
}

static uint32_t get(const struct nvme_admin *a, uint32_t reg)
{
	return *(volatile uint32_t *)(a->fn->bar[0] + reg);
}

static void set(const struct nvme_admin *a, uint32_t reg, uint32_t value)
{
	*(volatile uint32_t *)(a->fn->bar[0] + reg) = value;
}

static void set64(const struct nvme_admin *a, uint32_t reg, uint64_t value)
{
	set(a, reg, (uint32_t)value);
	set(a, reg + 4, (uint32_t)(value >> 32));
}

static uint8_t *page(const struct nvme_admin *a, uint32_t offset)
{
	return a->fn->queues + offset;
}

static uint64_t iova(const struct nvme_admin *a, uint32_t offset)
{
	return a->fn->queues_iova + offset;
}

/* Wait until CSTS.RDY is `ready`; CAP.TO says how long that may take, in 500 ms. */
static int wait_ready(struct nvme_admin *a, uint32_t ready)
{
	uint64_t ms = (get(a, NVME_CAP_LO) >> 24) * 500;
	uint64_t end = clock_now(a->clock) + clock_us_to_ticks(a->clock, (ms ? ms : 500) * 1000);

	for (;;) {
		uint32_t csts = get(a, NVME_CSTS);

		if (csts == UINT32_MAX || (ready && (csts & NVME_CSTS_CFS)))
			return fail(a, -EIO, "the controller reports a fatal status: CSTS 0x%x",
				    csts);
		if ((csts & NVME_CSTS_RDY) == ready)
			return 0;
		if (clock_now(a->clock) >= end)
			return fail(a, -ETIMEDOUT, "the controller does not become %s",
				    ready ? "ready" : "disabled");
		clock_sleep_us(a->clock, POLL_US);
	}
}

static int capabilities(struct nvme_admin *a)
{
	uint32_t lo, hi, vs;

	if (!a->fn || !a->fn->bar[0] || a->fn->bar_size[0] < 2 * NVME_DB || !a->fn->queues)
		return fail(a, -ENODEV, "not an NVMe controller: BAR 0 has %zu bytes",
			    a->fn ? a->fn->bar_size[0] : (size_t)0);
	lo = get(a, NVME_CAP_LO);
	hi = get(a, NVME_CAP_HI);
	vs = get(a, NVME_VS);
	if (vs >> 16 < 1 || vs >> 16 > 9)
		return fail(a, -ENODEV, "not an NVMe controller: version 0x%08x", vs);
	if (!(hi & NVME_CAP_HI_CSS_NVM) || (hi >> 16 & 15))
		return fail(a, -ENOTSUP,
			    "the controller has no NVM command set, or no 4 KiB pages");
	a->stride = 4u << (hi & 15);
	a->entries = (lo & 0xffff) + 1;
	return 0;
}

int nvme_admin_open(struct nvme_admin *a)
{
	int ret = capabilities(a);

	if (ret)
		return ret;
	set(a, NVME_CC, 0);
	ret = wait_ready(a, 0);
	if (ret)
		return ret;
	memset(page(a, PB_DEVICE_ADMIN), 0, PB_DEVICE_QUEUES - PB_DEVICE_ADMIN);
	a->tail = a->head = 0;
	a->phase = 1;
	set(a, NVME_AQA, (ENTRIES - 1) << 16 | (ENTRIES - 1));
	set64(a, NVME_ASQ_LO, iova(a, PB_DEVICE_ADMIN));
	set64(a, NVME_ACQ_LO, iova(a, PB_DEVICE_ADMIN + CQ_OFFSET));
	set(a, NVME_CC, NVME_CC_EN | NVME_SQES_LOG2 << 16 | NVME_CQES_LOG2 << 20);
	return wait_ready(a, NVME_CSTS_RDY);
}

static uint32_t next(uint32_t i)
{
	return (i + 1) % ENTRIES;
}

/* Submit and wait; *result: dword 0 of the completion, may be NULL. */
static int command(struct nvme_admin *a, struct nvme_sqe *sqe, const char *what, uint32_t *result)
{
	struct nvme_sqe *sq = (struct nvme_sqe *)page(a, PB_DEVICE_ADMIN);
	const volatile struct nvme_cqe *cqe =
		(struct nvme_cqe *)page(a, PB_DEVICE_ADMIN + CQ_OFFSET) + a->head;
	uint64_t end = clock_now(a->clock) + clock_us_to_ticks(a->clock, COMMAND_MS * 1000);
	uint16_t status;

	sqe->cdw0 |= (uint32_t)++a->cid << 16;
	sq[a->tail] = *sqe;
	a->tail = next(a->tail);
	__atomic_thread_fence(__ATOMIC_RELEASE);
	set(a, NVME_DB, a->tail);
	while (((status = cqe->status) & NVME_CQE_PHASE) != a->phase) {
		if (clock_now(a->clock) >= end)
			return fail(a, -ETIMEDOUT, "%s: no completion within %u ms", what,
				    COMMAND_MS);
		clock_sleep_us(a->clock, POLL_US);
	}
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	if (cqe->cid != a->cid)
		return fail(a, -EIO, "%s: completion of command %u, %u was submitted", what,
			    cqe->cid, a->cid);
	if (result)
		*result = cqe->dw0;
	a->head = next(a->head);
	a->phase ^= !a->head;
	set(a, NVME_DB + a->stride, a->head);
	if (status >> 1)
		return fail(a, -EIO, "%s: status 0x%03x", what, status >> 1);
	return 0;
}

static int queues_ask(struct nvme_admin *a, uint32_t pairs)
{
	struct nvme_sqe sqe = {
		.cdw0 = NVME_SET_FEATURES,
		.cdw10 = NVME_F_QUEUES,
		.cdw11 = (pairs - 1) << 16 | (pairs - 1),
	};
	uint32_t got;
	int ret = command(a, &sqe, "Set Features, number of queues", &got);

	if (!ret && ((got & 0xffff) + 1 < pairs || (got >> 16) + 1 < pairs))
		ret = fail(a, -ENOSPC, "the controller has %u and %u I/O queues, the plan needs %u",
			   (got & 0xffff) + 1, (got >> 16) + 1, pairs);
	return ret;
}

int nvme_admin_coalesce(struct nvme_admin *a, uint32_t completions, uint32_t us)
{
	struct nvme_sqe sqe = {
		.cdw0 = NVME_SET_FEATURES,
		.cdw10 = NVME_F_COALESCING,
		.cdw11 = (us / 100) << 8 | (completions - 1),
	};

	return command(a, &sqe, "Set Features, interrupt coalescing", NULL);
}

static int queue_create(struct nvme_admin *a, struct pb_device_queue *q, uint16_t id)
{
	struct nvme_sqe cq = {
		.cdw0 = NVME_CREATE_CQ,
		.prp1 = q->completion,
		.cdw10 = (q->entries - 1) << 16 | id,
		.cdw11 = (uint32_t)id << 16 | IEN | CONTIGUOUS,
	};
	struct nvme_sqe sq = {
		.cdw0 = NVME_CREATE_SQ,
		.prp1 = q->submission,
		.cdw10 = (q->entries - 1) << 16 | id,
		.cdw11 = (uint32_t)id << 16 | CONTIGUOUS,
	};
	uint64_t doorbell = a->fn->device->bar + NVME_DB + 2ull * id * a->stride;
	int ret = command(a, &cq, "Create I/O Completion Queue", NULL);

	if (!ret)
		ret = command(a, &sq, "Create I/O Submission Queue", NULL);
	q->submission_doorbell = doorbell;
	q->completion_doorbell = doorbell + a->stride;
	return ret;
}

int nvme_admin_queues(struct nvme_admin *a, struct pb_device_queue *q, uint32_t pairs)
{
	int ret = 0;

	if (NVME_DB + 2ull * (pairs + 1) * a->stride > a->fn->bar_size[0])
		return fail(a, -ENOSPC, "BAR 0 has no room for %u doorbells", 2 * pairs);
	for (uint32_t i = 0; i < pairs && !ret; i++)
		if (q[i].entries > a->entries)
			ret = fail(a, -ENOSPC, "queues have %u entries at most, %u are needed",
				   a->entries, q[i].entries);
	ret = ret ?: queues_ask(a, pairs);
	for (uint32_t i = 0; i < pairs && !ret; i++)
		ret = queue_create(a, &q[i], (uint16_t)(i + 1));
	return ret;
}

/* Of 4096 bytes, which are at the third admin page then. */
static int identify(struct nvme_admin *a, uint32_t nsid, uint32_t cns, const char *what)
{
	struct nvme_sqe sqe = {
		.cdw0 = NVME_IDENTIFY,
		.nsid = nsid,
		.prp1 = iova(a, PB_DEVICE_ADMIN + DATA_OFFSET),
		.cdw10 = cns,
	};

	return command(a, &sqe, what, NULL);
}

/* Identify Namespace: NSZE at 0, FLBAS at 26, LBA formats of 4 bytes from 128 on. */
static int namespace_check(struct nvme_admin *a, uint32_t nsid, uint64_t blocks)
{
	const uint8_t *id = page(a, PB_DEVICE_ADMIN + DATA_OFFSET);
	int ret = identify(a, nsid, CNS_NS, "Identify Namespace");
	uint64_t size;
	uint8_t lbads;

	if (ret)
		return ret;
	memcpy(&size, id, sizeof(size));
	lbads = id[128 + 4 * (id[26] & 15) + 2];
	if (size >= blocks && lbads == 9)
		return 0;
	return fail(a, -ENODEV,
		    "namespace %u has %llu blocks of 2^%u bytes, %llu of 512 are needed", nsid,
		    (unsigned long long)size, lbads, (unsigned long long)blocks);
}

int nvme_admin_namespace(struct nvme_admin *a, uint64_t blocks, uint32_t *nsid)
{
	int ret = identify(a, 0, CNS_ACTIVE, "Identify, active namespaces");

	if (ret)
		return ret;
	memcpy(nsid, page(a, PB_DEVICE_ADMIN + DATA_OFFSET), sizeof(*nsid));
	if (!*nsid)
		return fail(a, -ENODEV, "the controller has no namespace");
	return namespace_check(a, *nsid, blocks);
}

void nvme_admin_close(struct nvme_admin *a)
{
	char line[160];

	if (!a->fn || !a->fn->bar[0])
		return;
	a->error = line;
	a->size = sizeof(line);
	set(a, NVME_CC, 0);
	wait_ready(a, 0);
	a->fn = NULL;
}
