// SPDX-License-Identifier: LGPL-2.1-or-later
/* main.c - pirbench-executor: carries out one plan on this machine. */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "event/run.h"
#include "exec/channel.h"
#include "exec/init.h"

enum { EXIT_OK = 0, EXIT_ERROR = 2, EXIT_SKIPPED = 77 };

static const char usage[] =
	"usage: pirbench-executor --plan FILE --run FILE\n"
	"Carry out a plan on this machine and write what happened as a run file.\n"
	"As the first process of the lab's machine it needs no arguments.\n"
	"\n"
	"Exit status: 0 the plan was carried out, 2 error, 77 this machine cannot do it;\n"
	"the run file says why.\n";

static volatile sig_atomic_t stop;

static void on_signal(int sig)
{
	stop = sig;
}

/* So that a device goes back to its driver when somebody loses patience. */
static void catch_signals(void)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
	struct sigaction sa = {.sa_handler = on_signal};

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaction(signals[i], &sa, NULL);
}

static int serve_files(const char *plan, const char *run)
{
	struct exec_channel ch = {.ops = &channel_file, .plan_path = plan, .run_path = run};
	struct exec_env env = {.stop = &stop};
	enum pb_run_status status = PB_RUN_OK;
	int ret;

	catch_signals();
	ret = ch.ops->open(&ch);

	if (!ret)
		ret = channel_serve(&ch, &env, &status);
	ch.ops->close(&ch);
	if (ret) {
		fprintf(stderr, "pirbench-executor: %s\n", ch.error);
		return EXIT_ERROR;
	}
	if (status != PB_RUN_OK)
		fprintf(stderr, "pirbench-executor: %s, see %s\n", names_str(&run_statuses, status),
			run);
	return status == PB_RUN_OK ? EXIT_OK : status == PB_RUN_SKIP ? EXIT_SKIPPED : EXIT_ERROR;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {{"plan", required_argument, NULL, 'p'},
						{"run", required_argument, NULL, 'r'},
						{"help", no_argument, NULL, 'h'},
						{NULL, 0, NULL, 0}};
	const char *plan = NULL, *run = NULL;
	int opt;

	/* As the lab's kernel starts it; it may pass arguments that it did not understand. */
	if (getpid() == 1 && !strcmp(argv[0], "/init"))
		init_main();
	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (opt == 'p')
			plan = optarg;
		else if (opt == 'r')
			run = optarg;
		else if (opt == 'h')
			return fputs(usage, stdout) < 0 ? EXIT_ERROR : EXIT_OK;
		else
			return EXIT_ERROR;
	}
	if (!plan || !run || optind != argc) {
		fputs(usage, stderr);
		return EXIT_ERROR;
	}
	return serve_files(plan, run);
}
