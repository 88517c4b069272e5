// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A window as a strip: its intervals side by side, equally wide, so that short
 * ones are seen as well; the instants are below. What is lost is higher and
 * crossed out, so that it is seen without colour.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "reports/html.h"
#include "reports/markup.h"
#include "reports/sweep_view.h"

#define LEFT      104 /* room for the lanes' names */
#define WIDTH     900 /* of a row of intervals */
#define PER_ROW   150 /* intervals */
#define MAX_WIDE  52
#define LANE      24
#define BAR       16
#define ROW       (4 * LANE + 34)
#define TICK_ROOM 44 /* between two numbers */

/* One row of a window's intervals. */
struct row {
	const struct pb_sweep *s;
	const struct pb_sweep_window *w;
	uint32_t from, nr; /* intervals of w */
	double wide; /* of one */
	int y;
	FILE *out;
};

static const struct pb_sweep_interval *at(const struct row *r, uint32_t i)
{
	return &r->s->interval[r->w->at + r->from + i];
}

static double x_at(const struct row *r, uint32_t i)
{
	return LEFT + i * r->wide;
}

/* A bar over intervals [from, to) of a lane; its text where there is room. */
static void bar(const struct row *r, int lane, uint32_t from, uint32_t to, const char *cls,
		const char *text)
{
	double x = x_at(r, from), width = x_at(r, to) - x;
	int y = r->y + lane * LANE + (LANE - BAR) / 2;

	fprintf(r->out, "<rect class=\"bar %s\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\">",
		cls, x, y, width, BAR);
	fputs("<title>", r->out);
	markup_xml(r->out, text);
	fputs("</title></rect>\n", r->out);
	if ((double)strlen(text) * 6.6 + 8 > width)
		return;
	fprintf(r->out, "<text class=\"value\" x=\"%.1f\" y=\"%d\">", x + 4, y + BAR - 4);
	markup_xml(r->out, text);
	fputs("</text>\n", r->out);
}

static void name(const struct row *r, int lane, const char *text)
{
	fprintf(r->out, "<text class=\"label\" x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>\n",
		LEFT - 14, r->y + lane * LANE + LANE / 2 + 4, text);
}

/* ---- lane: code ------------------------------------------------------------------------ */

/* Length of the function's name, in "f+0x1c". */
static size_t function(const struct pb_sweep_interval *i)
{
	return strcspn(i->at, "+");
}

static bool same_function(const struct pb_sweep_interval *a, const struct pb_sweep_interval *b)
{
	return function(a) == function(b) && !memcmp(a->at, b->at, function(a)) && a->cpu == b->cpu;
}

static void draw_code(const struct row *r, int lane)
{
	uint32_t from = 0;

	for (uint32_t i = 1; i <= r->nr; i++) {
		const struct pb_sweep_interval *x = at(r, from);
		char text[96];

		if (i < r->nr && same_function(x, at(r, i)))
			continue;
		snprintf(text, sizeof(text), "%.*s", (int)function(x), x->at);
		bar(r, lane, from, i, "idle", x->at[0] ? text : "not known");
		from = i;
	}
}

/* ---- lane: accesses ---------------------------------------------------------------------- */

/* What happened at an interval's beginning: filled when it stored. */
static void draw_mark(const struct row *r, int lane, uint32_t i)
{
	const struct pb_sweep_interval *x = at(r, i);
	double at_x = x_at(r, i);
	int y = r->y + lane * LANE + LANE / 2;
	char text[SWEEP_TEXT], place[SWEEP_TEXT];

	fprintf(r->out, "<path class=\"mark%s\" d=\"M%.1f %d", x->store ? " store" : "", at_x, y);
	if (x->bound & PB_EVF_BOUND_PID)
		fputs("l-4 -7h8z", r->out);
	if (x->bound & PB_EVF_BOUND_VAPIC)
		fprintf(r->out, "M%.1f %dl-3 6h6z", at_x, y + 1);
	if (x->bound & (PB_EVF_BOUND_ENTRY | PB_EVF_BOUND_EXIT))
		fprintf(r->out, "M%.1f %dv%d", at_x, y - 10, 20);
	if (x->bound & (PB_EVF_BOUND_MASK | PB_EVF_BOUND_VCPU | PB_EVF_BOUND_IRTE))
		fprintf(r->out, "M%.1f %dv8", at_x, y - 4);
	fputs("\"><title>", r->out);
	markup_xmlf(r->out, "%s at %s", sweep_bound(r->s, r->w, r->from + i, text, sizeof(text)),
		    sweep_place(x, place, sizeof(place)));
	fputs("</title></path>\n", r->out);
}

