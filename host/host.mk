# SPDX-License-Identifier: LGPL-2.1-or-later
# The lab: emulator and boot image. Kernels are built by `pirbench kernel build`.

# ---- boot image ------------------------------------------------------------

IMAGE_SRCS := $(wildcard host/lab/image/*.c)
WIRE_SRCS  := host/lab/model/branch_wire.c

# What runner and emulator share is in both libraries.
$(BUILD)/libpirbench.a: $(IMAGE_SRCS:%.c=$(BUILD)/obj/%.o) $(WIRE_SRCS:%.c=$(BUILD)/obj/%.o)
$(BUILD)/libsan.a: $(IMAGE_SRCS:%.c=$(BUILD)/san/%.o)

# The ACPI tables as C source. iasl writes NAME.hex beside what -p says.
TABLES := $(patsubst host/lab/image/%.asl,$(BUILD)/gen/%.hex,$(wildcard host/lab/image/*.asl))
$(TABLES): $(BUILD)/gen/%.hex: host/lab/image/%.asl
	$(call msg,IASL,$<)
	$(Q)mkdir -p $(@D)
	$(Q)iasl -p $(@D)/$* -tc $< >$(@D)/$*.log || { cat $(@D)/$*.log >&2; exit 1; }

TABLE_USERS := $(BUILD)/obj/host/lab/image/initrd.o $(BUILD)/san/host/lab/image/initrd.o \
	       $(BUILD)/tidy/host/lab/image/initrd.c.ok
$(TABLE_USERS): $(TABLES)
$(TABLE_USERS): CPPFLAGS += -I$(BUILD)/gen

include host/lab/emulator/emulator.mk
