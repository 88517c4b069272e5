// SPDX-License-Identifier: LGPL-2.1-or-later
#include "vmm/fake_kernel.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "vmm/cases.h"
#include "vmm/sys.h"
#include "vmm/fake_vfio.h"
#include "vmm/vfio_uapi.h"

struct fake_kernel fk;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int fk_ioctl(int fd, unsigned long request, void *arg);
static struct vmm_sys real;
static unsigned int fds_before;

static unsigned int count_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	unsigned int n = 0;

	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

/* --- the files ----------------------------------------------------------- */

static void make_file(const char *dir, const char *name, off_t size)
{
	char path[160];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_CREAT | O_RDWR, 0600);
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, size), 0);
	close(fd);
}

static void make_dir(const char *dir, const char *name)
{
	char path[160];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	assert_int_equal(mkdir(path, 0700), 0);
}

static void make_link(const char *name, const char *target)
{
	char path[160];

	snprintf(path, sizeof(path), "%s/bus/pci/devices/%s", fk.sys, name);
	assert_int_equal(symlink(target, path), 0);
}

static void make_function(const char *bdf, const char *vfio, bool cdev)
{
	char name[96];

	snprintf(name, sizeof(name), "bus/pci/devices/%s", bdf);
	make_dir(fk.sys, name);
	snprintf(name, sizeof(name), "bus/pci/devices/%s/vfio-dev", bdf);
	make_dir(fk.sys, name);
	snprintf(name, sizeof(name), "bus/pci/devices/%s/vfio-dev/%s", bdf, vfio);
	make_dir(fk.sys, name);
	snprintf(name, sizeof(name), "%s/driver", bdf);
	make_link(name, "../../../bus/pci/drivers/vfio-pci");
	snprintf(name, sizeof(name), "%s/iommu_group", bdf);
	make_link(name, "../../../kernel/iommu_groups/7");
	snprintf(name, sizeof(name), "vfio/devices/%s", vfio);
	if (cdev)
		make_file(fk.dev, name, 16 * FK_REGION_SIZE);
}

/* Also after a test that failed in the middle. */
static void remove_files(void)
{
	char command[96];

	snprintf(command, sizeof(command), "rm -rf '%s'", fk.root);
	if (fk.root[0] && system(command))
		perror(command);
	fk.root[0] = '\0';
}

void fk_begin(bool cdev)
{
	const char *tmp = getenv("TMPDIR");
	static bool registered;

	if (!registered)
		atexit(remove_files);
	registered = true;
	remove_files();
	memset(&fk, 0, sizeof(fk));
	fds_before = count_fds();
	snprintf(fk.root, sizeof(fk.root), "%.40s/fake-kernel-XXXXXX", tmp ? tmp : "/tmp");
	assert_non_null(mkdtemp(fk.root));
	make_dir(fk.root, "dev");
	make_dir(fk.root, "sys");
	snprintf(fk.dev, sizeof(fk.dev), "%s/dev", fk.root);
	snprintf(fk.sys, sizeof(fk.sys), "%s/sys", fk.root);
	make_file(fk.dev, "kvm", 0);
	make_dir(fk.dev, "vfio");
	make_dir(fk.dev, "vfio/devices");
	make_file(fk.dev, "vfio/vfio", 0);
	make_file(fk.dev, "vfio/7", 16 * FK_REGION_SIZE);
	if (cdev)
		make_file(fk.dev, "iommu", 0);
	make_dir(fk.sys, "bus");
	make_dir(fk.sys, "bus/pci");
	make_dir(fk.sys, "bus/pci/devices");
	make_function(FAKE_BDF, "vfio0", cdev);
	make_function(FAKE_BDF_2, "vfio1", cdev);
	fk.guest = fk_good;
	fk.sparse = 0x2000;
	real = vmm_sys;
	vmm_sys.dev = fk.dev;
	vmm_sys.sysfs = fk.sys;
	vmm_sys.ioctl = fk_ioctl;
}

