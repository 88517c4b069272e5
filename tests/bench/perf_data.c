// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A perf.data as `perf record --switch-events -e dummy` writes it; the format
 * is that of the kernel's tools/perf/Documentation/perf.data-file-format.txt
 * and include/uapi/linux/perf_event.h.
 */
#include <errno.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/bench/synth.h"

#define MAGIC          0x32454c4946524550ull /* "PERFILE2" */
#define FINISHED_ROUND 68 /* tools/perf/util/event.h: what came so far can be sorted */
#define ROUND          8192 /* events */
#define FIRST_PID      1000

struct section {
	uint64_t offset, size;
};

struct file_header {
	uint64_t magic, size, attr_size;
	struct section attrs, data, event_types;
	uint64_t features[4];
};

struct file_attr {
	struct perf_event_attr attr;
	struct section ids;
};

/* As perf appends it: TID, TIME, CPU, IDENTIFIER. */
struct sample_id {
	uint32_t pid, tid;
	uint64_t time;
	uint32_t cpu, reserved;
	uint64_t id;
};

struct record_switch {
	struct perf_event_header header;
	uint32_t next_prev_pid, next_prev_tid;
	struct sample_id sample;
};

struct record_comm {
	struct perf_event_header header;
	uint32_t pid, tid;
	char comm[16];
	struct sample_id sample;
};

static int put(FILE *f, const void *data, size_t size)
{
	return fwrite(data, size, 1, f) == 1 ? 0 : -EIO;
}

static int put_comm(FILE *f, uint32_t pid)
{
	struct record_comm r = {
		.header = {.type = PERF_RECORD_COMM, .size = sizeof(r)},
		.pid = pid,
		.tid = pid,
		.comm = "vcpu",
		.sample = {.pid = pid, .tid = pid, .time = 1, .id = 1},
	};

	return put(f, &r, sizeof(r));
}

/* Two threads take turns on one CPU. */
static int put_switch(FILE *f, uint64_t n)
{
	uint32_t own = FIRST_PID + (uint32_t)(n / 2 % 2), other = FIRST_PID + !(n / 2 % 2);
	struct record_switch r = {
		.header = {.type = PERF_RECORD_SWITCH_CPU_WIDE,
			   .misc = n % 2 ? PERF_RECORD_MISC_SWITCH_OUT : 0,
			   .size = sizeof(r)},
		.next_prev_pid = other,
		.next_prev_tid = other,
		.sample = {.pid = own, .tid = own, .time = 1000 + n * 1000, .id = 1},
	};

	return put(f, &r, sizeof(r));
}

static int put_data(FILE *f, uint64_t events)
{
	const struct perf_event_header round = {.type = FINISHED_ROUND, .size = sizeof(round)};
	int ret = put_comm(f, FIRST_PID);

	if (!ret)
		ret = put_comm(f, FIRST_PID + 1);
	for (uint64_t n = 0; n < events && !ret; n++) {
		ret = put_switch(f, n);
		if (!ret && n % ROUND == ROUND - 1)
			ret = put(f, &round, sizeof(round));
	}
	return ret;
}

static int put_file(FILE *f, uint64_t events)
{
	struct file_header head = {
		.magic = MAGIC,
		.size = sizeof(head),
		.attr_size = sizeof(struct file_attr),
		.attrs = {sizeof(head) + sizeof(uint64_t), sizeof(struct file_attr)},
		.data = {.offset = sizeof(head) + sizeof(uint64_t) + sizeof(struct file_attr)},
	};
	struct file_attr attr = {
		.attr = {.type = PERF_TYPE_SOFTWARE,
			 .size = sizeof(attr.attr),
			 .config = PERF_COUNT_SW_DUMMY,
			 .sample_type = PERF_SAMPLE_TID | PERF_SAMPLE_TIME | PERF_SAMPLE_CPU |
					PERF_SAMPLE_IDENTIFIER,
			 .sample_id_all = 1,
			 .context_switch = 1,
			 .comm = 1},
		.ids = {sizeof(head), sizeof(uint64_t)},
	};
	const uint64_t id = 1;
	int ret = put(f, &head, sizeof(head));

	if (!ret)
		ret = put(f, &id, sizeof(id));
	if (!ret)
		ret = put(f, &attr, sizeof(attr));
	if (!ret)
		ret = put_data(f, events);
	if (ret || fflush(f))
		return ret ? ret : -errno;
	head.data.size = (uint64_t)ftell(f) - head.data.offset;
	rewind(f);
	return put(f, &head, sizeof(head));
}

int synth_perf_data(int fd, uint64_t events)
{
	int ret, own = dup(fd);
	FILE *f = own < 0 ? NULL : fdopen(own, "w");

	if (!f) {
		ret = -errno;
		if (own >= 0)
			close(own);
		return ret;
	}
	ret = put_file(f, events);
	if (fclose(f) && !ret)
		ret = -errno;
	return ret;
}
