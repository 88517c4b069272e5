// SPDX-License-Identifier: LGPL-2.1-or-later
/* pirbench-pktgen: the only file of it that prints. */
#include <errno.h>
#include <fcntl.h>
#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_launch.h>
#include <rte_lcore.h>
#include <rte_log.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "pktgen/dpdk/generator.h"
#include "pktgen/dpdk/port.h"
#include "pktgen/dpdk/reflector.h"
#include "util/file.h"
#include "version.h"

#define EXIT_NOT_CLEAN 1
#define EXIT_ERROR     2
#define EAL_OPTIONS    64
#define HELP_SIZE      8192

static volatile sig_atomic_t stop;

static void on_signal(int sig)
{
	/* The second time there is no more waiting. */
	if (stop)
		_exit(128 + sig);
	stop = sig;
}

static void catch_signals(void)
{
	struct sigaction sa = {.sa_handler = on_signal};

	sigemptyset(&sa.sa_mask);
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGHUP, &sa, NULL);
	signal(SIGPIPE, SIG_IGN);
}

static int error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static int error(const char *fmt, ...)
{
	va_list ap;

	fputs("pirbench-pktgen: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	return EXIT_ERROR;
}

/* ---- EAL ----------------------------------------------------------------------------- */

struct eal {
	char *argv[EAL_OPTIONS + 1];
	int argc;
	bool help;
};

static void eal_add(struct eal *e, const char *arg)
{
	if (e->argc < EAL_OPTIONS)
		e->argv[e->argc++] = (char *)arg;
}

static bool eal_asked(const struct options *o, const char *option)
{
	size_t len = strlen(option);

	for (int i = 0; i < o->eal_argc; i++)
		if (!strncmp(o->eal_argv[i], option, len))
			return true;
	return false;
}

/*
 * Memory without files: nothing is left, whatever ends this, and several run side by
 * side. Not when EAL is asked for what that excludes.
 */
static void eal_memory(struct eal *e, const struct options *o)
{
	bool pair = o->pair && !o->eal_argc;

	if (pair) {
		eal_add(e, "--no-huge");
		eal_add(e, "--no-pci");
		eal_add(e, "-m");
		eal_add(e, "128");
	}
	if (pair || eal_asked(o, "--no-huge"))
		eal_add(e, "--no-shconf");
	else if (!eal_asked(o, "--legacy-mem") && !eal_asked(o, "--proc-type"))
		eal_add(e, "--in-memory");
}

/* Ours first: of options that come twice, EAL takes the last. */
static int eal_args(struct eal *e, const struct options *o)
{
	eal_add(e, "pirbench-pktgen");
	eal_add(e, "--no-telemetry");
	eal_add(e, "--log-level=warning");
	eal_add(e, "--file-prefix");
	eal_add(e, "pirbench-pktgen");
	eal_memory(e, o);
	if (o->eal_argc > EAL_OPTIONS - e->argc)
		return error("more than %d EAL options", EAL_OPTIONS - e->argc);
	for (int i = 0; i < o->eal_argc; i++)
		eal_add(e, o->eal_argv[i]);
	e->help = eal_asked(o, "-h") || eal_asked(o, "--help");
	return 0;
}

/* EAL prints its usage to stdout, which is for results. */
static int eal_start(const struct options *o)
{
	struct eal e = {.argc = 0};
	int out, null, ret = eal_args(&e, o);

	if (ret)
		return ret;
	rte_openlog_stream(stderr);
	fflush(stdout);
	out = dup(STDOUT_FILENO);
	null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (out < 0 || null < 0)
		return error("stdout: %s", strerror(errno));
	if (!e.help)
		dup2(null, STDOUT_FILENO);
	ret = rte_eal_init(e.argc, e.argv);
	fflush(stdout);
	dup2(out, STDOUT_FILENO);
	close(out);
	close(null);
	if (ret < 0)
		return error("EAL cannot start: %s (the options behind --; -- --help lists them)",
			     rte_strerror(rte_errno));
	return 0;
}

/* The directory that EAL makes for its prefix: nothing is in it. */
static void eal_stop(void)
{
	char dir[256];

	snprintf(dir, sizeof(dir), "%s", rte_eal_get_runtime_dir());
	rte_eal_cleanup();
	if (dir[0] == '/')
		rmdir(dir);
}

/* ---- a run -------------------------------------------------------------------------------- */

struct run {
	struct options o;
	struct report report;
	struct port port, peer;
	struct reflector reflector;
	struct generator *generator;
	bool have_port, have_peer;
	volatile sig_atomic_t over; /* the other lcore may end */
	unsigned int lcore; /* the reflector's; LCORE_ID_ANY: the main one's */
};

static int reflector_run(void *arg)
{
	struct run *r = arg;

	while (!r->over)
		reflector_turn(&r->reflector);
	return 0;
}

static int open_ports(struct run *r, char err[OPTIONS_ERR])
{
	uint16_t id[2] = {(uint16_t)r->o.port, (uint16_t)r->o.peer};

	r->o.has_peer |= r->o.pair;
	if (r->o.pair && port_pair(id, err))
		return -1;
	if (port_open(&r->port, id[0], &r->o, err))
		return -1;
	r->have_port = true;
	if (r->o.has_peer && port_open(&r->peer, id[1], &r->o, err))
		return -1;
	r->have_peer = r->o.has_peer;
	return 0;
}

static void close_ports(struct run *r)
{
	if (r->have_port)
		port_device(&r->port, &r->report.device);
	if (r->have_peer)
		port_device(&r->peer, &r->report.peer);
	if (r->have_port)
		port_close(&r->port);
	if (r->have_peer)
		port_close(&r->peer);
}

static void reflect(struct run *r)
{
	uint64_t start = rte_rdtsc();
	uint64_t ticks = (uint64_t)((unsigned __int128)r->o.duration_ms * r->report.tsc_hz / 1000);

	while (!stop && (!ticks || rte_rdtsc() - start < ticks))
		reflector_turn(&r->reflector);
	r->report.interrupted = stop != 0;
}

static int generate(struct run *r, char err[OPTIONS_ERR])
{
	const uint8_t *dst = r->o.has_dst ? r->o.dst : r->o.has_peer ? r->peer.mac : r->port.mac;
	bool together = r->o.has_peer && r->lcore == LCORE_ID_ANY;

	r->generator = generator_new(&r->o, &r->port, dst, &r->report, err);
	if (!r->generator)
		return -1;
	generator_weigh(r->generator);
	if (r->o.has_peer && !together)
		rte_eal_remote_launch(reflector_run, r, r->lcore);
	generator_start(r->generator);
	while (generator_turn(r->generator, &stop))
		if (together)
			reflector_turn(&r->reflector);
	r->over = 1;
	rte_eal_mp_wait_lcore();
	return 0;
}

static int measure(struct run *r, char err[OPTIONS_ERR])
{
	bool reflects = r->o.role == OPTIONS_REFLECT;
	int ret = open_ports(r, err);

	if (ret)
		return ret;
	r->report.options = &r->o;
	r->report.tsc_hz = rte_get_tsc_hz();
	r->lcore = rte_get_next_lcore(-1, 1, 0);
	if (r->lcore >= RTE_MAX_LCORE)
		r->lcore = LCORE_ID_ANY;
	if (reflects || r->o.has_peer)
		reflector_init(&r->reflector, &r->o, reflects ? &r->port : &r->peer, &r->report);
	if (reflects)
		reflect(r);
	else
		ret = generate(r, err);
	if (r->report.reflects)
		reflector_destroy(&r->reflector);
	generator_free(r->generator);
	return ret;
}

/* ---- what was measured ----------------------------------------------------------------------- */

static int print(const struct run *r)
{
	char line[REPORT_LINE], *text = NULL;
	int ret;

	if ((r->o.json || r->o.output) && pktgen_report_json(&r->report, &text))
		return error("no memory for the result");
	report_line(&r->report, line);
	if (r->o.json)
		fputs(text, stdout);
	else
		puts(line);
	if (fflush(stdout) || ferror(stdout)) {
		free(text);
		return error("stdout: %s", strerror(errno));
	}
	ret = r->o.output ? file_write(r->o.output, text, strlen(text)) : 0;
	free(text);
	if (ret)
		return error("%s: %s", r->o.output, strerror(-ret));
	if (r->o.strict && r->report.generates && !report_clean(&r->report, line, sizeof(line))) {
		fprintf(stderr, "pirbench-pktgen: %s\n", line);
		return EXIT_NOT_CLEAN;
	}
	return 0;
}

static int run(struct run *r)
{
	char err[OPTIONS_ERR] = "";
	int ret = eal_start(&r->o);

	if (ret)
		return ret;
	ret = measure(r, err);
	close_ports(r);
	eal_stop();
	if (ret)
		return error("%s", err);
	return print(r);
}

static int help(void)
{
	char text[HELP_SIZE];

	options_help(text, sizeof(text));
	fputs(text, stdout);
	return fflush(stdout) ? EXIT_ERROR : 0;
}

int main(int argc, char **argv)
{
	struct run *r = calloc(1, sizeof(*r));
	char err[OPTIONS_ERR];
	int ret;

	if (!r)
		return error("no memory");
	if (options_parse(&r->o, argc, argv, err)) {
		free(r);
		return error("%s (see pirbench-pktgen --help)", err);
	}
	if (r->o.help) {
		ret = help();
	} else if (r->o.version) {
		ret = puts("pirbench-pktgen " PB_VERSION) < 0 ? EXIT_ERROR : 0;
	} else if (!r->o.has_seed &&
		   getrandom(&r->o.seed, sizeof(r->o.seed), 0) != sizeof(r->o.seed)) {
		ret = error("no random seed: %s (--seed)", strerror(errno));
	} else {
		catch_signals();
		ret = run(r);
	}
	free(r);
	return ret;
}