void fk_virtual(const char *pf_driver, bool cdev)
{
	char path[160];

	make_function(FAKE_PF, "vfio2", cdev);
	make_function(FAKE_VF, "vfio3", cdev);
	make_link(FAKE_VF "/physfn", "../" FAKE_PF);
	snprintf(path, sizeof(path), "%s/bus/pci/devices/" FAKE_PF "/driver", fk.sys);
	assert_int_equal(unlink(path), 0);
	snprintf(path, sizeof(path), "../../../bus/pci/drivers/%s", pf_driver);
	make_link(FAKE_PF "/driver", path);
}

void fk_end(void)
{
	vmm_sys = real;
	for (unsigned int i = 0; i < fk.vcpus; i++)
		if (fk.vcpu[i].run)
			munmap(fk.vcpu[i].run, fk.vcpu[i].run_size);
	remove_files();
	assert_int_equal(count_fds(), fds_before);
}

int fk_called(const char *name)
{
	for (unsigned int i = 0; i < fk.nr_log; i++)
		if (!strcmp(fk.log[i], name))
			return (int)i;
	return -1;
}

/* --- guests -------------------------------------------------------------- */

static uint64_t tsc(void)
{
	uint32_t lo, hi;

	__asm__ volatile("rdtsc" : "=a"(lo), "=d"(hi));
	return (uint64_t)hi << 32 | lo;
}

void fk_up(struct fk_vcpu *v)
{
	v->out->version = PB_AGENT_VERSION;
	v->out->vcpu = v->in->vcpu;
	v->out->magic = PB_AGENT_MAGIC;
	__atomic_store_n(&v->out->state, PB_AGENT_RUNNING, __ATOMIC_RELEASE);
}

int fk_exit_io(struct fk_vcpu *v, uint16_t port, uint32_t value)
{
	v->run->exit_reason = KVM_EXIT_IO;
	v->run->io.direction = KVM_EXIT_IO_OUT;
	v->run->io.size = 4;
	v->run->io.port = port;
	v->run->io.count = 1;
	v->run->io.data_offset = 4096;
	memcpy((uint8_t *)v->run + 4096, &value, 4);
	return 0;
}

int fk_nap(void)
{
	const struct timespec t = {0, 50000};

	nanosleep(&t, NULL);
	return fk_signal();
}

int fk_signal(void)
{
	sigset_t pending;

	sigpending(&pending);
	return sigismember(&pending, SIGRTMIN) ? -EINTR : 0;
}

void fk_isr(struct fk_vcpu *v, uint8_t vector, uint32_t seq, uint16_t flags)
{
	v->ring->ev[v->ring->head] = (struct pb_event){.tsc = tsc(),
						       .seq = seq,
						       .vcpu = (uint16_t)v->index,
						       .cpu = PB_CPU_NONE,
						       .flags = flags,
						       .kind = PB_EV_ISR,
						       .vector = vector,
						       .source = v->in->source[vector]};
	__atomic_store_n(&v->ring->head, v->ring->head + 1, __ATOMIC_RELEASE);
	if (flags)
		v->out->spurious++;
	else
		v->out->isr++;
}

static void beat(struct fk_vcpu *v)
{
	__atomic_store_n(&v->out->heartbeat, v->out->heartbeat + 1, __ATOMIC_RELAXED);
}

static void go_to(struct fk_vcpu *v, uint32_t state)
{
	__atomic_store_n(&v->out->state, state, __ATOMIC_RELEASE);
}

static void halt(struct fk_vcpu *v)
{
	v->ring->ev[v->ring->head++] = (struct pb_event){
		.tsc = tsc(), .vcpu = (uint16_t)v->index, .cpu = PB_CPU_NONE, .kind = PB_EV_HALT};
	v->out->halts++;
	go_to(v, PB_AGENT_HALTED);
	v->mp_state = KVM_MP_STATE_HALTED;
}

int fk_good(struct fk_vcpu *v)
{
	if (v->out->state == PB_AGENT_RESET)
		fk_up(v);
	for (;;) {
		/* Only somebody who sets the state to runnable gets it out of there. */
		if (v->mp_state == KVM_MP_STATE_HALTED) {
			if (fk_nap())
				return -EINTR;
			continue;
		}
		uint32_t command = __atomic_load_n(&v->guest->command, __ATOMIC_ACQUIRE);

		beat(v);
		if (command == PB_AGENT_STOP) {
			go_to(v, PB_AGENT_STOPPED);
			return fk_exit_io(v, PB_AGENT_PORT, PB_AGENT_EXIT_STOPPED);
		}
		if (command == PB_AGENT_DRAIN) {
			go_to(v, PB_AGENT_DRAINING);
		} else {
			go_to(v, PB_AGENT_RUNNING);
			if (v->guest->mode == PB_GUEST_HALT) {
				halt(v);
				continue;
			}
		}
		if (fk_nap())
			return -EINTR;
	}
}

