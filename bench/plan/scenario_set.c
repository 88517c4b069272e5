// SPDX-License-Identifier: LGPL-2.1-or-later
/* The set file: a name for several scenarios. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "plan/scenario.h"
#include "plan/scenario_name.h"
#include "util/ydoc.h"

static const struct yfield set_fields[] = {
	{.key = "summary",
	 .type = YFIELD_TEXT,
	 .offset = offsetof(struct pb_scenario_set, summary),
	 .size = sizeof(((struct pb_scenario_set *)0)->summary),
	 .required = true},
	{.key = "scenarios", .required = true},
};

static bool add_scenario(const struct ynode *n, struct pb_scenario_set *set, struct yerr *e)
{
	if (n->kind != YNODE_SCALAR || !scenario_name_valid(n->text, sizeof(set->scenario[0])))
		return yerr_fail(e, n->line,
				 "'%.40s' is not a scenario's name; must be at most "
				 "%zu characters of a-z, 0-9 and -",
				 n->text ? n->text : "a list or map", sizeof(set->scenario[0]) - 1);
	if (set->nr == PB_SET_MAX)
		return yerr_fail(e, n->line, "more than %d scenarios", PB_SET_MAX);
	for (size_t i = 0; i < set->nr; i++)
		if (!strcmp(set->scenario[i], n->text))
			return yerr_fail(e, n->line, "'%s' is named twice", n->text);
	snprintf(set->scenario[set->nr++], sizeof(set->scenario[0]), "%s", n->text);
	return true;
}

static bool read_set(const struct ynode *root, struct pb_scenario_set *set, struct yerr *e)
{
	const struct ynode *list;

	if (!yfields_read(root, set_fields, sizeof(set_fields) / sizeof(set_fields[0]), set, e))
		return false;
	list = ynode_get(root, "scenarios");
	if (list->kind != YNODE_LIST || !list->first)
		return yerr_fail(e, list->line,
				 "scenarios must be a list with at least one name, '- '");
	for (const struct ynode *n = list->first; n; n = n->next)
		if (!add_scenario(n, set, e))
			return false;
	return true;
}

int scenario_set_parse(const char *file, const char *text, size_t len, struct pb_scenario_set *out,
		       char *err, size_t size)
{
	const struct ynode *root;
	struct ydoc *doc;
	struct yerr e;
	int ret;

	yerr_init(&e, file, err, size);
	memset(out, 0, sizeof(*out));
	if (!scenario_name_of(file, out->name, sizeof(out->name))) {
		yerr_fail(&e, 0,
			  "not a set's name; must be like smoke.yaml, at most %zu "
			  "characters of a-z, 0-9 and -",
			  sizeof(out->name) - 1);
		return -EINVAL;
	}
	ret = ydoc_parse(text, len, &e, &doc, &root);
	if (ret)
		return ret;
	ret = read_set(root, out, &e) ? 0 : -EINVAL;
	ydoc_free(doc);
	return ret;
}
