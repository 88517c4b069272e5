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

# The guest whose poll loop forgets to look again, and one that is slow, but does.
FORGETFUL := $(BUILD)/tests/lies/forgetful/pirbench-executor
SLOW      := $(BUILD)/tests/lies/slow/pirbench-executor

$(BUILD)/tests/lies/slow/poll.o: AGENT_FLAGS += -DAGENT_LOOK_AGAIN=1

$(BUILD)/tests/lies/%/poll.o: tests/lies/forgetful.c guest/agent/poll.c
	$(call msg,CC-GUEST,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(AGENT_FLAGS) -MMD -MP -c $< -o $@

$(BUILD)/tests/lies/%/agent.elf: $(BUILD)/tests/lies/%/poll.o $(filter-out %/poll.o,$(AGENT_OBJS)) guest/agent/agent.ld
	$(Q)$(CC) -nostdlib -static -no-pie -Wl,--build-id=none -Wl,--fatal-warnings \
		-Wl,-z,max-page-size=4096 -Wl,-T,guest/agent/agent.ld -o $@ $(filter %.o,$^)

$(BUILD)/tests/lies/%/agent.bin: $(BUILD)/tests/lies/%/agent.elf
	$(Q)objcopy -O binary $< $@

$(BUILD)/tests/lies/%/agent_image.o: bench/vmm/agent_image.c $(BUILD)/tests/lies/%/agent.bin
	$(Q)$(CC) $(CPPFLAGS) -DPB_AGENT_BIN='"$(@D)/agent.bin"' $(ALL_CFLAGS) -c $< -o $@

$(BUILD)/tests/lies/%/pirbench-executor: $(BUILD)/obj/bench/exec/main.o $(BUILD)/tests/lies/%/agent_image.o $(BUILD)/libpirbench.a
	$(call msg,LINK,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -static -o $@ $^

.PRECIOUS: $(BUILD)/tests/lies/%/poll.o $(BUILD)/tests/lies/%/agent.elf $(BUILD)/tests/lies/%/agent.bin $(BUILD)/tests/lies/%/agent_image.o

-include $(wildcard $(BUILD)/tests/lies/*.d $(BUILD)/tests/lies/*/*.d)
