# SPDX-License-Identifier: LGPL-2.1-or-later
# The guest that lies, and an executor that runs it: for tests/lab/lies.t.

LIAR := $(BUILD)/tests/lies/pirbench-executor

$(BUILD)/tests/lies/liar.o: tests/lies/liar.c guest/agent/agent.c tests/lies/lies.h
	$(call msg,CC-GUEST,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(AGENT_FLAGS) -MMD -MP -c $< -o $@

# In the place of agent.o.
$(BUILD)/tests/lies/liar.elf: $(BUILD)/tests/lies/liar.o $(filter-out %/agent.o,$(AGENT_OBJS)) guest/agent/agent.ld
	$(Q)$(CC) -nostdlib -static -no-pie -Wl,--build-id=none -Wl,--fatal-warnings \
		-Wl,-z,max-page-size=4096 -Wl,-T,guest/agent/agent.ld -o $@ $(filter %.o,$^)

$(BUILD)/tests/lies/liar.bin: $(BUILD)/tests/lies/liar.elf
	$(Q)objcopy -O binary $< $@

$(BUILD)/tests/lies/agent_image.o: bench/vmm/agent_image.c $(BUILD)/tests/lies/liar.bin
	$(Q)$(CC) $(CPPFLAGS) -DPB_AGENT_BIN='"$(BUILD)/tests/lies/liar.bin"' $(ALL_CFLAGS) -c $< -o $@

# The library's own image is not taken: there is one already.
$(LIAR): $(BUILD)/obj/bench/exec/main.o $(BUILD)/tests/lies/agent_image.o $(BUILD)/libpirbench.a
	$(call msg,LINK,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -static -o $@ $^

-include $(wildcard $(BUILD)/tests/lies/*.d)
