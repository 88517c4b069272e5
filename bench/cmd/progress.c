// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cmd/progress.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "util/file.h"
#include "util/project.h"

#define REDRAW_S 0.1 /* terminal */
#define LINE_S   15.0 /* log file */

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9;
}

void progress_init(struct progress *p, bool quiet)
{
	memset(p, 0, sizeof(*p));
	p->tty = isatty(STDERR_FILENO);
	p->quiet = quiet;
}

static unsigned int columns(void)
{
	struct winsize w;

	return !ioctl(STDERR_FILENO, TIOCGWINSZ, &w) && w.ws_col > 20 ? w.ws_col : 80;
}

/* "1 min 20 s" */
static void duration(char *buf, size_t size, double s)
{
	unsigned int n = s < 1 ? 1 : (unsigned int)(s + 0.5);

	if (n < 100)
		snprintf(buf, size, "%u s", n);
	else
		snprintf(buf, size, "%u min %02u s", n / 60, n % 60);
}

/* Seconds left of this phase and of what follows; 0: cannot tell. */
static double remaining(const struct progress *p, double fraction)
{
	double elapsed = now() - p->start, left = 0;

	if (fraction > 0.05)
		left = elapsed * (1 - fraction) / fraction;
	else if (p->expected > elapsed)
		left = p->expected - elapsed;
	else if (p->expected <= 0)
		return 0;
	return left + p->later;
}

static void draw(struct progress *p, double fraction, const char *what)
{
	double left = remaining(p, fraction);
	char line[320], time[32] = "", part[16] = "";

	if (left > 0) {
		char d[24];

		duration(d, sizeof(d), left);
		snprintf(time, sizeof(time), ", %s left", d);
	}
	if (fraction >= 0)
		snprintf(part, sizeof(part), " %3.0f %%", fraction * 100);
	snprintf(line, sizeof(line), "%s%s%s%s%s", p->phase, what ? ": " : "", what ? what : "",
		 part, time);
	if (p->tty) {
		fprintf(stderr, "\r\033[K%.*s", (int)columns() - 1, line);
		fflush(stderr);
		p->shown = true;
	} else {
		fprintf(stderr, "%s\n", line);
	}
	p->drawn = now();
}

void progress_clear(struct progress *p)
{
	if (p->shown)
		fputs("\r\033[K", stderr);
	p->shown = false;
}

void progress_phase(struct progress *p, double expected, double later, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(p->phase, sizeof(p->phase), fmt, ap);
	va_end(ap);
	p->start = now();
	p->expected = expected;
	p->later = later;
	if (p->quiet)
		return;
	/* Most phases end at once: on a terminal they are drawn anyway, a log need not have them. */
	if (p->tty)
		draw(p, -1, NULL);
	else
		p->drawn = p->start;
}

void progress_at(struct progress *p, double fraction, const char *what)
{
	double wait = p->tty ? REDRAW_S : LINE_S;

	if (p->quiet)
		return;
	/* A log hears of a phase once it takes a second. */
	if (!p->tty && strcmp(p->said, p->phase) != 0)
		wait = 1;
	if (now() - p->drawn < wait)
		return;
	draw(p, fraction, what);
	memcpy(p->said, p->phase, sizeof(p->said));
}

void progress_emulator(void *arg, const char *line)
{
	static const char own[] = "emulator: ", compiled[] = "compiled ", of[] = " of about ";
	unsigned long done = 0, all = 0;
	char *end;

	if (strncmp(line, own, sizeof(own) - 1) != 0)
		return;
	line += sizeof(own) - 1;
	if (!strncmp(line, compiled, sizeof(compiled) - 1)) {
		done = strtoul(line + sizeof(compiled) - 1, &end, 10);
		if (!strncmp(end, of, sizeof(of) - 1))
			all = strtoul(end + sizeof(of) - 1, NULL, 10);
	}
	if (all && done <= all)
		progress_at(arg, (double)done / (double)all, "compiling");
	else
		progress_at(arg, -1, line);
}

void progress_line(void *arg, const char *line)
{
	const char *what = strstr(line, ": ");

	progress_at(arg, -1, what ? what + 2 : line);
}

double progress_done(struct progress *p)
{
	progress_clear(p);
	return now() - p->start;
}

/* ---- estimates -------------------------------------------------------------- */

static bool timing_path(const char *what, char *path, size_t size)
{
	size_t n;

	if (project_cache("timing", path, size))
		return false;
	n = strlen(path);
	return (size_t)snprintf(path + n, size - n, "/%s", what) < size - n;
}

double timing_get(const char *what, double fallback)
{
	double s = fallback;
	char path[1024];
	size_t size;
	void *data;

	if (!timing_path(what, path, sizeof(path)) || file_read(path, 64, &data, &size))
		return s;
	s = strtod(data, NULL);
	free(data);
	return s > 0 && s < 1e6 ? s : fallback;
}

void timing_put(const char *what, double seconds)
{
	char path[1024], text[32];
	int n = snprintf(text, sizeof(text), "%.3f\n", seconds);

	if (timing_path(what, path, sizeof(path)))
		(void)file_write(path, text, (size_t)n);
}
