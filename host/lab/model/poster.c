// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/lab/model/poster.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "host/lab/model/aim.h"
#include "host/lab/model/lab.h"
#include "host/lab/model/pci.h"
#include "host/lab/model/pid.h"
#include "host/lab/model/poster_schedule.h"
#include "host/lab/model/record.h"
#include "host/lab/model/sweep.h"
#include "host/lab/model/swept.h"
#include "shared/event.h"
#include "shared/plan.h"
#include "shared/poster_regs.h"

#define POSTERS  2u
#define REGS_END 0x100u /* bytes */

struct poster {
	struct pci_function pci;
	uint32_t reg[REGS_END / 4]; /* those that software writes */
	struct poster_config config; /* as armed */
	struct poster_schedule schedule;
	struct aim aim;
	int timer;
	bool armed, done, invalid;
	uint32_t vector; /* of the next post */
	struct record record;
};

static struct poster posters[POSTERS];

static struct poster *of(struct pci_function *f)
{
	return (struct poster *)((char *)f - offsetof(struct poster, pci));
}

static uint32_t *reg_at(struct poster *p, uint32_t offset)
{
	return &p->reg[offset / 4];
}

static uint64_t reg_pair(struct poster *p, uint32_t offset)
{
	return *reg_at(p, offset) | (uint64_t)*reg_at(p, offset + 4) << 32;
}

static void post(struct poster *p)
{
	p->schedule.left--;
	record_post(&p->record, p->vector);
	p->vector = poster_schedule_vector(&p->schedule);
}

/* --- the schedule ----------------------------------------------------------- */

static void aim_next(struct poster *p)
{
	struct aim_target t = {
		.kind = p->config.aim,
		.pid = pci_function_peek_pid(&p->pci, p->vector),
		.skip = p->config.skip,
		.offset = poster_schedule_offset(&p->schedule),
		.seq = p->record.posted + 1,
		.source = p->config.source,
	};

	pid_see(t.pid);
	aim_set(&p->aim, &t);
}

/* Wait for the next occasion, or be done. */
static void next(struct poster *p)
{
	if (!p->schedule.left) {
		p->armed = false;
		p->done = true;
	} else if (p->config.schedule == PB_SCHED_AIMED) {
		aim_next(p);
	} else if (p->config.schedule != PB_SCHED_SWEPT) {
		lab->timer_set(p->timer, poster_schedule_next(&p->schedule, lab->now()));
	}
}

/* The timer or the aim: an occasion has come. */
static void occasion(void *arg)
{
	struct poster *p = arg;

	if (!p->armed)
		return;
	for (uint32_t n = poster_schedule_posts(&p->schedule); n; n--)
		post(p);
	next(p);
}

static void disarm(struct poster *p)
{
	lab->timer_cancel(p->timer);
	aim_clear(&p->aim);
	p->armed = false;
}

static void config_load(struct poster *p, struct poster_config *c)
{
	*c = (struct poster_config){
		.schedule = *reg_at(p, PB_POSTER_SCHEDULE),
		.aim = *reg_at(p, PB_POSTER_AIM),
		.count = *reg_at(p, PB_POSTER_COUNT),
		.vectors = *reg_at(p, PB_POSTER_VECTORS),
		.period = reg_pair(p, PB_POSTER_PERIOD_LO),
		.burst = *reg_at(p, PB_POSTER_BURST),
		.jitter = reg_pair(p, PB_POSTER_JITTER_LO),
		.fresh = *reg_at(p, PB_POSTER_FLAGS) & PB_POSTER_FL_FRESH,
		.kick = *reg_at(p, PB_POSTER_FLAGS) & PB_POSTER_FL_KICK,
		.offset_min = *reg_at(p, PB_POSTER_OFFSET_MIN),
		.offset_max = *reg_at(p, PB_POSTER_OFFSET_MAX),
		.skip = *reg_at(p, PB_POSTER_SKIP),
		.seed = reg_pair(p, PB_POSTER_SEED_LO),
		.slots = reg_pair(p, PB_POSTER_SLOTS_LO),
		.ring = reg_pair(p, PB_POSTER_RING_LO),
		.capacity = *reg_at(p, PB_POSTER_RING_CAPACITY),
		.vector_base = *reg_at(p, PB_POSTER_VECTOR_BASE),
		.source = *reg_at(p, PB_POSTER_SOURCE),
		.vcpu = *reg_at(p, PB_POSTER_VCPU),
	};
}

