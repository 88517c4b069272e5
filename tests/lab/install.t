#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# make install: a tree that works where it lies, and goes away without a trace.
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"
root=$(cd "$(dirname "$0")/../.." && pwd)
build=$(cd "$(dirname "$PIRBENCH")" && pwd)
unset PIRBENCH_ROOT MAKEFLAGS MAKELEVEL MFLAGS

make_it() {
	make -s -C "$root" BUILD="$build" DESTDIR="$tmp/dest" PREFIX="$1" "$2"
}

mkdir -p "$tmp/dest/opt/x/bin"
echo other >"$tmp/dest/opt/x/bin/other"
status 0 "make install" make_it /opt/x install
[ -x "$tmp/dest/opt/x/bin/pirbench" ] && [ -f "$tmp/dest/opt/x/share/man/man1/pirbench.1" ]
ok $? "program and manual page"
# Elsewhere, and not in the source tree: what is found is what was installed.
mv "$tmp/dest/opt/x" "$tmp/moved"
cd "$tmp" || exit 1
P=$tmp/moved/bin/pirbench
status 1 "gate on the machine null" "$P" gate -m null --base null --head null:1000 -n 1 -o "$tmp/r" \
	--report "html:$tmp/r.html"
says out '^FAIL' "and it fails"
status 0 "list kernels" "$P" list kernels
says out 'linux-6.1-unfixed' "kernels are found"
status 0 "kernel show" "$P" kernel show linux-6.1-unfixed
says out "unfixed.cocci" "with their patches"
status 0 "report" "$P" report "$tmp/r" -f junit -o "$tmp/r.xml"
for f in lib/pirbench/pirbench-executor lib/pirbench/liblabmodel.a \
	share/pirbench/host/lab/emulator/build.sh share/pirbench/host/lab/emulator/glue.cc \
	share/pirbench/host/lab/model/lab.h share/pirbench/host/apt-private.sh \
	share/bash-completion/completions/pirbench; do
	[ -s "$tmp/moved/$f" ]
	ok $? "$f"
done
if [ -x "$build/pirbench-pktgen" ]; then
	status 0 "pirbench-pktgen" "$tmp/moved/bin/pirbench-pktgen" --version
	for f in share/man/man1/pirbench-pktgen.1 share/bash-completion/completions/pirbench-pktgen; do
		[ -s "$tmp/moved/$f" ]
		ok $? "$f"
	done
fi
mv "$tmp/moved/share/pirbench" "$tmp/away"
status 2 "without its data" "$P" list kernels
says err 'PIRBENCH_ROOT' "says what to do"
mv "$tmp/away" "$tmp/moved/share/pirbench"
mv "$tmp/moved" "$tmp/dest/opt/x"
status 0 "make install again" make_it /opt/x install
status 0 "make uninstall" make_it /opt/x uninstall
[ "$(cd "$tmp/dest" && find . ! -type d)" = ./opt/x/bin/other ]
ok $? "leaves nothing of its own"
! find "$tmp/dest" -name '*pirbench*' | grep -q .
ok $? "nor a directory of its name"
plan
