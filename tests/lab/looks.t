#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Branches as many as are needed: when a gate ends, and why.
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

runs() {
	find "$1/runs" -name '*.run' | wc -l
}

# has DIR N TEXT
has() {
	[ "$(runs "$1")" -eq "$2" ]
	ok $? "$3: $2 branches"
}

null() {
	"$PIRBENCH" gate --machine null --base null "$@"
}

# ---- the machine null -------------------------------------------------------------

status 0 "alike" null --head null -o "$tmp/same"
has "$tmp/same" 64 "eight of each scenario: nothing proves them the same build"
says out 'Delays are identical in all 12 metrics' "and says so"
status 1 "losses" null --head null:1000 -o "$tmp/lossy"
has "$tmp/lossy" 24 "three of each scenario, and no more"
status 1 "--fail-fast" null --head null:1000 --fail-fast -o "$tmp/fast"
[ "$(runs "$tmp/fast")" -lt 24 ]
ok $? "fewer than that"
status 1 "the same again" null --head null:1000 --fail-fast -o "$tmp/again"
says out '^preempt-load +base +not run' "ends with the first"
for d in fast again; do
	"$PIRBENCH" show "$tmp/$d/result.json" -v | sed -n 's/ *[0-9.]* s$//;/ seed /p' >"$tmp/$d.txt"
done
cmp -s "$tmp/fast.txt" "$tmp/again.txt"
ok $? "with the same branches"
status 0 "--max-branches" null --head null --max-branches 12 -o "$tmp/max"
has "$tmp/max" 24 "at most three of each scenario"
status 0 "a fixed number" null --head null -n 10 -o "$tmp/fixed"
has "$tmp/fixed" 20 "ten of each kernel"
status 2 "both" null --head null -n 10 --max-branches 12
one_line "both"
status 2 "more than is compared" null --head null --max-branches 516
one_line "more than is compared"
says err 'at most 512 for 4 scenarios' "and says how many"
status 0 "--branches auto" null --head null -n auto -o "$tmp/auto"
has "$tmp/auto" 64 "is the default"

# A gate that was stopped after a few branches, or in the second block.
for kept in 5 30; do
	cp -r "$tmp/same" "$tmp/resumed"
	rm "$tmp/resumed/result.json"
	find "$tmp/resumed/runs" -name '*.run' | sort | tail -n +$((kept + 1)) | xargs rm
	status 0 "--resume with $kept branches" "$PIRBENCH" gate --resume "$tmp/resumed"
	has "$tmp/resumed" 64 "all are there again"
	rm -rf "$tmp/resumed"
done
cp -r "$tmp/lossy" "$tmp/resumed"
status 1 "--resume of one that was done" "$PIRBENCH" gate --resume "$tmp/resumed"
has "$tmp/resumed" 24 "nothing is added"

# ---- real kernels -----------------------------------------------------------------

status 0 "only a comment changed" "$PIRBENCH" gate --base linux-6.1 --head linux-6.1-comment \
	-S halt-wake -o "$tmp/comment"
has "$tmp/comment" 6 "three equal pairs of one build are enough"
says out 'Delays are identical in all 3 metrics' "identical"
status 1 "slower by 8000 ticks" "$PIRBENCH" gate --base linux-6.1 \
	--head linux-6.1-slow-load-8000 -S halt-wake -o "$tmp/slow"
says out 'linux-6.1-slow-load-8000 is slower than linux-6.1: ' "is flagged"
has "$tmp/slow" 16 "at the first look"
plan
