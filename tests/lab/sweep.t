#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Sweeps: what is lost is found, by intervals and by every n-th instant alike, and again the same.
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

root=$(dirname "$0")/../..
status 0 "the fix" "$PIRBENCH" run sweep-preempt --kernel linux-6.1 -q -o "$tmp/fixed"
says out 'complete: [0-9,]+ intervals .* 0 lost' "the fix loses nothing anywhere"
status 1 "without it" "$PIRBENCH" run sweep-preempt --kernel linux-6.1-unfixed -q -o "$tmp/one"
says out 'SN set' "the first instant that loses is where SN is set"

# The same window with a post at every 61st instant: no interval is contradicted.
sed -e 's/windows: 3/windows: 1/' -e 's/^    length:/    stride: 61\n    length:/' \
	"$root/configs/scenarios/sweep-preempt.yaml" >"$tmp/stride.yaml"
status 1 "by a stride" "$PIRBENCH" run "$tmp/stride.yaml" --kernel linux-6.1-unfixed -q -o "$tmp/two"
says out 'all alike within their intervals' "no two instants of an interval differ"

# Equal to the last byte, also with one process at a time.
"$PIRBENCH" run sweep-preempt --kernel linux-6.1-unfixed -q --jobs 1 -o "$tmp/again" >/dev/null 2>&1
diff -r "$tmp/one/runs" "$tmp/again/runs" >/dev/null
ok $? "again is the same, truth included"
plan
