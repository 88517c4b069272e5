# SPDX-License-Identifier: LGPL-2.1-or-later
#
# pirbench-pktgen: what knows DPDK is in bench/pktgen/dpdk, the rest in the library.
# One file without shared libraries, so that it runs in any root: linked with the
# drivers below and what those need, and nothing else of DPDK.

PKTGEN       := $(BUILD)/pirbench-pktgen
PKTGEN_SRCS  := $(wildcard bench/pktgen/dpdk/*.c)
PKTGEN_OBJS  := $(PKTGEN_SRCS:%.c=$(BUILD)/obj/%.o)
PKTGEN_TIDY  := $(PKTGEN_SRCS:%=$(BUILD)/tidy/%.ok)
DPDK_VERSION := $(shell pkg-config --modversion libdpdk 2>/dev/null)

# Found by constructors: whole. In memory; in the lab; on other machines.
DPDK_DRIVERS := mempool_ring bus_pci bus_vdev net_ring net_null net_memif net_virtio \
		common_iavf net_iavf net_ice net_i40e net_ixgbe net_e1000
DPDK_LIBS    := eal ethdev mbuf mempool ring rcu net meter pci kvargs telemetry timer hash \
		cryptodev security
DPDK_LINK     = -Wl,--whole-archive $(DPDK_DRIVERS:%=-l:librte_%.a) -Wl,--no-whole-archive \
		-Wl,--start-group $(DPDK_LIBS:%=-l:librte_%.a) -Wl,--end-group \
		-lnuma -lbsd -lmd -ljansson -lm -ldl

ifneq ($(DPDK_VERSION),)
all: $(PKTGEN)
DPDK_CFLAGS := $(patsubst -I%,-isystem %,$(shell pkg-config --cflags libdpdk))
# Version 1.1 of the mbuf's API says that its headers are C11 with extensions.
$(PKTGEN_OBJS) $(PKTGEN_TIDY): CPPFLAGS += $(DPDK_CFLAGS) -I$(BUILD)/gen
$(PKTGEN_OBJS) $(PKTGEN_TIDY): $(BUILD)/gen/version.h

# The C library warns of what a static program should not call; EAL does, for plug-ins
# that this has none of.
$(PKTGEN): $(PKTGEN_OBJS) $(BUILD)/libpirbench.a
	$(call msg,LINK,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -static -Wl,--gc-sections -Wl,--no-warnings -o $@ $^ $(DPDK_LINK)
else
.PHONY: pktgen-missing
all: pktgen-missing
pktgen-missing:
	@echo "  SKIP     $(PKTGEN): no libdpdk (package libdpdk-dev; make deps)" >&2
endif
