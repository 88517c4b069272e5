#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Can the models' tests fail?  Builds the models once per seeded defect of the
# *.mutants lists and runs the tests: each defect has to make one of them fail.
# Exits 1 when a defect goes unnoticed or no longer applies.  From the top of
# the tree:  tests/unit/model/mutate.sh [NAME...]
set -eu

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
mkdir "$dir/src" "$dir/obj" "$dir/test"
cc="${CC:-gcc} -Ibench -I. -Itests/unit -D_GNU_SOURCE -std=gnu11 -O1 -w"

for f in host/lab/model/*.c bench/util/crc32c.c bench/util/wire_packet.c tests/unit/model/*.c; do
	case $f in
	*/test_*) o=$dir/test ;;
	*) o=$dir/obj ;;
	esac
	$cc -c "$f" -o "$o/$(basename "$f" .c).o"
done

# Do all tests pass with what is in obj/ now?
pass() {
	rm -f "$dir/models.a"
	ar rcs "$dir/models.a" "$dir"/obj/*.o
	for t in "$dir"/test/*.o; do
		$cc "$t" "$dir/models.a" -o "$dir/run" -lcmocka
		timeout 60 "$dir/run" >"$dir/out" 2>&1 || return 1
	done
}

if ! pass; then
	cat "$dir/out" >&2
	echo "mutate.sh: the tests fail without any defect" >&2
	exit 1
fi

caught=0
bad=0
tab=$(printf '\t')
cat tests/unit/model/*.mutants >"$dir/list"
while IFS="$tab" read -r name file script; do
	case $name in '' | '#'*) continue ;; esac
	if [ $# -gt 0 ]; then
		case " $* " in *" $name "*) ;; *) continue ;; esac
	fi
	src=host/lab/model/$file.c
	[ -e "$src" ] || src=bench/util/$file.c
	sed -e "$script" "$src" >"$dir/src/$file.c"
	if cmp -s "$src" "$dir/src/$file.c"; then
		echo "$name: no longer applies to $src" >&2
		bad=$((bad + 1))
		continue
	fi
	cp "$dir/obj/$file.o" "$dir/good.o"
	if ! $cc -c "$dir/src/$file.c" -o "$dir/obj/$file.o"; then
		echo "$name: does not compile" >&2
		bad=$((bad + 1))
	elif pass; then
		echo "$name: not noticed by any test" >&2
		bad=$((bad + 1))
	else
		caught=$((caught + 1))
	fi
	cp "$dir/good.o" "$dir/obj/$file.o"
done <"$dir/list"

echo "mutate.sh: $caught defects noticed, $bad not"
[ "$bad" -eq 0 ] && [ "$caught" -gt 0 ]
