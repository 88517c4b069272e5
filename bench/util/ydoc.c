// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "util/ydoc.h"

struct ydoc {
	struct ynode node[YDOC_MAX_NODES];
	size_t nr_nodes;
	char *text; /* all strings, one after the other */
	size_t used, room;
};

/* A map or list that is not closed yet. */
struct level {
	struct ynode *node;
	struct ynode *last; /* child */
	const char *key; /* read, its value not yet */
	unsigned int key_line;
};

struct build {
	struct ydoc *doc;
	struct yerr *err;
	struct level level[YDOC_MAX_DEPTH];
	size_t depth;
	struct ynode *root;
	unsigned int documents;
};

void yerr_init(struct yerr *e, const char *file, char *line, size_t size)
{
	e->file = file;
	e->line = line;
	e->size = size;
	e->failed = false;
	if (size)
		line[0] = '\0';
}

bool yerr_fail(struct yerr *e, unsigned int line, const char *fmt, ...)
{
	va_list ap;
	int len;

	if (e->failed)
		return false;
	e->failed = true;
	if (line)
		len = snprintf(e->line, e->size, "%s:%u: ", e->file, line);
	else
		len = snprintf(e->line, e->size, "%s: ", e->file);
	if (len < 0 || (size_t)len >= e->size)
		return false;
	va_start(ap, fmt);
	vsnprintf(e->line + len, e->size - (size_t)len, fmt, ap);
	va_end(ap);
	/* It quotes the file, which may have line breaks and worse in keys and values. */
	for (char *c = e->line; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			*c = '?';
	return false;
}

/* A copy in the document's own memory, which was made large enough for all. */
static const char *keep_text(struct ydoc *doc, const unsigned char *text, size_t len)
{
	char *copy = doc->text + doc->used;

	if (len + 1 > doc->room - doc->used)
		return NULL;
	memcpy(copy, text, len);
	copy[len] = '\0';
	doc->used += len + 1;
	return copy;
}

/* The innermost map or list that is open; NULL: none. */
static struct level *innermost(struct build *b)
{
	struct level *l = b->depth ? &b->level[b->depth - 1] : NULL;

	return l && l->node ? l : NULL;
}

static struct ynode *add_node(struct build *b, enum ynode_kind kind, unsigned int line)
{
	struct level *l = innermost(b);
	struct ynode *n;

	if (b->doc->nr_nodes == YDOC_MAX_NODES) {
		yerr_fail(b->err, line, "more than %d values", YDOC_MAX_NODES);
		return NULL;
	}
	n = &b->doc->node[b->doc->nr_nodes++];
	n->kind = kind;
	n->line = line;
	n->key_line = line;
	if (!l) {
		b->root = n;
		return n;
	}
	if (l->node->kind == YNODE_MAP) {
		n->key = l->key;
		n->key_line = l->key_line;
		l->key = NULL;
	}
	if (l->last)
		l->last->next = n;
	else
		l->node->first = n;
	l->last = n;
	return n;
}

/* Inside a map, a key is due. */
static bool key_due(struct build *b)
{
	const struct level *l = innermost(b);

	return l && l->node->kind == YNODE_MAP && !l->key;
}

static bool open_level(struct build *b, enum ynode_kind kind, unsigned int line)
{
	struct ynode *n;

	if (key_due(b))
		return yerr_fail(b->err, line, "a map or list as a key; a key is a name");
	if (b->depth == YDOC_MAX_DEPTH)
		return yerr_fail(b->err, line, "nested deeper than %d levels", YDOC_MAX_DEPTH);
	n = add_node(b, kind, line);
	if (!n)
		return false;
	b->level[b->depth++] = (struct level){.node = n};
	return true;
}

static bool add_scalar(struct build *b, const yaml_event_t *ev, unsigned int line)
{
	const unsigned char *value = ev->data.scalar.value;
	size_t len = ev->data.scalar.length;
	struct level *l = innermost(b);
	const char *text;
	struct ynode *n;

	if (memchr(value, 0, len))
		return yerr_fail(b->err, line, "a zero byte in a value");
	text = keep_text(b->doc, value, len);
	if (!text)
		return yerr_fail(b->err, line, "values are longer than the file");
	if (key_due(b)) {
		const struct ynode *old = ynode_get(l->node, text);

		if (old)
			return yerr_fail(b->err, line, "'%.40s' is given twice; first in line %u",
					 text, old->key_line);
		l->key = text;
		l->key_line = line;
		return true;
	}
	n = add_node(b, YNODE_SCALAR, line);
	if (n)
		n->text = text;
	return n != NULL;
}

static bool take_event(struct build *b, const yaml_event_t *ev)
{
	unsigned int line = (unsigned int)ev->start_mark.line + 1;

	switch (ev->type) {
	case YAML_DOCUMENT_START_EVENT:
		if (b->documents++)
			return yerr_fail(b->err, line, "a second document; one file holds one");
		return true;
	case YAML_ALIAS_EVENT:
		return yerr_fail(b->err, line, "an alias; write the value out");
	case YAML_SCALAR_EVENT:
		if (ev->data.scalar.anchor || ev->data.scalar.tag)
			return yerr_fail(b->err, line, "an anchor or tag; write the plain value");
		return add_scalar(b, ev, line);
	case YAML_SEQUENCE_START_EVENT:
		if (ev->data.sequence_start.anchor || ev->data.sequence_start.tag)
			return yerr_fail(b->err, line, "an anchor or tag; write the plain list");
		return open_level(b, YNODE_LIST, line);
	case YAML_MAPPING_START_EVENT:
		if (ev->data.mapping_start.anchor || ev->data.mapping_start.tag)
			return yerr_fail(b->err, line, "an anchor or tag; write the plain map");
		return open_level(b, YNODE_MAP, line);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		b->depth--;
		return true;
	default:
		return true;
	}
}

static bool parser_fail(const yaml_parser_t *p, struct yerr *e)
{
	if (p->error == YAML_MEMORY_ERROR)
		return yerr_fail(e, 0, "out of memory");
	return yerr_fail(e, (unsigned int)p->problem_mark.line + 1, "not YAML: %s",
			 p->problem ? p->problem : "cannot be read");
}

static bool run_parser(struct build *b, const char *text, size_t len)
{
	yaml_parser_t parser;
	bool ok = true, end = false;

	if (!yaml_parser_initialize(&parser))
		return yerr_fail(b->err, 0, "out of memory");
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, len);
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	while (ok && !end) {
		yaml_event_t ev;

		if (!yaml_parser_parse(&parser, &ev)) {
			ok = parser_fail(&parser, b->err);
			break;
		}
		end = ev.type == YAML_STREAM_END_EVENT;
		ok = take_event(b, &ev);
		yaml_event_delete(&ev);
	}
	yaml_parser_delete(&parser);
	return ok;
}

