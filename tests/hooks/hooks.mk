# SPDX-License-Identifier: LGPL-2.1-or-later
# What the emulator's hooks cost the machine: nothing.

$(BUILD)/tests/hooks/guest.o: tests/hooks/guest.S
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -m32 -c $< -o $@

$(BUILD)/tests/hooks/floppy.img: $(BUILD)/tests/hooks/guest.o
	$(Q)$(LD) -m elf_i386 -Ttext=0x7c00 --oformat binary -e _start -o $@.new $<
	$(Q)truncate -s 1474560 $@.new && mv $@.new $@

$(BUILD)/tests/hooks/libprobe.a: $(BUILD)/obj/tests/hooks/probe.o
	$(Q)mkdir -p $(@D)
	$(Q)rm -f $@ && $(AR) crs $@ $^

# make check-hooks    stepping, watching and timers change nothing (seconds)
.PHONY: check-hooks
check-hooks: $(BUILD)/tests/hooks/floppy.img $(BUILD)/tests/hooks/libprobe.a
	$(Q)BUILD=$(BUILD) prove tests/hooks/hooks.t
