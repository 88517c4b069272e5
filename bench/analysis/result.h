/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * result.h - what came of a whole command: kernels x scenarios x branches, as
 * it is kept in result.json (schema: reports/result.schema.json).
 *
 * Order of calls: result_new, fill in `fp`, result_add_kernel and
 * result_add_scenario, result_add_job for each branch, result_add_phase,
 * result_finish; then reports, result_save, result_free.
 */
#ifndef PB_ANALYSIS_RESULT_H
#define PB_ANALYSIS_RESULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analysis/crosscheck.h"
#include "analysis/guest_io.h"
#include "analysis/latency.h"
#include "analysis/outcome.h"
#include "analysis/sweep.h"
#include "analysis/verdict.h"
#include "machine/machine.h"
#include "plan/scenario.h"

#define PB_RESULT_VERSION      1
#define PB_RESULT_MAX_KERNELS  16
#define PB_RESULT_MAX_SCEN     64
#define PB_RESULT_MAX_BRANCHES 100000
#define PB_RESULT_MAX_PHASES   16

enum pb_role { PB_ROLE_ONLY, PB_ROLE_BASE, PB_ROLE_HEAD, PB_ROLES };

/* Where and with what it was measured; the caller fills it in. */
struct pb_fingerprint {
	char machine[32]; /* machine_ops.name */
	char unit
		[16]; /* of delays: "ticks"; earlier results of the lab say "instructions" and mean them */
	char pirbench[64]; /* version */
	char host_cpu[64];
	char host_kernel[64];
	char command[256]; /* as the user typed it */
	char defect[32]; /* seeded defect of the machine's devices; empty: none, as it should be */
	uint64_t seed; /* of the whole; each branch has its own */
	uint64_t tsc_khz; /* of the machine under test; set from the first run */
};

struct pb_result_kernel {
	enum pb_role role;
	char name[64];
	char release[64]; /* as the machine under test said, else as built */
	char build_id[44];
	char compiler[128];
	char replay[256]; /* arguments of `pirbench run` that name it: "--kernel linux-6.1" */
	double boot_s; /* longest of its boots */
};

struct pb_result_scenario {
	char name[32];
	char summary[128];
	struct pb_expect expect;
	uint32_t late_us;
	uint32_t sweeps; /* in its plan: 0, 1, or 2, one within the other */
	/* Of a Linux guest; guest_kernel is empty for others. */
	char guest_kernel[64];
	char guest_build_id[48];
	uint32_t stall_us, io_timeout_us;
};

enum pb_branch_status {
	PB_BRANCH_OK,
	PB_BRANCH_SKIP, /* the machine cannot do it */
	PB_BRANCH_ERROR, /* the run failed, or its record is not sound */
	PB_BRANCH_STATUSES
};

struct pb_result_branch {
	uint32_t kernel, scenario; /* indices */
	uint64_t seed;
	enum pb_branch_status status;
	char reason[256]; /* for all but PB_BRANCH_OK */
	struct pb_counts counts;
	struct pb_samples latency, preempted, excess; /* ticks */
	bool truth; /* was held against the truth */
	uint32_t vfio; /* enum pb_vfio_kind */
	/* The first loss, when there is one. */
	uint32_t lost_seq, lost_source, lost_vector;
	enum pb_lost_state lost_state;
	struct pb_sweep *sweep; /* what it swept; NULL: its scenario has no sweep, or no truth */
	struct pb_guest_io *io; /* of a Linux guest: by source; else NULL */
	uint32_t nr_io;
	double wall_s;
};

/* One kernel under one scenario, all branches; computed by result_finish(). */
struct pb_result_cell {
	struct pb_counts counts;
	struct pb_samples excess;
	struct pb_sweep_sums sweep;
	struct pb_guest_io io[PB_MAX_SOURCES]; /* of a Linux guest: by source */
	uint32_t nr_io; /* 0: no such branch ran */
	uint32_t branches; /* that ran */
	uint32_t lossy; /* of them: lost or, seen in the truth, stranded more than is expected */
	uint64_t rescued_seen; /* rescued posts that the truth saw stranded */
	uint32_t weak; /* of them: did not exercise what the scenario is for */
	uint32_t skips, errors, untruthed;
	uint32_t first; /* index of the first lossy branch, PB_TL_NONE */
	enum pb_lost_state state; /* of most losses */
};

struct pb_result_phase {
	char name[32];
	double wall_s;
};

struct pb_result {
	struct pb_fingerprint fp;
	struct pb_result_kernel kernel[PB_RESULT_MAX_KERNELS];
	size_t nr_kernels;
	struct pb_result_scenario scenario[PB_RESULT_MAX_SCEN];
	size_t nr_scenarios;
	struct pb_result_branch *branch;
	size_t nr_branches, max_branches;
	struct pb_result_phase phase[PB_RESULT_MAX_PHASES];
	size_t nr_phases;
	/*
	 * After how many branches of a scenario its delays were looked at, when
	 * that decided on how many there are; no looks: their number was fixed.
	 */
	struct stats_design looks;
	/* Computed. */
	struct pb_result_cell *cell; /* [scenario * nr_kernels + kernel] */
	struct pb_latency latency;
	struct pb_verdict verdict;
};

/* NULL: no memory. */
struct pb_result *result_new(void);
void result_free(struct pb_result *r);

/*
 * Return an index, or -ENOSPC. `replay` NULL: "--kernel NAME". The kernel's
 * release and build id are replaced by what its runs report.
 */
int result_add_kernel(struct pb_result *r, const struct pb_kernel *k, enum pb_role role,
		      const char *replay);
int result_add_scenario(struct pb_result *r, const struct pb_scenario *s);

/*
 * Analyse a job that ended and add it as a branch. What is wrong with the job
 * becomes the branch's status and reason; returned are only -ENOMEM, -EINVAL
 * (no such kernel or scenario) and -ENOSPC. Does not keep the job's memory.
 */
int result_add_job(struct pb_result *r, unsigned int kernel, unsigned int scenario,
		   const struct pb_job *job);
/* A branch that the machine cannot do (scenario_to_plan() gave -EOPNOTSUPP). */
int result_add_skip(struct pb_result *r, unsigned int kernel, unsigned int scenario, uint64_t seed,
		    const char *reason);
/* Wall time of a phase of the command ("build", "boot"...); equal names add up. */
int result_add_phase(struct pb_result *r, const char *name, double wall_s);

/* Does this branch show a loss, or what the truth saw stranded, beyond what its scenario allows? */
bool result_branch_is_lossy(const struct pb_result *r, const struct pb_result_branch *b);

/* Compute cells and verdict; again after anything was added. -ENOMEM. */
int result_finish(struct pb_result *r);

/* result_finish()ed r as JSON text, for free(). -ENOMEM. */
int result_to_json(const struct pb_result *r, char **text);
/* Write it to `path`, whole or not at all. */
int result_save(const struct pb_result *r, const char *path, char *err, size_t size);
/*
 * Read it; cells and verdict are computed anew, and must be those in the file.
 * -EINVAL, -EFBIG (64 MiB) with a line in err. Safe on any bytes.
 */
int result_parse(const char *file, const char *text, size_t len, struct pb_result **out, char *err,
		 size_t size);
int result_load(const char *path, struct pb_result **out, char *err, size_t size);

static inline const struct pb_result_cell *result_cell(const struct pb_result *r,
						       unsigned int kernel, unsigned int scenario)
{
	return &r->cell[scenario * r->nr_kernels + kernel];
}

#endif
