#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Equal kernel, scenario and seed: ten runs, equal to the last byte, truth included.
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

once() {
	"$PIRBENCH" run smoke --kernel "$1" --seed 7 -q -o "$2" >/dev/null 2>"$tmp/err"
}

once linux-6.1-unfixed "$tmp/1"
for i in 2 3 4 5 6 7 8 9 10; do
	once linux-6.1-unfixed "$tmp/$i"
	diff -r "$tmp/1/runs" "$tmp/$i/runs" >/dev/null
	ok $? "run $i is the first one"
done
[ "$(find "$tmp/1/runs" -type f -size +1k | wc -l)" -eq 8 ]
ok $? "four runs and their truth were compared"
# The comparison can fail.
"$PIRBENCH" run smoke --kernel linux-6.1-unfixed --seed 8 -q -o "$tmp/other" >/dev/null 2>&1
! diff -r "$tmp/1/runs" "$tmp/other/runs" >/dev/null
ok $? "another seed is another run"
plan
