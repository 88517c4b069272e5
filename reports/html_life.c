// SPDX-License-Identifier: LGPL-2.1-or-later
#include <inttypes.h>
#include <string.h>

#include "reports/html.h"
#include "reports/markup.h"

#define LEFT   104 /* room for the lanes' names */
#define COLUMN 38
#define TOP    30 /* the steps' numbers */
#define LANE   32
#define BAR    18
#define FOOT   18

struct drawing {
	const struct pb_life *life;
	FILE *out;
	int lanes;
};

/* One lane: a row of states, or of marks. */
struct lane {
	const char *name;
	void (*draw)(const struct drawing *d, int y);
	bool truth; /* nothing to draw without it */
};

static int x_at(size_t step)
{
	return LEFT + (int)step * COLUMN;
}

static int x_end(const struct drawing *d)
{
	return x_at(d->life->nr);
}

static int y_end(const struct drawing *d)
{
	return TOP + d->lanes * LANE;
}

/* ---- states: what holds from one step to the next ----------------------------- */

static bool state_sn(const struct pb_life_step *s)
{
	return s->sn;
}

static bool state_on(const struct pb_life_step *s)
{
	return s->on;
}

/* A bit as a wave: low or high between steps, an edge where it changes. */
static void draw_wave(const struct drawing *d, int y, bool (*state)(const struct pb_life_step *))
{
	const struct pb_life_step *s = d->life->step;
	int high = y + 5, low = y + LANE - 7;

	fprintf(d->out, "<path class=\"wave\" d=\"M%d %d", x_at(0), state(&s[0]) ? high : low);
	for (size_t i = 0; i < d->life->nr; i++)
		fprintf(d->out, "V%dH%d", state(&s[i]) ? high : low, x_at(i + 1));
	fputs("\"/>\n", d->out);
	for (size_t i = 0; i < d->life->nr; i++)
		if (!i || state(&s[i]) != state(&s[i - 1]))
			fprintf(d->out, "<text class=\"value\" x=\"%d\" y=\"%d\">%d</text>\n",
				x_at(i) + 4, y + LANE / 2 + 3, state(&s[i]));
}

static void draw_sn(const struct drawing *d, int y)
{
	draw_wave(d, y, state_sn);
}

static void draw_on(const struct drawing *d, int y)
{
	draw_wave(d, y, state_on);
}

/* A bar over the steps from `from` to before `to`; its text where there is room. */
static void draw_bar(const struct drawing *d, int y, size_t from, size_t to, const char *cls,
		     const char *text)
{
	int width = x_at(to) - x_at(from);

	fprintf(d->out,
		"<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"2\"/>\n", cls,
		x_at(from), y + (LANE - BAR) / 2, width, BAR);
	if ((int)strlen(text) * 7 < width)
		fprintf(d->out, "<text class=\"value\" x=\"%d\" y=\"%d\">%s</text>\n",
			x_at(from) + 5, y + LANE / 2 + 4, text);
}

/* Bars over equal states, each as long as the state holds. */
static void draw_bars(const struct drawing *d, int y,
		      unsigned int (*state)(const struct pb_life_step *), const char *const *cls,
		      const char *const *text)
{
	const struct pb_life_step *s = d->life->step;
	size_t from = 0;

	for (size_t i = 1; i <= d->life->nr; i++) {
		unsigned int now = state(&s[from]);

		if (i < d->life->nr && state(&s[i]) == now)
			continue;
		if (cls[now])
			draw_bar(d, y, from, i, cls[now], text[now]);
		from = i;
	}
}

static unsigned int state_pir(const struct pb_life_step *s)
{
	return s->pir;
}

static void draw_pir(const struct drawing *d, int y)
{
	static const char *const cls[] = {"bar idle", "bar full"};
	static const char *const text[] = {"empty", "not empty"};

	draw_bars(d, y, state_pir, cls, text);
}

static unsigned int state_thread(const struct pb_life_step *s)
{
	return s->thread;
}

