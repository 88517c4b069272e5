/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * maker.h - runs and truths made by hand, for the tests of the analysis.
 *
 * One vCPU and one source with 8 vectors unless the test changes the plan; a
 * tick is a microsecond, late is what exceeds 100 ticks, the drain begins at
 * 10000 and the stop is at 20000.
 */
#ifndef TEST_ANALYSIS_MAKER_H
#define TEST_ANALYSIS_MAKER_H

#include "analysis/crosscheck.h"
#include "analysis/outcome.h"
#include "analysis/timeline.h"
#include "machine/machine.h"

#define MK_VECTOR 0x30
#define MK_DRAIN  10000
#define MK_STOP   20000
#define MK_EVENTS 1024

struct maker {
	struct pb_plan plan;
	struct pb_event ev[MK_EVENTS], tr[MK_EVENTS];
	size_t nr_ev, nr_tr;
	struct pb_run head, truth_head; /* counts are filled in by mk_seal() unless set */
	bool no_phases, keep_counts;
	bool keep_device; /* what the guest counted is set by the test */
	bool stuck; /* the PIR has a stranded post */
	void *run, *truth;
	size_t run_size, truth_size;
	struct pb_timeline *tl;
	struct pb_tl_truth *marks;
	struct pb_outcome *o;
	enum pb_check which;
	char err[256];
};

void mk_init(struct maker *m);
void mk_free(struct maker *m);
/* An NVMe drive with 8 queues of a Linux guest; a stall is more than 100 ticks, 1000 time out. */
void mk_linux(struct maker *m);

/* What is measured. The source is that of the vector. */
void mk_post(struct maker *m, uint64_t tsc, uint32_t seq, unsigned int vector);
void mk_isr(struct maker *m, uint64_t tsc, uint32_t seq, unsigned int vector);
void mk_in(struct maker *m, uint64_t tsc);
/* Of a Linux guest (mk_linux()): queue of source 0, done at tsc. */
void mk_io(struct maker *m, uint64_t tsc, uint64_t took, uint32_t seq, unsigned int queue,
	   uint16_t flags);
void mk_preempt(struct maker *m, uint64_t tsc);
void mk_block(struct maker *m, uint64_t tsc);

/* The truth. State is any of ON, SN, PIR. */
#define MK_ON  1u
#define MK_SN  2u
#define MK_PIR 4u
void mk_tr_post(struct maker *m, uint64_t tsc, uint32_t seq, unsigned int vector, uint16_t flags);
void mk_tr_pid(struct maker *m, uint64_t tsc, unsigned int state);
void mk_tr_entry(struct maker *m, uint64_t tsc, unsigned int state);
void mk_tr_exit(struct maker *m, uint64_t tsc, unsigned int state);
void mk_tr_virq(struct maker *m, uint64_t tsc, unsigned int vector);

/* A whole healthy post: record, truth, virtual interrupt after 5 ticks, ISR after 6. */
void mk_healthy(struct maker *m, uint64_t tsc, uint32_t seq, unsigned int vector);
/* A post at SN=1 that the kernel forgets: stranded at the entry 50 ticks later. */
void mk_stranded(struct maker *m, uint64_t tsc, uint32_t seq, unsigned int vector);

/* Make run and truth (phases added). */
void mk_seal(struct maker *m);
/* mk_seal(), then join; what timeline_build() returns. */
int mk_join(struct maker *m);
/* mk_join(), which must succeed, then the cross-check; what crosscheck_run() returns. */
int mk_check(struct maker *m);
/* With or without the truth, which must agree: counts. */
const struct pb_counts *mk_counts(struct maker *m, bool with_truth);
/* Class of the post with this index. */
enum pb_class mk_class(const struct maker *m, size_t index);

/* As a job that ended; kernel may be NULL. Valid as long as the maker is. */
struct pb_job mk_job(struct maker *m, const struct pb_kernel *kernel);

#endif
