// SPDX-License-Identifier: LGPL-2.1-or-later
/* All sweeps of a result: what was swept, strips, grids of two events, and where it is lost. */
#include <inttypes.h>
#include <string.h>

#include "plan/plan.h"
#include "reports/html.h"
#include "reports/markup.h"
#include "reports/sweep_view.h"

/* ---- two events: outer instants x intervals ---------------------------------------- */

#define LEFT     104
#define WIDTH    900
#define MAX_WIDE 20
#define MAX_ROWS 400 /* more are not drawn */
#define LINE     9
#define TOP      18

struct grid {
	const struct pb_sweep *s;
	uint32_t around; /* index of the outer window */
	uint32_t rows, columns;
	double wide;
	FILE *out;
};

static bool is_of(const struct grid *g, uint32_t n)
{
	return n < g->s->nr_windows && g->s->window[n].around == g->around;
}

/* A run of intervals with one fate. */
static void draw_run(const struct grid *g, int y, uint32_t from, uint32_t to,
		     const struct pb_sweep_interval *i, uint32_t outer)
{
	bool lost = sweep_is_lost(i);
	double x = LEFT + from * g->wide, width = (to - from) * g->wide;

	fprintf(g->out,
		"<rect class=\"fate %s\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\">"
		"<title>outer instant %" PRIu32 ": from interval %" PRIu32 " to %" PRIu32
		": %s</title></rect>\n",
		lost                        ? "lost"
		: sweep_view_fate(i) == '.' ? "given"
					    : "open",
		x, y, width, LINE - 2, outer, from, to - 1, sweep_fate_name(i->fate));
	if (lost)
		fprintf(g->out, "<path class=\"cross\" d=\"M%.1f %dh%.1f\"/>\n", x,
			y + (LINE - 2) / 2, width);
}

static void draw_line(const struct grid *g, int y, const struct pb_sweep_window *w)
{
	const struct pb_sweep_interval *i = &g->s->interval[w->at];
	uint32_t from = 0;

	if (w->flags & PB_EVF_WINDOW_ALIKE || !w->nr) {
		fprintf(g->out, "<text class=\"tick tiny\" x=\"%d\" y=\"%d\">%s</text>\n", LEFT + 3,
			y + LINE - 2,
			w->flags & PB_EVF_WINDOW_ALIKE ? "like one above" : "opened none");
		return;
	}
	for (uint32_t n = 1; n <= w->nr; n++) {
		if (n < w->nr && i[n].fate == i[from].fate)
			continue;
		draw_run(g, y, from, n, &i[from], w->outer);
		from = n;
	}
}

static void write_grid(const struct pb_sweep *s, uint32_t around, FILE *out)
{
	struct grid g = {.s = s, .around = around, .out = out};
	uint32_t row = 0;

	for (uint32_t n = around + 1; is_of(&g, n); n++) {
		g.rows++;
		if (s->window[n].nr > g.columns)
			g.columns = s->window[n].nr;
	}
	if (!g.columns)
		return;
	g.wide = (double)WIDTH / g.columns < MAX_WIDE ? (double)WIDTH / g.columns : MAX_WIDE;
	if (g.rows > MAX_ROWS)
		g.rows = MAX_ROWS;
	fputs("<figure class=\"sweep\">\n<figcaption>", out);
	markup_xmlf(out,
		    "Window %" PRIu32 ", %s: below each other the instants of the %s, side by side "
		    "the intervals of the window that it opened",
		    s->window[around].number, sweep_window_text(s->window[around].kind),
		    names_str(&plan_sweep_events, s->asked[0].event));
	fprintf(out,
		"</figcaption>\n<div class=\"wide\"><svg viewBox=\"0 0 %d %" PRIu32
		"\" role=\"img\" aria-label=\"Outer instants and inner intervals\">\n"
		"<text class=\"label\" x=\"%d\" y=\"%d\" text-anchor=\"end\">instant</text>\n",
		LEFT + WIDTH + 8, TOP + g.rows * LINE + 6, LEFT - 14, TOP - 6);
	for (uint32_t n = around + 1; is_of(&g, n) && row < g.rows; n++, row++) {
		int y = TOP + (int)row * LINE;

		fprintf(out,
			"<text class=\"tick tiny\" x=\"%d\" y=\"%d\" text-anchor=\"end\">%" PRIu32
			"</text>\n",
			LEFT - 14, y + LINE - 2, s->window[n].outer);
		draw_line(&g, y, &s->window[n]);
	}
	fputs("</svg></div>\n</figure>\n", out);
}

/* ---- tables ---------------------------------------------------------------------------- */

static void cell(FILE *out, uint64_t value, bool bad)
{
	fprintf(out, "<td%s>%" PRIu64 "</td>", bad && value ? " class=\"bad\"" : "", value);
}

