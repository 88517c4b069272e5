// SPDX-License-Identifier: LGPL-2.1-or-later
/* The registers that every device with a driver has beside its own. */
#include "model/rig.h"

#include "host/lab/model/instrument.h"
#include "host/lab/model/truth.h"
#include "model/fake_vtd.h"

#define DEVFN   0x98u
#define PID     0x5000u
#define SLOTS   0x10000u
#define RING    0x20000u
#define BASE    0x40u /* guest vector of MSI-X vector 0 */
#define FIRST   100u /* message data of vector 0 */
#define VECTORS 4u

static struct pci_function pci;
static struct instrument in;

static uint32_t op_read(struct pci_function *f, unsigned int bar, uint32_t offset)
{
	(void)f, (void)bar;
	return instrument_read(&in, offset);
}

static void op_write(struct pci_function *f, unsigned int bar, uint32_t offset, uint32_t value)
{
	(void)f, (void)bar;
	instrument_write(&in, offset, value);
}

static void op_sent(struct pci_function *f, unsigned int vector, const struct vtd_message *m)
{
	(void)f;
	instrument_sent(&in, vector, m);
}

static const struct pci_function_ops ops = {
	.read = op_read, .write = op_write, .msix_sent = op_sent};
static const struct pci_function_desc desc = {
	.name = "test",
	.vendor = 0x1234,
	.device = 1,
	.class_code = 0xff0000,
	.bar = {[0] = {.size = 0x10000}, [2] = {.size = 0x10000}},
	.msix_vectors = 8,
	.msix_bar = 2,
	.msix_pba = 0x8000,
};

static uint32_t get(uint32_t reg)
{
	return fake_mmio_rd32(BAR0(DEVFN) + reg);
}

static void set(uint32_t reg, uint32_t v)
{
	fake_mmio_wr32(BAR0(DEVFN) + reg, v);
}

static void arm(void)
{
	set(PB_INSTRUMENT_CTRL, PB_INSTRUMENT_CTRL_ARM);
}

static int setup(void **state)
{
	rig_setup(state);
	assert_int_equal(pci_function_init(&pci, DEVFN, &desc, &ops), 0);
	instrument_init(&in, &pci);
	rig_function(DEVFN);
	rig_msix(DEVFN, 8, FIRST);
	for (unsigned int i = 0; i < 8; i++) {
		vtd.entry[FIRST + i].pid = PID;
		vtd.entry[FIRST + i].vector = (uint8_t)(BASE + i);
	}
	set(PB_INSTRUMENT_SLOTS_LO, (uint32_t)FAKE_IOVA + SLOTS);
	set(PB_INSTRUMENT_RING_LO, (uint32_t)FAKE_IOVA + RING);
	set(PB_INSTRUMENT_RING_CAPACITY, 4);
	set(PB_INSTRUMENT_VECTORS, VECTORS);
	set(PB_INSTRUMENT_VECTOR_BASE, BASE);
	set(PB_INSTRUMENT_SOURCE, 2);
	set(PB_INSTRUMENT_VCPU, 5);
	set(PB_INSTRUMENT_SEED_LO, 42);
	truth_start(0);
	return 0;
}

static const struct pb_ring *ring(void)
{
	return (const struct pb_ring *)fake_ram(RING, sizeof(struct pb_ring) + 4 * 32);
}

static const struct pb_slot *slot(unsigned int vector)
{
	return (const struct pb_slot *)fake_ram(SLOTS + vector * 64, 64);
}

static void test_registers(void **state)
{
	(void)state;
	assert_int_equal(get(PB_INSTRUMENT_ID), PB_INSTRUMENT_ID_VALUE);
	assert_int_equal(get(PB_INSTRUMENT_VERSION), 1);
	for (uint32_t r = 0; r < PB_INSTRUMENT_KIND; r += 4) {
		bool rw = r >= PB_INSTRUMENT_SLOTS_LO && r <= PB_INSTRUMENT_KEEP;
		uint32_t before = get(r);

		if (r == PB_INSTRUMENT_CTRL)
			continue;
		set(r, 0xa5a50000 | r);
		assert_int_equal(get(r), rw ? 0xa5a50000 | r : before);
	}
	instrument_reset(&in);
	assert_int_equal(get(PB_INSTRUMENT_VECTORS), 0);
	assert_int_equal(get(PB_INSTRUMENT_STATUS), 0);
}

