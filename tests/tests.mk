# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Unit tests: each tests/unit/**/test_*.c is one cmocka program, linked with
# both libraries compiled under ASan and UBSan.  A test that needs a fake or a
# helper includes it by its header; helpers are the other .c files beside it.

include tests/emulator/emulator.mk
include tests/lies/lies.mk
include tests/fault/fault.mk

SAN       := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
SAN_SRCS  := $(sort $(LIB_SRCS) $(MODEL_SRCS))
SAN_OBJS  := $(SAN_SRCS:%.c=$(BUILD)/san/%.o)
UNIT_SRCS := $(shell find tests/unit -name 'test_*.c' 2>/dev/null)
UNIT_HELP := $(shell find tests/unit -name '*.c' ! -name 'test_*.c' 2>/dev/null)
UNIT_BINS := $(UNIT_SRCS:%.c=$(BUILD)/%)

$(BUILD)/san/%.o: %.c
	$(call msg,CC-SAN,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) -Itests/unit -std=gnu11 $(WARN) -O1 -g $(SAN) -pthread -MMD -MP -c $< -o $@

$(BUILD)/libsan.a: $(SAN_OBJS) $(UNIT_HELP:%.c=$(BUILD)/san/%.o)
	$(Q)rm -f $@ && $(AR) crs $@ $^

$(UNIT_BINS): $(BUILD)/%: $(BUILD)/san/%.o $(BUILD)/libsan.a
	$(call msg,LINK,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(SAN) -pthread -o $@ $^ -lcmocka $(LIB_LIBS)

-include $(shell find $(BUILD)/san -name '*.d' 2>/dev/null)

# What the tests need, built with as many jobs as there are CPUs before they run.
.PHONY: tests check-unit
tests: $(UNIT_BINS) $(METAL_ELFS) $(HOSTCLOCK) $(LIAR) $(FORGETFUL) $(SLOW) $(FULL)
check-unit: $(UNIT_BINS)
	$(Q)CMOCKA_MESSAGE_OUTPUT=TAP prove -j2 --failures --timer --exec "" $(UNIT_BINS)

# End to end, in the lab: kernels and emulator come from the cache or are built.
LAB_TESTS := $(wildcard tests/lab/*.t)
.PHONY: check-lab
check-lab: all $(LIAR) $(FORGETFUL) $(SLOW) $(FULL)
	$(Q)prove --failures --timer $(LAB_TESTS)

include tests/bench/bench.mk
include tests/fuzz/fuzz.mk
