#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# campaign.sh DIR COUNT STATUS BASE HEAD [GATE-OPTION...]
#
# COUNT gates of HEAD against BASE, each with seeds of its own, each expected to
# exit with STATUS. Goes on where an earlier call with the same DIR stopped, also
# after kill -9. DIR/log has a line for each gate: number, seed, exit status,
# seconds, the verdict. Exit status 1 when one was not as expected.
set -u
[ $# -ge 5 ] || {
	sed -n 's/^# \{0,1\}//p' "$0" | sed -n '3,9p' >&2
	exit 2
}
dir=$1 count=$2 want=$3 base=$4 head=$5
shift 5
pirbench=${PIRBENCH:-build/pirbench}
mkdir -p "$dir" || exit 2
touch "$dir/log"
wrong=0
i=1
while [ "$i" -le "$count" ]; do
	if ! grep -q "^$i " "$dir/log"; then
		seed=$((i * 1000))
		where="--output $dir/$i"
		[ ! -d "$dir/$i" ] || where="--resume $dir/$i"
		start=$(date +%s)
		# shellcheck disable=SC2086 # an option and its argument
		"$pirbench" gate --base "$base" --head "$head" --seed $seed $where --quiet "$@" \
			>"$dir/$i.out" 2>"$dir/$i.err"
		status=$?
		case $status in 130 | 143) exit $status ;; esac
		# The verdict's sentence ends where the first empty line or detail is.
		sentence=$(sed -n '1,/^$/p' "$dir/$i.out" "$dir/$i.err" | tr -s ' \n' ' ' | cut -c 1-300)
		echo "$i seed $seed status $status $(($(date +%s) - start)) s: $sentence" >>"$dir/log"
		# Only what went wrong is worth its disk space.
		if [ "$status" = "$want" ]; then rm -rf "${dir:?}/$i"; fi
	fi
	grep -q "^$i .* status $want " "$dir/log" || wrong=$((wrong + 1))
	i=$((i + 1))
done
echo "$count gates of $head against $base: $((count - wrong)) with status $want, $wrong with another"
[ "$wrong" = 0 ]
