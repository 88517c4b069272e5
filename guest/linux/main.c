// SPDX-License-Identifier: LGPL-2.1-or-later
/* main.c - /init of a Linux guest: see program.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <termios.h>
#include <unistd.h>

#include "guest/linux/program.h"

void give_up(struct program *p, const char *fmt, ...)
{
	char line[128];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	dprintf(2, "pirbench-guest: %s\n", line);
	if (p->area) {
		snprintf(p->area->program.reason, sizeof(p->area->program.reason), "%s", line);
		__atomic_store_n(&p->area->program.state, PB_GUEST_FAILED, __ATOMIC_RELEASE);
	}
	for (;;)
		pause();
}

static void mount_all(struct program *p)
{
	static const struct {
		const char *type, *dir;
	} what[] = {{"proc", "/proc"}, {"sysfs", "/sys"}, {"devtmpfs", "/dev"}};

	for (size_t i = 0; i < sizeof(what) / sizeof(what[0]); i++) {
		mkdir(what[i].dir, 0755);
		if (mount(what[i].type, what[i].dir, what[i].type, 0, NULL) && errno != EBUSY)
			give_up(p, "mounting %s: %s", what[i].dir, strerror(errno));
	}
}

/* For output, and for the character by which the VMM wakes us. */
static void console_open(struct program *p)
{
	struct termios t;
	int fd = open("/dev/ttyS0", O_RDWR | O_NOCTTY);

	if (fd < 0)
		give_up(p, "/dev/ttyS0: %s", strerror(errno));
	for (int i = 0; i < 3; i++)
		dup2(fd, i);
	if (!tcgetattr(fd, &t)) {
		cfmakeraw(&t);
		t.c_cflag |= CLOCAL | CREAD;
		tcsetattr(fd, TCSANOW, &t);
	}
	p->console = fd;
}

static void tasks_init(struct program *p)
{
	for (unsigned int i = 0; i < p->area->job.tasks; i++) {
		struct task *t = &p->task[i];

		t->index = i;
		t->job = &p->area->job.task[i];
		t->said = &p->area->device[i];
		if (t->job->kind != PB_SOURCE_NVME && t->job->kind != PB_SOURCE_NIC)
			give_up(p, "task %u is of kind %u", i, t->job->kind);
		device_find(p, t);
	}
	for (unsigned int i = 0; i < p->area->job.tasks; i++)
		p->task[i].interrupts = account_interrupts(p, &p->task[i]);
}

static void log_open(struct program *p)
{
	p->kmsg = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (p->kmsg < 0 || lseek(p->kmsg, 0, SEEK_END) < 0)
		give_up(p, "/dev/kmsg: %s", strerror(errno));
}

static void stop_wait(struct program *p)
{
	char c;

	while (__atomic_load_n(&p->area->job.command, __ATOMIC_ACQUIRE) != PB_GUEST_STOP)
		if (read(p->console, &c, 1) < 0 && errno != EINTR)
			give_up(p, "reading the console: %s", strerror(errno));
}

static void say(struct program *p, enum pb_guest_state state)
{
	__atomic_store_n(&p->area->program.state, state, __ATOMIC_RELEASE);
}

/* A NIC's frames may all have come by now. */
static void ready(struct program *p)
{
	uint32_t starting = PB_GUEST_STARTING;

	__atomic_compare_exchange_n(&p->area->program.state, &starting, PB_GUEST_READY, 0,
				    __ATOMIC_RELEASE, __ATOMIC_RELAXED);
}

int main(void)
{
	static struct program p;
	struct utsname u;

	mount_all(&p);
	console_open(&p);
	area_map(&p);
	p.area->program.tsc_started = tsc_read();
	if (!uname(&u))
		snprintf(p.area->program.release, sizeof(p.area->program.release), "%.63s",
			 u.release);
	say(&p, PB_GUEST_STARTING);
	tasks_init(&p);
	log_open(&p);
	workers_start(&p);
	ready(&p);
	stop_wait(&p);
	account_finish(&p);
	say(&p, PB_GUEST_STOPPED);
	for (;;)
		pause();
}
