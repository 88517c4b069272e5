// SPDX-License-Identifier: LGPL-2.1-or-later
/* pirbench lab run: a command in the lab. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/campaign_opts.h"
#include "cmd/cmd.h"
#include "cmd/lab.h"
#include "util/file.h"

/* As env(1) has it: what failed is this program, not the command. */
#define EXIT_OWN 125

struct run_args {
	struct lab_command lc;
	const char *to[LAB_JOB_FILES]; /* of job.out: where it goes here */
};

enum { OPT_ROOT = OPT_OWN, OPT_IN, OPT_OUT, OPT_LIMIT, OPT_DISK };

static const char *base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static bool set_file(const struct cmd *c, struct run_args *a, int key, const char *arg)
{
	struct lab_job *job = &a->lc.job;
	size_t *nr = key == OPT_IN ? &job->nr_in : &job->nr_out;

	if (!*base(arg))
		return cmd_usage(c, "%s: a file is meant", arg), false;
	if (*nr == LAB_JOB_FILES)
		return cmd_usage(c, "%s: more than %d files", arg, LAB_JOB_FILES), false;
	if (key == OPT_IN) {
		job->in[*nr] = (struct lab_job_file){arg, base(arg)};
	} else {
		job->out[*nr] = arg;
		a->to[*nr] = base(arg);
	}
	++*nr;
	return true;
}

static bool set(const struct cmd *c, void *opts, int key, const char *arg)
{
	struct run_args *a = opts;
	uint64_t n;

	switch (key) {
	case 'k':
		a->lc.kernel = arg;
		return true;
	case 'a':
		a->lc.append = arg;
		return true;
	case 'q':
		a->lc.quiet = true;
		return true;
	case OPT_ROOT:
		a->lc.root = true;
		return true;
	case OPT_DISK:
		a->lc.job.disk = arg;
		return true;
	case OPT_TIMEOUT:
		if (!cmd_number(c, "timeout", arg, 1, 86400, &n))
			return false;
		a->lc.job.timeout_s = (unsigned int)n;
		return true;
	case OPT_LIMIT:
		if (!cmd_number(c, "limit", arg, 1, 86400, &n))
			return false;
		a->lc.job.limit_s = (unsigned int)n;
		return true;
	default:
		return set_file(c, a, key, arg);
	}
}

int lab_command(struct lab_command *lc, struct lab_job_result *r)
{
	char image[1024], root[1024], err[EMULATOR_ERR];
	struct emulator e;
	int ret;

	memset(r, 0, sizeof(*r));
	cmd_catch_signals();
	ret = lab_emulator(&e, lc->quiet);
	if (!ret && lc->root)
		ret = lab_root(lc->quiet, root, sizeof(root));
	if (!ret)
		ret = lab_image(lc->kernel, lc->root ? IMAGE_RUN : IMAGE_SHELL, lc->append,
				lc->quiet, image, sizeof(image));
	if (ret)
		return ret;
	lc->job.image = image;
	lc->job.root = lc->root ? root : NULL;
	lc->job.stop = &cmd_stop;
	ret = lab_job_run(&e, &lc->job, r, err);
	lc->job.image = lc->job.root = NULL;
	if (ret == -EINTR && cmd_stop)
		return cmd_stopped();
	if (ret)
		cmd_error("%s", err);
	if (ret && r->log_tail)
		fprintf(stderr, "%s\n", r->log_tail);
	return ret ? CMD_ERROR : 0;
}

/* All of it, to one of ours. */
static bool copy(FILE *to, const struct lab_blob *b)
{
	return (!b->size || fwrite(b->data, b->size, 1, to) == 1) && !fflush(to);
}

static bool hand_out(const struct run_args *a, const struct lab_job_result *r)
{
	bool ok = true;
	int ret;

	if (!copy(stderr, &r->err) || !copy(stdout, &r->out)) {
		cmd_error("output: %s", strerror(errno));
		return false;
	}
	for (size_t i = 0; i < a->lc.job.nr_out; i++) {
		if (!r->file[i].data) {
			cmd_error("%s: the command left no such file", a->lc.job.out[i]);
			ok = false;
			continue;
		}
		ret = file_write(a->to[i], r->file[i].data, r->file[i].size);
		if (ret) {
			cmd_error("%s: %s", a->to[i], strerror(-ret));
			ok = false;
		}
	}
	return ok;
}

static int run(const struct cmd *c, int argc, char **argv)
{
	struct run_args a = {.lc = {.kernel = "linux-6.1",
				    .job = {.timeout_s = LAB_TIMEOUT_S, .limit_s = LAB_LIMIT_S}}};
	struct lab_job_result r;
	int ret, i = cmd_parse(c, argc, argv, set, &a, &ret);

	if (i < 0)
		return ret;
	if (i == argc)
		return cmd_usage(c, "which command?");
	a.lc.job.argv = (const char *const *)argv + i;
	ret = lab_command(&a.lc, &r);
	if (ret)
		ret = cmd_stop ? ret : EXIT_OWN;
	else
		ret = hand_out(&a, &r) ? r.status : EXIT_OWN;
	lab_job_release(&r);
	return ret;
}

static const struct cmd_option options[] = {
	{'k', "kernel", "KERNEL", "kernel to boot (default linux-6.1)"},
	{OPT_ROOT, "root", NULL, "with fio, DPDK, nvme, lspci and ethtool"},
	{OPT_DISK, "disk", "FILE", "the first NVMe namespace; made when there is none"},
	{OPT_IN, "in", "FILE", "copy it into the command's directory; up to 16 times"},
	{OPT_OUT, "out", "FILE", "copy it here when the command has ended; up to 16 times"},
	{OPT_TIMEOUT, "timeout", "S", "seconds of this machine's time (default 300)"},
	{OPT_LIMIT, "limit", "S", "seconds of the lab's time (default 3600)"},
	{'a', "append", "WORDS", "put behind the kernel's command line"},
	{'q', "quiet", NULL, "nothing on stderr but errors and what the command says"},
	{0},
};

const struct cmd cmd_lab_run = {
	.name = "lab run",
	.usage = "[OPTION]... -- COMMAND [ARGUMENT]...",
	.summary = "run a command in the lab",
	.text = "Its output is the command's, and so is the exit status: 125 when the lab failed\n"
		"(a kernel warning is a failure, too), 126 and 127 when there is no such command,\n"
		"128 + a signal's number when one ended it. Standard input is empty. Its "
		"directory\n"
		"is /job; output and files may have 16 MiB.",
	.examples = "pirbench lab run -- uname -a\n"
		    "pirbench lab run --kernel linux-6.1-devices --root -- lspci -vv -s 12.0\n"
		    "pirbench lab run --in script.sh --out result.txt -- sh script.sh",
	.options = options,
	.run = run,
};
