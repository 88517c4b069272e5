/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * rig.h - the fake machine with our device models in it, and a driver's first
 * steps: BARs mapped, bus mastering and MSI-X on.
 */
#ifndef TESTS_RIG_H
#define TESTS_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "model/fake_lab.h"
#include "shared/event.h"
#include "shared/run.h"

#define CONTROL 0x78 /* devfn */
#define POSTER0 0x80
#define POSTER1 0x88

#define CMD_MEMORY 2
#define CMD_MASTER 4

/* Where rig_function() maps them. */
#define BAR0(devfn) (0xe0000000u + (devfn)*0x100000u)
#define BAR2(devfn) (0xe8000000u + ((devfn)&8 ? 0x2000000u : 0x10000u))

/* Capability offset; fails the test when there is none. */
unsigned int rig_cap(unsigned int devfn, uint8_t id);
#define CAP_PM   0x01
#define CAP_EXP  0x10
#define CAP_MSIX 0x11

/* Machine and models, as PIRLAB_DEFECT says; cmocka set-up and tear-down. */
int rig_setup(void **state);
int rig_teardown(void **state);
/* The same with a seeded defect. */
void rig_restart(const char *defect);

/* Map both BARs, memory decode and bus mastering on. */
void rig_function(unsigned int devfn);
/* MSI-X on; table entry i: data `first` + i, not masked. */
void rig_msix(unsigned int devfn, unsigned int vectors, uint32_t first);
void rig_flr(unsigned int devfn);

/* What the truth has: rig_truth() stops it, checks head and CRC. */
struct truth_view {
	const struct pb_run *run;
	const struct pb_event *ev;
};
struct truth_view rig_truth(void);
/* n-th event of a kind (from 0), or NULL. */
const struct pb_event *rig_event(const struct truth_view *v, enum pb_event_kind kind,
				 unsigned int n);
unsigned int rig_count(const struct truth_view *v, enum pb_event_kind kind);

#endif
