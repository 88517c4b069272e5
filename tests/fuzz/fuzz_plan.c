// SPDX-License-Identifier: LGPL-2.1-or-later
/* Plans with anything in them; the first byte says whether the checksum is made right. */
#include <stdlib.h>
#include <string.h>

#include "plan/plan.h"
#include "tests/fuzz/fuzz.h"
#include "vmm/mini_memory.h"
#include "vmm/vmm.h"

/* What is taken can be laid out in guest memory, and its vectors are told apart. */
static void use(const struct pb_plan *plan)
{
	static struct mini_layout layout;
	unsigned int source, index;

	if (plan_all_vcpus(plan) < plan->vcpus || plan_all_vcpus(plan) > plan_all_vcpus(NULL))
		abort();
	for (unsigned int s = 0; s < plan->nr_sources; s++)
		for (unsigned int i = 0; i < plan->source[s].vectors; i++)
			if (!plan_vector_find(plan, plan_guest_vector(s, i), &source, &index) ||
			    source != s || index != i)
				abort();
	if (!mini_layout_init(&layout, plan, 8192) && layout.size > MINI_MEMORY_MAX)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pb_plan *plan;
	char err[256] = "";
	size_t len;

	if (!size)
		return 0;
	len = data[0] & 1 ? sizeof(*plan) : size - 1;
	plan = calloc(1, len ? len : 1);
	if (!plan)
		abort();
	memcpy(plan, data + 1, size - 1 < len ? size - 1 : len);
	if (len == sizeof(*plan) && data[0] & 1)
		plan_seal(plan);
	if (plan_check(plan, len, err, sizeof(err)))
		fuzz_one_line(err);
	else
		use(plan);
	free(plan);
	return 0;
}
