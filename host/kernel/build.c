// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/kernel/build.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <time.h>
#include <unistd.h>

#include "host/kernel/fs.h"
#include "util/file.h"

#define LOG_MAX        (64 << 20)
#define ERROR_LINES    3
#define FRAGMENT_MAX   (1 << 20)
#define PROGRESS_EVERY 0.1
/* For the bar of the very first build only: about as many steps as the lab's configuration has. */
#define STEPS_GUESS    1500

/*
 * Nothing of where, when and by whom it is built gets into the kernel, so that
 * equal sources give equal build ids. See Documentation/kbuild/reproducible-builds.rst.
 */
static const char *const build_env[] = {
	"KBUILD_BUILD_TIMESTAMP=Thu Jan  1 00:00:00 UTC 1970",
	"KBUILD_BUILD_USER=pirbench",
	"KBUILD_BUILD_HOST=pirbench",
	"KBUILD_BUILD_VERSION=1",
};
#define BUILD_ENV (sizeof(build_env) / sizeof(build_env[0]))

/* What the kernel itself calls tiny, under our options. */
static const char *const tiny_configs[] = {
	"kernel/configs/tiny-base.config",
	"kernel/configs/tiny.config",
	"arch/x86/configs/tiny.config",
};

struct progress {
	struct kctx *ctx;
	unsigned int steps, total; /* total 0: unknown */
	double last;
};

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9;
}

/* make says "  CC      kernel/fork.o" for each step. */
static void count_step(void *arg, const char *line)
{
	struct progress *p = arg;
	const char *file;
	double fraction = -1;

	if (line[0] != ' ' || line[1] != ' ' || line[2] < 'A' || line[2] > 'Z')
		return;
	p->steps++;
	if (now() - p->last < PROGRESS_EVERY)
		return;
	p->last = now();
	if (p->total)
		fraction = p->steps < p->total ? (double)p->steps / p->total : 0.99;
	file = line + 2 + strcspn(line + 2, " ");
	file += strspn(file, " ");
	kctx_phase(p->ctx, fraction, "compiling %s", file);
}

/*
 * Run make; argv's first words are ours, then the target's. Compilers that are
 * killed leave temporary files: they go into `temp`.
 */
static int make_in(struct kctx *ctx, struct build *b, const char *const *words,
		   struct progress *progress, const char *temp)
{
	char out[KPATH + 2], jobs[16], tmpdir[KPATH + 8];
	const char *env[BUILD_ENV + 2] = {tmpdir};
	const char *argv[16] = {"make", "-C", b->src, out, "ARCH=x86_64", "LOCALVERSION=", jobs};
	struct subprocess p = {.argv = argv,
			       .env = env,
			       .log = b->log,
			       .inherit_fd = b->lock_fd,
			       .line = progress ? count_step : NULL,
			       .arg = progress};
	struct subprocess_result r;
	size_t n = 7;
	int ret;

	memcpy(env + 1, build_env, sizeof(build_env));
	snprintf(tmpdir, sizeof(tmpdir), "TMPDIR=%s", temp);
	snprintf(out, sizeof(out), "O=%s", b->out);
	snprintf(jobs, sizeof(jobs), "-j%u",
		 ctx->opts.jobs ? ctx->opts.jobs : (unsigned int)get_nprocs());
	while (*words && n < 15)
		argv[n++] = *words++;
	argv[n] = NULL;
	ret = kctx_run(ctx, &p, &r);
	/* On SIGTERM make stops its children, and removes what they were at. */
	b->unfinished = r.sig == SIGKILL;
	subprocess_release(&r);
	return ret;
}

static int make(struct kctx *ctx, struct build *b, const char *const *words,
		struct progress *progress)
{
	char dir[KPATH], temp[KPATH];
	int ret = kctx_path(ctx, dir, "%s/tmp", ctx->cache);

	if (ret)
		return ret;
	/* After a kill -9 the next call of kernel_get() sweeps it away. */
	ret = fs_tempdir(dir, temp);
	if (ret)
		return kctx_fail_path(ctx, ret, "cannot make a directory in", dir);
	ret = make_in(ctx, b, words, progress, temp);
	fs_remove(temp);
	return ret;
}

