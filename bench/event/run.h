/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * run.h - checking, sealing, reading and writing of run files (shared/run.h
 * has the structure): a struct pb_run and its events behind it, in one piece.
 */
#ifndef PB_EVENT_RUN_H
#define PB_EVENT_RUN_H

#include <stddef.h>
#include <stdint.h>

#include "shared/plan.h"
#include "shared/run.h"
#include "util/names.h"

extern const struct pb_names run_event_kinds; /* post, isr, sched-in, ... truth-post, ... */
extern const struct pb_names run_phases; /* by enum pb_phase */
extern const struct pb_names run_statuses; /* ok, skip, error, guest-hung, guest-wild, timeout */
extern const struct pb_names run_contents; /* by enum pb_run_content: events, truth */

/* Bytes of a run with so many events. */
static inline size_t run_size(uint64_t nr_events)
{
	return sizeof(struct pb_run) + (size_t)nr_events * sizeof(struct pb_event);
}

/* The events behind the head. */
static inline const struct pb_event *run_events(const struct pb_run *run)
{
	return (const struct pb_event *)(run + 1);
}

/*
 * Is this a run file?  `data` comes from outside and may hold anything; it must
 * be aligned to 8 bytes.  Checked: size against nr_events, magic, version, CRC,
 * reserved zero, strings terminated and printable, status and content known, a
 * reason for every status but ok and none for ok.  Of each event: kind known and
 * one of the content's (POST to EXCEPTION, or TR_*), tsc not 0, vcpu and cpu in
 * range or none (and there, where the kind is about one), flags that the kind
 * may have, exactly one outcome in a TR_POST or TR_SWEPT and one fate in a
 * TR_FATE, phase known, reserved zero.  With
 * `plan` (NULL: none): it is this plan's run; vcpu and source exist in it; seq
 * and vector of a POST are the source's.  Order in time is not required: rings
 * follow each other.
 *
 * A status other than ok is a valid run.  Returns 0, or -EINVAL with one line
 * in err.
 */
int run_check(const void *data, size_t size, const struct pb_plan *plan, char *err, size_t errlen);

/* Fill in magic, version, size and CRC; nr_events events lie behind the head. */
void run_seal(struct pb_run *run);

/*
 * A run without events that says how it failed, sealed: malloc()ed, the
 * caller's to free; NULL when there is no memory.  plan may be NULL.  `reason`
 * is cut to one line of printable characters.
 */
struct pb_run *run_failed(const struct pb_plan *plan, enum pb_run_content content,
			  enum pb_run_status status, const char *reason);

/* Copy text as one line of printable characters, cut to size, the rest zeroed. */
void run_set_text(char *dst, size_t size, const char *text);

/*
 * Read a run file and check it (with plan, if not NULL). *run is malloc()ed,
 * the caller's to free. Returns 0 or -errno with one line in err, path first.
 */
int run_read(const char *path, const struct pb_plan *plan, struct pb_run **run, size_t *size,
	     char *err, size_t errlen);

/*
 * Write a sealed run under a temporary name in the same directory, fsync and
 * rename: `path` is the old file or the whole new one, whatever happens.
 * Returns 0 or -errno with one line in err.
 */
int run_write(const char *path, const struct pb_run *run, char *err, size_t errlen);

#endif
