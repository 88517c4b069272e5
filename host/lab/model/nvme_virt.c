// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Virtualization enhancements (8.26): the primary controller, in the physical
 * function, has resources of its own and gives flexible ones to the secondary
 * controllers, in the virtual functions, which are online or offline.
 *
 * By default they come up by themselves, each with its share, when the virtual
 * functions are enabled, and live on their own: so that they can be used where
 * nobody drives the primary.  PB_NVME_VIRT = 0 leaves it all to Virtualization
 * Management, as the specification has it.
 */
#include "host/lab/model/nvme_internal.h"

#define SHARE  (NVME_FLEXIBLE / NVME_SECONDARIES)
#define MIN_VQ 2u /* an admin and an I/O queue */
#define MIN_VI 1u

enum action { ACT_PRIMARY = 0x1, ACT_OFFLINE = 0x7, ACT_ASSIGN = 0x8, ACT_ONLINE = 0x9 };
enum resource { RES_VQ, RES_VI, RESOURCES };

static bool automatic = true;

static struct nvme_ctrl *primary(void)
{
	return &nvme_ctrls[0];
}

static uint32_t *held(struct nvme_ctrl *c, enum resource r)
{
	return r == RES_VQ ? &c->vq : &c->vi;
}

static uint32_t *held_next(struct nvme_ctrl *c, enum resource r)
{
	return r == RES_VQ ? &c->vq_next : &c->vi_next;
}

static uint32_t of_secondaries(enum resource r)
{
	uint32_t n = 0;

	for (unsigned int i = 1; i < NVME_CONTROLLERS; i++)
		n += *held(&nvme_ctrls[i], r);
	return n;
}

/* Not of anybody, nor promised to the primary. */
static uint32_t available(enum resource r)
{
	uint32_t now = *held(primary(), r), next = *held_next(primary(), r);

	return NVME_FLEXIBLE - of_secondaries(r) - (now > next ? now : next);
}

uint32_t nvme_virt_queues(const struct nvme_ctrl *c)
{
	return c->vq + (c->id ? 0 : NVME_PRIVATE);
}

uint32_t nvme_virt_vectors(const struct nvme_ctrl *c)
{
	return c->vi + (c->id ? 0 : NVME_PRIVATE);
}

bool nvme_virt_online(const struct nvme_ctrl *c)
{
	return !c->id || c->online;
}

bool nvme_virt_auto(void)
{
	return automatic;
}

void nvme_virt_auto_set(bool on)
{
	automatic = on;
}

static bool ready(const struct nvme_ctrl *c)
{
	return c->id <= pci_function_vfs(&primary()->pci) && c->vq >= MIN_VQ && c->vi >= MIN_VI;
}

static void offline(struct nvme_ctrl *c)
{
	c->online = false;
	c->cc = 0;
	nvme_disable(c);
}

static void share_take(struct nvme_ctrl *c, enum resource r)
{
	uint32_t free = available(r);

	if (!*held(c, r))
		*held(c, r) = free < SHARE ? free : SHARE;
}

void nvme_virt_vfs_changed(void)
{
	unsigned int n = pci_function_vfs(&primary()->pci);

	for (unsigned int i = 1; i < NVME_CONTROLLERS; i++) {
		struct nvme_ctrl *c = &nvme_ctrls[i];

		if (i > n) {
			offline(c);
		} else if (automatic) {
			share_take(c, RES_VQ);
			share_take(c, RES_VI);
			c->online = ready(c);
		}
	}
}

void nvme_virt_primary_reset(void)
{
	struct nvme_ctrl *p = primary();

	p->vq = p->vq_next;
	p->vi = p->vi_next;
	for (unsigned int i = 1; i < NVME_CONTROLLERS && !automatic; i++)
		offline(&nvme_ctrls[i]);
}