/* All that the configurator is told: tiny, then our fragments. */
static int write_wanted(struct kctx *ctx, const struct build *b, const char *path)
{
	char name[KPATH], *ours = NULL, *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	int ret = out ? fragment_text(b->config, &ours) : -ENOMEM;

	for (size_t i = 0; i < sizeof(tiny_configs) / sizeof(tiny_configs[0]) && !ret; i++) {
		void *tiny;
		size_t n;

		ret = kctx_path(ctx, name, "%s/%s", b->src, tiny_configs[i]);
		if (!ret && !file_read(name, FRAGMENT_MAX, &tiny, &n)) {
			fwrite(tiny, 1, n, out);
			fputc('\n', out);
			free(tiny);
		}
	}
	if (!ret)
		fputs(ours, out);
	if (out && fclose(out) && !ret)
		ret = -ENOMEM;
	if (!ret)
		ret = file_write(path, text, size);
	free(ours);
	free(text);
	return ret ? kctx_fail_path(ctx, ret, "cannot write", path) : 0;
}

static bool same_file(const char *a, const char *b)
{
	void *da = NULL, *db = NULL;
	size_t na, nb;
	bool same = !file_read(a, FRAGMENT_MAX, &da, &na) &&
		    !file_read(b, FRAGMENT_MAX, &db, &nb) && na == nb && !memcmp(da, db, na);

	free(da);
	free(db);
	return same;
}

/*
 * Make .config anew from nothing, each time: it depends on source and
 * fragments and not on what was built before. It is put in place only if it
 * differs, since make compiles everything again that depends on it.
 */
static int configure(struct kctx *ctx, struct build *b)
{
	char wanted[KPATH], fresh[KPATH], config[KPATH];
	char all[KPATH + 32], to[KPATH + 32];
	const char *words[] = {all, to, "allnoconfig", NULL};
	int ret;

	if (kctx_path(ctx, wanted, "%s/pirbench.wanted", b->out) ||
	    kctx_path(ctx, fresh, "%s/pirbench.config", b->out) ||
	    kctx_path(ctx, config, "%s/.config", b->out))
		return -ENAMETOOLONG;
	kctx_phase(ctx, -1, "configuring %s", b->name);
	ret = write_wanted(ctx, b, wanted);
	if (ret)
		return ret;
	snprintf(all, sizeof(all), "KCONFIG_ALLCONFIG=%s", wanted);
	snprintf(to, sizeof(to), "KCONFIG_CONFIG=%s", fresh);
	unlink(fresh);
	ret = make(ctx, b, words, NULL);
	if (ret)
		return ret == -ECHILD ? kctx_prefix(ctx, -EINVAL, "cannot configure %s: ", b->name)
				      : ret;
	ret = fragment_check(ctx, b->config, fresh, b->name);
	if (!ret && !same_file(fresh, config)) {
		ret = fs_copy(fresh, config);
		if (ret)
			kctx_fail_path(ctx, ret, "cannot write", config);
	}
	return ret;
}

static bool is_error(const char *line)
{
	return strstr(line, ": error: ") || strstr(line, ": fatal error: ") ||
	       strstr(line, "undefined reference to") || strstr(line, "No rule to make target") ||
	       strstr(line, "ERROR: modpost") || strstr(line, "error: objtool");
}

/* A line of the compiler's, without the path of our tree. */
static void print_error(FILE *out, const struct build *b, const char *line)
{
	size_t len = strcspn(line, "\n"), src = strlen(b->src);

	if (len > src && !strncmp(line, b->src, src) && line[src] == '/') {
		line += src + 1;
		len -= src + 1;
	}
	fprintf(out, "%.*s", len < 400 ? (int)len : 400, line);
}

/* The compiler's first errors out of the log, in place of make's last line. */
static int explain(struct kctx *ctx, const struct build *b)
{
	char text[KERNEL_ERR_SIZE] = "", line[1024];
	FILE *log = fopen(b->log, "re"), *out = fmemopen(text, sizeof(text), "w");
	int found = 0;

	while (log && out && found < ERROR_LINES && fgets(line, sizeof(line), log)) {
		if (!is_error(line))
			continue;
		if (found)
			fputc('\n', out);
		print_error(out, b, line);
		if (!found)
			fprintf(out, " (log: %s)", b->log);
		found++;
	}
	if (log)
		fclose(log);
	if (out)
		fclose(out);
	if (!found)
		return kctx_prefix(ctx, -EINVAL, "%s does not build: ", b->name);
	return kctx_fail(ctx, -EINVAL, "%s does not compile: %s", b->name, text);
}

