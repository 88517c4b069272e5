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
	bool self_test;
};

enum { OPT_SELF_TEST = OPT_OWN, OPT_MAX_BRANCHES, OPT_FAIL_FAST };

/* What gate must tell apart on each machine: --self-test. */
static const struct {
	const char *machine, *good, *bad;
} self_tests[] = {
	{"lab", "linux-6.1", "linux-6.1-unfixed"},
	{"null", "null", "null:1000"},
};

static const struct cmd_option options[] = {
	{'b', "base", "KERNEL", "kernel to compare with"},
	{'H', "head", "KERNEL", "kernel to judge"},
	{'p', "patch", "FILE...",
	 "judge --head (default: --base) with this applied: a\n"
	 "unified diff or a semantic patch"},
	{'S', "scenarios", "NAMES", "scenarios and sets, separated by commas (default smoke)"},
	CAMPAIGN_OPTIONS,
	{OPT_MAX_BRANCHES, "max-branches", "N",
	 "with --branches auto (default): at most so many of\n"
	 "each kernel (default 32, more for more scenarios)"},
	{OPT_FAIL_FAST, "fail-fast", NULL, "stop at the first interrupt that head loses"},
	{OPT_RESUME, "resume", "DIR", "go on with a gate that was stopped; its options stay"},
	{OPT_SELF_TEST, "self-test", NULL,
	 "does the gate fail a kernel that is known to lose\ninterrupts? 0 when it does"},
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
	int taken;

	if (key == 'n' && !strcmp(arg, "auto")) {
		o->common.branches = 0;
		o->common.for_s = 0;
		return true;
	}
	taken = campaign_option(c, &o->common, key, arg);
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
	case OPT_SELF_TEST:
		o->self_test = true;
		return true;
	case OPT_MAX_BRANCHES:
		return cmd_number(c, "--max-branches", arg, 1, PB_RESULT_MAX_BRANCHES,
				  &o->common.max_branches);
	case OPT_FAIL_FAST:
		o->common.fail_fast = true;
		return true;
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

/* The kernels of the self-test. 0, or CMD_ERROR after a line. */
static int choose_self_test(const struct cmd *c, struct gate_opts *o)
{
	if (o->base || o->head || o->nr_patches)
		return cmd_usage(c, "--self-test has kernels of its own: give no other");
	for (size_t i = 0; i < sizeof(self_tests) / sizeof(self_tests[0]); i++)
		if (!strcmp(self_tests[i].machine, o->common.machine)) {
			o->base = self_tests[i].good;
			o->head = self_tests[i].bad;
			return 0;
		}
	return cmd_usage(c, "no kernel is known to lose interrupts on machine %s",
			 o->common.machine);
}

/* The gate's status as that of the self-test: fail is what is wanted. */
static int judge_self_test(const struct gate_opts *o, int status)
{
	if (status == CMD_FAIL) {
		if (!o->common.quiet)
			fprintf(stderr, "self-test: %s fails, as it must\n", o->head);
		return CMD_OK;
	}
	if (status != CMD_OK && status != CMD_INCONCLUSIVE)
		return status;
	cmd_error("self-test: %s loses interrupts, and the gate did not find it", o->head);
	return CMD_FAIL;
}

static int check(const struct cmd *c, struct gate_opts *o)
{
	if (o->self_test && choose_self_test(c, o))
		return CMD_ERROR;
	if (!o->base && !o->head)
		return cmd_usage(c, "nothing to judge: give --head, or --base and --patch");
	if (!o->head && !o->nr_patches)
		return cmd_usage(c, "nothing to compare %s with: give --head or --patch", o->base);
	if ((o->common.branches || o->common.for_s) && o->common.max_branches)
		return cmd_usage(c, "--max-branches is for --branches auto");
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
	if (ret)
		return ret;
	ret = campaign_report(c);
	return o->self_test ? judge_self_test(o, ret) : ret;
}

static int run(const struct cmd *c, int argc, char **argv)
{
	struct gate_opts o = {.scenarios = "smoke"};
	char *dir = campaign_resume_dir(argc, argv);
	char **words = NULL;
	struct campaign *campaign;
	int status = CMD_ERROR;

	campaign_defaults(&o.common);
	o.common.branches = 0;
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
		"Exit status: 0 pass, 1 head loses interrupts or is slower, 2 error, 3\n"
		"inconclusive, 77 the machine can do none of the scenarios.",
	.examples =
		"pirbench gate --base linux-6.1 --head linux-6.1-unfixed\n"
		"pirbench gate --base linux-6.1 --patch my-change.patch\n"
		"pirbench gate --base linux-6.1 --patch my-change.patch --report html:gate.html\n"
		"pirbench gate --base linux-6.1 --patch my-change.patch --scenarios sweep-preempt\n"
		"pirbench gate --base linux-6.1 --patch my-change.patch --scenarios full,devices\n"
		"pirbench gate --self-test --machine null\n"
		"pirbench gate --base v6.12 --head . --scenarios smoke,halt-nv --branches 50\n"
		"pirbench gate --resume ~/.local/state/pirbench/results/20260101-120000",
	.options = options,
	.run = run,
};
