// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cmd/campaign_opts.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/render.h"

#define MAX_FOR (30u * 86400)

/* FORMAT:FILE; what cannot be written is told before anything is built. */
static bool add_file(const struct cmd *c, struct campaign_opts *o, const char *arg)
{
	struct campaign_file *f = &o->file[o->nr_files];
	const char *colon = strchr(arg, ':'), *slash;
	char name[32], dir[PATH_MAX];

	if (o->nr_files == CAMPAIGN_FILES) {
		cmd_usage(c, "more than %d times --report", CAMPAIGN_FILES);
		return false;
	}
	if (!colon || !colon[1]) {
		cmd_usage(c, "--report %s: must be FORMAT:FILE, as in html:gate.html", arg);
		return false;
	}
	snprintf(name, sizeof(name), "%.*s", (int)(colon - arg), arg);
	if (!render_format(c, "--report", name, &f->format))
		return false;
	f->path = colon + 1;
	slash = strrchr(f->path, '/');
	snprintf(dir, sizeof(dir), "%.*s", slash ? (int)(slash - f->path) + 1 : 1,
		 slash ? f->path : ".");
	if (access(dir, W_OK | X_OK)) {
		cmd_usage(c, "--report %s: %s", arg, strerror(errno));
		return false;
	}
	o->nr_files++;
	return true;
}

/* A number and its unit. */
static bool parse_time(const struct cmd *c, const char *arg, uint64_t *seconds)
{
	static const struct {
		char unit;
		uint64_t seconds;
	} units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};
	char *rest;
	unsigned long n;

	errno = 0;
	n = strtoul(arg, &rest, 10);
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (arg[0] >= '1' && arg[0] <= '9' && !errno && rest[0] == units[i].unit &&
		    !rest[1] && n <= MAX_FOR / units[i].seconds) {
			*seconds = n * units[i].seconds;
			return true;
		}
	cmd_usage(c, "--for %s: must be a number and s, m, h or d, at most 30d, as in 8h", arg);
	return false;
}

int campaign_option(const struct cmd *c, struct campaign_opts *o, int key, const char *arg)
{
	bool ok = true;

	switch (key) {
	case 'm':
		o->machine = arg;
		break;
	case 'n':
		ok = cmd_number(c, "--branches", arg, 1, PB_RESULT_MAX_BRANCHES, &o->branches);
		o->for_s = 0; /* the last of the two counts: a resumed command can change it */
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
	case OPT_REPORT:
		ok = add_file(c, o, arg);
		break;
	case OPT_FOR:
		ok = parse_time(c, arg, &o->for_s);
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
