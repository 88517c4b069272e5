// SPDX-License-Identifier: LGPL-2.1-or-later
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/sweep.h"
#include "cmd/cmd.h"
#include "cmd/render.h"
#include "host/kernel/kernel.h"
#include "plan/plan.h"
#include "plan/scenario.h"
#include "reports/report.h"
#include "util/file.h"

struct show_opts {
	const struct pb_report_ops *format;
	bool verbose;
};

enum { OPT_JSON = CMD_LONG, OPT_TABLE };

static const struct cmd_option options[] = {
	{'f', "format", "NAME", "how (pirbench list formats); default terminal"},
	{OPT_JSON, "json", NULL, "the same as --format json"},
	{OPT_TABLE, "table", NULL, "the same as --format table"},
	{'v', "verbose", NULL, "every branch, too"},
	{0},
};

static bool set(const struct cmd *c, void *opts, int key, const char *arg)
{
	struct show_opts *o = opts;

	switch (key) {
	case 'v':
		o->verbose = true;
		return true;
	case OPT_JSON:
		arg = "json";
		break;
	case OPT_TABLE:
		arg = "table";
		break;
	default:
		break;
	}
	return render_format(c, "--format", arg, &o->format);
}

/* ---- results ------------------------------------------------------------------ */

static int show_results(const struct show_opts *o, char **names, int nr)
{
	struct render_result r[RENDER_MAX];
	int ret = render_load(names, nr, r);

	if (ret)
		return ret;
	ret = render_write(o->format, r, nr, o->verbose, NULL);
	render_release(r, nr);
	return ret;
}

/* ---- what is written in configs/ -------------------------------------------------- */

static int print_file(const char *path)
{
	size_t size;
	void *data;
	int ret = file_read(path, 1u << 20, &data, &size);

	if (ret) {
		cmd_error("%s: %s", path, strerror(-ret));
		return CMD_ERROR;
	}
	printf("# %s\n", path);
	fwrite(data, 1, size, stdout);
	free(data);
	return 0;
}

/* "# sweeps a post through 3 windows preempt to resume, one branch for each interval; ..." */
static void print_sweeps(const struct pb_plan *p)
{
	for (uint32_t i = 0; i < p->nr_sweeps && i < PB_MAX_SWEEPS; i++) {
		const struct pb_plan_sweep *s = &p->sweep[i];

		printf("# %s a %s through %u window%s %s%s, ", i ? "  and in each" : "sweeps",
		       names_str(&plan_sweep_events, s->event), s->windows,
		       s->windows == 1 ? "" : "s", sweep_window_text(s->window),
		       s->skip ? " (behind some that are skipped)" : "");
		if (s->stride > 1)
			printf("at one of %u instants", s->stride);
		else if (s->stride)
			printf("at every instant");
		else
			printf("in each interval");
		printf("; at most %u instants of a window, %u branches\n", s->length, s->budget);
	}
}

static int show_scenario(const char *name)
{
	char configs[512], err[PB_SCENARIO_ERR];
	struct pb_scenario s;

	if (!cmd_configs(configs, sizeof(configs)))
		return CMD_ERROR;
	if (scenario_load(configs, name, &s, err, sizeof(err))) {
		cmd_error("%s", err);
		return CMD_ERROR;
	}
	print_sweeps(&s.plan);
	return print_file(s.path);
}

static int show_set(const char *name)
{
	char configs[512], path[1024], err[PB_SCENARIO_ERR];
	struct pb_scenario_set s;

	if (!cmd_configs(configs, sizeof(configs)))
		return CMD_ERROR;
	if (scenario_set_load(configs, name, &s, err, sizeof(err))) {
		cmd_error("%s", err);
		return CMD_ERROR;
	}
	snprintf(path, sizeof(path), "%s/sets/%s.yaml", configs, s.name);
	return print_file(path);
}

static int show_kernel(const char *name)
{
	char err[KERNEL_ERR_SIZE], *text;

	if (kernel_describe(name, NULL, &text, err, sizeof(err))) {
		cmd_error("%s", err);
		return CMD_ERROR;
	}
	fputs(text, stdout);
	free(text);
	return 0;
}

static const struct {
	const char *word;
	int (*show)(const char *name);
} things[] = {{"scenario", show_scenario}, {"set", show_set}, {"kernel", show_kernel}};

static int run(const struct cmd *c, int argc, char **argv)
{
	struct show_opts o = {.format = &report_terminal};
	int i, status, ret = 0;
	size_t k;

	i = cmd_parse(c, argc, argv, set, &o, &status);
	if (i < 0)
		return status;
	if (i == argc)
		return cmd_usage(c, "what? a result, or scenario, set or kernel and a name");
	for (k = 0; k < sizeof(things) / sizeof(things[0]); k++) {
		if (strcmp(argv[i], things[k].word) != 0)
			continue;
		if (++i == argc)
			return cmd_usage(c, "which %s?", things[k].word);
		for (; !ret && i < argc; i++)
			ret = things[k].show(argv[i]);
		return ret;
	}
	return show_results(&o, argv + i, argc - i);
}

const struct cmd cmd_show = {
	.name = "show",
	.usage = "RESULT... | scenario NAME... | set NAME... | kernel NAME...",
	.summary = "show a result again, or what is behind a name",
	.text = "A RESULT is the directory of a gate or run, its result.json, or its name\n"
		"(pirbench list results).",
	.examples = "pirbench show 20260101-120000 --verbose\n"
		    "pirbench show --table results/6.1 results/6.12 >table.md\n"
		    "pirbench show scenario preempt-aimed\n"
		    "pirbench show kernel linux-6.1-unfixed",
	.options = options,
	.run = run,
};
