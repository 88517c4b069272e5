# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh
#
# What the tests in this directory share: TAP, and a directory that goes away.
# PIRBENCH is the program; everything that a test makes is below $tmp.

PIRBENCH=${PIRBENCH:-build/pirbench}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' INT TERM HUP
export XDG_STATE_HOME="$tmp/state"
tests=0

# ok STATUS TEXT: a test that passes when STATUS is 0.
ok() {
	tests=$((tests + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $tests - $2"
	else
		echo "not ok $tests - $2"
	fi
}

# status WANT TEXT COMMAND...: output in $tmp/out and $tmp/err.
status() {
	want=$1
	text=$2
	shift 2
	got=0
	"$@" >"$tmp/out" 2>"$tmp/err" || got=$?
	[ "$got" -eq "$want" ]
	ok $? "$text: exit status $want"
	[ "$got" -eq "$want" ] || sed "s/^/# status $got: /" "$tmp/out" "$tmp/err"
}

# says FILE PATTERN TEXT: FILE (out, err) has a line that matches.
says() {
	grep -Eq -- "$2" "$tmp/$1"
	found=$?
	ok $found "$3"
	[ $found -eq 0 ] || sed 's/^/# /' "$tmp/$1"
}

# one_line TEXT: the command before said one line on stderr.
one_line() {
	[ "$(wc -l <"$tmp/err")" -eq 1 ]
	ok $? "$1: one line"
}

plan() {
	echo "1..$tests"
}
