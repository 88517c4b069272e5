// SPDX-License-Identifier: LGPL-2.1-or-later
#include "pktgen/report.h"

#include "util/text.h"

uint64_t report_lost(const struct report *r)
{
	const struct report_generator *g = &r->generator;

	if (r->options->one_way)
		return 0;
	return g->sent - g->fate[FLOW_NEW] - g->fate[FLOW_REORDERED];
}

double report_rate(const struct report *r)
{
	return r->generator.elapsed ? (double)r->generator.sent * (double)r->tsc_hz /
					      (double)r->generator.elapsed
				    : 0;
}

static double us(const struct report *r, uint64_t ticks)
{
	return (double)ticks * 1e6 / (double)r->tsc_hz;
}

bool report_clean(const struct report *r, char *why, size_t size)
{
	const struct report_generator *g = &r->generator;
	const struct {
		uint64_t nr;
		const char *what;
	} bad[] = {
		{report_lost(r), "lost"},
		{g->fate[FLOW_DUPLICATE], "duplicated"},
		{g->fate[FLOW_REORDERED], "reordered"},
		{g->fate[FLOW_STALE], "stale"},
		{g->fate[FLOW_IMPOSSIBLE], "never sent"},
		{g->damaged, "damaged"},
		{g->skipped, "skipped"},
		{g->unsent, "unsent"},
	};
	struct text t = {why, size, 0};

	why[0] = '\0';
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (bad[i].nr)
			text_add(&t, "%s%llu %s", t.len ? ", " : "", (unsigned long long)bad[i].nr,
				 bad[i].what);
	if (r->interrupted)
		text_add(&t, "%sinterrupted", t.len ? ", " : "");
	if (!t.len && !g->sent)
		text_add(&t, "nothing was sent");
	return !t.len;
}

static void generator_line(const struct report *r, struct text *t)
{
	const struct report_generator *g = &r->generator;

	text_add(t, "sent %llu in %.3f s (%.0f/s", (unsigned long long)g->sent,
		 us(r, g->elapsed) / 1e6, report_rate(r));
	if (g->skipped)
		text_add(t, ", %llu skipped", (unsigned long long)g->skipped);
	if (g->unsent)
		text_add(t, ", %llu unsent", (unsigned long long)g->unsent);
	text_add(t, ")");
	if (r->options->one_way)
		return;
	text_add(t, ", lost %llu, duplicates %llu, reordered %llu",
		 (unsigned long long)report_lost(r), (unsigned long long)g->fate[FLOW_DUPLICATE],
		 (unsigned long long)g->fate[FLOW_REORDERED]);
	if (g->fate[FLOW_STALE])
		text_add(t, ", stale %llu", (unsigned long long)g->fate[FLOW_STALE]);
	if (g->damaged)
		text_add(t, ", damaged %llu", (unsigned long long)g->damaged);
	if (g->latency.nr)
		text_add(t, "; latency us: min %.2f, median %.2f, p99 %.2f, p99.9 %.2f, max %.2f",
			 us(r, g->latency.min), us(r, histogram_quantile(&g->latency, 500000)),
			 us(r, histogram_quantile(&g->latency, 990000)),
			 us(r, histogram_quantile(&g->latency, 999000)), us(r, g->latency.max));
}

void report_line(const struct report *r, char line[REPORT_LINE])
{
	struct text t = {line, REPORT_LINE, 0};

	line[0] = '\0';
	if (r->generates)
		generator_line(r, &t);
	if (r->reflects)
		text_add(&t, "%sreflected %llu of %llu", r->generates ? "; " : "",
			 (unsigned long long)r->reflector.returned,
			 (unsigned long long)r->reflector.received);
	if (r->device.rx_nombuf + r->peer.rx_nombuf)
		text_add(&t, "; no buffer to receive to %llu times (--mbufs)",
			 (unsigned long long)r->device.rx_nombuf + r->peer.rx_nombuf);
	if (r->interrupted)
		text_add(&t, " (interrupted)");
}
