#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# kill.sh DIR COUNT [SEED]
#
# COUNT rounds, each with a kill -9 at a random moment: of 10 rounds 5 of a gate in the
# lab, 2 of a sweep there, 2 of a gate on the machine null with reports, 1 of a kernel's
# build in a cache that is a copy; the victim is the command or, in every other round,
# any process below it. A moment at which the command had ended already is drawn again.
# Then: no process and no temporary file is left, nothing is half-written, and the same
# command again (a gate: --resume) ends as one that nobody killed, its runs equal to the
# last byte, its kernel of the same build id. DIR/log has a line for each round. Goes on
# where an earlier call with the same DIR stopped. Exit status 1 when a round was wrong.
set -u
[ $# -ge 2 ] || {
	sed -n 's/^# \{0,1\}//p' "$0" | sed -n '3,12p' >&2
	exit 2
}
dir=$1 count=$2 seed=${3:-1}
pirbench=${PIRBENCH:-build/pirbench}
configs=${PIRBENCH_ROOT:-$(dirname "$0")/../..}/configs
cache=${PIRBENCH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pirbench}
mkdir -p "$dir/tmpdir" || exit 2
touch "$dir/log"
export TMPDIR="$dir/tmpdir" XDG_STATE_HOME="$dir/state"

# A whole number from 0 to $2 - 1 for round $1; $3 tells several of a round apart.
random() {
	awk -v s=$((seed * 100000 + $1 * 10 + $3)) -v n="$2" 'BEGIN { srand(s); print int(rand() * n) }'
}

below() {
	for p in $(pgrep -P "$1"); do
		echo "$p"
		below "$p"
	done
}

lab() {
	"$pirbench" gate --base linux-6.1 --head linux-6.1-unfixed -n 4 \
		-S preempt-aimed,quiet --report "html:$1.html" "${2:---output}" "$1"
}
sweep() {
	"$pirbench" gate --base linux-6.1 --head linux-6.1-unfixed -n 1 \
		-S sweep-preempt "${2:---output}" "$1"
}
null() {
	"$pirbench" gate -m null --base null --head null:1000 -n 40 -S preempt-aimed,quiet \
		--report "html:$1.html" --report "junit:$1.xml" "${2:---output}" "$1"
}
kernel() {
	PIRBENCH_CACHE=$dir/cache "$pirbench" kernel build linux-6.1 --patch "$1.patch"
}

# What was never killed, to compare with; and how long it takes, in ms.
reference() {
	rm -rf "${dir:?}/$1"
	start=$(date +%s%N)
	"$1" "$dir/$1" >"$dir/$1.out" 2>"$dir/$1.err"
	echo $? >"$dir/$1.status"
	echo $((($(date +%s%N) - start) / 1000000)) >"$dir/$1.ms"
}
patch_for() {
	sed "s/VT-d hardware/VT-d hardware $2/" "$configs/kernels/patches/comment.patch" >"$1.patch"
}
if [ ! -e "$dir/kernel.status" ]; then
	for kind in lab sweep null; do reference $kind; done
	if [ ! -d "$dir/cache" ]; then
		mkdir -p "$dir/cache/kernels/trees" &&
			cp -a "$cache"/kernels/trees/linux-source-6.1-* "$dir/cache/kernels/trees/" &&
			cp -a "$cache"/kernels/sources "$dir/cache/kernels/" || exit 2
	fi
	# The first build in the copy compiles everything, the second is as those to come.
	for n in 1 2; do
		patch_for "$dir/kernel" "reference $n $$"
		reference kernel
	done
fi

wrong() {
	bad="$bad; $1"
}

