// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/lab/runner/emulator.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "host/lab/model/branch_wire.h"
#include "host/lab/model/defect.h"
#include "host/lab/runner/memfile.h"
#include "host/lab/runner/task.h"
#include "util/project.h"
#include "util/subprocess.h"

#define CONFIG_MAX 4096
/* No file of the emulator's may be larger: result, truth and logs all fit. */
#define FILE_LIMIT (1ull << 30)

/* A file of the entry. */
static int entry_file(const char *dir, const char *name, int mode, char *buf, size_t size,
		      char *err)
{
	int n = snprintf(buf, size, "%s/%s", dir, name);

	if ((size_t)n < size && !access(buf, mode))
		return 0;
	snprintf(err, EMULATOR_ERR, "emulator: %.400s: %s", buf, strerror(errno));
	return -ENOENT;
}

/* The models' library lies beside the running program, unless the environment says otherwise. */
static int models_path(char *path, size_t size)
{
	const char *env = getenv("PIRBENCH_MODELS");
	char exe[512];
	char *slash;
	ssize_t n;

	if (env && *env)
		return (size_t)snprintf(path, size, "%s", env) < size ? 0 : -ENAMETOOLONG;
	n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	if (n < 0)
		return -errno;
	exe[n] = 0;
	slash = strrchr(exe, '/');
	if (!slash)
		return -ENOENT;
	*slash = 0;
	return (size_t)snprintf(path, size, "%s/liblabmodel.a", exe) < size ? 0 : -ENAMETOOLONG;
}

/* build.sh prints the entry's directory as its last line. */
static void last_line(const char *text, char *line, size_t size)
{
	size_t n = strlen(text);
	const char *p;

	while (n && text[n - 1] == '\n')
		n--;
	for (p = text + n; p > text && p[-1] != '\n'; p--)
		;
	snprintf(line, size, "%.*s", (int)(text + n - p), p);
}

int emulator_get(struct emulator *e, const volatile sig_atomic_t *stop,
		 void (*line)(void *arg, const char *line), void *arg, char *err)
{
	struct subprocess_result res = {0};
	char root[512], script[640], models[640];
	int ret;

	memset(e, 0, sizeof(*e));
	ret = project_root(root, sizeof(root));
	if (!ret)
		ret = models_path(models, sizeof(models));
	if (ret) {
		snprintf(err, EMULATOR_ERR, "emulator: the project's files are not found: %s",
			 strerror(-ret));
		return ret;
	}
	snprintf(script, sizeof(script), "%s/host/lab/emulator/build.sh", root);
	const char *const argv[] = {script, models, NULL};
	struct subprocess p = {
		.argv = argv,
		.dir = root,
		.capture_max = 1u << 20,
		.timeout_s = 3600,
		.stop = stop,
		.line = line,
		.arg = arg,
		.lines_of_stderr = true, /* what it prints is the result */
	};
	ret = subprocess_run(&p, &res, err, EMULATOR_ERR);
	if (!ret) {
		last_line(res.out, e->dir, sizeof(e->dir));
		ret = entry_file(e->dir, "bochs", X_OK, e->program, sizeof(e->program), err);
	}
	if (!ret)
		ret = entry_file(e->dir, "BIOS-bochs-latest", R_OK, e->bios, sizeof(e->bios), err);
	if (!ret)
		ret = entry_file(e->dir, "vgabios.bin", R_OK, e->vgabios, sizeof(e->vgabios), err);
	subprocess_release(&res);
	return ret;
}

