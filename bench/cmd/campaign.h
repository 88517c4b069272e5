/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * campaign.h - kernels x scenarios x branches on one machine, from what the
 * user typed to a result: what `gate` and `run` have in common.
 */
#ifndef PB_CMD_CAMPAIGN_H
#define PB_CMD_CAMPAIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analysis/result.h"
#include "cmd/progress.h"
#include "cmd/store.h"
#include "machine/machine.h"
#include "plan/scenario.h"
#include "reports/report.h"

#define CAMPAIGN_PATCHES   32
#define CAMPAIGN_FILES     8
#define CAMPAIGN_SCENARIOS PB_RESULT_MAX_SCEN

/* A kernel as the user named it. */
struct campaign_kernel {
	const char *spec;
	const char *patch[CAMPAIGN_PATCHES];
	size_t nr_patches;
	enum pb_role role;
};

/* Options that both commands have; defaults by campaign_defaults(). */
struct campaign_opts {
	const char *machine;
	const char *tree;
	const char *config;
	const char *output, *resume;
	uint64_t branches; /* of each kernel; every scenario has one at least; 0: as needed */
	uint64_t max_branches; /* of each kernel, when as needed; 0: the default */
	bool fail_fast; /* stop at the first branch in which head loses */
	uint64_t seed;
	uint64_t jobs; /* branches at once; 0: as many as CPUs */
	uint64_t timeout_s; /* 0: the machine's default */
	uint64_t for_s; /* rounds of all scenarios are added for so long; 0: by number */
	bool keep_logs, json, quiet, verbose;
	struct campaign_file {
		const struct pb_report_ops *format;
		const char *path;
	} file[CAMPAIGN_FILES]; /* written beside what goes to stdout */
	size_t nr_files;
};

void campaign_defaults(struct campaign_opts *o);

struct campaign {
	const struct campaign_opts *opts;
	const struct pb_machine_ops *machine;
	struct pb_limits limits;
	char configs[512];
	struct pb_scenario scenario[CAMPAIGN_SCENARIOS];
	size_t nr_scenarios;
	struct pb_kernel kernel[PB_RESULT_MAX_KERNELS];
	char replay[PB_RESULT_MAX_KERNELS][256];
	enum pb_role role[PB_RESULT_MAX_KERNELS];
	size_t nr_kernels;
	struct pb_kernel guest[CAMPAIGN_SCENARIOS]; /* of scenarios with a Linux guest; name: its */
	size_t nr_guests;
	const struct pb_kernel *guest_of[CAMPAIGN_SCENARIOS]; /* by scenario; NULL: none */
	bool sequential; /* branches are added as needed, result->looks */
	uint32_t total; /* of each kernel, when not */
	uint32_t depth; /* branches of a scenario, at most */
	uint32_t reach; /* of them, for which there are jobs */
	bool closed[CAMPAIGN_SCENARIOS]; /* gets no more: skipped, or its delays are settled */
	struct pb_plan *plan; /* [scenario * depth + branch] */
	struct pb_job *job; /* room for all that there can be */
	struct campaign_job *where; /* of job[i] */
	size_t nr_jobs; /* so far */
	size_t sought; /* jobs that were looked for in the store */
	bool over; /* --fail-fast: nothing more is added */
	size_t added; /* jobs that are in the result already */
	size_t ended; /* jobs that ended, those of an earlier command included */
	size_t kept; /* of them, of an earlier command */
	double booted; /* when the last boot ended */
	double until; /* --for: no round begins after it (CLOCK_MONOTONIC); 0: not measuring yet */
	struct store store;
	struct progress progress;
	struct pb_result *result;
	int error; /* -errno of what could not be kept or added; the line was printed */
};

struct campaign_job {
	unsigned int kernel, scenario, branch;
};

/*
 * Each returns 0, or an exit status after a line on stderr. In this order;
 * campaign_release() in any case.
 */
int campaign_start(struct campaign *c, const struct campaign_opts *o);
/* Names of scenarios and sets, separated by commas. */
int campaign_add_scenarios(struct campaign *c, const char *names);
/* Find or build it. */
int campaign_add_kernel(struct campaign *c, const struct campaign_kernel *k);
/* argv: what was typed, for command.json. */
int campaign_run(struct campaign *c, int argc, char **argv);
/* Print it to stdout, say where it is. The exit status of the verdict. */
int campaign_report(struct campaign *c);
void campaign_release(struct campaign *c);

/*
 * campaign_looks.c: how many branches there can be; 0, or an exit status after
 * a line. Then the branches of one scenario, and the jobs of the next block:
 * false when there is none, because enough is known.
 */
int campaign_plan_looks(struct campaign *c);
uint32_t campaign_share(const struct campaign *c, unsigned int scenario);
bool campaign_next_block(struct campaign *c);

/*
 * campaign_run.c: the plan of one branch. 0; -EOPNOTSUPP with a reason: the
 * machine cannot do it; else an exit status after a line.
 */
int campaign_plan(struct campaign *c, unsigned int scenario, uint32_t branch, char *reason,
		  size_t size);
/* Seconds, CLOCK_MONOTONIC. */
double campaign_now(void);

/* campaign_kernels.c: fills c->kernel[n], c->replay[n]. */
int campaign_kernel_get(struct campaign *c, const struct campaign_kernel *k, unsigned int n);

/*
 * Kernels of Linux guests that scenarios name: found or built; plans and result get
 * their build ids. 0, or an exit status after a line.
 */
int campaign_guests_get(struct campaign *c);

#endif
