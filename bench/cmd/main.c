// SPDX-License-Identifier: LGPL-2.1-or-later
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"

static const struct cmd *const cmds[] = {
	&cmd_gate,         &cmd_run,       &cmd_list,         &cmd_show,        &cmd_report,
	&cmd_compare,      &cmd_doctor,    &cmd_kernel_build, &cmd_kernel_list, &cmd_kernel_show,
	&cmd_kernel_prune, &cmd_lab_shell, &cmd_lab_build,    &cmd_lab_image,   &cmd_lab_root,
	&cmd_lab_run,      &cmd_lab_fio,
};
#define NR_CMDS (sizeof(cmds) / sizeof(cmds[0]))

static void help(FILE *out)
{
	size_t i;

	fputs("usage: pirbench COMMAND [ARGUMENT]...\n\n"
	      "Does a kernel lose or delay posted interrupts, and by how much?\n\ncommands:\n",
	      out);
	for (i = 0; i < NR_CMDS; i++)
		fprintf(out, "  %-15s %s\n", cmds[i]->name, cmds[i]->summary);
	fputs("\npirbench COMMAND --help has the options and examples; --version the version.\n"
	      "Exit status: 0 pass, 1 fail, 2 error, 3 inconclusive, 77 everything skipped.\n\n"
	      "examples:\n"
	      "  pirbench gate --base linux-6.1 --head linux-6.1-unfixed\n"
	      "  pirbench gate --base linux-6.1 --patch my.patch\n"
	      "  pirbench run preempt-aimed --kernel linux-6.1\n",
	      out);
}

/* Does argv begin with the command's words? How many are they? */
static int words(const struct cmd *c, int argc, char **argv)
{
	const char *p = c->name;
	int n = 0;

	while (*p) {
		size_t len = strcspn(p, " ");

		if (n >= argc || strlen(argv[n]) != len || strncmp(argv[n], p, len) != 0)
			return 0;
		n++;
		p += len + (p[len] == ' ');
	}
	return n;
}

static void list_group(const char *group)
{
	size_t i, len = strlen(group), found = 0;

	for (i = 0; i < NR_CMDS; i++) {
		if (strncmp(cmds[i]->name, group, len) != 0 || cmds[i]->name[len] != ' ')
			continue;
		fprintf(stderr, "%s%s", found++ ? ", " : ": one of ", cmds[i]->name + len + 1);
	}
}

static int unknown(int argc, char **argv)
{
	size_t i, len = strlen(argv[0]);
	bool group = false;

	for (i = 0; i < NR_CMDS; i++)
		group |= !strncmp(cmds[i]->name, argv[0], len) && cmds[i]->name[len] == ' ';
	if (group && argc > 1 && strcmp(argv[1], "--help") != 0)
		fprintf(stderr, "pirbench: %s %s: unknown command", argv[0], argv[1]);
	else if (group)
		fprintf(stderr, "pirbench: %s needs a command", argv[0]);
	else
		fprintf(stderr, "pirbench: %s: unknown command; see pirbench --help", argv[0]);
	if (group)
		list_group(argv[0]);
	fputc('\n', stderr);
	return CMD_ERROR;
}

/*
 * Words come back in errors, in reports and in commands to replay a branch: each is
 * one line of text. Returns the word that is not; 0: all are.
 */
static int find_control(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		for (const unsigned char *p = (unsigned char *)argv[i]; *p; p++)
			if (*p < ' ' || *p == 0x7f)
				return i;
	return 0;
}

int main(int argc, char **argv)
{
	size_t i;
	int bad = find_control(argc, argv);

	if (bad) {
		cmd_error("word %d of the command holds a control character; must be one line of "
			  "text",
			  bad);
		return CMD_ERROR;
	}
	if (argc < 2) {
		help(stderr);
		return CMD_ERROR;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
		help(stdout);
		return CMD_OK;
	}
	if (!strcmp(argv[1], "--version")) {
		printf("pirbench %s\n", cmd_version);
		return CMD_OK;
	}
	for (i = 0; i < NR_CMDS; i++) {
		int n = words(cmds[i], argc - 1, argv + 1);

		if (n)
			return cmds[i]->run(cmds[i], argc - n, argv + n);
	}
	return unknown(argc - 1, argv + 1);
}
