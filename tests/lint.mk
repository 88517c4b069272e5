# SPDX-License-Identifier: LGPL-2.1-or-later
#
# make lint    formatting, clang-tidy, cppcheck, shellcheck

C_FILES  := $(shell git ls-files --cached --others --exclude-standard '*.c' '*.h')
CC_FILES := $(shell git ls-files --cached --others --exclude-standard '*.cc')
SH_FILES := $(shell git ls-files --cached --others --exclude-standard '*.sh' '*.t' '*.bash' '.ci/run')
# The agent is built with flags of its own; see guest/guest.mk.
TIDY_SRCS := $(filter-out guest/% tests/%,$(filter %.c,$(C_FILES)))
# Without DPDK's headers there is nothing to analyse.
ifeq ($(DPDK_VERSION),)
TIDY_SRCS := $(filter-out bench/pktgen/dpdk/%,$(TIDY_SRCS))
endif

.PHONY: lint lint-format lint-tidy lint-cppcheck lint-shell
lint: lint-format lint-shell lint-cppcheck lint-tidy

lint-format:
	$(call msg,FORMAT,$(words $(C_FILES)) files)
	$(Q)clang-format --dry-run -Werror $(C_FILES) $(CC_FILES)

lint-shell:
	$(call msg,SHELL,$(words $(SH_FILES)) files)
	$(Q)shellcheck $(SH_FILES)

lint-cppcheck:
	$(call msg,CPPCHECK,$(words $(TIDY_SRCS)) files)
	$(Q)mkdir -p $(BUILD)/cppcheck
	$(Q)cppcheck -q -j2 --std=c11 --error-exitcode=1 --inline-suppr \
		--cppcheck-build-dir=$(BUILD)/cppcheck \
		--enable=warning,performance,portability \
		--suppress=missingIncludeSystem $(CPPFLAGS) $(TIDY_SRCS)

# One stamp per file: only what changed is analysed again.
lint-tidy: $(TIDY_SRCS:%=$(BUILD)/tidy/%.ok)
$(BUILD)/tidy/%.ok: % .clang-tidy $(wildcard bench/*/*.h host/*/*.h host/*/*/*.h)
	$(call msg,TIDY,$<)
	$(Q)mkdir -p $(@D)
	$(Q)clang-tidy --quiet --warnings-as-errors='*' $< -- $(CPPFLAGS) -std=gnu11 2>$@.log \
		|| { grep -v 'warnings\? generated' $@.log; exit 1; }
	$(Q)touch $@
