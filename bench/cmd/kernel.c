// SPDX-License-Identifier: LGPL-2.1-or-later
/* pirbench kernel build, list, show, prune. */
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/campaign_opts.h"
#include "cmd/cmd.h"
#include "cmd/progress.h"
#include "host/kernel/kernel.h"

struct kernel_args {
	struct kernel_opts opts;
	const char *patch[CAMPAIGN_PATCHES];
	uint64_t days, jobs;
	bool json, quiet, cache;
};

enum { OPT_REFRESH = OPT_OWN, OPT_CACHED, OPT_CACHE, OPT_DAYS };

#define OPTION_JSON                               \
	{                                         \
		OPT_JSON, "json", NULL, "as JSON" \
	}

static bool set(const struct cmd *c, void *opts, int key, const char *arg)
{
	struct kernel_args *a = opts;

	switch (key) {
	case 'p':
		if (a->opts.nr_patches == CAMPAIGN_PATCHES) {
			cmd_usage(c, "more than %d patches", CAMPAIGN_PATCHES);
			return false;
		}
		a->patch[a->opts.nr_patches++] = arg;
		a->opts.patches = a->patch;
		return campaign_readable(c, "--patch", arg);
	case 'j':
		return cmd_number(c, "--jobs", arg, 1, 1024, &a->jobs);
	case 'q':
		a->quiet = true;
		return true;
	case OPT_TREE:
		a->opts.tree = arg;
		return true;
	case OPT_CONFIG:
		a->opts.config = arg;
		return campaign_readable(c, "--config", arg);
	case OPT_REFRESH:
		a->opts.refresh = true;
		return true;
	case OPT_CACHED:
		a->opts.cached_only = true;
		return true;
	case OPT_CACHE:
		a->cache = true;
		return true;
	case OPT_DAYS:
		return cmd_number(c, "--days", arg, 0, 36500, &a->days);
	case OPT_JSON:
		a->json = true;
		return true;
	default:
		return false;
	}
}

static int print_json(json_t *o)
{
	int ret = o && !json_dumpf(o, stdout, JSON_INDENT(2)) ? 0 : CMD_ERROR;

	putchar('\n');
	json_decref(o);
	return ret;
}

/* ---- build --------------------------------------------------------------------- */

static void on_phase(void *arg, const char *text, double fraction)
{
	progress_at(arg, fraction, text);
}

static json_t *kernel_json(const struct pb_kernel *k)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "name", k->name, "image", k->image,
			 "release", k->release, "build_id", k->build_id, "compiler", k->compiler,
			 "key", k->key);
}

static int build_one(struct kernel_args *a, struct progress *p, const char *spec, json_t *all)
{
	char err[KERNEL_ERR_SIZE];
	struct pb_kernel k;
	int ret;

	progress_phase(p, 0, 0, "kernel %s", spec);
	ret = kernel_get(spec, &a->opts, &k, err, sizeof(err));
	progress_done(p);
	if (ret == -EINTR && cmd_stop) {
		cmd_error("stopped");
		return cmd_stopped();
	}
	if (ret) {
		cmd_error("kernel %s: %s", spec, err);
		return CMD_ERROR;
	}
	if (all)
		json_array_append_new(all, kernel_json(&k));
	else
		printf("%s\t%s\t%s\n", k.name, k.release, k.image);
	return 0;
}

static int run_build(const struct cmd *c, int argc, char **argv)
{
	struct kernel_args a = {0};
	struct progress p;
	json_t *all;
	int i, status, ret = 0;

	i = cmd_parse(c, argc, argv, set, &a, &status);
	if (i < 0)
		return status;
	if (i == argc)
		return cmd_usage(c, "which kernel? (pirbench kernel list has them)");
	cmd_catch_signals();
	progress_init(&p, a.quiet);
	a.opts.jobs = (unsigned int)a.jobs;
	a.opts.stop = &cmd_stop;
	a.opts.progress.phase = on_phase;
	a.opts.progress.arg = &p;
	all = a.json ? json_array() : NULL;
	for (; !ret && i < argc; i++)
		ret = build_one(&a, &p, argv[i], all);
	if (all && print_json(all) && !ret)
		ret = CMD_ERROR;
	return ret;
}

static const struct cmd_option build_options[] = {
	{'p', "patch", "FILE", "applied to it; may be repeated"},
	{OPT_TREE, "tree", "PATH", "git tree that revisions are of"},
	{OPT_CONFIG, "config", "FILE", "configuration fragment, applied last"},
	{'j', "jobs", "N", "of make (default: as many as there are CPUs)"},
	{OPT_REFRESH, "refresh", NULL, "is there a newer source package? then use it"},
	{OPT_CACHED, "cached", NULL, "fail rather than build"},
	{'q', "quiet", NULL, "nothing on stderr but errors"},
	OPTION_JSON,
	{0},
};

const struct cmd cmd_kernel_build = {
	.name = "kernel build",
	.usage = "KERNEL... [OPTION]...",
	.summary = "build kernels, or find them in the cache",
	.text = "Prints name, release and path of the image.",
	.examples = "pirbench kernel build linux-6.1 linux-6.1-unfixed\n"
		    "pirbench kernel build v6.12 --tree ~/src/linux --patch my.patch",
	.options = build_options,
	.run = run_build,
};

/* ---- list ------------------------------------------------------------------------ */

static const char *kind_name(enum kernel_cache_kind kind)
{
	return kind == KERNEL_CACHE_ENTRY  ? "kernel"
	       : kind == KERNEL_CACHE_TREE ? "tree"
					   : "source";
}

