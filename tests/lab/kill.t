#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# kill -9 of every process at many moments: nothing is left, and the next run is clean.
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

mkdir "$tmp/tmpdir"
export TMPDIR="$tmp/tmpdir"

# All processes below $1, one a line.
below() {
	for p in $(pgrep -P "$1"); do
		echo "$p"
		below "$p"
	done
}

# Do all of these end soon?
gone() {
	for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		alive=
		for p in "$@"; do
			# A zombie is gone: only init has not looked yet.
			case $(ps -o stat= -p "$p") in
			'' | Z*) ;;
			*) alive="$alive $p" ;;
			esac
		done
		[ -n "$alive" ] || return 0
		sleep 0.1
	done
	echo "# still there after $i tries:$alive"
	return 1
}

# A process that $1 finds below $2, stopped: one that is ending already, or has ended
# between the look and the kill, would show nothing. Branches come and go: wait for one.
stopped() {
	for _ in $(seq 200); do
		victim=$($1 "$2")
		if [ -n "$victim" ] && kill -STOP "$victim" 2>/dev/null; then
			case $(ps -o stat= -p "$victim") in
			T*)
				echo "$victim"
				return
				;;
			esac
		fi
		sleep 0.05
	done
}

# Start a gate of $3 branches, which lasts longer than the longest wait on any machine
# there is; kill -9 what `which` prints when given its pid, after $2 seconds.
round() {
	which=$1
	after=$2
	branches=$3
	dir=$tmp/$which-$after
	mkdir "$dir"
	"$PIRBENCH" gate --base linux-6.1 --head linux-6.1 -S quiet -n "$branches" -o "$dir" \
		>"$tmp/out" 2>"$tmp/err" &
	gate=$!
	sleep "$after"
	victim=$(stopped "$which" $gate)
	all=$(below $gate)
	if [ -z "$victim" ]; then
		echo "# $which: none after $after s"
		victim=$gate
	fi
	kill -9 "$victim"
	got=0
	wait $gate 2>/dev/null || got=$?
	if [ "$victim" = "$gate" ]; then
		[ $got -eq 137 ]
		ok $? "the command was killed after $after s"
	else
		[ $got -eq 2 ] && grep -q 'killed by signal 9' "$tmp/err"
		ok $? "$which killed after $after s: an error that says so"
		[ $got -eq 2 ] || sed "s/^/# status $got: /" "$tmp/err" "$tmp/out"
	fi
	# shellcheck disable=SC2086 # a list of pids is meant
	gone $gate $all
	ok $? "$which killed after $after s: no process is left"
	[ "$(find "$tmp/tmpdir" -mindepth 1 | wc -l)" -eq 0 ]
	ok $? "$which killed after $after s: no file is left"
	[ "$(find "$dir" -type f ! -name '*.run' ! -name '*.truth' ! -name command.json \
		! -name result.json ! -path '*/logs/*' | wc -l)" -eq 0 ]
	ok $? "$which killed after $after s: nothing half-written"
}

command_itself() {
	echo "$1"
}
fork_server() {
	pgrep -P "$1" -f 'bochs -q' | head -n 1
}
a_branch() {
	for server in $(pgrep -P "$1" -f 'bochs -q'); do
		pgrep -P "$server"
	done | head -n 1
}

for after in 0.05 0.3 1 2 3.5 5 7; do
	round command_itself $after 120
done
for after in 1 2 3 4; do
	round fork_server $after 30
done
for after in 2 2.7 3.4 4.1; do
	round a_branch $after 30
done

# What was killed goes on from where it was.
last=$tmp/command_itself-7
status 0 "--resume after kill -9" "$PIRBENCH" gate --resume "$last"
status 0 "a clean run" "$PIRBENCH" run quiet --kernel linux-6.1
plan
