// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/campaign.h"
#include "cmd/campaign_opts.h"
#include "cmd/cmd.h"

struct gate_opts {
	struct campaign_opts common;
	const char *base, *head;
	const char *scenarios;
	const char *patch[CAMPAIGN_PATCHES];
	size_t nr_patches;
};

static const struct cmd_option options[] = {
	{'b', "base", "KERNEL", "kernel to compare with"},
	{'H', "head", "KERNEL", "kernel to judge"},
	{'p', "patch", "FILE...",
	 "judge --head (default: --base) with this applied: a\n"
	 "unified diff or a semantic patch"},
	{'S', "scenarios", "NAMES", "scenarios and sets, separated by commas (default smoke)"},
	CAMPAIGN_OPTIONS,
	{OPT_RESUME, "resume", "DIR", "go on with a gate that was stopped; its options stay"},
	{0},
};

static bool add_patch(const struct cmd *c, struct gate_opts *o, const char *path)
{
	if (o->nr_patches == CAMPAIGN_PATCHES) {
		cmd_usage(c, "more than %d patches", CAMPAIGN_PATCHES);
		return false;
	}
	if (!campaign_readable(c, "--patch", path))
		return false;
	o->patch[o->nr_patches++] = path;
	return true;
}

static bool set(const struct cmd *c, void *opts, int key, const char *arg)
{
	struct gate_opts *o = opts;
	int taken = campaign_option(c, &o->common, key, arg);

	if (taken)
		return taken > 0;
	switch (key) {
	case 'b':
		o->base = arg;
		return true;
	case 'H':
		o->head = arg;
		return true;
	case 'S':
		o->scenarios = arg;
		return true;
	case 'p':
		return add_patch(c, o, arg);
	default:
		return false;
	}
}

/* Options, and patches behind the first as words of their own. 0, or -1 with *status. */
static int parse(const struct cmd *c, int argc, char **argv, struct gate_opts *o, int *status)
{
	int i = cmd_parse(c, argc, argv, set, o, status);

	if (i < 0)
		return -1;
	for (; i < argc; i++) {
		if (!o->nr_patches) {
			*status = cmd_usage(c,
					    "%s: no such argument; kernels are given with "
					    "--base and --head",
					    argv[i]);
			return -1;
		}
		*status = CMD_ERROR;
		if (!add_patch(c, o, argv[i]))
			return -1;
	}
	return 0;
}

/* What was typed when the directory was made. */
static int parse_resumed(const struct cmd *c, const char *dir, struct gate_opts *o, char ***words,
			 int *status)
{
	char cwd[STORE_PATH], err[STORE_ERR];
	int argc;

	*status = CMD_ERROR;
	if (store_get_command(dir, &argc, words, cwd, sizeof(cwd), err)) {
		cmd_error("nothing to resume: %s", err);
		return -1;
	}
	if (strcmp((*words)[0], "gate") != 0) {
		cmd_error("%s: is not of a gate; it is of: pirbench %s", dir, (*words)[0]);
		return -1;
	}
	if (chdir(cwd)) {
		cmd_error("%s, where it was started: %s", cwd, strerror(errno));
		return -1;
	}
	return parse(c, argc, *words, o, status);
}

static bool is_directory(const char *path)
{
	struct stat s;

	return path && !stat(path, &s) && S_ISDIR(s.st_mode);
}

static int check(const struct cmd *c, struct gate_opts *o)
{
	if (!o->base && !o->head)
		return cmd_usage(c, "nothing to judge: give --head, or --base and --patch");
	if (!o->head && !o->nr_patches)
		return cmd_usage(c, "nothing to compare %s with: give --head or --patch", o->base);
	if (o->common.output && o->common.resume)
		return cmd_usage(c, "--output and --resume exclude each other");
	if (!o->common.tree && is_directory(o->head))
		o->common.tree = o->head;
	return 0;
}

static int gate(struct campaign *c, const struct gate_opts *o, int argc, char **argv)
{
	struct campaign_kernel base = {.spec = o->base, .role = PB_ROLE_BASE};
	struct campaign_kernel head = {
		.spec = o->head ? o->head : o->base,
		.nr_patches = o->nr_patches,
		.role = o->base ? PB_ROLE_HEAD : PB_ROLE_ONLY,
	};
	int ret;

	memcpy(head.patch, o->patch, sizeof(head.patch));
	ret = campaign_start(c, &o->common);
	if (!ret)
		ret = campaign_add_scenarios(c, o->scenarios);
	if (!ret && o->base)
		ret = campaign_add_kernel(c, &base);
	if (!ret)
		ret = campaign_add_kernel(c, &head);
	if (!ret)
		ret = campaign_run(c, argc, argv);
	return ret ? ret : campaign_report(c);
}

static int run(const struct cmd *c, int argc, char **argv)
{
	struct gate_opts o = {.scenarios = "smoke"};
	char *dir = campaign_resume_dir(argc, argv);
	char **words = NULL;
	struct campaign *campaign;
	int status = CMD_ERROR;

	campaign_defaults(&o.common);
	if (dir && parse_resumed(c, dir, &o, &words, &status))
		goto out;
	o.common.output = NULL; /* what was typed then: it is dir */
	if (parse(c, argc, argv, &o, &status))
		goto out;
	o.common.resume = dir;
	status = check(c, &o);
	if (status)
		goto out;
	cmd_catch_signals();
	campaign = calloc(1, sizeof(*campaign));
	if (campaign) {
		status = gate(campaign, &o, argc, argv);
		campaign_release(campaign);
		free(campaign);
	}
out:
	free(words);
	free(dir);
	return status;
}

const struct cmd cmd_gate = {
	.name = "gate",
	.usage = "[--base KERNEL] [--head KERNEL] [--patch FILE...] [OPTION]...",
	.summary = "compare two kernels: does head lose interrupts? (exit status)",
	.text = "A KERNEL is a name of configs/kernels (see pirbench list kernels), a path of a "
		"git\n"
		"tree or of a bzImage, or a git revision (in --tree, else the tree of --head, "
		"else\n"
		"the current directory). Without --base, head is judged alone.\n"
		"\n"
		"Exit status: 0 pass, 1 head loses interrupts, 2 error, 3 inconclusive, 77 the\n"
		"machine can do none of the scenarios.",
	.examples = "pirbench gate --base linux-6.1 --head linux-6.1-unfixed\n"
		    "pirbench gate --base linux-6.1 --patch my-change.patch\n"
		    "pirbench gate --base v6.12 --head . --scenarios smoke,halt-nv --branches 50\n"
		    "pirbench gate --resume ~/.local/state/pirbench/results/20260101-120000",
	.options = options,
	.run = run,
};
