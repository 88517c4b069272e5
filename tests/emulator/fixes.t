#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Every fix of the emulator is there, and is needed: its program passes on the
# emulator as it is built, and fails when that one patch is left out.
#
# FIXES_WITHOUT=no leaves the second half out: it builds the emulator once for
# each patch (half a minute each, cached).
set -u
build=${BUILD:-build}
here=tests/emulator
emulator=$(cat "$build/emulator.path")
n=0

ok() { # STATUS NAME
	n=$((n + 1))
	if [ "$1" = 0 ]; then echo "ok $n - $2"; else echo "not ok $n - $2"; fi
}

elf() { # NUMBER
	echo "$build"/tests/emulator/fix_"$1"_*.elf
}

# What a program says when the lab's promise holds for the emulator $1.
passes() { # EMULATOR NUMBER
	case $2 in
	04) # no alarm signal is caught while it runs
		mask=$($here/metal.sh "$1" "$(elf 06)" 1 signals | sed -n 's/^SigCgt:.*\(....\)$/\1/p')
		[ -n "$mask" ] && [ $((0x$mask & 0x2000)) = 0 ]
		;;
	05) # equal seeds, equal numbers, also in another second; other seeds, others
		a=$($here/metal.sh "$1" "$(elf 05)" 7)
		sleep 1
		b=$($here/metal.sh "$1" "$(elf 05)" 7)
		c=$($here/metal.sh "$1" "$(elf 05)" 8)
		[ "$a" = "$b" ] && [ "$a" != "$c" ]
		;;
	06) # the same, however long it takes
		a=$($here/metal.sh "$1" "$(elf 06)" 1)
		b=$($here/metal.sh "$1" "$(elf 06)" 1 pause)
		asked=$($here/metal.sh "$1" "$(elf 06)" 1 clock | grep HOSTCLOCK)
		echo "# asked the host for the time: $asked"
		[ "$a" = "$b" ] && [ "$asked" = "HOSTCLOCK 0" ]
		;;
	*)
		out=$($here/metal.sh "$1" "$(elf "$2")")
		echo "$out" | sed 's/^/# /'
		echo "$out" | grep -q '^RESULT pass'
		;;
	esac
}

for patch in host/lab/emulator/patches/[01]*.patch; do
	number=${patch##*/}
	number=${number%%-*}
	name=$(basename "$patch" .patch)
	passes "$emulator" "$number"
	ok $? "$name: passes"
	[ "${FIXES_WITHOUT:-yes}" = yes ] || continue
	if without=$(host/lab/emulator/build.sh --without "$number" "$build/liblabmodel.a" 2>"$build/without.log"); then
		! passes "$without" "$number"
		ok $? "$name: fails without it"
	else
		tail -n 5 "$build/without.log" | sed 's/^/# /'
		ok 1 "$name: the emulator builds without it"
	fi
done
echo "1..$n"
