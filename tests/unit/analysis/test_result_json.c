// SPDX-License-Identifier: LGPL-2.1-or-later
/* result.json: written, read back, spoiled in every field; and its schema. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include <jansson.h>

#include "analysis/maker.h"
#include "analysis/result.h"
#include "analysis/schema.h"
#include "analysis/sweeps.h"

#define V(i) (MK_VECTOR + (i))

static struct pb_result *r;
static char *text; /* of r */
static char err[512];

static void add(unsigned int kernel, bool loss)
{
	struct pb_job job;
	struct maker m;

	mk_init(&m);
	mk_in(&m, 10);
	mk_healthy(&m, 100, 1, V(0));
	mk_healthy(&m, 200, 2, V(0));
	if (loss)
		mk_stranded(&m, 300, 3, V(1));
	job = mk_job(&m, NULL);
	assert_int_equal(result_add_job(r, kernel, 0, &job), 0);
	mk_free(&m);
}

/* A window with one inner one that loses, one alike, one that never opened. */
static void add_sweep(void)
{
	struct pb_sweep *s;
	struct maker m;

	sw_init_two(&m, 1);
	m.plan.sweep[0].stride = 40;
	sw_own(&m, 1);
	sw_window(&m, 1, 0, 0, 0);
	sw_window(&m, 1, 1, 0, 0);
	sw_posts(&m, 1, 2);
	sw_window(&m, 1, 1, 40, PB_EVF_WINDOW_ALIKE);
	s = sw_add(r, 1, 1, &m)->sweep;
	assert_non_null(s);
	snprintf(s->note, sizeof(s->note), "a note");
	for (size_t i = 0; i < s->nr_intervals; i++)
		snprintf(s->interval[i].at, sizeof(s->interval[i].at), "f+0x%zx", i);
	snprintf(s->interval[0].line, sizeof(s->interval[0].line), "a/b.c:7");
}

/* Reads of a Linux guest, one of which waits for its interrupt. */
static void add_guest(void)
{
	struct pb_job job;
	struct maker m;

	mk_init(&m);
	mk_linux(&m);
	mk_in(&m, 10);
	mk_healthy(&m, 100, 1, V(0));
	m.ev[--m.nr_ev] = (struct pb_event){0}; /* its ISR */
	mk_io(&m, 110, 50, 1, 0, PB_EVF_IO_READ);
	mk_stranded(&m, 300, 2, V(1));
	mk_io(&m, 1400, 1150, 2, 1, PB_EVF_IO_READ);
	for (size_t i = m.nr_tr - 3; i < m.nr_tr; i++)
		m.tr[i].vcpu = 1;
	m.head.device[0].interrupts = 1;
	m.head.device[0].timeouts = m.head.device[0].polled = 1;
	job = mk_job(&m, NULL);
	assert_int_equal(result_add_job(r, 1, 2, &job), 0);
	if (r->branch[r->nr_branches - 1].status != PB_BRANCH_OK)
		fail_msg("%s", r->branch[r->nr_branches - 1].reason);
	mk_free(&m);
}