/* --- KVM ----------------------------------------------------------------- */

static struct fk_vcpu *vcpu_of(int fd)
{
	for (unsigned int i = 0; i < fk.vcpus; i++)
		if (fk.vcpu[i].fd == fd)
			return &fk.vcpu[i];
	return NULL;
}

static int vcpu_new(unsigned int index)
{
	struct fk_vcpu *v = &fk.vcpu[fk.vcpus];

	v->index = index;
	v->fd = memfd_create("vcpu", MFD_CLOEXEC);
	v->run_size = 8192;
	v->mp_state = index ? KVM_MP_STATE_UNINITIALIZED : KVM_MP_STATE_RUNNABLE;
	if (ftruncate(v->fd, (off_t)v->run_size))
		return -EIO;
	fk.vcpus++;
	return v->fd;
}

static int vcpu_run(struct fk_vcpu *v)
{
	if (!v->run) {
		v->run = mmap(NULL, v->run_size, PROT_READ | PROT_WRITE, MAP_SHARED, v->fd, 0);
		v->in = (struct pb_agent_input *)(fk.mem + v->regs.rdi);
		v->guest = (struct pb_agent_guest *)(fk.mem + v->in->guest);
		v->out = (struct pb_agent_output *)(fk.mem + v->in->output);
		v->ring = (struct pb_ring *)(fk.mem + v->in->ring);
	}
	v->runs++;
	return fk.guest(v);
}

static int routing(const struct kvm_irq_routing *r)
{
	fk.routes = r->nr;
	for (unsigned int i = 0; i < r->nr; i++) {
		/* As kvm_set_routing_entry() refuses. */
		if (r->entries[i].type != KVM_IRQ_ROUTING_MSI ||
		    (r->entries[i].u.msi.address_hi & 0xff) || r->entries[i].gsi >= 4096)
			return -EINVAL;
		fk.route[i] = r->entries[i];
	}
	return 0;
}

static int irqfd(const struct kvm_irqfd *i)
{
	if (i->flags & KVM_IRQFD_FLAG_DEASSIGN)
		return fk.irqfds-- ? 0 : -ENOENT;
	fk.irqfds++;
	return 0;
}

static int msrs(unsigned long request, struct kvm_msrs *m)
{
	if (m->nmsrs != 1 || m->entries[0].index != 0x10)
		return -EINVAL;
	if (request == KVM_SET_MSRS)
		fk.tsc_offset = m->entries[0].data - tsc() + (uint64_t)fk.tsc_skew;
	else
		m->entries[0].data = tsc() + fk.tsc_offset;
	return 1;
}

static int attr(unsigned long request, const struct kvm_device_attr *a)
{
	uint64_t *value = (uint64_t *)(uintptr_t)a->addr;

	if (fk.no_tsc_offset)
		return -ENXIO;
	if (request == KVM_GET_DEVICE_ATTR)
		*value = fk.tsc_offset;
	if (request == KVM_SET_DEVICE_ATTR)
		fk.tsc_offset = *value + (uint64_t)fk.tsc_skew;
	return 0;
}

