// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A sweep's records that make no sense. What is taken is added up, put into
 * words and reports, written as JSON and read again: that must come out the same.
 * The input is a head of 8 bytes, then records of 8 bytes each:
 *
 *	head:   sweeps - 1, stride of each (2), windows of each (2), 3 unused
 *	record: kind and flags (2), seq (2), flags' second byte, argument (2), what is odd
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/result.h"
#include "event/run.h"
#include "plan/plan.h"
#include "reports/report.h"

#define RECORD     8
#define MAX_EVENTS 8192

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void make_plan(struct pb_plan *plan, const uint8_t *head)
{
	memset(plan, 0, sizeof(*plan));
	plan->scenario[0] = 'f';
	plan->vcpus = 1;
	plan->nr_sources = 1;
	plan->nr_sweeps = 1 + head[0] % 2;
	for (uint32_t i = 0; i < plan->nr_sweeps; i++)
		plan->sweep[i] =
			(struct pb_plan_sweep){.window = i ? PB_WINDOW_PREEMPT : PB_WINDOW_HALT,
					       .stride = head[1 + i],
					       .length = 1000,
					       .windows = head[3 + i],
					       .budget = 1000};
	plan_seal(plan);
}

/* Mostly what a record of its kind may be; `odd` spoils a field. */
static void make_event(struct pb_event *e, const uint8_t *r)
{
	static const uint8_t kinds[] = {PB_TR_WINDOW, PB_TR_BOUND, PB_TR_SWEPT, PB_TR_FATE};

	*e = (struct pb_event){.tsc = 1000, .kind = kinds[r[0] % 4]};
	e->seq = r[2] | (uint32_t)(r[3] & 3) << 8;
	e->flags = r[1];
	e->arg = r[5] | (uint64_t)r[6] << 8;
	switch (e->kind) {
	case PB_TR_WINDOW:
		e->source = r[4] & 1;
		e->vector = e->source ? PB_WINDOW_PREEMPT : PB_WINDOW_HALT;
		e->flags &= PB_EVF_WINDOW_OPEN | PB_EVF_WINDOW_CUT | PB_EVF_WINDOW_ALIKE;
		e->arg = r[5] | (e->source ? (uint64_t)r[6] << 32 : 0);
		break;
	case PB_TR_SWEPT:
		e->flags = (uint16_t)(PB_EVF_NOTIFIED << r[1] % 7);
		break;
	case PB_TR_FATE:
		e->flags = (uint16_t)(PB_EVF_FATE_DELIVERED << r[1] % 5 |
				      (r[4] & 1 ? PB_EVF_FATE_PASSED : 0));
		e->tsc += r[6];
		e->arg &= 3;
		break;
	default:
		break;
	}
	if (r[7] > 250)
		((uint8_t *)e)[r[5] % sizeof(*e)] ^= r[6];
}

static void render(const struct pb_result *r)
{
	const struct pb_report_opts opts = {0};

	for (size_t i = 0; report_all()[i]; i++) {
		char *text;
		size_t size;
		FILE *out = open_memstream(&text, &size);

		if (!out || report_all()[i]->write(&r, 1, &opts, out))
			abort();
		fclose(out);
		free(text);
	}
}

static void judge(const struct pb_plan *plan, struct pb_sweep *s)
{
	struct pb_result *r = result_new(), *back;
	struct pb_scenario sc = {.name = "f", .plan = *plan};
	struct pb_kernel k = {.name = "k"};
	char err[512], *text, *again;

	if (!r || result_add_kernel(r, &k, PB_ROLE_ONLY, NULL) || result_add_scenario(r, &sc) ||
	    result_add_skip(r, 0, 0, 1, ""))
		abort();
	r->branch[0].status = PB_BRANCH_OK;
	r->branch[0].truth = true;
	r->branch[0].sweep = s;
	if (result_finish(r) || result_to_json(r, &text))
		abort();
	if (result_parse("f", text, strlen(text), &back, err, sizeof(err))) {
		fprintf(stderr, "%s\n%s\n", err, text);
		abort();
	}
	if (result_to_json(back, &again) || strcmp(text, again) != 0)
		abort();
	/* A loss is a loss, whatever else there is. */
	if (sweep_lost(&result_cell(r, 0, 0)->sweep) && r->verdict.kind != PB_VERDICT_FAIL)
		abort();
	if (r->verdict.kind == PB_VERDICT_PASS && !sweep_done(&result_cell(r, 0, 0)->sweep))
		abort();
	if (getenv("FUZZ_SHOW"))
		fprintf(stderr, "%s\n", r->verdict.sentence);
	render(r);
	result_free(back);
	result_free(r);
	free(text);
	free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pb_sweep *s = NULL;
	struct pb_run *truth;
	struct pb_plan plan;
	char err[256];

	if (size < RECORD || size > RECORD * MAX_EVENTS)
		return 0;
	make_plan(&plan, data);
	truth = calloc(1, run_size(size / RECORD + 1));
	if (!truth)
		abort();
	truth->content = PB_RUN_TRUTH;
	for (size_t i = RECORD; i + RECORD <= size; i += RECORD)
		make_event((struct pb_event *)(truth + 1) + truth->nr_events++, data + i);
	if (!sweep_build(&plan, truth, &s, err, sizeof(err)))
		judge(&plan, s);
	else if (getenv("FUZZ_SHOW"))
		fprintf(stderr, "%s\n", err);
	free(truth);
	return 0;
}
