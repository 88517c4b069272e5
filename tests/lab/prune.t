#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The emulator's cache does not grow without end: what was used longest ago goes.
set -u
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"
cache=$tmp/cache/emulator
mkdir -p "$cache"

# entry NUMBER MINUTES: as if it was used so long ago.
entry() {
	name=$(printf '%024x' "$1")
	mkdir "$cache/$name"
	: >"$cache/$name/bochs"
	touch -d "$2 minutes ago" "$cache/$name"
}

# of FIRST LAST: how many of these entries are there.
of() {
	count=0
	for n in $(seq "$1" "$2"); do
		[ ! -e "$cache/$(printf '%024x' "$n")/bochs" ] || count=$((count + 1))
	done
	echo $count
}

prune() {
	status 0 "$1" env PIRBENCH_CACHE="$tmp/cache" host/lab/emulator/build.sh --prune
}

for n in $(seq 30); do
	entry "$n" $((n * 100))
done
for n in a b c d; do
	mkdir "$cache/tree-$n"
done
touch -d "4 days ago" "$cache/tree-a"
touch -d "2 days ago" "$cache/tree-b"
touch -d "3 days ago" "$cache/tree-c"
touch -d "1 day ago" "$cache/tree-d"
: >"$cache/bochs.orig.tar.xz"
touch -d "9 days ago" "$cache/bochs.orig.tar.xz"
prune "prune"
[ "$(of 1 24)" -eq 24 ]
ok $? "the 24 that were used last are there"
[ "$(of 25 30)" -eq 0 ]
ok $? "what is beyond them is not"
[ -e "$cache/tree-b" ] && [ -e "$cache/tree-c" ] && [ -e "$cache/tree-d" ] && [ ! -e "$cache/tree-a" ]
ok $? "of trees, three are there"
[ -e "$cache/bochs.orig.tar.xz" ]
ok $? "what is no entry stays"
for n in $(seq 101 130); do
	entry "$n" 50
done
prune "prune again"
[ "$(of 101 130)" -eq 30 ]
ok $? "nothing of the last hour goes"
[ "$(of 1 24)" -eq 0 ]
ok $? "but what is older does"
[ -z "$(find "$cache" -maxdepth 1 -name 'tmp.*')" ]
ok $? "nothing else is left"
plan
