/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* life.h - one run of the small VMM from create to destroy, under fake_kernel.h. */
#ifndef TEST_VMM_LIFE_H
#define TEST_VMM_LIFE_H

#include "vmm/cases.h"
#include "vmm/fake_kernel.h"
#include "vmm/mini.h"
#include "vmm/vmm.h"

struct life_sunk {
	struct pb_event ev[1024];
	size_t nr;
	int error;
};

/* A pb_event_sink; arg is a struct life_sunk. */
int life_sink(void *arg, const struct pb_event *ev, size_t nr);

/* What became of a run. */
struct life {
	struct pb_plan plan;
	struct pb_vmm_report report;
	struct life_sunk sunk;
	const char *failed; /* first operation that failed */
	int error, check;
	unsigned int asleep; /* vCPUs in HLT when the drain was under way */
	char line[160], check_line[160];
};

/* Called between start and drain. */
typedef void (*life_meanwhile)(struct life *l, struct pb_vmm *vmm, struct pb_function *fn[]);

/* How long agents may take to obey. */
extern uint64_t life_command_ns;

/* Run it; the caller frees what became of it. `then` may be NULL. */
struct life *life_live(unsigned int vcpus, unsigned int sources, enum pb_guest_mode mode,
		       life_meanwhile then);

/* Call check() once a millisecond, till it fails. */
void life_watch(struct life *l, struct pb_vmm *vmm, unsigned int ms);

void life_assert_ok(const struct life *l);

#endif
