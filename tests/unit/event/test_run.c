// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <dirent.h>
#include <signal.h>
#include <cmocka.h>

#include "event/run.h"
#include "plan/example.h"
#include "plan/plan.h"
#include "util/crc32c.h"
#include "util/rng.h"

/* One event of each kind that a run of events, and a truth, may have. */
enum { PHASE, POST, ISR, IN, OUT, HALT, EXCEPTION, IO, EVENTS };
enum {
	T_POST,
	T_PID,
	T_NOTIFY,
	T_ENTRY,
	T_EXIT,
	T_VIRQ,
	T_FAULT,
	T_AIM,
	T_WINDOW,
	T_BOUND,
	T_SWEPT,
	T_FATE,
	TRUTHS
};

struct whole {
	struct pb_run run;
	struct pb_event ev[12];
};

static struct pb_plan plan;

static void seal(struct whole *w)
{
	w->run.crc = 0;
	w->run.crc = crc32c(0, w, sizeof(*w));
}

static void example(struct whole *w, enum pb_run_content content)
{
	static const uint8_t events[] = {PB_EV_PHASE,     PB_EV_POST,      PB_EV_ISR,
					 PB_EV_SCHED_IN,  PB_EV_SCHED_OUT, PB_EV_HALT,
					 PB_EV_EXCEPTION, PB_EV_IO,        PB_EV_PHASE,
					 PB_EV_PHASE,     PB_EV_PHASE,     PB_EV_PHASE};
	static const uint8_t truths[] = {PB_TR_POST,   PB_TR_PID,   PB_TR_NOTIFY, PB_TR_ENTRY,
					 PB_TR_EXIT,   PB_TR_VIRQ,  PB_TR_FAULT,  PB_TR_AIM,
					 PB_TR_WINDOW, PB_TR_BOUND, PB_TR_SWEPT,  PB_TR_FATE};

	memset(w, 0, sizeof(*w));
	w->run.content = content;
	w->run.nr_events = 12;
	w->run.tsc_khz = 1000;
	w->run.plan_crc = plan.crc;
	strcpy(w->run.release, "6.1.0");
	strcpy(w->run.build_id, "0123abcd");
	for (int i = 0; i < 12; i++)
		w->ev[i] =
			(struct pb_event){.tsc = 100 + (uint64_t)i,
					  .arg = 1,
					  .seq = 1,
					  .kind = content == PB_RUN_EVENTS ? events[i] : truths[i],
					  .vector = PB_VECTOR_BASE};
	if (content == PB_RUN_TRUTH) {
		w->ev[T_POST].flags = PB_EVF_SUPPRESSED | PB_EVF_COALESCED;
		w->ev[T_SWEPT].flags = PB_EVF_NOTIFIED;
		w->ev[T_FATE].flags = PB_EVF_FATE_DELIVERED | PB_EVF_FATE_PASSED;
	} else {
		w->ev[EXCEPTION].vector = 14;
		w->ev[POST].arg = 0;
		w->ev[IO].vector = 0;
		w->ev[IO].flags = PB_EVF_IO_READ | PB_EVF_IO_ERROR;
	}
	run_seal(&w->run);
}

static int check(const struct whole *w, const struct pb_plan *p, char err[200])
{
	return run_check(w, sizeof(*w), p, err, 200);
}

static void test_good(void **state)
{
	struct whole w;
	char err[200];

	(void)state;
	for (int content = PB_RUN_EVENTS; content <= PB_RUN_TRUTH; content++) {
		example(&w, content);
		if (check(&w, &plan, err))
			fail_msg("%s", err);
		assert_int_equal(check(&w, NULL, err), 0);
		w.run.tsc_khz = 0;
		seal(&w);
		assert_int_equal(check(&w, &plan, err), content == PB_RUN_TRUTH ? 0 : -EINVAL);
	}
}

struct spoil {
	const char *name;
	enum pb_run_content content;
	size_t offset, size;
	uint64_t bad;
	bool needs_plan;
};

#define SIZE(field) sizeof(((struct whole *)0)->field)
#define R(field, value)                                                                           \
	{                                                                                         \
		"run." #field, PB_RUN_EVENTS, offsetof(struct whole, run.field), SIZE(run.field), \
			value, false                                                              \
	}
