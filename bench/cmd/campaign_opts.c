// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cmd/campaign_opts.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int campaign_option(const struct cmd *c, struct campaign_opts *o, int key, const char *arg)
{
	bool ok = true;

	switch (key) {
	case 'm':
		o->machine = arg;
		break;
	case 'n':
		ok = cmd_number(c, "--branches", arg, 1, PB_RESULT_MAX_BRANCHES, &o->branches);
		break;
	case 's':
		ok = cmd_seed(c, arg, &o->seed);
		break;
	case 'j':
		ok = cmd_number(c, "--jobs", arg, 1, 64, &o->jobs);
		break;
	case 'o':
		o->output = arg;
		break;
	case 'v':
		o->verbose = true;
		break;
	case 'q':
		o->quiet = true;
		break;
	case OPT_TREE:
		o->tree = arg;
		break;
	case OPT_CONFIG:
		ok = campaign_readable(c, "--config", arg);
		o->config = arg;
		break;
	case OPT_TIMEOUT:
		ok = cmd_number(c, "--timeout", arg, 1, 86400, &o->timeout_s);
		break;
	case OPT_KEEP_LOGS:
		o->keep_logs = true;
		break;
	case OPT_RESUME:
		o->resume = arg;
		break;
	case OPT_JSON:
		o->json = true;
		break;
	default:
		return 0;
	}
	return ok ? 1 : -1;
}

bool campaign_readable(const struct cmd *c, const char *what, const char *path)
{
	if (!access(path, R_OK))
		return true;
	cmd_usage(c, "%s %s: %s", what, path, strerror(errno));
	return false;
}

char *campaign_resume_dir(int argc, char **argv)
{
	static const char name[] = "--resume";
	const char *dir = NULL;
	char real[PATH_MAX];
	int i;

	for (i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (!strcmp(argv[i], name) && i + 1 < argc)
			dir = argv[++i];
		else if (!strncmp(argv[i], "--resume=", sizeof(name)))
			dir = argv[i] + sizeof(name);
	}
	if (!dir)
		return NULL;
	return strdup(realpath(dir, real) ? real : dir);
}
