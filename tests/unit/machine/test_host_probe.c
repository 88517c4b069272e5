// SPDX-License-Identifier: LGPL-2.1-or-later
/* What a machine can do, told from a tree of files that looks like one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "host/kernel/fs.h"
#include "machine/host_probe.h"

static char root[64];
static struct host_fact facts[HOST_FACTS];

static int setup(void **state)
{
	(void)state;
	snprintf(root, sizeof(root), "/tmp/pirbench-host-XXXXXX");
	return mkdtemp(root) ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	return fs_remove(root);
}

static void put(const char *path, const char *text)
{
	char full[256];
	FILE *f;

	snprintf(full, sizeof(full), "%s%s", root, path);
	assert_int_equal(fs_mkdirs_parent(full), 0);
	f = fopen(full, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static const struct host_fact *fact(const char *what)
{
	size_t n = host_probe(root, facts);

	assert_true(n <= HOST_FACTS);
	for (size_t i = 0; i < n; i++) {
		assert_true(facts[i].text[0]);
		if (!strcmp(facts[i].what, what))
			return &facts[i];
	}
	fail_msg("nothing is said of %s", what);
	return NULL;
}

static void says(const char *what, bool ok, const char *text)
{
	const struct host_fact *f = fact(what);

	if (f->ok != ok || !strstr(f->text, text))
		fail_msg("%s: %s '%s'", what, f->ok ? "ok" : "no", f->text);
}

static void an_empty_machine(void **state)
{
	(void)state;
	says("KVM", false, "modprobe kvm_intel");
	says("APICv", false, "not loaded");
	says("IOMMU", false, "intel_iommu=on");
	says("posted interrupts", false, "without an IOMMU");
	says("VFIO", false, "modprobe vfio-pci");
	says("scheduler records", false, "CONFIG_PERF_EVENTS");
}

static void a_server(void **state)
{
	(void)state;
	put("/dev/kvm", "");
	put("/sys/module/kvm_intel/parameters/enable_apicv", "Y\n");
	put("/sys/class/iommu/dmar0/intel-iommu/cap", "8d2008c106f0466\n");
	put("/sys/class/iommu/dmar0/intel-iommu/ecap", "f020df\n");
	put("/sys/kernel/iommu_groups/0/type", "DMA\n");
	put("/dev/vfio/vfio", "");
	put("/sys/bus/pci/drivers/vfio-pci/0000:01:00.0", "");
	put("/proc/sys/kernel/perf_event_paranoid", "2\n");
	says("KVM", true, "/dev/kvm");
	says("APICv", true, "on");
	says("IOMMU", true, "1 Intel IOMMU, 1 groups");
	says("posted interrupts", true, "all IOMMUs can post");
	says("VFIO", true, "groups, 1 function bound");
	says("scheduler records", true, "is 2");
}

/* One that lacks it is enough. */
static void two_iommus(void **state)
{
	(void)state;
	put("/sys/class/iommu/dmar0/intel-iommu/cap", "8d2008c106f0466\n");
	put("/sys/class/iommu/dmar0/intel-iommu/ecap", "f020df\n");
	put("/sys/class/iommu/dmar3/intel-iommu/cap", "d2008c106f0466\n");
	put("/sys/class/iommu/dmar3/intel-iommu/ecap", "f020df\n");
	says("IOMMU", true, "2 Intel IOMMUs");
	says("posted interrupts", false, "CAP.PI");
	put("/sys/class/iommu/dmar3/intel-iommu/ecap", "f020d7\n");
	says("posted interrupts", false, "ECAP.IR");
	put("/sys/class/iommu/dmar3/intel-iommu/cap", "no number\n");
	put("/sys/class/iommu/dmar3/intel-iommu/ecap", "f020df\n");
	says("posted interrupts", false, "CAP.PI");
}

static void turned_off(void **state)
{
	(void)state;
	put("/sys/module/kvm_intel/parameters/enable_apicv", "N\n");
	put("/proc/sys/kernel/perf_event_paranoid", "4\n");
	put("/dev/iommu", "");
	says("APICv", false, "enable_apicv=1");
	says("scheduler records", false, "perf_event_paranoid=2");
	says("VFIO", true, "iommufd, 0 functions bound");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(an_empty_machine, setup, teardown),
		cmocka_unit_test_setup_teardown(a_server, setup, teardown),
		cmocka_unit_test_setup_teardown(two_iommus, setup, teardown),
		cmocka_unit_test_setup_teardown(turned_off, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