int ydoc_parse(const char *text, size_t len, struct yerr *e, struct ydoc **doc,
	       const struct ynode **root)
{
	struct build b = {.err = e};

	if (len > YDOC_MAX_SIZE) {
		yerr_fail(e, 0, "%zu bytes, must be at most %d", len, YDOC_MAX_SIZE);
		return -EFBIG;
	}
	b.doc = calloc(1, sizeof(*b.doc));
	if (!b.doc)
		return -ENOMEM;
	/* An escape like \L is two bytes in the file, three in UTF-8; a value ends with a zero. */
	b.doc->room = 2 * len + YDOC_MAX_NODES * 2 + 16;
	b.doc->text = malloc(b.doc->room);
	if (!b.doc->text) {
		ydoc_free(b.doc);
		return -ENOMEM;
	}
	if (run_parser(&b, text, len) && !b.root)
		yerr_fail(e, 0, "empty");
	if (e->failed) {
		ydoc_free(b.doc);
		return -EINVAL;
	}
	*doc = b.doc;
	*root = b.root;
	return 0;
}

void ydoc_free(struct ydoc *doc)
{
	if (!doc)
		return;
	free(doc->text);
	free(doc);
}

const struct ynode *ynode_get(const struct ynode *map, const char *key)
{
	for (const struct ynode *n = map->first; n; n = n->next)
		if (n->key && !strcmp(n->key, key))
			return n;
	return NULL;
}
