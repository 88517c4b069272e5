#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The command itself, on the machine null: seconds.
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"

for c in gate run list show doctor "kernel build" "kernel list" "kernel show" "kernel prune" \
	"lab shell" "lab build" "lab image"; do
	# shellcheck disable=SC2086 # two words are meant
	status 0 "$c --help" "$PIRBENCH" $c --help
	says out '^examples:' "$c --help has examples"
	# shellcheck disable=SC2086
	status 2 "$c --nonsense" "$PIRBENCH" $c --nonsense
	one_line "$c --nonsense"
	says err 'option --nonsense .see pirbench' "$c --nonsense is named"
done
status 0 "--help" "$PIRBENCH" --help
status 0 "--version" "$PIRBENCH" --version
says out '^pirbench [^ ]+$' "--version"
status 2 "no command" "$PIRBENCH"
status 2 "unknown command" "$PIRBENCH" frobnicate
one_line "unknown command"
status 2 "unknown second word" "$PIRBENCH" kernel frobnicate
says err 'one of build, list, show, prune' "second words are listed"

# Values that are wrong: one line that says what would be right.
wrong() {
	right=$1
	shift
	status 2 "$*" "$PIRBENCH" "$@"
	one_line "$*"
	says err "$right" "$*: says \"$right\""
}
wrong 'from 1 to' gate --base null --head null -m null --branches 0
wrong 'from 1 to' gate --base null --head null -m null --branches 1x
wrong 'must be a number' gate --base null --head null -m null --seed -3
wrong 'needs a value' gate --base
wrong 'nothing to judge' gate
wrong 'nothing to compare null with' gate --base null
wrong 'no such argument' gate --base null --head null extra
wrong 'No such file' gate --base null --patch "$tmp/missing.patch"
wrong 'there are: lab, null' gate --base null --head null --machine moon
wrong 'null:N' gate --base linux-6.1 --head null --machine null
wrong 'no --patch' gate --base null --patch configs/kernels/patches/comment.patch -m null
wrong 'no --tree' run quiet --tree . -m null
wrong 'no --config' run quiet --config configs/kernels/fragments/trace.config -m null
for c in 012 033 177; do
	status 2 "a name with octal $c" "$PIRBENCH" gate --base "$(printf 'nu%bll' "\\0$c")" --head null
	one_line "a name with octal $c"
	says err 'word 3 .*control character' "a name with octal $c: says so"
done
wrong 'frobnicate' gate --base null --head null -m null --scenarios frobnicate
wrong 'which scenario' run
wrong 'no such result' show "$tmp/nothing"
wrong 'must be kernels' list frobnicate
wrong 'nothing to resume' gate --base null --head null -m null --resume "$tmp/nothing"

# Every option that takes a value, without one; every one that takes none, with one.
"$PIRBENCH" --help | sed -n '/^commands:/,/^$/s/^  \([a-z]*\( [a-z]\+\)\{0,1\}\)  .*/\1/p' >"$tmp/commands"
while read -r c; do
	# shellcheck disable=SC2086 # two words are meant
	"$PIRBENCH" $c --help | sed -n 's/^  .\{4\}\(--[a-z-]*\)[ =]\{0,1\}\([A-Z]*\).*/\1 \2/p' |
		grep -v '^--help' >"$tmp/options"
	while read -r o value; do
		[ -n "$value" ] || o=$o=x
		# shellcheck disable=SC2086 # two words are meant
		status 2 "$c $o" "$PIRBENCH" $c $o
		one_line "$c $o"
	done <"$tmp/options"
done <"$tmp/commands"

# doctor: each line has a state and says something; JSON says the same.
status 0 "doctor" "$PIRBENCH" doctor
says out '^(ok|no) +posted interrupts +.' "doctor: posted interrupts"
! grep -Evq '^(ok|note|no|MISSING) +[A-Za-z]' "$tmp/out"
ok $? "doctor: every line has a state"
lines=$(wc -l <"$tmp/out")
status 0 "doctor --json" "$PIRBENCH" doctor --json
[ "$(grep -c '"state": "\(ok\|note\|no\|MISSING\)"' "$tmp/out")" -eq "$lines" ]
ok $? "doctor --json: as many"
status 2 "doctor without programs" env PATH=/nonexistent "$PIRBENCH" doctor
says out '^MISSING +git +install package git' "doctor: says what to install"
status 2 "doctor x" "$PIRBENCH" doctor x
one_line "doctor x"

