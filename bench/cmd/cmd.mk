# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The version as a header, touched only when it changes.

VERSION_USERS := $(BUILD)/obj/bench/cmd/version.o $(BUILD)/tidy/bench/cmd/version.c.ok

$(BUILD)/gen/version.h: FORCE
	$(Q)mkdir -p $(@D)
	$(Q)echo '#define PB_VERSION "$(VERSION)"' | cmp -s - $@ || \
		echo '#define PB_VERSION "$(VERSION)"' >$@
.PHONY: FORCE
FORCE:

$(VERSION_USERS): $(BUILD)/gen/version.h
$(VERSION_USERS): CPPFLAGS += -I$(BUILD)/gen
