#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# table.sh DIR [BRANCHES [SET]]
#
# The table of docs/results.md: each kernel and variant of configs/kernels that
# is named here under the scenarios of SET (default smoke), BRANCHES of each kernel
# (default 20), as Markdown. Results are kept in DIR; what is there is not run again.
set -u
[ $# -ge 1 ] || {
	sed -n 's/^# \{0,1\}//p' "$0" | sed -n '3,7p' >&2
	exit 2
}
dir=$1 branches=${2:-20} set=${3:-smoke}
pirbench=${PIRBENCH:-build/pirbench}
mkdir -p "$dir" || exit 2
results=
for base in linux-6.1 linux-6.12 linux-7; do
	for kernel in $base $base-unfixed $base-v1 $base-on-with-sn; do
		if [ ! -e "$dir/$kernel/result.json" ]; then
			rm -rf "${dir:?}/$kernel"
			"$pirbench" run "$set" --kernel "$kernel" --branches "$branches" \
				--output "$dir/$kernel" >"$dir/$kernel.out"
			status=$?
			# 1 and 3 are answers, too: a variant that loses interrupts, one that proves nothing.
			[ $status -le 1 ] || [ $status -eq 3 ] || {
				cat "$dir/$kernel.out" >&2
				exit $status
			}
		fi
		results="$results $dir/$kernel"
	done
done
# shellcheck disable=SC2086 # a list of directories is meant
"$pirbench" show --table $results
