# SPDX-License-Identifier: LGPL-2.1-or-later
#
# make demo    from a fresh machine to a verdict on two real kernels
# make check   formatting, static analysis and all tests
# make install   to PREFIX (/usr/local), below DESTDIR; make uninstall takes it away
# make help    the rest

BUILD    ?= build
CC       ?= gcc
V        ?= 0
Q        := $(if $(filter 1,$(V)),,@)
msg       = @printf '  %-8s %s\n' "$(1)" "$(2)"

VERSION  := $(shell git describe --always --dirty 2>/dev/null || echo unknown)
WARN     := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla
CPPFLAGS += -Ibench -I. -D_GNU_SOURCE
CFLAGS   ?= -O2 -g
ALL_CFLAGS = -std=gnu11 $(WARN) $(CFLAGS) -pthread

# A directory's sources are all its .c files; a program's main() is in main.c.
LIB_DIRS := bench/util bench/plan bench/event bench/stats bench/analysis bench/machine bench/source \
	    bench/squeezer bench/vmm bench/exec bench/pktgen bench/load host/lab/runner host/lab/root host/kernel reports
LIB_SRCS := $(filter-out %/main.c,$(wildcard $(addsuffix /*.c,$(LIB_DIRS))))
LIB_OBJS := $(LIB_SRCS:%.c=$(BUILD)/obj/%.o)
LIB_LIBS := -lyaml -ljansson -lcrypto -lgsl -lgslcblas -ldw -lelf -lm

CMD_OBJS := $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard bench/cmd/*.c))

# What the emulator is linked with: nothing but the C library.
MODEL_SRCS := $(wildcard host/lab/model/*.c) bench/util/crc32c.c bench/util/wire_packet.c
MODEL_OBJS := $(MODEL_SRCS:%.c=$(BUILD)/obj/%.o)

.DEFAULT_GOAL := all
.PHONY: all
all: $(BUILD)/pirbench $(BUILD)/pirbench-executor $(BUILD)/liblabmodel.a

$(BUILD)/obj/%.o: %.c
	$(call msg,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c $< -o $@

$(BUILD)/libpirbench.a: $(LIB_OBJS)
	$(call msg,AR,$@)
	$(Q)rm -f $@ && $(AR) crs $@ $^

$(BUILD)/liblabmodel.a: $(MODEL_OBJS)
	$(call msg,AR,$@)
	$(Q)rm -f $@ && $(AR) crs $@ $^

$(BUILD)/pirbench: $(CMD_OBJS) $(BUILD)/libpirbench.a
	$(call msg,LINK,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(LIB_LIBS)

# Runs as /init of the lab's machine and on bare metal: static, C library only.
$(BUILD)/pirbench-executor: $(BUILD)/obj/bench/exec/main.o $(BUILD)/libpirbench.a
	$(call msg,LINK,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -static -o $@ $^

include bench/cmd/cmd.mk
include bench/pktgen/pktgen.mk
include guest/guest.mk
include tests/tests.mk
include tests/lint.mk
include host/host.mk

-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)

.PHONY: clean
clean:
	rm -rf $(BUILD)

# ---- installing ----------------------------------------------------------

PREFIX ?= /usr/local

include host/install.mk

.PHONY: deps deps-check
deps:
	@host/deps.sh install
deps-check:
	@host/deps.sh check

# ---- what users and CI call ----------------------------------------------

JOBS := -j$(shell nproc)

.PHONY: demo
demo: deps
	@$(MAKE) --no-print-directory $(JOBS) all
	@status=0; $(BUILD)/pirbench gate --base linux-6.1 --head linux-6.1-unfixed || status=$$?; \
	if [ $$status -eq 1 ]; then echo; echo "The kernel without the fix fails, as it should."; \
	else echo "The kernel without the fix did not fail (status $$status)." >&2; exit 2; fi

.PHONY: check
check: deps
	@$(MAKE) --no-print-directory $(JOBS) all emulator lint
	@$(MAKE) --no-print-directory $(JOBS) tests
	@$(MAKE) --no-print-directory check-unit
	@$(MAKE) --no-print-directory check-fuzz check-hooks check-emulator
	@$(MAKE) --no-print-directory check-lab

.PHONY: help
help:
	@sed -n 's/^# \{0,1\}\(make .*\)/  \1/p' Makefile tests/tests.mk tests/bench/bench.mk
