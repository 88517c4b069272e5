// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * One boot of the lab, watched from outside: CPU time of the emulator's
 * process, its place in the CD image, and what the serial line says.
 */
#include "tests/bench/lab.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "host/kernel/kernel.h"
#include "host/lab/image/image.h"
#include "host/lab/runner/instance.h"
#include "tests/bench/bench.h"
#include "util/file.h"

#define TIMEOUT_S 300
#define LOOK_MS   1

char *lab_next(char **list)
{
	char *name;

	do {
		name = strsep(list, ",");
	} while (name && !*name);
	return name;
}

int lab_get(struct lab *lab, const char *kernel, const char *append, char *why)
{
	struct pb_kernel k;
	char err[KERNEL_ERR_SIZE] = "";
	const struct kernel_opts opts = {0};
	int ret;

	memset(lab, 0, sizeof(*lab));
	snprintf(lab->kernel, sizeof(lab->kernel), "%s", kernel);
	ret = emulator_get(&lab->emulator, NULL, NULL, NULL, err);
	if (!ret)
		ret = kernel_get(kernel, &opts, &k, err, sizeof(err));
	if (!ret)
		ret = image_get(k.image, IMAGE_RUN, append, NULL, lab->image, sizeof(lab->image),
				err);
	if (ret)
		snprintf(why, LAB_WHY, "%.500s", err);
	return ret;
}

double lab_cpu(pid_t pid)
{
	struct timespec ts;
	clockid_t id;

	if (clock_getcpuclockid(pid, &id) || clock_gettime(id, &ts))
		return 0;
	return (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9;
}

int lab_says(const char *path, const char *text)
{
	size_t size;
	void *data;
	int yes;

	if (file_read(path, 64u << 20, &data, &size))
		return 0;
	yes = memmem(data, size, text, strlen(text)) != NULL;
	free(data);
	return yes;
}

/* ---- the boot's eyes ------------------------------------------------------------ */

struct watch {
	struct lab_boot *boot;
	pid_t pid;
	int serial;
	char position[64]; /* fdinfo of the CD image; empty: not open yet */
	long long read_to;
	char text[1 << 16]; /* the serial line so far */
	ssize_t said;
};

/* Which of the emulator's descriptors is the image? */
static void find_image(struct watch *w, const char *image)
{
	char dir[64], path[600], target[512];
	struct dirent *e;
	DIR *d;

	snprintf(dir, sizeof(dir), "/proc/%d/fd", (int)w->pid);
	d = opendir(dir);
	while (d && (e = readdir(d))) {
		ssize_t n;

		snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		n = readlink(path, target, sizeof(target) - 1);
		target[n > 0 ? n : 0] = '\0';
		if (!strcmp(target, image))
			snprintf(w->position, sizeof(w->position), "/proc/%d/fdinfo/%.16s",
				 (int)w->pid, e->d_name);
	}
	if (d)
		closedir(d);
}

static long long position(const struct watch *w)
{
	char line[128];
	long long pos = 0;
	FILE *f = fopen(w->position, "r");

	if (f && fgets(line, sizeof(line), f) && !strncmp(line, "pos:", 4))
		pos = strtoll(line + 4, NULL, 10);
	if (f)
		fclose(f);
	return pos;
}

static void look(struct watch *w, const char *image)
{
	double cpu = lab_cpu(w->pid);
	ssize_t n;

	if (!w->position[0])
		find_image(w, image);
	if (w->position[0] && position(w) != w->read_to) {
		w->read_to = position(w);
		/* The emulator itself looks at the first sectors before power-on. */
		if (!w->boot->bios && cpu > 0.005)
			w->boot->bios = cpu;
		w->boot->loader = cpu;
	}
	n = pread(w->serial, w->text + w->said, sizeof(w->text) - 1 - (size_t)w->said, w->said);
	if (n <= 0)
		return;
	w->said += n;
	w->text[w->said] = '\0';
	if (!w->boot->unpacked && strstr(w->text, "Linux version"))
		w->boot->unpacked = cpu;
	if (!w->boot->init && strstr(w->text, "Run /init"))
		w->boot->init = cpu;
}

static void no_branch(void *arg, struct instance *inst, struct pb_job *job, const struct task *task)
{
	(void)arg;
	(void)inst;
	(void)job;
	(void)task;
}

static int boot(struct instance *inst, const struct lab *lab, struct lab_boot *b, char *why)
{
	static struct watch w;
	double start = bench_now();
	int ret = instance_boot(inst, &lab->emulator, lab->image, TIMEOUT_S);

	w = (struct watch){.boot = b, .pid = inst->pid, .serial = inst->boot.serial};
	while (!ret && inst->state == INSTANCE_BOOTING) {
		int fd[2];
		struct pollfd p[2];
		unsigned int n = instance_fds(inst, fd);

		for (unsigned int i = 0; i < n; i++)
			p[i] = (struct pollfd){.fd = fd[i], .events = POLLIN};
		look(&w, lab->image);
		if (poll(p, n, LOOK_MS) > 0)
			instance_serve(inst);
		instance_watch(inst);
	}
	b->ready = lab_cpu(inst->pid);
	b->wall = bench_now() - start;
	if (inst->state == INSTANCE_READY)
		return 0;
	snprintf(why, LAB_WHY, "%s: %s", lab->kernel, inst->error);
	return -EIO;
}

int lab_boot(const struct lab *lab, struct lab_boot *b, char *why)
{
	struct pb_kernel kernel = {0};
	struct instance *inst = calloc(1, sizeof(*inst));
	int ret;

	memset(b, 0, sizeof(*b));
	if (!inst) {
		snprintf(why, LAB_WHY, "out of memory");
		return -ENOMEM;
	}
	snprintf(kernel.name, sizeof(kernel.name), "%s", lab->kernel);
	inst->kernel = &kernel;
	inst->done = no_branch;
	ret = boot(inst, lab, b, why);
	instance_release(inst);
	free(inst);
	return ret;
}
