/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cmd.h - what the subcommands of `pirbench` share: one table of options each,
 * from which parsing and --help are made, and how they speak to the user.
 * Only this directory prints: results to stdout, everything else to stderr.
 */
#ifndef PB_CMD_H
#define PB_CMD_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Exit statuses; see also enum pb_verdict_kind. */
enum cmd_exit {
	CMD_OK = 0,
	CMD_FAIL = 1,
	CMD_ERROR = 2,
	CMD_INCONCLUSIVE = 3,
	CMD_SKIPPED = 77,
	CMD_INTERRUPTED = 130,
};

/* A positive option key is its letter; a long-only option has one from here on. */
#define CMD_LONG 256

struct cmd_option {
	int key; /* letter, or CMD_LONG + n; 0 ends the table */
	const char *name; /* without "--" */
	const char *arg; /* what its value is called, "N"; NULL: it has none */
	const char *help; /* lines separated by '\n' */
};

struct cmd {
	const char *name; /* "gate", "kernel build" */
	const char *usage; /* behind the name: "--base KERNEL --head KERNEL [OPTION]..." */
	const char *summary; /* one line */
	const char *text; /* more, for --help; may be NULL */
	const char *examples; /* lines, each a command */
	const struct cmd_option *options; /* may be NULL; -h, --help is always there */
	int (*run)(const struct cmd *c, int argc, char **argv);
};

extern const struct cmd cmd_gate, cmd_run, cmd_list, cmd_show, cmd_report, cmd_compare, cmd_doctor;
extern const struct cmd cmd_kernel_build, cmd_kernel_list, cmd_kernel_show, cmd_kernel_prune;
extern const struct cmd cmd_lab_shell, cmd_lab_build, cmd_lab_image, cmd_lab_root, cmd_lab_run;
extern const struct cmd cmd_lab_fio;

/* "pirbench: " text, to stderr. */
void cmd_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* A wrong use: the line, and where to find help. Returns CMD_ERROR. */
int cmd_usage(const struct cmd *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/*
 * Parse argv[1...]. `set` gets each option; it returns false after cmd_usage()
 * when the value is bad. Positional arguments are moved to the end. Returns the
 * index of the first of them, or -1 with the exit status in *status when there
 * is nothing more to do (--help, an error).
 */
int cmd_parse(const struct cmd *c, int argc, char **argv,
	      bool (*set)(const struct cmd *c, void *opts, int key, const char *arg), void *opts,
	      int *status);

/* Values; false after cmd_usage(). `what` is the option's name. */
bool cmd_number(const struct cmd *c, const char *what, const char *arg, uint64_t min, uint64_t max,
		uint64_t *out);
/* A seed: a number, decimal or 0x hex, or "random". */
bool cmd_seed(const struct cmd *c, const char *arg, uint64_t *out);

/* What was typed, in one line of printable characters; cut to size. */
void cmd_typed(int argc, char *const *argv, char *buf, size_t size);

/* --help, to stdout. */
void cmd_help(const struct cmd *c);

/* Becomes non-zero (the signal) on SIGINT or SIGTERM; a second one ends the program at once. */
extern volatile sig_atomic_t cmd_stop;
void cmd_catch_signals(void);
/* The exit status when cmd_stop is set: 128 + signal. */
int cmd_stopped(void);

/* The directory of configs/; false after an error line. */
bool cmd_configs(char *buf, size_t size);

extern const char cmd_version[];

#endif
