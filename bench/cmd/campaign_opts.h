/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* campaign_opts.h - the options that gate and run have in common, once. */
#ifndef PB_CMD_CAMPAIGN_OPTS_H
#define PB_CMD_CAMPAIGN_OPTS_H

#include "cmd/campaign.h"
#include "cmd/cmd.h"

enum {
	OPT_TREE = CMD_LONG,
	OPT_CONFIG,
	OPT_TIMEOUT,
	OPT_KEEP_LOGS,
	OPT_RESUME,
	OPT_JSON,
	OPT_REPORT,
	OPT_FOR,
	OPT_OWN, /* a command's own long options start here */
};

/* clang-format off */
#define CAMPAIGN_OPTIONS \
	{'m', "machine", "NAME", "where: lab (default) or null"}, \
	{'n', "branches", "N", "branches of each kernel, shared by the scenarios; of a\n" \
			     "gate \"auto\", as many as the delays need"}, \
	{OPT_FOR, "for", "TIME", "rounds of all scenarios for so long, as in 90s, 30m,\n" \
				 "8h, 2d, instead of a number of branches"}, \
	{'s', "seed", "N", "seed of the first branch, or \"random\" (default 1)"}, \
	{OPT_TREE, "tree", "PATH", "git tree that revisions are of"}, \
	{OPT_CONFIG, "config", "FILE", "kernel configuration fragment, added to all"}, \
	{'j', "jobs", "N", "branches at once (default: as many as there are CPUs)"}, \
	{OPT_TIMEOUT, "timeout", "SECONDS", "of host time, for a boot or a branch"}, \
	{'o', "output", "DIR", "where runs and result go (default: a new directory\n" \
			       "below ~/.local/state/pirbench/results)"}, \
	{OPT_KEEP_LOGS, "keep-logs", NULL, "keep the logs of good branches, too"}, \
	{OPT_JSON, "json", NULL, "the result as JSON on stdout"}, \
	{OPT_REPORT, "report", "FORMAT:FILE", "write it in this format, too (pirbench list\n" \
					      "formats); may be repeated"}, \
	{'v', "verbose", NULL, "report every branch"}, \
	{'q', "quiet", NULL, "nothing on stderr but errors"}
/* clang-format on */

/*
 * Take one of them: 1 when it was one, 0 when it is another's, -1 after an
 * error line.
 */
int campaign_option(const struct cmd *c, struct campaign_opts *o, int key, const char *arg);

/* Is this file readable? Else false after an error line. */
bool campaign_readable(const struct cmd *c, const char *what, const char *path);

/*
 * The directory that --resume in argv names, as an absolute path that the
 * caller frees; NULL when there is none. For a first look, before parsing.
 */
char *campaign_resume_dir(int argc, char **argv);

#endif
