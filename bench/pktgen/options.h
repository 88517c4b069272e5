/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* options.h - what pirbench-pktgen is asked to do, in one struct. */
#ifndef PB_PKTGEN_OPTIONS_H
#define PB_PKTGEN_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pktgen/fault.h"
#include "util/wire_packet.h"

#define OPTIONS_ERR       256 /* bytes of an error line */
#define OPTIONS_BURST_MAX 256
#define OPTIONS_QUEUES    64
#define OPTIONS_FLOWS     4096

enum options_role { OPTIONS_GENERATE, OPTIONS_REFLECT };

struct options {
	enum options_role role;
	bool pair, one_way, promiscuous, json, strict, help, version;
	bool has_peer, has_dst, has_seed;
	uint64_t port, peer; /* numbers of EAL's ports */
	uint64_t queues, descriptors, mbufs;
	uint64_t rate; /* packets a second; 0: as fast as it goes */
	uint64_t burst, flows, size_min, size_max, window;
	uint64_t count; /* packets; 0: no limit */
	uint64_t duration_ms; /* 0: no limit */
	uint64_t drain_ms, link_ms, catch_up_us;
	uint64_t seed;
	uint8_t dst[WIRE_MAC_LEN];
	uint64_t every[FAULT_KINDS];
	const char *output; /* a file; NULL: none */
	int eal_argc; /* what follows "--" */
	char **eal_argv;
};

/*
 * Parse argv[1...]; *o points into argv afterwards.  Returns 0, or -EINVAL with one
 * line in `err`.  With `help` or `version` set nothing else was checked.
 */
int options_parse(struct options *o, int argc, char **argv, char err[OPTIONS_ERR]);

/* --help; `size` of 8192 is enough.  Returns the length. */
size_t options_help(char *buf, size_t size);

#endif
