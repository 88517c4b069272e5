// SPDX-License-Identifier: LGPL-2.1-or-later
/* Virtual functions as a guest's: whose physical function has to be opened, and with what. */
#include <errno.h>
#include <string.h>

#include "vmm/life.h"

static struct pb_vmm *created(struct pb_plan *plan)
{
	struct pb_vmm *vmm;

	*plan = cases_plan(PB_VMM_MINI, 1, 2, PB_GUEST_SPIN);
	assert_int_equal(vmm_mini.create(plan, &vmm), 0);
	return vmm;
}

/* Its physical function is vfio-pci's: that is opened first, once, and both with the token. */
static void test_group(void **state)
{
	struct pb_function *fn;
	struct pb_plan plan;
	struct pb_vmm *vmm;

	(void)state;
	fk_begin(false);
	fk_virtual("vfio-pci", false);
	vmm = created(&plan);
	if (vmm_mini.attach(vmm, 0, FAKE_VF, &fn))
		fail_msg("%s", vmm->error);
	assert_int_equal(fk.tokens, 2);
	assert_int_equal(vmm_mini.attach(vmm, 1, FAKE_BDF, &fn), 0);
	assert_int_equal(fk.tokens, 2);
	vmm_mini.destroy(vmm);
	fk_end(); /* nothing stays open */
}

/* A kernel's own driver has the physical function: it is left alone, and no token given. */
static void test_kernel_driver(void **state)
{
	struct pb_function *fn;
	struct pb_plan plan;
	struct pb_vmm *vmm;

	(void)state;
	fk_begin(true);
	fk_virtual("nvme", true);
	vmm = created(&plan);
	assert_int_equal(vmm_mini.attach(vmm, 0, FAKE_VF, &fn), 0);
	assert_int_equal(fk.tokens, 0);
	vmm_mini.destroy(vmm);
	fk_end();
}

static void check_cdev(bool old)
{
	struct pb_function *fn;
	struct pb_plan plan;
	struct pb_vmm *vmm;

	fk_begin(true);
	fk_virtual("vfio-pci", true);
	fk.no_bind_token = old;
	vmm = created(&plan);
	if (vmm_mini.attach(vmm, 0, FAKE_VF, &fn))
		fail_msg("%s", vmm->error);
	assert_int_equal(fk.tokens, old ? 0 : 2);
	vmm_mini.destroy(vmm);
	fk_end();
}

/* Linux 6.17 wants the token at the bind; before, there is none, and that is no error. */
static void test_cdev(void **state)
{
	(void)state;
	check_cdev(false);
	check_cdev(true);
}

/* Each call that fails on the way is said, and leaves nothing open. */
static void test_failures(void **state)
{
	(void)state;
	for (int at = 1;; at++) {
		struct pb_function *fn;
		struct pb_plan plan;
		struct pb_vmm *vmm;
		int r;

		fk_begin(false);
		fk_virtual("vfio-pci", false);
		vmm = created(&plan);
		fk.fail_at = fk.calls + at;
		r = vmm_mini.attach(vmm, 0, FAKE_VF, &fn);
		if (fk.calls < fk.fail_at) {
			assert_int_equal(r, 0);
			vmm_mini.destroy(vmm);
			fk_end();
			break;
		}
		if (r)
			assert_true(vmm->error[0]);
		vmm_mini.destroy(vmm);
		fk_end();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_group),
		cmocka_unit_test(test_kernel_driver),
		cmocka_unit_test(test_cdev),
		cmocka_unit_test(test_failures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