static int setup(void **state)
{
	struct pb_scenario guest = {
		.name = "guest",
		.summary = "s",
		.guest_kernel = "g",
		.plan.guest = {.stall_us = 100, .io_timeout_us = 1000, .build_id = "0a"}};
	struct pb_scenario sweep = {.name = "sweep", .summary = "s", .plan.nr_sweeps = 2};
	struct pb_kernel base = {.name = "b", .release = "6.1"}, head = {.name = "h\xc3\xa9\n"};
	struct pb_scenario s = {.name = "aimed", .summary = "s", .plan.late_us = 100};

	(void)state;
	r = result_new();
	snprintf(r->fp.machine, sizeof(r->fp.machine), "lab");
	snprintf(r->fp.command, sizeof(r->fp.command), "pirbench gate \"x\"");
	r->fp.seed = UINT64_MAX;
	result_add_kernel(r, &base, PB_ROLE_BASE, NULL);
	result_add_kernel(r, &head, PB_ROLE_HEAD, NULL);
	result_add_scenario(r, &s);
	result_add_scenario(r, &sweep);
	result_add_scenario(r, &guest);
	add(0, false);
	add(1, true);
	add(1, false);
	result_add_skip(r, 0, 0, 7, "no can do");
	add_sweep();
	add_guest();
	result_add_phase(r, "boot", 1.25);
	r->looks = (struct stats_design){.looks = 2, .n = {8, 12}};
	assert_int_equal(result_finish(r), 0);
	assert_int_equal(r->verdict.kind, PB_VERDICT_FAIL);
	assert_int_equal(result_to_json(r, &text), 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	free(text);
	result_free(r);
	return 0;
}

static int parse(const char *t, struct pb_result **out)
{
	return result_parse("r.json", t, strlen(t), out, err, sizeof(err));
}

static void comes_back_as_it_was(void **state)
{
	struct pb_result *back;
	char *again;

	(void)state;
	if (parse(text, &back))
		fail_msg("%s", err);
	assert_int_equal(back->nr_branches, 6);
	assert_int_equal(back->looks.looks, 2);
	assert_int_equal(back->looks.n[1], 12);
	assert_int_equal(back->fp.seed, UINT64_MAX);
	assert_string_equal(back->kernel[1].name, "h??");
	assert_string_equal(back->verdict.sentence, r->verdict.sentence);
	assert_int_equal(back->branch[1].lost_seq, 3);
	assert_int_equal(samples_max(&back->branch[0].excess), 6);
	assert_int_equal(result_to_json(back, &again), 0);
	assert_string_equal(again, text);
	free(again);
	result_free(back);
}

static void file_comes_back(void **state)
{
	char path[] = "/tmp/pirbench-test-XXXXXX";
	struct pb_result *back;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(result_save(r, path, err, sizeof(err)), 0);
	if (result_load(path, &back, err, sizeof(err)))
		fail_msg("%s", err);
	result_free(back);
	unlink(path);
	assert_int_equal(result_load(path, &back, err, sizeof(err)), -ENOENT);
	assert_int_equal(result_save(r, "/nosuch/dir/x", err, sizeof(err)), -ENOENT);
	assert_non_null(strstr(err, "/nosuch/dir/x: "));
}

/* Is a spoiled one refused? `where` is for the message. */
static void refused(const json_t *root, const char *where)
{
	char *t = json_dumps(root, 0);
	struct pb_result *back;
	int ret = parse(t, &back);

	if (!ret)
		fail_msg("%s: not refused", where);
	assert_int_equal(ret, -EINVAL);
	if (strncmp(err, "r.json: ", 8) || strchr(err, '\n'))
		fail_msg("%s: '%s'", where, err);
	free(t);
}

/* A seeded defect is kept, changes the verdict, and cannot be taken out of the file. */
static void defect_comes_back(void **state)
{
	struct pb_result *back;
	json_t *root, *fp;
	char *with;

	(void)state;
	snprintf(r->fp.defect, sizeof(r->fp.defect), "truth-lie");
	assert_int_equal(result_finish(r), 0);
	assert_int_equal(result_to_json(r, &with), 0);
	if (parse(with, &back))
		fail_msg("%s", err);
	assert_string_equal(back->fp.defect, "truth-lie");
	assert_int_equal(back->verdict.kind, PB_VERDICT_INCONCLUSIVE);
	result_free(back);
	root = json_loads(with, 0, NULL);
	fp = json_object_get(root, "fingerprint");
	json_object_set_new(fp, "defect", json_string(""));
	refused(root, "defect: empty");
	json_object_set_new(fp, "defect", json_integer(1));
	refused(root, "defect: a number");
	json_object_del(fp, "defect");
	refused(root, "defect: taken out");
	json_decref(root);
	free(with);
}

static void spoil(json_t *root, json_t *at, const char *where);

static void spoil_member(json_t *root, json_t *o, const char *key, const char *where)
{
	json_t *old = json_incref(json_object_get(o, key));
	char path[256];

	snprintf(path, sizeof(path), "%s.%s", where, key);
	json_object_set_new(o, key, json_null());
	refused(root, path);
	json_object_del(o, key);
	if (strcmp(key, "at") != 0 && strcmp(key, "line") != 0)
		refused(root, path);
	if (json_is_integer(old)) {
		json_object_set_new(o, key, json_integer(-1));
		refused(root, path);
		json_object_set_new(o, key, json_string("7"));
		refused(root, path);
	}
	if (json_is_string(old)) {
		json_object_set_new(o, key, json_string("\x7f"));
		refused(root, path);
		json_object_set_new(o, key,
				    json_pack("s+", "0123456789012345678901234567890123456789",
					      "0123456789012345678901234567890123456789"
					      "0123456789012345678901234567890123456789"
					      "0123456789012345678901234567890123456789"
					      "0123456789012345678901234567890123456789"
					      "0123456789012345678901234567890123456789"
					      "0123456789012345678901234567890123456789"));
		refused(root, path);
	}
	json_object_set_new(o, key, old);
	spoil(root, old, path);
}

static void spoil(json_t *root, json_t *at, const char *where)
{
	char path[256];

	if (json_is_object(at)) {
		const char *keys[64];
		size_t nr = 0;
		const char *key;
		json_t *value;

		json_object_foreach(at, key, value) keys[nr++] = strdup(key);
		for (size_t i = 0; i < nr; i++) {
			spoil_member(root, at, keys[i], where);
			free((char *)keys[i]);
		}
	}
	for (size_t i = 0; i < json_array_size(at); i++) {
		json_t *old = json_incref(json_array_get(at, i));

		snprintf(path, sizeof(path), "%s[%zu]", where, i);
		json_array_set_new(at, i, json_null());
		refused(root, path);
		json_array_set_new(at, i, old);
		spoil(root, old, path);
	}
}

static void spoiled_in_every_field(void **state)
{
	static const char *const parts[] = {"fingerprint", "kernels", "scenarios",      "branches",
					    "phases",      "cells",   "pirbench_result"};
	json_t *root = json_loads(text, 0, NULL);

	(void)state;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		spoil_member(root, root, parts[i], "");
	json_decref(root);
}

static void changed(const char *path, json_int_t value, const char *why)
{
	json_t *root = json_loads(text, 0, NULL), *at = root;
	char copy[128], *key, *save = NULL;
	json_t *parent = NULL;
	char last[64] = "";

	snprintf(copy, sizeof(copy), "%s", path);
	for (key = strtok_r(copy, ".", &save); key; key = strtok_r(NULL, ".", &save)) {
		parent = at;
		snprintf(last, sizeof(last), "%s", key);
		at = json_is_array(at) ? json_array_get(at, strtoul(key, NULL, 10))
				       : json_object_get(at, key);
		assert_non_null(at);
	}
	if (json_is_array(parent))
		json_array_set_new(parent, strtoul(last, NULL, 10), json_integer(value));
	else
		json_object_set_new(parent, last, json_integer(value));
	refused(root, path);
	if (!strstr(err, why))
		fail_msg("%s: '%s' does not say '%s'", path, err, why);
	json_decref(root);
}

static void numbers_that_contradict(void **state)
{
	(void)state;
	changed("branches.0.counts.class.delivered", 1, "counts do not add up");
	changed("branches.0.counts.posts", 3, "counts do not add up");
	changed("branches.0.kernel", 2, "kernel must be");
	changed("branches.0.kernel", 1, "cells are not what the branches add up to");
	changed("branches.0.excess.counts.0", 0, "ascending values");
	changed("branches.0.excess.counts.0", 9, "cells are not what");
	changed("cells.0.lossy", 9, "cells are not what");
	changed("cells.0.excess.max", 9, "cells are not what");
	changed("scenarios.1.sweeps", 1, "sweep is not one of its scenario");
	changed("branches.4.sweep.windows.1.instants", 99, "must begin at 90 and end before 99");
	changed("branches.4.sweep.windows.1.outer", 100, "outer instant 100, of 100");
	changed("branches.4.sweep.windows.1.sweep", 0, "of a window that is not swept");
	changed("branches.4.sweep.windows.1.intervals.2.first", 21, "must begin at 20");
	changed("branches.4.sweep.windows.1.intervals.1.tried", 0, "0 posts in the interval");
	changed("branches.4.sweep.windows.1.intervals.1.tried", 9,
		"9 posts at the instants 12..19");
	changed("branches.4.sweep.windows.1.intervals.1.tried", 2, "cells are not what");
	changed("cells.3.sweep.lost", 0, "cells are not what");
	changed("looks.0", 0, "looks[0]: must be a number of branches, ascending, 1 to 128");
	changed("looks.1", 8, "looks[1]: must be a number of branches, ascending");
	changed("looks.1", 129, "looks[1]: must be a number");
	changed("pirbench_result", 2, "version is 2, must be 1");
}

/* As it was written when there were none. */
static void without_looks(void **state)
{
	json_t *root = json_loads(text, 0, NULL);
	struct pb_result *back;
	char *t;

	(void)state;
	json_object_del(root, "looks");
	t = json_dumps(root, 0);
	if (parse(t, &back))
		fail_msg("%s", err);
	assert_int_equal(back->looks.looks, 0);
	result_free(back);
	free(t);
	json_object_set_new(root, "looks", json_integer(8));
	refused(root, "looks");
	json_decref(root);
}

static void verdict_that_does_not_follow(void **state)
{
	json_t *root = json_loads(text, 0, NULL);

	(void)state;
	json_object_set_new(json_object_get(root, "verdict"), "kind", json_string("pass"));
	refused(root, "verdict");
	assert_non_null(strstr(err, "the verdict is not what the branches say: fail"));
	json_decref(root);
}

static void not_json(void **state)
{
	struct pb_result *back;

	(void)state;
	assert_int_equal(parse("{\n\"a\": }", &back), -EINVAL);
	assert_non_null(strstr(err, "r.json:2: not JSON: "));
	assert_int_equal(parse("", &back), -EINVAL);
	assert_int_equal(parse("[]", &back), -EINVAL);
	assert_int_equal(parse("{\"a\": 1, \"a\": 1}", &back), -EINVAL);
}

static void schema_is_what_is_written(void **state)
{
	json_t *schema = json_load_file("reports/result.schema.json", 0, NULL);
	json_t *root = json_loads(text, 0, NULL);

	(void)state;
	assert_non_null(schema);
	if (!schema_check(schema, schema, root, err, sizeof(err)))
		fail_msg("%s", err);
	/* And it can tell. */
	json_object_set_new(json_object_get(root, "fingerprint"), "seed", json_string("7"));
	assert_false(schema_check(schema, schema, root, err, sizeof(err)));
	json_object_set_new(json_object_get(root, "fingerprint"), "seed", json_string("0x7"));
	assert_true(schema_check(schema, schema, root, err, sizeof(err)));
	json_object_set_new(root, "more", json_true());
	assert_false(schema_check(schema, schema, root, err, sizeof(err)));
	json_decref(root);
	json_decref(schema);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(comes_back_as_it_was),
		T(file_comes_back),
		T(defect_comes_back),
		T(spoiled_in_every_field),
		T(numbers_that_contradict),
		T(verdict_that_does_not_follow),
		T(not_json),
		T(schema_is_what_is_written),
		T(without_looks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