void nvme_virt_reset(void)
{
	automatic = true;
	for (unsigned int i = 0; i < NVME_CONTROLLERS; i++) {
		struct nvme_ctrl *c = &nvme_ctrls[i];

		c->vq = c->vi = c->vq_next = c->vi_next = 0;
		c->online = false;
	}
}

/* --- Virtualization Management (5.28) ------------------------------------------- */

static uint16_t primary_allocate(uint16_t id, enum resource r, uint32_t n)
{
	if (id)
		return NVME_CNTLID_INVALID;
	if (r >= RESOURCES)
		return NVME_RESOURCE_ID;
	if (n > NVME_FLEXIBLE - of_secondaries(r))
		return NVME_RESOURCES;
	*held_next(primary(), r) = n;
	return NVME_OK;
}

static uint16_t assign(struct nvme_ctrl *c, enum resource r, uint32_t n)
{
	if (r >= RESOURCES)
		return NVME_RESOURCE_ID;
	if (c->online)
		return NVME_SECONDARY_STATE;
	if (n > NVME_SECONDARY_MAX || n > available(r) + *held(c, r))
		return NVME_RESOURCES;
	*held(c, r) = n;
	return NVME_OK;
}

static uint16_t online(struct nvme_ctrl *c)
{
	if (!c->online && !ready(c))
		return NVME_SECONDARY_STATE;
	c->online = true;
	return NVME_OK;
}

uint16_t nvme_virt_mgmt(const struct nvme_cmd *cmd, uint32_t *result)
{
	enum action act = cmd->dw[10] & 15;
	enum resource r = cmd->dw[10] >> 8 & 7;
	uint16_t id = cmd->dw[10] >> 16, n = cmd->dw[11] & 0xffff, status;

	if (act == ACT_PRIMARY) {
		status = primary_allocate(id, r, n);
	} else if (act != ACT_OFFLINE && act != ACT_ASSIGN && act != ACT_ONLINE) {
		return NVME_INVALID_FIELD;
	} else if (!id || id > NVME_SECONDARIES) {
		return NVME_CNTLID_INVALID;
	} else if (act == ACT_ASSIGN) {
		status = assign(&nvme_ctrls[id], r, n);
	} else if (act == ACT_ONLINE) {
		return online(&nvme_ctrls[id]);
	} else {
		offline(&nvme_ctrls[id]);
		return NVME_OK;
	}
	*result = status == NVME_OK ? n : 0;
	return status;
}

/* --- Identify (5.17.2.14, 5.17.2.15) ------------------------------------------------ */

static void caps_of(uint8_t *page, unsigned int at, enum resource r)
{
	nvme_put(page, at, NVME_FLEXIBLE, 4);
	nvme_put(page, at + 4, of_secondaries(r), 4);
	nvme_put(page, at + 8, *held(primary(), r), 2);
	nvme_put(page, at + 10, NVME_PRIVATE, 2);
	nvme_put(page, at + 12, NVME_SECONDARY_MAX, 2);
	nvme_put(page, at + 14, 1, 2); /* granularity */
}

void nvme_virt_caps(uint8_t *page)
{
	nvme_put(page, 0, primary()->id, 2);
	page[4] = 0x3; /* both kinds of resources */
	caps_of(page, 32, RES_VQ);
	caps_of(page, 64, RES_VI);
}

void nvme_virt_list(uint8_t *page, uint16_t from)
{
	uint8_t n = 0;

	for (unsigned int i = from ? from : 1; i < NVME_CONTROLLERS; i++) {
		const struct nvme_ctrl *c = &nvme_ctrls[i];
		uint8_t *e = page + 32 + 32 * n++;

		nvme_put(e, 0, c->id, 2);
		nvme_put(e, 2, primary()->id, 2);
		e[4] = c->online;
		nvme_put(e, 8, c->id, 2); /* virtual function */
		nvme_put(e, 10, c->vq, 2);
		nvme_put(e, 12, c->vi, 2);
	}
	page[0] = n;
}
