# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Fuzz targets: each tests/fuzz/fuzz_*.c is one, with seeds in corpus/NAME.
#   check-fuzz   any compiler: seeds and FUZZ_RUNS inputs made from them, always the same
#   fuzz         clang: libFuzzer on FUZZ (a target's name) for FUZZ_SECONDS
#   fuzz-all     the same on all, one after the other
#   fuzz-corpus  clang: what FUZZ found, the smallest that covers as much, into its corpus

FUZZ_RUNS    ?= 5000
# Its machine has 64 MiB, new for each input.
FUZZ_RUNS_devices ?= 100
FUZZ_SECONDS ?= 600
FUZZ         ?= scenario
FUZZ_NAMES   := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_BINS    := $(FUZZ_NAMES:%=$(BUILD)/tests/fuzz/%)

# Seeds that are elsewhere in the tree.
FUZZ_SEEDS_scenario := $(wildcard configs/scenarios/*.yaml configs/sets/*.yaml)
FUZZ_SEEDS_result   := tests/golden/result.json
FUZZ_SEEDS_fio      := $(wildcard tests/golden/fio/*.json)
fuzz-seeds           = $(FUZZ_SEEDS_$(1)) $(wildcard tests/fuzz/corpus/$(1)/*)

# What the targets need beside the library: what they share, fakes, one file of the command.
FUZZ_HELP := tests/fuzz/fuzz.c bench/cmd/store_command.c

$(FUZZ_BINS): $(BUILD)/tests/fuzz/%: $(BUILD)/san/tests/fuzz/fuzz_%.o $(BUILD)/san/tests/fuzz/driver.o \
				     $(FUZZ_HELP:%.c=$(BUILD)/san/%.o) $(BUILD)/libsan.a
	$(call msg,LINK,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(SAN) -pthread -o $@ $^ -lcmocka $(LIB_LIBS)

.PHONY: check-fuzz $(FUZZ_NAMES:%=check-fuzz-%)
check-fuzz: $(FUZZ_NAMES:%=check-fuzz-%)
$(FUZZ_NAMES:%=check-fuzz-%): check-fuzz-%: $(BUILD)/tests/fuzz/%
	$(call msg,FUZZ,$*)
	$(Q)$< $(or $(FUZZ_RUNS_$*),$(FUZZ_RUNS)) $(call fuzz-seeds,$*)

# The same, instrumented by clang for libFuzzer.
FUZZ_CC   := clang -std=gnu11 -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=all
FUZZ_FAKES := tests/unit/vmm/linux_rig.c tests/unit/model/fake_lab.c tests/unit/model/rig.c tests/unit/model/virtio_driver.c
FUZZ_OBJS := $(patsubst %.c,$(BUILD)/fuzz/obj/%.o,$(sort $(SAN_SRCS) $(wildcard host/lab/image/*.c) $(filter $(FUZZ_FAKES),$(UNIT_HELP)) $(FUZZ_HELP)))

$(BUILD)/fuzz/obj/%.o: %.c
	$(call msg,CC-FUZZ,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(FUZZ_CC) -fsanitize=fuzzer-no-link $(CPPFLAGS) -Itests/unit -pthread -MMD -MP -c $< -o $@

$(BUILD)/fuzz/obj/bench/vmm/agent_image.o: CPPFLAGS += -DPB_AGENT_BIN='"$(AGENT_BIN)"'
$(BUILD)/fuzz/obj/bench/vmm/agent_image.o: $(AGENT_BIN)
$(BUILD)/fuzz/obj/host/lab/image/initrd.o: CPPFLAGS += -I$(BUILD)/gen
$(BUILD)/fuzz/obj/host/lab/image/initrd.o: $(patsubst host/lab/image/%.asl,$(BUILD)/gen/%.hex,$(wildcard host/lab/image/*.asl))

$(BUILD)/fuzz/libfuzz.a: $(FUZZ_OBJS)
	$(Q)rm -f $@ && $(AR) crs $@ $^

$(FUZZ_NAMES:%=$(BUILD)/fuzz/fuzz_%): $(BUILD)/fuzz/fuzz_%: $(BUILD)/fuzz/obj/tests/fuzz/fuzz_%.o $(BUILD)/fuzz/libfuzz.a
	$(call msg,LINK,$@)
	$(Q)$(FUZZ_CC) -fsanitize=fuzzer -pthread -o $@ $^ -lcmocka $(LIB_LIBS)

-include $(shell find $(BUILD)/fuzz/obj -name '*.d' 2>/dev/null)

.PHONY: fuzz fuzz-all fuzz-corpus
fuzz: $(BUILD)/fuzz/fuzz_$(FUZZ)
	$(Q)mkdir -p $(BUILD)/fuzz/$(FUZZ)
	$(Q)$(foreach s,$(call fuzz-seeds,$(FUZZ)),cp -n $(s) $(BUILD)/fuzz/$(FUZZ)/;)
	$< -max_total_time=$(FUZZ_SECONDS) -max_len=65536 -timeout=60 \
		-artifact_prefix=$(BUILD)/fuzz/$(FUZZ)- $(BUILD)/fuzz/$(FUZZ)

fuzz-all:
	$(Q)$(foreach n,$(FUZZ_NAMES),$(MAKE) --no-print-directory fuzz FUZZ=$(n) &&) true

fuzz-corpus: $(BUILD)/fuzz/fuzz_$(FUZZ)
	$(Q)mkdir -p tests/fuzz/corpus/$(FUZZ)
	$< -merge=1 -max_len=4096 tests/fuzz/corpus/$(FUZZ) $(BUILD)/fuzz/$(FUZZ)