#define RP(field, value)                                                                          \
	{                                                                                         \
		"run." #field, PB_RUN_EVENTS, offsetof(struct whole, run.field), SIZE(run.field), \
			value, true                                                               \
	}
#define E(at, field, value)                                                          \
	{                                                                            \
#at "." #field, PB_RUN_EVENTS, offsetof(struct whole, ev[at].field), \
			SIZE(ev[at].field), value, false                             \
	}
#define P(at, field, value)                                                          \
	{                                                                            \
#at "." #field, PB_RUN_EVENTS, offsetof(struct whole, ev[at].field), \
			SIZE(ev[at].field), value, true                              \
	}
#define T(at, field, value)                                                         \
	{                                                                           \
#at "." #field, PB_RUN_TRUTH, offsetof(struct whole, ev[at].field), \
			SIZE(ev[at].field), value, false                            \
	}
#define TP(at, field, value)                                                        \
	{                                                                           \
#at "." #field, PB_RUN_TRUTH, offsetof(struct whole, ev[at].field), \
			SIZE(ev[at].field), value, true                             \
	}
/* What no event may have. */
#define ANY(at)                                                                                    \
	E(at, tsc, 0), E(at, kind, 0), E(at, kind, 10), E(at, kind, PB_TR_POST), E(at, kind, 255), \
		E(at, vcpu, PB_MAX_VCPUS), E(at, cpu, PB_PLAN_MAX_CPU), E(at, flags, 0x8000),      \
		E(at, source, PB_MAX_SOURCES), P(at, source, 2), P(at, vcpu, 2),                   \
		E(at, reserved[0], 1), E(at, reserved[1], 1), E(at, reserved[2], 1)
#define ANY_TRUTH(at) ANY_SWEPT(at), TP(at, source, 2)
/* Of a sweep: source 2 is none. */
#define ANY_SWEPT(at)                                                                             \
	T(at, tsc, 0), T(at, kind, 0), T(at, kind, PB_EV_POST), T(at, kind, 63), T(at, kind, 76), \
		T(at, vcpu, PB_MAX_VCPUS + PB_MAX_SQUEEZERS * PB_PLAN_MAX_VMS),                   \
		T(at, cpu, PB_PLAN_MAX_CPU), T(at, flags, 0x8000), T(at, source, PB_MAX_SOURCES), \
		TP(at, vcpu, 2), T(at, reserved[0], 1), T(at, reserved[2], 1)