static int list_cache(bool json)
{
	struct kernel_cache_item *it;
	json_t *all = json ? json_array() : NULL;
	char err[KERNEL_ERR_SIZE];
	size_t i, nr;

	if (kernel_cache_list(&it, &nr, err, sizeof(err))) {
		cmd_error("%s", err);
		json_decref(all);
		return CMD_ERROR;
	}
	for (i = 0; i < nr; i++) {
		if (all)
			json_array_append_new(all, json_pack("{s:s, s:s, s:s, s:s, s:I, s:I}",
							     "kind", kind_name(it[i].kind), "id",
							     it[i].id, "name", it[i].name,
							     "release", it[i].release, "bytes",
							     (json_int_t)it[i].bytes, "used",
							     (json_int_t)it[i].used.tv_sec));
		else
			printf("%-7s %-24s %-16s %8.1f MiB  %.24s\n", kind_name(it[i].kind),
			       it[i].name, it[i].release, (double)it[i].bytes / 1048576, it[i].id);
	}
	free(it);
	return all ? print_json(all) : 0;
}

static int list_variants(bool json)
{
	json_t *all = json ? json_array() : NULL;
	char err[KERNEL_ERR_SIZE];
	struct kernel_info *k;
	size_t i, nr;
	int ret = 0;

	if (kernel_list(NULL, &k, &nr, err, sizeof(err))) {
		cmd_error("%s", err);
		json_decref(all);
		return CMD_ERROR;
	}
	for (i = 0; i < nr; i++) {
		if (k[i].error[0])
			ret = CMD_ERROR;
		if (all)
			json_array_append_new(all, json_pack("{s:s, s:s, s:s, s:s, s:s, s:b}",
							     "name", k[i].name, "summary",
							     k[i].summary, "source", k[i].source,
							     "patches", k[i].patches, "error",
							     k[i].error, "cached", k[i].cached));
		else if (k[i].error[0])
			printf("%-24s ERROR: %s\n", k[i].name, k[i].error);
		else
			printf("%-24s %-8s %s\n", k[i].name, k[i].cached ? "cached" : "-",
			       k[i].summary);
	}
	free(k);
	return all && print_json(all) ? CMD_ERROR : ret;
}

static int run_list(const struct cmd *c, int argc, char **argv)
{
	struct kernel_args a = {0};
	int status, i = cmd_parse(c, argc, argv, set, &a, &status);

	if (i < 0)
		return status;
	if (i < argc)
		return cmd_usage(c, "%s: it takes no name", argv[i]);
	return a.cache ? list_cache(a.json) : list_variants(a.json);
}

static const struct cmd_option list_options[] = {
	{OPT_CACHE, "cache", NULL, "what the cache holds, last used first"},
	OPTION_JSON,
	{0},
};

const struct cmd cmd_kernel_list = {
	.name = "kernel list",
	.usage = "[--cache] [--json]",
	.summary = "kernels of configs/kernels, and which are built",
	.examples = "pirbench kernel list\n"
		    "pirbench kernel list --cache",
	.options = list_options,
	.run = run_list,
};

/* ---- show ------------------------------------------------------------------------- */

static int run_show(const struct cmd *c, int argc, char **argv)
{
	struct kernel_args a = {0};
	char err[KERNEL_ERR_SIZE], *text;
	int status, i = cmd_parse(c, argc, argv, set, &a, &status);

	if (i < 0)
		return status;
	if (i == argc)
		return cmd_usage(c, "which kernel? (pirbench kernel list has them)");
	for (; i < argc; i++) {
		if (kernel_describe(argv[i], &a.opts, &text, err, sizeof(err))) {
			cmd_error("kernel %s: %s", argv[i], err);
			return CMD_ERROR;
		}
		fputs(text, stdout);
		free(text);
	}
	return 0;
}

static const struct cmd_option show_options[] = {
	{'p', "patch", "FILE", "applied to it; may be repeated"},
	{OPT_TREE, "tree", "PATH", "git tree that revisions are of"},
	{OPT_CONFIG, "config", "FILE", "configuration fragment, applied last"},
	{0},
};

const struct cmd cmd_kernel_show = {
	.name = "kernel show",
	.usage = "KERNEL... [OPTION]...",
	.summary = "what kernel build would do: source, patches, configuration",
	.examples = "pirbench kernel show linux-6.1-v1",
	.options = show_options,
	.run = run_show,
};

/* ---- prune ------------------------------------------------------------------------- */

static int run_prune(const struct cmd *c, int argc, char **argv)
{
	struct kernel_args a = {.days = 30};
	char err[KERNEL_ERR_SIZE];
	uint64_t freed;
	int status, i = cmd_parse(c, argc, argv, set, &a, &status);

	if (i < 0)
		return status;
	if (i < argc)
		return cmd_usage(c, "%s: it takes no name", argv[i]);
	if (kernel_cache_prune((unsigned int)a.days, &freed, err, sizeof(err))) {
		cmd_error("%s", err);
		return CMD_ERROR;
	}
	printf("freed %.1f MiB\n", (double)freed / 1048576);
	return 0;
}

static const struct cmd_option prune_options[] = {
	{OPT_DAYS, "days", "N", "not used for so long (default 30; 0: everything)"},
	{0},
};

const struct cmd cmd_kernel_prune = {
	.name = "kernel prune",
	.usage = "[--days N]",
	.summary = "remove kernels and sources that were not used for a while",
	.examples = "pirbench kernel prune --days 7",
	.options = prune_options,
	.run = run_prune,
};
