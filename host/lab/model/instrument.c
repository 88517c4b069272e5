// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/lab/model/instrument.h"

#include <string.h>

#include "host/lab/model/lab.h"
#include "host/lab/model/pid.h"
#include "host/lab/model/sweep.h"
#include "host/lab/model/truth.h"
#include "shared/run.h"
#include "util/rng.h"

/* Times are drawn below this, so that no sum overflows. */
#define MEAN_MAX (1ull << 40)

static uint32_t get(const struct instrument *in, uint32_t offset)
{
	return in->reg[offset / 4];
}

static uint64_t pair(const struct instrument *in, uint32_t offset)
{
	return get(in, offset) | (uint64_t)get(in, offset + 4) << 32;
}

void instrument_init(struct instrument *in, struct pci_function *pci)
{
	memset(in, 0, sizeof(*in));
	in->record.pci = pci;
}

bool instrument_reset(struct instrument *in)
{
	bool keep = in->armed && get(in, PB_INSTRUMENT_KEEP) == 1;

	if (!keep)
		instrument_init(in, in->record.pci);
	return !keep;
}

/* --- arming ------------------------------------------------------------------ */

static bool valid(const struct instrument *in)
{
	uint32_t vectors = get(in, PB_INSTRUMENT_VECTORS);
	uint64_t base = get(in, PB_INSTRUMENT_VECTOR_BASE);
	uint64_t ring = pair(in, PB_INSTRUMENT_RING_LO), slots = pair(in, PB_INSTRUMENT_SLOTS_LO);
	uint64_t capacity = get(in, PB_INSTRUMENT_RING_CAPACITY);

	if (ring &&
	    (ring % 64 || !capacity || capacity > PB_RUN_MAX_EVENTS ||
	     ring > UINT64_MAX - sizeof(struct pb_ring) - capacity * sizeof(struct pb_event)))
		return false;
	if (slots % 64 || slots > UINT64_MAX - PB_MAX_VECTORS * sizeof(struct pb_slot))
		return false;
	return vectors && vectors <= PB_MAX_VECTORS &&
	       (uint64_t)get(in, PB_INSTRUMENT_FIRST) + vectors <=
		       in->record.pci->desc->msix_vectors &&
	       base + vectors <= 256 && get(in, PB_INSTRUMENT_SOURCE) <= UINT8_MAX &&
	       get(in, PB_INSTRUMENT_VCPU) <= UINT16_MAX &&
	       get(in, PB_INSTRUMENT_SERVICE) < PB_SERVICES &&
	       pair(in, PB_INSTRUMENT_SERVICE_LO) <= MEAN_MAX &&
	       get(in, PB_INSTRUMENT_FAULT) < PB_DEVICE_FAULTS && get(in, PB_INSTRUMENT_SWEPT) <= 1;
}

static void arm(struct instrument *in)
{
	struct record *r = &in->record;

	in->armed = valid(in);
	in->invalid = !in->armed;
	if (in->invalid)
		return;
	r->slots = pair(in, PB_INSTRUMENT_SLOTS_LO);
	r->ring = pair(in, PB_INSTRUMENT_RING_LO);
	r->capacity = get(in, PB_INSTRUMENT_RING_CAPACITY);
	r->first = get(in, PB_INSTRUMENT_FIRST);
	r->vectors = get(in, PB_INSTRUMENT_VECTORS);
	r->vector_base = get(in, PB_INSTRUMENT_VECTOR_BASE);
	r->source = (uint8_t)get(in, PB_INSTRUMENT_SOURCE);
	r->vcpu = (uint16_t)get(in, PB_INSTRUMENT_VCPU);
	record_clear(r);
	in->swept = get(in, PB_INSTRUMENT_SWEPT);
	in->service = get(in, PB_INSTRUMENT_SERVICE);
	in->mean = pair(in, PB_INSTRUMENT_SERVICE_LO);
	in->fault = get(in, PB_INSTRUMENT_FAULT);
	in->fault_at = get(in, PB_INSTRUMENT_FAULT_AT);
	in->rng = pair(in, PB_INSTRUMENT_SEED_LO);
	in->started = in->completed = in->held = 0;
	in->faults = in->messages = in->doorbells = 0;
	record_follow(r);
	if (in->swept)
		sweep_armed(r->source);
}

/* --- registers --------------------------------------------------------------- */