static const struct spoil spoils[] = {
	R(magic, 0),
	R(version, PB_RUN_VERSION - 1),
	R(version, PB_RUN_VERSION + 1),
	R(size, sizeof(struct pb_run) + 8),
	R(content, 0),
	R(content, PB_RUN_TRUTH), /* of events */
	R(content, 3),
	R(status, PB_RUN_ERROR), /* without a reason */
	R(status, PB_RUN_STATUSES),
	R(nr_events, 11),
	R(nr_events, 13),
	R(nr_events, PB_RUN_MAX_EVENTS + 1),
	R(nr_events, UINT64_MAX),
	R(nr_events, UINT64_MAX / 32 + 13), /* its size overflows to the right one */
	R(tsc_khz, 0),
	R(vfio, PB_VFIO_KINDS),
	{"run.plan_crc", PB_RUN_EVENTS, offsetof(struct whole, run.plan_crc), 4, 1, true},
	R(reason[0], 'x'), /* with status ok */
	R(reason[9], 'x'),
	R(release[0], '\n'),
	R(release[63], 'x'),
	R(build_id[0], 'g'),
	R(build_id[43], '0'),
	R(device[0].completed, 1), /* of none */
	R(device[0].errors, 1),
	R(device[0].polled, 1),
	R(device[1].submitted, PB_PLAN_MAX_COUNT + 1),
	R(device[1].interrupts, PB_RUN_MAX_EVENTS + 1),
	R(device[1].timeouts, PB_RUN_MAX_EVENTS + 1),
	R(device[2].aborts, PB_RUN_MAX_EVENTS + 1),
	R(device[2].reserved, 1),
	/* of a guest that is not Linux */
	{"run.device[0].submitted", PB_RUN_EVENTS, offsetof(struct whole, run.device[0].submitted),
	 4, 1, true},
	{"run.device[2].interrupts", PB_RUN_EVENTS,
	 offsetof(struct whole, run.device[2].interrupts), 4, 1, true},
	R(reserved, 1),
	R(account[0].started, 1),
	R(account[0].completed, 1),
	R(account[0].consumed, 1),
	R(account[0].failed, 1),
	R(account[0].polled, 1),
	R(account[0].aborted, 1),
	RP(account[0].faults, 1), /* the plan has none */
	RP(account[0].pending, 1ull << 20), /* of 20 vectors */
	RP(account[2].resets, 1), /* of 2 sources */
	{"truth.account", PB_RUN_TRUTH, offsetof(struct whole, run.account), 4, 1, false},
	ANY(PHASE),
	ANY(POST),
	ANY(ISR),
	ANY(IN),
	ANY(OUT),
	ANY(HALT),
	ANY(EXCEPTION),
	ANY(IO),
	E(PHASE, arg, 0),
	E(PHASE, arg, PB_PHASE_STOP + 1),
	E(PHASE, arg, 1ull << 32 | 1),
	E(POST, vcpu, PB_VCPU_NONE),
	E(POST, seq, 0),
	E(POST, arg, (1ull << 40) + 1),
	P(POST, arg, 1), /* the source does not coalesce */
	P(POST, seq, 21), /* of 20 */
	P(POST, vector, PB_VECTOR_BASE + 20),
	P(POST, vector, PB_VECTOR_BASE - 1),
	P(POST, source, 1), /* with a vector of source 0 */
	P(POST, vcpu, 1), /* source 0 goes to vCPU 0 */
	E(ISR, vcpu, PB_VCPU_NONE),
	E(IN, vcpu, PB_VCPU_NONE),
	E(IN, cpu, PB_CPU_NONE),
	E(IN, flags, PB_EVF_PREEMPTED),
	E(OUT, vcpu, PB_VCPU_NONE),
	E(OUT, cpu, PB_CPU_NONE),
	E(HALT, vcpu, PB_VCPU_NONE),
	E(EXCEPTION, vcpu, PB_VCPU_NONE),
	E(EXCEPTION, vector, 32),
	E(IO, vcpu, PB_VCPU_NONE),
	E(IO, flags, 0),
	E(IO, flags, PB_EVF_IO_ERROR),
	E(IO, flags, PB_EVF_IO_READ | PB_EVF_IO_WRITE),
	E(IO, flags, PB_EVF_IO_FRAME | 0x0008),
	E(IO, seq, 0),
	E(IO, arg, 100 + IO + 1), /* began before time */
	E(IO, vector, PB_MAX_VECTORS),
	P(IO, seq, 21), /* of 20 */
	P(IO, vector, 20),
	ANY_TRUTH(T_POST),
	ANY_TRUTH(T_PID),
	ANY_TRUTH(T_NOTIFY),
	ANY_TRUTH(T_ENTRY),
	ANY_TRUTH(T_EXIT),
	ANY_TRUTH(T_VIRQ),
	ANY_TRUTH(T_FAULT),
	ANY_TRUTH(T_AIM),
	T(T_POST, flags, 0),
	T(T_POST, flags, PB_EVF_COALESCED),
	T(T_POST, flags, PB_EVF_SUPPRESSED | PB_EVF_NOTIFIED),
	T(T_POST, flags, PB_EVF_BLOCKED | PB_EVF_COALESCED),
	T(T_NOTIFY, cpu, PB_CPU_NONE),
	T(T_ENTRY, cpu, PB_CPU_NONE),
	T(T_EXIT, cpu, PB_CPU_NONE),
	T(T_VIRQ, cpu, PB_CPU_NONE),
	ANY_SWEPT(T_WINDOW),
	ANY_SWEPT(T_BOUND),
	ANY_TRUTH(T_SWEPT),
	ANY_TRUTH(T_FATE),
	T(T_WINDOW, vcpu, PB_VCPU_NONE),
	T(T_WINDOW, cpu, PB_CPU_NONE),
	T(T_WINDOW, flags, 0x0008),
	T(T_WINDOW, source, PB_MAX_SWEEPS),
	T(T_BOUND, cpu, PB_CPU_NONE),
	T(T_BOUND, flags, 0x0080),
	T(T_BOUND, source, PB_MAX_SWEEPS),
	T(T_SWEPT, cpu, PB_CPU_NONE),
	T(T_SWEPT, flags, 0),
	T(T_SWEPT, flags, PB_EVF_SUPPRESSED | PB_EVF_NOTIFIED),
	T(T_SWEPT, flags, PB_EVF_BLOCKED | PB_EVF_COALESCED),
	T(T_FATE, flags, 0),
	T(T_FATE, flags, PB_EVF_FATE_PASSED),
	T(T_FATE, flags, PB_EVF_FATE_DELIVERED | PB_EVF_FATE_MISSED),
	T(T_FATE, flags, PB_EVF_FATE_DELIVERED | 0x0020),
};