static void counters_clear(struct poster *p)
{
	p->done = p->invalid = false;
	p->aim.abandoned = p->aim.stalled = 0;
	record_clear(&p->record);
}

static void record_config(struct poster *p)
{
	const struct poster_config *c = &p->config;
	struct record *r = &p->record;

	r->slots = c->slots;
	r->ring = c->ring;
	r->capacity = c->capacity;
	r->vectors = c->vectors;
	r->vector_base = c->vector_base;
	r->source = (uint8_t)c->source;
	r->vcpu = (uint16_t)c->vcpu;
	r->mute = c->kick;
}

static void arm(struct poster *p)
{
	struct poster_config c;

	config_load(p, &c);
	disarm(p);
	counters_clear(p);
	p->invalid = !poster_config_valid(&c);
	if (p->invalid)
		return;
	p->config = c;
	poster_schedule_init(&p->schedule, &p->config, lab->now());
	p->vector = poster_schedule_vector(&p->schedule);
	p->armed = true;
	record_config(p);
	record_follow(&p->record);
	next(p);
	if (c.schedule == PB_SCHED_SWEPT && !c.kick)
		sweep_armed(c.source);
}

/* --- registers --------------------------------------------------------------- */

static bool stored(uint32_t offset)
{
	return (offset >= PB_POSTER_SCHEDULE && offset <= PB_POSTER_SKIP) ||
	       (offset >= PB_POSTER_SEED_LO && offset <= PB_POSTER_JITTER_HI);
}

static uint32_t status(const struct poster *p)
{
	return (p->armed ? PB_POSTER_ST_ARMED : 0) | (p->done ? PB_POSTER_ST_DONE : 0) |
	       (p->invalid ? PB_POSTER_ST_INVALID : 0);
}

static uint32_t poster_read(struct pci_function *f, unsigned int bar, uint32_t offset)
{
	struct poster *p = of(f);

	if (bar != 0)
		return 0;
	if (stored(offset))
		return *reg_at(p, offset);
	switch (offset) {
	case PB_POSTER_ID:
		return PB_POSTER_ID_VALUE;
	case PB_POSTER_VERSION:
		return 1;
	case PB_POSTER_STATUS:
		return status(p);
	case PB_POSTER_POSTED:
		return p->record.posted;
	case PB_POSTER_LOST:
		return p->record.lost;
	case PB_POSTER_DMA_FAULTS:
		return p->record.dma_faults;
	case PB_POSTER_ABANDONED:
		return p->aim.abandoned;
	case PB_POSTER_STALLED:
		return p->aim.stalled;
	default:
		return 0;
	}
}

static void poster_write(struct pci_function *f, unsigned int bar, uint32_t offset, uint32_t value)
{
	struct poster *p = of(f);

	if (bar != 0)
		return;
	if (stored(offset))
		*reg_at(p, offset) = value;
	else if (offset == PB_POSTER_CTRL && value == PB_POSTER_CTRL_ARM)
		arm(p);
	else if (offset == PB_POSTER_CTRL && value == PB_POSTER_CTRL_DISARM)
		disarm(p);
}

/* --- the function ------------------------------------------------------------ */

static void function_reset(struct pci_function *f)
{
	struct poster *p = of(f);

	disarm(p);
	counters_clear(p);
	memset(p->reg, 0, sizeof(p->reg));
}

