/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cgroup.h - a group of threads with a CPU bandwidth, below the group in which
 * a thread is found: cgroup v1 or v2, whichever has the cpu controller
 * (Documentation/admin-guide/cgroup-v1, cgroup-v2.rst, scheduler/sched-bwc.rst).
 */
#ifndef PB_SQUEEZER_CGROUP_H
#define PB_SQUEEZER_CGROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct cgroup {
	bool v2;
	bool made; /* the group is there, and ours */
	bool enabled; /* the parent's cpu controller was enabled by us (v2) */
	pid_t tid; /* that is in it; 0: none */
	char parent[512]; /* directories */
	char path[600];
};

/*
 * Make group `name` beside nothing of that name, with `runtime_us` of CPU time
 * in every `period_us`, and move thread `tid` there. `proc` is "/proc", or a
 * test's. 0; -EOPNOTSUPP: no cpu controller; -EPERM, -EACCES, -EROFS: not
 * allowed; -errno. A line in err says what failed. cgroup_leave() after any.
 */
int cgroup_enter(struct cgroup *g, const char *proc, pid_t tid, const char *name,
		 uint32_t runtime_us, uint32_t period_us, char *err, size_t size);

/* Move the thread back, remove the group, and leave the parent as it was found. */
void cgroup_leave(struct cgroup *g);

/* Remove groups that a process of ours left in `dir` when it was killed: their names say whose. */
void cgroup_sweep(const char *dir);

/* Name of the group of squeezer `index` of this process. */
void cgroup_name(char *name, size_t size, unsigned int index);

#endif
