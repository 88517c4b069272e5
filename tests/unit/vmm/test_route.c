// SPDX-License-Identifier: LGPL-2.1-or-later
/* Changing the way of interrupts under way. */
#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>

#include "plan/plan.h"
#include "vmm/life.h"

#define LEVEL (1u << 14)

static struct pb_vmm *begin(struct pb_plan *plan)
{
	struct pb_function *fn;
	struct pb_vmm *vmm;

	fk_begin(false);
	/* Source 0 goes to vCPU 0, source 1 to vCPU 1; four vectors each. */
	*plan = cases_plan(PB_VMM_MINI, 2, 2, PB_GUEST_SPIN);
	assert_int_equal(vmm_mini.create(plan, &vmm), 0);
	assert_int_equal(vmm_mini.attach(vmm, 0, FAKE_BDF, &fn), 0);
	assert_int_equal(vmm_mini.attach(vmm, 1, FAKE_BDF_2, &fn), 0);
	return vmm;
}

/* The data of each route but for the bit that means nothing is what it was. */
static void assert_routes(unsigned int other)
{
	assert_int_equal(fk.routes, 8);
	for (unsigned int i = 0; i < 8; i++) {
		unsigned int s = i / 4;

		assert_int_equal(fk.route[i].gsi, 24 + s * 64 + i % 4);
		assert_int_equal(fk.route[i].u.msi.address_lo, 0xfee00000u | s << 12);
		assert_int_equal(fk.route[i].u.msi.data,
				 plan_guest_vector(s, i % 4) | (s == other ? LEVEL : 0));
	}
}

static void test_rewrite(void **state)
{
	char err[80] = "";
	struct pb_plan plan;
	struct pb_vmm *vmm = begin(&plan);

	(void)state;
	assert_routes(9);
	assert_int_equal(vmm_mini.route(vmm, 1, PB_ROUTE_OTHER, err, sizeof(err)), 0);
	assert_routes(1);
	assert_int_equal(vmm_mini.route(vmm, 0, PB_ROUTE_OTHER, err, sizeof(err)), 0);
	assert_routes(0);
	assert_int_equal(vmm_mini.route(vmm, 0, PB_ROUTE_PLAIN, err, sizeof(err)), 0);
	assert_routes(9);
	assert_int_equal(fk.irqfds, 8);
	vmm_mini.destroy(vmm);
	fk_end();
}

static void test_release_and_bind(void **state)
{
	char err[80] = "";
	eventfd_t count = 0;
	struct pb_plan plan;
	struct pb_vmm *vmm = begin(&plan);
	int fd = mini_of(vmm)->fn[1].eventfd[2];

	(void)state;
	assert_int_equal(vmm_mini.route(vmm, 1, PB_ROUTE_RELEASE, err, sizeof(err)), 0);
	assert_int_equal(fk.irqfds, 4);
	/* Twice is once. */
	assert_int_equal(vmm_mini.route(vmm, 1, PB_ROUTE_RELEASE, err, sizeof(err)), 0);
	assert_int_equal(fk.irqfds, 4);
	assert_int_equal(eventfd_write(fd, 3), 0);
	assert_int_equal(vmm_mini.route(vmm, 1, PB_ROUTE_BIND, err, sizeof(err)), 0);
	assert_int_equal(fk.irqfds, 8);
	/* What KVM has injected on assigning is not there for the next time. */
	assert_int_equal(eventfd_read(fd, &count), -1);
	assert_int_equal(errno, EAGAIN);
	assert_int_equal(err[0], 0);
	/* One that is destroyed while they are away takes back none. */
	assert_int_equal(vmm_mini.route(vmm, 0, PB_ROUTE_RELEASE, err, sizeof(err)), 0);
	vmm_mini.destroy(vmm);
	assert_int_equal(fk.irqfds, 0);
	fk_end();
}

/* Each call of the kernel fails once: told in the caller's line, not in the VMM's. */
static void test_failures(void **state)
{
	static const struct {
		enum pb_route how;
		int calls;
		const char *line;
	} c[] = {{PB_ROUTE_OTHER, 1, "KVM does not take 8 MSI routes"},
		 {PB_ROUTE_RELEASE, 4, "KVM does not give back an irqfd"},
		 {PB_ROUTE_BIND, 4, "KVM takes no irqfd"}};

	(void)state;
	for (unsigned int k = 0; k < sizeof(c) / sizeof(c[0]); k++)
		for (int at = 1; at <= c[k].calls; at++) {
			char err[80] = "";
			struct pb_plan plan;
			struct pb_vmm *vmm = begin(&plan);

			if (c[k].how == PB_ROUTE_BIND)
				vmm_mini.route(vmm, 0, PB_ROUTE_RELEASE, err, sizeof(err));
			fk.fail_at = fk.calls + at;
			assert_int_equal(vmm_mini.route(vmm, 0, c[k].how, err, sizeof(err)), -EIO);
			if (strncmp(err, c[k].line, strlen(c[k].line)))
				fail_msg("'%s'", err);
			assert_int_equal(vmm->error[0], 0);
			/* The next attempt makes good. */
			assert_int_equal(vmm_mini.route(vmm, 0, c[k].how, err, sizeof(err)), 0);
			vmm_mini.destroy(vmm);
			assert_int_equal(fk.irqfds, 0);
			fk_end();
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rewrite),
		cmocka_unit_test(test_release_and_bind),
		cmocka_unit_test(test_failures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
