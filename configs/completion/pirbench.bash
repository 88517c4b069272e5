# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# Completion of pirbench for bash: the program itself is asked for its commands,
# options and names, so that this cannot fall behind.

_pirbench_commands() {
	"$1" --help 2>/dev/null | sed -n '/^commands:/,/^$/s/^  \([a-z]*\( [a-z]\+\)\{0,1\}\)  .*/\1/p'
}

# _pirbench_names PROGRAM LIST: what `pirbench list LIST` has.
_pirbench_names() {
	"$1" list "$2" 2>/dev/null | sed -n 's/^  \([^ ]\+\) .*/\1/p'
}

# _pirbench_values PROGRAM COMMAND OPTION: values of an option; empty: files.
_pirbench_values() {
	case $3 in
	--kernel | -k | --head | -H | --base | -b) _pirbench_names "$1" kernels ;;
	--machine | -m) _pirbench_names "$1" machines ;;
	--scenarios | -S)
		_pirbench_names "$1" sets
		_pirbench_names "$1" scenarios
		;;
	--format | -f) _pirbench_names "$1" formats ;;
	--report) _pirbench_names "$1" formats | sed 's/$/:/' ;;
	--seed | -s) echo random ;;
	--function) printf "%s\n" pf vf1 vf2 vf3 vf4 ;;
	--service) printf "%s\n" fixed exponential bimodal ;;
	--for) printf "%s\n" 30m 8h ;;
	esac
}

# _pirbench_arguments PROGRAM COMMAND: what a command takes beside options.
_pirbench_arguments() {
	case $2 in
	run)
		_pirbench_names "$1" sets
		_pirbench_names "$1" scenarios
		;;
	show | report | compare) _pirbench_names "$1" results ;;
	list) printf '%s\n' kernels scenarios sets machines formats results ;;
	"kernel build" | "kernel show") _pirbench_names "$1" kernels ;;
	esac
}

_pirbench() {
	local program=${COMP_WORDS[0]} word=${COMP_WORDS[COMP_CWORD]} last=${COMP_WORDS[COMP_CWORD - 1]}
	local command=${COMP_WORDS[1]} words second
	COMPREPLY=()
	# Words are broken at the colon of FORMAT:FILE: a file follows.
	if [ "$word" = : ] || [ "$last" = : ]; then
		mapfile -t COMPREPLY < <(compgen -f -- "${word#:}")
		return
	fi
	if [ "$COMP_CWORD" -eq 1 ]; then
		words=$(_pirbench_commands "$program" | cut -d ' ' -f 1 | sort -u)
		mapfile -t COMPREPLY < <(compgen -W "$words --help --version" -- "$word")
		return
	fi
	second=$(_pirbench_commands "$program" | sed -n "s/^$command //p")
	if [ -n "$second" ] && [ "$COMP_CWORD" -eq 2 ]; then
		mapfile -t COMPREPLY < <(compgen -W "$second" -- "$word")
		return
	fi
	[ -z "$second" ] || command="$command ${COMP_WORDS[2]}"
	case $word in
	-*)
		# shellcheck disable=SC2086 # a command may be two words
		words=$("$program" $command --help 2>/dev/null | grep -o '^  .\{4\}--[a-z-]*' | grep -o -- '--.*')
		mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
		return
		;;
	esac
	words=$(_pirbench_values "$program" "$command" "$last")
	[ -n "$words" ] || case $last in
	--output | -o | --resume | --tree | --patch | -p | --config) ;;
	*) words=$(_pirbench_arguments "$program" "$command") ;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
	# Kernels, patches, results and scenarios can be files, too.
	[ ${#COMPREPLY[@]} -gt 0 ] || mapfile -t COMPREPLY < <(compgen -f -- "$word")
}

complete -o filenames -F _pirbench pirbench
