# SPDX-License-Identifier: LGPL-2.1-or-later
#
# The program looks for executor and models beside itself, and for its data in
# share/pirbench of a directory above (bench/util/project.c): an installed tree
# works wherever it lies. What it compiles at run time is the emulator.

INSTALL_BIN   := $(DESTDIR)$(PREFIX)/bin
INSTALL_LIB   := $(DESTDIR)$(PREFIX)/lib/pirbench
INSTALL_SHARE := $(DESTDIR)$(PREFIX)/share/pirbench
INSTALL_MAN   := $(DESTDIR)$(PREFIX)/share/man/man1
INSTALL_COMP  := $(DESTDIR)$(PREFIX)/share/bash-completion/completions

# With their paths below share/pirbench.
INSTALL_DATA  := $(shell find configs -type f ! -path 'configs/completion/*') \
		 host/apt-private.sh host/deps.sh host/lab/root/fetch.sh $(wildcard host/lab/emulator/*.sh \
		 host/lab/emulator/*.cc host/lab/emulator/*.h host/lab/emulator/patches/*.patch) \
		 host/lab/model/lab.h $(wildcard reports/*.json reports/*.xsd) LICENSE

.PHONY: install uninstall
install: all
	$(call msg,INSTALL,$(DESTDIR)$(PREFIX))
	$(Q)install -d $(INSTALL_BIN) $(INSTALL_LIB) $(INSTALL_SHARE) $(INSTALL_MAN) $(INSTALL_COMP)
	$(Q)install $(BUILD)/pirbench $(BUILD)/pirbench-executor $(INSTALL_LIB)
	$(Q)install -m 644 $(BUILD)/liblabmodel.a $(INSTALL_LIB)
	$(Q)ln -sfn ../lib/pirbench/pirbench $(INSTALL_BIN)/pirbench
	$(Q)set -e; for f in $(INSTALL_DATA); do \
		install -D -m "$$([ -x "$$f" ] && echo 755 || echo 644)" "$$f" "$(INSTALL_SHARE)/$$f"; \
	done
	$(Q)install -m 644 docs/man/pirbench.1 $(INSTALL_MAN)
	$(Q)[ ! -x $(PKTGEN) ] || install -s $(PKTGEN) $(INSTALL_BIN)
	$(Q)[ ! -x $(PKTGEN) ] || install -m 644 docs/man/pirbench-pktgen.1 $(INSTALL_MAN)
	$(Q)[ ! -x $(PKTGEN) ] || install -m 644 configs/completion/pirbench-pktgen.bash \
		$(INSTALL_COMP)/pirbench-pktgen
	$(Q)install -m 644 configs/completion/pirbench.bash $(INSTALL_COMP)/pirbench

# Whole directories only where they are ours.
uninstall:
	$(call msg,REMOVE,$(DESTDIR)$(PREFIX))
	$(Q)rm -f $(INSTALL_BIN)/pirbench $(INSTALL_MAN)/pirbench.1 $(INSTALL_COMP)/pirbench
	$(Q)rm -f $(INSTALL_BIN)/pirbench-pktgen $(INSTALL_MAN)/pirbench-pktgen.1 \
		$(INSTALL_COMP)/pirbench-pktgen
	$(Q)rm -rf $(INSTALL_LIB) $(INSTALL_SHARE)
