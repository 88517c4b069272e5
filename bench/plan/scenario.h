/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * scenario.h - scenarios and sets of them, as they are written in YAML
 * (docs/scenarios.md), and how one becomes a plan.
 *
 * Every function that reads returns 0 or -errno and then leaves one line in
 * `err`: "file:line: what was wrong; what would be right".
 */
#ifndef PB_PLAN_SCENARIO_H
#define PB_PLAN_SCENARIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/plan.h"

#define PB_SCENARIO_ERR 512 /* room that an error line may need */
#define PB_SET_MAX      32 /* scenarios in a set */

/*
 * What the scenario asks of a run. A loss is a failure of the kernel; a
 * minimum that is not reached means that the run did not exercise what the
 * scenario is for, so that it proves nothing: inconclusive, never a pass.
 * Minima need the truth; where there is none they are not judged.
 */
struct pb_expect {
	uint32_t lost; /* posts of one branch that may be missed or stranded; 0 */
	uint32_t suppressed_min; /* posts of one branch that must meet SN=1 */
};

/* A scenario: a plan without seed, CPUs and checksum, and what to say of it. */
struct pb_scenario {
	char name[32]; /* of the file, without .yaml */
	char path[512]; /* that it was read from */
	char summary[128]; /* one line */
	char why[1024]; /* what it shows that others do not */
	struct pb_expect expect;
	char guest_kernel[64]; /* of vmm linux: as in configs/kernels; else empty */
	uint32_t vcpus_per_cpu; /* 1: no two vCPUs share a CPU */
	/*
	 * Of each source: its period is drawn from [0] to [1], once for each
	 * plan: so seeds differ in phase, too.
	 */
	uint32_t period_us[PB_MAX_SOURCES][2];
	struct pb_plan plan; /* template; seed, periods, vcpu_cpu, control_cpu, crc are not set */
};

struct pb_scenario_set {
	char name[32];
	char summary[128];
	size_t nr; /* 1..PB_SET_MAX */
	char scenario[PB_SET_MAX][32]; /* names, no two alike */
};

/* What a machine has, as far as a scenario may need it. */
struct pb_limits {
	uint32_t cpus; /* online CPUs of the machine under test */
	uint32_t functions; /* posters: each such source and each kick needs one of its own */
	uint32_t nvme, nic; /* devices that a guest can drive */
	uint32_t vfs; /* virtual functions of each of them */
	bool guest_devices; /* a Linux guest has all that it needs: nothing there is real */
	bool aims; /* its device can post at instants of the PID (PB_SCHED_AIMED) */
	bool sweeps; /* it can branch at any instant (PB_SCHED_SWEPT) */
};

/*
 * Read one scenario. `name` is the name of a file in `configs`/scenarios, or a
 * path (it has a '/' or ends in .yaml). -ENOENT: no such; err names those
 * there are. -EINVAL: not a valid scenario. -EFBIG: larger than 64 KiB.
 */
int scenario_load(const char *configs, const char *name, struct pb_scenario *out, char *err,
		  size_t size);

/*
 * The same from memory; `file` is for error lines and gives the name.
 * Safe on any bytes: size, depth and number of nodes are bounded, aliases and
 * tags refused.
 */
int scenario_parse(const char *file, const char *text, size_t len, struct pb_scenario *out,
		   char *err, size_t size);

/* All scenarios of `configs`/scenarios by name; *list is the caller's to free(). */
int scenario_list(const char *configs, struct pb_scenario **list, size_t *nr, char *err,
		  size_t size);

/* One set of `configs`/sets, or all; as above. A set's scenarios are not loaded. */
int scenario_set_load(const char *configs, const char *name, struct pb_scenario_set *out, char *err,
		      size_t size);
int scenario_set_parse(const char *file, const char *text, size_t len, struct pb_scenario_set *out,
		       char *err, size_t size);
int scenario_set_list(const char *configs, struct pb_scenario_set **list, size_t *nr, char *err,
		      size_t size);

/* What the machine of this name has; `cpus` 0: its default. -EINVAL: unknown name. */
int scenario_limits(const char *machine, uint32_t cpus, struct pb_limits *out);

/*
 * Make the plan of one branch, sealed and checked. -EOPNOTSUPP: the machine
 * cannot do this; `reason` says what is missing: a skip, not an error.
 * -EINVAL: reason says which field is out of its range.
 */
int scenario_to_plan(const struct pb_scenario *s, uint64_t seed, const struct pb_limits *limits,
		     struct pb_plan *plan, char *reason, size_t size);

/*
 * Seed of branch `branch` of a run that was given `seed`; branch 0 has `seed`
 * itself, so that `run SCENARIO --seed S` replays the branch whose plan has S.
 */
uint64_t scenario_branch_seed(uint64_t seed, uint32_t branch);

#endif