static void test_ranges(void **state)
{
	static const struct {
		uint32_t reg, bad;
	} cases[] = {
		{PB_INSTRUMENT_VECTORS, 0},
		{PB_INSTRUMENT_VECTORS, 9},
		{PB_INSTRUMENT_FIRST, 5},
		{PB_INSTRUMENT_FIRST, UINT32_MAX},
		{PB_INSTRUMENT_SWEPT, 2},
		{PB_INSTRUMENT_VECTOR_BASE, 253},
		{PB_INSTRUMENT_SOURCE, 256},
		{PB_INSTRUMENT_VCPU, 65536},
		{PB_INSTRUMENT_SERVICE, PB_SERVICES},
		{PB_INSTRUMENT_SERVICE_HI, 1 << 8 | 1},
		{PB_INSTRUMENT_FAULT, PB_DEVICE_FAULTS},
		{PB_INSTRUMENT_RING_LO, 32},
		{PB_INSTRUMENT_RING_HI, UINT32_MAX},
		{PB_INSTRUMENT_RING_CAPACITY, 0},
		{PB_INSTRUMENT_RING_CAPACITY, PB_RUN_MAX_EVENTS + 1},
		{PB_INSTRUMENT_SLOTS_LO, 32},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint32_t good = get(cases[i].reg);

		arm();
		assert_int_equal(get(PB_INSTRUMENT_STATUS), PB_INSTRUMENT_ST_ARMED);
		set(cases[i].reg, cases[i].bad);
		/* The last words of the address space hold no ring. */
		if (cases[i].reg == PB_INSTRUMENT_RING_HI)
			set(PB_INSTRUMENT_RING_LO, 0xffffffc0);
		arm();
		assert_int_equal(get(PB_INSTRUMENT_STATUS), PB_INSTRUMENT_ST_INVALID);
		set(PB_INSTRUMENT_RING_LO, (uint32_t)FAKE_IOVA + RING);
		set(cases[i].reg, good);
	}
}

static void test_not_armed(void **state)
{
	(void)state;
	instrument_message(&in, 1);
	assert_int_equal(vtd.nr_sent, 1);
	assert_int_equal(ring()->head, 0);
	assert_int_equal(get(PB_INSTRUMENT_POSTED), 0);
	assert_int_equal(rig_truth().run->nr_events, 0);
	assert_int_equal(instrument_service(&in), 0);
	assert_true(instrument_doorbell(&in));
}

static void test_message(void **state)
{
	struct truth_view v;

	(void)state;
	arm();
	instrument_message(&in, 3);
	instrument_message(&in, 1);
	/* Not one of those recorded: sent, and nothing else. */
	instrument_message(&in, VECTORS);
	assert_int_equal(vtd.nr_sent, 3);
	assert_int_equal(vtd.sent[0].data, FIRST + 3);
	assert_int_equal(get(PB_INSTRUMENT_POSTED), 2);
	assert_int_equal(ring()->head, 2);
	assert_int_equal(ring()->ev[0].seq, 1);
	assert_int_equal(ring()->ev[0].vector, BASE + 3);
	assert_int_equal(ring()->ev[0].source, 2);
	assert_int_equal(ring()->ev[0].vcpu, 5);
	assert_int_equal(slot(1)->seq, 2);
	assert_int_equal(slot(1)->count, 1);
	v = rig_truth();
	assert_int_equal(rig_count(&v, PB_TR_POST), 2);
	assert_int_equal(rig_event(&v, PB_TR_POST, 0)->vector, BASE + 3);
}

/* How long a post was held back is in its record, and in no other's. */
static void test_waited(void **state)
{
	(void)state;
	arm();
	in.record.waited = 123;
	instrument_message(&in, 0);
	instrument_message(&in, 0);
	assert_int_equal(ring()->ev[0].arg, 123);
	assert_int_equal(ring()->ev[1].arg, 0);
}

/* A reset forgets it all, unless it was asked to leave it alone while armed. */
static void test_keep(void **state)
{
	(void)state;
	set(PB_INSTRUMENT_KEEP, 1);
	arm();
	instrument_message(&in, 0);
	assert_false(instrument_reset(&in));
	instrument_message(&in, 0);
	assert_int_equal(get(PB_INSTRUMENT_POSTED), 2);
	assert_int_equal(ring()->ev[1].seq, 2);
	set(PB_INSTRUMENT_KEEP, 0);
	assert_true(instrument_reset(&in));
	assert_int_equal(get(PB_INSTRUMENT_POSTED), 0);
	assert_int_equal(get(PB_INSTRUMENT_STATUS), 0);
	set(PB_INSTRUMENT_KEEP, 1);
	assert_true(instrument_reset(&in));
}

