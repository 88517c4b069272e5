// SPDX-License-Identifier: LGPL-2.1-or-later
#include <dirent.h>
#include <jansson.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/store.h"
#include "host/kernel/kernel.h"
#include "machine/host_probe.h"
#include "machine/machine.h"
#include "util/project.h"
#include "util/subprocess.h"

struct doctor {
	json_t *out; /* NULL: text */
	int bad; /* things without which nothing works */
};

enum { OPT_JSON = CMD_LONG };

static const struct cmd_option options[] = {
	{OPT_JSON, "json", NULL, "as JSON"},
	{0},
};

static bool set(const struct cmd *c, void *opts, int key, const char *arg)
{
	bool *json = opts;

	(void)c;
	(void)arg;
	*json |= key == OPT_JSON;
	return true;
}

enum state { GOOD, NOTE, CANNOT, BAD };

static void say(struct doctor *d, enum state state, const char *what, const char *text)
{
	static const char *const name[] = {"ok", "note", "no", "MISSING"};

	d->bad += state == BAD;
	if (d->out)
		json_array_append_new(d->out, json_pack("{s:s, s:s, s:s}", "what", what, "state",
							name[state], "text", text));
	else
		printf("%-8s %-18s %s\n", name[state], what, text);
}

/* What runs without the lab needs: no reason for a bad end, the lab does without. */
static void check_real_path(struct doctor *d)
{
	struct host_fact facts[HOST_FACTS];
	size_t n = host_probe("", facts);

	for (size_t i = 0; i < n; i++)
		say(d, facts[i].ok ? GOOD : CANNOT, facts[i].what, facts[i].text);
}

static void check_machines(struct doctor *d)
{
	const struct pb_machine_ops *const *m;
	char what[48], reason[512];

	for (m = machine_all(); *m; m++) {
		snprintf(what, sizeof(what), "machine %s", (*m)->name);
		if ((*m)->probe(reason, sizeof(reason)))
			say(d, BAD, what, reason);
		else
			say(d, GOOD, what, (*m)->summary);
	}
}

/* Programs that are needed to build the emulator and kernels, and for the boot image. */
static void check_programs(struct doctor *d)
{
	static const struct {
		const char *program, *package, *why;
	} need[] = {
		{"g++", "g++", "emulator"},
		{"make", "make", "emulator, kernels"},
		{"patch", "patch", "emulator"},
		{"apt-get", "apt", "source packages"},
		{"spatch", "coccinelle", "kernel variants"},
		{"flex", "flex", "kernels"},
		{"bison", "bison", "kernels"},
		{"bc", "bc", "kernels"},
		{"git", "git", "kernels of git trees"},
		{"xorriso", "xorriso", "boot image"},
		{"gcc", "gcc", "kernels"},
		{"ld", "binutils", "kernels"},
		{"busybox", "busybox-static", "lab shell"},
	};
	char text[128];
	size_t i, there = 0;

	for (i = 0; i < sizeof(need) / sizeof(need[0]); i++) {
		if (subprocess_exists(need[i].program)) {
			there++;
			continue;
		}
		snprintf(text, sizeof(text), "install package %s (make deps); for: %s",
			 need[i].package, need[i].why);
		say(d, BAD, need[i].program, text);
	}
	snprintf(text, sizeof(text), "%zu of %zu", there, i);
	say(d, there == i ? GOOD : NOTE, "programs", text);
}

/* Has apt lists of packages? Only what neither is installed nor cached needs them. */
static void check_apt(struct doctor *d)
{
	static const char *const argv[] = {"apt-cache", "show", "--no-all-versions",
					   "linux-source-6.1", NULL};
	struct subprocess p = {.argv = argv, .timeout_s = 30};
	struct subprocess_result r;
	char err[256];
	int ret;

	if (!subprocess_exists("apt-cache")) {
		say(d, NOTE, "apt",
		    "there is none: kernels of git trees, tarballs and images only");
		return;
	}
	ret = subprocess_run(&p, &r, err, sizeof(err));
	subprocess_release(&r);
	say(d, ret ? NOTE : GOOD, "apt",
	    ret ? "does not know linux-source-6.1: apt-get update; needed until sources are cached"
		: "knows linux-source-6.1; suites of others are asked when a kernel needs them");
}

