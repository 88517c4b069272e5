# SPDX-License-Identifier: LGPL-2.1-or-later
# A disk that is full from one moment on: for tests/lab/full.t.

FULL := $(BUILD)/tests/fault/full

$(FULL): tests/fault/full.c
	$(call msg,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -o $@ $<
