// SPDX-License-Identifier: LGPL-2.1-or-later
/* pin.c - keeps a vCPU's thread on its planned CPU, and makes sure that it is there. */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "squeezer/squeezer.h"
#include "squeezer/worker.h"

struct pin {
	cpu_set_t before;
};

static int pin_error(struct pb_squeezer *sq, const char *what, int error)
{
	snprintf(sq->error, sizeof(sq->error), "%s of vCPU thread %d: %s", what, (int)sq->vcpu_tid,
		 strerror(error));
	return -error;
}

static int pin_to(struct pb_squeezer *sq, uint32_t cpu)
{
	int r = worker_move(sq->vcpu_tid, cpu);

	if (r && r != -EBUSY)
		return pin_error(sq, "affinity", -r);
	if (r)
		snprintf(sq->error, sizeof(sq->error), "vCPU thread %d does not stay on CPU %u",
			 (int)sq->vcpu_tid, cpu);
	return r;
}

static int pin_start(struct pb_squeezer *sq)
{
	const struct pb_plan_squeezer *s = &sq->plan->squeezer[sq->index];
	struct pin *pin;

	if (sq->vcpu_tid <= 0) {
		snprintf(sq->error, sizeof(sq->error), "vCPU %u has no thread to pin", s->vcpu);
		return -EOPNOTSUPP;
	}
	pin = calloc(1, sizeof(*pin));
	if (!pin)
		return pin_error(sq, "pinning", ENOMEM);
	if (sched_getaffinity(sq->vcpu_tid, sizeof(pin->before), &pin->before)) {
		free(pin);
		return pin_error(sq, "affinity", errno);
	}
	sq->priv = pin;
	return pin_to(sq, sq->plan->vcpu_cpu[s->vcpu]);
}

static void pin_stop(struct pb_squeezer *sq)
{
	struct pin *pin = sq->priv;

	if (!pin)
		return;
	/* The thread may be gone by now: nothing to restore then. */
	sched_setaffinity(sq->vcpu_tid, sizeof(pin->before), &pin->before);
	free(pin);
	sq->priv = NULL;
}

const struct pb_squeezer_ops squeezer_pin = {
	.name = "pin",
	.kind = PB_SQUEEZER_PIN,
	.start = pin_start,
	.stop = pin_stop,
};
