#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# A guest that lies in every field, one field to a branch: each is found out, in one line.
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"
root=$(cd "$(dirname "$0")/../.." && pwd)
PIRBENCH_EXECUTOR=$(dirname "$PIRBENCH")/tests/lies/pirbench-executor
export PIRBENCH_EXECUTOR

# NUMBER NAME PATTERN, a line each, as tests/lies/lies.h has them.
sed -n 's/^LIE(\([a-z0-9_]*\), "\(.*\)")$/\1 \2/p' "$root/tests/lies/lies.h" | grep -n '' |
	awk '{ sub(":", " "); gsub("_", "-", $2) } 1' >"$tmp/lies"
[ "$(wc -l <"$tmp/lies")" -ge 70 ]
ok $? "$(wc -l <"$tmp/lies") lies"

scenario() {
	cat >"$tmp/$2.yaml" <<-END
		summary: "$2"
		why: "$2"
		expect: {lost: 0}
		guest: {mode: spin}
		late: 500us
		measure: 100ms
		drain: 2ms
		events: $((1024 + $1))
		sources:
		  - {kind: poster, schedule: periodic, period: 200us, count: 12, vectors: 4}
		squeezers:
		  - {kind: pin}
	END
}
scenario 0 honest
while read -r number name _; do
	scenario "$number" "$name"
done <"$tmp/lies"

# A result has room for so many scenarios.
cut -d ' ' -f 2 "$tmp/lies" | split -l 40 - "$tmp/part."
for part in "$tmp"/part.*; do
	# shellcheck disable=SC2046 # a list of files is meant
	status 2 "the lies of ${part##*/}" "$PIRBENCH" run --kernel linux-6.1 -n 1 --verbose -q \
		"$tmp/honest.yaml" $(sed "s,.*,$tmp/&.yaml," "$part")
	says out '^ERROR' "no verdict"
	grep ' seed 0x' "$tmp/out" >>"$tmp/branches"
	says out '^honest .* ok ' "who does not lie is believed"
done
while read -r _ name pattern; do
	grep -E "^$name " "$tmp/branches" >"$tmp/out"
	says out " failed .*($pattern)" "$name"
	[ "$(wc -l <"$tmp/out")" -eq 1 ]
	ok $? "$name: one line"
done <"$tmp/lies"
plan
