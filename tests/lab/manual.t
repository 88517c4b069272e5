#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The manual page and the completion say what the program says.
# shellcheck source=tests/lab/lib.sh
. "$(dirname "$0")/lib.sh"
root=$(dirname "$0")/../..
page=$tmp/page
sed 's/\\-/-/g' "$root/docs/man/pirbench.1" >"$page"

# The part of the page that is about a command, up to the next.
part() {
	awk -v title=".SS pirbench $1" '
		/^\.S[SH] / { on = index($0 " ", title " ") == 1 }
		on' "$page"
}

# All options of a command, a line each.
options() {
	# shellcheck disable=SC2086 # a command may be two words
	"$PIRBENCH" $1 --help | sed -n 's/^  .\{4\}\(--[a-z-]*\).*/\1/p' | grep -vx -- --help
}

"$PIRBENCH" --help | sed -n '/^commands:/,/^$/s/^  \([a-z]*\( [a-z]\+\)\{0,1\}\)  .*/\1/p' >"$tmp/commands"
[ "$(wc -l <"$tmp/commands")" -ge 14 ]
ok $? "all commands are found"
options run | sort >"$tmp/run"
options gate | sort | comm -12 - "$tmp/run" | grep -vx -- --patch >"$tmp/common"
while read -r c; do
	part "$c" >"$tmp/part"
	[ -s "$tmp/part" ]
	ok $? "pirbench.1 has $c"
	case $c in
	gate | run) sed -n '/^.SS Options common/,/^.SS pirbench list/p' "$page" >>"$tmp/part" ;;
	esac
	options "$c" >"$tmp/options"
	while read -r o; do
		grep -Eq -- "$o([^a-z-]|\$)" "$tmp/part"
		ok $? "pirbench.1 has $c $o"
	done <"$tmp/options"
	cat "$tmp/options" >>"$tmp/all"
done <"$tmp/commands"
printf '%s\n' --help --version >>"$tmp/all"
grep -o -- '--[a-z][a-z-]*' "$page" | sort -u >"$tmp/said"
sort -u "$tmp/all" | comm -13 - "$tmp/said" >"$tmp/gone"
[ ! -s "$tmp/gone" ]
ok $? "no option that there is not: $(tr '\n' ' ' <"$tmp/gone")"
sed -n 's/^\.SS pirbench \(.*\)/\1/p' "$page" | sed 's/^\([a-z]*\( [a-z]\+\)\{0,1\}\).*/\1/' |
	sort >"$tmp/said"
sort "$tmp/commands" | comm -13 - "$tmp/said" >"$tmp/gone"
[ ! -s "$tmp/gone" ]
ok $? "no command that there is not: $(tr '\n' ' ' <"$tmp/gone")"
if command -v man >/dev/null; then
	LC_ALL=C MANPAGER=cat man --warnings -l "$root/docs/man/pirbench.1" >"$tmp/out" 2>"$tmp/err"
	[ ! -s "$tmp/err" ]
	ok $? "man has nothing to say against it"
fi

# pirbench-pktgen: one command, a page of its own.
PKTGEN=$(dirname "$PIRBENCH")/pirbench-pktgen
if [ -x "$PKTGEN" ]; then
	sed 's/\\-/-/g' "$root/docs/man/pirbench-pktgen.1" >"$page"
	"$PKTGEN" --help | sed -n 's/^  .\{4\}\(--[a-z-]*\).*/\1/p' | sort >"$tmp/all"
	grep -o -- '^\.B .*--[a-z][a-z-]*' "$page" | grep -v pirbench-pktgen | grep -o -- '--[a-z-]*' |
		sort -u >"$tmp/said"
	[ -s "$tmp/all" ] && cmp -s "$tmp/all" "$tmp/said"
	ok $? "pirbench-pktgen.1 has its options: $(sort "$tmp/all" "$tmp/said" | uniq -u | tr '\n' ' ')"
	if command -v man >/dev/null; then
		LC_ALL=C MANPAGER=cat man --warnings -l "$root/docs/man/pirbench-pktgen.1" >"$tmp/out" 2>"$tmp/err"
		[ ! -s "$tmp/err" ]
		ok $? "man has nothing to say against it"
	fi
	bash -c '. "$1" && COMP_WORDS=("$2" --ra) && COMP_CWORD=1 && _pirbench_pktgen &&
		printf "%s\n" "${COMPREPLY[@]}"' bash \
		"$root/configs/completion/pirbench-pktgen.bash" "$PKTGEN" >"$tmp/out"
	[ "$(cat "$tmp/out")" = --rate ]
	ok $? "completion: pirbench-pktgen --ra -> --rate"
fi

# completes WANT WORD...: the last word is completed, among others, to WANT.
completes() {
	want=$1
	shift
	bash -c '. "$1" && shift && COMP_WORDS=("$@") && COMP_CWORD=$(($# - 1)) && _pirbench &&
		printf "%s\n" "${COMPREPLY[@]}"' bash \
		"$root/configs/completion/pirbench.bash" "$PIRBENCH" "$@" >"$tmp/out" 2>"$tmp/err"
	grep -Fqx -- "$want" "$tmp/out" && [ ! -s "$tmp/err" ]
	ok $? "completion: $* -> $want"
}
completes gate g
completes kernel ker
completes build kernel b
completes --scenarios gate --sc
completes --refresh kernel build --re
completes linux-6.1-unfixed gate --head linux-6.1-u
completes preempt-aimed run pre
completes smoke gate -S sm
completes junit report x --format ju
completes html: gate --report ht
completes null run quiet -m n
completes formats list fo
"$PIRBENCH" run quiet -m null -o "$XDG_STATE_HOME/pirbench/results/one" >/dev/null 2>&1
completes one report on
plan
