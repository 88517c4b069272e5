// SPDX-License-Identifier: LGPL-2.1-or-later
#include "report/ktap_reader.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH 4

struct level {
	bool open, planned, nested_fails, nested;
	unsigned long plan, seen;
};

struct reader {
	struct ktap *k;
	struct level level[DEPTH];
	unsigned int depth; /* of the level that is open */
	unsigned int line;
	char *err;
	size_t size;
};

static int fail(struct reader *r, const char *why)
{
	snprintf(r->err, r->size, "line %u: %s", r->line, why);
	return -1;
}

static int close_level(struct reader *r)
{
	struct level *l = &r->level[r->depth];

	if (!l->planned || l->seen != l->plan)
		return fail(r, "not as many results as planned");
	*l = (struct level){0};
	r->depth--;
	return 0;
}

static int version(struct reader *r, unsigned int depth)
{
	if (depth >= DEPTH || r->level[depth].open || (depth && depth != r->depth + 1))
		return fail(r, "a version line here");
	r->depth = depth;
	r->level[depth].open = true;
	return 0;
}

static int plan(struct reader *r, const char *p)
{
	struct level *l = &r->level[r->depth];
	char *end;

	if (l->planned || l->seen)
		return fail(r, "a second plan, or one behind results");
	l->plan = strtoul(p, &end, 10);
	l->planned = true;
	return end == p || *end ? fail(r, "a plan without a number") : 0;
}

static int directive(struct reader *r, const char *p, bool ok)
{
	size_t len = strcspn(p, " ");

	if (len == 4 && !strncmp(p, "SKIP", len))
		r->k->skip++;
	else if (len == 5 && !strncmp(p, "XFAIL", len))
		r->k->xfail++;
	else if (len == 5 && !strncmp(p, "ERROR", len) && !ok)
		r->k->error++;
	else
		return fail(r, "no such directive, or not with this result");
	return strchr(p, '#') ? fail(r, "a second #") : 0;
}

/* Behind "ok " or "not ok ". */
static int result(struct reader *r, const char *p, bool ok)
{
	struct level *l = &r->level[r->depth];
	const char *hash = strchr(p, '#');
	char *end;
	bool nested = l->nested, failed = l->nested_fails;

	if (!l->planned || strtoul(p, &end, 10) != ++l->seen || *end != ' ' || !end[1])
		return fail(r, "number or description");
	if (nested && ok == failed)
		return fail(r, "not the result of the subtests");
	l->nested = l->nested_fails = false;
	if (r->depth) {
		r->level[r->depth - 1].nested = true;
		r->level[r->depth - 1].nested_fails |= !ok;
		*(ok ? &r->k->ok : &r->k->not_ok) += 1;
	} else {
		*(ok ? &r->k->top_ok : &r->k->top_not_ok) += 1;
	}
	if (hash && (hash[-1] != ' ' || hash[1] != ' '))
		return fail(r, "a # in a description");
	return hash ? directive(r, hash + 2, ok) : 0;
}

static int line(struct reader *r, const char *p)
{
	unsigned int depth = 0;

	for (; !strncmp(p, "  ", 2); p += 2)
		depth++;
	for (const char *c = p; *c; c++)
		if ((unsigned char)*c < 0x20)
			return fail(r, "a control character");
	if (!strcmp(p, "KTAP version 1"))
		return version(r, depth);
	if (!r->level[0].open)
		return fail(r, "no version line at first");
	while (r->depth > depth && *p != '#')
		if (close_level(r))
			return -1;
	if (depth != r->depth && *p != '#')
		return fail(r, "indentation");
	if (!strncmp(p, "# ", 2))
		return 0;
	if (!strncmp(p, "1..", 3))
		return plan(r, p + 3);
	if (!strncmp(p, "ok ", 3))
		return result(r, p + 3, true);
	if (!strncmp(p, "not ok ", 7))
		return result(r, p + 7, false);
	return fail(r, "an unknown line");
}

int ktap_read(const char *text, struct ktap *k, char *err, size_t size)
{
	struct reader r = {.k = k, .err = err, .size = size};
	char *copy = strdup(text), *rest = copy, *p;
	int ret = 0;

	*k = (struct ktap){0};
	while (!ret && (p = strsep(&rest, "\n")) && (*p || rest)) {
		r.line++;
		ret = line(&r, p);
	}
	if (!ret && r.depth)
		ret = fail(&r, "the end inside of a subtest");
	if (!ret && (!r.level[0].planned || r.level[0].seen != r.level[0].plan))
		ret = fail(&r, "not as many results as planned");
	free(copy);
	return ret;
}
