// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What recording one event costs, beside a value recorded by HdrHistogram_c
 * with its TSC read: the guest's interrupt handler and the host's recorder.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>

#include "tests/bench/bench.h"
#include "tests/bench/guest.h"
#include "tests/bench/host.h"

#define RING    16384 /* events: what fits in the second-level cache, as a run's rings do in turn */
#define GOAL_NS 15

/* Of HdrHistogram_c's interface: hdr/hdr_histogram.h. */
struct hdr {
	void *library, *histogram;
	int (*init)(int64_t lowest, int64_t highest, int figures, void **histogram);
	bool (*record)(void *histogram, int64_t value);
	void (*close)(void *histogram);
};

static const char *hdr_open(struct hdr *h, const char *path)
{
	h->library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!h->library)
		return dlerror();
	*(void **)&h->init = dlsym(h->library, "hdr_init");
	*(void **)&h->record = dlsym(h->library, "hdr_record_value");
	*(void **)&h->close = dlsym(h->library, "hdr_close");
	if (!h->init || !h->record || !h->close)
		return "HdrHistogram_c: its functions are not there";
	/* 1 ns to an hour, three digits: what its own examples use. */
	if (h->init(1, 3600000000000, 3, &h->histogram))
		return "HdrHistogram_c: no memory";
	return NULL;
}

static void hdr_shut(struct hdr *h)
{
	if (h->histogram)
		h->close(h->histogram);
	if (h->library)
		dlclose(h->library);
}

/* Each value is the time since the one before it, as one would record a latency. */
static double hdr_values(const struct hdr *h, uint64_t events)
{
	uint64_t last = __builtin_ia32_rdtsc();
	double start = bench_cpu();

	for (uint64_t i = 0; i < events; i++) {
		uint64_t now = __builtin_ia32_rdtsc();

		h->record(h->histogram, (int64_t)(now - last));
		last = now;
	}
	return bench_cpu() - start;
}

static double tsc_reads(uint64_t events)
{
	volatile uint64_t sink = 0;
	double start = bench_cpu();

	for (uint64_t i = 0; i < events; i++)
		sink = __builtin_ia32_rdtsc();
	(void)sink;
	return bench_cpu() - start;
}

/* Ring by ring: it is emptied when it is full, as after a run. Negative: it did not record. */
static double guest_seconds(uint64_t events)
{
	double seconds = 0;

	for (uint64_t left = events, n; left; left -= n) {
		double start;

		n = left < RING ? left : RING;
		guest_empty();
		start = bench_cpu();
		guest_interrupts(n);
		seconds += bench_cpu() - start;
		if (!guest_recorded(n))
			return -1;
	}
	return seconds;
}

struct figures {
	struct bench_figure *guest, *host, *tsc;
	struct hdr hdr;
	bool has_hdr;
};

static int measure(struct bench *b, struct figures *f)
{
	double seconds = guest_seconds(b->events);
	char why[200] = "";
	uint64_t nr = 0;

	if (seconds < 0)
		return -EPROTO;
	bench_put(&f->guest->own, seconds * 1e9 / (double)b->events);
	if (!host_switches(b->events, &seconds, &nr, why, sizeof(why)) && nr)
		bench_put(&f->host->own, seconds * 1e9 / (double)nr);
	else
		bench_skip(f->host, "%s", why[0] ? why : "no switches were recorded");
	bench_put(&f->tsc->own, tsc_reads(b->events) * 1e9 / (double)b->events);
	if (f->has_hdr) {
		double ns = hdr_values(&f->hdr, b->events) * 1e9 / (double)b->events;

		bench_put(&f->guest->ref, ns);
		bench_put(&f->host->ref, ns);
	}
	return 0;
}

int bench_recorder(struct bench *b)
{
	static const char ref[] = "HdrHistogram_c: hdr_record_value() with its TSC read";
	struct figures f = {0};
	const char *why = b->hdr_why;
	int ret = 0;

	f.guest = bench_figure(b, "recorder/guest", "ns", false);
	f.host = bench_figure(b, "recorder/host", "ns", false);
	f.tsc = bench_figure(b, "recorder/tsc-read", "ns", false);
	f.guest->goal = f.host->goal = GOAL_NS;
	snprintf(f.guest->reference, sizeof(f.guest->reference), "%s", ref);
	snprintf(f.host->reference, sizeof(f.host->reference), "%s", ref);
	if (b->hdr)
		why = hdr_open(&f.hdr, b->hdr);
	f.has_hdr = b->hdr && !why;
	if (!f.has_hdr) {
		bench_skip(f.guest, "reference: %s", why);
		bench_skip(f.host, "reference: %s", why);
	}
	if (!guest_start(RING))
		ret = -ENOMEM;
	for (unsigned int i = 0; i < b->rounds && !ret; i++)
		ret = measure(b, &f);
	guest_end();
	hdr_shut(&f.hdr);
	return ret;
}
