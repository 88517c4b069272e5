// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/outcome.h"
#include "util/sort.h"

static int samples_alloc(struct pb_samples *s, size_t nr)
{
	memset(s, 0, sizeof(*s));
	s->value = calloc(nr + 1, sizeof(*s->value));
	s->count = calloc(nr + 1, sizeof(*s->count));
	if (s->value && s->count)
		return 0;
	samples_free(s);
	return -ENOMEM;
}

static void samples_add(struct pb_samples *s, uint64_t value, uint64_t count)
{
	if (!s->nr || s->value[s->nr - 1] != value)
		s->value[s->nr++] = value;
	s->count[s->nr - 1] += count;
	s->total += count;
}

int samples_init(struct pb_samples *s, uint64_t *values, size_t nr)
{
	int ret = samples_alloc(s, nr);

	if (ret)
		return ret;
	sort_u64(values, nr);
	for (size_t i = 0; i < nr; i++)
		samples_add(s, values[i], 1);
	return 0;
}

int samples_merge(struct pb_samples *into, const struct pb_samples *from)
{
	struct pb_samples sum;
	size_t i = 0, k = 0;
	int ret = samples_alloc(&sum, into->nr + from->nr);

	if (ret)
		return ret;
	while (i < into->nr || k < from->nr) {
		if (k == from->nr || (i < into->nr && into->value[i] <= from->value[k])) {
			samples_add(&sum, into->value[i], into->count[i]);
			i++;
		} else {
			samples_add(&sum, from->value[k], from->count[k]);
			k++;
		}
	}
	samples_free(into);
	*into = sum;
	return 0;
}

void samples_free(struct pb_samples *s)
{
	free(s->value);
	free(s->count);
	memset(s, 0, sizeof(*s));
}

uint64_t samples_quantile(const struct pb_samples *s, unsigned int permille)
{
	unsigned __int128 need = (unsigned __int128)s->total * permille;
	unsigned __int128 seen = 0;

	for (size_t i = 0; i < s->nr; i++) {
		seen += s->count[i];
		if (seen * 1000 >= need)
			return s->value[i];
	}
	return 0;
}

uint64_t samples_max(const struct pb_samples *s)
{
	return s->nr ? s->value[s->nr - 1] : 0;
}