static void write_sums(const struct pb_result *r, unsigned int k, unsigned int n, FILE *out)
{
	const struct pb_sweep_sums *s = &result_cell(r, k, n)->sweep;
	char gaps[256];

	fprintf(out, "<tr%s><td class=\"what\">", k ? "" : " class=\"first\"");
	markup_xml(out, k ? "" : r->scenario[n].name);
	fputs("</td><td>", out);
	markup_xml(out, r->kernel[k].name);
	fputs("</td>", out);
	cell(out, s->windows, false);
	cell(out, s->intervals, false);
	cell(out, s->instants, false);
	cell(out, s->tried, false);
	cell(out, s->stranded, true);
	cell(out, s->missed, true);
	cell(out, s->late, true);
	fprintf(out, "<td class=\"note\">%s",
		sweep_complete(s) ? "complete"
		: sweep_done(s)   ? "done as asked"
				  : "not complete: ");
	markup_xml(out, sweep_gaps_text(s, gaps, sizeof(gaps)));
	fputs("</td></tr>\n", out);
}

static void write_stretches(const struct sweep_view *v, FILE *out)
{
	struct pb_sweep_stretch x;
	char text[512];
	uint32_t at = 0, nr = 0;

	if (!sweep_lost(v->sums))
		return;
	fputs("<table class=\"steps\">\n<tr><th>lost in</th><th></th></tr>\n", out);
	for (; sweep_stretch(v->s, &at, &x); nr++) {
		if (nr >= SWEEP_VIEW_STRETCHES)
			continue;
		fputs("<tr><td>", out);
		markup_xml(out, sweep_window_place(v->s, x.window, text, sizeof(text)));
		fputs("</td><td>", out);
		markup_xml(out, sweep_stretch_text(v->s, &x, text, sizeof(text)));
		if (v->s->interval[x.from].line[0]) {
			fputs("<br/><span class=\"dim\">", out);
			markup_xml(out, v->s->interval[x.from].line);
			fputs("</span>", out);
		}
		fputs("</td></tr>\n", out);
	}
	if (nr > SWEEP_VIEW_STRETCHES)
		fprintf(out, "<tr><td></td><td>and in %" PRIu32 " places more</td></tr>\n",
			nr - SWEEP_VIEW_STRETCHES);
	fputs("</table>\n", out);
}

/* ---- the whole ---------------------------------------------------------------------------- */

static void write_cell(const struct pb_result *r, unsigned int k, unsigned int n, FILE *out)
{
	struct sweep_view v;
	char text[512];

	if (!sweep_view(r, k, n, &v))
		return;
	fputs("<h3>", out);
	markup_xml(out, r->scenario[n].name);
	fputs(" on ", out);
	markup_xml(out, r->kernel[k].name);
	fputs("</h3>\n<p>", out);
	markup_xml(out, sweep_sums_text(v.sums, text, sizeof(text)));
	fputs(".", out);
	if (v.branches > 1)
		markup_xmlf(out, " Of %u branches, the one with seed 0x%" PRIx64 ":", v.branches,
			    v.b->seed);
	fputs("</p>\n", out);
	for (uint32_t i = 0; v.s->nr_asked > 1 && i < v.s->nr_windows; i++)
		if (!v.s->window[i].sweep)
			write_grid(v.s, i, out);
	for (uint32_t i = 0; i < v.nr; i++)
		html_sweep_window(v.s, v.window[i], out);
	if (v.left_out)
		fprintf(out,
			"<p class=\"dim\">%" PRIu32 " windows more are not drawn; %" PRIu32
			" of them lose.</p>\n",
			v.left_out, v.lost_left_out);
	write_stretches(&v, out);
	if (v.s->note[0]) {
		fputs("<p class=\"dim\">", out);
		markup_xml(out, v.s->note);
		fputs("</p>\n", out);
	}
}

void html_sweeps(const struct pb_result *r, FILE *out)
{
	bool any = false;

	for (unsigned int n = 0; n < r->nr_scenarios; n++)
		any |= r->scenario[n].sweeps > 0;
	if (!any)
		return;
	fputs("<h2>Sweeps</h2>\n<div class=\"wide\"><table class=\"counts\">\n"
	      "<tr><th>scenario</th><th>kernel</th><th>windows</th><th>intervals</th>"
	      "<th>instants</th><th>tried</th><th>stranded</th><th>missed</th><th>late</th>"
	      "<th></th></tr>\n",
	      out);
	for (unsigned int n = 0; n < r->nr_scenarios; n++)
		for (unsigned int k = 0; k < r->nr_kernels && r->scenario[n].sweeps; k++)
			write_sums(r, k, n, out);
	fputs("</table></div>\n"
	      "<p class=\"dim\">A post at any instant of an interval has the same fate. Intervals "
	      "are drawn equally wide, their first instants below. Accesses: a triangle from above "
	      "is one to the PID, from below to the virtual-APIC page, filled where it stored; a "
	      "long line is a VM entry or exit, a short one another bound. A low bar is a "
	      "delivered "
	      "post; a high one crossed out twice was stranded, once downwards missed, once "
	      "upwards "
	      "late; a dashed one is not decided.</p>\n",
	      out);
	for (unsigned int n = 0; n < r->nr_scenarios; n++)
		for (unsigned int k = 0; k < r->nr_kernels; k++)
			write_cell(r, k, n, out);
}
