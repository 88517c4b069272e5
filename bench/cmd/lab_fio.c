// SPDX-License-Identifier: LGPL-2.1-or-later
/* pirbench lab fio: fio's jobs on the lab's drive, with the kernel's driver. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/campaign_opts.h"
#include "cmd/cmd.h"
#include "cmd/lab.h"
#include "load/fio.h"
#include "plan/plan.h"
#include "util/file.h"
#include "util/names.h"

/* One of what comes out is the list of statuses. */
#define MAX_JOBS    (LAB_JOB_FILES - 1)
#define MAX_PERIOD  1000000u /* us */
#define MAX_LINE    160
#define STATUS_FILE "status"

struct fio_args {
	struct lab_command lc;
	struct fio_place place;
	const char *json;
	uint32_t function; /* 0: physical */
	uint32_t service; /* enum pb_service */
	size_t nr;
	struct fio_run run[MAX_JOBS];
	char path[MAX_JOBS][1280], in[MAX_JOBS][32], out[MAX_JOBS][32];
	char nr_vfs[8], address[16], law[8], ticks[24], count[8];
};

/*
 * $1 virtual functions, $2 the drive's address, $3 and $4 registers SERVICE and
 * SERVICE_LO of its instrument (shared/instrument_regs.h), $5 jobs: they are called
 * 1.fio and so on.  busybox knows no file but /dev/mem, and maps what that is.
 */
static const char script[] =
	"pci=/sys/bus/pci/devices\n"
	"if [ $1 != 0 ]; then echo $1 >$pci/0000:00:12.0/sriov_numvfs || exit 99; fi\n"
	"for i in 0 1 2 3 4 5 6 7 8 9; do\n"
	"  for d in $pci/$2/nvme/nvme*/nvme*n*; do DISK=/dev/${d##*/}; done\n"
	"  [ -b \"$DISK\" ] && break\n"
	"  sleep 1\n"
	"done\n"
	"[ -b \"$DISK\" ] || { echo the function has no drive >&2; exit 99; }\n"
	"export DISK\n"
	"if [ $3 != 0 ]; then\n"
	"  ln -s $pci/$2/resource4 /dev/mem && busybox devmem 0x3c 32 $3 &&\n"
	"    busybox devmem 0x24 32 1 && busybox devmem 0x40 32 $4 && busybox devmem 0x44 32 0 &&\n"
	"    busybox devmem 0x8 32 1 && [ $(busybox devmem 0xc 32) = 0x00000001 ] ||\n"
	"    { echo service times are not taken >&2; exit 99; }\n"
	"fi\n"
	"n=1\n"
	"while [ $n -le $5 ]; do\n"
	"  fio --output-format=json+ --output=$n.json $n.fio; s=$?\n"
	"  echo $s >>" STATUS_FILE "\n"
	"  [ $s = 0 ] || break\n"
	"  n=$((n + 1))\n"
	"done\n"
	"exit 0\n";

/* ---- options ---------------------------------------------------------------------- */

static bool one_of(const struct cmd *c, const struct pb_names *names, const char *arg, uint32_t *to)
{
	int value = names_find(names, arg);
	char list[160];

	if (value < 0) {
		cmd_usage(c, "%s: the %s must be %s", arg, names->what,
			  names_list(names, list, sizeof(list)));
		return false;
	}
	*to = (uint32_t)value;
	return true;
}

enum { OPT_FUNCTION = OPT_OWN, OPT_SERVICE, OPT_PERIOD, OPT_LIMIT };

static bool set_number(const struct cmd *c, const char *what, const char *arg, unsigned int *to)
{
	uint64_t n;

	if (!cmd_number(c, what, arg, 1, 86400, &n))
		return false;
	*to = (unsigned int)n;
	return true;
}

static bool set(const struct cmd *c, void *opts, int key, const char *arg)
{
	struct fio_args *a = opts;

	switch (key) {
	case 'k':
		a->lc.kernel = arg;
		return true;
	case 'q':
		a->lc.quiet = true;
		return true;
	case OPT_FUNCTION:
		return one_of(c, &plan_source_functions, arg, &a->function);
	case OPT_SERVICE:
		return one_of(c, &plan_services, arg, &a->service);
	case OPT_PERIOD:
		return cmd_number(c, "period", arg, 1, MAX_PERIOD, &a->place.period_us);
	case OPT_JSON:
		a->json = arg;
		return true;
	case OPT_TIMEOUT:
		return set_number(c, "timeout", arg, &a->lc.job.timeout_s);
	case OPT_LIMIT:
		return set_number(c, "limit", arg, &a->lc.job.limit_s);
	default:
		return false;
	}
}