uint32_t instrument_read(const struct instrument *in, uint32_t offset)
{
	if (offset >= PB_INSTRUMENT_SLOTS_LO && offset <= PB_INSTRUMENT_KEEP)
		return get(in, offset);
	switch (offset) {
	case PB_INSTRUMENT_ID:
		return PB_INSTRUMENT_ID_VALUE;
	case PB_INSTRUMENT_VERSION:
		return 1;
	case PB_INSTRUMENT_STATUS:
		return (in->armed ? PB_INSTRUMENT_ST_ARMED : 0) |
		       (in->invalid ? PB_INSTRUMENT_ST_INVALID : 0);
	case PB_INSTRUMENT_POSTED:
		return in->record.posted;
	case PB_INSTRUMENT_LOST:
		return in->record.lost;
	case PB_INSTRUMENT_DMA_FAULTS:
		return in->record.dma_faults;
	case PB_INSTRUMENT_STARTED:
		return in->started;
	case PB_INSTRUMENT_COMPLETED:
		return in->completed;
	case PB_INSTRUMENT_HELD:
		return in->held;
	case PB_INSTRUMENT_FAULTS:
		return in->faults;
	default:
		return 0;
	}
}

void instrument_write(struct instrument *in, uint32_t offset, uint32_t value)
{
	if (offset >= PB_INSTRUMENT_SLOTS_LO && offset <= PB_INSTRUMENT_KEEP)
		in->reg[offset / 4] = value;
	else if (offset == PB_INSTRUMENT_CTRL && value == PB_INSTRUMENT_CTRL_ARM)
		arm(in);
	else if (offset == PB_INSTRUMENT_CTRL && value == PB_INSTRUMENT_CTRL_DISARM)
		in->armed = false;
}

/* --- what the device does ----------------------------------------------------- */

static bool fault_hits(struct instrument *in, enum pb_device_fault fault, uint32_t occasion)
{
	bool hit = in->armed && in->fault == fault && in->fault_at == occasion;

	in->faults += hit;
	return hit;
}

/* No record of it, but a PID that is followed has changed. */
static void unrecorded(const struct vtd_message *m)
{
	struct pid *pid = pid_find(m->pid);

	if (pid)
		pid_refresh(pid, PB_CPU_NONE, PB_EVF_BY_IOMMU);
}

/* By the number that MSI-X gives it. */
bool instrument_recorded(const struct instrument *in, uint32_t vector)
{
	return in->armed && vector >= in->record.first &&
	       vector - in->record.first < in->record.vectors;
}

uint8_t instrument_vector(const struct instrument *in, uint32_t vector)
{
	return record_guest_vector(&in->record, vector - in->record.first);
}

/* To the truth, before the post that it is about. */
static void injected(const struct instrument *in, uint32_t vector, enum pb_injected what)
{
	const struct record *r = &in->record;

	truth_injected(r->source, r->posted + 1, instrument_vector(in, vector), what);
}

static void record_message(struct instrument *in, uint32_t vector)
{
	struct record *r = &in->record;

	if (fault_hits(in, PB_FAULT_MASKED, in->messages)) {
		injected(in, vector, PB_INJECTED_MASK);
		pci_function_mask(r->pci, vector);
	}
	if (fault_hits(in, PB_FAULT_IRTE, in->messages)) {
		injected(in, vector, PB_INJECTED_ASTRAY);
		record_astray(r, vector - r->first);
	} else {
		record_post(r, vector - r->first);
	}
}

bool instrument_message(struct instrument *in, uint32_t vector)
{
	struct record *r = &in->record;
	struct vtd_message m;

	if (!instrument_recorded(in, vector)) {
		pci_function_msix(r->pci, vector, &m);
		unrecorded(&m);
	} else if (fault_hits(in, PB_FAULT_LOST_MSI, ++in->messages)) {
		record_drop(r, vector - r->first);
		return false;
	} else {
		record_message(in, vector);
	}
	return true;
}

void instrument_sent(struct instrument *in, uint32_t vector, const struct vtd_message *m)
{
	if (instrument_recorded(in, vector))
		record_sent(&in->record, vector - in->record.first, m);
	else
		unrecorded(m);
}

void instrument_retarget(struct instrument *in)
{
	if (in->armed)
		record_follow(&in->record);
}

bool instrument_doorbell(struct instrument *in)
{
	return !fault_hits(in, PB_FAULT_DOORBELL, ++in->doorbells);
}

/* Two narrow humps, a tenth either way: mean 0.9 * 0.5 + 0.1 * 5.5 = 1 of `mean`. */
static uint64_t bimodal(uint64_t *rng, uint64_t mean)
{
	uint64_t middle = rng_below(rng, 10) ? mean / 2 : mean * 11 / 2;

	return middle - middle / 10 + rng_below(rng, middle / 5 + 1);
}

uint64_t instrument_service(struct instrument *in)
{
	if (!in->armed)
		return 0;
	switch (in->service) {
	case PB_SERVICE_FIXED:
		return in->mean;
	case PB_SERVICE_EXPONENTIAL:
		return rng_exponential(&in->rng, in->mean);
	case PB_SERVICE_BIMODAL:
		return bimodal(&in->rng, in->mean);
	default:
		return 0;
	}
}