# Verdicts and statuses.
status 0 "equal kernels pass" "$PIRBENCH" gate -m null --base null --head null -n 8 -o "$tmp/a"
says out '^PASS' "PASS"
says err 'seed 1' "the seed is printed"
status 1 "a loss fails" "$PIRBENCH" gate -m null --base null --head null:1000 -n 8 -o "$tmp/b"
says out '^FAIL' "FAIL"
says out 'pirbench run preempt-aimed .*--seed' "a replay command"
status 0 "the swap passes" "$PIRBENCH" gate -m null --base null:1000 --head null -n 8 -o "$tmp/c"
says out 'fixes' "and says that head fixes it"
status 1 "the replay loses, too" "$PIRBENCH" run preempt-aimed --kernel null:1000 --seed 0x1 -m null
status 1 "head alone" "$PIRBENCH" gate -m null --head null:1000 -n 1
status 2 "a directory with something in it" \
	"$PIRBENCH" gate -m null --base null --head null -n 8 -o "$tmp/a"

wrong 'exclude each other' gate --resume "$tmp/a" --output "$tmp/b"

# JSON is never mixed with anything; results can be shown again.
status 1 "--json" "$PIRBENCH" gate -m null --base null --head null:1000 --json -n 8 -o "$tmp/d"
head -c 1 "$tmp/out" | grep -q '{'
ok $? "--json begins with {"
status 0 "show" "$PIRBENCH" show "$tmp/b"
says out '^FAIL' "show shows the verdict"
status 0 "show --table" "$PIRBENCH" show --table "$tmp/a" "$tmp/b"
says out '^\|' "a table"
status 0 "show scenario" "$PIRBENCH" show scenario quiet
for what in kernels scenarios sets machines formats; do
	status 0 "list $what" "$PIRBENCH" list $what
	status 0 "list $what --json" "$PIRBENCH" list $what --json
done

# Equal seeds, equal files.
status 0 "once" "$PIRBENCH" run quiet preempt-load -m null --seed 9 -o "$tmp/e"
status 0 "again" "$PIRBENCH" run quiet preempt-load -m null --seed 9 -o "$tmp/f"
for f in "$tmp"/e/runs/*; do
	cmp -s "$f" "$tmp/f/runs/${f##*/}"
	ok $? "${f##*/} is the same"
done

# Stopped, and gone on with.
"$PIRBENCH" gate -m null --base null --head null:1000 -n 40 \
	-S quiet,preempt-aimed -o "$tmp/g" >"$tmp/out" 2>"$tmp/err" &
pid=$!
while [ "$(find "$tmp/g/runs" -name '*.run' 2>/dev/null | wc -l)" -lt 5 ] && kill -0 $pid; do
	sleep 0.05
done
kill -INT $pid
got=0
wait $pid || got=$?
[ $got -eq 130 ]
ok $? "Ctrl-C: exit status 130"
says err 'go on with: pirbench gate --resume' "says how to go on"
before=$(find "$tmp/g/runs" -name '*.run' | wc -l)
[ "$before" -ge 5 ] && [ "$before" -lt 80 ]
ok $? "$before branches were kept"
status 1 "--resume" "$PIRBENCH" gate --resume "$tmp/g"
[ "$(find "$tmp/g/runs" -name '*.run' | wc -l)" -eq 80 ]
ok $? "all are there in the end"
status 2 "--resume with other kernels" "$PIRBENCH" gate --resume "$tmp/g" --head null
says err 'is not the one' "says that it is another kernel"
# A run that was damaged meanwhile is made again.
echo damage >"$tmp/g/runs/0-quiet-0.run"
status 1 "--resume after damage" "$PIRBENCH" gate --resume "$tmp/g"
cmp -s "$tmp/g/runs/0-quiet-0.run" "$tmp/b/runs/0-quiet-0.run"
ok $? "and is right again"

# By time: whole rounds of all scenarios, and a resumed one goes on for as long again.
for t in 2x 0s -1s 1 8 99d h 1h30m; do
	wrong 'must be a number and s, m, h or d' run quiet -m null --for $t
done
wrong 'is for --branches auto' gate --base null --head null -m null --for 1s --max-branches 9
status 0 "--for 1s" "$PIRBENCH" gate -m null --base null --head null -S quiet,kick --for 1s -o "$tmp/h"
runs=$(find "$tmp/h/runs" -name '*.run' | wc -l)
[ "$runs" -gt 4 ] && [ $((runs % 4)) -eq 0 ]
ok $? "$runs runs are whole rounds of 2 scenarios and 2 kernels"
rm "$tmp/h/result.json" "$tmp/h/runs/0-quiet-0.run"
status 0 "--resume of --for" "$PIRBENCH" gate --resume "$tmp/h"
more=$(find "$tmp/h/runs" -name '*.run' | wc -l)
[ "$more" -gt "$runs" ] && [ $((more % 4)) -eq 0 ]
ok $? "$more runs after another second"
status 1 "a loss ends it with --fail-fast" timeout 60 "$PIRBENCH" gate -m null --base null \
	--head null:1000 -S preempt-aimed --for 10m --fail-fast
status 0 "--branches behind --for" timeout 60 "$PIRBENCH" run quiet -m null --for 10m -n 2

# A directory that cannot be written.
status 2 "--output that cannot be" "$PIRBENCH" gate -m null --base null --head null -o /proc/none
one_line "--output that cannot be"
plan