static void draw_accesses(const struct row *r, int lane)
{
	int y = r->y + lane * LANE + LANE / 2;

	fprintf(r->out, "<line class=\"grid\" x1=\"%d\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\"/>\n", LEFT,
		y, x_at(r, r->nr), y);
	for (uint32_t i = 0; i < r->nr; i++)
		if (at(r, i)->bound)
			draw_mark(r, lane, i);
}

/* ---- lane: what a post finds ---------------------------------------------------------------- */

static void draw_found(const struct row *r, int lane)
{
	uint32_t from = 0;

	for (uint32_t i = 1; i <= r->nr; i++) {
		const struct pb_sweep_interval *x = at(r, from);

		if (i < r->nr && at(r, i)->outcome == x->outcome)
			continue;
		bar(r, lane, from, i,
		    x->outcome & PB_EVF_SUPPRESSED    ? "busy"
		    : x->outcome & PB_EVF_OUTSTANDING ? "full"
						      : "idle",
		    x->outcome & PB_EVF_SUPPRESSED    ? "SN=1"
		    : x->outcome & PB_EVF_OUTSTANDING ? "ON=1"
		    : x->outcome & PB_EVF_NOTIFIED    ? "SN=0, ON=0"
						      : sweep_outcome_name(x->outcome));
		from = i;
	}
}

/* ---- lane: fate --------------------------------------------------------------------------------- */

static void title(const struct row *r, uint32_t i)
{
	const struct pb_sweep_interval *x = at(r, i);
	char text[SWEEP_TEXT], place[SWEEP_TEXT];

	fputs("<title>", r->out);
	markup_xmlf(r->out,
		    "instants %" PRIu32 "..%" PRIu32 ", from %s (%s)%s%s: %" PRIu32
		    " tried, %s, %s",
		    x->first, x->last, sweep_place(x, place, sizeof(place)),
		    sweep_bound(r->s, r->w, r->from + i, text, sizeof(text)),
		    x->line[0] ? ", " : "", x->line, x->tried, sweep_outcome_name(x->outcome),
		    sweep_fate_name(x->fate));
	fputs("</title>", r->out);
}

static const char *fate_class(const struct pb_sweep_interval *i)
{
	switch (sweep_view_fate(i)) {
	case 'X':
	case 'M':
		return "lost";
	case 'L':
		return "late";
	case '.':
		return "given";
	default:
		return "open";
	}
}

/* Low when all is well, high and crossed out when it is not. */
static void draw_interval(const struct row *r, int lane, uint32_t i)
{
	const struct pb_sweep_interval *x = at(r, i);
	bool lost = sweep_is_lost(x), high = lost || sweep_view_fate(x) != '.';
	int height = high ? LANE - 4 : 8, y = r->y + lane * LANE + LANE - 2 - height;
	double left = x_at(r, i) + 0.5, wide = r->wide - 1;

	fprintf(r->out, "<rect class=\"fate %s\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\">",
		fate_class(x), left, y, wide, height);
	title(r, i);
	fputs("</rect>\n", r->out);
	if (lost && !(x->fate & PB_EVF_FATE_MISSED))
		fprintf(r->out, "<path class=\"cross\" d=\"M%.1f %dl%.1f %d\"/>\n", left,
			y + height, wide, -height);
	if (x->fate & (PB_EVF_FATE_MISSED | PB_EVF_FATE_STRANDED))
		fprintf(r->out, "<path class=\"cross\" d=\"M%.1f %dl%.1f %d\"/>\n", left, y, wide,
			height);
}

static void draw_fates(const struct row *r, int lane)
{
	for (uint32_t i = 0; i < r->nr; i++)
		draw_interval(r, lane, i);
}

