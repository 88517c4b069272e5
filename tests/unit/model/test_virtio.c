// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The transport: capabilities, common configuration, status, features, ISR.
 * Sections: virtio 1.2.
 */
#include "model/virtio_driver.h"

#include "host/lab/model/pci.h"
#include "model/fake_vtd.h"

static int setup(void **state)
{
	int rc = rig_setup(state);

	drv_pf();
	return rc;
}

/* The capability of this type; its offset. */
static unsigned int cap(unsigned int devfn, uint8_t type)
{
	unsigned int at = fake_config_read(devfn, 0x34, 1);

	for (; at; at = fake_config_read(devfn, at + 1, 1))
		if (fake_config_read(devfn, at, 1) == 0x09 &&
		    fake_config_read(devfn, at + 3, 1) == type)
			return at;
	fail_msg("no capability of type %u", type);
	return 0;
}

/* 4.1.2, 4.1.4: each structure lies in a BAR, does not overlap, is long enough. */
static void capabilities(void **state)
{
	static const struct {
		uint8_t type, len;
		uint32_t length;
	} want[] = {
		{VIRTIO_PCI_CAP_COMMON_CFG, 16, 60},
		{VIRTIO_PCI_CAP_NOTIFY_CFG, 20, PB_NIC_QUEUES * 4},
		{VIRTIO_PCI_CAP_ISR_CFG, 16, 1},
		{VIRTIO_PCI_CAP_DEVICE_CFG, 16, 12},
	};

	(void)state;
	drv_vfs(4);
	assert_int_equal(fake_config_read(NIC, 0, 4), 0x10411af4);
	assert_int_equal(fake_config_read(NIC, 8, 4), 0x02000001);
	for (unsigned int f = 0; f < 5; f += 4) {
		for (unsigned int i = 0; i < 4; i++) {
			unsigned int at = cap(NIC + f, want[i].type);

			assert_int_equal(fake_config_read(NIC + f, at + 2, 1), want[i].len);
			assert_int_equal(fake_config_read(NIC + f, at + 4, 1), 0);
			assert_int_equal(fake_config_read(NIC + f, at + 8, 4),
					 0x1000 * (i == 1   ? 3
						   : i == 2 ? 1
						   : i == 3 ? 2
							    : 0));
			assert_int_equal(fake_config_read(NIC + f, at + 12, 4), want[i].length);
			fake_config_write(NIC + f, at + 12, 0, 4); /* read only */
			assert_int_equal(fake_config_read(NIC + f, at + 12, 4), want[i].length);
		}
		assert_int_equal(fake_config_read(NIC + f,
						  cap(NIC + f, VIRTIO_PCI_CAP_NOTIFY_CFG) + 16, 4),
				 4);
		assert_int_equal(
			fake_config_read(NIC + f, cap(NIC + f, VIRTIO_PCI_CAP_PCI_CFG) + 2, 1), 20);
	}
}

