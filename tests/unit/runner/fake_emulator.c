// SPDX-License-Identifier: LGPL-2.1-or-later
#include "runner/fake_emulator.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "event/run.h"
#include "host/lab/model/branch.h"
#include "host/lab/model/branch_wire.h"
#include "host/lab/model/lab.h"
#include "util/crc32c.h"

/* ---- the machine that the fork server sees ---------------------------------- */

static lab_timer_fn timer_fn;
static uint64_t now_tick = 1000, timer_tick;

static uint64_t fake_now(void)
{
	return now_tick;
}

static int fake_timer_create(const char *name, lab_timer_fn fn, void *arg)
{
	(void)name;
	(void)arg;
	timer_fn = fn;
	return 0;
}

static void fake_timer_set(int timer, uint64_t tick)
{
	(void)timer;
	timer_tick = tick;
}

static void fake_timer_cancel(int timer)
{
	(void)timer;
	timer_tick = 0;
}

static void fake_log(const char *line)
{
	fprintf(stderr, "%s\n", line);
}

const struct lab_ops fake_emulator_ops = {
	.now = fake_now,
	.tsc = fake_now,
	.timer_create = fake_timer_create,
	.timer_set = fake_timer_set,
	.timer_cancel = fake_timer_cancel,
	.log = fake_log,
};

/* ---- its configuration -------------------------------------------------------- */

static char image[64];
static char serial_path[64];
static FILE *serial;

/* The word behind `key` in the configuration. */
static void config_word(const char *text, const char *key, char *buf, size_t size)
{
	const char *p = strstr(text, key);
	size_t n;

	if (!p)
		_exit(100);
	p += strlen(key);
	n = strcspn(p, ",\n");
	if (n >= size)
		_exit(101);
	memcpy(buf, p, n);
	buf[n] = 0;
}

