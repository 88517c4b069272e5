# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# Completion of pirbench-pktgen for bash: the program itself is asked for its options.

_pirbench_pktgen() {
	local word=${COMP_WORDS[COMP_CWORD]} last=${COMP_WORDS[COMP_CWORD - 1]} words
	COMPREPLY=()
	case $last in
	--output | -o)
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
		return
		;;
	esac
	case $word in
	-*)
		words=$("${COMP_WORDS[0]}" --help 2>/dev/null | sed -n 's/^  .\{4\}\(--[a-z-]*\).*/\1/p')
		mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
		;;
	esac
}

complete -o filenames -F _pirbench_pktgen pirbench-pktgen