/* 4.1.4.9: BARs through configuration space. */
static void window(void **state)
{
	unsigned int at = cap(NIC, VIRTIO_PCI_CAP_PCI_CFG);

	(void)state;
	fake_config_write(NIC, at + 4, 0, 1);
	fake_config_write(NIC, at + 8, VIRTIO_PCI_COMMON_NUMQ, 4);
	fake_config_write(NIC, at + 12, 2, 4);
	assert_int_equal(fake_config_read(NIC, at + 16, 2), PB_NIC_QUEUES);
	fake_config_write(NIC, at + 8, VIRTIO_PCI_COMMON_STATUS, 4);
	fake_config_write(NIC, at + 12, 1, 4);
	fake_config_write(NIC, at + 16, VIRTIO_CONFIG_S_ACKNOWLEDGE, 1);
	assert_int_equal(drv_get8(0, VIRTIO_PCI_COMMON_STATUS), VIRTIO_CONFIG_S_ACKNOWLEDGE);
	/* What is not possible does nothing: width, alignment, BAR, offset. */
	fake_config_write(NIC, at + 8, VIRTIO_PCI_COMMON_NUMQ - 1, 4);
	fake_config_write(NIC, at + 12, 2, 4);
	fake_config_write(NIC, at + 16, 0xabcd, 2);
	assert_int_equal(fake_config_read(NIC, at + 16, 2), 0xabcd);
	fake_config_write(NIC, at + 8, VIRTIO_PCI_COMMON_STATUS, 4);
	fake_config_write(NIC, at + 12, 3, 4);
	fake_config_write(NIC, at + 16, 0, 4);
	fake_config_write(NIC, at + 12, 4, 4);
	fake_config_write(NIC, at + 8, VIRTIO_PCI_COMMON_STATUS - 1, 4);
	fake_config_write(NIC, at + 16, 0, 4);
	fake_config_write(NIC, at + 8, VIRTIO_PCI_COMMON_STATUS, 4);
	fake_config_write(NIC, at + 12, 1, 4);
	fake_config_write(NIC, at + 4, 2, 1);
	fake_config_write(NIC, at + 16, 0, 1);
	fake_config_write(NIC, at + 4, 0, 1);
	fake_config_write(NIC, at + 8, 0xfffffff0, 4);
	fake_config_write(NIC, at + 16, 0, 1);
	(void)fake_config_read(NIC, at + 16, 4);
	assert_int_equal(drv_get8(0, VIRTIO_PCI_COMMON_STATUS), VIRTIO_CONFIG_S_ACKNOWLEDGE);
}

/* 4.1.3.1: fields have their own width. */
static void widths(void **state)
{
	(void)state;
	drv_set32(0, VIRTIO_PCI_COMMON_STATUS, 1);
	drv_set16(0, VIRTIO_PCI_COMMON_STATUS, 1);
	assert_int_equal(drv_get8(0, VIRTIO_PCI_COMMON_STATUS), 0);
	drv_set16(0, VIRTIO_PCI_COMMON_GFSELECT, 1);
	assert_int_equal(drv_get32(0, VIRTIO_PCI_COMMON_GFSELECT), 0);
	drv_set32(0, VIRTIO_PCI_COMMON_MSIX, 0x10001);
	assert_int_equal(drv_get16(0, VIRTIO_PCI_COMMON_MSIX), VIRTIO_MSI_NO_VECTOR);
	drv_set8(0, VIRTIO_PCI_COMMON_Q_SELECT, 1);
	assert_int_equal(drv_get16(0, VIRTIO_PCI_COMMON_Q_SELECT), 0);
	assert_int_equal(drv_get32(0, 0x800), 0);
	assert_int_equal(drv_get32(0, VIRTIO_BAR_NOTIFY), 0);
}

