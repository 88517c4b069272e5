// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cmd/render.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/life.h"
#include "event/run.h"
#include "util/file.h"

void render_set_dir(struct render_result *r, const char *dir)
{
	for (unsigned int k = 0; k < r->result->nr_kernels; k++) {
		snprintf(r->runs[k].dir, sizeof(r->runs[k].dir), "%s", dir);
		r->runs[k].kernel = k;
	}
}

static int load_one(const char *name, struct render_result *r)
{
	char path[STORE_PATH], err[STORE_ERR];
	char *slash;

	memset(r, 0, sizeof(*r));
	if (!store_find_result(name, path, sizeof(path))) {
		cmd_error("%s: no such result (pirbench list results has them)", name);
		return CMD_ERROR;
	}
	if (result_load(path, &r->result, err, sizeof(err))) {
		cmd_error("%s", err);
		return CMD_ERROR;
	}
	slash = strrchr(path, '/');
	if (slash)
		*slash = '\0';
	render_set_dir(r, slash ? path : ".");
	return 0;
}

int render_load(char *const *names, int nr, struct render_result *r)
{
	if (nr > RENDER_MAX) {
		cmd_error("more than %d results", RENDER_MAX);
		return CMD_ERROR;
	}
	for (int i = 0; i < nr; i++)
		if (load_one(names[i], &r[i])) {
			render_release(r, i);
			return CMD_ERROR;
		}
	return 0;
}

void render_release(struct render_result *r, int nr)
{
	for (int i = 0; i < nr; i++)
		result_free(r[i].result);
}

bool render_format(const struct cmd *c, const char *what, const char *name,
		   const struct pb_report_ops **format)
{
	const struct pb_report_ops *const *all = report_all();
	char names[256] = "";
	size_t n = 0;

	*format = report_find(name);
	if (*format)
		return true;
	for (; *all && n < sizeof(names); all++)
		n += (size_t)snprintf(names + n, sizeof(names) - n, "%s%s", n ? ", " : "",
				      (*all)->name);
	cmd_usage(c, "%s %s: there is no format of that name; there are: %s", what, name, names);
	return false;
}

/* ---- one lost interrupt ---------------------------------------------------------- */

/* The branch's number among those of its kernel and scenario, which its files are named by. */
static unsigned int branch_number(const struct pb_result *r, uint32_t index)
{
	unsigned int n = 0;

	for (uint32_t i = 0; i < index; i++)
		n += r->branch[i].kernel == r->branch[index].kernel &&
		     r->branch[i].scenario == r->branch[index].scenario;
	return n;
}

static struct pb_run *read_record(const struct render_result *r, uint32_t index, bool truth)
{
	const struct pb_result_branch *b = &r->result->branch[index];
	const struct render_runs *from = &r->runs[b->kernel];
	char path[STORE_PATH + 128], err[STORE_ERR];
	struct pb_run *run = NULL;
	size_t size;

	store_run_path(from->dir, from->kernel, r->result->scenario[b->scenario].name,
		       branch_number(r->result, index), truth ? "truth" : "run", path,
		       sizeof(path));
	return run_read(path, NULL, &run, &size, err, sizeof(err)) ? NULL : run;
}

/* NULL when nothing was lost, or the runs are not kept: a report does without. */
static struct pb_life *find_life(const struct render_result *r)
{
	uint32_t index = life_branch(r->result);
	struct pb_run *run, *truth = NULL;
	struct pb_life *life = NULL;
	char err[STORE_ERR];

	/* A name from a file must not lead out of the directory. */
	if (index != PB_TL_NONE &&
	    strchr(r->result->scenario[r->result->branch[index].scenario].name, '/'))
		return NULL;
	if (index == PB_TL_NONE || !r->runs[r->result->branch[index].kernel].dir[0])
		return NULL;
	run = read_record(r, index, false);
	if (r->result->branch[index].truth)
		truth = read_record(r, index, true);
	if (run && (truth || !r->result->branch[index].truth) &&
	    life_build(run, truth, &r->result->branch[index], &life, err, sizeof(err)))
		life = NULL;
	free(run);
	free(truth);
	return life;
}

/* ---- writing --------------------------------------------------------------------- */

static int write_stdout(const struct pb_report_ops *format, const struct pb_result *const *list,
			size_t nr, struct pb_report_opts *opts)
{
	int ret;

	opts->colour = report_colour(stdout);
	ret = format->write(list, nr, opts, stdout);
	return !ret && fflush(stdout) ? -EIO : ret;
}

static int write_file(const struct pb_report_ops *format, const struct pb_result *const *list,
		      size_t nr, const struct pb_report_opts *opts, const char *path)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	int ret;

	if (!out)
		return -ENOMEM;
	ret = format->write(list, nr, opts, out);
	if (fclose(out) && !ret)
		ret = -ENOMEM;
	if (!ret)
		ret = file_write(path, text, size);
	free(text);
	return ret;
}

int render_write(const struct pb_report_ops *format, const struct render_result *r, int nr,
		 bool verbose, const char *path)
{
	const struct pb_result *list[RENDER_MAX];
	struct pb_report_opts opts = {.verbose = verbose};
	struct pb_life *life = NULL;
	bool to_file = path && strcmp(path, "-") != 0;
	int ret;

	if (format->max_results && (size_t)nr > format->max_results) {
		cmd_error("format %s takes %zu result%s at a time", format->name,
			  format->max_results, format->max_results == 1 ? "" : "s");
		return CMD_ERROR;
	}
	for (int i = 0; i < nr; i++)
		list[i] = r[i].result;
	if (nr == 1 && format->wants_life)
		life = find_life(r);
	opts.life = life;
	ret = to_file ? write_file(format, list, (size_t)nr, &opts, path)
		      : write_stdout(format, list, (size_t)nr, &opts);
	life_free(life);
	if (ret && to_file)
		cmd_error("%s: %s", path, strerror(-ret));
	else if (ret)
		cmd_error("the report could not be written: %s", strerror(-ret));
	return ret ? CMD_ERROR : 0;
}