static void test_every_field(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(spoils) / sizeof(spoils[0]); i++) {
		const struct spoil *s = &spoils[i];
		struct whole w;
		char err[200] = "";

		example(&w, s->content);
		memcpy((char *)&w + s->offset, &s->bad, s->size);
		if (check(&w, NULL, err) != -EINVAL)
			fail_msg("%s = %llu passed", s->name, (unsigned long long)s->bad);
		seal(&w);
		err[0] = '\0';
		if (check(&w, &plan, err) != -EINVAL)
			fail_msg("%s = %llu passed with its CRC repaired", s->name,
				 (unsigned long long)s->bad);
		assert_true(err[0]);
		assert_null(strstr(err, "CRC"));
		assert_null(strchr(err, '\n'));
		if (check(&w, NULL, err) != (s->needs_plan ? 0 : -EINVAL))
			fail_msg("%s = %llu without a plan: %s", s->name,
				 (unsigned long long)s->bad, err);
	}
}

static void test_bytes_and_sizes(void **state)
{
	struct whole w;
	char err[200];

	(void)state;
	example(&w, PB_RUN_EVENTS);
	for (size_t i = 0; i < sizeof(w); i++) {
		((uint8_t *)&w)[i] ^= 0x04;
		assert_int_equal(check(&w, NULL, err), -EINVAL);
		((uint8_t *)&w)[i] ^= 0x04;
	}
	for (size_t size = 0; size < sizeof(w); size++)
		assert_int_equal(run_check(&w, size, NULL, err, sizeof(err)), -EINVAL);
}

/* Anything, with a right CRC, in a buffer of exactly its size: ASan watches. */
static void test_random(void **state)
{
	uint64_t rng = 7;
	char err[32];

	(void)state;
	for (int round = 0; round < 20000; round++) {
		struct whole *w = malloc(sizeof(*w));
		size_t size = rng_below(&rng, 4) ? sizeof(*w) : rng_below(&rng, sizeof(*w));

		example(w, rng_below(&rng, 2) ? PB_RUN_EVENTS : PB_RUN_TRUTH);
		for (uint64_t n = rng_below(&rng, 6) + 1; n; n--)
			((uint8_t *)w)[rng_below(&rng, sizeof(*w))] = (uint8_t)rng_next(&rng);
		seal(w);
		w = realloc(w, size ? size : 1);
		run_check(w, size, rng_below(&rng, 2) ? &plan : NULL, err, sizeof(err));
		free(w);
	}
}

static void test_failed(void **state)
{
	struct pb_run *run = run_failed(&plan, PB_RUN_EVENTS, PB_RUN_SKIP, "no\tdevice\nhere");
	char err[200];

	(void)state;
	assert_non_null(run);
	assert_int_equal(run_check(run, sizeof(*run), &plan, err, sizeof(err)), 0);
	assert_string_equal(run->reason, "no?device");
	free(run);
	run = run_failed(NULL, PB_RUN_TRUTH, PB_RUN_ERROR, "");
	assert_int_equal(run_check(run, sizeof(*run), NULL, err, sizeof(err)), 0);
	free(run);
}

static unsigned int entries(const char *dir)
{
	DIR *d = opendir(dir);
	unsigned int n = 0;

	while (readdir(d))
		n++;
	closedir(d);
	return n - 2;
}

static void write_byte(const char *path, long at, int byte)
{
	FILE *f = fopen(path, "r+");

	fseek(f, at, SEEK_SET);
	fputc(byte, f);
	fclose(f);
}

