/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * exec.h - the executor: carries out one plan on the machine that it runs on.
 *
 * It climbs a ladder (exec.c): CPU, clock, devices, VMM, guest, scheduling
 * recorder, sources, squeezers, measure, drain, stop, collect.  Whatever
 * happens, it goes down again rung by rung, and what comes back is a run: a
 * failure is a run whose status and reason say what failed.
 */
#ifndef PB_EXEC_EXEC_H
#define PB_EXEC_EXEC_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

#include "shared/plan.h"
#include "shared/run.h"
#include "source/source.h"
#include "squeezer/squeezer.h"
#include "vmm/vmm.h"

/* What the executor works with. Zeroed members: the real ones. */
struct exec_env {
	const struct pb_vmm_ops *(*vmm)(enum pb_vmm_kind kind);
	const struct pb_source_ops *(*source)(enum pb_source_kind kind);
	const struct pb_squeezer_ops *(*squeezer)(enum pb_squeezer_kind kind);
	const char *sysfs; /* where sysfs is; NULL: /sys */
	const char *kmsg; /* the kernel's log; NULL: /dev/kmsg */
	/* Set by a signal handler to give up: all is undone, status ERROR. NULL: never. */
	const volatile sig_atomic_t *stop;
	/* Called on entering each phase, for a watchdog; may be NULL. */
	void (*beat)(void *arg, enum pb_phase phase);
	/*
	 * The machine ends with the run: what is up need not be taken down, once all is
	 * collected.
	 */
	bool ends;
	/* A squeezer begins or ends what it does; from its own thread; may be NULL. */
	void (*mark)(void *arg, unsigned int squeezer, bool begin);
	void *arg;
};

/*
 * Check the plan, carry it out, undo everything. `data` comes from outside.
 * Returns a sealed run, malloc()ed, the caller's to free; NULL only when there
 * is no memory for a run that says so.  env may be NULL.
 *
 * Status: SKIP when the machine cannot do what the plan wants (no such device,
 * driver, permission, CPU), ERROR when something that it can do failed,
 * TIMEOUT when sources were not done within measure_us, GUEST_* by the VMM.
 */
struct pb_run *exec_plan(const void *data, size_t size, const struct exec_env *env);

#endif