static void check_emulator(struct doctor *d)
{
	char dir[1024], path[1300], text[96];
	struct dirent *e;
	unsigned int n = 0;
	DIR *all;

	if (project_cache("emulator", dir, sizeof(dir)))
		return; /* said of the cache */
	all = opendir(dir);
	while (all && (e = readdir(all))) {
		if (e->d_name[0] == '.' || !strncmp(e->d_name, "tree-", 5))
			continue;
		snprintf(path, sizeof(path), "%s/%s/bochs", dir, e->d_name);
		n += !access(path, X_OK);
	}
	if (all)
		closedir(all);
	snprintf(text, sizeof(text), "%u build%s in the cache%s", n, n == 1 ? "" : "s",
		 n ? "" : "; the first gate makes one, which takes minutes");
	say(d, n ? GOOD : NOTE, "emulator", text);
}

static void check_cache(struct doctor *d)
{
	char dir[1024], text[1200];
	struct statvfs v;
	double gib;

	if (project_cache("images", dir, sizeof(dir)) || statvfs(dir, &v) || access(dir, W_OK)) {
		say(d, BAD, "cache", "cannot be written: set PIRBENCH_CACHE");
		return;
	}
	*strrchr(dir, '/') = 0;
	gib = (double)v.f_bavail * (double)v.f_frsize / (1u << 30);
	snprintf(text, sizeof(text), "%s, %.1f GiB free%s", dir, gib,
		 gib < 8 ? "; a kernel source with its builds needs up to 8" : "");
	say(d, gib < 8 ? NOTE : GOOD, "cache", text);
}

static void check_kernels(struct doctor *d)
{
	struct kernel_info *k;
	char err[KERNEL_ERR_SIZE], text[64];
	size_t i, nr, cached = 0;

	if (kernel_list(NULL, &k, &nr, err, sizeof(err))) {
		say(d, BAD, "kernels", err);
		return;
	}
	for (i = 0; i < nr; i++) {
		if (k[i].error[0])
			say(d, BAD, k[i].name, k[i].error);
		cached += k[i].cached;
	}
	free(k);
	snprintf(text, sizeof(text), "%zu, of which %zu are built", nr, cached);
	say(d, GOOD, "kernels", text);
}

static void check_host(struct doctor *d)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	double gib = (double)sysconf(_SC_AVPHYS_PAGES) * (double)sysconf(_SC_PAGESIZE) / (1u << 30);
	char text[96];

	snprintf(text, sizeof(text), "%ld online%s", cpus,
		 cpus < 2 ? "; with two, two kernels run side by side" : "");
	say(d, cpus < 2 ? NOTE : GOOD, "CPUs", text);
	snprintf(text, sizeof(text), "%.1f GiB free%s", gib,
		 gib < 2 ? "; a lab takes up to 0.6 GiB, each branch 0.2" : "");
	say(d, gib < 2 ? NOTE : GOOD, "memory", text);
}

static int run(const struct cmd *c, int argc, char **argv)
{
	struct doctor d = {0};
	bool json = false;
	char base[STORE_PATH];
	int status, i = cmd_parse(c, argc, argv, set, &json, &status);

	if (i < 0)
		return status;
	if (i < argc)
		return cmd_usage(c, "%s: it takes no name", argv[i]);
	d.out = json ? json_array() : NULL;
	say(&d, GOOD, "pirbench", cmd_version);
	check_host(&d);
	check_machines(&d);
	check_programs(&d);
	check_apt(&d);
	check_cache(&d);
	check_emulator(&d);
	check_kernels(&d);
	if (store_base(base, sizeof(base)))
		say(&d, GOOD, "results", base);
	else
		say(&d, BAD, "results", "HOME is not set: use --output");
	check_real_path(&d);
	if (d.out) {
		json_dumpf(d.out, stdout, JSON_INDENT(2));
		putchar('\n');
		json_decref(d.out);
	}
	return d.bad ? CMD_ERROR : CMD_OK;
}

const struct cmd cmd_doctor = {
	.name = "doctor",
	.usage = "[--json]",
	.summary = "does this machine have what pirbench needs? changes nothing",
	.text = "A line is ok, a note, no (this machine itself lacks what measuring without the\n"
		"lab needs; why, and what to do) or MISSING (what the lab needs).\n"
		"Exit status: 0 nothing is MISSING, 2 something is.",
	.examples = "pirbench doctor",
	.options = options,
	.run = run,
};