/* A path has a slash or ends in .fio; all else is a name in configs/fio. */
static bool find_job(const struct cmd *c, const char *name, char *path, size_t size)
{
	size_t len = strlen(name);
	char configs[1024];
	int n;

	if (strchr(name, '/') || (len > 4 && !strcmp(name + len - 4, ".fio"))) {
		n = snprintf(path, size, "%s", name);
	} else {
		if (!cmd_configs(configs, sizeof(configs)))
			return false;
		n = snprintf(path, size, "%s/fio/%s.fio", configs, name);
	}
	if (n < 0 || (size_t)n >= size || access(path, R_OK)) {
		cmd_usage(c, "%s: no such job: a name in configs/fio, or a path", name);
		return false;
	}
	return true;
}

static bool add_jobs(const struct cmd *c, struct fio_args *a, int argc, char **argv)
{
	struct lab_job *job = &a->lc.job;

	if (!argc || argc > MAX_JOBS) {
		cmd_usage(c, argc ? "more than %d jobs" : "which job? 1 to %d", MAX_JOBS);
		return false;
	}
	for (; a->nr < (size_t)argc; a->nr++) {
		size_t i = a->nr;

		if (!find_job(c, argv[i], a->path[i], sizeof(a->path[i])))
			return false;
		a->run[i].file = argv[i];
		snprintf(a->in[i], sizeof(a->in[i]), "%zu.fio", i + 1);
		snprintf(a->out[i], sizeof(a->out[i]), "%zu.json", i + 1);
		job->in[job->nr_in++] = (struct lab_job_file){a->path[i], a->in[i]};
		job->out[job->nr_out++] = a->out[i];
	}
	job->out[job->nr_out++] = STATUS_FILE;
	return true;
}

/* ---- what came of it ---------------------------------------------------------------- */

/* The first line of what fio says, as far as a terminal may have it. */
static void first_line(const struct lab_blob *b, char *line, size_t size)
{
	const char *p = b->data;
	size_t i = 0;

	for (; i < b->size && i + 1 < size && p[i] != '\n'; i++)
		line[i] = p[i] >= ' ' && p[i] <= '~' ? p[i] : '?';
	line[i] = '\0';
}

/* The n-th line of the list: fio's exit status; -1 when it is none. */
static int status_of(const struct lab_blob *b, size_t n)
{
	const char *p = b->data, *end = p + b->size;
	int value = 0;

	for (; n && p < end; p++)
		n -= *p == '\n';
	if (n || p >= end || *p < '0' || *p > '9')
		return -1;
	for (; p < end && *p >= '0' && *p <= '9'; p++)
		if ((value = value * 10 + *p - '0') > 255)
			return -1;
	return p < end && *p == '\n' ? value : -1;
}

/* Read what a job left. 0, or an exit status after an error line. */
static int read_job(struct fio_args *a, size_t i, const struct lab_job_result *r)
{
	const struct lab_blob *b = &r->file[i];
	int status = status_of(&r->file[a->nr], i), ret;
	char err[FIO_ERR], line[MAX_LINE];
	const char *name = a->run[i].file;

	if (status < 0) {
		cmd_error("%s: the lab does not say how fio ended", name);
		return CMD_ERROR;
	}
	first_line(&r->err, line, sizeof(line));
	ret = fio_parse(b->data ? b->data : "", b->size, &a->run[i].output, err);
	if (ret)
		fio_release(&a->run[i].output);
	if (status)
		cmd_error("%s: fio ended with status %d%s%s", name, status, line[0] ? ": " : "",
			  line);
	else if (ret)
		cmd_error("%s: fio's output: %s", name, err);
	else if (fio_failed(&a->run[i].output, err))
		cmd_error("%s: %s", name, err);
	else
		return CMD_OK;
	return ret && !status ? CMD_ERROR : CMD_FAIL;
}

/* As far as there is something. 0, or an exit status after an error line. */
static int show(const struct fio_args *a, size_t nr)
{
	char *text = NULL;
	int ret;

	ret = fio_to_text(a->run, nr, &text);
	if (!ret && (fputs(text, stdout) == EOF || fflush(stdout)))
		ret = -errno;
	free(text);
	if (ret) {
		cmd_error("output: %s", strerror(-ret));
		return CMD_ERROR;
	}
	if (!a->json)
		return 0;
	ret = fio_to_json(&a->place, a->run, nr, &text);
	if (!ret) {
		ret = file_write(a->json, text, strlen(text));
		free(text);
	}
	if (ret)
		cmd_error("%s: %s", a->json, strerror(-ret));
	return ret ? CMD_ERROR : 0;
}