/* Those before the first are the device's own business. */
static void test_first(void **state)
{
	(void)state;
	set(PB_INSTRUMENT_FIRST, 1);
	arm();
	instrument_message(&in, 0);
	instrument_message(&in, 4);
	instrument_message(&in, 5);
	assert_int_equal(vtd.nr_sent, 3);
	assert_int_equal(vtd.sent[1].data, FIRST + 4);
	assert_int_equal(get(PB_INSTRUMENT_POSTED), 1);
	assert_int_equal(ring()->ev[0].vector, BASE + 3);
	assert_int_equal(slot(3)->seq, 1);
}

static void test_full_ring(void **state)
{
	(void)state;
	arm();
	for (unsigned int i = 0; i < 6; i++)
		instrument_message(&in, 0);
	assert_int_equal(ring()->head, 4);
	assert_int_equal(ring()->lost, 2);
	assert_int_equal(get(PB_INSTRUMENT_LOST), 2);
	assert_int_equal(get(PB_INSTRUMENT_POSTED), 6);
}

static void test_refused_dma(void **state)
{
	(void)state;
	arm();
	vtd.refuse_dma = true;
	instrument_message(&in, 0);
	assert_int_equal(get(PB_INSTRUMENT_DMA_FAULTS), 2); /* event, slot */
	assert_int_equal(vtd.nr_sent, 1);
}

/* The second message is dropped behind its record, and the truth says by whom. */
static void test_lost_msi(void **state)
{
	const struct pb_event *e;
	struct truth_view v;

	(void)state;
	set(PB_INSTRUMENT_FAULT, PB_FAULT_LOST_MSI);
	set(PB_INSTRUMENT_FAULT_AT, 2);
	arm();
	for (unsigned int i = 0; i < 3; i++)
		instrument_message(&in, i);
	assert_int_equal(vtd.nr_sent, 2);
	assert_int_equal(get(PB_INSTRUMENT_FAULTS), 1);
	assert_int_equal(get(PB_INSTRUMENT_POSTED), 3);
	assert_int_equal(ring()->head, 3);
	v = rig_truth();
	e = rig_event(&v, PB_TR_POST, 1);
	assert_int_equal(e->flags, PB_EVF_BLOCKED);
	assert_int_equal(e->arg, PB_FAULT_DROPPED);
	assert_int_equal(e->seq, 2);
	assert_int_equal(e->vector, BASE + 1);
}

/* The second message names another handle; to the truth first, then as the IOMMU finds it. */
static void test_irte(void **state)
{
	const struct pb_event *e;
	struct truth_view v;

	(void)state;
	set(PB_INSTRUMENT_FAULT, PB_FAULT_IRTE);
	set(PB_INSTRUMENT_FAULT_AT, 2);
	arm();
	for (unsigned int i = 0; i < 3; i++)
		assert_true(instrument_message(&in, i));
	assert_int_equal(vtd.nr_sent, 3);
	assert_int_equal(vtd.sent[1].addr, (vtd.sent[0].addr & ~8ull) | 0xffff4);
	assert_int_equal(vtd.sent[2].addr & 0x4, vtd.sent[0].addr & 0x4);
	assert_int_equal(get(PB_INSTRUMENT_FAULTS), 1);
	assert_int_equal(get(PB_INSTRUMENT_POSTED), 3);
	v = rig_truth();
	e = rig_event(&v, PB_TR_INJECTED, 0);
	assert_int_equal(e->arg, PB_INJECTED_ASTRAY);
	assert_int_equal(e->seq, 2);
	assert_int_equal(e->vector, BASE + 1);
	assert_int_equal(rig_count(&v, PB_TR_INJECTED), 1);
	assert_int_equal(rig_count(&v, PB_TR_POST), 3);
}

