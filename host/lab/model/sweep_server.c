// SPDX-License-Identifier: LGPL-2.1-or-later
/* Forking the processes of a sweep, and waiting for them. */
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/lab/model/branch.h"
#include "host/lab/model/branch_wire.h"
#include "host/lab/model/sweep_int.h"

#define BEAT_MS 250

static struct {
	enum sweep_act act;
	uint32_t first; /* of share->opened */
	uint32_t next, nr; /* instants */
	uint64_t deadline; /* of posts */
	pid_t live[SWEEP_MAX_PROCS];
	uint32_t at[SWEEP_MAX_PROCS]; /* which instant each is for */
	unsigned int nr_live;
} walk;

int sweep_share_make(void)
{
	struct sweep_share *s;
	size_t size = sizeof(*s) + SWEEP_MAX_TRIES * sizeof(*s->tries) +
		      SWEEP_MAX_OPENED * sizeof(*s->opened);

	if (sweep.share)
		return 0;
	s = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1,
		 0);
	if (s == MAP_FAILED)
		return -ENOMEM;
	s->tries = (struct sweep_try *)(s + 1);
	s->opened = (struct sweep_opened *)(s->tries + SWEEP_MAX_TRIES);
	sweep.share = s;
	sweep.serial = memfd_create("sweep-serial", MFD_CLOEXEC);
	return sweep.serial < 0 ? -errno : 0;
}

void sweep_fail(const char *fmt, ...)
{
	struct sweep_share *s = sweep.share;
	char text[sizeof(s->error)] = "sweep: ";
	size_t len = strlen(text);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text + len, sizeof(text) - len, fmt, ap);
	va_end(ap);
	/* The first one is the reason, the others follow from it. */
	if (!s->failed)
		memcpy(s->error, text, sizeof(text));
	s->failed = true;
	if (sweep.role == SWEEP_MAIN)
		branch_fail(s->error);
	branch_forked_end(false);
}

bool sweep_fork(pid_t *pid)
{
	pid_t parent = getpid();
	int err;

	fflush(NULL); /* or the child would write the parent's lines again */
	*pid = fork();
	if (*pid < 0)
		sweep_fail("fork: %s", strerror(errno));
	if (*pid)
		return false;
	err = branch_forked(parent, sweep.serial);
	if (err)
		sweep_fail("a new process: %s", strerror(-err));
	return true;
}

/* How a process ended that should have ended otherwise. */
static void end_text(int status, char *text, size_t size)
{
	if (WIFSIGNALED(status))
		snprintf(text, size, "was killed by signal %d", WTERMSIG(status));
	else if (WEXITSTATUS(status) == BRANCH_EXIT_DONE)
		snprintf(text, size, "came to the end of the run first: 'measure' is too short");
	else if (WEXITSTATUS(status) == BRANCH_EXIT_HUNG)
		snprintf(text, size, "ran out of emulated time");
	else if (WEXITSTATUS(status) == BRANCH_EXIT_RESET)
		snprintf(text, size, "reset the machine (panic or triple fault)");
	else
		snprintf(text, size, "ended with status %d", WEXITSTATUS(status));
}

static bool did_its_part(int status)
{
	return WIFEXITED(status) && WEXITSTATUS(status) == BRANCH_EXIT_SWEPT;
}

void sweep_wait(pid_t pid, const char *what)
{
	struct pollfd p = {.fd = pidfd_open(pid, 0), .events = POLLIN};
	char text[96];
	int status = 0;

	while (p.fd >= 0 && poll(&p, 1, BEAT_MS) <= 0)
		branch_progress(sweep.share->steps);
	if (p.fd >= 0)
		close(p.fd);
	if (waitpid(pid, &status, 0) != pid)
		sweep_fail("%s: %s", what, strerror(errno));
	branch_progress(++sweep.share->steps);
	branch_serial_take(sweep.serial);
	if (sweep.share->failed)
		sweep_fail("%s", "");
	if (did_its_part(status))
		return;
	end_text(status, text, sizeof(text));
	sweep_fail("%s %s", what, text);
}

/* ---- the walker -------------------------------------------------------------- */

