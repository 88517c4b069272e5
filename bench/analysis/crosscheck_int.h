/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* crosscheck_int.h - what the files of the cross-check share. */
#ifndef PB_ANALYSIS_CROSSCHECK_INT_H
#define PB_ANALYSIS_CROSSCHECK_INT_H

#include "analysis/crosscheck.h"
#include "shared/event.h"

/* Bits of the PID's control qword, as TR_PID and TR_ENTRY carry it (VT-d 9.11). */
#define PID_ON 1u
#define PID_SN 2u

struct crosscheck {
	const struct pb_timeline *tl;
	const struct pb_event *ev; /* the truth's */
	size_t nr;
	struct pb_tl_truth *truth; /* by post */
	uint32_t *virq; /* by post: index into tl->isr[] of the one that delivered it, or NONE */
	int pid_vcpu[PB_MAX_VCPUS]; /* vCPU of each PID; -1: not known */
	uint64_t stop; /* TSC */
	/* What devices did wrong on purpose, as match_posts() goes along. */
	bool masked[PB_VECTORS]; /* by the device itself */
	uint32_t astray[PB_MAX_SOURCES]; /* post whose message names a wrong IRTE; 0: none */
	enum pb_check which;
	char *err;
	size_t size;
};

/* Record the first violation; returns -EPROTO. */
int crosscheck_fail(struct crosscheck *c, enum pb_check which, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Index of the post that a TR_POST is about, or PB_TL_NONE. */
uint32_t crosscheck_post(const struct crosscheck *c, const struct pb_event *e);

/* A post that set a PIR bit. */
static inline bool crosscheck_posted(uint16_t flags)
{
	return flags & (PB_EVF_NOTIFIED | PB_EVF_SUPPRESSED | PB_EVF_OUTSTANDING);
}

/* A record of a sweep: what branches found, not what happened in this run. */
static inline bool crosscheck_is_sweep(const struct pb_event *e)
{
	return e->kind >= PB_TR_WINDOW && e->kind <= PB_TR_FATE;
}

/*
 * Follow each PID through the truth: which posts are in its PIR, whether they
 * were seen stranded, and where the undelivered ones are at the stop.
 */
int crosscheck_states(struct crosscheck *c);

/*
 * Of a Linux guest (crosscheck_guest.c). Its record by itself: as many I/Os as it
 * counted. Nothing to do for others.
 */
int crosscheck_io_counts(struct crosscheck *c);
/*
 * Make c->ev a copy, *own, for free(), in which posts and virtual interrupts have the
 * plan's vectors and not those that Linux chose; those of no source have vector 0.
 * Descriptor i is vCPU i's: Linux starts its CPUs in order. -ENOMEM, -EPROTO.
 */
int crosscheck_translate(struct crosscheck *c, struct pb_event **own);
/* After crosscheck_states(): which posts were delivered; the I/Os against that. */
int crosscheck_ios(struct crosscheck *c);

#endif