/* 2.2, 4.1.4.3: what is offered, and what a driver may make of it. */
static void features(void **state)
{
	uint64_t offered = drv_offered(0);

	(void)state;
	assert_true((offered & BASIC) == BASIC);
	assert_true(offered & F(VIRTIO_F_RING_PACKED) && offered & F(VIRTIO_F_RING_RESET));
	assert_true(offered & F(VIRTIO_RING_F_EVENT_IDX) &&
		    offered & F(VIRTIO_RING_F_INDIRECT_DESC));
	assert_true(offered & F(VIRTIO_NET_F_MQ) && offered & F(VIRTIO_NET_F_MTU));
	assert_true(offered & F(VIRTIO_F_SR_IOV));
	assert_false(offered & 0x7f9b & ~0x28ull); /* no offload, no MRG_RXBUF */
	drv_set32(0, VIRTIO_PCI_COMMON_DFSELECT, 2);
	assert_int_equal(drv_get32(0, VIRTIO_PCI_COMMON_DF), 0);
	assert_true(drv_negotiate(0, offered) & VIRTIO_CONFIG_S_FEATURES_OK);
	assert_int_equal(nic_get(0, PB_NIC_FEATURES_LO), (uint32_t)offered);
	assert_int_equal(nic_get(0, PB_NIC_FEATURES_HI), offered >> 32);
	/* Withheld: from the next reset on. */
	nic_set(0, PB_NIC_WITHHOLD_HI, 1u << (VIRTIO_F_RING_PACKED - 32));
	nic_set(0, PB_NIC_WITHHOLD_LO, 1u << VIRTIO_RING_F_EVENT_IDX);
	assert_true(drv_offered(0) == offered);
	assert_false(drv_negotiate(0, offered) & VIRTIO_CONFIG_S_FEATURES_OK);
	assert_true(drv_offered(0) ==
		    (offered & ~F(VIRTIO_F_RING_PACKED) & ~F(VIRTIO_RING_F_EVENT_IDX)));
	/* What it offers is what it is: a function's reset, which vfio does, leaves it. */
	rig_flr(NIC);
	drv_pf();
	assert_true(drv_offered(0) ==
		    (offered & ~F(VIRTIO_F_RING_PACKED) & ~F(VIRTIO_RING_F_EVENT_IDX)));
	lab_reset();
	drv_pf();
	assert_true(drv_offered(0) == offered);
	assert_true(drv_negotiate(0, BASIC) & VIRTIO_CONFIG_S_FEATURES_OK);
	/* Settled: no later change. */
	drv_set32(0, VIRTIO_PCI_COMMON_GFSELECT, 0);
	drv_set32(0, VIRTIO_PCI_COMMON_GF, 0x20);
	assert_int_equal(drv_get32(0, VIRTIO_PCI_COMMON_GF), 0);
	/* 6.1: neither of these can be done without. */
	assert_false(drv_negotiate(0, F(VIRTIO_F_VERSION_1)) & VIRTIO_CONFIG_S_FEATURES_OK);
	assert_false(drv_negotiate(0, F(VIRTIO_F_ACCESS_PLATFORM)) & VIRTIO_CONFIG_S_FEATURES_OK);
	/* Not offered. */
	assert_false(drv_negotiate(0, BASIC | 1) & VIRTIO_CONFIG_S_FEATURES_OK);
	assert_false(drv_negotiate(0, BASIC | F(63)) & VIRTIO_CONFIG_S_FEATURES_OK);
	/* 5.1.3.1 */
	assert_false(drv_negotiate(0, BASIC | F(VIRTIO_NET_F_MQ)) & VIRTIO_CONFIG_S_FEATURES_OK);
	assert_false(drv_negotiate(0, BASIC | F(VIRTIO_NET_F_CTRL_RX)) &
		     VIRTIO_CONFIG_S_FEATURES_OK);
	/* Only a physical function has virtual ones (6.3). */
	drv_vfs(1);
	assert_true(drv_offered(1) == (offered & ~F(VIRTIO_F_SR_IOV)));
}

/* 2.1 */
static void status(void **state)
{
	(void)state;
	/* DRIVER_OK without FEATURES_OK is not taken; NEEDS_RESET is the device's. */
	drv_set8(0, VIRTIO_PCI_COMMON_STATUS,
		 1 | 2 | VIRTIO_CONFIG_S_DRIVER_OK | VIRTIO_CONFIG_S_NEEDS_RESET);
	assert_int_equal(drv_get8(0, VIRTIO_PCI_COMMON_STATUS), 3);
	/* No bit is taken back. */
	drv_set8(0, VIRTIO_PCI_COMMON_STATUS, 1);
	assert_int_equal(drv_get8(0, VIRTIO_PCI_COMMON_STATUS), 3);
	drv_negotiate(0, BASIC);
	drv_ok(0);
	assert_int_equal(drv_get8(0, VIRTIO_PCI_COMMON_STATUS), 15);
	drv_set8(0, VIRTIO_PCI_COMMON_STATUS, 0x8f);
	assert_int_equal(drv_get8(0, VIRTIO_PCI_COMMON_STATUS), 0x8f);
}