static void draw_thread(const struct drawing *d, int y)
{
	static const char *const cls[] = {
		[PB_THREAD_ON_CPU] = "bar busy",
		[PB_THREAD_PREEMPTED] = "bar idle",
		[PB_THREAD_ASLEEP] = "bar idle",
	};
	static const char *const text[] = {
		[PB_THREAD_ON_CPU] = "on CPU",
		[PB_THREAD_PREEMPTED] = "preempted",
		[PB_THREAD_ASLEEP] = "asleep",
	};

	draw_bars(d, y, state_thread, cls, text);
}

static unsigned int state_guest(const struct pb_life_step *s)
{
	return s->guest;
}

static void draw_guest(const struct drawing *d, int y)
{
	static const char *const cls[] = {"bar idle", "bar busy"};
	static const char *const text[] = {"host", "guest"};

	draw_bars(d, y, state_guest, cls, text);
}

/* ---- marks: what happens at a step ----------------------------------------------- */

static bool is_post(const struct pb_life_step *s)
{
	return s->kind == PB_LIFE_EVENT && (s->ev.kind == PB_TR_POST || s->ev.kind == PB_EV_POST);
}

static bool is_isr(const struct pb_life_step *s)
{
	return s->kind == PB_LIFE_EVENT && s->ev.kind == PB_EV_ISR;
}

static void draw_device(const struct drawing *d, int y)
{
	for (size_t i = 0; i < d->life->nr; i++) {
		bool own = i == d->life->post;

		if (!is_post(&d->life->step[i]))
			continue;
		fprintf(d->out, "<path class=\"%s\" d=\"M%d %dv%dm-6 -8l6 8 6 -8\"/>\n",
			own ? "post own" : "post", x_at(i), y + 5, LANE - 9);
		fprintf(d->out, "<text class=\"value\" x=\"%d\" y=\"%d\">%s</text>\n", x_at(i) + 9,
			y + LANE / 2 + 1, own ? "post" : "other");
	}
}

static void draw_isr(const struct drawing *d, int y)
{
	int seen = 0;

	for (size_t i = 0; i < d->life->nr; i++)
		if (is_isr(&d->life->step[i])) {
			fprintf(d->out, "<circle class=\"isr\" cx=\"%d\" cy=\"%d\" r=\"4\"/>\n",
				x_at(i), y + LANE / 2);
			seen++;
		}
	fprintf(d->out,
		"<line class=\"none\" x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\"/>\n"
		"<text class=\"bad\" x=\"%d\" y=\"%d\">%s</text>\n",
		x_at(d->life->post), y + LANE / 2, x_end(d), y + LANE / 2, x_at(d->life->post) + 9,
		y + LANE / 2 - 4, seen ? "no ISR for this post" : "no ISR");
}

static const struct lane lanes[] = {
	{"device", draw_device, false},
	{"SN", draw_sn, true},
	{"ON", draw_on, true},
	{"PIR", draw_pir, true},
	{"vCPU thread", draw_thread, false},
	{"CPU mode", draw_guest, true},
	{"guest's ISR", draw_isr, false},
};
#define NR_LANES (sizeof(lanes) / sizeof(lanes[0]))

/* ---- the whole ------------------------------------------------------------------- */

static bool is_stranded(const struct pb_life *life, size_t i)
{
	const struct pb_life_step *s = &life->step[i];

	return life->truth && i >= life->post && s->pir && !s->sn && !s->on;
}

/* Where no hardware and no kernel has reason to look at the PIR again. */
static void draw_stranded(const struct drawing *d)
{
	for (size_t i = 0; i < d->life->nr; i++)
		if (is_stranded(d->life, i))
			fprintf(d->out,
				"<rect class=\"stranded\" x=\"%d\" y=\"%d\" width=\"%d\" "
				"height=\"%d\"/>\n",
				x_at(i), TOP, COLUMN, y_end(d) - TOP);
}

/* Above the lines, where it is not crossed. */
static void name_stranded(const struct drawing *d)
{
	size_t i = 0;

	while (i < d->life->nr && !is_stranded(d->life, i))
		i++;
	if (i == d->life->nr)
		return;
	fprintf(d->out,
		"<text class=\"bad over\" x=\"%d\" y=\"%d\">stranded: PIR not empty, SN=0, "
		"ON=0</text>\n",
		x_at(i) + 6, TOP + 20);
}

