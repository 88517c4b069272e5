# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The emulator. The link build/emulator names the entry of the cache that
# belongs to the models just built; the runner asks build.sh itself.

EMULATOR_FILES := host/apt-private.sh $(wildcard host/lab/emulator/*.sh host/lab/emulator/*.cc \
		  host/lab/emulator/*.h host/lab/emulator/patches/*.patch)

.PHONY: emulator
emulator: $(BUILD)/emulator.path

$(BUILD)/emulator.path: $(BUILD)/liblabmodel.a $(EMULATOR_FILES)
	$(call msg,EMULATOR,$@)
	$(Q)host/lab/emulator/build.sh $< >$@.new && mv $@.new $@
	$(Q)ln -sfn "$$(cat $@)" $(BUILD)/emulator

include tests/hooks/hooks.mk
