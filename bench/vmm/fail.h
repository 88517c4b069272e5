/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fail.h - the one line that says what failed, inside the VMMs. */
#ifndef PB_VMM_FAIL_H
#define PB_VMM_FAIL_H

/* As long as pb_vmm.error and pb_run.reason. */
struct vmm_line {
	char text[160];
};

/* Write the line, unless an earlier failure already did; returns err. */
int vmm_fail(struct vmm_line *line, int err, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
