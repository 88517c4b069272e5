# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Fuzz targets: tests/fuzz/fuzz_*.c, each with seeds.
#   check-fuzz   any compiler: seeds and FUZZ_RUNS inputs made from them, always the same
#   fuzz         clang: libFuzzer on FUZZ (scenario, result or analysis) for FUZZ_SECONDS

FUZZ_RUNS    ?= 20000
FUZZ_SECONDS ?= 600
FUZZ         ?= scenario
FUZZ_NAMES   := scenario result analysis
FUZZ_BINS    := $(FUZZ_NAMES:%=$(BUILD)/tests/fuzz/%)

FUZZ_SEEDS_scenario := $(wildcard configs/scenarios/*.yaml configs/sets/*.yaml tests/fuzz/corpus/scenario/*)
FUZZ_SEEDS_result   := tests/golden/result.json $(wildcard tests/fuzz/corpus/result/*)
FUZZ_SEEDS_analysis := $(wildcard tests/fuzz/corpus/analysis/*)

$(FUZZ_BINS): $(BUILD)/tests/fuzz/%: $(BUILD)/san/tests/fuzz/fuzz_%.o $(BUILD)/san/tests/fuzz/driver.o \
				     $(BUILD)/libsan.a
	$(call msg,LINK,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(SAN) -pthread -o $@ $^ $(LIB_LIBS)

.PHONY: check-fuzz
check-fuzz: $(FUZZ_BINS)
	$(foreach n,$(FUZZ_NAMES),$(BUILD)/tests/fuzz/$(n) $(FUZZ_RUNS) $(FUZZ_SEEDS_$(n)) &&) true

# What the targets need of the library, instrumented by clang.
FUZZ_SRCS := $(filter bench/util/% bench/plan/% bench/event/% bench/stats/% bench/analysis/% reports/%,$(LIB_SRCS)) \
	     tests/fuzz/machine_stub.c
FUZZ_FLAGS := -std=gnu11 -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all

.PHONY: fuzz
fuzz:
	$(Q)mkdir -p $(BUILD)/fuzz/$(FUZZ)
	$(Q)clang $(CPPFLAGS) $(FUZZ_FLAGS) -o $(BUILD)/fuzz/fuzz_$(FUZZ) tests/fuzz/fuzz_$(FUZZ).c \
		$(FUZZ_SRCS) -lyaml -ljansson -lcrypto -lgsl -lgslcblas -lm -pthread
	$(Q)cp -n $(FUZZ_SEEDS_$(FUZZ)) $(BUILD)/fuzz/$(FUZZ)/ || true
	$(BUILD)/fuzz/fuzz_$(FUZZ) -max_total_time=$(FUZZ_SECONDS) -max_len=65536 \
		-artifact_prefix=$(BUILD)/fuzz/ $(BUILD)/fuzz/$(FUZZ)
