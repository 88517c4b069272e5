// SPDX-License-Identifier: LGPL-2.1-or-later
#include "reports/sweep_view.h"

#include <inttypes.h>
#include <string.h>

#include "util/text.h"

#define PER_LINE 72 /* intervals */

const char sweep_view_legend[] =
	"An interval of a sweep is a character. A post in it was: . delivered, X stranded, "
	"M missed, L late, ? undecided, - not posted, _ not tried. It found: S SN=1 (suppressed), "
	"n neither (notified), o ON=1 (outstanding), x another way.";

char sweep_view_fate(const struct pb_sweep_interval *i)
{
	if (!i->tried)
		return '_';
	if (i->fate & PB_EVF_FATE_STRANDED)
		return 'X';
	if (i->fate & PB_EVF_FATE_MISSED)
		return 'M';
	if (i->fate & PB_EVF_FATE_PASSED)
		return 'L';
	if (i->fate & PB_EVF_FATE_DELIVERED)
		return '.';
	return i->fate & PB_EVF_FATE_UNDECIDED ? '?' : '-';
}

char sweep_view_found(const struct pb_sweep_interval *i)
{
	if (!i->tried)
		return '_';
	if (i->outcome & PB_EVF_SUPPRESSED)
		return 'S';
	if (i->outcome & PB_EVF_NOTIFIED)
		return 'n';
	return i->outcome & PB_EVF_OUTSTANDING ? 'o' : 'x';
}

/* ---- choosing ------------------------------------------------------------------ */

static uint32_t lost_in(const struct pb_sweep *s, const struct pb_sweep_window *w)
{
	uint32_t lost = 0;

	for (uint32_t i = 0; i < w->nr; i++)
		lost += sweep_is_lost(&s->interval[w->at + i]);
	return lost;
}

/* Is anything of it to be seen? */
static bool is_shown(const struct pb_sweep *s, uint32_t n)
{
	const struct pb_sweep_window *w = &s->window[n];

	return sweep_is_swept(s, w) && w->nr && !(w->flags & PB_EVF_WINDOW_ALIKE);
}

/* Those that lose, then others; in order of the sweep, both. */
static void choose(struct sweep_view *v)
{
	uint32_t of[2] = {0}, take[2];
	const struct pb_sweep *s = v->s;

	for (uint32_t n = 0; n < s->nr_windows; n++)
		if (is_shown(s, n))
			of[lost_in(s, &s->window[n]) > 0]++;
	take[1] = of[1] < SWEEP_VIEW_WINDOWS ? of[1] : SWEEP_VIEW_WINDOWS;
	take[0] = SWEEP_VIEW_WINDOWS - take[1];
	for (uint32_t n = 0; n < s->nr_windows; n++) {
		uint32_t *left;

		if (!is_shown(s, n))
			continue;
		left = &take[lost_in(s, &s->window[n]) > 0];
		if (!*left)
			continue;
		(*left)--;
		v->window[v->nr++] = n;
	}
	v->left_out = of[0] + of[1] - v->nr;
	v->lost_left_out = of[1] > SWEEP_VIEW_WINDOWS ? of[1] - SWEEP_VIEW_WINDOWS : 0;
}

bool sweep_view(const struct pb_result *r, unsigned int k, unsigned int n, struct sweep_view *v)
{
	const struct pb_result_cell *c = result_cell(r, k, n);

	*v = (struct sweep_view){.sums = &c->sweep};
	if (!r->scenario[n].sweeps)
		return false;
	for (size_t i = 0; i < r->nr_branches; i++) {
		const struct pb_result_branch *b = &r->branch[i];

		if (b->kernel != k || b->scenario != n || !b->sweep)
			continue;
		v->branches++;
		if (!v->b || i == c->first)
			v->b = b;
	}
	if (!v->b)
		return false;
	v->s = v->b->sweep;
	choose(v);
	return true;
}

bool sweep_view_any(const struct pb_result *r)
{
	struct sweep_view v;

	for (unsigned int n = 0; n < r->nr_scenarios; n++)
		for (unsigned int k = 0; k < r->nr_kernels; k++)
			if (sweep_view(r, k, n, &v))
				return true;
	return false;
}

/* ---- characters ----------------------------------------------------------------- */

const char *sweep_view_title(const struct pb_sweep *s, uint32_t window, char *buf, size_t size)
{
	const struct pb_sweep_window *w = &s->window[window];
	struct text t = {.buf = buf, .size = size};
	char place[SWEEP_TEXT], number[32];
	uint32_t lost = lost_in(s, w);

	text_add(&t, "%s", sweep_window_place(s, window, place, sizeof(place)));
	if (!w->sweep)
		text_add(&t, ", %s", sweep_window_text(w->kind));
	text_add(&t, ", CPU %u: %" PRIu32 " intervals, %s instants", w->cpu, w->nr,
		 sweep_number(w->instants, number, sizeof(number)));
	if (lost)
		text_add(&t, "; lost in %" PRIu32, lost);
	if (w->flags & PB_EVF_WINDOW_OPEN)
		text_add(&t, "; longer than allowed");
	if (w->flags & PB_EVF_WINDOW_CUT)
		text_add(&t, "; cut by the budget");
	return buf;
}

/* Part of a window: two lines, the first with the instant that it begins at. */
static void write_lines(const struct pb_sweep_interval *i, uint32_t nr, const char *indent,
			FILE *out)
{
	fprintf(out, "%s%8" PRIu32 "  ", indent, i[0].first);
	for (uint32_t n = 0; n < nr; n++)
		fputc(sweep_view_fate(&i[n]), out);
	fprintf(out, "\n%s%8s  ", indent, "");
	for (uint32_t n = 0; n < nr; n++)
		fputc(sweep_view_found(&i[n]), out);
	fputc('\n', out);
}

static void write_stretches(const struct sweep_view *v, const char *indent, FILE *out)
{
	struct pb_sweep_stretch x;
	char text[512], place[SWEEP_TEXT];
	uint32_t at = 0, nr = 0;

	for (; sweep_stretch(v->s, &at, &x); nr++) {
		if (nr >= SWEEP_VIEW_STRETCHES)
			continue;
		fprintf(out, "%slost in %s: %s\n", indent,
			sweep_window_place(v->s, x.window, place, sizeof(place)),
			sweep_stretch_text(v->s, &x, text, sizeof(text)));
		if (v->s->interval[x.from].line[0])
			fprintf(out, "%s  %s\n", indent, v->s->interval[x.from].line);
	}
	if (nr > SWEEP_VIEW_STRETCHES)
		fprintf(out, "%sand in %" PRIu32 " places more\n", indent,
			nr - SWEEP_VIEW_STRETCHES);
}

void sweep_view_strips(const struct sweep_view *v, const char *indent, FILE *out)
{
	char title[256];

	for (uint32_t n = 0; n < v->nr; n++) {
		const struct pb_sweep_window *w = &v->s->window[v->window[n]];

		fprintf(out, "%s%s\n", indent,
			sweep_view_title(v->s, v->window[n], title, sizeof(title)));
		for (uint32_t i = 0; i < w->nr; i += PER_LINE)
			write_lines(&v->s->interval[w->at + i],
				    w->nr - i < PER_LINE ? w->nr - i : PER_LINE, indent, out);
	}
	if (v->left_out)
		fprintf(out, "%s%" PRIu32 " windows more, of which %" PRIu32 " lose\n", indent,
			v->left_out, v->lost_left_out);
	write_stretches(v, indent, out);
	if (v->s->note[0])
		fprintf(out, "%s%s\n", indent, v->s->note);
}
