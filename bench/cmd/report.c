// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cmd/cmd.h"
#include "cmd/render.h"

struct report_opts {
	const struct pb_report_ops *format;
	const char *output;
	bool verbose;
};

static const struct cmd_option options[] = {
	{'f', "format", "NAME", "how (pirbench list formats); default markdown"},
	{'o', "output", "FILE", "write there, whole or not at all; default stdout"},
	{'v', "verbose", NULL, "every branch, too, where the format has them"},
	{0},
};

static bool set(const struct cmd *c, void *opts, int key, const char *arg)
{
	struct report_opts *o = opts;

	if (key == 'o')
		o->output = arg;
	else if (key == 'v')
		o->verbose = true;
	else
		return render_format(c, "--format", arg, &o->format);
	return true;
}

static int run(const struct cmd *c, int argc, char **argv)
{
	struct report_opts o = {.format = &report_markdown};
	struct render_result r[RENDER_MAX];
	int i, status;

	i = cmd_parse(c, argc, argv, set, &o, &status);
	if (i < 0)
		return status;
	if (i == argc)
		return cmd_usage(c, "of which result? (pirbench list results has them)");
	status = render_load(argv + i, argc - i, r);
	if (status)
		return status;
	status = render_write(o.format, r, argc - i, o.verbose, o.output);
	render_release(r, argc - i);
	return status;
}

const struct cmd cmd_report = {
	.name = "report",
	.usage = "RESULT... [--format NAME] [--output FILE]",
	.summary = "write a stored result as Markdown, HTML, JUnit XML, KTAP...",
	.text = "A RESULT is the directory of a gate or run, its result.json, or its name\n"
		"(pirbench list results). No machine is needed.\n"
		"\n"
		"Exit status: 0 when it was written, whatever the verdict is; 2 error.",
	.examples = "pirbench report 20260101-120000\n"
		    "pirbench report results/6.1 --format html --output 6.1.html\n"
		    "pirbench report results/6.1 --format junit -o junit.xml",
	.options = options,
	.run = run,
};
