/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ladder.h - what the rungs of the executor's ladder share; of bench/exec only. */
#ifndef PB_EXEC_LADDER_H
#define PB_EXEC_LADDER_H

#include <sched.h>
#include <stdbool.h>

#include "exec/collector.h"
#include "exec/device.h"
#include "exec/device_vf.h"
#include "exec/exec.h"
#include "exec/kmsg.h"
#include "exec/perf_time.h"
#include "exec/sched_recorder.h"
#include "util/clock.h"

struct exec {
	const struct pb_plan *plan;
	struct exec_env env;
	enum pb_run_status status;
	char reason[160];

	bool moved; /* control thread is on its CPU */
	cpu_set_t cpus_before;
	struct pb_clock clock;
	struct perf_time time; /* real clocks only */
	struct device_vfs vfs[PB_MAX_SOURCES]; /* physical functions whose virtual ones are used */
	unsigned int nr_vfs;
	struct device device[PB_MAX_FUNCTIONS];
	struct pb_vmm *vmm;
	struct pb_function *fn[PB_MAX_FUNCTIONS]; /* as plan_functions() counts them */
	bool running; /* the guest; to be stopped */
	bool gone; /* the guest hung or ran wild: no drain */
	struct sched_recorder *recorder;
	struct pb_source source[PB_MAX_SOURCES];
	struct pb_squeezer squeezer[PB_MAX_SQUEEZERS];
	struct collector events;
	struct kmsg kmsg; /* real machines only */
	struct pb_vmm_report report;
	struct pb_run_account account[PB_MAX_SOURCES];
	struct pb_run_device device_run[PB_MAX_SOURCES]; /* as a Linux guest counted */
	uint64_t posted, lost;
};

/* A rung: up returns 0, or -errno after exec_fail(). down is legal after any failure of up. */
struct rung {
	const char *name;
	int (*up)(struct exec *x);
	void (*down)(struct exec *x); /* may be NULL */
};

/*
 * Note why the run is not ok; the first reason stays. error is a -errno:
 * what a machine cannot do is a SKIP, anything else an ERROR. Returns error.
 */
int exec_fail(struct exec *x, const char *what, int error, const char *why);

/* The same with a given status. */
void exec_note(struct exec *x, enum pb_run_status status, const char *what, const char *why);

/* Were we asked to give up? If so, notes it. */
bool exec_stopped(struct exec *x);

/* Enter a phase: record it and tell the watchdog. */
int exec_phase(struct exec *x, enum pb_phase phase);

/* Rungs in rungs_setup.c: up to everything being in place. */
extern const struct rung rung_cpu, rung_clock, rung_device, rung_vmm, rung_guest, rung_recorder,
	rung_source, rung_squeezer;
/* Rungs in rungs_measure.c: from the first post to the last event. */
extern const struct rung rung_measure, rung_drain, rung_stop, rung_collect;

#endif
