// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The same boot, with the same configuration, in our emulator and in the one
 * that Debian packages: CPU time to the kernel's first line, that is through
 * BIOS, boot loader and decompression. Not further, since from there on the
 * packaged one waits for its serial line. It has a debugger, which has to be told to go on, and
 * no display without a window but that of a terminal, so it gets one.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "tests/bench/bench.h"
#include "tests/bench/lab.h"
#include "util/file.h"

#define TIMEOUT_S  300
#define MARKER     "Linux version"
#define APPEND     "earlyprintk=ttyS0,115200 ignore_loglevel" /* or it comes late */
#define GOAL_RATIO 2

/* A directory for one boot's files. */
struct place {
	char dir[64], config[96], serial[96], go[96];
};

struct start {
	const char *program;
	const char *library; /* LD_LIBRARY_PATH and the like start here; NULL: none */
	const char *display;
};

static int place_make(struct place *p, const struct lab *lab, const char *display)
{
	char text[4096];
	int n;

	snprintf(p->dir, sizeof(p->dir), "/tmp/pirbench-bench-XXXXXX");
	if (!mkdtemp(p->dir))
		return -errno;
	snprintf(p->config, sizeof(p->config), "%s/config", p->dir);
	snprintf(p->serial, sizeof(p->serial), "%s/serial", p->dir);
	snprintf(p->go, sizeof(p->go), "%s/go", p->dir);
	n = snprintf(text, sizeof(text),
		     "config_interface: textconfig\ndisplay_library: %s\n"
		     "plugin_ctrl: speaker=0\nmemory: host=512, guest=512\n"
		     "romimage: file=%s, options=fastboot\nvgaromimage: file=%s\n"
		     "cpu: model=corei7_skylake_x, count=%u, ips=%u, quantum=16, "
		     "reset_on_triple_fault=0\n"
		     "clock: sync=none, time0=946681200\n"
		     "vga: extension=vbe, update_freq=1, realtime=0\n"
		     "pci: enabled=1, chipset=i440fx\n"
		     "ata0: enabled=1, ioaddr1=0x1f0, ioaddr2=0x3f0, irq=14\n"
		     "ata0-master: type=cdrom, path=%s, status=inserted\nboot: cdrom\n"
		     "com1: enabled=1, mode=file, dev=%s\nlog: /dev/null\n"
		     "panic: action=fatal\nerror: action=ignore\ninfo: action=ignore\n"
		     "debug: action=ignore\n",
		     display, lab->emulator.bios, lab->emulator.vgabios, EMULATOR_CPUS,
		     EMULATOR_TICKS_PER_US * 1000000, lab->image, p->serial);
	if (n < 0 || (size_t)n >= sizeof(text))
		return -ENAMETOOLONG;
	n = file_write(p->config, text, (size_t)n);
	return n ? n : file_write(p->go, "c\n", 2);
}

static void place_remove(const struct place *p)
{
	unlink(p->config);
	unlink(p->serial);
	unlink(p->go);
	rmdir(p->dir);
}

static void library_env(const char *dir)
{
	char path[1024];

	snprintf(path, sizeof(path), "%s/usr/lib/x86_64-linux-gnu", dir);
	setenv("LD_LIBRARY_PATH", path, 1);
	snprintf(path, sizeof(path), "%s/usr/lib/x86_64-linux-gnu/bochs/plugins", dir);
	setenv("LTDL_LIBRARY_PATH", path, 1);
	snprintf(path, sizeof(path), "%s/usr/share/bochs", dir);
	setenv("BXSHARE", path, 1);
}

static void child(const struct start *s, const struct place *p, const char *terminal, pid_t parent)
	__attribute__((noreturn));
static void child(const struct start *s, const struct place *p, const char *terminal, pid_t parent)
{
	int fd;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent)
		_exit(127);
	setsid();
	fd = open(terminal, O_RDWR);
	if (fd < 0 || dup2(fd, 0) < 0 || dup2(fd, 1) < 0 || dup2(fd, 2) < 0)
		_exit(127);
	setenv("TERM", "xterm", 1);
	if (s->library) {
		library_env(s->library);
		execl(s->program, s->program, "-q", "-f", p->config, "-rc", p->go, NULL);
	} else {
		execl(s->program, s->program, "-q", "-f", p->config, NULL);
	}
	_exit(127);
}

/* Take what it says to its terminal, else it waits; so long till the marker has come. */
static double await(pid_t pid, int master, const struct place *p)
{
	double deadline = bench_now() + TIMEOUT_S, cpu = 0;
	int status;

	while (bench_now() < deadline && waitpid(pid, &status, WNOHANG) == 0) {
		char sink[4096];

		while (read(master, sink, sizeof(sink)) > 0)
			;
		cpu = lab_cpu(pid);
		if (lab_says(p->serial, MARKER))
			break;
		cpu = 0;
		usleep(10000);
	}
	kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return cpu;
}

/* CPU seconds to the marker; 0: it never came. */
static double boot(const struct start *s, const struct lab *lab)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	pid_t parent = getpid(), pid;
	struct place p = {0};
	char terminal[64];
	double cpu = 0;

	if (master < 0 || grantpt(master) || unlockpt(master) ||
	    ptsname_r(master, terminal, sizeof(terminal)) || place_make(&p, lab, s->display))
		goto out;
	pid = fork();
	if (!pid)
		child(s, &p, terminal, parent);
	if (pid > 0)
		cpu = await(pid, master, &p);
out:
	place_remove(&p);
	if (master >= 0)
		close(master);
	return cpu;
}

int bench_emulator(struct bench *b)
{
	struct bench_figure *f = bench_figure(b, "emulator/boot", "s", false);
	char why[LAB_WHY] = "", program[1024];
	struct start own = {.display = "nogui"}, stock = {.display = "term"};
	struct lab lab;

	f->goal_ratio = GOAL_RATIO;
	snprintf(f->reference, sizeof(f->reference),
		 "Debian's bochs package, same image and configuration");
	if (lab_get(&lab, "linux-6.1", APPEND, why)) {
		bench_skip(f, "%.200s", why);
		return 0;
	}
	own.program = lab.emulator.program;
	if (b->stock) {
		snprintf(program, sizeof(program), "%s/usr/bin/bochs-bin", b->stock);
		stock.program = program;
		stock.library = b->stock;
	} else {
		bench_skip(f, "reference: %.200s", b->stock_why);
	}
	for (unsigned int i = 0; i < b->rounds; i++) {
		double s = boot(&own, &lab);

		if (s <= 0)
			return -EIO;
		bench_put(&f->own, s);
		s = b->stock ? boot(&stock, &lab) : 0;
		if (s > 0)
			bench_put(&f->ref, s);
		else
			bench_skip(f, "reference: the kernel did not come to its first line");
	}
	return 0;
}