/* Where the next post goes may have changed. */
static void retarget(struct pci_function *f)
{
	struct poster *p = of(f);
	uint64_t pid;

	if (!p->armed)
		return;
	pid = pci_function_peek_pid(f, p->vector);
	pid_see(pid);
	aim_retarget(&p->aim, pid);
}

static void unmasked(struct pci_function *f, unsigned int vector, const struct vtd_message *m)
{
	record_sent(&of(f)->record, vector, m);
}

static const struct pci_function_ops poster_ops = {
	.read = poster_read,
	.write = poster_write,
	.reset = function_reset,
	.msix_changed = retarget,
	.msix_sent = unmasked,
};

static const struct pci_function_desc poster_desc = {
	.name = "pirbench poster",
	.vendor = PB_POSTER_VENDOR,
	.device = PB_POSTER_DEVICE,
	.class_code = 0xff0000, /* does not fit any class */
	.revision = 1,
	.bar = {[0] = {.size = PB_POSTER_BAR_SIZE}, [2] = {.size = PB_POSTER_BAR_SIZE}},
	.msix_vectors = PB_MAX_VECTORS,
	.msix_bar = 2,
	.msix_table = 0,
	.msix_pba = 0x8000,
};

int poster_init(void)
{
	static const struct {
		unsigned int devfn;
		const char *timer, *aim;
	} place[POSTERS] = {
		{0x10 << 3, "poster 0", "aim 0"},
		{0x11 << 3, "poster 1", "aim 1"},
	};

	aims_init();
	for (unsigned int i = 0; i < POSTERS; i++) {
		struct poster *p = &posters[i];
		int rc;

		*p = (struct poster){.timer = lab->timer_create(place[i].timer, occasion, p)};
		p->record.pci = &p->pci;
		rc = p->timer < 0 ? p->timer : aim_init(&p->aim, place[i].aim, occasion, p);
		if (!rc)
			rc = pci_function_init(&p->pci, place[i].devfn, &poster_desc, &poster_ops);
		if (rc)
			return rc;
	}
	return 0;
}

void poster_reset(void)
{
	for (unsigned int i = 0; i < POSTERS; i++)
		pci_function_reset(&posters[i].pci);
}

void poster_retarget(void)
{
	for (unsigned int i = 0; i < POSTERS; i++)
		retarget(&posters[i].pci);
}

static struct poster *swept(enum pb_sweep_event event, unsigned int index)
{
	for (unsigned int i = 0; i < POSTERS; i++) {
		struct poster *p = &posters[i];

		if (p->armed && p->config.schedule == PB_SCHED_SWEPT &&
		    p->config.kick == (event == PB_SWEEP_KICK) && p->config.source == index)
			return p;
	}
	return NULL;
}

static bool is_swept(enum pb_sweep_event event, unsigned int index)
{
	return swept(event, index);
}

static uint64_t swept_to(enum pb_sweep_event event, unsigned int index)
{
	struct poster *p = swept(event, index);

	return p ? pci_function_peek_pid(&p->pci, p->vector) : 0;
}

static int post_now(enum pb_sweep_event event, unsigned int index)
{
	struct poster *p = swept(event, index);

	if (!p)
		return -ENOENT;
	occasion(p);
	return 0;
}

static int attempt(enum pb_sweep_event event, unsigned int index, struct vtd_message *m)
{
	struct poster *p = swept(event, index);
	uint8_t vector;

	if (!p)
		return -ENOENT;
	vector = record_guest_vector(&p->record, p->vector);
	p->schedule.left++;
	post(p);
	*m = p->record.last;
	if (!m->pid)
		m->vector = vector;
	return 0;
}

static uint64_t swept_irte_of(enum pb_sweep_event event, unsigned int index)
{
	struct poster *p = swept(event, index);

	return p ? pci_function_peek_irte(&p->pci, p->vector) : 0;
}

const struct swept_ops swept_poster = {
	.armed = is_swept,
	.ready = is_swept,
	.pid = swept_to,
	.irte = swept_irte_of,
	.post = post_now,
	.attempt = attempt,
};
