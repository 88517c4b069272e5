# SPDX-License-Identifier: LGPL-2.1-or-later
# The guest agent: a flat binary, embedded into the VMM by bench/vmm/agent_image.c.

AGENT_SRCS  := guest/agent/agent.c guest/agent/nvme.c guest/agent/net.c guest/agent/poll.c guest/agent/entry.S
AGENT_OBJS  := $(patsubst %,$(BUILD)/obj/%.o,$(basename $(AGENT_SRCS)))
AGENT_BIN   := $(BUILD)/guest/agent.bin
# No PIC, no red zone (interrupts run on the same stack), no vector registers
# (the ISR does not save them), no calls into a C library that is not there.
AGENT_FLAGS := -std=gnu11 $(WARN) -O2 -g -m64 -ffreestanding -fno-pic -fno-pie -mno-red-zone \
	       -mgeneral-regs-only -fno-stack-protector -fcf-protection=none \
	       -fno-asynchronous-unwind-tables -fno-tree-loop-distribute-patterns \
	       -fno-strict-aliasing

$(BUILD)/obj/guest/agent/%.o: guest/agent/%.c
	$(call msg,CC-GUEST,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(AGENT_FLAGS) -MMD -MP -c $< -o $@

$(BUILD)/obj/guest/agent/%.o: guest/agent/%.S
	$(call msg,AS-GUEST,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(AGENT_FLAGS) -MMD -MP -c $< -o $@

$(BUILD)/guest/agent.elf: $(AGENT_OBJS) guest/agent/agent.ld
	$(call msg,LINK,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -nostdlib -static -no-pie -Wl,--build-id=none -Wl,--fatal-warnings \
		-Wl,-z,max-page-size=4096 -Wl,-T,guest/agent/agent.ld -o $@ $(AGENT_OBJS)

$(AGENT_BIN): $(BUILD)/guest/agent.elf
	$(call msg,OBJCOPY,$@)
	$(Q)objcopy -O binary $< $@

# Both builds of the library embed the same image.
AGENT_IMAGE_OBJS := $(BUILD)/obj/bench/vmm/agent_image.o $(BUILD)/san/bench/vmm/agent_image.o
$(AGENT_IMAGE_OBJS): CPPFLAGS += -DPB_AGENT_BIN='"$(AGENT_BIN)"'
$(AGENT_IMAGE_OBJS): $(AGENT_BIN)

# The program of a Linux guest, and its initramfs.
GUEST_LINUX_OBJS := $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard guest/linux/*.c))
GUEST_LINUX      := $(BUILD)/guest-linux.cpio

$(BUILD)/guest/init: $(GUEST_LINUX_OBJS) $(BUILD)/obj/bench/util/wire_packet.o
	$(call msg,LINK,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -static -s -o $@ $^

$(BUILD)/guest/mkinitrd: $(BUILD)/obj/guest/initrd/main.o $(BUILD)/libpirbench.a
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^

$(GUEST_LINUX): $(BUILD)/guest/init $(BUILD)/guest/mkinitrd
	$(call msg,CPIO,$@)
	$(Q)$(BUILD)/guest/mkinitrd $(BUILD)/guest/init $@

all: $(GUEST_LINUX)
