// SPDX-License-Identifier: LGPL-2.1-or-later
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "reports/html.h"
#include "reports/markup.h"

#define WIDTH  720.0
#define HEIGHT 250.0
#define LEFT   58.0
#define RIGHT  14.0
#define TOP    10.0
#define BOTTOM 44.0

/* Below this, in units of the drawing, two points are one. */
#define NEAR 0.4

struct axes {
	double x_min, x_max; /* decades of the delay */
	double y_min; /* decade of the least share; the greatest is 0, that is all */
};

static double log_delay(uint64_t v)
{
	return log10(v ? (double)v : 1);
}

static double x_of(const struct axes *a, double decade)
{
	return LEFT + (decade - a->x_min) / (a->x_max - a->x_min) * (WIDTH - LEFT - RIGHT);
}

static double y_of(const struct axes *a, double decade)
{
	return TOP + decade / a->y_min * (HEIGHT - TOP - BOTTOM);
}

static bool axes_init(const struct pb_result *r, unsigned int n, struct axes *a)
{
	uint64_t most = 0;

	a->x_min = INFINITY;
	a->x_max = -INFINITY;
	for (unsigned int k = 0; k < r->nr_kernels; k++) {
		const struct pb_samples *s = &result_cell(r, k, n)->excess;

		if (!s->nr)
			continue;
		most = s->total > most ? s->total : most;
		a->x_min = fmin(a->x_min, floor(log_delay(s->value[0])));
		a->x_max = fmax(a->x_max, ceil(log_delay(samples_max(s))));
	}
	if (!most)
		return false;
	if (a->x_max <= a->x_min)
		a->x_max = a->x_min + 1;
	a->y_min = fmin(-1, -ceil(log10((double)most)));
	return true;
}

/* 1, 10, 100, 1k ... of a decade. */
static void write_decade(int decade, FILE *out)
{
	static const char *const unit[] = {"", "k", "M", "G", "T", "P", "E"};

	fprintf(out, "%d%s",
		decade % 3 == 0   ? 1
		: decade % 3 == 1 ? 10
				  : 100,
		decade / 3 < 7 ? unit[decade / 3] : "?");
}

static void write_x_axis(const struct axes *a, const char *unit, FILE *out)
{
	for (int d = (int)a->x_min; d <= (int)a->x_max; d++) {
		double x = x_of(a, d);

		fprintf(out,
			"<line class=\"grid\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>"
			"<text class=\"tick\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">",
			x, TOP, x, HEIGHT - BOTTOM, x, HEIGHT - BOTTOM + 15);
		write_decade(d, out);
		fputs("</text>\n", out);
	}
	fprintf(out,
		"<text class=\"label\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">excess delay, "
		"in %s</text>\n",
		(LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, unit);
}

static void write_y_axis(const struct axes *a, FILE *out)
{
	for (int d = 0; d >= (int)a->y_min; d--) {
		double y = y_of(a, d);
		int decimals = d < -2 ? -d - 2 : 0;

		fprintf(out,
			"<line class=\"grid\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>"
			"<text class=\"tick\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">"
			"%.*f %%</text>\n",
			LEFT, y, WIDTH - RIGHT, y, LEFT - 6, y + 4, decimals, 100 * pow(10, d));
	}
}

/* The share of values above each value: right along the value, then down. */
static void write_curve(const struct axes *a, const struct pb_samples *s, const char *cls,
			FILE *out)
{
	double x = x_of(a, a->x_min), y = y_of(a, 0), bottom = y_of(a, a->y_min);
	uint64_t left = s->total;

	fprintf(out, "<path class=\"curve %s\" d=\"M%.1f %.1f", cls, x, y);
	for (size_t i = 0; i < s->nr; i++) {
		double to_x = x_of(a, log_delay(s->value[i])), to_y = bottom;

		left -= s->count[i];
		if (left)
			to_y = y_of(a, log10((double)left / (double)s->total));
		if (left && to_x - x < NEAR && to_y - y < NEAR)
			continue;
		fprintf(out, "H%.1fV%.1f", to_x, to_y);
		x = to_x;
		y = to_y;
	}
	fputs("\"/>\n", out);
}

static const char *curve_class(const struct pb_result_kernel *k)
{
	return k->role == PB_ROLE_BASE ? "base" : "head";
}

static void write_legend(const struct pb_result *r, unsigned int n, FILE *out)
{
	fputs("<p class=\"legend\">", out);
	for (unsigned int k = 0; k < r->nr_kernels; k++) {
		const struct pb_result_kernel *kernel = &r->kernel[k];

		fprintf(out,
			"<span><svg viewBox=\"0 0 28 8\" class=\"key\"><path class=\"curve %s\" "
			"d=\"M0 4H28\"/></svg> ",
			curve_class(kernel));
		if (kernel->role != PB_ROLE_ONLY)
			fprintf(out, "%s, ", kernel->role == PB_ROLE_BASE ? "base" : "head");
		markup_xml(out, kernel->name);
		if (!result_cell(r, k, n)->excess.total)
			fputs(": none delivered", out);
		fputs("</span> ", out);
	}
	fputs("</p>\n", out);
}

void html_delays(const struct pb_result *r, unsigned int n, FILE *out)
{
	const char *unit =
		strcmp(r->fp.machine, "lab") ? "ticks of the TSC" : "ticks of the emulated TSC";
	struct axes a;

	if (!axes_init(r, n, &a))
		return;
	fputs("<figure>\n<figcaption>", out);
	markup_xml(out, r->scenario[n].name);
	fputs(": share of the interrupts that waited longer</figcaption>\n", out);
	write_legend(r, n, out);
	fprintf(out,
		"<svg viewBox=\"0 0 %.0f %.0f\" role=\"img\" aria-label=\"Excess delays, base and "
		"head\">\n",
		WIDTH, HEIGHT);
	write_x_axis(&a, unit, out);
	write_y_axis(&a, out);
	for (unsigned int k = 0; k < r->nr_kernels; k++)
		if (result_cell(r, k, n)->excess.nr)
			write_curve(&a, &result_cell(r, k, n)->excess, curve_class(&r->kernel[k]),
				    out);
	fputs("</svg>\n</figure>\n", out);
}
