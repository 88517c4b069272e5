// SPDX-License-Identifier: LGPL-2.1-or-later
/* A campaign's beginning and end; campaign_run.c has what is between. */
#include "cmd/campaign.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "cmd/cmd.h"
#include "cmd/render.h"
#include "host/lab/model/defect.h"

void campaign_defaults(struct campaign_opts *o)
{
	memset(o, 0, sizeof(*o));
	o->machine = "lab";
	o->branches = 10;
	/* The same each time: a gate that fails in CI fails the same way at a desk. */
	o->seed = 1;
}

static void cpu_model(char *buf, size_t size)
{
	FILE *f = fopen("/proc/cpuinfo", "re");
	char line[256];

	buf[0] = 0;
	while (f && fgets(line, sizeof(line), f)) {
		char *p = strchr(line, ':');

		if (strncmp(line, "model name", 10) != 0 || !p)
			continue;
		p += 1 + strspn(p + 1, " ");
		snprintf(buf, size, "%.*s", (int)strcspn(p, "\n"), p);
		break;
	}
	if (f)
		fclose(f);
}

static void fingerprint(struct campaign *c)
{
	struct pb_fingerprint *fp = &c->result->fp;
	struct utsname u;

	snprintf(fp->machine, sizeof(fp->machine), "%s", c->machine->name);
	snprintf(fp->unit, sizeof(fp->unit), "ticks");
	snprintf(fp->pirbench, sizeof(fp->pirbench), "%s", cmd_version);
	cpu_model(fp->host_cpu, sizeof(fp->host_cpu));
	if (!uname(&u))
		snprintf(fp->host_kernel, sizeof(fp->host_kernel), "%.63s", u.release);
	fp->seed = c->opts->seed;
	/* Only the lab's devices are models of ours. */
	if (!strcmp(c->machine->name, "lab") && getenv(DEFECT_ENV))
		snprintf(fp->defect, sizeof(fp->defect), "%s", getenv(DEFECT_ENV));
}

static int no_machine(const char *name)
{
	const struct pb_machine_ops *const *m;
	char names[256] = "";
	size_t n = 0;

	for (m = machine_all(); *m && n < sizeof(names); m++)
		n += (size_t)snprintf(names + n, sizeof(names) - n, "%s%s", n ? ", " : "",
				      (*m)->name);
	cmd_error("machine %s: there is none of that name; there are: %s", name, names);
	return CMD_ERROR;
}

int campaign_start(struct campaign *c, const struct campaign_opts *o)
{
	char reason[STORE_ERR];

	memset(c, 0, sizeof(*c));
	c->opts = o;
	c->store.lock = -1;
	progress_init(&c->progress, o->quiet);
	c->machine = machine_find(o->machine);
	if (!c->machine)
		return no_machine(o->machine);
	if (!cmd_configs(c->configs, sizeof(c->configs)))
		return CMD_ERROR;
	if (c->machine->probe(reason, sizeof(reason))) {
		cmd_error("machine %s: %s", o->machine, reason);
		return CMD_ERROR;
	}
	if (scenario_limits(o->machine, 0, &c->limits)) {
		cmd_error("machine %s: its limits are not known", o->machine);
		return CMD_ERROR;
	}
	if (o->output && !o->resume && store_check_output(o->output, reason)) {
		cmd_error("%s", reason);
		return CMD_ERROR;
	}
	c->result = result_new();
	if (!c->result) {
		cmd_error("out of memory");
		return CMD_ERROR;
	}
	fingerprint(c);
	if (c->result->fp.defect[0])
		fprintf(stderr, "note: " DEFECT_ENV "=%s: the lab's devices are defective\n",
			c->result->fp.defect);
	return 0;
}

