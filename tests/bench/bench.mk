# SPDX-License-Identifier: LGPL-2.1-or-later
#
# make bench    how fast each part is, beside a reference in the same run; BENCH_ROUNDS (9), BENCH_ONLY (all)
# make bench-stats    how often the comparison of delays is wrong, BENCH_REPLAYS (1000) replays

BENCH_REPLAYS ?= 1000
BENCH_SEED    ?= 1
BENCH_STATS_OBJS := $(BUILD)/obj/tests/bench/stats.o $(BUILD)/obj/tests/bench/stats_data.o

$(BUILD)/bench-stats: $(BENCH_STATS_OBJS) $(BUILD)/libpirbench.a
	$(call msg,LINK,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(LIB_LIBS)

.PHONY: bench-stats
bench-stats: $(BUILD)/bench-stats
	$(Q)$< tests/bench/branches-6.1.txt $(BENCH_REPLAYS) $(BENCH_SEED)

# ---- speed -----------------------------------------------------------------

BENCH_ROUNDS  ?= 9
BENCH_ONLY    ?=
BENCH_KERNELS ?= linux-6.1,linux-6.12,linux-7
BENCH_SRCS    := $(filter-out tests/bench/stats%,$(wildcard tests/bench/*.c))

# The agent as it is compiled for the guest, but for where it will lie.
BENCH_AGENT_FLAGS := $(filter-out -ffreestanding -fno-pic -fno-pie,$(AGENT_FLAGS))
$(BUILD)/obj/tests/bench/guest.o: ALL_CFLAGS = $(BENCH_AGENT_FLAGS)

$(BUILD)/bench: $(BENCH_SRCS:%.c=$(BUILD)/obj/%.o) $(BUILD)/libpirbench.a
	$(call msg,LINK,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(LIB_LIBS)

.PHONY: bench
bench: all $(BUILD)/bench
	$(Q)tests/bench/bench.sh $(BUILD) --rounds $(BENCH_ROUNDS) --kernels $(BENCH_KERNELS) \
		--json $(BUILD)/bench.json $(BENCH_ONLY)

# For the unit test that they run: all but main().
$(BUILD)/libsan.a: $(patsubst %.c,$(BUILD)/san/%.o,$(filter-out %/main.c,$(BENCH_SRCS)))
