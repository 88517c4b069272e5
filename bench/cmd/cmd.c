// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cmd/cmd.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "util/project.h"

#define MAX_OPTIONS 40
#define HELP_COLUMN 26

volatile sig_atomic_t cmd_stop;

static void on_signal(int sig)
{
	/* The second time: children die with this process. */
	if (cmd_stop)
		_exit(128 + sig);
	cmd_stop = sig;
}

void cmd_catch_signals(void)
{
	struct sigaction sa = {.sa_handler = on_signal};

	sigemptyset(&sa.sa_mask);
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGHUP, &sa, NULL);
	signal(SIGPIPE, SIG_IGN);
}

int cmd_stopped(void)
{
	return 128 + (int)cmd_stop;
}

void cmd_error(const char *fmt, ...)
{
	va_list ap;

	fflush(stdout);
	fputs("pirbench: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

int cmd_usage(const struct cmd *c, const char *fmt, ...)
{
	va_list ap;

	fflush(stdout);
	fprintf(stderr, "pirbench %s: ", c->name);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, " (see pirbench %s --help)\n", c->name);
	return CMD_ERROR;
}

/* ---- help ------------------------------------------------------------------ */

static void help_option(const struct cmd_option *o)
{
	char left[64];
	const char *p = o->help;
	int n = 0;

	if (o->key < CMD_LONG)
		n = snprintf(left, sizeof(left), "-%c, ", o->key);
	else
		n = snprintf(left, sizeof(left), "    ");
	n += snprintf(left + n, sizeof(left) - (size_t)n, "--%s%s%s", o->name, o->arg ? " " : "",
		      o->arg ? o->arg : "");
	printf("  %-*s", HELP_COLUMN, left);
	if (n > HELP_COLUMN - 1)
		printf("\n  %-*s", HELP_COLUMN, "");
	for (;;) {
		size_t len = strcspn(p, "\n");

		printf("%.*s\n", (int)len, p);
		p += len;
		if (!*p++)
			return;
		printf("  %-*s", HELP_COLUMN, "");
	}
}

static void help_lines(const char *p, const char *indent)
{
	while (*p) {
		size_t len = strcspn(p, "\n");

		printf("%s%.*s\n", indent, (int)len, p);
		p += len;
		p += *p == '\n';
	}
}

void cmd_help(const struct cmd *c)
{
	static const struct cmd_option help = {'h', "help", NULL, "this text"};
	const struct cmd_option *o;

	printf("usage: pirbench %s %s\n\n%s\n", c->name, c->usage, c->summary);
	if (c->text) {
		putchar('\n');
		help_lines(c->text, "");
	}
	printf("\noptions:\n");
	for (o = c->options; o && o->key; o++)
		help_option(o);
	help_option(&help);
	printf("\nexamples:\n");
	help_lines(c->examples, "  ");
}

/* ---- options ----------------------------------------------------------------- */

struct parser {
	struct option longs[MAX_OPTIONS];
	char shorts[2 * MAX_OPTIONS + 4];
};

static void parser_build(struct parser *p, const struct cmd *c)
{
	const struct cmd_option *o;
	size_t n = 0, s = 0;

	memset(p, 0, sizeof(*p));
	p->shorts[s++] = ':'; /* a missing value is told apart */
	for (o = c->options; o && o->key && n < MAX_OPTIONS - 2; o++) {
		p->longs[n++] = (struct option){o->name, o->arg ? required_argument : no_argument,
						NULL, o->key};
		if (o->key >= CMD_LONG)
			continue;
		p->shorts[s++] = (char)o->key;
		if (o->arg)
			p->shorts[s++] = ':';
	}
	p->longs[n] = (struct option){"help", no_argument, NULL, 'h'};
	p->shorts[s] = 'h';
}

int cmd_parse(const struct cmd *c, int argc, char **argv,
	      bool (*set)(const struct cmd *c, void *opts, int key, const char *arg), void *opts,
	      int *status)
{
	struct parser p;
	int key;

	parser_build(&p, c);
	opterr = 0;
	optind = 0; /* GNU: start anew */
	*status = CMD_ERROR;
	while ((key = getopt_long(argc, argv, p.shorts, p.longs, NULL)) != -1) {
		const char *word = optind > 0 && optind <= argc ? argv[optind - 1] : "";

		switch (key) {
		case 'h':
			cmd_help(c);
			*status = CMD_OK;
			return -1;
		case ':':
			cmd_usage(c, "option %s needs a value", word);
			return -1;
		case '?':
			if (optopt && optopt < CMD_LONG && strncmp(word, "--", 2) != 0)
				cmd_usage(c, "unknown option -%c", optopt);
			else
				cmd_usage(c, "unknown or ambiguous option %s", word);
			return -1;
		default:
			if (!set || !set(c, opts, key, optarg))
				return -1;
		}
	}
	return optind;
}

bool cmd_number(const struct cmd *c, const char *what, const char *arg, uint64_t min, uint64_t max,
		uint64_t *out)
{
	unsigned long long v;
	char *end;

	errno = 0;
	v = strtoull(arg, &end, 0);
	if (errno || end == arg || *end || strchr(arg, '-') || v < min || v > max) {
		cmd_usage(c, "%s is \"%s\", must be a number from %llu to %llu", what, arg,
			  (unsigned long long)min, (unsigned long long)max);
		return false;
	}
	*out = v;
	return true;
}

bool cmd_seed(const struct cmd *c, const char *arg, uint64_t *out)
{
	if (strcmp(arg, "random") != 0)
		return cmd_number(c, "--seed", arg, 0, UINT64_MAX, out);
	if (getrandom(out, sizeof(*out), 0) == (ssize_t)sizeof(*out))
		return true;
	cmd_error("no random seed: %s", strerror(errno));
	return false;
}

void cmd_typed(int argc, char *const *argv, char *buf, size_t size)
{
	size_t n = (size_t)snprintf(buf, size, "pirbench");

	for (int i = 0; i < argc && n < size; i++)
		n += (size_t)snprintf(buf + n, size - n, " %s", argv[i]);
	for (; *buf; buf++)
		if (*buf < 0x20 || *buf > 0x7e)
			*buf = '?';
}

bool cmd_configs(char *buf, size_t size)
{
	char root[512];
	int ret = project_root(root, sizeof(root));

	if (!ret && (size_t)snprintf(buf, size, "%s/configs", root) >= size)
		ret = -ENAMETOOLONG;
	if (ret)
		cmd_error("the project's files (configs/, host/) are not found: set PIRBENCH_ROOT "
			  "to their directory");
	return !ret;
}