static int add_scenario(struct campaign *c, const char *name)
{
	struct pb_scenario *s = &c->scenario[c->nr_scenarios];
	char err[PB_SCENARIO_ERR];
	size_t i;

	if (c->nr_scenarios == CAMPAIGN_SCENARIOS) {
		cmd_error("more than %d scenarios", CAMPAIGN_SCENARIOS);
		return CMD_ERROR;
	}
	if (scenario_load(c->configs, name, s, err, sizeof(err))) {
		cmd_error("%s", err);
		return CMD_ERROR;
	}
	for (i = 0; i < c->nr_scenarios; i++)
		if (!strcmp(c->scenario[i].name, s->name))
			return 0; /* named twice, or in two sets */
	c->nr_scenarios++;
	return result_add_scenario(c->result, s) < 0 ? CMD_ERROR : 0;
}

/* A set, or a scenario. */
static int add_name(struct campaign *c, const char *name)
{
	char err[PB_SCENARIO_ERR];
	struct pb_scenario_set set;
	int ret;
	size_t i;

	ret = strchr(name, '/') ? -ENOENT
				: scenario_set_load(c->configs, name, &set, err, sizeof(err));
	if (ret == -ENOENT)
		return add_scenario(c, name);
	if (ret) {
		cmd_error("%s", err);
		return CMD_ERROR;
	}
	for (i = 0; i < set.nr; i++) {
		ret = add_scenario(c, set.scenario[i]);
		if (ret)
			return ret;
	}
	return 0;
}

int campaign_add_scenarios(struct campaign *c, const char *names)
{
	char *copy = strdup(names), *rest = copy, *name;
	int ret = copy ? 0 : CMD_ERROR;

	while (!ret && (name = strsep(&rest, ",")))
		ret = *name ? add_name(c, name) : 0;
	free(copy);
	if (!ret && !c->nr_scenarios) {
		cmd_error("no scenario in \"%s\"", names);
		ret = CMD_ERROR;
	}
	return ret;
}

int campaign_add_kernel(struct campaign *c, const struct campaign_kernel *k)
{
	unsigned int n = (unsigned int)c->nr_kernels;
	int ret;

	if (n == PB_RESULT_MAX_KERNELS) {
		cmd_error("more than %d kernels", PB_RESULT_MAX_KERNELS);
		return CMD_ERROR;
	}
	ret = campaign_kernel_get(c, k, n);
	if (ret)
		return ret;
	c->role[n] = k->role;
	if (result_add_kernel(c->result, &c->kernel[n], k->role, c->replay[n]) < 0)
		return CMD_ERROR;
	c->nr_kernels++;
	return 0;
}

/* To stdout, and to the files that were asked for. 0, or CMD_ERROR after a line. */
static int write_reports(const struct campaign *c)
{
	const struct pb_report_ops *format = c->opts->json ? &report_json : &report_terminal;
	struct render_result *r = calloc(1, sizeof(*r));
	size_t i;
	int ret;

	if (!r) {
		cmd_error("out of memory");
		return CMD_ERROR;
	}
	r->result = c->result;
	render_set_dir(r, c->store.dir);
	ret = render_write(format, r, 1, c->opts->verbose, NULL);
	for (i = 0; i < c->opts->nr_files; i++)
		ret |= render_write(c->opts->file[i].format, r, 1, c->opts->verbose,
				    c->opts->file[i].path);
	free(r);
	return ret;
}

int campaign_report(struct campaign *c)
{
	char path[STORE_PATH + 16], err[STORE_ERR];
	int ret = write_reports(c);

	snprintf(path, sizeof(path), "%s/result.json", c->store.dir);
	if (result_save(c->result, path, err, sizeof(err))) {
		cmd_error("%s", err);
		ret = CMD_ERROR;
	}
	if (!c->opts->quiet)
		fprintf(stderr, "seed %llu; results: %s\n", (unsigned long long)c->opts->seed,
			c->store.dir);
	return ret ? CMD_ERROR : (int)c->result->verdict.kind;
}

void campaign_release(struct campaign *c)
{
	size_t i;

	for (i = 0; i < c->nr_jobs; i++)
		machine_job_release(&c->job[i]);
	free(c->job);
	free(c->where);
	free(c->plan);
	result_free(c->result);
	store_close(&c->store);
}
