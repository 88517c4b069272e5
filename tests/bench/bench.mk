# SPDX-License-Identifier: LGPL-2.1-or-later
#
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
