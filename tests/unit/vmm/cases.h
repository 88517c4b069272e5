/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cases.h - what the tests of the VMMs share: cmocka, and plans to run. */
#ifndef TEST_VMM_CASES_H
#define TEST_VMM_CASES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "plan/plan.h"

/* A valid plan: `sources` posters of 4 vectors and 10 posts each, source i to vCPU i % vcpus. */
struct pb_plan cases_plan(enum pb_vmm_kind vmm, unsigned int vcpus, unsigned int sources,
			  enum pb_guest_mode mode);

#endif
