// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/rig.h"

#include "host/lab/model/defect.h"
#include "host/lab/model/truth.h"
#include "util/crc32c.h"

static void start(void)
{
	fake_init();
	assert_int_equal(lab_init(&fake_lab_ops), 0);
	fake.on_config_read = lab_pci_config_read;
	fake.on_config_write = lab_pci_config_write;
	fake.on_store = lab_hook_store;
	fake.on_load = lab_hook_load;
	fake.on_step = lab_hook_step;
	lab_reset();
}

int rig_setup(void **state)
{
	(void)state;
	unsetenv(DEFECT_ENV);
	start();
	return 0;
}

int rig_teardown(void **state)
{
	(void)state;
	fake_fini();
	return 0;
}

void rig_restart(const char *defect)
{
	setenv(DEFECT_ENV, defect, 1);
	start();
	unsetenv(DEFECT_ENV);
}

unsigned int rig_cap(unsigned int devfn, uint8_t id)
{
	unsigned int at = fake_config_read(devfn, 0x34, 1);

	for (int hops = 0; at && hops < 48; hops++) {
		assert_int_equal(at & 3, 0);
		if (fake_config_read(devfn, at, 1) == id)
			return at;
		at = fake_config_read(devfn, at + 1, 1);
	}
	fail_msg("no capability %02x", id);
	return 0;
}

void rig_function(unsigned int devfn)
{
	fake_config_write(devfn, 0x10, BAR0(devfn), 4);
	fake_config_write(devfn, 0x18, BAR2(devfn), 4);
	fake_config_write(devfn, 0x04, CMD_MEMORY | CMD_MASTER, 2);
}

void rig_msix(unsigned int devfn, unsigned int vectors, uint32_t first)
{
	for (unsigned int i = 0; i < vectors; i++) {
		fake_mmio_wr32(BAR2(devfn) + i * 16, 0xfee00010);
		fake_mmio_wr32(BAR2(devfn) + i * 16 + 4, 0);
		fake_mmio_wr32(BAR2(devfn) + i * 16 + 8, first + i);
		fake_mmio_wr32(BAR2(devfn) + i * 16 + 12, 0);
	}
	fake_config_write(devfn, rig_cap(devfn, CAP_MSIX) + 2, 0x8000, 2);
}

void rig_flr(unsigned int devfn)
{
	unsigned int devctl = rig_cap(devfn, CAP_EXP) + 8;

	fake_config_write(devfn, devctl, fake_config_read(devfn, devctl, 2) | 0x8000, 2);
}

struct truth_view rig_truth(void)
{
	struct truth_view v;
	struct pb_run head;
	size_t size;
	uint32_t crc;

	v.run = truth_finish(0, &size);
	assert_non_null(v.run);
	v.ev = (const struct pb_event *)(v.run + 1);
	assert_int_equal(v.run->magic, PB_RUN_MAGIC);
	assert_int_equal(v.run->content, PB_RUN_TRUTH);
	assert_int_equal(size, sizeof(*v.run) + v.run->nr_events * sizeof(*v.ev));
	head = *v.run;
	head.crc = 0;
	crc = crc32c(0, &head, sizeof(head));
	crc = crc32c(crc, v.ev, size - sizeof(head));
	assert_int_equal(crc, v.run->crc);
	return v;
}

const struct pb_event *rig_event(const struct truth_view *v, enum pb_event_kind kind,
				 unsigned int n)
{
	for (uint64_t i = 0; i < v->run->nr_events; i++)
		if (v->ev[i].kind == kind && !n--)
			return &v->ev[i];
	return NULL;
}

unsigned int rig_count(const struct truth_view *v, enum pb_event_kind kind)
{
	unsigned int n = 0;

	while (rig_event(v, kind, n))
		n++;
	return n;
}
