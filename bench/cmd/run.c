// SPDX-License-Identifier: LGPL-2.1-or-later
#include <stdlib.h>
#include <string.h>

#include "cmd/campaign.h"
#include "cmd/campaign_opts.h"
#include "cmd/cmd.h"

struct run_opts {
	struct campaign_opts common;
	struct campaign_kernel kernel;
};

static const struct cmd_option options[] = {
	{'k', "kernel", "KERNEL", "kernel to run on (default linux-6.1)"},
	{'p', "patch", "FILE", "applied to it; may be repeated"},
	CAMPAIGN_OPTIONS,
	{0},
};

static bool set(const struct cmd *c, void *opts, int key, const char *arg)
{
	struct run_opts *o = opts;
	int taken = campaign_option(c, &o->common, key, arg);

	if (taken)
		return taken > 0;
	if (key == 'k') {
		o->kernel.spec = arg;
		return true;
	}
	if (o->kernel.nr_patches == CAMPAIGN_PATCHES) {
		cmd_usage(c, "more than %d patches", CAMPAIGN_PATCHES);
		return false;
	}
	if (!campaign_readable(c, "--patch", arg))
		return false;
	o->kernel.patch[o->kernel.nr_patches++] = arg;
	return true;
}

static int measure(struct campaign *c, const struct run_opts *o, char **names, int nr, int argc,
		   char **argv)
{
	int i, ret;

	ret = campaign_start(c, &o->common);
	for (i = 0; !ret && i < nr; i++)
		ret = campaign_add_scenarios(c, names[i]);
	if (!ret)
		ret = campaign_add_kernel(c, &o->kernel);
	if (!ret)
		ret = campaign_run(c, argc, argv);
	return ret ? ret : campaign_report(c);
}

static int run(const struct cmd *c, int argc, char **argv)
{
	struct run_opts o = {.kernel = {.role = PB_ROLE_ONLY}};
	struct campaign *campaign;
	int status, first;

	campaign_defaults(&o.common);
	o.common.branches = 1;
	first = cmd_parse(c, argc, argv, set, &o, &status);
	if (first < 0)
		return status;
	if (first == argc)
		return cmd_usage(c, "which scenario? (pirbench list scenarios has them)");
	if (!o.kernel.spec)
		o.kernel.spec = strcmp(o.common.machine, "null") ? "linux-6.1" : "null";
	cmd_catch_signals();
	campaign = calloc(1, sizeof(*campaign));
	if (!campaign)
		return CMD_ERROR;
	status = measure(campaign, &o, argv + first, argc - first, argc, argv);
	campaign_release(campaign);
	free(campaign);
	return status;
}

const struct cmd cmd_run = {
	.name = "run",
	.usage = "SCENARIO... [OPTION]...",
	.summary = "measure one kernel, or replay a branch of a gate",
	.text = "A SCENARIO is a name (pirbench list scenarios), a set, or a path of a YAML file.\n"
		"In the lab equal kernel, scenario and seed give an equal run, bit for bit.",
	.examples = "pirbench run preempt-aimed --kernel linux-6.1-unfixed\n"
		    "pirbench run preempt-load --kernel linux-6.1 --seed 0x81a5c1377856b73\n"
		    "pirbench run smoke --branches 10 --json\n"
		    "pirbench run quiet --machine null",
	.options = options,
	.run = run,
};
