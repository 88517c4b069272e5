// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "pktgen/report.h"

#define VERSION 1

/*
 * Counts are below 2^63, or what they say is wrong anyway. A key that cannot be
 * set leaves *bad set: an object that lacks one is never printed.
 */
static void set(json_t *object, const char *key, json_t *value, bool *bad)
{
	*bad |= json_object_set_new(object, key, value) != 0;
}

static void count(json_t *object, const char *key, uint64_t v, bool *bad)
{
	set(object, key, json_integer((json_int_t)v), bad);
}

struct named {
	const char *key;
	uint64_t v;
};

static json_t *counts(const struct named *n, size_t nr, bool *bad)
{
	json_t *o = json_object();

	for (size_t i = 0; i < nr; i++)
		count(o, n[i].key, n[i].v, bad);
	return o;
}
#define COUNTS(list, bad) counts(list, sizeof(list) / sizeof((list)[0]), bad)

static json_t *options_json(const struct options *o, bool *bad)
{
	const struct named n[] = {
		{"rate", o->rate},
		{"burst", o->burst},
		{"flows", o->flows},
		{"queues", o->queues},
		{"size_min", o->size_min},
		{"size_max", o->size_max},
		{"window", o->window},
		{"count", o->count},
		{"duration_ms", o->duration_ms},
		{"drain_ms", o->drain_ms},
		{"catch_up_us", o->catch_up_us},
		{"descriptors", o->descriptors},
	};
	json_t *out = COUNTS(n, bad);
	char seed[24];

	snprintf(seed, sizeof(seed), "0x%llx", (unsigned long long)o->seed);
	set(out, "seed", json_string(seed), bad);
	set(out, "one_way", json_boolean(o->one_way), bad);
	return out;
}

static json_t *histogram_json(const struct histogram *h, bool *bad)
{
	static const struct {
		const char *key;
		uint32_t per_million;
	} quantiles[] = {
		{"p50", 500000},   {"p90", 900000},    {"p99", 990000},
		{"p99_9", 999000}, {"p99_99", 999900},
	};
	json_t *o = json_object(), *buckets = json_array();

	count(o, "count", h->nr, bad);
	count(o, "min", h->nr ? h->min : 0, bad);
	count(o, "mean", histogram_mean(h), bad);
	for (size_t i = 0; i < sizeof(quantiles) / sizeof(quantiles[0]); i++)
		count(o, quantiles[i].key, histogram_quantile(h, quantiles[i].per_million), bad);
	count(o, "max", h->max, bad);
	for (uint32_t i = 0; i < HISTOGRAM_BUCKETS; i++)
		if (h->bucket[i])
			*bad |= json_array_append_new(
					buckets,
					json_pack("[I, I]",
						  (json_int_t)loglinear_least(i, HISTOGRAM_BITS),
						  (json_int_t)h->bucket[i])) != 0;
	set(o, "buckets", buckets, bad);
	return o;
}

static json_t *generator_json(const struct report *r, bool *bad)
{
	const struct report_generator *g = &r->generator;
	const struct named n[] = {
		{"sent", g->sent},
		{"sent_bytes", g->sent_bytes},
		{"due", g->due},
		{"skipped", g->skipped},
		{"unsent", g->unsent},
		{"port_full", g->port_full},
		{"no_buffer", g->no_buffer},
		{"received", g->received},
		{"returned", g->fate[FLOW_NEW] + g->fate[FLOW_REORDERED]},
		{"lost", report_lost(r)},
		{"duplicates", g->fate[FLOW_DUPLICATE]},
		{"reordered", g->fate[FLOW_REORDERED]},
		{"stale", g->fate[FLOW_STALE]},
		{"never_sent", g->fate[FLOW_IMPOSSIBLE]},
		{"foreign", g->foreign},
		{"damaged", g->damaged},
		{"backwards", g->backwards},
		{"elapsed", g->elapsed},
		{"longest_gap", g->longest_gap},
	};
	json_t *o = COUNTS(n, bad);

	set(o, "rate", json_real(report_rate(r)), bad);
	set(o, "latency", histogram_json(&g->latency, bad), bad);
	return o;
}

static json_t *reflector_json(const struct report_reflector *f, bool *bad)
{
	const struct named n[] = {
		{"received", f->received},
		{"returned", f->returned},
		{"port_full", f->port_full},
		{"no_buffer", f->no_buffer},
		{"held", f->held},
		{"dropped", f->faults.done[FAULT_DROP]},
		{"duplicated", f->faults.done[FAULT_DUPLICATE]},
		{"reordered", f->faults.done[FAULT_REORDER]},
		{"damaged", f->faults.done[FAULT_DAMAGE]},
	};

	return COUNTS(n, bad);
}

static json_t *device_json(const struct report_device *d, bool *bad)
{
	const struct named n[] = {
		{"ipackets", d->ipackets}, {"opackets", d->opackets}, {"imissed", d->imissed},
		{"ierrors", d->ierrors},   {"oerrors", d->oerrors},   {"rx_nombuf", d->rx_nombuf},
	};
	json_t *o = COUNTS(n, bad);

	set(o, "driver", json_string(d->driver), bad);
	set(o, "name", json_string(d->name), bad);
	return o;
}

int pktgen_report_json(const struct report *r, char **text)
{
	const struct named cost[] = {
		{"tsc", r->overhead.tsc},
		{"empty_loop", r->overhead.empty_loop},
		{"stamp", r->overhead.stamp},
	};
	json_t *o = json_object();
	bool bad = false;
	char why[REPORT_LINE], *line;

	count(o, "pirbench_pktgen", VERSION, &bad);
	count(o, "tsc_hz", r->tsc_hz, &bad);
	set(o, "interrupted", json_boolean(r->interrupted), &bad);
	set(o, "options", options_json(r->options, &bad), &bad);
	if (r->generates) {
		set(o, "clean", json_boolean(report_clean(r, why, sizeof(why))), &bad);
		set(o, "generator", generator_json(r, &bad), &bad);
		set(o, "overhead", COUNTS(cost, &bad), &bad);
	}
	if (r->reflects)
		set(o, "reflector", reflector_json(&r->reflector, &bad), &bad);
	set(o, "device", device_json(&r->device, &bad), &bad);
	if (r->generates && r->reflects)
		set(o, "peer", device_json(&r->peer, &bad), &bad);
	line = bad ? NULL : json_dumps(o, JSON_COMPACT | JSON_REAL_PRECISION(10));
	json_decref(o);
	if (!line || asprintf(text, "%s\n", line) < 0)
		*text = NULL;
	free(line);
	return *text ? 0 : -ENOMEM;
}