static int kvm_ioctl(int fd, unsigned long request, void *arg)
{
	struct fk_vcpu *v = vcpu_of(fd);

	switch (request) {
	case KVM_GET_API_VERSION:
		return 12;
	case KVM_CHECK_EXTENSION:
		return !((uintptr_t)arg == KVM_CAP_SPLIT_IRQCHIP && fk.no_split_irqchip);
	case KVM_CREATE_VM:
		return memfd_create("vm", MFD_CLOEXEC);
	case KVM_GET_VCPU_MMAP_SIZE:
		return 8192;
	case KVM_SET_USER_MEMORY_REGION:
		fk.mem = (uint8_t *)(uintptr_t)((struct kvm_userspace_memory_region *)arg)
				 ->userspace_addr;
		fk.mem_size = ((struct kvm_userspace_memory_region *)arg)->memory_size;
		return 0;
	case KVM_CREATE_VCPU:
		return vcpu_new((unsigned int)(uintptr_t)arg);
	case KVM_GET_SUPPORTED_CPUID:
		((struct kvm_cpuid2 *)arg)->nent = 1;
		((struct kvm_cpuid2 *)arg)->entries[0] = (struct kvm_cpuid_entry2){.function = 1};
		return 0;
	case KVM_GET_SREGS:
		memset(arg, 0, sizeof(struct kvm_sregs));
		return 0;
	case KVM_SET_SREGS:
		v->sregs = *(struct kvm_sregs *)arg;
		return 0;
	case KVM_SET_REGS:
		v->regs = *(struct kvm_regs *)arg;
		return 0;
	case KVM_GET_REGS:
		*(struct kvm_regs *)arg = v->regs;
		return 0;
	case KVM_GET_MP_STATE:
		((struct kvm_mp_state *)arg)->mp_state = v->mp_state;
		return 0;
	case KVM_SET_MP_STATE:
		v->mp_state = ((struct kvm_mp_state *)arg)->mp_state;
		return 0;
	case KVM_GET_TSC_KHZ:
		return 1000000;
	case KVM_SET_MSRS:
	case KVM_GET_MSRS:
		return msrs(request, arg);
	case KVM_HAS_DEVICE_ATTR:
	case KVM_GET_DEVICE_ATTR:
		return attr(request, arg);
	case KVM_SET_DEVICE_ATTR:
		if (v)
			return attr(request, arg);
		fk.vfio_told = true;
		return 0;
	case KVM_SET_GSI_ROUTING:
		return routing(arg);
	case KVM_IRQFD:
		return irqfd(arg);
	case KVM_CREATE_DEVICE:
		((struct kvm_create_device *)arg)->fd = (uint32_t)memfd_create("d", MFD_CLOEXEC);
		return 0;
	default:
		return 0;
	}
}

/* --- both ---------------------------------------------------------------- */

#define CALL(name)          \
	{                   \
		name, #name \
	}
static const struct {
	unsigned long request;
	const char *name;
} calls[] = {
	CALL(KVM_CREATE_VM),
	CALL(KVM_CREATE_VCPU),
	CALL(KVM_CREATE_DEVICE),
	CALL(KVM_ENABLE_CAP),
	CALL(KVM_SET_SREGS),
	CALL(KVM_SET_GSI_ROUTING),
	CALL(KVM_IRQFD),
	CALL(KVM_SET_DEVICE_ATTR),
	CALL(VFIO_GROUP_SET_CONTAINER),
	CALL(VFIO_SET_IOMMU),
	CALL(VFIO_IOMMU_MAP_DMA),
	CALL(VFIO_GROUP_GET_DEVICE_FD),
	CALL(VFIO_DEVICE_RESET),
	CALL(VFIO_DEVICE_SET_IRQS),
	CALL(VFIO_DEVICE_BIND_IOMMUFD),
	CALL(VFIO_DEVICE_ATTACH_IOMMUFD_PT),
	CALL(IOMMU_IOAS_ALLOC),
	CALL(IOMMU_IOAS_MAP),
	CALL(KVM_RUN),
};

static void note(unsigned long request)
{
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (calls[i].request == request && fk.nr_log < FAKE_LOG_MAX)
			fk.log[fk.nr_log++] = calls[i].name;
}

static int fk_ioctl(int fd, unsigned long request, void *arg)
{
	struct fk_vcpu *v = NULL;
	bool fails;
	int r;

	pthread_mutex_lock(&lock);
	fails = ++fk.calls == fk.fail_at;
	note(request);
	if (request == KVM_RUN)
		v = vcpu_of(fd);
	pthread_mutex_unlock(&lock);
	if (fails)
		r = -EIO;
	else if (request == KVM_RUN)
		r = vcpu_run(v);
	else if ((request >> 8 & 0xff) == KVMIO)
		r = kvm_ioctl(fd, request, arg);
	else
		r = fk_vfio_ioctl(request, arg);
	if (r >= 0)
		return r;
	errno = -r;
	return -1;
}
