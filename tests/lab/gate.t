#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The gate, on two real kernels.
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

status 1 "unfixed against fixed" \
	"$PIRBENCH" gate --base linux-6.1 --head linux-6.1-unfixed -n 8 -o "$tmp/a"
says out '^FAIL +linux-6.1-unfixed loses interrupts that linux-6.1 delivers: 40 of 40 posts' \
	"every post of preempt-aimed is lost"
replay=$(sed -n 's/^Replay one: *pirbench //p' "$tmp/out")
# shellcheck disable=SC2086 # words are meant
status 1 "the replay command" "$PIRBENCH" $replay -o "$tmp/b"
# The replay is the branch, bit for bit.
cmp -s "$tmp/a/runs/1-preempt-aimed-0.run" "$tmp/b/runs/0-preempt-aimed-0.run" &&
	cmp -s "$tmp/a/runs/1-preempt-aimed-0.truth" "$tmp/b/runs/0-preempt-aimed-0.truth"
ok $? "replays it bit for bit"

# Two at once, which share caches and CPUs: the swap, and a kernel against itself.
"$PIRBENCH" gate --base linux-6.1 --head linux-6.1 -n 8 -o "$tmp/c" >"$tmp/c.out" 2>&1 &
pid=$!
status 0 "fixed against unfixed" \
	"$PIRBENCH" gate --base linux-6.1-unfixed --head linux-6.1 -n 8 -o "$tmp/d"
says out 'Head fixes' "head fixes"
wait $pid
ok $? "a kernel against itself passes beside it"
for f in "$tmp"/a/runs/0-*; do
	cmp -s "$f" "$tmp/c/runs/${f##*/}" && cmp -s "$f" "$tmp/d/runs/1-${f##*/0-}"
	ok $? "${f##*/} is the same in all three gates"
done

# A developer's own image.
image=$("$PIRBENCH" kernel build linux-6.1-unfixed -q | cut -f 3)
status 1 "head is a bzImage" "$PIRBENCH" gate --base linux-6.1 --head "$image" -n 1 -S preempt-aimed

# A stop, and going on.
"$PIRBENCH" gate --base linux-6.1 --head linux-6.1 -n 24 -o "$tmp/e" >"$tmp/out" 2>"$tmp/err" &
pid=$!
while [ "$(find "$tmp/e/runs" -name '*.run' 2>/dev/null | wc -l)" -lt 4 ] && kill -0 $pid; do
	sleep 0.2
done
kill -INT $pid
got=0
wait $pid || got=$?
[ $got -eq 130 ]
ok $? "Ctrl-C: exit status 130"
status 0 "--resume" "$PIRBENCH" gate --resume "$tmp/e"
plan
