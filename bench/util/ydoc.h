/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ydoc.h - a YAML document as a tree in which every node knows its line, and
 * fields read from it by a table. For the files that users write.
 *
 * A small, safe part of YAML: one document of maps, lists and scalars; no
 * anchors, aliases or tags (so no bombs), no key twice in a map, and size,
 * depth and number of nodes bounded.
 *
 * Error lines are "file:line: what was wrong; what would be right". The first
 * error stays; what follows it is ignored.
 */
#ifndef PB_UTIL_YDOC_H
#define PB_UTIL_YDOC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/names.h"

#define YDOC_MAX_SIZE  65536 /* bytes of a file */
#define YDOC_MAX_DEPTH 8 /* maps and lists inside each other */
#define YDOC_MAX_NODES 4096

enum ynode_kind { YNODE_SCALAR, YNODE_LIST, YNODE_MAP };

struct ynode {
	enum ynode_kind kind;
	unsigned int line; /* from 1 */
	unsigned int key_line;
	const char *key; /* in a map; else NULL */
	const char *text; /* of a scalar, terminated, without zero bytes inside; else NULL */
	const struct ynode *first; /* of a list or map */
	const struct ynode *next; /* sibling */
};

struct ydoc; /* owns all nodes and their strings */

/* Where errors go. */
struct yerr {
	const char *file; /* as error lines name it */
	char *line; /* the caller's room for one line */
	size_t size;
	bool failed;
};
void yerr_init(struct yerr *e, const char *file, char *line, size_t size);
/* Record a failure at a line (0: of the whole file); false. */
bool yerr_fail(struct yerr *e, unsigned int line, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * Parse text; *root is its root node, never NULL on success. 0, -ENOMEM,
 * -EFBIG, or -EINVAL with the error recorded. Free with ydoc_free().
 */
int ydoc_parse(const char *text, size_t len, struct yerr *e, struct ydoc **doc,
	       const struct ynode **root);
void ydoc_free(struct ydoc *doc);

/* Value of a key in a map; NULL when there is none. */
const struct ynode *ynode_get(const struct ynode *map, const char *key);

enum yfield_type {
	YFIELD_OTHER, /* a known key that the caller reads itself */
	YFIELD_TEXT, /* char[size]: printable ASCII, line breaks become blanks */
	YFIELD_U32, /* whole number, min..max */
	YFIELD_I32, /* the same, signed */
	YFIELD_US, /* uint32_t microseconds, min..max, written "500us", "2ms", "1s" or 0 */
	YFIELD_ENUM, /* uint32_t, one of names */
	YFIELD_RANGE, /* uint32_t[2]: "10..500" or "10", each in min..max, in order */
	YFIELD_US_RANGE, /* uint32_t[2]: the same of times, "1ms..2ms" or "1ms" */
};

/*
 * A field of a structure; what the file leaves out keeps the value it had. The
 * order of its members is for those who fill it in.
 */
/* NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding) */
struct yfield {
	const char *key;
	enum yfield_type type;
	size_t offset; /* in the structure */
	size_t size; /* of YFIELD_TEXT */
	int64_t min, max;
	const struct pb_names *names;
	bool required;
};

/* Read the fields of a map into a structure; every other key is an error. */
bool yfields_read(const struct ynode *map, const struct yfield *fields, size_t nr, void *to,
		  struct yerr *e);

#endif
