// SPDX-License-Identifier: LGPL-2.1-or-later
#include "machine/host_probe.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define CAP_PI  (1ull << 59)
#define ECAP_IR (1ull << 3)

/* perf lets everybody watch his own threads up to this (Documentation/admin-guide/sysctl). */
#define PARANOID_MAX 2
/* What VFIO pins of a guest: the agent's, with full rings. */
#define LOCKED_MIB   64

static void good(struct host_fact *f, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void bad(struct host_fact *f, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void good(struct host_fact *f, const char *fmt, ...)
{
	va_list ap;

	f->ok = true;
	va_start(ap, fmt);
	vsnprintf(f->text, sizeof(f->text), fmt, ap);
	va_end(ap);
}

static void bad(struct host_fact *f, const char *fmt, ...)
{
	va_list ap;

	f->ok = false;
	va_start(ap, fmt);
	vsnprintf(f->text, sizeof(f->text), fmt, ap);
	va_end(ap);
}

/* A file's first line without its end; false when it cannot be read. */
static bool read_line(const char *root, const char *path, char *buf, size_t size)
{
	char full[PATH_MAX];
	FILE *f;
	bool ok;

	snprintf(full, sizeof(full), "%s%s", root, path);
	f = fopen(full, "re");
	ok = f && fgets(buf, (int)size, f);
	if (f)
		fclose(f);
	if (ok)
		buf[strcspn(buf, "\n")] = '\0';
	else
		buf[0] = '\0';
	return ok;
}

static bool exists(const char *root, const char *path)
{
	char full[PATH_MAX];

	snprintf(full, sizeof(full), "%s%s", root, path);
	return !access(full, F_OK);
}

/* How many entries a directory has whose names begin so. */
static unsigned int entries(const char *root, const char *path, const char *begin)
{
	char full[PATH_MAX];
	struct dirent *e;
	unsigned int n = 0;
	DIR *d;

	snprintf(full, sizeof(full), "%s%s", root, path);
	d = opendir(full);
	while (d && (e = readdir(d)))
		n += e->d_name[0] != '.' && !strncmp(e->d_name, begin, strlen(begin));
	if (d)
		closedir(d);
	return n;
}

static void probe_kvm(const char *root, struct host_fact *f)
{
	char full[PATH_MAX];
	int fd;

	f->what = "KVM";
	snprintf(full, sizeof(full), "%s/dev/kvm", root);
	fd = open(full, O_RDWR | O_CLOEXEC);
	if (fd >= 0) {
		close(fd);
		good(f, "/dev/kvm can be used");
	} else if (errno == ENOENT) {
		bad(f, "no /dev/kvm: enable VT-x in the firmware, modprobe kvm_intel; in a virtual "
		       "machine, nested virtualization");
	} else {
		bad(f, "/dev/kvm: %s: become a member of the group kvm", strerror(errno));
	}
}

static void probe_apicv(const char *root, struct host_fact *f)
{
	char value[16];

	f->what = "APICv";
	if (!read_line(root, "/sys/module/kvm_intel/parameters/enable_apicv", value, sizeof(value)))
		bad(f, "kvm_intel is not loaded: modprobe kvm_intel, on an Intel CPU");
	else if (*value == 'Y' || *value == '1')
		good(f, "on: KVM can take posted interrupts");
	else
		bad(f,
		    "kvm_intel's enable_apicv is %.8s: the CPU has none (most Xeons do), or it was "
		    "turned off: modprobe kvm_intel enable_apicv=1",
		    value);
}

/* Capabilities that all IOMMUs have; how many there are. */
static unsigned int iommus(const char *root, uint64_t *cap, uint64_t *ecap)
{
	unsigned int nr = entries(root, "/sys/class/iommu", "dmar"), found = 0;
	char path[96], value[32];

	*cap = *ecap = UINT64_MAX;
	for (unsigned int i = 0; found < nr && i < 256; i++) {
		snprintf(path, sizeof(path), "/sys/class/iommu/dmar%u/intel-iommu/cap", i);
		if (!read_line(root, path, value, sizeof(value)))
			continue;
		found++;
		*cap &= strtoull(value, NULL, 16);
		snprintf(path, sizeof(path), "/sys/class/iommu/dmar%u/intel-iommu/ecap", i);
		*ecap &=
			read_line(root, path, value, sizeof(value)) ? strtoull(value, NULL, 16) : 0;
	}
	return found;
}

static void probe_iommu(const char *root, struct host_fact *iommu, struct host_fact *posted)
{
	uint64_t cap, ecap;
	unsigned int nr = iommus(root, &cap, &ecap);

	iommu->what = "IOMMU";
	posted->what = "posted interrupts";
	if (!nr) {
		bad(iommu, "no Intel IOMMU: enable VT-d in the firmware, boot with intel_iommu=on");
		bad(posted, "without an IOMMU there are none");
		return;
	}
	good(iommu, "%u Intel IOMMU%s, %u groups", nr, nr == 1 ? "" : "s",
	     entries(root, "/sys/kernel/iommu_groups", ""));
	if (!(ecap & ECAP_IR))
		bad(posted,
		    "an IOMMU does not remap interrupts (ECAP.IR): enable x2APIC or interrupt "
		    "remapping in the firmware");
	else if (!(cap & CAP_PI))
		bad(posted,
		    "an IOMMU cannot post interrupts (CAP.PI): it takes a Xeon of the E5 v4 "
		    "generation or later");
	else
		good(posted, "all IOMMUs can post (CAP.PI)");
}

static void probe_vfio(const char *root, struct host_fact *f)
{
	bool group = exists(root, "/dev/vfio/vfio"), cdev = exists(root, "/dev/iommu");
	unsigned int bound = entries(root, "/sys/bus/pci/drivers/vfio-pci", "0000:");

	f->what = "VFIO";
	if (!group && !cdev)
		bad(f, "neither /dev/vfio/vfio nor /dev/iommu: modprobe vfio-pci");
	else
		good(f, "%s%s%s, %u function%s bound to vfio-pci", group ? "groups" : "",
		     group && cdev ? " and " : "", cdev ? "iommufd" : "", bound,
		     bound == 1 ? "" : "s");
}

static void probe_perf(const char *root, struct host_fact *f)
{
	char value[16], *end;
	long level;

	f->what = "scheduler records";
	if (!read_line(root, "/proc/sys/kernel/perf_event_paranoid", value, sizeof(value))) {
		bad(f, "the kernel has no perf events (CONFIG_PERF_EVENTS)");
		return;
	}
	level = strtol(value, &end, 10);
	if (end == value || level > PARANOID_MAX)
		bad(f, "perf_event_paranoid is %.8s: sysctl kernel.perf_event_paranoid=%d", value,
		    PARANOID_MAX);
	else
		good(f, "perf_event_paranoid is %ld", level);
}

static void probe_locked(struct host_fact *f)
{
	struct rlimit r;

	f->what = "locked memory";
	if (getrlimit(RLIMIT_MEMLOCK, &r))
		bad(f, "the limit is not known: %s", strerror(errno));
	else if (r.rlim_cur != RLIM_INFINITY && r.rlim_cur < (uint64_t)LOCKED_MIB << 20)
		bad(f, "%llu KiB: VFIO pins guest memory: ulimit -l %u",
		    (unsigned long long)r.rlim_cur >> 10, LOCKED_MIB << 10);
	else
		good(f, "enough for a guest under VFIO");
}

size_t host_probe(const char *root, struct host_fact facts[HOST_FACTS])
{
	size_t n = 0;

	memset(facts, 0, HOST_FACTS * sizeof(*facts));
	probe_kvm(root, &facts[n++]);
	probe_apicv(root, &facts[n++]);
	probe_iommu(root, &facts[n], &facts[n + 1]);
	n += 2;
	probe_vfio(root, &facts[n++]);
	probe_perf(root, &facts[n++]);
	probe_locked(&facts[n++]);
	return n;
}