/* 2.4, 4.1.4.3: everything is as it was, by reset, FLR and the machine's. */
static void reset(void **state)
{
	struct drv_queue q;

	(void)state;
	for (int how = 0; how < 3; how++) {
		drv_negotiate(0, BASIC | F(VIRTIO_NET_F_MAC));
		drv_set16(0, VIRTIO_PCI_COMMON_MSIX, 9);
		drv_queue(&q, 0, 1, false);
		drv_ok(0);
		assert_int_equal(drv_get16(0, VIRTIO_PCI_COMMON_Q_ENABLE), 1);
		if (how == 0)
			drv_set8(0, VIRTIO_PCI_COMMON_STATUS, 0);
		else if (how == 1)
			rig_flr(NIC);
		else
			lab_reset();
		if (how)
			drv_pf();
		assert_int_equal(drv_get8(0, VIRTIO_PCI_COMMON_STATUS), 0);
		assert_int_equal(drv_get16(0, VIRTIO_PCI_COMMON_MSIX), VIRTIO_MSI_NO_VECTOR);
		drv_set16(0, VIRTIO_PCI_COMMON_Q_SELECT, 1);
		assert_int_equal(drv_get16(0, VIRTIO_PCI_COMMON_Q_ENABLE), 0);
		assert_int_equal(drv_get16(0, VIRTIO_PCI_COMMON_Q_SIZE), 256);
		assert_int_equal(drv_get16(0, VIRTIO_PCI_COMMON_Q_MSIX), VIRTIO_MSI_NO_VECTOR);
		assert_int_equal(drv_get32(0, VIRTIO_PCI_COMMON_Q_DESCLO), 0);
		drv_set32(0, VIRTIO_PCI_COMMON_GFSELECT, 1);
		assert_int_equal(drv_get32(0, VIRTIO_PCI_COMMON_GF), 0);
	}
}

/* 4.1.4.3, 4.1.5.1.3 */
static void queues(void **state)
{
	struct drv_queue q;

	(void)state;
	assert_int_equal(drv_get16(0, VIRTIO_PCI_COMMON_NUMQ), PB_NIC_QUEUES);
	for (unsigned int i = 0; i < PB_NIC_QUEUES; i++) {
		drv_set16(0, VIRTIO_PCI_COMMON_Q_SELECT, i);
		assert_int_equal(drv_get16(0, VIRTIO_PCI_COMMON_Q_SIZE), 256);
		assert_int_equal(drv_get16(0, VIRTIO_PCI_COMMON_Q_NOFF), i);
	}
	/* One that is not there. */
	drv_set16(0, VIRTIO_PCI_COMMON_Q_SELECT, PB_NIC_QUEUES);
	assert_int_equal(drv_get16(0, VIRTIO_PCI_COMMON_Q_SIZE), 0);
	drv_set16(0, VIRTIO_PCI_COMMON_Q_SELECT, 0xffff);
	drv_set16(0, VIRTIO_PCI_COMMON_Q_SIZE, 16);
	drv_set16(0, VIRTIO_PCI_COMMON_Q_ENABLE, 1);
	assert_int_equal(drv_get16(0, VIRTIO_PCI_COMMON_Q_ENABLE), 0);
	/* Not before FEATURES_OK. */
	drv_queue(&q, 0, 0, false);
	assert_int_equal(drv_get16(0, VIRTIO_PCI_COMMON_Q_ENABLE), 0);
	drv_negotiate(0, BASIC);
	drv_queue(&q, 0, 0, false);
	assert_int_equal(drv_get16(0, VIRTIO_PCI_COMMON_Q_ENABLE), 1);
	/* Once enabled, it stays as it is; 0 does not disable it. */
	drv_set16(0, VIRTIO_PCI_COMMON_Q_SIZE, 32);
	drv_set32(0, VIRTIO_PCI_COMMON_Q_DESCLO, 0);
	drv_set16(0, VIRTIO_PCI_COMMON_Q_ENABLE, 0);
	assert_int_equal(drv_get16(0, VIRTIO_PCI_COMMON_Q_SIZE), DRV_SIZE);
	assert_int_equal(drv_get32(0, VIRTIO_PCI_COMMON_Q_DESCLO), (uint32_t)(IOVA + q.desc));
	assert_int_equal(drv_get16(0, VIRTIO_PCI_COMMON_Q_ENABLE), 1);
}

