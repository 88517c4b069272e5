// SPDX-License-Identifier: LGPL-2.1-or-later
/* What goes to other programs: it must be what they take, whatever a name has in it. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "report/ktap_reader.h"
#include "report/readers.h"
#include "reports/cases.h"
#include "reports/markup.h"
#include "reports/report.h"

/* ---- results of every kind ------------------------------------------------------ */

static void add(struct pb_result *r, unsigned int kernel, enum pb_branch_status status,
		uint64_t lost, uint64_t suppressed)
{
	struct pb_result_branch *b = &r->branch[r->nr_branches++];

	*b = (struct pb_result_branch){
		.kernel = kernel, .seed = 7, .status = status, .wall_s = 1.25};
	if (status != PB_BRANCH_OK) {
		snprintf(b->reason, sizeof(b->reason), "why <not> #1");
		return;
	}
	b->truth = true;
	b->counts.posts = b->counts.suppressed = 10;
	b->counts.suppressed = suppressed;
	b->counts.notified = 10 - suppressed;
	b->counts.cls[PB_CLASS_STRANDED] = b->counts.lost_state[PB_LOST_STRANDED] = lost;
	b->counts.cls[PB_CLASS_DELIVERED] = 10 - lost;
	b->lost_seq = lost > 0;
	b->lost_state = lost ? PB_LOST_STRANDED : PB_LOST_UNKNOWN;
}

/* A base and a head, one scenario. */
static struct pb_result *make(void)
{
	struct pb_kernel base = {.name = "good"}, head = {.name = "bad"};
	struct pb_scenario s = {.name = "aimed", .expect.suppressed_min = 5};
	struct pb_result *r = result_new();

	assert_non_null(r);
	r->max_branches = 8;
	r->branch = calloc(r->max_branches, sizeof(*r->branch));
	snprintf(r->fp.machine, sizeof(r->fp.machine), "lab");
	result_add_kernel(r, &base, PB_ROLE_BASE, NULL);
	result_add_kernel(r, &head, PB_ROLE_HEAD, NULL);
	result_add_scenario(r, &s);
	return r;
}

#define OK(lost) PB_BRANCH_OK, lost, 10

static void all_good(struct pb_result *r)
{
	add(r, 0, OK(0));
	add(r, 1, OK(0));
}

static void head_loses(struct pb_result *r)
{
	add(r, 0, OK(0));
	add(r, 1, OK(3));
}

static void base_loses(struct pb_result *r)
{
	add(r, 0, OK(3));
	add(r, 1, OK(0));
}

static void both_lose(struct pb_result *r)
{
	add(r, 0, OK(1));
	add(r, 1, OK(1));
}

static void weak(struct pb_result *r)
{
	add(r, 0, OK(0));
	add(r, 1, PB_BRANCH_OK, 0, 2);
}

static void failed(struct pb_result *r)
{
	add(r, 0, PB_BRANCH_ERROR, 0, 0);
	add(r, 1, OK(3));
}

static void skipped(struct pb_result *r)
{
	add(r, 0, PB_BRANCH_SKIP, 0, 0);
	add(r, 1, PB_BRANCH_SKIP, 0, 0);
}

static void only_base(struct pb_result *r)
{
	add(r, 0, OK(0));
	add(r, 1, PB_BRANCH_SKIP, 0, 0);
}

static void nothing(struct pb_result *r)
{
	(void)r;
}

/* What each must come out as. */
static const struct situation {
	const char *name;
	void (*fill)(struct pb_result *r);
	enum pb_verdict_kind verdict;
	unsigned int cases, failures, errors, skipped;
	struct ktap ktap;
} situations[] = {
	{"all good", all_good, PB_VERDICT_PASS, 2, 0, 0, 0, {2, 0, 2, 0, 0, 0, 0}},
	{"head loses", head_loses, PB_VERDICT_FAIL, 2, 1, 0, 0, {1, 1, 1, 1, 0, 0, 0}},
	{"base loses", base_loses, PB_VERDICT_PASS, 2, 0, 0, 1, {2, 0, 2, 0, 0, 1, 0}},
	{"both lose", both_lose, PB_VERDICT_FAIL, 2, 1, 0, 1, {1, 1, 1, 1, 0, 1, 0}},
	{"weak", weak, PB_VERDICT_INCONCLUSIVE, 2, 0, 1, 0, {1, 1, 1, 1, 0, 0, 1}},
	{"failed", failed, PB_VERDICT_ERROR, 2, 1, 1, 0, {0, 2, 0, 2, 0, 0, 1}},
	{"skipped", skipped, PB_VERDICT_SKIP, 2, 0, 0, 2, {2, 0, 2, 0, 4, 0, 0}},
	{"only base", only_base, PB_VERDICT_INCONCLUSIVE, 3, 0, 1, 1, {2, 0, 2, 1, 2, 0, 1}},
	{"nothing", nothing, PB_VERDICT_ERROR, 3, 0, 1, 2, {2, 0, 2, 1, 4, 0, 1}},
};
#define NR_SITUATIONS (sizeof(situations) / sizeof(situations[0]))