static void config_read(const char *path)
{
	char text[8192];
	int fd = open(path, O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (n <= 0)
		_exit(102);
	close(fd);
	text[n] = 0;
	config_word(text, "type=cdrom, path=", image, sizeof(image));
	config_word(text, "mode=file, dev=", serial_path, sizeof(serial_path));
}

/* As the emulator does: opened by its path at the first character. */
static void serial_say(const char *text)
{
	if (!serial)
		serial = fopen(serial_path, "wb");
	if (!serial)
		_exit(103);
	fputs(text, serial);
	fflush(serial);
}

static void hang(void)
{
	for (;;)
		pause();
}

/* ---- boots ---------------------------------------------------------------------- */

static int socket_fd(void)
{
	const char *s = getenv(BRANCH_ENV);

	return s ? atoi(s) : -1;
}

static void boot_bad_message(bool version)
{
	struct branch_msg msg;

	branch_msg_init(&msg, BRANCH_MSG_READY);
	if (version) {
		msg.version++;
		branch_msg_send(socket_fd(), &msg, NULL, 0);
	} else {
		msg.crc = 1;
		send(socket_fd(), &msg, sizeof(msg), 0);
	}
	hang();
}

static void boot(void)
{
	serial_say("booting\n");
	if (!strcmp(image, FAKE_BOOT_EXIT))
		_exit(1);
	if (!strcmp(image, FAKE_BOOT_PANIC)) {
		fprintf(stderr, "emulator panic: [CPU0 ] exception 3 times\n");
		_exit(1);
	}
	if (!strcmp(image, FAKE_BOOT_KILLED))
		kill(getpid(), SIGKILL);
	if (!strcmp(image, FAKE_BOOT_HANG))
		hang();
	if (!strcmp(image, FAKE_BOOT_KPANIC)) {
		serial_say("[    1.0] Kernel panic - not syncing: No working init found.\n");
		hang();
	}
	if (!strcmp(image, FAKE_BOOT_OOPS))
		serial_say("[    1.0] BUG: kernel NULL pointer dereference, address: 0\n");
	if (!strcmp(image, FAKE_BOOT_WARN))
		serial_say("[    1.0] WARNING: CPU: 0 PID: 1 at kernel/x.c:1 f+0x1/0x2\n");
	if (!strcmp(image, FAKE_BOOT_GARBAGE)) {
		send(socket_fd(), "hello", 5, 0);
		hang();
	}
	if (!strcmp(image, FAKE_BOOT_BADCRC))
		boot_bad_message(false);
	if (!strcmp(image, FAKE_BOOT_NEWER))
		boot_bad_message(true);
	if (!strcmp(image, FAKE_BOOT_DUMB)) {
		close(socket_fd());
		hang();
	}
}

/* ---- branches --------------------------------------------------------------------- */

static struct pb_run *run_make(const struct pb_plan *plan, uint32_t content)
{
	struct pb_run *run = calloc(1, sizeof(*run));

	if (!run)
		_exit(104);
	run->content = content;
	run->plan_crc = plan->crc;
	run->tsc_khz = 100000;
	run_seal(run);
	return run;
}

static void end_with(const struct pb_plan *plan, enum fake_branch kind)
{
	struct pb_run *run = run_make(plan, PB_RUN_EVENTS);
	struct pb_run *truth = run_make(plan, PB_RUN_TRUTH);
	uint32_t crc;

	if (kind == FAKE_BAD_RUN)
		run->posted++;
	if (kind == FAKE_OTHER_PLAN) {
		run->plan_crc++;
		run_seal(run);
	}
	crc = crc32c(0, run, sizeof(*run));
	if (kind == FAKE_BAD_CRC)
		crc ^= 1;
	branch_end(run, sizeof(*run), crc, truth, kind == FAKE_NO_TRUTH ? 0 : sizeof(*truth));
}

static void flood(void)
{
	char line[4096];

	memset(line, 'x', sizeof(line) - 2);
	line[sizeof(line) - 2] = '\n';
	line[sizeof(line) - 1] = 0;
	for (;;)
		serial_say(line);
}

static void branch_run(const struct branch *b)
{
	const struct pb_plan *plan = b->plan;
	struct branch again;
	const struct rlimit full = {8192, 8192};

	branch_beat(7);
	switch ((enum fake_branch)plan->seed) {
	case FAKE_HANG:
		hang();
		break;
	case FAKE_KILLED:
		kill(getpid(), SIGKILL);
		break;
	case FAKE_SEGV:
		signal(SIGSEGV, SIG_DFL);
		raise(SIGSEGV);
		break;
	case FAKE_TOO_BIG:
		branch_end(NULL, 0, 0, NULL, 0);
	case FAKE_EXIT:
		_exit(1);
	case FAKE_EXIT_DONE:
		_exit(BRANCH_EXIT_DONE);
	case FAKE_EMULATOR_PANIC:
		fprintf(stderr, "emulator panic: [CPU0 ] no such instruction\n");
		_exit(1);
	case FAKE_KERNEL_PANIC:
		serial_say("Kernel panic - not syncing: Fatal exception\n");
		hang();
		break;
	case FAKE_WARNING:
		serial_say("[   12.345678] WARNING: CPU: 1 PID: 1 at arch/x86/kvm/x.c:9 y\n");
		break;
	case FAKE_TICKS:
		if (!timer_tick || timer_tick <= now_tick)
			_exit(105);
		now_tick = timer_tick;
		timer_fn(NULL);
		break;
	case FAKE_RESET:
		branch_reset();
		break;
	case FAKE_KILL_SERVER:
		kill(getppid(), SIGKILL);
		hang();
		break;
	case FAKE_FLOOD:
		flood();
		break;
	case FAKE_FULL:
		signal(SIGXFSZ, SIG_IGN);
		setrlimit(RLIMIT_FSIZE, &full);
		{
			static char large[65536];

			branch_end(large, sizeof(large), 0, large, 0);
		}
	case FAKE_AGAIN:
		if (branch_point(&again) != -EALREADY)
			_exit(106);
		break;
	default:
		break;
	}
	end_with(plan, (enum fake_branch)plan->seed);
}

void fake_emulator_main(int argc, char **argv)
{
	struct branch b;

	if (argc != 4 || strcmp(argv[1], "-q") || strcmp(argv[2], "-f"))
		return;
	config_read(argv[3]);
	boot();
	branch_reset();
	branch_init();
	branch_reset();
	if (!strcmp(image, FAKE_BOOT_TICKS))
		timer_fn(NULL);
	branch_beat(1);
	if (branch_mode() != 0)
		_exit(107);
	if (branch_point(&b))
		_exit(108);
	branch_run(&b);
	_exit(109);
}