/* 2.7, 2.8: sizes and alignments that there are not. */
static void impossible_queues(void **state)
{
	static const struct {
		bool packed;
		uint16_t size;
		unsigned int desc, driver, device;
		bool ok;
	} c[] = {
		{false, 16, 0, 0, 0, true},  {false, 15, 0, 0, 0, false},
		{false, 0, 0, 0, 0, false},  {false, 512, 0, 0, 0, false},
		{false, 16, 8, 0, 0, false}, {false, 16, 0, 1, 0, false},
		{false, 16, 0, 2, 0, true},  {false, 16, 0, 0, 2, false},
		{true, 15, 0, 0, 0, true},   {true, 0, 0, 0, 0, false},
		{true, 257, 0, 0, 0, false}, {true, 16, 8, 0, 0, false},
		{true, 16, 0, 2, 0, false},  {true, 16, 0, 0, 2, false},
	};

	(void)state;
	for (unsigned int i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		drv_negotiate(0, BASIC | (c[i].packed ? F(VIRTIO_F_RING_PACKED) : 0));
		drv_set16(0, VIRTIO_PCI_COMMON_Q_SELECT, 1);
		drv_set16(0, VIRTIO_PCI_COMMON_Q_SIZE, c[i].size);
		drv_set32(0, VIRTIO_PCI_COMMON_Q_DESCLO, 0x10000 + c[i].desc);
		drv_set32(0, VIRTIO_PCI_COMMON_Q_AVAILLO, 0x20000 + c[i].driver);
		drv_set32(0, VIRTIO_PCI_COMMON_Q_USEDLO, 0x30000 + c[i].device);
		drv_set16(0, VIRTIO_PCI_COMMON_Q_ENABLE, 1);
		assert_int_equal(drv_get16(0, VIRTIO_PCI_COMMON_Q_ENABLE), c[i].ok);
		assert_int_equal(!!(drv_get8(0, VIRTIO_PCI_COMMON_STATUS) &
				    VIRTIO_CONFIG_S_NEEDS_RESET),
				 !c[i].ok);
	}
	/* Behind the end of the address space. */
	drv_negotiate(0, BASIC);
	drv_set16(0, VIRTIO_PCI_COMMON_Q_SELECT, 1);
	drv_set32(0, VIRTIO_PCI_COMMON_Q_DESCLO, 0xfffffff0);
	drv_set32(0, VIRTIO_PCI_COMMON_Q_DESCHI, 0xffffffff);
	drv_set16(0, VIRTIO_PCI_COMMON_Q_ENABLE, 1);
	assert_int_equal(drv_get16(0, VIRTIO_PCI_COMMON_Q_ENABLE), 0);
}

/* 4.1.5.1.2.1 */
static void vectors(void **state)
{
	(void)state;
	drv_set16(0, VIRTIO_PCI_COMMON_MSIX, 15);
	assert_int_equal(drv_get16(0, VIRTIO_PCI_COMMON_MSIX), 15);
	drv_set16(0, VIRTIO_PCI_COMMON_MSIX, 16);
	assert_int_equal(drv_get16(0, VIRTIO_PCI_COMMON_MSIX), VIRTIO_MSI_NO_VECTOR);
	drv_set16(0, VIRTIO_PCI_COMMON_Q_SELECT, 3);
	drv_set16(0, VIRTIO_PCI_COMMON_Q_MSIX, 3);
	assert_int_equal(drv_get16(0, VIRTIO_PCI_COMMON_Q_MSIX), 3);
	drv_set16(0, VIRTIO_PCI_COMMON_Q_MSIX, 0x7ff);
	assert_int_equal(drv_get16(0, VIRTIO_PCI_COMMON_Q_MSIX), VIRTIO_MSI_NO_VECTOR);
}

