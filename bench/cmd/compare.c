// SPDX-License-Identifier: LGPL-2.1-or-later
#include <stdio.h>
#include <stdlib.h>

#include "analysis/compare.h"
#include "cmd/cmd.h"
#include "cmd/render.h"

struct compare_opts {
	const struct pb_report_ops *format;
	const char *base, *head, *output;
	bool verbose;
};

static const struct cmd_option options[] = {
	{'b', "base", "KERNEL",
	 "kernel of BASE (name, release or build id; default: the\njudged one)"},
	{'H', "head", "KERNEL", "kernel of HEAD (the same)"},
	{'f', "format", "NAME", "how (pirbench list formats); default terminal"},
	{'o', "output", "FILE", "write there, whole or not at all; default stdout"},
	{'v', "verbose", NULL, "every branch, too, where the format has them"},
	{0},
};

static bool set(const struct cmd *c, void *opts, int key, const char *arg)
{
	struct compare_opts *o = opts;

	switch (key) {
	case 'b':
		o->base = arg;
		return true;
	case 'H':
		o->head = arg;
		return true;
	case 'o':
		o->output = arg;
		return true;
	case 'v':
		o->verbose = true;
		return true;
	default:
		return render_format(c, "--format", arg, &o->format);
	}
}

/* The verdict's status, or CMD_ERROR after a line. */
static int compare(const struct compare_opts *o, char *const *names, struct render_result *side,
		   struct render_result *both, int argc, char *const *argv)
{
	const char *const wanted[] = {o->base, o->head};
	char left[512], err[STORE_ERR] = "out of memory";
	int k[2], ret;

	for (int i = 0; i < 2; i++) {
		k[i] = compare_kernel(side[i].result, wanted[i], err, sizeof(err));
		if (k[i] < 0) {
			cmd_error("%s: %s", names[i], err);
			return CMD_ERROR;
		}
	}
	ret = compare_results(side[0].result, (unsigned int)k[0], side[1].result,
			      (unsigned int)k[1], &both->result, left, sizeof(left), err,
			      sizeof(err));
	if (ret) {
		cmd_error("%s and %s: %s", names[0], names[1], err);
		return CMD_ERROR;
	}
	if (left[0])
		fprintf(stderr, "note: only in one of the two, and left out: %s\n", left);
	for (int i = 0; i < 2; i++)
		both->runs[i] = side[i].runs[k[i]];
	cmd_typed(argc, argv, both->result->fp.command, sizeof(both->result->fp.command));
	ret = render_write(o->format, both, 1, o->verbose, o->output);
	return ret ? ret : (int)both->result->verdict.kind;
}

static int run(const struct cmd *c, int argc, char **argv)
{
	struct compare_opts o = {.format = &report_terminal};
	struct render_result side[2], *both;
	int i, status;

	i = cmd_parse(c, argc, argv, set, &o, &status);
	if (i < 0)
		return status;
	if (argc - i != 2)
		return cmd_usage(c, "which two results? (pirbench list results has them)");
	status = render_load(argv + i, 2, side);
	if (status)
		return status;
	both = calloc(1, sizeof(*both));
	status = CMD_ERROR;
	if (both) {
		status = compare(&o, argv + i, side, both, argc, argv);
		result_free(both->result);
		free(both);
	}
	render_release(side, 2);
	return status;
}

const struct cmd cmd_compare = {
	.name = "compare",
	.usage = "BASE HEAD [--base KERNEL] [--head KERNEL] [OPTION]...",
	.summary = "compare kernels of two stored results (exit status)",
	.text = "BASE and HEAD are results: the directory of a gate or run, its result.json, or\n"
		"its name (pirbench list results); the same one twice compares two of its\n"
		"kernels. Compared is what both ran. No machine is needed.\n"
		"\n"
		"Exit status: as of pirbench gate.",
	.examples = "pirbench compare 20260101-120000 20260102-120000\n"
		    "pirbench compare last-week today --base linux-6.12 --head linux-6.12\n"
		    "pirbench compare last-week today --format markdown -o mail.md",
	.options = options,
	.run = run,
};