/* From the second message on its vector is masked, for good; the other is not. */
static void test_masked(void **state)
{
	const struct pb_event *e;
	struct truth_view v;

	(void)state;
	set(PB_INSTRUMENT_FAULT, PB_FAULT_MASKED);
	set(PB_INSTRUMENT_FAULT_AT, 2);
	arm();
	for (unsigned int i = 0; i < 4; i++)
		assert_true(instrument_message(&in, i % 2));
	assert_int_equal(vtd.nr_sent, 2);
	assert_int_equal(in.record.pci->pending, 1 << 1);
	assert_int_equal(get(PB_INSTRUMENT_FAULTS), 1);
	v = rig_truth();
	e = rig_event(&v, PB_TR_INJECTED, 0);
	assert_int_equal(e->arg, PB_INJECTED_MASK);
	assert_int_equal(e->seq, 2);
	assert_int_equal(e->vector, BASE + 1);
	assert_int_equal(rig_event(&v, PB_TR_POST, 1)->flags, PB_EVF_MASKED);
	assert_int_equal(rig_event(&v, PB_TR_POST, 3)->flags, PB_EVF_MASKED);
}

static void test_doorbell(void **state)
{
	(void)state;
	set(PB_INSTRUMENT_FAULT, PB_FAULT_DOORBELL);
	set(PB_INSTRUMENT_FAULT_AT, 3);
	arm();
	assert_true(instrument_doorbell(&in));
	assert_true(instrument_doorbell(&in));
	assert_false(instrument_doorbell(&in));
	assert_true(instrument_doorbell(&in));
	assert_int_equal(get(PB_INSTRUMENT_FAULTS), 1);
	/* Arming again counts from the beginning. */
	arm();
	assert_int_equal(get(PB_INSTRUMENT_FAULTS), 0);
	assert_true(instrument_doorbell(&in));
}

static double mean_of(enum pb_service service, uint64_t *least, uint64_t *most)
{
	const unsigned int n = 20000;
	double sum = 0;

	set(PB_INSTRUMENT_SERVICE, service);
	set(PB_INSTRUMENT_SERVICE_LO, 10000);
	arm();
	*least = UINT64_MAX;
	*most = 0;
	for (unsigned int i = 0; i < n; i++) {
		uint64_t t = instrument_service(&in);

		sum += (double)t;
		*least = t < *least ? t : *least;
		*most = t > *most ? t : *most;
	}
	return sum / n;
}

static void test_service(void **state)
{
	uint64_t least, most, first;
	double mean;

	(void)state;
	mean = mean_of(PB_SERVICE_FIXED, &least, &most);
	assert_true(mean == 10000 && least == 10000 && most == 10000);
	mean = mean_of(PB_SERVICE_NONE, &least, &most);
	assert_true(mean == 0 && most == 0);
	/* Standard error of 20000 exponential draws: 0.7 %. */
	mean = mean_of(PB_SERVICE_EXPONENTIAL, &least, &most);
	assert_true(mean > 9700 && mean < 10300 && most > 60000);
	mean = mean_of(PB_SERVICE_BIMODAL, &least, &most);
	assert_true(mean > 9600 && mean < 10400);
	assert_in_range(least, 4500, 4600);
	assert_in_range(most, 60000, 60500);
	/* Equal seeds, equal times. */
	arm();
	first = instrument_service(&in);
	arm();
	assert_int_equal(instrument_service(&in), first);
	set(PB_INSTRUMENT_SEED_LO, 43);
	arm();
	assert_int_not_equal(instrument_service(&in), first);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_registers, setup, rig_teardown),
		cmocka_unit_test_setup_teardown(test_ranges, setup, rig_teardown),
		cmocka_unit_test_setup_teardown(test_not_armed, setup, rig_teardown),
		cmocka_unit_test_setup_teardown(test_message, setup, rig_teardown),
		cmocka_unit_test_setup_teardown(test_waited, setup, rig_teardown),
		cmocka_unit_test_setup_teardown(test_keep, setup, rig_teardown),
		cmocka_unit_test_setup_teardown(test_first, setup, rig_teardown),
		cmocka_unit_test_setup_teardown(test_full_ring, setup, rig_teardown),
		cmocka_unit_test_setup_teardown(test_refused_dma, setup, rig_teardown),
		cmocka_unit_test_setup_teardown(test_lost_msi, setup, rig_teardown),
		cmocka_unit_test_setup_teardown(test_irte, setup, rig_teardown),
		cmocka_unit_test_setup_teardown(test_masked, setup, rig_teardown),
		cmocka_unit_test_setup_teardown(test_doorbell, setup, rig_teardown),
		cmocka_unit_test_setup_teardown(test_service, setup, rig_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