static uint32_t instant_of(uint32_t i)
{
	return walk.act == SWEEP_ACT_POST ? sweep.share->tries[i].instant
					  : sweep.share->opened[walk.first + i].instant;
}

static bool is_done(uint32_t i)
{
	return walk.act == SWEEP_ACT_POST ? sweep.share->tries[i].done
					  : sweep.share->opened[walk.first + i].done;
}

uint32_t sweep_walker_instant(void)
{
	return instant_of(walk.next);
}

/* Wait for one child. */
static void reap(void)
{
	unsigned int i = 0;
	char text[96];
	int status;
	pid_t pid;

	pid = waitpid(-1, &status, 0);
	while (i < walk.nr_live && walk.live[i] != pid)
		i++;
	if (pid < 0 || i == walk.nr_live)
		sweep_fail("waiting: %s", pid < 0 ? strerror(errno) : "an unknown process");
	__atomic_add_fetch(&sweep.share->steps, 1, __ATOMIC_RELAXED);
	if (!did_its_part(status) || !is_done(walk.at[i])) {
		end_text(status, text, sizeof(text));
		sweep_fail("the branch of instant %u %s", instant_of(walk.at[i]), text);
	}
	walk.nr_live--;
	walk.live[i] = walk.live[walk.nr_live];
	walk.at[i] = walk.at[walk.nr_live];
}

/* In a new child: its part begins. */
static void act(uint32_t i, uint16_t cpu)
{
	if (walk.act == SWEEP_ACT_POST)
		sweep_try_begin(&sweep.share->tries[i], cpu, walk.deadline);
	else
		sweep_seeker_begin(walk.act, walk.first + i, cpu);
}

void sweep_walker_step(uint16_t cpu)
{
	while (walk.next < walk.nr && instant_of(walk.next) == sweep.n) {
		uint32_t i = walk.next++;
		pid_t pid;

		while (walk.nr_live >= sweep.processes)
			reap();
		if (sweep_fork(&pid)) {
			act(i, cpu);
			return;
		}
		walk.live[walk.nr_live] = pid;
		walk.at[walk.nr_live] = i;
		walk.nr_live++;
	}
	if (walk.next < walk.nr)
		return;
	while (walk.nr_live)
		reap();
	branch_forked_end(true);
}

bool sweep_walk(enum sweep_act what, uint32_t first, uint32_t nr)
{
	uint64_t deadline = sweep_plan(sweep.level)->deadline_us;
	pid_t pid;

	if (!nr)
		return false;
	if (!sweep_fork(&pid)) {
		sweep_wait(pid, "the walk along the window");
		return false;
	}
	memset(&walk, 0, sizeof(walk));
	walk.act = what;
	walk.first = first;
	walk.nr = nr;
	walk.deadline = sweep.share->found.end + deadline * LAB_TICKS_PER_US;
	sweep.role = SWEEP_WALKER;
	lab->timer_set(sweep.timer, lab->now() + SWEEP_WINDOW_TICKS + 1);
	sweep_stepping(true);
	return true;
}

/* ---- one window --------------------------------------------------------------- */

static void scouted(void)
{
	branch_forked_end(true);
}

bool sweep_scout(void)
{
	pid_t pid;

	if (sweep_fork(&pid)) {
		sweep_scout_begin(&sweep.share->found, scouted);
		return true;
	}
	sweep_wait(pid, "the scout of the window");
	sweep.opened = sweep.share->found.opened;
	sweep.end = sweep.share->found.end;
	return false;
}

bool sweep_posts(void)
{
	static uint32_t instant[SWEEP_MAX_TRIES];
	struct sweep_share *s = sweep.share;

	s->nr_tries = 0;
	s->cut = false;
	if (sweep_scout())
		return true;
	if (!sweep.opened)
		return false;
	s->cut = !sweep_instants(sweep_plan(sweep.level), &s->found, sweep.left[sweep.level],
				 instant, &s->nr_tries);
	for (uint32_t i = 0; i < s->nr_tries; i++)
		s->tries[i] = (struct sweep_try){.instant = instant[i]};
	return sweep_walk(SWEEP_ACT_POST, 0, s->nr_tries);
}