/* ---- the strip -------------------------------------------------------------------------------- */

/* First instants, as many as there is room for. */
static void draw_axis(const struct row *r, int lanes)
{
	double last = -TICK_ROOM;
	int y = r->y + lanes * LANE;

	for (uint32_t i = 0; i < r->nr; i++) {
		if (x_at(r, i) - last < TICK_ROOM)
			continue;
		last = x_at(r, i);
		fprintf(r->out,
			"<line class=\"grid\" x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\"/>"
			"<text class=\"tick\" x=\"%.1f\" y=\"%d\">%" PRIu32 "</text>\n",
			last, y, last, y + 5, last + 1, y + 16, at(r, i)->first);
	}
}

static const struct {
	const char *name;
	void (*draw)(const struct row *r, int lane);
} lanes[] = {
	{"code", draw_code},
	{"accesses", draw_accesses},
	{"post finds", draw_found},
	{"post is", draw_fates},
};
#define NR_LANES ((int)(sizeof(lanes) / sizeof(lanes[0])))

static void draw_row(const struct row *r)
{
	for (int lane = 0; lane < NR_LANES; lane++) {
		name(r, lane, lanes[lane].name);
		lanes[lane].draw(r, lane);
	}
	draw_axis(r, NR_LANES);
}

/* The same in words, folded away. */
static void write_intervals(const struct pb_sweep *s, const struct pb_sweep_window *w, FILE *out)
{
	char text[SWEEP_TEXT];

	fprintf(out,
		"<details><summary>%" PRIu32 " intervals</summary>\n<table class=\"steps\">\n"
		"<tr><th>instants</th><th>tried</th><th>finds</th><th>is</th><th>delay</th>"
		"<th>begins at</th></tr>\n",
		w->nr);
	for (uint32_t n = 0; n < w->nr; n++) {
		const struct pb_sweep_interval *i = &s->interval[w->at + n];

		fprintf(out,
			"<tr%s><td>%" PRIu32 "..%" PRIu32 "</td><td>%" PRIu32
			"</td><td>%s</td><td>%s</td><td>%" PRIu64 "</td><td>",
			sweep_is_lost(i) ? " class=\"own\"" : "", i->first, i->last, i->tried,
			sweep_outcome_name(i->outcome), sweep_fate_name(i->fate), i->delay);
		markup_xml(out, sweep_place(i, text, sizeof(text)));
		fputs(", ", out);
		markup_xml(out, sweep_bound(s, w, n, text, sizeof(text)));
		if (i->line[0]) {
			fputs(" <span class=\"dim\">", out);
			markup_xml(out, i->line);
			fputs("</span>", out);
		}
		fputs("</td></tr>\n", out);
	}
	fputs("</table></details>\n", out);
}

void html_sweep_window(const struct pb_sweep *s, uint32_t window, FILE *out)
{
	const struct pb_sweep_window *w = &s->window[window];
	uint32_t rows = (w->nr + PER_ROW - 1) / PER_ROW;
	uint32_t each = rows ? (w->nr + rows - 1) / rows : 0;
	char text[256];

	fputs("<figure class=\"sweep\">\n<figcaption>", out);
	markup_xml(out, sweep_view_title(s, window, text, sizeof(text)));
	fprintf(out,
		"</figcaption>\n<div class=\"wide\"><svg viewBox=\"0 0 %d %" PRIu32
		"\" role=\"img\" aria-label=\"Intervals of a window, and what became of a post in "
		"each\">\n",
		LEFT + WIDTH + 8, rows * ROW);
	for (uint32_t n = 0; n < rows; n++) {
		struct row r = {.s = s,
				.w = w,
				.from = n * each,
				.nr = w->nr - n * each < each ? w->nr - n * each : each,
				.wide = (double)WIDTH / each < MAX_WIDE ? (double)WIDTH / each
									: MAX_WIDE,
				.y = (int)n * ROW,
				.out = out};

		draw_row(&r);
	}
	fputs("</svg></div>\n", out);
	write_intervals(s, w, out);
	fputs("</figure>\n", out);
}
