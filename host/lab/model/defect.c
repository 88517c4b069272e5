// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/lab/model/defect.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/lab/model/lab.h"
#include "host/lab/model/pid.h"

static const char *const names[DEFECT_KINDS] = {
	[DEFECT_NONE] = "none",
	[DEFECT_LOSE_POST] = "lose-post",
	[DEFECT_DOUBLE_POST] = "double-post",
	[DEFECT_WRONG_VECTOR] = "wrong-vector",
	[DEFECT_LOSE_RECORD] = "lose-record",
	[DEFECT_SN_IGNORED] = "sn-ignored",
	[DEFECT_TRUTH_HOLE] = "truth-hole",
	[DEFECT_TRUTH_LIE] = "truth-lie",
	[DEFECT_RESULT_FLIP] = "result-flip",
	[DEFECT_LOSE_WRITE] = "lose-write",
};

static enum defect current;

static int unknown(const char *name)
{
	char line[256];
	int n = snprintf(line, sizeof(line), DEFECT_ENV "=%.32s: no such defect; one of", name);

	for (int i = 0; i < DEFECT_KINDS; i++)
		n += snprintf(line + n, sizeof(line) - n, " %s", names[i]);
	lab->log(line);
	return -EINVAL;
}

int defect_init(void)
{
	const char *name = getenv(DEFECT_ENV);
	char line[64];

	current = DEFECT_NONE;
	if (!name || !*name)
		return 0;
	for (int i = 0; i < DEFECT_KINDS; i++) {
		if (strcmp(name, names[i]) != 0)
			continue;
		current = i;
		snprintf(line, sizeof(line), "seeded defect: %s", name);
		lab->log(line);
		return 0;
	}
	return unknown(name);
}

enum defect defect_on(void)
{
	return current;
}

const char *defect_name(enum defect d)
{
	return (unsigned int)d < DEFECT_KINDS ? names[d] : NULL;
}

bool defect_hits(enum defect d, uint32_t n)
{
	return current == d && n % DEFECT_EVERY == 0;
}

/*
 * An IOMMU that does not look at SN behaves as if it were 0: show it 0, and put
 * it back.  No CPU runs meanwhile.
 */
void defect_msi(uint16_t sid, uint64_t addr, uint32_t data, struct vtd_message *out)
{
	uint64_t pid = current == DEFECT_SN_IGNORED ? vtd_peek_pid(sid, addr, data) : 0;
	uint64_t control = 0;

	if (!pid || lab->mem_read(pid + PID_CONTROL, &control, sizeof(control)) ||
	    !(control & PID_SN)) {
		vtd_msi(sid, addr, data, out);
		return;
	}
	control &= ~PID_SN;
	lab->mem_write(pid + PID_CONTROL, &control, sizeof(control));
	vtd_msi(sid, addr, data, out);
	lab->mem_read(pid + PID_CONTROL, &control, sizeof(control));
	control |= PID_SN;
	lab->mem_write(pid + PID_CONTROL, &control, sizeof(control));
}