/* What is left out is blank: nothing is said of the states in it. */
static void draw_cuts(const struct drawing *d)
{
	for (size_t i = 0; i < d->life->nr; i++)
		if (d->life->step[i].kind == PB_LIFE_CUT)
			fprintf(d->out,
				"<rect class=\"cut\" x=\"%d\" y=\"%d\" width=\"%d\" "
				"height=\"%d\"/>"
				"<text class=\"tick\" x=\"%d\" y=\"%d\" "
				"text-anchor=\"middle\">&#8943;</text>\n",
				x_at(i) + 4, TOP - 4, COLUMN - 8, y_end(d) - TOP + 8,
				x_at(i) + COLUMN / 2, TOP - 10);
}

static void draw_columns(const struct drawing *d)
{
	for (size_t i = 0; i < d->life->nr; i++) {
		const struct pb_life_step *s = &d->life->step[i];
		int x = x_at(i);

		if (s->kind == PB_LIFE_CUT)
			continue;
		fprintf(d->out,
			"<line class=\"%s\" x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\"/>"
			"<text class=\"%s\" x=\"%d\" y=\"%d\" text-anchor=\"middle\">%zu</text>\n",
			i == d->life->post ? "at" : "grid", x, TOP - 4, x, y_end(d) + 4,
			i == d->life->post ? "bad" : "tick", x, TOP - 10, i + 1);
	}
}

static void draw(const struct drawing *d)
{
	int row = 0;

	fprintf(d->out,
		"<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"Steps of a lost interrupt, "
		"listed below\">\n",
		x_end(d) + 8, y_end(d) + FOOT);
	draw_stranded(d);
	draw_columns(d);
	for (size_t i = 0; i < NR_LANES; i++) {
		int y = TOP + row * LANE;

		if (lanes[i].truth && !d->life->truth)
			continue;
		fprintf(d->out,
			"<text class=\"label\" x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>\n",
			LEFT - 14, y + LANE / 2 + 4, lanes[i].name);
		lanes[i].draw(d, y);
		row++;
	}
	draw_cuts(d);
	name_stranded(d);
	fputs("</svg>\n", d->out);
}

/* 1,234,567 with its sign. */
static void write_ticks(int64_t v, FILE *out)
{
	uint64_t abs = v < 0 ? (uint64_t)-v : (uint64_t)v;
	char digits[32];
	int n = snprintf(digits, sizeof(digits), "%" PRIu64, abs);

	fputs(!v ? "" : v < 0 ? "&minus;" : "+", out);
	for (int i = 0; i < n; i++)
		fprintf(out, "%s%c", i && (n - i) % 3 == 0 ? "," : "", digits[i]);
}

static void write_steps(const struct pb_life *life, FILE *out)
{
	char text[256];

	fputs("<table class=\"steps\">\n<tr><th>step</th><th>after the post</th><th></th></tr>\n",
	      out);
	for (size_t i = 0; i < life->nr; i++) {
		const struct pb_life_step *s = &life->step[i];

		fprintf(out, "<tr%s><td>", i == life->post ? " class=\"own\"" : "");
		if (s->kind == PB_LIFE_CUT)
			fputs("&#8943;</td><td></td><td>", out);
		else
			fprintf(out, "%zu</td><td>", i + 1);
		if (s->kind != PB_LIFE_CUT && s->ev.tsc)
			write_ticks((int64_t)(s->ev.tsc - life->tsc), out);
		if (s->kind != PB_LIFE_CUT)
			fputs("</td><td>", out);
		markup_xml(out, life_step_text(life, i, text, sizeof(text)));
		fputs("</td></tr>\n", out);
	}
	fputs("</table>\n", out);
}

void html_life(const struct pb_life *life, FILE *out)
{
	struct drawing d = {.life = life, .out = out};

	for (size_t i = 0; i < NR_LANES; i++)
		d.lanes += !lanes[i].truth || life->truth;
	fputs("<figure class=\"life\">\n<div class=\"wide\">\n", out);
	draw(&d);
	fputs("</div>\n", out);
	write_steps(life, out);
	fputs("</figure>\n", out);
}