/* 2.5, 4.1.4.5, 4.1.5.4: the link goes down. */
static void config_change(void **state)
{
	uint8_t generation = drv_get8(0, VIRTIO_PCI_COMMON_CFGGENERATION);

	(void)state;
	drv_negotiate(0, BASIC | F(VIRTIO_NET_F_STATUS));
	drv_set16(0, VIRTIO_PCI_COMMON_MSIX, 9);
	nic_set(0, PB_NIC_LINK, 0);
	assert_int_equal(vtd.nr_sent, 0); /* nobody to tell yet */
	assert_int_not_equal(drv_get8(0, VIRTIO_PCI_COMMON_CFGGENERATION), generation);
	nic_set(0, PB_NIC_LINK, 1);
	drv_ok(0);
	assert_int_equal(drv_get16(0, VIRTIO_BAR_DEVICE + 6), VIRTIO_NET_S_LINK_UP);
	nic_set(0, PB_NIC_LINK, 0);
	assert_int_equal(vtd.nr_sent, 1);
	assert_int_equal(vtd.sent[0].data, FIRST_DATA + 9);
	assert_int_equal(drv_get16(0, VIRTIO_BAR_DEVICE + 6), 0);
	assert_int_equal(drv_get8(0, VIRTIO_BAR_ISR), 2);
	assert_int_equal(drv_get8(0, VIRTIO_BAR_ISR), 0); /* reading clears */
	nic_set(0, PB_NIC_LINK, 0); /* no change */
	assert_int_equal(vtd.nr_sent, 1);
}

/* 5.1.4 */
static void net_config(void **state)
{
	(void)state;
	drv_vfs(2);
	assert_int_equal(drv_get32(0, VIRTIO_BAR_DEVICE), 0x52495002);
	assert_int_equal(drv_get16(0, VIRTIO_BAR_DEVICE + 4), 0x0000);
	assert_int_equal(drv_get16(2, VIRTIO_BAR_DEVICE + 4), 0x0200);
	assert_int_equal(drv_get16(0, VIRTIO_BAR_DEVICE + 8), PB_NIC_PAIRS);
	assert_int_equal(drv_get16(0, VIRTIO_BAR_DEVICE + 10), 1500);
	assert_int_equal(drv_get32(0, VIRTIO_BAR_DEVICE + 12), 0);
	drv_set32(0, VIRTIO_BAR_DEVICE, 0); /* read only */
	assert_int_equal(drv_get32(0, VIRTIO_BAR_DEVICE), 0x52495002);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(capabilities, setup, rig_teardown),
		cmocka_unit_test_setup_teardown(window, setup, rig_teardown),
		cmocka_unit_test_setup_teardown(widths, setup, rig_teardown),
		cmocka_unit_test_setup_teardown(features, setup, rig_teardown),
		cmocka_unit_test_setup_teardown(status, setup, rig_teardown),
		cmocka_unit_test_setup_teardown(reset, setup, rig_teardown),
		cmocka_unit_test_setup_teardown(queues, setup, rig_teardown),
		cmocka_unit_test_setup_teardown(impossible_queues, setup, rig_teardown),
		cmocka_unit_test_setup_teardown(vectors, setup, rig_teardown),
		cmocka_unit_test_setup_teardown(config_change, setup, rig_teardown),
		cmocka_unit_test_setup_teardown(net_config, setup, rig_teardown),
	};

	return cmocka_run_group_tests_name("virtio", tests, NULL, NULL);
}
