// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "exec/channel.h"
#include "exec/guest_files.h"
#include "exec/init.h"
#include "exec/job.h"
#include "exec/root.h"
#include "exec/warm.h"
#include "shared/control_regs.h"

static void open_console(void)
{
	int fd = open("/dev/console", O_RDWR | O_NOCTTY);

	for (int i = 0; fd >= 0 && i < 3; i++)
		if (fd != i)
			dup2(fd, i);
	if (fd > 2)
		close(fd);
}

/* The last that this machine says: why it cannot go on. */
static void __attribute__((noreturn, format(printf, 1, 2))) give_up(const char *fmt, ...)
{
	va_list ap;

	dprintf(2, "pirbench-executor: ");
	va_start(ap, fmt);
	vdprintf(2, fmt, ap);
	va_end(ap);
	dprintf(2, "\n");
	/* The serial line is still sending. */
	tcdrain(2);
	reboot(RB_POWER_OFF);
	for (;;)
		pause();
}

static void mount_all(void)
{
	static const struct {
		const char *type, *dir;
	} what[] = {{"proc", "/proc"}, {"sysfs", "/sys"}, {"devtmpfs", "/dev"}};

	for (size_t i = 0; i < sizeof(what) / sizeof(what[0]); i++) {
		mkdir(what[i].dir, 0755);
		/* EBUSY: it is there already. */
		if (mount(what[i].type, what[i].dir, what[i].type, 0, NULL) && errno != EBUSY)
			give_up("mounting %s: %s", what[i].dir, strerror(errno));
	}
	/* For the squeezer quota, which says so where the kernel has none. */
	mount("cgroup2", "/sys/fs/cgroup", "cgroup2", 0, NULL);
}

static void __attribute__((noreturn)) shell_child(void)
{
	static char *const argv[] = {"sh", NULL};
	static char *const env[] = {ROOT_PATH, "HOME=/", "TERM=linux", NULL};

	setsid();
	ioctl(0, TIOCSCTTY, 1);
	execve(ROOT_BUSYBOX, argv, env);
	dprintf(2, "pirbench-executor: %s: %s\n", ROOT_BUSYBOX, strerror(errno));
	_exit(127);
}

static void __attribute__((noreturn)) shell(void)
{
	pid_t child = fork();

	if (!child)
		shell_child();
	if (child < 0)
		give_up("starting the shell: %s", strerror(errno));
	while (waitpid(-1, NULL, 0) != child)
		;
	give_up("the shell has ended");
}

void init_main(void)
{
	struct exec_channel ch = {.ops = &channel_lab};
	char why[256];

	mount_all();
	open_console();
	if (ch.ops->open(&ch))
		give_up("%s", ch.error);
	if (channel_lab_mode(&ch) != PB_CONTROL_MODE_BRANCH && root_enter("/sys", why, sizeof(why)))
		give_up("%s", why);
	if (channel_lab_mode(&ch) == PB_CONTROL_MODE_SHELL)
		shell();
	if (channel_lab_mode(&ch) == PB_CONTROL_MODE_RUN) {
		job_run(&ch, why, sizeof(why));
		give_up("%s", why);
	}
	/* In the past of all branches, as what follows. */
	if (guest_files_unpack("/sys", "/", why, sizeof(why)) < 0)
		give_up("%s", why);
	warm_up();
	if (channel_serve(&ch, NULL, NULL))
		give_up("%s", ch.error);
	give_up("the control function did not end the machine");
}