/* The configuration, as a file in memory that the child inherits. */
static int config_make(const struct emulator *e, const struct emulator_start *s, char *err)
{
	char text[CONFIG_MAX], com[640];
	int n;

	if (s->console)
		snprintf(com, sizeof(com), "mode=term, dev=%s", s->console);
	else
		snprintf(com, sizeof(com), "mode=file, dev=/proc/self/fd/%d", s->serial);
	n = snprintf(text, sizeof(text),
		     "config_interface: textconfig\n"
		     "display_library: nogui\n"
		     "plugin_ctrl: speaker=0\n"
		     "memory: host=512, guest=512\n"
		     "romimage: file=%s, options=fastboot\n"
		     "vgaromimage: file=%s\n"
		     "cpu: model=corei7_skylake_x, count=%u, ips=%u, quantum=16, "
		     "reset_on_triple_fault=0\n"
		     "clock: sync=none, time0=946681200\n"
		     "ata0: enabled=1, ioaddr1=0x1f0, ioaddr2=0x3f0, irq=14\n"
		     "ata0-master: type=cdrom, path=%s, status=inserted\n"
		     "boot: cdrom\n"
		     "com1: enabled=1, %s\n"
		     "vga: extension=vbe, update_freq=1, realtime=0\n"
		     "pci: enabled=1, chipset=i440fx\n"
		     "log: -\n"
		     "panic: action=fatal\n"
		     "error: action=report, cpu0=ignore, cpu1=ignore\n"
		     "info: action=ignore\n"
		     "debug: action=ignore\n"
		     "logprefix: %%t%%e%%d\n",
		     e->bios, e->vgabios, EMULATOR_CPUS, EMULATOR_TICKS_PER_US * 1000000, s->image,
		     com);
	if (n < 0 || (size_t)n >= sizeof(text)) {
		snprintf(err, EMULATOR_ERR, "emulator: a path is too long");
		return -ENAMETOOLONG;
	}
	n = memfile_with("pirlab-config", text, (size_t)n);
	if (n < 0)
		snprintf(err, EMULATOR_ERR, "emulator: configuration: %s", strerror(-n));
	return n;
}

static void limits_set(void)
{
	const struct rlimit none = {0, 0}, file = {FILE_LIMIT, FILE_LIMIT};

	setrlimit(RLIMIT_CORE, &none);
	setrlimit(RLIMIT_FSIZE, &file);
}

/* Between fork and exec: only what is safe there. */
static void child(const struct emulator *e, const struct emulator_start *s, int config,
		  pid_t parent) __attribute__((noreturn));
static void child(const struct emulator *e, const struct emulator_start *s, int config,
		  pid_t parent)
{
	const int keep[] = {s->sock,
			    s->serial,
			    s->report,
			    config,
			    s->media ? s->media : -1,
			    s->disk ? s->disk : -1};
	char arg[64], sock_env[64], defect_env[96];
	char *const argv[] = {(char *)e->program, "-q", "-f", arg, NULL};
	char *const env[] = {sock_env, defect_env, "PIRLAB_SEED=1", "LC_ALL=C", "HOME=/", NULL};
	const char *defect = getenv(DEFECT_ENV);
	sigset_t no_signal;
	size_t i;
	int fd;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent)
		_exit(127);
	setsid();
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	signal(SIGPIPE, SIG_DFL);
	sigemptyset(&no_signal);
	sigprocmask(SIG_SETMASK, &no_signal, NULL);
	fd = open("/dev/null", O_RDWR);
	if (fd < 0 || dup2(fd, 0) < 0 || dup2(s->log, 1) < 0 || dup2(s->log, 2) < 0 || chdir("/"))
		_exit(127);
	if (close_range(3, ~0u, CLOSE_RANGE_CLOEXEC))
		_exit(127);
	for (i = 0; i < sizeof(keep) / sizeof(keep[0]); i++)
		if (keep[i] >= 0 && fcntl(keep[i], F_SETFD, 0))
			_exit(127);
	limits_set();
	snprintf(arg, sizeof(arg), "/proc/self/fd/%d", config);
	snprintf(sock_env, sizeof(sock_env), BRANCH_ENV "=%d", s->sock);
	snprintf(defect_env, sizeof(defect_env), DEFECT_ENV "=%s", defect ? defect : "");
	execve(e->program, argv, env);
	_exit(127);
}

pid_t emulator_start(const struct emulator *e, const struct emulator_start *s, char *err)
{
	pid_t parent = getpid(), pid;
	int config;

	config = config_make(e, s, err);
	if (config < 0)
		return config;
	pid = fork();
	if (!pid)
		child(e, s, config, parent);
	if (pid < 0) {
		pid = -errno;
		snprintf(err, EMULATOR_ERR, "emulator: fork: %s", strerror(-pid));
	}
	close(config);
	return pid;
}
