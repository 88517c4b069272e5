#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# A disk that is full from the n-th time on that room is taken, for each n: one clear line,
# status 2, nothing half-written, and the next run is clean and the same.
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"
full=$(dirname "$PIRBENCH")/tests/fault/full
mkdir "$tmp/disk" "$tmp/tmpdir"
export TMPDIR="$tmp/tmpdir" FULL_COUNT="$tmp/count"
real=${PIRBENCH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pirbench}

# Kernels and emulator as they are, all else on the disk that fills up.
cache() {
	mkdir -p "$tmp/disk/cache"
	ln -s "$real/kernels" "$real/emulator" "$tmp/disk/cache/"
	export PIRBENCH_CACHE="$tmp/disk/cache"
}

# on_full N COMMAND...: as status, but the disk is full from the N-th time on.
on_full() {
	n=$1
	shift
	got=0
	"$full" "$n" "$tmp/disk" "$@" >"$tmp/out" 2>"$tmp/err" || got=$?
}

# What a full disk may leave below $1: whole files and directories.
whole() {
	odd=$(find "$1" -type f \( -name '*~' -o -name '*.new' -o -size 0 \) ! -name lock ! -name used ! -path '*/logs/*')
	[ -z "$odd" ] && [ -z "$(find "$tmp/tmpdir" -mindepth 1)" ]
	ok $? "$2: nothing half-written $odd"
}

# A line says it for each file that could not be written, of which there are three at most.
said() {
	grep -q 'No space left on device' "$tmp/err" && [ "$(grep -c '^pirbench: ' "$tmp/err")" -le 3 ]
	found=$?
	ok $found "$1: it says so"
	[ $found -eq 0 ] || sed 's/^/# /' "$tmp/err"
}

# each NAME COUNT-STEPS WANT: steps of `try` (a function of n), all or about 40 of them.
each() {
	name=$1 want=$2
	rm -rf "$tmp/disk"
	mkdir "$tmp/disk"
	cache
	try 0
	[ "$got" = "$want" ]
	ok $? "$name: status $want with room"
	all=$(cat "$tmp/count")
	[ "$all" -gt 3 ]
	ok $? "$name: room is taken $all times"
	step=$((all / ${3:-40} + 1))
	at=1
	while [ "$at" -le "$all" ]; do
		rm -rf "$tmp/disk"
		mkdir "$tmp/disk"
		cache
		try "$at"
		# What is only remembered to estimate the time may fail unsaid.
		if [ "$got" = "$want" ]; then
			unsaid=$((unsaid + 1))
		else
			[ "$got" = 2 ]
			ok $? "$name, full at $at: status $got"
			said "$name, full at $at"
		fi
		whole "$tmp/disk" "$name, full at $at"
		again "$at"
		at=$((at + step))
	done
}

# The gate on the machine null, with reports: goes on, or begins again, and is the same.
try() {
	on_full "$1" "$PIRBENCH" gate -m null --base null --head null:1000 -n 2 -q \
		--report "html:$tmp/disk/r.html" --report "junit:$tmp/disk/r.xml" -o "$tmp/disk/r"
}
again() {
	how=-o
	[ ! -e "$tmp/disk/r/command.json" ] || how=--resume
	status 1 "gate, full at $1, next run" "$PIRBENCH" gate -m null --base null \
		--head null:1000 -n 2 -q $how "$tmp/disk/r"
	diff -r "$tmp/disk/r/runs" "$tmp/whole/runs" >/dev/null
	ok $? "gate, full at $1: the runs are the same"
}
"$PIRBENCH" gate -m null --base null --head null:1000 -n 2 -q -o "$tmp/whole" >/dev/null 2>&1
unsaid=0
each gate 1
[ $unsaid -le 3 ]
ok $? "$unsaid times nothing was lost"

# A report.
try() {
	on_full "$1" "$PIRBENCH" report "$tmp/whole" -f html -o "$tmp/disk/x.html"
}
again() {
	[ ! -e "$tmp/disk/x.html" ] || tail -c 10 "$tmp/disk/x.html" | grep -q '</html>'
	ok $? "report, full at $1: whole or not there"
}
each report 0

# The lab: images, results, logs.
try() {
	on_full "$1" "$PIRBENCH" run quiet --kernel linux-6.1 -n 1 -q -o "$tmp/disk/r" --keep-logs
}
again() {
	rm -rf "$tmp/disk/r"
	status 0 "lab, full at $1, next run" "$PIRBENCH" run quiet --kernel linux-6.1 -n 1 -q -o "$tmp/disk/r"
}
unsaid=0
each lab 0 6
plan
