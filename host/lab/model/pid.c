// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/lab/model/pid.h"

#include <stdbool.h>
#include <stddef.h>

#include "host/lab/model/lab.h"
#include "host/lab/model/trigger.h"
#include "host/lab/model/truth.h"
#include "shared/event.h"

static struct {
	struct pid pid[PID_MAX];
	unsigned int nr;
	unsigned int last; /* found last time */
	bool full_logged;
} tab;

void pid_init(void)
{
	tab.nr = 0;
	tab.last = 0;
	tab.full_logged = false;
}

void pid_forget_all(void)
{
	for (unsigned int i = 0; i < tab.nr; i++)
		lab->unwatch(tab.pid[i].pa & ~0xfffull);
	pid_init();
}

struct pid *pid_find(uint64_t pa)
{
	if (tab.last < tab.nr && tab.pid[tab.last].pa == pa)
		return &tab.pid[tab.last];
	for (unsigned int i = 0; i < tab.nr; i++) {
		if (tab.pid[i].pa == pa) {
			tab.last = i;
			return &tab.pid[i];
		}
	}
	return NULL;
}

static int pid_read(uint64_t pa, uint64_t w[5])
{
	return lab->mem_read(pa, w, 5 * sizeof(w[0]));
}

struct pid *pid_see(uint64_t pa)
{
	struct pid *p = pid_find(pa);
	uint64_t w[5];

	if (p)
		return p;
	if (!pa || pa % PID_SIZE || pid_read(pa, w))
		return NULL;
	if (tab.nr == PID_MAX) {
		if (!tab.full_logged)
			lab->log("too many posted-interrupt descriptors: not all are followed");
		tab.full_logged = true;
		return NULL;
	}
	p = &tab.pid[tab.nr];
	*p = (struct pid){
		.pa = pa,
		.pir = {w[0], w[1], w[2], w[3]},
		.control = w[4],
		.index = tab.nr,
	};
	tab.nr++;
	lab->watch(pa & ~0xfffull);
	return p;
}

uint16_t pid_flags(const struct pid *p)
{
	return p->pir[0] | p->pir[1] | p->pir[2] | p->pir[3] ? PB_EVF_PIR_NONEMPTY : 0;
}

void pid_refresh(struct pid *p, uint16_t cpu, uint16_t by)
{
	uint64_t old = p->control;
	uint16_t old_flags = pid_flags(p);
	uint64_t w[5];

	if (pid_read(p->pa, w))
		return;
	for (int i = 0; i < 4; i++)
		p->pir[i] = w[i];
	p->control = w[4];
	if (old == w[4] && old_flags == pid_flags(p))
		return;
	truth_pid(p->index, cpu, p->control, by | pid_flags(p));
	if (old != w[4])
		trigger_control(p, cpu, old);
}

void pid_store(uint16_t cpu, uint64_t pa, unsigned int len, uint16_t by)
{
	for (unsigned int i = 0; i < tab.nr; i++) {
		struct pid *p = &tab.pid[i];

		if (pa < p->pa + PID_SIZE && p->pa < pa + len)
			pid_refresh(p, cpu, by);
	}
}