static int results(struct fio_args *a, const struct lab_job_result *r)
{
	char line[MAX_LINE];
	size_t nr = 0;
	int ret = CMD_OK, shown;

	if (r->status) {
		first_line(&r->err, line, sizeof(line));
		cmd_error("lab: fio could not be run: %s", line);
		return CMD_ERROR;
	}
	while (nr < a->nr && ret == CMD_OK)
		ret = read_job(a, nr++, r);
	/* Of one that failed there may be nothing. */
	if (nr && !a->run[nr - 1].output.nr)
		nr--;
	shown = nr ? show(a, nr) : 0;
	for (size_t i = 0; i < nr; i++)
		fio_release(&a->run[i].output);
	return shown ? shown : ret;
}

/* ---- the command ---------------------------------------------------------------------- */

static void set_place(struct fio_args *a)
{
	snprintf(a->nr_vfs, sizeof(a->nr_vfs), "%u", a->function);
	snprintf(a->address, sizeof(a->address), "0000:00:12.%u", a->function);
	snprintf(a->law, sizeof(a->law), "%u", a->service);
	snprintf(a->ticks, sizeof(a->ticks), "%llu",
		 (unsigned long long)a->place.period_us * EMULATOR_TICKS_PER_US);
	snprintf(a->count, sizeof(a->count), "%zu", a->nr);
	a->place.kernel = a->lc.kernel;
	a->place.function = names_str(&plan_source_functions, a->function);
	a->place.service = a->service ? names_str(&plan_services, a->service) : NULL;
}

static int run(const struct cmd *c, int argc, char **argv)
{
	struct fio_args a = {.lc = {.kernel = "linux-6.1-devices",
				    .root = true,
				    .job = {.timeout_s = LAB_TIMEOUT_S, .limit_s = LAB_LIMIT_S}}};
	const char *const command[] = {"sh",      "-c",  script,  "fio",   a.nr_vfs,
				       a.address, a.law, a.ticks, a.count, NULL};
	struct lab_job_result r;
	int ret, i = cmd_parse(c, argc, argv, set, &a, &ret);

	if (i < 0)
		return ret;
	if (!a.service != !a.place.period_us)
		return cmd_usage(c, "--service and --period go together");
	if (!add_jobs(c, &a, argc - i, argv + i))
		return CMD_ERROR;
	set_place(&a);
	a.lc.job.argv = command;
	ret = lab_command(&a.lc, &r);
	if (!ret)
		ret = results(&a, &r);
	lab_job_release(&r);
	return ret;
}

static const struct cmd_option options[] = {
	{'k', "kernel", "KERNEL", "kernel to boot (default linux-6.1-devices)"},
	{OPT_FUNCTION, "function", "F", "pf, the physical function (default), or vf1 to vf4"},
	{OPT_SERVICE, "service", "LAW", "how long the drive takes: fixed, exponential, bimodal"},
	{OPT_PERIOD, "period", "US", "with --service: on average"},
	{OPT_JSON, "json", "FILE", "write all of it there, with the histograms"},
	{OPT_TIMEOUT, "timeout", "S", "seconds of this machine's time (default 300)"},
	{OPT_LIMIT, "limit", "S", "seconds of the lab's time (default 3600)"},
	{'q', "quiet", NULL, "nothing on stderr but errors"},
	{0},
};

const struct cmd cmd_lab_fio = {
	.name = "lab fio",
	.usage = "[OPTION]... JOB...",
	.summary = "run fio in the lab, on its NVMe drive",
	.text = "JOB is a name in configs/fio, or a file (with a slash, or .fio behind); up to 15, "
		"one\n"
		"after the other, until one fails. ${DISK} in it is the drive. Times are of "
		"completion\n"
		"(clat), in the lab's time; the line below a job is their histogram, on a "
		"logarithmic\n"
		"scale. Exit status: 1 when fio has an error or what it verifies is wrong, 2 when "
		"the\n"
		"lab failed or fio's output makes no sense.",
	.examples = "pirbench lab fio randread\n"
		    "pirbench lab fio --function vf1 verify verify-only\n"
		    "pirbench lab fio --service bimodal --period 200 --json fio.json mixed",
	.options = options,
	.run = run,
};