static void test_files(void **state)
{
	char dir[] = "/tmp/test_run.XXXXXX", path[64], err[256];
	struct rlimit limit, small = {100, RLIM_INFINITY};
	struct pb_run *back = NULL;
	struct whole w;
	size_t size;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/run", dir);
	example(&w, PB_RUN_EVENTS);
	assert_int_equal(run_write(path, &w.run, err, sizeof(err)), 0);
	assert_int_equal(run_write(path, &w.run, err, sizeof(err)), 0);
	assert_int_equal(entries(dir), 1);
	assert_int_equal(run_read(path, &plan, &back, &size, err, sizeof(err)), 0);
	assert_int_equal(size, sizeof(w));
	assert_memory_equal(back, &w, sizeof(w));
	free(back);

	/* No room: the old file stays whole, nothing else is left. */
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &limit);
	small.rlim_max = limit.rlim_max;
	w.run.posted = 99;
	run_seal(&w.run);
	setrlimit(RLIMIT_FSIZE, &small);
	assert_int_equal(run_write(path, &w.run, err, sizeof(err)), -EFBIG);
	setrlimit(RLIMIT_FSIZE, &limit);
	assert_non_null(strstr(err, path));
	assert_int_equal(entries(dir), 1);
	assert_int_equal(run_read(path, &plan, &back, &size, err, sizeof(err)), 0);
	assert_int_equal(back->posted, 0);
	free(back);

	write_byte(path, 40, 0x55);
	assert_int_equal(run_read(path, &plan, &back, &size, err, sizeof(err)), -EINVAL);
	assert_non_null(strstr(err, path));
	assert_int_equal(truncate(path, 10), 0);
	assert_int_equal(run_read(path, NULL, &back, &size, err, sizeof(err)), -EINVAL);
	unlink(path);
	assert_int_equal(run_read(path, NULL, &back, &size, err, sizeof(err)), -ENOENT);
	mkfifo(path, 0600);
	assert_int_equal(run_read(path, NULL, &back, &size, err, sizeof(err)), -EINVAL);
	unlink(path);
	assert_int_equal(run_write("/nonesuch/run", &w.run, err, sizeof(err)), -ENOENT);
	assert_int_equal(rmdir(dir), 0);
}

/* A reset has its number and what it is; a plan without resets has none. */
static void test_reset(void **state)
{
	static const struct {
		uint32_t seq;
		uint64_t arg;
		int ret;
	} cases[] = {
		{1, PB_RESET_DONE, 0}, {PB_PLAN_MAX_RESETS, PB_RESET_GO, 0},
		{0, 1, -EINVAL},       {PB_PLAN_MAX_RESETS + 1, 1, -EINVAL},
		{1, 0, -EINVAL},       {1, 3, -EINVAL},
	};
	struct whole w;
	char err[200];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		example(&w, PB_RUN_EVENTS);
		w.ev[8].kind = PB_EV_RESET;
		w.ev[8].seq = cases[i].seq;
		w.ev[8].arg = cases[i].arg;
		seal(&w);
		assert_int_equal(check(&w, NULL, err), cases[i].ret);
		assert_int_equal(check(&w, &plan, err), -EINVAL);
	}
}

static void test_names(void **state)
{
	(void)state;
	assert_string_equal(names_str(&run_event_kinds, PB_TR_AIM), "truth-aim");
	assert_null(names_get(&run_event_kinds, 10));
	assert_string_equal(names_str(&run_phases, PB_PHASE_STOP), "stop");
	assert_string_equal(names_str(&run_contents, PB_RUN_TRUTH), "truth");
	for (uint32_t i = 0; i < PB_RUN_STATUSES; i++)
		assert_int_equal(names_find(&run_statuses, names_get(&run_statuses, i)), i);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),   cmocka_unit_test(test_every_field),
		cmocka_unit_test(test_random), cmocka_unit_test(test_bytes_and_sizes),
		cmocka_unit_test(test_failed), cmocka_unit_test(test_files),
		cmocka_unit_test(test_reset),  cmocka_unit_test(test_names),
	};

	example_plan(&plan);
	return cmocka_run_group_tests_name("run", tests, NULL, NULL);
}