# Files that are there after a kill -9, and should not be.
check_files() {
	[ -z "$(find "$dir/tmpdir" -mindepth 1)" ] || {
		wrong "left: $(find "$dir/tmpdir" -mindepth 1 | head -n 3 | tr '\n' ' ')"
		rm -rf "${dir:?}/tmpdir"/*
	}
	odd=$(find "$out" -type f ! -name '*.run' ! -name '*.truth' ! -name command.json \
		! -name result.json ! -path '*/logs/*' 2>/dev/null)
	[ -z "$odd" ] || wrong "half-written: $odd"
	for f in "$out.html" "$out.xml"; do
		[ ! -e "$f" ] || tail -c 20 "$f" | grep -Eq '</html>|</testsuites>' ||
			wrong "half-written: $f"
	done
}

# The same command again.
check_next() {
	how=--output
	[ ! -e "$out/command.json" ] || how=--resume
	"$kind" "$out" $how >"$out.out2" 2>"$out.err2"
	got=$?
	want=$(cat "$dir/$kind.status")
	[ "$got" = "$want" ] || wrong "next run: status $got, not $want: $(head -n 1 "$out.err2")"
	if [ "$kind" = kernel ]; then
		# Only a comment differs, so that the kernel is the same.
		cmp -s "$(cut -f 3 "$out.out2")" "$(cut -f 3 "$dir/kernel.out")" ||
			wrong "next run: another kernel"
		[ -z "$(find "$dir/cache/kernels/tmp" -mindepth 1 2>/dev/null)" ] ||
			wrong "next run: $dir/cache/kernels/tmp is not empty"
		return
	fi
	diff -r "$out/runs" "$dir/$kind/runs" >/dev/null || wrong "next run: other runs"
	[ "$(head -n 1 "$out.out2")" = "$(head -n 1 "$dir/$kind.out")" ] || wrong "next run: another verdict"
}

one_round() {
	case $((i % 10)) in
	0) kind=kernel ;;
	2 | 7) kind=sweep ;;
	3 | 6) kind=null ;;
	*) kind=lab ;;
	esac
	bad='' victim=command out=$dir/$i
	rm -rf "$out" "$out".*
	[ $kind != kernel ] || patch_for "$out" "$i $try $$"
	after=$(random "$i" "$(cat "$dir/$kind.ms")" $((1 + try)))
	PIRBENCH_KILL_ROUND=$dir/$i "$kind" "$out" >"$out.out" 2>"$out.err" &
	shell=$!
	sleep "$(awk -v ms="$after" 'BEGIN { print ms / 1000 }')"
	# The function runs in a shell of its own, whose only child is the command.
	gate=$(pgrep -P $shell | head -n 1)
	all=$(below $shell)
	target=$gate
	if [ $(((i + i / 10) % 2)) = 0 ] && [ "$(echo "$all" | wc -w)" -gt 1 ]; then
		# shellcheck disable=SC2086 # a list of pids is meant
		set -- $all
		shift $((1 + $(random "$i" $(($# - 1)) $((5 + try)))))
		target=$1
		# It may end at any moment.
		victim=$(ps -o comm= -p "$target")
		victim=child:${victim:-gone}
	fi
	[ -n "$target" ] && kill -9 "$target" 2>/dev/null || victim=late
	wait $shell 2>/dev/null
	status=$?
	if [ "$victim" = late ] && [ $try -lt 4 ]; then
		try=$((try + 1))
		one_round
		return
	fi
	case $victim:$status in
	command:137 | late:*) ;;
	# A child that had done its work already is not missed.
	child:*:2 | child:*:"$(cat "$dir/$kind.status")") ;;
	*) wrong "status $status" ;;
	esac
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		alive=$(grep -lsz "^PIRBENCH_KILL_ROUND=$dir/$i\$" /proc/[0-9]*/environ)
		for p in $all; do
			case $(ps -o stat= -p "$p") in '' | Z*) ;; *) alive="$alive $p" ;; esac
		done
		[ -n "$alive" ] || break
		sleep 0.2
	done
	[ -z "$alive" ] || wrong "processes left: $alive $(ps -o pid=,ppid=,stat=,args= -p "${alive##* }")"
	check_files
	check_next
	echo "$i $kind $victim after $after ms: status $status; ${bad:-ok}" | sed 's/; ; /; WRONG: /' >>"$dir/log"
	[ -n "$bad" ] || rm -rf "$out" "$out".*
}

i=1
while [ "$i" -le "$count" ]; do
	try=0
	grep -q "^$i " "$dir/log" || one_round
	i=$((i + 1))
done
good=$(grep -c '; ok$' "$dir/log")
echo "$count rounds: $good ok, $((count - good)) not"
[ "$good" = "$count" ]