static char *render(const struct pb_report_ops *format, const struct pb_result *r,
		    const struct pb_life *life)
{
	const struct pb_report_opts opts = {.life = life};
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	assert_int_equal(format->write(&r, 1, &opts, out), 0);
	fclose(out);
	assert_int_equal(strlen(text), size);
	return text;
}

static unsigned int count(const char *text, const char *what)
{
	unsigned int n = 0;

	while ((text = strstr(text, what))) {
		text += strlen(what);
		n++;
	}
	return n;
}

/* ---- readers of what was written ------------------------------------------------ */

static void check_html(const struct pb_result *r, const struct pb_life *life)
{
	char *html = render(&report_html, r, life);

	readers_html(html);
	free(html);
}

static void check_all(const struct situation *s, const struct pb_result *r)
{
	char want[128], err[256], *text;
	struct ktap k;

	text = render(&report_junit, r, NULL);
	readers_junit(text);
	snprintf(want, sizeof(want), "tests=\"%u\" failures=\"%u\" errors=\"%u\" skipped=\"%u\"",
		 s->cases, s->failures, s->errors, s->skipped);
	if (!strstr(text, want))
		fail_msg("%s: not %s:\n%s", s->name, want, text);
	assert_int_equal(count(text, "<testcase"), s->cases);
	assert_int_equal(count(text, "<failure"), s->failures);
	assert_int_equal(count(text, "<error"), s->errors);
	assert_int_equal(count(text, "<skipped"), s->skipped);
	free(text);
	text = render(&report_ktap, r, NULL);
	if (ktap_read(text, &k, err, sizeof(err)) || memcmp(&k, &s->ktap, sizeof(k)) != 0)
		fail_msg("%s: %s\n%s", s->name, err, text);
	free(text);
	check_html(r, NULL);
}

static void every_situation(void **state)
{
	(void)state;
	for (size_t i = 0; i < NR_SITUATIONS; i++) {
		const struct situation *s = &situations[i];
		struct pb_result *r = make();

		s->fill(r);
		assert_int_equal(result_finish(r), 0);
		if (r->verdict.kind != s->verdict)
			fail_msg("%s: %s", s->name, r->verdict.sentence);
		check_all(s, r);
		/* Red exactly if the gate is. */
		assert_int_equal(s->failures + s->errors > 0,
				 s->verdict != PB_VERDICT_PASS && s->verdict != PB_VERDICT_SKIP);
		result_free(r);
	}
}

/* ---- names from outside ----------------------------------------------------------- */

static const char *const hostile[] = {
	"<script>alert(1)</script>",
	"</title></style><script src=//x>",
	"\"' onload='x' & ]]> <!-- #",
	"a|b `c` *d* [e](http:x)",
	"\x1b[31mred\x07\x7f",
	"not utf-8: \xff\xc0\xaf\xed\xa0\x80\xf4\x90\x80\x80",
	"cut short \xe2\x82",
	"line\nnot ok 1 fake\nKTAP version 1\n1..9",
	"C1 \xc2\x9b; fine: \xc3\xa4\xe2\x82\xac\xf0\x9f\x90\xa7",
};

static void hostile_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++) {
		struct situation s = situations[3];
		struct pb_result *r = make();
		char *text;

		s.fill(r);
		for (int k = 0; k < 2; k++) {
			snprintf(r->kernel[k].name, sizeof(r->kernel[k].name), "%s", hostile[i]);
			snprintf(r->kernel[k].release, sizeof(r->kernel[k].release), "%s",
				 hostile[i]);
			snprintf(r->kernel[k].replay, sizeof(r->kernel[k].replay), "%s",
				 hostile[i]);
		}
		snprintf(r->scenario[0].name, sizeof(r->scenario[0].name), "%s", hostile[i]);
		snprintf(r->scenario[0].summary, sizeof(r->scenario[0].summary), "%s", hostile[i]);
		snprintf(r->fp.command, sizeof(r->fp.command), "%s", hostile[i]);
		assert_int_equal(result_finish(r), 0);
		check_all(&s, r);
		text = render(&report_markdown, r, NULL);
		assert_int_equal(count(text, "| base | 1 |"), 1);
		free(text);
		result_free(r);
	}
}

