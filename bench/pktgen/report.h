/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * report.h - what was measured: the numbers, whether they are as --strict wants, one
 * line, and JSON (reports/pktgen.schema.json).
 */
#ifndef PB_PKTGEN_REPORT_H
#define PB_PKTGEN_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pktgen/flow.h"
#include "pktgen/histogram.h"
#include "pktgen/options.h"

#define REPORT_LINE 512

/* Times are in ticks of the TSC. */
struct report_generator {
	uint64_t sent, sent_bytes; /* frames that the port took */
	uint64_t due; /* that the schedule asked for until it ended: sent, skipped, unsent */
	uint64_t skipped; /* of bursts that were given up: --catch-up */
	uint64_t unsent; /* due, and never taken by the port */
	uint64_t port_full; /* times that the port took less than it was given */
	uint64_t no_buffer; /* times that there was no buffer to send from */
	uint64_t received; /* frames, of any kind */
	uint64_t fate[FLOW_FATES]; /* of those that are ours and whole */
	uint64_t foreign, damaged;
	uint64_t backwards; /* came back before they were sent, by the TSCs; latency 0 */
	uint64_t elapsed; /* from the first burst to the end of sending */
	uint64_t longest_gap; /* between two looks at the port, while sending */
	struct histogram latency; /* of those that are new or overtaken */
};

struct report_reflector {
	uint64_t received, returned; /* frames */
	uint64_t port_full; /* times that the port took less than it was given */
	uint64_t no_buffer; /* copies that there was no buffer for */
	uint64_t held; /* overtaken on purpose, and no next one came */
	struct faults faults;
};

/* What measuring costs: the least of several times, in ticks. */
struct report_overhead {
	uint64_t tsc, empty_loop, stamp;
};

/* What the device says, of both roles' ports (rte_eth_stats). */
struct report_device {
	char driver[32], name[64];
	uint64_t ipackets, opackets, imissed, ierrors, oerrors, rx_nombuf;
};

struct report {
	const struct options *options;
	uint64_t tsc_hz;
	bool interrupted;
	bool generates, reflects; /* what of the following is set */
	struct report_generator generator;
	struct report_reflector reflector;
	struct report_overhead overhead;
	struct report_device device, peer; /* peer: of the reflector, when there are two */
};

/* Sent, and not come back by the end of the drain; 0 with --one-way. */
uint64_t report_lost(const struct report *r);

/* Packets a second, from the first burst to the end of sending; 0: no time passed. */
double report_rate(const struct report *r);

/* Is all as --strict wants?  Else why, in `why`. */
bool report_clean(const struct report *r, char *why, size_t size);

/* One line without its end. */
void report_line(const struct report *r, char line[REPORT_LINE]);

/* JSON with its end of line; to be freed.  -ENOMEM. */
int pktgen_report_json(const struct report *r, char **text);

#endif
