// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fcntl.h>
#include <linux/kvm.h>
#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "exec/device.h"
#include "exec/perf_time.h"
#include "exec/warm.h"
#include "shared/poster_regs.h"

static void kvm_warm(void)
{
	int kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);

	if (kvm < 0)
		return;
	/* Never closed: the last virtual machine to go would switch VMX off. */
	ioctl(kvm, KVM_CREATE_VM, 0);
	close(kvm);
}

/* Kept open, as above: the hook in the scheduler is there as long as anybody needs it. */
static void perf_warm(void)
{
	struct perf_event_attr attr;
	struct perf_time time;
	char err[128];
	void *page;
	int fd;

	if (perf_time_init(&time, err, sizeof(err)))
		return;
	perf_time_attr(&time, &attr);
	perf_open(&attr, 0, 0, &fd, &page, err, sizeof(err));
}

static void posters_warm(void)
{
	char bdf[32], err[128];

	for (unsigned int i = 0; !device_find("/sys", PB_POSTER_VENDOR, PB_POSTER_DEVICE, i, bdf,
					      sizeof(bdf), err, sizeof(err));
	     i++) {
		struct device dev;

		device_take(&dev, "/sys", bdf, err, sizeof(err));
	}
}

void warm_up(void)
{
	kvm_warm();
	perf_warm();
	posters_warm();
}