/* A result of defective devices can be taken for no other, in any form. */
static void every_form_tells_of_a_defect(void **state)
{
	(void)state;
	for (size_t i = 0; report_all()[i]; i++) {
		struct pb_result *r = make();
		char *text;

		situations[0].fill(r);
		snprintf(r->fp.defect, sizeof(r->fp.defect), "sn-ignored");
		assert_int_equal(result_finish(r), 0);
		text = render(report_all()[i], r, NULL);
		if (strcmp(report_all()[i]->name, "null") != 0 &&
		    (!strstr(text, "sn-ignored") ||
		     !(strstr(text, "DEFECT") || strstr(text, "\"defect\""))))
			fail_msg("%s does not tell", report_all()[i]->name);
		free(text);
		result_free(r);
	}
}

static char *escaped(void (*escape)(FILE *out, const char *text), const char *text)
{
	char *to;
	size_t size;
	FILE *out = open_memstream(&to, &size);

	escape(out, text);
	fclose(out);
	return to;
}

static void check_escape(void (*escape)(FILE *out, const char *text), const char *text,
			 const char *want)
{
	char *got = escaped(escape, text);

	assert_string_equal(got, want);
	free(got);
}

#define BAD "\xef\xbf\xbd"

static void escapes(void **state)
{
	(void)state;
	check_escape(markup_xml, "a<b>&\"'", "a&lt;b&gt;&amp;&quot;&#39;");
	check_escape(markup_xml, "\x01\x1b\x7f\xc2\x9b", BAD BAD BAD BAD);
	check_escape(markup_xml, "\xc3\xa4\xe2\x82\xac\xf0\x9f\x90\xa7\t\n",
		     "\xc3\xa4\xe2\x82\xac\xf0\x9f\x90\xa7\t\n");
	/* Too long a form, a surrogate, beyond the last, no character, cut short. */
	check_escape(markup_xml, "\xc0\xaf", BAD BAD);
	check_escape(markup_xml, "\xed\xa0\x80", BAD BAD BAD);
	check_escape(markup_xml, "\xf4\x90\x80\x80", BAD BAD BAD BAD);
	check_escape(markup_xml, "\xef\xbf\xbe\xe2\x82", BAD BAD BAD);
	check_escape(markup_md, "a|b*<c>`d`\n", "a\\|b\\*&lt;c>\\`d\\` ");
	check_escape(markup_md_code, "plain", "`plain`");
	check_escape(markup_md_code, "a``b\n", "``` a``b  ```");
}

/* ---- the readers can say no --------------------------------------------------------- */

static void bad_ktap(void **state)
{
	static const char *const bad[] = {
		"",
		"1..1\nok 1 a\n",
		"KTAP version 1\nok 1 a\n",
		"KTAP version 1\n1..2\nok 1 a\n",
		"KTAP version 1\n1..1\nok 2 a\n",
		"KTAP version 1\n1..1\nok 1\n",
		"KTAP version 1\n1..1\nok 1 a # MAYBE b\n",
		"KTAP version 1\n1..1\nok 1 a # ERROR b\n",
		"KTAP version 1\n1..1\nok 1 a#b\n",
		"KTAP version 1\n1..1\nok 1 a\nhello\n",
		"KTAP version 1\n1..1\n  ok 1 a\nok 1 b\n",
		"KTAP version 1\n1..1\n  KTAP version 1\n  1..2\n  ok 1 a\nok 1 b\n",
		"KTAP version 1\n1..1\n  KTAP version 1\n  1..1\n  not ok 1 a\nok 1 b\n",
		"KTAP version 1\n1..1\n  KTAP version 1\n  1..1\n  ok 1 a\n",
		"KTAP version 1\n1..x\n",
		"KTAP version 1\n1..1\nok 1 \x1b\n",
	};
	struct ktap k;
	char err[128];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (!ktap_read(bad[i], &k, err, sizeof(err)))
			fail_msg("taken for KTAP:\n%s", bad[i]);
	assert_int_equal(ktap_read("KTAP version 1\n1..1\n  KTAP version 1\n  1..2\n  ok 1 a\n"
				   "  # why\n  not ok 2 b # ERROR c\nnot ok 1 d\n",
				   &k, err, sizeof(err)),
			 0);
	assert_non_null(readers_unbalanced("<p><b></p></b>"));
	assert_non_null(readers_unbalanced("<p>"));
	assert_null(readers_unbalanced("<!DOCTYPE html><p><br/></p>"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_situation),
		cmocka_unit_test(hostile_names),
		cmocka_unit_test(every_form_tells_of_a_defect),
		cmocka_unit_test(escapes),
		cmocka_unit_test(bad_ktap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
