// SPDX-License-Identifier: LGPL-2.1-or-later
#include "analysis/compare.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The scenario of `r` by name; PB_TL_NONE. */
static uint32_t find_scenario(const struct pb_result *r, const char *name)
{
	for (uint32_t n = 0; n < r->nr_scenarios; n++)
		if (!strcmp(r->scenario[n].name, name))
			return n;
	return PB_TL_NONE;
}

/* The names of all kernels but the first hit's; for the error line. */
static int no_kernel(const struct pb_result *r, const char *name, char *err, size_t size)
{
	int n;

	if (name)
		n = snprintf(err, size, "no kernel %s in it; there are", name);
	else
		n = snprintf(err, size, "more than one kernel in it, say which:");
	for (size_t k = 0; k < r->nr_kernels && n > 0 && (size_t)n < size; k++)
		n += snprintf(err + n, size - (size_t)n, "%s %s", k ? "," : "", r->kernel[k].name);
	return -ENOENT;
}

int compare_kernel(const struct pb_result *r, const char *name, char *err, size_t size)
{
	int found = -1;

	for (size_t k = 0; k < r->nr_kernels; k++) {
		const struct pb_result_kernel *kernel = &r->kernel[k];
		bool hit = name ? !strcmp(kernel->name, name) || !strcmp(kernel->release, name) ||
					   !strcmp(kernel->build_id, name)
				: kernel->role != PB_ROLE_BASE;

		if (hit && found >= 0 && !name)
			return no_kernel(r, NULL, err, size);
		if (hit && found < 0)
			found = (int)k;
	}
	return found < 0 ? no_kernel(r, name, err, size) : found;
}

static int add_kernel(struct pb_result *to, const struct pb_result_kernel *k, enum pb_role role)
{
	to->kernel[to->nr_kernels] = *k;
	to->kernel[to->nr_kernels].role = role;
	return (int)to->nr_kernels++;
}

/* Scenarios that both have; the others' names to `left`. */
static int add_scenarios(struct pb_result *to, const struct pb_result *base,
			 const struct pb_result *head, char *left, size_t left_size, char *err,
			 size_t size)
{
	const struct pb_result *const both[] = {head, base};
	size_t len = 0;

	left[0] = '\0';
	for (int side = 0; side < 2; side++)
		for (size_t n = 0; n < both[side]->nr_scenarios; n++) {
			const struct pb_result_scenario *s = &both[side]->scenario[n];
			uint32_t other = find_scenario(both[!side], s->name);
			const struct pb_result_scenario *o;

			if (other == PB_TL_NONE && len < left_size)
				len += (size_t)snprintf(left + len, left_size - len, "%s%s",
							len ? ", " : "", s->name);
			if (other == PB_TL_NONE || side)
				continue;
			o = &both[!side]->scenario[other];
			if (o->late_us != s->late_us || o->expect.lost != s->expect.lost ||
			    o->expect.suppressed_min != s->expect.suppressed_min ||
			    o->sweeps != s->sweeps) {
				snprintf(err, size,
					 "scenario %s has other limits in the two results",
					 s->name);
				return -EINVAL;
			}
			to->scenario[to->nr_scenarios++] = *s;
		}
	if (to->nr_scenarios)
		return 0;
	snprintf(err, size, "the two results have no scenario in common");
	return -EINVAL;
}

/* A copy with samples and sweep of its own. */
static int copy_branch(struct pb_result_branch *to, const struct pb_result_branch *from)
{
	int ret;

	*to = *from;
	memset(&to->latency, 0, sizeof(to->latency));
	memset(&to->preempted, 0, sizeof(to->preempted));
	memset(&to->excess, 0, sizeof(to->excess));
	to->sweep = NULL;
	if (from->sweep && !(to->sweep = sweep_copy(from->sweep)))
		return -ENOMEM;
	ret = samples_merge(&to->latency, &from->latency);
	if (!ret)
		ret = samples_merge(&to->preempted, &from->preempted);
	if (!ret)
		ret = samples_merge(&to->excess, &from->excess);
	return ret;
}

static int add_branches(struct pb_result *to, const struct pb_result *from, unsigned int kernel,
			unsigned int as)
{
	for (size_t i = 0; i < from->nr_branches; i++) {
		const struct pb_result_branch *b = &from->branch[i];
		uint32_t n = find_scenario(to, from->scenario[b->scenario].name);
		int ret;

		if (b->kernel != kernel || n == PB_TL_NONE)
			continue;
		/* Counted before it is filled: what was copied is freed in any case. */
		ret = copy_branch(&to->branch[to->nr_branches++], b);
		if (ret)
			return ret;
		to->branch[to->nr_branches - 1].kernel = as;
		to->branch[to->nr_branches - 1].scenario = n;
	}
	return 0;
}

static int check_machines(const struct pb_result *base, const struct pb_result *head, char *err,
			  size_t size)
{
	if (!strcmp(base->fp.machine, head->fp.machine) && !strcmp(base->fp.unit, head->fp.unit))
		return 0;
	snprintf(err, size, "machines differ: %s and %s", base->fp.machine, head->fp.machine);
	return -EINVAL;
}

int compare_results(const struct pb_result *base, unsigned int kb, const struct pb_result *head,
		    unsigned int kh, struct pb_result **out, char *left, size_t left_size,
		    char *err, size_t size)
{
	struct pb_result *r;
	int ret = check_machines(base, head, err, size);

	if (ret)
		return ret;
	r = result_new();
	if (!r)
		return -ENOMEM;
	r->fp = head->fp;
	if (!r->fp.defect[0])
		memcpy(r->fp.defect, base->fp.defect, sizeof(r->fp.defect));
	r->max_branches = base->nr_branches + head->nr_branches + 1;
	r->branch = calloc(r->max_branches, sizeof(*r->branch));
	if (!r->branch)
		ret = -ENOMEM;
	if (!ret)
		ret = add_scenarios(r, base, head, left, left_size, err, size);
	if (!ret)
		ret = add_branches(r, base, kb,
				   (unsigned int)add_kernel(r, &base->kernel[kb], PB_ROLE_BASE));
	if (!ret)
		ret = add_branches(r, head, kh,
				   (unsigned int)add_kernel(r, &head->kernel[kh], PB_ROLE_HEAD));
	if (!ret)
		ret = result_finish(r);
	if (ret)
		result_free(r);
	else
		*out = r;
	return ret;
}
