# SPDX-License-Identifier: LGPL-2.1-or-later
# Programs for the bare emulated machine: one for each fix of the emulator.

METAL_FLAGS := -m64 -std=gnu11 -O1 -ffreestanding -fno-pic -no-pie -mno-red-zone \
	       -mgeneral-regs-only -fno-stack-protector -fcf-protection=none -Wall -Wextra -Werror
METAL_BASE  := start metal vmx vmx_entry
METAL_ELFS  := $(patsubst %.c,$(BUILD)/%.elf,$(wildcard tests/emulator/fix_*.c))

$(BUILD)/metal/%.o: tests/emulator/%.c tests/emulator/metal.h tests/emulator/vmx.h
	$(call msg,CC-METAL,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(METAL_FLAGS) -c $< -o $@

$(BUILD)/metal/%.o: tests/emulator/%.S
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -m64 -c $< -o $@

# The boot loader wants a 32-bit file; the code in it enters long mode itself.
$(METAL_ELFS): $(BUILD)/tests/emulator/%.elf: $(BUILD)/metal/%.o \
		$(METAL_BASE:%=$(BUILD)/metal/%.o) tests/emulator/metal.ld
	$(Q)mkdir -p $(@D)
	$(Q)$(LD) -T tests/emulator/metal.ld -z max-page-size=4096 -z noexecstack \
		--no-warn-rwx-segments -o $@.64 $(filter %.o,$^)
	$(Q)objcopy -O elf32-i386 $@.64 $@

HOSTCLOCK := $(BUILD)/tests/emulator/hostclock.so
$(HOSTCLOCK): tests/emulator/hostclock.c
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) -std=gnu11 -O1 -Wall -Wextra -Werror -shared -fPIC -o $@ $< -ldl

# make check-emulator    each fix is needed: fails without its patch (slow)
.PHONY: check-emulator
check-emulator: $(METAL_ELFS) $(HOSTCLOCK) $(BUILD)/emulator.path
	$(Q)BUILD=$(BUILD) prove --failures --timer tests/emulator/fixes.t
