// SPDX-License-Identifier: LGPL-2.1-or-later
#include <dirent.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/store.h"
#include "host/kernel/kernel.h"
#include "machine/machine.h"
#include "plan/scenario.h"
#include "reports/report.h"

struct list_opts {
	bool json;
};

enum { OPT_JSON = CMD_LONG };

static const struct cmd_option options[] = {
	{OPT_JSON, "json", NULL, "as JSON"},
	{0},
};

static bool set(const struct cmd *c, void *opts, int key, const char *arg)
{
	struct list_opts *o = opts;

	(void)c;
	(void)arg;
	o->json |= key == OPT_JSON;
	return true;
}

/* One list: to `out`, or printed with its title. */
struct listing {
	json_t *out;
	const char *title;
};

static void begin(struct listing *l, json_t *all, const char *title)
{
	l->out = all ? json_array() : NULL;
	l->title = title;
	if (all)
		json_object_set_new(all, title, l->out);
	else
		printf("%s:\n", title);
}

static void item(struct listing *l, const char *name, const char *summary, const char *error)
{
	if (!l->out) {
		printf("  %-24s %s%s\n", name, error ? "ERROR: " : "", error ? error : summary);
		return;
	}
	json_array_append_new(l->out,
			      error ? json_pack("{s:s, s:s}", "name", name, "error", error)
				    : json_pack("{s:s, s:s}", "name", name, "summary", summary));
}

static int list_kernels(json_t *all)
{
	struct kernel_info *k;
	struct listing l;
	char err[KERNEL_ERR_SIZE];
	size_t i, nr;
	int bad = 0;

	if (kernel_list(NULL, &k, &nr, err, sizeof(err))) {
		cmd_error("%s", err);
		return CMD_ERROR;
	}
	begin(&l, all, "kernels");
	for (i = 0; i < nr; i++) {
		item(&l, k[i].name, k[i].summary, k[i].error[0] ? k[i].error : NULL);
		bad |= k[i].error[0] != 0;
	}
	free(k);
	return bad ? CMD_ERROR : 0;
}

static int list_scenarios(json_t *all)
{
	char configs[512], err[PB_SCENARIO_ERR];
	struct pb_scenario *s;
	struct listing l;
	size_t i, nr;

	if (!cmd_configs(configs, sizeof(configs)))
		return CMD_ERROR;
	if (scenario_list(configs, &s, &nr, err, sizeof(err))) {
		cmd_error("%s", err);
		return CMD_ERROR;
	}
	begin(&l, all, "scenarios");
	for (i = 0; i < nr; i++)
		item(&l, s[i].name, s[i].summary, NULL);
	free(s);
	return 0;
}

static int list_sets(json_t *all)
{
	char configs[512], err[PB_SCENARIO_ERR], text[PB_SET_MAX * 34 + 160];
	struct pb_scenario_set *s;
	struct listing l;
	size_t i, k, nr;

	if (!cmd_configs(configs, sizeof(configs)))
		return CMD_ERROR;
	if (scenario_set_list(configs, &s, &nr, err, sizeof(err))) {
		cmd_error("%s", err);
		return CMD_ERROR;
	}
	begin(&l, all, "sets");
	for (i = 0; i < nr; i++) {
		int n = snprintf(text, sizeof(text), "%s:", s[i].summary);

		for (k = 0; k < s[i].nr; k++)
			n += snprintf(text + n, sizeof(text) - (size_t)n, " %s", s[i].scenario[k]);
		item(&l, s[i].name, text, NULL);
	}
	free(s);
	return 0;
}

static int list_machines(json_t *all)
{
	const struct pb_machine_ops *const *m;
	struct listing l;

	begin(&l, all, "machines");
	for (m = machine_all(); *m; m++)
		item(&l, (*m)->name, (*m)->summary, NULL);
	return 0;
}

static int list_formats(json_t *all)
{
	const struct pb_report_ops *const *r;
	struct listing l;

	begin(&l, all, "formats");
	for (r = report_all(); *r; r++)
		item(&l, (*r)->name, (*r)->summary, NULL);
	return 0;
}

static int visible(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

static int list_results(json_t *all)
{
	char base[STORE_PATH], path[STORE_PATH + 300], err[STORE_ERR];
	struct dirent **e = NULL;
	struct pb_result *r;
	struct listing l;
	int i, nr;

	begin(&l, all, "results");
	nr = store_base(base, sizeof(base)) ? scandir(base, &e, visible, alphasort) : 0;
	for (i = 0; i < nr; i++) {
		snprintf(path, sizeof(path), "%s/%s/result.json", base, e[i]->d_name);
		if (result_load(path, &r, err, sizeof(err))) {
			item(&l, e[i]->d_name, "not finished (pirbench gate --resume)", NULL);
		} else {
			item(&l, e[i]->d_name, r->verdict.sentence, NULL);
			result_free(r);
		}
		free(e[i]);
	}
	free(e);
	return 0;
}

static const struct {
	const char *name;
	int (*list)(json_t *all);
	bool always; /* without a name, too */
} lists[] = {
	{"kernels", list_kernels, true}, {"scenarios", list_scenarios, true},
	{"sets", list_sets, true},       {"machines", list_machines, true},
	{"formats", list_formats, true}, {"results", list_results, false},
};
#define NR_LISTS (sizeof(lists) / sizeof(lists[0]))

static int list_named(const struct cmd *c, const char *name, json_t *all)
{
	size_t i;

	for (i = 0; i < NR_LISTS; i++)
		if (!strcmp(lists[i].name, name))
			return lists[i].list(all);
	return cmd_usage(c, "%s: must be kernels, scenarios, sets, machines, formats or results",
			 name);
}

static int run(const struct cmd *c, int argc, char **argv)
{
	struct list_opts o = {0};
	json_t *all;
	size_t k;
	int i, status, ret = 0;

	i = cmd_parse(c, argc, argv, set, &o, &status);
	if (i < 0)
		return status;
	all = o.json ? json_object() : NULL;
	if (i == argc)
		for (k = 0; k < NR_LISTS; k++)
			if (lists[k].always && lists[k].list(all))
				ret = CMD_ERROR;
	for (; i < argc; i++)
		if (list_named(c, argv[i], all))
			ret = CMD_ERROR;
	if (all && json_dumpf(all, stdout, JSON_INDENT(2)) == 0)
		putchar('\n');
	json_decref(all);
	return ret;
}

const struct cmd cmd_list = {
	.name = "list",
	.usage = "[kernels|scenarios|sets|machines|formats|results]... [--json]",
	.summary = "what there is: kernels, scenarios, machines, results",
	.examples = "pirbench list\n"
		    "pirbench list kernels --json\n"
		    "pirbench list results",
	.options = options,
	.run = run,
};