/* nftw() passes nothing on. */
static _Thread_local struct timespec newer_than;

static int remove_newer(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)ftw;
	if (type != FTW_F || st->st_mtim.tv_sec < newer_than.tv_sec ||
	    (st->st_mtim.tv_sec == newer_than.tv_sec && st->st_mtim.tv_nsec < newer_than.tv_nsec))
		return 0;
	return unlink(path) ? -errno : 0;
}

/* What the last build wrote, if it never came to its end. */
static int remove_unfinished(struct kctx *ctx, const struct build *b, const char *flag)
{
	struct stat st;
	int ret;

	if (stat(flag, &st))
		return 0;
	newer_than = st.st_mtim;
	ret = nftw(b->out, remove_newer, 32, FTW_PHYS);
	if (ret)
		return kctx_fail_path(ctx, ret == -1 ? -errno : ret, "cannot clean", b->out);
	return 0;
}

static int read_release(struct kctx *ctx, struct build *b)
{
	char path[KPATH];
	size_t size;
	void *text;
	int ret = kctx_path(ctx, path, "%s/include/config/kernel.release", b->out);

	if (ret)
		return ret;
	ret = file_read(path, sizeof(b->release) - 1, &text, &size);
	if (ret)
		return kctx_fail_path(ctx, ret, "cannot read", path);
	snprintf(b->release, sizeof(b->release), "%.*s", (int)strcspn(text, "\n"), (char *)text);
	free(text);
	return 0;
}

/* How many steps the last build of everything had, of whatever kernel. */
static unsigned int last_steps(struct kctx *ctx)
{
	unsigned long steps = 0;
	char path[KPATH];
	size_t size;
	void *text;

	if (!kctx_path(ctx, path, "%s/steps", ctx->cache) && !file_read(path, 32, &text, &size)) {
		steps = strtoul(text, NULL, 10);
		free(text);
	}
	return steps > 0 && steps < 1000000 ? (unsigned int)steps : STEPS_GUESS;
}

static void remember_steps(struct kctx *ctx, unsigned int steps)
{
	char path[KPATH], text[32];

	snprintf(text, sizeof(text), "%u\n", steps);
	if (!kctx_path(ctx, path, "%s/steps", ctx->cache))
		file_write(path, text, strlen(text));
}

static int compile(struct kctx *ctx, struct build *b)
{
	static const char *const words[] = {"bzImage", NULL};
	char vmlinux[KPATH];
	struct progress p = {.ctx = ctx};
	int ret = kctx_path(ctx, vmlinux, "%s/vmlinux", b->out);

	if (ret)
		return ret;
	/* How many steps there are is known, more or less, of a build of everything only. */
	p.total = fs_exists(vmlinux) ? 0 : last_steps(ctx);
	kctx_phase(ctx, p.total ? 0 : -1, "compiling %s", b->name);
	ret = make(ctx, b, words, &p);
	if (ret == -ECHILD)
		return explain(ctx, b);
	if (!ret && p.total)
		remember_steps(ctx, p.steps);
	return ret ? ret : read_release(ctx, b);
}

int build_run(struct kctx *ctx, struct build *b)
{
	char flag[KPATH];
	int ret = kctx_path(ctx, flag, "%s/pirbench.building", b->out);

	if (ret)
		return ret;
	ret = fs_mkdirs(b->out);
	if (ret)
		return kctx_fail_path(ctx, ret, "cannot make", b->out);
	ret = remove_unfinished(ctx, b, flag);
	if (!ret) {
		ret = fs_touch(flag);
		if (ret)
			kctx_fail_path(ctx, ret, "cannot write", flag);
	}
	if (!ret)
		ret = configure(ctx, b);
	if (!ret)
		ret = compile(ctx, b);
	if (!b->unfinished)
		unlink(flag);
	return ret;
}
